package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

const alphafive = "compat.alphafive"

// alphaFiveFeatures are the rows A1 to A14, without the panel of A10.
func alphaFiveFeatures() []feature {
	const start = `<?lc local s = session.start{} `
	return []feature{
		{"A1", []spelling{
			native("p", start+`s.data.here = true put("served") ?>`).withEnv("LCGI_SESSION_MAX", "3"),
			compat(alphafive, "p", `<?lc put(session.SessionID and "served") ?>`).withEnv("LCGI_SESSION_MAX", "3"),
			prepended(alphafive, "p", `<?lc put(session.SessionID and "served") ?>`).withEnv("LCGI_SESSION_MAX", "3"),
		}, func(t *testing.T, p *pageSite, s spelling) {
			first := p.guest(t)
			for _, g := range []*guest{first, p.guest(t), p.guest(t)} {
				g.want("/p.lc", "served")
				if len(g.cookies) != 1 {
					t.Errorf("a client has no session after its first request: %v", g.cookies)
				}
			}
			r := p.guest(t).get("/p.lc")
			if r.Status != 503 || r.Header.Get("Retry-After") == "" {
				t.Errorf("a fourth session: status %d, Retry-After %q, want 503 and a time", r.Status, r.Header.Get("Retry-After"))
			}
			if n := storedKinds(t, p.sessions)[session.KindSession]; n != 3 {
				t.Errorf("%d sessions are stored, want 3", n)
			}
			p.logged(t, "LCGI_SESSION_MAX")
			first.want("/p.lc", "served")
			passTime(t, p.sessions, time.Hour)
			poll(t, "there is no room for a new session after all have expired", func() bool {
				return p.guest(t).get("/p.lc").Status == 200
			})
		}},
		{"A2", []spelling{
			native("set", start+`s.data.greeting, s.data.cart = "hello", {1, 2} ?>`,
				"see", start+`put(tostring(s.data.greeting), " ", tostring(s.data.nothing), " ", #(s.data.cart or {})) ?>`),
			compat(alphafive, "set", `<?lc session.greeting, session.cart = "hello", {1, 2} ?>`,
				"see", `<?lc put(tostring(session.greeting), " ", tostring(session.nothing), " ", #(session.cart or {})) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/see.lc", "hello nil 2")
			p.guest(t).want("/see.lc", "nil nil 0")
		}},
		{"A3", []spelling{
			native("p", start+`s.data.n = 1 put(s.id, " ", s.lastHit == 0 and "new" or require("time").now() - s.lastHit) ?>`),
			compat(alphafive, "p", `<?lc session.n = 1 local at = session.Timestamp put(session.SessionID, " ", at == 0 and "new" or require("time").now() - at) ?>`),
		}, func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			id, _, _ := strings.Cut(g.page("/p.lc"), " ")
			if g.sessionID(s.cookie) != id {
				t.Errorf("SessionID is %q, the cookie %q", id, g.cookies[s.cookie])
			}
			passTime(t, p.sessions, 100*time.Second)
			g.page("/p.lc")
			again, ago, _ := strings.Cut(g.page("/p.lc"), " ")
			if again != id || strings.HasPrefix(ago, "10") {
				t.Errorf("after another request the id is %s and the time %s s ago, want the request before", again, ago)
			}
		}},
		{"A4", []spelling{
			native("set", start+`s.data.n = 1 local f = io.open(s.folder .. "/f.txt", "w") f:write("mine") f:close() put(s.folder) ?>`,
				"see", start+`local f = io.open(s.folder .. "/f.txt") put(f and f:read("*a") or "none") ?>`,
				"sweep", `<?lc session.sweep() ?>`),
			compat(alphafive, "set", `<?lc session.n = 1 local f = io.open(session.session_folder .. "/f.txt", "w") f:write("mine") f:close() put(session.session_folder) ?>`,
				"see", `<?lc local f = io.open(session.session_folder .. "/f.txt") put(f and f:read("*a") or "none") ?>`,
				"sweep", ``),
		}, func(t *testing.T, p *pageSite, s spelling) {
			g, other := p.guest(t), p.guest(t)
			folder := g.page("/set.lc")
			g.want("/see.lc", "mine")
			other.want("/see.lc", "none")
			info, err := os.Stat(folder)
			if err != nil || info.Mode().Perm() != 0o700 {
				t.Errorf("the folder %q: %v, %v; want one of mode 0700", folder, info, err)
			}
			if rel, err := filepath.Rel(p.root, folder); err == nil && filepath.IsLocal(rel) {
				t.Errorf("the folder %s is below the document root", folder)
			}
			passTime(t, p.sessions, time.Hour)
			sweep(t, p.sessions)
			if _, err := os.Stat(folder); !os.IsNotExist(err) {
				t.Errorf("the folder of an expired session is there after a sweep: %v", err)
			}
		}},
		{"A5", []spelling{
			native("set", start+`s.data.n = 1 local f = io.open(s.folder .. "/a b.txt", "w") f:write("mine") f:close() put(s.url) ?>`),
			compat(alphafive, "set", `<?lc session.n = 1 local f = io.open(session.session_folder .. "/a b.txt", "w") f:write("mine") f:close() put(session.session_url) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.page("/set.lc")
			// Where cookies are known to work the URL says nothing about whose it is.
			file := g.page("/set.lc") + "a%20b.txt"
			g.want(file, "mine")
			g.want(file, "mine")
			stranger := p.guest(t)
			for range 2 {
				if r := stranger.get(file); r.Status != 404 || strings.Contains(string(r.Body), "mine") {
					t.Errorf("a stranger gets %d %q, want 404", r.Status, r.Body)
				}
			}
			owner := p.guest(t)
			owner.page("/set.lc")
			if r := g.get(strings.Replace(file, "a%20b.txt", "none.txt", 1)); r.Status != 404 {
				t.Errorf("a file that is not there: status %d, want 404", r.Status)
			}
		}},
		{"A6", []spelling{
			native("p", `<?lc local s = session.start{track = _GET.off and "link" or "auto"} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?><a href="p.lc?<?= _GET.off and "off=1" or "" ?>">x</a>`),
			compat(alphafive, "p", `<?lc session.n = (session.n or 0) + 1 put(session.n) ?><a href="p.lc?">x</a>`),
		}, func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			first := g.page("/p.lc")
			link := href(first)
			if !strings.Contains(link, "=") || len(g.cookies) != 1 {
				t.Errorf("the first answer is %s with the cookies %v, want both a cookie and a decorated link", first, g.cookies)
			}
			without := p.guest(t) // whose cookies are off
			if body := without.page("/" + link); !strings.HasPrefix(body, "2") || !strings.Contains(href(body), "=") {
				t.Errorf("without cookies the link leads to %s", body)
			}
			if body := g.page("/p.lc"); !strings.HasPrefix(body, "3") || strings.Contains(href(body), "=") {
				t.Errorf("with cookies the second page is %s, want a link without an id", body)
			}
			if s.name == "native" {
				off := p.guest(t).get("/p.lc?off=1")
				if off.Header.Get("Set-Cookie") != "" || !strings.Contains(href(string(off.Body)), "LCSESSION=") {
					t.Errorf("cookies are switched off: %v %s", off.Header, off.Body)
				}
			}
		}},
		{"A7", []spelling{
			native("p", `<?lc local s = session.start{keepId = true} s.data.n = (s.data.n or 0) + 1 put(s.id, " ", s.data.n) ?>`),
			compat(alphafive, "p", `<?lc session.n = (session.n or 0) + 1 put(session.SessionID, " ", session.n) ?>`),
		}, func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			g.page("/p.lc")
			id := g.sessionID(s.cookie)
			g.want("/p.lc", id+" 2")
			passTime(t, p.sessions, 24*time.Hour)
			g.want("/p.lc", id+" 1")
			passTime(t, p.sessions, 24*time.Hour)
			sweep(t, p.sessions)
			g.want("/p.lc", id+" 1")
		}},
		{"A8", []spelling{
			native("set", start+`s.data.n = 1 ?>`, "reset", start+`s:delete() ?>`, "see", start+`put(tostring(s.data.n)) ?>`),
			compat(alphafive, "set", `<?lc session.n = 1 ?>`, "reset", `<?lc SESSION.RESET() ?>`, "see", `<?lc put(tostring(session.n)) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/see.lc", "1")
			before := g.twin()
			g.want("/reset.lc", "")
			g.want("/see.lc", "nil")
			before.want("/see.lc", "nil")
		}},
		{"A9", []spelling{
			native("set", `<?lc shared.set("announcement", _GET.text) shared.set("other", 1) ?>`,
				"see", `<?lc put(tostring(shared.get("announcement")), " ", tostring(shared.get("other"))) ?>`,
				"delete", `<?lc shared.delete("announcement") ?>`, "reset", `<?lc shared.reset() ?>`),
			compat(alphafive, "set", `<?lc server.announcement = _GET.text server.other = 1 ?>`,
				"see", `<?lc put(tostring(server.announcement), " ", tostring(server.other)) ?>`,
				"delete", `<?lc server.announcement = nil ?>`, "reset", `<?lc SERVER.RESET() ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			p.guest(t).want("/see.lc", "nil nil")
			p.guest(t).want("/set.lc?text=hello", "")
			p.guest(t).want("/see.lc", "hello 1")
			p.guest(t).want("/set.lc?text=again", "")
			passTime(t, p.sessions, 5*365*24*time.Hour) // they do not expire
			sweep(t, p.sessions)
			p.guest(t).want("/see.lc", "again 1")
			p.guest(t).want("/delete.lc", "")
			p.guest(t).want("/see.lc", "nil 1")
			p.guest(t).want("/reset.lc", "")
			p.guest(t).want("/see.lc", "nil nil")
		}},
		{"A10", []spelling{
			native("set", start+`s.data.user = "ada" shared.set("announcement", "old") ?>`,
				"see", `<?lc put(tostring(shared.get("announcement")), " ", tostring(shared.get("none"))) ?>`),
			compat(alphafive, "set", `<?lc session.user = "ada" server.announcement = "old" ?>`,
				"see", `<?lc put(tostring(server.announcement), " ", tostring(server.none)) ?>`),
		}, func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			id := g.sessionID(s.cookie)
			listed, code := runCommand(t, "sessions", "list", "--savepath", p.sessions)
			if code != 0 || strings.Contains(listed, id) || !strings.Contains(listed, session.NewKey(s.cookie, id).String()[:8]) {
				t.Errorf("sessions list, exit %d, does not show the key (or shows the id):\n%s", code, listed)
			}
			if shown, code := runCommand(t, "sessions", "show", "--savepath", p.sessions, session.NewKey(s.cookie, id).String()); code != 0 || !strings.Contains(shown, "ada") {
				t.Errorf("sessions show, exit %d:\n%s", code, shown)
			}
			if shown, code := runCommand(t, "shared", "list", "--savepath", p.sessions); code != 0 || !strings.Contains(shown, "announcement") {
				t.Errorf("shared list, exit %d:\n%s", code, shown)
			}
			if out, code := runCommand(t, "shared", "set", "--savepath", p.sessions, "announcement", "new"); code != 0 {
				t.Errorf("shared set, exit %d:\n%s", code, out)
			}
			if out, code := runCommand(t, "shared", "set", "--savepath", p.sessions, "none", "x"); code == 0 {
				t.Errorf("shared set made a variable:\n%s", out)
			}
			g.want("/see.lc", "new nil")
		}},
		{"A11", []spelling{
			native("set", `<?lc session.start{lifetime = tonumber(_GET.seconds)}.data.n = 1 ?>`, "count", `<?lc put(session.count()) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			p.guest(t).want("/count.lc", "0")
			first := p.guest(t)
			first.want("/set.lc", "")
			first.want("/set.lc", "")
			for range 2 {
				p.guest(t).want("/set.lc?seconds=100", "")
			}
			p.guest(t).want("/count.lc", "3")
			passTime(t, p.sessions, 100*time.Second)
			p.guest(t).want("/count.lc", "1")
		}},
		{"A12", []spelling{
			compat(alphafive, "shop/p", `<?lc put(a5_default_path) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			got := strings.TrimSuffix(p.guest(t).page("/shop/p.lc"), "/")
			want := filepath.Join(p.root, "shop")
			if real, err := filepath.EvalSymlinks(want); got != want && (err != nil || got != real) {
				t.Errorf("a5_default_path is %q, want %q", got, want)
			}
		}},
		{"A13", []spelling{
			native("p", start+`s.data.n = s.data.n or 1 put(type(_GET.n), " ", type(s.data.n), " ", tostring(s.data.x), " ", tostring(n), " ", tostring(x)) ?>`),
			compat(alphafive, "p", `<?lc session.n = session.n or 1 put(type(_GET.n), " ", type(session.n), " ", tostring(session.x), " ", tostring(n), " ", tostring(x)) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc?n=5&x=6&session.x=7&session[x]=8&_SESSION[x]=9", "string number nil nil nil")
			g.want("/p.lc?n=5", "string number nil nil nil")
		}},
		{"A14", []spelling{
			native("one", start+`s.data.greeting = "Hello" ?>`, "two", start+`local made, err = pcall(function() return greeting .. "!" end)
				put(tostring(made), " ", tostring(s.data.greeting)) ?>`),
			compat(alphafive, "one", `<?lc session.greeting = "Hello" ?>`, "two", `<?lc local made, err = pcall(function() return greeting .. "!" end)
				put(tostring(made), " ", tostring(session.greeting)) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/two.lc", "false nil") // the first page was not submitted yet
			g.want("/one.lc", "")
			g.want("/two.lc", "false Hello")
		}},
	}
}

// href returns the target of the first link of a page as a browser reads it.
func href(body string) string {
	_, rest, _ := strings.Cut(body, `href="`)
	target, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(target, "&amp;", "&")
}

// sweep removes what has expired, as the administrator does.
func sweep(t *testing.T, folder string) {
	t.Helper()
	if out, code := runCommand(t, "sessions", "sweep", "--savepath", folder); code != 0 {
		t.Fatalf("lcgi sessions sweep: exit %d\n%s", code, out)
	}
}
