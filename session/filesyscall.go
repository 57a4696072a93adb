package session

import (
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// eintr repeats a system call that a signal has interrupted. Handlers installed
// by the runtime restart system calls, those of other libraries may not.
func eintr(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

func euid() uint32 { return uint32(os.Geteuid()) }

// openNoFollow opens a file in a folder without following a link, without waiting
// for the other end of a pipe, and not for our children.
func openNoFollow(dir int, name string, flags int) (fd int, err error) {
	err = eintr(func() (err error) {
		fd, err = unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
		return err
	})
	return fd, err
}

// openFolder opens a folder in a folder, without following a link.
func openFolder(dir int, name string) (int, error) {
	return openNoFollow(dir, name, unix.O_RDONLY|unix.O_DIRECTORY)
}

// sameFile reports whether two results of stat are about one file.
func sameFile(a, b *unix.Stat_t) bool { return a.Dev == b.Dev && a.Ino == b.Ino }

// inPlace reports whether an open file is the one of that name in a folder.
func inPlace(dir int, name string, fd int) bool {
	var opened, now unix.Stat_t
	return unix.Fstat(fd, &opened) == nil &&
		unix.Fstatat(dir, name, &now, unix.AT_SYMLINK_NOFOLLOW) == nil && sameFile(&opened, &now)
}

// foreign says what a file is, if it cannot be a file of ours.
func foreign(st *unix.Stat_t, uid uint32) string {
	switch uint32(st.Mode) & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFLNK:
		return "a symbolic link"
	case unix.S_IFDIR:
		return "a folder"
	case unix.S_IFIFO:
		return "a named pipe"
	case unix.S_IFSOCK:
		return "a socket"
	default:
		return "a device"
	}
	switch {
	case st.Uid != uid:
		return fmt.Sprintf("a file of user %d", st.Uid)
	case st.Nlink > 1:
		return "a file with several links"
	}
	return ""
}

// disk holds the system calls that fail when a disk is full or broken, and
// between which a process can be killed, for tests that make this happen.
type disk struct {
	pread     func(fd int, p []byte, offset int64) (int, error)
	pwrite    func(fd int, p []byte, offset int64) (int, error)
	ftruncate func(fd int, size int64) error
	renameat  func(oldDir int, oldName string, newDir int, newName string) error
	exchange  func(dir int, a, b string) error
	unlinkat  func(dir int, name string, flags int) error
}

func systemDisk() disk {
	return disk{
		pread:     unix.Pread,
		pwrite:    unix.Pwrite,
		ftruncate: unix.Ftruncate,
		renameat:  unix.Renameat,
		exchange:  exchange,
		unlinkat:  unix.Unlinkat,
	}
}

// readFull fills p from an offset of a file. The error is io.ErrUnexpectedEOF if
// the file ends before.
func (d *disk) readFull(fd int, p []byte, offset int64) error {
	for len(p) > 0 {
		var n int
		err := eintr(func() (err error) {
			n, err = d.pread(fd, p, offset)
			return err
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrUnexpectedEOF
		}
		p, offset = p[n:], offset+int64(n)
	}
	return nil
}

// writeFull writes p at an offset of a file.
func (d *disk) writeFull(fd int, p []byte, offset int64) error {
	for len(p) > 0 {
		var n int
		err := eintr(func() (err error) {
			n, err = d.pwrite(fd, p, offset)
			return err
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return io.ErrShortWrite
		}
		p, offset = p[n:], offset+int64(n)
	}
	return nil
}

// unlink removes a file of a folder.
func (d *disk) unlink(dir int, name string) error {
	return eintr(func() error { return d.unlinkat(dir, name, 0) })
}

// rmdir removes an empty folder of a folder.
func (d *disk) rmdir(dir int, name string) error {
	return eintr(func() error { return d.unlinkat(dir, name, unix.AT_REMOVEDIR) })
}
