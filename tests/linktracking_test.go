package tests

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"lcgi/session"
	"lcgi/tests/wire"
)

// linkPages use sessions that are tracked by links.
var linkPages = map[string]string{
	"p.lc":    `<?lc local s = session.start{track = "link"} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?><a href="p.lc?x=1#f">p</a>`,
	"look.lc": `<?lc local s = session.start{track = "link"} put(s.result, " ", s.data.n or 0) ?><a href="p.lc">p</a>`,
	"two.lc": `<?lc local a, b = session.start{name = "a", track = "link"}, session.start{name = "b", track = "link"}
		a.data.n, b.data.n = (a.data.n or 0) + 1, (b.data.n or 10) + 1 put(a.data.n, " ", b.data.n) ?> <a href="two.lc">p</a><form method="post"></form>`,
	"host.lc": `<?lc local s = session.start{track = "link"} s.data.n = 1 ?>` +
		`<a href="http://<?= request.host ?>/a">a</a><a href="//<?= request.host ?>/b">b</a><a href="http://evil.example/c">c</a><a href="//evil.example/d">d</a><a href="/e">e</a>`,
	"flush.lc": `<?lc local s = session.start{track = "link"} s.data.n = 1 ?><a href="a">a</a><?lc response.flush() ?><a hr<?lc response.flush() ?>ef="b">b</a>` +
		`<?lc response.flush() for i = 1, 2000 do put('<a href="c', i, '">', i, '</a>') end ?>`,
	"fail.lc":     `<?lc local s = session.start{track = "link"} s.data.n = 1 ?><a href="a">a</a><?lc error("no") ?>`,
	"deleted.lc":  `<?lc local s = session.start{track = "link"} s:delete() ?><a href="p.lc">p</a>`,
	"text.lc":     `<?lc local s = session.start{track = "link"} s.data.n = 1 response.type("text/plain") ?><a href="a">a</a>`,
	"redirect.lc": `<?lc local s = session.start{track = "link"} s.data.n = 1 redirect(_GET.to) ?>`,
	"cache.lc":    `<?lc local s = session.start{track = "link"} s.data.n = 1 response.header("Cache-Control", "public, max-age=3600") ?><a href="a">a</a>`,
	"auto.lc":     `<?lc local s = session.start{track = "auto"} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?><a href="auto.lc">p</a>`,
	"cookie.lc":   `<?lc local s = session.start{} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?><a href="p.lc">p</a>`,
	"rotate.lc":   `<?lc local s = session.start{track = "link", rotate = true} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?><a href="rotate.lc">p</a>`,
}

// newLink returns the query of a new session that a page's links lead to.
func newLink(t *testing.T, p *pageSite) (query string) {
	t.Helper()
	_, query, ok := strings.Cut(href(p.guest(t).page("/p.lc")), "?")
	if !ok {
		t.Fatal("the link of the page is not decorated")
	}
	query, _, _ = strings.Cut(query, "#")
	return query
}

