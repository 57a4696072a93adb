package tests

import (
	"context"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// sharedPages use variables that all visitors share.
var sharedPages = map[string]string{
	"add.lc": `<?lc put(shared.update("n", function(n) return (n or 0) + 1 end)) ?>`,
	"get.lc": `<?lc put(tostring(shared.get("n")), " ", table.concat(shared.keys(), ",")) ?>`,
	"big.lc": `<?lc
		local blob = shared.update("blob", function(old)
			local g = (old and old.g or 0) + 1
			return {g = g, text = string.rep(string.char(65 + g % 26), 100000)}
		end)
		put(blob.g) ?>`,
	"whole.lc": `<?lc local b = shared.get("blob", {g = 0, text = ""}) put(b.g, " ", tostring(b.text == string.rep(string.char(65 + b.g % 26), b.g == 0 and 0 or 100000))) ?>`,
	"fail.lc":  `<?lc put(tostring(pcall(shared.update, "n", function(n) error("no") end)), tostring(pcall(shared.update, "n", function(n) return print end))) ?>`,
	"nest.lc":  `<?lc put(tostring(pcall(shared.update, "n", function(n) return shared.update("n", function(m) return m end) end))) ?>`,
	"drop.lc":  `<?lc put(tostring(shared.update("n", function() return nil end)), tostring(shared.get("n")), tostring(shared.delete("n"))) ?>`,
	"hold.lc":  `<?lc shared.update("held", function(n) io.popen("cat " .. _GET.gate):read("*a") return (n or 0) + 1 end) ?>`,
	"held.lc":  `<?lc put(tostring(shared.get("held"))) shared.update("other", function() return 1 end) ?>`,
	"wait.lc":  `<?lc shared.update("held", function(n) return 0 end) ?>`,
}

// TestSharedUpdates adds 1 to one variable from many visitors at once. Every one
// must have seen a number of its own.
func TestSharedUpdates(t *testing.T) {
	overWays(t, sharedPages, map[string]string{"LCGI_SESSION_WAIT": "1s"}, func(t *testing.T, p *pageSite) {
		const visitors, visits = 8, 40
		var mu sync.Mutex
		seen := map[string]bool{}
		var group sync.WaitGroup
		for range visitors {
			group.Go(func() {
				for range visits {
					r, err := p.send(wire.Get("/add.lc"))
					if err != nil || r.Status != 200 {
						t.Errorf("%v %+v; log: %s", err, r, lastOf(p.log()))
						return
					}
					mu.Lock()
					seen[string(r.Body)] = true
					mu.Unlock()
				}
			})
		}
		group.Wait()
		g := p.guest(t)
		if want := strconv.Itoa(visitors * visits); len(seen) != visitors*visits || !seen[want] {
			t.Errorf("%d numbers were seen, want %s", len(seen), want)
		}
		g.want("/get.lc", strconv.Itoa(visitors*visits)+" n")
		g.want("/fail.lc", "falsefalse")
		g.want("/nest.lc", "false")
		g.want("/get.lc", strconv.Itoa(visitors*visits)+" n")
		g.want("/drop.lc", "nilnilfalse")
		g.want("/get.lc", "nil ")

		// While one request changes a variable, others read it, and change others.
		held := newGate(t)
		finish := g.inFlight("/hold.lc?"+held.query(), held)
		g.want("/held.lc", "nil")
		begin := time.Now()
		if r := g.get("/wait.lc"); r.Status != 503 || r.Header.Get("Retry-After") == "" {
			t.Errorf("who waits too long for a variable gets %d, Retry-After %q", r.Status, r.Header.Get("Retry-After"))
		}
		if took := time.Since(begin); took > patience {
			t.Errorf("it waited %v, want the second that LCGI_SESSION_WAIT says", took)
		}
		if status := finish(); status != 200 {
			t.Errorf("the page that held the variable: status %d", status)
		}
		g.want("/held.lc", "1")
	})
}

// TestKilledSharedUpdate ends processes in shared.update. The variable has the old
// value or the new one, and nobody waits for the dead.
func TestKilledSharedUpdate(t *testing.T) {
	site := direct.NewSite(t, lcgi, sharedPages).With("LCGI_SESSION_WAIT=1s")
	site.Do(t, wire.Get("/big.lc"))
	took := site.Do(t, wire.Get("/big.lc")).Took
	generation, killed := 2, 0
	kills := racing() / 2
	for i := range kills {
		cmd := site.Command(context.Background(), wire.Get("/big.lc"))
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		moment := time.AfterFunc(time.Duration(rand.Int64N(int64(took))), func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
		err := cmd.Wait()
		moment.Stop()
		// The time a request takes changes with what else the machine does.
		if err == nil {
			took += (time.Since(begin) - took) / 8
		} else {
			killed++
			took += took / 100
		}
		r := site.Do(t, wire.Get("/whole.lc"))
		switch string(r.Body) {
		case strconv.Itoa(generation) + " true":
			if err == nil {
				t.Fatalf("kill %d: an update that was answered is lost", i)
			}
		case strconv.Itoa(generation+1) + " true":
			generation++
		default:
			t.Fatalf("kill %d: the variable is %q after generation %d; log: %s", i, r.Body, generation, r.Stderr)
		}
	}
	if killed < kills/5 {
		t.Errorf("%d of %d processes were killed", killed, kills)
	}
	wantBody(t, site.Do(t, wire.Get("/big.lc")), strconv.Itoa(generation+1))
}

// TestSessionMax lets many visitors come at once to a site with room for five.
func TestSessionMax(t *testing.T) {
	const most, visitors = 5, 30
	pages := map[string]string{
		"p.lc":      `<?lc local s = session.start{} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`,
		"empty.lc":  `<?lc session.start{} put("empty") ?>`,
		"rotate.lc": `<?lc local s = session.start{} s:rotate() put(s.data.n) ?>`,
		"delete.lc": `<?lc session.start{}:delete() ?>`,
		"count.lc":  `<?lc put(session.count()) ?>`,
	}
	overWays(t, pages, map[string]string{"LCGI_SESSION_MAX": strconv.Itoa(most)}, func(t *testing.T, p *pageSite) {
		var served, refused atomic.Int32
		guests := make([]*guest, visitors)
		var group sync.WaitGroup
		for i := range guests {
			guests[i] = p.guest(t)
			group.Go(func() {
				r, err := p.send(wire.Get("/p.lc"))
				switch {
				case err != nil:
					t.Error(err)
				case r.Status == 200:
					served.Add(1)
					for _, line := range r.Header["Set-Cookie"] {
						keepCookie(guests[i].cookies, line)
					}
				case r.Status == 503 && r.Header.Get("Set-Cookie") == "":
					refused.Add(1)
				default:
					t.Errorf("status %d %s", r.Status, r.Body)
				}
			})
		}
		group.Wait()
		if served.Load() != most || refused.Load() != visitors-most {
			t.Errorf("%d visitors were served and %d refused, want %d and %d", served.Load(), refused.Load(), most, visitors-most)
		}
		if n := storedKinds(t, p.sessions)[session.KindSession]; n != most {
			t.Errorf("%d sessions are stored, want %d", n, most)
		}
		guests = slices.DeleteFunc(guests, func(g *guest) bool { return len(g.cookies) == 0 })
		late := p.guest(t)
		late.want("/empty.lc", "empty") // it needs no room
		late.want("/count.lc", strconv.Itoa(most))
		if len(guests) == 0 {
			t.Fatal("nobody has a session")
		}
		for _, g := range guests { // who has a session goes on
			g.want("/p.lc", "2")
			g.want("/rotate.lc", "2")
			g.want("/p.lc", "3")
		}
		guests[0].want("/delete.lc", "")
		poll(t, "the room of a deleted session stays taken", func() bool { return late.get("/p.lc").Status == 200 })
		if r := p.guest(t).get("/p.lc"); r.Status != 503 {
			t.Errorf("one more: status %d", r.Status)
		}
		if n := storedKinds(t, p.sessions)[session.KindSession]; n != most {
			t.Errorf("%d sessions are stored, want %d", n, most)
		}
	})
}
