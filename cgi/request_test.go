package cgi_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"lcgi/cgi"
)

func request(env cgi.Env) *cgi.Request {
	return cgi.NewRequest(env, nil, cgi.Limits{})
}

func TestEnvFromEnviron(t *testing.T) {
	env := cgi.EnvFromEnviron([]string{
		"A=1", "A=2", "EMPTY=", "EQ=a=b", "novalue", "=x", "HTTP_PROXY=http://evil/", "HTTP_PROXY_AUTHORIZATION=b",
	})
	want := cgi.Env{"A": "1", "EMPTY": "", "EQ": "a=b", "HTTP_PROXY_AUTHORIZATION": "b"}
	if len(env) != len(want) {
		t.Fatalf("got %v", env)
	}
	for k, v := range want {
		if got, ok := env[k]; !ok || got != v {
			t.Errorf("%s = %q, %v; want %q", k, got, ok, v)
		}
	}
}

// Of a header of the client and one of its proxy, nobody can tell which is which.
func TestEnvFromEnvironForwardedTwice(t *testing.T) {
	env := cgi.EnvFromEnviron([]string{
		"HTTP_X_FORWARDED_FOR=127.0.0.1", "HTTP_X_FORWARDED_FOR=203.0.113.9",
		"HTTP_X_FORWARDED_HOST=evil.example", "HTTP_X_FORWARDED_HOST=shop.example", "HTTP_X_FORWARDED_HOST=evil.example",
		"HTTP_X_FORWARDED_PROTO=https", "HTTP_X_OTHER=1", "HTTP_X_OTHER=2", "REMOTE_ADDR=10.0.0.1", "HTTP_HOST=here.example",
	})
	r := request(env)
	proxies, _ := cgi.ParseProxies("10.0.0.1")
	r.SetTrustedProxies(proxies)
	if r.RemoteAddr() != "10.0.0.1" || r.Host() != "here.example" || r.Scheme() != "https" || r.Header("X-Forwarded-For") != "" || r.Header("X-Other") != "1" {
		t.Errorf("%s %s %s %q", r.RemoteAddr(), r.Host(), r.Scheme(), env)
	}
}

func TestRequestPath(t *testing.T) {
	tests := []struct {
		name string
		env  cgi.Env
		want string
	}{
		{"as asked for", cgi.Env{"REQUEST_URI": "/shop/?a=/b", "SCRIPT_NAME": "/shop/index.lc"}, "/shop/"},
		{"decoded, plus is plus", cgi.Env{"REQUEST_URI": "/a%20b+c%2Fd%zz"}, "/a b+c/d%zz"},
		{"absolute form (RFC 9112 §3.2.2)", cgi.Env{"REQUEST_URI": "http://h:1/x?q"}, "/x"},
		{"absolute form without path", cgi.Env{"REQUEST_URI": "http://h"}, "/"},
		{"absolute form, query only", cgi.Env{"REQUEST_URI": "http://h?/x", "SCRIPT_NAME": "/p.lc"}, "/p.lc"},
		{"no REQUEST_URI (RFC 3875)", cgi.Env{"SCRIPT_NAME": "/p.lc", "PATH_INFO": "/x y"}, "/p.lc/x y"},
		{"asterisk form", cgi.Env{"REQUEST_URI": "*"}, "/"},
		{"nothing", cgi.Env{}, "/"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := request(tt.env).Path(); got != tt.want {
				t.Errorf("Path() = %q, want %q", got, tt.want)
			}
		})
	}
}

