// Package direct runs pages the way a web server with CGI does, without a web
// server: one process for each request, RFC 3875 meta-variables in its
// environment, the body on its standard input. It gives tests what servers hide:
// the process itself, its exit status and what it writes on stderr.
package direct

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/tests/wire"
)

// timeout bounds one process.
const timeout = 60 * time.Second

// A Site is what a request runs against.
type Site struct {
	Binary   string // the lcgi program
	Root     string // the folder of pages
	Sessions string // the folder of the sessions
	Env      []string
}

// NewSite returns a site that has pages, a map from file names below the root
// to their text, in a temporary folder.
func NewSite(tb testing.TB, binary string, pages map[string]string) Site {
	tb.Helper()
	dir := tb.TempDir()
	s := Site{Binary: binary, Root: filepath.Join(dir, "site"), Sessions: filepath.Join(dir, "sessions")}
	for _, folder := range []string{s.Root, s.Sessions} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			tb.Fatal(err)
		}
	}
	for name, text := range pages {
		s.Write(tb, name, text)
	}
	return s
}

// Write puts a page into the site.
func (s Site) Write(tb testing.TB, name, text string) {
	tb.Helper()
	file := filepath.Join(s.Root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
}

// With returns the site with further environment variables ("NAME=value"),
// which win over those of the request.
func (s Site) With(env ...string) Site {
	s.Env = append(s.Env[:len(s.Env):len(s.Env)], env...)
	return s
}

// A Response is what a process answered.
type Response struct {
	wire.Response
	Stderr string // the log
	Err    error  // how the process ended: nil is exit status 0
	Took   time.Duration
}

// Do runs one request and returns its answer. It fails the test when the
// process cannot be started, does not end or does not answer as CGI demands.
func (s Site) Do(tb testing.TB, r wire.Request) *Response {
	tb.Helper()
	answer, err := s.Run(r)
	if err != nil {
		tb.Fatal(err)
	}
	return answer
}

// Run is Do for goroutines, which cannot end the test: it returns the error.
func (s Site) Run(r wire.Request) (*Response, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	cmd := s.Command(ctx, r)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	begin := time.Now()
	err := cmd.Run()
	answer := &Response{Stderr: stderr.String(), Err: err, Took: time.Since(begin)}
	if ctx.Err() != nil {
		return nil, fmt.Errorf("%s %.80s: still running after %v", r.MethodOr(), r.Target, timeout)
	}
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	answer.Response, err = Parse(stdout.Bytes())
	if err != nil {
		return nil, fmt.Errorf("%s %.80s: %w\nstdout: %.2000s\nstderr: %.2000s", r.MethodOr(), r.Target, err, stdout.Bytes(), answer.Stderr)
	}
	return answer, nil
}

// Command returns the process of one request, not yet started: its
// environment, its working folder and its standard input are set.
func (s Site) Command(ctx context.Context, r wire.Request) *exec.Cmd {
	cmd := exec.CommandContext(ctx, s.Binary)
	cmd.Dir = s.Root
	cmd.Env = append(s.environ(r), s.Env...)
	cmd.Stdin = bytes.NewReader(r.Body)
	return cmd
}

// environ returns the meta-variables of RFC 3875 section 4.1.
func (s Site) environ(r wire.Request) []string {
	target, query, _ := strings.Cut(r.Target, "?")
	decoded, err := url.PathUnescape(target)
	if err != nil {
		decoded = target
	}
	name, extra := decoded, ""
	if i := strings.Index(decoded, ".lc/"); i >= 0 {
		name, extra = decoded[:i+len(".lc")], decoded[i+len(".lc"):]
	}
	env := []string{
		"PATH=/usr/local/bin:/usr/bin:/bin",
		"GATEWAY_INTERFACE=CGI/1.1",
		"SERVER_SOFTWARE=direct",
		"SERVER_NAME=localhost",
		"SERVER_PORT=80",
		"SERVER_PROTOCOL=HTTP/1.1",
		"REMOTE_ADDR=127.0.0.1",
		"REQUEST_METHOD=" + r.MethodOr(),
		"REQUEST_URI=" + r.Target,
		"QUERY_STRING=" + query,
		"DOCUMENT_ROOT=" + s.Root,
		"SCRIPT_NAME=" + name,
		"SCRIPT_FILENAME=" + filepath.Join(s.Root, path.Clean("/"+name)),
		"PATH_INFO=" + extra,
		"LCGI_SESSION_SAVE_PATH=" + s.Sessions,
	}
	if !r.Has("Host") {
		env = append(env, "HTTP_HOST=localhost")
	}
	for _, line := range r.Header {
		name, value, _ := strings.Cut(line, ":")
		name = strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
		if name != "CONTENT_TYPE" && name != "CONTENT_LENGTH" {
			name = "HTTP_" + name
		}
		env = append(env, name+"="+strings.TrimPrefix(value, " "))
	}
	if len(r.Body) > 0 && !r.Has("Content-Length") {
		env = append(env, "CONTENT_LENGTH="+strconv.Itoa(len(r.Body)))
	}
	return env
}

// Parse reads a CGI response (RFC 3875 section 6): header lines, an empty
// line, the body.
func Parse(stdout []byte) (wire.Response, error) {
	answer := wire.Response{Status: http.StatusOK, Header: http.Header{}}
	rest := stdout
	for {
		line, after, ended := bytes.Cut(rest, []byte("\n"))
		if !ended {
			return answer, errors.New("the answer has no empty line after its header")
		}
		rest = after
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) == 0 {
			answer.Body = rest
			return answer, nil
		}
		name, value, ok := strings.Cut(string(line), ":")
		if !ok {
			return answer, fmt.Errorf("header line %q has no colon", line)
		}
		value = strings.TrimSpace(value)
		if name == "Status" {
			code, _, _ := strings.Cut(value, " ")
			status, err := strconv.Atoi(code)
			if err != nil {
				return answer, fmt.Errorf("header line %q has no status code", line)
			}
			answer.Status = status
			continue
		}
		answer.Header.Add(name, value)
	}
}
