package template

import (
	"html"
	"strings"
	"unicode/utf8"
)

// context follows the literal text of a page through the states of the HTML
// tokenizer (HTML standard, 13.2.5) and tells where an expression stands. Text
// is taken in page order; conditions and loops are not followed, so a page should
// open and close a tag, an attribute or a script on the same branch.
type context struct {
	state   htmlState
	name    []byte    // the tag or attribute name that is read, in lower case
	element string    // the element whose tag or special content is read
	endTag  bool      // the tag is an end tag
	special special   // content of a script, style or the like
	attr    attribute // the attribute that is read
	mime    []byte    // value of the type attribute of a script
	script  script
	style   style
}

// htmlState is a state of the HTML tokenizer.
type htmlState uint8

const (
	stateText htmlState = iota
	stateTagOpen
	stateEndTagOpen
	stateMarkup // behind "<!"
	stateMarkupDash
	stateComment
	stateCommentStart     // behind "<!--"
	stateCommentStartDash // behind "<!---"
	stateCommentDash      // behind "-"
	stateCommentEnd       // behind "--"
	stateCommentBang      // behind "--!"
	stateBogus            // markup up to the next ">"
	stateTagName
	stateTag // between the attributes of a tag
	stateAttrName
	stateAfterName
	stateBeforeValue
	stateValue
	stateSpecial // content that holds no tags
)

// maxName is the length up to which names are read; no longer one means anything.
const maxName = 32

// literal reads the next literal text of the page.
func (c *context) literal(s string) {
	for i := 0; i < len(s); {
		if c.state == stateText {
			n := strings.IndexByte(s[i:], '<')
			if n < 0 {
				return
			}
			i += n + 1
			c.state = stateTagOpen
			continue
		}
		if c.step(s[i]) {
			i++
		}
	}
}

// step reads one byte and reports whether it is done with it; otherwise the byte
// is to be read again in the state that is now set.
func (c *context) step(b byte) bool {
	switch c.state {
	case stateTagOpen:
		switch {
		case b == '!':
			c.state = stateMarkup
		case b == '/':
			c.state = stateEndTagOpen
		case b == '?':
			c.state = stateBogus
		case isLetter(b):
			c.openTag(false)
			return false
		default:
			c.state = stateText
			return false
		}
	case stateEndTagOpen:
		switch {
		case isLetter(b):
			c.openTag(true)
			return false
		case b == '>':
			c.state = stateText
		default:
			c.state = stateBogus
		}
	case stateMarkup:
		if b != '-' {
			c.state = stateBogus
			return false
		}
		c.state = stateMarkupDash
	case stateMarkupDash:
		if b != '-' {
			c.state = stateBogus
			return false
		}
		c.state = stateCommentStart
	case stateComment, stateCommentStart, stateCommentStartDash, stateCommentDash, stateCommentEnd, stateCommentBang:
		c.comment(b)
	case stateBogus:
		if b == '>' {
			c.state = stateText
		}
	case stateTagName:
		if isHTMLSpace(b) || b == '/' || b == '>' {
			c.element = knownElement(c.name)
			c.state = stateTag
			return false
		}
		c.extendName(b)
	case stateSpecial:
		c.content(b)
	default:
		return c.inTag(b)
	}
	return true
}

func (c *context) openTag(end bool) {
	c.state, c.endTag = stateTagName, end
	c.name, c.mime = c.name[:0], c.mime[:0]
}

func (c *context) extendName(b byte) {
	if len(c.name) < maxName {
		c.name = append(c.name, lower(b))
	}
}

// comment reads a byte of a comment.
func (c *context) comment(b byte) {
	switch s := c.state; {
	case b == '>' && s != stateComment && s != stateCommentDash:
		c.state = stateText
	case b == '-' && s == stateCommentStart:
		c.state = stateCommentStartDash
	case b == '-' && (s == stateComment || s == stateCommentBang):
		c.state = stateCommentDash
	case b == '-':
		c.state = stateCommentEnd
	case b == '!' && s == stateCommentEnd:
		c.state = stateCommentBang
	default:
		c.state = stateComment
	}
}

// knownElement returns the name of an element that this package treats in a way
// of its own, or "".
func knownElement(name []byte) string {
	switch string(name) {
	case "iframe":
		return "iframe"
	case "meta":
		return "meta"
	case "noembed":
		return "noembed"
	case "noframes":
		return "noframes"
	case "plaintext":
		return "plaintext"
	case "script":
		return "script"
	case "style":
		return "style"
	case "textarea":
		return "textarea"
	case "title":
		return "title"
	case "xmp":
		return "xmp"
	}
	return ""
}

