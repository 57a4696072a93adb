package template

// style follows a style sheet or a list of declarations (CSS Syntax, section 4).
type style struct {
	state  styleState
	escape styleEscape
	window uint32 // the last four bytes, in lower case
	url    url
}

// styleEscape is how much of an escape was read (CSS Syntax, 4.3.7): from 1 on,
// the backslash and hexadecimal digits.
type styleEscape uint8

const (
	styleEscapeNot  styleEscape = 0
	styleEscapeNext styleEscape = 1 // behind the backslash
	styleEscapeFull styleEscape = 7 // behind six digits
	styleEscapeLF   styleEscape = 8 // behind CR, with which LF is one line break
)

type styleState uint8

const (
	styleCode styleState = iota
	styleSlash
	styleComment
	styleStar // behind a * in a comment
	styleDouble
	styleSingle
	styleURLOpen   // behind "url("
	styleURL       // an address without quotes
	styleURLDouble // an address in quotes
	styleURLSingle
	styleURLClosed // behind those quotes
	styleUnclear   // branches of the page have left it in different states
)

// read reads a byte of the style sheet.
func (s *style) read(b byte) {
	s.window = s.window<<8 | uint32(lower(b))
	if s.escaped(b) {
		return
	}
	switch s.state {
	case styleComment, styleStar:
		switch {
		case b == '*':
			s.state = styleStar
		case b == '/' && s.state == styleStar:
			s.state = styleCode
		default:
			s.state = styleComment
		}
		return
	case styleSlash:
		s.state = styleCode
		if b == '*' {
			s.state = styleComment
			return
		}
	}
	if b == '\\' {
		s.escape = styleEscapeNext
		return
	}
	switch s.state {
	case styleCode:
		s.code(b)
	case styleDouble:
		s.quoted(b, '"', styleCode)
	case styleSingle:
		s.quoted(b, '\'', styleCode)
	case styleURLDouble:
		s.quoted(b, '"', styleURLClosed)
		s.url.read(b)
	case styleURLSingle:
		s.quoted(b, '\'', styleURLClosed)
		s.url.read(b)
	case styleURLOpen:
		s.openURL(b)
	case styleURL, styleURLClosed:
		if b == ')' {
			s.state = styleCode
		}
		s.url.read(b)
	}
}

// escaped reads a byte behind a backslash and reports whether it belongs to the
// escape.
func (s *style) escaped(b byte) bool {
	e := s.escape
	s.escape = styleEscapeNot
	switch {
	case e == styleEscapeNot:
		return false
	case e == styleEscapeLF:
		return b == '\n'
	case isHex(b) && e < styleEscapeFull:
		s.escape = e + 1
	case b == '\r':
		s.escape = styleEscapeLF
	default:
		return e == styleEscapeNext || isHTMLSpace(b)
	}
	return true
}

// code reads a byte outside of strings, addresses and comments.
func (s *style) code(b byte) {
	const address = 0x75726c28 // "url("
	switch {
	case b == '/':
		s.state = styleSlash
	case b == '"':
		s.state = styleDouble
	case b == '\'':
		s.state = styleSingle
	case s.window == address:
		s.state, s.url = styleURLOpen, url{}
	}
}

// quoted reads a byte of a string in the quotes q, behind which it goes on in
// the state behind.
func (s *style) quoted(b, q byte, behind styleState) {
	switch b {
	case q:
		s.state = behind
	case '\n', '\r', '\f': // an error, which ends the string
		s.state = styleCode
	}
}

// openURL reads a byte behind "url(".
func (s *style) openURL(b byte) {
	switch {
	case isHTMLSpace(b):
	case b == '"':
		s.state = styleURLDouble
	case b == '\'':
		s.state = styleURLSingle
	case b == ')':
		s.state = styleCode
	default:
		s.state = styleURL
		s.url.read(b)
	}
}

// expression sets the language of an expression that stands here.
func (s *style) expression(p *Place) {
	s.window = 0
	if s.escape != styleEscapeNot && s.escape != styleEscapeLF {
		p.lang = langBackslash
		return
	}
	switch s.state {
	case styleComment, styleStar:
		p.lang = langNothing
	case styleDouble, styleSingle:
		p.lang = langCSSString
	case styleURLOpen, styleURL, styleURLDouble, styleURLSingle:
		if s.state == styleURLOpen {
			s.state = styleURL
		}
		lang, f := s.url.expression()
		p.lang = lang
		p.flags |= f | enclosed
	case styleUnclear:
		p.lang = langUnclear
	default:
		s.state = styleCode
		p.lang = langCSS
	}
}

// join makes s what is safe both for s and for t, between which branches of the
// page differ.
func (s *style) join(t style) {
	if s.state != t.state || s.escape != t.escape {
		s.state, s.escape = styleUnclear, styleEscapeNot
	}
	if s.window != t.window {
		s.window = 0
	}
	s.url.join(t.url)
}
