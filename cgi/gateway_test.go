package cgi_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"lcgi/cgi"
)

func TestGatewayServe(t *testing.T) {
	secret := "hunter2"
	page := func(w *cgi.Response) {
		w.WriteString("half a page")
		w.SetHeader("X-A", "1")
		w.SetCookie(cgi.Cookie{Name: "a"})
	}
	tests := []struct {
		name   string
		env    cgi.Env
		handle func(w *cgi.Response, r *cgi.Request) error
		status int
		body   string // a part of it
		log    string // a part of it; "" is no line
		err    bool
	}{
		{"fine", nil, func(w *cgi.Response, r *cgi.Request) error { page(w); return nil }, 200, "half a page", "", false},
		{"handler commits", nil, func(w *cgi.Response, r *cgi.Request) error { page(w); return w.Commit() }, 200, "half a page", "", false},
		{"error", nil, func(w *cgi.Response, r *cgi.Request) error { page(w); return errors.New("broke") }, 500, "Internal Server Error", "broke", false},
		{"status error", nil, func(w *cgi.Response, r *cgi.Request) error {
			page(w)
			return fmt.Errorf("wrapped: %w", &cgi.StatusError{Status: 503, Reason: "busy", Header: []cgi.Field{{"Retry-After", "3"}}, Err: errors.New("cause")})
		}, 503, "Service Unavailable", "wrapped: 503 Service Unavailable: busy: cause", false},
		{"status error of no error", nil, func(w *cgi.Response, r *cgi.Request) error { return &cgi.StatusError{Status: 200} }, 500, "", "200 OK", false},
		{"panic", nil, func(w *cgi.Response, r *cgi.Request) error { page(w); panic("boom") }, 500, "Internal Server Error", "panic: boom; goroutine ", false},
		{"error after the answer", nil, func(w *cgi.Response, r *cgi.Request) error { page(w); w.Commit(); return errors.New("late") }, 200, "half a page", "late", false},
		{"error while streaming", nil, func(w *cgi.Response, r *cgi.Request) error { page(w); w.Flush("p:1"); return errors.New("late") }, 200, "half a page", "late", true},
		{"panic while streaming", nil, func(w *cgi.Response, r *cgi.Request) error { page(w); w.Flush("p:1"); panic("late") }, 200, "half a page", "late", true},
		{"no method (RFC 3875 §4.1.12)", cgi.Env{"REQUEST_METHOD": ""}, nil, 400, "Bad Request", "REQUEST_METHOD", false},
		{"bad method", cgi.Env{"REQUEST_METHOD": "G\nET"}, nil, 400, "Bad Request", `"G\nET"`, false},
		{"bad length (RFC 3875 §4.1.2)", cgi.Env{"CONTENT_LENGTH": "-1"}, nil, 400, "Bad Request", "CONTENT_LENGTH", false},
		{"large body, at once", cgi.Env{"CONTENT_LENGTH": "101"}, nil, 413, "Content Too Large", "LCGI_MAX_BODY", false},
		{"large upload is left to the handler", cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "500", "CONTENT_TYPE": "Multipart/Form-Data; boundary=x"}, func(w *cgi.Response, r *cgi.Request) error {
			_, err := r.Body()
			return err
		}, 413, "", "LCGI_MAX_BODY", false},
		{"upload over all limits, at once", cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "501", "CONTENT_TYPE": "Multipart/Form-Data; boundary=x"}, nil, 413, "", "LCGI_MAX_FILE", false},
		{"an upload by another method is a body", cgi.Env{"CONTENT_LENGTH": "101", "CONTENT_TYPE": "Multipart/Form-Data; boundary=x"}, nil, 413, "", "LCGI_MAX_BODY", false},
		{"large headers (RFC 6585 §5)", cgi.Env{"HTTP_COOKIE": secret + strings.Repeat("x", 200)}, nil, 431, "Request Header Fields Too Large", "the limit is 200", false},
		{"HEAD", cgi.Env{"REQUEST_METHOD": "HEAD"}, func(w *cgi.Response, r *cgi.Request) error { return errors.New("broke") }, 500, "", "broke", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := cgi.Env{"REQUEST_METHOD": "GET"}
			for k, v := range tt.env {
				env[k] = v
			}
			var log, id string
			out := new(record)
			g := cgi.Gateway{
				Limits: cgi.Limits{Body: 100, Files: 2, File: 200, Headers: 200},
				Logf:   func(format string, args ...any) { log += fmt.Sprintf(format, args...) + "\n" },
				Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
					id = r.ID()
					return tt.handle(w, r)
				}),
			}
			err := g.Serve(t.Context(), env, strings.NewReader(""), out)
			body := string(out.body)
			if (err != nil) != tt.err || out.status != tt.status || out.heads != 1 || !strings.Contains(body, tt.body) {
				t.Errorf("got %v, %d, %d heads, %q", err, out.status, out.heads, body)
			}
			if !strings.Contains(log, tt.log) || (log == "") != (tt.log == "") || strings.Contains(log, secret) {
				t.Errorf("log %q, want %q", log, tt.log)
			}
			if tt.status >= 400 {
				if out.has("X-A") || out.has("Set-Cookie") || strings.Contains(body, "half") || strings.Contains(body, "broke") {
					t.Errorf("the error page has something of the page: %q %q", out.header, body)
				}
				if id != "" && (!strings.HasPrefix(log, id+": ") || env["REQUEST_METHOD"] != "HEAD" && !strings.Contains(body, id)) {
					t.Errorf("id %s: log %q, page %q", id, log, body)
				}
			}
			if tt.status == 503 && out.get("Retry-After") != "3" {
				t.Errorf("Retry-After: %q", out.get("Retry-After"))
			}
		})
	}
}

