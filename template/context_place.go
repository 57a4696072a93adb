package template

import "strings"

// expression returns the place of an expression that stands here, and goes on as
// if its value had been read.
func (c *context) expression() Place {
	switch c.state {
	case stateTagOpen, stateEndTagOpen:
		c.openTag(c.state == stateEndTagOpen)
		c.name = append(c.name, '?') // no element that is known
		return Place{lang: langTag}
	case stateMarkup, stateMarkupDash:
		c.state = stateBogus
		return Place{lang: langTag}
	case stateComment, stateCommentStart, stateCommentStartDash, stateCommentDash, stateCommentEnd, stateCommentBang:
		c.state = stateComment
		return Place{lang: langComment}
	case stateTagName:
		heading := string(c.name) == "h"
		c.extendName('?')
		if heading {
			return Place{lang: langHeading}
		}
		return Place{lang: langTag}
	case stateTag, stateAfterName:
		c.state, c.name = stateAttrName, c.name[:0]
		c.attr = attribute{dynamic: true}
		return Place{lang: langName}
	case stateAttrName:
		a := &c.attr
		a.partial = (!a.dynamic || a.partial) && harmlessPrefix(string(c.name))
		a.glued = !a.partial
		a.dynamic = true
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
	c.endReference(0)
	a := &c.attr
	p := Place{in: a.in}
	if a.fresh && a.in == inBare {
		p.flags |= bareStart
	}
	a.fresh = false
	switch a.kind {
	case attrURL:
		p.lang = a.url.expression()
	case attrURLList:
		p.lang = langURLList
	case attrScript:
		c.script.expression(&p)
	case attrScriptURL:
		p.flags |= inURL
		c.script.expression(&p)
	case attrStyle:
		c.style.expression(&p)
	case attrSrcdoc:
		p.lang = a.srcdoc.expression()
	case attrRefresh:
		a.refresh = 0
	case attrType:
		c.mime = c.mime[:0] // whatever it is, treat it as a script that runs
		a.kind = attrText
	case attrUnknown:
		p.lang = langAttrValue
	}
	return p
}

// contentExpression returns the place of an expression in the content of a
// script, a style, or another element that holds no tags.
func (c *context) contentExpression() Place {
	c.special.match = 0
	c.special.window = 0
	p := Place{}
	switch c.special.lang {
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
	return p
}
