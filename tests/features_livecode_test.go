package tests

import (
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/tests/wire"
)

// visits counts in the words of LiveCode.
const visits = `<?lc start session put ($_SESSION["n"] or 0) + 1 into $_SESSION["n"] put $_SESSION["n"] ?>`

// liveCodeFeatures are the rows LC1 to LC10. Their native spelling is LiveCode's.
func liveCodeFeatures() []feature {
	return []feature{
		{"LC1", []spelling{native(
			"p", `<?lc start session put(type($_SESSION), ":", tostring($_SESSION["n"])) put 1 into $_SESSION["n"] ?>`,
		)}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc", "table:nil")
			g.want("/p.lc", "table:1")
			p.guest(t).want("/p.lc", "table:nil")
		}},
		{"LC2", []spelling{native(
			"p", `<?lc if _GET.id then sessionID = _GET.id end start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n, " ", sessionID) ?>`,
		)}, func(t *testing.T, p *pageSite, s spelling) {
			ada, bob := p.guest(t), p.guest(t)
			for _, g := range []*guest{ada, bob} {
				if body := g.page("/p.lc"); body != "1 "+g.sessionID(s.cookie) {
					t.Errorf("a new session shows %q", body)
				}
			}
			id, other := ada.sessionID(s.cookie), bob.sessionID(s.cookie)
			bob.want("/p.lc?id="+id, "2 "+id) // the property comes before the cookie
			p.withID(t, s.cookie, id).want("/p.lc", "3 "+id)
			p.withID(t, s.cookie, other).want("/p.lc?id=nobody", "2 "+other)
		}},
		{"LC3", []spelling{native(
			"set", `<?lc
				set the sessionName to "shop"
				set the sessionLifetime to 60
				sessionSavePath = _GET.path
				start session
				_SESSION.n = (_SESSION.n or 0) + 1
				put(_SESSION.n, " ", session.get().lifetime) ?>`,
			"id", `<?lc sessionCookieName = "shop" sessionID = _GET.id sessionSavePath = _GET.path start session put(_SESSION.n) ?>`,
		)}, func(t *testing.T, p *pageSite, _ spelling) {
			folder := privateFolder(t)
			path := "?path=" + url.QueryEscape(folder)
			g := p.guest(t)
			g.want("/set.lc"+path, "1 60")
			g.want("/set.lc"+path, "2 60")
			p.guest(t).want("/id.lc"+path+"&id="+g.sessionID("shop"), "2")
			if n := storedKinds(t, folder)[session.KindSession]; n != 1 {
				t.Errorf("%d sessions in the save path, want 1", n)
			}
			passTime(t, folder, time.Minute)
			g.want("/set.lc"+path, "1 60")
		}},
		{"LC4", []spelling{native(
			"late", `<p>content</p><?lc response.header("X-Page", "1") `+strings.TrimPrefix(visits, "<?lc "),
			"flush", "<p>content</p><?lc\nresponse.flush()\nstart session\n?>",
		)}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/late.lc", "<p>content</p>1")
			g.want("/late.lc", "<p>content</p>2")
			// The headers are gone: the answer is cut or not, as the way in can.
			if r, err := p.send(wire.Get("/flush.lc")); err == nil && r.Header.Get("Set-Cookie") != "" {
				t.Errorf("a cookie was sent: %v", r.Header)
			}
			p.logged(t, "flush.lc:3")
			p.logged(t, "response.flush() in flush.lc:2")
		}},
		{"LC5", []spelling{native(
			"add", `<?lc start session put "John" into $_SESSION ["first_name"] ?>`,
			"read", `<?lc start session put $_SESSION ["first_name"] into tName put tName ?>|<?= _SESSION.first_name ?>|<?lc put _SESSION["first_name"] ?>`,
		)}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/add.lc", "")
			g.want("/read.lc", "John|John|John")
		}},
		{"LC6", []spelling{native("p", visits, "delete", `<?lc start session delete session ?>`)},
			func(t *testing.T, p *pageSite, s spelling) {
				g := p.guest(t)
				g.want("/p.lc", "1")
				id := g.sessionID(s.cookie)
				r := g.get("/delete.lc")
				if line := r.Header.Get("Set-Cookie"); !strings.HasPrefix(line, s.cookie+"=;") || !strings.Contains(line, "Max-Age=0") {
					t.Errorf("Set-Cookie %q does not expire the cookie", line)
				}
				if n := storedKinds(t, p.sessions)[session.KindSession]; n != 0 {
					t.Errorf("%d sessions are still stored", n)
				}
				back := p.withID(t, s.cookie, id)
				back.want("/p.lc", "1")
				if back.sessionID(s.cookie) == id {
					t.Error("the deleted id came back")
				}
			}},
		{"LC7", []spelling{native("p", visits, "minute", `<?lc sessionLifetime = 60 `+strings.TrimPrefix(visits, "<?lc "))},
			func(t *testing.T, p *pageSite, _ spelling) {
				g, short := p.guest(t), p.guest(t)
				g.want("/p.lc", "1")
				for _, n := range []string{"2", "3"} {
					passTime(t, p.sessions, 23*time.Minute+50*time.Second)
					g.want("/p.lc", n)
				}
				passTime(t, p.sessions, 24*time.Minute)
				g.want("/p.lc", "1")
				short.want("/minute.lc", "1")
				passTime(t, p.sessions, 50*time.Second)
				short.want("/minute.lc", "2")
				passTime(t, p.sessions, time.Minute)
				short.want("/minute.lc", "1")
				g.want("/p.lc", "2")
			}},
		{"LC8", []spelling{native(
			"again", `<?lc start session _SESSION.n = 1 stop session _SESSION.n = 2 start session put(_SESSION.n) ?>`,
			"hold", `<?lc start session _SESSION.n = 5 stop session io.popen("cat " .. _GET.gate):read("*a") ?>`,
			"see", `<?lc put(session.start{wait = 0}.data.n) ?>`,
		)}, func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/again.lc", "1")
			g.want("/see.lc", "1")
			// The page that has stopped its session holds nobody up.
			held := newGate(t)
			finish := g.inFlight("/hold.lc?"+held.query(), held)
			g.want("/see.lc", "5")
			if status := finish(); status != 200 {
				t.Errorf("status %d of the page that stopped its session", status)
			}
		}},
		{"LC9", []spelling{native("p", visits)},
			func(t *testing.T, p *pageSite, _ spelling) {
				g := p.guest(t)
				for _, n := range []string{"1", "2", "3"} {
					g.want("/p.lc", n)
				}
			}},
		{"LC10", []spelling{native(
			"nested", `<?lc start session put "ü€😀" into $_SESSION["ключ"] $_SESSION["a"] = {b = {c = {1, {d = "é"}}}} ?>`,
			"read", `<?lc start session put($_SESSION["ключ"], " ", tostring($_SESSION["a"] and $_SESSION["a"].b.c[2].d)) ?>`,
			"add", visits,
			"two", `<?lc local a = session.start{name = _GET.first} local b = session.start{name = _GET.second} a.data.n, b.data.n = 1, 1 ?>`,
			"short", `<?lc sessionLifetime = 0.001 start session _SESSION.n = 1 ?>`,
		).withEnv("LCGI_SESSION_WAIT", "300ms")}, func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			g.want("/nested.lc", "")
			g.want("/read.lc", "ü€😀 é")

			made := strings.Repeat("0123456789abcdef", 4)
			adopted := p.withID(t, s.cookie, made)
			adopted.want("/add.lc", "1")
			if adopted.sessionID(s.cookie) == made {
				t.Error("an id that was made up was adopted")
			}

			// Two sessions, taken in opposite order, again and again.
			both := p.guest(t)
			both.want("/two.lc?first=a&second=b", "")
			var group sync.WaitGroup
			for _, target := range []string{"/two.lc?first=a&second=b", "/two.lc?first=b&second=a"} {
				group.Go(func() {
					for range 5 {
						r, err := p.send(wire.Get(target, cookieHeader(both.cookies)))
						if err != nil || r.Status != 200 && r.Status != 503 {
							t.Errorf("%v %+v", err, r)
							return
						}
					}
				})
			}
			group.Wait()

			// One request in 100 sweeps.
			const requests = 40
			swept := 0
			for range requests {
				p.guest(t).want("/short.lc", "")
				before := storedKinds(t, p.sessions)[session.KindSession]
				g.page("/read.lc")
				if storedKinds(t, p.sessions)[session.KindSession] < before {
					swept++
				}
			}
			if swept > requests/4 {
				t.Errorf("%d of %d requests swept the store", swept, requests)
			}
		}},
	}
}
