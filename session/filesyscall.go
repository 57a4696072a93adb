package session

import (
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
