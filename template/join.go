package template

// relevant returns c without what no longer matters in its state.
func (c context) relevant() context {
	r := context{state: c.state, foreign: c.foreign, mixed: c.mixed, xml: c.xml, block: c.block, doubt: c.doubt}
	if r.block.kind == blockScript {
		r.block.run = 0
	}
	switch c.state {
	case stateText:
	case stateSection:
		r.special = c.special
	case stateSectionOpen:
		r.name = c.name
	case stateSpecial:
		r.element, r.special = c.element, c.special
		switch c.special.lang {
		case langJS, langJSON:
			r.script = c.script
		case langCSS:
			r.style = c.style
		}
	case stateTagName, stateTagOpen, stateEndTagOpen:
		r.name, r.endTag = c.name, c.endTag
	case stateTag, stateAttrName, stateAfterName, stateBeforeValue, stateValue, stateNameEnd, stateNoValue:
		r.element, r.endTag, r.typed, r.mime, r.slash = c.element, c.endTag, c.typed, c.mime, c.slash
		switch c.state {
		case stateAttrName, stateAfterName:
			r.name, r.attr = c.name, c.attr
		case stateBeforeValue:
			r.attr = c.attr
		case stateValue:
			r.attr = c.attr
			r.attr.fresh = r.attr.fresh && r.attr.in == inBare
			switch c.attr.kind {
			case attrScript, attrScriptURL:
				r.script = c.script
			case attrStyle:
				r.style = c.style
			}
		}
	}
	return r
}

// after returns what is relevant of c behind a function. Whether that has opened
// elements of HTML in svg or math is minded where it is called.
func (c context) after() context {
	c = c.relevant()
	c.mixed = false
	return c
}

// join makes c what is safe both for c and for d, between which branches of the
// page differ. It reports false if nothing is.
func (c *context) join(d context) bool {
	a, b := c.relevant(), d.relevant()
	if a == b {
		return true
	}
	if a.block != b.block {
		return false
	}
	a.foreign, a.mixed, a.doubt = max(a.foreign, b.foreign), a.mixed || b.mixed, max(a.doubt, b.doubt)
	if a.state != b.state {
		if !a.endsName() || !b.endsName() {
			return false
		}
		a.endNameEarly()
		b.endNameEarly()
	}
	switch a.state {
	case stateTagName:
		if a.name != b.name {
			return false
		}
	case stateAttrName:
		if a.name != b.name || a.attr != b.attr {
			a.endNameEarly()
			b.endNameEarly()
		}
	case stateTagOpen, stateEndTagOpen, stateSectionOpen:
		return false
	}
	if a.element != b.element || a.endTag != b.endTag || !a.joinTypes(&b) {
		return false
	}
	a.slash = a.slash && b.slash
	switch a.state {
	case stateAfterName, stateBeforeValue:
		if a.name != b.name || a.attr != b.attr {
			a.attr = attribute{kind: attrUnclear, unclear: true}
		}
	case stateSection:
		a.special.match, a.special.perhaps = 0, a.special.perhaps || b.special.perhaps
	case stateValue:
		if a.attr.in != b.attr.in || a.attr.fresh != b.attr.fresh {
			return false
		}
		a.attr.join(b.attr)
		a.script.join(b.script)
		a.style.join(b.style)
	case stateSpecial:
		if a.special.match != b.special.match || a.special.hiding != b.special.hiding || a.special.lang != b.special.lang {
			return false
		}
		a.special.perhaps = a.special.perhaps || b.special.perhaps
		a.special.amp = a.special.amp || b.special.amp
		a.special.doubt = a.special.doubt || b.special.doubt
		if a.special.island != b.special.island {
			if a.special.island.kind != b.special.island.kind || a.special.island.opens > 1 || b.special.island.opens > 1 {
				return false
			}
			a.special.island.opens, a.special.island.run = 0, 0
		}
		if a.special.window != b.special.window {
			a.special.window = 0
		}
		a.script.join(b.script)
		a.style.join(b.style)
	}
	*c = a
	return true
}

// joinTypes joins the types of a script element.
func (c *context) joinTypes(d *context) bool {
	if c.typed == d.typed && c.mime == d.mime {
		return true
	}
	if c.element == elementScript && !c.endTag {
		if scriptLang(c.mime) != scriptLang(d.mime) || isTemplate(c.mime) != isTemplate(d.mime) {
			return false
		}
		if scriptLang(c.mime) == langJS && scriptKind(c.mime) != scriptKind(d.mime) {
			c.mime.set(perhapsScript)
			d.mime = c.mime
		}
	}
	c.typed = c.typed || d.typed
	return true
}

// endsName reports whether white space would end what is read in a tag, and leave
// nothing of it.
func (c *context) endsName() bool {
	switch c.state {
	case stateTagName, stateTag, stateAttrName, stateAfterName, stateNameEnd, stateNoValue:
		return true
	case stateValue:
		return c.attr.in == inBare && !c.attr.fresh
	}
	return false
}

// endNameEarly goes on in stateNameEnd, where only what ends a name may follow.
func (c *context) endNameEarly() {
	switch c.state {
	case stateTagName:
		c.endTagName()
	case stateAttrName:
		c.endName()
	}
	c.state = stateNameEnd
	c.name.reset()
	c.attr = attribute{}
	c.script, c.style = script{}, style{}
}

// isText reports whether text that is escaped for HTML is safe here.
func (c *context) isText() bool {
	switch c.state {
	case stateText, stateSection:
		return true
	case stateValue:
		return c.attr.kind == attrText && c.attr.in != inBare
	case stateSpecial:
		return c.special.lang == langHTML
	}
	return false
}

// describe says where c is, for a message.
func (c *context) describe() string {
	switch c.state {
	case stateText:
		switch {
		case c.block.kind == blockScript:
			return "in the text of a template in <script>"
		case c.block.kind == blockCDATA:
			return "in the text of a CDATA section"
		case c.foreign > 0:
			return "in the text of <svg> or <math>"
		}
		return "in text"
	case stateTagOpen, stateEndTagOpen, stateTagName:
		return "in the name of a tag"
	case stateTag, stateAfterName, stateNoValue, stateNameEnd:
		return "inside a tag"
	case stateAttrName:
		return "in the name of an attribute"
	case stateBeforeValue:
		return "behind the = of an attribute"
	case stateValue:
		switch c.attr.in {
		case inDouble:
			return `inside "..." of an attribute`
		case inSingle:
			return "inside '...' of an attribute"
		}
		return "inside an attribute without quotes"
	case stateSpecial:
		name, _ := c.element.special()
		return "inside <" + name + ">"
	case stateBogus, stateMarkup, stateMarkupDash, stateDoctype, stateSubset, stateSubsetDouble, stateSubsetSingle:
		return "inside <!...>"
	case stateInstruction, stateInstructionEnd:
		return "inside <?...?>"
	case stateSection, stateSectionOpen:
		return "in the text of a CDATA section"
	}
	return "inside a comment"
}
