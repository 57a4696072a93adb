package template

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
// expression, which depends on whether a value stands before it. Where that is not
// known it reads it as a division. If it was none, the regular expression ends on
// its line: if nothing else of that line could be read in two ways, it was one.
func (s *script) endSlash() {
	s.begun = true
	switch s.expectsValue() {
	case yes:
		s.state, s.class = scriptPattern, false
		return
	case perhaps:
		s.unclear = true
	}
	s.state = scriptCode
	s.behind('/')
}

// answer is an answer to a question that only a parser could always answer.
type answer uint8

const (
	no answer = iota
	yes
	perhaps
)

// expectsValue reports whether a value can follow what was read, rather than an
// operator.
func (s *script) expectsValue() answer {
	switch {
	case isWordByte(s.last):
		if s.dotted {
			return no
		}
		switch s.word.String() {
		case "return", "typeof", "case", "in", "delete", "void", "do", "else", "instanceof", "new", "throw", "default":
			return yes
		case "of", "yield", "await", "extends": // names as well, in some places
			return perhaps
		}
		return no
	case s.last == '.' && s.word.len() > 0 && isDigit(s.word.bytes[0]):
		return no // 1.
	case s.last == lastUnclear, s.last == '.':
		return perhaps
	case s.last == lastValue || s.last == ']':
		return no
	case s.last == '+' || s.last == '-':
		if s.twice {
			return no
		}
	}
	return yes
}
