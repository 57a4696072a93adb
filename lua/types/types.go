// Package types holds what editors need to know of pages: annotation files for
// the Lua language server (LuaLS), which complete names, show what functions take
// and return, and find misspelled options. They describe what lcgi brings; Lua 5.1
// itself the server knows.
package types

import (
	"embed"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"lcgi/lua/shell"
)

//go:embed *.lua compat/*.lua
var files embed.FS

// mark is in the second line of each of our files, so that they are told from
// others.
const mark = "-- Written by `lcgi types`"

// settings is the name of LuaLS's file of settings for a workspace.
const settings = ".luarc.json"

// annotations returns the annotation files by their names, such as "compat/lasso.lua".
func annotations() (map[string][]byte, error) {
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
// Files of ours are replaced, each in one step. If something of another's is in the
// place of ours, a folder that is a symbolic link included, that is an error and
// nothing is written. Settings that are there already may have been changed by their
// owner and are left as they are.
func Write(dir string, out io.Writer) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	all, err := annotations()
	if err != nil {
		return err
	}
	there, err := check(dir, all)
	if err != nil {
		return fmt.Errorf("annotation files: %w", err)
	}
	if there == nothing {
		all[settings] = []byte(luarc(dir))
	}
	if err := replaceAll(dir, all); err != nil {
		return fmt.Errorf("annotation files: %w", err)
	}
	delete(all, settings)
	fmt.Fprintf(out, "%d annotation files for LuaLS (lua-language-server) are in %s.\n", len(all), dir)
	if there == others {
		fmt.Fprintf(out, "%s was there and is as it was. For the annotations it needs\n\n%s\n", filepath.Join(dir, settings), luarc(dir))
	}
	_, err = fmt.Fprintf(out, `To have them in the editor, copy %[1]s into the folder of the
site, or take its lines over into the one that is there:

  cp %[2]s /path/to/site/

They serve the .lua files of a site. Pages are HTML to an editor, and LuaLS does
not read the Lua in them; to have their HTML coloured in VS Code:

  "files.associations": { "*.lc": "html" }
`, settings, shell.Quote(filepath.Join(dir, settings)))
	return err
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
