package cgi

import "strings"

// sandboxPolicy is the Content-Security-Policy of what a browser would otherwise run for
// the site.
const sandboxPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"

// confine keeps a browser from running content for the site. What counts is the type
// that is sent, whoever has set it, so this comes when nothing can change any more.
func (w *Response) confine() {
	w.dropHeader("X-Content-Type-Options")
	w.header = append(w.header, Field{"X-Content-Type-Options", "nosniff"})
	// Without a type the default is sent, which is HTML.
	if !isInert(w.Header("Content-Type")) && !w.hasSandbox() {
		w.header = append(w.header, Field{"Content-Security-Policy", sandboxPolicy})
	}
}

// hasSandbox reports whether a policy of the page's own says what the content may do. One
// that says other things is for the site's pages, and holds beside ours (CSP §4.1).
func (w *Response) hasSandbox() bool {
	for _, f := range w.header {
		if !strings.EqualFold(f.Name, "Content-Security-Policy") {
			continue
		}
		for policy := range strings.SplitSeq(f.Value, ",") {
			for directive := range strings.SplitSeq(policy, ";") {
				name, _, _ := strings.Cut(strings.Trim(directive, " \t"), " ")
				if strings.EqualFold(name, "sandbox") {
					return true
				}
			}
		}
	}
	return false
}
