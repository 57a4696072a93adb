package cgi_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

func TestTrustedProxies(t *testing.T) {
	const trusted = "10.0.0.0/8, 192.0.2.7, fd00::/8"
	tests := []struct {
		name, remote, forwarded, proto, host string
		wantAddr, wantScheme, wantHost       string
	}{
		{"no proxy", "203.0.113.9", "", "", "", "203.0.113.9", "http", "here.example"},
		{"a client that says it is one", "203.0.113.9", "127.0.0.1", "https", "evil.example", "203.0.113.9", "http", "here.example"},
		{"a proxy that says nothing", "10.0.0.1", "", "", "", "10.0.0.1", "http", "here.example"},
		{"one proxy", "10.0.0.1", "203.0.113.9", "https", "shop.example:8443", "203.0.113.9", "https", "shop.example:8443"},
		{"a single address is trusted", "192.0.2.7", "203.0.113.9", "HTTPS", "", "203.0.113.9", "https", "here.example"},
		{"and not the one beside it", "192.0.2.8", "203.0.113.9", "https", "", "192.0.2.8", "http", "here.example"},
		{"what the client wrote is left of what the proxy did", "10.0.0.1", "127.0.0.1, 10.0.0.3,203.0.113.9", "https, http", "evil.example, shop.example", "203.0.113.9", "http", "shop.example"},
		{"several proxies", "10.0.0.1", "127.0.0.1, 203.0.113.9, 192.0.2.7 ,\t10.0.0.2", "https", "", "203.0.113.9", "https", "here.example"},
		{"a proxy in between that nobody knows", "10.0.0.1", "203.0.113.9, 192.0.2.8, 10.0.0.2", "", "", "192.0.2.8", "http", "here.example"},
		{"a client within", "10.0.0.1", "10.0.0.9, 10.0.0.2", "", "", "10.0.0.9", "http", "here.example"},
		{"IPv6", "fd00::1", "2001:DB8::1", "", "", "2001:db8::1", "http", "here.example"},
		{"IPv6 with port, IPv4 with port", "fd00::1", "[2001:db8::1]:1234, 10.0.0.2:80", "", "", "2001:db8::1", "http", "here.example"},
		{"IPv6 in brackets", "fd00::1", "[2001:db8::1]", "", "", "2001:db8::1", "http", "here.example"},
		{"IPv4 as IPv6", "::ffff:10.0.0.1", "::ffff:203.0.113.9", "", "", "203.0.113.9", "http", "here.example"},
		{"a zone", "fd00::1%eth0", "fe80::1%eth0", "", "", "fe80::1", "http", "here.example"},
		{"what is no address", "10.0.0.1", "203.0.113.9, unknown, 10.0.0.2", "", "", "10.0.0.2", "http", "here.example"},
		{"what is no address, at once", "10.0.0.1", "203.0.113.9, <script>", "", "", "10.0.0.1", "http", "here.example"},
		{"an empty item", "10.0.0.1", "203.0.113.9,", "", "", "10.0.0.1", "http", "here.example"},
		{"another scheme", "10.0.0.1", "203.0.113.9", "javascript", "", "203.0.113.9", "http", "here.example"},
		{"no host", "10.0.0.1", "203.0.113.9", "", `x"><script>`, "203.0.113.9", "http", "here.example"},
		{"no host at the end", "10.0.0.1", "203.0.113.9", "", "shop.example, ", "203.0.113.9", "http", "here.example"},
		{"an empty REMOTE_ADDR", "", "203.0.113.9", "https", "", "", "http", "here.example"},
		{"nginx on a Unix socket", "unix:", "203.0.113.9", "https", "", "unix:", "http", "here.example"},
		{"a REMOTE_ADDR that is none", "localhost", "203.0.113.9", "https", "", "localhost", "http", "here.example"},
	}
	proxies, err := cgi.ParseProxies(trusted)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := cgi.Env{
				"REMOTE_ADDR": tt.remote, "HTTP_HOST": "here.example", "HTTP_X_FORWARDED_FOR": tt.forwarded,
				"HTTP_X_FORWARDED_PROTO": tt.proto, "HTTP_X_FORWARDED_HOST": tt.host,
			}
			r := request(env)
			r.SetTrustedProxies(proxies)
			if got, want := r.FromTrustedProxy(), strings.HasPrefix(tt.remote, "10.") || tt.remote == "192.0.2.7" || strings.HasPrefix(tt.remote, "fd00:") || tt.remote == "::ffff:10.0.0.1"; got != want {
				t.Errorf("from a trusted proxy: %v, want %v", got, want)
			}
			for range 2 {
				if r.RemoteAddr() != tt.wantAddr || r.Scheme() != tt.wantScheme || r.Host() != tt.wantHost || r.HTTPS() != (tt.wantScheme == "https") {
					t.Errorf("got %s %s %s, want %s %s %s", r.RemoteAddr(), r.Scheme(), r.Host(), tt.wantAddr, tt.wantScheme, tt.wantHost)
				}
			}
			if env["REMOTE_ADDR"] != tt.remote {
				t.Errorf("Env has been changed: %q", env)
			}
			nobody := request(env)
			if nobody.RemoteAddr() != tt.remote || nobody.Scheme() != "http" || nobody.Host() != "here.example" {
				t.Errorf("without trusted proxies: %s %s %s", nobody.RemoteAddr(), nobody.Scheme(), nobody.Host())
			}
		})
	}
}

