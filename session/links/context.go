package links

// context knows as much of the tree that a browser builds (HTML §13.2.6) as is
// needed to tell markup from text, and which form a field belongs to. In plain
// HTML that is little. Within svg and math elements the rules are others, so
// there it keeps the open elements; where those are not certain any more, because
// tags do not match, it is in doubt for good.
type context struct {
	elements  []element // open, from an svg or math element on; empty in plain HTML
	doubt     bool      // whether the place is in such an element, or not
	base      base
	inForm    bool // a form may be open
	noscript  bool // a noscript element is open
	formIn    bool // the form was opened in it
	selects   bool // a select element is open
	tabled    bool // there has been a table
	noCell    bool // in a table, but in no cell of it
	templates []openTemplate
	depth     int // of templates where the noscript element began
	selectsAt int // the same for the select element
}

// openTemplate is an open template element.
type openTemplate struct {
	formOutside bool // a form was open outside of it
	table       bool // there has been a table in it
}

// element is an open element.
type element struct {
	name word
	kind elementKind
	math bool // it is of MathML, not of SVG
}

type elementKind uint8

const (
	ofHTML      elementKind = iota
	foreign                 // of SVG or MathML
	integration             // the same, with HTML inside (HTML §13.2.6, integration points)
	code                    // script or style of SVG
)

// More than these are never open in a page that anybody means.
const (
	maxElements  = 256
	maxTemplates = 64
)

// contentKind is how the content of an element is to be read.
type contentKind uint8

const (
	markup     contentKind = iota
	rawText                // text up to the end tag
	scriptText             // the same for script
	plaintext              // text up to the end of the page
	unreadable             // nobody knows
)

// matters reports whether tags of that name may be changed or have to be read
// whole.
func matters(name *word) bool {
	switch string(name.b[:min(name.n, len(name.b))]) {
	case "a", "area", "form", "button", "input", "base":
		return true
	case "img", "image", "iframe", "link", "script", "meta": // for their referrer policy
		return true
	}
	return false
}

// isForeign reports whether start tags make elements of SVG or MathML here.
func (c *context) isForeign() bool {
	n := len(c.elements)
	return !c.doubt && n > 0 && c.elements[n-1].kind != ofHTML && c.elements[n-1].kind != integration
}

// allowsCDATA reports whether "<![CDATA[" begins text here (HTML §13.2.5.42).
func (c *context) allowsCDATA() bool {
	n := len(c.elements)
	return !c.doubt && n > 0 && c.elements[n-1].kind != ofHTML
}

// inCode reports whether the place is in a script or style element of SVG, where
// markup is possible but nobody means it.
func (c *context) inCode() bool {
	for i := range c.elements {
		if c.elements[i].kind == code {
			return true
		}
	}
	return false
}

