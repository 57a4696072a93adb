package lua_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/lua"
)

// What is stored for good is told to the visitor, whatever becomes of the page.
func TestStoredSessionsAreTold(t *testing.T) {
	s := newSite(t, map[string]string{
		"count.lc":  `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		"save.lc":   `<?lc local s = session.start() s.data.n = 10 s:rotate(0) s:save() response.header("X-A", "1") error("boom") ?>`,
		"stop.lc":   `<?lc local s = session.start() s:rotate(0) s:stop() error("boom") ?>`,
		"new.lc":    `<?lc local s = session.start{name = "new"} s.data.n = 1 s:save() error("boom") ?>`,
		"never.lc":  `<?lc local s = session.start{name = "never"} s.data.n = 1 error("boom") ?>`,
		"end.lc":    `<?lc local s = session.start{name = "new"} s:delete() error("boom") ?>`,
		"other.lc":  `<?lc session.start():rotate(0) local b = session.start{name = "b"} b.data.f = print ?>`,
		"flush.lc":  `<?lc local s = session.start{name = "gone"} s.data.n = 1 s:save() response.flush() s:delete() put(session.count()) ?>`,
		"peek.lc":   `<?lc local s = session.start{readonly = true} put(tostring(pcall(s.delete, s))) ?>`,
		"folder.lc": `<?lc local a = session.start() a:rotate(0) a:stop() local s = session.start{name = "f"} local f = io.open(s.folder .. "/x.txt", "w") f:write("x") f:close() put(s.url, "x.txt") ?>`,
	}, func(c *lua.Config) { c.Errors = "page" })
	n := 0
	count := func() {
		t.Helper()
		n++
		s.want("/count.lc", 200, fmt.Sprint(n))
	}
	count()
	if a := s.do("/save.lc", ""); a.status != 500 || a.get("X-A") != "" {
		t.Errorf("got %d %v", a.status, a.header)
	}
	n = 10
	count()
	s.do("/stop.lc", "")
	count()
	s.do("/new.lc", "")
	if s.cookies["new"] == "" {
		t.Error("a session that is stored is not told")
	}
	s.do("/end.lc", "")
	if s.cookies["new"] != "" {
		t.Error("the cookie of a session that is deleted stays")
	}
	s.do("/never.lc", "")
	if s.cookies["never"] != "" {
		t.Error("a session that is not stored is told")
	}
	if a := s.do("/other.lc", ""); a.status != 500 {
		t.Errorf("got %d", a.status)
	}
	count()
	file := s.do("/folder.lc", "").body.String()
	if a := s.do(file, ""); a.body.String() != "x" {
		t.Errorf("%s: got %d %s", file, a.status, a.body.String())
	}
	count()
	before := s.do("/flush.lc", "").body.String()
	if s.do("/flush.lc", "").body.String() != before {
		t.Error("a session that was deleted after a flush is still there")
	}
	s.want("/peek.lc", 200, "false")
	count()
}

// A request that was sent with an id that is retired meanwhile does not overwrite the
// cookie of who has just signed in.
func TestLateRequestAfterLogin(t *testing.T) {
	s := newSite(t, map[string]string{
		"count.lc":  `<?lc local s = session.start() s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`,
		"login.lc":  `<?lc session.start():rotate(0) ?>`,
		"stream.lc": `<?lc start session _SESSION.n = 1 response.flush() ?>`,
		"end.lc":    `<?lc start session delete session ?>`,
	})
	s.want("/count.lc", 200, "1")
	old := s.cookies["LCSESSION"]
	s.want("/login.lc", 200, "")
	id := s.cookies["LCSESSION"]
	for _, late := range []string{"/count.lc", "/stream.lc", "/end.lc"} {
		s.cookies["LCSESSION"] = old
		if a := s.do(late, ""); a.status != 200 || a.get("Set-Cookie") != "" || strings.Contains(a.body.String(), "2") {
			t.Errorf("%s: got %d %q, Set-Cookie %q", late, a.status, a.body.String(), a.get("Set-Cookie"))
		}
	}
	s.cookies["LCSESSION"] = id
	s.want("/count.lc", 200, "2")
	s.now = s.now.Add(time.Minute)
	s.cookies["LCSESSION"] = old
	if a := s.do("/count.lc", ""); a.body.String() != "1" || a.get("Set-Cookie") == "" {
		t.Errorf("later: got %q, Set-Cookie %q", a.body.String(), a.get("Set-Cookie"))
	}
}

// The same with the plain error page, and where the save itself fails.
func TestStoredSessionsAreToldPlainly(t *testing.T) {
	s := newSite(t, map[string]string{
		"count.lc": `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		"save.lc":  `<?lc local s = session.start() s:rotate(0) s:save() error("boom") ?>`,
		"full.lc":  `<?lc local a = session.start() a:rotate(0) session.start{name = "one-more"}.data.n = 1 ?>`,
		"catch.lc": `<?lc local s = session.start() s:rotate(0) s.data.f = print if not pcall(s.save, s) then s:abort() put("sorry") end ?>`,
	}, func(c *lua.Config) { c.SessionMax = 1 })
	s.want("/count.lc", 200, "1")
	s.do("/save.lc", "")
	s.want("/count.lc", 200, "2")
	if a := s.do("/full.lc", ""); a.status != 503 {
		t.Errorf("got %d", a.status)
	}
	s.want("/count.lc", 200, "3")
	id := s.cookies["LCSESSION"]
	s.want("/catch.lc", 200, "sorry")
	if s.cookies["LCSESSION"] != id {
		t.Error("an id that was never stored was told")
	}
	s.want("/count.lc", 200, "4")
}

