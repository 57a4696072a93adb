package lua_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lcgi/lua"
)

func TestSessionStatements(t *testing.T) {
	s := newSite(t, map[string]string{
		"count.lc":  `<?lc start session $_SESSION["n"] = ($_SESSION["n"] or 0) + 1 ?><?= _SESSION.n ?>`,
		"read.lc":   `<?lc start session ?><?= _SESSION.n ?>`,
		"delete.lc": `<?lc start session delete session ?>[<?= _SESSION.n ?>]`,
		"stop.lc":   `<?lc start session _SESSION.n = 50 stop session _SESSION.n = 60 start session ?><?= _SESSION.n ?>`,
		"twice.lc":  `<?lc start session _SESSION.n = 70 start session ?><?= _SESSION.n ?>`,
		"assign.lc": `<?lc start session _SESSION = {n = 80} ?>`,
		"fail.lc":   `<?lc start session _SESSION.n = 1000 error("no") ?>`,
		"exit.lc":   `<?lc start session _SESSION.n = 90 exit() ?>`,
		"go.lc":     `<?lc start session _SESSION.n = 91 redirect("/read.lc") ?>`,
		"none.lc":   `<?= _SESSION.x ?>`,
		"nostop.lc": `<?lc stop session ?>`,
		"flush.lc":  `a<?lc response.flush() ?><?lc start session ?>`,
	})
	s.want("/count.lc", 200, "1")
	if len(s.cookies["LCSESSION"]) != 64 {
		t.Fatalf("no session cookie: %v", s.cookies)
	}
	s.want("/count.lc", 200, "2")
	a := s.do("/count.lc", "")
	if a.body.String() != "3" || a.get("Set-Cookie") != "" || a.get("Cache-Control") != "private, no-cache" {
		t.Errorf("got %q, Set-Cookie %q, Cache-Control %q", a.body.String(), a.get("Set-Cookie"), a.get("Cache-Control"))
	}
	s.want("/stop.lc", 200, "50")
	s.want("/read.lc", 200, "50")
	s.want("/twice.lc", 200, "70")
	s.want("/assign.lc", 200, "")
	s.want("/read.lc", 200, "80")
	if a := s.do("/fail.lc", ""); a.status != 500 {
		t.Errorf("got %d", a.status)
	}
	s.want("/read.lc", 200, "80")
	s.want("/exit.lc", 200, "")
	s.want("/read.lc", 200, "90")
	if a := s.do("/go.lc", ""); a.status != 302 {
		t.Errorf("got %d", a.status)
	}
	s.want("/read.lc", 200, "91")

	old := s.cookies["LCSESSION"]
	a = s.do("/delete.lc", "")
	if a.body.String() != "[]" || !strings.Contains(a.get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("got %q, Set-Cookie %q", a.body.String(), a.get("Set-Cookie"))
	}
	s.cookies["LCSESSION"] = old
	s.want("/read.lc", 200, "")
	s.want("/count.lc", 200, "1")
	if s.cookies["LCSESSION"] == old {
		t.Error("a deleted id was adopted")
	}

	for target, want := range map[string]string{
		"/none.lc":   "write `start session` first",
		"/nostop.lc": "no session is open on this page",
		"/flush.lc":  "flush.lc:1",
	} {
		s.log = nil
		s.do(target, "")
		if log := strings.Join(s.log, "\n"); !strings.Contains(log, want) {
			t.Errorf("%s: log %q lacks %q", target, log, want)
		}
	}
}

