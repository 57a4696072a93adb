package tests

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// TestClientLeaves has a client leave a page that streams. The page ends soon: the
// file that it writes in its loop stops growing, long before its time is over.
// Where the page sees it itself, it ends as by exit(): its session is saved.
// Servers that end the process (by SIGTERM: Apache and lighttpd; net/http/cgi by
// SIGKILL) may be faster, and then the session keeps its old state.
func TestClientLeaves(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"count.lc": `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		"stream.lc": `<?lc
start session
_SESSION.n = 100
response.type("text/plain")
response.header("X-Accel-Buffering", "no")
local mark, line = io.open(_GET.mark, "a"), string.rep("x", tonumber(_GET.size) - 1) .. "\n"
while true do
  put(line)
  response.flush()
  mark:write("x") mark:flush()
  if _GET.slow then os.execute("sleep 0.02") end
end ?>`,
	}
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := startPages(t, kind, pages, map[string]string{"LCGI_TIMEOUT": "50s"})
			marks := server.Shared(t)
			for _, c := range []struct{ name, query string }{
				{"fast", "size=10000"},
				{"slow", "size=100&slow=1"},
			} {
				first, err := wire.Send(server.Addr, wire.Get("/count.lc"))
				if err != nil {
					t.Fatal(err)
				}
				id, _ := first.Cookie("LCSESSION")
				cookie := "Cookie: LCSESSION=" + id
				mark := filepath.Join(marks, c.name)
				size := func() int64 {
					info, err := os.Stat(mark)
					if err != nil {
						return 0
					}
					return info.Size()
				}

				conn, err := net.Dial("tcp", server.Addr)
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				if _, err := conn.Write(wire.Get("/stream.lc?mark="+mark+"&"+c.query, cookie).Bytes(server.Addr)); err != nil {
					t.Fatal(err)
				}
				conn.SetReadDeadline(time.Now().Add(20 * time.Second))
				answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
				if err != nil || answer.StatusCode != 200 {
					t.Fatal(err, answer)
				}
				line := make([]byte, 10)
				if _, err := answer.Body.Read(line); err != nil || !strings.HasPrefix(string(line), "xx") {
					t.Fatalf("%s: the page does not stream: %q, %v", c.name, line, err)
				}
				poll(t, c.name+": the page does not run", func() bool { return size() > 2 })
				left := time.Now()
				conn.Close()

				// It has ended when its session can be had.
				next, err := wire.Send(server.Addr, wire.Get("/count.lc", cookie))
				took := time.Since(left)
				if err != nil {
					t.Fatal(err)
				}
				body := string(next.Body)
				// net/http/cgi kills the process.
				if next.Status != 200 || body != "101" && (kind != servers.Gateway || body != "2") {
					t.Errorf("%s: the next request is answered %d %q, want 101\n%s", c.name, next.Status, next.Body, lastOf(server.Log()))
				}
				if took > 10*time.Second {
					t.Errorf("%s: the page went on for %v", c.name, took)
				}
				written := size()
				begin := time.Now()
				poll(t, fmt.Sprintf("%s: the file grows", c.name), func() bool { return time.Since(begin) > 200*time.Millisecond })
				if now := size(); now != written {
					t.Errorf("%s: the page goes on: %d loops, then %d", c.name, written, now)
				}
			}
		})
	}
}
