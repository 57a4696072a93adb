package url

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// parts are those of a URL (RFC 3986 section 3). What is not there differs from
// what is empty: a "?" at the end is a query.
type parts struct {
	scheme                                    string
	user, password, host                      string
	port                                      int // 0 is none
	path, query, fragment                     string
	hasUser, hasPassword, hasHost             bool
	hasScheme, hasPort, hasQuery, hasFragment bool
}

// A parseError says why a text is no URL.
type parseError struct{ text, reason string }

func (e *parseError) Error() string {
	text := e.text
	if runes := []rune(text[:min(len(text), 400)]); len(runes) > 80 {
		text = string(runes[:80]) + "…"
	}
	return fmt.Sprintf("%q is no URL: %s", text, e.reason)
}

// parseURL is url.parse(text).
func parseURL(L *glua.LState) int {
	text := L.CheckString(1)
	vm.Of(L).Spend(len(text))
	p, err := parse(text)
	if err != nil {
		return fail(L, err)
	}
	t := L.CreateTable(0, 4)
	set := func(name string, has bool, value glua.LValue) {
		if has {
			t.RawSetString(name, value)
		}
	}
	set("scheme", p.hasScheme, glua.LString(p.scheme))
	set("user", p.hasUser, glua.LString(p.user))
	set("password", p.hasPassword, glua.LString(p.password))
	set("host", p.hasHost, glua.LString(p.host))
	set("port", p.hasPort, glua.LNumber(p.port))
	set("path", true, glua.LString(p.path))
	set("query", p.hasQuery, glua.LString(p.query))
	set("fragment", p.hasFragment, glua.LString(p.fragment))
	L.Push(t)
	return 1
}

// parse takes a URL, or a part of one that a link may be, apart. Scheme and host
// are in lower case (RFC 3986 section 6.2.2.1).
func parse(text string) (p parts, err error) {
	no := func(format string, args ...any) (parts, error) {
		return parts{}, &parseError{text, fmt.Sprintf(format, args...)}
	}
	for i := range len(text) {
		switch c := text[i]; {
		case c == ' ':
			return no("a space cannot stand in it (byte %d); it is written %%20", i+1)
		case c < ' ', c == 0x7F, strings.IndexByte("\"<>\\`", c) >= 0:
			return no("%q cannot stand in it (byte %d); it is written %%%02X", c, i+1, c)
		}
	}
	if !utf8.ValidString(text) {
		return no("it is not UTF-8")
	}
	rest := text
	rest, p.fragment, p.hasFragment = strings.Cut(rest, "#")
	rest, p.query, p.hasQuery = strings.Cut(rest, "?")
	if colon := strings.IndexByte(rest, ':'); colon >= 0 && strings.IndexByte(rest[:colon], '/') < 0 {
		if !isScheme(rest[:colon]) {
			return no("%.40q stands before the first colon, and is no scheme", rest[:colon])
		}
		p.scheme, p.hasScheme, rest = strings.ToLower(rest[:colon]), true, rest[colon+1:]
	}
	if !strings.HasPrefix(rest, "//") {
		if p.isWeb() {
			return no("after %s: two slashes and a host are expected", p.scheme)
		}
		p.path = rest
		return p, nil
	}
	authority := rest[2:]
	if slash := strings.IndexByte(authority, '/'); slash >= 0 {
		authority, p.path = authority[:slash], authority[slash:]
	}
	if why := p.setAuthority(authority); why != "" {
		return no("%s", why)
	}
	if p.isWeb() && p.host == "" {
		return no("the host is missing")
	}
	return p, nil
}

// isWeb reports whether the scheme is one whose URLs have a host (RFC 9110
// section 4.2).
func (p *parts) isWeb() bool { return p.scheme == "http" || p.scheme == "https" }

func isScheme(s string) bool {
	if s == "" || !isLetter(s[0]) {
		return false
	}
	for i := range len(s) {
		if c := s[i]; !isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.' {
			return false
		}
	}
	return true
}

// setAuthority reads user:password@host:port. It returns what is wrong with it.
func (p *parts) setAuthority(s string) (why string) {
	if user, host, ok := strings.Cut(s, "@"); ok {
		p.user, p.password, p.hasPassword = strings.Cut(user, ":")
		p.hasUser, s = true, host
		if strings.Contains(host, "@") {
			return "there are two @ before the path; in a password it is written %40"
		}
	}
	host, port := s, ""
	if strings.HasPrefix(s, "[") {
		var ok bool
		if host, port, ok = strings.Cut(s[1:], "]"); !ok {
			return "the ] behind the host is missing"
		}
		if port != "" && port[0] != ':' {
			return fmt.Sprintf("there is %.40q behind the host", port)
		}
		host, port = "["+host+"]", strings.TrimPrefix(port, ":")
	} else {
		host, port, _ = strings.Cut(s, ":")
	}
	if why := p.setHost(host); why != "" {
		return why
	}
	if port == "" {
		return ""
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || len(port) > 5 {
		return fmt.Sprintf("%.40q is no port, which is a number up to 65535", port)
	}
	p.port, p.hasPort = int(n), true
	return ""
}

// setHost sets the host, which is a name, an IPv4 address, or an IPv6 address in
// brackets. It returns what is wrong with it.
func (p *parts) setHost(s string) (why string) {
	p.hasHost = true
	if literal, ok := strings.CutPrefix(s, "["); ok {
		literal = strings.TrimSuffix(literal, "]")
		// A zone (RFC 6874) has a meaning on one machine only.
		if a, err := netip.ParseAddr(literal); err != nil || !a.Is6() || a.Zone() != "" {
			return fmt.Sprintf("%.40q is no IPv6 address", literal)
		}
		p.host = strings.ToLower(literal)
		return ""
	}
	if !utf8.ValidString(s) {
		return "it is not UTF-8"
	}
	for i := range len(s) {
		if !inHost(s[i]) {
			return fmt.Sprintf("%q cannot stand in a host", s[i])
		}
	}
	p.host = lower(s)
	return ""
}

// lower is strings.ToLower for ASCII alone: the case of other letters is up to
// those who know how such names are written.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}
