package json

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// appendNumber appends the shortest digits that are read back as f, which is
// neither infinite nor NaN. An integer beyond 2^53 is none that anybody has
// counted, and has an exponent: without one it would not be read as a number.
func appendNumber(dst []byte, f float64) []byte {
	const exact = 1 << 53
	size := math.Abs(f)
	if size <= exact && f == math.Trunc(f) && !(f == 0 && math.Signbit(f)) {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if size == 0 || 1e-6 <= size && size < exact {
		return strconv.AppendFloat(dst, f, 'f', -1, 64)
	}
	dst = strconv.AppendFloat(dst, f, 'e', -1, 64)
	// e-07 is written e-7.
	if n := len(dst); dst[n-2] == '0' && (dst[n-3] == '-' || dst[n-3] == '+') {
		dst[n-2] = dst[n-1]
		dst = dst[:n-1]
	}
	return dst
}

// string writes s, which must be UTF-8.
func (e *encoder) string(s string) error {
	if err := e.checkSize(len(s) + 2); err != nil {
		return err
	}
	e.out = append(e.out, '"')
	done := 0 // up to where s is in out
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if e.plain(c) {
				i++
				continue
			}
			e.out = append(e.out, s[done:i]...)
			e.out = appendEscaped(e.out, c)
			i++
			done = i
			// Escapes make it longer than it was.
			if err := e.checkSize(len(s) - i); err != nil {
				return err
			}
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 {
			return e.errorf("is not UTF-8: its byte %d is 0x%02X; JSON has only text", i+1, c)
		}
		if e.escapeHTML && (r == '\u2028' || r == '\u2029') {
			// They end a line of a script in browsers from before 2019.
			e.out = append(e.out, s[done:i]...)
			e.out = append(e.out, `\u202`...)
			e.out = append(e.out, hex[r&15])
			done = i + size
			if err := e.checkSize(len(s) - done); err != nil {
				return err
			}
		}
		i += size
	}
	e.out = append(e.out, s[done:]...)
	e.out = append(e.out, '"')
	return e.checkSize(0)
}

// plain reports whether an ASCII character stands in a string as it is.
func (e *encoder) plain(c byte) bool {
	switch c {
	case '"', '\\':
		return false
	case '<', '>', '&':
		return !e.escapeHTML
	}
	return c >= ' '
}

const hex = "0123456789abcdef"

func appendEscaped(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\f':
		return append(dst, `\f`...)
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	}
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}
