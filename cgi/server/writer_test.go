//go:build !cgionly

package server

import (
	"net/http/httptest"
	"testing"
	"time"
)

// deadlineRecorder is a connection that notes the deadline set last.
type deadlineRecorder struct {
	*httptest.ResponseRecorder
	deadline time.Time
}

func (r *deadlineRecorder) SetWriteDeadline(t time.Time) error { r.deadline = t; return nil }

// A deadline that ends an answer is not moved by the pieces of it that follow.
func TestWriteDeadlineLasts(t *testing.T) {
	conn := &deadlineRecorder{ResponseRecorder: httptest.NewRecorder()}
	w := newPatientWriter(conn, time.Hour)
	past := time.Unix(1, 0)
	for name, send := range map[string]func(){
		"WriteHeader": func() { w.WriteHeader(200) },
		"Write":       func() { w.Write([]byte("x")) },
		"FlushError":  func() { w.FlushError() },
	} {
		w.SetWriteDeadline(time.Time{})
		if send(); time.Until(conn.deadline) < 59*time.Minute {
			t.Errorf("%s: deadline %v, want that of the timeout", name, conn.deadline)
		}
		w.SetWriteDeadline(past)
		if send(); !conn.deadline.Equal(past) {
			t.Errorf("%s: deadline %v, want %v", name, conn.deadline, past)
		}
	}
}
