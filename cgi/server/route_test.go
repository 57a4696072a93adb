//go:build !cgionly

package server_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lcgi/cgi/server"
)

func TestRouting(t *testing.T) {
	addr, log := run(t, server.Config{})
	tests := []struct {
		name, target string
		status       int
		body         string // a part of it
	}{
		{"page", "/page.lc?a=1", 200, `page /page.lc info "" path "/page.lc" query "a=1"`},
		{"page with PATH_INFO (RFC 3875 §4.1.5)", "/page.lc/x%20y/?q", 200, `page /page.lc info "/x y/" path "/page.lc/x y/" query "q"`},
		{"PATH_INFO may look like a hidden file", "/page.lc/.git", 200, `info "/.git"`},
		{"index page", "/", 200, `page /index.lc info "" path "/"`},
		{"index file", "/sub/", 200, "<p>index</p>"},
		{"page below a folder that looks like one", "/dir.lc/inner.lc", 200, "page /dir.lc/inner.lc"},
		{"folder without slash", "/sub?a=b", 301, ""},
		{"folder without index", "/empty/", 404, "404 Not Found"},
		{"no such page", "/none.lc", 404, "404 Not Found"},
		{"no such file", "/none.txt", 404, "404 Not Found"},
		{"file", "/style.css", 200, "css"},
		{"file with a space", "/a%20b.txt", 200, "space"},
		{"file with a slash", "/style.css/", 404, ""},
		{"file with PATH_INFO", "/style.css/page.lc", 404, ""},
		{"link inside the root", "/inside.txt", 200, "text"},
		{"dots inside the root", "/sub/../page.lc", 200, "page /page.lc"},
		{"empty elements", "//page.lc//x", 200, `page /page.lc info "/x"`},
		{"dot elements", "/./sub/.", 200, "<p>index</p>"},
		{"no open redirect", "//sub", 301, ""},
		{"well-known (RFC 8615)", "/.well-known/security.txt", 200, "contact"},
		{"absolute form (RFC 9112 §3.2.2)", "http://localhost/page.lc", 200, `path "/page.lc"`},

		{"dots out of the root", "/../outside.txt", 400, ""},
		{"encoded dots", "/%2e%2e/outside.txt", 400, ""},
		{"more dots than folders", "/sub/../../outside.txt", 400, ""},
		{"encoded slash", "/..%2foutside.txt", 404, ""},
		{"encoded slash behind a page", "/page.lc%2Fx", 404, ""},
		{"backslash", "/..%5coutside.txt", 404, ""},
		{"NUL", "/page.lc%00.txt", 400, ""},
		{"link out of the root", "/away.txt", 404, ""},
		{"page that leads out of the root", "/away.lc", 404, ""},
		{"folder that leads out of the root", "/awaydir/x.txt", 404, ""},
		{"page in such a folder", "/awaydir/page.lc", 404, ""},
		{"such a folder itself", "/awaydir/", 404, ""},
		{"FIFO", "/fifo.txt", 404, ""},
		{"dot file", "/.env", 404, ""},
		{"dot folder", "/.git/config", 404, ""},
		{"dot folder itself", "/.git", 404, ""},
		{"page in a dot folder", "/.hidden/page.lc", 404, ""},
		{"backup of a page", "/page.lc~", 404, ""},
		{"backup of a page, .bak", "/page.lc.bak", 404, ""},
		{"backup of a page, -old", "/page.lc-old", 404, ""},
		{"copy of a page", "/page.lc%20(1)", 404, ""},
		{"autosaved page", "/%23page.lc%23", 404, ""},
		{"page in upper case", "/PAGE.LC", 404, ""},
		{"module", "/lib.lua", 404, ""},
		{"backup of a module", "/lib.Lua.orig", 404, ""},
		{"backup", "/notes~", 404, ""},
		{"numbered backup of a page", "/page.lc1", 404, ""},
		{"page with letters behind", "/page.lcold", 404, ""},
		{"another", "/x.lcd", 404, ""},
		{"copy of a page, numbered", "/page%20copy.lc2", 404, ""},
		{"numbered backup of a module", "/lib.lua5", 404, ""},
		{"page as text", "/page.lc.txt", 404, ""},
		{"packed page in upper case", "/page.LC.gz", 404, ""},
		{"link to a page", "/page.txt", 404, ""},
		{"link to such a link", "/chain.txt", 404, ""},
		{"link to a module", "/mod.txt", 404, ""},
		{"link to a backup of a page", "/copy.txt", 404, ""},
		{"link to a dot file", "/env.txt", 404, ""},
		{"file in a link to a dot folder", "/git/config", 404, ""},
		{"index that is a link to a page", "/linked/", 404, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, method := range []string{"GET", "HEAD"} {
				res, body := raw(t, addr, method+" "+tt.target+" HTTP/1.1\nHost: localhost\nConnection: close\n\n")
				if res.StatusCode != tt.status || strings.Contains(body, "SOURCE") {
					t.Errorf("%s: %d %q", method, res.StatusCode, body)
				}
				if method == "GET" && !strings.Contains(body, tt.body) || method == "HEAD" && body != "" {
					t.Errorf("%s: body %q, want %q", method, body, tt.body)
				}
				location := res.Header.Get("Location")
				if (res.StatusCode == 301) != strings.HasPrefix(location, "/sub/") {
					t.Errorf("Location %q", location)
				}
			}
		})
	}
	for _, want := range []string{`folder "/empty/" has no index.lc and no index.html`, `"/.env" is a hidden file`} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log has no %q", want)
		}
	}
}