func TestRequestSchemeAndHost(t *testing.T) {
	tests := []struct {
		name         string
		env          cgi.Env
		scheme, host string
	}{
		{"host header", cgi.Env{"HTTP_HOST": "a.example:8080", "SERVER_NAME": "b"}, "http", "a.example:8080"},
		{"IPv6", cgi.Env{"HTTP_HOST": "[::1]:80"}, "http", "[::1]:80"},
		{"hostile host (RFC 9110 §7.2)", cgi.Env{"HTTP_HOST": `x"><script>`, "SERVER_NAME": "b", "SERVER_PORT": "80"}, "http", "b"},
		{"no host header, odd port", cgi.Env{"SERVER_NAME": "b", "SERVER_PORT": "81"}, "http", "b:81"},
		{"no host header, port of https", cgi.Env{"SERVER_NAME": "b", "SERVER_PORT": "443", "HTTPS": "on"}, "https", "b"},
		{"IPv6 server name", cgi.Env{"SERVER_NAME": "::1", "SERVER_PORT": "81"}, "http", "[::1]:81"},
		{"HTTPS=off of IIS", cgi.Env{"HTTPS": "off", "REQUEST_SCHEME": "https"}, "http", ""},
		{"HTTPS=1", cgi.Env{"HTTPS": "1"}, "https", ""},
		{"REQUEST_SCHEME", cgi.Env{"REQUEST_SCHEME": "https"}, "https", ""},
		{"IPv6 host without a port", cgi.Env{"HTTP_HOST": "[2001:db8::1]"}, "http", "[2001:db8::1]"},
		{"IPv4 and a port", cgi.Env{"HTTP_HOST": "192.0.2.1:8080"}, "http", "192.0.2.1:8080"},
		{"a port of no digits (RFC 3986 §3.2.3)", cgi.Env{"HTTP_HOST": "a.example:"}, "http", "a.example:"},
		{"clients cannot say https", cgi.Env{"HTTP_HTTPS": "on", "HTTP_X_FORWARDED_PROTO": "https"}, "http", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.env)
			if r.Scheme() != tt.scheme || r.HTTPS() != (tt.scheme == "https") || r.Host() != tt.host {
				t.Errorf("got %s %v %q", r.Scheme(), r.HTTPS(), r.Host())
			}
		})
	}
}

// What is no uri-host (RFC 9110 §7.2, RFC 3986 §3.2.2) is not repeated.
func TestRequestHostMalformed(t *testing.T) {
	for _, host := range []string{
		"[[[", "::::", ":80", ":", "", "evil.com:80:90", "a.example:http", "a.example:-1", "a b", "user@a.example", "a.example/x", "a.example?", "a%41",
		"[", "]", "[]", "[]:80", "[::1", "::1]", "::1", "[::1]80", "[::1]:x", "[::1]:80:90", "[::1]]", "[[::1]]", "[1.2.3.4]", "[a.example]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[v1.x]", "[:]", "a[::1]", "a]",
	} {
		for _, name := range []string{"HTTP_HOST", "HTTP_X_FORWARDED_HOST"} {
			r := request(cgi.Env{name: host, "SERVER_NAME": "b", "SERVER_PORT": "80"})
			r.SetTrustedProxies([]netip.Prefix{{}})
			if got := r.Host(); got != "b" {
				t.Errorf("%s %q: Host() = %q", name, host, got)
			}
		}
	}
}

func TestRequestHeaders(t *testing.T) {
	r := request(cgi.Env{
		"HTTP_ACCEPT_LANGUAGE": "de", "HTTP_X__A": "x", "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "",
		"HTTP_CONTENT_TYPE": "evil/twice", "HTTP_PROXY": "http://evil/", "HTTP_": "none", "REMOTE_ADDR": "1.2.3.4",
	})
	want := []cgi.Field{{"Accept-Language", "de"}, {"Content-Type", "text/plain"}, {"X--A", "x"}}
	if got := r.Headers(); !slices.Equal(got, want) {
		t.Errorf("Headers() = %q, want %q", got, want)
	}
	for name, want := range map[string]string{
		"accept-language": "de", "ACCEPT-LANGUAGE": "de", "Content-Type": "text/plain",
		"Proxy": "", "proxy": "", "Remote-Addr": "", "": "", "Accept Language": "", "X\x00": "",
	} {
		if got := r.Header(name); got != want {
			t.Errorf("Header(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestRequestID(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		r := request(nil)
		id := r.ID()
		if id != r.ID() || len(id) != 12 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuvwxyz") != "" || seen[id] {
			t.Fatalf("id %q, then %q", id, r.ID())
		}
		seen[id] = true
	}
}
