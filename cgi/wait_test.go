package cgi_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lcgi/cgi"
)

// serveWithin fails the test when g.Serve has not returned after 20 s.
func serveWithin(t *testing.T, g *cgi.Gateway, env cgi.Env, body io.Reader, sink cgi.Sink) error {
	t.Helper()
	served := make(chan error, 1)
	go func() { served <- g.Serve(t.Context(), env, body, sink) }()
	select {
	case err := <-served:
		return err
	case <-time.After(20 * time.Second):
		t.Fatal("Serve does not return")
		return nil
	}
}

func TestBodyThatDoesNotCome(t *testing.T) {
	cause := errors.New("the page's time is over")
	pipe := func() (io.Reader, io.Writer) { r, w := io.Pipe(); return r, w }
	conn := func() (io.Reader, io.Writer) { r, w := net.Pipe(); return r, w }
	for name, connect := range map[string]func() (io.Reader, io.Writer){"pipe": pipe, "connection with deadlines": conn} {
		t.Run(name, func(t *testing.T) {
			body, client := connect()
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				io.WriteString(client, "abc") // returns when it has been read
				cancel(cause)
			}()
			g := &cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
				r.SetContext(ctx)
				_, err := r.Body()
				if status(err) != 408 || !errors.Is(err, cause) {
					t.Errorf("Body: %v", err)
				}
				return err
			})}
			out := new(record)
			err := serveWithin(t, g, cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "10"}, body, out)
			if err != nil || out.status != 408 {
				t.Errorf("%v, status %d", err, out.status)
			}
			if c, ok := body.(net.Conn); ok {
				// Nothing may read the connection any more, which has a next use.
				c.SetReadDeadline(time.Time{})
				go io.WriteString(client, "next")
				next := make([]byte, 4)
				if _, err := io.ReadFull(c, next); err != nil || string(next) != "next" {
					t.Errorf("got %q, %v", next, err)
				}
			}
		})
	}
}

// deadlineBody is a body that does not come, on a connection with deadlines.
type deadlineBody struct {
	began    chan struct{} // takes one signal per Read
	deadline chan struct{} // closed by SetReadDeadline
	reading  atomic.Bool
}

func (b *deadlineBody) Read([]byte) (int, error) {
	b.reading.Store(true)
	b.began <- struct{}{}
	<-b.deadline
	<-time.After(20 * time.Millisecond) // the reader takes its time to notice
	b.reading.Store(false)
	return 0, os.ErrDeadlineExceeded
}

func (b *deadlineBody) SetReadDeadline(time.Time) error { close(b.deadline); return nil }

// A connection is not left with a reader, nor read again after its body failed:
// net/http panics when a body is read twice at once.
func TestBodyIsNotReadBehindTheAnswer(t *testing.T) {
	synctest.Test(t, testBodyIsNotReadBehindTheAnswer) // where time passes only once all others wait
}

func testBodyIsNotReadBehindTheAnswer(t *testing.T) {
	body := &deadlineBody{began: make(chan struct{}, 10), deadline: make(chan struct{})}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-body.began
		cancel()
	}()
	g := &cgi.Gateway{Handler: handlerFunc(func(_ context.Context, _ *cgi.Response, r *cgi.Request) error {
		r.SetContext(ctx)
		_, err := r.Body()
		if body.reading.Load() {
			t.Error("the body is still read after Body has returned")
		}
		return err
	})}
	out := new(record)
	if err := serveWithin(t, g, cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "10"}, body, out); err != nil || out.status != 408 {
		t.Errorf("%v, status %d", err, out.status)
	}
	if len(body.began) > 0 {
		t.Error("the body is read again for the answer")
	}
}

