package tests

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"
)

// TestSampleSiteAnswers asks for the answers that answer.lc gives apart from
// its page.
func TestSampleSiteAnswers(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	for _, c := range []struct {
		as     string
		header map[string]string
		begins string
	}{
		{"json", map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store"}, `{"language":"Lua 5.1","seconds":`},
		{"file", map[string]string{
			"Content-Type":        "text/plain; charset=utf-8",
			"Content-Disposition": `attachment; filename="note.txt"`,
		}, "This is a file now.\n"},
	} {
		a := v.get("answer.lc?as=" + c.as)
		if a.status != 200 || !strings.HasPrefix(a.body, c.begins) || strings.Contains(a.body, "<") {
			t.Errorf("as=%s: status %d, body:\n%s", c.as, a.status, a.body)
		}
		for name, value := range c.header {
			if got := a.header.Get(name); got != value {
				t.Errorf("as=%s: %s is %q, want %q", c.as, name, got, value)
			}
		}
		if cookie := a.header.Get("Set-Cookie"); cookie != "" {
			t.Errorf("as=%s sets the cookie %q", c.as, cookie)
		}
	}

	a := v.get("answer.lc?as=missing")
	if shown := a.text(atom.Article); a.status != 404 || !strings.Contains(shown, "This page was answered with 404") {
		t.Errorf("as=missing: status %d:\n%s", a.status, shown)
	}
	checkHTML(t, v.site, a.body)
}

// TestSampleSiteCookie sets a cookie, reads it and deletes it.
func TestSampleSiteCookie(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	const note = "é\"; Path=/x, <b>%41\\\r\n\x00"
	a := v.submit("answer.lc", url.Values{"action": {"keep"}, "note": {note}}.Encode())
	a.wantRedirect("answer.lc")
	if line := a.header.Get("Set-Cookie"); a.status != 303 || !strings.HasSuffix(line, "; HttpOnly; SameSite=Lax") ||
		!strings.Contains(line, "; Path=/; Max-Age=2592000; ") {
		t.Errorf("status %d, Set-Cookie: %s", a.status, line)
	}
	a = v.get("answer.lc")
	// HTML has no NUL and one kind of line break.
	shown := strings.NewReplacer("\r\n", "\n", "\x00", "\uFFFD").Replace(note)
	if got := innerText(first(a.doc, is(atom.Article))); !strings.Contains(got, "Your browser keeps the note "+shown) {
		t.Errorf("the cookie came back as\n%q", got)
	}
	checkHTML(t, v.site, a.body)

	v.submit("answer.lc", "action=keep&note="+strings.Repeat("x", 201)).wantRedirect("answer.lc")
	if got := innerText(first(v.get("answer.lc").doc, is(atom.Article))); !strings.Contains(got, shown) {
		t.Error("a note that is too long has changed the cookie")
	}
	v.submit("answer.lc", "action=forget").wantRedirect("answer.lc")
	v.get("answer.lc").want(atom.Article, "Your browser keeps no note.")
}

// TestSampleSiteModule sends amounts to the page that splits them with the
// functions of lib/money.lua.
func TestSampleSiteModule(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	for amount, want := range map[string]string{
		"0":                 "0.00 in three parts, to the cent Part 1 0.00 Part 2 0.00 Part 3 0.00",
		"0.01":              "0.01 in three parts, to the cent Part 1 0.00 Part 2 0.00 Part 3 0.01",
		"12":                "12.00 in three parts",
		"12.":               "12.00 in three parts",
		"12.5":              "12.50 in three parts",
		"1 000.05":          "1,000.05 in three parts",
		"1234567":           "1,234,567.00 in three parts",
		"0001":              "1.00 in three parts",
		"999,999,999,999.9": "999,999,999,999.90 in three parts",
		"1000000000000":     "That is more than there is.",
		"1.005":             "Cents have two digits.",
		"-1":                "Write an amount such as 12.50.",
		"":                  "Write an amount such as 12.50.",
		".5":                "Write an amount such as 12.50.",
		"0x10":              "Write an amount such as 12.50.",
		"1e3":               "Write an amount such as 12.50.",
		"1\x002":            "Write an amount such as 12.50.",
		"<b>":               "Write an amount such as 12.50.",
	} {
		a := v.get("module.lc?amount=" + url.QueryEscape(amount))
		a.want(atom.Article, want)
		checkHTML(t, v.site, a.body)
	}
	v.get("module.lc?amount[]=7").want(atom.Article, "1,250.00 in three parts")
}
