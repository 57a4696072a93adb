package cgi

import (
	"errors"
	"fmt"
	"strings"
)

// Redirect makes the response one that sends the client to url, absolute or
// relative to the page (RFC 9110 §10.2.2), and drops what was written before.
// Headers and cookies stay. The code is 301, 302, 303, 307 or 308; 0 means 302.
// Control characters are refused; spaces, quotes and bytes beyond ASCII are
// escaped. The body is a short page with the link.
func (w *Response) Redirect(url string, code int) error {
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
	if url == "" {
		return errors.New("redirect: the url is empty")
	}
	for i := 0; i < len(url); i++ {
		if c := url[i]; c < 0x20 || c == 0x7f {
			return fmt.Errorf("redirect: the url has the control character %q at byte %d", c, i+1)
		}
	}
	url = escapeURL(url)
	if err := w.SetHeader("Location", url); err != nil {
		return err
	}
	if err := w.SetHeader("Content-Type", defaultContentType); err != nil {
		return err
	}
	w.status = code
	w.body, w.content = w.body[:0], nil
	link := escapeHTML(url)
	// A browser that does not follow Location shows this page: no script in a link.
	if followable(url) {
		link = `<a href="` + link + `">` + link + `</a>`
	}
	_, err := w.WriteString("<!DOCTYPE html>\n<title>" + StatusText(code) + "</title>\n<p>" + link + "</p>\n")
	return err
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

// followable reports whether url is relative or of a scheme that runs nothing.
func followable(url string) bool {
	i := strings.IndexAny(url, ":/?#")
	if i < 0 || url[i] != ':' {
		return true
	}
	switch strings.ToLower(url[:i]) {
	case "http", "https", "mailto", "tel":
		return true
	}
	return false
}
