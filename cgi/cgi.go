package cgi

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// ServeCGI answers the one request of a CGI/1.1 process (RFC 3875): environ is
// the process environment, stdin the request body, stdout the way back.
// The arguments of the process are the client's (RFC 3875 §4.4) and must
// not be looked at.
//
// Where environ is that of another protocol or of another version of this one,
// the answer is 500 and the log says so. The error is that of [Gateway.Serve]. A
// client that has left is an error too: where stdout is an [*os.File] for
// descriptor 1, whose writes would end the process by SIGPIPE, a duplicate is
// written to.
func (g *Gateway) ServeCGI(ctx context.Context, environ []string, stdin io.Reader, stdout io.Writer) error {
	r := NewRequest(EnvFromEnviron(environ), stdin, g.Limits)
	refusal := r.check()
	if v := r.Env["GATEWAY_INTERFACE"]; !isCGI1(v) {
		refusal = fmt.Errorf("GATEWAY_INTERFACE is %.40q, it must be CGI/1.1: set the web server to CGI, or unset the variable to run lcgi from the command line", v)
	}
	out := stdout
	if f, ok := stdout.(*os.File); ok && f.Fd() == 1 {
		dup, err := duplicate(f)
		if err != nil {
			return err
		}
		defer dup.Close()
		out = dup
	}
	return g.serve(ctx, r, &cgiSink{out: out}, refusal)
}

// isCGI1 reports whether v says CGI/1 with any minor version (RFC 3875 §4.1.4).
// Both numbers may have leading zeros.
func isCGI1(v string) bool {
	version, ok := strings.CutPrefix(v, "CGI/")
	major, minor, dot := strings.Cut(version, ".")
	return ok && dot && strings.TrimLeft(major, "0") == "1" && minor != "" && strings.Trim(minor, "0123456789") == ""
}

// duplicate returns another descriptor for f that children do not inherit.
func duplicate(f *os.File) (*os.File, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err := syscall.Dup(int(f.Fd()))
	if err != nil {
		return nil, fmt.Errorf("duplicate %s: %w", f.Name(), err)
	}
	syscall.CloseOnExec(fd)
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// cgiSink writes the document response of RFC 3875 §6. What fits goes out
// in one write, head and body together.
type cgiSink struct {
	out io.Writer
	buf []byte
}

// oneWrite is the size up to which copying is cheaper than another write: what
// a pipe takes at once.
const oneWrite = 64 << 10

// WriteHead starts with Status, also for 200: without one Apache follows a
// Location by itself, inside the server (RFC 3875 §6.2.2). The other fields that
// are for the server stand before the rest (§8.2). Lines end in CR LF,
// which every server here takes as it takes LF.
func (s *cgiSink) WriteHead(status int, reason string, header []Field) error {
	b := make([]byte, 0, 1024)
	b = append(b, "Status: "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, reason...)
	b = append(b, "\r\n"...)
	for _, forServer := range []bool{true, false} {
		for _, f := range header {
			if isCGIField(f.Name) != forServer {
				continue
			}
			b = append(b, f.Name...)
			b = append(b, ": "...)
			b = append(b, f.Value...)
			b = append(b, "\r\n"...)
		}
	}
	s.buf = append(b, "\r\n"...)
	return nil
}

// isCGIField reports whether a header field is one of those that RFC 3875 §6.3
// defines. Status is not among a response's fields.
func isCGIField(name string) bool {
	return strings.EqualFold(name, "Content-Type") || strings.EqualFold(name, "Location")
}

func (s *cgiSink) Write(p []byte) (int, error) {
	if len(s.buf)+len(p) <= oneWrite {
		s.buf = append(s.buf, p...)
		return len(p), nil
	}
	if err := s.Flush(); err != nil {
		return 0, err
	}
	return s.out.Write(p)
}

func (s *cgiSink) Flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	_, err := s.out.Write(s.buf)
	s.buf = s.buf[:0]
	return err
}
