package template

// special follows the content of an element in which there are no tags, up to
// its end tag.
type special struct {
	lang   lang   // what it holds
	match  int    // how much of the end tag was read
	hiding hiding // of a script
	window uint64 // the last eight bytes of a script, in lower case
}

// hiding is how far the content of a script hides "</script>" (HTML standard,
// 13.2.5.20 to 13.2.5.31).
type hiding uint8

const (
	hidesNothing hiding = iota
	hidesComment        // behind "<!--"
	hidesScript         // behind "<!-- <script": the next end tag belongs to that
)

// content reads a byte of special content.
func (c *context) content(b byte) {
	sp := &c.special
	if c.element == "plaintext" {
		return
	}
	if c.element == "script" {
		c.hide(b)
	}
	switch n := sp.match; {
	case n == len("</")+len(c.element):
		sp.match = 0
		if b == '<' {
			sp.match = 1
		}
		if sp.hiding != hidesScript && (isHTMLSpace(b) || b == '/' || b == '>') {
			c.state, c.endTag, c.name = stateTag, true, c.name[:0]
			c.step(b)
			return
		}
	case n == 0 && b == '<', n == 1 && b == '/', n >= 2 && lower(b) == c.element[n-2]:
		sp.match++
	case b == '<':
		sp.match = 1
	default:
		sp.match = 0
	}
	switch sp.lang {
	case langJS, langJSON:
		c.script.read(b)
	case langCSS:
		c.style.read(b)
	}
}

// hide follows what in a script hides its end tag.
func (c *context) hide(b byte) {
	const (
		opening = 0x3c736372697074   // "<script"
		closing = 0x3c2f736372697074 // "</script"
		comment = 0x3c212d2d         // "<!--"
		over    = 0x2d2d3e           // "-->"
	)
	sp := &c.special
	if isHTMLSpace(b) || b == '/' || b == '>' {
		switch {
		case sp.hiding == hidesComment && sp.window&(1<<56-1) == opening:
			sp.hiding = hidesScript
		case sp.hiding == hidesScript && sp.window == closing:
			sp.hiding = hidesComment
			sp.match = 0
		}
	}
	sp.window = sp.window<<8 | uint64(lower(b))
	switch {
	case sp.hiding == hidesNothing && sp.window&(1<<32-1) == comment:
		sp.hiding = hidesComment
	case sp.window&(1<<24-1) == over:
		sp.hiding = hidesNothing
	}
}

// script follows JavaScript, as far as to tell in which kind of literal or
// comment an expression stands.
type script struct {
	state   scriptState
	escaped bool   // behind a backslash
	class   bool   // in the [ ] of a regular expression
	braces  []int  // open braces in each ${ } that is open
	word    []byte // the name or number that was read last
	last    byte   // the byte before, white space and comments left out, 0 at the start
	twice   bool   // last was read twice in a row, as in ++
	window  uint32 // the last four bytes
}

type scriptState uint8

const (
	scriptCode scriptState = iota
	scriptSlash
	scriptDouble
	scriptSingle
	scriptTemplate
	scriptDollar // behind a $ in a template
	scriptPattern
	scriptLine
	scriptBlock
	scriptStar // behind a * in a block comment
)

// read reads a byte of the script.
func (s *script) read(b byte) {
	s.window = s.window<<8 | uint32(b)
	if s.escaped {
		s.escaped = false
		return
	}
	switch s.state {
	case scriptCode:
		s.code(b)
	case scriptSlash:
		s.slash(b)
	case scriptDouble, scriptSingle:
		switch {
		case b == '\\':
			s.escaped = true
		case b == '\n', b == '\r', b == '"' && s.state == scriptDouble, b == '\'' && s.state == scriptSingle:
			s.value()
		}
	case scriptTemplate, scriptDollar:
		s.template(b)
	case scriptPattern:
		switch {
		case b == '\\':
			s.escaped = true
		case b == '[':
			s.class = true
		case b == ']':
			s.class = false
		case b == '/' && !s.class, b == '\n', b == '\r':
			s.value()
		}
	case scriptLine:
		if b == '\n' || b == '\r' {
			s.state = scriptCode
		}
	case scriptBlock, scriptStar:
		switch {
		case b == '*':
			s.state = scriptStar
		case b == '/' && s.state == scriptStar:
			s.state = scriptCode
		default:
			s.state = scriptBlock
		}
	}
}

