package cgi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	hostcgi "net/http/cgi"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

// TestMain is the CGI program, too: Go's gateway and the tests below start the
// test binary with GATEWAY_INTERFACE set.
func TestMain(m *testing.M) {
	if os.Getenv("GATEWAY_INTERFACE") == "" {
		os.Exit(m.Run())
	}
	g := cgi.Gateway{
		Handler: handlerFunc(program),
		Limits:  cgi.Limits{Body: 1 << 20},
		Logf:    func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) },
	}
	if err := g.ServeCGI(context.Background(), cgi.Environ(), os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "exit:", err)
		os.Exit(3)
	}
	os.Exit(0)
}

func program(ctx context.Context, w *cgi.Response, r *cgi.Request) error {
	switch r.Query() {
	case "echo":
		post, err := r.Post()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s %s %s %q %q %q", r.Method(), r.Path(), r.Header("X-Test"), post, r.Cookies(), r.Header("Proxy"))
		return w.SetCookie(w.NewCookie("a", "b c"))
	case "forwarded":
		fmt.Fprintf(w, "%q %q", r.Header("X-Forwarded-For"), r.Header("X-Forwarded-Proto"))
		return nil
	case "redirect":
		return w.Redirect("/elsewhere", 0)
	case "none":
		return w.SetStatus(204)
	case "content":
		return w.SendContent(content(10))
	case "cut+content":
		c := content(10)
		c.Size = 1 << 20
		return w.SendContent(c)
	case "filtered":
		w.WriteString("[as it is]xyz")
		return w.SetFilter(new(doubler))
	case "panic":
		panic("boom")
	case "stream":
		w.WriteString("one ")
		if err := w.Flush("p:1"); err != nil {
			return err
		}
		w.WriteString("two")
	case "slow body":
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		r.SetContext(ctx)
		_, err := r.Body()
		return err
	case "slow stream":
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		r.SetContext(ctx)
		if err := w.Flush("p:1"); err != nil {
			return err
		}
		_, err := w.WriteString(strings.Repeat("x", 1<<20))
		return err
	case "large":
		_, err := r.Body() // the parent closes its end of the pipe before this ends
		if err != nil {
			return err
		}
		_, err = w.WriteString(strings.Repeat("x", 1<<20))
		return err
	}
	return nil
}

