//go:build !cgionly

package server

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"lcgi/cgi"
)

// requestLog writes the log: one line and one Write to out per entry, never two
// at once.
type requestLog struct {
	mu    sync.Mutex
	out   io.Writer
	color bool
	now   func() time.Time
}

const logTime = "2006-01-02 15:04:05"

// printf writes an entry.
func (l *requestLog) printf(format string, args ...any) {
	l.entry(fmt.Sprintf(format, args...))
}

// Write takes the lines of net/http's error log.
func (l *requestLog) Write(p []byte) (int, error) {
	l.entry(string(bytes.TrimRight(p, "\n")))
	return len(p), nil
}

// entry writes text as one line, whatever of a client's is in it.
func (l *requestLog) entry(text string) { l.line(cgi.OneLine(text)) }

// line writes a line that is known to be one.
func (l *requestLog) line(text string) {
	line := l.paint(dim, l.now().Format(logTime)) + " " + text + "\n"
	l.mu.Lock()
	defer l.mu.Unlock()
	io.WriteString(l.out, line) // there is nowhere to report that the log fails
}

// request writes the line of one answered request:
//
//	2006-01-02 15:04:05 GET /shop/cart.lc 200 5120 B 1.3ms
//
// The query string is left out: it may hold secrets.
func (l *requestLog) request(r *http.Request, rec *recorder, took time.Duration) {
	status := rec.status
	text := "---" // nothing was sent
	if status != 0 {
		text = l.paint(statusColor(status), strconv.Itoa(status))
	}
	l.line(strings.Join([]string{
		cgi.OneLine(r.Method), cgi.OneLine(r.URL.EscapedPath()), text,
		strconv.FormatInt(rec.bytes, 10) + " B", took.Round(10 * time.Microsecond).String(),
	}, " "))
}

// The colours are those of ANSI X3.64, which every terminal has.
const (
	dim    = "2"
	red    = "31"
	green  = "32"
	yellow = "33"
	cyan   = "36"
)

func statusColor(status int) string {
	switch status / 100 {
	case 2:
		return green
	case 3:
		return cyan
	case 4:
		return yellow
	}
	return red
}

func (l *requestLog) paint(color, text string) string {
	if !l.color {
		return text
	}
	return "\x1b[" + color + "m" + text + "\x1b[0m"
}

// recorder notes status and size of an answer for the log.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := r.ResponseWriter.Write(p)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets an http.ResponseController find the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// ReadFrom keeps sendfile(2) for static files.
func (r *recorder) ReadFrom(src io.Reader) (int64, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	n, err := io.Copy(r.ResponseWriter, src)
	r.bytes += n
	return n, err
}
