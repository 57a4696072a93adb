// Package links makes the links and forms of an HTML page carry parameters, such
// as the id of a session, to pages of the same site, and to no other.
//
// The page is rewritten while it streams, in one pass and with little memory. A
// byte that needs no change is not touched: a parameter is put into the value of
// an attribute, and nothing is written anew. What is an element, a comment or the
// text of a script is decided as the HTML standard does
// (https://html.spec.whatwg.org/multipage/parsing.html, called HTML below), and
// where a reference leads as the URL standard does (https://url.spec.whatwg.org/,
// called URL). Where that cannot be known, nothing is changed. Pages are text/html
// in UTF-8 or another encoding in which ASCII is ASCII.
package links

// Param is a parameter for links, its name and value as a page gets to see them.
type Param struct {
	Name, Value string
}

// Config says what a Rewriter adds, and what it takes for the own site.
type Config struct {
	// Scheme is "http" or "https", that of the request.
	Scheme string
	// Host is the own host with the port, if that is not the scheme's own. Where
	// it is "", or no host, absolute URLs are never own.
	Host string
	// Path and Query are those of the request, escaped, without "?". They are
	// what an empty reference stands for. Both may be "".
	Path, Query string
	// Params are added in this order; those without a name are left out.
	Params []Param
}

// maxTag is the most bytes of one start tag that are held back. A longer one is
// passed on unchanged.
const maxTag = 64 << 10

// maxSelf is the most bytes that are written for an empty reference. The query is
// the visitor's, and must not be multiplied by the page.
const maxSelf = 1 << 10

// Rewriter rewrites one page. Its zero value is of no use; [New] makes one.
//
// Parameters are added to
//
//   - href of a, in SVG also xlink:href, and of area, unless there is a ping that
//     would tell others,
//   - action of form, formaction of button and input,
//   - forms, as hidden fields right behind the start tag, since a form that is
//     sent by GET loses the query of its action. A form that sends to another
//     site or, with method=dialog, nowhere gets none. One that is sent by POST
//     has them in the query and among its fields.
//
// They go behind the query and before the fragment, in place of parameters of the
// same names. A reference of the own site is relative, or has the own scheme,
// host and port. What a base element makes foreign is foreign, as is an own host
// by another scheme: what is secret on https would be sent over http. A bare
// "#fragment" stays as it is.
//
// An empty reference stands for the page, and is written out with its path and query.
// It stays as it is where the page's own address has the parameters already, and no
// others of their names, and where it would be longer than 1 kB: then a link loses
// the parameters, while a form still has its fields.
//
// With the parameters in its address, a page must not tell that address to other
// sites. A header Referrer-Policy does that (same-origin, say), which is up to the
// caller; but attributes of the page beat it. So where a referrerpolicy of a, area,
// img, iframe, link or script, or the content of a meta element called referrer, is a
// policy that has browsers send the whole URL to other sites (unsafe-url,
// no-referrer-when-downgrade, or in the old words always and default), its value
// becomes same-origin. Other policies stay as they are.
//
// Some things cannot be known of a page that streams, or not at all, and are left to
// its author: a base element must precede the links (HTML §4.2.3 demands it); a button
// whose formaction leads to another site sends the hidden fields of its form there;
// scripts, and the document in the srcdoc of an iframe, can tell others the address of
// the page.
//
// Content of script, style, textarea, title, xmp, iframe, noembed, noframes and
// plaintext elements and comments is text. That of noscript and template is markup.
// A start tag of more than 64 kB is passed on unchanged.
// Where two readings are possible and differ (noscript, with and without scripts;
// SVG that is not closed; tags that do not fit into a template or a select), the rest
// of the page is passed on unchanged.
type Rewriter struct {
	site        site
	inURL       notation
	inHTML      notation
	namesItself bool   // empty references are written out
	field       string // the hidden fields

	scanner
	context  context
	noscript noscriptMatch
	leak     span   // the referrer policy to replace in the current tag,
	leaking  bool   // if there is one
	held     []byte // what earlier calls of Append have kept back of a start tag
	value    value
}

// New returns a Rewriter for one page.
func New(c Config) *Rewriter {
	w := &Rewriter{site: newSite(c)}
	var params, field []byte
	for _, p := range w.site.params {
		if len(params) > 0 {
			params = append(params, '&')
		}
		params = appendEscaped(params, p.Name)
		params = append(params, '=')
		params = appendEscaped(params, p.Value)
		field = append(field, `<input type="hidden" name="`...)
		field = appendHTML(field, p.Name)
		field = append(field, `" value="`...)
		field = appendHTML(field, p.Value)
		field = append(field, `">`...)
	}
	w.field = string(field)
	if len(w.site.params) == 0 {
		w.state = passing
		return w
	}
	u := notation{separator: "&", params: string(params), self: w.site.self(string(params))}
	w.inURL = u
	w.inHTML = notation{
		separator: "&amp;",
		params:    string(appendHTML(nil, u.params)),
		self:      string(appendHTML(nil, u.self)),
	}
	w.namesItself = len(w.inHTML.self) <= maxSelf && !w.site.isCarrying()
	return w
}

