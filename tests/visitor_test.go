package tests

import (
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lcgi/tests/servers"
)

// A visitor reads a site with a browser that keeps cookies and does not follow
// redirects.
type visitor struct {
	t      *testing.T
	site   *servers.Server
	client *http.Client
}

func newVisitor(t *testing.T, site *servers.Server) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &visitor{t: t, site: site, client: &http.Client{Jar: jar, CheckRedirect: stay}}
}

// newStrictVisitor returns a visitor whose browser takes no cookies.
func newStrictVisitor(t *testing.T, site *servers.Server) *visitor {
	t.Helper()
	v := newVisitor(t, site)
	v.client.Jar = nil
	return v
}

// cookie returns the value of a cookie that the visitor has, or "".
func (v *visitor) cookie(name string) string {
	v.t.Helper()
	for _, c := range v.client.Jar.Cookies(v.url("")) {
		if c.Name == name {
			return c.Value
		}
	}
	return ""
}

// setCookie gives the visitor a cookie.
func (v *visitor) setCookie(name, value string) {
	v.t.Helper()
	v.client.Jar.SetCookies(v.url(""), []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}

// url returns what a reference on the site's start page leads to.
func (v *visitor) url(ref string) *url.URL {
	v.t.Helper()
	u, err := url.Parse(v.site.URL + "/" + strings.TrimPrefix(ref, "/"))
	if err != nil {
		v.t.Fatal(err)
	}
	return u
}

// do sends a request for a page with some headers, in pairs.
func (v *visitor) do(method, name string, header ...string) answered {
	v.t.Helper()
	r, err := http.NewRequest(method, v.url(name).String(), nil)
	if err != nil {
		v.t.Fatal(err)
	}
	for pair := range slices.Chunk(header, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	return v.read(v.client.Do(r))
}

// send sends a request with a body and further headers, in pairs.
func (v *visitor) send(method, name, contentType, body string, header ...string) answered {
	v.t.Helper()
	r, err := http.NewRequest(method, v.url(name).String(), strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	for pair := range slices.Chunk(header, 2) {
		r.Header.Set(pair[0], pair[1])
	}
	return v.read(v.client.Do(r))
}

// token returns the token against forgery in the first form of a page.
func (v *visitor) token(name string) string {
	v.t.Helper()
	a := v.get(name)
	token := a.token()
	if token == "" {
		v.t.Fatalf("%s: status %d, and no token:\n%s\nlog: %s", name, a.status, a.body, lastOf(v.site.Log()))
	}
	return token
}

func (v *visitor) get(name string) answered {
	v.t.Helper()
	return v.read(v.client.Get(v.url(name).String()))
}

func (v *visitor) post(name, form string) answered {
	v.t.Helper()
	return v.read(v.client.Post(v.url(name).String(), "application/x-www-form-urlencoded", strings.NewReader(form)))
}

func (v *visitor) read(r *http.Response, err error) answered {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	doc, err := html.Parse(bytes.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	return answered{t: v.t, status: r.StatusCode, header: r.Header, body: string(body), doc: doc}
}

// An answered request.
type answered struct {
	t      *testing.T
	status int
	header http.Header
	body   string
	doc    *html.Node
}

// text returns what the first element of a kind shows, in one line.
func (a answered) text(kind atom.Atom) string {
	return strings.Join(strings.Fields(innerText(first(a.doc, is(kind)))), " ")
}

func (a answered) want(kind atom.Atom, text string) {
	a.t.Helper()
	if got := a.text(kind); a.status != 200 || !strings.Contains(got, text) {
		a.t.Errorf("status %d, <%s> has not %q:\n%s", a.status, kind, text, got)
	}
}

// wantRedirect wants a redirect to a page of the site.
func (a answered) wantRedirect(to string) {
	a.t.Helper()
	to = "/" + to
	if location := a.header.Get("Location"); a.status/100 != 3 || location != to {
		a.t.Errorf("status %d, Location %q, want a redirect to %q:\n%s", a.status, location, to, a.body)
	}
}

// link returns the address of the first link below article whose text begins so.
func (a answered) link(text string) string {
	a.t.Helper()
	link := first(first(a.doc, is(atom.Article)), func(n *html.Node) bool {
		return n.DataAtom == atom.A && strings.HasPrefix(strings.TrimSpace(innerText(n)), text)
	})
	if link == nil {
		a.t.Fatalf("there is no link %q:\n%s", text, a.text(atom.Article))
	}
	return attr(link, "href")
}

// token returns the token that the page's first form with one has, or "".
func (a answered) token() string {
	return attr(first(a.doc, func(n *html.Node) bool { return attr(n, "name") == "csrf" }), "value")
}

func is(kind atom.Atom) func(*html.Node) bool {
	return func(n *html.Node) bool { return n.Type == html.ElementNode && n.DataAtom == kind }
}

func hasID(id string) func(*html.Node) bool {
	return func(n *html.Node) bool { return attr(n, "id") == id }
}

// all returns the nodes below doc that match, in the order of the page.
func all(doc *html.Node, match func(*html.Node) bool) []*html.Node {
	var found []*html.Node
	if doc != nil {
		for n := range doc.Descendants() {
			if match(n) {
				found = append(found, n)
			}
		}
	}
	return found
}

// first returns the first match below doc, or nil.
func first(doc *html.Node, match func(*html.Node) bool) *html.Node {
	if found := all(doc, match); len(found) > 0 {
		return found[0]
	}
	return nil
}

// attr returns the value of an attribute, which is empty where n has none.
func attr(n *html.Node, name string) string {
	if n != nil {
		for _, a := range n.Attr {
			if a.Key == name {
				return a.Val
			}
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == name })
}

// innerText returns the text below n as it stands in the page.
func innerText(n *html.Node) string {
	var b strings.Builder
	for _, t := range all(n, func(n *html.Node) bool { return n.Type == html.TextNode }) {
		b.WriteString(t.Data)
	}
	return b.String()
}

// foreignLink is a link of the tour that leads to another site.
const foreignLink = "https://example.org/"

// syntaxLink is where re.lc leads for what a pattern can have.
const syntaxLink = "https://golang.org/s/re2syntax"

// blockedLink takes the place of a link that would run a script.
const blockedLink = "#blocked"

// checkHTML finds elements that are not closed in order, ids that are there
// twice, scripts that are no files of the site, and links and labels that lead
// nowhere.
func checkHTML(t *testing.T, site *servers.Server, body string) {
	t.Helper()
	if !strings.HasPrefix(body, "<!doctype html>\n<html lang=\"en\">") {
		t.Errorf("the page begins with %.60q", body)
	}
	void := []string{"meta", "link", "input", "img"}
	var open, ids, links, labels []string
	z := html.NewTokenizer(strings.NewReader(body))
	for z.Next() != html.ErrorToken {
		token := z.Token()
		switch token.Type {
		case html.StartTagToken:
			if !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
			if token.DataAtom == atom.Script && !strings.Contains(token.String(), ` src="`) {
				t.Error("the page has a script")
			}
			for _, a := range token.Attr {
				switch {
				case a.Key == "id":
					ids = append(ids, a.Val)
				case a.Key == "href" || a.Key == "src":
					links = append(links, a.Val)
				case a.Key == "for":
					labels = append(labels, a.Val)
				case a.Key == "style" || strings.HasPrefix(a.Key, "on"):
					t.Errorf("<%s> has the attribute %s", token.Data, a.Key)
				}
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != token.Data {
				t.Fatalf("</%s> where %q are open", token.Data, open)
			}
			open = open[:len(open)-1]
		case html.TextToken:
			if len(open) > 0 && open[len(open)-1] == "script" {
				t.Errorf("the page has the script %q", token.Data)
			}
		}
	}
	if z.Err() != io.EOF || len(open) > 0 {
		t.Errorf("at the end of the page %q are open (%v)", open, z.Err())
	}
	slices.Sort(ids)
	if n := len(ids); len(slices.Compact(slices.Clone(ids))) != n {
		t.Errorf("an id is there twice: %q", ids)
	}
	for _, id := range labels {
		if !slices.Contains(ids, id) {
			t.Errorf("a label is for %q, which is not there", id)
		}
	}
	for _, link := range links {
		u, err := url.Parse(link)
		switch {
		case err != nil:
			t.Error(err)
		case link == foreignLink || link == syntaxLink:
		case u.Scheme != "" || u.Host != "":
			t.Errorf("a link leads out of the site: %q", link)
		case u.Path != "":
			if _, err := os.Stat(filepath.Join(site.Root, u.Path)); err != nil {
				t.Errorf("a link leads nowhere: %v", err)
			}
		case !slices.Contains(ids, u.Fragment) && link != blockedLink:
			t.Errorf("a link leads to %q, which is not on the page", link)
		}
	}
}