// inTag reads a byte of a tag behind its name.
func (c *context) inTag(b byte) bool {
	switch c.state {
	case stateTag, stateAfterName:
		switch {
		case isHTMLSpace(b):
		case b == '/':
			c.state = stateTag
		case b == '>':
			c.closeTag()
		case b == '=' && c.state == stateAfterName:
			c.state = stateBeforeValue
		default:
			c.state, c.name = stateAttrName, c.name[:0]
			c.attr = attribute{}
			c.extendName(b)
		}
	case stateAttrName:
		switch {
		case isHTMLSpace(b):
			c.state = stateAfterName
		case b == '=':
			c.state = stateBeforeValue
		case b == '/', b == '>':
			c.state = stateTag
			return false
		default:
			c.extendName(b)
			c.attr.glued = c.attr.dynamic && !c.attr.partial
		}
	case stateBeforeValue:
		switch {
		case isHTMLSpace(b):
		case b == '"':
			c.openValue(inDouble)
		case b == '\'':
			c.openValue(inSingle)
		case b == '>':
			c.closeTag()
		default:
			c.openValue(inBare)
			return false
		}
	case stateValue:
		return c.value(b)
	}
	return true
}

// openValue begins the value of the attribute whose name was read.
func (c *context) openValue(in delimiter) {
	c.state = stateValue
	a := &c.attr
	a.in, a.fresh = in, true
	switch {
	case a.glued:
		a.kind = attrUnknown
	case !a.dynamic: // a name that is printed was found harmless when it was
		a.kind = attributeKind(c.element, string(c.name))
	}
	switch a.kind {
	case attrScript:
		c.script = script{}
	case attrStyle:
		c.style = style{}
	case attrType:
		c.mime = c.mime[:0]
	}
}

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
		a.ref = append(a.ref, b)
	case len(a.ref) == 0:
		c.decoded(b)
	case b == ';':
		a.ref = append(a.ref, b)
		c.endReference(0)
	case (isLetter(b) || isDigit(b) || b == '#') && len(a.ref) < maxName:
		a.ref = append(a.ref, b)
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
	if len(c.attr.ref) == 0 {
		return
	}
	raw := string(c.attr.ref)
	c.attr.ref = c.attr.ref[:0]
	s := html.UnescapeString(raw)
	if !strings.HasSuffix(raw, ";") && !strings.HasPrefix(raw, "&#") && (next == '=' || utf8.RuneCountInString(s) > 1) {
		s = raw
	}
	for i := range len(s) {
		c.decoded(s[i])
	}
}

// decoded reads a byte of an attribute value as the language of the value has it.
func (c *context) decoded(b byte) {
	a := &c.attr
	switch a.kind {
	case attrURL:
		if a.url.read(b) {
			a.kind, c.script = attrScriptURL, script{}
		}
	case attrScriptURL, attrScript:
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
		if len(c.mime) < 2*maxName {
			c.mime = append(c.mime, lower(b))
		}
	}
}

// closeTag reads the ">" of a tag.
func (c *context) closeTag() {
	c.state = stateText
	if c.endTag {
		return
	}
	if c.element == "" || c.element == "meta" {
		return
	}
	c.state = stateSpecial
	c.special = special{}
	switch c.element {
	case "script":
		c.special.lang = scriptLang(string(c.mime))
		c.script = script{}
	case "style":
		c.special.lang = langCSS
		c.style = style{}
	}
}

// scriptLang returns what a script element of a type holds. Types that no
// browser runs hold text for the page's own scripts, mostly HTML.
func scriptLang(mime string) lang {
	switch {
	case strings.Contains(mime, "json"), mime == "importmap", mime == "speculationrules":
		return langJSON
	case strings.TrimSpace(mime) == "",
		strings.Contains(mime, "script"), strings.Contains(mime, "module"), strings.Contains(mime, "jsx"), strings.Contains(mime, "babel"):
		return langJS
	}
	return langHTML
}

// isHTMLSpace reports whether b is white space in HTML.
func isHTMLSpace(b byte) bool {
	return b == ' ' || b == '\n' || b == '\t' || b == '\r' || b == '\f'
}

func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		b += 'a' - 'A'
	}
	return b
}
