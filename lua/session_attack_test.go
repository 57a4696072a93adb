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

// A second click on "sign in" signs in, too.
func TestTwoSignIns(t *testing.T) {
	s := newSite(t, map[string]string{
		"seed.lc":  `<?lc session.start().data.cart = 1 ?>`,
		"login.lc": `<?lc local s = session.start() s:rotate(0) s.data.user = "joe" ?>`,
		"who.lc":   `<?lc put(tostring(session.start().data.user)) ?>`,
	})
	s.do("/seed.lc", "")
	old := s.cookies["LCSESSION"]
	s.do("/login.lc", "")
	s.cookies["LCSESSION"] = old
	s.do("/login.lc", "")
	s.want("/who.lc", 200, "joe")
}

// A hook may end and start other sessions; every open one is asked all the same.
func TestBeforeSaveThatStartsOthers(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc": `<?lc
			local a, b, c = session.start{name = "a"}, session.start{name = "b"}, session.start{name = "c"}
			a.data.v = 0
			b:beforeSave(function() a:delete() session.start{name = "a"}.data.v = 2 b.data.v = 1 end)
			c:beforeSave(function() c.data.v = 3 a:beforeSave(print) end) ?>`,
		"ok.lc": `<?lc
			local a, b, c = session.start{name = "a"}, session.start{name = "b"}, session.start{name = "c"}
			b:beforeSave(function() a:delete() session.start{name = "a"}.data.v = 2 b.data.v = 1 end)
			c:beforeSave(function() c.data.v = 3 end) ?>`,
		"save.lc": `<?lc
			local a, b = session.start{name = "a"}, session.start{name = "b"}
			b:beforeSave(function() a.data.v = 7 a:save() end) ?>`,
		"q.lc": `<?lc for _, n in ipairs{"a", "b", "c"} do put(tostring(session.start{name = n}.data.v), " ") end ?>`,
	})
	if a := s.do("/p.lc", ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), "is over on this page") {
		t.Errorf("got %d, log %q", a.status, s.log)
	}
	s.want("/ok.lc", 200, "")
	s.want("/q.lc", 200, "2 1 3 ")
	s.want("/save.lc", 200, "")
	s.want("/q.lc", 200, "7 1 3 ")
}

// A second start of an open session changes what it may, and says what it may not.
func TestSecondStart(t *testing.T) {
	other := t.TempDir()
	if err := os.Chmod(other, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, map[string]string{
		"set.lc":    `<?lc start session _SESSION.n = 1 ?>`,
		"same.lc":   `<?lc local o = {track = "both", rotate = true, keepId = true} local s = session.start(o) put(s == session.start(o), s == session.start{id = s.id}) ?>`,
		"dead.lc":   `<?lc local o = {name = "d", id = ("0"):rep(64)} put(session.start(o) == session.start(o)) ?>`,
		"flush.lc":  `<?lc local s = session.start() response.flush() put(s == session.start()) ?>`,
		"read.lc":   `<?lc local a = session.start{readonly = true} local b = session.start() b.data.n = 2 put(session.start{readonly = true} == b, _SESSION.n) ?>`,
		"keep.lc":   `<?lc session.start{name = "k", cookie = {lifetime = 100}}.data.n = 1 if _GET.flush then response.flush() end ?>`,
		"id.lc":     `<?lc session.start() session.start{id = ("0"):rep(64)} ?>`,
		"track.lc":  `<?lc session.start() session.start{track = "both"} ?>`,
		"rotate.lc": `<?lc session.start() session.start{rotate = true} ?>`,
		"keepid.lc": `<?lc session.start() session.start{keepId = true} ?>`,
		"path.lc":   `<?lc session.start() session.start{cookie = {path = "/x"}} ?>`,
		"name.lc":   `<?lc session.start() session.start{cookie = {name = "x"}} ?>`,
		"stores.lc": `<?lc session.start{name = "x"} session.start{name = "x", savePath = "` + other + `"} ?>`,
		"after.lc":  `<?lc local a = session.start{name = "u", cookie = {name = "c"}} a.data.n = 1 a:stop() session.start{name = "v", cookie = {name = "c"}} ?>`,
		"over.lc":   `<?lc local s = session.start() s:stop() s:beforeSave(print) ?>`,
		"meta.lc":   `<?lc local s = session.start() debug.getmetatable(s).methods = 5 put(s.save) ?>`,
	})
	s.want("/set.lc", 200, "")
	s.want("/same.lc", 200, "truetrue")
	s.want("/dead.lc", 200, "true")
	s.want("/flush.lc", 200, "true")
	s.want("/read.lc", 200, "true2")
	s.do("/keep.lc", "")
	if cookie := s.do("/keep.lc?flush=1", "").get("Set-Cookie"); !strings.Contains(cookie, "Max-Age=100") {
		t.Errorf("a page that flushes does not renew the cookie: %q", cookie)
	}
	for target, want := range map[string]string{
		"/id.lc": "not with this id", "/track.lc": "not with this track", "/rotate.lc": "not with this rotate", "/keepid.lc": "not with this keepId",
		"/path.lc": "name, path and domain", "/name.lc": "name, path and domain", "/stores.lc": "cannot both have the cookie x",
		"/after.lc": "cannot both have the cookie c", "/over.lc": "is over on this page", "/meta.lc": "has no member",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
}