func TestTrustedProxyEndsHTTPS(t *testing.T) {
	proxies, _ := cgi.ParseProxies("10.0.0.1")
	r := request(cgi.Env{"REMOTE_ADDR": "10.0.0.1", "HTTPS": "on", "HTTP_X_FORWARDED_PROTO": "http"})
	if r.SetTrustedProxies(proxies); r.HTTPS() {
		t.Error("only the way to the proxy is encrypted")
	}
}

// The port of the server is not that of the proxy.
func TestTrustedProxyAndServerPort(t *testing.T) {
	proxies, _ := cgi.ParseProxies("10.0.0.1")
	for _, tt := range []struct{ remote, proto, port, want string }{
		{"10.0.0.1", "https", "80", "b"},
		{"10.0.0.1", "https", "8080", "b"},
		{"10.0.0.1", "http", "8080", "b"},
		{"10.0.0.1", "", "8080", "b:8080"},
		{"10.0.0.2", "https", "8080", "b:8080"},
	} {
		r := request(cgi.Env{"REMOTE_ADDR": tt.remote, "HTTP_X_FORWARDED_PROTO": tt.proto, "SERVER_NAME": "b", "SERVER_PORT": tt.port})
		if r.SetTrustedProxies(proxies); r.Host() != tt.want {
			t.Errorf("%+v: %q", tt, r.Host())
		}
	}
}

func TestTrustedUnixSocket(t *testing.T) {
	proxies, err := cgi.ParseProxies("10.0.0.1,unix:")
	if err != nil {
		t.Fatal(err)
	}
	for remote, want := range map[string]string{"": "203.0.113.9", "unix:": "203.0.113.9", "10.0.0.1": "203.0.113.9", "10.0.0.2": "10.0.0.2", "x": "x"} {
		r := request(cgi.Env{"REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": "127.0.0.1, 203.0.113.9"})
		if r.SetTrustedProxies(proxies); r.RemoteAddr() != want {
			t.Errorf("REMOTE_ADDR %q: %q, want %q", remote, r.RemoteAddr(), want)
		}
	}
}

// A list of any length costs little: it is read from its end.
func TestTrustedProxiesLongList(t *testing.T) {
	proxies, _ := cgi.ParseProxies("10.0.0.0/8")
	for name, list := range map[string]string{
		"hops":   strings.Repeat("10.0.0.1, ", 1_000_000) + "10.0.0.1",
		"commas": strings.Repeat(",", 10_000_000),
		"bytes":  strings.Repeat("1", 10_000_000),
		"colons": strings.Repeat(":", 10_000_000),
	} {
		begin := time.Now()
		for range 1000 {
			r := request(cgi.Env{"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": list})
			if r.SetTrustedProxies(proxies); r.RemoteAddr() != "10.0.0.1" {
				t.Errorf("%s: %q", name, r.RemoteAddr())
			}
			if name == "bytes" || name == "colons" {
				break // they are searched for a comma once
			}
		}
		if took := time.Since(begin); took > 5*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}

func TestParseProxies(t *testing.T) {
	for list, want := range map[string]string{
		"":                           "[]",
		" , ":                        "[]",
		"10.0.0.1":                   "[10.0.0.1/32]",
		"10.0.0.1/8, ::1,fd00::1/8 ": "[10.0.0.0/8 ::1/128 fd00::/8]",
		"unix:":                      "[invalid Prefix]",
	} {
		got, err := cgi.ParseProxies(list)
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%q: %v, %v; want %s", list, got, err, want)
		}
	}
	for _, list := range []string{"localhost", "10.0.0.0/33", "10.0.0", "10.0.0.1:80", "fe80::1%eth0", "::ffff:10.0.0.1", "10.0.0.1 10.0.0.2", "*"} {
		if got, err := cgi.ParseProxies(list); err == nil {
			t.Errorf("%q is %v", list, got)
		}
	}
}

// The cookies that a page sets behind a proxy know that the client speaks https.
func TestTrustedProxyAndGateway(t *testing.T) {
	proxies, _ := cgi.ParseProxies("10.0.0.1")
	for remote, want := range map[string]string{"10.0.0.1": "203.0.113.9 https true", "10.0.0.2": "10.0.0.2 http false"} {
		g := cgi.Gateway{TrustedProxies: proxies, Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
			_, err := fmt.Fprint(w, r.RemoteAddr(), " ", r.Scheme(), " ", w.NewCookie("a", "b").Secure)
			return err
		})}
		out := new(record)
		err := g.Serve(t.Context(), cgi.Env{
			"REQUEST_METHOD": "GET", "REMOTE_ADDR": remote, "HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_X_FORWARDED_PROTO": "https",
		}, nil, out)
		if err != nil || string(out.body) != want {
			t.Errorf("%s: %v, %q; want %q", remote, err, out.body, want)
		}
	}
}
