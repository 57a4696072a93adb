package cgi

import (
	"context"
	"io"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Request is one HTTP request as CGI/1.1 describes it. Everything is read from
// Env on demand and at most once. A Request is used by one goroutine.
type Request struct {
	// Env is what the server said. Changing it after the first method call has
	// no defined effect.
	Env Env

	ctx    context.Context // bounds the waiting for the client
	lim    Limits
	random func() uint64
	id     string
	body   body
	get    form
	post   form
	files  uploads // of post
	proxy  proxies
	cookie struct {
		parsed bool
		list   []Field
	}
	page struct {
		found bool
		Script
	}
}

// NewRequest returns the request that env and body describe. The body is read
// only when it is asked for, and never beyond what RFC 3875 §4.2 allows. A nil
// body is an empty one.
func NewRequest(env Env, body io.Reader, lim Limits) *Request {
	r := &Request{Env: env, ctx: context.Background(), lim: lim.WithDefaults(), random: rand.Uint64}
	r.body.patience = patience{total: bodyPatience, silence: bodySilence, now: time.Now}
	r.files.disk = systemDisk()
	if body == nil {
		body = strings.NewReader("")
	}
	r.body.src = body
	return r
}

// SetContext bounds the time that a page may spend waiting for its client. When
// ctx ends, reading the body and sending what a [Response.Flush] has made a
// stream return its cause. A complete answer is sent by [Response.Commit] without
// regard to ctx. Without it, the context is that of [Gateway.Serve].
func (r *Request) SetContext(ctx context.Context) { r.ctx = ctx }

// ID returns a short random name for this request, the same on every call,
// by which an error page and the log refer to each other. It is no secret.
func (r *Request) ID() string {
	if r.id == "" {
		// 12 digits of base 36 are 62 bits; the top two bits are given up.
		const digits = 12
		s := strconv.FormatUint(r.random()>>2, 36)
		if len(s) < digits {
			s = strings.Repeat("0", digits-len(s)) + s
		}
		r.id = s[:digits]
	}
	return r.id
}

// Method returns REQUEST_METHOD (RFC 3875 §4.1.12), which is case-sensitive.
func (r *Request) Method() string { return r.Env["REQUEST_METHOD"] }

// Path returns the decoded path the client asked for, before any rewriting by
// the server: "/shop/" and not "/shop/index.lc". It always starts with "/".
func (r *Request) Path() string {
	if path, _, _ := strings.Cut(r.target(), "?"); path != "" {
		return decodePercent(path, false)
	}
	// REQUEST_URI is no part of RFC 3875; these two are (§4.1.13, §4.1.5).
	if p := r.Env["SCRIPT_NAME"] + r.Env["PATH_INFO"]; strings.HasPrefix(p, "/") {
		return p
	}
	return "/"
}

// target returns the path and query of REQUEST_URI, as sent, or "".
func (r *Request) target() string {
	uri := r.Env["REQUEST_URI"]
	if strings.HasPrefix(uri, "/") {
		return uri
	}
	// The absolute form names the host again (RFC 9112 §3.2.2).
	_, rest, ok := strings.Cut(uri, "://")
	i := strings.IndexAny(rest, "/?")
	switch {
	case !ok:
		return ""
	case i < 0:
		return "/"
	}
	return rest[i:]
}

// PathInfo returns the decoded path behind the page's own, "" or starting with
// "/" (RFC 3875 §4.1.5). After a successful [Request.Script] it is what follows
// the page on every server, also where PATH_INFO itself says otherwise.
func (r *Request) PathInfo() string {
	if r.page.found {
		return r.page.PathInfo
	}
	return r.Env["PATH_INFO"]
}

// Query returns the query string as sent, without "?" (RFC 3875 §4.1.7).
func (r *Request) Query() string { return r.Env["QUERY_STRING"] }

// HTTPS reports whether the client's connection to the server was encrypted, or
// that to a trusted proxy (see [Request.SetTrustedProxies]).
func (r *Request) HTTPS() bool {
	switch r.forwarded().proto {
	case "https":
		return true
	case "http":
		return false
	}
	switch strings.ToLower(r.Env["HTTPS"]) {
	case "on", "1", "yes", "true":
		return true
	case "":
		return strings.EqualFold(r.Env["REQUEST_SCHEME"], "https")
	}
	return false // IIS sends "off"
}

// Scheme returns "https" or "http".
func (r *Request) Scheme() string {
	if r.HTTPS() {
		return "https"
	}
	return "http"
}

// Host returns the host and, where it is not the scheme's own, the port the
// client asked for, as a trusted proxy says (see [Request.SetTrustedProxies]) or
// the Host header. One that is no uri-host (RFC 9110 §7.2) is
// not repeated; the server's own name stands in, without the server's port where a
// proxy has taken the request at another.
func (r *Request) Host() string {
	said := r.forwarded()
	if said.host != "" {
		return said.host
	}
	if h := r.Env["HTTP_HOST"]; isHost(h) {
		return h
	}
	name, port := r.Env["SERVER_NAME"], r.Env["SERVER_PORT"]
	if strings.Contains(name, ":") && !strings.HasPrefix(name, "[") {
		name = "[" + name + "]"
	}
	if name == "" || port == "" || said.proto != "" || port == "80" && !r.HTTPS() || port == "443" && r.HTTPS() {
		return name
	}
	return name + ":" + port
}

// isHost reports whether h is a uri-host with or without a port (RFC 9110 §7.2): a name
// or an IPv4 address of letters, digits, ".", "-" and "_", which is less than the
// reg-name of RFC 3986 §3.2.2, or an IPv6 address in brackets. A page can put it into
// a link or a header without another thought.
func isHost(h string) bool {
	host, port := h, ""
	if i := strings.LastIndexByte(h, ':'); i >= 0 && !strings.HasSuffix(h, "]") {
		host, port = h[:i], h[i+1:]
	}
	if strings.Trim(port, "0123456789") != "" {
		return false
	}
	if bare, ok := strings.CutPrefix(host, "["); ok {
		bare, ok = strings.CutSuffix(bare, "]")
		addr, err := netip.ParseAddr(bare)
		return ok && err == nil && addr.Is6() && addr.Zone() == ""
	}
	for i := 0; i < len(host); i++ {
		switch c := host[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return host != ""
}

// RemoteAddr returns the address of the client (RFC 3875 §4.1.8), without a
// port. It is the nearest hop that is no trusted proxy (see
// [Request.SetTrustedProxies]).
func (r *Request) RemoteAddr() string {
	if a := r.forwarded().client; a != "" {
		return a
	}
	return r.Env["REMOTE_ADDR"]
}

// ContentType returns the Content-Type of the body as sent, or "".
func (r *Request) ContentType() string { return r.Env["CONTENT_TYPE"] }

// Header returns the value of a request header, or "" (RFC 3875 §4.1.18). The
// case of the name does not count. Several headers of one name have been joined by the server.
func (r *Request) Header(name string) string {
	if !isToken(name) {
		return ""
	}
	key := strings.ReplaceAll(strings.ToUpper(name), "-", "_")
	switch key {
	case "CONTENT_TYPE", "CONTENT_LENGTH":
		return r.Env[key]
	case "PROXY": // CVE-2016-5385
		return ""
	}
	return r.Env["HTTP_"+key]
}

// Headers returns all request headers that are not empty, in the order of their
// names, which are spelled like "Accept-Language": CGI keeps neither order nor
// spelling.
func (r *Request) Headers() []Field {
	var list []Field
	for key, value := range r.Env {
		name, ok := headerKey(key)
		if !ok || value == "" {
			continue
		}
		list = append(list, Field{headerName(name), value})
	}
	slices.SortFunc(list, func(a, b Field) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// headerKey returns the part of a meta-variable's name that names a request
// header, and whether there is one.
func headerKey(variable string) (string, bool) {
	switch variable {
	case "CONTENT_TYPE", "CONTENT_LENGTH":
		return variable, true
	case "HTTP_PROXY": // CVE-2016-5385
		return "", false
	case "HTTP_CONTENT_TYPE", "HTTP_CONTENT_LENGTH":
		// nginx and lighttpd send them beside those without HTTP_.
		return "", false
	}
	name, ok := strings.CutPrefix(variable, "HTTP_")
	return name, ok && name != ""
}

// headerName turns ACCEPT_LANGUAGE into Accept-Language.
func headerName(key string) string {
	b := []byte(key)
	start := true
	for i, c := range b {
		switch {
		case c == '_':
			b[i] = '-'
		case !start && 'A' <= c && c <= 'Z':
			b[i] = c + 'a' - 'A'
		}
		start = c == '_'
	}
	return string(b)
}

// check refuses a request that no handler should see.
func (r *Request) check() error {
	if m := r.Method(); !isToken(m) {
		return &StatusError{Status: 400, Reason: "REQUEST_METHOD " + strconv.Quote(m) + " is not a method (RFC 3875 §4.1.12)"}
	}
	total := 0
	for key, value := range r.Env {
		if name, ok := headerKey(key); ok {
			total += len(name) + len(value)
		}
	}
	if total > r.lim.Headers {
		// RFC 6585 §5.
		return &StatusError{Status: 431, Reason: "the request headers have " + strconv.Itoa(total) + " bytes, the limit is " + strconv.Itoa(r.lim.Headers) + " (LCGI_MAX_HEADERS)"}
	}
	return r.checkBody()
}
