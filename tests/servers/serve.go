package servers

import (
	"os"
	"strings"
	"testing"
)

// startServe runs the built-in server, with errors going to the log as they do
// behind the other servers.
func (s *Server) startServe(tb testing.TB, site Site) {
	tb.Helper()
	env := []string{"LCGI_SESSION_SAVE_PATH=" + s.Sessions, "LCGI_ERRORS=log"}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "LCGI_") {
			env = append(env, e)
		}
	}
	for name, value := range site.Env {
		env = append(env, name+"="+value)
	}
	p := s.start(tb, env, site.Binary, "serve", "-listen", s.Addr, s.Root)
	s.await(tb, p, "tcp", s.Addr)
}
