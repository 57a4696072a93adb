package template

// special follows the content of an element in which there are no tags, up to
// its end tag.
type special struct {
	lang    lang   // what it holds
	match   uint8  // how much of the end tag was read
	perhaps bool   // and something printed that may be empty stands in it
	amp     bool   // "&" was read last
	doubt   bool   // in svg, math or XML: the language of what it holds can be read in two ways
	island  island // in svg, math or XML
	hiding  hiding // of a script
	window  uint64 // the last eight bytes of a script, in lower case
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
	if c.element == elementPlaintext {
		return
	}
	if c.element == elementScript && !c.isForeign() {
		c.hide(b)
	}
	held := false // what b belongs to holds no markup
	if c.inForeign() {
		if sp.island.kind == islandComment && sp.island.run == 2 && b == '!' {
			c.confine() // "--!>" ends a comment in HTML
		}
		opens := sp.island.opens
		if held = sp.island.read(b); !held && opens >= 2 {
			c.confine() // <!DOCTYPE or the like
		}
		if sp.island.kind == islandComment && sp.lang != langHTML {
			sp.doubt = true // no part of the script or style, except in HTML
		}
		if sp.island.kind != noIsland && c.isForeign() {
			sp.match = 0 // an end tag is text there
		}
	}
	end, _ := c.element.special()
	switch n := int(sp.match); {
	case n == len("</")+len(end):
		sp.match = 0
		if b == '<' {
			sp.match = 1
		}
		if sp.hiding != hidesScript && (isHTMLSpace(b) || b == '/' || b == '>') {
			if sp.perhaps {
				c.fault = faultEndTag
			}
			c.state, c.endTag, c.slash = stateTag, true, false
			c.name.reset()
			if held {
				c.confine()
			}
			c.step(b)
			return
		}
		if !held {
			c.confine()
		}
	case n == 0 && b == '<', n == 1 && b == '/', n >= 2 && lower(b) == end[n-2]:
		sp.match++
	case b == '<':
		if sp.match > 1 && !held {
			c.confine()
		}
		sp.match, sp.perhaps = 1, false
	default:
		if !held && (n > 1 || n == 1 && (isLetter(b) || b == '!' || b == '?')) {
			c.confine()
		}
		sp.match, sp.perhaps = 0, false
	}
	if sp.amp && (isLetter(b) || b == '#') && sp.lang != langHTML && !held && c.inForeign() {
		sp.doubt = true
	}
	sp.amp = b == '&'
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
