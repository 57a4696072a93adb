package cgi

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
)

// Redirect makes the response one that sends the client to target, and drops what
// was written before. Headers and cookies stay, but for those of the content. The
// code is 301, 302, 303, 307 or 308; 0 means 302. The body is a short page with the
// link.
//
// A target on the site may be relative to what the client has asked for, as in a link
// (RFC 3986 §5.2): "next.lc", "../", "?page=2", "#end". It is sent as an absolute path
// without dot segments, which leads to the same site whatever stands in it. A target
// with a scheme or that starts with "//" is sent as it is, and must have a host where
// it is of http or https. Control characters are refused; spaces, quotes, backslashes
// and bytes beyond ASCII are escaped.
func (w *Response) Redirect(target string, code int) error {
	if err := w.uncommitted(); err != nil {
		return err
	}
	switch code {
	case 0:
		code = 302
	case 301, 302, 303, 307, 308:
	default:
		return fmt.Errorf("redirect with status %d: it must be 301, 302, 303, 307 or 308", code)
	}
	url, err := w.r.resolve(target)
	if err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	ofContent := w.ofContent("Location", "Content-Type", "ETag", "Last-Modified")
	if err := w.change(ofContent, Field{"Location", url}, Field{"Content-Type", defaultContentType}); err != nil {
		return fmt.Errorf("redirect: %w", err)
	}
	w.body, w.content, w.refused = w.body[:0], nil, nil
	w.status = code
	link := escapeHTML(url)
	// A browser that does not follow Location shows this page: no script in a link.
	if followable(url) {
		link = `<a href="` + link + `">` + link + `</a>`
	}
	_, err = w.WriteString("<!DOCTYPE html>\n<title>" + StatusText(code) + "</title>\n<p>" + link + "</p>\n")
	return err
}

// resolve returns the URI that target means in the request, escaped: an absolute
// path, or what is absolute itself.
func (r *Request) resolve(target string) (string, error) {
	switch {
	case target == "":
		return "", errors.New("the url is empty")
	case len(target) > maxHead: // before it is copied
		return "", fmt.Errorf("the url has %d bytes; headers may have %d", len(target), maxHead)
	}
	for i := 0; i < len(target); i++ {
		if c := target[i]; c < 0x20 || c == 0x7f {
			return "", fmt.Errorf("the url has the control character %q at byte %d", c, i+1)
		}
	}
	if scheme := uriScheme(target); scheme != "" || strings.HasPrefix(target, "//") {
		return escapeURL(target), checkAuthority(scheme, target)
	}
	target = escapeURL(target)
	end := strings.IndexAny(target, "?#")
	if end < 0 {
		end = len(target)
	}
	path, rest := target[:end], target[end:]
	base := r.rawPath()
	switch {
	case path == "" && rest[0] == '#':
		path = base
		if q := r.Query(); q != "" {
			rest = "?" + escapeURL(strings.ReplaceAll(q, "#", "%23")) + rest
		}
	case path == "":
		path = base
	case path[0] != '/':
		path = base[:strings.LastIndexByte(base, '/')+1] + path
	}
	return removeDots(path) + rest, nil
}

// uriScheme returns the scheme of an absolute URI in lower case (RFC 3986 §3.1), or
// "".
func uriScheme(uri string) string {
	for i := 0; i < len(uri); i++ {
		switch c := uri[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return strings.ToLower(uri[:i])
		default:
			return ""
		}
	}
	return ""
}

// followable reports whether url is relative or of a scheme that runs nothing.
func followable(url string) bool {
	switch uriScheme(url) {
	case "", "http", "https", "mailto", "tel":
		return true
	}
	return false
}

// checkAuthority refuses what a browser takes to another host than the text says: it
// reads a backslash as a slash, and finds a host behind any number of slashes (URL
// §4.4), so that neither what is escaped nor what is left out is what it seems.
func checkAuthority(scheme, uri string) error {
	switch scheme {
	case "", "http", "https":
	default:
		return nil
	}
	rest := uri
	if scheme != "" {
		rest = uri[len(scheme)+1:]
	}
	authority, slashes := strings.CutPrefix(rest, "//")
	if i := strings.IndexAny(authority, "/?#"); i >= 0 {
		authority = authority[:i]
	}
	if !slashes || authority == "" || strings.ContainsAny(authority, "\\ ") {
		return fmt.Errorf("the url %.200q has no host where it should", uri)
	}
	return nil
}

// rawPath returns the path that the client asked for, escaped as in a URI.
func (r *Request) rawPath() string {
	if path, _, _ := strings.Cut(r.target(), "?"); path != "" {
		path, _, _ = strings.Cut(path, "#")
		return escapeURL(path)
	}
	return escapePath(r.Path())
}

// removeDots returns an absolute path without dot segments (RFC 3986 §5.2.4), and
// with one slash at its start: two would begin a host.
func removeDots(path string) string {
	out := make([]byte, 0, len(path)+1)
	for rest := strings.TrimPrefix(path, "/"); ; {
		segment, after, more := strings.Cut(rest, "/")
		switch segment {
		case ".", "..":
			if segment == ".." {
				out = out[:max(0, bytes.LastIndexByte(out, '/'))]
			}
			if !more {
				out = append(out, '/')
			}
		default:
			out = append(append(out, '/'), segment...)
		}
		if !more {
			return "/" + strings.TrimLeft(string(out), "/")
		}
		rest = after
	}
}

// escapeURL escapes the bytes that cannot stand in a URI (RFC 3986 §2) and
// leaves all others, escapes too, as they are.
func escapeURL(url string) string {
	var out []byte
	for i := 0; i < len(url); i++ {
		switch c := url[i]; {
		case c <= 0x20, c >= 0x7f, strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			out = appendPercent(out, c)
		default:
			out = append(out, c)
		}
	}
	return string(out)
}
