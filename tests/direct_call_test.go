package tests

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// TestDirectCall asks Apache for the program itself, with a page that Apache
// denies behind it (CVE-2012-1823 and CA-1996-11 are the classics).
func TestDirectCall(t *testing.T) {
	root := t.TempDir()
	pages := map[string]string{
		"open.lc":        "<p>open</p>",
		"secret.lc":      "<p>the secret page</p>",
		"deep/secret.lc": "<p>the secret page</p>",
	}
	for name, text := range pages {
		direct.Site{Root: root}.Write(t, name, text)
	}
	// A program of somebody else, which redirects to an address of the visitor's
	// choice inside the server (RFC 3875 section 6.2.2).
	redirector := filepath.Join(root, "redirect.cgi")
	if err := os.WriteFile(redirector, []byte("#!/bin/sh\nprintf 'Location: %s\\n\\n' \"$QUERY_STRING\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	server := servers.Start(t, servers.ApacheAction, servers.Site{Binary: lcgi, Root: root, ApacheConfig: `
<Files "secret.lc">
    Require all denied
</Files>
ScriptAlias "/redirect" "${LCGI_ROOT}/redirect.cgi"
ErrorDocument 404 /cgi-bin/lcgi/secret.lc
`})
	if err := os.Chmod(filepath.Join(server.Root, "redirect.cgi"), 0o755); err != nil {
		t.Fatal(err)
	}
	get := func(target string, header ...string) *wire.Response {
		t.Helper()
		r, err := wire.Send(server.Addr, wire.Get(target, header...))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(r.Body, []byte("the secret page")) || bytes.Contains(r.Body, []byte("root:")) {
			t.Errorf("%s shows the secret page:\n%s", target, r.Body)
		}
		return r
	}
	if r := get("/open.lc"); r.Status != 200 || string(r.Body) != "<p>open</p>" {
		t.Errorf("the open page: %d %q", r.Status, r.Body)
	}
	if r := get("/redirect?/open.lc"); r.Status != 200 || string(r.Body) != "<p>open</p>" {
		t.Errorf("the open page by a redirect inside the server: %d %q", r.Status, r.Body)
	}
	if r := get("/secret.lc"); r.Status != 403 {
		t.Errorf("the denied page: status %d, want 403", r.Status)
	}
	for _, target := range []string{
		"/cgi-bin/lcgi/secret.lc",
		"/cgi-bin/lcgi/deep/secret.lc",
		"/cgi-bin/lcgi//secret.lc",
		"/cgi-bin/lcgi/open.lc/../secret.lc",
		"/cgi-bin/lcgi/open.lc/%2e%2e/secret.lc",
		"/cgi-bin/lcgi/secret.lc/more",
		"/cgi-bin/lcgi/secret.lc?-s",
		"/cgi-bin/lcgi/secret.lc?REDIRECT_STATUS=200",
		"/cgi-bin/lcgi/etc/passwd",
		"/cgi-bin/lcgi/../../etc/passwd",
		"/cgi-bin/lcgi",
		"/cgi-bin/lcgi?-s",
		"/cgi-bin/lcgi?/etc/passwd",
		"/cgi-bin/lcgi?run+/etc/passwd",
		"/cgi-bin/lcgi?%2Dversion",
		"/redirect?/cgi-bin/lcgi/secret.lc",
		"/redirect?/cgi-bin/lcgi/open.lc/../secret.lc",
		"/none",
		"/open.lc/../secret.lc",
		"/open.lc?/etc/passwd",
	} {
		for _, header := range [][]string{nil, {"Redirect-Status: 200", "REDIRECT_STATUS: 200"}} {
			r := get(target, header...)
			if r.Status == 200 && !strings.HasPrefix(target, "/open.lc?") {
				t.Errorf("%s: status 200:\n%s", target, r.Body)
			}
		}
	}
}

// TestScriptVariables runs the program with what a badly configured or tricked
// server says about the page.
func TestScriptVariables(t *testing.T) {
	site := direct.NewSite(t, lcgi, map[string]string{
		"open.lc":    "<p>open</p>",
		"page.txt":   "the secret page",
		".lc":        "the secret page",
		"dir.lc/x":   "the secret page",
		"module.lua": "the secret page",
	})
	outside := filepath.Join(filepath.Dir(site.Root), "outside.lc")
	direct.Site{Root: filepath.Dir(site.Root)}.Write(t, "outside.lc", "the secret page")
	if err := os.Symlink(outside, filepath.Join(site.Root, "link.lc")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(site.Root, "page.txt"), filepath.Join(site.Root, "renamed.lc")); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(site.Root, name) }
	cases := []struct {
		name string
		env  []string
		want int // 0: any but 200
	}{
		{"as it should be", nil, 200},
		{"file of the system", []string{"SCRIPT_FILENAME=/etc/passwd"}, 0},
		{"page outside of the root", []string{"SCRIPT_FILENAME=" + outside}, 0},
		{"link out of the root", []string{"SCRIPT_FILENAME=" + in("link.lc")}, 0},
		{"link to a file that is no page", []string{"SCRIPT_FILENAME=" + in("renamed.lc")}, 0},
		{"dots", []string{"SCRIPT_FILENAME=" + site.Root + "/../outside.lc"}, 0},
		{"other extension", []string{"SCRIPT_FILENAME=" + in("page.txt")}, 0},
		{"nothing but the extension", []string{"SCRIPT_FILENAME=" + in(".lc")}, 0},
		{"folder", []string{"SCRIPT_FILENAME=" + in("dir.lc")}, 0},
		{"module", []string{"SCRIPT_FILENAME=" + in("module.lua")}, 0},
		{"device", []string{"SCRIPT_FILENAME=/dev/zero"}, 0},
		{"missing", []string{"SCRIPT_FILENAME=" + in("none.lc")}, 404},
		{"relative", []string{"SCRIPT_FILENAME=open.lc"}, 0},
		{"empty", []string{"SCRIPT_FILENAME="}, 0},
		{"the program itself", []string{"SCRIPT_FILENAME=" + lcgi}, 0},
		{"called directly", []string{"SCRIPT_FILENAME=" + lcgi, "PATH_INFO=/open.lc", "PATH_TRANSLATED=" + in("open.lc"), "SCRIPT_NAME=/cgi-bin/lcgi"}, 403},
		{"called directly for a page in the root of the disk", []string{"SCRIPT_FILENAME=" + lcgi, "PATH_INFO=/open.lc", "PATH_TRANSLATED=/etc/passwd", "REDIRECT_STATUS=200"}, 0},
		{"nginx", []string{"SCRIPT_FILENAME=" + lcgi, "PATH_TRANSLATED=" + in("open.lc"), "SCRIPT_NAME=/open.lc", "REDIRECT_STATUS=200"}, 200},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r := site.With(c.env...).Do(t, wire.Get("/open.lc"))
			if c.want != 0 && r.Status != c.want || c.want == 0 && r.Status < 400 {
				t.Errorf("status %d, want %d; log: %s", r.Status, c.want, r.Stderr)
			}
			if body := string(r.Body); strings.Contains(body, "secret") || strings.Contains(body, "root:") {
				t.Errorf("the answer shows a file:\n%s", body)
			}
			if r.Status != 200 && r.Stderr == "" {
				t.Error("nothing in the log")
			}
		})
	}
}

// TestArguments runs the program as CGI with arguments, which servers make of
// queries and #! lines. They change nothing.
func TestArguments(t *testing.T) {
	site := direct.NewSite(t, lcgi, map[string]string{"page.lc": "<p>page</p>", "other.lc": "<p>other</p>"})
	for _, args := range [][]string{
		{"-s"}, {"-version"}, {"--version"}, {"version"}, {"help"}, {"-h"},
		{"run", "/etc/passwd"}, {"check", "/etc"}, {"serve", "-listen", "127.0.0.1:0"}, {"serve"},
		{"/etc/passwd"}, {filepath.Join(site.Root, "other.lc")}, {"-d", "auto_prepend_file=/etc/passwd"}, {"--", "x"}, {""},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			cmd := site.Command(context.Background(), wire.Get("/page.lc"))
			cmd.Args = slices.Concat(cmd.Args, args)
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			r, err := direct.Parse(out)
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != http.StatusOK || string(r.Body) != "<p>page</p>" {
				t.Errorf("answer %d %q", r.Status, r.Body)
			}
		})
	}
}
