package servers

import (
	"fmt"
	"strings"
	"testing"

	"lcgi/tests/needs"
)

func (s *Server) startLighttpd(tb testing.TB, site Site) {
	tb.Helper()
	program := needs.Program(tb, "lighttpd", "lighttpd")

	var conf strings.Builder
	fmt.Fprintf(&conf, `
server.bind          = "127.0.0.1"
server.port          = %s
server.document-root = %q
server.upload-dirs   = ( %q )
server.errorlog      = %q
server.breakagelog   = %q
server.max-worker    = 0
mimetype.assign      = ( ".html" => "text/html", ".css" => "text/css", ".svg" => "image/svg+xml" )
var.lcgi             = %q
var.lcgi_sessions    = %q
include %q
`, s.port(), s.Root, s.path("run"), s.path("run/error.log"), s.path("run/breakage.log"),
		site.Binary, s.Sessions, s.deploy(tb, "lighttpd.conf"))
	for name, value := range site.Env {
		fmt.Fprintf(&conf, "setenv.add-environment += ( %q => %q )\n", name, value)
	}

	conf.WriteString(site.LighttpdConfig)

	s.logFile(s.path("run/error.log"))
	s.logFile(s.path("run/breakage.log"))
	p := s.start(tb, plainEnv(), program, "-D", "-f", s.write(tb, "server.conf", conf.String()))
	s.await(tb, p, "tcp", s.Addr)
}
