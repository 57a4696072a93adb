package links

import "bytes"

// state is where in the text of a page the scanner is. The names are those of
// HTML §13.2.5, where a section is named the states follow it one by one.
type state uint8

const (
	text    state = iota // §13.2.5.1
	passing              // nothing is looked at any more

	tagOpen           // behind "<", §13.2.5.6
	endTagOpen        // behind "</", §13.2.5.7
	tagName           // §13.2.5.8
	beforeAttrName    // §13.2.5.32
	attrName          // §13.2.5.33
	afterAttrName     // §13.2.5.34
	beforeValue       // §13.2.5.35
	valueDoubleQuoted // §13.2.5.36
	valueSingleQuoted // §13.2.5.37
	valueUnquoted     // §13.2.5.38
	afterValue        // §13.2.5.39
	selfClosingStart  // §13.2.5.40

	declaration     // behind "<!", §13.2.5.42
	declarationDash // behind "<!-"
	cdataOpen       // within "<![CDATA["
	cdata           // §13.2.5.69
	bogusComment    // to the next ">"; a doctype ends there, too. §13.2.5.41, .53
	comment         // §13.2.5.43 to .52
	commentBang     // behind "--!"

	raw               // RCDATA and RAWTEXT, §13.2.5.2, .3
	rawLess           // behind "<"
	rawEnd            // behind "</", also in scripts
	script            // §13.2.5.4
	scriptLess        // behind "<"
	scriptBang        // behind "<!"
	escaped           // behind "<!--", §13.2.5.20 to .22
	escapedLess       // behind "<"
	nesting           // in the name behind that, §13.2.5.26
	doubleEscaped     // behind "<!-- <script", §13.2.5.27 to .29
	doubleEscapedLess // behind "<"
	unnesting         // in the name behind "</", §13.2.5.31
)

// event is what a byte brings about.
type event uint8

const (
	nothing   event = iota
	tagEnds         // a tag has ended with this byte
	textAgain       // the byte is to be taken as one of text
)

// word is a name in lower case. Of a long one only the beginning is kept, which
// is no name that matters. Equal words are equal by "==".
type word struct {
	b [20]byte
	n int
}

func (w *word) add(c byte) {
	if w.n < len(w.b) {
		w.b[w.n] = lower(c)
	}
	if w.n <= len(w.b) {
		w.n++
	}
}

// is reports whether the name is s.
func (w *word) is(s string) bool { return w.n == len(s) && string(w.b[:w.n]) == s }

// attrKind is one of the attributes that matter.
type attrKind uint8

const (
	href attrKind = iota
	xlinkHref
	action
	formaction
	method
	ping
	referrerPolicy
	metaName
	metaContent
	fontBreak // makes font an element of HTML within SVG
	attrKinds // how many there are
)

// attrKindOf returns the kind of the attribute called name, attrKinds for others.
func attrKindOf(name *word) attrKind {
	switch {
	case name.is("href"):
		return href
	case name.is("xlink:href"):
		return xlinkHref
	case name.is("action"):
		return action
	case name.is("formaction"):
		return formaction
	case name.is("method"):
		return method
	case name.is("ping"):
		return ping
	case name.is("referrerpolicy"):
		return referrerPolicy
	case name.is("name"):
		return metaName
	case name.is("content"):
		return metaContent
	case name.is("color"), name.is("face"), name.is("size"):
		return fontBreak
	}
	return attrKinds
}

// span is the place of an attribute in its tag.
type span struct {
	seen       bool
	equals     bool // there is a "="
	nameEnd    int
	start, end int // of the value, without quotes; start is also where it would be
}

// scanner finds out where the tags, comments and texts of a page begin and end. It
// goes on where it was when the next piece of the page comes.
type scanner struct {
	state   state
	holding bool // the bytes from start on are those of a start tag that may be changed
	start   int  // where in the current piece the tag begins, or what is there of it
	offset  int  // of the current byte from the beginning of the tag

	name        word // of the tag
	closing     bool // it is an end tag
	selfClosing bool // it ends in "/>"
	attr        word
	kind        attrKind // of attr
	attrs       [attrKinds]span

	dashes int  // at the end of what there is of a comment, at most 2
	fresh  bool // nothing but dashes is in the comment
	match  int  // how much of a word has been matched

	raw      word  // the element whose content is text
	rawDoubt bool  // or markup, see context.open
	back     state // to where rawEnd goes when it is no end tag
}

// skip returns the index of the first byte at or behind i that means something.
func (s *scanner) skip(src []byte, i int) int {
	var c byte
	switch s.state {
	case text, raw, script:
		c = '<'
	case bogusComment:
		c = '>'
	case valueDoubleQuoted:
		c = '"'
	case valueSingleQuoted:
		c = '\''
	case comment:
		if s.dashes > 0 || s.fresh {
			return i
		}
		c = '-'
	default:
		return i
	}
	if n := bytes.IndexByte(src[i:], c); n >= 0 {
		return i + n
	}
	return len(src)
}

// atEndTag reports whether the scanner is behind the name of that end tag.
func (s *scanner) atEndTag(name string) bool {
	return s.state == tagName && s.closing && s.name.is(name)
}

