package tests

import (
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lcgi/tests/browser"
	"lcgi/tests/servers"
)

// A reader reads the sample site, as "lcgi serve sample-site" shows it, with
// Chromium.
type reader struct {
	t      *testing.T
	server *servers.Server
	*browser.Tab
}

func newReader(t *testing.T, scripts ...string) *reader {
	t.Helper()
	site := servers.Site{Binary: lcgi, Root: sampleRoot(t), Env: map[string]string{"LCGI_MAX_FILE": "20MB"}}
	return &reader{t: t, server: servers.Start(t, servers.Serve, site), Tab: browser.Open(t, scripts...)}
}

// open opens a page, which must show no error.
func (r *reader) open(page string) {
	r.t.Helper()
	if status := r.Go(r.t, r.server.URL+"/"+page); status != 200 {
		r.t.Fatalf("%s: status %d\n%s", page, status, lastOf(r.server.Log()))
	}
	r.quiet(page)
}

// click follows a link or sends a form, which must lead to a page that shows no
// error.
func (r *reader) click(selector string) {
	r.t.Helper()
	if status := r.Click(r.t, selector); status != 200 {
		r.t.Fatalf("after a click on %s: status %d\n%s", selector, status, lastOf(r.server.Log()))
	}
	r.quiet(selector)
}

// quiet looks for errors in the console. Pages of the site name their icon; for the
// plain page of a status, Chromium asks for favicon.ico whenever it likes.
func (r *reader) quiet(where string) {
	r.t.Helper()
	for _, problem := range r.Problems() {
		if strings.Contains(problem, r.server.URL+"/favicon.ico") {
			continue
		}
		r.t.Errorf("%s: the console shows: %s", where, problem)
	}
}

// shows looks for text in the first element that a CSS selector finds.
func (r *reader) shows(selector, text string) {
	r.t.Helper()
	showsText(r.t, r.Tab)(selector, text)
}

// TestWalkGuestbook writes a script into the guest book, which is shown as text
// and does not run.
func TestWalkGuestbook(t *testing.T) {
	r := newReader(t)
	const script = `<script>alert(document.cookie)</script>`
	const image = `<img src=x onerror="alert(1)">`
	r.open("guestbook.lc")
	r.Fill(t, "#name", image)
	r.Fill(t, "#text", script+"\nsecond line")
	r.click("article form button")
	r.shows(".entry .said", script+"\nsecond line")
	r.shows(".entry .by", image)
	if n := browser.Eval[int](t, r.Tab, `document.querySelectorAll(".entry script, .entry img").length`); n != 0 {
		t.Errorf("the entry has %d elements of the visitor’s", n)
	}
	r.open("guestbook.lc")
	r.shows(".entry .said", script)

	// Text that turns round, and one that is piled up: neither gets out of its place.
	const left = `[".entry b", ".entry time"].map(s => document.querySelector(s).getBoundingClientRect().left)`
	r.Fill(t, "#name", "\u202eAda")
	r.Fill(t, "#text", "z"+strings.Repeat("\u0301", 400))
	r.click("article form button")
	if at := browser.Eval[[]float64](t, r.Tab, left); at[0] >= at[1] {
		t.Errorf("the name has turned round what stands behind it: %v", at)
	}
	if clip := browser.Eval[string](t, r.Tab, `getComputedStyle(document.querySelector(".entry")).overflow`); clip != "clip" {
		t.Errorf("what is piled up in an entry overflows: %s", clip)
	}
}

