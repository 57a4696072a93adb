package cgi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"syscall"
)

// Flush sends the headers, if they are not, and all that has been written. From
// then on what is written is sent as it comes. At is the place in the page, for
// the errors of whoever wants to set a header later; it must not be empty. Once
// something could not be sent, the error is that of [Response.Write].
func (w *Response) Flush(at string) error {
	if !w.committed {
		switch {
		case at == "":
			return errors.New("flush: the position is empty")
		case w.content != nil:
			return errContent
		case w.refused != nil:
			return errRefused
		}
		w.flushedAt = at
		// The rest of the page may still want the body, which front ends give
		// up when the answer begins (fcgiwrap, and HTTP/1.1 itself).
		w.r.receive()
		w.writeHead(false)
	} else if w.flushedAt == "" {
		return &CommittedError{}
	}
	if err := w.sendOver(0); err != nil {
		return err
	}
	w.send(w.r.ctx, w.sink.Flush)
	return w.stopped()
}

// Commit completes the response: it sends the headers, with the length of the
// body, and the body; after a Flush, what is left of it. It must be called
// once. An error comes from the sink, now or while the page was streaming: the
// client has left, mostly.
func (w *Response) Commit() error {
	if w.committed && w.flushedAt == "" {
		return &CommittedError{}
	}
	if !w.committed {
		w.writeHead(true)
	}
	w.flushedAt = ""
	var err error
	switch {
	case w.content == nil:
		w.sendBody(context.Background(), true)
	case !w.bodiless:
		err = w.sendContent()
	}
	w.body, w.spare, w.content = nil, nil, nil
	w.send(context.Background(), w.sink.Flush) // what is cut, too: its length tells the client
	if w.err == nil {
		w.err = err
	}
	return w.err
}

// writeHead sends the headers. Complete says that the body is all there: it is
// filtered now, for its length.
func (w *Response) writeHead(complete bool) {
	w.r.drain()
	if w.content != nil {
		w.settleContent()
	}
	if w.refused != nil {
		w.settleRefusal()
	}
	w.keepFromOthers()
	w.status = w.Status()
	w.committed = true
	header := w.header
	// None of them has content (RFC 9110 §15.3.5, §15.3.6, §15.4.5), and 204 no
	// Content-Length (§8.6); a 304 would have to send that of the 200, which is
	// not known.
	none := w.status == 204 || w.status == 205 || w.status == 304
	handedOver := w.bodiless // the length is not ours to say
	w.bodiless = none || w.head || handedOver
	if !none {
		if w.index("Content-Type") < 0 {
			header = append(header, Field{"Content-Type", defaultContentType})
		}
		if complete && !handedOver {
			header = append(header, Field{"Content-Length", strconv.FormatInt(w.completeLength(), 10)})
		}
	}
	for _, c := range w.cookies {
		header = append(header, Field{"Set-Cookie", c.line})
	}
	w.send(context.Background(), func() error { return w.sink.WriteHead(w.status, StatusText(w.status), header) })
}

// completeLength returns the length of the body that is all there, and makes it
// what is sent.
func (w *Response) completeLength() int64 {
	if w.content != nil {
		return w.content.length()
	}
	w.applyFilter(true)
	return int64(len(w.body))
}

// sendOver sends what is held, once that is more than least bytes, if the headers are
// sent.
func (w *Response) sendOver(least int) error {
	if w.committed && len(w.body) > least {
		w.sendBody(w.r.ctx, false)
	}
	return w.stopped()
}

// sendBody sends what is held of the body, or drops what is not to be sent. Last
// says that nothing follows.
func (w *Response) sendBody(ctx context.Context, last bool) {
	if !w.bodiless {
		w.applyFilter(last)
		w.sendPiece(ctx, w.body)
	}
	w.body = w.body[:0]
	if w.err != nil {
		w.body, w.spare = nil, nil // a write that was left behind may still read them
	}
}

// sendPiece sends p, which is not to be changed when it was not sent.
func (w *Response) sendPiece(ctx context.Context, p []byte) {
	if len(p) > 0 {
		w.send(ctx, func() error { _, err := w.sink.Write(p); return err })
	}
}

// SendError is the error for an answer that the front end cannot send: mostly, the
// client has left.
type SendError struct {
	Err error
}

func (e *SendError) Error() string {
	if errors.Is(e.Err, syscall.EPIPE) || errors.Is(e.Err, syscall.ECONNRESET) {
		return "send response: the client has gone away: " + e.Err.Error()
	}
	return "send response: " + e.Err.Error()
}

// Unwrap returns what the front end says.
func (e *SendError) Unwrap() error { return e.Err }

// send runs op, which makes the sink send, and keeps its first error: there is no
// use in going on.
func (w *Response) send(ctx context.Context, op func() error) {
	if w.err != nil {
		return
	}
	if why := w.abandoned.Load(); why != nil && w.flushedAt != "" {
		w.err = &SendError{*why}
		return
	}
	if err := waitFor(ctx, writeDeadline(w.sink), op); err != nil {
		if ctx.Err() != nil {
			w.err = fmt.Errorf("send response: the client had not taken all of it by then: %w", err)
			return
		}
		w.err = &SendError{err}
	}
}

// Abandon says that nobody takes the answer any more. What is still sent of one that
// streams is then a [SendError], as if its client had left. It may be called by any
// goroutine.
func (w *Response) Abandon(why error) { w.abandoned.Store(&why) }

// stopped returns the error of the sink once that is to end the page.
func (w *Response) stopped() error {
	if w.flushedAt != "" {
		return w.err
	}
	return nil
}
