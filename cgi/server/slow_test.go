//go:build !cgionly

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/cgi/server"
)

// large is more than the buffers of a connection take.
const large = 40 << 20

// await polls until the log has text.
func await(t *testing.T, log *buffer, text string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !strings.Contains(log.String(), text) {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("the log has no %q:\n%s", text, log)
		}
	}
}

func dial(t *testing.T, addr, request string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	return conn
}

// largeSite is a site with a static file of that size, and a handler whose pages
// have as much.
func largeSite(t *testing.T, timeout time.Duration) server.Config {
	t.Helper()
	root := site(t)
	f, err := os.Create(filepath.Join(root, "large.bin"))
	if err == nil {
		err = f.Truncate(large)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return server.Config{Root: root, WriteTimeout: timeout, Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
		if r.Query() == "stream" {
			if err := w.Flush("page.lc:1"); err != nil {
				return err
			}
		}
		piece := bytes.Repeat([]byte("x"), 1<<20)
		for range large / len(piece) {
			if _, err := w.Write(piece); err != nil {
				return err
			}
		}
		return nil
	})}
}

// A client that asks and never reads loses its connection, and the server the
// answer that it held (slow read).
func TestClientThatDoesNotRead(t *testing.T) {
	for _, target := range []string{"/page.lc", "/page.lc?stream", "/large.bin"} {
		t.Run(target, func(t *testing.T) {
			addr, log := run(t, largeSite(t, 100*time.Millisecond))
			conn := dial(t, addr, "GET "+target+" HTTP/1.1\nHost: localhost\n\n")
			path, _, _ := strings.Cut(target, "?")
			await(t, log, "GET "+path+" 200 ") // the line comes when the answer ends
			if path == "/page.lc" {
				await(t, log, "the client has taken less than 65536 bytes in 100ms")
			}
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, res.Body); err == nil || n >= large {
				t.Errorf("%d bytes, %v: the answer seems complete", n, err)
			}
		})
	}
}

// One that reads slowly gets everything, however long that takes in all.
func TestClientThatReadsSlowly(t *testing.T) {
	for _, target := range []string{"/page.lc", "/page.lc?stream", "/large.bin"} {
		t.Run(target, func(t *testing.T) {
			t.Parallel()
			const timeout = 800 * time.Millisecond
			addr, _ := run(t, largeSite(t, timeout))
			conn := dial(t, addr, "GET "+target+" HTTP/1.1\nHost: localhost\n\n")
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			tick := time.NewTicker(timeout / 20)
			defer tick.Stop()
			start, n := time.Now(), int64(0)
			for err == nil {
				<-tick.C
				var m int64
				m, err = io.CopyN(io.Discard, res.Body, 1<<20)
				n += m
			}
			if err != io.EOF || n != large {
				t.Errorf("%d of %d bytes, %v", n, large, err)
			}
			if took := time.Since(start); took < 3*timeout/2 {
				t.Errorf("the client was done in %v and not slow", took)
			}
		})
	}
}

// A client that sends a part of its body and waits holds the page no longer than
// the page's own time, and is told.
func TestClientThatDoesNotSend(t *testing.T) {
	addr, log := run(t, server.Config{Handler: handlerFunc(func(ctx context.Context, _ *cgi.Response, r *cgi.Request) error {
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		r.SetContext(ctx)
		_, err := r.Body()
		return err
	})})
	for _, head := range []string{"Content-Length: 10\n\nabc", "Transfer-Encoding: chunked\n\n3\nabc\n"} {
		conn := dial(t, addr, "POST /page.lc HTTP/1.1\nHost: localhost\n"+head)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%q: %v", head, err)
		}
		if res.StatusCode != 408 || !res.Close {
			t.Errorf("%q: status %d, the connection closes: %v", head, res.StatusCode, res.Close)
		}
	}
	await(t, log, "408 Request Timeout: the request body did not come in time")
}

// A page that streams to a client that does not read ends with its own time, long
// before the client's.
func TestStreamEndsWithPage(t *testing.T) {
	conf := largeSite(t, time.Hour)
	page := conf.Handler
	conf.Handler = handlerFunc(func(ctx context.Context, w *cgi.Response, r *cgi.Request) error {
		ctx, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
		defer cancel()
		r.SetContext(ctx)
		return page.Handle(ctx, w, r)
	})
	addr, log := run(t, conf)
	dial(t, addr, "GET /page.lc?stream HTTP/1.1\nHost: localhost\n\n")
	await(t, log, "had not taken all of it")
	await(t, log, "GET /page.lc 200 ")
}

