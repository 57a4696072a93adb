package tests

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// TestSampleSiteCart fills the cart and signs in: the cart stays, and the id of
// before leads nowhere.
func TestSampleSiteCart(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	v.get("cart.lc")
	if id := v.cookie("cart"); id != "" {
		t.Errorf("a cart with nothing in it is kept: %s", id)
	}
	for _, form := range []string{"add=bread", "add=bread", "add=tea", "add=cheese", "remove=cheese", "add=gold", "add[]=tea"} {
		v.submit("cart.lc", form).wantRedirect("cart.lc")
	}
	a := v.get("cart.lc")
	for _, want := range []string{"Bread 2.80 − 2 + 5.60", "Cheese 12.95 − 0 + 0.00", "Tea & milk 1.20 − 1 + 1.20", "Total 6.80"} {
		a.want(atom.Article, want)
	}

	const week = "Max-Age=604800"
	if line := a.header.Get("Set-Cookie"); !strings.HasPrefix(line, "cart=") || !strings.Contains(line, week) {
		t.Errorf("the browser is told %q, want the cart with %s", line, week)
	}

	before := v.cookie("cart")
	v.submit("cart.lc", "action=sign+in&password=coffee").wantRedirect("cart.lc")
	v.get("cart.lc").want(atom.Article, "That is not the password. The session’s id begins with "+before[:8])
	v.submit("cart.lc", "action=sign+in&password=tea+time").wantRedirect("cart.lc")
	after := v.cookie("cart")
	if after == before || len(after) != len(before) {
		t.Errorf("signing in has changed the id %s to %s", before, after)
	}
	a = v.get("cart.lc")
	a.want(atom.Article, "You are signed in, Ada, with your cart as it was. The session’s id began with "+
		before[:8]+" before; now it begins with "+after[:8])
	a.want(atom.Article, "Total 6.80")
	checkHTML(t, v.site, a.body)

	empty := func(who, id string) {
		t.Helper()
		other := newVisitor(t, v.site)
		other.setCookie("cart", id)
		a := other.get("cart.lc")
		a.want(atom.Article, "You are not signed in.")
		a.want(atom.Article, "Total 0.00")
	}
	empty("who knew the id of before", before)
	v.get("cart.lc").want(atom.Article, "You are signed in, Ada")
	v.submit("cart.lc", "action=sign+out").wantRedirect("cart.lc")
	if id := v.cookie("cart"); id != "" {
		t.Errorf("signing out leaves the cookie %s", id)
	}
	empty("who knows the id that signed out", after)
	v.get("counter.lc").want(atom.Article, "You have seen")
}

// TestSampleSiteRemember signs in with the box ticked and without.
func TestSampleSiteRemember(t *testing.T) {
	site := sampleSite(t, nil)
	// told returns what a browser is told of the cookie.
	told := func(a answered) string {
		for _, line := range a.header["Set-Cookie"] {
			if strings.HasPrefix(line, "member=") {
				return line
			}
		}
		return ""
	}
	const month = "; Max-Age=2592000"

	v := newVisitor(t, site)
	for range 2 {
		a := v.submit("remember.lc", "action=sign+in&stay=yes")
		a.wantRedirect("remember.lc")
		if !strings.Contains(told(a), month) {
			t.Errorf("who is remembered gets the cookie %q", told(a))
		}
		for range 2 {
			a = v.get("remember.lc")
			_, rest, _ := strings.Cut(a.text(atom.Article), "You are remembered for 30 days from your last visit, and until ")
			date, _, _ := strings.Cut(rest, " at most.")
			limit, err := time.Parse(time.DateOnly, date)
			if left := time.Until(limit).Hours() / 24; err != nil || left < 88.9 || left > 90 {
				t.Errorf("after %.1f days at most nobody is remembered (%v):\n%s", left, err, a.body)
			}
			if !strings.Contains(told(a), month) {
				t.Errorf("a visit sends the cookie %q", told(a))
			}
		}
		checkHTML(t, site, a.body)
		v.submit("remember.lc", "action=sign+out").wantRedirect("remember.lc")
		v.get("remember.lc").want(atom.Article, "You are not signed in.")
	}

	a := v.submit("remember.lc", "action=sign+in")
	a.wantRedirect("remember.lc")
	if told(a) == "" || strings.Contains(told(a), "Max-Age") {
		t.Errorf("who is not remembered gets the cookie %q", told(a))
	}
	a = v.get("remember.lc")
	a.want(atom.Article, "You are remembered until you close the browser, or for 24 minutes without a visit.")
	checkHTML(t, site, a.body)
}

