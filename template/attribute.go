package template

import "strings"

// attribute is the attribute of a tag that is read.
type attribute struct {
	kind    attrKind
	in      delimiter
	fresh   bool  // nothing of the value was read
	dynamic bool  // an expression prints the name or a part of it
	partial bool  // the name begins with data- or aria- before that expression
	glued   bool  // the name is one that only the running page knows
	unclear bool  // branches of the page have given it different names
	ref     name  // the character reference that is read, from its "&"
	decoded uint8 // how many bytes of ref count as text already, because something that may be empty follows them
	percent name  // the percent-encoded byte that is read in a javascript: URL
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
	attrRefresh  // the content of a meta element
	attrType     // the type of a script element
	attrAnimated // a value of an SVG animation, which may be a URL
	attrAnimatedTail
	attrUnknown
	attrUnclear // branches of the page have left it in different languages
)

// attributeKind returns the kind of the values of an attribute of an element.
// With elementAny it takes the most dangerous element that has the attribute.
func attributeKind(e element, name string) attrKind {
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
		if e == elementMeta || e == elementAny {
			return attrRefresh
		}
	case "type":
		if e == elementScript || e == elementAny {
			return attrType
		}
	case "values", "to", "from", "by":
		if e == elementAnimation || e == elementAny {
			return attrAnimated
		}
	}
	return attrText
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

// join makes a what is safe both for a and for b, which are values in the same
// delimiter.
func (a *attribute) join(b attribute) {
	a.unclear = a.unclear || b.unclear
	a.url.join(b.url)
	a.srcdoc.join(b.srcdoc)
	if a.kind != b.kind || a.refresh != b.refresh || a.percent != b.percent || !a.joinReference(b) {
		a.kind = attrUnclear
	}
}

// joinReference joins the character references that are open.
func (a *attribute) joinReference(b attribute) bool {
	switch {
	case a.ref == b.ref:
	case b.ref.len() == 0:
	case a.ref.len() == 0:
		a.ref = b.ref
	default:
		return false
	}
	if a.ref.len() > 0 {
		a.decoded = a.ref.n
	}
	return true
}
