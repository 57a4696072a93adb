package tests

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lcgi/tests/browser"
	"lcgi/tests/servers"
)

// TestWalk walks through the sample site with Chromium, as "lcgi serve
// sample-site" shows it.
func TestWalk(t *testing.T) {
	site := servers.Site{Binary: lcgi, Root: sampleRoot(t), Env: map[string]string{"LCGI_ERRORS": "page"}}
	server := servers.Start(t, servers.Serve, site)
	tab := browser.Open(t)
	noProblems := func(where string) {
		t.Helper()
		for _, problem := range tab.Problems() {
			t.Errorf("%s: the console shows: %s", where, problem)
		}
	}
	open := func(page string) {
		t.Helper()
		if status := tab.Go(t, server.URL+"/"+page); status != 200 {
			t.Fatalf("%s: status %d\n%s", page, status, server.Log())
		}
		noProblems(page)
	}
	click := func(selector string) {
		t.Helper()
		if status := tab.Click(t, selector); status != 200 {
			t.Fatalf("after a click on %s: status %d\n%s", selector, status, server.Log())
		}
		noProblems(selector)
	}
	seen := func(want int) {
		t.Helper()
		if text := tab.Text(t, ".visits b"); text != strconv.Itoa(want) {
			t.Fatalf("pages seen: %s, want %d", text, want)
		}
	}

	open("")
	seen(1)
	n := 1
	unread := samplePages()
	delete(unread, "index.lc")
	for page := range followingPages() {
		delete(unread, page)
	}
	const next = `a[rel="next"]`
	for browser.Eval[bool](t, tab, "document.querySelector('"+next+"') != null") {
		click(next)
		n++
		seen(n)
		delete(unread, browser.Eval[string](t, tab, "location.pathname.slice(1)"))
	}
	if len(unread) > 0 {
		t.Errorf("from page to page, the reader does not come to %v", slices.Sorted(maps.Keys(unread)))
	}
	click(`nav a[href="index.lc"]`)
	n++
	seen(n)

	server.Stop()
	server.Restart(t, site)
	open("counter.lc")
	n++
	seen(n)
	if text := tab.Text(t, ".count b"); text != strconv.Itoa(n) {
		t.Errorf("the counter shows %s, want %d", text, n)
	}
	click(`button[value="delete"]`)
	seen(1)

	const name, note = `"Ada" <b>&amp;`, `</textarea><h1>note</h1>`
	open("form.lc")
	tab.Fill(t, "#name", name)
	tab.Fill(t, "#note", note)
	tab.Press(t, `input[value="green"]`)
	click(`button[value="save"]`)
	open("hello.lc")
	open("form.lc")
	for expression, want := range map[string]string{
		`document.getElementById("name").value`:                 name,
		`document.getElementById("note").value`:                 note,
		`document.querySelector("input:checked").value`:         "green",
		`document.querySelector("[role=status] b").textContent`: name,
	} {
		if got := browser.Eval[string](t, tab, expression); got != want {
			t.Errorf("the form remembers %q for %s, want %q", got, expression, want)
		}
	}
	click(`button[value="clear"]`)
	if text := tab.Text(t, "[role=status]"); !strings.Contains(text, "Nothing") {
		t.Errorf("after clearing, the form says %q", text)
	}

	const kept = `"; <i>é</i> =%41`
	open("answer.lc")
	tab.Fill(t, "#note", kept)
	click(`button[value="keep"]`)
	if text := tab.Text(t, "[role=status] b"); text != kept {
		t.Errorf("the cookie came back as %q, want %q", text, kept)
	}
	click(`button[value="forget"]`)
	if text := tab.Text(t, "[role=status]"); !strings.Contains(text, "no note") {
		t.Errorf("after the cookie was deleted, the page says %q", text)
	}

	open("module.lc")
	tab.Fill(t, "#amount", "1,000.01")
	click("article form button")
	if text := tab.Text(t, "article table"); !strings.Contains(text, "1,000.01") || !strings.Contains(text, "333.34") {
		t.Errorf("the parts of 1,000.01 are\n%s", text)
	}

	walkSessions(t, tab, open, click)
	walkElsewhere(t, tab, open, click)

	open("lesson.lc")
	click(`button[value="add"]`)
	if text := tab.Text(t, "#main"); !strings.Contains(text, "Smith") || !strings.Contains(text, "My Street") {
		t.Errorf("the lesson does not show what it stored:\n%s", text)
	}
	click(`button[value="delete"]`)
	seen(1)

	open("error.lc")
	if status := tab.Click(t, "a.button"); status != 500 {
		t.Errorf("the error on purpose has status %d, want 500", status)
	}
	if text := tab.Text(t, "body"); !strings.Contains(text, "parts/broken.lc") || !strings.Contains(text, brokenMessage) {
		t.Errorf("the error page does not show the line:\n%s", text)
	}
	tab.Problems() // Chromium reports the 500
	open("")
}

