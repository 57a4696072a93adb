package cgi_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lcgi/cgi"
)

var lc = []string{".lc"}

// site makes a document root, and things outside it, in a new folder:
// the keys of files are paths below it, the values contents or, after "->", the
// target of a link. "$" in a target is the folder.
func site(t testing.TB, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(path), 0o755)
		if err == nil {
			if target, ok := strings.CutPrefix(content, "->"); ok {
				err = os.Symlink(strings.ReplaceAll(target, "$", dir), path)
			} else {
				err = os.WriteFile(path, []byte(content), 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var pages = map[string]string{
	"root/page.lc":         "page",
	"root/sub/index.lc":    "index",
	"root/dir.lc/inner.lc": "inner",
	"root/text.txt":        "text",
	"root/PAGE.LC":         "upper",
	"root/.lc":             "hidden",
	"root/inside.lc":       "->sub/index.lc",
	"root/absolute.lc":     "->$/root/page.lc",
	"root/away.lc":         "->$/outside.lc",
	"root/masked.lc":       "->text.txt",
	"root/loop.lc":         "->loop.lc",
	"root/gone.lc":         "->nowhere.lc",
	"root/awaydir":         "->$/away",
	"away/page.lc":         "outside",
	"outside.lc":           "outside",
	"rootless/page.lc":     "sibling of root",
	"link":                 "->root",
	"bin/lcgi":             "the binary",
}

// The meta-variables are those that the servers were seen to send: Apache 2.4.71,
// nginx 1.22 with fcgiwrap 1.1, lighttpd 1.4.69.
func TestScript(t *testing.T) {
	dir := site(t, pages)
	if err := syscall.Mkfifo(filepath.Join(dir, "root/fifo.lc"), 0o644); err != nil {
		t.Fatal(err)
	}
	type env = map[string]string
	direct := func(page, info string) env {
		return env{"SCRIPT_FILENAME": "$/root" + page, "SCRIPT_NAME": page, "PATH_INFO": info, "DOCUMENT_ROOT": "$/root"}
	}
	action := func(url string, more env) env {
		e := env{
			"SCRIPT_FILENAME": "$/bin/lcgi", "SCRIPT_NAME": "/cgi-bin/lcgi", "DOCUMENT_ROOT": "$/root",
			"CONTEXT_DOCUMENT_ROOT": "$/bin/", "CONTEXT_PREFIX": "/cgi-bin/",
			"PATH_INFO": url, "PATH_TRANSLATED": "$/root" + url,
			"REDIRECT_STATUS": "200", "REDIRECT_HANDLER": "lcgi", "REDIRECT_URL": url, "REQUEST_URI": url,
		}
		for k, v := range more {
			e[k] = v
		}
		return e
	}
	fcgiwrap := func(name, info string) env {
		return env{
			"SCRIPT_FILENAME": "$/bin/lcgi", "SCRIPT_NAME": name, "PATH_INFO": info, "DOCUMENT_ROOT": "$/root",
			"PATH_TRANSLATED": "$/root" + name, "REDIRECT_STATUS": "200",
		}
	}
	tests := []struct {
		name   string
		env    env
		file   string // below the folder; or
		status int
		page   string
		info   string
	}{
		{"AddHandler", direct("/page.lc", ""), "root/page.lc", 0, "/page.lc", ""},
		{"AddHandler with PATH_INFO (RFC 3875 §4.1.5)", direct("/page.lc", "/x y"), "root/page.lc", 0, "/page.lc", "/x y"},
		{"AddHandler as ErrorDocument", func() env {
			e := direct("/page.lc", "")
			e["REDIRECT_STATUS"], e["REDIRECT_URL"] = "404", "/nonexist"
			return e
		}(), "root/page.lc", 0, "/page.lc", ""},
		{"ScriptAlias to a folder", env{
			"SCRIPT_FILENAME": "$/away/page.lc", "SCRIPT_NAME": "/app/page.lc", "PATH_INFO": "/x", "DOCUMENT_ROOT": "$/root",
			"CONTEXT_DOCUMENT_ROOT": "$/away/", "CONTEXT_PREFIX": "/app/",
		}, "away/page.lc", 0, "/app/page.lc", "/x"},
		{"outside root and context", env{
			"SCRIPT_FILENAME": "$/outside.lc", "SCRIPT_NAME": "/outside.lc", "DOCUMENT_ROOT": "$/root", "CONTEXT_DOCUMENT_ROOT": "$/away/",
		}, "", 404, "", ""},
		{"no DOCUMENT_ROOT, as from busybox", env{"SCRIPT_FILENAME": "$/root/sub/index.lc", "SCRIPT_NAME": "/sub/index.lc"}, "root/sub/index.lc", 0, "/sub/index.lc", ""},
		{"no DOCUMENT_ROOT and none to guess", env{"SCRIPT_FILENAME": "$/root/page.lc", "SCRIPT_NAME": "/other.lc"}, "", 500, "", ""},
		{"DOCUMENT_ROOT is gone", env{"SCRIPT_FILENAME": "$/root/page.lc", "DOCUMENT_ROOT": "$/nowhere"}, "", 500, "", ""},
		{"DOCUMENT_ROOT is a link", env{"SCRIPT_FILENAME": "$/link/page.lc", "SCRIPT_NAME": "/page.lc", "DOCUMENT_ROOT": "$/link/"}, "root/page.lc", 0, "/page.lc", ""},
		{"relative paths", env{"SCRIPT_FILENAME": "page.lc", "SCRIPT_NAME": "/page.lc", "DOCUMENT_ROOT": "."}, "", 500, "", ""},
		{"not there", direct("/none.lc", ""), "", 404, "", ""},
		{"a folder", direct("/dir.lc", ""), "", 404, "", ""},
		{"a FIFO does not hang", direct("/fifo.lc", ""), "", 404, "", ""},
		{"other extension", direct("/text.txt", ""), "", 404, "", ""},
		{"extensions are case-sensitive", direct("/PAGE.LC", ""), "", 404, "", ""},
		{"nothing but the extension", direct("/.lc", ""), "", 404, "", ""},
		{"NUL", direct("/page.lc\x00.lc", ""), "", 404, "", ""},
		{"NUL before the extension", direct("/text.txt\x00.lc", ""), "", 404, "", ""},
		{"link inside the root", direct("/inside.lc", ""), "root/sub/index.lc", 0, "/inside.lc", ""},
		{"absolute link inside the root", direct("/absolute.lc", ""), "root/page.lc", 0, "/absolute.lc", ""},
		{"link out of the root", direct("/away.lc", ""), "", 404, "", ""},
		{"linked folder out of the root", direct("/awaydir/page.lc", ""), "", 404, "", ""},
		{"link to something else than a page", direct("/masked.lc", ""), "", 404, "", ""},
		{"link loop", direct("/loop.lc", ""), "", 404, "", ""},
		{"dangling link", direct("/gone.lc", ""), "", 404, "", ""},
		{"sibling with the root's name in front", env{"SCRIPT_FILENAME": "$/rootless/page.lc", "SCRIPT_NAME": "/page.lc", "DOCUMENT_ROOT": "$/root"}, "", 404, "", ""},
		{"dot dot", direct("/../outside.lc", ""), "", 404, "", ""},

		{"Action", action("/page.lc", nil), "root/page.lc", 0, "/page.lc", ""},
		{"Action with PATH_INFO", action("/page.lc/x/y z", nil), "root/page.lc", 0, "/page.lc", "/x/y z"},
		{"Action with a slash", action("/sub/index.lc/", nil), "root/sub/index.lc", 0, "/sub/index.lc", "/"},
		{"Action with dots behind the page", action("/page.lc/../text.txt", nil), "root/page.lc", 0, "/page.lc", "/../text.txt"},
		{"Action with dots before the page", action("/sub/../page.lc", nil), "", 404, "", ""},
		{"Action below a folder that looks like a page", action("/dir.lc/inner.lc/x", nil), "root/dir.lc/inner.lc", 0, "/dir.lc/inner.lc", "/x"},
		{"Action stops at the first file", action("/text.txt/page.lc", nil), "", 404, "", ""},
		{"Action, no such page", action("/none.lc", nil), "", 404, "", ""},
		{"Action for a folder", action("/sub/", nil), "", 404, "", ""},
		{"Action, link out of the root", action("/away.lc", nil), "", 404, "", ""},
		{"Action, FIFO", action("/fifo.lc", nil), "", 404, "", ""},
		{"Action, root with a slash", action("/page.lc", env{"DOCUMENT_ROOT": "$/root/"}), "root/page.lc", 0, "/page.lc", ""},
		{"Action after mod_rewrite", action("/page.lc", env{"REDIRECT_REDIRECT_STATUS": "200", "REQUEST_URI": "/pretty/x"}), "root/page.lc", 0, "/page.lc", ""},
		{"Action as ErrorDocument", action("/page.lc", env{"REDIRECT_STATUS": "404", "REDIRECT_REDIRECT_STATUS": "404", "REQUEST_URI": "/none"}), "root/page.lc", 0, "/page.lc", ""},
		{"Action with QualifyRedirectURL", action("/page.lc/a?b", env{"REDIRECT_URL": "http://h:1/page.lc/a?b?q=1", "REDIRECT_QUERY_STRING": "q=1"}), "root/page.lc", 0, "/page.lc", "/a?b"},
		{"Action with an Alias", action("/x/page.lc", env{"PATH_TRANSLATED": "$/away/page.lc"}), "", 403, "", ""},
		{"Action, sibling with the root's name in front", action("/page.lc", env{"PATH_TRANSLATED": "$/rootless/page.lc"}), "", 403, "", ""},
		{"Action without DOCUMENT_ROOT", action("/page.lc", env{"DOCUMENT_ROOT": ""}), "", 500, "", ""},

		{"direct call (CA-1996-11)", action("/page.lc", env{"REDIRECT_STATUS": "", "REDIRECT_URL": ""}), "", 403, "", ""},
		{"direct call of nothing: the same answer", action("/none.lc", env{"REDIRECT_STATUS": "", "REDIRECT_URL": ""}), "", 403, "", ""},
		{"direct call without a path", action("", env{"PATH_TRANSLATED": "", "REDIRECT_STATUS": "", "REDIRECT_URL": ""}), "", 404, "", ""},
		{"direct call where REDIRECT_STATUS is always set", action("/page.lc", env{"REDIRECT_URL": ""}), "", 403, "", ""},
		{"direct call with the variables as headers", action("/page.lc", env{"REDIRECT_STATUS": "", "REDIRECT_URL": "", "HTTP_REDIRECT_STATUS": "200", "HTTP_REDIRECT_URL": "/page.lc"}), "", 403, "", ""},
		{"local redirect of another CGI program (RFC 3875 §6.2.2)", action("/page.lc", env{"REDIRECT_URL": "/cgi-bin/redir"}), "", 403, "", ""},
		{"the same with QualifyRedirectURL", action("/page.lc", env{"REDIRECT_URL": "http://h/cgi-bin/redir?/page.lc", "REDIRECT_QUERY_STRING": "/page.lc"}), "", 403, "", ""},
		{"a redirect without host", action("/page.lc", env{"REDIRECT_URL": "http:/page.lc"}), "", 403, "", ""},
		{"binary as ErrorDocument 403", action("/page.lc", env{"REDIRECT_STATUS": "403", "REDIRECT_URL": "/secret.lc"}), "", 403, "", ""},
		{"rewritten to the binary", action("/page.lc", env{"REDIRECT_URL": "/x/page.lc"}), "", 403, "", ""},

		{"fcgiwrap", fcgiwrap("/page.lc", ""), "root/page.lc", 0, "/page.lc", ""},
		{"fcgiwrap with PATH_INFO", fcgiwrap("/page.lc", "/x y"), "root/page.lc", 0, "/page.lc", "/x y"},
		{"fcgiwrap without fastcgi_split_path_info", fcgiwrap("/page.lc/x", ""), "root/page.lc", 0, "/page.lc", "/x"},
		{"fcgiwrap, no such page", fcgiwrap("/none.lc", ""), "", 404, "", ""},
		{"fcgiwrap, no REDIRECT_STATUS", func() env { e := fcgiwrap("/page.lc", ""); e["REDIRECT_STATUS"] = ""; return e }(), "", 403, "", ""},
		{"fcgiwrap, page of another name", func() env { e := fcgiwrap("/page.lc", ""); e["PATH_TRANSLATED"] = "$/root/sub/index.lc"; return e }(), "", 403, "", ""},
		{"nothing at all", env{}, "", 404, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			env := cgi.Env{}
			for k, v := range tt.env {
				env[k] = strings.ReplaceAll(v, "$", dir)
			}
			r := request(env)
			got, err := r.Script(lc)
			if status(err) != tt.status {
				t.Fatalf("got %+v, %v; want status %d", got, err, tt.status)
			}
			if tt.status != 0 {
				if got != (cgi.Script{}) {
					t.Errorf("a page beside the error: %+v", got)
				}
				return
			}
			want := cgi.Script{File: filepath.Join(dir, tt.file), Root: got.Root, Name: tt.page, PathInfo: tt.info}
			if got != want || !strings.HasPrefix(got.File, got.Root+"/") || r.PathInfo() != tt.info {
				t.Errorf("got  %+v, PathInfo() %q\nwant %+v", got, r.PathInfo(), want)
			}
		})
	}
}

func TestScriptIsNeverTheBinary(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := site(t, map[string]string{"page.lc": "x"})
	link := filepath.Join(dir, "self.lc")
	if err := os.Link(exe, link); err != nil {
		t.Skipf("the test binary is on another file system: %v", err)
	}
	_, err = request(cgi.Env{"SCRIPT_FILENAME": link, "SCRIPT_NAME": "/self.lc", "DOCUMENT_ROOT": dir}).Script(lc)
	if status(err) != 403 {
		t.Errorf("got %v", err)
	}
}

func TestScriptPermission(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may enter every folder")
	}
	dir := site(t, map[string]string{"closed/page.lc": "x"})
	if err := os.Chmod(filepath.Join(dir, "closed"), 0); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(filepath.Join(dir, "closed"), 0o755)
	_, err := request(cgi.Env{"SCRIPT_FILENAME": dir + "/closed/page.lc", "SCRIPT_NAME": "/closed/page.lc", "DOCUMENT_ROOT": dir}).Script(lc)
	if status(err) != 403 || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

func TestSplitPath(t *testing.T) {
	root := site(t, pages) + "/root"
	tests := []struct{ path, page, info string }{
		{"/page.lc", "/page.lc", ""},
		{"/page.lc/", "/page.lc", "/"},
		{"/page.lc//x", "/page.lc", "//x"},
		{"/dir.lc/inner.lc/x.lc", "/dir.lc/inner.lc", "/x.lc"},
		{"//page.lc", "//page.lc", ""},
		{"", "", ""}, {"/", "", ""}, {"/sub", "", ""}, {"/sub/", "", ""}, {"/text.txt", "", ""}, {"/text.txt/page.lc", "", ""},
		{"/none.lc", "", ""}, {"/../root/page.lc", "", ""}, {"/sub/../page.lc", "", ""}, {"/page.lc\x00", "", ""},
	}
	for _, tt := range tests {
		page, info, ok := cgi.SplitPath(root, tt.path, lc)
		if ok != (tt.page != "") || ok && (page != tt.page || info != tt.info) {
			t.Errorf("SplitPath(%q) = %q, %q, %v", tt.path, page, info, ok)
		}
	}
	if page, info, ok := cgi.SplitPath(root, "/text.txt/x", []string{"", ".txt"}); page != "/text.txt" || info != "/x" || !ok {
		t.Errorf("other extensions: %q, %q, %v", page, info, ok)
	}
}

// FuzzScript shows that no combination of variables leads to a file that is not a
// page below the root.
func FuzzScript(f *testing.F) {
	dir := site(f, pages)
	f.Add("/page.lc", "/page.lc", "/x", "/page.lc/x", "200", "/page.lc/x")
	f.Add("/bin/lcgi", "/cgi-bin/lcgi", "/page.lc", "/root/page.lc", "200", "http://h/page.lc")
	f.Add("/root/../outside.lc", "/page.lc", "/", "/root/../outside.lc", "1", "/")
	f.Add("/root/away.lc", "/away.lc", "", "/root/awaydir/page.lc", "", "")
	f.Fuzz(func(t *testing.T, file, name, info, translated, redirect, url string) {
		r := request(cgi.Env{
			"DOCUMENT_ROOT": dir + "/root", "SCRIPT_FILENAME": dir + file, "SCRIPT_NAME": name, "PATH_INFO": info,
			"PATH_TRANSLATED": dir + translated, "REDIRECT_STATUS": redirect, "REDIRECT_URL": url,
		})
		s, err := r.Script(lc)
		if err != nil {
			if status(err) < 400 {
				t.Fatalf("no status: %v", err)
			}
			return
		}
		stat, err := os.Lstat(s.File)
		if err != nil || !stat.Mode().IsRegular() || !strings.HasPrefix(s.File, dir+"/root/") || !strings.HasSuffix(s.File, ".lc") {
			t.Fatalf("got %+v, %v", s, err)
		}
	})
}
