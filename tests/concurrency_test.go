package tests

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/tests/direct"
	"lcgi/tests/needs"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// sessionCookie is the Cookie line of a visitor whose session the answer began.
func sessionCookie(t *testing.T, r *direct.Response, name string) string {
	t.Helper()
	id, ok := r.Cookie(name)
	if !ok || id == "" {
		t.Fatalf("status %d, no cookie %s in the answer:\n%s\n%s", r.Status, name, r.Body, r.Stderr)
	}
	return "Cookie: " + name + "=" + id
}

// wantBody fails the test unless the answer is a page with this text.
func wantBody(t *testing.T, r *direct.Response, body string) {
	t.Helper()
	if r.Status != 200 || string(r.Body) != body {
		t.Errorf("answer %d %.500q, want 200 %q; log: %s", r.Status, r.Body, body, r.Stderr)
	}
}

// TestParallelIncrements adds 1 to a number in one session, 1,000 times, from
// 50 visitors at once and with a process for each request, while the sweep runs
// without a break. Every process must have seen a number of its own.
func TestParallelIncrements(t *testing.T) {
	const visitors = 50
	requests := 1000
	if testing.Short() {
		requests = 200
	}
	site := direct.NewSite(t, lcgi, map[string]string{
		"add.lc":   `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		"short.lc": `<?lc session.start{lifetime = 0.001}.data.x = 1 ?>`,
	}).With("LCGI_SESSION_WAIT=50s")
	first := site.Do(t, wire.Get("/add.lc"))
	wantBody(t, first, "1")
	cookie := sessionCookie(t, first, "LCSESSION")

	store, err := session.OpenFileStore(site.Sessions, session.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	done := make(chan struct{})
	repeat := func(f func() error) func() {
		return func() {
			for {
				if err := f(); err != nil {
					t.Error(err)
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		}
	}
	sweeps, removed := 0, 0
	var others sync.WaitGroup
	others.Go(repeat(func() error {
		n, err := store.Sweep(t.Context(), time.Now())
		sweeps++
		removed += n
		return err
	}))
	// Work for the sweep: sessions that are expired when it comes.
	others.Go(repeat(func() error {
		_, err := site.Run(wire.Get("/short.lc"))
		return err
	}))

	work := make(chan struct{}, requests)
	for range requests - 1 {
		work <- struct{}{}
	}
	close(work)
	var all sync.Mutex
	seen := map[int]int{1: 1}
	var group sync.WaitGroup
	for range visitors {
		group.Go(func() {
			for range work {
				r, err := site.Run(wire.Get("/add.lc", cookie))
				if err != nil || r.Status != 200 || r.Stderr != "" {
					t.Errorf("%v %+v", err, r)
					return
				}
				n, err := strconv.Atoi(string(r.Body))
				if err != nil {
					t.Errorf("page %q", r.Body)
					return
				}
				all.Lock()
				seen[n]++
				all.Unlock()
			}
		})
	}
	group.Wait()
	close(done)
	others.Wait()

	for n := 1; n <= requests; n++ {
		if seen[n] != 1 {
			t.Errorf("%d requests counted %d, want one", seen[n], n)
		}
	}
	wantBody(t, site.Do(t, wire.Get("/add.lc", cookie)), strconv.Itoa(requests+1))
	if _, err := store.Sweep(t.Context(), time.Now()); err != nil {
		t.Error(err)
	}
	t.Logf("%d sweeps removed %d sessions", sweeps, removed)
	if left := sessionFiles(t, site.Sessions); len(left) != 1 {
		t.Errorf("the sweep left %d files, want that of the counter: %v", len(left), left)
	}
	if removed == 0 {
		t.Error("the sweep had nothing to do")
	}
}

// TestParallelVisits lets ten windows of one visitor ask every server for the
// counter page at once.
func TestParallelVisits(t *testing.T) {
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			server := servers.Start(t, kind, servers.Site{Binary: lcgi, Root: "testdata/site"})
			first, err := wire.Send(server.Addr, wire.Get("/counter.lc"))
			if err != nil {
				t.Fatal(err)
			}
			id, _ := first.Cookie("LCSESSION")
			const windows, visits = 10, 5
			var all sync.Mutex
			seen := map[string]int{string(first.Body): 1}
			var group sync.WaitGroup
			for range windows {
				group.Go(func() {
					for range visits {
						r, err := wire.Send(server.Addr, wire.Get("/counter.lc", "Cookie: LCSESSION="+id))
						if err != nil || r.Status != 200 {
							t.Errorf("%v %+v", err, r)
							return
						}
						all.Lock()
						seen[string(r.Body)]++
						all.Unlock()
					}
				})
			}
			group.Wait()
			for n := 1; n <= 1+windows*visits; n++ {
				if page := fmt.Sprintf("<p>Visit %d.</p>\n", n); seen[page] != 1 {
					t.Errorf("%d windows saw %q, want one", seen[page], page)
				}
			}
		})
	}
}

// sessionFiles returns the files in the session folder, without the spare files
// that it keeps beside those that are in use.
func sessionFiles(t *testing.T, folder string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) != ".spare" {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// generationPages save data that belongs together, 200 kB unless a size is asked for.
var generationPages = map[string]string{
	"save.lc": `<?lc
start session
local g = (_SESSION.generation or 0) + 1
_SESSION.generation = g
_SESSION.size = tonumber(_GET.size or 200000)
_SESSION.blob = string.rep(string.char(65 + g % 26), _SESSION.size)
put(g)
?>`,
	"check.lc": `<?lc
local s = session.start{}
local g, size = s.data.generation or 0, s.data.size or 0
local whole = s.data.blob == string.rep(string.char(65 + g % 26), size)
put(s.result, " ", g, " ", tostring(whole))
?>`,
}

// TestKill ends the process of a request at a random moment, again and again.
// The session is in the old state or in the new one every time, and the next
// request gets its lock at once.
func TestKill(t *testing.T) {
	kills := 500
	if testing.Short() {
		kills = 50
	}
	// A lock that is not free would make the next request fail.
	site := direct.NewSite(t, lcgi, generationPages).With("LCGI_SESSION_WAIT=1s")
	first := site.Do(t, wire.Get("/save.lc"))
	wantBody(t, first, "1")
	cookie := sessionCookie(t, first, "LCSESSION")

	var times []time.Duration
	for n := 2; n <= 10; n++ {
		r := site.Do(t, wire.Get("/save.lc", cookie))
		wantBody(t, r, strconv.Itoa(n))
		times = append(times, r.Took)
	}
	slices.Sort(times)
	whole := times[len(times)/2]

	seed := uint64(time.Now().UnixNano())
	random := rand.New(rand.NewPCG(seed, 0))
	generation, killed, kept, saved := 10, 0, 0, 0
	for i := range kills {
		cmd := site.Command(context.Background(), wire.Get("/save.lc", cookie))
		begin := time.Now()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		moment := time.AfterFunc(time.Duration(random.Int64N(int64(whole))), func() {
			_ = cmd.Process.Signal(syscall.SIGKILL)
		})
		err := cmd.Wait()
		moment.Stop()
		// The time a request takes changes with what else the machine does.
		if err == nil {
			whole += (time.Since(begin) - whole) / 8
		} else {
			whole += whole / 100
		}

		r := site.Do(t, wire.Get("/check.lc", cookie))
		switch body := string(r.Body); {
		case r.Status != 200:
			t.Fatalf("kill %d (seed %d): status %d after it; log: %s", i, seed, r.Status, r.Stderr)
		case body == "load "+strconv.Itoa(generation)+" true" && err != nil:
			kept++
		case body == "load "+strconv.Itoa(generation+1)+" true":
			generation++
			saved++
		default:
			t.Fatalf("kill %d (seed %d): the session is %q after generation %d (the process: %v); log: %s", i, seed, body, generation, err, r.Stderr)
		}
		if r.Stderr != "" {
			t.Errorf("kill %d: log of the next request: %s", i, r.Stderr)
		}
		if err != nil {
			killed++
		}
	}
	t.Logf("a request takes %v; %d of %d processes killed; old state %d times, new state %d times", whole, killed, kills, kept, saved)
	if killed < kills/5 || kept == 0 || saved == 0 {
		t.Errorf("the kills missed the save: %d of %d processes were killed, %d times too early and %d times too late", killed, kills, kept, saved)
	}
}

// TestFullDisk keeps sessions on a small disk and fills it up.
func TestFullDisk(t *testing.T) {
	needs.Root(t, "mount a small disk")
	mount := needs.Program(t, "mount", "mount")
	umount := needs.Program(t, "umount", "mount")

	site := direct.NewSite(t, lcgi, generationPages)
	if out, err := exec.Command(mount, "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", site.Sessions).CombinedOutput(); err != nil {
		needs.Missing(t, "no small disk can be mounted here: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command(umount, site.Sessions).CombinedOutput(); err != nil {
			t.Errorf("umount %s: %v: %s", site.Sessions, err, out)
		}
	})

	first := site.Do(t, wire.Get("/save.lc"))
	wantBody(t, first, "1")
	cookie := sessionCookie(t, first, "LCSESSION")
	wantBody(t, site.Do(t, wire.Get("/save.lc", cookie)), "2")

	ballast := filepath.Join(site.Sessions, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 2<<20), 0o600); err == nil {
		t.Fatal("2 MB fit on a disk of 1 MB")
	}
	before := sessionFiles(t, site.Sessions)
	for range 3 {
		r := site.Do(t, wire.Get("/save.lc?size=400000", cookie))
		if r.Status != 500 {
			t.Errorf("status %d on a full disk, want 500", r.Status)
		}
		if !strings.Contains(r.Stderr, "full") || !strings.Contains(r.Stderr, site.Sessions) {
			t.Errorf("the log does not say that the disk of %s is full: %s", site.Sessions, r.Stderr)
		}
	}
	wantBody(t, site.Do(t, wire.Get("/check.lc", cookie)), "load 2 true")
	if after := sessionFiles(t, site.Sessions); !slices.Equal(before, after) {
		t.Errorf("files were left behind:\n%v, before\n%v", after, before)
	}
	r := site.Do(t, wire.Get("/save.lc?size=900000"))
	if _, cookie := r.Cookie("LCSESSION"); r.Status != 500 || cookie {
		t.Errorf("a new session on a full disk: status %d, cookie %v; want 500 and none", r.Status, cookie)
	}

	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	wantBody(t, site.Do(t, wire.Get("/save.lc", cookie)), "3")
	wantBody(t, site.Do(t, wire.Get("/check.lc", cookie)), "load 3 true")
}
