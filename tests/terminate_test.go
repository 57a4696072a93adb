package tests

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// TestTerminate ends a CGI process by SIGTERM, as Apache does when a program takes
// too long and lighttpd when the client has left: there is an answer, the session
// keeps its old state, and the next request does not wait for it.
func TestTerminate(t *testing.T) {
	marks := t.TempDir()
	// The process listens once it has run for a moment: it says when it has.
	const busy = `while os.clock() < 0.2 do end
		io.open(_GET.mark, "w"):close()`
	site := direct.NewSite(t, lcgi, map[string]string{
		"count.lc":  `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		"loop.lc":   `<?lc start session _SESSION.n = 1000 put("half a page") ` + busy + ` while true do end ?>`,
		"caught.lc": `<?lc start session _SESSION.n = 1000 ` + busy + ` while true do pcall(function() while true do end end) end ?>`,
		"child.lc":  `<?lc start session _SESSION.n = 1000 ` + busy + ` os.execute("sleep 60") ?>`,
		"wait.lc":   `<?lc ` + busy + ` start session _SESSION.n = 1000 ?>`,
		"stream.lc": `<?lc start session _SESSION.n = 50 put("a") response.flush() ` + busy + ` while true do put("b") response.flush() end ?>`,
		"silent.lc": `<?lc start session _SESSION.n = 1000 put("a") response.flush() ` + busy + ` while true do end ?>`,
		"body.lc":   `<?lc start session _SESSION.n = 1000 ` + busy + ` put(#request.body()) ?>`,
	}).With("LCGI_SESSION_WAIT=50s")
	first := site.Do(t, wire.Get("/count.lc"))
	wantBody(t, first, "1")
	cookie := sessionCookie(t, first, "LCSESSION")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	// start starts a request and waits until its process listens.
	start := func(t *testing.T, page string, header ...string) (end func() direct.Response, stderr *bytes.Buffer) {
		t.Helper()
		mark := filepath.Join(marks, page)
		cmd := site.Command(ctx, wire.Get("/"+page+"?mark="+mark, append(header, cookie)...))
		var stdout bytes.Buffer
		stderr = new(bytes.Buffer)
		cmd.Stdout, cmd.Stderr = &stdout, stderr
		stdin, err := os.Open("/dev/null")
		if page == "body.lc" {
			cmd.Env = append(cmd.Env, "REQUEST_METHOD=POST", "CONTENT_LENGTH=10")
			var w *os.File
			stdin, w, err = os.Pipe()
			t.Cleanup(func() { w.Close() })
		}
		if err != nil {
			t.Fatal(err)
		}
		defer stdin.Close()
		cmd.Stdin = stdin
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		poll(t, page+" does not run", func() bool {
			_, err := os.Stat(mark)
			return err == nil
		})
		return func() direct.Response {
			t.Helper()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			err := cmd.Wait()
			answer, parseErr := direct.Parse(stdout.Bytes())
			if parseErr != nil {
				t.Fatalf("%v; the process ended with %v; log: %s", parseErr, err, stderr)
			}
			return direct.Response{Response: answer, Err: err}
		}, stderr
	}
	want503 := func(t *testing.T, r direct.Response, stderr *bytes.Buffer) {
		t.Helper()
		if r.Status != 503 || strings.Contains(string(r.Body), "half a page") {
			t.Errorf("answer %d\n%s", r.Status, r.Body)
		}
		if lines := strings.Count(stderr.String(), "\n"); lines != 1 || !strings.Contains(stderr.String(), "SIGTERM") {
			t.Errorf("log: %s", stderr)
		}
		next := site.Do(t, wire.Get("/count.lc", cookie))
		if next.Status != 200 || len(next.Body) > 2 {
			t.Errorf("the next request: %d %s %s", next.Status, next.Body, next.Stderr)
		}
	}

	for _, page := range []string{"loop.lc", "caught.lc", "child.lc", "body.lc"} {
		t.Run(page, func(t *testing.T) {
			end, stderr := start(t, page)
			want503(t, end(), stderr)
		})
	}
	t.Run("wait.lc", func(t *testing.T) {
		os.Remove(filepath.Join(marks, "loop.lc"))
		endHolder, _ := start(t, "loop.lc")
		end, stderr := start(t, "wait.lc")
		r := end()
		endHolder()
		want503(t, r, stderr)
	})
	// One that streams ends at its next write, as where the write fails, and its
	// session is kept; if there is none, it is rolled back.
	for page, want := range map[string]string{"silent.lc": "", "stream.lc": "51"} {
		t.Run(page, func(t *testing.T) {
			before := site.Do(t, wire.Get("/count.lc", cookie))
			end, stderr := start(t, page)
			if r := end(); r.Status != 200 || r.Err == nil || !strings.HasPrefix(string(r.Body), "a") {
				t.Errorf("answer %d %.20s, %v", r.Status, r.Body, r.Err)
			}
			if strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), "SIGTERM") {
				t.Errorf("log: %s", stderr)
			}
			after := string(site.Do(t, wire.Get("/count.lc", cookie)).Body)
			if n, err := strconv.Atoi(string(before.Body)); want == "" && err == nil {
				want = strconv.Itoa(n + 1)
			}
			if after != want {
				t.Errorf("the session has %s, want %s", after, want)
			}
		})
	}
}