// value goes on in code behind something that is a value.
func (s *script) value() {
	s.state, s.class = scriptCode, false
	s.word = s.word[:0]
	s.last, s.twice = ')', false
}

// code reads a byte outside of any literal or comment.
func (s *script) code(b byte) {
	const comment = 0x3c212d2d // "<!--"
	if s.window == comment {
		s.state = scriptLine
		return
	}
	switch b {
	case ' ', '\t', '\n', '\r', '\v', '\f':
		return
	case '/':
		s.state = scriptSlash
		return
	case '"':
		s.state = scriptDouble
		return
	case '\'':
		s.state = scriptSingle
		return
	case '`':
		s.state = scriptTemplate
		return
	case '{':
		if n := len(s.braces); n > 0 {
			s.braces[n-1]++
		}
	case '}':
		if n := len(s.braces); n > 0 {
			if s.braces[n-1] == 0 {
				s.braces = s.braces[:n-1]
				s.state = scriptTemplate
				return
			}
			s.braces[n-1]--
		}
	}
	if isWordByte(b) {
		if !isWordByte(byte(s.window >> 8)) {
			s.word = s.word[:0]
		}
		if len(s.word) < maxName {
			s.word = append(s.word, b)
		}
	}
	s.twice = s.last == b && byte(s.window>>8) == b
	s.last = b
}

// slash reads the byte behind a "/".
func (s *script) slash(b byte) {
	switch {
	case b == '/':
		s.state = scriptLine
	case b == '*':
		s.state = scriptBlock
	default:
		s.endSlash()
		s.window = uint32('/')<<8 | uint32(b)
		if s.state == scriptCode {
			s.code(b)
		} else {
			s.read(b)
		}
	}
}

// endSlash decides whether the "/" just read divides or begins a regular
// expression, which depends on whether a value stands before it.
func (s *script) endSlash() {
	if s.expectsValue() {
		s.state, s.class = scriptPattern, false
		return
	}
	s.state, s.last, s.twice = scriptCode, '/', false
}

// expectsValue reports whether a value can follow what was read, rather than an
// operator. A ")" or "}" is taken for the end of a value and of a block.
func (s *script) expectsValue() bool {
	switch {
	case isWordByte(s.last):
		switch string(s.word) {
		case "return", "typeof", "case", "in", "of", "delete", "void", "do", "else", "instanceof", "new", "throw", "yield", "await":
			return true
		}
		return false
	case s.last == ')' || s.last == ']':
		return false
	case s.last == '+' || s.last == '-':
		return !s.twice
	}
	return true
}

// template reads a byte of a template literal.
func (s *script) template(b byte) {
	switch {
	case b == '\\':
		s.escaped = true
	case b == '`':
		s.value()
		return
	case b == '$':
		s.state = scriptDollar
		return
	case b == '{' && s.state == scriptDollar:
		s.braces = append(s.braces, 0)
		s.state, s.last, s.word = scriptCode, 0, s.word[:0]
		return
	}
	s.state = scriptTemplate
}

// expression sets the language of an expression that stands here.
func (s *script) expression(p *Place) {
	if s.state == scriptSlash {
		s.endSlash()
	}
	s.window = 0
	if s.escaped {
		p.lang = langBackslash
		return
	}
	switch s.state {
	case scriptCode:
		s.value()
		p.lang = langJS
	case scriptDouble, scriptSingle:
		p.lang = langJSString
	case scriptTemplate, scriptDollar:
		s.state = scriptTemplate
		p.lang = langJSString
		p.flags |= inBackquote
	case scriptPattern:
		p.lang = langJSPattern
	default:
		p.lang = langNothing
	}
}

// isWordByte reports whether b is a part of a name or number in JavaScript.
func isWordByte(b byte) bool { return isNameStart(b) || isDigit(b) || b == '$' || b >= 0x80 }
