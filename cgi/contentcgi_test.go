package cgi_test

import (
	"io"
	"log"
	"net/http"
	hostcgi "net/http/cgi"
	"net/http/httptest"
	"testing"

	"lcgi/cgi"
)

// What a client gets of a CGI process is what the built-in server answers, see
// TestSendContent there.
func TestSendContentByCGI(t *testing.T) {
	server := httptest.NewServer(&hostcgi.Handler{
		Path: self(t), Root: "/", Stderr: io.Discard, Logger: log.New(io.Discard, "", 0),
	})
	defer server.Close()
	for _, tt := range []struct {
		method, query string
		field, value  string
		status        int
		length        int64
		contentRange  string
		body          string
	}{
		{"GET", "content", "", "", 200, 10, "", digits},
		{"HEAD", "content", "", "", 200, 10, "", ""},
		{"GET", "content", "Range", "bytes=2-4", 206, 3, "bytes 2-4/10", "234"},
		{"GET", "content", "Range", "bytes=10-", 416, -1, "bytes */10", cgi.ErrorPage(416, "")[:20]},
		{"GET", "content", "If-None-Match", `"v1"`, 304, -1, "", ""},
		{"GET", "content", "If-Modified-Since", contentDate, 304, -1, "", ""},
		{"GET", "content", "If-Match", `"v2"`, 412, -1, "", cgi.ErrorPage(412, "")[:20]},
		{"GET", "filtered", "", "", 200, 17, "", "[as it is]xxyyzz."},
		{"HEAD", "filtered", "", "", 200, 17, "", ""},
	} {
		t.Run(tt.method+" "+tt.query+" "+tt.field+" "+tt.value, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, server.URL+"/?"+tt.query, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.field != "" {
				req.Header.Set(tt.field, tt.value)
			}
			res, err := server.Client().Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || res.Header.Get("Content-Range") != tt.contentRange {
				t.Errorf("got %d, %v, %q", res.StatusCode, err, res.Header)
			}
			got := string(body)
			if tt.status > 400 {
				got = got[:min(len(got), len(tt.body))]
			}
			if got != tt.body || tt.length >= 0 && res.ContentLength != tt.length {
				t.Errorf("body %q, Content-Length %d", body, res.ContentLength)
			}
		})
	}
}

// A client must see that something is missing.
func TestCutContentByCGI(t *testing.T) {
	server := httptest.NewServer(&hostcgi.Handler{
		Path: self(t), Root: "/", Stderr: io.Discard, Logger: log.New(io.Discard, "", 0),
	})
	defer server.Close()
	res, err := server.Client().Get(server.URL + "/?cut+content")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err := io.ReadAll(res.Body); err == nil || string(body) != digits {
		t.Errorf("got %q, %v", body, err)
	}
}
