package lua_test

import (
	"strings"
	"testing"
)

// TestHints: who writes what another language calls it is told what it is called
// here; in what a page catches there is nothing but Lua's message.
func TestHints(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{`echo("x")`, "p.lc:1: attempt to call global 'echo' (a nil value); put(…) and <?= … ?> write into the page"},
		{`session_start()`, "p.lc:1: attempt to call global 'session_start' (a nil value); the statements are start session and delete session"},
		{`json.encode{}`, "p.lc:1: attempt to index global 'json' (a nil value); modules are asked for first: local json = require \"json\""},
		{`nothing()`, "p.lc:1: attempt to call global 'nothing' (a nil value)"},
		{`nothing.x()`, "p.lc:1: attempt to index global 'nothing' (a nil value)"},
		{`local echo echo()`, "p.lc:1: attempt to call local 'echo' (a nil value)"},
		{`local ok, why = pcall(function() echo() end) error(why .. "!", 0)`, "p.lc:1: attempt to call global 'echo' (a nil value)!"},
	} {
		s := newSite(t, map[string]string{"p.lc": "<?lc " + c.code + " ?>"})
		if a := s.do("/p.lc", ""); a.status != 500 || len(s.log) != 1 || !strings.HasSuffix(s.log[0], ": "+c.want) {
			t.Errorf("%s: status %d, log %q, want %q", c.code, a.status, s.log, c.want)
		}
	}
}

// TestUnknownMembers: what a table of ours does not have is an error that lists what
// it has.
func TestUnknownMembers(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{`response.setHeader("A", "b")`, `response has no member "setHeader"; it has addHeader cache cookie `},
		{`put(request.get)`, `request has no member "get"; it has all body contentType `},
		{`require("re").test("a", "b")`, `re has no member "test"; it has escape find findAll match replace split`},
		{`local csrf = require "csrf" csrf.verify()`, `csrf has no member "verify"; it has check field token`},
	} {
		s := newSite(t, map[string]string{"p.lc": "<?lc " + c.code + " ?>"})
		if a := s.do("/p.lc", ""); a.status != 500 || len(s.log) != 1 || !strings.Contains(s.log[0], ": p.lc:1: "+c.want) {
			t.Errorf("%s: status %d, log %q, want %q", c.code, a.status, s.log, c.want)
		}
	}
	s := newSite(t, map[string]string{"p.lc": `<?lc local json = require "json" json.more = 1 put(json.more, require("json").more, rawget(json, "none")) ?>`})
	s.want("/p.lc", 200, "11")
}
