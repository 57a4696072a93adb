package lua_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/lua"
)

// form returns a multipart/form-data body: lines of the form "name=value", or
// "name@file name=contents" for files.
func form(fields ...string) string {
	var b strings.Builder
	for _, field := range fields {
		name, value, _ := strings.Cut(field, "=")
		b.WriteString("--xYz\r\nContent-Disposition: form-data; name=\"")
		if field, file, ok := strings.Cut(name, "@"); ok {
			b.WriteString(field + "\"; filename=\"" + file + "\"\r\nContent-Type: text/x-test")
		} else {
			b.WriteString(name + `"`)
		}
		b.WriteString("\r\n\r\n" + value + "\r\n")
	}
	return b.String() + "--xYz--\r\n"
}

const multipart = "multipart/form-data; boundary=xYz"

// uploadSite is a site that keeps uploads in a folder of its own.
func uploadSite(t *testing.T, files map[string]string, change ...func(*lua.Config)) (s *testSite, uploads string) {
	t.Helper()
	uploads = t.TempDir()
	s = newSite(t, files, change...)
	s.gateway.UploadDir = uploads
	return s, uploads
}

// left returns the files that are below a folder.
func left(t *testing.T, dir string) (files []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestFiles(t *testing.T) {
	for _, c := range []struct{ name, page, body, want string }{
		{"members", `local f = _FILES.f put(f.name, "|", f.type, "|", f.size, "|", io.open(f.path):read("*a"), "|", tostring(f.error), "|", type(f.save))`,
			form("f@a.txt=hello"), "a.txt|text/x-test|5|hello|nil|function"},
		{"fields of pairs", `local n = {} for k in pairs(_FILES.f) do n[#n + 1] = k end table.sort(n) put(table.concat(n, " "))`,
			form("f@a.txt=hello"), "name path size type"},
		{"nothing chosen", `local f = _FILES.f put(f.name, "|", f.size, "|", tostring(f.path), "|", f.error)`, form("f@="), "|0|nil|no file was chosen"},
		{"no file field", `put(tostring(_FILES.f), next(_FILES) == nil)`, form("f=a"), "niltrue"},
		{"no form", `put(next(_FILES) == nil)`, "", "true"},
		{"list", `put(#_FILES.f, _FILES.f[1].name, _FILES.f[2].name)`, form("f[]@a=1", "f[]@b=2"), "2ab"},
		{"nested", `put(_FILES.f.k.j.name, _FILES.f[7].name)`, form("f[k][j]@a=1", "f[7]@b=2"), "ab"},
		{"of a repeated plain name the last", `put(_FILES.f.name, #request.all("f"), request.all("f")[1].name, request.all("f")[2] == _FILES.f)`,
			form("f@a=1", "f@b=2"), "b2atrue"},
		{"fields beside files", `put(_POST.x, _POST.l[2], tostring(_POST.f), tostring(_FILES.x), request.all("x")[1])`, form("x=1", "f@a=2", "l[]=3", "l[]=4"), "14nilnil1"},
		{"a member that does not exist", `put(select(2, pcall(function() return _FILES.f.tmp_name end)))`, form("f@a=1"),
			`p.lc:1: an upload has no member "tmp_name"; it has name type size path error save. The name of a field with several files must end in []; then it is a list of uploads`},
		{"one file where a list is expected", `put(tostring(pcall(function() for i, f in ipairs(_FILES.f) do end return _FILES.f[1] end)))`, form("f@a=1"), "false"},
		{"many large indexes", `put(_FILES.f[1000][1000].name, _FILES.f[60000000].name)`, form("f[1000][1000]@a=1", "f[60000000]@b=2"), "ab"},
		{"only the base name", `put(_FILES.f.name)`, form(`f@../../etc/pass\wd=x`), "wd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, uploads := uploadSite(t, map[string]string{"p.lc": "<?lc " + c.page + " ?>"})
			a := s.do("/p.lc", c.body, "CONTENT_TYPE", multipart)
			if a.status != 200 || a.body.String() != c.want {
				t.Errorf("got  %d %q\nwant 200 %q\nlog: %s", a.status, a.body.String(), c.want, strings.Join(s.log, "\n"))
			}
			if files := left(t, uploads); files != nil {
				t.Errorf("left: %q", files)
			}
		})
	}
}

