package lua_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/lua"
)

// newCompatSite returns a site whose pages have a compatibility module switched
// on for them all.
func newCompatSite(t *testing.T, module string, files map[string]string, change ...func(*lua.Config)) *testSite {
	t.Helper()
	first := filepath.Join(t.TempDir(), "first.lua")
	if err := os.WriteFile(first, []byte("require '"+module+"'"), 0o644); err != nil {
		t.Fatal(err)
	}
	return newSite(t, files, append(change, func(c *lua.Config) { c.Prepend = first })...)
}

// wantError fails unless target is answered with 500 and the log says want.
func (s *testSite) wantError(target, want string) {
	s.t.Helper()
	s.log = nil
	if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
		s.t.Errorf("%s: got %d %q, log %q lacks %q", target, a.status, a.body.String(), s.log, want)
	}
}

// forget makes the next request that of another visitor.
func (s *testSite) forget() { s.cookies = map[string]string{} }

func TestFoxWeb(t *testing.T) {
	store := t.TempDir()
	if err := os.Chmod(store, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, map[string]string{
		"id.lc":     `<?lc require "compat.foxweb" put(Session.GetSessionID()) ?>`,
		"unused.lc": `<?lc require "compat.foxweb" ?>x`,
		"set.lc":    `<?lc require "compat.foxweb" Session.SetVar("cName", "Ann") Session.SetVar("nCount", 1.5) Session.SetVar("lPaid", false) put(Session.GetVar("cName")) ?>`,
		"get.lc":    `<?lc require "compat.foxweb" put(tostring(Session.GetVar("cName")), ",", tostring(Session.GetVar("nCount")), ",", tostring(Session.GetVar("lPaid")), ",", tostring(Session.GetVar("none"))) ?>`,
		"remove.lc": `<?lc require "compat.foxweb" Session.Remove("nCount") Session.Remove("none") ?>`,
		"array.lc": `<?lc require "compat.foxweb" local a = {1, 2, 3, 4, 5, 6} local n = Session.GetVarArray(a)
			put(n, #a) for _, row in ipairs(a) do put(";", row[1], "=", tostring(row[2])) end ?>`,
		"order.lc": `<?lc require "compat.foxweb" for _, n in ipairs{"z", "b", "y", "a", "x"} do Session.SetVar(n, 1) end
			local a = {} Session.GetVarArray(a) for _, row in ipairs(a) do put(row[1]) end for _, row in ipairs(a) do if #row[1] == 1 then Session.Remove(row[1]) end end ?>`,
		"types.lc": `<?lc require "compat.foxweb" local time = require "time"
			Session.SetVar("t", time.unix(1e9, 123456789)) Session.SetVar("d", time.date{year = 2026, month = 2, day = 28}) Session.SetVar("c", "ä\0\255") Session.SetVar("n", 0.1) Session.SetVar("l", true) ?>`,
		"typed.lc": `<?lc require "compat.foxweb" local t, d = Session.GetVar("t"), Session.GetVar("d")
			put(tostring(t), " ", tostring(d), " ", tostring(t < d), " ", Session.GetVar("c") == "ä\0\255", " ", Session.GetVar("n") == 0.1, " ", Session.GetVar("l") == true) ?>`,
		"hit.lc":     `<?lc require "compat.foxweb" put(tostring(Session.LastHit)) ?>`,
		"case.lc":    `<?lc require "compat.foxweb" put(SESSION == nil, Session.getvar == Session.GETVAR, Session.TIMEOUT, Session.token == Session.Token) ?>`,
		"timeout.lc": `<?lc require "compat.foxweb" if _GET.n then Session.Timeout = tonumber(_GET.n) end put(Session.Timeout) ?>`,
		"token.lc":   `<?lc require "compat.foxweb" put(Session.Token) ?>`,
		"abandon.lc": `<?lc require "compat.foxweb" local id = Session.GetSessionID() Session.Abandon() put(id == Session.GetSessionID(), tostring(Session.GetVar("cName")), tostring(Session.LastHit)) if _GET.set then Session.SetVar("x", 1) end ?>`,
		"init.lc":    `<?lc require "compat.foxweb" Session.InitVars() put("x") response.flush() put(Session.GetVar("cName")) ?>`,
		"late.lc":    `x<?lc require "compat.foxweb" response.flush() Session.InitVars() ?>`,
		"error.lc":   "\n<?lc require 'compat.foxweb'\nloadstring(_GET.code)() ?>",
	}, func(c *lua.Config) { c.SessionSavePath = store })
	body := func(target string) string { return s.do(target, "").body.String() }

	t.Run("FW1", func(t *testing.T) {
		if id := body("/id.lc"); len(id) != 64 {
			t.Errorf("there is no session: %q", id)
		}
		if a := s.do("/unused.lc", ""); a.get("Cache-Control") != "" {
			t.Error("a session starts without being used")
		}
	})
	t.Run("FW2", func(t *testing.T) {
		if a, b := body("/id.lc"), body("/id.lc"); a == b || len(s.cookies) > 0 || stored(t, store) > 0 {
			t.Errorf("ids %s and %s, cookies %v, %d stored", a, b, s.cookies, stored(t, store))
		}
		body("/set.lc")
		if a, b := body("/id.lc"), body("/id.lc"); a != b || stored(t, store) != 1 {
			t.Errorf("ids %s and %s, %d stored", a, b, stored(t, store))
		}
	})
	t.Run("FW3", func(t *testing.T) {
		s.want("/get.lc", 200, "Ann,1.5,false,nil")
		body("/remove.lc")
		s.want("/get.lc", 200, "Ann,nil,false,nil")
		s.want("/set.lc", 200, "Ann")
	})
	t.Run("FW4", func(t *testing.T) {
		s.want("/array.lc", 200, "33;cName=Ann;lPaid=false;nCount=1.5")
		s.want("/order.lc", 200, "abcNamelPaidnCountxyz")
	})
	t.Run("FW5", func(t *testing.T) {
		body("/types.lc")
		s.want("/typed.lc", 200, "2001-09-09T01:46:40.123456789Z 2026-02-28T00:00:00Z true true true true")
	})
	t.Run("FW6", func(t *testing.T) {
		s.now = s.now.Add(time.Minute)
		s.want("/hit.lc", 200, "2026-11-20T12:00:00Z")
		s.want("/hit.lc", 200, "2026-11-20T12:01:00Z")
		s.forget()
		s.want("/hit.lc", 200, "0")
		s.wantError("/error.lc?code=Session.LastHit=1", "Session.LastHit is read only")
	})
	t.Run("FW7", func(t *testing.T) {
		body("/set.lc")
		s.want("/timeout.lc", 200, "24")
		s.want("/timeout.lc?n=90", 200, "90")
		s.now = s.now.Add(90*time.Minute - time.Second)
		s.want("/timeout.lc", 200, "90")
		s.now = s.now.Add(90*time.Minute + time.Second)
		s.want("/timeout.lc", 200, "24")
		s.want("/get.lc", 200, "nil,nil,nil,nil")
		for _, n := range []string{"0", "-1", "0/0", "1/0", "'5'"} {
			s.wantError("/error.lc?code=Session.Timeout="+n, "Session.Timeout must be a number of minutes above 0")
		}
	})
	t.Run("FW8", func(t *testing.T) {
		s.forget()
		body("/set.lc")
		token := body("/token.lc")
		s.forget()
		s.want("/get.lc?x=1&"+token, 200, "Ann,1.5,false,nil")
		s.forget()
		s.want("/get.lc", 200, "nil,nil,nil,nil")
	})
	t.Run("FW9", func(t *testing.T) {
		s.forget()
		before := stored(t, store)
		body("/set.lc")
		s.want("/abandon.lc", 200, "truenil0")
		if n := stored(t, store); n != before {
			t.Errorf("%d sessions are stored, there were %d", n, before)
		}
		body("/set.lc")
		id := body("/id.lc")
		s.want("/abandon.lc?set=1", 200, "truenil0")
		if again := body("/id.lc"); again != id {
			t.Errorf("the id changed from %s to %s", id, again)
		}
		s.want("/get.lc", 200, "nil,nil,nil,nil")
	})
	t.Run("FW10", func(t *testing.T) {
		body("/set.lc")
		if id := body("/id.lc"); id != s.cookies["FOXWEBSESSION"] {
			t.Errorf("id %s, cookies %v", id, s.cookies)
		}
	})
	t.Run("FW11", func(t *testing.T) {
		s.want("/init.lc", 200, "xAnn")
		s.log = nil
		if s.do("/late.lc", ""); !strings.Contains(strings.Join(s.log, ""), "flush") {
			t.Errorf("log %q", s.log)
		}
	})
	s.want("/case.lc", 200, "truetrue24true")
	for code, want := range map[string]string{
		"Session.SetVar()":          "Session.SetVar: the name of the variable",
		"Session.GetVar('')":        "Session.GetVar: the name of the variable",
		"Session.Remove(5)":         "Session.Remove: the name of the variable",
		"Session.GetVarArray()":     "Session.GetVarArray: a table to fill is missing",
		"return+Session.Tokens":     `Session has no member "Tokens"; it has SetVar`,
		"Session.Cart=1":            `Session has no member "Cart"`,
		"Session.setvar=1":          "Session.setvar is read only",
		"Session.SetVar('f',print)": "f is a function",
	} {
		s.wantError("/error.lc?code="+code, want)
	}
}

