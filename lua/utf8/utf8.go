// Package utf8 gives Lua pages the library utf8 of Lua 5.3, as its reference
// manual has it (section 6.5).
//
// As there, code points reach from 0 to 10FFFF, surrogates are taken for
// characters, and longer forms than needed are not. Positions are bytes, from 1.
package utf8

import (
	"math"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// charPattern matches one character of a string that is UTF-8.
const charPattern = "[\x00-\x7F\xC2-\xF4][\x80-\xBF]*"

const maxCode = 0x10FFFF

// maxResults is how many code points utf8.codepoint returns.
const maxResults = 1 << 18

// Module is the loader of the Lua module "utf8":
//
//	utf8.char(…)                 the characters of code points, as a string
//	utf8.charpattern             a pattern that matches one character
//	utf8.codes(s)                an iterator: for position, code in utf8.codes(s)
//	utf8.codepoint(s[, i[, j]])  the code points between two positions
//	utf8.len(s[, i[, j]])        how many there are, or nil and where it is no UTF-8
//	utf8.offset(s, n[, i])       where the character n, counted from i, begins
func Module(L *glua.LState) int {
	t := L.CreateTable(0, 8)
	for name, f := range map[string]glua.LGFunction{
		"char":      char,
		"codes":     codes,
		"codepoint": codepoint,
		"len":       length,
		"offset":    offset,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	t.RawSetString("charpattern", glua.LString(charPattern))
	L.Push(t)
	return 1
}

// integer returns argument n as luaL_checkinteger of Lua 5.3 does.
func integer(L *glua.LState, n int) int {
	var f float64
	switch v := L.Get(n).(type) {
	case glua.LNumber:
		f = float64(v)
	case glua.LString:
		var ok bool
		if f, ok = vm.ParseNumber(string(v)); !ok {
			L.TypeError(n, glua.LTNumber)
		}
	default:
		L.TypeError(n, glua.LTNumber)
	}
	if f != math.Trunc(f) || math.Abs(f) >= 1<<62 {
		L.ArgError(n, "number has no integer representation")
	}
	return int(f)
}

// position returns argument n, a position in a string of the given length, from
// its end if it is negative. One before the start is 0.
func position(L *glua.LState, n, length, otherwise int) int {
	i := otherwise
	if L.Get(n) != glua.LNil {
		i = integer(L, n)
	}
	switch {
	case i >= 0:
		return i
	case -i > length:
		return 0
	}
	return length + i + 1
}

// isContinuation reports whether s[i] is a byte within a character. What is
// behind the end is none.
func isContinuation(s string, i int) bool { return i < len(s) && s[i]&0xC0 == 0x80 }

// decode returns the first character of s and its length, which is 0 if there
// is none.
func decode(s string) (code rune, size int) {
	if s == "" {
		return 0, 0
	}
	first := s[0]
	var least rune
	switch {
	case first < 0x80:
		return rune(first), 1
	case first < 0xC0:
		return 0, 0
	case first < 0xE0:
		code, size, least = rune(first&0x1F), 2, 0x80
	case first < 0xF0:
		code, size, least = rune(first&0x0F), 3, 0x800
	case first < 0xF8:
		code, size, least = rune(first&0x07), 4, 0x10000
	default:
		return 0, 0
	}
	for i := 1; i < size; i++ {
		if !isContinuation(s, i) {
			return 0, 0
		}
		code = code<<6 | rune(s[i]&0x3F)
	}
	if code < least || code > maxCode {
		return 0, 0
	}
	return code, size
}

// appendCode appends a character. unicode/utf8 would write none for a surrogate.
func appendCode(dst []byte, code rune) []byte {
	switch {
	case code < 0x80:
		return append(dst, byte(code))
	case code < 0x800:
		return append(dst, 0xC0|byte(code>>6), 0x80|byte(code&0x3F))
	case code < 0x10000:
		return append(dst, 0xE0|byte(code>>12), 0x80|byte(code>>6&0x3F), 0x80|byte(code&0x3F))
	}
	return append(dst, 0xF0|byte(code>>18), 0x80|byte(code>>12&0x3F), 0x80|byte(code>>6&0x3F), 0x80|byte(code&0x3F))
}

func char(L *glua.LState) int {
	var s []byte
	for i := 1; i <= L.GetTop(); i++ {
		code := integer(L, i)
		if code < 0 || code > maxCode {
			L.ArgError(i, "value out of range")
		}
		s = appendCode(s, rune(code))
	}
	L.Push(glua.LString(s))
	return 1
}

func codes(L *glua.LState) int {
	s := L.CheckString(1)
	L.Push(L.NewFunction(nextCode))
	L.Push(glua.LString(s))
	L.Push(glua.LNumber(0))
	return 3
}

// nextCode is the iterator of utf8.codes: it is given the string and the
// position of a character, and returns the next one and its code.
func nextCode(L *glua.LState) int {
	s, i := L.CheckString(1), integer(L, 2)-1
	switch {
	case i < 0:
		i = 0
	case i < len(s):
		for i++; isContinuation(s, i); i++ {
		}
	}
	if i >= len(s) {
		return 0
	}
	code, size := decode(s[i:])
	if size == 0 || isContinuation(s, i+size) {
		L.RaiseError("invalid UTF-8 code")
	}
	L.Push(glua.LNumber(i + 1))
	L.Push(glua.LNumber(code))
	return 2
}

func codepoint(L *glua.LState) int {
	s := L.CheckString(1)
	i := position(L, 2, len(s), 1)
	j := position(L, 3, len(s), i)
	if i < 1 {
		L.ArgError(2, "out of range")
	}
	if j > len(s) {
		L.ArgError(3, "out of range")
	}
	n := 0
	for i--; i < j; n++ {
		code, size := decode(s[i:])
		if size == 0 {
			L.RaiseError("invalid UTF-8 code")
		}
		if n == maxResults {
			L.RaiseError("string slice too long")
		}
		L.Push(glua.LNumber(code))
		i += size
	}
	return n
}

func length(L *glua.LState) int {
	s := L.CheckString(1)
	i := position(L, 2, len(s), 1)
	j := position(L, 3, len(s), -1)
	if i < 1 || i > len(s)+1 {
		L.ArgError(2, "initial position out of string")
	}
	if j > len(s) {
		L.ArgError(3, "final position out of string")
	}
	vm.Of(L).Spend(max(j-i, 0))
	n := 0
	for i--; i < j; n++ {
		_, size := decode(s[i:])
		if size == 0 {
			L.Push(glua.LNil)
			L.Push(glua.LNumber(i + 1))
			return 2
		}
		i += size
	}
	L.Push(glua.LNumber(n))
	return 1
}

func offset(L *glua.LState) int {
	s, n := L.CheckString(1), integer(L, 2)
	start := 1
	if n < 0 {
		start = len(s) + 1
	}
	i := position(L, 3, len(s), start) - 1
	if i < 0 || i > len(s) {
		L.ArgError(3, "position out of range")
	}
	vm.Of(L).Spend(len(s))
	switch {
	case n == 0:
		for i > 0 && isContinuation(s, i) {
			i--
		}
	case isContinuation(s, i):
		L.RaiseError("initial position is a continuation byte")
	case n < 0:
		for ; n < 0 && i > 0; n++ {
			for i--; i > 0 && isContinuation(s, i); i-- {
			}
		}
	default:
		for n--; n > 0 && i < len(s); n-- {
			for i++; isContinuation(s, i); i++ {
			}
		}
	}
	if n != 0 {
		L.Push(glua.LNil)
	} else {
		L.Push(glua.LNumber(i + 1))
	}
	return 1
}
