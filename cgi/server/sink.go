//go:build !cgionly

package server

import (
	"io"
	"net/http"
	"time"

	"lcgi/cgi"
)

// sink sends a page's response through net/http.
type sink struct {
	w       http.ResponseWriter
	control *http.ResponseController // of w
}

func newSink(w http.ResponseWriter) *sink { return &sink{w, http.NewResponseController(w)} }

func (s *sink) WriteHead(status int, _ string, header []cgi.Field) error {
	h := s.w.Header()
	for _, f := range header {
		h.Add(f.Name, f.Value)
	}
	if h.Get("Content-Type") == "" {
		h["Content-Type"] = nil // or net/http would guess one
	}
	s.w.WriteHeader(status)
	return nil
}

func (s *sink) Write(p []byte) (int, error) { return s.w.Write(p) }

func (s *sink) Flush() error { return s.control.Flush() }

// SetWriteDeadline is what [cgi.Gateway.Serve] ends a write with.
func (s *sink) SetWriteDeadline(t time.Time) error { return s.control.SetWriteDeadline(t) }

// requestBody is the body of a page's request, with what [cgi.Gateway.Serve]
// wants to know of it. The http.Request keeps its own Body: net/http looks at the
// type of that to know what is left, and would wait for the rest of another one.
type requestBody struct {
	body      io.Reader
	control   *http.ResponseController
	expecting bool
	ended     bool // nothing more comes
}

func newRequestBody(w http.ResponseWriter, r *http.Request) *requestBody {
	b := &requestBody{body: r.Body, control: http.NewResponseController(w)}
	if b.ended = r.ContentLength == 0; !b.ended {
		// net/http has refused every expectation but 100-continue, and does
		// without in HTTP/1.0 (RFC 9110 §10.1.1).
		b.expecting = r.Header.Get("Expect") != "" && r.ProtoAtLeast(1, 1)
	}
	return b
}

func (b *requestBody) Read(p []byte) (int, error) {
	b.expecting = false
	n, err := b.body.Read(p)
	if err != nil {
		b.ended = true
	}
	return n, err
}

// Expecting is as [cgi.Gateway.Serve] says.
func (b *requestBody) Expecting() bool { return b.expecting }

// SetReadDeadline is what [cgi.Gateway.Serve] ends a read with.
func (b *requestBody) SetReadDeadline(t time.Time) error { return b.control.SetReadDeadline(t) }

// unlimit lifts the limit for a body that nobody reads: package cgi says how long that
// of a page may take.
func (b *requestBody) unlimit() {
	if !b.ended {
		_ = b.control.SetReadDeadline(time.Time{}) // a test's connection knows no deadlines
	}
}

// wait limits the time that what is left of the body may take from now on.
// When the body ends, net/http removes the limit itself, as it must: the
// connection is then read to see whether the client leaves.
func (b *requestBody) wait(d time.Duration) {
	if !b.ended {
		_ = b.control.SetReadDeadline(time.Now().Add(d)) // a test's connection knows no deadlines
	}
}