func TestSessionProperties(t *testing.T) {
	other := t.TempDir()
	if err := os.Chmod(other, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, map[string]string{
		"a.lc": `<?lc
			// specify the properties here before you start the session
			set the sessionName to "shop"
			set the sessionLifetime to 60
			sessionSavePath = "` + other + `"
			start session
			put (_SESSION.n or 0) + 1 into $_SESSION["n"]
			put _SESSION.n ?>`,
		"id.lc":     `<?lc sessionName = "shop" sessionSavePath = "` + other + `" sessionID = _GET.id start session put _SESSION.n put ":" put sessionID == _GET.id ?>`,
		"cookie.lc": `<?lc sessionCookieName = "mine" start session _SESSION.x = 1 ?>`,
		"bad.lc":    `<?lc sessionName = "a b" start session ?>`,
		"life.lc":   `<?lc sessionLifetime = -5 start session ?>`,
		"path.lc":   `<?lc sessionSavePath = "/no/such/folder" start session ?>`,
	})
	s.want("/a.lc", 200, "1")
	s.want("/a.lc", 200, "2")
	if stored(t, other) != 1 {
		t.Errorf("the session is not in the save path")
	}
	id := s.cookies["shop"]
	s.cookies = map[string]string{}
	s.want("/id.lc?id="+id, 200, "2:true")
	if s.cookies["shop"] != id {
		t.Errorf("a session that was resumed by its id sends no cookie: %v", s.cookies)
	}
	s.now = s.now.Add(59 * time.Second)
	s.want("/a.lc", 200, "3")
	s.now = s.now.Add(61 * time.Second)
	s.want("/a.lc", 200, "1")
	if s.cookies["shop"] == id {
		t.Error("an expired id was adopted")
	}
	s.do("/cookie.lc", "")
	if len(s.cookies["mine"]) != 64 {
		t.Errorf("sessionCookieName: %v", s.cookies)
	}
	for target, want := range map[string]string{
		"/bad.lc": "a b", "/life.lc": "lifetime", "/path.lc": "/no/such/folder",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
}

func TestSessionStart(t *testing.T) {
	s := newSite(t, map[string]string{
		"two.lc": `<?lc local a = session.start{name = "a"} local b = session.start{name = "b", lifetime = 60, cookie = {lifetime = 3600, path = "/x", sameSite = "Strict", httpOnly = false}}
			a.data.v = (a.data.v or 0) + 1 b.data.v = (b.data.v or 10) + 1 put(a.data.v, ",", b.data.v, ",", a.result, ",", b.result, ",", b.lifetime, ",", a.name, ",", #a.id) ?>`,
		"default.lc":  `<?lc local s = session.start() s.data.n = 1 ?><?= _SESSION.n ?>,<?= s.data == _SESSION ?>`,
		"readonly.lc": `<?lc local s = session.start{readonly = true} put(s.data.n) ?>`,
		"changed.lc":  `<?lc local s = session.start{readonly = true} s.data.n = 99 ?>`,
		"reopen.lc":   `<?lc local r = session.start{readonly = true} local s = session.start() s.data.n = s.data.n + 100 put(r.data.n, " ", _SESSION.n) ?>`,
		"see.lc":      `<?lc local s = session.start() put(s.data.n) ?>`,
		"stop.lc":     `<?lc local s = session.start() s.data.n = 2 s:stop() s.data.n = 3 ?>`,
		"life.lc":     `<?lc local s = session.start() s.lifetime = 7200 put(s.lifetime) ?>`,
		"delete.lc":   `<?lc local s = session.start() s:delete() ?>`,
		"data.lc":     `<?lc local s = session.start() s.data = {n = 5} ?>`,
		"typo.lc":     `<?lc session.start{nmae = "a"} ?>`,
		"member.lc":   `<?lc print(session.start().nothing) ?>`,
		"set.lc":      `<?lc session.start().id = "x" ?>`,
		"type.lc":     `<?lc session.start{lifetime = "x"} ?>`,
	})
	a := s.do("/two.lc", "")
	if got, want := a.body.String(), "1,11,new,new,60,a,64"; got != want {
		t.Errorf("got %q, want %q; log %v", got, want, s.log)
	}
	cookies := a.get("Set-Cookie")
	if !strings.Contains(cookies, "Max-Age=3600") || !strings.Contains(cookies, "SameSite=Strict") || !strings.Contains(cookies, "Path=/x") {
		t.Errorf("cookies %q", cookies)
	}
	a = s.do("/two.lc", "")
	if got, want := a.body.String(), "2,12,load,load,60,a,64"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if cookies := a.get("Set-Cookie"); !strings.HasPrefix(cookies, "b=") {
		t.Errorf("a cookie with a lifetime is sent anew, others are not: %q", cookies)
	}
	s.want("/default.lc", 200, "1,true")
	s.want("/readonly.lc", 200, "1")
	if a := s.do("/changed.lc", ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), "readonly=true and then changed") {
		t.Errorf("a change of a read-only session: got %d, log %q", a.status, s.log)
	}
	s.want("/see.lc", 200, "1")
	s.want("/reopen.lc", 200, "1 101")
	s.want("/see.lc", 200, "101")
	s.want("/stop.lc", 200, "")
	s.want("/see.lc", 200, "2")
	s.want("/data.lc", 200, "")
	s.want("/see.lc", 200, "5")
	s.want("/life.lc", 200, "7200")
	s.now = s.now.Add(2 * time.Hour).Add(-time.Second)
	s.want("/see.lc", 200, "5")
	s.do("/delete.lc", "")
	if s.cookies["LCSESSION"] != "" {
		t.Error("the cookie of a deleted session stays")
	}
	for target, want := range map[string]string{
		"/typo.lc": "no option nmae", "/member.lc": `no member "nothing"`, "/set.lc": `"id" of a session cannot be set`, "/type.lc": "lifetime must be a number",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
}

func TestNewEmptySessionLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, map[string]string{"p.lc": `<?lc start session ?>x`}, func(c *lua.Config) { c.SessionSavePath = dir })
	if a := s.do("/p.lc", ""); a.get("Set-Cookie") != "" || stored(t, dir) != 0 {
		t.Errorf("Set-Cookie %q, %d files", a.get("Set-Cookie"), stored(t, dir))
	}
}

