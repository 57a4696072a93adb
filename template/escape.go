package template

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// asciiSet is a set of ASCII characters: bit c of low for c < 64, bit c-64 of
// high for the others.
type asciiSet struct{ low, high uint64 }

func (s asciiSet) has(c byte) bool {
	if c < 64 {
		return s.low>>c&1 != 0
	}
	return s.high>>(c-64)&1 != 0
}

// htmlText is what HTML text and attribute values in quotes do not take as it is.
func htmlText() asciiSet {
	return asciiSet{low: 1<<0 | 1<<'"' | 1<<'&' | 1<<'\'' | 1<<'<' | 1<<'>'}
}

// htmlBare is htmlText and what ends an attribute value without quotes, or is an
// error in it (HTML standard, 13.1.2.3).
func htmlBare() asciiSet {
	s := htmlText()
	s.low |= 1<<'\t' | 1<<'\n' | 1<<'\f' | 1<<'\r' | 1<<' ' | 1<<'='
	s.high |= 1 << ('`' - 64)
	return s
}

// htmlComment is htmlText and what the end of a comment, "-->" or "--!>", is
// made of.
func htmlComment() asciiSet {
	s := htmlText()
	s.low |= 1<<'-' | 1<<'!'
	return s
}

// replacement stands for bytes that are no UTF-8 and for NUL, which HTML does
// not take.
const replacement = "\uFFFD"

// appendHTML appends s with the characters of special as character references.
func appendHTML(dst []byte, s string, special asciiSet) []byte {
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			n := runeLen(s[i:])
			if n == 0 {
				dst = append(dst, s[start:i]...)
				dst = append(dst, replacement...)
				n = 1
				start = i + 1
			}
			i += n
			continue
		}
		if special.has(c) {
			dst = append(dst, s[start:i]...)
			dst = appendReference(dst, c)
			start = i + 1
		}
		i++
	}
	return append(dst, s[start:]...)
}

// runeLen returns the length of the character that s begins with, or 0 if it is
// no valid UTF-8.
func runeLen(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n <= 1 {
		return 0
	}
	return n
}

// appendReference appends the character reference for c, which is below 100.
func appendReference(dst []byte, c byte) []byte {
	switch c {
	case 0:
		return append(dst, replacement...)
	case '&':
		return append(dst, "&amp;"...)
	case '<':
		return append(dst, "&lt;"...)
	case '>':
		return append(dst, "&gt;"...)
	}
	dst = append(dst, "&#"...)
	if c >= 10 {
		dst = append(dst, '0'+c/10)
	}
	return append(dst, '0'+c%10, ';')
}

// appendTwice appends s as HTML text inside an attribute that holds HTML: what
// the references of the text begin with is a reference itself.
func appendTwice(dst []byte, s string, special asciiSet) []byte {
	text := htmlText()
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		n := 1
		switch {
		case c >= utf8.RuneSelf:
			if n = runeLen(s[i:]); n > 0 {
				i += n
				continue
			}
			n = 1
			dst = append(append(dst, s[start:i]...), replacement...)
		case c == 0 || !special.has(c):
			if c != 0 {
				i++
				continue
			}
			dst = append(append(dst, s[start:i]...), replacement...)
		case text.has(c):
			dst = append(dst, s[start:i]...)
			at := len(dst)
			dst = appendReference(dst, c)
			dst = append(dst, "amp;"...)
			copy(dst[at+len("&amp;"):], dst[at+1:len(dst)-len("amp;")])
			copy(dst[at+1:], "amp;")
		default:
			dst = append(dst, s[start:i]...)
			dst = appendReference(dst, c)
		}
		i += n
		start = i
	}
	return append(dst, s[start:]...)
}

// appendName appends s if it is a plain attribute name, such as checked or
// data-id, or several separated by spaces, and none whose value would be a URL,
// a script, a style or HTML. False and the empty string append nothing, so that
// <?= old and "checked" ?> works.
func appendName(dst []byte, kind Kind, s string, p Place) ([]byte, error) {
	if s == "" || kind == Bool && s == "false" {
		return dst, nil
	}
	if kind != String {
		return dst, errors.New("an expression prints " + s + " where a tag has an attribute name; give it a name such as \"checked\" or use raw()")
	}
	for rest := s; ; {
		name, more, found := strings.Cut(rest, " ")
		if !plainName(name) || attributeKind(elementAny, name) != attrText {
			return dst, errors.New("an expression prints an attribute name that is not plain and harmless; write the name out, with the value as expression, or use raw()")
		}
		if rest = more; !found || rest == "" {
			break
		}
	}
	if p.flags&behindName != 0 && s[0] != ' ' {
		dst = append(dst, ' ')
	}
	return append(dst, s...), nil
}

// appendNamePart appends s as a part of the name of an attribute, as in
// data-<?= key ?>.
func appendNamePart(dst []byte, s string) ([]byte, error) {
	if !plainName(s) {
		return dst, errors.New("an expression prints a part of an attribute name that is no letter, digit, - or _; leave such characters out or use raw()")
	}
	return append(dst, s...), nil
}

// plainName reports whether s consists of letters, digits, "-" and "_", or is
// empty.
func plainName(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isNameStart(c) && !isDigit(c) && c != '-' {
			return false
		}
	}
	return true
}

// appendHeading appends the digits that are a part of the name of a tag, as in
// <h<?= level ?>>. No element is dangerous for a digit in its name.
func appendHeading(dst []byte, s string) ([]byte, error) {
	if strings.Trim(s, "0123456789") != "" {
		return dst, errors.New(langTag.refusal())
	}
	return append(dst, s...), nil
}

const hexDigits = "0123456789abcdef"