// The extension of a static file may begin with that of pages.
func TestExtensionsThatBeginAlike(t *testing.T) {
	root := site(t)
	for _, name := range []string{"page.htm", "page.htm1", "page.htmlold", "page.HTM", "page.html.htm~", "static.html", "static.htm.html"} {
		content := "SOURCE"
		if name == "static.html" {
			content = "text"
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	addr, _ := run(t, server.Config{Root: root, Extensions: []string{".lc", ".htm"}})
	for name, want := range map[string]int{
		"static.html": 200, "page.htm1": 404, "page.htmlold": 404, "page.HTM": 404, "page.html.htm~": 404, "static.htm.html": 404, "page.lcold": 404,
	} {
		res, body := raw(t, addr, "GET /"+name+" HTTP/1.1\nHost: localhost\nConnection: close\n\n")
		if res.StatusCode != want || strings.Contains(body, "SOURCE") {
			t.Errorf("%s: %d, want %d; %q", name, res.StatusCode, want, body)
		}
	}
}

// A new version of a site that is put in the old one's place is served whole.
func TestRootIsReplaced(t *testing.T) {
	root := site(t)
	addr, _ := run(t, server.Config{Root: root})
	get := func(path string) (int, string) {
		res, body := raw(t, addr, "GET "+path+" HTTP/1.1\nHost: localhost\nConnection: close\n\n")
		return res.StatusCode, body
	}
	if status, body := get("/style.css"); status != 200 || body != "css" {
		t.Fatalf("%d %q", status, body)
	}
	if err := os.Rename(root, root+"-old"); err != nil {
		t.Fatal(err)
	}
	if status, _ := get("/style.css"); status != 404 {
		t.Errorf("no folder: %d", status)
	}
	fill := func(folder string) {
		err := os.Mkdir(folder, 0o755)
		for name, content := range map[string]string{"new.lc": "SOURCE", "style.css": "new css", "new.txt": "new"} {
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	check := func(how string) {
		for path, want := range map[string]string{"/style.css": "new css", "/new.txt": "new", "/new.lc": "page /new.lc"} {
			if status, body := get(path); status != 200 || !strings.HasPrefix(body, want) {
				t.Errorf("%s: %s: %d %q", how, path, status, body)
			}
		}
		for _, path := range []string{"/page.lc", "/app.js"} {
			if status, body := get(path); status != 404 {
				t.Errorf("%s: %s: %d %q", how, path, status, body)
			}
		}
	}
	fill(root)
	check("new folder")
	fill(root + "-release")
	if err := errors.Join(os.RemoveAll(root), os.Symlink(root+"-release", root)); err != nil {
		t.Fatal(err)
	}
	check("link")
}

func TestMethods(t *testing.T) {
	addr, _ := run(t, server.Config{})
	const form = "\nContent-Type: application/x-www-form-urlencoded"
	tests := []struct {
		name, head, body string
		status           int
		allow            string
		want             string // a part of the answer
	}{
		{"OPTIONS * (RFC 9110 §9.3.7)", "OPTIONS * HTTP/1.1\nHost: localhost", "", 200, "", ""},
		{"OPTIONS of a page is the page's", "OPTIONS /page.lc HTTP/1.1\nHost: localhost", "", 200, "", "page /page.lc"},
		{"OPTIONS of a file", "OPTIONS /style.css HTTP/1.1\nHost: localhost", "", 405, "GET, HEAD", ""},
		{"POST of a file", "POST /style.css HTTP/1.1\nHost: localhost\nContent-Length: 0", "", 405, "GET, HEAD", ""},
		{"DELETE of nothing", "DELETE /none HTTP/1.1\nHost: localhost", "", 404, "", ""},
		{"* of another method (RFC 9112 §3.2.4)", "GET * HTTP/1.1\nHost: localhost", "", 400, "", ""},
		{"CONNECT (RFC 9112 §3.2.3)", "CONNECT localhost:1 HTTP/1.1\nHost: localhost", "", 400, "", ""},
		{"HTTP/1.0 without host", "GET /page.lc HTTP/1.0", "", 200, "", "page /page.lc"},
		{"form", "POST /page.lc HTTP/1.1\nHost: localhost\nContent-Length: 3" + form, "a=1", 200, "", `post [{"a" "1"}]`},
		{"chunked form", "POST /page.lc HTTP/1.1\nHost: localhost\nTransfer-Encoding: chunked" + form, "2\na=\n1\n1\n0\n\n", 200, "", `post [{"a" "1"}]`},
		{"large body, at once", "POST /page.lc HTTP/1.1\nHost: localhost\nContent-Length: 9000000", "", 413, "", ""},
		{"large header (RFC 6585 §5)", "GET /page.lc HTTP/1.1\nHost: localhost\nX: " + strings.Repeat("x", 90<<10), "", 431, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			res, got := raw(t, addr, tt.head+"\nConnection: close\n\n"+tt.body)
			if res.StatusCode != tt.status || res.Header.Get("Allow") != tt.allow || !strings.Contains(got, tt.want) {
				t.Errorf("got %d, Allow %q, %q", res.StatusCode, res.Header.Get("Allow"), got)
			}
		})
	}
}

func TestHostOfLocalServer(t *testing.T) {
	addr, log := run(t, server.Config{Hosts: []string{"Shop.test"}})
	for host, want := range map[string]int{
		"localhost": 200, "localhost:8080": 200, "LOCALHOST.": 200, "a.localhost": 200, "127.0.0.1:1": 200, "[::1]:1": 200, "[::1]": 200, "10.0.0.1": 200,
		"shop.test": 200, "shop.test:1": 200, "evil.example": 421, "evil.example:8080": 421, "localhost.evil.example": 421, "notlocalhost": 421, "127.0.0.1.evil": 421,
	} {
		if res, _ := raw(t, addr, "GET /page.lc HTTP/1.1\nHost: "+host+"\nConnection: close\n\n"); res.StatusCode != want {
			t.Errorf("CVE-2025-24010: host %s: %d, want %d", host, res.StatusCode, want)
		}
	}
	if !strings.Contains(log.String(), `-host "evil.example"`) {
		t.Errorf("the log does not say what to do:\n%s", log)
	}
	addr, _ = run(t, server.Config{Hosts: []string{"*"}})
	if res, _ := raw(t, addr, "GET /page.lc HTTP/1.1\nHost: any.example\nConnection: close\n\n"); res.StatusCode != 200 {
		t.Errorf("all hosts allowed: %d", res.StatusCode)
	}
}
