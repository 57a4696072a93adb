package lua_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/lua"
)

func TestAlphaFive(t *testing.T) {
	pages := map[string]string{
		"plain.lc":    `x`,
		"id.lc":       `<?lc put(session.SessionID) ?>`,
		"greet.lc":    `<?lc session.greeting = "Hello World" ?><a href="show.lc">next</a>`,
		"show.lc":     `<?= session.greeting ?>`,
		"names.lc":    `<?lc session.FirstName = "Ann" put(SESSION.firstname, Session.FIRSTNAME, session.sessionid == SESSION.SessionID, tostring(session.none)) ?>`,
		"stamp.lc":    `<?lc put(tostring(session.Timestamp)) ?>`,
		"count.lc":    `<?lc put(require("compat.alphafive").session.count()) ?>`,
		"file.lc":     `<?lc local f = assert(io.open(session.session_folder .. "/my file.txt", "w")) f:write("private") f:close() put(session.session_url, "my%20file.txt") ?>`,
		"folder.lc":   `<?lc put(session.session_folder) ?>`,
		"reset.lc":    `<?lc SESSION.RESET() put(tostring(session.greeting)) ?>`,
		"logout.lc":   `<?lc SESSION.RESET() ?>`,
		"resetset.lc": `<?lc session.reset() session.after = 1 ?>`,
		"after.lc":    `<?lc put(tostring(session.after), tostring(session.greeting)) ?>`,
		"set.lc":      `<?lc server.Announcement = {text = "closed"} server.n = (server.n or 0) + 1 ?>`,
		"server.lc":   `<?lc put(tostring(server.announcement and SERVER.ANNOUNCEMENT.text), tostring(server.n)) ?>`,
		"delete.lc":   `<?lc server.N = nil ?>`,
		"clear.lc":    `<?lc SERVER.RESET() ?>`,
		"sub/path.lc": `<?lc put(a5_default_path) ?>`,
		"url.lc":      `<?lc put(type(_GET.n), tostring(session.n), tostring(session.greeting)) ?>`,
		"error.lc":    "\n<?lc loadstring(_GET.code)() ?>",
	}
	s := newCompatSite(t, "compat.alphafive", pages)
	const cookie = "A5SESSION"
	body := func(target string, env ...string) string { return s.do(target, "", env...).body.String() }

	t.Run("A1", func(t *testing.T) {
		s.want("/plain.lc", 200, "x")
		id := s.cookies[cookie]
		if len(id) != 64 {
			t.Fatalf("cookies %v", s.cookies)
		}
		s.want("/id.lc", 200, id)
		full := newCompatSite(t, "compat.alphafive", pages, func(c *lua.Config) { c.SessionMax = 2 })
		for i, want := range []int{200, 200, 503} {
			full.forget()
			if a := full.do("/plain.lc", ""); a.status != want {
				t.Errorf("visitor %d: got %d, want %d; log %q", i, a.status, want, full.log)
			}
		}
	})
	t.Run("A2", func(t *testing.T) {
		s.want("/show.lc", 200, "")
		body("/greet.lc")
		s.want("/show.lc", 200, "Hello World")
		s.want("/names.lc", 200, "AnnAnntruenil")
	})
	t.Run("A3", func(t *testing.T) {
		s.want("/id.lc", 200, s.cookies[cookie])
		s.want("/stamp.lc", 200, "2026-11-20T12:00:00Z")
		s.now = s.now.Add(time.Minute)
		s.want("/stamp.lc", 200, "2026-11-20T12:01:00Z")
		for _, name := range []string{"SessionID", "timestamp", "SESSION_FOLDER", "session_url", "Reset"} {
			s.wantError("/error.lc?code=session."+name+"=1", "session."+name+" is set by the server and read only")
		}
	})
	t.Run("A4", func(t *testing.T) {
		body("/file.lc")
		folder := body("/folder.lc")
		if _, err := os.Stat(filepath.Join(folder, "my file.txt")); err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(folder); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", info, err)
		}
		s.now = s.now.Add(time.Hour)
		mine := s.cookies
		s.forget()
		body("/error.lc?code=require('compat.alphafive').session.sweep()")
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("the folder of an expired session is there: %v", err)
		}
		s.cookies = mine
	})
	t.Run("A5", func(t *testing.T) {
		target := body("/file.lc")
		a := s.do(target, "")
		if a.status != 200 || a.body.String() != "private" || !strings.HasPrefix(a.get("Content-Type"), "text/plain") {
			t.Errorf("%s: got %d %q", target, a.status, a.body.String())
		}
		s.forget()
		if a := s.do(target, ""); a.status != 404 {
			t.Errorf("another visitor gets %d %q", a.status, a.body.String())
		}
	})
	t.Run("A6", func(t *testing.T) {
		s.forget()
		linked := body("/greet.lc")
		target := linked[strings.Index(linked, "show.lc"):strings.Index(linked, `">`)]
		if !strings.HasPrefix(target, "show.lc?A5SESSION=") {
			t.Fatalf("got %s", linked)
		}
		if got := body("/greet.lc"); strings.Contains(got, cookie) {
			t.Errorf("the cookie came back and links still carry the id: %s", got)
		}
		s.forget()
		s.want("/"+target, 200, "Hello World")

		links := newSite(t, map[string]string{
			"greet.lc": `<?lc a5_session_cookies = false a5_session_lifetime = 2 require "compat.alphafive" session.greeting = "Hi" ?><a href="show.lc">`,
			"show.lc":  `<?lc a5_session_cookies = false a5_session_lifetime = 2 require "compat.alphafive" put(tostring(session.greeting)) ?>`,
			"bad.lc":   `<?lc a5_session_lifetime = "x" require "compat.alphafive" ?>`,
		})
		linked = links.do("/greet.lc", "").body.String()
		if len(links.cookies) > 0 {
			t.Errorf("cookies %v", links.cookies)
		}
		target = linked[strings.Index(linked, "show.lc"):strings.Index(linked, `">`)]
		links.want("/"+target, 200, "Hi")
		links.now = links.now.Add(121 * time.Second)
		links.want("/"+target, 200, "nil")
		links.wantError("/bad.lc", "bad.lc:1: a5_session_lifetime must be a number of minutes above 0")
	})
	t.Run("A7", func(t *testing.T) {
		s.forget()
		body("/greet.lc")
		id := s.cookies[cookie]
		s.now = s.now.Add(time.Hour)
		s.want("/show.lc", 200, "")
		s.want("/id.lc", 200, id)
		s.now = s.now.Add(time.Hour)
		other := s.cookies
		s.forget()
		body("/error.lc?code=require('compat.alphafive').session.sweep()")
		s.cookies = other
		s.want("/id.lc", 200, id)
	})
	t.Run("A8", func(t *testing.T) {
		body("/greet.lc")
		id := body("/id.lc")
		s.want("/reset.lc", 200, "nil")
		s.want("/show.lc", 200, "")
		body("/logout.lc")
		s.want("/id.lc", 200, id) // the next visit has the same id
		body("/greet.lc")
		body("/resetset.lc")
		s.want("/after.lc", 200, "1nil")
	})
	t.Run("A9", func(t *testing.T) {
		s.want("/server.lc", 200, "nilnil")
		body("/set.lc")
		s.forget()
		body("/set.lc")
		s.want("/server.lc", 200, "closed2")
		body("/delete.lc")
		s.want("/server.lc", 200, "closednil")
		body("/clear.lc")
		s.want("/server.lc", 200, "nilnil")
		s.wantError("/error.lc?code=server.Reset=1", "server.RESET is a method")
		s.wantError("/error.lc?code=server[1]=1", "the name of a server variable must be a string, not number")
	})
	t.Run("A11", func(t *testing.T) {
		some := newCompatSite(t, "compat.alphafive", pages)
		for _, want := range []string{"0", "1", "2"} {
			some.forget()
			some.want("/count.lc", 200, want)
		}
		some.want("/count.lc", 200, "3")
		some.now = some.now.Add(time.Hour)
		some.forget()
		some.want("/count.lc", 200, "0")
	})
	t.Run("A12", func(t *testing.T) { s.want("/sub/path.lc", 200, filepath.Join(s.root, "sub")) })
	t.Run("A13", func(t *testing.T) {
		s.forget()
		s.want("/url.lc?n=5&greeting=x&session.greeting=y", 200, "stringnilnil")
	})
	t.Run("A14", func(t *testing.T) {
		s.forget()
		body("/greet.lc")
		s.want("/show.lc", 200, "Hello World")
	})
}
