package links

import "strings"

// ownReferrer is the policy that takes the place of one that leaks: other sites are
// told nothing (Referrer Policy §3.3).
const ownReferrer = "same-origin"

// findLeak returns the value in a start tag that would make browsers tell other
// sites the address of the page, with the parameters in it, and whether there is one.
// A policy in the page beats the one of the Referrer-Policy header: that of an element
// for its own requests (HTML §2.5, referrer policy attributes), that of a meta element
// for all (HTML §4.2.5.1).
func (w *Rewriter) findLeak(tag []byte) (span, bool) {
	kind := referrerPolicy
	if w.name.is("meta") {
		if !strings.EqualFold(strip(w.attribute(tag, metaName)), "referrer") {
			return span{}, false
		}
		kind = metaContent
	}
	return w.attrs[kind], leaks(w.attribute(tag, kind))
}

// leaks reports whether a referrer policy has other sites told the whole URL. That
// goes for the old keywords of meta elements, too, which Chromium knows everywhere, and
// in spite of white space around it, which the standards do not allow.
func leaks(policy string) bool {
	switch strings.ToLower(strip(policy)) {
	case "unsafe-url", "always", // its old name
		"no-referrer-when-downgrade", "default": // what it used to be
		return true
	}
	return false
}

// appendPart adds tag[from:to], in which a policy that leaks is replaced.
func (w *Rewriter) appendPart(dst, tag []byte, from, to int) []byte {
	if w.leaking && from <= w.leak.start && w.leak.end <= to {
		dst = append(dst, tag[from:w.leak.start]...)
		dst = append(dst, ownReferrer...)
		from = w.leak.end
	}
	return append(dst, tag[from:to]...)
}
