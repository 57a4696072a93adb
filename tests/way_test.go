package tests

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// A way is a way in to lcgi by which a test with pages of its own reaches them.
type way struct {
	name  string
	start func(t *testing.T, pages map[string]string, env map[string]string) *pageSite
}

// ways are the ways in over which tests of sessions run. (What differs
// between servers is seen by the matrix.)
func ways() []way {
	return []way{
		{"cgi", startCGI},
		{"serve", startServer(servers.Serve)},
	}
}

// overWays runs a test once for each way in.
func overWays(t *testing.T, pages, env map[string]string, test func(t *testing.T, p *pageSite)) {
	t.Helper()
	for _, w := range ways() {
		t.Run(w.name, func(t *testing.T) { test(t, w.start(t, pages, env)) })
	}
}

// A pageSite is where the pages of a test are served.
type pageSite struct {
	root     string // the folder of the pages
	sessions string // the folder of the sessions
	host     string // what clients call it
	send     func(wire.Request) (*wire.Response, error)
	log      func() string // everything logged so far

	// A request is over when it is answered. In a server the sweep that comes by
	// chance may still be at work then.
	exact bool
}

// startCGI serves pages with a process for each request.
func startCGI(t *testing.T, pages, env map[string]string) *pageSite {
	t.Helper()
	site := direct.NewSite(t, lcgi, pages)
	for name, value := range env {
		site = site.With(name + "=" + value)
	}
	var mu sync.Mutex
	var log strings.Builder
	return &pageSite{
		root:     site.Root,
		sessions: site.Sessions,
		host:     "localhost",
		exact:    true,
		send: func(r wire.Request) (*wire.Response, error) {
			answer, err := site.Run(r)
			if err != nil {
				return nil, err
			}
			mu.Lock()
			defer mu.Unlock()
			log.WriteString(answer.Stderr)
			return &answer.Response, nil
		},
		log: func() string {
			mu.Lock()
			defer mu.Unlock()
			return log.String()
		},
	}
}

// startServer serves pages with a server of the given kind.
func startServer(kind servers.Kind) func(t *testing.T, pages, env map[string]string) *pageSite {
	return func(t *testing.T, pages, env map[string]string) *pageSite {
		t.Helper()
		root := t.TempDir()
		for name, text := range pages {
			direct.Site{Root: root}.Write(t, name, text)
		}
		server := servers.Start(t, kind, servers.Site{Binary: lcgi, Root: root, Env: env})
		return &pageSite{
			root:     server.Root,
			sessions: server.Sessions,
			host:     server.Addr,
			send:     func(r wire.Request) (*wire.Response, error) { return wire.Send(server.Addr, r) },
			log:      server.Log,
		}
	}
}

// logged waits until the log has a text: servers may write it after the answer.
func (p *pageSite) logged(t *testing.T, text string) {
	t.Helper()
	poll(t, "the log has no "+text, func() bool { return strings.Contains(p.log(), text) })
}

// poll waits until something is the case. It fails the test when that takes
// longer than anything should.
func poll(t *testing.T, problem string, done func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for late := time.Now().Add(20 * time.Second); !done(); <-tick.C {
		if time.Now().After(late) {
			t.Fatal(problem)
		}
	}
}

// A guest is a visitor of a pageSite, who keeps cookies. Redirects are not followed.
type guest struct {
	t       *testing.T
	site    *pageSite
	cookies map[string]string
}

func (p *pageSite) guest(t *testing.T) *guest {
	return &guest{t: t, site: p, cookies: map[string]string{}}
}

// twin is a guest of its own with the same cookies.
func (g *guest) twin() *guest {
	return &guest{t: g.t, site: g.site, cookies: maps.Clone(g.cookies)}
}

func (g *guest) do(r wire.Request) *wire.Response {
	g.t.Helper()
	if len(g.cookies) > 0 && !r.Has("Cookie") {
		r.Header = append(r.Header[:len(r.Header):len(r.Header)], cookieHeader(g.cookies))
	}
	answer, err := g.site.send(r)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, line := range answer.Header["Set-Cookie"] {
		keepCookie(g.cookies, line)
	}
	return answer
}

