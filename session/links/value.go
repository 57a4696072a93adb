package links

import (
	"html" // which builds its table of names when a name is met first
	"strconv"
	"strings"
	"unicode/utf8"
)

// value is the value of an attribute or of a header, as it is written and as it is
// understood.
type value struct {
	raw  string
	text []byte
	at   []int // where each byte of text, and its end, is in raw
}

// set makes v a value that is understood as it is written.
func (v *value) set(raw string) {
	v.raw, v.text, v.at = raw, append(v.text[:0], raw...), v.at[:0]
	for i := 0; i <= len(raw); i++ {
		v.at = append(v.at, i)
	}
}

// setHTML makes v the value of an attribute as it stands in a page.
func (v *value) setHTML(raw string) {
	v.raw, v.text, v.at = raw, v.text[:0], v.at[:0]
	for i := 0; i < len(raw); {
		start, c := i, raw[i]
		i++
		switch {
		case c == '&':
			if ref, n := characterReference(raw[start:]); n > 0 {
				i = start + n
				v.text = append(v.text, ref...)
				break
			}
			v.text = append(v.text, c)
		case c == '\r': // HTML §13.2.3.5
			if i < len(raw) && raw[i] == '\n' {
				i++
			}
			v.text = append(v.text, '\n')
		default:
			v.text = append(v.text, c)
		}
		for len(v.at) < len(v.text) {
			v.at = append(v.at, start)
		}
	}
	v.at = append(v.at, len(raw))
}

// characterReference returns what the character reference at the beginning of s
// stands for in the value of an attribute (HTML §13.2.5.72 to .80), and its
// length, 0 if there is none.
func characterReference(s string) (string, int) {
	if strings.HasPrefix(s, "&amp;") {
		return "&", len("&amp;")
	}
	if strings.HasPrefix(s, "&#") {
		return numericReference(s)
	}
	end := 1
	for end < len(s) && (isLetter(s[end]) || isDigit(s[end])) {
		end++
	}
	const longest = 40 // more than any name has
	switch {
	case end == 1 || end > longest:
		return "", 0
	case end < len(s) && s[end] == ';':
		ref := s[:end+1]
		text := html.UnescapeString(ref)
		// In text "&notit;" is "¬it;", in an attribute it is nothing of the kind.
		if text == ref || strings.HasSuffix(text, ";") && ref != "&semi;" {
			return "", 0
		}
		return text, len(ref)
	case end < len(s) && s[end] == '=':
		return "", 0
	}
	ref := s[:end]
	text := html.UnescapeString(ref)
	if last := text[len(text)-1]; isLetter(last) || isDigit(last) { // the same
		return "", 0
	}
	return text, len(ref)
}

// numericReference is characterReference for "&#".
func numericReference(s string) (string, int) {
	i, base := len("&#"), rune(10)
	if i < len(s) && lower(s[i]) == 'x' {
		i, base = i+1, 16
	}
	var r rune
	first := i
	for ; i < len(s); i++ {
		var digit rune
		switch c := lower(s[i]); {
		case isDigit(c):
			digit = rune(c - '0')
		case base == 16 && 'a' <= c && c <= 'f':
			digit = rune(c-'a') + 10
		default:
			digit = -1
		}
		if digit < 0 {
			break
		}
		r = min(r*base+digit, utf8.MaxRune+1)
	}
	if i == first {
		return "", 0
	}
	if i < len(s) && s[i] == ';' {
		i++
	}
	switch {
	case r == 0:
		r = utf8.RuneError
	case 0x80 <= r && r <= 0x9f: // characters of windows-1252
		return html.UnescapeString("&#" + strconv.Itoa(int(r)) + ";"), i
	}
	return string(r), i // what is no character becomes U+FFFD
}

// bounds returns where in v.text the reference begins and ends without the white
// space and control characters that do not belong to it.
func (v *value) bounds() (start, end int) {
	end = len(v.text)
	for start < end && v.text[start] <= ' ' {
		start++
	}
	for end > start && v.text[end-1] <= ' ' {
		end--
	}
	return start, end
}

// notation is how references are written in one place.
type notation struct {
	separator string // of the parts of a query
	params    string // the parameters
	self      string // the address of the page, with them
}

// addParams adds v to dst with the parameters, in the notation n. V must be a
// reference that has a query or a path, or nothing: then it stands for the page
// itself.
func (w *Rewriter) addParams(dst []byte, v *value, n *notation) []byte {
	start, end := v.bounds()
	if start == end {
		dst = append(dst, v.raw...)
		return append(dst, n.self...)
	}
	fragment := end
	question := -1
	for i := start; i < end; i++ {
		if c := v.text[i]; c == '#' {
			fragment = i
			break
		} else if c == '?' && question < 0 {
			question = i
		}
	}
	if question < 0 {
		dst = append(dst, v.raw[:v.at[fragment]]...)
		dst = append(dst, '?')
		dst = append(dst, n.params...)
		return append(dst, v.raw[v.at[fragment]:]...)
	}
	dst = append(dst, v.raw[:v.at[question+1]]...)
	kept := 0
	before := len(dst)
	for i := question + 1; i <= fragment; {
		next := i
		for next < fragment && v.text[next] != '&' {
			next++
		}
		if !w.site.isParam(string(v.text[i:next])) {
			if kept++; kept > 1 {
				dst = append(dst, v.raw[v.at[i-1]:v.at[i]]...)
			}
			dst = append(dst, v.raw[v.at[i]:v.at[next]]...)
		}
		i = next + 1
	}
	if len(dst) > before {
		dst = append(dst, n.separator...)
	}
	dst = append(dst, n.params...)
	return append(dst, v.raw[v.at[fragment]:]...)
}
