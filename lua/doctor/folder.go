package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"lcgi/lua/shell"
)

// stat looks at a folder that must exist, and tells what is wrong with it.
// Links are followed only if they may be.
func (e *examination) stat(name, dir, makeIt string, follow bool) (fs.FileInfo, bool) {
	look := os.Lstat
	if follow {
		look = os.Stat
	}
	info, err := look(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.found(Error, name, dir+" does not exist", makeIt)
	case err != nil:
		e.found(Error, name, fmt.Sprintf("%s cannot be reached by %s: %s", dir, e.userName(e.System.Euid()), reason(err)), "namei -l "+shell.Quote(dir)+" shows which folder is closed; to open it: chmod o+x")
	case info.Mode()&fs.ModeSymlink != 0:
		e.found(Error, name, dir+" is a symbolic link, which is not followed", "name the folder that it leads to: readlink -f "+shell.Quote(dir))
	case !info.IsDir():
		e.found(Error, name, dir+" is no folder", makeIt)
	default:
		return info, true
	}
	return nil, false
}

// place tells whether a folder is below the document root, where the server may
// send its files to whoever asks.
func (e *examination) place(dir, setting string) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		real = dir
	}
	root, err := filepath.EvalSymlinks(e.Root)
	if err != nil {
		root = e.Root
	}
	if rel, err := filepath.Rel(root, real); e.Root != "" && err == nil && filepath.IsLocal(rel) {
		e.found(Error, "place", fmt.Sprintf("%s is below the document root %s, where visitors can fetch its files", dir, e.Root), setting+"="+filepath.Join(filepath.Dir(root), "lcgi-"+strings.ToLower(e.group)))
		return
	}
	e.found(OK, "place", "outside of the document root", "")
}

// use does in a folder what its user does: it makes a file, locks it, looks from
// a second descriptor whether the lock holds, flushes, renames and removes it.
func (e *examination) use(dir, setting string) {
	another := setting + "=/another/folder, on a local disk"
	f, err := e.System.CreateTemp(dir, ".lcgi-doctor-*")
	if err != nil {
		e.found(Error, "use", "no file can be made: "+reason(err), fmt.Sprintf("chown %d %s && chmod u+rwx %[2]s", e.System.Euid(), shell.Quote(dir)))
		return
	}
	defer f.Close()
	renamed := f.Name() + ".renamed"
	for _, step := range []struct {
		name   string
		do     func() error
		advice string
	}{
		{"written to", func() error { _, err := f.WriteString("doctor"); return err }, "make room: df -h " + shell.Quote(dir)},
		{"locked", func() error { return e.holdsLock(f) }, another},
		{"flushed to the disk", func() error { return e.System.Fsync(f) }, another},
		{"renamed", func() error { return e.System.Rename(f.Name(), renamed) }, another},
		{"removed", func() error { return e.System.Remove(renamed) }, "rm " + shell.Quote(renamed)},
	} {
		if err := step.do(); err != nil {
			_ = os.Remove(f.Name())
			e.found(Error, "use", fmt.Sprintf("a file cannot be %s: %s", step.name, reason(err)), step.advice)
			return
		}
	}
	e.found(OK, "use", "a file was made, locked, flushed, renamed and removed", "")
}

// errLockIgnored says that a lock does not keep others out.
var errLockIgnored = errors.New("a second descriptor got the lock while the first one held it, so changes of visitors would be lost")

// holdsLock locks f (flock(2)) and tries the same from a second descriptor.
func (e *examination) holdsLock(f *os.File) error {
	if err := e.System.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return err
	}
	second, err := os.Open(f.Name())
	if err != nil {
		return err
	}
	defer second.Close()
	switch err := e.System.Flock(int(second.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
	case err == nil:
		return errLockIgnored
	case !errors.Is(err, unix.EWOULDBLOCK):
		return err
	}
	return e.System.Flock(int(f.Fd()), unix.LOCK_UN)
}

// reason returns what the system says, without the names that os puts before it.
func reason(err error) string {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return errno.Error()
	}
	return err.Error()
}

// disk tells where the files of a folder are, and how much room there is. For
// sessions it matters how long they stay; needed is how many bytes should be
// free.
func (e *examination) disk(dir, setting string, lasting bool, needed uint64) {
	system, err := e.System.FileSystem(dir)
	if err != nil {
		e.found(Note, "file system", "it is not known: "+reason(err), "df "+shell.Quote(dir))
		return
	}
	local := setting + "=/a/folder, on a local disk"
	switch system.Type {
	case "nfs", "smb", "fuse", "9p", "ceph", "afs":
		e.found(Warning, "file system", system.Type+", where locks may be slow or not be seen by other machines", local)
	case "tmpfs", "ramfs":
		if lasting {
			e.found(Warning, "file system", system.Type+", which is memory: all sessions end when the machine is started anew", local)
		} else {
			e.found(Note, "file system", system.Type+", which is memory: uploads that wait need it", local)
		}
	case "overlay":
		if lasting {
			e.found(Note, "file system", "overlay, of a container: all sessions end with it", "mount a volume and name it: "+setting+"=/the/volume")
		} else {
			e.found(OK, "file system", "overlay, of a container", "")
		}
	default:
		e.found(OK, "file system", system.Type, "")
	}
	const least = 1 << 20
	value := fmt.Sprintf("%s free", size(system.Free))
	if system.TotalFiles > 0 {
		value += fmt.Sprintf(", %d files more", system.FreeFiles)
	}
	switch {
	case system.Free < least:
		e.found(Error, "room", value+": the disk is full", "df -h "+shell.Quote(dir))
	case system.TotalFiles > 0 && system.FreeFiles < 10:
		e.found(Error, "room", value+": the file system has no place for further files", "df -i "+shell.Quote(dir))
	case system.Free < needed:
		e.found(Warning, "room", fmt.Sprintf("%s: less than the %s that may be needed", value, size(needed)), "df -h "+shell.Quote(dir))
	case system.TotalFiles > 0 && system.FreeFiles < 1000:
		e.found(Warning, "room", value+": few files", "df -i "+shell.Quote(dir))
	default:
		e.found(OK, "room", value, "")
	}
}

// size writes a number of bytes as settings have it.
func size(n uint64) string {
	switch {
	case n >= 10<<30:
		return fmt.Sprintf("%dGB", n>>30)
	case n >= 10<<20:
		return fmt.Sprintf("%dMB", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%dkB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
