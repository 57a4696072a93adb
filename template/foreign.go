package template

import "strings"

// island is something inside the content of a script or style of svg or math, or
// of XML, that holds no markup there.
type island struct {
	kind  islandKind
	opens uint8 // how much of what opens one was read
	run   uint8 // how many "]" or "-" were read last, up to 2
}

type islandKind uint8

const (
	noIsland islandKind = iota
	islandSection
	islandComment
)

const (
	openSection = "<![CDATA["
	openComment = "<!--"
	// commentPath is added to island.opens where openComment goes another way than
	// openSection.
	commentPath = 16
)

// read reads a byte and reports whether it belongs to an island or, if it cannot
// be told yet, to what opens one.
func (s *island) read(b byte) bool {
	if s.kind != noIsland {
		last := byte(']')
		if s.kind == islandComment {
			last = '-'
		}
		switch {
		case b == '>' && s.run == 2:
			*s = island{}
		case b != last:
			s.run = 0
		case s.run < 2:
			s.run++
		}
		return true
	}
	n := s.opens
	switch {
	case n == 2 && b == '-':
		s.opens = commentPath + 3
	case n >= commentPath && b == openComment[n-commentPath]:
		*s = island{kind: islandComment, run: 2}
	case n < commentPath && b == openSection[n]:
		if s.opens++; int(s.opens) == len(openSection) {
			*s = island{kind: islandSection}
		}
	case b == '<':
		s.opens = 1
	default:
		s.opens = 0
	}
	return s.opens >= 2 || s.kind != noIsland
}

// inForeign reports whether what is read may be a part of svg, math or XML.
func (c *context) inForeign() bool {
	return c.foreign > 0 || c.xml != notXML && c.block.kind == noBlock
}

// isForeign reports whether it certainly is: no element of HTML has been opened in
// svg or math, which would end it or hold HTML (HTML standard, 13.2.6.5).
func (c *context) isForeign() bool { return c.foreign > 0 && !c.mixed || c.isXML() }

// confine notes that HTML and foreign content read this differently. What
// stands inside svg and math is the latter, unless an element of HTML ends it;
// only what means the same to both is understood.
func (c *context) confine() {
	if c.inForeign() && c.doubt == faultNone {
		c.doubt = faultForeign
	}
}

// hasForeign reports whether svg or math may be in a page.
func hasForeign(src string) bool {
	for rest := src; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			return false
		}
		rest = rest[i+1:]
		if rest == "" || lower(rest[0]) != 's' && lower(rest[0]) != 'm' {
			continue
		}
		if len(rest) >= 3 && strings.EqualFold(rest[:3], "svg") || len(rest) >= 4 && strings.EqualFold(rest[:4], "math") {
			return true
		}
	}
}

// section reads a byte of a CDATA section of svg or math. If it is inside of HTML
// there, it is markup that ends with the first ">", and text follows.
func (c *context) section(b byte) {
	n := &c.special.match // how many "]" were read last
	switch {
	case b == '>' && *n == 2:
		c.state = stateText
	case b == '>':
		c.special.perhaps = true
	case b == '<' && c.special.perhaps && !c.isForeign():
		c.confine()
	}
	switch {
	case b != ']':
		*n = 0
	case *n < 2:
		*n++
	}
}
