package lua_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/lua"
	"lcgi/session"
)

// A testSite is a folder of pages with an engine.
type testSite struct {
	t       testing.TB
	root    string
	mu      sync.Mutex
	log     []string
	now     time.Time
	cookies map[string]string
	gateway cgi.Gateway
}

// newSite makes a site of files, given by their names.
func newSite(t testing.TB, files map[string]string, change ...func(*lua.Config)) *testSite {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := &testSite{t: t, root: root, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC), cookies: map[string]string{}}
	for name, text := range files {
		s.write(name, text)
	}
	store := t.TempDir()
	if err := os.Chmod(store, 0o700); err != nil {
		t.Fatal(err)
	}
	logf := func(format string, args ...any) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log = append(s.log, fmt.Sprintf(format, args...))
	}
	cfg := lua.Config{
		Settings: lua.DefaultSettings(),
		Cache:    true,
		Logf:     logf,
		Now:      func() time.Time { return s.now },
		Rand:     func(int) int { return 1 }, // no sweep by chance
		OpenStore: func(path, _ string) (session.Store, string, error) {
			if path == "" {
				path = store
			}
			opened, err := session.OpenFileStore(path, session.FileOptions{})
			return opened, filepath.Join(path, "folders"), err
		},
	}
	for _, f := range change {
		f(&cfg)
	}
	s.gateway = cgi.Gateway{Handler: lua.New(cfg), Limits: cfg.Limits, Logf: logf}
	return s
}

func (s *testSite) write(name, text string) {
	s.t.Helper()
	file := filepath.Join(s.root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// An answer is what the sink of a test got.
type answer struct {
	status int
	header []cgi.Field
	body   bytes.Buffer
}

func (a *answer) WriteHead(status int, _ string, header []cgi.Field) error {
	a.status, a.header = status, append(a.header, header...)
	return nil
}
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }
func (a *answer) Flush() error                { return nil }

func (a *answer) get(name string) string {
	var values []string
	for _, f := range a.header {
		if f.Name == name {
			values = append(values, f.Value)
		}
	}
	return strings.Join(values, " | ")
}

// do sends a request. target is a path with an optional query, body makes it a
// POST of a form, and further pairs are meta-variables. Cookies are kept.
func (s *testSite) do(target, body string, env ...string) *answer {
	s.t.Helper()
	path, query, _ := strings.Cut(target, "?")
	e := cgi.Env{
		"GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_NAME": "test.example", "SERVER_PORT": "80",
		"REQUEST_METHOD": "GET", "REMOTE_ADDR": "192.0.2.7", "DOCUMENT_ROOT": s.root,
		"SCRIPT_NAME": path, "SCRIPT_FILENAME": filepath.Join(s.root, path), "QUERY_STRING": query, "HTTP_HOST": "test.example",
	}
	if body != "" {
		e["REQUEST_METHOD"], e["CONTENT_TYPE"], e["CONTENT_LENGTH"] = "POST", "application/x-www-form-urlencoded", strconv.Itoa(len(body))
	}
	var cookies []string
	s.mu.Lock()
	for name, value := range s.cookies {
		cookies = append(cookies, name+"="+value)
	}
	s.mu.Unlock()
	if len(cookies) > 0 {
		e["HTTP_COOKIE"] = strings.Join(cookies, "; ")
	}
	for i := 0; i+1 < len(env); i += 2 {
		e[env[i]] = env[i+1]
	}
	a := &answer{}
	s.gateway.Serve(context.Background(), e, strings.NewReader(body), a)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range a.header {
		if f.Name == "Set-Cookie" {
			pair, attributes, _ := strings.Cut(f.Value, ";")
			name, value, _ := strings.Cut(pair, "=")
			if strings.Contains(attributes, "Max-Age=0") {
				delete(s.cookies, name)
			} else {
				s.cookies[name] = value
			}
		}
	}
	return a
}

// want fails unless the answer to a GET of target has this status and body.
func (s *testSite) want(target string, status int, body string) {
	s.t.Helper()
	if a := s.do(target, ""); a.status != status || a.body.String() != body {
		s.t.Errorf("%s: got %d %q, want %d %q\nlog: %s", target, a.status, a.body.String(), status, body, strings.Join(s.log, "\n"))
	}
}

// stored returns the number of sessions in the folder: records are named by
// their keys, 64 digits.
func stored(t testing.TB, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && len(d.Name()) == 64 {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
