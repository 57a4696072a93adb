package tests

import (
	"context"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// racing is how often each race is run, with processes and in the server.
func racing() int {
	if testing.Short() {
		return 20
	}
	return 200
}

// rotationPages count in one session.
var rotationPages = map[string]string{
	"add.lc":    `<?lc local s = session.start{} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`,
	"rotate.lc": `<?lc local s = session.start{} s.data.n = (s.data.n or 0) + 1 s:rotate(tonumber(_GET.grace)) put(s.data.n) ?>`,
	"delete.lc": `<?lc session.start{}:delete() ?>`,
	"look.lc":   `<?lc local s = session.start{readonly = true} put(s.result, " ", s.data.n or 0) ?>`,
	"image.lc":  `<?lc local s = session.start{rotate = true} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`,
}

// atOnce sends requests with one cookie all at once and returns their answers in
// the same order. All must have the status 200.
func atOnce(t *testing.T, p *pageSite, cookies map[string]string, targets ...string) []*wire.Response {
	t.Helper()
	answers := make([]*wire.Response, len(targets))
	var group sync.WaitGroup
	for _, i := range rand.Perm(len(targets)) {
		group.Go(func() {
			r, err := p.send(wireGet(targets[i], cookies))
			if err != nil || r.Status != 200 {
				t.Errorf("%s: %v %+v; log: %s", targets[i], err, r, lastOf(p.log()))
				return
			}
			answers[i] = r
		})
	}
	group.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return answers
}

// TestRotationWhileWaiting rotates a session while five requests hold its old id
// or wait with it, and goes on with the new id. Every request adds 1: a lost one or a
// second copy of the state would make a number come twice.
func TestRotationWhileWaiting(t *testing.T) {
	overWays(t, rotationPages, nil, func(t *testing.T, p *pageSite) {
		const name, others = session.DefaultName, 5
		g := p.guest(t)
		g.want("/add.lc", "1")
		seen := map[int]bool{1: true}
		var old []string
		before, after := 0, 0
		for round := range racing() {
			id := g.sessionID(name)
			targets := []string{"/rotate.lc?grace=60"}
			for range others {
				targets = append(targets, "/add.lc")
			}
			answers := atOnce(t, p, g.cookies, targets...)
			next, _ := answers[0].Cookie(name)
			if len(next) != 64 || next == id {
				t.Fatalf("round %d: the rotation sends the cookie %q", round, next)
			}
			rotated, _ := strconv.Atoi(string(answers[0].Body))
			for i, r := range answers {
				n, err := strconv.Atoi(string(r.Body))
				if err != nil || seen[n] {
					t.Fatalf("round %d: %s shows %q, which was there before", round, targets[i], r.Body)
				}
				seen[n] = true
				cookie, sent := r.Cookie(name)
				switch {
				case i == 0:
				case n < rotated:
					before++
					if sent {
						t.Errorf("round %d: before the rotation a cookie was sent: %s", round, cookie)
					}
				default:
					after++
					if cookie != next {
						t.Errorf("round %d: after the rotation the cookie is %q, want the new id %q", round, cookie, next)
					}
				}
			}
			old = append(old, id)
			g.cookies[name] = next
		}
		want := 1 + racing()*(others+1)
		if len(seen) != want || !seen[want] {
			t.Errorf("%d requests were counted, want %d", len(seen), want)
		}
		g.want("/look.lc", "load "+strconv.Itoa(want))
		if before == 0 || after == 0 {
			t.Errorf("%d requests came before a rotation and %d after it; both must happen", before, after)
		}
		t.Logf("%d requests came before the rotation, %d after it", before, after)

		passTime(t, p.sessions, time.Minute)
		for _, id := range old {
			if body := p.withID(t, name, id).page("/look.lc"); strings.HasPrefix(body, "load") {
				t.Fatalf("an old id leads to the session after its grace: %s", body)
			}
		}
		g.want("/look.lc", "load "+strconv.Itoa(want))
		passTime(t, p.sessions, session.DefaultGrace) // so long it is known that they were retired
		// The server may be sweeping too, and what one sweep holds the other leaves.
		poll(t, "the sweep leaves old ids", func() bool {
			sweep(t, p.sessions)
			kinds := storedKinds(t, p.sessions)
			return kinds[session.KindForward] == 0 && kinds[session.KindSession] == 1
		})
	})
}

// TestGrace waits until an old id is dead, as long as it takes.
func TestGrace(t *testing.T) {
	overWays(t, rotationPages, nil, func(t *testing.T, p *pageSite) {
		g := p.guest(t)
		g.want("/add.lc", "1")
		first := g.twin()
		g.want("/rotate.lc?grace=1", "2")
		begin := time.Now()
		poll(t, "the old id lives on", func() bool { return first.page("/look.lc") != "load 2" })
		if life := time.Since(begin); life < 500*time.Millisecond {
			t.Errorf("the old id was dead after %v, want it to live for 1 s", life)
		}
		second := g.twin()
		g.want("/rotate.lc?grace=0", "3")
		second.want("/look.lc", "new 0")
		g.want("/look.lc", "load 3")
	})
}

// TestDeleteInFlight deletes a session while requests that use it are under way.
// It never comes back.
func TestDeleteInFlight(t *testing.T) {
	overWays(t, rotationPages, nil, func(t *testing.T, p *pageSite) {
		const name = session.DefaultName
		afterIt := 0
		for round := range racing() {
			g := p.guest(t)
			g.want("/add.lc", "1")
			id := g.sessionID(name)
			targets := []string{"/delete.lc", "/add.lc", "/add.lc", "/add.lc"}
			if round%2 == 1 {
				targets[3] = "/rotate.lc?grace=60" // its new id dies with the session, or is of another one
			}
			answers := atOnce(t, p, g.cookies, targets...)
			old := p.withID(t, name, id)
			for i, r := range answers[1:] {
				cookie, sent := r.Cookie(name)
				if cookie == id {
					t.Fatalf("round %d: %s sends the deleted id", round, targets[i+1])
				}
				if !sent || i == 2 && round%2 == 1 {
					continue
				}
				// It came too late and began a session of its own, or it
				// followed a rotation that came before the delete.
				if string(r.Body) == "1" {
					afterIt++
					p.withID(t, name, cookie).want("/look.lc", "load 1")
				}
			}
			if body := old.page("/look.lc"); strings.HasPrefix(body, "load") {
				t.Fatalf("round %d: the deleted session is back: %s", round, body)
			}
		}
		if afterIt == 0 {
			t.Error("no request came after the delete")
		}
		t.Logf("%d requests came after the delete", afterIt)
	})
}

// TestOppositeOrder lets two requests take two sessions in opposite order. One of
// them gives up at its limit, and the other goes on.
func TestOppositeOrder(t *testing.T) {
	pages := map[string]string{
		"make.lc": `<?lc for _, name in ipairs{"a", "b"} do session.start{name = name}.data.n = 1 end ?>`,
		"both.lc": `<?lc
			local first = session.start{name = _GET.first}
			io.open(_GET.mine, "w"):close()
			repeat local there = io.open(_GET.other) until there
			local second = session.start{name = _GET.second, wait = 1.5}
			first.data.n, second.data.n = first.data.n + 1, second.data.n + 1
			put("done") ?>`,
		"look.lc": `<?lc put(session.start{name = "a", readonly = true}.data.n, " ", session.start{name = "b", readonly = true}.data.n) ?>`,
	}
	overWays(t, pages, nil, func(t *testing.T, p *pageSite) {
		g := p.guest(t)
		g.want("/make.lc", "")
		done := 0
		// That both give up in the same instant is possible, though not likely.
		for try := 1; done == 0; try++ {
			dir := t.TempDir()
			answers := make([]*wire.Response, 2)
			begin := time.Now()
			var group sync.WaitGroup
			for i, query := range []string{
				"first=a&second=b&mine=" + dir + "/a&other=" + dir + "/b",
				"first=b&second=a&mine=" + dir + "/b&other=" + dir + "/a",
			} {
				group.Go(func() {
					r, err := p.send(wireGet("/both.lc?"+query, g.cookies))
					if err != nil {
						t.Error(err)
						return
					}
					answers[i] = r
				})
			}
			group.Wait()
			if t.Failed() {
				return
			}
			if took := time.Since(begin); took > patience {
				t.Errorf("the two took %v", took)
			}
			refused := 0
			for _, r := range answers {
				switch {
				case r.Status == 200 && string(r.Body) == "done":
					done++
				case r.Status == 503:
					refused++
					if r.Header.Get("Retry-After") == "" {
						t.Error("the 503 has no Retry-After")
					}
				default:
					t.Errorf("status %d %s", r.Status, r.Body)
				}
			}
			if refused == 0 {
				t.Error("nobody gave up: the two did not meet")
			}
			if done == 0 && try == 5 {
				t.Fatal("both gave up five times")
			}
		}
		g.want("/look.lc", "2 2")
	})
}

// TestKilledRotation ends the process of a request that rotates at a random moment,
// again and again. The old id or the new one leads to the whole state.
func TestKilledRotation(t *testing.T) {
	site := direct.NewSite(t, lcgi, map[string]string{
		"rotate.lc": `<?lc
local s = session.start{}
local g = (s.data.generation or 0) + 1
s.data.generation, s.data.blob = g, string.rep(string.char(65 + g % 26), 100000)
if _GET.folder then s.data.folder = s.folder end
s:rotate(60)
put(g)
?>`,
		"look.lc": `<?lc
local s = session.start{readonly = true}
local g = s.data.generation or 0
put(s.result, " ", g, " ", tostring(s.data.blob == string.rep(string.char(65 + g % 26), 100000)),
	" ", tostring(s.data.folder == s.folder), " ", s.id)
?>`,
	}).With("LCGI_SESSION_WAIT=1s")
	const name = session.DefaultName
	kills := racing()
	first := site.Do(t, wire.Get("/rotate.lc?folder=1"))
	wantBody(t, first, "1")
	id, _ := first.Cookie(name)
	var whole time.Duration
	for range 5 {
		r := site.Do(t, wire.Get("/rotate.lc", "Cookie: "+name+"="+id))
		id, _ = r.Cookie(name)
		whole = r.Took
	}
	generation, killed, kept, saved := 6, 0, 0, 0
	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range kills {
		cmd := site.Command(context.Background(), wire.Get("/rotate.lc", "Cookie: "+name+"="+id))
		var out strings.Builder
		cmd.Stdout = &out
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// The save is at the end of the request.
		moment := time.AfterFunc(whole/3+time.Duration(random.Int64N(int64(whole))), func() {
			_ = cmd.Process.Signal(syscall.SIGKILL)
		})
		err := cmd.Wait()
		moment.Stop()
		if err == nil {
			whole += (time.Since(begin) - whole) / 8
		} else {
			killed++
			whole += whole / 100
		}
		r := site.Do(t, wire.Get("/look.lc", "Cookie: "+name+"="+id))
		part := strings.Fields(string(r.Body))
		if r.Status != 200 || r.Stderr != "" || len(part) != 5 || part[0] != "load" || part[2] != "true" || part[3] != "true" {
			t.Fatalf("kill %d (seed %d): the old id leads to %d %q (the process: %v); log: %s", i, seed, r.Status, r.Body, err, r.Stderr)
		}
		switch part[1] {
		case strconv.Itoa(generation):
			kept++
			if part[4] != id {
				t.Fatalf("kill %d (seed %d): the state is the old one, the id is not", i, seed)
			}
			if err == nil {
				t.Fatalf("kill %d (seed %d): the request has answered and is forgotten", i, seed)
			}
		case strconv.Itoa(generation + 1):
			saved++
			generation++
			if part[4] == id {
				t.Fatalf("kill %d (seed %d): the new state is under the old id", i, seed)
			}
		default:
			t.Fatalf("kill %d (seed %d): generation %s after %d", i, seed, part[1], generation)
		}
		if answer, err := direct.Parse([]byte(out.String())); err == nil && answer.Status == 200 {
			if sent, _ := answer.Cookie(name); sent != part[4] {
				t.Fatalf("kill %d (seed %d): the visitor was told the id %q, the session has another", i, seed, sent)
			}
		}
		id = part[4]
	}
	t.Logf("a request takes %v; %d of %d processes killed; old id %d times, new id %d times", whole, killed, kills, kept, saved)
	if killed < kills/5 || kept == 0 || saved == 0 {
		t.Errorf("the kills missed the rotation: %d of %d processes were killed, %d times too early and %d times too late", killed, kills, kept, saved)
	}
}

// TestRotateAlways walks through 30 pages, each with 4 images that the browser
// fetches at once, all of which rotate. The browser takes the cookie of each
// answer in the order in which they arrive.
func TestRotateAlways(t *testing.T) {
	overWays(t, rotationPages, nil, func(t *testing.T, p *pageSite) {
		const pages, images = 30, 4
		var mu sync.Mutex
		jar, seen := map[string]string{}, map[string]bool{}
		ids := map[string]bool{}
		visit := func() {
			mu.Lock()
			request := wireGet("/image.lc", jar)
			mu.Unlock()
			r, err := p.send(request)
			if err != nil || r.Status != 200 {
				t.Errorf("%v %+v", err, r)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			for _, line := range r.Header["Set-Cookie"] {
				keepCookie(jar, line)
			}
			if seen[string(r.Body)] {
				t.Errorf("two requests were number %s", r.Body)
			}
			seen[string(r.Body)] = true
			ids[jar[session.DefaultName]] = true
		}
		for range pages {
			visit()
			var group sync.WaitGroup
			for range images {
				group.Go(visit)
			}
			group.Wait()
		}
		if want := pages * (images + 1); !seen[strconv.Itoa(want)] || len(seen) != want {
			t.Errorf("%d requests were counted, want %d", len(seen), want)
		}
		if len(ids) < pages {
			t.Errorf("%d ids on %d pages, want one or more for each", len(ids), pages)
		}
	})
}
