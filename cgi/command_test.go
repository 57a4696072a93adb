package cgi_test

import (
	"os"
	"path/filepath"
	"testing"

	"lcgi/cgi"
)

func TestCommandEnv(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{filepath.Join(dir, "sub/p.lc"), filepath.Join(other, "p.lc")} {
		if err := os.WriteFile(page, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, c := range []struct {
		name, page, root   string
		wantRoot, wantName string
	}{
		{"below the working folder", "sub/p.lc", "", dir, "/sub/p.lc"},
		{"elsewhere", filepath.Join(other, "p.lc"), "", other, "/p.lc"},
		{"with a root", "sub/p.lc", "sub", filepath.Join(dir, "sub"), "/p.lc"},
	} {
		env, err := cgi.CommandEnv(c.page, c.root, []string{"a=1 2", "b=x=y&z", "empty="})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if env["DOCUMENT_ROOT"] != c.wantRoot || env["SCRIPT_NAME"] != c.wantName {
			t.Errorf("%s: root %q, name %q, want %q, %q", c.name, env["DOCUMENT_ROOT"], env["SCRIPT_NAME"], c.wantRoot, c.wantName)
		}
		if want := "a=1+2&b=x%3Dy%26z&empty="; env["QUERY_STRING"] != want {
			t.Errorf("%s: query %q, want %q", c.name, env["QUERY_STRING"], want)
		}
	}
	for _, c := range []struct{ page, field string }{{"sub/p.lc", "novalue"}, {"none.lc", "a=b"}, {"sub", "a=b"}} {
		if _, err := cgi.CommandEnv(c.page, "", []string{c.field}); err == nil {
			t.Errorf("the page %q with the field %q is taken", c.page, c.field)
		}
	}
}
