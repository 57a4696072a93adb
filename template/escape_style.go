package template

import "unicode/utf8"

// cssWord is what a value of a style sheet consists of at most: words, numbers,
// units and colours, but nothing that would end the value or call a function.
func cssWord(c byte) bool {
	switch c {
	case ' ', '#', '%', '+', ',', '-', '.':
		return true
	}
	return isNameStart(c) || isDigit(c)
}

// appendCSS appends s as words, or as text inside a string, of a style sheet.
// Everything else is written as an escape (CSS Syntax, 4.3.7), which is text to
// CSS wherever it stands. The escapes have six digits, for which no white space
// behind them is needed; it is written nevertheless where it can be, so that it
// is not the page's own that is taken for it.
func appendCSS(dst []byte, s string, p Place) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			n := runeLen(s[i:])
			if n == 0 {
				dst = append(append(dst, s[start:i]...), replacement...)
				n = 1
				start = i + 1
			}
			i += n
			continue
		}
		if !cssWord(c) || c == ' ' && p.in == inBare {
			dst = append(dst, s[start:i]...)
			if c == 0 {
				dst = append(dst, replacement...)
			} else {
				dst = append(dst, `\0000`...)
				dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
				if p.in != inBare {
					dst = append(dst, ' ')
				}
			}
			start = i + 1
		}
		i++
	}
	return append(dst, s[start:]...)
}
