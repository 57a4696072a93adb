package tests

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// gonePages stream until somebody stops them, which LCGI_TIMEOUT does too late for
// these tests, and hold a session meanwhile.
var gonePages = map[string]string{
	"count.lc":  `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
	"stream.lc": `<?lc start session _SESSION.n = _SESSION.n + 100 put("begin\n") response.flush() while true do put(("x"):rep(999), "\n") end ?>`,
	"flush.lc":  `<?lc start session _SESSION.n = _SESSION.n + 100 while true do put("x\n") response.flush() end ?>`,
}

// TestClientGoneCGI closes the pipe that a CGI process streams to: the page ends
// soon, as by exit, and says so in one line. SIGPIPE does not end it before.
func TestClientGoneCGI(t *testing.T) {
	t.Parallel()
	site := direct.NewSite(t, lcgi, gonePages).With("LCGI_TIMEOUT=10m", "LCGI_SESSION_WAIT=30s")
	first := site.Do(t, wire.Get("/count.lc"))
	cookie := sessionCookie(t, first, "LCSESSION")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	number := func(t *testing.T) int {
		t.Helper()
		n, err := strconv.Atoi(string(site.Do(t, wire.Get("/count.lc", cookie)).Body))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for _, page := range []string{"stream.lc", "flush.lc"} {
		t.Run(page, func(t *testing.T) {
			before := number(t)
			cmd := site.Command(ctx, wire.Get("/"+page, cookie))
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			stdout, err := cmd.StdoutPipe()
			if err == nil {
				err = cmd.Start()
			}
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.ReadFull(stdout, make([]byte, 100)); err != nil {
				t.Error(err)
			}
			stdout.Close()
			err = cmd.Wait()
			var exit *exec.ExitError
			if ctx.Err() != nil || !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("the process ended with %v", err)
			}
			if log := stderr.String(); strings.Count(log, "\n") != 1 || !strings.Contains(log, "send response: the client has gone away") {
				t.Errorf("log: %s", log)
			}
			if after := number(t); after != before+101 {
				t.Errorf("the session was not saved: it has %d, and had %d", after, before)
			}
		})
	}
}
