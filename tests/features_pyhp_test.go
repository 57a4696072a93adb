package tests

import (
	"testing"
	"time"

	"lcgi/session"
)

const pyhp = "compat.pyhp"

// pyhpFeatures are the rows P1 to P8.
func pyhpFeatures() []feature {
	const start = `<?lc local s = session.start{lifetime = 900} `
	const begin = `<?lc pyhp.session.start() `
	return []feature{
		{"P1", []spelling{
			native("p", start+`s.data.k = 1 put(s.id) ?>`),
			compat(pyhp, "p", begin+`?>`),
		}, func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			body := g.page("/p.lc")
			if id := g.sessionID(s.cookie); s.name == "native" && body != id {
				t.Errorf("the cookie has the id %s, the page %s", id, body)
			}
			if n := storedKinds(t, p.sessions)[session.KindSession]; n != 1 {
				t.Errorf("%d sessions are stored, want 1", n)
			}
		}},
		{"P2", []spelling{
			native("p", start+`local d = s.data d["k"] = (d["k"] or 0) + 1 d["list"] = {1, {a = "é"}} put(d["k"], d.list[2].a, tostring(d["none"])) ?>`),
			compat(pyhp, "p", begin+`local d = pyhp.session.data d["k"] = (d["k"] or 0) + 1 d["list"] = {1, {a = "é"}} put(pyhp.session.data["k"], d.list[2].a, tostring(d["none"])) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc", "1énil")
			g.want("/p.lc", "2énil")
		}},
		{"P3", []spelling{
			native("set", start+`s.data.k = 1 ?>`, "wipe", start+`s:delete() put(tostring(s.data.k)) ?>`, "see", start+`put(tostring(s.data.k)) ?>`),
			compat(pyhp, "set", begin+`pyhp.session.data["k"] = 1 ?>`, "wipe", begin+`pyhp.session.wipe() put(tostring(pyhp.session.data["k"])) ?>`,
				"see", begin+`put(tostring(pyhp.session.data["k"])) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			old := g.twin()
			g.want("/wipe.lc", "nil")
			if n := storedKinds(t, p.sessions)[session.KindSession]; n != 0 {
				t.Errorf("%d sessions are still stored", n)
			}
			g.want("/see.lc", "nil")
			old.want("/see.lc", "nil")
		}},
		{"P4", []spelling{
			native("set", start+`s.data.k = "saved" ?>`, "fail", start+`s.data.k = "lost" error("no") ?>`, "see", start+`put(tostring(s.data.k)) ?>`),
			compat(pyhp, "set", begin+`pyhp.session.data["k"] = "saved" ?>`, "fail", begin+`pyhp.session.data["k"] = "lost" error("no") ?>`,
				"see", begin+`put(tostring(pyhp.session.data["k"])) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/see.lc", "saved")
			g.fails("/fail.lc")
			g.want("/see.lc", "saved")
		}},
		{"P5", []spelling{
			native("set", start+`s.data.k = "first" s:save() s.data.k = "second" error("after it") ?>`, "see", start+`put(tostring(s.data.k)) ?>`,
				"make", start+`s.data.k = "made" ?>`),
			compat(pyhp, "set", begin+`pyhp.session.data["k"] = "first" pyhp.session.save() pyhp.session.data["k"] = "second" error("after it") ?>`,
				"see", begin+`put(tostring(pyhp.session.data["k"])) ?>`, "make", begin+`pyhp.session.data["k"] = "made" ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/make.lc", "")
			g.want("/see.lc", "made")
			g.fails("/set.lc", "after it")
			g.want("/see.lc", "first")
		}},
		{"P6", []spelling{
			native("p", start+`s.data.k = (s.data.k or 0) + 1 put(s.data.k) ?>`),
			compat(pyhp, "p", begin+`pyhp.session.data["k"] = (pyhp.session.data["k"] or 0) + 1 put(pyhp.session.data["k"]) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc", "1")
			passTime(t, p.sessions, 14*time.Minute+50*time.Second)
			g.want("/p.lc", "2")
			passTime(t, p.sessions, 15*time.Minute)
			g.want("/p.lc", "1")
		}},
		{"P7", []spelling{
			native("p", `<?lc put(tostring(_POST.a), " ", tostring(_GET.a), " ", tostring(_GET.none)) ?>`),
			compat(pyhp, "p", `<?lc put(tostring(pyhp.post["a"]), " ", tostring(pyhp.get["a"]), " ", tostring(pyhp.get["none"])) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			if got := p.guest(t).form("/p.lc?a=%C3%BC+1", "a=b%26c"); got != "b&c ü 1 nil" {
				t.Errorf("the page shows %q", got)
			}
		}},
		{"P8", []spelling{
			native("login", start+`
if _POST.username == "ada" and _POST.password == "correct" then s:rotate() s.data["logged_username"] = _POST.username end
if _GET.logout then s:delete() end
if s.data["logged_username"] then put("Welcome ", s.data["logged_username"]) else put("Please log in") end ?>`),
			compat(pyhp, "login", begin+`
if pyhp.post["username"] == "ada" and pyhp.post["password"] == "correct" then pyhp.session.data["logged_username"] = pyhp.post["username"] end
if pyhp.get["logout"] then pyhp.session.wipe() end
if pyhp.session.data["logged_username"] then put("Welcome ", pyhp.session.data["logged_username"]) else put("Please log in") end ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/login.lc", "Please log in")
			if got := g.form("/login.lc", "username=ada&password=wrong"); got != "Please log in" {
				t.Errorf("with a wrong password: %s", got)
			}
			if got := g.form("/login.lc", "username=ada&password=correct"); got != "Welcome ada" {
				t.Errorf("with the password: %s", got)
			}
			g.want("/login.lc", "Welcome ada")
			p.guest(t).want("/login.lc", "Please log in")
			g.want("/login.lc?logout=1", "Please log in")
			g.want("/login.lc", "Please log in")
		}},
	}
}
