package tests

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/tests/wire"
)

// expiryPages say how a session came about.
var expiryPages = map[string]string{
	"p.lc": `<?lc
		local s = session.start{
			lifetime = tonumber(_GET.lifetime), maxLifetime = tonumber(_GET.max),
			keepId = _GET.keep ~= nil, readonly = _GET.look ~= nil,
		}
		if _GET.own then s.lifetime = tonumber(_GET.own) end
		if not _GET.look then s.data.n = (s.data.n or 0) + 1 end
		put(s.result, " ", s.data.n or 0) ?>`,
	"folder.lc": `<?lc
		local s = session.start{lifetime = tonumber(_GET.lifetime)}
		s.data.n = 1
		io.open(s.folder .. "/file", "w"):close()
		put(s.folder) ?>`,
	"hold.lc": `<?lc
		local s = session.start{lifetime = 0.05}
		s.data.n, s.data.folder = 1, s.folder
		io.open(s.folder .. "/file", "w"):close()
		s:save()
		put(s.folder)
		io.popen("cat " .. _GET.gate):read("*a")
		s.lifetime = 3600 ?>`,
	"sweep.lc": `<?lc put(session.sweep()) ?>`,
}

// TestExpiry lets time pass between requests.
func TestExpiry(t *testing.T) {
	type step struct {
		pass   time.Duration // before the request
		target string
		want   string
	}
	const year = 365 * 24 * time.Hour
	cases := []struct {
		name  string
		steps []step
	}{
		{"idle", []step{
			{0, "/p.lc?lifetime=100", "new 1"},
			{90 * time.Second, "/p.lc?lifetime=100", "load 2"},
			{90 * time.Second, "/p.lc?lifetime=100", "load 3"},
			{100 * time.Second, "/p.lc?lifetime=100", "expire 1"},
		}},
		{"looking is no use", []step{
			{0, "/p.lc?lifetime=100", "new 1"},
			{60 * time.Second, "/p.lc?lifetime=100&look=1", "load 1"},
			{40 * time.Second, "/p.lc?lifetime=100&look=1", "expire 0"},
		}},
		{"absolute", []step{
			{0, "/p.lc?max=3600", "new 1"},
			{20 * time.Minute, "/p.lc?max=3600", "load 2"},
			{20 * time.Minute, "/p.lc?max=3600", "load 3"},
			{19 * time.Minute, "/p.lc?max=3600", "load 4"},
			{time.Minute, "/p.lc?max=3600", "expire 1"},
			{20 * time.Minute, "/p.lc?max=3600", "load 2"},
		}},
		{"absolute, kept with the session", []step{
			{0, "/p.lc?max=3600&lifetime=7200", "new 1"},
			{59 * time.Minute, "/p.lc", "load 2"},
			{2 * time.Minute, "/p.lc", "expire 1"},
		}},
		{"the shorter of the two counts", []step{
			{0, "/p.lc?max=3600&lifetime=60", "new 1"},
			{time.Minute, "/p.lc?max=3600&lifetime=60", "expire 1"},
		}},
		{"a lifetime of its own", []step{
			{0, "/p.lc?own=7200", "new 1"},
			{110 * time.Minute, "/p.lc", "load 2"},
			{110 * time.Minute, "/p.lc", "load 3"},
			{2 * time.Hour, "/p.lc", "expire 1"},
			{23 * time.Minute, "/p.lc", "load 2"}, // a new one has the default again
			{24 * time.Minute, "/p.lc", "expire 1"},
		}},
		{"what is stored counts, and what is asked for from then on", []step{
			{0, "/p.lc?lifetime=60", "new 1"},
			{time.Minute, "/p.lc?lifetime=3600", "expire 1"},
			{59 * time.Minute, "/p.lc?lifetime=60", "load 2"},
			{time.Minute, "/p.lc?lifetime=3600", "expire 1"},
		}},
		{"keepId", []step{
			{0, "/p.lc?keep=1", "new 1"},
			{24 * time.Minute, "/p.lc?keep=1", "expire 1"},
			{time.Minute, "/p.lc?keep=1", "load 2"},
			{0, "/sweep.lc", "0"},
			{29 * 24 * time.Hour, "/sweep.lc", "1"},
			{0, "/sweep.lc", "0"}, // it is counted once
			{0, "/p.lc?keep=1", "expire 1"},
			{31 * 24 * time.Hour, "/p.lc?keep=1", "expire 1"},
		}},
		{"the clock goes back an hour", []step{
			{0, "/p.lc?lifetime=100&max=1000", "new 1"},
			{-time.Hour, "/p.lc?lifetime=100&max=1000", "load 2"},
			{-time.Hour, "/p.lc?lifetime=100&look=1", "load 2"},
			{0, "/sweep.lc", "0"},
			{0, "/p.lc?lifetime=100", "load 3"},
			{100 * time.Second, "/p.lc?lifetime=100", "expire 1"},
		}},
		{"ten years later", []step{
			{0, "/p.lc?lifetime=315360000", "new 1"},
			{10*year - time.Hour, "/p.lc", "load 2"},
			{10 * year, "/p.lc", "expire 1"},
		}},
		{"centuries", []step{
			{0, "/p.lc", "new 1"},
			{290 * year, "/p.lc", "expire 1"},
			{-290 * year, "/p.lc", "load 2"},
			{290 * year, "/sweep.lc", "1"},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			overWays(t, expiryPages, nil, func(t *testing.T, p *pageSite) {
				g := p.guest(t)
				for i, s := range c.steps {
					if s.pass != 0 {
						passTime(t, p.sessions, s.pass)
					}
					g.want(s.target, s.want)
					if t.Failed() {
						t.Fatalf("this was step %d, %v after the one before", i+1, s.pass)
					}
				}
			})
		})
	}
}

