package links

import (
	"cmp"
	"slices"
	"strings"
)

// site decides which references lead to the own site.
type site struct {
	scheme string // "http" or "https"
	host   string // in lower case, without the scheme's own port; "" if it is not known
	path   string // starts with one slash, or is ""
	query  string
	params []Param
}

func newSite(c Config) site {
	s := site{scheme: "http"}
	if strings.EqualFold(c.Scheme, "https") {
		s.scheme = "https"
	}
	s.host, _ = s.normalHost(c.Host)
	// A path of two slashes would name a host.
	if strings.HasPrefix(c.Path, "/") && !strings.HasPrefix(c.Path, "//") {
		s.path = string(appendCleaned(nil, c.Path, "?#"))
	}
	s.query = string(appendCleaned(nil, c.Query, "#"))
	for _, p := range c.Params {
		if p.Name != "" {
			s.params = append(s.params, p)
		}
	}
	return s
}

// isOwn reports whether a browser that shows a page of the own site takes ref there
// again, to a document and not only to a place in the page that it shows.
//
// The parser of URL §4.4 takes a lot for a host that does not look like one. What
// does not have the plain form of RFC 3986 is therefore foreign: wrong slashes,
// users, escapes in hosts, control characters.
func (s *site) isOwn(ref string, b base) bool {
	ref = strip(ref)
	end := strings.IndexAny(ref, "?#")
	if end < 0 {
		end = len(ref)
	}
	for i := 0; i < end; i++ {
		if c := ref[i]; c == '\\' || c < ' ' || c == 0x7f {
			return false
		}
	}
	if rest, ok := strings.CutPrefix(ref, "//"); ok {
		return !b.otherScheme && s.isOwnAuthority(rest)
	}
	colon := strings.IndexByte(ref[:end], ':')
	slash := strings.IndexByte(ref[:end], '/')
	if colon >= 0 && (slash < 0 || colon < slash) {
		rest, ok := strings.CutPrefix(ref[colon+1:], "//")
		return ok && strings.EqualFold(ref[:colon], s.scheme) && s.isOwnAuthority(rest)
	}
	return !strings.HasPrefix(ref, "#") && !b.foreign
}

// hasOwnScheme reports whether the URL ref, which is foreign, has the own scheme
// for sure.
func (s *site) hasOwnScheme(ref string) bool {
	ref = strip(ref)
	if len(ref) > len(s.scheme) && strings.EqualFold(ref[:len(s.scheme)], s.scheme) && ref[len(s.scheme)] == ':' {
		return true
	}
	return strings.HasPrefix(ref, "//")
}

// isOwnAuthority reports whether the URL that goes on with rest behind its "//" is
// on the own host.
func (s *site) isOwnAuthority(rest string) bool {
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		rest = rest[:i]
	}
	host, ok := s.normalHost(rest)
	return ok && host == s.host
}

// normalHost returns a host and port in the form that is compared, and whether it is
// one. The letters are those that a host of URL §3.5 can have as it is written.
func (s *site) normalHost(hostport string) (string, bool) {
	for i := 0; i < len(hostport); i++ {
		switch c := hostport[i]; {
		case isLetter(c), '0' <= c && c <= '9', c == '.', c == '-', c == '_', c == ':', c == '[', c == ']':
		default:
			return "", false
		}
	}
	host, port := hostport, ""
	if i := strings.LastIndexByte(hostport, ':'); i > strings.LastIndexByte(hostport, ']') {
		host, port = hostport[:i], hostport[i+1:]
	}
	if host == "" || strings.Trim(port, "0123456789") != "" {
		return "", false
	}
	if port != "" { // it is a number: URL §4.4, port state
		port = cmp.Or(strings.TrimLeft(port, "0"), "0")
	}
	host = strings.ToLower(host)
	if port == "" || s.scheme == "http" && port == "80" || s.scheme == "https" && port == "443" {
		return host, true
	}
	return host + ":" + port, true
}

// strip takes away what URL §4.4 does: control characters and spaces at both
// ends, tabs and line breaks everywhere.
func strip(ref string) string {
	start, end := 0, len(ref)
	for start < end && ref[start] <= ' ' {
		start++
	}
	for end > start && ref[end-1] <= ' ' {
		end--
	}
	ref = ref[start:end]
	if !strings.ContainsAny(ref, "\t\n\r") {
		return ref
	}
	b := make([]byte, 0, len(ref))
	for i := 0; i < len(ref); i++ {
		if c := ref[i]; c != '\t' && c != '\n' && c != '\r' {
			b = append(b, c)
		}
	}
	return string(b)
}

// isParam reports whether field, a part of a query between "&", is one of the
// parameters that are added, whatever its value.
func (s *site) isParam(field string) bool {
	name, _, _ := strings.Cut(field, "=")
	name = unescape(strip(name))
	return slices.ContainsFunc(s.params, func(p Param) bool { return p.Name == name })
}

// isCarrying reports whether the address of the page has the parameters already, and
// no others of their names.
func (s *site) isCarrying() bool {
	var carried []Param
	for field := range strings.SplitSeq(s.query, "&") {
		if s.isParam(field) {
			name, value, _ := strings.Cut(field, "=")
			carried = append(carried, Param{Name: unescape(name), Value: unescape(value)})
		}
	}
	return slices.Equal(carried, s.params)
}

// self returns the address of the page, with params, which are the parameters as they
// stand in a query.
func (s *site) self(params string) string {
	b := append([]byte(s.path), '?')
	for field := range strings.SplitSeq(s.query, "&") {
		if field != "" && !s.isParam(field) {
			b = append(append(b, field...), '&')
		}
	}
	return string(append(b, params...))
}
