package tests

import (
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
	for page := range samplePages() {
		click(`nav a[href="` + page + `"]`)
		n++
		seen(n)
	}

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
