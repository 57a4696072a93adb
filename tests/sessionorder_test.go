package tests

import (
	"strconv"
	"testing"
	"time"
)

// TestSessionOrder does things to sessions in an order that pages seldom have. The
// steps of a case are requests of one visitor.
func TestSessionOrder(t *testing.T) {
	const start = `<?lc local s = session.start{} s.data.n = (s.data.n or 0) + 1 `
	pages := map[string]string{
		"add.lc":      start + `put(s.data.n) ?>`,
		"other.lc":    `<?lc put(tostring(session.start{name = "other"}.data.n)) ?>`,
		"again.lc":    start + `s:delete() local t = session.start{} t.data.n = 50 put(tostring(t ~= s)) ?>`,
		"save.lc":     start + `s:beforeSave(function(s) s:save() end) ?>`,
		"start.lc":    start + `s:beforeSave(function() local o = session.start{name = "other"} o.data.n = (o.data.n or 0) + 1 end) ?>`,
		"delete.lc":   start + `s:beforeSave(function(s) s:delete() end) ?>`,
		"abort.lc":    start + `s:beforeSave(function(s) s:abort() end) ?>`,
		"rotate.lc":   start + `s:beforeSave(function(s) s:rotate(0) end) ?>`,
		"exit.lc":     start + `s:beforeSave(function() exit() end) ?>`,
		"redirect.lc": start + `s:beforeSave(function() redirect("/add.lc") end) ?>`,
		"endless.lc":  start + `s:beforeSave(function() while true do end end) ?>`,
		"long.lc":     start + `while true do end ?>`,
		"readonly.lc": `<?lc local s = session.start{readonly = true, rotate = true} put(s.result, s.data.n, tostring(pcall(s.rotate, s))) ?>`,
		"routine.lc":  `<?lc local co = coroutine.create(function() local s = session.start{} s.data.n = s.data.n + 1 coroutine.yield() end) coroutine.resume(co) ?>`,
		"limits.lc":   `<?lc local s = session.start{maxLifetime = 100, lifetime = 5000} s.data.n = (s.data.n or 0) + 1 s:rotate() put(s.result, s.data.n, " ", s.lifetime) ?>`,
		"kept.lc":     `<?lc local s = session.start{keepId = true} if _GET.delete then s:delete() else s.data.n = (s.data.n or 0) + 1 put(s.data.n) end ?>`,
		"flush.lc":    start + `s:rotate(60) response.flush() error("after the flush") ?>`,
	}
	type step struct {
		target string
		want   string // the body; of a page that fails or redirects the status
	}
	cases := []struct {
		name  string
		steps []step
	}{
		{"started again after a delete", []step{{"/add.lc", "1"}, {"/again.lc", "true"}, {"/add.lc", "51"}}},
		{"saved by what comes before a save", []step{{"/add.lc", "1"}, {"/save.lc", "500"}, {"/add.lc", "2"}}},
		{"another session started before a save", []step{{"/start.lc", ""}, {"/other.lc", "1"}, {"/start.lc", ""}, {"/other.lc", "2"}, {"/add.lc", "3"}}},
		{"deleted before a save", []step{{"/add.lc", "1"}, {"/delete.lc", ""}, {"/add.lc", "1"}}},
		{"aborted before a save", []step{{"/add.lc", "1"}, {"/abort.lc", ""}, {"/add.lc", "2"}}},
		{"rotated before a save", []step{{"/add.lc", "1"}, {"/rotate.lc", ""}, {"/add.lc", "3"}}},
		{"exit before a save", []step{{"/add.lc", "1"}, {"/exit.lc", ""}, {"/add.lc", "3"}}},
		{"redirect before a save", []step{{"/add.lc", "1"}, {"/redirect.lc", "302"}, {"/add.lc", "3"}}},
		{"endless before a save", []step{{"/add.lc", "1"}, {"/endless.lc", "500"}, {"/add.lc", "2"}}},
		{"a page that is stopped", []step{{"/add.lc", "1"}, {"/long.lc", "500"}, {"/add.lc", "2"}}},
		{"a read-only session that is to rotate", []step{{"/add.lc", "1"}, {"/readonly.lc", "load1false"}, {"/add.lc", "2"}}},
		{"started in a coroutine", []step{{"/add.lc", "1"}, {"/routine.lc", ""}, {"/add.lc", "3"}}},
		{"limits outlive a rotation", []step{{"/limits.lc", "new1 5000"}, {"/limits.lc", "load2 5000"}, {"60s", ""}, {"/limits.lc", "load3 5000"}, {"60s", ""}, {"/limits.lc", "expire1 5000"}}},
		{"a deleted session whose id was to be kept", []step{{"/kept.lc", "1"}, {"/kept.lc", "2"}, {"/kept.lc?delete=1", ""}, {"old cookie", ""}, {"/kept.lc", "1"}}},
	}
	env := map[string]string{"LCGI_TIMEOUT": "500ms", "LCGI_SESSION_WAIT": "300ms"}
	overWays(t, pages, env, func(t *testing.T, p *pageSite) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				g := p.guest(t)
				before := g.twin()
				for _, s := range c.steps {
					if d, err := time.ParseDuration(s.target); err == nil {
						passTime(t, p.sessions, d)
						continue
					}
					if s.target == "old cookie" {
						g = before
						continue
					}
					before = g.twin()
					if s.want == "500" || s.want == "302" {
						if r := g.get(s.target); s.want != strconv.Itoa(r.Status) {
							t.Errorf("%s: status %d, want %s", s.target, r.Status, s.want)
						}
						continue
					}
					g.want(s.target, s.want)
				}
			})
		}
		t.Run("an error after the new id was sent", func(t *testing.T) {
			if !p.exact {
				t.Skip("the answer is cut, which this client takes for none")
			}
			g := p.guest(t)
			g.want("/add.lc", "1")
			first := g.sessionID("LCSESSION")
			g.get("/flush.lc")
			if g.sessionID("LCSESSION") == first {
				t.Error("no new id was sent")
			}
			g.want("/add.lc", "2")
			p.withID(t, "LCSESSION", first).want("/add.lc", "3")
		})
	})
}
