package tests

import (
	"cmp"
	"regexp"
	"strings"
	"testing"

	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// TestPageError runs pages that fail. The visitor gets a plain 500 with a
// request id, the log has one line with that id, the file and the line; nothing
// of the page is shown, its session keeps the old state and is free.
func TestPageError(t *testing.T) {
	// Every page counts first, so that there is something to be kept back.
	const begin = `<p>partial page</p><?lc start session _SESSION.n = _SESSION.n + 1 response.header("X-Partial", "1") ?>` + "\n"
	sixLines := strings.Repeat("<p>partial page</p>\n", 6)
	cases := []struct {
		name  string
		page  string // fail.lc, after begin
		part  string // part.lc
		where string // file:line in the log
		why   string // in the log
		limit string // LCGI_TIMEOUT; 1s if empty
	}{
		{name: "error in line 7 of an included page", page: `<?lc include("part.lc") ?>`, part: sixLines + `<?lc error("reason") ?>`, where: "part.lc:7", why: "reason"},
		{name: "nil in line 7 of an included page", page: `<?lc include("part.lc") ?>`, part: sixLines + `<p><?= nothing.at.all ?></p>`, where: "part.lc:7", why: "nil"},
		{name: "syntax error in line 7 of an included page", page: `<?lc include("part.lc") ?>`, part: sixLines + `<?lc x = = 1 ?>`, where: "part.lc:7", why: "="},
		{name: "included page that is missing", page: `<?lc include("none.lc") ?>`, where: "fail.lc:2", why: "none.lc"},
		{name: "include out of the root", page: `<?lc include("../../../../etc/passwd") ?>`, where: "fail.lc:2", why: "passwd"},
		{name: "include without an end", page: `<?lc include("fail.lc") ?>`, where: "fail.lc:2", why: "include"},
		{name: "syntax error", page: "<p>\n<?lc local 1 = 2 ?>", where: "fail.lc:3", why: "1"},
		{name: "unclosed tag", page: "<p>\n<?lc if true then\n<p>text</p>", where: "fail.lc:4", why: "the tag opened at 3:1 is never closed"},
		{name: "unclosed block", page: "<?lc for i = 1, 3 do ?>\n<p>\n", where: "fail.lc:4", why: "opened at 2:6"},
		{name: "an end too many", page: "<?lc if true then ?>\n<?lc end ?>\n<?lc end ?>", where: "fail.lc:4", why: "end"},
		{name: "unclosed string", page: "\n<?lc put('abc) ?>", where: "fail.lc:3", why: "string"},
		{name: "endless loop", page: "\n<?lc while true do end ?>", where: "fail.lc:3", why: "LCGI_TIMEOUT"},
		{name: "endless loop that catches errors", page: "<?lc while true do pcall(function() while true do end end) end ?>", where: "fail.lc:2", why: "LCGI_TIMEOUT"},
		{name: "endless recursion", page: "<?lc local function f() return 1 + f() end f() ?>", where: "fail.lc:2", why: "stack overflow", limit: "30s"},
		{name: "pattern without an end", page: `<?lc string.find(string.rep("a", 200), string.rep("a*", 60) .. "b") ?>`, where: "fail.lc:2"},
		{name: "error raised with a table", page: `<?lc error({code = 7}) ?>`, where: "fail.lc:2", why: "table"},
		{name: "error raised with nil", page: `<?lc error() ?>`, where: "fail.lc:2", why: "nil"},
		{name: "a table as output", page: "<?= {} ?>", where: "fail.lc:2", why: "table"},
		{name: "a function as output", page: "<?= put ?>", where: "fail.lc:2", why: "function"},
		{name: "header with a line break", page: `<?lc response.header("X-A", "1\r\nX-B: 2") ?>`, where: "fail.lc:2", why: "X-A"},
		{name: "function in the session", page: "<?lc _SESSION.cart = {items = {f = put}} ?>", where: "", why: "cart.items.f"},
		{name: "circle in the session", page: "<?lc _SESSION.a = {} _SESSION.a.b = _SESSION.a ?>", where: "", why: "a.b"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			site := direct.NewSite(t, lcgi, map[string]string{
				"begin.lc": `<?lc start session _SESSION.n = 1 ?>`,
				"after.lc": `<?lc start session put(_SESSION.n, " ", type(_SESSION.cart), " ", type(_SESSION.a)) ?>`,
				"fail.lc":  begin + c.page,
				"part.lc":  c.part,
			}).With("LCGI_TIMEOUT="+cmp.Or(c.limit, "1s"), "LCGI_SESSION_WAIT=1s")
			cookie := sessionCookie(t, site.Do(t, wire.Get("/begin.lc")), "LCSESSION")

			r := site.Do(t, wire.Get("/fail.lc", cookie))
			if r.Status != 500 {
				t.Errorf("status %d, want 500", r.Status)
			}
			if strings.Contains(string(r.Body), "partial") || r.Header.Get("X-Partial") != "" || r.Header.Get("Set-Cookie") != "" {
				t.Errorf("the answer has parts of the page:\n%v\n%s", r.Header, r.Body)
			}
			for _, word := range []string{"fail.lc", "part.lc", site.Root} {
				if strings.Contains(string(r.Body), word) {
					t.Errorf("the answer names %s:\n%s", word, r.Body)
				}
			}
			if !strings.Contains(r.Stderr, c.where) || !strings.Contains(r.Stderr, c.why) {
				t.Errorf("the log has not %q and %q:\n%s", c.where, c.why, r.Stderr)
			}
			checkRequestID(t, r)

			r = site.Do(t, wire.Get("/after.lc", cookie))
			wantBody(t, r, "1 nil nil")
		})
	}
}

