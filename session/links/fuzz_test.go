package links_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lcgi/session/links"
)

// The parameter of the fuzz target has a name that no page has.
const (
	mark      = "zq7"
	markQuery = mark + "=v"
	markField = `<input type="hidden" name="` + mark + `" value="v">`

	ownReferrer = "same-origin"
)

func FuzzRewrite(f *testing.F) {
	for _, seed := range []string{
		`<!doctype html><base href="/x"><p>a<a href="b?c&amp;d#e">f</a><form action=g><input></form>`,
		`<a href><a href=><a href=''><area href=x><button formaction='y'>`,
		`<svg><a xlink:href=x href=y><title><a href=x></title><style><![CDATA[<a href=x>]]></style></svg><a href=x>`,
		`<math><mi><a href=x></mi><annotation-xml><a href=x></math><form>`,
		`<script><!--<script></script>--></script><noscript><a href=x><!--</noscript><a href=x>--></noscript>`,
		`<table><form action=x><tr><td><a href=x><form></table></form><select><form></select><template><form>`,
		`<a href="/` + "\t" + `/x"><a href="java&Tab;script&colon;x"><a href="\\x"><a href="http:x"><a href="//own.test"><a href="http://own.test@x">`,
		`<a href="&#x68;ttp://own.test&#58;80&#47?a&b=c&zq&#35;d">`,
		`<b><svg></b><style><i></style><a href=x><base href=//x><a href=x>`,
		`<textarea><a href=x></textarea><plaintext><a href=x>`,
		`<p><b></p><form><div>x</div></form><a href=x><a href=y>`,
		`<img referrerpolicy="unsafe-url"><meta content=" Always" name=REFERRER><a referrerpolicy='no-referrer-when&#45;downgrade' href=x><a href=x>`,
		`<template><col><xmp></template><base href=//other.test></xmp><a href=x>`,
		`<table><tr><td><base href=/own></td></tr><base href=//other.test></table><a href=x>`,
		`<select><title></select><base href=//other.test></title><a href=x>`,
		`<form action="//other.test"><table></form><form action=x><form action="//other.test">`,
		`<A href="AlwAYs">`,
		`<p><a href=x><form><table><<template>`,
	} {
		f.Add(seed)
	}
	f.Fuzz(checkPage)
}

// tokens are what pages of FuzzTokens consist of.
var tokens = strings.Fields(`
	<a~href=x> <a~href="x?a=1&b#c"> <a~href=''> <a~href> </a> <area~href="//other.test"> <a~xlink:href=/x~href=#y>
	<form> <form~action=x> <form~action="//other.test"> <form~method=dialog> </form> <button~formaction=x> <input>
	<base~href=/x> <base~href="//other.test"> <base~href="http://own.test/">
	<svg> <svg/> </svg> <math> </math> <mi> </mi> <title> <title/> </title> <desc> </desc> <foreignObject> </foreignObject>
	<g> <g/> </g> <path/> <mglyph> <annotation-xml> <font> <font~size=1> </font>
	<style> <style/> </style> <script> <script/> </script> <textarea> </textarea> <xmp> </xmp> <iframe> </iframe>
	<noscript> </noscript> <noframes> </noframes> <template> </template> <select> </select> <option> <plaintext> <frameset>
	<table> </table> <tr> <td> </td> </tr> <colgroup> <caption> <p> </p> <b> </b> <div> </div> <br> </br> <img~/> <li>
	<!-- --> --!> <!--> <! <? </ < > " ' = / ]]> <![CDATA[ <!doctype~html> ~ text &amp; &lt; <head> </head> <body> </body> </html>
	<a~title="</noscript>"~href=x> <p~title="<a~href=x>"> <col> <tbody> </caption> <noembed> </noembed>
	<img~referrerpolicy=unsafe-url> <a~href=x~referrerpolicy="no-referrer-when-downgrade"> <a~referrerpolicy='unsafe-url'~href=''>
	<meta~name=referrer~content=always> <meta~content=default~name=Referrer> <meta~name=x~content=always> <script~referrerpolicy=origin>`)

// FuzzTokens is FuzzRewrite with pages of a kind that is rarely found by chance.
func FuzzTokens(f *testing.F) {
	for i := range 40 {
		seed := make([]byte, 12)
		for k := range seed {
			seed[k] = byte((i*31 + k*k*7 + k*i*13) % len(tokens))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var page strings.Builder
		for _, b := range data[:min(len(data), 64)] {
			page.WriteString(strings.ReplaceAll(tokens[int(b)%len(tokens)], "~", " "))
		}
		checkPage(t, page.String())
	})
}