// What is called before a save ends only itself by exit, and every session is asked.
func TestBeforeSaveOfSeveral(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc": `<?lc
			local a, b = session.start{name = "a"}, session.start{name = "b"}
			a:beforeSave(function() a.data.v = 1 exit() end)
			a:beforeSave(function() local c = session.start{name = "c"} c:beforeSave(function() c.data.v = 3 end) end)
			b:beforeSave(function() b.data.v = 2 end) ?>`,
		"q.lc":    `<?lc for _, n in ipairs{"a", "b", "c"} do put(tostring(session.start{name = n}.data.v), " ") end ?>`,
		"fail.lc": `<?lc local a = session.start{name = "a"} a.data.v = 9 a:beforeSave(function() error("no") end) ?>`,
	})
	s.want("/p.lc", 200, "")
	s.want("/q.lc", 200, "1 2 3 ")
	if a := s.do("/fail.lc", ""); a.status != 500 {
		t.Errorf("got %d", a.status)
	}
	s.want("/q.lc", 200, "1 2 3 ")
}

func TestSessionConfusions(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, map[string]string{
		"paths.lc":  `<?lc local a = session.start{name = "p", savePath = "` + dir + `"} local b = session.start{name = "p", savePath = "` + dir + `/.//"} put(a == b) ?>`,
		"cookie.lc": `<?lc session.start{name = "x", cookie = {name = "c"}} session.start{name = "y", cookie = {name = "c"}} ?>`,
		"over.lc":   `<?lc local s = session.start() s:stop() s.data = {} ?>`,
		"set.lc":    `<?lc shared.update("k", function() shared.set("k", 1) end) ?>`,
		"delete.lc": `<?lc shared.update("k", function() shared.delete("k") end) ?>`,
		"reset.lc":  `<?lc shared.update("k", function() shared.reset() end) ?>`,
	})
	s.want("/paths.lc", 200, "true")
	for target, want := range map[string]string{
		"/cookie.lc": "cannot both have the cookie c", "/over.lc": "is over on this page",
		"/set.lc": "would wait for itself", "/delete.lc": "would wait for itself", "/reset.lc": "would wait for itself",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "bad")); err == nil {
		t.Error("something was put aside")
	}
}

// A link is believed only where no other site has led to the request.
func TestLinksFromElsewhere(t *testing.T) {
	s := newSite(t, map[string]string{"p.lc": `<?lc local s = session.start{track = "link"} s.data.n = (s.data.n or 0) + 1 put(s.data.n, " ", s.id) ?>`})
	_, id, _ := strings.Cut(s.do("/p.lc", "").body.String(), " ")
	for _, c := range []struct {
		header, value string
		believed      bool
	}{
		{"HTTP_SEC_FETCH_SITE", "same-origin", true}, {"HTTP_SEC_FETCH_SITE", "none", true}, {"HTTP_SEC_FETCH_SITE", "", true},
		{"HTTP_SEC_FETCH_SITE", "cross-site", false}, {"HTTP_SEC_FETCH_SITE", "same-site", false}, {"HTTP_SEC_FETCH_SITE", "odd", false},
		{"HTTP_REFERER", "http://test.example/p.lc", true}, {"HTTP_REFERER", "http://TEST.example", true}, {"HTTP_REFERER", "/p.lc", true},
		{"HTTP_REFERER", "http://evil.example/", false}, {"HTTP_REFERER", "http://test.example:81/", false}, {"HTTP_REFERER", "http://test.example@evil.example/", false},
		{"HTTP_REFERER", "%zz://", false},
	} {
		got := s.do("/p.lc?LCSESSION="+id, "", c.header, c.value).body.String()
		if strings.HasSuffix(got, id) != c.believed {
			t.Errorf("%s %q: got %q", c.header, c.value, got)
		}
	}
}
