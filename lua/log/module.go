package log

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// Module returns the loader of the Lua module "log":
//
//	log.debug(message[, fields])   log.info   log.warn   log.error
//
// Write takes the lines, without a line break.
func Module(write func(L *glua.LState, level Level, line string)) glua.LGFunction {
	return func(L *glua.LState) int {
		t := L.CreateTable(0, 4)
		for level := Debug; level <= Error; level++ {
			t.RawSetString(level.String(), L.NewFunction(func(L *glua.LState) int {
				// A line that is not wanted is written all the same: its mistakes
				// must not wait for the day on which it is.
				write(L, level, line(L, level))
				return 0
			}))
		}
		L.Push(t)
		return 1
	}
}

// What a line may have. Pages log what visitors send.
const (
	maxMessage = 2000 // bytes
	maxValue   = 500  // bytes
	maxFields  = 50
	maxDepth   = 3 // tables in one another
)

// line returns the line for the arguments of the running function.
func line(L *glua.LState, level Level) string {
	b := append([]byte(level.String()), ": "...)
	b = appendMessage(b, L.CheckString(1))
	if L.Get(2) != glua.LNil {
		b = appendFields(L, b, L.CheckTable(2))
	}
	return string(b)
}

// appendMessage appends a message. It is quoted where it could be taken for
// fields, for one that is quoted, or for more than one line.
func appendMessage(dst []byte, message string) []byte {
	message = shorten(message, maxMessage)
	quoted := strconv.Quote(message)
	if quoted[1:len(quoted)-1] == message && !strings.Contains(message, "=") {
		return append(dst, message...)
	}
	return append(dst, quoted...)
}

// appendFields appends the entries of a table, in the order of next.
func appendFields(L *glua.LState, dst []byte, t *glua.LTable) []byte {
	n := 0
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if n++; n > maxFields {
			return append(dst, " …"...)
		}
		dst = appendKey(L, append(dst, ' '), k)
		dst = appendValue(L, append(dst, '='), v, k.String(), 0)
	}
	return dst
}

// appendKey appends the name of a field, which a visitor may have chosen.
func appendKey(L *glua.LState, dst []byte, k glua.LValue) []byte {
	switch k := k.(type) {
	case glua.LNumber:
		return vm.AppendNumber(dst, float64(k))
	case glua.LString:
		if isName(string(k)) {
			return append(dst, k...)
		}
		return appendText(dst, string(k), maxValue)
	}
	L.ArgError(2, fmt.Sprintf("a field is named by a string or a number, not by a %s", k.Type()))
	return dst
}

func isName(s string) bool {
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.') {
			return false
		}
	}
	return s != "" && len(s) <= maxValue
}

// appendValue appends the value of the field called name, depth tables deep.
func appendValue(L *glua.LState, dst []byte, v glua.LValue, name string, depth int) []byte {
	switch v := v.(type) {
	case glua.LString:
		return appendText(dst, string(v), maxValue)
	case glua.LNumber:
		return vm.AppendNumber(dst, float64(v))
	case glua.LBool:
		return strconv.AppendBool(dst, bool(v))
	}
	if L.GetMetaField(v, "__tostring") != glua.LNil {
		return appendText(dst, L.ToStringMeta(v).String(), maxValue)
	}
	if t, ok := v.(*glua.LTable); ok {
		return appendTable(L, dst, t, name, depth)
	}
	L.ArgError(2, fmt.Sprintf("the field %s is a %s; what can be written are strings, numbers, booleans, times and tables of them", shorten(name, 60), v.Type()))
	return dst
}

// appendTable appends the short form of a table: {1, 2, name="ada", deep={…}}.
func appendTable(L *glua.LState, dst []byte, t *glua.LTable, name string, depth int) []byte {
	if depth >= maxDepth {
		return append(dst, "{…}"...)
	}
	dst = append(dst, '{')
	start, list := len(dst), 0
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if len(dst) > start {
			dst = append(dst, ", "...)
		}
		if len(dst)-start > maxValue {
			return append(dst, "…}"...)
		}
		if n, ok := k.(glua.LNumber); ok && int(n) == list+1 && float64(n) == float64(list+1) {
			list++
		} else {
			dst = append(appendKey(L, dst, k), '=')
		}
		dst = appendValue(L, dst, v, name, depth+1)
	}
	return append(dst, '}')
}

// appendText appends a text in quotes, on one line.
func appendText(dst []byte, s string, most int) []byte {
	return strconv.AppendQuote(dst, shorten(s, most))
}

// shorten cuts s after so many bytes, and says so.
func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	s = s[:most]
	// Not in the middle of a letter.
	for i := 1; i < utf8.UTFMax && i < len(s); i++ {
		if c := s[len(s)-i:]; utf8.RuneStart(c[0]) {
			if !utf8.FullRuneInString(c) {
				s = s[:len(s)-i]
			}
			break
		}
	}
	return s + "…"
}
