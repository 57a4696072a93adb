package cgi_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/cgi"
)

// record is a Sink that remembers, and fails when told to.
type record struct {
	status  int
	reason  string
	header  []cgi.Field
	body    []byte
	heads   int
	writes  int
	flushes int
	fail    error
}

func (s *record) WriteHead(status int, reason string, header []cgi.Field) error {
	s.status, s.reason, s.header = status, reason, slices.Clone(header)
	s.heads++
	return s.fail
}

func (s *record) Write(p []byte) (int, error) {
	if s.fail != nil {
		return 0, s.fail
	}
	s.body = append(s.body, p...)
	s.writes++
	return len(p), nil
}

func (s *record) Flush() error {
	s.flushes++
	return s.fail
}

func (s *record) all(name string) []string {
	var values []string
	for _, f := range s.header {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

func (s *record) get(name string) string { return strings.Join(s.all(name), " | ") }
func (s *record) has(name string) bool   { return s.all(name) != nil }

type handlerFunc func(context.Context, *cgi.Response, *cgi.Request) error

func (f handlerFunc) Handle(ctx context.Context, w *cgi.Response, r *cgi.Request) error {
	return f(ctx, w, r)
}

// respond runs fill on a response to a GET and sends it. The error is fill's,
// which does not turn the answer into an error page.
func respond(t testing.TB, env cgi.Env, now time.Time, fill func(*cgi.Response) error) (*record, error) {
	t.Helper()
	full := cgi.Env{"REQUEST_METHOD": "GET"}
	for k, v := range env {
		full[k] = v
	}
	out := new(record)
	var fillErr error
	g := cgi.Gateway{
		Limits: cgi.Limits{Output: 100 << 10},
		Now:    func() time.Time { return now },
		Handler: handlerFunc(func(_ context.Context, w *cgi.Response, _ *cgi.Request) error {
			fillErr = fill(w)
			return nil
		}),
	}
	if err := g.Serve(t.Context(), full, nil, out); err != nil {
		t.Errorf("Serve: %v", err)
	}
	return out, fillErr
}

func TestResponseHead(t *testing.T) {
	type env = cgi.Env
	write := func(w *cgi.Response) { w.WriteString("hello") }
	tests := []struct {
		name   string
		env    cgi.Env
		fill   func(w *cgi.Response)
		status int
		header map[string]string
		body   string
	}{
		{"defaults", nil, write, 200, map[string]string{"Content-Type": "text/html; charset=utf-8", "Content-Length": "5"}, "hello"},
		{"empty", nil, func(*cgi.Response) {}, 200, map[string]string{"Content-Type": "text/html; charset=utf-8", "Content-Length": "0"}, ""},
		{"own type", nil, func(w *cgi.Response) { w.SetHeader("content-type", "text/plain"); write(w) }, 200,
			map[string]string{"Content-Type": "text/plain"}, "hello"},
		{"type removed: the default", nil, func(w *cgi.Response) { w.SetHeader("content-type", "x/y"); w.RemoveHeader("Content-Type") }, 200,
			map[string]string{"Content-Type": "text/html; charset=utf-8"}, ""},
		{"HEAD (RFC 9110 §9.3.2)", env{"REQUEST_METHOD": "HEAD"}, write, 200, map[string]string{"Content-Length": "5"}, ""},
		{"204 (RFC 9110 §15.3.5, §8.6)", nil, func(w *cgi.Response) { w.SetStatus(204); write(w) }, 204,
			map[string]string{"Content-Length": "", "Content-Type": ""}, ""},
		{"205 (RFC 9110 §15.3.6)", nil, func(w *cgi.Response) { w.SetStatus(205); write(w) }, 205, map[string]string{"Content-Type": ""}, ""},
		{"304 (RFC 9110 §15.4.5)", nil, func(w *cgi.Response) { w.SetStatus(304); w.SetHeader("ETag", `"x"`); write(w) }, 304,
			map[string]string{"Content-Length": "", "ETag": `"x"`}, ""},
		{"Location alone is a redirect (RFC 3875 §6.2.3)", nil, func(w *cgi.Response) { w.SetHeader("Location", "/x") }, 302,
			map[string]string{"Location": "/x"}, ""},
		{"Location with a status", nil, func(w *cgi.Response) { w.SetHeader("Location", "/x"); w.SetStatus(201) }, 201, nil, ""},
		{"ErrorDocument of Apache", env{"REDIRECT_STATUS": "404"}, write, 404, nil, "hello"},
		{"ErrorDocument that says 200", env{"REDIRECT_STATUS": "404"}, func(w *cgi.Response) { w.SetStatus(200) }, 200, nil, ""},
		{"Action of Apache", env{"REDIRECT_STATUS": "200"}, write, 200, nil, "hello"},
		{"odd REDIRECT_STATUS", env{"REDIRECT_STATUS": "40x"}, write, 200, nil, "hello"},
		{"reset", nil, func(w *cgi.Response) {
			write(w)
			w.SetStatus(404)
			w.SetHeader("X-A", "1")
			w.SetCookie(cgi.Cookie{Name: "a"})
			w.Reset()
		}, 200, map[string]string{"X-A": "", "Set-Cookie": "", "Content-Length": "0"}, ""},
		{"append", nil, func(w *cgi.Response) {
			write(w)
			w.Append(func(b []byte) []byte { return append(b, '!') })
		}, 200, nil, "hello!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, _ := respond(t, tt.env, time.Time{}, func(w *cgi.Response) error { tt.fill(w); return nil })
			if out.status != tt.status || out.reason != cgi.StatusText(tt.status) || string(out.body) != tt.body || out.heads != 1 {
				t.Errorf("got %d %s, %d heads, body %q", out.status, out.reason, out.heads, out.body)
			}
			for name, want := range tt.header {
				if got := out.get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestResponseHeaderRules(t *testing.T) {
	tests := []struct{ name, header, value, err string }{
		{"fine", "X-A", "b", ""},
		{"RFC 9110 §5.5: surrounding space is dropped", "X-A", " \tb ", ""},
		{"RFC 9110 §5.5: bytes beyond ASCII", "X-A", "\xff", ""},
		{"RFC 9110 §5.6.2: no name", "", "b", "token"},
		{"RFC 9110 §5.6.2: space", "X A", "b", "token"},
		{"RFC 9110 §5.6.2: colon", "X:", "b", "token"},
		{"RFC 9110 §5.6.2: line break", "X\r\nY", "b", "token"},
		{"RFC 9110 §5.6.2: beyond ASCII", "Ü", "b", "token"},
		{"CWE-113: CR LF", "X", "a\r\nSet-Cookie: x=y", `'\r'`},
		{"CWE-113: LF", "X", "a\nb", `'\n'`},
		{"CWE-113: CR", "X", "a\rb", `'\r'`},
		{"RFC 9110 §5.5: NUL", "X", "a\x00b", "control character"},
		{"RFC 9110 §5.5: ESC", "X", "\x1b", "control character"},
		{"RFC 9110 §5.5: DEL", "X", "\x7f", "control character"},
		{"RFC 9112 §6.2", "content-length", "3", "computed"},
		{"RFC 9112 §6.1", "Transfer-Encoding", "chunked", "web server"},
		{"RFC 9110 §7.6.1", "Connection", "close", "web server"},
		{"RFC 9110 §7.8", "Upgrade", "x", "web server"},
		{"RFC 3875 §6.3.3", "STATUS", "404", "response.status"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for verb, set := range map[string]func(*cgi.Response) error{
				"SetHeader": func(w *cgi.Response) error { return w.SetHeader(tt.header, tt.value) },
				"AddHeader": func(w *cgi.Response) error { return w.AddHeader(tt.header, tt.value) },
			} {
				out, err := respond(t, nil, time.Time{}, set)
				switch {
				case tt.err == "":
					if err != nil || out.get(tt.header) != strings.TrimSpace(tt.value) {
						t.Errorf("%s: %v, sent %q", verb, err, out.get(tt.header))
					}
				case err == nil || !strings.Contains(err.Error(), tt.err):
					t.Errorf("%s: error %v, want one with %q", verb, err, tt.err)
				case len(out.header) != 2: // Content-Type and Content-Length
					t.Errorf("%s: sent %q", verb, out.header)
				}
			}
		})
	}
}

func TestResponseHeaderVerbs(t *testing.T) {
	out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		return errors.Join(
			w.SetHeader("X-A", "1"), w.SetHeader("x-a", "2"), w.AddHeader("X-A", "3"),
			w.SetHeader("X-B", "1"), w.RemoveHeader("x-b"),
			w.AddHeader("Content-Type", "a/b"), w.AddHeader("content-type", "c/d"),
			w.SetHeader("Set-Cookie", "a=1"), w.SetHeader("Set-Cookie", "b=2"), w.SetCookie(cgi.Cookie{Name: "c"}),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"X-A": "2 | 3", "X-B": "", "Content-Type": "c/d", "Set-Cookie": "a=1 | b=2 | c="} {
		if got := out.get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	out, err = respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		return errors.Join(w.SetHeader("Set-Cookie", "a=1"), w.SetCookie(cgi.Cookie{Name: "c"}), w.RemoveHeader("set-cookie"))
	})
	if err != nil || out.has("Set-Cookie") {
		t.Errorf("removed cookies: %q, %v", out.all("Set-Cookie"), err)
	}
	for _, status := range []int{0, 99, 100, 103, 199, 600, -1} {
		if _, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error { return w.SetStatus(status) }); err == nil {
			t.Errorf("status %d is accepted", status)
		}
	}
}

func TestResponseFlush(t *testing.T) {
	out, _ := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		w.SetHeader("X-A", "1")
		w.WriteString("one ")
		if err := w.Flush("page.lc:7"); err != nil {
			t.Error(err)
		}
		if !w.Committed() || w.FlushedAt() != "page.lc:7" {
			t.Errorf("Committed %v, FlushedAt %q", w.Committed(), w.FlushedAt())
		}
		for name, err := range map[string]error{
			"SetHeader": w.SetHeader("X-B", "1"), "AddHeader": w.AddHeader("X-B", "1"), "RemoveHeader": w.RemoveHeader("X-A"),
			"SetStatus": w.SetStatus(404), "SetCookie": w.SetCookie(cgi.Cookie{Name: "a"}), "Reset": w.Reset(),
			"Redirect": w.Redirect("/", 0),
		} {
			var ce *cgi.CommittedError
			if !errors.As(err, &ce) || ce.FlushedAt != "page.lc:7" || !strings.Contains(err.Error(), "page.lc:7") {
				t.Errorf("%s after the flush: %v", name, err)
			}
		}
		w.WriteString("two ")
		w.Flush("page.lc:9")
		if w.FlushedAt() != "page.lc:7" {
			t.Errorf("a second flush moved the first to %q", w.FlushedAt())
		}
		w.WriteString("three")
		return nil
	})
	if string(out.body) != "one two three" || out.has("Content-Length") || out.heads != 1 || out.flushes < 2 {
		t.Errorf("got %q, %d flushes, header %q", out.body, out.flushes, out.header)
	}
}

func TestResponseStreamsWithoutLimit(t *testing.T) {
	chunk := strings.Repeat("x", 1<<10)
	out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		err := w.Flush("p:1")
		for range 300 { // three times the limit of respond
			_, e := w.WriteString(chunk)
			err = errors.Join(err, e)
			if w.Held() > 64<<10 {
				t.Fatalf("%d bytes are held", w.Held())
			}
		}
		return err
	})
	if err != nil || len(out.body) != 300<<10 {
		t.Errorf("%d bytes, %v", len(out.body), err)
	}
	out, err = respond(t, cgi.Env{"REQUEST_METHOD": "HEAD"}, time.Time{}, func(w *cgi.Response) error {
		w.Flush("p:1")
		_, err := w.WriteString("body")
		return err
	})
	if err != nil || len(out.body) != 0 {
		t.Errorf("HEAD streams %q, %v", out.body, err)
	}
}

