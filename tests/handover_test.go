package tests

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// TestHandOver has the web servers send the files of pages (LCGI_SENDFILE). What the
// client gets is what lcgi itself would have sent, and a file that the page did not
// name is not to be had.
func TestHandOver(t *testing.T) {
	t.Parallel()
	content := strings.Repeat("0123456789", 2000)
	names := []string{"plain.bin", "ü & %41 +?#;.txt", "deep/er.txt"}
	pages := map[string]string{
		"send.lc": `<?lc
response.header("Cache-Control", "private")
response.cookie("seen", "1")
response.sendFile(_GET.file, {type = "text/x-test", name = "für dich.txt", download = true}) ?>`,
		"deny.lc": `<?lc response.status(403) ?>not for you`,
	}
	// folder returns a folder that the server's user can read.
	folder := func(t *testing.T) string {
		t.Helper()
		dir, err := os.MkdirTemp("", "lcgi-handover-")
		if err == nil {
			err = os.Chmod(dir, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.RemoveAll(dir) })
		for _, name := range names {
			direct.Site{Root: dir}.Write(t, name, content)
		}
		return dir
	}
	target := func(dir, name string) string {
		return "/send.lc?file=" + url.QueryEscape(filepath.Join(dir, name))
	}
	check := func(t *testing.T, what string, r *wire.Response, status int, body string) {
		t.Helper()
		if r.Status != status || string(r.Body) != body {
			t.Errorf("%s: status %d, %d bytes, want %d, %d bytes\n%s", what, r.Status, len(r.Body), status, len(body), excerpt(string(r.Body)))
		}
		for _, name := range []string{"X-Sendfile", "X-Accel-Redirect"} {
			if value := r.Header.Get(name); value != "" {
				t.Errorf("%s: the client sees %s: %s", what, name, value)
			}
		}
		want := map[string]string{
			"Content-Type":        "text/x-test; charset=utf-8",
			"Content-Disposition": `attachment; filename="f_r dich.txt"; filename*=UTF-8''f%C3%BCr%20dich.txt`,
			"Cache-Control":       "private",
			"Set-Cookie":          "seen=1; Path=/; HttpOnly; SameSite=Lax",
		}
		for name, value := range want {
			if got := r.Header.Get(name); got != value && (status == 200 || status == 206) {
				t.Errorf("%s: %s is %q, want %q", what, name, got, value)
			}
		}
	}
	through := func(t *testing.T, server *servers.Server, dir string) {
		t.Helper()
		send := func(request wire.Request) *wire.Response {
			t.Helper()
			answer, err := wire.Send(server.Addr, request)
			if err != nil {
				t.Fatal(err)
			}
			return answer
		}
		for _, name := range names {
			whole := send(wire.Get(target(dir, name)))
			check(t, name, whole, 200, content)
			if n := whole.ContentLength(); n >= 0 && n != len(content) { // Apache drops that of a CGI program (CVE-2024-24795)
				t.Errorf("%s: Content-Length is %d, want %d", name, n, len(content))
			}
			check(t, name+" in part", send(wire.Get(target(dir, name), "Range: bytes=10-29")), 206, content[10:30])
			check(t, name+" by HEAD", send(wire.Request{Method: "HEAD", Target: target(dir, name)}), 200, "")
			if tag := whole.Header.Get("ETag"); tag != "" {
				if again := send(wire.Get(target(dir, name), "If-None-Match: "+tag)); again.Status != 304 || len(again.Body) > 0 {
					t.Errorf("%s, which the client has: status %d, %d bytes", name, again.Status, len(again.Body))
				}
			}
		}
		if answer := send(wire.Get("/protected/plain.bin")); answer.Status == 200 {
			t.Errorf("the folder is open: status %d\n%s", answer.Status, excerpt(string(answer.Body)))
		}
		if answer := send(wire.Get("/deny.lc", "X-Sendfile: "+filepath.Join(dir, "plain.bin"), "X-Accel-Redirect: /protected/plain.bin")); answer.Status != 403 || string(answer.Body) != "not for you" {
			t.Errorf("a page that sends no file: status %d\n%s", answer.Status, excerpt(string(answer.Body)))
		}
	}

	t.Run("nobody", func(t *testing.T) {
		dir := folder(t)
		through(t, startSite(t, servers.Nginx, pages, servers.Site{}), dir)
	})
	t.Run("nginx", func(t *testing.T) {
		dir := folder(t)
		server := startSite(t, servers.Nginx, pages, servers.Site{
			Env:         map[string]string{"LCGI_SENDFILE": "x-accel-redirect /protected/=" + dir + "/"},
			NginxConfig: fmt.Sprintf("location /protected/ { internal; alias %s/; add_header X-Sent-By nginx; }", dir),
		})
		through(t, server, dir)
		for _, name := range names {
			answer, err := wire.Send(server.Addr, wire.Get(target(dir, name)))
			if err != nil || answer.Header.Get("X-Sent-By") != "nginx" {
				t.Errorf("%s is not sent by nginx: %v, %v", name, err, answer.Header)
			}
		}
		// What is outside of the folders is sent by lcgi.
		other := folder(t)
		through(t, server, other)
	})
	t.Run("apache", func(t *testing.T) {
		dir := folder(t)
		server := startSite(t, servers.ApacheAction, pages, servers.Site{
			Env:           map[string]string{"LCGI_SENDFILE": "x-sendfile"},
			ApacheModules: []string{"xsendfile"},
			ApacheConfig:  "XSendFile on\nXSendFilePath " + dir + "\n",
		})
		through(t, server, dir)
	})
	t.Run("lighttpd", func(t *testing.T) {
		dir := folder(t)
		server := startSite(t, servers.Lighttpd, pages, servers.Site{
			Env:            map[string]string{"LCGI_SENDFILE": "x-sendfile"},
			LighttpdConfig: fmt.Sprintf("cgi.x-sendfile = \"enable\"\ncgi.x-sendfile-docroot = ( %q )\n", dir),
		})
		through(t, server, dir)
	})
	// That it is not lcgi that sends: the answer of its process has no body.
	t.Run("process", func(t *testing.T) {
		dir := folder(t)
		site := direct.NewSite(t, lcgi, pages)
		for _, c := range []struct{ setting, file, name, value string }{
			{"x-sendfile", names[0], "X-Sendfile", dir + "/plain.bin"},
			// mod_xsendfile 0.12 does not decode escapes, and lighttpd does.
			{"x-sendfile", names[1], "X-Sendfile", ""},
			{"x-accel-redirect /a b/=" + dir, names[1], "X-Accel-Redirect", "/a%20b/%C3%BC%20%26%20%2541%20%2B%3F%23%3B.txt"},
		} {
			r := site.With("LCGI_SENDFILE="+c.setting).Do(t, wire.Get(target(dir, c.file)))
			length, told := len(content), fmt.Sprint(len(content))
			if c.value != "" {
				length, told = 0, ""
			}
			if got := r.Header.Get(c.name); r.Status != 200 || got != c.value || len(r.Body) != length || r.Header.Get("Content-Length") != told {
				t.Errorf("%s of %s: status %d, %s: %s, want %s; %d bytes; log: %s", c.setting, c.file, r.Status, c.name, got, c.value, len(r.Body), r.Stderr)
			}
			post := wire.Post(target(dir, c.file), "a=1")
			if r := site.With("LCGI_SENDFILE="+c.setting).Do(t, post); r.Header.Get(c.name) != "" || string(r.Body) != content {
				t.Errorf("%s: a POST is handed over: %v", c.setting, r.Header)
			}
		}
	})
}
