package template

import "strings"

// attribute is the attribute of a tag that is read.
type attribute struct {
	kind    attrKind
	in      delimiter
	fresh   bool // nothing of the value was read
	dynamic bool // an expression prints the name or a part of it
	partial bool // the name begins with data- or aria- before that expression
	glued   bool // the name is one that only the running page knows
	ref     []byte
	url     url
	srcdoc  srcdoc
	refresh refresh
}

// attrKind is the kind of language that an attribute value is written in.
type attrKind uint8

const (
	attrText attrKind = iota
	attrURL
	attrURLList
	attrScript
	attrScriptURL // behind "javascript:" in an attrURL
	attrStyle
	attrSrcdoc
	attrRefresh // the content of a meta element
	attrType    // the type of a script element
	attrUnknown
)

// attributeKind returns the kind of the values of an attribute of an element.
// With element "" it takes the most dangerous element that has the attribute.
func attributeKind(element, name string) attrKind {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "on") {
		return attrScript
	}
	if prefix, local, found := strings.Cut(name, ":"); found && prefix != "xmlns" {
		name = local // xlink:href, xml:base
	}
	switch name {
	case "href", "src", "action", "formaction", "poster", "cite", "data", "background", "manifest",
		"ping", "longdesc", "usemap", "profile", "classid", "codebase", "archive", "icon", "base",
		"dynsrc", "lowsrc":
		return attrURL
	case "srcset", "imagesrcset":
		return attrURLList
	case "style":
		return attrStyle
	case "srcdoc":
		return attrSrcdoc
	case "content":
		if element == "meta" {
			return attrRefresh
		}
	case "type":
		if element == "script" {
			return attrType
		}
	}
	return attrText
}

// url follows the beginning of a URL.
type url struct {
	state  urlState
	quoted bool // quotes may stand before it
	scheme []byte
}

type urlState uint8

const (
	urlStart   urlState = iota
	urlScheme           // what may be a scheme, or else the first segment of a path
	urlRoot             // behind the "/" at the start
	urlPath             // anything up to "?" or "#"
	urlQuery            // behind that
	urlPrinted          // as urlScheme, but an expression has printed a part of it
	urlRefused          // behind a scheme with which nothing can be escaped
	urlUnknown          // behind a scheme that an expression has printed
)

// read reads a byte of a URL and reports whether a script begins behind it.
func (u *url) read(b byte) (script bool) {
	if b == '\t' || b == '\n' || b == '\r' {
		return false // browsers remove them wherever they stand
	}
	switch u.state {
	case urlStart, urlScheme, urlPrinted:
		switch {
		case b == '?' || b == '#':
			u.state = urlQuery
		case b == ':':
			return u.endScheme()
		case b == '/' && u.state == urlStart:
			u.state = urlRoot
		case b == '/':
			u.state = urlPath
		case u.state == urlStart && (b <= ' ' || u.quoted && (b == '"' || b == '\'')):
		case u.state != urlPrinted:
			u.state = urlScheme
			if len(u.scheme) < maxName {
				u.scheme = append(u.scheme, lower(b))
			}
		}
	case urlRoot, urlPath:
		u.state = urlPath
		if b == '?' || b == '#' {
			u.state = urlQuery
		}
	}
	return false
}

// endScheme reads the ":" behind a scheme.
func (u *url) endScheme() (script bool) {
	if u.state == urlPrinted {
		u.state = urlUnknown
		return false
	}
	u.state = urlPath
	switch string(u.scheme) {
	case "javascript":
		return true
	case "vbscript":
		u.state = urlRefused
	}
	return false
}

// expression returns the language of an expression that stands here.
func (u *url) expression() lang {
	switch u.state {
	case urlStart:
		u.state = urlPrinted
		return langURL
	case urlScheme, urlPrinted:
		u.state = urlPrinted
		return langURLTail
	case urlRoot:
		u.state = urlPath
		return langURLRoot
	case urlQuery:
		return langURLQuery
	case urlRefused:
		return langScriptURL
	case urlUnknown:
		return langScheme
	}
	return langURLPath
}

// srcdoc follows the HTML in a srcdoc attribute, as far as to tell text from
// the rest.
type srcdoc struct {
	tag    bool
	opaque bool   // a script or style has begun
	window uint64 // the last bytes, in lower case
}

func (s *srcdoc) read(b byte) {
	s.window = s.window<<8 | uint64(lower(b))
	switch b {
	case '<':
		s.tag = true
	case '>':
		s.tag = false
	}
	const script, style = 0x3c736372697074, 0x3c7374796c65 // "<script", "<style"
	if s.window&(1<<56-1) == script || s.window&(1<<48-1) == style {
		s.opaque = true
	}
}

func (s *srcdoc) expression() lang {
	if s.tag || s.opaque {
		return langInnerTag
	}
	s.window = 0
	return langSrcdoc
}

// refresh is the last bytes of the content of a meta element, in lower case.
type refresh uint32

// read reads a byte and reports whether a URL begins behind it.
func (r *refresh) read(b byte) bool {
	if b <= ' ' {
		return false
	}
	*r = *r<<8 | refresh(lower(b))
	return *r == 0x75726c3d // "url="
}