// walkSessions does what the pages on sessions ask their reader to do.
func walkSessions(t *testing.T, tab *browser.Tab, open, click func(string)) {
	t.Helper()
	shows := showsText(t, tab)

	open("cart.lc")
	click(`button[name="add"][value="cheese"]`)
	click(`button[name="add"][value="tea"]`)
	shows("tfoot", "14.15")
	tab.Fill(t, "#password", "tea time")
	click(`button[value="sign in"]`)
	shows("[role=status]", "You are signed in, Ada")
	shows("tfoot", "14.15")
	click(`button[value="sign out"]`)
	shows("tfoot", "0.00")

	open("remember.lc")
	tab.Press(t, `input[name="stay"]`)
	click(`button[value="sign in"]`)
	shows("article", "30 days from your last visit")
	click(`button[value="sign out"]`)
	shows("[role=status]", "You are not signed in.")

	for _, how := range []string{"link", "auto"} {
		open("tour.lc?how=" + how)
		click("article a.button")
		tab.Fill(t, "#luggage", "a <towel>")
		click("article form button")
		shows(".lead", "a <towel>")
		if address := browser.Eval[string](t, tab, "location.search"); strings.Contains(address, "tour=") != (how == "link") {
			t.Errorf("at the end of the tour %q the address ends in %s", how, address)
		}
		shows("ol", "start\nform\nend")
		click(`button[value="end"]`)
	}

	open("files.lc")
	tab.Fill(t, "#numbers", "3 1 4")
	click("article form button")
	if width := browser.Eval[int](t, tab, "document.querySelector('.chart img').decode().then(() => document.querySelector('.chart img').naturalWidth)"); width != 400 {
		t.Errorf("the chart is %d pixels wide, want 400", width)
	}

	open("shared.lc")
	tab.Fill(t, "#notice", "<i>Closed</i>")
	click(`button[value="post"]`)
	shows("[role=status]", "“<i>Closed</i>”")
	click(`button[value="remove"]`)
	shows("[role=status]", "There is no notice.")
}

// walkElsewhere does what the pages in the words of other systems ask for.
func walkElsewhere(t *testing.T, tab *browser.Tab, open, click func(string)) {
	t.Helper()
	shows := showsText(t, tab)

	open("lasso.lc")
	tab.Fill(t, "#realName", "Zefram")
	tab.Fill(t, "#favoriteColor", "green")
	tab.Press(t, `input[name="warpDrive"]`)
	click(`button[name="submit"]`)
	open("lasso.lc")
	const chosen = `[...document.querySelectorAll("#realName, #favoriteColor, article :checked:not(option)")].map(e => e.value || e.name).join()`
	if got := browser.Eval[string](t, tab, chosen); got != "Zefram,green,yes" {
		t.Errorf("Lasso's form holds %s", got)
	}

	open("foxweb.lc")
	tab.Fill(t, "#name", "Answer")
	tab.Fill(t, "#value", "42")
	tab.Press(t, `input[value="Number"]`)
	click(`button[value="SetVar"]`)
	shows("tbody", "Answer")
	click(`tbody button`)
	shows("[role=status]", "no variables")

	open("alphafive.lc")
	tab.Fill(t, "#greeting", "Ahoy")
	click("#greeting ~ button")
	click("article a.button")
	shows(".lead", "“Ahoy”")

	open("pyhp.lc")
	tab.Fill(t, "#username", "ada")
	tab.Fill(t, "#password", "engine")
	click(`button[value="log in"]`)
	shows(".lead", "Welcome ada")
	click(`button[value="log out"]`)
	shows(".lead", "You are not logged in.")
}

// showsText returns a function that looks for text in the first element of the
// tab that a CSS selector finds.
func showsText(t *testing.T, tab *browser.Tab) func(selector, text string) {
	return func(selector, text string) {
		t.Helper()
		if got := tab.Text(t, selector); !strings.Contains(got, text) {
			t.Errorf("%s shows %q, and not %q", selector, got, text)
		}
	}
}