// checkPage makes sure of what must hold for every page.
func checkPage(t *testing.T, in string) {
	if lower := strings.ToLower(in); strings.Contains(lower, mark) || strings.Contains(lower, ownReferrer) {
		return
	}
	c := links.Config{Scheme: "http", Host: "own.test", Params: []links.Param{{mark, "v"}}}
	out := rewrite(c, in)
	if got := bytewise(c, in); got != out {
		t.Fatalf("byte by byte %q, want %q", got, out)
	}
	if !isWithout(out, in) {
		t.Fatalf("%q without the additions is not the page %q", out, in)
	}
	for _, scripts := range []bool{false, true} {
		before, after := parse(t, in, scripts), parse(t, out, scripts)
		if before == nil || after == nil {
			return
		}
		checkTargets(t, out, after)
		// Up to the last addition at least, the page has been understood.
		if understood := parse(t, out[:max(0, strings.LastIndex(out, mark))], scripts); understood != nil {
			checkReferrers(t, out, understood)
		}
		// A hidden field may be the first to stand in what is left of a
		// formatting element (HTML §13.2.4.3), and nothing shows. What has been
		// moved out of a table is then moved to another place before it (§13.2.6.1).
		loose := strings.Contains(out, markField)
		a, b := dump(before, loose), dump(after, loose)
		if loose && strings.Contains(strings.ToLower(out), "<table") {
			slices.Sort(a)
			slices.Sort(b)
		}
		if !slices.Equal(a, b) {
			t.Fatalf("scripts %v: %q is not the same tree as %q:\n%q\n%q", scripts, out, in, b, a)
		}
	}
}

// isWithout reports whether out without what the Rewriter adds is in.
func isWithout(out, in string) bool {
	at, policy := strings.Index(out, mark), strings.Index(out, ownReferrer)
	if policy >= 0 && (at < 0 || policy < at) {
		value, ok := strings.CutPrefix(in, out[:policy])
		for end := 0; ok && end <= len(value); end++ {
			if isLeak(html.UnescapeString(value[:end])) && isWithout(out[policy+len(ownReferrer):], value[end:]) {
				return true
			}
		}
		return false
	}
	if at < 0 {
		return out == in
	}
	for _, add := range []struct{ before, behind string }{
		{`<input type="hidden" name="`, `" value="v">`},
		{`="?`, `=v"`}, {`"?`, `=v"`}, {`?`, `=v`}, {`&amp;`, `=v`}, {``, `=v`},
	} {
		start, end := at-len(add.before), at+len(mark)+len(add.behind)
		if start >= 0 && end <= len(out) && out[start:at] == add.before && out[at+len(mark):end] == add.behind &&
			strings.HasPrefix(in, out[:start]) && isWithout(out[end:], in[start:]) {
			return true
		}
	}
	return false
}

func parse(t *testing.T, page string, scripts bool) *html.Node {
	doc, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(scripts))
	if err != nil {
		return nil // nested too deeply
	}
	return doc
}

// dump lists what a tree consists of, without what was added. If loose, the
// order is all that counts, and formatting elements do not.
func dump(n *html.Node, loose bool) []string {
	var list []string
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		open := fmt.Sprintf("%d %s %s", n.Type, n.Namespace, n.Data)
		switch {
		case n.Type == html.ElementNode && isField(n):
			return
		case n.Type == html.TextNode && len(list) > 0 && loose:
			// Text may have been cut in two.
			if last := list[len(list)-1]; strings.HasPrefix(last, "1 ") {
				list[len(list)-1] = last + n.Data
				return
			}
		}
		switch n.Data {
		case "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u":
			if n.Type == html.ElementNode && loose {
				for c := range n.ChildNodes() {
					walk(c)
				}
				return
			}
		}
		if n.Type == html.TextNode && n.Parent != nil && n.Parent.Data == "noscript" {
			open = "1 noscript" // with scripts it is text, which nobody sees
		}
		for _, a := range n.Attr {
			val := a.Val
			if i := strings.Index(val, markQuery); i >= 0 {
				val = strings.TrimRight(val[:i], "?&") + "…" + val[i+len(markQuery):]
			}
			open += " " + a.Namespace + ":" + a.Key
			if (a.Key == "referrerpolicy" || a.Key == "content") && (a.Val == ownReferrer || isLeak(a.Val)) {
				continue
			}
			if !isTarget(n, a) {
				open += "=" + a.Val
			} else {
				open += "=" + strings.NewReplacer("?", "", "&", "", "…", "").Replace(val)
			}
		}
		list = append(list, open)
		for c := range n.ChildNodes() {
			walk(c)
		}
		if !loose {
			list = append(list, "end")
		}
	}
	walk(n)
	return list
}

func isField(n *html.Node) bool {
	return n.Data == "input" && slices.Contains(n.Attr, html.Attribute{Key: "name", Val: mark})
}