// URL returns ref, a reference as it stands in a header such as Location, with
// the parameters, if it leads to the own site, and as it is otherwise. No base
// element counts.
func (w *Rewriter) URL(ref string) string {
	if len(w.site.params) == 0 || !w.site.isOwn(ref, base{}) {
		return ref
	}
	var v value
	v.set(ref)
	return string(w.addParams(nil, &v, &w.inURL))
}

// Append adds to dst what becomes of src, the next piece of the page, and returns
// the extended dst. All but a start tag that is not complete is passed on at
// once. How a page is cut into pieces makes no difference to the result. Neither
// slice is kept, and they must not overlap.
func (w *Rewriter) Append(dst, src []byte) []byte {
	from := 0 // src[from:] has not been passed on
	for i := 0; w.state != passing; i++ {
		if !w.context.noscript || w.state == text {
			i = w.skip(src, i)
		}
		if i == len(src) {
			break
		}
		c := src[i]
		if w.context.noscript && w.noscript.endsWith(c) && !w.atEndTag("noscript") {
			w.state = passing // with scripts the element ends here, without it does not
			break
		}
		event := textAgain
		if w.state != text {
			w.offset = len(w.held) + i - w.start
			event = w.step(c, &w.context)
		}
		if event == tagEnds {
			if w.holding && w.offset < maxTag {
				dst = append(dst, src[from:w.start]...)
				from = i + 1
				tag := src[w.start:from]
				if len(w.held) > 0 {
					w.held = append(w.held, tag...)
					tag = w.held
				}
				dst = w.appendTag(dst, tag)
				w.held = w.held[:0]
			}
			w.endTag()
		}
		if !w.holding && len(w.held) > 0 {
			dst = append(dst, w.held...)
			w.held = w.held[:0]
		}
		if event == textAgain && c == '<' {
			w.state, w.holding, w.start = tagOpen, true, i
		}
	}
	if w.state == passing {
		w.holding = false
		dst = append(dst, w.held...)
		w.held = nil
	}
	if !w.holding {
		return append(dst, src[from:]...)
	}
	dst = append(dst, src[from:w.start]...)
	w.held = append(w.held, src[w.start:]...)
	w.start = 0
	if len(w.held) >= maxTag {
		w.leaveTag()
		dst = append(dst, w.held...)
		w.held = w.held[:0]
	}
	return dst
}

// Finish adds to dst what Append has kept back, a tag that was not closed, and
// returns the extended dst.
func (w *Rewriter) Finish(dst []byte) []byte {
	dst = append(dst, w.held...)
	w.held, w.holding, w.state = nil, false, passing
	return dst
}

// leaveTag takes note of a tag that is passed on as it is because it is too long.
// The worst is assumed.
func (w *Rewriter) leaveTag() {
	w.holding = false
	switch {
	case w.name.is("base"):
		w.context.base.note(false, false, false)
	case w.name.is("form"):
		w.context.openForm()
	}
}

// endTag does what the end of a tag means for what follows.
func (w *Rewriter) endTag() {
	if w.holding && w.offset >= maxTag {
		w.leaveTag()
	}
	w.holding = false
	w.state = text
	if w.closing {
		w.context.close(&w.name)
		return
	}
	wasNoscript := w.context.noscript
	content, certain := w.context.open(&w.name, w.selfClosing, w.attrs[fontBreak].seen)
	switch content {
	case rawText:
		w.state = raw
	case scriptText:
		w.state = script
	case plaintext, unreadable:
		w.state = passing
	}
	w.raw, w.rawDoubt = w.name, !certain
	if !wasNoscript {
		w.noscript = 0 // it begins behind the start tag, at the earliest
	}
}

// noscriptMatch is how much has been seen of the end tag of a noscript element,
// wherever it stands: with scripts, the content of the element is text.
type noscriptMatch int

// endsWith reports whether c ends the name of the tag.
func (m *noscriptMatch) endsWith(c byte) bool {
	const tag = "</noscript"
	switch {
	case int(*m) == len(tag) && (isSpace(c) || c == '/' || c == '>'):
		*m = 0
		return true
	case int(*m) < len(tag) && lower(c) == tag[*m]:
		*m++
	case c == '<':
		*m = 1
	default:
		*m = 0
	}
	return false
}
