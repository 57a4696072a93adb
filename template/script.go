package template

// script follows JavaScript, as far as to tell in which kind of literal or
// comment an expression stands.
type script struct {
	state    scriptState
	module   module
	escaped  escaped
	class    bool     // in the [ ] of a regular expression
	brackets brackets // that are open
	word     name     // the name or number that was read last
	dotted   bool     // it is a name behind "." or "#", so it is no keyword
	last     byte     // the byte before, white space and comments left out, 0 at the start
	twice    bool     // last was read twice in a row, as in ++
	unclear  bool     // since a "/" on this line that may divide or begin a regular expression
	lost     bool     // and it was not found out which
	begun    bool     // code of this line was read
	arrow    uint8    // how much of "-->" was read at the start of a line
	window   uint32   // the last four bytes
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
	scriptStar    // behind a * in a block comment
	scriptUnclear // branches of the page have left it in different states
)

// module says whether a script is a module, in which <!-- and --> are no comments.
type module uint8

const (
	noModule module = iota
	isModule
	perhapsModule
)

// escaped says what a backslash before it does to a byte.
type escaped uint8

const (
	escapedNot  escaped = iota
	escapedNext         // it stands behind the backslash
	escapedLF           // it stands behind a backslash and CR, with which LF is one line break
)

// Bytes that script.last has where what was read is none.
const (
	lastUnclear = 1   // a value, or something else
	lastValue   = ')' // the end of a value
	lastOpens   = ';' // something behind which a value may follow
)

// ends reports whether b ends the line. JavaScript has two line ends of its own,
// of three bytes in UTF-8.
func (s *script) ends(b byte) bool {
	return b == '\n' || b == '\r' || s.window&0xffffff == 0xe280a8 || s.window&0xffffff == 0xe280a9
}

