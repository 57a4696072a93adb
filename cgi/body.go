package cgi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// body is the request body: its source until it is read, then its bytes.
type body struct {
	src    io.Reader
	n      int64 // bytes read from src
	broken bool  // src must not be read any more
	read   bool
	data   []byte
	err    error
}

// unknownLength stands for a body that ends where its source does.
const unknownLength = -1

// contentLength returns how many bytes of body the client promised.
//
// CONTENT_LENGTH is digits and nothing else; missing or empty, there is no body
// (RFC 3875 §4.1.2). Apache decodes chunked bodies as they come and cannot
// know their length: it sends no CONTENT_LENGTH, passes the Transfer-Encoding
// header on, and ends the input where the body ends.
func (r *Request) contentLength() (int64, error) {
	s := r.Env["CONTENT_LENGTH"]
	if s == "" {
		if strings.Contains(strings.ToLower(r.Env["HTTP_TRANSFER_ENCODING"]), "chunked") {
			return unknownLength, nil
		}
		return 0, nil
	}
	var n int64
	for i := 0; i < len(s); i++ {
		d := int64(s[i]) - '0'
		// 18 digits fit an int64 and exceed every disk.
		if d < 0 || d > 9 || i >= 18 {
			return 0, &StatusError{Status: 400, Reason: fmt.Sprintf("CONTENT_LENGTH %.40q is not a length (RFC 3875 §4.1.2)", s)}
		}
		n = n*10 + d
	}
	return n, nil
}

// checkBody refuses, before a byte is read, a body whose length is malformed or
// over the limit. File uploads have limits of their own, part by part.
func (r *Request) checkBody() error {
	n, err := r.contentLength()
	if err != nil {
		return err
	}
	if n > r.lim.Body && r.mediaType() != "multipart/form-data" {
		return r.tooLarge()
	}
	return nil
}

func (r *Request) tooLarge() error {
	return &StatusError{Status: 413, Reason: fmt.Sprintf("the request body is larger than the limit of %d bytes (LCGI_MAX_BODY)", r.lim.Body)}
}

// mediaType returns the type of the body in lower case, without parameters
// (RFC 9110 §8.3.1).
func (r *Request) mediaType() string {
	t, _, _ := strings.Cut(r.ContentType(), ";")
	return strings.ToLower(strings.Trim(t, " \t"))
}

// Body returns the whole request body. Every call returns the same slice, which
// must not be changed.
//
// No more than CONTENT_LENGTH bytes are read (RFC 3875 §4.2). The error is a
// [*StatusError]: 400 for a malformed length or a body that ends early, 408 for
// one that has not come when the context of [Request.SetContext] ends, 413 for
// one over [Limits.Body].
func (r *Request) Body() ([]byte, error) {
	if !r.body.read {
		r.body.read = true
		r.body.data, r.body.err = r.readBody()
	}
	return r.body.data, r.body.err
}

func (r *Request) readBody() ([]byte, error) {
	n, err := r.contentLength()
	switch {
	case err != nil:
		return nil, err
	case n == 0:
		return nil, nil
	case n > r.lim.Body:
		return nil, r.tooLarge()
	}
	limit := n
	if n == unknownLength {
		limit = r.lim.Body + 1
	}
	// The buffer grows with what arrives, not with what was promised.
	src, buf := r.body.src, new(bytes.Buffer)
	err = waitFor(r.ctx, readDeadline(src), func() error {
		_, err := io.Copy(buf, io.LimitReader(src, limit))
		return err
	})
	if err != nil {
		r.body.broken = true
		if r.ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, &StatusError{Status: 408, Reason: "the request body did not come in time", Err: err}
		}
		return nil, &StatusError{Status: 400, Reason: fmt.Sprintf("read request body: %d bytes, then", buf.Len()), Err: err}
	}
	got := int64(buf.Len())
	r.body.n += got
	switch {
	case n == unknownLength && got > r.lim.Body:
		return nil, r.tooLarge()
	case n != unknownLength && got < n:
		return nil, &StatusError{Status: 400, Reason: fmt.Sprintf("the request body ended after %d of %d bytes", got, n)}
	}
	return buf.Bytes(), nil
}

// What is left unread of a body is read and dropped within bounds: so many
// bytes, and as long.
const (
	drainBytes = 256 << 20
	drainTime  = 2 * time.Second
)

// drain reads what is left of the body. It is called before the answer begins,
// because servers pass a body on before they read the answer: with much of both
// each would wait for the other. fcgiwrap answers 502 when the program ends
// without having taken the body, and net/http resets the connection. A body that
// the client sends only when asked for it is not asked for.
func (r *Request) drain() {
	left, err := r.contentLength()
	if err != nil || left == 0 || r.body.broken {
		return
	}
	if left == unknownLength {
		left = drainBytes
	}
	if left = min(left-r.body.n, drainBytes); left <= 0 {
		return
	}
	r.body.read = true // nothing else may read it from here on
	if r.body.err == nil && r.body.data == nil {
		r.body.err = &StatusError{Status: 500, Reason: "the request body was dropped when the answer began; read it before"}
	}
	r.body.broken = true
	src := r.body.src
	if c, ok := src.(interface{ Expecting() bool }); ok && c.Expecting() {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	// An error means that there is no more to be had.
	_ = waitFor(ctx, readDeadline(src), func() error {
		_, err := io.CopyN(io.Discard, src, left)
		return err
	})
}
