package url

import (
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/option"
	"lcgi/lua/vm"
)

// maxURL is how many bytes the parts of a URL have together at most. No server
// takes one as long in a request: Apache allows 8190 bytes for the line that has
// it, nginx 8 kB, lighttpd 64 kB.
const maxURL = 64 << 10

// buildURL is url.build{scheme=, user=, password=, host=, port=, path=, query=,
// fragment=}, the inverse of url.parse. What cannot stand in a part is escaped,
// and what is escaped stays so. The query may be a table, as for url.query.
func buildURL(L *glua.LState) int {
	var p parts
	size := 0
	text := func(v option.Value) string {
		s := v.String()
		if size += len(s); size > maxURL {
			v.Refuse("makes the URL too long: its parts have more than " + strconv.Itoa(maxURL) + " bytes")
		}
		return s
	}
	option.ReadTable(L, 1, L.CheckTable(1), &p, "", []option.Reader[parts]{
		{Name: "scheme", Read: func(p *parts, v option.Value) {
			if p.scheme, p.hasScheme = strings.ToLower(text(v)), true; !isScheme(p.scheme) {
				v.Refuse("must be a scheme such as https")
			}
		}},
		{Name: "user", Read: func(p *parts, v option.Value) { p.user, p.hasUser = text(v), true }},
		{Name: "password", Read: func(p *parts, v option.Value) { p.password, p.hasPassword = text(v), true }},
		{Name: "host", Read: func(p *parts, v option.Value) {
			host := text(v)
			if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
				host = "[" + host + "]"
			}
			if why := p.setHost(host); why != "" {
				v.Refuse("is wrong: " + why)
			}
		}},
		{Name: "port", Read: func(p *parts, v option.Value) { p.port, p.hasPort = v.Int(0, 65535), true }},
		{Name: "path", Read: func(p *parts, v option.Value) { p.path = text(v) }},
		{Name: "query", Read: func(p *parts, v option.Value) {
			p.hasQuery = true
			if t, ok := v.LValue.(*glua.LTable); ok {
				p.query = formatQuery(v.L, t, maxURL-size)
			} else {
				p.query = text(v)
			}
		}},
		{Name: "fragment", Read: func(p *parts, v option.Value) { p.fragment, p.hasFragment = text(v), true }},
	})
	switch {
	case p.isWeb() && p.host == "":
		L.ArgError(1, "a URL with the scheme "+p.scheme+" needs a host")
	case !p.hasHost && (p.hasUser || p.hasPassword || p.hasPort):
		L.ArgError(1, "user, password and port need a host")
	case p.hasHost && p.path != "" && p.path[0] != '/':
		L.ArgError(1, "behind a host the path must begin with /")
	}
	L.Push(glua.LString(p.build(L)))
	return 1
}

// build writes the URL (RFC 3986 section 5.3).
func (p *parts) build(L *glua.LState) string {
	most := len(p.scheme) + len(p.host) + len("://:@[]:65535/.?#") +
		escapedLen(p.user, inUser) + escapedLen(p.password, inPassword) + escapedLen(p.path, inPath) +
		escapedLen(p.query, inQuery) + escapedLen(p.fragment, inQuery)
	if most > vm.MaxString {
		L.RaiseError("resulting string too large (more than %d bytes)", vm.MaxString)
	}
	var b strings.Builder
	b.Grow(most)
	if p.hasScheme {
		b.WriteString(p.scheme)
		b.WriteByte(':')
	}
	path := escape(L, p.path, inPath, true)
	if p.hasHost {
		b.WriteString("//")
		if p.hasUser || p.hasPassword {
			b.WriteString(escape(L, p.user, inUser, true))
			if p.hasPassword {
				b.WriteByte(':')
				b.WriteString(escape(L, p.password, inPassword, true))
			}
			b.WriteByte('@')
		}
		if strings.Contains(p.host, ":") {
			b.WriteString("[" + p.host + "]")
		} else {
			b.WriteString(p.host)
		}
		if p.hasPort {
			b.WriteByte(':')
			b.WriteString(strconv.Itoa(p.port))
		}
	} else if strings.HasPrefix(path, "//") {
		b.WriteString("/.") // or the path would begin with a host
	} else if first, _, _ := strings.Cut(path, "/"); !p.hasScheme && strings.Contains(first, ":") {
		b.WriteString("./") // or it would begin with a scheme (section 4.2)
	}
	b.WriteString(path)
	if p.hasQuery {
		b.WriteByte('?')
		b.WriteString(escape(L, p.query, inQuery, true))
	}
	if p.hasFragment {
		b.WriteByte('#')
		b.WriteString(escape(L, p.fragment, inQuery, true))
	}
	return b.String()
}