// step takes the next byte of the page, in every state but text and passing.
func (s *scanner) step(c byte, ctx *context) event {
	switch {
	case s.state <= selfClosingStart:
		return s.stepTag(c)
	case s.state <= commentBang:
		s.stepComment(c, ctx)
	default:
		return s.stepRaw(c)
	}
	return nothing
}

func (s *scanner) beginTag(closing bool) {
	s.state = tagName
	s.name = word{}
	s.closing, s.selfClosing = closing, false
	s.attrs = [attrKinds]span{}
}

// stepTag is step in a tag.
func (s *scanner) stepTag(c byte) event {
again:
	switch s.state {
	case tagOpen:
		switch {
		case isLetter(c):
			s.beginTag(false)
			goto again
		case c == '/':
			s.state = endTagOpen
		case c == '!':
			s.state = declaration
		case c == '?':
			s.state = bogusComment
		default:
			s.state, s.holding = text, false
			return textAgain
		}
		s.holding = false
	case endTagOpen:
		switch {
		case isLetter(c):
			s.beginTag(true)
			goto again
		case c == '>':
			s.state = text
		default:
			s.state = bogusComment
		}
	case tagName:
		if !isSpace(c) && c != '/' && c != '>' {
			s.name.add(c)
			break
		}
		s.holding = s.holding && matters(&s.name)
		s.state = beforeAttrName
		goto again
	case beforeAttrName:
		switch {
		case isSpace(c):
		case c == '/':
			s.state = selfClosingStart
		case c == '>':
			return tagEnds
		default: // also "="
			s.state = attrName
			s.attr = word{}
			s.attr.add(c)
		}
	case attrName:
		if !isSpace(c) && c != '/' && c != '>' && c != '=' {
			s.attr.add(c)
			break
		}
		// Of attributes of one name the first counts.
		if s.kind = attrKindOf(&s.attr); s.kind != attrKinds && s.attrs[s.kind].seen {
			s.kind = attrKinds
		}
		if s.kind != attrKinds {
			s.attrs[s.kind] = span{seen: true, nameEnd: s.offset}
		}
		s.state = afterAttrName
		goto again
	case afterAttrName:
		switch {
		case isSpace(c):
		case c == '=':
			s.state = beforeValue
		default:
			s.state = beforeAttrName
			goto again
		}
	case beforeValue:
		switch {
		case isSpace(c):
		case c == '"':
			s.state = valueDoubleQuoted
			s.valueStarts(s.offset + 1)
		case c == '\'':
			s.state = valueSingleQuoted
			s.valueStarts(s.offset + 1)
		default:
			s.valueStarts(s.offset)
			if c == '>' {
				return tagEnds
			}
			s.state = valueUnquoted
		}
	case valueDoubleQuoted, valueSingleQuoted:
		if c == '"' && s.state == valueDoubleQuoted || c == '\'' && s.state == valueSingleQuoted {
			s.valueEnds()
			s.state = afterValue
		}
	case valueUnquoted:
		if isSpace(c) || c == '>' {
			s.valueEnds()
			s.state = beforeAttrName
			goto again
		}
	case afterValue:
		s.state = beforeAttrName
		goto again
	case selfClosingStart:
		if c == '>' {
			s.selfClosing = true
			return tagEnds
		}
		s.state = beforeAttrName
		goto again
	}
	return nothing
}

func (s *scanner) valueStarts(at int) {
	if s.kind != attrKinds {
		a := &s.attrs[s.kind]
		a.equals, a.start, a.end = true, at, at
	}
}

func (s *scanner) valueEnds() {
	if s.kind != attrKinds {
		s.attrs[s.kind].end = s.offset
	}
}

// stepComment is step in what begins with "<!".
func (s *scanner) stepComment(c byte, ctx *context) {
again:
	switch s.state {
	case declaration:
		switch {
		case c == '-':
			s.state = declarationDash
		case c == '[' && (ctx.allowsCDATA() || ctx.doubt):
			s.state, s.match = cdataOpen, 1
		default:
			s.state = bogusComment
			goto again
		}
	case declarationDash:
		if c != '-' {
			s.state = bogusComment
			goto again
		}
		s.state, s.dashes, s.fresh = comment, 0, true
	case bogusComment:
		if c == '>' {
			s.state = text
		}
	case cdataOpen:
		const word = "[CDATA["
		if c != word[s.match] {
			s.state = bogusComment
			goto again
		}
		if s.match++; s.match < len(word) {
			break
		}
		if s.state, s.dashes = cdata, 0; ctx.doubt {
			s.state = passing
		}
	case cdata:
		switch {
		case c == ']':
			s.dashes = min(s.dashes+1, 2)
		case c == '>' && s.dashes == 2:
			s.state = text
		default:
			s.dashes = 0
		}
	case comment:
		switch {
		case c == '-':
			s.dashes = min(s.dashes+1, 2)
			return
		case c == '>' && (s.dashes == 2 || s.fresh): // "<!-->" and "<!--->" are comments
			s.state = text
		case c == '!' && s.dashes == 2:
			s.state = commentBang
		}
		s.dashes, s.fresh = 0, false
	case commentBang:
		switch c {
		case '>':
			s.state = text
			return
		case '-':
			s.dashes = 1
		}
		s.state = comment
	}
}
