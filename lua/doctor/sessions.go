package doctor

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"lcgi/lua/shell"
)

const sessionSetting = "LCGI_SESSION_SAVE_PATH"

// sessions looks at the folder of the sessions and uses it.
func (e *examination) sessions() {
	dir := e.Sessions
	if dir == "" {
		e.found(Error, "folder", "it is not known", sessionSetting+"=/var/lib/lcgi/sessions")
		return
	}
	if _, err := os.Lstat(dir); e.SessionsDefault && os.IsNotExist(err) {
		// Nobody who only asks should make it: it would be his.
		e.found(OK, "folder", dir+" will be made with the first session", "")
		parent := filepath.Dir(dir)
		if _, ok := e.stat("temporary folder", parent, "mkdir -m 1777 "+shell.Quote(parent), true); ok {
			e.use(parent, sessionSetting)
			e.disk(parent, sessionSetting, true, 64<<20)
		}
		return
	}
	info, ok := e.stat("folder", dir, "mkdir -m 700 "+shell.Quote(dir)+" && chown "+fmt.Sprint(e.System.Euid())+" "+shell.Quote(dir), false)
	if !ok {
		return
	}
	switch {
	case e.SessionsDefault && e.Way == WayCGI:
		e.found(Note, "folder", dir+" (default), which may be emptied when the machine or its web server is started anew", sessionSetting+"=/var/lib/lcgi/sessions")
	case e.SessionsDefault:
		e.found(OK, "folder", dir+" (default)", "")
	default:
		e.found(OK, "folder", dir, "")
	}
	e.owner(dir, info)
	e.mode(dir, info)
	e.place(dir, sessionSetting)
	// What is wrong already keeps it closed, and is one fault and not two.
	if e.OpenStore != nil && !Failed(e.ofGroup()) {
		if err := e.OpenStore(); err != nil {
			problem, advice := err.Error(), sessionSetting+"=/another/folder"
			if i := strings.LastIndex(problem, "; "); i >= 0 { // behind which session says what to do
				problem, advice = problem[:i], problem[i+len("; "):]
			}
			e.found(Error, "store", "it cannot be opened: "+problem, advice)
		} else {
			e.found(OK, "store", "can be opened", "")
		}
	}
	e.use(dir, sessionSetting)
	e.disk(dir, sessionSetting, true, 64<<20)
}

// owner tells whether a folder belongs to who runs the pages.
func (e *examination) owner(dir string, info fs.FileInfo) {
	uid := e.System.Euid()
	if owner := ownerOf(info); owner != uid {
		e.found(Error, "owner", fmt.Sprintf("%s; pages are run by %s", e.userName(owner), e.userName(uid)), fmt.Sprintf("chown %d %s", uid, shell.Quote(dir)))
		return
	}
	e.found(OK, "owner", e.userName(uid), "")
}

// ownerOf returns the number of the user who owns a file.
func ownerOf(info fs.FileInfo) int {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1
	}
	return int(st.Uid)
}

// mode tells whether only the owner can get at a folder.
func (e *examination) mode(dir string, info fs.FileInfo) {
	mode := info.Mode()
	text := fmt.Sprintf("%04o", unixMode(mode))
	switch {
	case mode&fs.ModeSticky != 0:
		e.found(Error, "mode", text+": a folder that all users share", "mkdir -m 700 "+shell.Quote(dir+"/sessions")+" and "+sessionSetting+"="+dir+"/sessions")
	case mode.Perm()&0o022 != 0:
		e.found(Error, "mode", text+": others can write there", "chmod 700 "+shell.Quote(dir))
	case mode.Perm()&0o700 != 0o700:
		e.found(Error, "mode", text+": it is closed to its own user", "chmod 700 "+shell.Quote(dir))
	case mode.Perm()&0o077 != 0:
		e.found(Note, "mode", text+": others can see which sessions there are, though not what is in them", "chmod 700 "+shell.Quote(dir))
	default:
		e.found(OK, "mode", text, "")
	}
}

// unixMode returns the permission bits as chmod(1) writes them.
func unixMode(mode fs.FileMode) uint32 {
	bits := uint32(mode.Perm())
	for _, b := range []struct {
		mode fs.FileMode
		bit  uint32
	}{{fs.ModeSetuid, 0o4000}, {fs.ModeSetgid, 0o2000}, {fs.ModeSticky, 0o1000}} {
		if mode&b.mode != 0 {
			bits |= b.bit
		}
	}
	return bits
}
