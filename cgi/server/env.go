//go:build !cgionly

package server

import (
	"net"
	"net/http"
	"strconv"
	"strings"

	"lcgi/cgi"
)

// env returns the meta-variables of a request for a page (RFC 3875 §4.1), with
// those that Apache adds. Page and pathInfo are decoded URL paths.
func (s *Server) env(r *http.Request, page, pathInfo string) cgi.Env {
	env := make(cgi.Env, 24+len(r.Header))
	for name, values := range r.Header {
		// Nothing of the client may reach a variable by another spelling: "-"
		// and "_" are one in HTTP_ names, so names with "_" are dropped, as
		// Apache and nginx do; Proxy is not passed (CVE-2016-5385).
		if strings.Contains(name, "_") || name == "Proxy" {
			continue
		}
		sep := ", "
		if name == "Cookie" { // RFC 9110 §5.3, RFC 6265 §5.4
			sep = "; "
		}
		env["HTTP_"+strings.ReplaceAll(strings.ToUpper(name), "-", "_")] = strings.Join(values, sep)
	}
	// RFC 3875 §4.1.18: these have variables of their own.
	delete(env, "HTTP_CONTENT_LENGTH")
	delete(env, "HTTP_CONTENT_TYPE")
	env["CONTENT_TYPE"] = r.Header.Get("Content-Type")
	switch {
	case r.ContentLength > 0:
		env["CONTENT_LENGTH"] = strconv.FormatInt(r.ContentLength, 10)
	case r.ContentLength < 0: // as Apache passes a body of unknown length
		env["HTTP_TRANSFER_ENCODING"] = "chunked"
	}
	env["HTTP_HOST"] = r.Host

	env["GATEWAY_INTERFACE"] = "CGI/1.1"
	env["REQUEST_METHOD"] = r.Method
	env["REQUEST_URI"] = r.RequestURI
	env["QUERY_STRING"] = r.URL.RawQuery
	env["SERVER_PROTOCOL"] = r.Proto
	env["SERVER_SOFTWARE"] = s.conf.Software

	env["DOCUMENT_ROOT"] = s.root
	env["SCRIPT_FILENAME"] = strings.TrimSuffix(s.root, "/") + page
	env["SCRIPT_NAME"] = page
	if pathInfo != "" {
		env["PATH_INFO"] = pathInfo
		env["PATH_TRANSLATED"] = strings.TrimSuffix(s.root, "/") + pathInfo
	}

	env["REQUEST_SCHEME"] = "http"
	if r.TLS != nil {
		env["REQUEST_SCHEME"] = "https"
		env["HTTPS"] = "on"
	}
	if host, port, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		host, _, _ = strings.Cut(host, "%") // the zone of a link-local address
		env["REMOTE_ADDR"], env["REMOTE_PORT"] = host, port
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		if host, port, err := net.SplitHostPort(local.String()); err == nil {
			host, _, _ = strings.Cut(host, "%")
			env["SERVER_ADDR"], env["SERVER_NAME"], env["SERVER_PORT"] = host, host, port
		}
	}
	if name := hostname(r.Host); name != "" {
		env["SERVER_NAME"] = name
	}
	return env
}

// hostname returns the host of a Host header without its port.
func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.TrimSuffix(strings.TrimPrefix(hostport, "["), "]")
}
