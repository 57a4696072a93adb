//go:build !cgionly

package server_test

import (
	"context"
	"net"
	"testing"

	"lcgi/cgi"
	"lcgi/cgi/server"
)

func TestMetaVariables(t *testing.T) {
	var env cgi.Env
	root := site(t)
	addr, _ := run(t, server.Config{Root: root, Software: "lcgi/test", Handler: handlerFunc(
		func(_ context.Context, w *cgi.Response, r *cgi.Request) error { env = r.Env; return nil })})
	_, port, _ := net.SplitHostPort(addr)
	raw(t, addr, `POST /page.lc/x%20y?a=%201 HTTP/1.1
Host: a.localhost:77
Content-Type: text/plain
Content-Length: 2
Cookie: a=1
Cookie: b=2
Accept: x
Accept: y
Proxy: http://evil/
Lcgi-Errors: page
LCGI_ERRORS: page
X_Under: evil
X-Under: good
Redirect-Status: 200
Authorization: Basic x
Connection: close

hi`)
	want := cgi.Env{
		"GATEWAY_INTERFACE": "CGI/1.1", "REQUEST_METHOD": "POST", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "lcgi/test",
		"REQUEST_URI": "/page.lc/x%20y?a=%201", "QUERY_STRING": "a=%201", "REQUEST_SCHEME": "http",
		"DOCUMENT_ROOT": root, "SCRIPT_FILENAME": root + "/page.lc", "SCRIPT_NAME": "/page.lc",
		"PATH_INFO": "/x y", "PATH_TRANSLATED": root + "/x y",
		"CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": "2",
		"SERVER_NAME": "a.localhost", "SERVER_PORT": port, "SERVER_ADDR": "127.0.0.1", "REMOTE_ADDR": "127.0.0.1",
		"HTTP_HOST": "a.localhost:77", "HTTP_COOKIE": "a=1; b=2", "HTTP_ACCEPT": "x, y", "HTTP_X_UNDER": "good",
		"HTTP_LCGI_ERRORS": "page", "HTTP_REDIRECT_STATUS": "200", "HTTP_AUTHORIZATION": "Basic x", "HTTP_CONNECTION": "close",
	}
	for name, value := range want {
		if env[name] != value {
			t.Errorf("%s = %q, want %q", name, env[name], value)
		}
	}
	if env["REMOTE_PORT"] == "" {
		t.Error("no REMOTE_PORT")
	}
	for name := range env {
		if _, ok := want[name]; !ok && name != "REMOTE_PORT" {
			t.Errorf("unexpected %s = %q", name, env[name])
		}
	}
}

// Nothing of a client's gets before what its proxy has written.
func TestForwardedTwice(t *testing.T) {
	var env cgi.Env
	addr, _ := run(t, server.Config{Handler: handlerFunc(
		func(_ context.Context, w *cgi.Response, r *cgi.Request) error { env = r.Env; return nil })})
	raw(t, addr, `GET /page.lc HTTP/1.1
Host: localhost
X_Forwarded_For: 127.0.0.1
X-Forwarded_For: 127.0.0.2
X.Forwarded.For: 127.0.0.3
X-Forwarded-For: 127.0.0.4
x-forwarded-for: 203.0.113.9
X_Forwarded_Proto: https
Connection: close

`)
	if got := env["HTTP_X_FORWARDED_FOR"]; got != "127.0.0.4, 203.0.113.9" {
		t.Errorf("X-Forwarded-For is %q", got)
	}
	if got, ok := env["HTTP_X_FORWARDED_PROTO"]; ok {
		t.Errorf("X-Forwarded-Proto is %q", got)
	}
}