func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func TestServeCGIBehindGoGateway(t *testing.T) {
	var stderr bytes.Buffer
	server := httptest.NewServer(&hostcgi.Handler{
		Path: self(t), Root: "/", Stderr: &stderr, Logger: log.New(io.Discard, "", 0),
	})
	defer server.Close()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	form := "application/x-www-form-urlencoded"
	tests := []struct {
		method, url, body string
		status            int
		header            map[string]string
		want              string // a part of the body
		wantEmpty         bool
	}{
		{"GET", "/a%20b/c?echo", "", 200, map[string]string{
			"Content-Type": "text/html; charset=utf-8", "Set-Cookie": "a=b%20c; Path=/; HttpOnly; SameSite=Lax",
		}, `GET /a b/c yes [] [{"k" "v w"}] ""`, false},
		{"POST", "/?echo", "x=1&y=%26", 200, map[string]string{"Content-Length": "49"}, `POST / yes [{"x" "1"} {"y" "&"}] [{"k" "v w"}] ""`, false},
		{"HEAD", "/?echo", "", 200, map[string]string{"Content-Type": "text/html; charset=utf-8"}, "", true},
		{"GET", "/?redirect", "", 302, map[string]string{"Location": "/elsewhere"}, "/elsewhere", false},
		{"GET", "/?none", "", 204, nil, "", true},
		{"GET", "/?stream", "", 200, nil, "one two", false},
		{"GET", "/?panic", "", 500, nil, "500 Internal Server Error", false},
		{"POST", "/?large", strings.Repeat("x", 1<<20+1), 413, nil, "413 Content Too Large", false},
		{"GET", "/?empty", "", 200, map[string]string{"Content-Length": "0"}, "", true},
	}
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.url, func(t *testing.T) {
			req, err := http.NewRequest(tt.method, server.URL+tt.url, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("X-Test", "yes")
			req.Header.Set("Proxy", "http://evil/")
			req.Header.Set("Cookie", "k=v%20w")
			if tt.method == "POST" {
				req.Header.Set("Content-Type", form)
			}
			res, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.status || !strings.Contains(string(body), tt.want) || tt.wantEmpty && len(body) > 0 {
				t.Errorf("got %d, %v, %q", res.StatusCode, err, body)
			}
			for name, want := range tt.header {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
	if !strings.Contains(stderr.String(), "panic: boom") {
		t.Errorf("the log has no panic: %q", &stderr)
	}
}

// writes counts the writes of a CGI response.
type writes [][]byte

func (w *writes) Write(p []byte) (int, error) {
	*w = append(*w, bytes.Clone(p))
	return len(p), nil
}

func TestServeCGIResponse(t *testing.T) {
	environ := func(query string) []string {
		return []string{"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "QUERY_STRING=" + query}
	}
	g := cgi.Gateway{Handler: handlerFunc(program)}
	var out writes
	if err := g.ServeCGI(t.Context(), environ("none"), nil, &out); err != nil {
		t.Fatal(err)
	}
	if want := "Status: 204 No Content\r\n\r\n"; len(out) != 1 || string(out[0]) != want {
		t.Errorf("got %q, want one write of %q", out, want)
	}
	out = nil
	if err := g.ServeCGI(t.Context(), environ("redirect"), nil, &out); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(string(bytes.Join(out, nil)), "\r\n\r\n")
	wantHead := fmt.Sprintf("Status: 302 Found\r\nLocation: /elsewhere\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d", len(body))
	if len(out) != 1 || head != wantHead {
		t.Errorf("RFC 3875 §6: %d writes, head %q, want %q", len(out), head, wantHead)
	}
	out = nil
	if err := g.ServeCGI(t.Context(), environ("stream"), nil, &out); err != nil || len(out) != 2 || string(out[1]) != "two" {
		t.Errorf("flushed: %q, %v", out, err)
	}
	out = nil
	large := cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, _ *cgi.Request) error {
		_, err := w.WriteString(strings.Repeat("x", 100<<10))
		return err
	})}
	if err := large.ServeCGI(t.Context(), environ(""), nil, &out); err != nil || len(out) != 2 || len(out[1]) != 100<<10 {
		t.Errorf("large: %d writes, %v", len(out), err)
	}
}

func TestServeCGINotCGI(t *testing.T) {
	for _, value := range []string{"", "FastCGI/1.0", "CGI/2.0", "CGI/2\n", "CGI/1", "CGI/1.", "CGI/10.1", "CGI/1.1\n", "CGI/-1.1"} {
		var out writes
		var lines []string
		g := cgi.Gateway{
			Handler: handlerFunc(func(context.Context, *cgi.Response, *cgi.Request) error { t.Error("the page runs"); return nil }),
			Logf:    func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) },
		}
		err := g.ServeCGI(t.Context(), []string{"GATEWAY_INTERFACE=" + value, "REQUEST_METHOD=GET"}, nil, &out)
		if err != nil || len(out) != 1 || !strings.HasPrefix(string(out[0]), "Status: 500 Internal Server Error\r\n") {
			t.Errorf("%q: %v, wrote %q", value, err, out)
		}
		if want := fmt.Sprintf("GATEWAY_INTERFACE is %q", value); len(lines) != 1 || !strings.Contains(lines[0], want) {
			t.Errorf("%q: log %q", value, lines)
		}
	}
}

// A client that leaves is an error in the log, not a death by SIGPIPE.
func TestServeCGIClientGone(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, self(t))
	cmd.Env = []string{"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST", "QUERY_STRING=large", "CONTENT_LENGTH=1"}
	cmd.Stdout, cmd.Stderr = write, &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	read.Close()
	io.WriteString(stdin, "x") // now the program answers
	stdin.Close()
	err = cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 || !strings.Contains(stderr.String(), "the client has gone away") {
		t.Errorf("got %v, stderr %q", err, &stderr)
	}
}

