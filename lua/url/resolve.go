package url

import (
	"bytes"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// resolve is url.resolve(base, ref): what the link ref on the page base means
// (RFC 3986 section 5.2). A base without a scheme or host gives a URL without.
func resolve(L *glua.LState) int {
	base, ref := L.CheckString(1), L.CheckString(2)
	vm.Of(L).Spend(len(base) + len(ref))
	b, err := parse(base)
	if err != nil {
		return fail(L, err)
	}
	r, err := parse(ref)
	if err != nil {
		return fail(L, err)
	}
	t := r
	switch {
	case r.hasScheme:
		t.path = removeDots(r.path)
	case r.hasHost:
		t.scheme, t.hasScheme = b.scheme, b.hasScheme
		t.path = removeDots(r.path)
	default:
		t = b
		t.fragment, t.hasFragment = r.fragment, r.hasFragment
		if r.path != "" || r.hasQuery {
			t.query, t.hasQuery = r.query, r.hasQuery
		}
		switch {
		case r.path == "":
		case r.path[0] == '/':
			t.path = removeDots(r.path)
		case b.hasHost && b.path == "":
			t.path = removeDots("/" + r.path)
		default:
			t.path = removeDots(b.path[:strings.LastIndexByte(b.path, '/')+1] + r.path)
		}
	}
	if t.isWeb() && t.host == "" {
		return fail(L, &parseError{ref, "it lacks a host, which a base with the scheme " + t.scheme + " has not either"})
	}
	L.Push(glua.LString(t.build(L)))
	return 1
}

// removeDots takes "." and ".." out of a path (RFC 3986 section 5.2.4). Browsers
// take their escaped forms for the same.
func removeDots(path string) string {
	rest, rooted := strings.CutPrefix(path, "/")
	out := make([]byte, 0, len(path)) // segments, each with the slash behind it
	for more := true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		switch unescape(segment) {
		case ".":
		case "..":
			parent := bytes.TrimSuffix(out, []byte("/"))
			out = out[:bytes.LastIndexByte(parent, '/')+1]
		default:
			out = append(out, segment...)
			if more {
				out = append(out, '/')
			}
		}
	}
	if rooted {
		return "/" + string(out)
	}
	return string(out)
}
