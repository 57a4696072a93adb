package utf8_test

import (
	"strings"
	"testing"

	"lcgi/lua/moduletest"
	"lcgi/lua/utf8"
)

// What Lua 5.3.6 answers to the same.
func TestUTF8(t *testing.T) {
	const walk = `local r = {} for p, c in utf8.codes(S) do r[#r + 1] = p .. ":" .. c end return unpack(r)`
	codes := func(s string) string { return strings.ReplaceAll(walk, "S", s) }
	moduletest.Check(t, moduletest.Globals{"utf8": moduletest.Loaded(utf8.Module)}, []moduletest.Case{
		{`return utf8.char(), utf8.char(72, 228, 8364, 128512), utf8.char("65")`, " Hä€😀 A"},
		{`return utf8.char(0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10000, 0x10FFFF) == "\127\194\128\223\191\224\160\128\239\191\191\240\144\128\128\244\143\191\191"`, "true"},
		{`return utf8.char(0xD800) == "\237\160\128", utf8.codepoint("\237\160\128")`, "true 55296"},
		{`return utf8.char(0) == "\0"`, "true"},
		{`return utf8.char(0x110000)`, "error: bad argument #1 to 'char' (value out of range)"},
		{`return utf8.char(65, -1)`, "error: bad argument #2 to 'char' (value out of range)"},
		{`return utf8.char(1.5)`, "error: bad argument #1 to 'char' (number has no integer representation)"},
		{`return utf8.char(1/0)`, "error: bad argument #1 to 'char' (number has no integer representation)"},
		{`return utf8.char("x")`, "error: bad argument #1 to 'char' (number expected, got string)"},
		{`return utf8.char({})`, "error: bad argument #1 to 'char' (number expected, got table)"},

		{`return utf8.len(""), utf8.len("Hä€😀"), utf8.len("ä", 3), utf8.len("abc", 2), utf8.len("abc", -2, -2), utf8.len("abc", 3, 2)`, "0 4 0 2 1 0"},
		{`return utf8.len("ä€", 1, 3)`, "2"}, // j may be within a character
		{`return utf8.len("ab\255c")`, "nil 3"},
		{`return utf8.len("ä", 2)`, "nil 2"},
		{`return utf8.len("\192\128")`, "nil 1"}, // longer than needed
		{`return utf8.len("\224\159\191")`, "nil 1"},
		{`return utf8.len("\240\143\191\191")`, "nil 1"},
		{`return utf8.len("\244\144\128\128")`, "nil 1"}, // 110000
		{`return utf8.len("\248\136\128\128\128")`, "nil 1"},
		{`return utf8.len("a\226\130")`, "nil 2"},
		{`return utf8.len(12)`, "2"},
		{`return utf8.len("abc", 5)`, "error: bad argument #2 to 'len' (initial position out of string)"},
		{`return utf8.len("abc", 0)`, "error: bad argument #2 to 'len' (initial position out of string)"},
		{`return utf8.len("abc", -4)`, "error: bad argument #2 to 'len' (initial position out of string)"},
		{`return utf8.len("abc", 1, 4)`, "error: bad argument #3 to 'len' (final position out of string)"},
		{`return utf8.len("abc", 1e300)`, "error: bad argument #2 to 'len' (number has no integer representation)"},
		{`return utf8.len()`, "error: bad argument #1 to 'len' (string expected, got no value)"},

		{`return utf8.codepoint("Hä€"), utf8.codepoint("Hä€", 2), utf8.codepoint("Hä€", 1, -1)`, "72 228 72 228 8364"},
		{`return utf8.codepoint("abc", 3, 2)`, ""},
		{`return utf8.codepoint("abc", -1)`, "99"},
		{`return utf8.codepoint("")`, "error: bad argument #3 to 'codepoint' (out of range)"},
		{`return utf8.codepoint("abc", 0)`, "error: bad argument #2 to 'codepoint' (out of range)"},
		{`return utf8.codepoint("abc", 1, 4)`, "error: bad argument #3 to 'codepoint' (out of range)"},
		{`return utf8.codepoint("ä", 2)`, "error: invalid UTF-8 code"},
		{`return utf8.codepoint(("x"):rep(2^18 + 1), 1, -1)`, "error: string slice too long"},
		{`return select("#", utf8.codepoint(("x"):rep(2^18), 1, -1))`, "262144"},

		{codes(`"Hä€"`), "1:72 2:228 4:8364"},
		{codes(`""`), ""},
		{codes(`"a\0b"`), "1:97 2:0 3:98"},
		{codes(`"a\255"`), "error: invalid UTF-8 code"},
		{codes(`"a\128"`), "error: invalid UTF-8 code"},
		{codes(`"a\226\130"`), "error: invalid UTF-8 code"},
		{`return utf8.codes({})`, "error: bad argument #1 to 'codes' (string expected, got table)"},
		{`local f, s, i = utf8.codes("ab") return s, i, f(s, i), f(s, -5), f(s, 2), f(s, 99)`, "ab 0 1 1 nil"},

		{`return utf8.offset("Hä€x", 1), utf8.offset("Hä€x", 3), utf8.offset("Hä€x", 5), utf8.offset("Hä€x", 6)`, "1 4 8 nil"},
		{`return utf8.offset("Hä€x", -1), utf8.offset("Hä€x", -2), utf8.offset("Hä€x", -4), utf8.offset("Hä€x", -5)`, "7 4 1 nil"},
		{`return utf8.offset("Hä€x", 0, 5), utf8.offset("Hä€x", 0, 6), utf8.offset("Hä€x", 0, 8), utf8.offset("Hä€x", 0)`, "4 4 8 1"},
		{`return utf8.offset("Hä€x", 2, 2), utf8.offset("Hä€x", -1, 4), utf8.offset("", 1), utf8.offset("", 0), utf8.offset("", -1)`, "4 2 1 1 nil"},
		{`return utf8.offset("ä", 1, 2)`, "error: initial position is a continuation byte"},
		{`return utf8.offset("ä", -1, 2)`, "error: initial position is a continuation byte"},
		{`return utf8.offset("abc", 1, 5)`, "error: bad argument #3 to 'offset' (position out of range)"},
		{`return utf8.offset("abc", 1, -4)`, "error: bad argument #3 to 'offset' (position out of range)"},
		{`return utf8.offset("abc")`, "error: bad argument #2 to 'offset' (number expected, got no value)"},

		{`return #utf8.charpattern, utf8.charpattern == "[\0-\127\194-\244][\128-\191]*"`, "14 true"},
		{`local r = {} for c in ("Hä€\0😀"):gmatch(utf8.charpattern) do r[#r + 1] = #c end return unpack(r)`, "1 2 3 1 4"},
		{`local n = 0 for name in pairs(utf8) do n = n + 1 end return n`, "6"},
	})
}
