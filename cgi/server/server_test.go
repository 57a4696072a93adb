//go:build !cgionly

package server_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/cgi/server"
)

type handlerFunc func(context.Context, *cgi.Response, *cgi.Request) error

func (f handlerFunc) Handle(ctx context.Context, w *cgi.Response, r *cgi.Request) error {
	return f(ctx, w, r)
}

// show answers with what a page would see.
func show(_ context.Context, w *cgi.Response, r *cgi.Request) error {
	s, err := r.Script([]string{".lc"})
	if err != nil {
		return err
	}
	post, err := r.Post()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "page %s info %q path %q query %q post %q\n", s.Name, s.PathInfo, r.Path(), r.Query(), post)
	for _, h := range r.Headers() {
		fmt.Fprintf(w, "%s: %s\n", h.Name, h.Value)
	}
	return nil
}

var files = map[string]string{
	"page.lc": "SOURCE", "index.lc": "SOURCE", "sub/index.html": "<p>index</p>", "empty/x.txt": "x", "dir.lc/inner.lc": "SOURCE",
	"style.css": "css", "app.js": "js", "module.mjs": "js", "logo.svg": "<svg/>", "font.woff2": "f", "photo.webp": "w", "data.bin": "<html>", "UP.PNG": "p",
	"README": "text", "a b.txt": "space", "page.lc~": "SOURCE", "page.lc.bak": "SOURCE", "page.lc-old": "SOURCE", "page.lc (1)": "SOURCE",
	"#page.lc#": "SOURCE", "PAGE.LC": "SOURCE", "lib.lua": "SOURCE", "lib.Lua.orig": "SOURCE", "notes~": "SOURCE", "x.lcd": "SOURCE", ".env": "SOURCE",
	"page.lc1": "SOURCE", "page.lcold": "SOURCE", "page copy.lc2": "SOURCE", "lib.lua5": "SOURCE", "page.lc.txt": "SOURCE", "page.LC.gz": "SOURCE",
	"page.txt": "->page.lc", "env.txt": "->.env", "git": "->.git", "chain.txt": "->page.txt", "mod.txt": "->lib.lua", "copy.txt": "->page.lc1",
	"linked/index.html": "->../page.lc",
	".git/config":       "SOURCE", ".hidden/page.lc": "SOURCE", ".well-known/security.txt": "contact",
	"away.lc": "->$/../outside.lc", "away.txt": "->$/../outside.txt", "awaydir": "->$/../away", "inside.txt": "->README",
}

