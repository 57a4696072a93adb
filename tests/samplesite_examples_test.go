package tests

import (
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lcgi/tests/browser"
	"lcgi/tests/servers"
)

// shownExample returns the text of the element of a sample page that has an id.
func shownExample(t *testing.T, page, id string) string {
	t.Helper()
	node := first(newVisitor(t, sampleSite(t, nil)).get(page).doc, hasID(id))
	if node == nil {
		t.Fatalf("%s has no element %q", page, id)
	}
	return innerText(node)
}

// TestWalkScriptToken has Chromium run the script that csrf.lc shows, against the
// page that it shows beside it.
func TestWalkScriptToken(t *testing.T) {
	server := startSite(t, servers.Serve, map[string]string{
		"page.lc": "<!doctype html><?lc start session ?><link rel=\"icon\" href=\"data:,\">\n" + shownExample(t, "csrf.lc", "sends"),
		"vote.lc": shownExample(t, "csrf.lc", "answers"),
		"read.lc": "<?lc start session put(type(_SESSION.vote), _SESSION.vote) ?>",
	}, servers.Site{})
	tab := browser.Open(t)
	if status := tab.Go(t, server.URL+"/page.lc"); status != 200 {
		t.Fatalf("status %d\n%s", status, server.Log())
	}
	tab.Await(t, `fetch("read.lc").then(r => r.text()).then(text => text === "number5")`)
	for _, problem := range tab.Problems() {
		t.Errorf("the console shows: %s", problem)
	}
}

// TestSampleSiteLateForm sends the form that csrf.lc shows after its session has
// gone: the text comes back, and the second time it is taken.
func TestSampleSiteLateForm(t *testing.T) {
	v := newVisitor(t, startSite(t, servers.Gateway, map[string]string{
		"form.lc":   shownExample(t, "csrf.lc", "keeps"),
		"thanks.lc": "<?lc start session ?><p><?= _SESSION.text ?></p>",
	}, servers.Site{}))
	const text = `"a" <long> text`
	send := func(token string) answered {
		t.Helper()
		return v.post("form.lc", url.Values{"text": {text}, "csrf": {token}}.Encode())
	}
	old := v.token("form.lc")
	v = newVisitor(t, v.site) // who has nothing of the session any more
	late := send(old)
	field := first(late.doc, func(n *html.Node) bool { return attr(n, "name") == "text" })
	if late.status != 403 || field == nil || attr(field, "value") != text {
		t.Fatalf("status %d:\n%s", late.status, late.body)
	}
	if shown := late.text(atom.P); !strings.HasPrefix(shown, "Nothing was sent yet") {
		t.Errorf("the page says %q", shown)
	}
	if a := v.get("thanks.lc"); a.text(atom.P) != "" {
		t.Errorf("what was refused is kept:\n%s", a.body)
	}
	send(late.token()).wantRedirect("thanks.lc")
	v.get("thanks.lc").want(atom.P, text)
}

// TestSampleSiteLogLine compares the line that log.lc shows with one that is
// written, over CGI and by serve.
func TestSampleSiteLogLine(t *testing.T) {
	shown := shownExample(t, "log.lc", "line")
	// The same but for the digits of the time, and for the id.
	pattern := regexp.QuoteMeta(shown)
	pattern = regexp.MustCompile(`^[\d-]+ [\d:]+`).ReplaceAllStringFunc(pattern, func(time string) string {
		return regexp.MustCompile(`\d`).ReplaceAllString(time, `\d`)
	})
	pattern = strings.Replace(pattern, "k3j9x1q0z7ab", "[0-9a-z]{12}", 1)
	const call = `require("log").warn("too many tries", { user = "ada", tries = 5 })`
	if source := readFile(t, "../sample-site/log.lc"); !strings.Contains(source, strings.TrimPrefix(call, `require("log")`)) {
		t.Errorf("log.lc does not show %s", call)
	}
	for kind, pattern := range map[servers.Kind]string{
		servers.Gateway: pattern,
		servers.Serve:   strings.Replace(pattern, " lcgi: ", " ", 1),
	} {
		server := startSite(t, kind, map[string]string{"login.lc": "<?lc " + call + " ?>"}, servers.Site{})
		newVisitor(t, server).get("login.lc")
		awaitLog(t, server, "too many tries")
		if !regexp.MustCompile(`(?m)^` + pattern + `$`).MatchString(server.Log()) {
			t.Errorf("%s: the log does not have a line like\n%s\nbut\n%s", kind, shown, server.Log())
		}
	}
}

