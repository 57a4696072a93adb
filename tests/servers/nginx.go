package servers

import (
	"fmt"
	"strings"
	"testing"

	"lcgi/tests/needs"
)

func (s *Server) startNginx(tb testing.TB, site Site) {
	tb.Helper()
	nginx := needs.Program(tb, "nginx", "nginx")
	fcgiwrap := needs.Program(tb, "fcgiwrap", "fcgiwrap")

	// -f: what a page writes on stderr goes to nginx's error log.
	socket := s.path("run/fcgiwrap.socket")
	p := s.start(tb, plainEnv(), fcgiwrap, "-f", "-c", "8", "-s", "unix:"+socket)
	s.await(tb, p, "unix", socket)

	var params strings.Builder
	for name, value := range site.Env {
		fmt.Fprintf(&params, "fastcgi_param %s %q;\n", name, value)
	}
	s.write(tb, "lcgi_params", params.String())
	conf := fmt.Sprintf(`
daemon off;
worker_processes 1;
pid run/nginx.pid;
error_log run/error.log warn;
events {}
http {
    access_log off;
    client_body_temp_path run/body;
    fastcgi_temp_path     run/fastcgi;
    proxy_temp_path       run/proxy;
    scgi_temp_path        run/scgi;
    uwsgi_temp_path       run/uwsgi;
    types {
        text/html     html;
        text/css      css;
        image/svg+xml svg;
    }
    server {
        listen %s;
        server_name localhost;
        root %q;
        set $lcgi          %q;
        set $lcgi_sessions %q;
        set $lcgi_fcgiwrap %q;
        include %q;
%s
    }
}
`, s.Addr, s.Root, site.Binary, s.Sessions, "unix:"+socket, s.deploy(tb, "nginx-fcgiwrap.conf"), site.NginxConfig)

	s.logFile(s.path("run/error.log"))
	p = s.start(tb, plainEnv(), nginx, "-e", s.path("run/error.log"), "-p", s.dir, "-c", s.write(tb, "nginx.conf", conf))
	s.await(tb, p, "tcp", s.Addr)
}