func isTarget(n *html.Node, a html.Attribute) bool {
	switch n.Data + " " + a.Key {
	case "a href", "area href", "form action", "button formaction", "input formaction":
		return true
	}
	return false
}

// checkTargets makes sure that whatever has the parameter leads to the own site.
func checkTargets(t *testing.T, out string, doc *html.Node) {
	if strings.LastIndex(strings.ToLower(out), "<base") > strings.Index(out, mark) {
		return // a base element behind a link, see Rewriter
	}
	base := "http://own.test/page"
	found := false
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, a := range n.Attr {
			switch {
			case n.Data == "base" && n.Namespace == "" && a.Key == "href" && !found && !within(n, "template"):
				found = true
				base = a.Val
			case strings.Contains(a.Val, markQuery):
				if !isTarget(n, a) {
					t.Fatalf("%q: %s of %s has the id", out, a.Key, n.Data)
				}
				if to := host(a.Val, base); to != "own.test" {
					t.Fatalf("%q: %s of %s leads to %q and has the id", out, a.Key, n.Data, to)
				}
			}
		}
		if isField(n) {
			form := ""
			for _, a := range owner(n).Attr {
				if a.Key == "action" {
					form = a.Val
				}
			}
			if to := host(form, base); form != "" && to != "own.test" {
				t.Fatalf("%q: a form that leads to %q has the id", out, to)
			}
		}
	}
}

// owner returns the form that a field belongs to, an empty node if there is none. In a
// table the form has no content, but the field behind it is its own (HTML §13.2.6.4.9).
func owner(field *html.Node) *html.Node {
	if p := field.PrevSibling; p != nil && p.Data == "form" {
		return p
	}
	for p := field.Parent; p != nil; p = p.Parent {
		if p.Data == "form" {
			return p
		}
	}
	return new(html.Node)
}

// isLeak reports whether s is a policy that leaks, white space apart.
func isLeak(s string) bool {
	s = strings.Map(func(r rune) rune {
		if r <= ' ' {
			return -1
		}
		return r
	}, strings.ToLower(s))
	return s == "unsafe-url" || s == "no-referrer-when-downgrade" || s == "always" || s == "default"
}

// checkReferrers makes sure that no element has others told of the page's address.
func checkReferrers(t *testing.T, out string, doc *html.Node) {
	for n := range doc.Descendants() {
		first := map[string]string{}
		for _, a := range n.Attr {
			if _, ok := first[a.Key]; !ok {
				first[a.Key] = a.Val
			}
		}
		policy := ""
		switch n.Data {
		case "a", "area", "img", "iframe", "link", "script":
			policy = first["referrerpolicy"]
		case "meta":
			if strings.EqualFold(first["name"], "referrer") {
				policy = first["content"]
			}
		}
		if isLeak(policy) {
			t.Fatalf("%q: %s has the policy %q", out, n.Data, policy)
		}
	}
}

func within(n *html.Node, name string) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == name {
			return true
		}
	}
	return false
}

// host returns the host that a browser goes to for ref on a page of own.test whose
// base element says base, by http: URL §4.4, as far as http is concerned, written
// without regard to how the Rewriter does it. Another scheme's is ":".
func host(ref, base string) string {
	clean := func(s string) string {
		s = strings.TrimFunc(s, func(r rune) bool { return r <= ' ' })
		return strings.NewReplacer("\t", "", "\n", "", "\r", "").Replace(s)
	}
	ref = clean(ref)
	if i := strings.IndexByte(ref, ':'); i > 0 {
		scheme := strings.ToLower(ref[:i])
		valid := 'a' <= scheme[0] && scheme[0] <= 'z'
		for _, r := range scheme {
			valid = valid && strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789+-.", r)
		}
		if valid && scheme != "http" {
			return ":"
		}
		if valid {
			rest := ref[i+1:]
			if strings.HasPrefix(rest, "//") || base != "" && !strings.HasPrefix(strings.ToLower(clean(base)), "http:") && strings.Contains(base, ":") {
				return authority(strings.TrimLeft(rest, `/\`))
			}
			ref = rest // relative, the scheme being the same
		}
	}
	if len(ref) >= 2 && strings.ContainsRune(`/\`, rune(ref[0])) && strings.ContainsRune(`/\`, rune(ref[1])) {
		return authority(strings.TrimLeft(ref, `/\`))
	}
	if base == "" || base == "http://own.test/page" {
		return "own.test"
	}
	return host(base, "")
}

func authority(s string) string {
	if i := strings.IndexAny(s, `/\?#`); i >= 0 {
		s = s[:i]
	}
	if i := strings.LastIndexByte(s, '@'); i >= 0 {
		s = s[i+1:]
	}
	s = strings.ToLower(s)
	return strings.TrimSuffix(strings.TrimSuffix(s, ":80"), ":")
}