// TestGatewayErrorPage: programs get JSON, and only who writes the pages gets reasons.
func TestGatewayErrorPage(t *testing.T) {
	const page = "<h1>400 Bad Request</h1>\n"
	for _, c := range []struct {
		accept, contentType string
		reasons             bool
		typ, body           string
	}{
		{"", "", false, "text/html; charset=utf-8", page + "<p>Request "},
		{"", "", true, "text/html; charset=utf-8", page + "<p>400 Bad Request: the &lt;reason&gt;\\n</p>\n<p>Request "},
		{"application/json", "", true, "application/json", `","reason":"400 Bad Request: the <reason>\\n"}`},
		{"*/*", "Application/JSON; charset=utf-8", false, "application/json", `{"status":400,"error":"Bad Request","request":"`},
		{"text/html, application/json;q=0.5", "application/json", false, "text/html; charset=utf-8", page + "<p>Request "},
	} {
		out := new(record)
		g := cgi.Gateway{Reasons: c.reasons, Handler: handlerFunc(func(context.Context, *cgi.Response, *cgi.Request) error {
			return &cgi.StatusError{Status: 400, Reason: "the <reason>\n"}
		})}
		env := cgi.Env{"REQUEST_METHOD": "POST", "HTTP_ACCEPT": c.accept, "CONTENT_TYPE": c.contentType}
		if err := g.Serve(t.Context(), env, nil, out); err != nil {
			t.Fatal(err)
		}
		if out.get("Content-Type") != c.typ || !strings.Contains(string(out.body), c.body) {
			t.Errorf("%+v: got %s %s", c, out.get("Content-Type"), out.body)
		}
	}
}

// CWE-117: what a client sends, here in an error of package os, starts no line.
func TestGatewayLogEntryIsOneLine(t *testing.T) {
	root := t.TempDir()
	for name, handle := range map[string]func(r *cgi.Request) error{
		"file name": func(r *cgi.Request) error { _, err := r.Script([]string{".lc"}); return err },
		"panic":     func(*cgi.Request) error { panic("a\nFORGED\x1b[31m") },
	} {
		var log string
		g := cgi.Gateway{
			Logf:    func(format string, args ...any) { log += fmt.Sprintf(format, args...) },
			Handler: handlerFunc(func(_ context.Context, _ *cgi.Response, r *cgi.Request) error { return handle(r) }),
		}
		env := cgi.Env{"REQUEST_METHOD": "GET", "DOCUMENT_ROOT": root, "SCRIPT_FILENAME": root + "/x\nFORGED\x1b[31m.lc"}
		if err := g.Serve(t.Context(), env, nil, new(record)); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(log, `\nFORGED\x1b[31m`) || strings.ContainsAny(log, "\n\r\x1b") {
			t.Errorf("%s: log %q", name, log)
		}
	}
}

func TestOneLine(t *testing.T) {
	for s, want := range map[string]string{
		"":                        "",
		`plain "text" \n`:         `plain "text" \n`,
		"schöne Grüße ␊ 日本":       "schöne Grüße ␊ 日本",
		"a\nb\r\n\tc":             `a\nb\r\n\tc`,
		"\x00\x1b[2J\x7f":         `\x00\x1b[2J\x7f`,
		"\x9b31m":                 `\x9b31m`, // CSI as one byte
		"\u009b31m \u0085":        `\u009b31m \u0085`,
		"\u2028 \u2029 \u202eabc": `\u2028 \u2029 \u202eabc`, // right-to-left override
		"half a rune \xc3":        `half a rune \xc3`,
		"the replacement \ufffd":  "the replacement \ufffd",
	} {
		if got := cgi.OneLine(s); got != want {
			t.Errorf("OneLine(%q) = %q, want %q", s, got, want)
		}
	}
}

// A stream that nobody gets ends with the next write, in an error for the front end,
// also where the handler commits it.
func TestGatewayClientGoneWhileStreaming(t *testing.T) {
	broken := errors.New("broken pipe")
	for _, commit := range []bool{false, true} {
		var log string
		g := cgi.Gateway{
			Logf: func(format string, args ...any) { log += fmt.Sprintf(format, args...) + "\n" },
			Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
				w.WriteString("begin")
				err := w.Flush("p:1")
				var gone *cgi.SendError
				if !errors.As(err, &gone) {
					t.Errorf("Flush: %v", err)
				}
				if _, err := w.WriteString("end"); !errors.As(err, &gone) {
					t.Errorf("WriteString: %v", err)
				}
				if commit {
					return w.Commit()
				}
				return err
			}),
		}
		err := g.Serve(t.Context(), cgi.Env{"REQUEST_METHOD": "GET"}, nil, &record{fail: broken})
		if !errors.Is(err, broken) || strings.Count(log, "\n") != 1 || !strings.Contains(log, "broken pipe") {
			t.Errorf("commit %v: %v, log %q", commit, err, log)
		}
	}
}

func TestGatewayClientGone(t *testing.T) {
	broken := errors.New("broken pipe")
	lines := 0
	g := cgi.Gateway{
		Logf: func(string, ...any) { lines++ },
		Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
			w.WriteString("x")
			return nil
		}),
	}
	err := g.Serve(t.Context(), cgi.Env{"REQUEST_METHOD": "GET"}, nil, &record{fail: broken})
	if !errors.Is(err, broken) || lines != 1 {
		t.Errorf("got %v and %d log lines", err, lines)
	}
}

func TestErrorPage(t *testing.T) {
	if page := cgi.ErrorPage(404, `<"&'>`); !strings.Contains(page, "404 Not Found") || !strings.Contains(page, "&lt;&#34;&amp;&#39;&gt;") {
		t.Error(page)
	}
	if page := cgi.ErrorPage(404, ""); strings.Contains(page, "Request") {
		t.Error(page)
	}
}
