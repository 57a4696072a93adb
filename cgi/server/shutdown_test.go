//go:build !cgionly

package server_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/cgi/server"
)

// Pages that outlast the grace of a shutdown are told to end.
func TestShutdownEndsPages(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error, 1)
	s, _ := newServer(t, server.Config{Addr: "127.0.0.1:0", Grace: time.Millisecond, Handler: handlerFunc(func(ctx context.Context, _ *cgi.Response, _ *cgi.Request) error {
		close(started)
		<-ctx.Done()
		ended <- context.Cause(ctx)
		return ctx.Err()
	})})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	go func() {
		if res, err := http.Get(s.URL() + "page.lc"); err == nil {
			res.Body.Close()
		}
	}()
	<-started
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	select {
	case cause := <-ended: // as in CGI, by which Body and the log say the same
		var se *cgi.StatusError
		if !errors.As(cause, &se) || se.Status != 503 {
			t.Errorf("the cause is %v, want 503", cause)
		}
	case <-time.After(20 * time.Second):
		t.Error("the page goes on after the shutdown")
	}
}

// A page that outlasts the grace has its uploads removed before Serve returns, since
// the process ends then; and one that never ends does not keep it.
func TestShutdownRemovesUploads(t *testing.T) {
	body := "--x\r\nContent-Disposition: form-data; name=f; filename=a.txt\r\n\r\ncontent\r\n--x--\r\n"
	for _, ends := range []bool{true, false} {
		dir := t.TempDir()
		never := make(chan struct{})
		started := make(chan struct{})
		s, _ := newServer(t, server.Config{Addr: "127.0.0.1:0", Grace: time.Millisecond, UploadDir: dir, Handler: handlerFunc(func(ctx context.Context, _ *cgi.Response, r *cgi.Request) error {
			_, err := r.Files()
			close(started)
			<-ctx.Done()
			if !ends {
				<-never
				return err
			}
			// What a page still does: its session is put back, its log is written.
			timer := time.NewTimer(100 * time.Millisecond)
			defer timer.Stop()
			<-timer.C
			return errors.Join(err, ctx.Err())
		})})
		if err := s.Listen(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- s.Serve(ctx) }()
		go func() {
			if res, err := http.Post(s.URL()+"page.lc", "multipart/form-data; boundary=x", strings.NewReader(body)); err == nil {
				res.Body.Close()
			}
		}()
		<-started
		cancel()
		select {
		case err := <-served:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("the server waits for ever")
		}
		if names, err := filepath.Glob(filepath.Join(dir, "*", "*")); err != nil || ends && len(names) > 0 {
			t.Errorf("%v, left: %q", err, names)
		}
		close(never)
		removed(t, dir)
	}
}

func TestShutdownLetsRequestsEnd(t *testing.T) {
	started, finish := make(chan struct{}), make(chan struct{})
	s, log := newServer(t, server.Config{Addr: "127.0.0.1:0", Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
		close(started)
		<-finish
		w.WriteString("done")
		return nil
	})})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	answer := make(chan string, 1)
	go func() {
		res, err := http.Get(s.URL() + "page.lc")
		if err != nil {
			answer <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answer <- string(body)
	}()
	<-started
	cancel()
	deadline := time.Now().Add(20 * time.Second)
	for { // until the listener is closed
		conn, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(s.URL(), "http://"), "/"))
		if err != nil {
			break
		}
		conn.Close()
		if time.Now().After(deadline) {
			t.Fatal("the server still accepts connections")
		}
	}
	close(finish)
	if got := <-answer; got != "done" {
		t.Errorf("the running request got %q", got)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if strings.Count(log.String(), s.URL()) != 1 {
		t.Errorf("the URL stands once in the log:\n%s", log)
	}
}

// Browsers open connections in advance; a shutdown does not wait for a request
// on them (net/http would, for five seconds).
func TestShutdownClosesUnusedConnections(t *testing.T) {
	s, _ := newServer(t, server.Config{Addr: "127.0.0.1:0", Grace: time.Hour})
	if err := s.Listen(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx) }()
	addr := strings.TrimSuffix(strings.TrimPrefix(s.URL(), "http://"), "/")
	unused, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer unused.Close()
	// A request on another connection is answered after the first was accepted.
	res, err := http.Get(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	cancel()
	closed := make(chan error, 1)
	go func() { _, err := unused.Read(make([]byte, 1)); closed <- err }()
	select {
	case err := <-closed:
		if err == nil {
			t.Error("the unused connection got an answer")
		}
	case <-time.After(20 * time.Second):
		t.Error("the unused connection is still open")
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	if !s.UnusedClosed() {
		t.Error("it was net/http that has closed the unused connection")
	}
}