// site makes the site's folder, with things that it links to beside it.
func site(t *testing.T) string {
	t.Helper()
	parent, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	root := filepath.Join(parent, "root")
	write := func(path, content string) {
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			if target, ok := strings.CutPrefix(content, "->"); ok {
				err = os.Symlink(strings.ReplaceAll(target, "$", root), path)
			} else {
				err = os.WriteFile(path, []byte(content), 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range files {
		write(filepath.Join(root, name), content)
	}
	for _, name := range []string{"outside.lc", "outside.txt", "away/x.txt", "away/page.lc"} {
		write(filepath.Join(parent, name), "SOURCE")
	}
	if err := syscall.Mkfifo(filepath.Join(root, "fifo.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	return root
}

// buffer is a log that several goroutines use.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func newServer(t *testing.T, conf server.Config) (*server.Server, *buffer) {
	t.Helper()
	log := new(buffer)
	conf.Log = log
	if conf.Root == "" {
		conf.Root = site(t)
	}
	if conf.Handler == nil {
		conf.Handler = handlerFunc(show)
	}
	s, err := server.New(conf)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// run serves until the test ends and returns the address.
func run(t *testing.T, conf server.Config) (addr string, log *buffer) {
	t.Helper()
	if conf.Addr == "" {
		conf.Addr = "127.0.0.1:0"
	}
	s, log := newServer(t, conf)
	return serve(t, s), log
}

// serve has s serve until the test ends and returns the address.
func serve(t *testing.T, s *server.Server) (addr string) {
	t.Helper()
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/")
}

// raw sends a request as it is written, with "\n" for line ends, and returns the
// response with its body read.
func raw(t *testing.T, addr, request string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, strings.ReplaceAll(request, "\n", "\r\n")); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(request, " ")
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("%q: %v", request, err)
	}
	return res, string(body)
}

func TestNewErrors(t *testing.T) {
	root := site(t)
	handler := handlerFunc(show)
	for name, conf := range map[string]server.Config{
		"no handler":  {Root: root},
		"no folder":   {Root: root + "/none", Handler: handler},
		"a file":      {Root: root + "/style.css", Handler: handler},
		"link to one": {Root: root + "/inside.txt", Handler: handler},
	} {
		if s, err := server.New(conf); err == nil || s != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestListenErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for addr, want := range map[string]string{
		"127.0.0.1:" + port: "port " + port + " is in use",
		"localhost:" + port: "lcgi serve -listen localhost:8081",
		"8080":              "host:port",
		"localhost:http-x":  "listen on localhost:http-x",
		"203.0.113.1:0":     "listen on 203.0.113.1:0", // TEST-NET-3 is nobody's address
	} {
		s, _ := newServer(t, server.Config{Addr: addr})
		if err := s.Listen(); err == nil || !strings.Contains(err.Error(), want) || s.URL() != "" {
			t.Errorf("%s: %v, want %q; URL %q", addr, err, want, s.URL())
		}
	}
}

func TestListenOnLocalhostOnly(t *testing.T) {
	addr, log := run(t, server.Config{Addr: "localhost:0"})
	_, port, _ := net.SplitHostPort(addr)
	if !strings.HasPrefix(addr, "localhost:") || strings.Count(log.String()+"http://"+addr, "http://"+addr) < 1 {
		t.Errorf("address %s, log %q", addr, log)
	}
	answered := 0
	for _, host := range []string{"127.0.0.1", "::1"} {
		conn, err := net.Dial("tcp", net.JoinHostPort(host, port))
		if err == nil {
			answered++
			conn.Close()
		}
	}
	if answered == 0 {
		t.Error("neither 127.0.0.1 nor ::1 answers")
	}
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		ip, ok := a.(*net.IPNet)
		if !ok || ip.IP.IsLoopback() || ip.IP.To4() == nil {
			continue
		}
		if conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.IP.String(), port), 5*time.Second); err == nil {
			conn.Close()
			t.Errorf("%s answers", ip.IP)
		}
	}
}

func TestStreaming(t *testing.T) {
	step := make(chan struct{})
	addr, _ := run(t, server.Config{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
		w.WriteString("one\n")
		if err := w.Flush("page.lc:1"); err != nil {
			return err
		}
		<-step
		w.WriteString("two\n")
		if r.Query() == "fail" {
			return errors.New("broke")
		}
		return nil
	})})
	for _, query := range []string{"", "fail"} {
		res, err := http.Get("http://" + addr + "/page.lc?" + query)
		if err != nil {
			t.Fatal(err)
		}
		body := bufio.NewReader(res.Body)
		if line, err := body.ReadString('\n'); line != "one\n" || err != nil {
			t.Fatalf("%q, %v", line, err)
		}
		step <- struct{}{} // only now may the page go on
		rest, err := io.ReadAll(body)
		res.Body.Close()
		if query == "" && (string(rest) != "two\n" || err != nil) {
			t.Errorf("rest %q, %v", rest, err)
		}
		if query == "fail" && err == nil {
			t.Errorf("a page that broke while streaming ends as if it were complete: %q", rest)
		}
	}
}

// As in CGI, a page comes to its end without its client, unless it streams to it:
// then it is told soon.
func TestClientGone(t *testing.T) {
	for _, streams := range []bool{false, true} {
		started, gone, end := make(chan struct{}), make(chan (<-chan struct{}), 1), make(chan error, 1)
		s, _ := newServer(t, server.Config{Handler: handlerFunc(func(ctx context.Context, w *cgi.Response, r *cgi.Request) error {
			w.WriteString("begin")
			if streams {
				if err := w.Flush("page.lc:1"); err != nil {
					t.Error(err)
				}
			}
			close(started)
			<-<-gone
			var err error
			for i := 0; i < 100 && err == nil; i++ { // what the client would take is full by now
				_, err = w.WriteString(strings.Repeat("x", 64<<10))
			}
			var se *cgi.SendError
			if streams != errors.As(err, &se) || !streams && err != nil {
				t.Errorf("streams %v: write: %v", streams, err)
			}
			end <- ctx.Err()
			return err
		})})
		front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			gone <- r.Context().Done() // that of net/http ends
			s.ServeHTTP(w, r)
		}))
		conn, err := net.Dial("tcp", front.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "GET /page.lc HTTP/1.1\r\nHost: localhost\r\n\r\n")
		<-started
		conn.Close()
		select {
		case err := <-end:
			if err != nil {
				t.Errorf("streams %v: context: %v", streams, err)
			}
		case <-time.After(20 * time.Second):
			t.Errorf("streams %v: the page does not come to its end", streams)
		}
		front.Close()
	}
}
