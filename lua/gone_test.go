package lua_test

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/lua"
)

// leaving is a client that leaves after it has taken some pieces.
type leaving struct {
	answer
	pieces int
}

func (l *leaving) Write(p []byte) (int, error) {
	if l.pieces--; l.pieces < 0 {
		return 0, fmt.Errorf("write: %w", syscall.EPIPE)
	}
	return l.answer.Write(p)
}

// visit asks for a page and leaves after so many pieces of the answer.
func (s *testSite) visit(target string, pieces int) (*leaving, error) {
	path, query, _ := strings.Cut(target, "?")
	env := cgi.Env{
		"GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": "GET", "QUERY_STRING": query,
		"DOCUMENT_ROOT": s.root, "SCRIPT_NAME": path, "SCRIPT_FILENAME": s.root + path,
	}
	for name, value := range s.cookies {
		env["HTTP_COOKIE"] = name + "=" + value
	}
	out := &leaving{pieces: pieces}
	return out, s.gateway.Serve(s.t.Context(), env, nil, out)
}

// A page that streams ends with the first write that nobody gets, as by exit,
// whatever it writes with and whatever it catches.
func TestClientLeavesStream(t *testing.T) {
	const start = "<?lc local s = session.start{} s.data.n = (s.data.n or 0) + 1 "
	pages := map[string]string{
		"read.lc":      "<?lc local s = session.start{readonly = true} put(s.data.n, s.data.before) ?>",
		"put.lc":       start + "while true do put(('x'):rep(1000)) response.flush() end ?>",
		"noflush.lc":   start + "response.flush() while true do put(('x'):rep(1000)) end ?>",
		"write.lc":     start + "response.flush() while true do io.write(('x'):rep(1000)) end ?>",
		"print.lc":     start + "response.flush() while true do print(('x'):rep(1000)) end ?>",
		"text.lc":      start + "response.flush() while true do ?>" + strings.Repeat("text ", 100) + "<?lc end ?>",
		"value.lc":     start + "response.flush() local v = ('v'):rep(1000) while true do ?><?= v ?><?lc end ?>",
		"onlyflush.lc": start + "while true do put('x') pcall(response.flush) end ?>",
		"pcall.lc":     start + "response.flush() while true do pcall(put, ('x'):rep(1000)) pcall(io.write, 'y') end ?>",
		"coroutine.lc": start + "response.flush() local f = coroutine.wrap(function() while true do put(('x'):rep(1000)) end end) while true do pcall(f) end ?>",
		"include.lc":   start + "response.flush() while true do include('part.lc') end ?>",
		"part.lc":      strings.Repeat("part ", 100),
		"child.lc":     start + "response.flush() while true do os.execute('echo " + strings.Repeat("x", 1000) + "') end ?>",
		"before.lc":    start + "s:beforeSave(function(s) s.data.before = 'b' put('more') io.write('more') s.data.before = 'all' end) response.flush() while true do put(('x'):rep(1000)) end ?>",
	}
	for name := range pages {
		if name == "read.lc" || name == "part.lc" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			s := newSite(t, pages, func(c *lua.Config) { c.Timeout = 20 * time.Second })
			s.do("/read.lc", "")
			s.write("first.lc", "<?lc session.start{}.data.n = 0 ?>")
			s.do("/first.lc", "")
			s.log = nil
			begun := time.Now()
			out, err := s.visit("/"+name, 1)
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it went on for %v", took)
			}
			if err == nil || out.status != 200 || out.body.Len() > 40<<10 {
				t.Errorf("%v, status %d, %d bytes", err, out.status, out.body.Len())
			}
			if len(s.log) != 1 || !strings.HasSuffix(s.log[0], ": send response: the client has gone away: write: broken pipe") {
				t.Errorf("log %q", s.log)
			}
			want := "1"
			if name == "before.lc" {
				want = "1all"
			}
			s.want("/read.lc", 200, want) // the session is kept
		})
	}
}

// Nobody would notice that a client has left that gets no body: such a page ends, as by
// exit, where it flushes first.
func TestStreamWithoutBody(t *testing.T) {
	s := newSite(t, map[string]string{
		"read.lc":  "<?lc local s = session.start{readonly = true} put(s.data.n, s.data.before) ?>",
		"page.lc":  "<?lc response.status(tonumber(_GET.status)) local s = session.start{} s:beforeSave(function(s) s.data.before = 'all' put('x') end) s.data.n = (s.data.n or 0) + 1 put('a') pcall(response.flush) while true do put('x') end ?>",
		"flush.lc": "<?lc local s = session.start{} s:beforeSave(function(s) put('x') response.flush() s.data.before = 'flushed' end) s.data.n = 7 ?>",
		"whole.lc": "<?lc local s = session.start{} s.data.n = 9 put('a') s.data.before = 'whole' ?>",
	}, func(c *lua.Config) { c.Timeout = 20 * time.Second })
	for i, c := range []struct{ method, status string }{{"HEAD", "200"}, {"GET", "204"}, {"POST", "205"}, {"GET", "304"}} {
		begun := time.Now()
		a := s.do("/page.lc?status="+c.status, "", "REQUEST_METHOD", c.method)
		if took := time.Since(begun); took > 10*time.Second || strconv.Itoa(a.status) != c.status || a.body.Len() > 0 || len(s.log) > 0 {
			t.Errorf("%s, %s: %d %q after %v; log %q", c.method, c.status, a.status, a.body.String(), took, s.log)
		}
		s.want("/read.lc", 200, strconv.Itoa(i+1)+"all")
	}
	s.do("/flush.lc", "", "REQUEST_METHOD", "HEAD") // the session is saved as with GET
	s.want("/read.lc", 200, "7flushed")
	s.do("/whole.lc", "", "REQUEST_METHOD", "HEAD") // what does not stream comes to its end
	s.want("/read.lc", 200, "9whole")
}

// One that does not stream comes to its end, and so does one whose last write nobody
// gets.
func TestClientLeavesPage(t *testing.T) {
	s := newSite(t, map[string]string{
		"read.lc": "<?lc local s = session.start{readonly = true} put(s.data.n) ?>",
		"page.lc": "<?lc local s = session.start{} for i = 1, 1000 do put(('x'):rep(1000)) end s.data.n = (s.data.n or 0) + 1 ?>",
		"last.lc": "<?lc local s = session.start{} s.data.n = s.data.n + 1 put('a') response.flush() put('b') s.data.n = s.data.n + 1 ?>",
	})
	s.do("/page.lc", "")
	for _, c := range []struct {
		target string
		pieces int
		n      string
	}{{"/page.lc", 0, "2"}, {"/last.lc", 1, "4"}, {"/last.lc", 0, "5"}} {
		s.log = nil
		out, err := s.visit(c.target, c.pieces)
		if err == nil || out.status != 200 || len(s.log) != 1 || !strings.Contains(s.log[0], "the client has gone away") {
			t.Errorf("%s: %v, status %d, log %q", c.target, err, out.status, s.log)
		}
		s.want("/read.lc", 200, c.n)
	}
}

// The client that gets no error page either is one line in the log.
func TestClientLeavesErrorPage(t *testing.T) {
	s := newSite(t, map[string]string{"fail.lc": "<?lc error('no') ?>"}, func(c *lua.Config) { c.Errors = "page" })
	_, err := s.visit("/fail.lc", 0)
	if log := strings.Join(s.log, " | "); err == nil || strings.Contains(log, `\n`) || !strings.Contains(log, "fail.lc:1: no; send response: the client has gone away") {
		t.Errorf("%v, log %q", err, s.log)
	}
}