// TestSampleSiteFiles has a chart drawn and fetches it, as its visitor and as
// others.
func TestSampleSiteFiles(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	v.submit("files.lc", "numbers=3,+1+and+4").wantRedirect("files.lc")
	a := v.get("files.lc")
	checkHTML(t, v.site, a.body)
	chart, table := attr(first(a.doc, is(atom.Img)), "src"), a.link("Save the numbers")
	seen := v.get("counter.lc").text(atom.Header)

	for file, want := range map[string]struct{ mime, text string }{
		chart: {"image/svg+xml", `width="106.7" height="150.0"`},
		table: {"text/csv; charset=utf-8", "number\r\n3\r\n1\r\n4\r\n"},
	} {
		a := v.get(file)
		if got := a.header.Get("Content-Type"); a.status != 200 || got != want.mime || !strings.Contains(a.body, want.text) {
			t.Errorf("%s: status %d, type %s, body\n%s", file, a.status, got, a.body)
		}
		for _, other := range []*visitor{newVisitor(t, v.site), newStrictVisitor(t, v.site)} {
			other.get("files.lc")
			if a := other.get(file); a.status != 404 || strings.Contains(a.body, want.text) {
				t.Errorf("%s: another visitor is answered with %d\n%s", file, a.status, a.body)
			}
		}
		if a := v.post(file, "numbers=1"); a.status != 405 {
			t.Errorf("%s: POST is answered with %d", file, a.status)
		}
		fresh := v.do("GET", file, "If-Modified-Since", a.header.Get("Last-Modified"))
		if a.header.Get("Last-Modified") == "" || fresh.status != 304 {
			t.Errorf("%s: the browser's copy of %q is answered with %d", file, a.header.Get("Last-Modified"), fresh.status)
		}
		rest := v.do("GET", file, "Range", "bytes=4-")
		if rest.status != 206 || rest.body != a.body[4:] {
			t.Errorf("%s: the rest is answered with %d:\n%s", file, rest.status, rest.body)
		}
	}
	if csp := v.get(chart).header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") {
		t.Errorf("the chart has the Content-Security-Policy %q", csp)
	}
	prefix := strings.TrimSuffix(chart, "chart.svg")
	for _, name := range []string{"", ".", "..", "none.svg", "../chart.svg", "%2e%2e/chart.svg", "/etc/passwd", ".hidden", "chart.svg%00"} {
		if a := v.get(prefix + name); a.status != 404 {
			t.Errorf("the file %q is answered with %d:\n%s", name, a.status, a.body)
		}
	}
	if got, want := v.get("counter.lc").text(atom.Header), seen; countSeen(t, got) != countSeen(t, want)+1 {
		t.Errorf("fetching files has counted as reading pages: %q, then %q", want, got)
	}

	other := newVisitor(t, v.site)
	other.submit("files.lc", "numbers=7").wantRedirect("files.lc")
	if a := other.get(table); a.body != "number\r\n7\r\n" {
		t.Errorf("another visitor's numbers are %q", a.body)
	}
	v.submit("files.lc", "numbers=none").wantRedirect("files.lc")
	v.get("files.lc").want(atom.Article, "Nothing is drawn yet.")
	v.submit("counter.lc", "action=delete").wantRedirect("counter.lc")
	v.get("counter.lc")
	if a := v.get(chart); a.status != 404 {
		t.Errorf("after the session was deleted its file is answered with %d", a.status)
	}
	if a := other.get(table); a.status != 200 {
		t.Errorf("another session's file is answered with %d", a.status)
	}
}

// countSeen returns the number of pages that a header says were seen.
func countSeen(t *testing.T, header string) (n int) {
	t.Helper()
	_, count, _ := strings.Cut(header, "Pages seen: ")
	if _, err := fmt.Sscan(count, &n); err != nil {
		t.Fatalf("%q: %v", header, err)
	}
	return n
}

// TestSampleSiteShared has visitors read a page at the same time, which are all
// counted, and tells them something.
func TestSampleSiteShared(t *testing.T) {
	site := sampleSite(t, nil)
	const visitors, times = 4, 10
	var reading sync.WaitGroup
	failed := make(chan string, visitors*times)
	for range visitors {
		client := newVisitor(t, site).client
		reading.Go(func() {
			for range times {
				r, err := client.Get(site.URL + "/shared.lc")
				if err != nil {
					failed <- err.Error()
					continue
				}
				if r.Body.Close(); r.StatusCode != http.StatusOK {
					failed <- r.Status
				}
			}
		})
	}
	reading.Wait()
	close(failed)
	for problem := range failed {
		t.Error(problem)
	}
	a, b := newVisitor(t, site), newVisitor(t, site)
	a.get("shared.lc").want(atom.Article, fmt.Sprintf("This page has been read %d times", visitors*times+1))

	a.submit("shared.lc", "action=post&notice=Closed+on+<b>Monday").wantRedirect("shared.lc")
	b.get("shared.lc").want(atom.Article, "“Closed on <b>Monday”, since ")
	b.submit("shared.lc", "action=post&notice="+strings.Repeat("x", 201)).wantRedirect("shared.lc")
	a.get("shared.lc").want(atom.Article, "“Closed on <b>Monday”")
	b.submit("shared.lc", "action=remove").wantRedirect("shared.lc")
	a.get("shared.lc").want(atom.Article, "There is no notice.")
}

