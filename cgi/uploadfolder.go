package cgi

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const (
	uploadNameLen = 32 // hex digits

	// leftoverAge is the age at which a temporary file that nobody holds locked is
	// taken for that of a killed process.
	leftoverAge = time.Minute

	// A sweep looks at so many files, and removes so many.
	sweepLooks   = 1000
	sweepRemoves = 100
)

// uploadDisk holds what fails when a disk is full or broken, and the clock, for
// tests that make this happen.
type uploadDisk struct {
	write  func(fd int, p []byte) (int, error)
	unlink func(dir int, name string) error
	now    func() time.Time
}

func systemDisk() uploadDisk {
	return uploadDisk{
		write:  unix.Write,
		unlink: func(dir int, name string) error { return unix.Unlinkat(dir, name, 0) },
		now:    time.Now,
	}
}

// uploadFolder is the private folder of a user in which uploaded files wait, with the
// files of one request. Their names are random. The request holds a lock of each,
// flock(2), which goes with the process.
type uploadFolder struct {
	path  string
	fd    int
	disk  uploadDisk
	files []*uploadFile
}

// uploadFile is a temporary file, open and locked.
type uploadFile struct {
	folder *uploadFolder
	name   string
	path   string
	fd     int
}

// create makes a temporary file, and opens the folder for the first one.
func (u *uploads) create() (*uploadFile, error) {
	if u.folder == nil {
		dir := u.dir
		if dir == "" {
			dir = os.TempDir()
		}
		folder, err := openUploadFolder(dir, u.disk)
		if err != nil {
			return nil, &StatusError{Status: 500, Reason: "store an uploaded file (LCGI_UPLOAD_DIR)", Err: err}
		}
		u.folder = folder
	}
	return u.folder.create()
}

// openUploadFolder opens the private folder below dir, and makes it if it is
// missing. It is checked as it is opened: anybody may have made it.
func openUploadFolder(dir string, disk uploadDisk) (*uploadFolder, error) {
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("the folder for uploads %q must be an absolute path", dir)
	}
	uid := uint32(os.Geteuid())
	path := filepath.Join(dir, fmt.Sprintf("lcgi-uploads-%d", uid))
	fd, err := openAt(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY)
	if errors.Is(err, fs.ErrNotExist) {
		if err = unix.Mkdir(path, 0o700); err == nil || errors.Is(err, fs.ErrExist) {
			fd, err = openAt(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("the folder for uploads %s does not exist; make it or name another: %w", dir, err)
	case errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP):
		return nil, fmt.Errorf("%s is not a folder, or a symbolic link, which is not followed; remove it: %w", path, err)
	case err != nil:
		return nil, fmt.Errorf("open the folder for uploads %s: %w; it must be open to user %d, who runs this", path, err, uid)
	}
	var st unix.Stat_t
	err = unix.Fstat(fd, &st)
	mode := uint32(st.Mode) & 0o7777
	switch {
	case err != nil:
		err = fmt.Errorf("look at the folder for uploads %s: %w", path, err)
	case st.Uid != uid:
		err = fmt.Errorf("the folder for uploads %s belongs to user %d, not to user %d, who runs this; remove it or name another place", path, st.Uid, uid)
	case mode&0o077 != 0:
		err = fmt.Errorf("the folder for uploads %s is open to others (mode %04o); to close it: chmod 700 %[1]s", path, mode)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return &uploadFolder{path: path, fd: fd, disk: disk}, nil
}

// openAt opens a file in a folder without following a link, without waiting for the
// other end of a pipe, and not for our children.
func openAt(dir int, name string, flags int) (fd int, err error) {
	err = retry(func() (err error) {
		fd, err = unix.Openat(dir, name, flags|unix.O_NOFOLLOW|unix.O_NONBLOCK|unix.O_CLOEXEC, 0o600)
		return err
	})
	return fd, err
}

// retry repeats a system call that a signal has interrupted.
func retry(call func() error) error {
	for {
		if err := call(); err != unix.EINTR {
			return err
		}
	}
}

func (d *uploadFolder) create() (*uploadFile, error) {
	var random [uploadNameLen / 2]byte
	rand.Read(random[:])
	name := hex.EncodeToString(random[:])
	f := &uploadFile{folder: d, name: name, path: filepath.Join(d.path, name)}
	var err error
	if f.fd, err = openAt(d.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL); err != nil {
		return nil, f.fail(err)
	}
	d.files = append(d.files, f)
	// Nobody else asks for it before it is old.
	if err := retry(func() error { return unix.Flock(f.fd, unix.LOCK_EX|unix.LOCK_NB) }); err != nil {
		return nil, f.fail(fmt.Errorf("lock: %w", err))
	}
	return f, nil
}

// write adds p to the file.
func (f *uploadFile) write(p []byte) error {
	for len(p) > 0 {
		n := 0
		err := retry(func() (err error) {
			n, err = f.folder.disk.write(f.fd, p)
			return err
		})
		if err == nil && n == 0 {
			err = errors.New("nothing was written")
		}
		if err != nil {
			return f.fail(err)
		}
		p = p[n:]
	}
	return nil
}

// fail returns the error for a file that could not be stored.
func (f *uploadFile) fail(err error) error {
	status := 500
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		status = 507
	}
	return &StatusError{Status: status, Reason: fmt.Sprintf("store an uploaded file in %s (LCGI_UPLOAD_DIR)", f.folder.path), Err: err}
}

// removeAll removes the files of the request that are still there.
func (d *uploadFolder) removeAll() error {
	var failed error
	for _, f := range d.files {
		err := retry(func() error { return d.disk.unlink(d.fd, f.name) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) && failed == nil {
			failed = fmt.Errorf("remove the uploaded file %s: %w", f.path, err)
		}
		unix.Close(f.fd)
	}
	d.files = nil
	return failed
}

func (d *uploadFolder) close() { unix.Close(d.fd) }

// sweep removes some of the files that killed processes have left. What it cannot
// do, the next one can.
func (d *uploadFolder) sweep() {
	own, err := openAt(d.fd, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return
	}
	listing := os.NewFile(uintptr(own), d.path)
	defer listing.Close()
	names, _ := listing.Readdirnames(sweepLooks)
	removed := 0
	for _, name := range names {
		if isUploadName(name) && d.sweepFile(name) {
			if removed++; removed == sweepRemoves {
				return
			}
		}
	}
}

// sweepFile removes a file if it is old and nobody holds its lock.
func (d *uploadFolder) sweepFile(name string) bool {
	var st unix.Stat_t
	if unix.Fstatat(d.fd, name, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || !isLeftover(&st, d.disk.now()) {
		return false
	}
	fd, err := openAt(d.fd, name, unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	// Its name is never used again, so it is the file that was looked at.
	return retry(func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }) == nil &&
		retry(func() error { return d.disk.unlink(d.fd, name) }) == nil
}

// isLeftover reports whether a file is one of ours and old.
func isLeftover(st *unix.Stat_t, now time.Time) bool {
	return uint32(st.Mode)&unix.S_IFMT == unix.S_IFREG &&
		now.Sub(time.Unix(st.Mtim.Unix())) > leftoverAge
}

// isUploadName reports whether name is that of a temporary file.
func isUploadName(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return len(name) == uploadNameLen
}