func TestSessionValues(t *testing.T) {
	s := newSite(t, map[string]string{
		"set.lc": `<?lc start session
			local deep = {} local at = deep for i = 1, 50 do at.x = {} at = at.x end at.x = "bottom"
			_SESSION.v = {1, "two", true, false, [10] = "ten", [-1] = "m", [0.5] = "h", [true] = "t", s = "\0\255\1", e = "", n = -0, h = 1/0, l = -1/0, b = 2^53, d = deep, ["1"] = "text"} ?>`,
		"get.lc": `<?lc start session local v = _SESSION.v
			local at = v.d for i = 1, 50 do at = at.x end
			put(v[1], v[2], tostring(v[3]), tostring(v[4]), v[10], v[-1], v[0.5], v[true], #v.s, v.s:byte(2), "[", v.e, "]", 1/v.n, v.h, v.l, v.b == 2^53, at.x, v["1"], type(v[1])) ?>`,
		"func.lc":  `<?lc start session _SESSION.cart = {items = {1, 2, {onclick = print}}} ?>`,
		"cycle.lc": `<?lc start session local t = {} t.me = t _SESSION.t = t ?>`,
		"key.lc":   `<?lc start session _SESSION.t = {[{}] = 1} ?>`,
		"co.lc":    `<?lc start session _SESSION["a b"] = coroutine.create(print) ?>`,
	})
	s.want("/set.lc", 200, "")
	s.want("/get.lc", 200, "1twotruefalsetenmht3255[]-infinf-inftruebottomtextnumber")
	for target, want := range map[string]string{
		"/func.lc": "cart.items[3].onclick is a function", "/cycle.lc": "t.me is a table that contains itself",
		"/key.lc": "has a table as its key", "/co.lc": `["a b"] is a thread`,
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
		s.want("/get.lc", 200, "1twotruefalsetenmht3255[]-infinf-inftruebottomtextnumber")
	}
}

func TestBusySession(t *testing.T) {
	s := newSite(t, map[string]string{
		"count.lc": `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 ?><?= _SESSION.n ?>`,
		"hold.lc":  `<?lc start session local f = io.open("held", "w") f:close() while not io.open("release") do end ?>`,
		"wait.lc":  `<?lc session.start{wait = 0.05} ?>`,
		"look.lc":  `<?lc session.start{wait = 0, readonly = false} ?>`,
		"read.lc":  `<?lc session.start{readonly = true} ?><?= _SESSION.n ?>`,
		"catch.lc": `<?lc put(tostring(select(2, pcall(session.start, {wait = 0})))) ?>`,
	})
	s.want("/count.lc", 200, "1")
	var done sync.WaitGroup
	done.Go(func() { s.do("/hold.lc", "") })
	deadline := time.Now().Add(20 * time.Second)
	for {
		if _, err := os.Stat(filepath.Join(s.root, "held")); err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("the other request does not start")
		}
		time.Sleep(time.Millisecond)
	}
	for _, target := range []string{"/wait.lc", "/look.lc"} {
		if a := s.do(target, ""); a.status != 503 || a.get("Retry-After") == "" {
			t.Errorf("%s: got %d, Retry-After %q", target, a.status, a.get("Retry-After"))
		}
	}
	s.want("/read.lc", 200, "1")
	if a := s.do("/catch.lc", ""); a.status != 200 || !strings.Contains(a.body.String(), "in use") {
		t.Errorf("got %d %q", a.status, a.body.String())
	}
	s.write("release", "")
	done.Wait()
	s.want("/count.lc", 200, "2")
}

