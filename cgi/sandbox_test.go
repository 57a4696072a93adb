package cgi_test

import (
	"errors"
	"strings"
	"testing"

	"lcgi/cgi"
)

// What counts is the type that is sent, whoever sets it, and whenever.
func TestUntrustedContent(t *testing.T) {
	const sandbox = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"
	nothing := func(*cgi.Response) error { return nil }
	header := func(name, value string) func(*cgi.Response) error {
		return func(w *cgi.Response) error { return w.SetHeader(name, value) }
	}
	for _, tt := range []struct {
		name   string
		mime   string
		env    cgi.Env
		before func(*cgi.Response) error
		after  func(*cgi.Response) error
		want   string
	}{
		{"a type of which nothing is run", "image/png", nil, nothing, nothing, ""},
		{"in capitals, with a parameter", "Text/Plain; charset=utf-8", nil, nothing, nothing, ""},
		{"HTML", "text/html", nil, nothing, nothing, sandbox},
		{"SVG", "image/svg+xml", nil, nothing, nothing, sandbox},
		{"XML", "text/xsl", nil, nothing, nothing, sandbox},
		{"a type that nobody knows", "a/b", nil, nothing, nothing, sandbox},
		{"one that browsers guess at", "*/*", nil, nothing, nothing, sandbox},
		{"by the page, before", "", nil, header("Content-Type", "text/html"), nothing, sandbox},
		{"by the page, afterwards", "image/png", nil, nothing, func(w *cgi.Response) error { return w.SetType("text/html") }, sandbox},
		{"by the page, harmless", "text/html", nil, nothing, header("content-type", "image/png"), ""},
		{"without a type, which is HTML", "image/png", nil, nothing, func(w *cgi.Response) error { return w.RemoveHeader("Content-Type") }, sandbox},
		{"the page takes the policy away", "text/html", nil, nothing, func(w *cgi.Response) error { return w.RemoveHeader("Content-Security-Policy") }, sandbox},
		{"a policy for the site's pages", "text/html", nil, header("Content-Security-Policy", "script-src 'self' sandbox.example"), nothing, "script-src 'self' sandbox.example | " + sandbox},
		{"a sandbox of the page's own", "text/html", nil, header("Content-Security-Policy", "default-src 'none', img-src *; Sandbox allow-scripts"), nothing, "default-src 'none', img-src *; Sandbox allow-scripts"},
		{"only reported", "text/html", nil, header("Content-Security-Policy-Report-Only", "sandbox"), nothing, sandbox},
		{"a part", "text/html", cgi.Env{"HTTP_RANGE": "bytes=0-0"}, nothing, nothing, sandbox},
		{"parts, typed afterwards", "image/png", cgi.Env{"HTTP_RANGE": "bytes=0-0,2-2"}, nothing, header("Content-Type", "text/html"), sandbox},
		{"parts of a picture", "image/png", cgi.Env{"HTTP_RANGE": "bytes=0-0,2-2"}, nothing, nothing, ""},
		{"the copy is good still", "application/pdf", cgi.Env{"HTTP_IF_NONE_MATCH": "*"}, nothing, nothing, ""},
		{"another status", "text/html", nil, nothing, func(w *cgi.Response) error { return w.SetStatus(404) }, sandbox},
		{"HEAD", "text/html", cgi.Env{"REQUEST_METHOD": "HEAD"}, nothing, nothing, sandbox},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := content(10)
			c.Type, c.Untrusted = tt.mime, true
			out, err := respond(t, tt.env, contentNow, func(w *cgi.Response) error {
				return errors.Join(tt.before(w), w.SendContent(c), tt.after(w), w.RemoveHeader("X-Content-Type-Options"))
			})
			if got := out.get("Content-Security-Policy"); err != nil || got != tt.want || out.get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%v, policy %q, want %q; %q", err, got, tt.want, out.header)
			}
			if strings.HasPrefix(tt.name, "parts") && !strings.HasPrefix(out.get("Content-Type"), "multipart/byteranges; boundary=") {
				t.Errorf("parts have the type %q", out.get("Content-Type"))
			}
		})
	}
	// What nginx would send without the headers that matter is not handed over.
	accel, _ := hands(t, "x-accel-redirect /files/=/srv/").Field("/srv/digits.txt")
	for _, tt := range []struct {
		mime      string
		untrusted bool
		handed    bool
	}{
		{"image/png", true, true},
		{"text/html", true, false},
		{"text/html", false, true},
		{"unknown/unknown", false, false},
		{"Application/Unknown; a=b", false, false},
		{"*/*", false, false},
	} {
		c := content(10)
		c.Type, c.Untrusted, c.HandOver = tt.mime, tt.untrusted, accel
		c.Header = []cgi.Field{{Name: "X-Content-Type-Options", Value: "nosniff"}}
		out, err := respond(t, nil, contentNow, func(w *cgi.Response) error { return w.SendContent(c) })
		if err != nil || out.has("X-Accel-Redirect") != tt.handed {
			t.Errorf("%s: %v, %q", tt.mime, err, out.header)
		}
	}
}