// open enters an element and returns how its content is to be read, and whether
// that is certain: if not, it might be markup too, because a browser might ignore
// the tag where it does not fit. FontBreak says that the element has an attribute
// which sets font elements of HTML apart.
func (c *context) open(name *word, selfClosing, fontBreak bool) (content contentKind, certain bool) {
	if c.isForeign() {
		if !breaksOut(name, fontBreak) {
			c.openForeign(name, selfClosing)
			return markup, true
		}
		for c.isForeign() {
			c.elements = c.elements[:len(c.elements)-1]
		}
	}
	kind := contentOf(name)
	if c.doubt {
		if kind != markup && selfClosing {
			kind = unreadable
		}
	} else if len(c.elements) > 0 && !isVoid(name) {
		switch {
		case name.is("mglyph"), name.is("malignmark"):
			c.beInDoubt() // they are of MathML or not, depending on where
		case mayBeIgnored(name):
			c.beInDoubt() // there may be no such element, and what follows is SVG or MathML
		case !name.is("svg") && !name.is("math"):
			c.push(element{name: *name})
		}
	}
	switch {
	case name.is("svg"), name.is("math"):
		switch {
		case c.selects:
			c.beInDoubt() // browsers differ
		case !selfClosing && !c.doubt:
			c.push(element{name: *name, kind: foreign, math: name.is("math")})
		}
	case name.is("col"):
		// As the first thing in a template it stands for a group of columns, and
		// no tag that does not fit there counts any more (HTML §13.2.6.4,
		// "in template" and "in column group").
		if n := len(c.templates); n > 0 && !c.templates[n-1].table {
			c.beInDoubt()
		}
	case betweenCells(name):
		c.noCell = true
		if name.is("table") {
			c.tabled = true
			if n := len(c.templates); n > 0 {
				c.templates[n-1].table = true
			}
		}
	case isCell(name):
		c.noCell = false
	case name.is("frameset"):
		c.beInDoubt() // the body may be dropped
	case name.is("select"):
		if !c.selects {
			c.selects, c.selectsAt = true, len(c.templates)
		}
	case name.is("noscript"):
		if !c.noscript {
			c.noscript, c.formIn, c.depth = true, false, len(c.templates)
		}
	case name.is("template"):
		if len(c.templates) == maxTemplates {
			return unreadable, false
		}
		c.templates = append(c.templates, openTemplate{formOutside: c.inForm})
		c.inForm = false
	}
	// Browsers differ in what a select may contain, but for these.
	fits := !c.selects || name.is("script") || name.is("textarea")
	return kind, !c.doubt && fits
}

// openForeign enters an element of SVG or MathML.
func (c *context) openForeign(name *word, selfClosing bool) {
	e := element{name: *name, kind: foreign, math: c.elements[len(c.elements)-1].math}
	switch {
	case name.n > len(name.b), name.is("annotation-xml"): // an integration point, or not
		c.beInDoubt()
		return
	case selfClosing:
		return
	case e.math && (name.is("mi") || name.is("mo") || name.is("mn") || name.is("ms") || name.is("mtext")),
		!e.math && (name.is("foreignobject") || name.is("desc") || name.is("title")):
		e.kind = integration
	case !e.math && (name.is("script") || name.is("style")):
		e.kind = code
	}
	c.push(e)
}

func (c *context) push(e element) {
	if len(c.elements) == maxElements || e.name.n > len(e.name.b) {
		c.beInDoubt()
		return
	}
	c.elements = append(c.elements, e)
}

func (c *context) beInDoubt() { c.doubt, c.elements = true, nil }

// close leaves an element.
func (c *context) close(name *word) {
	if len(c.elements) > 0 {
		kind, certain := c.closeElement(name)
		if !certain {
			c.beInDoubt()
		} else if kind != ofHTML {
			return
		}
	}
	switch {
	case isCell(name):
		c.noCell = true
	case name.is("table"):
		c.noCell = false
	case name.is("select"):
		// In a template it does not count for a select outside.
		if c.selectsAt == len(c.templates) {
			c.selects = false
		}
	case name.is("noscript"):
		if c.noscript && c.depth != len(c.templates) {
			c.beInDoubt()
		}
		c.noscript = false
	case name.is("template"):
		if n := len(c.templates); n > 0 {
			c.inForm = c.templates[n-1].formOutside
			c.templates = c.templates[:n-1]
		}
	case name.is("form"):
		// Where a browser might not heed the tag, the form is still open.
		if !c.doubt && !c.selects && (!c.noscript || c.formIn) {
			c.inForm = false
		}
	}
}

// closeElement leaves an element among those within svg or math. It returns its kind
// and whether it is certain what the end tag does.
func (c *context) closeElement(name *word) (elementKind, bool) {
	for i := len(c.elements) - 1; i >= 0; i-- {
		e := &c.elements[i]
		if e.name == *name {
			kind := e.kind
			c.elements = c.elements[:i]
			return kind, true
		}
		// HTML §13.2.6.5: the end tag of one that is open further out ends
		// those of SVG and MathML within. For those of HTML there are many rules.
		if e.kind == ofHTML || i > 0 && c.elements[i-1].kind == ofHTML {
			break
		}
	}
	return 0, false
}

