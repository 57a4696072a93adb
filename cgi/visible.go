package cgi

import (
	"errors"
	"path"
	"strings"
)

var (
	errHiddenPath = errors.New("it is hidden, since a name in its path begins with a dot")
	errBackup     = errors.New("it is what an editor keeps beside a file")
	errSource     = errors.New("it is the source of a page or module, or a copy of one")
)

// CheckHidden says why nobody may ask for a path with "/" in it: a name that starts with
// a dot (.git, .env, .htaccess) other than .well-known (RFC 8615), or a file that is what
// editors keep beside another (#x#, x~).
func CheckHidden(name string) error {
	for element := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(element, ".") && element != ".well-known" {
			return errHiddenPath
		}
	}
	if base := path.Base(name); strings.HasPrefix(base, "#") || strings.HasSuffix(base, "~") {
		return errBackup
	}
	return nil
}

// CheckVisible says why visitors may not have a file by its path, whoever sends it: what
// [CheckHidden] says, or that it is the source of a page or module, also as editors and
// people keep it beside the original: whatever follows the extension. Extensions are
// those of pages; .lc and .lua always count. The case of letters does not.
func CheckVisible(name string, extensions []string) error {
	if err := CheckHidden(name); err != nil {
		return err
	}
	base := strings.ToLower(path.Base(name))
	if holdsExtension(base, ".lc") || holdsExtension(base, ".lua") {
		return errSource
	}
	for _, ext := range extensions {
		if ext != "" && holdsExtension(base, strings.ToLower(ext)) {
			return errSource
		}
	}
	return nil
}

// holdsExtension reports whether ext ends name or stands in it with anything
// behind: x.lua, x.lc.bak, x.lc-old, x.lcold, "x.lc (1)". The extension of a
// static file that begins with ext is none: with pages in .htm, x.html is a file.
func holdsExtension(name, ext string) bool {
	for {
		before, after, ok := strings.Cut(name, ext)
		if !ok {
			return false
		}
		rest := name[len(before):]
		if dot := strings.IndexByte(rest[1:], '.'); dot >= 0 {
			rest = rest[:1+dot]
		}
		if rest == ext || FileType(rest) == unknownType {
			return true
		}
		name = after
	}
}
