package lua_test

import (
	"strconv"
	"testing"
)

// TestFullHeader: whether the headers have room for what tracking by links adds is known
// before a session is stored. The visitor is told of what was stored.
func TestFullHeader(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc":  `<?lc local s = session.start{track = "both"} s.data.n = (s.data.n or 0) + 1 response.header("X-Big", ("x"):rep(tonumber(_GET.big or 1))) put(s.data.n) ?>`,
		"go.lc": `<?lc local s = session.start{track = "both"} s.data.n = s.data.n + 1 response.header("X-Big", ("x"):rep(tonumber(_GET.big))) redirect("p.lc") ?>`,
	})
	const (
		all      = 64 << 10
		big      = len("X-Big: \r\n")
		started  = len("Cache-Control: private, no-cache\r\n")
		tracked  = len("Cache-Control: no-store\r\nReferrer-Policy: same-origin\r\n")
		location = len("Location: /p.lc\r\n")
	)
	// The cookie of what is stored is sent, however full the headers are.
	a := s.do("/p.lc?big="+strconv.Itoa(all-big-tracked), "")
	if a.status != 200 || a.get("Referrer-Policy") != "same-origin" || a.get("Set-Cookie") == "" {
		t.Fatalf("%d, cookie %q, log %.200q", a.status, a.get("Set-Cookie"), s.log)
	}
	s.want("/p.lc", 200, "2")
	for _, target := range []string{
		"/p.lc?big=" + strconv.Itoa(all-big-started),
		"/go.lc?big=" + strconv.Itoa(all-big-tracked-location), // no room for the id in the address
	} {
		if a := s.do(target, ""); a.status != 500 {
			t.Errorf("%s: %d", target, a.status)
		}
	}
	s.want("/p.lc", 200, "3")
}
