// Package types holds what editors need to know of pages: annotation files for
// the Lua language server (LuaLS), which complete names, show what functions take
// and return, and find misspelled options. They describe what lcgi brings; Lua 5.1
// itself the server knows.
package types

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed *.lua compat/*.lua
var files embed.FS

// mark is in the second line of each of our files, so that they are told from
// others.
const mark = "-- Written by `lcgi types`"

// settings is the name of LuaLS's file of settings for a workspace.
const settings = ".luarc.json"

// Files returns the annotation files by their names, such as "compat/lasso.lua".
func Files() (map[string][]byte, error) {
	all := make(map[string][]byte)
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		all[name], err = files.ReadFile(name)
		return err
	})
	return all, err
}

// Write writes the annotation files into the folder dir, which it makes if it is
// missing, and settings that lead LuaLS to them, for a site to copy. It tells out
// what it has written and what to do with it.
//
// Files of ours are replaced, each in one step. If one of another's is in the place
// of ours, that is an error and nothing is written. Settings that are there already
// may have been changed by their owner and are left as they are.
func Write(dir string, out io.Writer) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	all, err := Files()
	if err != nil {
		return err
	}
	for name := range all {
		if err := checkPlace(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	for name, text := range all {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return fmt.Errorf("make the folder of the annotation files: %w", err)
		}
		if err := replace(file, text); err != nil {
			return err
		}
	}
	kept, err := writeSettings(dir)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d annotation files for LuaLS (lua-language-server) are in %s.\n", len(all), dir)
	if kept {
		fmt.Fprintf(out, "%s was there and is as it was. For the annotations it needs\n\n%s\n", filepath.Join(dir, settings), luarc(dir))
	}
	_, err = fmt.Fprintf(out, `To have them in the editor, copy %[1]s into the folder of the
site, or take its lines over into the one that is there:

  cp %[2]s /path/to/site/

They serve the .lua files of a site. Pages are HTML to an editor, and LuaLS does
not read the Lua in them; to have their HTML coloured in VS Code:

  "files.associations": { "*.lc": "html" }
`, settings, quote(filepath.Join(dir, settings)))
	return err
}

// checkPlace returns an error if a file is there that is not ours.
func checkPlace(file string) error {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("annotation files: %w", err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("annotation files: %s is no regular file; name another folder or remove it", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("annotation files: %w", err)
	}
	_, second, _ := bytes.Cut(text, []byte("\n"))
	if !bytes.HasPrefix(second, []byte(mark)) {
		return fmt.Errorf("annotation files: %s was not written by lcgi; name another folder or remove it", file)
	}
	return nil
}

// replace writes a file in one step.
func replace(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+"-*")
	if err != nil {
		return fmt.Errorf("annotation files: %w", err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o644)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
		return fmt.Errorf("annotation files: %w", err)
	}
	return nil
}

// writeSettings writes the settings for LuaLS. kept tells that others are there.
func writeSettings(dir string) (kept bool, err error) {
	file, text := filepath.Join(dir, settings), luarc(dir)
	old, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, replace(file, []byte(text))
	case err != nil:
		return false, fmt.Errorf("annotation files: %w", err)
	}
	return string(old) != text, nil
}

// luarc returns settings that make LuaLS read the files in dir. The names are those
// of its reference, https://luals.github.io/wiki/settings/. Modules are found beside
// the page and in lib.
func luarc(dir string) string {
	return fmt.Sprintf(`{
  "$schema": "https://raw.githubusercontent.com/LuaLS/vscode-lua/master/setting/schema.json",
  "runtime.version": "Lua 5.1",
  "runtime.path": ["?.lua", "lib/?.lua"],
  "workspace.library": [%s],
  "workspace.checkThirdParty": false
}
`, jsonString(dir))
}

// jsonString returns s as JSON (RFC 8259 §7).
func jsonString(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteRune(c)
		}
	}
	return b.String() + `"`
}

// quote writes a name for a shell.
func quote(name string) string {
	if !strings.ContainsFunc(name, func(c rune) bool { return strings.ContainsRune(" \t\n'\"\\$`!*?[](){}<>|&;#~", c) }) {
		return name
	}
	return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'"
}
