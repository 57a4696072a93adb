package cgi

import (
	"strconv"
	"unicode/utf8"
)

// OneLine returns s as one line of a log: whatever could start a line of its own,
// move a terminal's cursor or turn the direction of writing (CWE-117, CWE-150),
// and bytes that are not UTF-8, become the escapes of a Go string. Quotes and
// backslashes stay, so that text which has been quoted already stays as it is.
func OneLine(s string) string {
	i := 0
	for i < len(s) && ' ' <= s[i] && s[i] <= '~' {
		i++
	}
	if i == len(s) {
		return s
	}
	b := append(make([]byte, 0, len(s)+16), s[:i]...)
	for i < len(s) {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			b = append(b, '\\', 'x', lowerHex[s[i]>>4], lowerHex[s[i]&15])
		case strconv.IsPrint(r):
			b = append(b, s[i:i+size]...)
		default:
			quoted := strconv.QuoteRune(r)
			b = append(b, quoted[1:len(quoted)-1]...)
		}
		i += size
	}
	return string(b)
}

const lowerHex = "0123456789abcdef"
