package url

import (
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/option"
)

// buildURL is url.build{scheme=, user=, password=, host=, port=, path=, query=,
// fragment=}, the inverse of url.parse. What cannot stand in a part is escaped,
// and what is escaped stays so. The query may be a table, as for url.query.
func buildURL(L *glua.LState) int {
	var p parts
	option.ReadTable(L, 1, L.CheckTable(1), &p, "", []option.Reader[parts]{
		{Name: "scheme", Read: func(p *parts, v option.Value) {
			if p.scheme, p.hasScheme = strings.ToLower(v.String()), true; !isScheme(p.scheme) {
				v.Refuse("must be a scheme such as https")
			}
		}},
		{Name: "user", Read: func(p *parts, v option.Value) { p.user, p.hasUser = v.String(), true }},
		{Name: "password", Read: func(p *parts, v option.Value) { p.password, p.hasPassword = v.String(), true }},
		{Name: "host", Read: func(p *parts, v option.Value) {
			host := v.String()
			if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
				host = "[" + host + "]"
			}
			if why := p.setHost(host); why != "" {
				v.Refuse("is wrong: " + why)
			}
		}},
		{Name: "port", Read: func(p *parts, v option.Value) { p.port, p.hasPort = v.Int(0, 65535), true }},
		{Name: "path", Read: func(p *parts, v option.Value) { p.path = v.String() }},
		{Name: "query", Read: func(p *parts, v option.Value) {
			p.hasQuery = true
			if t, ok := v.LValue.(*glua.LTable); ok {
				p.query = formatQuery(v.L, t)
			} else {
				p.query = v.String()
			}
		}},
		{Name: "fragment", Read: func(p *parts, v option.Value) { p.fragment, p.hasFragment = v.String(), true }},
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
	var b strings.Builder
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