func TestPyHP(t *testing.T) {
	store := t.TempDir()
	if err := os.Chmod(store, 0o700); err != nil {
		t.Fatal(err)
	}
	s := newCompatSite(t, "compat.pyhp", map[string]string{
		"start.lc": `<?lc pyhp.session.start() ?>`,
		"set.lc":   `<?lc pyhp.session.start() pyhp.session.data["k"] = {n = 1} pyhp.session.data["j"] = "x" ?>`,
		"get.lc":   `<?lc local d = pyhp.session.data put(tostring(d["k"] and d["k"].n), tostring(d.j)) ?>`,
		"whole.lc": `<?lc pyhp.session.data = {j = "whole"} ?>`,
		"wipe.lc":  `<?lc pyhp.session.wipe() put(tostring(pyhp.session.data["j"])) ?>`,
		"again.lc": `<?lc pyhp.session.wipe() pyhp.session.start() pyhp.session.data.j = "new" ?>`,
		"save.lc":  `<?lc pyhp.session.start() pyhp.session.data.j = "saved" pyhp.session.save() pyhp.session.data.j = "lost" error("stop") ?>`,
		"fail.lc":  `<?lc pyhp.session.start() pyhp.session.data.j = "lost" error("stop") ?>`,
		"form.lc":  `<?lc put(tostring(pyhp.get["a"]), tostring(pyhp.post["a"]), tostring(pyhp.cookies.c)) ?>`,
		"login.lc": `<?lc
			if pyhp.get.logout then pyhp.session.wipe()
			elseif pyhp.post.password == "secret" then pyhp.session.start() pyhp.session.data["logged_username"] = pyhp.post["username"] end
			local user = pyhp.session.data["logged_username"] ?><?lc if user then ?>Welcome <?= user ?><?lc else ?>Please log in<?lc end ?>`,
		"error.lc": "\n<?lc loadstring(_GET.code)() ?>",
	}, func(c *lua.Config) { c.SessionSavePath = store })
	const cookie = "PYHPSESSION"

	t.Run("P1", func(t *testing.T) {
		if a := s.do("/get.lc", ""); a.body.String() != "nilnil" || a.get("Cache-Control") != "" {
			t.Errorf("without a session: got %q, Cache-Control %q", a.body.String(), a.get("Cache-Control"))
		}
		if len(s.cookies) > 0 || stored(t, store) > 0 {
			t.Errorf("a session without start(): %v", s.cookies)
		}
		s.do("/start.lc", "")
		if len(s.cookies[cookie]) != 64 || stored(t, store) != 1 {
			t.Errorf("start(): cookies %v, %d stored", s.cookies, stored(t, store))
		}
	})
	t.Run("P2", func(t *testing.T) {
		s.do("/set.lc", "")
		s.want("/get.lc", 200, "1x")
		s.do("/start.lc", "")
		s.want("/get.lc", 200, "1x")
		s.do("/whole.lc", "")
		s.want("/get.lc", 200, "nilwhole")
	})
	t.Run("P3", func(t *testing.T) {
		old := s.cookies[cookie]
		s.want("/wipe.lc", 200, "nil")
		if len(s.cookies) > 0 || stored(t, store) > 0 {
			t.Errorf("after wipe(): cookies %v, %d stored", s.cookies, stored(t, store))
		}
		s.cookies[cookie] = old
		s.want("/get.lc", 200, "nilnil")
		s.do("/again.lc", "")
		if id := s.cookies[cookie]; id == old || id == "" {
			t.Errorf("cookies %v", s.cookies)
		}
		s.want("/get.lc", 200, "nilnew")
		old = s.cookies[cookie]
		s.do("/again.lc", "") // wipes one that lives
		if id := s.cookies[cookie]; id == old || id == "" {
			t.Errorf("wipe() and start() leave the id: cookies %v", s.cookies)
		}
		s.want("/get.lc", 200, "nilnew")
	})
	t.Run("P4", func(t *testing.T) {
		s.do("/fail.lc", "")
		s.want("/get.lc", 200, "nilnew")
	})
	t.Run("P5", func(t *testing.T) {
		s.do("/save.lc", "")
		s.want("/get.lc", 200, "nilsaved")
	})
	t.Run("P6", func(t *testing.T) {
		s.now = s.now.Add(15*time.Minute - time.Second)
		s.want("/get.lc", 200, "nilsaved")
		s.now = s.now.Add(15*time.Minute + time.Second)
		s.want("/get.lc", 200, "nilnil")
	})
	t.Run("P7", func(t *testing.T) {
		s.cookies = map[string]string{"c": "C"}
		if got := s.do("/form.lc?a=1", "a=2").body.String(); got != "12C" {
			t.Errorf("got %q", got)
		}
	})
	t.Run("P8", func(t *testing.T) {
		s.forget()
		s.want("/login.lc", 200, "Please log in")
		if got := s.do("/login.lc", "username=%3CAnn%3E&password=secret").body.String(); got != "Welcome &lt;Ann&gt;" {
			t.Errorf("got %q", got)
		}
		s.want("/login.lc", 200, "Welcome &lt;Ann&gt;")
		s.want("/login.lc?logout=1", 200, "Please log in")
		s.want("/login.lc", 200, "Please log in")
	})
	s.cookies = map[string]string{cookie: strings.Repeat("0", 64)} // leads nowhere
	for code, want := range map[string]string{
		"pyhp.session.data.x=1":   "pyhp.session.data: there is no session; call pyhp.session.start() first",
		"pyhp.session.data={}":    "pyhp.session.data: there is no session",
		"pyhp.session.save()":     "pyhp.session.save: there is no session",
		"pyhp.session.data=5":     "pyhp.session.data must be a table, not number",
		"return+pyhp.session.dat": `pyhp.session has no member "dat"`,
		"pyhp.session.id=1":       "pyhp.session.id cannot be set",
	} {
		s.wantError("/error.lc?code="+code, want)
	}
}