// TestWalkLogin signs up and logs in. Forms without a token, and those of other
// sites, do nothing, even if they know the token.
func TestWalkLogin(t *testing.T) {
	r := newReader(t)
	const name, password = "ada", "tea time, please"
	fill := func(button string) {
		t.Helper()
		r.Fill(t, "#name", name)
		r.Fill(t, "#password", password)
		r.click(button)
	}
	r.open("login.lc")
	fill(`button[value="sign up"]`)
	r.shows(".lead", "You are logged in, ada.")
	r.click(`button[value="log out"]`)
	r.shows(".lead", "You are not logged in.")

	refused := func(what string) {
		t.Helper()
		if status := r.Click(t, "form button"); status != 403 {
			t.Errorf("%s: status %d, want 403\n%s", what, status, r.Text(t, "body"))
		}
		r.Problems() // Chromium reports the 403
	}
	browser.Eval[bool](t, r.Tab, `document.querySelector("[name=csrf]").remove() ?? true`)
	r.Fill(t, "#name", name)
	r.Fill(t, "#password", password)
	refused("no token")
	r.open("login.lc")
	r.shows(".lead", "You are not logged in.")
	fill(`button[value="log in"]`)
	r.shows(".lead", "You are logged in, ada.")

	token := browser.Eval[string](t, r.Tab, `document.querySelector("[name=csrf]").value`)
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><title>A prize</title>
			<form method="post" action="%s/login.lc">
			<input type="hidden" name="action" value="log out">
			<input type="hidden" name="csrf" value="%s">
			<button>Get your prize</button></form>`, r.server.URL, html.EscapeString(q.FormValue("token")))
	}))
	defer evil.Close()
	// Another port is another origin of the same site, whose forms carry the
	// cookie; another name is another site.
	sister := evil.URL
	stranger := strings.Replace(evil.URL, "127.0.0.1", "localhost", 1)
	for _, from := range []string{sister + "/?token=" + token, stranger + "/?token=" + token, sister, stranger} {
		if status := r.Go(t, from); status != 200 {
			t.Fatalf("%s: status %d", from, status)
		}
		refused("a form on " + from)
		r.open("login.lc")
		r.shows(".lead", "You are logged in, ada.")
	}
	r.click(`button[value="log out"]`)
}

// TestWalkUpload chooses files, sees them, sends them, sees how far that is, and
// sees them again.
func TestWalkUpload(t *testing.T) {
	r := newReader(t, `
		window.sent = [];
		new MutationObserver((changes) => {
			for (const { target } of changes) {
				if (target.id === "sent" && !target.parentNode.hidden) window.sent.push(target.value);
			}
		}).observe(document, { subtree: true, attributes: true });`)
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, content, 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	drawn := picture(t)
	r.open("upload.lc")
	r.Choose(t, "#files", file("Größe & <b>.png", padded(drawn, 4<<20)), file("paper.pdf", []byte("%PDF-1.7\n")), file("note.txt", []byte("no")))
	r.Await(t, `document.querySelector("#preview img")?.naturalWidth === 30`)
	r.shows("#preview", "Größe & <b>.png")
	if n := browser.Eval[int](t, r.Tab, `document.querySelectorAll("#preview li").length`); n != 3 {
		t.Errorf("%d files are shown before they are sent", n)
	}
	r.Press(t, "#upload button")
	r.Await(t, `document.querySelector("#kept img")?.naturalWidth === 30`)
	r.shows("#kept", "Größe & <b>.png")
	r.shows("#kept", "paper.pdf")
	r.shows("#kept [role=status]", "note.txt is no PNG")
	sent := browser.Eval[[]float64](t, r.Tab, "window.sent")
	if len(sent) < 2 || sent[len(sent)-1] != 1 || !slices.IsSorted(sent) {
		t.Errorf("the bar showed %v", sent)
	}
	r.Await(t, `document.querySelector("progress").parentNode.hidden && document.querySelector("#preview").children.length === 0`)
	r.quiet("sending files")

	// The page that follows shows the same, and without JavaScript it is all there is.
	r.open("upload.lc")
	r.shows("#kept", "paper.pdf")
	r.click(`#kept button[value="1.png"]`)
	if n := browser.Eval[int](t, r.Tab, `document.querySelectorAll("#kept li").length`); n != 1 {
		t.Errorf("after one was deleted, %d files are left", n)
	}

	r.Choose(t, "#files", file("huge.png", padded(drawn, 21<<20)))
	r.shows("#preview", "huge.png is too large")
	r.Press(t, "#upload button")
	r.Await(t, `document.querySelector("#kept .warning") !== null`)
	r.shows("#kept .warning", "That is more than this site takes.")
	r.Problems() // Chromium reports the 413
	if disabled := browser.Eval[bool](t, r.Tab, `document.querySelector("#upload button").disabled`); disabled {
		t.Error("after a file that is too large nothing more can be sent")
	}
}

// TestWalkTasks has the page that calls the API keep a list.
func TestWalkTasks(t *testing.T) {
	r := newReader(t)
	r.open("tasks.lc")
	const empty = `document.querySelector("#status").textContent === "There is nothing to do."`
	const title = `<img src=x onerror=alert(1)> "é"`
	r.Await(t, empty)
	r.Fill(t, "#title", title)
	r.Press(t, "#add button")
	r.Await(t, `document.querySelectorAll("#tasks li").length === 1 && document.querySelector("#title").value === ""`)
	r.shows("#tasks", title)
	r.Press(t, "#tasks input")
	r.Await(t, `fetch("api.lc/1").then(r => r.json()).then(task => task.done)`)
	r.open("tasks.lc")
	r.Await(t, `document.querySelector("#tasks input")?.checked`)
	r.shows("#tasks", title)
	r.Press(t, "#tasks button")
	r.Await(t, empty)
	r.quiet("the list of tasks")

	browser.Eval[bool](t, r.Tab, `fetch("counter.lc", {
		method: "POST",
		body: new URLSearchParams({ action: "delete", csrf: document.querySelector("#add").dataset.csrf }),
	}).then((answer) => answer.ok)`)
	r.Fill(t, "#title", "too late")
	r.Press(t, "#add button")
	r.Await(t, `document.querySelector("#status").textContent.startsWith("Forbidden")`)
	r.Problems() // Chromium reports the 403
}

// TestWalkStream watches the bar of the page that counts grow before the page
// has come to its end.
func TestWalkStream(t *testing.T) {
	r := newReader(t, `
		window.steps = [];
		new MutationObserver(() => {
			const bars = [...document.querySelectorAll("progress")];
			const shown = bars.filter((bar) => bar.checkVisibility());
			const last = shown.at(-1)?.value;
			if (document.readyState === "loading" && last && last !== window.steps.at(-1)) window.steps.push(last);
			if (shown.length > 1) window.steps.push(NaN);
		}).observe(document, { subtree: true, childList: true });`)
	r.open("stream.lc")
	r.click("article a.button")
	steps := browser.Eval[[]float64](t, r.Tab, "window.steps")
	if len(steps) < 3 || !slices.IsSorted(steps) || steps[0] >= 25 {
		t.Errorf("while the page came the bar showed %v", steps)
	}
	r.shows(".live", "primes up to")
}

// TestWalkPhone reads every page on a phone: none is wider than that.
func TestWalkPhone(t *testing.T) {
	r := newReader(t)
	const width = 390
	r.Resize(t, width, 844)
	for page := range samplePages() {
		r.open(page)
		if got := browser.Eval[int](t, r.Tab, "document.documentElement.scrollWidth"); got > width {
			t.Errorf("%s is %d pixels wide", page, got)
		}
	}
}
