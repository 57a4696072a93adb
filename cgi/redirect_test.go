package cgi_test

import (
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

func TestRedirect(t *testing.T) {
	tests := []struct {
		name, url string
		code      int
		status    int
		location  string // or
		err       string
		link      bool
	}{
		{"default", "/x", 0, 302, "/x", "", true},
		{"303", "https://example.org/?a=b&c=%20#d", 303, 303, "https://example.org/?a=b&c=%20#d", "", true},
		{"escaped", "/a b\"<é>", 301, 301, "/a%20b%22%3C%C3%A9%3E", "", true},
		{"no script in the link", "JavaScript:alert(1)", 307, 307, "JavaScript:alert(1)", "", false},
		{"no data in the link", "data:text/html,x", 308, 308, "data:text/html,x", "", false},
		{"mail", "mailto:x@y", 0, 302, "mailto:x@y", "", true},
		{"CWE-113", "/x\r\nSet-Cookie: a=b", 0, 0, "", "control character", false},
		{"NUL", "/\x00", 0, 0, "", "control character", false},
		{"empty", "", 0, 0, "", "empty", false},
		{"status", "/x", 200, 0, "", "must be", false},
		{"300", "/x", 300, 0, "", "must be", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
				w.WriteString("dropped")
				w.SetHeader("Content-Type", "text/plain")
				w.SetCookie(cgi.Cookie{Name: "kept"})
				return w.Redirect(tt.url, tt.code)
			})
			body := string(out.body)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || out.has("Location") || body != "dropped" {
					t.Errorf("got %v, %q", err, body)
				}
				return
			}
			if err != nil || out.status != tt.status || out.get("Location") != tt.location || !out.has("Set-Cookie") {
				t.Errorf("got %v, %d, %q", err, out.status, out.header)
			}
			if strings.Contains(body, "dropped") || strings.Contains(body, "<a href=") != tt.link || out.get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("body %q", body)
			}
		})
	}
}

