package cgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"runtime/debug"
	"time"
)

// Handler answers requests.
type Handler interface {
	// Handle fills w, which is committed for it when it returns nil; it may
	// also commit w itself. When it returns an error and nothing has been
	// sent, the answer is an error page: with the status of a [*StatusError] in
	// the error's tree, else 500. The error goes to the log.
	Handle(ctx context.Context, w *Response, r *Request) error
}

// Gateway runs requests through a Handler, from whatever front end they come.
type Gateway struct {
	// Handler answers the requests.
	Handler Handler
	// Limits bounds each request.
	Limits Limits
	// UploadDir is the folder below which uploaded files wait; "" is that of
	// [os.TempDir]. See [Request.SetUploadDir].
	UploadDir string
	// TrustedProxies are the proxies whose X-Forwarded headers count. See
	// [Request.SetTrustedProxies].
	TrustedProxies []netip.Prefix
	// Reasons has error answers say why a request failed, for who writes the pages.
	Reasons bool
	// Logf writes one entry to the log, which is one line without control
	// characters (see [OneLine]). Nil writes none. It may be called by several
	// goroutines. Bodies and cookies are never passed.
	Logf func(format string, args ...any)
	// Now tells the time; nil means time.Now.
	Now func() time.Time
}

// Serve answers the request that env and body describe to sink.
//
// Whatever happens in the handler, a panic included, there is one complete
// answer. The exception is one that had been flushed in parts: Serve then returns
// an error and the front end must end the connection in a way that shows the
// client that something is missing. It also returns an error when the answer
// could not be sent. All errors have been logged with the request's id. Uploaded
// files that the page has not moved away are removed when the answer has been
// sent, at the latest (see [Request.Close]). After the answer to a request with
// uploads, Serve removes some of what killed processes have left of theirs.
//
// A client may let a page wait for its body, or for room to write to. Where body
// has a method SetReadDeadline and sink one SetWriteDeadline, as a [net.Conn]
// has, they end that when it has to end; SetWriteDeadline must last
// until it is called again. Without them the read or write is left
// behind, which is right where the process ends with the request. Where body has
// a method Expecting() bool and that returns true, the client sends the body only
// when it is read (Expect: 100-continue, RFC 9110 §10.1.1): one that the
// page does not read is then not dropped before the answer.
func (g *Gateway) Serve(ctx context.Context, env Env, body io.Reader, sink Sink) error {
	r := NewRequest(env, body, g.Limits)
	return g.serve(ctx, r, sink, r.check())
}

// serve answers r: with refusal, if that is not nil, else as the handler does.
func (g *Gateway) serve(ctx context.Context, r *Request, sink Sink, refusal error) error {
	r.SetContext(ctx)
	r.SetUploadDir(g.UploadDir)
	r.SetTrustedProxies(g.TrustedProxies)
	defer func() {
		if err := r.Close(); err != nil {
			g.log(r, err)
		}
		r.files.sweep()
	}()
	w := NewResponse(sink, r)
	if g.Now != nil {
		w.now = g.Now
	}
	err := refusal
	if err == nil {
		err = g.handle(ctx, w, r)
	}
	if err != nil {
		g.log(r, err)
		if w.Committed() {
			if w.FlushedAt() == "" {
				return w.err // nil, if the answer was complete before the error
			}
			return fmt.Errorf("response cut short: %w", err)
		}
		writeError(w, err, r.ID(), g.Reasons)
	}
	if w.Committed() && w.FlushedAt() == "" {
		return w.err
	}
	if err := w.Commit(); err != nil {
		g.log(r, err)
		return err
	}
	return nil
}

// handle calls the handler and turns its panic into an error.
func (g *Gateway) handle(ctx context.Context, w *Response, r *Request) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v; %s", p, debug.Stack())
		}
	}()
	return g.Handler.Handle(ctx, w, r)
}

func (g *Gateway) log(r *Request, err error) {
	if g.Logf != nil {
		g.Logf("%s: %s", r.ID(), OneLine(err.Error()))
	}
}

// writeError makes the response the page for err. w is not committed, so
// neither Reset nor the writes can fail; a header that is wrong is left out. Reasons
// says that the visitor is told what err says.
func writeError(w *Response, err error, id string, reasons bool) {
	status := 500
	var header []Field
	var se *StatusError
	if errors.As(err, &se) && 400 <= se.Status && se.Status <= 599 {
		status, header = se.Status, se.Header
	}
	w.Reset()
	w.SetStatus(status)
	for _, f := range header {
		w.SetHeader(f.Name, f.Value)
	}
	if len(w.cookies) > 0 { // lasting ones, which are for one visitor only
		w.SetHeader("Cache-Control", "no-store")
	}
	reason := ""
	if reasons {
		reason = err.Error()
	}
	mime, page := w.r.errorAnswer(status, id, reason)
	w.SetHeader("Content-Type", mime)
	w.WriteString(page)
}
