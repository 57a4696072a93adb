package template

import "strings"

// alternatives are the strings that an expression such as
//
//	c and "display:none" or ""
//
// prints one of. They are the author's own text, and nothing that a visitor sends
// is in them.
type alternatives struct {
	texts []string
	falsy bool // or it is nil or false
}

// and returns the alternatives of "x and e".
func (a *alternatives) and() *alternatives {
	if a == nil {
		return nil
	}
	return &alternatives{a.texts, true}
}

// or returns the alternatives of "a or b".
func (a *alternatives) or(b *alternatives) *alternatives {
	switch {
	case a == nil || b == nil:
		return nil
	case !a.falsy:
		return a
	}
	return &alternatives{append(a.texts[:len(a.texts):len(a.texts)], b.texts...), b.falsy}
}

// alternative returns the alternatives that a token, an operand of its own, is.
func (p *parser) alternative(t token) *alternatives {
	if !p.echoes {
		return nil
	}
	switch t.kind {
	case tkNil, tkFalse:
		return &alternatives{falsy: true}
	case tkString:
		s := p.text(t)
		if s[0] != '[' && !strings.ContainsRune(s, '\\') {
			return &alternatives{texts: []string{s[1 : len(s)-1]}}
		}
	}
	return nil
}

// alternate returns the place of an expression that prints one of a, and goes on
// behind that, where such text is a part of the page rather than a value: where a
// style takes declarations, and at the start of an event handler. It reports false
// elsewhere.
func (c *context) alternate(a *alternatives) (Place, bool) {
	read := func(c *context, b byte) { c.decoded(b) }
	p := Place{lang: langConstant, in: c.attr.in}
	switch {
	case c.xml != notXML || c.block.n > 0 || c.doubts():
		return Place{}, false
	case c.state == stateSpecial && c.special.lang == langCSS && c.style.state == styleCode:
		if c.special.match > 0 || c.foreign > 0 {
			return Place{}, false
		}
		p.in = inRaw
		read = func(c *context, b byte) { c.content(b) }
	case c.state != stateValue || c.attr.in == inBare || c.attr.ref.len() > 0:
		return Place{}, false
	case c.attr.kind == attrStyle && c.style.state == styleCode:
	case c.attr.kind == attrScript && c.script == script{}:
	default:
		return Place{}, false
	}
	texts := a.texts
	if a.falsy {
		texts = append(texts[:len(texts):len(texts)], "")
	}
	var out *context
	for _, text := range texts {
		arm := *c
		arm.attr.fresh = false
		for i := range len(text) {
			if p.in == inRaw && text[i] == '<' {
				return Place{}, false
			}
			read(&arm, text[i])
		}
		if out == nil {
			out = &arm
		} else if !out.join(arm) {
			return Place{}, false
		}
	}
	if out.style.state == styleUnclear || out.script.state == scriptUnclear || out.script.unclear {
		return Place{}, false
	}
	*c = *out
	return p, true
}
