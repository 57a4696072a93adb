package lua_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// csrfPages are the pages of a site whose forms have tokens.
func csrfPages() map[string]string {
	const start = `<?lc local csrf = require "csrf" start session `
	return map[string]string{
		"form.lc":   start + `?><form method="post"><?= csrf.field() ?></form>`,
		"token.lc":  start + `put(csrf.token()) ?>`,
		"post.lc":   start + `csrf.check() _SESSION.posts = (_SESSION.posts or 0) + 1 ?>posted <?= _SESSION.posts ?>`,
		"login.lc":  start + `csrf.check() session.get():rotate(0) _SESSION.user = "ada" ?>in`,
		"rotate.lc": start + `session.get():rotate(30) ?>rotated`,
		"signin.lc": start + `_SESSION = {user = "ada"} session.get():rotate(0) put(csrf.token()) ?>`,
		"empty.lc":  start + `_SESSION = {} ?>`,
		"keys.lc": start + `local names = {} for k, v in pairs(_SESSION) do names[#names + 1] = k .. ":" .. type(v) end
			table.sort(names) put(table.concat(names, " ")) ?>`,
		"own.lc":      start + `_SESSION._csrf = "mine" put(csrf.token()) ?>`,
		"readonly.lc": `<?lc local s = session.start{readonly = true} put(require("csrf").token(s)) ?>`,
		"stopped.lc":  start + `stop session put(csrf.token()) ?>`,
		"deleted.lc":  start + `delete session csrf.check() ?>`,
		"none.lc":     `<?lc require("csrf").check() ?>fine`,
		"nofield.lc":  `<?lc put(require("csrf").field()) ?>`,
		"wrong.lc":    start + `csrf.check("LCSESSION") ?>`,
		"pcall.lc":    start + `local ok, why = pcall(csrf.check) put(ok, " ", why) ?>`,
		"two.lc": `<?lc local csrf = require "csrf"
			local a, b = session.start{name = "a"}, session.start{name = "b"}
			if request.method == "GET" then put(csrf.token(a), " ", csrf.token(b)) else csrf.check(_GET.of == "a" and a or b) put("checked") end ?>`,
		"json.lc":   start + `csrf.check() put(request.body()) ?>`,
		"linked.lc": `<?lc local s = session.start{name = "tour", track = "link"} local csrf = require "csrf" csrf.check(s) put(s.id, " ", csrf.token(s)) ?>`,
	}
}

// token returns a token for the visitor's session.
func (s *testSite) token() string {
	s.t.Helper()
	a := s.do("/token.lc", "")
	if a.status != 200 || len(a.body.String()) != 86 {
		s.t.Fatalf("no token: %d %q\nlog: %s", a.status, a.body.String(), strings.Join(s.log, "\n"))
	}
	return a.body.String()
}

// refused fails unless the answer is 403 and the log says why.
func (s *testSite) refused(a *answer, why string) {
	s.t.Helper()
	log := ""
	if len(s.log) > 0 {
		log = s.log[len(s.log)-1]
	}
	if a.status != 403 || !strings.Contains(log, "csrf.check refused the request: "+why) {
		s.t.Errorf("got %d %q; log %q lacks %q", a.status, a.body.String(), log, why)
	}
	s.log = nil
}

// posted fails unless the answer is that of a post that has passed.
func (s *testSite) posted(a *answer) {
	s.t.Helper()
	if a.status != 200 || !strings.HasPrefix(a.body.String(), "posted") {
		s.t.Errorf("got %d %q\nlog: %s", a.status, a.body.String(), strings.Join(s.log, "\n"))
	}
}

