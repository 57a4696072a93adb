package json

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// string reads a string, at whose first quote the decoder stands. A string
// without escapes is a part of the text and not copied.
func (d *decoder) string() (string, error) {
	d.at++
	start := d.at
	for d.at < len(d.text) {
		switch c := d.text[d.at]; {
		case c == '"':
			d.at++
			return d.text[start : d.at-1], nil
		case c == '\\':
			return d.escaped(start)
		default:
			if err := d.character(c); err != nil {
				return "", err
			}
		}
	}
	return "", d.expected(`the '"' that ends the string`)
}

// character passes one character that stands for itself.
func (d *decoder) character(c byte) error {
	if c < ' ' {
		return d.errorf("a string has the control character %q; it is written as an escape", c)
	}
	if c < utf8.RuneSelf {
		d.at++
		return nil
	}
	r, size := utf8.DecodeRuneInString(d.text[d.at:])
	if r == utf8.RuneError && size == 1 {
		return d.errorf("the text is not UTF-8: here is the byte 0x%02X", c)
	}
	d.at += size
	return nil
}

// escaped reads the rest of a string that started at start, from its first
// escape on.
func (d *decoder) escaped(start int) (string, error) {
	s := append(make([]byte, 0, 2*(d.at-start)+32), d.text[start:d.at]...)
	for d.at < len(d.text) {
		switch c := d.text[d.at]; c {
		case '"':
			d.at++
			return string(s), d.take(len(s))
		case '\\':
			r, err := d.escape()
			if err != nil {
				return "", err
			}
			s = utf8.AppendRune(s, r)
		default:
			from := d.at
			if err := d.character(c); err != nil {
				return "", err
			}
			s = append(s, d.text[from:d.at]...)
		}
	}
	return "", d.expected(`the '"' that ends the string`)
}

// escape reads an escape. Half of a surrogate pair is no character, and becomes
// U+FFFD, as it does where browsers make bytes of it.
func (d *decoder) escape() (rune, error) {
	if d.at+1 == len(d.text) {
		d.at++
		return 0, d.expected("an escape")
	}
	if c := d.text[d.at+1]; c != 'u' {
		const letters, meanings = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
		i := strings.IndexByte(letters, c)
		if i < 0 {
			return 0, d.expected(`an escape, one of \" \\ \/ \b \f \n \r \t \u0000,`)
		}
		d.at += 2
		return rune(meanings[i]), nil
	}
	high, ok := unit(d.text[d.at:])
	if !ok {
		return 0, d.expected(`\u with four hexadecimal digits`)
	}
	d.at += len(`\u0000`)
	if !utf16.IsSurrogate(high) {
		return high, nil
	}
	if low, ok := unit(d.text[d.at:]); ok {
		if r := utf16.DecodeRune(high, low); r != utf8.RuneError {
			d.at += len(`\u0000`)
			return r, nil
		}
	}
	return utf8.RuneError, nil
}

// unit reads the \u escape that s starts with, a unit of UTF-16.
func unit(s string) (r rune, ok bool) {
	if len(s) < len(`\u0000`) || s[0] != '\\' || s[1] != 'u' {
		return 0, false
	}
	for _, c := range []byte(s[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
