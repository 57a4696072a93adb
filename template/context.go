package template

import "strings"

// context follows the literal text of a page through the states of the HTML
// tokenizer (HTML standard, 13.2.5) and tells where an expression stands. It can be
// copied by assignment and compared by ==.
type context struct {
	state   htmlState
	name    name      // the tag or attribute name that is read, in lower case
	element element   // the element whose tag or special content is read
	endTag  bool      // the tag is an end tag
	slash   bool      // "/" was read last in the tag
	typed   bool      // the script element has a type: of several, the first counts
	foreign uint8     // how many svg and math elements are open
	mixed   bool      // elements of HTML may have been opened in those
	xml     xmlMode   // of the page
	block   block     // the HTML of its own in which all this stands
	special special   // content of a script, style or the like
	attr    attribute // the attribute that is read
	mime    name      // value of the type attribute of a script
	script  script
	style   style
	fault   fault // why the literal text cannot be followed
	doubt   fault // why no expression can follow: the literal text can be read in two ways
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
	stateNameEnd     // branches have left it in several of the above, all of which a space ends
	stateNoValue     // behind that and a space
	stateSpecial     // content that holds no tags
	stateSectionOpen // behind "<![" in svg, math or XML
	stateSection     // in a CDATA section of svg or math
	stateInstruction // in XML, behind "<?"
	stateInstructionEnd
	stateDoctype // in XML, behind "<!"
	stateSubset  // and behind "["
	stateSubsetDouble
	stateSubsetSingle
)

// fault says why literal text cannot be followed.
type fault uint8

const (
	faultNone fault = iota
	faultReference
	faultNameEnd
	faultForeign
	faultSelfClosed
	faultEndTag
	faultPrefix
)

func (f fault) String() string {
	switch f {
	case faultReference:
		return "here it is not clear what the character reference begun with & is; write &amp; for a plain &, and ; behind a reference"
	case faultNameEnd:
		return "a branch has printed a part of this tag, so white space or > must follow; write whole attributes, with a space before, in each branch"
	case faultForeign:
		return "inside <svg>, <math>, XHTML or XML, where an expression follows, the content of <script>, <style>, <title> and the like must not contain tags, or & before a name; move it out of there"
	case faultSelfClosed:
		return "inside XHTML, or HTML in <svg> or <math>, where an expression follows, write out the end tag of <script>, <style>, <title> and the like"
	case faultPrefix:
		return "where an expression follows, <script> and <style> must not have a prefix"
	case faultEndTag:
		return "an expression stands inside what may be the end tag of this element; write the end tag out"
	}
	return ""
}

// literal reads the next literal text of the page, as far as it can be followed,
// and returns how far that is. What stopped it is then in c.fault. Where it can be
// read in two ways it goes on with one of them, as long as no expression follows,
// and returns in doubt where that is.
func (c *context) literal(s string) (n, doubt int) {
	doubtful := c.doubts()
	for i := 0; i < len(s); i++ {
		if c.block.kind != noBlock {
			if c.inBlock(s[i]) && c.state == stateText {
				continue // "]]>"
			}
		} else if c.state == stateText {
			n := strings.IndexByte(s[i:], '<')
			if n < 0 {
				break
			}
			i += n
			c.state = stateTagOpen
			continue
		}
		for !c.step(s[i]) {
		}
		if c.fault != faultNone {
			return i + 1, doubt
		}
		if c.doubts() != doubtful {
			doubtful = !doubtful
			doubt = i
		}
	}
	return len(s), doubt
}

// doubts reports whether no expression can stand here.
func (c *context) doubts() bool {
	return c.doubt != faultNone || c.state == stateSpecial && c.special.doubt
}

// step reads one byte and reports whether it is done with it; otherwise the byte
// is to be read again in the state that is now set.
func (c *context) step(b byte) bool {
	switch c.state {
	case stateText:
		if b == '<' {
			c.state = stateTagOpen
		}
	case stateTagOpen:
		switch {
		case b == '!':
			c.state = stateMarkup
		case b == '/':
			c.state = stateEndTagOpen
		case b == '?' && c.isXML():
			c.state = stateInstruction
		case b == '?':
			c.state = stateBogus
		case isLetter(b), c.isXML() && !isHTMLSpace(b):
			c.openTag(false)
			return false
		default:
			c.state = stateText
			return false
		}
	case stateEndTagOpen:
		switch {
		case isLetter(b), c.isXML() && !isHTMLSpace(b) && b != '>':
			c.openTag(true)
			return false
		case b == '>':
			c.state = stateText
		default:
			c.state = stateBogus
		}
	case stateMarkup:
		switch {
		case b == '-':
			c.state = stateMarkupDash
		case b == '[' && c.inForeign(): // <![CDATA[ holds text there, but not in HTML
			c.state = stateSectionOpen
			c.name.reset()
		case c.isXML():
			c.state = stateDoctype
			return false
		default:
			c.state = stateBogus
			return false
		}
	case stateSectionOpen:
		const name = "CDATA["
		if b != name[c.name.len()] {
			c.state = stateBogus
			return false
		}
		if c.name.add(b); c.name.len() == len(name) {
			c.state, c.special = stateSection, special{}
			if c.isXML() {
				c.openBlock(blockCDATA)
			}
		}
	case stateSection:
		c.section(b)
	case stateInstruction, stateInstructionEnd, stateDoctype, stateSubset, stateSubsetDouble, stateSubsetSingle:
		c.instruction(b)
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
			c.endTagName()
			c.state = stateTag
			return false
		}
		c.name.add(lower(b))
	case stateSpecial:
		c.content(b)
	default:
		return c.inTag(b)
	}
	return true
}

// endTagName notes the end of the name of a tag.
func (c *context) endTagName() {
	name := c.name.String()
	if local := localName(name); c.xml != notXML && c.block.kind == noBlock && local != name {
		if c.xml != xmlData && (local == "script" || local == "style") && c.doubt == faultNone {
			c.doubt = faultPrefix
		}
		if c.isXML() {
			name = local
		}
	}
	c.element = knownElement(name)
}

func (c *context) openTag(end bool) {
	c.state, c.endTag, c.slash, c.typed = stateTagName, end, false, false
	c.name.reset()
	c.mime.reset()
}

// comment reads a byte of a comment.
func (c *context) comment(b byte) {
	switch s := c.state; {
	case c.isXML() && s != stateCommentDash && s != stateCommentEnd && b != '-', c.isXML() && b == '!':
		c.state = stateComment
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
