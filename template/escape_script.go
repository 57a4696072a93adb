package template

import "unicode/utf8"

// appendScript appends the value s as a JavaScript or JSON literal.
func appendScript(dst []byte, kind Kind, s string, p Place) []byte {
	switch kind {
	case Nil:
		return append(dst, "null"...)
	case Bool:
		if s != "true" {
			s = "false"
		}
		return append(dst, s...)
	case Number:
		return appendScriptNumber(dst, s, p)
	}
	quote := `"`
	switch {
	case p.in != inRaw && p.flags&inURL != 0:
		quote = "%22"
	case p.in != inRaw:
		quote = "&#34;"
	}
	dst = append(dst, quote...)
	dst = appendScriptText(dst, s, p)
	return append(dst, quote...)
}

// appendScriptNumber appends a number of Lua. One that is not finite has no
// literal in JSON and becomes null there. A minus is set off, so that it makes no
// decrement with a minus before it.
func appendScriptNumber(dst []byte, s string, p Place) []byte {
	sign, digits := "", s
	if s != "" && (s[0] == '-' || s[0] == '+') {
		sign, digits = s[:1], s[1:]
	}
	if !isNumber(digits) {
		switch {
		case p.lang == langJSON:
			return append(dst, "null"...)
		case digits != "" && digits[0]|0x20 == 'i':
			digits = "Infinity"
		default:
			sign, digits = "", "NaN"
		}
	}
	switch {
	case sign == "-" && p.in == inBare:
		dst = append(dst, "&#32;-"...)
	case sign == "-":
		dst = append(dst, " -"...)
	}
	return append(dst, digits...)
}

// scriptText is what a JavaScript string, in whatever quotes and wherever in
// HTML, does not take as it is.
func (p Place) scriptText() asciiSet {
	s := htmlText()
	s.low |= 1<<32 - 1 // control characters
	s.high |= 1<<('\\'-64) | 1<<('`'-64) | 1<<(0x7f-64)
	if p.flags&inURL != 0 {
		s.low |= 1<<'%' | 1<<' ' | 1<<'#'
	}
	if p.flags&inBackquote != 0 {
		s.low |= 1 << '$'
		s.high |= 1 << ('{' - 64)
	}
	if p.in == inBare {
		s.low |= 1<<' ' | 1<<'='
	}
	return s
}

// appendScriptText appends s as text inside a JavaScript or JSON string. Only
// escapes that both know are used (RFC 8259, section 7), and of those only
// such that mean nothing to HTML, so that this is all that is needed inside an
// attribute.
func appendScriptText(dst []byte, s string, p Place) []byte {
	special := p.scriptText()
	start := 0
	for i := 0; i < len(s); {
		c, n := s[i], 1
		switch {
		case c < utf8.RuneSelf:
			if !special.has(c) {
				i++
				continue
			}
			dst = append(dst, s[start:i]...)
			dst = appendScriptEscape(dst, c)
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			n = size
			switch {
			case r == utf8.RuneError && size == 1:
				dst = append(append(dst, s[start:i]...), replacement...)
			case r == '\u2028' || r == '\u2029': // line ends in a JavaScript string before ES2019
				dst = append(append(dst, s[start:i]...), `\u202`...)
				dst = append(dst, '8'+byte(r-'\u2028'))
			default:
				i += size
				continue
			}
		}
		i += n
		start = i
	}
	return append(dst, s[start:]...)
}

func appendScriptEscape(dst []byte, c byte) []byte {
	switch c {
	case '\n':
		return append(dst, `\n`...)
	case '\r':
		return append(dst, `\r`...)
	case '\t':
		return append(dst, `\t`...)
	case '\\':
		return append(dst, `\\`...)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
}

// appendPattern appends s as text that a regular expression literal matches
// literally. The empty string must not make the comment "//" of two slashes.
func appendPattern(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "(?:)"...)
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if isNameStart(c) || isDigit(c) {
				dst = append(dst, c)
			} else {
				dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = append(dst, replacement...)
		case r == '\u2028' || r == '\u2029':
			dst = append(append(dst, `\u202`...), '8'+byte(r-'\u2028'))
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}
