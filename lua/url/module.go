package url

import (
	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// A QueryParser returns the table of a query, read as _GET is. An error is the
// visitor's mistake.
type QueryParser func(L *glua.LState, query string) (*glua.LTable, error)

// Module returns the loader of the Lua module "url":
//
//	url.parse(text)           the parts of a URL, or nil and why it is none
//	url.build(parts)          the URL that has these parts
//	url.encode(s)             s as a part of a URL: only letters, digits and "-._~" stay
//	url.decode(s)             s without escapes
//	url.query(t)              the query that _GET reads as t
//	url.query(text)           the table that _GET would be, or nil and what is wrong
//	url.resolve(base, ref)    where a link leads that stands on a page, or nil and why not
func Module(parse QueryParser) glua.LGFunction {
	return func(L *glua.LState) int {
		t := L.CreateTable(0, 8)
		for name, f := range map[string]glua.LGFunction{
			"parse":  parseURL,
			"build":  buildURL,
			"encode": encode,
			"decode": decode,
			"query": func(L *glua.LState) int {
				return query(L, parse)
			},
			"resolve": resolve,
		} {
			t.RawSetString(name, L.NewFunction(f))
		}
		L.Push(t)
		return 1
	}
}

// fail pushes nil and an error, as results.
func fail(L *glua.LState, err error) int {
	L.Push(glua.LNil)
	L.Push(glua.LString(err.Error()))
	return 2
}

// encode is url.encode(s).
func encode(L *glua.LState) int {
	s := L.CheckString(1)
	L.Push(glua.LString(escape(L, s, isUnreserved, false)))
	return 1
}

// escape returns s with each byte escaped that does not stay; with keep set, what
// is an escape already stays, too.
func escape(L *glua.LState, s string, stays func(c byte) bool, keep bool) string {
	n := escapedLen(s, stays)
	if n == len(s) {
		return s
	}
	if n > vm.MaxString {
		L.RaiseError("resulting string too large (more than %d bytes)", vm.MaxString)
	}
	vm.Of(L).Spend(n)
	return string(appendEscaped(make([]byte, 0, n), s, stays, keep))
}

// escapedLen returns how long s is at most when it is escaped.
func escapedLen(s string, stays func(c byte) bool) int {
	n := len(s)
	for i := range len(s) {
		if !stays(s[i]) {
			n += 2
		}
	}
	return n
}

func appendEscaped(dst []byte, s string, stays func(c byte) bool, keep bool) []byte {
	const hex = "0123456789ABCDEF" // RFC 3986 section 2.1
	for i := range len(s) {
		c := s[i]
		if stays(c) || keep && isEscape(s[i:]) {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', hex[c>>4], hex[c&15])
		}
	}
	return dst
}

// decode is url.decode(s). "+" is a plus, as everywhere but in forms. What is no
// escape stays as it is.
func decode(L *glua.LState) int {
	s := L.CheckString(1)
	vm.Of(L).Spend(len(s))
	L.Push(glua.LString(unescape(s)))
	return 1
}

func unescape(s string) string {
	var b []byte
	done := 0 // up to where s is in b
	for i := 0; i < len(s); i++ {
		if isEscape(s[i:]) {
			b = append(b, s[done:i]...)
			b = append(b, unhex(s[i+1])<<4|unhex(s[i+2]))
			i += 2
			done = i + 1
		}
	}
	if done == 0 {
		return s
	}
	return string(append(b, s[done:]...))
}

// isEscape reports whether s starts with % and two hexadecimal digits.
func isEscape(s string) bool {
	return len(s) > 2 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if isDigit(c) {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