// A page's body may take its time: the limit is that of package cgi, and not that of a
// body that nobody asked for.
func TestClientThatSendsSlowly(t *testing.T) {
	const discard, pieces = 100 * time.Millisecond, 8
	form := func(content string) string {
		return "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + content + "\r\n--x--\r\n"
	}
	content := strings.Repeat("content ", pieces*100)
	for _, tt := range []struct{ name, target, head, body string }{
		{"a body", "/page.lc", "", content},
		{"of an index", "/", "", content},
		{"a form with a file", "/page.lc?form", "Content-Type: multipart/form-data; boundary=x\n", form(content)},
	} {
		for _, chunked := range []bool{false, true} {
			t.Run(tt.name+" "+strconv.FormatBool(chunked), func(t *testing.T) {
				t.Parallel()
				s, _ := newServer(t, server.Config{Addr: "127.0.0.1:0", UploadDir: t.TempDir(), Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
					if r.Query() != "form" {
						body, err := r.Body()
						w.Write(body)
						return err
					}
					files, err := r.Files()
					if err != nil {
						return err
					}
					file, err := os.ReadFile(files[0].Path)
					w.Write(file)
					return err
				})})
				s.SetDiscardTime(discard)
				length := "Content-Length: " + strconv.Itoa(len(tt.body))
				if chunked {
					length = "Transfer-Encoding: chunked"
				}
				start := time.Now()
				conn := dial(t, serve(t, s), "POST "+tt.target+" HTTP/1.1\nHost: localhost\n"+tt.head+length+"\n\n")
				tick := time.NewTicker(discard / 2)
				defer tick.Stop()
				size := len(tt.body)/pieces + 1
				for rest := tt.body; rest != ""; {
					<-tick.C
					piece := rest[:min(size, len(rest))]
					rest = rest[len(piece):]
					if chunked {
						piece = strconv.FormatInt(int64(len(piece)), 16) + "\r\n" + piece + "\r\n"
					}
					io.WriteString(conn, piece) // the answer shows what is missing
				}
				if chunked {
					io.WriteString(conn, "0\r\n\r\n")
				}
				res, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(res.Body)
				if res.StatusCode != 200 || string(body) != content || err != nil || res.Close {
					t.Errorf("status %d, %d bytes, %v, the connection closes: %v", res.StatusCode, len(body), err, res.Close)
				}
				if took := time.Since(start); took < 3*discard {
					t.Errorf("the client was done in %v and not slow", took)
				}
			})
		}
	}
}

// An answer that needs no body does not wait for one that does not come.
func TestAnswerDoesNotWaitForBody(t *testing.T) {
	tests := []struct {
		name, target string
		length       int
		expect       bool
		status       int
	}{
		{"no such file", "/nope", 300000, false, 404},
		{"no such file, short body", "/nope", 1000, false, 404},
		{"no such file, body announced", "/nope", 300000, true, 404},
		{"file", "/style.css", 300000, false, 405},
		{"body over the limit", "/page.lc", 99999999, false, 413},
		{"body over the limit, announced", "/page.lc", 99999999, true, 413},
		{"page that reads no body", "/page.lc?ignore", 1000, false, 200},
		{"page that reads no body, announced", "/page.lc?ignore", 1000, true, 200},
	}
	site := func(discard time.Duration) (addr string) {
		s, _ := newServer(t, server.Config{Addr: "127.0.0.1:0", Handler: handlerFunc(func(_ context.Context, w *cgi.Response, _ *cgi.Request) error {
			_, err := w.WriteString("done")
			return err
		})})
		s.SetDiscardTime(discard)
		return serve(t, s)
	}
	hasty, patient := site(100*time.Millisecond), site(time.Hour)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			request := "POST " + tt.target + " HTTP/1.1\nHost: localhost\nContent-Length: " + strconv.Itoa(tt.length) + "\n"
			if tt.expect {
				request += "Expect: 100-continue\n\n"
			} else {
				request += "\nabc"
			}
			if tt.expect { // is not waited for: the answer comes before an hour is over
				if _, err := http.ReadResponse(bufio.NewReader(dial(t, patient, request)), nil); err != nil {
					t.Error(err)
				}
			}
			conn := dial(t, hasty, request)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			// 100 would ask for the body.
			if res.StatusCode != tt.status || !res.Close {
				t.Errorf("status %d, the connection closes: %v", res.StatusCode, res.Close)
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil {
				t.Error(err)
			}
			if n, err := conn.Read(make([]byte, 1)); n != 0 || err != io.EOF {
				t.Errorf("the connection stays: %d, %v", n, err)
			}
		})
	}
}

// A page that asks for an announced body gets it (RFC 9110 §10.1.1).
func TestExpectContinue(t *testing.T) {
	addr, _ := run(t, server.Config{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
		body, err := r.Body()
		w.Write(body)
		return err
	})})
	conn := dial(t, addr, "POST /page.lc HTTP/1.1\nHost: localhost\nContent-Length: 3\nExpect: 100-continue\n\n")
	from := bufio.NewReader(conn)
	for _, want := range []string{"HTTP/1.1 100 Continue\r\n", "\r\n"} {
		if line, err := from.ReadString('\n'); line != want || err != nil {
			t.Fatalf("%q, %v", line, err)
		}
	}
	io.WriteString(conn, "abc")
	res, err := http.ReadResponse(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(res.Body); string(body) != "abc" || err != nil || res.Close {
		t.Errorf("%q, %v, the connection closes: %v", body, err, res.Close)
	}
}
