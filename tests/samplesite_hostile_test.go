package tests

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TestSampleSiteHostileInput sends every page fields that it does not expect:
// what its own forms and links have, with values that they would not send. A page
// with a form that has a token is sent it too, lest it looks at nothing else.
func TestSampleSiteHostileInput(t *testing.T) {
	const evil = `%22%3E%3C/textarea%3E%3Cscript%3Ealert(1)%3C/script%3E%00%FF%0D%0A`
	site := sampleSite(t, nil)
	for name := range samplePages() {
		t.Run(name, func(t *testing.T) {
			v := newVisitor(t, site)
			start := v.get(name)
			fields, buttons := formFields(start.doc)
			token := "&csrf=" + url.QueryEscape(start.token())
			forms := []string{"", "&&==&", "name=" + evil}
			hostile := func(value string) string { return strings.Join(fields, value+"&") + value }
			for _, field := range fields {
				for _, value := range []string{"=" + evil, "[]=" + evil, "[a][b]=" + evil, "[=", "=" + strings.Repeat("x", 5000)} {
					forms = append(forms, field+value)
				}
			}
			for _, button := range buttons {
				for _, value := range []string{"=" + evil, "[]=" + evil, "=" + strings.Repeat("%FF", 200), "="} {
					forms = append(forms, hostile(value)+"&"+button)
				}
			}
			for _, form := range forms {
				for _, a := range []answered{v.post(name, form), v.post(name, form+token), v.get(name + "?" + form)} {
					forged := a.status == 403 && start.token() != ""
					refused := a.status >= 400 && !forged && !slices.Contains(refusals()[name], a.status)
					if refused || strings.Contains(strings.ReplaceAll(a.body, "<script src=", ""), "<script") {
						t.Fatalf("%.200q is answered with %d; log: %s\n%s", form, a.status, site.Log(), a.body)
					}
				}
			}
		})
	}
}

// refusals are the statuses above 399 with which a page answers what it cannot
// take.
func refusals() map[string][]int {
	return map[string][]int{
		"guestbook.lc": {403, 422},
		"login.lc":     {403, 422, 429},
		"download.lc":  {404},
	}
}

// formFields returns the names of all fields in a page's forms and links, and
// what its buttons send.
func formFields(doc *html.Node) (fields, buttons []string) {
	add := func(name string) {
		if name != "" && !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	for _, n := range all(first(doc, is(atom.Article)), func(n *html.Node) bool { return n.Type == html.ElementNode }) {
		switch n.DataAtom {
		case atom.Input, atom.Select, atom.Textarea, atom.Button:
			add(attr(n, "name"))
			if n.DataAtom == atom.Button && attr(n, "name") != "" {
				buttons = append(buttons, url.QueryEscape(attr(n, "name"))+"="+url.QueryEscape(attr(n, "value")))
			}
		case atom.A:
			if u, err := url.Parse(attr(n, "href")); err == nil && u.Host == "" {
				for name := range u.Query() {
					add(name)
				}
			}
		}
	}
	return fields, buttons
}
