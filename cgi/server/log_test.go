//go:build !cgionly

package server_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"lcgi/cgi/server"
)

func TestRequestLog(t *testing.T) {
	now := time.Date(2026, 2, 3, 4, 5, 6, 0, time.UTC)
	tick := 0
	conf := server.Config{Now: func() time.Time { tick++; return now.Add(time.Duration(tick) * time.Millisecond) }}
	s, log := newServer(t, conf)
	last := func(method, target string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.Method = method
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(target, "?")
		s.ServeHTTP(httptest.NewRecorder(), r)
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		return lines[len(lines)-1]
	}
	if line := last("GET", "/style.css?password=hunter2"); line != "2026-02-03 04:05:06 GET /style.css 200 3 B 1ms" {
		t.Errorf("line %q", line)
	}
	if line := last("GET", "/\x1b[2J\nfake"); strings.ContainsAny(line, "\x1b") || !strings.HasPrefix(line, "2026-02-03 04:05:06 GET /%1B%5B2J%0Afake 404 ") {
		t.Errorf("hostile path: %q", line)
	}
	if line := last("G\x1bET", "/none"); strings.Contains(line, "\x1b") {
		t.Errorf("hostile method: %q", line)
	}
	if strings.Contains(log.String(), "hunter2") {
		t.Error("the log has the query")
	}
	// CWE-117: the reason of a 404 has a path, too.
	last("GET", "/x\n2026-01-01 00:00:00 FORGED\x1b[31m")
	last("GET", "/x\u009b31m\u2028")
	for line := range strings.Lines(log.String()) {
		if !strings.HasPrefix(line, "2026-02-03 04:05:06 ") || strings.ContainsAny(line, "\x1b\r\u009b\u2028") {
			t.Errorf("hostile line %q", line)
		}
	}
	conf.Color = true
	s, log = newServer(t, conf)
	for target, color := range map[string]string{"/style.css": "\x1b[32m200", "/sub": "\x1b[36m301", "/none": "\x1b[33m404"} {
		if line := last("GET", target); !strings.Contains(line, color+"\x1b[0m") {
			t.Errorf("%s: %q, want %q", target, line, color)
		}
	}
}