// TestSampleSiteTour walks through the tour without cookies.
func TestSampleSiteTour(t *testing.T) {
	site := sampleSite(t, nil)
	for _, how := range []string{"link", "auto"} {
		t.Run(how, func(t *testing.T) {
			v := newStrictVisitor(t, site)
			start := v.get("tour.lc?how=" + how)
			checkTracked(t, start)
			if got := start.link("another site"); got != foreignLink {
				t.Errorf("the link to another site is sent as %s", got)
			}
			if got := start.link("the same page"); got != "#source" {
				t.Errorf("the link to the page itself is sent as %s", got)
			}

			next := start.link("Begin the tour")
			if set := start.header["Set-Cookie"]; strings.Contains(strings.Join(set, " "), "tour=") != (how == "auto") {
				t.Errorf("the tour sets the cookies %q", set)
			}
			form := v.get(next)
			checkTracked(t, form)
			form.want(atom.Article, "you have seen start, form.")
			element := first(first(form.doc, is(atom.Article)), is(atom.Form))
			hidden := first(element, func(n *html.Node) bool { return attr(n, "name") == "tour" })
			if attr(hidden, "type") != "hidden" || len(attr(hidden, "value")) != 64 {
				t.Fatalf("the form has no hidden field with the id:\n%s", form.body)
			}
			sent := v.post(attr(element, "action"), "luggage=a+towel&tour="+attr(hidden, "value")+"&csrf="+url.QueryEscape(form.token()))
			end := sent.header.Get("Location")
			if sent.status != 302 || !strings.HasPrefix(end, "/tour-end.lc?") {
				t.Fatalf("the form is answered with %d, Location %q", sent.status, end)
			}

			a := v.get(end)
			checkTracked(t, a)
			a.want(atom.Article, "You are here with a towel.")
			a.want(atom.Article, "Your steps start form end")
			if got := a.link("your steps"); got != "#steps" {
				t.Errorf("the link to the steps is sent as %s", got)
			}
			back := a.link("who else")
			if !strings.HasPrefix(back, "tour.lc?how="+how+"&tour=") || !strings.HasSuffix(back, "#care") {
				t.Errorf("the link back is sent as %s", back)
			}
			v.get(back).want(atom.Article, "What brought the id here: the address. So far you have seen: start, form, end, start.")

			stranger := v.do("GET", end, "Sec-Fetch-Site", "cross-site")
			stranger.want(atom.Article, "You are here with no luggage.")
			v.submit(end, "action=end")
			v.get(end).want(atom.Article, "Your steps end Go")
		})
	}
}

// TestSampleSiteTourByHand runs the lines into which the tour's reader writes the
// token: each carries the id to where it leads, and nothing else.
func TestSampleSiteTourByHand(t *testing.T) {
	doc := newVisitor(t, sampleSite(t, nil)).get("tour.lc").doc
	lines := strings.Split(innerText(first(doc, hasID("by-hand"))), "\n")
	if len(lines) < 4 {
		t.Errorf("the tour has the lines %q", lines)
	}
	for _, line := range lines {
		const start = `<?lc local s = session.start{ name = "tour", track = "link" } s.data.x = 1 ?>`
		token, html, _ := strings.Cut(string(runPage(t, start+"<?= s.token ?>|"+line, "").Body), "|")
		if want := strings.Replace(line, "<?= s.token ?>", token, 1); html != want || want == line {
			t.Errorf("%s is sent as\n%s", line, html)
		}
		without := strings.NewReplacer("?<?= s.token ?>", "", "&amp;<?= s.token ?>", "").Replace(line)
		if got := string(runPage(t, start+without, "").Body); got != without {
			t.Errorf("%s is sent as\n%s", without, got)
		}
	}
}

// TestSampleSiteTourWithCookies takes the tour "auto" with a browser that has
// cookies: from the second page on, links are left alone.
func TestSampleSiteTourWithCookies(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	start := v.get("tour.lc?how=auto")
	checkTracked(t, start)
	form := v.get(start.link("Begin the tour"))
	form.want(atom.Article, "you have seen start, form.")
	if strings.Contains(form.body, v.cookie("tour")) {
		t.Error("the second page still has the id")
	}
	v.submit("tour-form.lc?how=auto", "luggage=a+towel").wantRedirect("tour-end.lc?how=auto")
	v.get("tour-end.lc?how=auto").want(atom.Article, "You are here with a towel.")
	v.get("tour.lc?how=auto").want(atom.Article, "What brought the id here: a cookie.")
}

// checkTracked looks at a page whose links carry an id: every link to a page of
// the site does, and the id gets no further.
func checkTracked(t *testing.T, a answered) {
	t.Helper()
	for name, want := range map[string]string{"Referrer-Policy": "same-origin", "Cache-Control": "no-store"} {
		if got := a.header.Get(name); a.status != 200 || got != want {
			t.Errorf("status %d, %s is %q, want %q", a.status, name, got, want)
		}
	}
	for _, link := range all(a.doc, is(atom.A)) {
		href := attr(link, "href")
		own := !strings.HasPrefix(href, "#") && !strings.HasPrefix(href, "https:")
		if own != strings.Contains(href, "tour=") {
			t.Errorf("a link is sent as %s", href)
		}
	}
}
