package lua_test

import (
	"strings"
	"testing"
	"time"

	"lcgi/lua"
)

// A session keeps what a password is verified with, and a page that hashes without
// end is ended.
func TestPagePasswords(t *testing.T) {
	s := newSite(t, map[string]string{
		"a.lc": `<?lc local crypto = require "crypto" start session
			_SESSION.hash = _SESSION.hash or crypto.hashPassword("secret")
			put(crypto.verifyPassword(_GET.password, _SESSION.hash)) ?>`,
		"loop.lc": `<?lc local crypto = require "crypto" while true do pcall(crypto.hashPassword, "x") end ?>`,
	}, func(cfg *lua.Config) { cfg.Timeout = time.Second })
	s.want("/a.lc?password=secret", 200, "true")
	s.want("/a.lc?password=Secret", 200, "false")
	begin := time.Now()
	a := s.do("/loop.lc", "")
	if d := time.Since(begin); a.status != 500 || d > 10*time.Second || !strings.Contains(strings.Join(s.log, "\n"), "LCGI_TIMEOUT") {
		t.Errorf("got %d after %v, log %q", a.status, d, s.log)
	}
}
