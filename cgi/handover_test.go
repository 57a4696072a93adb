package cgi_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"lcgi/cgi"
)

func TestParseHandOver(t *testing.T) {
	folders := func(pairs ...string) cgi.HandOver {
		var h cgi.HandOver
		for i := 0; i < len(pairs); i += 2 {
			h.Folders = append(h.Folders, cgi.AccelFolder{URL: pairs[i], Dir: pairs[i+1]})
		}
		return h
	}
	for _, tt := range []struct {
		text string
		want cgi.HandOver
		err  string
	}{
		{"x-sendfile", cgi.HandOver{Sendfile: true}, ""},
		{" X-Sendfile ", cgi.HandOver{Sendfile: true}, ""},
		{"x-accel-redirect /files/=/srv/files/", folders("/files/", "/srv/files/"), ""},
		{"X-Accel-Redirect  /a=/b , /c d/=/e/../f g/", folders("/a/", "/b/", "/c d/", "/f g/"), ""},
		{"x-accel-redirect /=/", folders("/", "/"), ""},
		{"", cgi.HandOver{}, "must be"},
		{"on", cgi.HandOver{}, "must be"},
		{"x-sendfile /srv", cgi.HandOver{}, "nothing can follow"},
		{"x-accel-redirect", cgi.HandOver{}, "/url/=/folder/"},
		{"x-accel-redirect /files/", cgi.HandOver{}, "/url/=/folder/"},
		{"x-accel-redirect files=/srv", cgi.HandOver{}, "/url/=/folder/"},
		{"x-accel-redirect /files=srv", cgi.HandOver{}, "/url/=/folder/"},
		{"x-accel-redirect /a=/b,", cgi.HandOver{}, "/url/=/folder/"},
	} {
		got, err := cgi.ParseHandOver(tt.text)
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("%q: %v, want an error with %q", tt.text, err, tt.err)
			}
		} else if err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%q: %+v, %v, want %+v", tt.text, got, err, tt.want)
		}
	}
}

