package lua_test

import (
	"regexp"
	"strings"
	"testing"

	"lcgi/lua"
)

// Lines of pages have the form of all others, and those that are not wanted are
// not written.
func TestPageLog(t *testing.T) {
	page := map[string]string{
		"a.lc": `<?lc local log = require "log" for _, level in ipairs{"debug", "info", "warn", "error"} do log[level]("hello", {user = _GET.user}) end ?>done`,
	}
	for level, want := range map[string]int{"": 3, "debug": 4, "info": 3, "warn": 2, "error": 1} {
		s := newSite(t, page, func(cfg *lua.Config) {
			if err := cfg.Apply(func(name string) string {
				if name == "LCGI_LOG_LEVEL" {
					return level
				}
				return ""
			}); err != nil {
				t.Fatal(err)
			}
		})
		s.want("/a.lc?user=x%0aerror:+y", 200, "done")
		if len(s.log) != want {
			t.Errorf("level %q: %q", level, s.log)
		}
		for _, line := range s.log {
			if !regexp.MustCompile(`^[0-9a-z]{12}: /?a\.lc: (debug|info|warn|error): hello user="x\\nerror: y"$`).MatchString(line) {
				t.Errorf("line %q", line)
			}
		}
	}
	var settings lua.Settings
	if err := settings.Apply(func(string) string { return "" }); err != nil {
		t.Error(err)
	}
	err := settings.Apply(func(name string) string {
		if name == "LCGI_LOG_LEVEL" {
			return "loud"
		}
		return ""
	})
	if err == nil || !strings.Contains(err.Error(), `LCGI_LOG_LEVEL="loud"`) {
		t.Errorf("got %v", err)
	}
}

// What a page writes to io.stderr is one line, of a length that does not fill the log.
func TestStderr(t *testing.T) {
	s := newSite(t, map[string]string{"a\nb.lc": `<?lc io.stderr:write("one\ntwo") io.stderr:write(("x"):rep(100000)) ?>`})
	s.do("/a\nb.lc", "")
	if len(s.log) != 2 || !strings.HasSuffix(s.log[0], `: /a\nb.lc: "one\ntwo"`) || len(s.log[1]) > 2100 || !strings.HasSuffix(s.log[1], `x"… (100000 bytes)`) {
		t.Errorf("log %.3000q", s.log)
	}
}
