package admin

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"lcgi/session"
)

// A place says which store is meant.
type place struct{ savePath, root string }

// flags adds the flags that every command has.
func (p *place) flags(set *flag.FlagSet) {
	set.StringVar(&p.savePath, "savepath", "", "`folder` of the sessions (default: LCGI_SESSION_SAVE_PATH, else the folder of the site)")
	set.StringVar(&p.root, "root", "", "document root of the site, as lcgi serve takes it (default: the working folder)")
}

// open opens the store for c, and tells people which one it is unless they have
// named it.
func (p place) open(c *call, quiet bool) error {
	dir, of, err := p.find(c.env.SavePath)
	if err != nil {
		return err
	}
	if err := checkOwner(dir, of); err != nil {
		return err
	}
	if c.engine, err = c.env.Open(dir); err != nil {
		return err
	}
	if of != "" && !quiet {
		fmt.Fprintf(c.env.Stderr, "sessions in %s, %s\n", dir, of)
	}
	return nil
}

// find returns the folder of the store, and in words why it is that one: ""
// where the call names it.
func (p place) find(setting string) (dir, of string, err error) {
	switch {
	case p.savePath != "" && p.root != "":
		return "", "", usageError("-savepath names the folder of the sessions, and -root the site whose folder it is; give one of them")
	case p.savePath != "":
		return p.savePath, "", nil
	case setting != "":
		return setting, "named by LCGI_SESSION_SAVE_PATH", nil
	}
	// The front ends resolve links, so a site has one folder by all its paths.
	root, err := filepath.Abs(p.root)
	if err == nil {
		root, err = filepath.EvalSymlinks(root)
	}
	if err != nil {
		return "", "", fmt.Errorf("site folder: %w", err)
	}
	return session.DefaultDir(root), "the default folder of the site " + root, nil
}

// checkOwner says what to do where a folder is not there, or is another user's:
// to change that, which is what a page is told, would be wrong here.
func checkOwner(dir, of string) error {
	info, err := os.Lstat(dir)
	if errors.Is(err, fs.ErrNotExist) && of == "" {
		return fmt.Errorf("the session folder %s does not exist; name that of the site with -savepath: %w", dir, err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the session folder %s, %s, does not exist: no page has used a session there as user %d; to look elsewhere, name the site with -root or the folder with -savepath, and run this as the user who runs the pages", dir, of, os.Geteuid())
	}
	if err != nil {
		return fmt.Errorf("session folder: %w", err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && info.IsDir() && int(st.Uid) != os.Geteuid() {
		return fmt.Errorf("the session folder %s belongs to user %d; run this as that user: sudo -u '#%[2]d' lcgi …", dir, st.Uid)
	}
	return nil
}