func TestResponseOutputLimit(t *testing.T) {
	big := strings.Repeat("x", 100<<10)
	for name, write := range map[string]func(w *cgi.Response) error{
		"WriteString": func(w *cgi.Response) error { _, err := w.WriteString("y"); return err },
		"Write":       func(w *cgi.Response) error { _, err := w.Write([]byte("y")); return err },
		"Append":      func(w *cgi.Response) error { return w.Append(func(b []byte) []byte { return append(b, 'y') }) },
	} {
		out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
			if _, err := w.WriteString(big); err != nil {
				t.Errorf("%s: up to the limit: %v", name, err)
			}
			return write(w)
		})
		var le *cgi.OutputLimitError
		if !errors.As(err, &le) || le.Limit != 100<<10 || len(out.body) != 100<<10 {
			t.Errorf("%s: %v, %d bytes", name, err, len(out.body))
		}
	}
}

func TestResponseCommitOnce(t *testing.T) {
	out := new(record)
	w := cgi.NewResponse(out, request(nil))
	w.WriteString("a")
	if err := w.Commit(); err != nil {
		t.Fatal(err)
	}
	_, writeErr := w.WriteString("b")
	for name, err := range map[string]error{
		"Commit": w.Commit(), "Flush": w.Flush("x"), "WriteString": writeErr, "SetHeader": w.SetHeader("a", "b"),
		"Append": w.Append(func(b []byte) []byte { return append(b, 'c') }),
	} {
		var ce *cgi.CommittedError
		if !errors.As(err, &ce) {
			t.Errorf("%s after Commit: %v", name, err)
		}
	}
	if string(out.body) != "a" || out.heads != 1 {
		t.Errorf("sent %q with %d heads", out.body, out.heads)
	}
	if err := cgi.NewResponse(out, request(nil)).Flush(""); err == nil {
		t.Error("a flush without a position is accepted")
	}
}

