package links

import "strings"

// attributes are the values of the attributes of a tag that say where it leads, ""
// for those it does not have.
type attributes [referrerPolicy]string

// readTag returns the attributes of a start tag that the scanner has just read.
func (w *Rewriter) readTag(tag []byte) attributes {
	var a attributes
	for kind := range referrerPolicy {
		a[kind] = w.attribute(tag, kind)
	}
	return a
}

// attribute returns the value of an attribute of that tag, "" if it has none.
func (w *Rewriter) attribute(tag []byte, kind attrKind) string {
	at := w.attrs[kind]
	if at.start == at.end {
		return ""
	}
	w.value.setHTML(string(tag[at.start:at.end]))
	return string(w.value.text)
}

// appendTag adds to dst a start tag that matters, with parameters where they are
// due.
func (w *Rewriter) appendTag(dst, tag []byte) []byte {
	w.leak, w.leaking = w.findLeak(tag)
	a := w.readTag(tag)
	switch {
	case w.name.is("a"), w.name.is("area"):
		second := attrKinds
		if w.name.is("a") && w.context.isForeign() {
			second = xlinkHref
		}
		if !w.attrs[ping].seen { // browsers tell the servers it names where the link leads
			return w.appendWith(dst, tag, &a, href, second)
		}
	case w.name.is("button"), w.name.is("input"):
		return w.appendWith(dst, tag, &a, formaction, attrKinds)
	case w.name.is("base"):
		w.noteBase(&a)
	case w.name.is("form"):
		return w.appendForm(dst, tag, &a)
	}
	return w.appendPart(dst, tag, 0, len(tag))
}

func (w *Rewriter) noteBase(a *attributes) {
	c := &w.context
	if !w.attrs[href].seen || c.isForeign() {
		return
	}
	ref := a[href]
	own := strip(ref) == "" || w.site.isOwn(ref, base{})
	c.base.note(own, own || w.site.hasOwnScheme(ref), c.isCertainBase())
}

// appendForm adds the start tag of a form, with its hidden fields.
func (w *Rewriter) appendForm(dst, tag []byte, a *attributes) []byte {
	ref := a[action]
	own := !w.attrs[action].seen || w.leadsHome(action, ref) || strings.HasPrefix(strip(ref), "#") && !w.context.base.foreign
	if !w.context.openForm() || !own || strings.EqualFold(a[method], "dialog") {
		return w.appendPart(dst, tag, 0, len(tag))
	}
	return append(w.appendWith(dst, tag, a, action, attrKinds), w.field...)
}

// appendWith adds a tag, with parameters in the values of the attributes first and
// second, where those lead to the own site.
func (w *Rewriter) appendWith(dst, tag []byte, a *attributes, first, second attrKind) []byte {
	if second < attrKinds && w.attrs[second].nameEnd < w.attrs[first].nameEnd {
		first, second = second, first
	}
	done := 0
	for _, kind := range [...]attrKind{first, second} {
		if kind == attrKinds || !w.attrs[kind].seen || w.context.inCode() {
			continue
		}
		at := w.attrs[kind]
		if !w.leadsHome(kind, a[kind]) || strip(a[kind]) == "" && !w.canNameItself(kind) {
			continue
		}
		quote := ""
		switch {
		case !at.equals:
			at.start, at.end = at.nameEnd, at.nameEnd
			dst = append(w.appendPart(dst, tag, done, at.start), '=')
			quote = `"`
		default:
			dst = w.appendPart(dst, tag, done, at.start)
			if before := tag[at.start-1]; at.start == at.end && before != '"' && before != '\'' {
				quote = `"`
			}
		}
		dst = append(dst, quote...)
		w.value.setHTML(string(tag[at.start:at.end]))
		dst = w.addParams(dst, &w.value, &w.inHTML)
		dst = append(dst, quote...)
		done = at.end
	}
	return w.appendPart(dst, tag, done, len(tag))
}

// leadsHome reports whether the value of an attribute leads to the own site.
func (w *Rewriter) leadsHome(kind attrKind, ref string) bool {
	b := w.context.base
	switch {
	case ref == "" && kind != href && kind != xlinkHref:
		return true // to the page itself, whatever the base (HTML §4.10.21.3)
	case strip(ref) == "":
		return !b.any // to the base
	}
	return w.site.isOwn(ref, b)
}

// canNameItself reports whether the address of the page, which an empty value
// stands for, is to be written out, and can be.
func (w *Rewriter) canNameItself(kind attrKind) bool {
	b := w.context.base
	known := !b.any || kind != href && kind != xlinkHref && w.site.path != "" && !b.foreign
	return known && w.namesItself
}