// TestLinkTracking follows links and forms without cookies.
func TestLinkTracking(t *testing.T) {
	overWays(t, linkPages, nil, func(t *testing.T, p *pageSite) {
		t.Run("links", func(t *testing.T) {
			target := "/p.lc"
			for n := 1; n <= 5; n++ {
				r := p.guest(t).get(target)
				if r.Status != 200 || !strings.HasPrefix(string(r.Body), fmt.Sprint(n, "<")) {
					t.Fatalf("%s: %d %s, want %d", target, r.Status, r.Body, n)
				}
				if _, sent := r.Cookie("LCSESSION"); sent {
					t.Error("a cookie was sent")
				}
				wantPrivate(t, r)
				link := href(string(r.Body))
				if !strings.HasPrefix(link, "p.lc?x=1&LCSESSION=") || !strings.HasSuffix(link, "#f") || strings.Count(link, "LCSESSION") != 1 {
					t.Fatalf("the link is %s", link)
				}
				target = "/" + strings.TrimSuffix(link, "#f")
			}
		})
		t.Run("two sessions at once", func(t *testing.T) {
			body := p.guest(t).page("/two.lc")
			link := href(body)
			if strings.Count(link, "a=") != 1 || strings.Count(link, "b=") != 1 {
				t.Fatalf("the link is %s", link)
			}
			if fields := hiddenField.FindAllStringSubmatch(body, -1); len(fields) != 2 {
				t.Errorf("the form has %d hidden fields, want 2: %s", len(fields), body)
			}
			if body := p.guest(t).page("/" + link); !strings.HasPrefix(body, "2 12") {
				t.Errorf("the link leads to %s", body)
			}
			_, form, _ := strings.Cut(link, "?")
			if body := p.guest(t).form("/two.lc", form); !strings.HasPrefix(body, "3 13") {
				t.Errorf("the form leads to %s", body)
			}
		})
		t.Run("a link on another site", func(t *testing.T) {
			query := newLink(t, p)
			for site, want := range map[string]string{
				"cross-site": "new 0", "Cross-Site": "new 0", "same-origin": "load 1", "same-site": "new 0", "none": "load 1",
			} {
				if body := p.guest(t).page("/look.lc?"+query, "Sec-Fetch-Site: "+site); !strings.HasPrefix(body, want) {
					t.Errorf("Sec-Fetch-Site %s: %s, want %s", site, body, want)
				}
				r := p.guest(t).do(wire.Post("/look.lc", query, "Sec-Fetch-Site: "+site))
				if !strings.HasPrefix(string(r.Body), want) {
					t.Errorf("a form, Sec-Fetch-Site %s: %s, want %s", site, r.Body, want)
				}
			}
			if body := p.guest(t).page("/look.lc?"+query, "Referer: http://evil.example/"); !strings.HasPrefix(body, "new 0") {
				t.Errorf("a Referer of another site: %s", body)
			}
			p.guest(t).want("/cookie.lc?"+query, `1<a href="p.lc">p</a>`) // it is tracked by cookie
		})
		t.Run("ids that we have not issued", func(t *testing.T) {
			for _, id := range []string{"", strings.Repeat("0", 64), "../../etc/passwd", "%00", "%3Cscript%3E", strings.Repeat("a", 5000)} {
				body := p.guest(t).page("/p.lc?LCSESSION=" + id)
				if !strings.HasPrefix(body, "1<") || id != "" && strings.Contains(href(body), id) {
					t.Errorf("the id %.70q was adopted: %.300s", id, body)
				}
			}
		})
		t.Run("forged host", func(t *testing.T) {
			own := p.guest(t).page("/host.lc")
			if n := len(sessionIDs.FindAllString(own, -1)); n != 3 {
				t.Errorf("%d links have the id, want those to /a, /b and /e:\n%s", n, own)
			}
			for _, host := range []string{"evil.example", "evil.example:80", p.host + ".evil.example", "evil.example#" + p.host, "x@evil.example"} {
				r, err := p.send(wire.Get("/host.lc", "Host: "+host))
				if err != nil {
					t.Fatal(err)
				}
				for _, link := range strings.SplitAfter(string(r.Body), "</a>") {
					if strings.Contains(link, "evil.example") && sessionIDs.MatchString(link) {
						t.Errorf("Host %s: a foreign link has the id: %s", host, link)
					}
				}
			}
		})
		t.Run("streaming", func(t *testing.T) {
			r := p.guest(t).get("/flush.lc")
			links := strings.Count(string(r.Body), "<a href=")
			if ids := len(sessionIDs.FindAllString(string(r.Body), -1)); r.Status != 200 || ids != links || links != 2002 {
				t.Errorf("status %d, %d links, %d ids, want 2002 of each: %.500s", r.Status, links, ids, r.Body)
			}
			wantPrivate(t, r)
			_, query, _ := strings.Cut(href(string(r.Body)), "?")
			if body := p.guest(t).page("/look.lc?" + query); !strings.HasPrefix(body, "load 1") {
				t.Errorf("the id that was streamed leads to %s", body)
			}
		})
		t.Run("HEAD", func(t *testing.T) {
			query := newLink(t, p)
			get := p.guest(t).get("/look.lc?" + query)
			head := p.guest(t).do(wire.Request{Method: "HEAD", Target: "/look.lc?" + query})
			if head.Status != 200 || len(head.Body) != 0 {
				t.Errorf("HEAD: %d %s", head.Status, head.Body)
			}
			if got := head.Header.Get("Content-Length"); got != "" && got != strconv.Itoa(len(get.Body)) {
				t.Errorf("HEAD: Content-Length %s, GET has %d bytes", got, len(get.Body))
			}
			wantPrivate(t, head)
		})
		t.Run("pages without an id", func(t *testing.T) {
			query := newLink(t, p)
			for target, status := range map[string]int{
				"/fail.lc?" + query: 500, "/look.lc": 200, "/deleted.lc?" + query: 200, "/text.lc": 200, "/none.lc?" + query: 404,
			} {
				r := p.guest(t).get(target)
				if r.Status != status || sessionIDs.Match(r.Body) {
					t.Errorf("%s: status %d, want %d and no id: %s", target, r.Status, status, excerpt(string(r.Body)))
				}
				if strings.Contains(fmt.Sprint(r.Header), "LCSESSION") {
					t.Errorf("%s: an id in %v", target, r.Header)
				}
			}
		})
		t.Run("redirects", func(t *testing.T) {
			for to, decorated := range map[string]bool{
				"/p.lc": true, "p.lc?x=1#f": true, "": true, "http://" + p.host + "/p.lc": true,
				"http://evil.example/": false, "//evil.example/": false, "https://" + p.host + "/p.lc": false, `\\evil.example`: true /* escaped, so it is a path */, "mailto:x@y": false,
			} {
				r := p.guest(t).get("/redirect.lc?to=" + strings.NewReplacer("#", "%23", "\\", "%5C").Replace(to))
				location := r.Header.Get("Location")
				if r.Status/100 != 3 && to != "" || r.Status/100 == 3 && sessionIDs.MatchString(location) != decorated {
					t.Errorf("a redirect to %q: status %d, Location %q, want decorated: %v", to, r.Status, location, decorated)
				}
				if !decorated && sessionIDs.Match(r.Body) {
					t.Errorf("a redirect to %q: the page has the id: %s", to, r.Body)
				}
			}
			r := p.guest(t).get("/redirect.lc?to=p.lc?x=1%23f")
			location := r.Header.Get("Location")
			if !strings.HasSuffix(location, "#f") || !strings.Contains(location, "x=1&") {
				t.Errorf("the Location is %q", location)
			}
		})
		t.Run("caches", func(t *testing.T) {
			wantPrivate(t, p.guest(t).get("/cache.lc"))
			r := p.guest(t).get("/cookie.lc")
			if got := r.Header.Get("Cache-Control"); got != "private, no-cache" || r.Header.Get("Referrer-Policy") != "" {
				t.Errorf("without decorated links: %v", r.Header)
			}
		})
		t.Run("auto", func(t *testing.T) {
			g := p.guest(t)
			first := g.page("/auto.lc")
			if !sessionIDs.MatchString(first) || len(g.cookies) != 1 {
				t.Errorf("the first page has no id: %s %v", first, g.cookies)
			}
			// The second page has the id in its own address only.
			r := g.get("/" + href(first))
			if string(r.Body) != `2<a href="auto.lc">p</a>` {
				t.Errorf("the second page is %s", r.Body)
			}
			wantPrivate(t, r)
			r = g.get("/auto.lc")
			if string(r.Body) != `3<a href="auto.lc">p</a>` || r.Header.Get("Cache-Control") != "private, no-cache" {
				t.Errorf("the third page is %s %v", r.Body, r.Header)
			}
		})
		t.Run("rotation", func(t *testing.T) {
			target, seen := "/rotate.lc", map[string]bool{}
			for n := 1; n <= 4; n++ {
				body := p.guest(t).page(target)
				link := href(body)
				if !strings.HasPrefix(body, fmt.Sprint(n, "<")) || seen[link] {
					t.Errorf("request %d shows %s", n, body)
				}
				seen[link] = true
				target = "/" + link
			}
		})
		if kinds := storedKinds(t, p.sessions); kinds[session.KindSession] == 0 {
			t.Error("nothing was stored")
		}
	})
}

// wantPrivate checks the headers of an answer with ids in it.
func wantPrivate(t *testing.T, r *wire.Response) {
	t.Helper()
	if cache, policy := r.Header.Values("Cache-Control"), r.Header.Values("Referrer-Policy"); strings.Join(cache, "|") != "no-store" || strings.Join(policy, "|") != "same-origin" {
		t.Errorf("Cache-Control %q, Referrer-Policy %q; want no-store and same-origin", cache, policy)
	}
}