// What the page has not asked for is waited for a short time only, and then the
// connection is not read any more.
func TestDropOfBodyThatDoesNotCome(t *testing.T) {
	body, client := net.Pipe()
	go io.WriteString(client, "abc")
	g := &cgi.Gateway{Handler: handlerFunc(func(context.Context, *cgi.Response, *cgi.Request) error { return nil }), Limits: cgi.Limits{Body: 100}}
	out := new(record)
	err := serveWithin(t, g, cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "300000"}, body, out)
	if err != nil || out.status != 413 {
		t.Errorf("%v, status %d", err, out.status)
	}
	body.SetReadDeadline(time.Time{})
	go io.WriteString(client, "next")
	next := make([]byte, 4)
	if _, err := io.ReadFull(body, next); err != nil || string(next) != "next" {
		t.Errorf("got %q, %v", next, err)
	}
}

// expecting is a body that the client sends when it is asked to.
type expecting struct {
	io.Reader
	asked bool
}

func (e *expecting) Read(p []byte) (int, error) {
	e.asked = true
	return e.Reader.Read(p)
}

func (e *expecting) Expecting() bool { return !e.asked }

func TestExpectedBodyIsNotDropped(t *testing.T) {
	for name, c := range map[string]struct {
		handle func(r *cgi.Request) error
		asked  bool
	}{
		"refused": {func(*cgi.Request) error { return &cgi.StatusError{Status: 404} }, false},
		"unread":  {func(*cgi.Request) error { return nil }, false},
		"read":    {func(r *cgi.Request) error { _, err := r.Body(); return err }, true},
	} {
		body := &expecting{Reader: strings.NewReader("abc")}
		g := &cgi.Gateway{Handler: handlerFunc(func(_ context.Context, _ *cgi.Response, r *cgi.Request) error { return c.handle(r) })}
		err := g.Serve(t.Context(), cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "3"}, body, new(record))
		if err != nil || body.asked != c.asked {
			t.Errorf("%s: %v, asked for: %v", name, err, body.asked)
		}
	}
}

// pipeSink writes to a client that may not read.
type pipeSink struct{ out io.Writer }

func (s pipeSink) WriteHead(int, string, []cgi.Field) error { return nil }
func (s pipeSink) Write(p []byte) (int, error)              { return s.out.Write(p) }
func (s pipeSink) Flush() error                             { return nil }

// deadlineSink is a pipeSink whose connection has deadlines.
type deadlineSink struct {
	pipeSink
	conn net.Conn
}

func (s deadlineSink) SetWriteDeadline(t time.Time) error { return s.conn.SetWriteDeadline(t) }

func TestStreamThatIsNotTaken(t *testing.T) {
	cause := errors.New("the page's time is over")
	read, write := io.Pipe()
	near, far := net.Pipe()
	for name, c := range map[string]struct {
		sink   cgi.Sink
		client io.Reader
	}{
		"pipe":                      {pipeSink{write}, read},
		"connection with deadlines": {deadlineSink{pipeSink{near}, near}, far},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() {
				c.client.Read(make([]byte, 3))
				cancel(cause)
			}()
			g := &cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
				r.SetContext(ctx)
				w.WriteString("begin, end")
				err := w.Flush("p:1")
				if !errors.Is(err, cause) || !strings.Contains(err.Error(), "the client had not taken all") {
					t.Errorf("Flush: %v", err)
				}
				if _, again := w.WriteString("more"); again == nil {
					t.Error("the page may go on writing")
				}
				return err
			})}
			if err := serveWithin(t, g, cgi.Env{"REQUEST_METHOD": "GET"}, nil, c.sink); !errors.Is(err, cause) {
				t.Errorf("Serve: %v", err)
			}
		})
	}
}

// A page whose time ends right after it has been answered still is answered.
func TestCommitDisregardsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	g := &cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
		r.SetContext(ctx)
		w.WriteString("all of it")
		cancel()
		return nil
	})}
	out := new(record)
	if err := g.Serve(t.Context(), cgi.Env{"REQUEST_METHOD": "GET"}, nil, out); err != nil || string(out.body) != "all of it" {
		t.Errorf("%v, %q", err, out.body)
	}
}