// A client that sends a part of a body and waits, or takes nothing of a stream,
// holds a page no longer than the page's own time.
func TestServeCGISlowClient(t *testing.T) {
	for query, want := range map[string]string{
		"slow body":   "408 Request Timeout: the request body did not come in time",
		"slow stream": "the client had not taken all",
	} {
		t.Run(query, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			read, write, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer read.Close()
			var stderr bytes.Buffer
			cmd := exec.CommandContext(ctx, self(t))
			cmd.Env = []string{"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST", "QUERY_STRING=" + query}
			if query == "slow body" {
				cmd.Env = append(cmd.Env, "CONTENT_LENGTH=10")
			}
			cmd.Stdout, cmd.Stderr = write, &stderr
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			defer stdin.Close()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			write.Close()
			io.WriteString(stdin, "abc")
			done := make(chan error, 1)
			go func() { done <- cmd.Wait() }()
			err = <-done
			if ctx.Err() != nil || !strings.Contains(stderr.String(), want) {
				t.Fatalf("%v, stderr %q", err, &stderr)
			}
			out, _ := io.ReadAll(read)
			status := "Status: 200 "
			if query == "slow body" {
				status = "Status: 408 "
			}
			if !strings.HasPrefix(string(out), status) {
				t.Errorf("got %.100q, want %s", out, status)
			}
		})
	}
}

// A page that leaves its body unread must not leave it in the pipe: fcgiwrap
// would answer 502. One that flushes and asks for the body later still gets it.
func TestServeCGIBodyIsTaken(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle func(w *cgi.Response, r *cgi.Request) error
		want   string
	}{
		{"unread", func(w *cgi.Response, r *cgi.Request) error { return nil }, ""},
		{"refused", func(w *cgi.Response, r *cgi.Request) error {
			return &cgi.StatusError{Status: 403, Reason: "no"}
		}, ""},
		{"flushed, then read", func(w *cgi.Response, r *cgi.Request) error {
			if err := w.Flush("here"); err != nil {
				return err
			}
			body, err := r.Body()
			w.WriteString("got " + string(body))
			return err
		}, "got 0123456789"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := strings.NewReader("0123456789the next request")
			var out bytes.Buffer
			g := &cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error { return c.handle(w, r) })}
			err := g.ServeCGI(t.Context(), []string{
				"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST", "SERVER_PROTOCOL=HTTP/1.1", "CONTENT_LENGTH=10",
			}, in, &out)
			if err != nil {
				t.Fatal(err)
			}
			if rest, _ := io.ReadAll(in); string(rest) != "the next request" {
				t.Errorf("left in the pipe: %q", rest)
			}
			if !strings.HasSuffix(out.String(), c.want) {
				t.Errorf("got %q, want %q at its end", out.String(), c.want)
			}
		})
	}
}

// A process sees that a variable is there twice, which os.Environ hides.
func TestEnvironOfProcess(t *testing.T) {
	if _, err := os.Stat("/proc/self/environ"); err != nil {
		t.Skipf("the system does not tell what a process was started with: %v", err)
	}
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	// exec.Cmd would drop what is there twice.
	process, err := os.StartProcess(os.Args[0], []string{"lcgi"}, &os.ProcAttr{
		Env: []string{
			"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET", "QUERY_STRING=forwarded",
			"HTTP_X_FORWARDED_FOR=127.0.0.1", "HTTP_X_FORWARDED_PROTO=https", "HTTP_X_FORWARDED_FOR=203.0.113.9",
		},
		Files: []*os.File{nil, out, os.Stderr},
	})
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(in)
	if _, waitErr := process.Wait(); err != nil || waitErr != nil {
		t.Fatal(err, waitErr)
	}
	if _, body, _ := strings.Cut(string(answer), "\r\n\r\n"); body != `"" "https"` {
		t.Errorf("got %s", answer)
	}
}