func TestCSRF(t *testing.T) {
	s := newSite(t, csrfPages())

	// The field needs no raw, and its token is that of the session.
	a := s.do("/form.lc", "")
	field := regexp.MustCompile(`^<form method="post"><input type="hidden" name="csrf" value="([\w-]{86})"></form>$`).FindStringSubmatch(a.body.String())
	if field == nil || s.cookies["LCSESSION"] == "" {
		t.Fatalf("got %q, cookies %v", a.body.String(), s.cookies)
	}
	s.posted(s.do("/post.lc", "csrf="+field[1]))

	// Two tabs have tokens of their own, both of which last.
	first, second := s.token(), s.token()
	if first == second {
		t.Error("two answers have the same token")
	}
	for _, token := range []string{first, second, field[1], first} {
		s.posted(s.do("/post.lc", "csrf="+token))
	}
	s.posted(s.do("/post.lc", "csrf=old&csrf="+first)) // as in _POST, the last one counts
	s.posted(s.do("/post.lc", "a=b", "HTTP_X_CSRF_TOKEN", second))
	s.posted(s.do("/post.lc", "csrf="+first, "HTTP_SEC_FETCH_SITE", "same-origin", "HTTP_ORIGIN", "http://test.example"))

	// What must not change anything passes without.
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		if a := s.do("/post.lc", "", "REQUEST_METHOD", method); a.status != 200 {
			t.Errorf("%s: %d", method, a.status)
		}
	}
	s.want("/none.lc", 200, "fine")

	for _, c := range []struct {
		body string
		env  []string
		why  string
	}{
		{"a=b", nil, "it has no token, neither in a field csrf nor in a header X-CSRF-Token"},
		{"csrf=", nil, "it has no token"},
		{"csrf[]=" + first, nil, "it has no token"},
		{"csrf=x", nil, "its token is not one of the session LCSESSION"},
		{"csrf=" + first + "&csrf=", nil, "it has no token"},
		{"csrf=" + strings.Repeat("A", 86), nil, "its token is not one"},
		{"csrf=" + first, []string{"HTTP_X_CSRF_TOKEN", "x"}, "its token is not one"},
		{"csrf=" + first, []string{"HTTP_SEC_FETCH_SITE", "cross-site"}, `it comes from another site (Sec-Fetch-Site: "cross-site")`},
		{"csrf=" + first, []string{"HTTP_SEC_FETCH_SITE", "same-site"}, "it comes from another site"},
		{"csrf=" + first, []string{"HTTP_ORIGIN", "http://evil.example"}, `it comes from another site (Origin: "http://evil.example"`},
		{"csrf=" + first, []string{"HTTP_ORIGIN", "https://test.example"}, "it comes from another site"},
		{"csrf=" + first, []string{"HTTP_ORIGIN", "null"}, "it does not tell where it comes from"},
		{"csrf=" + first, []string{"HTTP_COOKIE", ""}, "it has no cookie of the session LCSESSION"},
		{"csrf=" + first, []string{"HTTP_COOKIE", "LCSESSION=" + strings.Repeat("0", 64)}, "the session LCSESSION that it names has ended"},
		{"csrf=" + first, []string{"REQUEST_METHOD", "DELETE"}, "it has no token"},
		{"csrf=" + first, []string{"REQUEST_METHOD", "get"}, "it has no token"},
		{`{"csrf":"` + first + `"}`, []string{"CONTENT_TYPE", "application/json"}, "it has no token"},
	} {
		cookies := s.cookies
		s.cookies = map[string]string{"LCSESSION": cookies["LCSESSION"]}
		s.refused(s.do("/post.lc?csrf="+first, c.body, c.env...), c.why)
		s.cookies = cookies
	}
	// 8 posts and 3 requests that pass before them, and this.
	if a := s.do("/post.lc", "csrf="+first); a.body.String() != "posted 12" {
		t.Errorf("one that was refused has done something: %q", a.body.String())
	}

	// A page that wants to say more than 403 can.
	a = s.do("/pcall.lc", "a=b")
	if a.status != 200 || !strings.HasPrefix(a.body.String(), "false pcall.lc:1: 403 Forbidden: csrf.check refused the request: it has no token") {
		t.Errorf("got %d %q", a.status, a.body.String())
	}
}

// A token is worth nothing in another session, after signing in and after the end
// of its session.
func TestCSRFBinding(t *testing.T) {
	s := newSite(t, csrfPages())
	theirs := s.token()
	s.cookies = map[string]string{}
	ours := s.token()
	s.refused(s.do("/post.lc", "csrf="+theirs), "its token is not one of the session LCSESSION")
	s.posted(s.do("/post.lc", "csrf="+ours))

	// An id that is changed now and then leaves open forms as they are.
	s.want("/rotate.lc", 200, "rotated")
	s.posted(s.do("/post.lc", "csrf="+ours))
	// A visitor who has signed in has nothing in common with who was there before.
	if a := s.do("/login.lc", "csrf="+ours); a.body.String() != "in" {
		t.Fatalf("got %d %q", a.status, a.body.String())
	}
	s.refused(s.do("/post.lc", "csrf="+ours), "no token was made in the session LCSESSION, or its id was changed since")
	after := s.token()
	s.refused(s.do("/post.lc", "csrf="+ours), "its token is not one")
	s.posted(s.do("/post.lc", "csrf="+after))
	// Also where the page assigns _SESSION anew and makes a token in the same request.
	again := s.do("/signin.lc", "").body.String()
	s.refused(s.do("/post.lc", "csrf="+after), "its token is not one")
	s.posted(s.do("/post.lc", "csrf="+again))

	s.want("/keys.lc", 200, "_csrf:string posts:number user:string")
	s.want("/empty.lc", 200, "")
	s.refused(s.do("/post.lc", "csrf="+again), "no token was made")

	last := s.token()
	s.now = s.now.Add(25 * time.Minute)
	s.refused(s.do("/post.lc", "csrf="+last), "the session LCSESSION that it names has ended")
}