// A target is resolved against what the client has asked for.
func TestRedirectResolves(t *testing.T) {
	for _, tt := range []struct {
		uri, target, want string // "" is an error
	}{
		// RFC 3986 §5.4.1, as far as it is about paths.
		{"/b/c/d;p?q", "g", "/b/c/g"},
		{"/b/c/d;p?q", "./g", "/b/c/g"},
		{"/b/c/d;p?q", "g/", "/b/c/g/"},
		{"/b/c/d;p?q", "/g", "/g"},
		{"/b/c/d;p?q", "?y", "/b/c/d;p?y"},
		{"/b/c/d;p?q", "g?y", "/b/c/g?y"},
		{"/b/c/d;p?q", "#s", "/b/c/d;p?q#s"},
		{"/b/c/d;p?q", "g#s", "/b/c/g#s"},
		{"/b/c/d;p?q", "g?y#s", "/b/c/g?y#s"},
		{"/b/c/d;p?q", ";x", "/b/c/;x"},
		{"/b/c/d;p?q", "g;x", "/b/c/g;x"},
		{"/b/c/d;p?q", ".", "/b/c/"},
		{"/b/c/d;p?q", "./", "/b/c/"},
		{"/b/c/d;p?q", "..", "/b/"},
		{"/b/c/d;p?q", "../", "/b/"},
		{"/b/c/d;p?q", "../g", "/b/g"},
		{"/b/c/d;p?q", "../..", "/"},
		{"/b/c/d;p?q", "../../", "/"},
		{"/b/c/d;p?q", "../../g", "/g"},
		// §5.4.2.
		{"/b/c/d;p?q", "../../../g", "/g"},
		{"/b/c/d;p?q", "../../../../g", "/g"},
		{"/b/c/d;p?q", "/./g", "/g"},
		{"/b/c/d;p?q", "/../g", "/g"},
		{"/b/c/d;p?q", "g.", "/b/c/g."},
		{"/b/c/d;p?q", ".g", "/b/c/.g"},
		{"/b/c/d;p?q", "g..", "/b/c/g.."},
		{"/b/c/d;p?q", "..g", "/b/c/..g"},
		{"/b/c/d;p?q", "./../g", "/b/g"},
		{"/b/c/d;p?q", "./g/.", "/b/c/g/"},
		{"/b/c/d;p?q", "g/./h", "/b/c/g/h"},
		{"/b/c/d;p?q", "g/../h", "/b/c/h"},
		{"/b/c/d;p?q", "g;x=1/./y", "/b/c/g;x=1/y"},
		{"/b/c/d;p?q", "g;x=1/../y", "/b/c/y"},
		{"/b/c/d;p?q", "g?y/./x", "/b/c/g?y/./x"},
		{"/b/c/d;p?q", "g#s/../x", "/b/c/g#s/../x"},
		// What the client has asked for stays as it is.
		{"/a%2Fb/%C3%A4.lc", "x", "/a%2Fb/x"},
		{"/a b/é.lc?x=\"#", "#s", "/a%20b/%C3%A9.lc?x=%22%23#s"},
		{"http://test.example/a/b?q", "x", "/a/x"},
		{"/shop/", "cart.lc", "/shop/cart.lc"},
		{"/", "..", "/"},
		{"", "x", "/dir/x"}, // SCRIPT_NAME
		// Other sites.
		{"/a", "//example.org/x", "//example.org/x"},
		{"/a", "https://example.org", "https://example.org"},
		{"/a", "HTTP://Example.org:8080/../x", "HTTP://Example.org:8080/../x"},
		{"/a", "a/b:c", "/a/b:c"},
		{"/a", "1a:b", "/1a:b"},
		// What looks like a path stays on the site, whatever a browser makes of it.
		{"/a", "/\\evil.example", "/%5Cevil.example"},
		{"/a", "\\\\evil.example", "/%5C%5Cevil.example"},
		{"/a", " //evil.example", "/%20//evil.example"},
		{"/a", "/ /evil.example", "/%20/evil.example"},
		{"/a", "/.//evil.example", "/evil.example"},
		{"/a", "/x/..//evil.example", "/evil.example"},
		{"/a", "..//evil.example", "/evil.example"},
		{"/a", " https://evil.example", "/%20https://evil.example"},
		{"//evil.example/a", "x", "/evil.example/x"},
		{"//evil.example/a", "?x", "/evil.example/a?x"},
		{"//evil.example", "#x", "/evil.example#x"},
		{"/..//evil.example/a", "x", "/evil.example/x"},
		{"/\\evil.example/a", "x", "/%5Cevil.example/x"},
		// What looks like one host and leads to another.
		{"/a", "///evil.example", ""},
		{"/a", "//", ""},
		{"/a", "//\\evil.example", ""},
		{"/a", "https:evil.example", ""},
		{"/a", "https:/evil.example", ""},
		{"/a", "http:\\\\evil.example", ""},
		{"/a", "https:///evil.example", ""},
		{"/a", "https://good.example\\@evil.example", ""},
		{"/a", "https://good.example @evil.example", ""},
		{"/a", "/\t/evil.example", ""},
		{"/a", "\x0b//evil.example", ""},
	} {
		env := cgi.Env{"REQUEST_URI": tt.uri, "SCRIPT_NAME": "/dir/page.lc"}
		_, env["QUERY_STRING"], _ = strings.Cut(tt.uri, "?")
		out, err := respond(t, env, time.Time{}, func(w *cgi.Response) error { return w.Redirect(tt.target, 0) })
		if got := out.get("Location"); got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("at %s, %q leads to %q, %v; want %q", tt.uri, tt.target, got, err, tt.want)
		}
	}
}

// FuzzRedirect shows that only what names a host leads to one.
func FuzzRedirect(f *testing.F) {
	f.Add("/a", "..//x")
	f.Add("//a", "?b")
	f.Add("", "/\\x")
	f.Fuzz(func(t *testing.T, uri, target string) {
		out, err := respond(t, cgi.Env{"REQUEST_URI": uri, "SCRIPT_NAME": uri}, time.Time{}, func(w *cgi.Response) error { return w.Redirect(target, 0) })
		if err != nil {
			return
		}
		location := out.get("Location")
		if strings.ContainsAny(location, " \\\r\n\t\x00") {
			t.Fatalf("%q is sent as %q", target, location)
		}
		scheme, _, _ := strings.Cut(target, ":")
		if strings.HasPrefix(target, "//") || scheme != "" && strings.Trim(scheme, "+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == "" {
			return
		}
		if !strings.HasPrefix(location, "/") || strings.HasPrefix(location, "//") {
			t.Fatalf("at %q, %q leads away, to %q", uri, target, location)
		}
	})
}
