package doctor

import (
	"fmt"
	"os"
	"path/filepath"

	"lcgi/cgi"
	"lcgi/lua/shell"
)

const uploadSetting = "LCGI_UPLOAD_DIR"

// uploads looks at the folder in which uploads wait, uses it, and counts what
// requests that were killed have left in our part of it.
func (e *examination) uploads() {
	dir := e.Uploads
	info, ok := e.stat("folder", dir, "mkdir -m 700 "+shell.Quote(dir)+" && chown "+fmt.Sprint(e.System.Euid())+" "+shell.Quote(dir), true)
	if !ok {
		return
	}
	const others = 0o002
	switch mode := info.Mode(); {
	case mode.Perm()&others != 0 && mode&os.ModeSticky == 0:
		e.found(Warning, "folder", fmt.Sprintf("%s (mode %04o), where every user can put something in the place of our files", dir, unixMode(mode)), "chmod +t "+shell.Quote(dir))
	default:
		e.found(OK, "folder", dir, "")
	}
	e.place(dir, uploadSetting)
	e.use(dir, uploadSetting)
	e.disk(dir, uploadSetting, false, uint64(max(e.MaxFile, 0)))
	e.leftovers(filepath.Join(dir, fmt.Sprintf("lcgi-uploads-%d", e.System.Euid())))
}

// leftovers looks at our private folder: package cgi makes it with the first
// upload, uses it only if nobody else can, and removes what is left over when the
// next upload comes.
func (e *examination) leftovers(dir string) {
	const name = "private folder"
	info, err := os.Lstat(dir)
	switch {
	case err != nil: // where nothing can be made, the use of the folder has failed above
		e.found(OK, name, dir+" will be made with the first upload", "")
		return
	case !info.IsDir():
		e.found(Error, name, dir+" is no folder, so no upload works", "rm "+shell.Quote(dir))
		return
	}
	uid := e.System.Euid()
	if owner := ownerOf(info); owner != uid {
		e.found(Error, name, fmt.Sprintf("%s belongs to %s, so no upload works", dir, e.userName(owner)), fmt.Sprintf("chown %d %s", uid, shell.Quote(dir)))
		return
	}
	if info.Mode().Perm() != 0o700 {
		e.found(Error, name, fmt.Sprintf("%s has the mode %04o, so no upload works: it must be open to its user and to nobody else", dir, unixMode(info.Mode())), "chmod 700 "+shell.Quote(dir))
		return
	}
	e.found(OK, name, dir, "")
	left, err := cgi.UploadLeftovers(e.Uploads, e.Now())
	switch {
	case err != nil:
		e.found(Error, "leftovers", "they cannot be looked for: "+err.Error(), "ls -la "+shell.Quote(dir))
	case left.Folders > 0:
		e.found(Note, "leftovers", fmt.Sprintf("files of requests that were killed: %d, %s; uploads that come remove them", left.Files, size(uint64(left.Bytes))),
			fmt.Sprintf("find %s -type f -mmin +60 -delete", shell.Quote(dir)))
	default:
		e.found(OK, "leftovers", "none", "")
	}
}