func (g *guest) get(target string, header ...string) *wire.Response {
	g.t.Helper()
	return g.do(wire.Get(target, header...))
}

// page returns the body of a page, which must be answered with 200.
func (g *guest) page(target string, header ...string) string {
	g.t.Helper()
	return g.body(g.get(target, header...))
}

// form posts a form and returns the body of the page, which must be answered with 200.
func (g *guest) form(target, form string) string {
	g.t.Helper()
	return g.body(g.do(wire.Post(target, form)))
}

func (g *guest) body(r *wire.Response) string {
	g.t.Helper()
	if r.Status != 200 {
		g.t.Fatalf("status %d\n%s\nlog: %s", r.Status, excerpt(string(r.Body)), lastOf(g.site.log()))
	}
	return string(r.Body)
}

// want gets a page and compares its body.
func (g *guest) want(target, body string) {
	g.t.Helper()
	got := g.page(target)
	if after, ok := strings.CutPrefix(body, "expire"); ok && !g.site.exact && got == "new"+after {
		// The sweep after the request before has removed what had expired since.
		g.t.Logf("%s: a sweep was faster", target)
		return
	}
	if got != body {
		g.t.Errorf("%s shows %s, want %s", target, excerpt(got), excerpt(body))
	}
}

// fails gets a page that must fail with 500 and say why in the log.
func (g *guest) fails(target string, logged ...string) {
	g.t.Helper()
	if r := g.get(target); r.Status != 500 {
		g.t.Errorf("%s: status %d, want 500\n%s", target, r.Status, excerpt(string(r.Body)))
	}
	for _, text := range logged {
		g.site.logged(g.t, text)
	}
}

// wireGet is a request with cookies.
func wireGet(target string, cookies map[string]string, header ...string) wire.Request {
	if len(cookies) > 0 {
		header = append(header, cookieHeader(cookies))
	}
	return wire.Get(target, header...)
}

// lastOf shortens a log for a message.
func lastOf(log string) string {
	const most = 2000
	if len(log) > most {
		return "…" + log[len(log)-most:]
	}
	return log
}

// passTime makes everything in a session folder so much older as if that time
// had passed since the last request. Records that are in use are waited for.
func passTime(t *testing.T, folder string, d time.Duration) {
	t.Helper()
	store, err := session.OpenFileStore(folder, session.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	var keys []session.Key
	err = store.Each(t.Context(), func(i session.Info) error {
		keys = append(keys, i.Key)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		if err := olderBy(t, store, key, d); err != nil {
			t.Fatal(err)
		}
	}
}

func olderBy(t *testing.T, store session.Store, key session.Key, d time.Duration) error {
	record, err := store.Find(t.Context(), key)
	if err != nil {
		return err
	}
	defer record.Close()
	_, meta, err := record.Load(t.Context())
	if err != nil {
		return err
	}
	meta.Created, meta.LastUse = meta.Created.Add(-d), meta.LastUse.Add(-d)
	return record.Touch(t.Context(), meta)
}

// storedKinds counts what is in a session folder.
func storedKinds(t *testing.T, folder string) map[session.Kind]int {
	t.Helper()
	store, err := session.OpenFileStore(folder, session.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	kinds := map[session.Kind]int{}
	err = store.Each(t.Context(), func(i session.Info) error {
		if i.Damaged != nil {
			return i.Damaged
		}
		kinds[i.Meta.Kind]++
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// privateFolder makes a folder for sessions outside of everything.
func privateFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "private")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// runCommand runs a command of lcgi and returns what it printed and its exit
// code.
func runCommand(t *testing.T, args ...string) (output string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, lcgi, args...).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	} else if err != nil {
		code = exit.ExitCode()
	}
	return string(out), code
}
