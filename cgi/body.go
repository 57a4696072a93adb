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
	src      io.Reader
	n        int64 // bytes read from src
	broken   bool  // src must not be read any more
	read     bool
	data     []byte
	err      error
	patience patience
	waiting  func() (over func()) // of SetReceiving; nil is none
}

// How long a client may take for a body: so long, and a second more for so many
// bytes that have come (as Apache's mod_reqtimeout has it). A large file may
// take its time, and a client that dawdles cannot (slowloris). One that has sent
// much cannot fall silent for all the time that it has earned: no wait is longer than
// bodySilence.
const (
	bodyPatience = 20 * time.Second
	bodyRate     = 500
	bodySilence  = 30 * time.Second
)

var (
	errSlow   = errors.New("fewer than 500 bytes a second have come after the first 20 seconds")
	errSilent = errors.New("nothing has come for 30 seconds")
)

// patience is what is left of that time. Only waiting counts.
type patience struct {
	total   time.Duration // without what the bytes add
	silence time.Duration // the most for one wait
	now     func() time.Time
	waited  time.Duration
}

// next returns how long the next wait may be, and the error for a longer one.
func (p *patience) next(received int64) (time.Duration, error) {
	const most = 1 << 40 // bytes; more would overflow
	left := p.total + time.Duration(min(received, most)/bodyRate)*time.Second - p.waited
	if left > p.silence {
		return p.silence, errSilent
	}
	return left, errSlow
}

// SetReceiving has begin called before every wait for the client's body, and what it
// returns after it: the time of a page is not that of its client's connection.
func (r *Request) SetReceiving(begin func() (over func())) { r.body.waiting = begin }

// receiving is called before a wait for the body, and what it returns after it.
func (b *body) receiving() (over func()) {
	if b.waiting == nil {
		return func() {}
	}
	return b.waiting()
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
// over the limit. What a form with files may have is decided part by part, too.
func (r *Request) checkBody() error {
	n, err := r.contentLength()
	switch {
	case err != nil:
		return err
	case r.isMultipart() && n > r.lim.upload():
		return &StatusError{Status: 413, Reason: fmt.Sprintf("the request body of %d bytes is larger than the limits of a form together: %d bytes of fields (LCGI_MAX_BODY) and %d files (LCGI_MAX_FILES) of %d bytes (LCGI_MAX_FILE)", n, r.lim.Body, r.lim.Files, r.lim.File)}
	case !r.isMultipart() && n > r.lim.Body:
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

// IsJSON reports whether the client says that the body is JSON: application/json, or a
// type that ends in +json (RFC 6839 §3.1).
func (r *Request) IsJSON() bool {
	t := r.mediaType()
	return t == "application/json" || strings.Contains(t, "/") && strings.HasSuffix(t, "+json")
}

// Body returns the whole request body. Every call returns the same slice, which
// must not be changed.
//
// No more than CONTENT_LENGTH bytes are read (RFC 3875 §4.2). The error has a
// [*StatusError] in its tree: 400 for a malformed length or a body that ends early, 408
// for one that comes too slowly (20 s and one more for every 500 bytes, 30 s at a time)
// or has not come when the context of [Request.SetContext] ends, unless a *StatusError
// is the cause of that, which then is the one; 413 for one over [Limits.Body]; 500 for a
// form with files that [Request.Post] or [Request.Files] has read, since it is nowhere
// as a whole, and for a body that was not read before the answer began.
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
	var src io.Reader = &bodyReader{r: r, length: n}
	if n == unknownLength {
		src = io.LimitReader(src, r.lim.Body+1)
	}
	// The buffer grows with what arrives, not with what was promised.
	buf := new(bytes.Buffer)
	if _, err := buf.ReadFrom(src); err != nil {
		return nil, err
	}
	if int64(buf.Len()) > r.lim.Body {
		return nil, r.tooLarge()
	}
	return buf.Bytes(), nil
}

// receive reads the body before the answer begins. A form with files is left to
// drain: who wants it has read it, and who does not would have its files stored.
func (r *Request) receive() {
	if !r.isMultipart() {
		r.Body()
	}
}

// A bodyReader reads the body from its source: no more than the client has
// promised, and no longer than the context of the request and the patience with
// the client last. It
// returns io.EOF where the body is complete, else a [*StatusError].
type bodyReader struct {
	r      *Request
	length int64 // or unknownLength
}

func (b *bodyReader) Read(p []byte) (int, error) {
	body := &b.r.body
	if b.length != unknownLength {
		p = p[:min(int64(len(p)), b.length-body.n)]
		if body.n == b.length {
			return 0, io.EOF
		}
	}
	longest, late := body.patience.next(body.n)
	ctx, cancel := context.WithTimeoutCause(b.r.ctx, longest, late)
	defer cancel()
	defer body.receiving()()
	begin := body.patience.now()
	src, n := body.src, 0
	err := waitFor(ctx, readDeadline(src), func() (err error) {
		n, err = src.Read(p)
		return err
	})
	body.patience.waited += body.patience.now().Sub(begin)
	if err != nil && (ctx.Err() != nil || errors.Is(err, os.ErrDeadlineExceeded)) {
		// Whoever is left behind may still write to p and n.
		body.broken = true
		var ended *StatusError
		if errors.As(err, &ended) { // the context says what to answer
			return 0, fmt.Errorf("wait for the request body: %w", err)
		}
		return 0, &StatusError{Status: 408, Reason: "the request body did not come in time", Err: err}
	}
	body.n += int64(n)
	switch {
	case err == nil || err == io.EOF && b.length == unknownLength:
		return n, err
	case err != io.EOF:
		body.broken = true
		return n, &StatusError{Status: 400, Reason: fmt.Sprintf("read request body: %d bytes, then", body.n), Err: err}
	case body.n < b.length:
		return n, &StatusError{Status: 400, Reason: fmt.Sprintf("the request body ended after %d of %d bytes", body.n, b.length)}
	}
	return n, nil // the end comes with the next call
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
	defer r.body.receiving()()
	// An error means that there is no more to be had.
	_ = waitFor(ctx, readDeadline(src), func() error {
		_, err := io.CopyN(io.Discard, src, left)
		return err
	})
}
