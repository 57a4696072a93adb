package cgi_test

import (
	"testing"

	"lcgi/cgi"
)

func TestCheckVisible(t *testing.T) {
	pages := []string{".lc", ".HTM"}
	for name, want := range map[string]struct{ hidden, source bool }{
		"a.txt": {}, "style.css": {}, "folder/a.b.png": {}, "README": {}, "x.html": {}, "luau/calc": {}, "x.lcd.png": {false, true},
		".well-known/security.txt": {}, "a/.well-known": {},
		".env": {true, true}, "a/.git/config": {true, true}, ".well-known/.x": {true, true}, "..": {true, true}, ".well-known2": {true, true},
		"a/#x#": {true, true}, "x.txt~": {true, true},
		"p.lc": {false, true}, "a/P.LC": {false, true}, "m.lua": {false, true}, "p.lc.bak": {false, true}, "p.lc_old": {false, true}, "p.lcold": {false, true},
		"p.lc (1)": {false, true}, "p.lc.txt": {false, true}, "x.htm": {false, true}, "x.htm.1": {false, true},
	} {
		if err := cgi.CheckHidden(name); (err != nil) != want.hidden {
			t.Errorf("CheckHidden(%q): %v", name, err)
		}
		if err := cgi.CheckVisible(name, pages); (err != nil) != (want.hidden || want.source) {
			t.Errorf("CheckVisible(%q): %v", name, err)
		}
	}
	if cgi.CheckVisible("p.lc", nil) == nil || cgi.CheckVisible("m.lua.gz", []string{""}) == nil || cgi.CheckVisible("x.htm", nil) != nil {
		t.Error("without extensions")
	}
}

func TestFileType(t *testing.T) {
	for name, want := range map[string]string{
		"a.txt": "text/plain; charset=utf-8", "A.PNG": "image/png", "a/b.tar.gz": "application/gzip", "x": "application/octet-stream",
		"x.php": "application/octet-stream", ".png": "image/png", "a.png/x": "application/octet-stream", "": "application/octet-stream",
	} {
		if got := cgi.FileType(name); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
}

func TestIsJSON(t *testing.T) {
	for mime, want := range map[string]bool{
		"application/json": true, "Application/JSON; charset=utf-8": true, "application/problem+json": true,
		"": false, "text/json": false, "application/json2": false, "+json": false, "text/plain; x=+json": false,
	} {
		if got := request(cgi.Env{"CONTENT_TYPE": mime}).IsJSON(); got != want {
			t.Errorf("%q: %v", mime, got)
		}
	}
}