func TestUploadSave(t *testing.T) {
	umask := syscall.Umask(0o027)
	syscall.Umask(umask)
	s, uploads := uploadSite(t, map[string]string{
		"save.lc":  `<?lc local f = _FILES.f put(f:save(_POST.to), " ", f.path, " ", io.open(f.path):read("*a")) ?>`,
		"twice.lc": `<?lc local f = _FILES.f f:save("one.bin") put(f:save("two.bin")) ?>`,
		"fake.lc":  `<?lc local save = _FILES.f.save put(select(2, pcall(save, { path = "/etc/passwd" }, "x")), select(2, pcall(save, "x", "y"))) ?>`,
		"taken/x":  "",
		"old.txt":  "old",
	})
	absolute := filepath.Join(t.TempDir(), "abs.txt")
	for _, to := range []string{"new.txt", "taken/new.txt", "old.txt", absolute, "name with ü.txt", "php.lcx.txt"} {
		want := to
		if !filepath.IsAbs(to) {
			want = filepath.Join(s.root, to)
		}
		a := s.do("/save.lc", form("f@a.txt=hello", "to="+to), "CONTENT_TYPE", multipart)
		if text := want + " " + want + " hello"; a.status != 200 || a.body.String() != text {
			t.Errorf("%s: got %d %q, want %q; log: %q", to, a.status, a.body.String(), text, s.log)
		}
		if info, err := os.Stat(want); err != nil || info.Mode().Perm() != 0o666&^os.FileMode(umask) {
			t.Errorf("%s: %v, %v", to, info, err)
		}
	}
	if a := s.do("/twice.lc", form("f@a=12"), "CONTENT_TYPE", multipart); a.body.String() != filepath.Join(s.root, "two.bin") {
		t.Errorf("twice: %q %q", a.body.String(), s.log)
	}
	if a := s.do("/fake.lc", form("f@a=12"), "CONTENT_TYPE", multipart); strings.Count(a.body.String(), "bad argument #1") != 2 ||
		!strings.Contains(a.body.String(), "an upload of _FILES expected") {
		t.Errorf("fake: %q %q", a.body.String(), s.log)
	}
	if files := left(t, uploads); files != nil {
		t.Errorf("left: %q", files)
	}

	if err := errors.Join(syscall.Mkfifo(filepath.Join(s.root, "fifo"), 0o600), os.Symlink("/etc/passwd", filepath.Join(s.root, "link"))); err != nil {
		t.Fatal(err)
	}
	before := left(t, s.root)
	for _, c := range []struct{ to, want string }{
		{"taken", "it is a folder"},
		{"taken/", "it is a folder"},
		{"none/x", "there is no folder"},
		{"evil.lc", "the extension .lc"},
		{"evil.LC", "the extension .lc"},
		{"evil.lua", "the extension .lua"},
		{"evil.PHP", "the extension .php"},
		{"evil.cgi", "the extension .cgi"},
		{"evil.php.jpg", "the extension .php"},
		{"evil.Phtml.en.txt", "the extension .phtml"},
		{"evil.lc.txt", "the extension .lc"},
		{"", "the path is empty"},
		{".htaccess", "begins with a dot"},
		{"taken/.user.ini", "begins with a dot"},
		{"a\x00b", "NUL"},
		{"old.txt/x", "not a directory"},
		{"fifo", "not a regular file"},
		{"link", "not a regular file"},
	} {
		s.log = nil
		a := s.do("/save.lc", form("f@a.txt=hello", "to="+c.to), "CONTENT_TYPE", multipart)
		if a.status != 500 || len(s.log) != 1 || !strings.Contains(s.log[0], c.want) || !strings.Contains(s.log[0], "save.lc:1") {
			t.Errorf("%q: %d, log %q, want %q", c.to, a.status, s.log, c.want)
		}
	}
	s.log = nil
	if a := s.do("/save.lc", form("f@=", "to=x"), "CONTENT_TYPE", multipart); a.status != 500 || !strings.Contains(strings.Join(s.log, ""), "no file was chosen") {
		t.Errorf("nothing chosen: %d %q", a.status, s.log)
	}
	after := left(t, s.root)
	if strings.Join(before, "\n") != strings.Join(after, "\n") {
		t.Errorf("before\n%q, after\n%q", before, after)
	}
	if files := left(t, uploads); files != nil {
		t.Errorf("left: %q", files)
	}
}

