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
	special special   // content of a script, style or the like
	attr    attribute // the attribute that is read
	mime    name      // value of the type attribute of a script
	script  script
	style   style
	fault   fault // why the literal text cannot be followed
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
	stateNameEnd // branches have left it in several of the above, all of which a space ends
	stateNoValue // behind that and a space
	stateSpecial // content that holds no tags
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
)

func (f fault) String() string {
	switch f {
	case faultReference:
		return "here it is not clear what the character reference begun with & is; write &amp; for a plain &, and ; behind a reference"
	case faultNameEnd:
		return "a branch has printed a part of this tag, so white space or > must follow; write whole attributes, with a space before, in each branch"
	case faultForeign:
		return "inside <svg> or <math>, the content of <script>, <style>, <title> and the like must not contain <, or & before a name; move it out of there"
	case faultSelfClosed:
		return "inside <svg> or <math>, write out the end tag of <script>, <style>, <title> and the like"
	case faultEndTag:
		return "an expression stands inside what may be the end tag of this element; write the end tag out"
	}
	return ""
}

// literal reads the next literal text of the page, as far as it can be followed,
// and returns how far that is. What stopped it is then in c.fault.
func (c *context) literal(s string) int {
	for i := 0; i < len(s); {
		if c.fault != faultNone {
			return i
		}
		if c.state == stateText {
			n := strings.IndexByte(s[i:], '<')
			if n < 0 {
				break
			}
			i += n + 1
			c.state = stateTagOpen
			continue
		}
		if c.step(s[i]) {
			i++
		}
	}
	return len(s)
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
		if b == '[' && c.foreign > 0 {
			c.fault = faultForeign // <![CDATA[ holds text there, but not in HTML
		}
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
			c.element = knownElement(c.name.String())
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

func (c *context) openTag(end bool) {
	c.state, c.endTag, c.slash, c.typed = stateTagName, end, false, false
	c.name.reset()
	c.mime.reset()
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