func TestResponseSinkFails(t *testing.T) {
	for _, cause := range []error{errors.New("disk full"), fmt.Errorf("write: %w", syscall.EPIPE), fmt.Errorf("write: %w", syscall.ECONNRESET)} {
		w := cgi.NewResponse(&record{fail: cause}, request(nil))
		w.WriteString("a")
		flush := w.Flush("p:1")
		_, write := w.Write([]byte("b"))
		_, writeString := w.WriteString(strings.Repeat("b", 1<<20))
		for name, err := range map[string]error{
			"Flush": flush, "Write": write, "WriteString": writeString, "another Flush": w.Flush("p:2"),
			"Append": w.Append(func(b []byte) []byte { return append(b, 'c') }), "Commit": w.Commit(),
		} {
			var se *cgi.SendError
			if !errors.As(err, &se) || !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "send response: ") ||
				strings.Contains(err.Error(), "the client has gone away") != (cause.Error() != "disk full") {
				t.Errorf("%s: %v", name, err)
			}
		}
		if w.Held() != 0 {
			t.Errorf("%d bytes are held for a client that has left", w.Held())
		}
	}
	// A page that does not stream comes to its end.
	w := cgi.NewResponse(&record{fail: syscall.EPIPE}, request(nil))
	if _, err := w.WriteString("a"); err != nil {
		t.Error(err)
	}
	if err := w.Commit(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("Commit: %v", err)
	}
}

