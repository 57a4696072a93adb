package links

// stepRaw is step in the content of an element that is text up to the end tag
// (HTML §13.2.5.9 to .31).
func (s *scanner) stepRaw(c byte) event {
again:
	switch s.state {
	case raw, script:
		if c == '<' {
			s.state++ // rawLess, scriptLess
		}
	case rawLess, scriptLess:
		switch {
		case c == '/':
			s.back, s.match = s.state-1, 0
			s.state = rawEnd
		case s.rawDoubt && (isLetter(c) || c == '!' || c == '?'):
			s.state = passing
		case c == '!' && s.state == scriptLess:
			s.state, s.match = scriptBang, 0
		default:
			s.state--
			goto again
		}
	case rawEnd:
		// The name of the end tag so far is that of the element.
		switch {
		case s.match < s.raw.n && lower(c) == s.raw.b[s.match]:
			s.match++
		case s.match == s.raw.n && (isSpace(c) || c == '/' || c == '>'):
			s.beginTag(true)
			s.name = s.raw
			return s.stepTag(c)
		case s.rawDoubt:
			s.state = passing
		default:
			s.state = s.back
			goto again
		}
	case scriptBang:
		// Behind "<!" come two dashes, or it is nothing.
		if c != '-' {
			s.state = script
			goto again
		}
		if s.match++; s.match == 2 {
			s.state, s.dashes = escaped, 2
		}
	case escaped, doubleEscaped:
		switch {
		case c == '-':
			s.dashes = min(s.dashes+1, 2)
			return nothing
		case c == '<':
			s.state++ // escapedLess, doubleEscapedLess
		case c == '>' && s.dashes == 2:
			s.state = script
		}
		s.dashes = 0
	case escapedLess:
		switch {
		case c == '/':
			s.back, s.match = escaped, 0
			s.state = rawEnd
		case isLetter(c):
			s.state, s.match = nesting, 0
			goto again
		default:
			s.state = escaped
			goto again
		}
	case doubleEscapedLess:
		if c != '/' {
			s.state = doubleEscaped
			goto again
		}
		s.state, s.match = unnesting, 0
	case nesting, unnesting:
		// Between "<" or "</" and what ends a name there is "script", or not.
		was, becomes := escaped, doubleEscaped
		if s.state == unnesting {
			was, becomes = becomes, was
		}
		const name = "script"
		switch {
		case s.match < len(name) && lower(c) == name[s.match]:
			s.match++
		case s.match == len(name) && (isSpace(c) || c == '/' || c == '>'):
			s.state = becomes
		default:
			s.state = was
			goto again
		}
	}
	return nothing
}
