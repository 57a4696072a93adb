package template

import (
	"slices"
	"strings"
)

// xmlMode says whether a page is XML, such as a feed, a sitemap or an SVG file.
type xmlMode uint8

const (
	notXML   xmlMode = iota
	xmlData          // no browser runs a script in it
	xmlSVG           // it has elements of SVG, whose scripts and styles count
	xmlXHTML         // it has elements of XHTML, and browsers may well read it as HTML
)

// xmlPage returns how a page is read whose first text is s. An XML declaration
// makes it XML: then all elements hold elements, names of elements and of
// attributes may have a prefix, and a CDATA section holds HTML. XHTML is read as
// HTML, and no expression may follow what means something else in XML.
func xmlPage(src, s string) xmlMode {
	rest, ok := strings.CutPrefix(strings.TrimLeft(s, " \t\r\n"), "<?xml")
	if !ok || rest == "" || !isHTMLSpace(rest[0]) && rest[0] != '-' {
		return notXML
	}
	switch {
	case strings.Contains(src, "www.w3.org/1999/xhtml"):
		return xmlXHTML
	case strings.Contains(src, "www.w3.org/2000/svg"):
		return xmlSVG
	}
	return xmlData
}

// contentType returns the Content-Type by which browsers read a page as it is read
// here, or "" if that is HTML.
func (m xmlMode) contentType() string {
	switch m {
	case xmlData:
		return "application/xml; charset=utf-8"
	case xmlSVG:
		return "image/svg+xml; charset=utf-8"
	}
	return ""
}

// isXML reports whether what is read follows the rules of XML.
func (c *context) isXML() bool {
	return (c.xml == xmlData || c.xml == xmlSVG) && c.block.kind == noBlock
}

// instruction reads a byte of a processing instruction or a document type of XML.
func (c *context) instruction(b byte) {
	switch c.state {
	case stateInstruction:
		if b == '?' {
			c.state = stateInstructionEnd
		}
	case stateInstructionEnd:
		switch b {
		case '>':
			c.state = stateText
		case '?':
		default:
			c.state = stateInstruction
		}
	case stateDoctype:
		switch b {
		case '>':
			c.state = stateText
		case '[':
			c.state = stateSubset
		}
	case stateSubset: // what it declares may hold "]" and ">" in quotes
		switch b {
		case ']':
			c.state = stateDoctype
		case '"':
			c.state = stateSubsetDouble
		case '\'':
			c.state = stateSubsetSingle
		}
	case stateSubsetDouble:
		if b == '"' {
			c.state = stateSubset
		}
	case stateSubsetSingle:
		if b == '\'' {
			c.state = stateSubset
		}
	}
}

// localName returns a name without its prefix.
func localName(name string) string {
	if i := strings.LastIndexByte(name, ':'); i >= 0 {
		return name[i+1:]
	}
	return name
}

// forXML mends what was appended from n on: XML 1.0 takes no control characters
// (section 2.2), and "]]>" ends a CDATA section.
func (p Place) forXML(dst []byte, n int) []byte {
	bad := func(c byte) bool {
		return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0xbe || c == 0xbf || c == ']' && p.flags&inSection != 0
	}
	if !slices.ContainsFunc(dst[n:], bad) {
		return dst
	}
	s := string(dst[n:])
	dst = dst[:n]
	for i := range len(s) {
		switch c := s[i]; {
		case !bad(c):
			dst = append(dst, c)
		case c == ']' && p.in == inRaw && (p.lang == langJS || p.lang == langJSON || p.lang == langJSString):
			dst = append(dst, `\u005d`...)
		case c == ']' && p.in == inRaw:
			dst = append(dst, "%5D"...) // in a URL; to a style it is an escape already
		case c == ']':
			dst = append(dst, "&#93;"...)
		case c < ' ':
			dst = append(dst, replacement...)
		case i >= 2 && s[i-2] == 0xef && s[i-1] == 0xbf: // U+FFFE, U+FFFF
			dst = append(dst, 0xbd)
		default:
			dst = append(dst, c)
		}
	}
	return dst
}
