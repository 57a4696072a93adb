package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lcgi/tests/binary"
	"lcgi/tests/direct"
	"lcgi/tests/needs"
	"lcgi/tests/wire"
)

// A contestant is a program that is started for each request.
type contestant struct {
	name string
	args []string
	env  []string
	dir  string

	times []time.Duration
}

// run starts the program, reads what it prints and waits for its end. It returns
// what was printed. The time is that from fork to exit. os.StartProcess
// is used as os/exec adds goroutines and copies.
func (c *contestant) run(tb testing.TB) []byte {
	read, write, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		tb.Fatal(err)
	}
	defer null.Close()
	begin := time.Now()
	process, err := os.StartProcess(c.args[0], c.args, &os.ProcAttr{
		Dir: c.dir, Env: c.env, Files: []*os.File{null, write, os.Stderr},
	})
	write.Close()
	if err != nil {
		tb.Fatal(err)
	}
	out, readErr := io.ReadAll(read)
	read.Close()
	state, err := process.Wait()
	c.times = append(c.times, time.Since(begin))
	if readErr != nil || err != nil || !state.Success() {
		tb.Fatalf("%s: %v %v %v\n%s", c.name, readErr, err, state, out)
	}
	return out
}

// median returns the median time in milliseconds.
func (c *contestant) median() float64 {
	slices.Sort(c.times)
	return c.times[len(c.times)/2].Seconds() * 1000
}

// BenchmarkCGISession is one CGI request of a page that counts in a session, from
// fork to exit: lcgi, lcgi without its own server (-tags cgionly), php-cgi with the
// same page, and an empty program.
//
// The targets are lcgi-x-php of at most 0.25 and lcgi-x-empty of at most 2.0.
func BenchmarkCGISession(b *testing.B) {
	lcgi := lcgiContestant(b, "lcgi")
	cgionly := lcgiContestant(b, "cgionly", "-tags=cgionly")
	empty := emptyContestant(b)
	all := []*contestant{lcgi, cgionly, empty}
	php := phpContestant(b)
	if php != nil {
		all = append(all, php)
	}
	// The first requests fill the caches of the disk.
	for range 5 {
		for _, c := range all {
			c.run(b)
		}
	}
	for _, c := range all {
		c.times = nil
	}
	requests := 0
	for b.Loop() {
		requests++
		for _, c := range all {
			c.run(b)
		}
	}
	// Every request found the session of the one before: it is no benchmark
	// of starting sessions.
	for _, c := range all {
		if c != empty {
			want := fmt.Sprintf("Visit %d.", requests+7)
			if out := c.run(b); !bytes.Contains(out, []byte(want)) {
				b.Fatalf("%s did not count to %q:\n%s", c.name, want, out)
			}
			c.times = c.times[:requests]
		}
	}
	b.ReportMetric(0, "ns/op") // of all together, which nobody wants to know
	for _, c := range all {
		b.ReportMetric(c.median(), c.name+"-ms")
	}
	for _, c := range []*contestant{lcgi, cgionly} {
		b.ReportMetric(c.median()/empty.median(), c.name+"-x-empty")
		if php != nil {
			b.ReportMetric(c.median()/php.median(), c.name+"-x-php")
		}
	}
}

// lcgiContestant is lcgi, built with the given flags, with a page and a session
// that exists.
func lcgiContestant(b *testing.B, name string, flags ...string) *contestant {
	return lcgiPage(b, name, "counter.lc", "", flags...)
}

// lcgiPage is lcgi, built with the given flags, with a page of testdata and a
// session that this page has begun. It asks for the page with a query.
func lcgiPage(b *testing.B, name, page, query string, flags ...string) *contestant {
	path, remove, err := binary.Build(flags...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(remove)
	text, err := os.ReadFile(filepath.Join("testdata", page))
	if err != nil {
		b.Fatal(err)
	}
	site := direct.NewSite(b, path, map[string]string{page: string(text)})
	target := "/" + page + "?" + query
	first := site.Do(b, wire.Get(target))
	id, ok := first.Cookie("LCSESSION")
	if !ok {
		b.Fatalf("no session: %d %s %s", first.Status, first.Body, first.Stderr)
	}
	cmd := site.Command(b.Context(), wire.Get(target, "Cookie: LCSESSION="+id))
	return &contestant{name: name, args: cmd.Args, env: cmd.Env, dir: cmd.Dir}
}

// emptyContestant is a Go program that does nothing, built with the same flags.
func emptyContestant(b *testing.B) *contestant {
	path, remove, err := binary.BuildPackage("testdata/empty", "empty")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(remove)
	return &contestant{name: "empty", args: []string{path}, env: []string{}, dir: b.TempDir()}
}

// phpContestant is php-cgi with the same page, or nil where there is none.
func phpContestant(b *testing.B) *contestant { return phpPage(b, "counter.php", "") }

// phpPage is php-cgi with a page of testdata and a session that this page has
// begun, or nil where there is none.
func phpPage(b *testing.B, name, query string) *contestant {
	c := phpProgram(b, name, query)
	if c == nil {
		return nil
	}
	first := string(c.run(b))
	_, rest, ok := strings.Cut(first, "PHPSESSID=")
	id, _, end := strings.Cut(rest, ";")
	if !ok || !end {
		b.Fatalf("php-cgi began no session:\n%s", first)
	}
	c.env = append(c.env, "HTTP_COOKIE=PHPSESSID="+id)
	return c
}

// phpProgram is php-cgi with a page of testdata, or nil where there is none.
func phpProgram(b *testing.B, name, query string) *contestant {
	path := needs.Optional(b, "php-cgi", "php-cgi")
	if path == "" {
		return nil
	}
	page, err := filepath.Abs(filepath.Join("testdata", name))
	if err != nil {
		b.Fatal(err)
	}
	sessions := b.TempDir()
	return &contestant{
		name: "php",
		args: []string{path, "-d", "session.save_path=" + sessions},
		dir:  filepath.Dir(page),
		env: []string{
			"PATH=/usr/local/bin:/usr/bin:/bin",
			"GATEWAY_INTERFACE=CGI/1.1",
			"SERVER_PROTOCOL=HTTP/1.1",
			"SERVER_NAME=localhost",
			"SERVER_PORT=80",
			"REMOTE_ADDR=127.0.0.1",
			"REQUEST_METHOD=GET",
			"REQUEST_URI=/" + name + "?" + query,
			"QUERY_STRING=" + query,
			"SCRIPT_NAME=/" + name,
			"SCRIPT_FILENAME=" + page,
			"REDIRECT_STATUS=200", // cgi.force_redirect
			"HTTP_HOST=localhost",
		},
	}
}