// TestExpiryByTheClock lets a session expire without any help.
func TestExpiryByTheClock(t *testing.T) {
	overWays(t, expiryPages, nil, func(t *testing.T, p *pageSite) {
		for _, query := range []string{"lifetime=0.3", "max=0.3"} {
			g := p.guest(t)
			g.want("/p.lc?"+query, "new 1")
			begin := time.Now()
			poll(t, query+" does not end", func() bool { return !strings.HasPrefix(g.page("/p.lc?look=1"), "load") })
			if life := time.Since(begin); life < 150*time.Millisecond {
				t.Errorf("%s ended after %v", query, life)
			}
		}
	})
}

// TestExpiryOfKeptIDs compares the ids of sessions that expire.
func TestExpiryOfKeptIDs(t *testing.T) {
	overWays(t, expiryPages, nil, func(t *testing.T, p *pageSite) {
		for _, c := range []struct {
			query string
			sweep bool
			kept  bool
		}{
			{"", false, false}, {"?keep=1", false, true}, {"", true, false}, {"?keep=1", true, true},
		} {
			g := p.guest(t)
			g.want("/p.lc"+c.query, "new 1")
			id := g.sessionID("LCSESSION")
			passTime(t, p.sessions, time.Hour)
			if c.sweep {
				sweep(t, p.sessions)
			}
			if body := g.page("/p.lc" + c.query); !strings.HasSuffix(body, " 1") {
				t.Errorf("%q, sweep %v: the expired data came back: %s", c.query, c.sweep, body)
			}
			if kept := g.sessionID("LCSESSION") == id; kept != c.kept {
				t.Errorf("%q, sweep %v: the id is kept: %v, want %v", c.query, c.sweep, kept, c.kept)
			}
		}
	})
}

