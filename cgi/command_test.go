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
	if _, err := cgi.CommandEnv("p.lc", "", []string{"novalue"}); err == nil {
		t.Error("a field without = is taken")
	}
}