var shownRequestID = regexp.MustCompile(`<p>Request ([0-9a-z]{12})</p>`)

// checkRequestID makes sure that the log is one line and has the id that the
// answer shows.
func checkRequestID(t *testing.T, r *direct.Response) {
	t.Helper()
	m := shownRequestID.FindSubmatch(r.Body)
	if m == nil {
		t.Errorf("no request id in the answer:\n%s", r.Body)
		return
	}
	if !strings.Contains(r.Stderr, string(m[1])) {
		t.Errorf("the log has not the request id %s:\n%s", m[1], r.Stderr)
	}
	if !regexp.MustCompile(`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d lcgi: `).MatchString(r.Stderr) {
		t.Errorf("the log does not begin with the time:\n%s", r.Stderr)
	}
	if strings.Count(r.Stderr, "\n") != 1 {
		t.Errorf("the log is not one line:\n%s", r.Stderr)
	}
}

// TestErrorPage shows errors as they are shown in development.
func TestErrorPage(t *testing.T) {
	site := direct.NewSite(t, lcgi, map[string]string{
		"main.lc": "<h1>partial</h1>\n<?lc local function helper()\n  include(\"part.lc\")\nend\nhelper() ?>",
		"part.lc": strings.Repeat("<p>text</p>\n", 6) + "<?lc error(\"<b>reason</b>\") ?>\n<p>after</p>\n",
	}).With("LCGI_ERRORS=page")
	r := site.Do(t, wire.Get("/main.lc?a=1"))
	if r.Status != 500 {
		t.Errorf("status %d, want 500", r.Status)
	}
	body := string(r.Body)
	for _, want := range []string{
		"part.lc", "7", // where it happened
		"&lt;b&gt;reason&lt;/b&gt;", // the message, escaped
		"&lt;p&gt;after&lt;/p&gt;",  // the source around the line
		"main.lc", "helper",         // the call stack
		"/main.lc?a=1", // the request
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page has not %q", want)
		}
	}
	if strings.Contains(body, "<h1>partial</h1>") || strings.Contains(body, "<b>reason</b>") {
		t.Error("the page shows part of the failed page, or HTML of the error message")
	}
	if t.Failed() {
		t.Logf("%s", body)
	}
}

