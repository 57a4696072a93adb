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
	w http.ResponseWriter
}

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

func (s *sink) Flush() error { return http.NewResponseController(s.w).Flush() }

// deadlineBody is a request body that must have come within bodyTimeout, also
// where nobody reads it and net/http discards it. The deadline goes when the body
// ends: it would end a page that streams, too.
type deadlineBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func limitBodyTime(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 {
		return
	}
	control := http.NewResponseController(w)
	// This fails where the connection knows no deadlines, as in a test.
	if control.SetReadDeadline(time.Now().Add(bodyTimeout)) == nil {
		r.Body = &deadlineBody{r.Body, control}
	}
}

func (b *deadlineBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil {
		_ = b.control.SetReadDeadline(time.Time{})
	}
	return n, err
}
