package template

import (
	"html"
	"strings"
	"unicode/utf8"
)

// value reads a byte of an attribute value.
func (c *context) value(b byte) bool {
	a := &c.attr
	var ends bool
	switch a.in {
	case inDouble:
		ends = b == '"'
	case inSingle:
		ends = b == '\''
	default:
		ends = isHTMLSpace(b) || b == '>'
	}
	if ends {
		c.endReference(b)
		c.state = stateTag
		return a.in != inBare
	}
	a.fresh = false
	switch {
	case b == '&':
		c.endReference(b)
		a.ref.add(b)
	case a.ref.len() == 0:
		c.decoded(b)
	case b == ';':
		a.ref.add(b)
		c.endReference(0)
	case (isLetter(b) || isDigit(b) || b == '#') && a.ref.len() < maxName:
		a.ref.add(b)
	default:
		c.endReference(b)
		c.decoded(b)
	}
	return true
}

// endReference reads the character reference that was collected, as what it
// stands for. Without its ";" it stands for itself if it could be the name of a
// parameter in a URL (HTML standard, 13.2.5.73); next is what follows it.
func (c *context) endReference(next byte) {
	a := &c.attr
	if a.ref.len() == 0 {
		return
	}
	raw, read := a.ref.String(), int(a.decoded)
	s := reference(raw, next)
	if read > 0 && s != raw {
		c.fault = faultReference
		return
	}
	a.ref.reset()
	a.decoded = 0
	for i := read; i < len(s); i++ {
		c.decoded(s[i])
	}
}

// leadingReference returns what the "&" that s begins with, or the character
// reference, stands for in an attribute.
func leadingReference(s string) string {
	n := 1
	for n < len(s) && n < maxName && (isLetter(s[n]) || isDigit(s[n]) || s[n] == '#') {
		n++
	}
	var next byte
	if n < len(s) {
		next = s[n]
	}
	if next == ';' {
		n++
	}
	return reference(s[:n], next)
}

// reference returns what the character reference raw, before the byte next, stands
// for in an attribute.
func reference(raw string, next byte) string {
	s := html.UnescapeString(raw)
	if !strings.HasSuffix(raw, ";") && !strings.HasPrefix(raw, "&#") && (next == '=' || utf8.RuneCountInString(s) > 1) {
		return raw
	}
	return s
}

// suspendReference reads what was collected of a character reference as text, as
// what follows is printed by an expression, which will not go on with it. But it
// may print nothing.
func (c *context) suspendReference() {
	a := &c.attr
	raw := a.ref.String()
	if html.UnescapeString(raw) != raw {
		c.fault = faultReference
		return
	}
	for i := int(a.decoded); i < len(raw); i++ {
		c.decoded(raw[i])
	}
	a.decoded = a.ref.n
}

// decoded reads a byte of an attribute value as the language of the value has it.
func (c *context) decoded(b byte) {
	a := &c.attr
	switch a.kind {
	case attrURL:
		if a.url.read(b) {
			a.kind, c.script = attrScriptURL, script{}
		}
	case attrScriptURL:
		c.percent(b)
	case attrScript:
		c.script.read(b)
	case attrStyle:
		c.style.read(b)
	case attrSrcdoc:
		a.srcdoc.read(b)
	case attrRefresh:
		if a.refresh.read(b) {
			a.kind, a.url = attrURL, url{quoted: true}
		}
	case attrType:
		c.mime.add(lower(b))
	case attrAnimated:
		if b == ':' {
			a.kind = attrAnimatedTail
		}
	case attrAnimatedTail:
		if b == ';' {
			a.kind = attrAnimated
		}
	}
}

// percent reads a byte of a javascript: URL, which is percent-decoded before it
// runs.
func (c *context) percent(b byte) {
	p := &c.attr.percent
	switch {
	case b == '%' && p.len() == 0, p.len() == 1 && isHex(b):
		p.add(b)
	case p.len() == 0:
		c.script.read(b)
	case p.len() == 2 && isHex(b):
		c.script.read(unhex(p.bytes[1])<<4 | unhex(b))
		p.reset()
	default:
		rest := *p
		p.reset()
		for _, b := range rest.bytes[:rest.n] {
			c.script.read(b)
		}
		c.percent(b)
	}
}

func unhex(b byte) byte {
	if isDigit(b) {
		return b - '0'
	}
	return lower(b) - 'a' + 10
}
