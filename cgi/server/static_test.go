//go:build !cgionly

package server_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"lcgi/cgi/server"
)

func TestStaticFiles(t *testing.T) {
	s, _ := newServer(t, server.Config{})
	get := func(target string, header ...string) *http.Response {
		r := httptest.NewRequest("GET", target, nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w.Result()
	}
	for name, want := range map[string]string{
		"style.css": "text/css; charset=utf-8", "app.js": "text/javascript; charset=utf-8", "module.mjs": "text/javascript; charset=utf-8",
		"logo.svg": "image/svg+xml", "font.woff2": "font/woff2", "photo.webp": "image/webp", "UP.PNG": "image/png",
		"data.bin": "application/octet-stream", "README": "application/octet-stream",
	} {
		res := get("/" + name)
		if got := res.Header.Get("Content-Type"); got != want || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	first := get("/style.css")
	etag, modified := first.Header.Get("ETag"), first.Header.Get("Last-Modified")
	if etag == "" || modified == "" || first.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("header %v", first.Header)
	}
	tests := []struct {
		name   string
		header []string
		status int
		body   string
	}{
		{"RFC 9110 §13.1.2: not modified", []string{"If-None-Match", etag}, 304, ""},
		{"RFC 9110 §13.1.2: modified", []string{"If-None-Match", `"x"`}, 200, "css"},
		{"RFC 9110 §13.1.3: not modified since", []string{"If-Modified-Since", modified}, 304, ""},
		{"RFC 9110 §14.2: range", []string{"Range", "bytes=1-"}, 206, "ss"},
		{"RFC 9110 §14.2: range out of reach", []string{"Range", "bytes=9-"}, 416, ""},
		{"RFC 9110 §13.1.5: range of another version", []string{"Range", "bytes=1-", "If-Range", `"x"`}, 200, "css"},
	}
	for _, tt := range tests {
		res := get("/style.css", tt.header...)
		body, _ := io.ReadAll(res.Body)
		if res.StatusCode != tt.status || res.StatusCode != 416 && string(body) != tt.body {
			t.Errorf("%s: %d %q", tt.name, res.StatusCode, body)
		}
	}
}
