//go:build !cgionly

package server

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"lcgi/cgi"
)

// ServeHTTP answers one request and logs it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := s.conf.Now()
	rec := &recorder{ResponseWriter: newPatientWriter(w, s.conf.WriteTimeout)}
	// net/http ends a connection without a word on ErrAbortHandler; the log
	// line is written first.
	defer func() { s.log.request(r, rec, s.conf.Now().Sub(start)) }()
	// A body that nobody reads, net/http discards before the answer. A page may
	// read it, and lifts the limit.
	if r.ContentLength != 0 {
		_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(s.discard)) // a test's connection knows no deadlines
	}
	s.route(rec, r)
}

// route decides between a page, a file and an error.
func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	if s.local && !s.allowedHost(r.Host) {
		s.fail(w, r, http.StatusMisdirectedRequest, "host %q is not this server's: start it with -host %[1]q if it is", r.Host)
		return
	}
	if !strings.HasPrefix(r.URL.Path, "/") {
		// "*" of another method than OPTIONS, and CONNECT (RFC 9112 §3.2).
		s.fail(w, r, http.StatusBadRequest, "request target %q", r.RequestURI)
		return
	}
	clean, status := cleanPath(r.URL)
	if status != 0 {
		s.fail(w, r, status, "path %q", r.URL.EscapedPath())
		return
	}
	if page, info, ok := cgi.SplitPath(s.root, clean, s.conf.Extensions); ok {
		if s.hidden(page) {
			s.fail(w, r, http.StatusNotFound, "%q is a hidden file", page)
			return
		}
		s.servePage(w, r, page, info)
		return
	}
	s.serveFile(w, r, clean)
}

// cleanPath returns the decoded path without empty, "." and ".." elements, as
// Apache and nginx see it, or the status that refuses it.
func cleanPath(u *url.URL) (clean string, status int) {
	p := u.Path
	// An encoded slash would change which file is meant, and servers
	// disagree on how; Apache refuses it (AllowEncodedSlashes).
	if strings.Contains(strings.ToLower(u.EscapedPath()), "%2f") {
		return "", http.StatusNotFound
	}
	if strings.IndexByte(p, 0) >= 0 {
		return "", http.StatusBadRequest
	}
	depth := 0
	for _, element := range strings.Split(p, "/") {
		switch element {
		case "", ".":
		case "..":
			if depth--; depth < 0 {
				return "", http.StatusBadRequest
			}
		default:
			depth++
		}
	}
	clean = path.Clean(p)
	if clean != "/" && (strings.HasSuffix(p, "/") || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..")) {
		clean += "/"
	}
	return clean, 0
}

// allowedHost reports whether a request for this Host may be answered by a
// server that listens on loopback addresses (see New). No browser can be made
// to send a local name or an IP address for a foreign page.
func (s *Server) allowedHost(hostport string) bool {
	host := strings.ToLower(hostport)
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	host = strings.TrimSuffix(host, ".")
	if host == "" || host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host) != nil {
		return true
	}
	for _, allowed := range s.conf.Hosts {
		if allowed == "*" || strings.EqualFold(allowed, host) {
			return true
		}
	}
	return false
}

// servePage hands the request to the handler. The page's context is not that of
// the request, which ends when the client leaves: as in CGI, a page comes to its
// end without its client.
func (s *Server) servePage(w http.ResponseWriter, r *http.Request, page, pathInfo string) {
	s.running.begin()
	defer s.running.end()
	body := newRequestBody(w, r)
	body.unlimit()
	if err := s.gateway.Serve(s.pages, s.env(r, page, pathInfo), body, newSink(w)); err != nil {
		// The client sees a body that is cut short, not one that seems complete.
		panic(http.ErrAbortHandler)
	}
	body.wait(s.discard)
}

// fail answers with an error page and writes the reason to the log.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, status int, format string, args ...any) {
	s.log.printf(format, args...)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	page := cgi.ErrorPage(status, "")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		io.WriteString(w, page) // a client that has left needs no page
	}
}
