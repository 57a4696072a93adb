package lua_test

import (
	"strings"
	"testing"
)

// What the visitor names and may not have is 404, whatever the reason; what the
// page names and is not there is the page's mistake.
func TestSendFileRefuses(t *testing.T) {
	s, outside := fileSite(t)
	for _, target := range []string{
		"/root.lc", "/root.lc?f=", "/root.lc?f=none.txt", "/root.lc?f=d", "/root.lc?f=.", "/root.lc?f=a.txt/", "/root.lc?f=a.txt/x", "/root.lc?f=fifo",
		"/root.lc?f=../secret.txt", "/root.lc?f=d/../../secret.txt", "/root.lc?f=/etc/passwd", "/root.lc?f=" + s.root + "/files/a.txt",
		"/root.lc?f=out/out.txt", "/root.lc?f=secret", "/root.lc?f=.env", "/root.lc?f=d/.x/y", "/root.lc?f=./.env", "/root.lc?f=d/../.env",
		"/root.lc?f=p.lc", "/root.lc?f=P.LC", "/root.lc?f=p.lc/.", "/root.lc?f=d/../p.lc", "/root.lc?f=m.lua", "/root.lc?f=p.lc/", "/root.lc?f=./p.lc",
		"/root.lc?f=p.lc~", "/root.lc?f=p.lc.bak", "/root.lc?f=%23p.lc%23", "/root.lc?f=p.LC_old", "/root.lc?f=m.lua.orig", "/root.lc?f=p.lc.txt", "/root.lc?f=n.lcx",
		"/root.lc?f=page.txt", "/root.lc?f=module.txt", "/root.lc?f=vis", "/root.lc?f=dot/y", "/root.lc?f=two",
		"/root.lc?f=a.txt%00", "/root.lc?f=a.txt%00.png", "/root.lc?f=..%5Csecret.txt", "/root.lc?f=" + strings.Repeat("x", 5000),
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 404 || strings.Contains(a.body.String(), "SECRET") || a.get("ETag") != "" {
			t.Errorf("%.80s: got %d %q", target, a.status, a.body.String())
		}
		if len(s.log) != 1 || !strings.Contains(s.log[0], "response.sendFile: there is no file") {
			t.Errorf("%.80s: log %q", target, s.log)
		}
	}
	for target, want := range map[string]string{
		"/own.lc?f=none.txt":           "own.lc:1: response.sendFile: open " + s.root + "/none.txt: no such file",
		"/own.lc?f=files":              "is not a regular file",
		"/own.lc?f=" + outside:         "is not a regular file",
		"/own.lc?f=files/fifo":         "is not a regular file",
		"/own.lc?f=files/a.txt%00.png": "invalid argument",
		"/own.lc":                      "bad argument #1 to 'sendFile' (string expected, got nil)",
		"/noroot.lc":                   "the root: open " + s.root + "/nothing",
		"/write.lc":                    "write.lc:1: the answer is a file already",
		"/put.lc":                      "the answer is a file already",
		"/flush.lc":                    "the answer is a file already",
		"/fail.lc":                     "fail.lc:1: no",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || strings.Contains(a.body.String(), "0123") || a.get("ETag") != "" || a.get("Content-Disposition") != "" {
			t.Errorf("%s: got %d %q %v", target, a.status, a.body.String(), a.header)
		}
		if log := strings.Join(s.log, "\n"); !strings.Contains(log, want) {
			t.Errorf("%s: log %q lacks %q", target, log, want)
		}
	}
	s.log = nil
	if a := s.do("/flushed.lc", ""); a.body.String() != "x" || !strings.Contains(strings.Join(s.log, ""), "by the flush at flushed.lc:1") {
		t.Errorf("after a flush: %q, log %q", a.body.String(), s.log)
	}
}