// openForm takes note of a form and reports whether fields behind its start tag
// are its own for sure. Browsers ignore the start tag of a form within another one,
// and within the table of a template (HTML §13.2.6.4.7, .9): fields would be those of
// another form, which may lead elsewhere.
func (c *context) openForm() bool {
	if c.isForeign() {
		return false // it is no form
	}
	if c.inForm && len(c.elements) > 0 {
		c.beInDoubt() // there may be no such element, and what follows is SVG or MathML
	}
	if c.inForm || c.selects || c.doubt || c.noCell && len(c.templates) > 0 {
		c.inForm = true
		return false
	}
	c.inForm, c.formIn = true, c.noscript
	return true
}

// isCertainBase reports whether a base element here counts for sure, unless there is one
// before it. One in a template does not, one in a select may not, and what does not
// belong into a table goes before it (HTML §13.2.6.1, foster parenting), and so maybe
// before a base element within.
func (c *context) isCertainBase() bool {
	return !c.doubt && !c.noscript && !c.selects && !c.tabled && len(c.templates) == 0
}

// base is what base elements say of where references lead.
type base struct {
	set         bool // there has been one that counts; others do not
	any         bool // there has been one that may count
	foreign     bool // relative references may be foreign
	otherScheme bool // and those that start with "//" may have another scheme
}

// note takes note of a base element with href. Where it is not certain that it is
// the first one in the tree, which counts, relative references are foreign if one of
// those that may count makes them so.
func (b *base) note(own, ownScheme, certain bool) {
	if b.set {
		return
	}
	b.any = true
	b.foreign = b.foreign || !own
	b.otherScheme = b.otherScheme || !ownScheme
	b.set = certain
}

// contentOf returns how the content of an element of HTML is to be read
// (HTML §13.2.6.4.4, .7).
func contentOf(name *word) contentKind {
	switch string(name.b[:min(name.n, len(name.b))]) {
	case "script":
		return scriptText
	case "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes":
		return rawText
	case "plaintext":
		return plaintext
	}
	return markup
}

// betweenCells reports whether an element is a part of a table that has no content
// but other parts, and isCell whether it is one that has.
func betweenCells(name *word) bool {
	return name.is("table") || name.is("tbody") || name.is("thead") || name.is("tfoot") || name.is("tr") || name.is("colgroup")
}

func isCell(name *word) bool { return name.is("td") || name.is("th") || name.is("caption") }

// mayBeIgnored reports whether a start tag makes no element where it does not fit
// (HTML §13.2.6.4.7).
func mayBeIgnored(name *word) bool {
	switch string(name.b[:min(name.n, len(name.b))]) {
	case "body", "caption", "colgroup", "frameset", "head", "html", "tbody", "td", "tfoot", "th", "thead", "tr":
		return true
	}
	return false
}

// isVoid reports whether an element of HTML has no content and no end tag
// (HTML §13.1.2, and the obsolete ones of §13.2.6.4).
func isVoid(name *word) bool {
	switch string(name.b[:min(name.n, len(name.b))]) {
	case "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "image", "img", "input",
		"keygen", "link", "meta", "param", "source", "track", "wbr":
		return true
	}
	return false
}

// breaksOut reports whether a start tag ends the svg or math element it stands in
// (HTML §13.2.6.5).
func breaksOut(name *word, fontBreak bool) bool {
	switch string(name.b[:min(name.n, len(name.b))]) {
	case "b", "big", "blockquote", "body", "br", "center", "code", "dd", "div", "dl", "dt", "em", "embed",
		"h1", "h2", "h3", "h4", "h5", "h6", "head", "hr", "i", "img", "li", "listing", "menu", "meta", "nobr", "ol",
		"p", "pre", "ruby", "s", "small", "span", "strong", "strike", "sub", "sup", "table", "tt", "u", "ul", "var":
		return true
	case "font":
		return fontBreak
	}
	return false
}
