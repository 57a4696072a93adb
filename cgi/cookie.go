package cgi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cookies returns the cookies of the request in the order of the Cookie header
// (RFC 6265 §5.4). Names are never decoded: "%5F_Host-a" must not pass for
// "__Host-a" (CVE-2022-31629, CVE-2020-8184). Values have their %XX escapes
// decoded, as PHP and LiveCode do and as [Response.SetCookie] writes them; a
// "+" and a pair of quotes are part of the value. What has no "=" or no
// name is no cookie.
func (r *Request) Cookies() []Field {
	c := &r.cookie
	if c.parsed {
		return c.list
	}
	c.parsed = true
	for s, more := r.Env["HTTP_COOKIE"], true; more; {
		var pair string
		pair, s, more = strings.Cut(s, ";")
		name, value, ok := strings.Cut(pair, "=")
		name = strings.Trim(name, " \t")
		if !ok || name == "" {
			continue
		}
		c.list = append(c.list, Field{name, decodePercent(strings.Trim(value, " \t"), false)})
	}
	return c.list
}

// CookieValues returns the values of all cookies of that name, in order. Browsers send
// the cookie of the longest path first (RFC 6265 §5.4).
func (r *Request) CookieValues(name string) []string {
	var values []string
	for _, c := range r.Cookies() {
		if c.Name == name {
			values = append(values, c.Value)
		}
	}
	return values
}

// Cookie is a cookie to be set (RFC 6265, draft-ietf-httpbis-rfc6265bis).
// [Response.NewCookie] returns one with the defaults; the zero value of a field
// here means that the attribute is not sent.
type Cookie struct {
	Name        string
	Value       string // any bytes
	Path        string
	Domain      string
	MaxAge      int // seconds; 0 is until the browser ends, below 0 deletes
	Secure      bool
	HTTPOnly    bool
	SameSite    string // "Strict", "Lax" or "None", in any case
	Partitioned bool

	// Lasting says that the cookie tells of something that has been done, such
	// as a session that is stored. An answer that takes the place of the one it
	// was set for carries it, too: see [Response.Reset].
	Lasting bool
}

// sameCookie reports whether a browser keeps a and b in one place (RFC 6265 §5.3).
func sameCookie(a, b Cookie) bool {
	return a.Name == b.Name && a.Path == b.Path && strings.EqualFold(bareDomain(a.Domain), bareDomain(b.Domain))
}

// bareDomain returns a domain without the dot before it that some write: it has
// no meaning, and a server may not send it (RFC 6265 §4.1.2.3).
func bareDomain(domain string) string { return strings.TrimPrefix(domain, ".") }

// Browsers ignore, without a word, what is larger (rfc6265bis §5.6).
const (
	maxCookiePair      = 4096
	maxCookieAttribute = 1024
)

// maxCookieAge keeps the year of Expires at four digits. Browsers
// cut at 400 days (rfc6265bis §5.5).
const maxCookieAge = 100 * 366 * 24 * 60 * 60

// header returns the value of the Set-Cookie header field.
func (c Cookie) header(now time.Time) (string, error) {
	if err := c.Check(); err != nil {
		return "", err
	}
	b := make([]byte, 0, 128)
	b = append(b, c.Name...)
	b = append(b, '=')
	b = appendCookieValue(b, c.Value[:min(len(c.Value), maxCookiePair+1)])
	if n := len(b) - 1; n > maxCookiePair {
		n += max(0, len(c.Value)-maxCookiePair-1)
		return "", fmt.Errorf("cookie %.60q: name and value have at least %d bytes once encoded; browsers drop cookies over %d", c.Name, n, maxCookiePair)
	}
	if c.Path != "" {
		b = append(append(b, "; Path="...), c.Path...)
	}
	if c.Domain != "" {
		b = append(append(b, "; Domain="...), bareDomain(c.Domain)...)
	}
	// Both are sent, and agree, for clients that know only Expires.
	switch {
	case c.MaxAge > 0:
		b = append(b, "; Max-Age="...)
		b = strconv.AppendInt(b, int64(c.MaxAge), 10)
		b = append(b, "; Expires="...)
		b = now.Add(time.Duration(c.MaxAge)*time.Second).UTC().AppendFormat(b, httpDate)
	case c.MaxAge < 0:
		b = append(b, "; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"...)
	}
	if c.Secure {
		b = append(b, "; Secure"...)
	}
	if c.HTTPOnly {
		b = append(b, "; HttpOnly"...)
	}
	if c.SameSite != "" {
		b = append(append(b, "; SameSite="...), canonicalSameSite(c.SameSite)...)
	}
	if c.Partitioned {
		b = append(b, "; Partitioned"...)
	}
	return string(b), nil
}

