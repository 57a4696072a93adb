package types_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lcgi/lua/types"
)

// TestWrite writes into a folder that is missing, and again over an older version.
func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "my types")
	all, err := types.Files()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := types.Write(dir, &out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" annotation files for LuaLS ", "are in " + dir + ".\n", "  cp '" + dir + "/.luarc.json' /path/to/site/\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the output lacks %q:\n%s", want, &out)
		}
	}
	found := make(map[string][]byte)
	err = filepath.WalkDir(dir, func(file string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, _ := filepath.Rel(dir, file)
		found[name], err = os.ReadFile(file)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var settings map[string]any
	if err := json.Unmarshal(found[".luarc.json"], &settings); err != nil {
		t.Fatal(err)
	}
	if library, _ := settings["workspace.library"].([]any); len(library) != 1 || library[0] != dir || settings["runtime.version"] != "Lua 5.1" {
		t.Errorf("the settings are %v", settings)
	}
	delete(found, ".luarc.json")
	if len(found) != len(all) {
		t.Errorf("%d files were written, want %d", len(found), len(all))
	}
	for name, text := range all {
		if !bytes.Equal(found[name], text) {
			t.Errorf("%s was written as\n%s", name, found[name])
		}
	}

	// An older version of ours is replaced, settings of theirs are kept.
	older := filepath.Join(dir, "time.lua")
	write(t, older, "---@meta time\n-- Written by `lcgi types`, long ago.\n")
	write(t, filepath.Join(dir, ".luarc.json"), "{}")
	out.Reset()
	if err := types.Write(dir, &out); err != nil {
		t.Fatal(err)
	}
	if text := read(t, older); text != string(all["time.lua"]) {
		t.Errorf("the older version has become\n%s", text)
	}
	if text := read(t, filepath.Join(dir, ".luarc.json")); text != "{}" || !strings.Contains(out.String(), ".luarc.json was there and is as it was") || !strings.Contains(out.String(), `"workspace.library": ["`+dir+`"]`) {
		t.Errorf("the settings are %q, and is said\n%s", text, &out)
	}
}

// TestWriteRefuses leaves what is not ours as it is, and writes nothing beside it.
func TestWriteRefuses(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, dir string)
		want string
	}{
		{"another's file", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "session.lua"), "return 1\n") }, "session.lua was not written by lcgi"},
		{"an empty file", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "session.lua"), "") }, "session.lua was not written by lcgi"},
		{"a link to ours", func(t *testing.T, dir string) {
			ours := filepath.Join(t.TempDir(), "x")
			write(t, ours, "---@meta\n-- Written by `lcgi types`\n")
			if err := os.Symlink(ours, filepath.Join(dir, "session.lua")); err != nil {
				t.Fatal(err)
			}
		}, "session.lua is no regular file"},
		{"a folder", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "session.lua"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "session.lua is no regular file"},
		{"a FIFO", func(t *testing.T, dir string) { makeFIFO(t, filepath.Join(dir, "time.lua")) }, "time.lua is no regular file"},
		{"a file for a folder", func(t *testing.T, dir string) { write(t, filepath.Join(dir, "compat"), "x") }, "compat is no folder"},
		{"a link to a folder", func(t *testing.T, dir string) {
			if err := os.Symlink(t.TempDir(), filepath.Join(dir, "compat")); err != nil {
				t.Fatal(err)
			}
		}, "compat is no folder"},
		{"a FIFO for settings", func(t *testing.T, dir string) { makeFIFO(t, filepath.Join(dir, ".luarc.json")) }, ".luarc.json is no regular file"},
		{"a folder for settings", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, ".luarc.json"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, ".luarc.json is no regular file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.make(t, dir)
			var out strings.Builder
			err := types.Write(dir, &out)
			if err == nil || !strings.Contains(err.Error(), c.want) || out.Len() > 0 {
				t.Errorf("error %v, want one with %q; output %q", err, c.want, &out)
			}
			if entries, _ := os.ReadDir(dir); len(entries) != 1 {
				t.Errorf("the folder holds %v", entries)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	if err := types.Write(file, &strings.Builder{}); err == nil {
		t.Error("a file is taken for a folder")
	}
}

// TestWriteKeepsLinks leaves settings alone that are a link, even one that leads
// nowhere, and follows the link that the user has named as the folder.
func TestWriteKeepsLinks(t *testing.T) {
	dir := t.TempDir()
	folder, target := filepath.Join(dir, "folder"), filepath.Join(dir, "target")
	for _, link := range [][2]string{{target, filepath.Join(dir, ".luarc.json")}, {dir, folder}} {
		if err := os.Symlink(link[0], link[1]); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := types.Write(folder, &out); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(target); err == nil || !strings.Contains(out.String(), ".luarc.json was there and is as it was") {
		t.Errorf("the link was followed, %v, or is not told of:\n%s", err, &out)
	}
	read(t, filepath.Join(dir, "compat", "lasso.lua"))
}

func makeFIFO(t *testing.T, file string) {
	t.Helper()
	if err := syscall.Mkfifo(file, 0o600); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
