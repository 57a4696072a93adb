package template

// srcdoc follows the HTML in a srcdoc attribute, as far as to tell text from
// the rest. What it does not understand makes the rest opaque.
type srcdoc struct {
	state  srcdocState
	equals bool // in a tag, behind "=" and white space
	tag    name
}

type srcdocState uint8

const (
	srcdocText srcdocState = iota
	srcdocOpen             // behind "<"
	srcdocName
	srcdocTag // behind the name of a tag
	srcdocDouble
	srcdocSingle
	srcdocMarkup // behind "<!"
	srcdocOpaque
)

func (s *srcdoc) read(b byte) {
	switch s.state {
	case srcdocText:
		if b == '<' {
			s.state = srcdocOpen
			s.tag.reset()
		}
	case srcdocOpen:
		switch {
		case isLetter(b):
			s.state = srcdocName
			s.tag.add(lower(b))
		case b == '/':
			s.state = srcdocTag
		case b == '!':
			s.state = srcdocMarkup
		case b == '?':
			s.state = srcdocTag
		case b != '<':
			s.state = srcdocText
		}
	case srcdocMarkup: // <!DOCTYPE html> is common, and all that is understood
		switch {
		case b == '>':
			s.state = srcdocText
		case !isLetter(b) && b != ' ':
			s.state = srcdocOpaque
		}
	case srcdocName:
		if !isHTMLSpace(b) && b != '/' && b != '>' {
			s.tag.add(lower(b))
			return
		}
		s.state, s.equals = srcdocTag, false
		switch knownElement(s.tag.String()) {
		case elementOther, elementHTML:
		default:
			s.state = srcdocOpaque
			return
		}
		s.inTag(b)
	case srcdocTag:
		s.inTag(b)
	case srcdocDouble:
		if b == '"' {
			s.state = srcdocTag
		}
	case srcdocSingle:
		if b == '\'' {
			s.state = srcdocTag
		}
	}
}

func (s *srcdoc) inTag(b byte) {
	switch {
	case b == '>':
		s.state = srcdocText
	case b == '"' && s.equals:
		s.state = srcdocDouble
	case b == '\'' && s.equals:
		s.state = srcdocSingle
	case b == '"', b == '\'':
		s.state = srcdocOpaque
	}
	s.equals = b == '=' || s.equals && isHTMLSpace(b)
}

func (s *srcdoc) expression() lang {
	if s.state != srcdocText {
		return langInnerTag
	}
	return langSrcdoc
}

func (s *srcdoc) join(t srcdoc) {
	if *s != t {
		*s = srcdoc{state: srcdocOpaque}
	}
}