// TestLimits goes over the limits of a request. Each has a clear answer.
func TestLimits(t *testing.T) {
	site := direct.NewSite(t, lcgi, map[string]string{
		"echo.lc":  `<?lc put(#(_POST.a or ""), #request.body()) ?>`,
		"large.lc": `<?lc for i = 1, 100 do put(string.rep("x", 10000)) end ?>`,
		"busy.lc":  `<?lc start session _SESSION.n = 1 ?>`,
	})
	post := wire.Post("/echo.lc", "a="+strings.Repeat("x", 2000))
	cases := []struct {
		name string
		send wire.Request
		env  string
		want int
		log  string
	}{
		{"body", post, "LCGI_MAX_BODY=1kB", 413, "LCGI_MAX_BODY"},
		{"fields", wire.Post("/echo.lc", strings.Repeat("a=1&", 11)), "LCGI_MAX_FIELDS=10", 400, "LCGI_MAX_FIELDS"},
		{"output", wire.Get("/large.lc"), "LCGI_MAX_OUTPUT=100kB", 500, "LCGI_MAX_OUTPUT"},
		{"length that is no number", wire.Request{Method: "POST", Target: "/echo.lc", Header: []string{"Content-Length: 1e3"}, Body: []byte("a=1")}, "", 400, "CONTENT_LENGTH"},
		{"negative length", wire.Request{Method: "POST", Target: "/echo.lc", Header: []string{"Content-Length: -1"}, Body: []byte("a=1")}, "", 400, "CONTENT_LENGTH"},
		{"body that ends early", wire.Request{Method: "POST", Target: "/echo.lc", Header: []string{"Content-Length: 10", "Content-Type: application/x-www-form-urlencoded"}, Body: []byte("a=1")}, "", 400, "3 of 10"},
		{"setting that is no size", wire.Get("/echo.lc"), "LCGI_MAX_BODY=much", 500, "LCGI_MAX_BODY"},
		{"setting that is no duration", wire.Get("/echo.lc"), "LCGI_TIMEOUT=30", 500, "LCGI_TIMEOUT"},
		{"save path that is missing", wire.Get("/busy.lc"), "LCGI_SESSION_SAVE_PATH=/nonexistent", 500, "mkdir"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := site.With(c.env).Do(t, c.send)
			if r.Status != c.want || !strings.Contains(r.Stderr, c.log) {
				t.Errorf("status %d, want %d; log (want %q): %s", r.Status, c.want, c.log, r.Stderr)
			}
		})
	}
}

// TestBusySession lets a request wait for a session that another one holds.
func TestBusySession(t *testing.T) {
	site := direct.NewSite(t, lcgi, map[string]string{
		"n.lc": `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		// It holds its session until its time is over.
		"hold.lc": `<?lc start session _SESSION.n = 100 while true do end ?>`,
	})
	cookie := sessionCookie(t, site.Do(t, wire.Get("/n.lc")), "LCSESSION")
	holder := make(chan error, 1)
	go func() {
		r, err := site.With("LCGI_TIMEOUT=3s").Run(wire.Get("/hold.lc", cookie))
		if err == nil && r.Status != 500 {
			t.Errorf("the page without an end: status %d", r.Status)
		}
		holder <- err
	}()
	// Until the holder has it, requests go through.
	impatient := site.With("LCGI_SESSION_WAIT=20ms")
	for {
		r := impatient.Do(t, wire.Get("/n.lc", cookie))
		if r.Status == 503 {
			if r.Header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
			break
		}
		if r.Status != 200 {
			t.Fatalf("status %d; log: %s", r.Status, r.Stderr)
		}
		select {
		case err := <-holder:
			t.Fatalf("the holder ended and nobody had to wait (%v)", err)
		default:
		}
	}
	r := site.Do(t, wire.Get("/n.lc", cookie))
	if r.Status != 200 || string(r.Body) == "101" {
		t.Errorf("after the holder ended: %d %q; log: %s", r.Status, r.Body, r.Stderr)
	}
	if err := <-holder; err != nil {
		t.Error(err)
	}
}
