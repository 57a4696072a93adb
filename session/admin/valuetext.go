package admin

import (
	"math"
	"strconv"
	"time"
	"unicode"
	"unicode/utf8"

	"lcgi/session"
)

// appendText appends a value as Lua would be written, on several lines if it is
// a table that is not empty; those after the first are indented by indent steps.
// The text is for people: what it shows of a string is safe for a terminal.
func appendText(dst []byte, v value, indent int) []byte {
	switch v.kind {
	case session.Bool:
		return strconv.AppendBool(dst, v.boolean)
	case session.Number:
		return appendLuaNumber(dst, v.number)
	case session.String:
		return appendQuoted(dst, v.text)
	case session.Time:
		return appendLuaTime(dst, v.time)
	case session.Table:
		return appendLuaTable(dst, v, indent)
	}
	return append(dst, "nil"...)
}

func appendLuaTable(dst []byte, v value, indent int) []byte {
	if len(v.entries) == 0 {
		return append(dst, "{}"...)
	}
	dst = append(dst, "{\n"...)
	position := 1.0 // of the next value that needs no key
	for _, e := range v.entries {
		dst = appendIndent(dst, indent+1)
		if e.key.kind == session.Number && e.key.number == position {
			position++
		} else {
			dst = append(appendLuaKey(dst, e.key), " = "...)
		}
		dst = append(appendText(dst, e.value, indent+1), ",\n"...)
	}
	return append(appendIndent(dst, indent), '}')
}

func appendIndent(dst []byte, n int) []byte {
	for range n {
		dst = append(dst, "  "...)
	}
	return dst
}

func appendLuaKey(dst []byte, k value) []byte {
	if k.kind == session.String && isLuaName(k.text) {
		return append(dst, k.text...)
	}
	return append(appendText(append(dst, '['), k, 0), ']')
}

// isLuaName reports whether s is an identifier of Lua 5.1 (reference manual §2.1).
func isLuaName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	switch s {
	case "", "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in",
		"local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while":
		return false
	}
	return true
}

// appendLuaNumber appends the shortest text that gives the number back.
func appendLuaNumber(dst []byte, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "0/0"...)
	case math.IsInf(f, 1):
		return append(dst, "1/0"...)
	case math.IsInf(f, -1):
		return append(dst, "-1/0"...)
	}
	return appendNumber(dst, f)
}

// appendNumber appends a finite number as both Lua and JSON write it, with an
// exponent only where there would be many zeros.
func appendNumber(dst []byte, f float64) []byte {
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	return strconv.AppendFloat(dst, f, format, -1, 64)
}

func appendLuaTime(dst []byte, t time.Time) []byte {
	if hasRFC3339(t) {
		dst = append(dst, `time.parse("`...)
		return append(t.UTC().AppendFormat(dst, time.RFC3339Nano), `")`...)
	}
	dst = strconv.AppendInt(append(dst, "time.unix("...), t.Unix(), 10)
	return append(dst, ')')
}

// hasRFC3339 reports whether the year has the four digits of RFC 3339 §5.6.
func hasRFC3339(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 0 && year <= 9999
}

// appendQuoted appends s as a Lua string. What does not stand for itself in
// print is escaped: control characters, those of C1 and those that change
// the direction of text included.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case isShown(r, size):
			dst = append(dst, s[:size]...)
		default:
			for _, b := range []byte(s[:size]) {
				// Always three digits: one may follow.
				dst = append(dst, '\\', '0'+b/100, '0'+b/10%10, '0'+b%10)
			}
		}
		s = s[size:]
	}
	return append(dst, '"')
}

// isShown reports whether a decoded character stands for itself.
func isShown(r rune, size int) bool {
	return unicode.IsPrint(r) && !(r == utf8.RuneError && size == 1)
}

// plain returns s as it is if it can be shown so, and quoted if not.
func plain(s string) string {
	quoted := string(appendQuoted(nil, s))
	if s == "" || s[0] == ' ' || s[len(s)-1] == ' ' || quoted != `"`+s+`"` {
		return quoted
	}
	return s
}
