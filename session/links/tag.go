package links

import (
	"io"
	"strings"

	"golang.org/x/net/html"
)

// feed is a reader of one tag after the other.
type feed struct{ tag []byte }

func (f *feed) Read(p []byte) (int, error) {
	if len(f.tag) == 0 {
		return 0, io.EOF
	}
	n := copy(p, f.tag)
	f.tag = f.tag[n:]
	return n, nil
}

// attributes are the values of the attributes of a tag that matter.
type attributes struct {
	values [attrKinds]string
	dialog bool // method=dialog
}

// readTag returns the attributes of a start tag. It reports false where the
// tokenizer does not take the bytes for one start tag.
func (w *Rewriter) readTag(tag []byte) (attributes, bool) {
	if w.tokenizer == nil {
		w.tokenizer = html.NewTokenizer(&w.feed)
	}
	// The tokenizer does not read on behind the ">", so that it is ready for the
	// next tag, wherever in the page that is.
	w.feed.tag = tag
	var a attributes
	switch w.tokenizer.Next() {
	case html.StartTagToken, html.SelfClosingTagToken:
	default:
		w.tokenizer = nil
		return a, false
	}
	if len(w.tokenizer.Raw()) != len(tag) {
		w.tokenizer = nil
		return a, false
	}
	_, more := w.tokenizer.TagName()
	for more {
		var key, val []byte
		key, val, more = w.tokenizer.TagAttr()
		switch string(key) {
		case "href":
			a.values[href] = string(val)
		case "xlink:href":
			a.values[xlinkHref] = string(val)
		case "action":
			a.values[action] = string(val)
		case "formaction":
			a.values[formaction] = string(val)
		case "method":
			a.dialog = strings.EqualFold(string(val), "dialog")
		}
	}
	return a, true
}

// appendTag adds to dst a start tag that matters, with parameters where they are
// due.
func (w *Rewriter) appendTag(dst, tag []byte) []byte {
	a, ok := w.readTag(tag)
	if !ok {
		w.tooLong()
		return append(dst, tag...)
	}
	switch {
	case w.name.is("a"):
		return w.appendWith(dst, tag, &a, href, xlinkHref)
	case w.name.is("area"):
		return w.appendWith(dst, tag, &a, href, attrKinds)
	case w.name.is("button"), w.name.is("input"):
		return w.appendWith(dst, tag, &a, formaction, attrKinds)
	case w.name.is("base"):
		w.noteBase(&a)
	case w.name.is("form"):
		return w.appendForm(dst, tag, &a)
	}
	return append(dst, tag...)
}

func (w *Rewriter) noteBase(a *attributes) {
	c := &w.context
	if !w.attrs[href].seen || c.isForeign() {
		return
	}
	ref := a.values[href]
	certain := !c.doubt && !c.noscript && !c.selects && len(c.templates) == 0
	own := strip(ref) == "" || w.site.isOwn(ref, base{})
	c.base.note(own, own || w.site.hasOwnScheme(ref), certain)
}

// appendForm adds the start tag of a form, with its hidden fields.
func (w *Rewriter) appendForm(dst, tag []byte, a *attributes) []byte {
	own := !w.attrs[action].seen || w.leadsHome(action, a.values[action])
	if !w.context.openForm() || !own || a.dialog {
		return append(dst, tag...)
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
		// Two readers must agree on what the value is.
		if w.value.setHTML(string(tag[at.start:at.end])); string(w.value.text) != a.values[kind] {
			continue
		}
		if !w.leadsHome(kind, a.values[kind]) || a.values[kind] == "" && !w.canNameItself(kind) {
			continue
		}
		quote := ""
		switch {
		case !at.equals:
			at.start, at.end = at.nameEnd, at.nameEnd
			dst = append(append(dst, tag[done:at.start]...), '=')
			quote = `"`
		default:
			dst = append(dst, tag[done:at.start]...)
			if before := tag[at.start-1]; at.start == at.end && before != '"' && before != '\'' {
				quote = `"`
			}
		}
		dst = append(dst, quote...)
		dst = w.addParams(dst, &w.value, w.query.html, "&amp;")
		dst = append(dst, quote...)
		done = at.end
	}
	return append(dst, tag[done:]...)
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
// stands for, can be written out.
func (w *Rewriter) canNameItself(kind attrKind) bool {
	b := w.context.base
	return !b.any || kind != href && kind != xlinkHref && w.site.path != "" && !b.foreign
}
