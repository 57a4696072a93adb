package lua_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lcgi/cgi"
	"lcgi/lua"
)

// fileSite is a site with files to send, beside it a folder outside of it.
func fileSite(t *testing.T, change ...func(*lua.Config)) (s *testSite, outside string) {
	t.Helper()
	s = newSite(t, map[string]string{
		"own.lc":              "<?lc response.sendFile(_GET.f) ?>",
		"sub/own.lc":          "<?lc response.sendFile(_GET.f) ?>",
		"root.lc":             "<?lc response.sendFile(_GET.f or '', {root = 'files'}) ?>",
		"noroot.lc":           "<?lc response.sendFile('a', {root = 'nothing'}) ?>",
		"save.lc":             "<?lc response.sendFile(_GET.f, {root = 'files', download = true}) ?>",
		"name.lc":             "<?lc response.sendFile('files/a.txt', {name = 'Grüße.txt'}) ?>",
		"inline.lc":           "<?lc response.sendFile('files/a.txt', {name = 'b.txt', download = false}) ?>",
		"type.lc":             "<?lc response.sendFile('files/a.txt', {type = 'text/x-note'}) ?>",
		"age.lc":              "<?lc response.sendFile('files/a.txt', {maxAge = 60}) ?>",
		"cache.lc":            "<?lc response.cache{public = true, maxAge = 60} response.sendFile('files/a.txt') ?>",
		"etag.lc":             "<?lc response.sendFile('files/a.txt', {etag = 'v1'}) ?>",
		"cacheetag.lc":        "<?lc response.cache{etag = 'v2'} response.sendFile('files/a.txt') ?>",
		"policy.lc":           "<?lc response.header('Content-Security-Policy', 'sandbox allow-scripts') response.sendFile('x.html', {root = 'files'}) ?>",
		"second.lc":           "<?lc response.sendFile('files/a.txt') response.sendFile('files/b.png') ?>",
		"session.lc":          "<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 response.sendFile('files/a.txt') response.header('X-N', _SESSION.n) ?>",
		"write.lc":            "<?lc response.sendFile('files/a.txt') ?>text",
		"put.lc":              "<?lc response.sendFile('files/a.txt') put('text') ?>",
		"flushed.lc":          "x<?lc response.flush() response.sendFile('files/a.txt') ?>",
		"flush.lc":            "<?lc response.sendFile('files/a.txt') response.flush() ?>",
		"exit.lc":             "<?lc response.sendFile('files/a.txt') exit() ?>text",
		"fail.lc":             "<?lc response.sendFile('files/a.txt') error('no') ?>",
		"redirect.lc":         "<?lc response.sendFile('files/a.txt') redirect('x.lc') ?>",
		"files/a.txt":         "0123456789",
		"files/b.png":         "png",
		"files/x.html":        "<p>",
		"as.lc":               "<?lc response.sendFile(_GET.f, {root = 'files', type = _GET.t}) ?>",
		"astype.lc":           "<?lc response.sendFile(_GET.f, {root = 'files'}) response.type(_GET.t) ?>",
		"asheader.lc":         "<?lc response.sendFile(_GET.f, {root = 'files'}) response.header('content-type', _GET.t) ?>",
		"sitewide.lc":         "<?lc response.header('Content-Security-Policy', \"default-src 'self'\") response.sendFile('x.html', {root = 'files'}) ?>",
		"again.lc":            "<?lc response.sendFile('files/a.txt', {name = 'a', maxAge = 9}) local ok = pcall(response.sendFile, _GET.f, {name = _GET.n, etag = _GET.e, type = _GET.t}) response.header('X-OK', tostring(ok)) ?>",
		"both.lc":             "<?lc response.sendFile('files/a.txt', {name = 'a', maxAge = 9}) response.sendFile('files/b.png') ?>",
		"tried.lc":            "<?lc response.sendFile('files/a.txt') response.header('X-OK', tostring(pcall(put, 'text'))) ?>",
		"files/p.lc~":         "SECRET",
		"files/p.lc.bak":      "SECRET",
		"files/#p.lc#":        "SECRET",
		"files/p.LC_old":      "SECRET",
		"files/m.lua.orig":    "SECRET",
		"files/p.lc.txt":      "SECRET",
		"files/.hid":          "SECRET",
		"files/n.lcx":         "SECRET",
		"files/.well-known/x": "fine",
		"files/n.bak":         "fine",
		"files/lc":            "fine",
		"files/d.lc/a":        "fine",
		"files/x.svg":         "<svg/>",
		"files/p.lc":          "SECRET",
		"files/P.LC":          "SECRET",
		"files/m.lua":         "SECRET",
		"files/.env":          "SECRET",
		"files/d/é?.x":        "in d",
		"files/d/.x/y":        "SECRET",
		"files/a\nb":          "line",
		"secret.txt":          "SECRET",
	}, change...)
	outside = t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "out.txt"), []byte("outside"), 0o600); err != nil {
		t.Fatal(err)
	}
	for link, to := range map[string]string{"files/out": outside, "files/secret": "../secret.txt", "files/in.txt": "a.txt",
		"files/page.txt": "p.lc", "files/module.txt": "d/../m.lua", "files/vis": ".hid", "files/dot": "d/.x", "files/two": "page.txt"} {
		if err := os.Symlink(to, filepath.Join(s.root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(s.root, "files/fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, outside
}

func TestSendFile(t *testing.T) {
	s, outside := fileSite(t)
	type header map[string]string
	for _, c := range []struct {
		target string
		status int
		body   string
		header header
	}{
		{"/own.lc?f=files/a.txt", 200, "0123456789", header{
			"Content-Type": "text/plain; charset=utf-8", "Content-Length": "10", "Cache-Control": "private, no-cache", "Content-Disposition": "",
			"X-Content-Type-Options": "nosniff", "Accept-Ranges": "bytes", "Content-Security-Policy": "",
		}},
		{"/own.lc?f=files/x.html", 200, "<p>", header{"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": ""}},
		{"/own.lc?f=" + outside + "/out.txt", 200, "outside", nil}, // the page names it
		{"/sub/own.lc?f=../files/a.txt", 200, "0123456789", nil},   // as io.open: from the page's folder
		{"/root.lc?f=a.txt", 200, "0123456789", nil},
		{"/root.lc?f=in.txt", 200, "0123456789", nil},
		{"/root.lc?f=.well-known/x", 200, "fine", nil},
		{"/root.lc?f=n.bak", 200, "fine", nil},
		{"/root.lc?f=lc", 200, "fine", nil},
		{"/root.lc?f=d.lc/a", 200, "fine", nil},
		{"/root.lc?f=d/%C3%A9?.x", 200, "in d", header{"Content-Type": "application/octet-stream"}},
		{"/root.lc?f=d/../a.txt", 200, "0123456789", nil},
		{"/root.lc?f=x.html", 200, "<p>", header{"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"}},
		{"/root.lc?f=x.svg", 200, "<svg/>", header{"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"}},
		{"/policy.lc", 200, "<p>", header{"Content-Security-Policy": "sandbox allow-scripts"}},
		{"/save.lc?f=a.txt", 200, "0123456789", header{"Content-Disposition": `attachment; filename="a.txt"`}},
		{"/save.lc?f=d/%C3%A9?.x", 200, "in d", header{"Content-Disposition": `attachment; filename="_?.x"; filename*=UTF-8''%C3%A9%3F.x`}},
		{"/save.lc?f=a%0Ab", 200, "line", header{"Content-Disposition": "attachment"}},
		{"/name.lc", 200, "0123456789", header{"Content-Disposition": `attachment; filename="Gr__e.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.txt`}},
		{"/inline.lc", 200, "0123456789", header{"Content-Disposition": `inline; filename="b.txt"`}},
		{"/type.lc", 200, "0123456789", header{"Content-Type": "text/x-note; charset=utf-8"}},
		{"/age.lc", 200, "0123456789", header{"Cache-Control": "private, max-age=60"}},
		{"/cache.lc", 200, "0123456789", header{"Cache-Control": "public, max-age=60"}},
		{"/etag.lc", 200, "0123456789", header{"ETag": `"v1"`}},
		{"/cacheetag.lc", 200, "0123456789", header{"ETag": `"v2"`}},
		{"/second.lc", 200, "png", header{"Content-Type": "image/png"}},
		{"/exit.lc", 200, "0123456789", nil},
		{"/redirect.lc", 302, "", header{"Location": "/x.lc", "ETag": ""}},
	} {
		a := s.do(strings.ReplaceAll(c.target, "?.x", "%3F.x"), "")
		if a.status != c.status || c.body != "" && a.body.String() != c.body {
			t.Errorf("%s: got %d %q, want %d %q; log %q", c.target, a.status, a.body.String(), c.status, c.body, s.log)
		}
		for name, want := range c.header {
			if got := a.get(name); got != want {
				t.Errorf("%s: %s is %q, want %q", c.target, name, got, want)
			}
		}
	}
	if a, b := s.do("/own.lc?f=files/a.txt", ""), s.do("/second.lc", ""); a.get("ETag") == b.get("ETag") {
		t.Errorf("the second file has the ETag of the first, %s", b.get("ETag"))
	}
}

// The page's session is kept, and its lock given up before the file is sent.
func TestSendFileSession(t *testing.T) {
	s, _ := fileSite(t)
	for _, n := range []string{"1", "2", "3"} {
		if a := s.do("/session.lc", ""); a.body.String() != "0123456789" || a.get("X-N") != n || a.get("Cache-Control") != "private, no-cache" {
			t.Errorf("got %q, %v", a.body.String(), a.header)
		}
	}
}

func TestSendFileConditions(t *testing.T) {
	s, _ := fileSite(t)
	const target = "/own.lc?f=files/a.txt"
	first := s.do(target, "")
	tag, date := first.get("ETag"), first.get("Last-Modified")
	if len(tag) < 5 || !strings.HasPrefix(tag, `"`) || date == "" {
		t.Fatalf("ETag %s, Last-Modified %s", tag, date)
	}
	for _, c := range []struct {
		env    []string
		status int
		body   string
		header string
		value  string
	}{
		{[]string{"REQUEST_METHOD", "HEAD"}, 200, "", "Content-Length", "10"},
		{[]string{"HTTP_IF_NONE_MATCH", tag}, 304, "", "ETag", tag},
		{[]string{"HTTP_IF_MODIFIED_SINCE", date}, 304, "", "Content-Type", ""},
		{[]string{"HTTP_IF_NONE_MATCH", `"other"`}, 200, "0123456789", "", ""},
		{[]string{"HTTP_RANGE", "bytes=2-4"}, 206, "234", "Content-Range", "bytes 2-4/10"},
		{[]string{"HTTP_RANGE", "bytes=2-4", "HTTP_IF_RANGE", tag}, 206, "234", "Content-Length", "3"},
		{[]string{"HTTP_RANGE", "bytes=2-4", "HTTP_IF_RANGE", date}, 206, "234", "", ""},
		{[]string{"HTTP_RANGE", "bytes=2-4", "HTTP_IF_RANGE", `"other"`}, 200, "0123456789", "Content-Range", ""},
		{[]string{"HTTP_RANGE", "bytes=10-"}, 416, "", "Content-Range", "bytes */10"},
		{[]string{"HTTP_IF_MATCH", `"other"`}, 412, "", "ETag", ""},
		{[]string{"HTTP_RANGE", "bytes=2-4", "REQUEST_METHOD", "HEAD"}, 200, "", "Content-Length", "10"},
		{[]string{"HTTP_RANGE", "bytes=2-4", "REQUEST_METHOD", "POST"}, 200, "0123456789", "Accept-Ranges", ""},
	} {
		a := s.do(target, "", c.env...)
		if a.status != c.status || c.status < 400 && a.body.String() != c.body || strings.HasPrefix(a.body.String(), "0123") != (c.body == "0123456789") {
			t.Errorf("%q: got %d %q, want %d %q", c.env, a.status, a.body.String(), c.status, c.body)
		}
		if c.header != "" && a.get(c.header) != c.value {
			t.Errorf("%q: %s is %q, want %q", c.env, c.header, a.get(c.header), c.value)
		}
	}
	s.write("files/a.txt", "changed!!!")
	if a := s.do(target, "", "HTTP_IF_NONE_MATCH", tag); a.status != 200 || a.body.String() != "changed!!!" {
		t.Errorf("after a change: %d %q", a.status, a.body.String())
	}
}

// Where the name is the visitor's, a browser runs nothing for the site, whatever type the
// page gives the file, and when.
func TestSendFileSandbox(t *testing.T) {
	s, _ := fileSite(t)
	for _, page := range []string{"as", "astype", "asheader"} {
		for mime, want := range map[string]bool{
			"text/html": true, "TEXT/HTML;charset=utf-8": true, "image/svg%2bxml": true, "application/xhtml%2bxml": true, "text/xml": true, "*/*": true, "a/b": true,
			"text/plain": false, "Image/PNG": false, "application/pdf": false,
		} {
			for _, file := range []string{"a.txt", "b.png", "x.html"} {
				a := s.do("/"+page+".lc?f="+file+"&t="+mime, "")
				if got := a.get("Content-Security-Policy"); strings.HasPrefix(got, "sandbox;") != want || a.get("X-Content-Type-Options") != "nosniff" || a.status != 200 {
					t.Errorf("%s, %s as %s: %d, policy %q; log %q", page, file, mime, a.status, got, s.log)
				}
			}
		}
		if a := s.do("/"+page+".lc?f=a.txt&t=image/png;,text/html", ""); a.status != 500 {
			t.Errorf("%s: a list of types is answered with %d, %q", page, a.status, a.get("Content-Type"))
		}
	}
	a := s.do("/sitewide.lc", "")
	if got := a.get("Content-Security-Policy"); !strings.HasPrefix(got, "default-src 'self' | sandbox; ") {
		t.Errorf("beside a policy for pages: %q", got)
	}
}

// What comes with a request is the visitor's, and gone when the web server looks for it.
func TestSendFileUpload(t *testing.T) {
	s, _ := uploadSite(t, map[string]string{
		"echo.lc":  "<?lc response.sendFile(_FILES.f.path, {type = 'text/html'}) ?>",
		"moved.lc": "<?lc response.sendFile(_FILES.f:save('own.html'), {type = 'text/html'}) ?>",
		"other.lc": "<?lc local f = _FILES.f response.sendFile('own.html') ?>",
	})
	for _, target := range []string{"/echo.lc", "/moved.lc", "/other.lc"} {
		a := s.do(target, form("f@x.html=<script>"), "CONTENT_TYPE", multipart)
		if got := a.get("Content-Security-Policy"); a.status != 200 || a.body.String() != "<script>" || strings.HasPrefix(got, "sandbox;") != (target == "/echo.lc") {
			t.Errorf("%s: %d %q, policy %q; log %q", target, a.status, a.body.String(), got, s.log)
		}
	}
	s, _ = uploadSite(t, map[string]string{"echo.lc": "<?lc response.sendFile(_FILES.f.path) ?>"}, func(c *lua.Config) { c.SendFile = cgi.HandOver{Sendfile: true} })
	if a := s.do("/echo.lc", form("f@x=text"), "CONTENT_TYPE", multipart); a.get("X-Sendfile") != "" || a.body.String() != "text" {
		t.Errorf("handed over: %q %q", a.header, a.body.String())
	}
}

// A file that cannot be sent leaves the one before as it was; one that can leaves nothing
// of it.
func TestSendFileAgain(t *testing.T) {
	s, _ := fileSite(t)
	for _, query := range []string{"f=none.txt", "f=files", "f=files/b.png&n=a%0Ab", "f=files/b.png&e=a%20b", "f=files/b.png&t=html", "f=files/b.png&e=" + strings.Repeat("x", 70<<10)} {
		a := s.do("/again.lc?"+query, "")
		if a.body.String() != "0123456789" || a.get("X-OK") != "false" || a.get("Content-Type") != "text/plain; charset=utf-8" || a.get("Content-Disposition") != `attachment; filename="a"` ||
			a.get("Cache-Control") != "private, max-age=9" || a.get("Content-Length") != "10" {
			t.Errorf("%.60s: %d %q %q; log %q", query, a.status, a.body.String(), a.header, s.log)
		}
	}
	if a := s.do("/both.lc", ""); a.body.String() != "png" || a.get("Content-Disposition") != "" || a.get("Cache-Control") != "private, no-cache" {
		t.Errorf("%q %q", a.body.String(), a.header)
	}
	// A refusal is as good an answer as the file: nothing is written beside it.
	for _, env := range [][]string{{"HTTP_RANGE", "bytes=900-"}, {"HTTP_IF_MATCH", `"x"`}, {"HTTP_IF_NONE_MATCH", "*"}, nil} {
		a := s.do("/tried.lc", "", env...)
		if strings.Contains(a.body.String(), "text<") || strings.HasSuffix(a.body.String(), "text") || a.get("X-OK") != "false" {
			t.Errorf("%q: %d %q, put %s", env, a.status, a.body.String(), a.get("X-OK"))
		}
		if a = s.do("/both.lc", "", env...); strings.Contains(a.body.String(), "0123") {
			t.Errorf("%q: %d %q is of the first file", env, a.status, a.body.String())
		}
	}
}

func TestSendFileHandedOver(t *testing.T) {
	var root string
	handed := func(way string) func(*lua.Config) {
		return func(c *lua.Config) {
			h, err := cgi.ParseHandOver(strings.ReplaceAll(way, "ROOT", root))
			if err != nil {
				t.Fatal(err)
			}
			c.SendFile = h
		}
	}
	s, _ := fileSite(t, handed("x-sendfile"))
	for target, want := range map[string]string{
		"/own.lc?f=files/a.txt":          s.root + "/files/a.txt",
		"/own.lc?f=files/../files/a.txt": s.root + "/files/a.txt",
		"/sub/own.lc?f=../files/a.txt":   s.root + "/files/a.txt",
		"/root.lc?f=d/%C3%A9%3F.x":       "",                       // not all servers decode escapes
		"/save.lc?f=x.html":              s.root + "/files/x.html", // with its policy
		"/session.lc":                    s.root + "/files/a.txt",
		"/save.lc?f=a%0Ab":               "",
		"/etag.lc":                       "", // lcgi knows what the page means by it
		"/cacheetag.lc":                  "",
		"/redirect.lc":                   "",
		"/root.lc?f=p.lc":                "",
		"/own.lc?f=none.txt":             "",
		"/write.lc":                      "",
	} {
		a := s.do(target, "")
		if got := a.get("X-Sendfile"); got != want || want != "" && (a.body.Len() > 0 || a.status != 200 || a.get("Content-Length") != "") {
			t.Errorf("%s: X-Sendfile %q, want %q; %d %q", target, got, want, a.status, a.body.String())
		}
	}
	root = filepath.Join(t.TempDir(), "x")
	s, outside := fileSite(t, handed("x-accel-redirect /none/=ROOT/, /tmp/=/"))
	for target, want := range map[string]string{
		"/own.lc?f=files/a.txt":             "/tmp" + s.root + "/files/a.txt",
		"/own.lc?f=" + outside + "/out.txt": "/tmp" + outside + "/out.txt",
		"/root.lc?f=x.html":                 "", // nginx would lose its policy
	} {
		if a := s.do(target, ""); a.get("X-Accel-Redirect") != want || (a.body.Len() > 0) != (want == "") || a.status != 200 {
			t.Errorf("%s: %d, %v %q", target, a.status, a.header, a.body.String())
		}
	}
}

// However the page ends, the file is closed.
func TestSendFileIsClosed(t *testing.T) {
	s, _ := fileSite(t)
	for _, target := range []string{"/own.lc?f=files/a.txt", "/own.lc?f=files", "/root.lc?f=a.txt", "/root.lc?f=d", "/second.lc", "/write.lc", "/fail.lc", "/flush.lc", "/redirect.lc", "/etag.lc",
		"/again.lc?f=files/b.png&n=a%0Ab", "/again.lc?f=files/b.png&t=html", "/again.lc?f=files/b.png", "/root.lc?f=page.txt", "/root.lc?f=vis"} {
		s.do(target, "", "HTTP_IF_NONE_MATCH", "*")
		s.do(target, "")
		if _, err := s.visit(target, 0); err == nil && s.do(target, "").status == 200 {
			t.Errorf("%s: the client has left, but nobody says so", target)
		}
	}
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("this system does not tell which files are open: ", err)
	}
	for _, fd := range open {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, s.root+"/files") {
			t.Errorf("%s is still open", name)
		}
	}
}

// A server says when it begins that a folder to hand over is not there.
func TestSendFileFolders(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for folder, want := range map[string]string{
		dir:           "",
		dir + "/none": "LCGI_SENDFILE: the folder of /x/: ",
		file:          "LCGI_SENDFILE: ",
	} {
		s := lua.DefaultSettings()
		err := s.Apply(func(name string) string {
			return map[string]string{"LCGI_SENDFILE": "x-accel-redirect /y/=" + dir + ", /x/=" + folder}[name]
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.CheckFiles(dir); (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", folder, err, want)
		}
	}
}
