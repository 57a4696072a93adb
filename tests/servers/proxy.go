package servers

import (
	"fmt"
	"testing"

	"lcgi/tests/needs"
)

// StartProxy starts nginx as a reverse proxy in front of a server at the address to.
// Its server block has the given lines, too.
func StartProxy(tb testing.TB, to, config string) *Server {
	tb.Helper()
	nginx := needs.Program(tb, "nginx", "nginx")
	s := prepare(tb, "nginx-proxy", Site{Root: tb.TempDir()})
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
    server {
        listen %s;
        client_max_body_size 0;
        location / {
            proxy_pass http://%s;
            proxy_http_version 1.1;
            proxy_set_header X-Forwarded-For   $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto https; # as if it had a certificate
            proxy_set_header X-Forwarded-Host  $http_host;
        }
        %s
    }
}
`, s.Addr, to, config)
	s.logFile(s.path("run/error.log"))
	p := s.start(tb, plainEnv(), nginx, "-e", s.path("run/error.log"), "-p", s.dir, "-c", s.write(tb, "nginx.conf", conf))
	s.await(tb, p, "tcp", s.Addr)
	return s
}