// TestWalkNavigation looks at every page on a phone and on a small one: what
// stands above the title is low, the page's own link is in sight, no field
// touches its button, and nothing is wider than the screen.
func TestWalkNavigation(t *testing.T) {
	const highest, narrowest = 160, 4 // pixels
	r := newReader(t)
	for _, width := range []int{390, 320} {
		r.Resize(t, width, 844)
		for page := range samplePages() {
			r.open(page)
			if got := browser.Eval[int](t, r.Tab, `document.querySelector(".top").offsetHeight`); got > highest {
				t.Errorf("%s at %d: the top is %d pixels high", page, width, got)
			}
			if !browser.Eval[bool](t, r.Tab, `[...document.querySelectorAll(".top .here, .top [aria-current]")].every((link) => {
					const box = link.getBoundingClientRect()
					return box.left >= 0 && box.right <= innerWidth && document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2) === link
				})`) {
				t.Errorf("%s at %d: its link is not in sight", page, width)
			}
			if got := browser.Eval[float64](t, r.Tab, `Math.min(99, ...[...document.querySelectorAll("article :is(input, textarea) + :is(label, button)")].map((next) => {
					const box = next.getBoundingClientRect(), field = next.previousElementSibling.getBoundingClientRect()
					return box.top < field.bottom ? 99 : box.top - field.bottom
				}))`); got <= narrowest {
				t.Errorf("%s at %d: %g pixels between a field and what follows", page, width, got)
			}
			if got := browser.Eval[int](t, r.Tab, "document.documentElement.scrollWidth"); got > width {
				t.Errorf("%s is %d pixels wide, on %d", page, got, width)
			}
		}
	}
}

// TestDeployComments takes the lines of lighttpd's file that are to be used where
// somebody needs them: with them, any query reaches the page, and a file that was
// deleted is gone at once.
func TestDeployComments(t *testing.T) {
	var settings strings.Builder
	for line := range strings.Lines(readFile(t, "../sample-site/deploy/lighttpd.conf")) {
		for _, name := range []string{"server.http-parseopts ", "server.stat-cache-engine "} {
			if setting, ok := strings.CutPrefix(line, "# "+name); ok {
				settings.WriteString(name + setting)
			}
		}
	}
	pages := map[string]string{"query.lc": "<?= request.query ?>", "note.txt": "a note"}
	for config, want := range map[string]int{"": 400, settings.String(): 200} {
		v := newVisitor(t, startSite(t, servers.Lighttpd, pages, servers.Site{LighttpdConfig: config}))
		for _, query := range []string{"q=%FF%FE", "q=a%0Ab"} {
			if a := v.get("query.lc?" + query); a.status != want || want == 200 && a.body != query {
				t.Errorf("%q: %s is answered with %d: %s", config, query, a.status, a.body)
			}
		}
		if config == "" {
			continue
		}
		if a := v.get("note.txt"); a.body != "a note" {
			t.Errorf("status %d: %s", a.status, a.body)
		}
		if err := os.Remove(filepath.Join(v.site.Root, "note.txt")); err != nil {
			t.Fatal(err)
		}
		if a := v.get("note.txt"); a.status != 404 {
			t.Errorf("a file that was deleted is answered with %d: %s", a.status, a.body)
		}
	}
}