// TestAbandon: what streams is given up at its next piece; a complete answer is sent.
func TestAbandon(t *testing.T) {
	why := errors.New("the server goes")
	out := new(record)
	w := cgi.NewResponse(out, cgi.NewRequest(cgi.Env{"REQUEST_METHOD": "GET"}, nil, cgi.Limits{}))
	w.WriteString("a")
	if err := w.Flush("p:1"); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		w.Abandon(why)
		close(done)
	}()
	<-done
	w.WriteString("b")
	var gone *cgi.SendError
	if err := w.Flush("p:2"); !errors.As(err, &gone) || !errors.Is(gone.Err, why) {
		t.Errorf("flush: %v", err)
	}
	if _, err := w.WriteString("c"); !errors.As(err, &gone) {
		t.Errorf("write: %v", err)
	}
	if err := w.Commit(); !errors.As(err, &gone) || string(out.body) != "a" {
		t.Errorf("commit: %v, %q", err, out.body)
	}

	out = new(record)
	w = cgi.NewResponse(out, cgi.NewRequest(cgi.Env{"REQUEST_METHOD": "GET"}, nil, cgi.Limits{}))
	w.WriteString("a")
	w.Abandon(why)
	if err := w.Commit(); err != nil || string(out.body) != "a" {
		t.Errorf("complete: %v, %q", err, out.body)
	}
}
