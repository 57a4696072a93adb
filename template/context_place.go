package template

import "strings"

// expression returns the place of an expression that stands here, and goes on as
// if its value had been read.
func (c *context) expression() Place {
	if c.block.n > 0 {
		c.fault = faultEndTag
	}
	c.block.run = 0
	p := c.place()
	if c.xml != notXML {
		p.flags |= inXML
	}
	if c.block.kind == blockCDATA {
		p.flags |= inSection
	}
	return p
}

// place is expression without what all places in XML have in common.
func (c *context) place() Place {
	switch c.state {
	case stateTagOpen, stateEndTagOpen:
		c.mixed = c.mixed || c.foreign > 0 // it may be any element
		c.openTag(c.state == stateEndTagOpen)
		c.name.add('?') // no element that is known
		return Place{lang: langTag}
	case stateMarkup, stateMarkupDash:
		c.state = stateBogus
		return Place{lang: langTag}
	case stateSectionOpen:
		c.state = stateBogus
		return Place{lang: langTag}
	case stateInstruction, stateInstructionEnd, stateDoctype, stateSubset, stateSubsetDouble, stateSubsetSingle:
		return Place{lang: langMarkup}
	case stateSection:
		c.special.match = 0
	case stateComment, stateCommentStart, stateCommentStartDash, stateCommentDash, stateCommentEnd, stateCommentBang:
		c.state = stateComment
		return Place{lang: langComment}
	case stateTagName:
		c.mixed = c.mixed || c.foreign > 0
		heading := c.name.String() == "h"
		c.name.add('?')
		if heading {
			return Place{lang: langHeading}
		}
		return Place{lang: langTag}
	case stateNameEnd: // here it prints white space and whole attributes
		return Place{lang: langName, flags: behindName}
	case stateTag, stateAfterName, stateNoValue:
		c.state, c.slash = stateAttrName, false
		c.name.reset()
		c.attr = attribute{dynamic: true}
		return Place{lang: langName}
	case stateAttrName:
		a := &c.attr
		a.partial = (!a.dynamic || a.partial) && harmlessPrefix(c.name.String())
		a.glued = !a.partial
		if !a.dynamic || a.partial {
			a.dynamic = true
			return Place{lang: langNamePart}
		}
		return Place{lang: langName}
	case stateBeforeValue:
		c.openValue(inBare)
		return c.valueExpression()
	case stateValue:
		return c.valueExpression()
	case stateSpecial:
		return c.contentExpression()
	}
	return Place{}
}

// harmlessPrefix reports whether no attribute whose name begins with s has a URL,
// script, style or HTML as its value.
func harmlessPrefix(s string) bool {
	return strings.HasPrefix(s, "data-") || strings.HasPrefix(s, "aria-")
}

// valueExpression returns the place of an expression in an attribute value.
func (c *context) valueExpression() Place {
	a := &c.attr
	p := Place{in: a.in}
	if a.ref.len() > 0 {
		c.suspendReference()
		p.flags |= behindReference
	}
	if a.fresh && a.in == inBare {
		p.flags |= bareStart
	}
	a.fresh = false
	switch a.kind {
	case attrURL:
		var f flags
		p.lang, f = a.url.expression()
		p.flags |= f
	case attrURLList:
		p.lang = langURLList
	case attrScript:
		c.script.expression(&p)
	case attrScriptURL:
		p.flags |= inURL
		c.script.expression(&p)
		if a.percent.len() > 0 {
			p.lang = langPercent
		}
	case attrStyle:
		c.style.expression(&p)
	case attrSrcdoc:
		p.lang = a.srcdoc.expression()
	case attrRefresh:
		a.refresh = 0
	case attrType:
		c.mime.set(perhapsScript) // whatever it is, treat it as a script that runs
		a.kind = attrText
	case attrAnimated:
		p.lang = langAnimated
	case attrAnimatedTail:
		p.lang = langScheme
	case attrUnknown:
		p.lang = langAttrValue
	case attrUnclear:
		p.lang = langUnclear
	}
	return p
}

// contentExpression returns the place of an expression in the content of a
// script, a style, or another element that holds no tags.
func (c *context) contentExpression() Place {
	sp := &c.special
	p := Place{}
	if sp.match > 0 || sp.window&0xffff == 0x3c21 || sp.window&0xffffff == 0x3c212d { // "<!", "<!-"
		p.flags |= behindLess
	}
	sp.perhaps = sp.match > 0
	sp.window = 0
	switch sp.lang {
	case langJS:
		p.in = inRaw
		c.script.expression(&p)
	case langJSON:
		p.in = inRaw
		c.script.expression(&p)
		if p.lang == langJS {
			p.lang = langJSON
		}
	case langCSS:
		p.in = inRaw
		c.style.expression(&p)
	}
	if sp.amp && c.inForeign() {
		p.lang = langForeign
	}
	return p
}