// read reads a byte of the script.
func (s *script) read(b byte) {
	s.window = s.window<<8 | uint32(b)
	switch s.escaped {
	case escapedNext:
		s.escaped = escapedNot
		if b == '\r' {
			s.escaped = escapedLF
		}
		return
	case escapedLF:
		s.escaped = escapedNot
		if b == '\n' {
			return
		}
	}
	switch s.state {
	case scriptCode:
		s.code(b)
	case scriptSlash:
		s.slash(b)
	case scriptDouble, scriptSingle:
		switch {
		case b == '\\':
			s.escaped = escapedNext
		case b == '\n', b == '\r', b == '"' && s.state == scriptDouble, b == '\'' && s.state == scriptSingle:
			s.value()
		}
	case scriptTemplate, scriptDollar:
		s.template(b)
	case scriptPattern:
		switch {
		case b == '\\':
			s.escaped = escapedNext
		case b == '[':
			s.class = true
		case b == ']':
			s.class = false
		case b == '/' && !s.class, s.ends(b):
			s.value()
		}
	case scriptLine:
		if s.ends(b) {
			s.state = scriptCode
			s.code('\n')
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
		if s.ends(b) {
			s.begun, s.arrow = false, 0
		}
	}
}

// value goes on in code behind something that is a value.
func (s *script) value() {
	s.state, s.class = scriptCode, false
	s.behind(lastValue)
	s.begun = true
}

// behind goes on behind something that is a value or not.
func (s *script) behind(last byte) {
	s.word.reset()
	s.last, s.twice, s.dotted = last, false, false
}

// code reads a byte outside of any literal or comment.
func (s *script) code(b byte) {
	const comment = 0x3c212d2d // "<!--"
	if s.window == comment && s.module != isModule {
		s.comment()
		return
	}
	switch b {
	case '\n', '\r':
		s.begun, s.arrow = false, 0
		s.unclear = s.lost
		return
	case ' ', '\t', '\v', '\f':
		return
	case '/':
		if s.unclear {
			s.lost = true
		}
		s.state = scriptSlash
		return
	case '"', '\'', '`', '\\':
		if s.unclear {
			s.lost = true
		}
	}
	if s.arrowEnds(b) {
		s.comment()
		return
	}
	s.begun = true
	switch b {
	case '"':
		s.state = scriptDouble
	case '\'':
		s.state = scriptSingle
	case '`':
		s.state = scriptTemplate
	case '(':
		kind := bracketPlain
		if s.isCondition() {
			kind = bracketCondition
		}
		s.open(kind)
		s.behind(lastOpens)
	case '{':
		s.open(bracketBrace)
		s.behind(lastOpens)
	case ')', '}':
		s.close(b)
	default:
		s.token(b)
	}
}

// arrowEnds reports whether b ends a "-->" at the start of a line, which begins a
// comment.
func (s *script) arrowEnds(b byte) bool {
	switch {
	case b == '-' && (s.arrow == 0 && !s.begun || s.arrow == 1):
		s.arrow++
		return false
	case b == '>' && s.arrow == 2 && s.module != isModule:
		return true
	}
	s.arrow = 0
	return false
}

// comment reads "<!--" or "-->", which is a comment unless the script is a module.
func (s *script) comment() {
	s.arrow = 0
	if s.module == perhapsModule {
		s.unclear, s.lost = true, true
		return
	}
	s.state = scriptLine
}

// isCondition reports whether the "(" that is read next opens a condition, behind
// which a statement follows.
func (s *script) isCondition() bool {
	if !isWordByte(s.last) || s.dotted {
		return false
	}
	switch s.word.String() {
	case "if", "while", "for", "with":
		return true
	}
	return false
}

// token reads a byte of a name, a number or an operator.
func (s *script) token(b byte) {
	before := byte(s.window >> 8)
	if isWordByte(b) {
		if !isWordByte(before) || s.word.len() == 0 {
			s.dotted = s.last == '#' || s.last == '.' && s.word.n != 1
			s.word.reset()
		}
		s.word.add(b)
	} else if b == '.' {
		// "..." is no access to a property.
		if s.last == '.' && before == '.' {
			s.word.set(".")
		} else if !(isWordByte(s.last) && isDigit(s.word.bytes[0])) {
			s.word.reset()
		}
	}
	s.twice = s.last == b && before == b
	s.last = b
}

// open notes an opening bracket.
func (s *script) open(kind bracket) {
	if !s.brackets.push(kind) {
		s.unclear, s.lost = true, true
	}
}

// close reads a ")" or "}".
func (s *script) close(b byte) {
	kind, ok := s.brackets.top()
	switch {
	case !ok, (b == ')') != (kind == bracketPlain || kind == bracketCondition):
		s.behind(lastUnclear)
		return
	}
	s.brackets.pop()
	switch kind {
	case bracketPlain:
		s.behind(lastValue)
	case bracketCondition:
		s.behind(lastOpens)
	case bracketTemplate:
		s.state = scriptTemplate
	default: // the end of a block, or of an object or a function
		s.behind(lastUnclear)
	}
}

// template reads a byte of a template literal.
func (s *script) template(b byte) {
	switch {
	case b == '\\':
		s.escaped = escapedNext
	case b == '`':
		s.value()
		return
	case b == '$':
		s.state = scriptDollar
		return
	case b == '{' && s.state == scriptDollar:
		s.open(bracketTemplate)
		s.state = scriptCode
		s.behind(0)
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
	switch {
	case s.unclear:
		p.lang = langSlash
		return
	case s.escaped == escapedNext:
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
	case scriptUnclear:
		p.lang = langUnclear
	default:
		p.lang = langNothing
	}
}

// join makes s what is safe both for s and for t, between which branches of the
// page differ.
func (s *script) join(t script) {
	if *s == t {
		return
	}
	s.unclear, s.lost = s.unclear || t.unclear, s.lost || t.lost
	if s.module != t.module {
		s.module = perhapsModule
	}
	if s.state == scriptSlash || t.state == scriptSlash || s.state != t.state || s.escaped != t.escaped ||
		s.class != t.class || !s.brackets.join(t.brackets) {
		s.state, s.escaped = scriptUnclear, escapedNot
	}
	if s.last != t.last || s.word != t.word || s.twice != t.twice || s.dotted != t.dotted {
		if s.expectsValue() != t.expectsValue() || s.isCondition() != t.isCondition() {
			s.behind(lastUnclear)
		}
	}
	if s.begun != t.begun || s.arrow != t.arrow { // "-->" may be a comment
		s.begun, s.arrow = false, max(s.arrow, t.arrow)
		s.module = perhapsModule
	}
	if s.window != t.window {
		s.window = 0
	}
}

// isWordByte reports whether b is a part of a name or number in JavaScript.
func isWordByte(b byte) bool { return isNameStart(b) || isDigit(b) || b == '$' || b >= 0x80 }
