//go:build !cgionly

package server_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lcgi/cgi"
	"lcgi/cgi/server"
)

// sendFile answers with the file of that name in the site's folder.
func sendFile(root, name string) handlerFunc {
	return func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
		f, err := os.Open(filepath.Join(root, name))
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		if err := w.SendContent(cgi.Content{Name: name, Type: "text/plain", ETag: `"v1"`, ModTime: info.ModTime(), Size: info.Size(), Reader: f}); err != nil {
			return err
		}
		return w.Commit()
	}
}

// What a client gets is what a CGI process answers, see TestSendContentByCGI in
// package cgi.
func TestSendContent(t *testing.T) {
	root := site(t)
	if err := os.WriteFile(filepath.Join(root, "digits.txt"), []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	addr, _ := run(t, server.Config{Root: root, Handler: sendFile(root, "digits.txt")})
	for _, tt := range []struct {
		method, field string
		status        int
		length        int64
		contentRange  string
		body          string
	}{
		{"GET", "X: y", 200, 10, "", "0123456789"},
		{"HEAD", "X: y", 200, 10, "", ""},
		{"GET", "Range: bytes=2-4", 206, 3, "bytes 2-4/10", "234"},
		{"GET", "Range: bytes=10-", 416, -1, "bytes */10", cgi.ErrorPage(416, "")[:20]},
		{"GET", `If-None-Match: "v1"`, 304, 0, "", ""},
		{"GET", `If-Match: "v2"`, 412, -1, "", cgi.ErrorPage(412, "")[:20]},
	} {
		res, body := raw(t, addr, tt.method+" /page.lc HTTP/1.1\nHost: localhost\n"+tt.field+"\nConnection: close\n\n")
		if tt.status > 400 {
			body = body[:min(len(body), len(tt.body))]
		}
		if res.StatusCode != tt.status || res.Header.Get("Content-Range") != tt.contentRange || body != tt.body || tt.length >= 0 && res.ContentLength != tt.length {
			t.Errorf("%s %s: %d, %q, length %d, %q", tt.method, tt.field, res.StatusCode, res.Header, res.ContentLength, body)
		}
	}
	// The connection stays usable.
	conn := dial(t, addr, strings.Repeat("GET /page.lc HTTP/1.1\nHost: localhost\nRange: bytes=-1, 0-0\n\n", 2))
	r := bufio.NewReader(conn)
	for range 2 {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(res.Body); err != nil || res.StatusCode != 206 || strings.Count(string(body), "Content-Range: bytes ") != 2 {
			t.Errorf("two ranges: %d, %v, %q", res.StatusCode, err, body)
		}
	}
}

// A file that shrinks while it is sent, and a client that leaves, end the answer,
// and the client sees that something is missing.
func TestContentIsCut(t *testing.T) {
	conf := largeSite(t, 0)
	file := filepath.Join(conf.Root, "large.bin")
	conf.Handler = sendFile(conf.Root, "large.bin")
	addr, log := run(t, conf)

	conn := dial(t, addr, "GET /page.lc HTTP/1.1\nHost: localhost\n\n")
	conn.Close()
	await(t, log, "send response: ")

	conn = dial(t, addr, "GET /page.lc HTTP/1.1\nHost: localhost\n\n")
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.ContentLength != large {
		t.Fatal(err, res)
	}
	if err := os.Truncate(file, 1000); err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, res.Body); err == nil || n >= large {
		t.Errorf("%d bytes, %v: the answer seems complete", n, err)
	}
	await(t, log, "send large.bin: it ends at byte ")
}