func TestSessionsOfOnePage(t *testing.T) {
	other := t.TempDir()
	if err := os.Chmod(other, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, map[string]string{
		"again.lc":  `<?lc local s = session.start{} s.data.k = 1 s:stop() s = session.start{} put(s.data.k, s.result) ?>`,
		"named.lc":  `<?lc local s = session.start{name="n"} s.data.k = 1 s:stop() s = session.start{name="n"} put(s.data.k) ?>`,
		"half.lc":   `<?lc start session _SESSION.a = 500 local b = session.start{name = "B"} b.data.f = print ?>`,
		"read.lc":   `<?lc start session put(_SESSION.a) ?>`,
		"stores.lc": `<?lc local a = session.start{name = "x"} local b = session.start{name = "x", savePath = "` + other + `", cookie = {name = "y"}} put(tostring(a.data == b.data)) ?>`,
		"root.lc":   `<?lc sessionSavePath = "sess" start session ?>`,
		"shared.lc": `<?lc start session local t = {} for i = 1, 60 do t = {t, t} end _SESSION.t = t ?>`,
		"strict.lc": `<?lc setmetatable(_G, {__index = function(_, k) error("undeclared " .. k) end, __newindex = function(_, k) error("assigned " .. k) end})
			start session _SESSION.n = 1 include("part.lc") _SESSION = nil ?>ok`,
		"part.lc": `<?= 1 ?>,`,
	}, func(c *lua.Config) { c.Timeout = 2 * time.Second })
	if err := os.Mkdir(filepath.Join(s.root, "sess"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(s.root, link); err != nil {
		t.Fatal(err)
	}
	s.write("link.lc", `<?lc sessionSavePath = "`+link+`/sess" start session ?>`)
	s.want("/again.lc", 200, "1load")
	s.want("/named.lc", 200, "1")
	if a := s.do("/half.lc", ""); a.status != 500 {
		t.Errorf("got %d", a.status)
	}
	s.want("/read.lc", 200, "")
	s.want("/stores.lc", 200, "false")
	s.want("/strict.lc", 200, "1,ok")
	for target, want := range map[string]string{
		"/root.lc": "below the document root", "/link.lc": "below the document root", "/shared.lc": "",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
}

// Two requests that take two sessions in opposite order must not both fail.
func TestSessionsInOppositeOrder(t *testing.T) {
	s := newSite(t, map[string]string{
		"set.lc": `<?lc for _, n in ipairs{"a", "b"} do session.start{name = n}.data.n = 1 end ?>`,
		"ab.lc":  `<?lc session.start{name = "a"} meet("1", "2") session.start{name = "b"}.data.ab = 1 ?>`,
		"ba.lc":  `<?lc session.start{name = "b"} meet("2", "1") session.start{name = "a"}.data.ba = 1 ?>`,
		"lib/meet.lua": `return function(mine, other)
			io.open(mine, "w"):close()
			while not io.open(other) do end
		end`,
	}, func(c *lua.Config) { c.SessionWait = time.Second })
	for _, page := range []string{"ab.lc", "ba.lc"} {
		text, err := os.ReadFile(filepath.Join(s.root, page))
		if err != nil {
			t.Fatal(err)
		}
		s.write(page, `<?lc meet = require "meet" ?>`+string(text))
	}
	s.do("/set.lc", "")
	status := make(chan int, 2)
	for _, target := range []string{"/ab.lc", "/ba.lc"} {
		cookie := "a=" + s.cookies["a"] + "; b=" + s.cookies["b"]
		go func() { status <- s.do(target, "", "HTTP_COOKIE", cookie).status }()
	}
	if got := [2]int{<-status, <-status}; got != [2]int{200, 503} && got != [2]int{503, 200} {
		t.Errorf("got %v, want one 200 and one 503", got)
	}
}

// A session folder that was moved away or removed while the server runs is not
// written to any more, and one that takes its place is.
func TestSessionFolderIsReplaced(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sessions")
	s := newSite(t, map[string]string{
		"count.lc": `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 ?><?= _SESSION.n ?>`,
	}, func(c *lua.Config) { c.SessionSavePath = dir })
	for range 2 {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		s.want("/count.lc", 200, "1")
		s.want("/count.lc", 200, "2")
		if n := stored(t, dir); n != 1 {
			t.Errorf("%d sessions in the folder", n)
		}
		if err := os.Rename(dir, filepath.Join(t.TempDir(), "old")); err != nil {
			t.Fatal(err)
		}
		if a := s.do("/count.lc", ""); a.status != 500 {
			t.Errorf("without a folder: %d %s", a.status, a.body.String())
		}
	}
}
