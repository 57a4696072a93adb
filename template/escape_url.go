package template

import (
	"strings"
	"unicode/utf8"
)

// blocked stands for a URL whose scheme is not allowed.
const blocked = "#blocked"

// allowedScheme reports whether the URL s has no scheme or a harmless one. What
// stands before the first ":" is a scheme unless a "/", "?" or "#" stands before
// that; tricks with white space and control characters, which browsers skip
// (URL standard, 4.4), make it a scheme that is not on the list.
func allowedScheme(s string) bool {
	i := strings.IndexAny(s, ":/?#")
	if i < 0 || s[i] != ':' {
		return true
	}
	for _, scheme := range [...]string{"http", "https", "mailto", "tel"} {
		if strings.EqualFold(s[:i], scheme) {
			return true
		}
	}
	return false
}

// appendURL appends s as a URL, or as the part of one that p says. What is
// escaped in s already stays so.
func appendURL(dst []byte, s string, p Place) []byte {
	if p.lang == langURL && !allowedScheme(s) {
		return append(dst, blocked...)
	}
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			n := runeLen(s[i:])
			if n == 0 {
				dst = append(dst, "%EF%BF%BD"...)
				i++
				continue
			}
			for range n {
				dst = appendPercent(dst, s[i])
				i++
			}
			continue
		case isUnreserved(c):
			dst = append(dst, c)
		case c == ':' && p.lang == langURLTail:
			dst = appendPercent(dst, c) // it would make a scheme of what stands before it
		case c == '/' && p.lang == langURLRoot && i == 0:
			dst = appendPercent(dst, c) // it would make a host of what follows
		case c == '%' && !isPercent(s[i:]):
			dst = appendPercent(dst, c)
		case strings.IndexByte("!#$%*+,/:;?@[]", c) >= 0:
			dst = append(dst, c)
		case c == '&' && p.in != inRaw:
			dst = append(dst, "&amp;"...)
		case c == '&':
			dst = append(dst, c)
		case c == '=' && p.in == inBare:
			dst = append(dst, "&#61;"...)
		case c == '=':
			dst = append(dst, c)
		default: // also quotes and parentheses, which mean something to CSS
			dst = appendPercent(dst, c)
		}
		i++
	}
	return dst
}

// appendComponent appends s as the value of one parameter of a query, or as a
// fragment: nothing in it separates anything (RFC 3986, section 2.2).
func appendComponent(dst []byte, s string) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if isUnreserved(c) {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		n := 1
		if c >= utf8.RuneSelf {
			n = runeLen(s[i:])
		}
		if n == 0 {
			dst = append(dst, "%EF%BF%BD"...)
			n = 1
		} else {
			for j := range n {
				dst = appendPercent(dst, s[i+j])
			}
		}
		i += n
		start = i
	}
	return append(dst, s[start:]...)
}

// appendURLList appends s as the value of srcset, or as URLs of one.
func appendURLList(dst []byte, s string, p Place) []byte {
	url := p
	url.lang = langURL
	for s != "" {
		n := strings.IndexAny(s, ", \t\n\f\r")
		switch n {
		case -1:
			return appendURL(dst, s, url)
		case 0:
			switch {
			case s[0] == ',':
				dst = append(dst, ',')
			case p.in == inBare:
				dst = append(dst, "&#32;"...)
			default:
				dst = append(dst, ' ')
			}
			s = s[1:]
		default:
			dst = appendURL(dst, s[:n], url)
			s = s[n:]
		}
	}
	return dst
}

// isUnreserved reports whether c stands for itself everywhere in a URL (RFC
// 3986, section 2.3).
func isUnreserved(c byte) bool {
	return isNameStart(c) || isDigit(c) || c == '-' || c == '.' || c == '~'
}

// isPercent reports whether s begins with a percent-encoded byte.
func isPercent(s string) bool {
	return len(s) >= 3 && s[0] == '%' && isHex(s[1]) && isHex(s[2])
}

func isHex(c byte) bool {
	return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
}

func appendPercent(dst []byte, c byte) []byte {
	const digits = "0123456789ABCDEF"
	return append(dst, '%', digits[c>>4], digits[c&15])
}