// httpDate is the IMF-fixdate of RFC 9110 §5.6.7, for a time in UTC.
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

// Check says which rule of RFC 6265 or of browsers the cookie breaks, whatever its
// value.
func (c Cookie) Check() error {
	if err := c.check(); err != nil {
		return fmt.Errorf("cookie %.60q: %w", c.Name, err)
	}
	return nil
}

func (c Cookie) check() error {
	if !isToken(c.Name) {
		return errors.New("the name is not a token: only letters, digits and !#$%&'*+-.^_`|~ may stand in it")
	}
	if len(c.Path) > maxCookieAttribute || len(c.Domain) > maxCookieAttribute {
		return fmt.Errorf("path and domain may have %d bytes", maxCookieAttribute)
	}
	if c.Path != "" && (c.Path[0] != '/' || indexControl(c.Path) >= 0 || strings.ContainsAny(c.Path, ";\t")) {
		return fmt.Errorf("path %q must start with / and have no semicolon and no control character", c.Path)
	}
	if c.Domain != "" && !isDomain(c.Domain) {
		return fmt.Errorf("domain %q is not a domain name", c.Domain)
	}
	if int64(c.MaxAge) > maxCookieAge {
		return fmt.Errorf("a lifetime of %d seconds is more than 100 years", c.MaxAge)
	}
	if c.SameSite != "" && canonicalSameSite(c.SameSite) == "" {
		return fmt.Errorf("SameSite is %.60q, it must be Strict, Lax or None", c.SameSite)
	}
	// Browsers ignore these combinations (rfc6265bis §4.1.3, §5.7; CHIPS; the prefixes
	// with Http are those of draft-ietf-httpbis-layered-cookies).
	switch lower := strings.ToLower(c.Name); {
	case strings.EqualFold(c.SameSite, "None") && !c.Secure:
		return errors.New("SameSite=None needs secure")
	case c.Partitioned && !c.Secure:
		return errors.New("partitioned needs secure")
	case strings.HasPrefix(lower, "__secure-") && !c.Secure:
		return errors.New("the prefix __Secure- needs secure")
	case strings.HasPrefix(lower, "__http-") && (!c.Secure || !c.HTTPOnly):
		return errors.New("the prefix __Http- needs secure and httpOnly")
	case strings.HasPrefix(lower, "__host-http-") && (!c.Secure || !c.HTTPOnly):
		return errors.New("the prefix __Host-Http- needs secure and httpOnly")
	case strings.HasPrefix(lower, "__host-") && (!c.Secure || c.Path != "/" || c.Domain != ""):
		return errors.New("the prefix __Host- needs secure, path / and no domain")
	}
	return nil
}

func canonicalSameSite(s string) string {
	switch strings.ToLower(s) {
	case "strict":
		return "Strict"
	case "lax":
		return "Lax"
	case "none":
		return "None"
	}
	return ""
}

// isDomain reports whether s, with or without a dot before it, is made of labels. One
// with a dot behind it is no host's to browsers.
func isDomain(s string) bool {
	s = bareDomain(s)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
		default:
			return false
		}
	}
	return s != "" && s[0] != '.' && s[len(s)-1] != '.' && !strings.Contains(s, "..")
}

// appendCookieValue writes every byte that is no cookie-octet (RFC 6265 §4.1.1),
// and "%" itself, as an escape.
func appendCookieValue(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c <= 0x20, c >= 0x7f, c == '"', c == ',', c == ';', c == '\\', c == '%':
			dst = appendPercent(dst, c)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
