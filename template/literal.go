package template

import (
	"strconv"
	"strings"
)

// number reads a number the way Lua 5.1 does (llex.c, read_numeral): as far as it
// looks like one, and then all of it must be one.
func (lx *lexer) number() {
	start := lx.pos
	for isDigit(lx.at(0)) || lx.at(0) == '.' {
		lx.pos++
	}
	if c := lx.at(0); c == 'e' || c == 'E' {
		lx.pos++
		if c := lx.at(0); c == '+' || c == '-' {
			lx.pos++
		}
	}
	lx.word()
	if s := lx.src[start:lx.pos]; !isNumber(s) {
		lx.fail(start, -1, "malformed number "+s)
	}
}

// quoted reads a string in the quotes q.
func (lx *lexer) quoted(q byte) {
	start := lx.pos
	for lx.pos++; ; lx.pos++ {
		if lx.pos >= len(lx.src) {
			break
		}
		switch c := lx.src[lx.pos]; {
		case c == q:
			lx.pos++
			return
		case c == '\n' || c == '\r':
			lx.fail(start, start, "the string has no closing "+string(rune(q))+" on its line")
		case c == '\\':
			lx.pos++
			lx.escape()
		}
	}
	lx.fail(start, start, "the string has no closing "+string(rune(q)))
}

// escape moves to the last byte of what a backslash in a string escapes.
func (lx *lexer) escape() {
	c := lx.at(0)
	if c == '\r' && lx.at(1) == '\n' {
		lx.pos++
		return
	}
	if !isDigit(c) {
		return
	}
	n := int(c - '0')
	for range 2 {
		if !isDigit(lx.at(1)) {
			break
		}
		lx.pos++
		n = n*10 + int(lx.at(0)-'0')
	}
	if n > 255 {
		lx.fail(lx.pos-3, -1, "the escape \\"+strconv.Itoa(n)+" in the string is above \\255")
	}
}

// isNumber reports whether s is a number of Lua 5.1: decimal with fraction and
// exponent, or a hexadecimal integer.
func isNumber(s string) bool {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		return strings.Trim(s[2:], "0123456789abcdefABCDEF") == ""
	}
	digits := func() (n int) {
		for n < len(s) && isDigit(s[n]) {
			n++
		}
		s = s[n:]
		return n
	}
	n := digits()
	if strings.HasPrefix(s, ".") {
		s = s[1:]
		n += digits()
	}
	if n == 0 {
		return false
	}
	if s != "" && s[0]|0x20 == 'e' {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		if digits() == 0 {
			return false
		}
	}
	return s == ""
}

// longLevel returns the number of "=" in the opening long bracket that s begins
// with, or -1 if it begins with none.
func longLevel(s string) int {
	if s == "" || s[0] != '[' {
		return -1
	}
	n := 1
	for n < len(s) && s[n] == '=' {
		n++
	}
	if n == len(s) || s[n] != '[' {
		return -1
	}
	return n - 1
}

// longEnd returns the length of the long bracket of a level that s begins with,
// or -1 if it is not closed.
func longEnd(s string, level int) int {
	closing := longBracket("]", level)
	i := strings.Index(s[level+2:], closing)
	if i < 0 {
		return -1
	}
	return level + 2 + i + len(closing)
}

func longBracket(bracket string, level int) string {
	return bracket + strings.Repeat("=", level) + bracket
}