// TestSweepFolders removes folders together with their sessions, but nothing of
// what is alive or in use.
func TestSweepFolders(t *testing.T) {
	overWays(t, expiryPages, nil, func(t *testing.T, p *pageSite) {
		var dead []string
		for range 5 {
			dead = append(dead, p.guest(t).page("/folder.lc?lifetime=60"))
		}
		// What a page may leave there, to make it hard.
		if err := os.MkdirAll(filepath.Join(dead[0], "a/b/c"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(filepath.Join(dead[0], "a/b"), 0o500); err != nil {
			t.Fatal(err)
		}
		outside := filepath.Join(privateFolder(t), "kept")
		if err := os.WriteFile(outside, []byte("kept"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(filepath.Dir(outside), filepath.Join(dead[1], "link")); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(filepath.Join(dead[2], "fifo"), 0o600); err != nil {
			t.Fatal(err)
		}
		alive := p.guest(t)
		live := alive.page("/folder.lc?lifetime=86400")
		passTime(t, p.sessions, time.Hour)

		held := newGate(t)
		busy := p.guest(t)
		finish := busy.inFlight("/hold.lc?"+held.query(), held)
		expired := time.NewTimer(100 * time.Millisecond) // by its times, while its page runs
		<-expired.C
		for range 2 {
			sweep(t, p.sessions)
		}
		if status := finish(); status != 200 {
			t.Errorf("the page that ran during the sweep has status %d", status)
		}
		for _, folder := range dead {
			if _, err := os.Lstat(folder); !os.IsNotExist(err) {
				t.Errorf("the folder of an expired session is there: %v", err)
			}
		}
		if text, err := os.ReadFile(outside); err != nil || string(text) != "kept" {
			t.Errorf("what a link in the folder leads to: %q %v", text, err)
		}
		if _, err := os.Stat(filepath.Join(live, "file")); err != nil {
			t.Errorf("the file of a live session: %v", err)
		}
		alive.want("/p.lc", "load 2")
		busy.want("/p.lc", "load 2")
		if kinds := storedKinds(t, p.sessions); kinds[session.KindSession] != 2 {
			t.Errorf("%v are stored, want two sessions", kinds)
		}
	})
}

// fillStore stores sessions, every second of which is expired, and returns the ids
// of those that are alive.
func fillStore(tb testing.TB, folder string, n int) (alive []string) {
	tb.Helper()
	store, err := session.OpenFileStore(folder, session.FileOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	defer store.Close()
	now := time.Now()
	for i := range n {
		made := now
		if i%2 == 1 {
			made = now.Add(-time.Hour)
		}
		engine := session.New(store, session.Config{Now: func() time.Time { return made }})
		s, err := engine.Start(tb.Context(), session.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		e := session.Encoder{}
		e.Table(1)
		e.Key(session.StringKey("n"))
		e.Number(float64(i))
		data, err := e.Bytes()
		if err == nil {
			err = s.Save(tb.Context(), data)
		}
		if err == nil {
			err = s.Close()
		}
		if err != nil {
			tb.Fatal(err)
		}
		if made.Equal(now) {
			alive = append(alive, s.ID())
		}
	}
	return alive
}

// TestKilledSweep ends "lcgi sessions sweep" at random moments until one comes to
// its end. Nothing that is alive is lost.
func TestKilledSweep(t *testing.T) {
	p := startCGI(t, expiryPages, nil)
	const sessions = 600
	alive := fillStore(t, p.sessions, sessions)
	if n := storedKinds(t, p.sessions)[session.KindSession]; n != sessions {
		t.Fatalf("%d sessions are stored, want %d", n, sessions)
	}
	kills, between := 0, 0
	for ended := false; !ended; {
		if kills == 1000 {
			t.Fatal("the sweep does not come to its end")
		}
		cmd := exec.CommandContext(context.Background(), lcgi, "sessions", "sweep", "--savepath", p.sessions)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Later and later, so that one gets through.
		limit := time.Duration(kills+1) * time.Millisecond
		moment := time.AfterFunc(time.Duration(rand.Int64N(int64(limit))), func() { _ = cmd.Process.Signal(syscall.SIGKILL) })
		ended = cmd.Wait() == nil
		moment.Stop()
		n := storedKinds(t, p.sessions)[session.KindSession]
		if !ended {
			kills++
			if n < sessions && n > len(alive) {
				between++
			}
		}
		if n < len(alive) {
			t.Fatalf("after %d kills %d sessions are stored; %d are alive", kills, n, len(alive))
		}
	}
	t.Logf("%d kills, %d of them in the middle of the work", kills, between)
	if between == 0 {
		t.Error("no kill came in the middle of a sweep")
	}
	if n := storedKinds(t, p.sessions)[session.KindSession]; n != len(alive) {
		t.Errorf("%d sessions are stored, want the %d that are alive", n, len(alive))
	}
	for i, id := range alive {
		if i%10 == 0 {
			p.withID(t, "LCSESSION", id).want("/p.lc?look=1", fmt.Sprintf("load %d", 2*i))
		}
	}
	if out, code := runCommand(t, "sessions", "verify", "--savepath", p.sessions); code != 0 {
		t.Errorf("lcgi sessions verify: exit %d\n%s", code, out)
	}
}

// TestManySessions sweeps a store of 200,000 sessions. It takes a minute, so it
// runs only with LCGI_TEST_LARGE=1.
func TestManySessions(t *testing.T) {
	if os.Getenv("LCGI_TEST_LARGE") == "" {
		t.Skip("200,000 sessions are stored only with LCGI_TEST_LARGE=1")
	}
	p := startCGI(t, expiryPages, nil)
	const sessions = 200_000
	begin := time.Now()
	alive := fillStore(t, p.sessions, sessions)
	t.Logf("%d sessions stored in %v", sessions, time.Since(begin))

	// The sweep that follows a request is bounded.
	store, err := session.OpenFileStore(p.sessions, session.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	engine := session.New(store, session.Config{Rand: func(int) int { return 0 }})
	begin = time.Now()
	engine.MaybeSweep(t.Context())
	took := time.Since(begin)
	t.Logf("a sweep by chance took %v", took)
	if took > 2*time.Second {
		t.Errorf("a sweep by chance took %v, want 200 ms", took)
	}

	r, err := p.send(wire.Get("/p.lc?look=1", "Cookie: LCSESSION="+alive[0]))
	if err != nil || string(r.Body) != "load 0" {
		t.Errorf("%v %+v", err, r)
	}
	begin = time.Now()
	out, code := runCommand(t, "sessions", "sweep", "--savepath", p.sessions)
	t.Logf("lcgi sessions sweep took %v: %s", time.Since(begin), out)
	if n := storedKinds(t, p.sessions)[session.KindSession]; code != 0 || n != len(alive) {
		t.Errorf("exit %d; %d sessions are stored, want the %d that are alive", code, n, len(alive))
	}
	begin = time.Now()
	out, code = runCommand(t, "sessions", "verify", "--savepath", p.sessions)
	t.Logf("lcgi sessions verify took %v, exit %d: %s", time.Since(begin), code, out)
}