func TestCSRFSessions(t *testing.T) {
	s := newSite(t, csrfPages())
	a, b, _ := strings.Cut(s.do("/two.lc", "").body.String(), " ")
	if s.cookies["a"] == "" || s.cookies["b"] == "" {
		t.Fatalf("cookies %v", s.cookies)
	}
	for _, c := range []struct{ of, token, why string }{
		{"a", a, ""},
		{"b", b, ""},
		{"a", b, "its token is not one of the session a"},
		{"b", a, "its token is not one of the session b"},
	} {
		got := s.do("/two.lc?of="+c.of, "csrf="+c.token)
		switch {
		case c.why != "":
			s.refused(got, c.why)
		case got.body.String() != "checked":
			t.Errorf("%s: got %d %q", c.of, got.status, got.body.String())
		}
	}

	// A session that links carry.
	id, token, _ := strings.Cut(s.do("/linked.lc", "").body.String(), " ")
	if a := s.do("/linked.lc?tour="+id, "csrf="+token); a.status != 200 || !strings.HasPrefix(a.body.String(), id) {
		t.Errorf("got %d %q\nlog: %s", a.status, a.body.String(), strings.Join(s.log, "\n"))
	}
	s.refused(s.do("/linked.lc", "csrf="+token), "it has no cookie of the session tour")

	s.cookies = map[string]string{}
	for target, want := range map[string]string{
		"/none.lc":     "csrf.check: no session is open on this page; write `start session` before it",
		"/nofield.lc":  "csrf.field: no session is open on this page",
		"/own.lc":      `the session LCSESSION has a value of the page's under "_csrf"`,
		"/readonly.lc": "the session LCSESSION has no secret for tokens yet and was started with readonly=true",
		"/stopped.lc":  "csrf.token: the session LCSESSION is over on this page",
		"/deleted.lc":  "csrf.check: the session LCSESSION is over on this page",
		"/wrong.lc":    "bad argument #1 to 'check' (a session expected, got string)",
	} {
		s.log = nil
		if a := s.do(target, "a=b"); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}

	// What is only read can be checked, and makes tokens where there is a secret.
	s.token()
	if a := s.do("/readonly.lc", ""); len(a.body.String()) != 86 {
		t.Errorf("got %d %q", a.status, a.body.String())
	} else {
		s.posted(s.do("/post.lc", "csrf="+a.body.String()))
	}
}

// The token of a form that uploads, and of a script that sends JSON.
func TestCSRFKinds(t *testing.T) {
	s := newSite(t, csrfPages())
	token := s.token()
	multipart := func(token string) *answer {
		body := "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhello\r\n" +
			"--b\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n" + token + "\r\n--b--\r\n"
		return s.do("/post.lc", body, "CONTENT_TYPE", "multipart/form-data; boundary=b", "CONTENT_LENGTH", strconv.Itoa(len(body)))
	}
	s.posted(multipart(token))
	s.refused(multipart("x"), "its token is not one")

	const json = `{"n": 1}`
	if a := s.do("/json.lc", json, "CONTENT_TYPE", "application/json", "HTTP_X_CSRF_TOKEN", token); a.body.String() != json {
		t.Errorf("got %d %q", a.status, a.body.String())
	}
	s.refused(s.do("/json.lc", json, "CONTENT_TYPE", "application/json"), "it has no token")
	s.refused(s.do("/json.lc", "csrf="+token, "CONTENT_TYPE", "text/plain"), "it has no token")

	// A body that cannot be read says so itself.
	if a := s.do("/post.lc", "csrf="+token, "CONTENT_LENGTH", "1000"); a.status != 400 {
		t.Errorf("a body cut short: %d", a.status)
	}
}

// A site behind a proxy that speaks https is told what to do.
func TestCSRFBehindProxy(t *testing.T) {
	s := newSite(t, csrfPages())
	token := s.token()
	s.refused(s.do("/post.lc", "csrf="+token, "HTTP_ORIGIN", "https://test.example"), "it comes from another site")
	s.posted(s.do("/post.lc", "csrf="+token, "HTTP_ORIGIN", "https://test.example", "HTTPS", "on"))
}
