package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"lcgi/lua/shell"
)

// site looks at the files of the site.
func (e *examination) site() {
	e.found(OK, "extensions", strings.Join(e.Extensions, " "), "")
	e.prepended()
	e.includePath()
	e.writable()
}

func (e *examination) prepended() {
	const name, setting = "prepended file", "LCGI_PREPEND"
	if e.Prepend == "" {
		e.found(OK, name, "none", "")
		return
	}
	info, err := os.Stat(e.Prepend)
	if err == nil && info.Mode().IsRegular() {
		var f *os.File
		if f, err = os.Open(e.Prepend); err == nil {
			f.Close()
		}
	}
	ext := filepath.Ext(e.Prepend)
	switch {
	case err != nil:
		e.found(Error, name, fmt.Sprintf("%s cannot be read: %s; no page works without it", e.Prepend, reason(err)), "ls -l "+shell.Quote(e.Prepend))
	case !info.Mode().IsRegular():
		e.found(Error, name, e.Prepend+" is no regular file; no page works without it", setting+"=/a/file.lua")
	case ext != ".lua" && !slices.Contains(e.Extensions, ext):
		e.found(Error, name, fmt.Sprintf("%s is neither a page (%s) nor a .lua file; no page works", e.Prepend, strings.Join(e.Extensions, ", ")), setting+"=/a/file.lua")
	default:
		e.found(OK, name, e.Prepend, "")
	}
}

func (e *examination) includePath() {
	for _, dir := range e.IncludePath {
		if _, ok := e.stat("include path "+dir, dir, "mkdir "+shell.Quote(dir)+", or take it out of LCGI_INCLUDE_PATH", true); ok {
			e.found(OK, "include path "+dir, "is there", "")
		}
	}
}

// writable looks for pages and folders that any user of the machine can change,
// who could so run code as the user of the site. A big site is looked at in part.
func (e *examination) writable() {
	const name, most = "rights", 5000
	if _, err := os.Stat(e.Root); err != nil {
		return // as the way in has told
	}
	var open []string
	seen := 0
	_ = filepath.WalkDir(e.Root, func(file string, entry fs.DirEntry, err error) error {
		if seen++; seen > most {
			return fs.SkipAll
		}
		if err != nil || entry.Type()&fs.ModeSymlink != 0 {
			return nil
		}
		runs := entry.IsDir() || strings.HasSuffix(file, ".lua") || e.isPage(file)
		info, err := entry.Info()
		if err == nil && runs && info.Mode().Perm()&0o002 != 0 {
			open = append(open, file)
		}
		return nil
	})
	switch {
	case len(open) > 0:
		e.found(Warning, name, fmt.Sprintf("%s can be written by every user of the machine (and others: %d)", open[0], len(open)-1), "chmod -R o-w "+shell.Quote(e.Root))
	case seen > most:
		e.found(OK, name, fmt.Sprintf("of the first %d files none can be written by every user", most), "")
	default:
		e.found(OK, name, "pages and folders cannot be written by every user", "")
	}
}
