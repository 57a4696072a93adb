package template

// inTag reads a byte of a tag behind its name.
func (c *context) inTag(b byte) bool {
	switch c.state {
	case stateTag, stateAfterName, stateNoValue:
		switch {
		case isHTMLSpace(b):
			c.slash = false
		case b == '/':
			c.state, c.slash = stateTag, true
		case b == '>':
			c.closeTag()
		case b == '=' && c.state == stateAfterName:
			c.state = stateBeforeValue
		case b == '=' && c.state == stateNoValue:
			c.fault = faultNameEnd
		default:
			c.state, c.slash = stateAttrName, false
			c.name.reset()
			c.attr = attribute{}
			c.name.add(lower(b))
		}
	case stateNameEnd:
		switch {
		case isHTMLSpace(b):
			c.state, c.slash = stateNoValue, false
		case b == '/':
			c.slash = true
		case b == '>':
			c.closeTag()
		default:
			c.fault = faultNameEnd
		}
	case stateAttrName:
		switch {
		case isHTMLSpace(b):
			c.endName()
			c.state = stateAfterName
		case b == '=':
			c.endName()
			c.state = stateBeforeValue
		case b == '/', b == '>':
			c.endName()
			c.state = stateTag
			return false
		default:
			c.name.add(lower(b))
			c.attr.glued = c.attr.dynamic && !c.attr.partial
		}
	case stateBeforeValue:
		switch {
		case isHTMLSpace(b):
		case b == '"':
			c.openValue(inDouble)
		case b == '\'':
			c.openValue(inSingle)
		case b == '>':
			c.closeTag()
		default:
			c.openValue(inBare)
			return false
		}
	case stateValue:
		return c.value(b)
	}
	return true
}

// endName notes the end of the name of an attribute.
func (c *context) endName() {
	a := &c.attr
	a.kind = attrText
	switch {
	case a.unclear:
		a.kind = attrUnclear
	case a.glued:
		a.kind = attrUnknown
	case !a.dynamic: // a name that is printed was found harmless when it was
		a.kind = attributeKind(c.element, c.name.String())
		if c.isXML() && c.xml == xmlData {
			a.kind = attrText
			switch localName(c.name.String()) {
			case "href", "src":
				a.kind = attrURL
			}
		}
	}
	if a.kind == attrType {
		if c.typed {
			a.kind = attrText
		}
		c.typed = true
	}
}

// openValue begins the value of the attribute whose name was read.
func (c *context) openValue(in delimiter) {
	c.state, c.slash = stateValue, false
	a := &c.attr
	a.in, a.fresh = in, true
	switch a.kind {
	case attrScript:
		c.script = script{}
	case attrStyle:
		c.style = style{}
	}
}

// closeTag reads the ">" of a tag.
func (c *context) closeTag() {
	slash := c.slash && c.state != stateNameEnd // there it may belong to a value
	c.state = stateText
	switch {
	case c.isXML():
		if slash || c.xml == xmlData || c.element != elementScript && c.element != elementStyle {
			return
		}
	case c.element == elementHTML:
		c.mixed = c.foreign > 0
	case c.element == elementForeign && !slash:
		switch {
		case !c.endTag && c.foreign < 255:
			c.foreign++
		case c.endTag && c.foreign > 0:
			c.foreign--
			c.mixed = c.mixed && c.foreign > 0
		}
	}
	if _, ok := c.element.special(); !ok || c.endTag {
		return
	}
	if c.inForeign() && (c.slash || c.element == elementPlaintext) {
		if !c.isForeign() && c.doubt == faultNone {
			c.doubt = faultSelfClosed
		}
		return
	}
	c.state = stateSpecial
	c.special = special{}
	switch c.element {
	case elementScript:
		if isTemplate(c.mime) && !c.inForeign() {
			c.openBlock(blockScript)
			return
		}
		c.special.lang = scriptLang(c.mime)
		c.script = script{module: scriptKind(c.mime)}
	case elementStyle:
		c.special.lang = langCSS
		c.style = style{}
	}
}
