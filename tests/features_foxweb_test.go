package tests

import (
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

const foxweb = "compat.foxweb"

// foxWebFeatures are the rows FW1 to FW11. Where the module is prepended, pages
// have a Session without doing anything for it.
func foxWebFeatures() []feature {
	const start = `<?lc local s = session.start{} `
	return []feature{
		{"FW1", []spelling{
			native("p", start+`s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`),
			compat(foxweb, "p", `<?lc Session.SetVar("n", (Session.GetVar("n") or 0) + 1) put(Session.GetVar("n")) ?>`),
			prepended(foxweb, "p", `<?lc Session.SetVar("n", (Session.GetVar("n") or 0) + 1) put(Session.GetVar("n")) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc", "1")
			g.want("/p.lc", "2")
			p.guest(t).want("/p.lc", "1")
		}},
		{"FW2", []spelling{
			native("id", start+`put(s.id) ?>`, "set", start+`s.data.n = 1 put(s.id) ?>`),
			compat(foxweb, "id", `<?lc put(Session.GetSessionID()) ?>`, "set", `<?lc Session.SetVar("n", 1) put(Session.GetSessionID()) ?>`),
		}, func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			first := g.page("/id.lc")
			if second := g.page("/id.lc"); second == first || len(first) != 64 {
				t.Errorf("two requests that set nothing have the ids %q and %q", first, second)
			}
			if n := storedKinds(t, p.sessions)[session.KindSession]; n != 0 || len(g.cookies) != 0 {
				t.Errorf("%d sessions are stored, the cookies are %v; nothing was set", n, g.cookies)
			}
			id := g.page("/set.lc")
			g.want("/id.lc", id)
			if g.sessionID(s.cookie) != id {
				t.Error("the cookie has another id")
			}
		}},
		{"FW3", []spelling{
			native(
				"set", start+`s.data.a, s.data.b = "one", "two" s.data.a = "three" ?>`,
				"remove", start+`s.data.b = nil ?>`,
				"see", start+`put(s.data.a, " ", tostring(s.data.b), " ", tostring(s.data.c)) ?>`),
			compat(foxweb,
				"set", `<?lc Session.SetVar("a", "one") Session.SetVar("b", "two") Session.SetVar("a", "three") ?>`,
				"remove", `<?lc Session.Remove("b") ?>`,
				"see", `<?lc put(Session.GetVar("a"), " ", tostring(Session.GetVar("b")), " ", tostring(Session.GetVar("c"))) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/see.lc", "three two nil")
			g.want("/remove.lc", "")
			g.want("/see.lc", "three nil nil")
		}},
		{"FW4", []spelling{
			native(
				"set", start+`s.data.a, s.data.b, s.data.c = 1, "x", true ?>`,
				"see", start+`local rows, n = {}, 0 for name, value in pairs(s.data) do n = n + 1 rows[n] = {name, value} end`+sortedRows),
			compat(foxweb,
				"set", `<?lc Session.SetVar("a", 1) Session.SetVar("b", "x") Session.SetVar("c", true) ?>`,
				"see", `<?lc local rows = {} local n = Session.GetVarArray(rows)`+sortedRows),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/see.lc", "0")
			g.want("/set.lc", "")
			g.want("/see.lc", "3 a=1 b=x c=true")
		}},
		{"FW5", []spelling{
			native(
				"set", start+`local time = require "time" local d = s.data
					d.c, d.n, d.l, d.f = "text\0é", 0.1, true, false
					d.dt, d.d = time.unix(1234567890.25), time.date{year = 2024, month = 2, day = 29} ?>`,
				"see", start+`local time = require "time" local d = s.data`+foxTypes),
			compat(foxweb,
				"set", `<?lc local time = require "time" local set = Session.SetVar
					set("c", "text\0é") set("n", 0.1) set("l", true) set("f", false)
					set("dt", time.unix(1234567890.25)) set("d", time.date{year = 2024, month = 2, day = 29}) ?>`,
				"see", `<?lc local time = require "time" local d = setmetatable({}, {__index = function(_, name) return Session.GetVar(name) end})`+foxTypes),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/see.lc", "true true true true true true")
		}},
		{"FW6", []spelling{
			native(
				"see", start+`put(s.lastHit == 0 and 0 or require("time").now() - s.lastHit) ?>`,
				"set", start+`s.data.n = 1 ?>`,
				"write", start+`put(tostring(pcall(function() s.lastHit = 1 end))) ?>`),
			compat(foxweb,
				"see", `<?lc local hit = Session.LastHit put(hit == 0 and 0 or require("time").now() - hit) ?>`,
				"set", `<?lc Session.SetVar("n", 1) ?>`,
				"write", `<?lc put(tostring(pcall(function() Session.LastHit = 1 end))) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/see.lc", "0")
			g.want("/see.lc", "0")
			g.want("/set.lc", "")
			passTime(t, p.sessions, 100*time.Second)
			if ago := g.page("/see.lc"); !strings.HasPrefix(ago, "10") {
				t.Errorf("the last hit was %q seconds ago, want a bit more than 100", ago)
			}
			if ago := g.page("/see.lc"); strings.HasPrefix(ago, "10") {
				t.Errorf("the request before counts for nothing: the last hit was %q seconds ago", ago)
			}
			g.want("/write.lc", "false")
		}},
		{"FW7", []spelling{
			native(
				"set", start+`s.data.n = (s.data.n or 0) + 1 if _GET.minutes then s.lifetime = _GET.minutes * 60 end put(s.data.n, " ", s.lifetime / 60) ?>`),
			compat(foxweb,
				"set", `<?lc Session.SetVar("n", (Session.GetVar("n") or 0) + 1) if _GET.minutes then Session.Timeout = tonumber(_GET.minutes) end
					put(Session.GetVar("n"), " ", Session.Timeout) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			long, short := p.guest(t), p.guest(t)
			long.want("/set.lc?minutes=120", "1 120")
			short.want("/set.lc?minutes=5", "1 5")
			passTime(t, p.sessions, 4*time.Minute+50*time.Second)
			short.want("/set.lc", "2 5") // it is kept with the session
			passTime(t, p.sessions, 5*time.Minute)
			if body := short.page("/set.lc"); !strings.HasPrefix(body, "1 ") {
				t.Errorf("after 5 minutes the session of 5 minutes shows %q", body)
			}
			long.want("/set.lc", "2 120")
			passTime(t, p.sessions, 119*time.Minute)
			long.want("/set.lc", "3 120")
		}},
		{"FW8", []spelling{
			native(
				"set", `<?lc local s = session.start{track = "both"} s.data.n = 1 put(s.token) ?>`,
				"see", `<?lc local s = session.start{track = "both"} put(tostring(s.data.n)) ?>`),
			compat(foxweb,
				"set", `<?lc Session.SetVar("n", 1) put(Session.Token) ?>`,
				"see", `<?lc put(tostring(Session.GetVar("n"))) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			token := p.guest(t).page("/set.lc")
			p.guest(t).want("/see.lc", "nil")
			p.guest(t).want("/see.lc?"+token, "1")
			p.guest(t).want("/see.lc?x=1&"+token, "1")
		}},
		{"FW9", []spelling{
			native(
				"set", start+`s.data.n = 1 put(s.id) ?>`,
				"abandon", start+`local before = s.id s:reset() put(tostring(s.data.n), " ", tostring(s.id == before)) if _GET.keep then s.data.m = 2 end ?>`,
				"see", start+`put(tostring(s.data.n), " ", tostring(s.data.m)) ?>`,
				"id", start+`put(s.id) ?>`),
			compat(foxweb,
				"set", `<?lc Session.SetVar("n", 1) put(Session.GetSessionID()) ?>`,
				"abandon", `<?lc local before = Session.GetSessionID() Session.Abandon()
					put(tostring(Session.GetVar("n")), " ", tostring(Session.GetSessionID() == before)) if _GET.keep then Session.SetVar("m", 2) end ?>`,
				"see", `<?lc put(tostring(Session.GetVar("n")), " ", tostring(Session.GetVar("m"))) ?>`,
				"id", `<?lc put(Session.GetSessionID()) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			id := g.page("/set.lc")
			g.want("/abandon.lc?keep=1", "nil true")
			g.want("/see.lc", "nil 2")
			g.want("/id.lc", id)
			g.want("/abandon.lc", "nil true")
			if n := storedKinds(t, p.sessions)[session.KindSession]; n != 0 {
				t.Errorf("%d sessions are stored, want none: nothing was set", n)
			}
			g.want("/see.lc", "nil nil")
		}},
		{"FW10", []spelling{
			native("p", start+`s.data.n = 1 put(s.id) ?>`),
			compat(foxweb, "p", `<?lc Session.SetVar("n", 1) put(Session.GetSessionID()) ?>`),
		}, func(t *testing.T, p *pageSite, s spelling) {
			ada, bob := p.guest(t), p.guest(t)
			first, other := ada.page("/p.lc"), bob.page("/p.lc")
			if first == other || first != ada.sessionID(s.cookie) {
				t.Errorf("the ids of two visitors are %q and %q", first, other)
			}
			ada.want("/p.lc", first)
		}},
		{"FW11", []spelling{
			native("p", start+`s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`),
			compat(foxweb, "p", `<?lc Session.InitVars() Session.SetVar("n", (Session.GetVar("n") or 0) + 1) put(Session.GetVar("n")) ?>`),
		}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc", "1")
			g.want("/p.lc", "2")
		}},
	}
}

// sortedRows shows rows of a name and a value, and how many there are.
const sortedRows = ` put(n) table.sort(rows, function(a, b) return a[1] < b[1] end)
	for _, row in ipairs(rows) do put(" ", row[1], "=", tostring(row[2])) end ?>`

// foxTypes compares d with what FW5 has set.
const foxTypes = ` put(tostring(d.c == "text\0é"), " ", tostring(d.n == 0.1), " ", tostring(d.l == true), " ", tostring(d.f == false), " ",
	tostring(d.dt == time.unix(1234567890.25)), " ", tostring(d.d == time.date{year = 2024, month = 2, day = 29})) ?>`
