//go:build !cgionly

package server

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"
)

// pieceSize is how much of an answer a client must take within the write timeout.
const pieceSize = 64 << 10

// A patientWriter ends an answer, and with it what the answer holds in memory,
// when the client has taken nothing of it for a while (slow read attack). It does
// not limit the time of an answer that goes on.
type patientWriter struct {
	http.ResponseWriter
	control *http.ResponseController // of the ResponseWriter
	timeout time.Duration

	mu    sync.Mutex
	limit time.Time // set by SetWriteDeadline; zero is none
}

func newPatientWriter(w http.ResponseWriter, timeout time.Duration) *patientWriter {
	return &patientWriter{ResponseWriter: w, control: http.NewResponseController(w), timeout: timeout}
}

// Unwrap lets an http.ResponseController find the connection.
func (w *patientWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// SetWriteDeadline sets a deadline that lasts, in addition to the timeout of every
// piece. It may be called while another goroutine writes.
func (w *patientWriter) SetWriteDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limit = t
	return w.control.SetWriteDeadline(t)
}

// extend gives the next piece its time.
func (w *patientWriter) extend() {
	w.mu.Lock()
	defer w.mu.Unlock()
	deadline := time.Now().Add(w.timeout)
	if !w.limit.IsZero() && w.limit.Before(deadline) {
		deadline = w.limit
	}
	_ = w.control.SetWriteDeadline(deadline) // a test's connection knows no deadlines
}

// explain says what a write that ran into the deadline means.
func (w *patientWriter) explain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("the client has taken less than %d bytes in %v: %w", pieceSize, w.timeout, err)
	}
	return err
}

func (w *patientWriter) WriteHeader(status int) {
	w.extend() // an answer without a body is sent after the handler's return
	w.ResponseWriter.WriteHeader(status)
}

func (w *patientWriter) Write(p []byte) (int, error) {
	written := 0
	for {
		piece := p[written:min(len(p), written+pieceSize)]
		w.extend()
		n, err := w.ResponseWriter.Write(piece)
		written += n
		if err != nil || written == len(p) {
			return written, w.explain(err)
		}
	}
}

// ReadFrom is io.ReaderFrom. Files go to the connection without a copy
// (sendfile), which needs src to be the file or an io.LimitedReader of it.
func (w *patientWriter) ReadFrom(src io.Reader) (int64, error) {
	left := int64(1<<63 - 1)
	if l, ok := src.(*io.LimitedReader); ok {
		src, left = l.R, l.N
		defer func() { l.N = left }()
	}
	var sent int64
	for left > 0 {
		w.extend()
		piece := &io.LimitedReader{R: src, N: min(left, pieceSize)}
		want := piece.N
		n, err := io.Copy(w.ResponseWriter, piece)
		sent += n
		left -= want - piece.N
		if err != nil || piece.N > 0 {
			return sent, w.explain(err)
		}
	}
	return sent, nil
}

// FlushError sends on what net/http has kept back.
func (w *patientWriter) FlushError() error {
	w.extend()
	return w.explain(w.control.Flush())
}