// hands returns the way of a setting.
func hands(t *testing.T, setting string) cgi.HandOver {
	t.Helper()
	h, err := cgi.ParseHandOver(setting)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHandOverField(t *testing.T) {
	const accel = "x-accel-redirect /files/=/srv/files/, /inner/=/srv/files/inner/, /s p%20/=/other/"
	for _, tt := range []struct{ setting, file, want string }{
		{"x-sendfile", "/srv/a.txt", "X-Sendfile: /srv/a.txt"},
		{"x-sendfile", "/srv/a-b_c.~1/d.txt", "X-Sendfile: /srv/a-b_c.~1/d.txt"},
		{"x-sendfile", "/srv/a b.txt", ""}, // mod_xsendfile 0.12 decodes nothing, lighttpd does
		{"x-sendfile", "/srv/a%20b.txt", ""},
		{"x-sendfile", "/srv/é.txt", ""},
		{"x-sendfile", "/srv/\xff.txt", ""},
		{"x-sendfile", "/srv/a\n.txt", ""},
		{"x-sendfile", "/srv/a\x7f.txt", ""},
		{"x-sendfile", "/srv/../etc/passwd", ""},
		{"x-sendfile", "srv/a.txt", ""},
		{"x-sendfile", "", ""},
		{accel, "/srv/files/a.txt", "X-Accel-Redirect: /files/a.txt"},
		{accel, "/srv/files/inner/a.txt", "X-Accel-Redirect: /inner/a.txt"},
		{accel, "/other/a+b.txt", "X-Accel-Redirect: /s%20p%2520/a%2Bb.txt"},
		{accel, "/srv/files/a%2f?b=c#d.txt", "X-Accel-Redirect: /files/a%252f%3Fb%3Dc%23d.txt"},
		{accel, "/srv/filesystem", ""},
		{accel, "/srv/files/../a.txt", ""},
		{accel, "/srv/a.txt", ""},
		{accel, "/srv/files/\xff", "X-Accel-Redirect: /files/%FF"},
		{accel, "/srv/files/a\nb", ""},
		{accel, "/srv/files/a\x7f", ""},
	} {
		f, ok := hands(t, tt.setting).Field(tt.file)
		if !ok && f != (cgi.Field{}) {
			t.Errorf("%s, %q: got %v without a file", tt.setting, tt.file, f)
		}
		got := ""
		if ok {
			got = f.Name + ": " + f.Value
		}
		if got != tt.want {
			t.Errorf("%s, %q: got %q, want %q", tt.setting, tt.file, got, tt.want)
		}
	}
	if f, ok := (cgi.HandOver{}).Field("/srv/a.txt"); ok {
		t.Errorf("without a setting: %v", f)
	}
}

func TestHandOver(t *testing.T) {
	type env = cgi.Env
	const sendfile, accel = "x-sendfile", "x-accel-redirect /files/=/srv/"
	nothing := func(*cgi.Response) error { return nil }
	for _, tt := range []struct {
		name    string
		setting string
		env     env
		change  func(w *cgi.Response) error // after SendContent
		handed  bool
		status  int
	}{
		{"GET", sendfile, nil, nothing, true, 200},
		{"GET by nginx", accel, nil, nothing, true, 200},
		{"HEAD", sendfile, env{"REQUEST_METHOD": "HEAD"}, nothing, true, 200},
		{"POST", sendfile, env{"REQUEST_METHOD": "POST"}, nothing, false, 200},
		// The server decides on these, by validators of its own.
		{"range", sendfile, env{"HTTP_RANGE": "bytes=0-0"}, nothing, true, 200},
		{"condition", accel, env{"HTTP_IF_NONE_MATCH": "*"}, nothing, true, 200},
		{"cookie", accel, nil, func(w *cgi.Response) error { return w.SetCookie(cgi.Cookie{Name: "a"}) }, true, 200},
		{"headers that nginx keeps", accel, nil, func(w *cgi.Response) error {
			return errors.Join(w.SetHeader("Content-Disposition", "inline"), w.SetHeader("cache-control", "no-cache"), w.SetHeader("X-Content-Type-Options", "nosniff"))
		}, true, 200},
		{"header that nginx would lose", accel, nil, func(w *cgi.Response) error { return w.SetHeader("Content-Security-Policy", "sandbox") }, false, 200},
		{"the others keep it", sendfile, nil, func(w *cgi.Response) error { return w.SetHeader("Content-Security-Policy", "sandbox") }, true, 200},
		{"header that nginx would lose, and a range", accel, env{"HTTP_RANGE": "bytes=0-0"}, func(w *cgi.Response) error { return w.SetHeader("X-A", "b") }, false, 206},
		{"header that nginx would lose, and a condition", accel, env{"HTTP_IF_NONE_MATCH": `"v1"`}, func(w *cgi.Response) error { return w.SetHeader("X-A", "b") }, false, 304},
		{"header that nginx would lose, and a bad range", accel, env{"HTTP_RANGE": "bytes=99-"}, func(w *cgi.Response) error { return w.SetHeader("X-A", "b") }, false, 416},
		{"status", sendfile, nil, func(w *cgi.Response) error { return w.SetStatus(404) }, false, 404},
		{"redirect", sendfile, nil, func(w *cgi.Response) error { return w.Redirect("/x", 0) }, false, 302},
		{"reset", sendfile, nil, (*cgi.Response).Reset, false, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, ok := hands(t, tt.setting).Field("/srv/digits.txt")
			if !ok {
				t.Fatal("no field")
			}
			c := content(10)
			c.HandOver = f
			out, err := respond(t, tt.env, contentNow, func(w *cgi.Response) error { return errors.Join(w.SendContent(c), tt.change(w)) })
			if err != nil || out.status != tt.status || out.has(f.Name) != tt.handed {
				t.Errorf("%v, %d, %q", err, out.status, out.header)
			}
			if tt.handed && (out.get(f.Name) != f.Value || len(out.body) > 0 || out.has("Content-Length") || out.has("ETag") || out.has("Last-Modified") ||
				out.has("Accept-Ranges") || out.get("Content-Type") != "text/plain") {
				t.Errorf("handed over: %q, %q", out.header, out.body)
			}
		})
	}
}