// TestUploadSaveElsewhere saves to another file system, where the bytes are copied.
func TestUploadSaveElsewhere(t *testing.T) {
	elsewhere, err := os.MkdirTemp("/dev/shm", "lcgi-test-")
	if err != nil {
		t.Skip("there is no second file system at /dev/shm")
	}
	defer os.RemoveAll(elsewhere)
	s, uploads := uploadSite(t, map[string]string{"p.lc": `<?lc local f = _FILES.f f:save(_POST.to) put(io.open(f.path):read("*a")) ?>`})
	big := strings.Repeat("0123456789abcdef", 10_000)
	to := filepath.Join(elsewhere, "x.bin")
	if a := s.do("/p.lc", form("f@a="+big, "to="+to), "CONTENT_TYPE", multipart); a.status != 200 || a.body.String() != big {
		t.Errorf("got %d with %d bytes; %q", a.status, a.body.Len(), s.log)
	}
	if files := append(left(t, elsewhere), left(t, uploads)...); len(files) != 1 || files[0] != to {
		t.Errorf("left: %q", files)
	}

	// What killed processes have left goes with the next copy: not what is young, or
	// somebody else's, or at work.
	hourAgo := time.Now().Add(-time.Hour)
	old := func(name string, at time.Time) string {
		file := filepath.Join(elsewhere, name)
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(file, at, at); err != nil {
			t.Fatal(err)
		}
		return file
	}
	old(".lcgi-upload-A", hourAgo)
	old(".lcgi-upload-B", hourAgo)
	want := []string{old(".lcgi-upload-C", time.Now()), old(".upload", hourAgo), old(".lcgi-upload-D", hourAgo), to}
	working, err := os.Open(want[2])
	if err != nil {
		t.Fatal(err)
	}
	defer working.Close()
	if err := syscall.Flock(int(working.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	s.do("/p.lc", form("f@a=1", "to="+to), "CONTENT_TYPE", multipart)
	got := left(t, elsewhere)
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("left: %q, want %q", got, want)
	}
}

// TestUploadErrors: what is wrong with the form is answered as such, and nothing stays.
func TestUploadErrors(t *testing.T) {
	s, uploads := uploadSite(t, map[string]string{
		"files.lc": `<?lc put(_FILES.f.size) ?>`,
		"post.lc":  `<?lc put(_POST.f) ?>`,
		"fail.lc":  `<?lc put(_FILES.f.size) error("no") ?>`,
		// The form is read when a page that mentions it begins, and so it is an
		// included one whose failure can be caught.
		"caught.lc": `<?lc local ok, err = pcall(include, "files.lc")
			response.status(422) put(tostring(ok), " ", err) ?>`,
		"late.lc": `<?lc put(_FILES.f.size, tostring(pcall(request.body))) ?>`,
	})
	s.gateway.Limits = cgi.Limits{File: 10, Files: 2, Fields: 5}
	whole := form("f@a=hello")
	for _, c := range []struct {
		target, body, kind string
		status             int
	}{
		{"/files.lc", whole, multipart, 200},
		{"/files.lc", form("f@a=12345678901"), multipart, 413},
		{"/post.lc", form("f@a=12345678901"), multipart, 413},
		{"/files.lc", form("f@a=1", "g@b=2", "h@c=3"), multipart, 413},
		{"/files.lc", form("a=1", "b=2", "c=3", "d=4", "e=5", "f@a=6"), multipart, 400},
		{"/files.lc", whole[:40], multipart, 400},
		{"/files.lc", whole, "multipart/form-data", 400},
		{"/fail.lc", whole, multipart, 500},
		{"/caught.lc", form("f@a=12345678901"), multipart, 422},
		{"/late.lc", whole, multipart, 200},
	} {
		a := s.do(c.target, c.body, "CONTENT_TYPE", c.kind)
		if a.status != c.status {
			t.Errorf("%s with %q: %d, want %d; %q", c.target, c.body, a.status, c.status, s.log)
		}
		if files := left(t, uploads); files != nil {
			t.Errorf("%s with %q leaves %q", c.target, c.body, files)
		}
	}
	if a := s.do("/late.lc", whole, "CONTENT_TYPE", multipart); a.body.String() != "5false" {
		t.Errorf("the body after the files: %q", a.body.String())
	}
	if a := s.do("/caught.lc", form("f@a=12345678901"), "CONTENT_TYPE", multipart); !strings.Contains(a.body.String(), "larger than the limit of 10 bytes") {
		t.Errorf("caught: %q", a.body.String())
	}
}

// TestUploadSettings: the engine's settings are those that the reference names.
func TestUploadSettings(t *testing.T) {
	d := lua.DefaultSettings().Limits.WithDefaults()
	if d.File != 64<<20 || d.Files != 20 || d.Headers != 64<<10 {
		t.Errorf("%+v", d)
	}
}
