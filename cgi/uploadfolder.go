package cgi

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const uploadNameLen = 32 // hex digits

// uploadDisk holds what fails when a disk is full or broken, the clock, and the choice
// of what a sweep looks at, for tests that make this happen.
type uploadDisk struct {
	write  func(fd int, p []byte) (int, error)
	unlink func(dir int, name string) error
	now    func() time.Time
	random func(n int) int // from 0 to n-1
}

func systemDisk() uploadDisk {
	return uploadDisk{
		write:  unix.Write,
		unlink: func(dir int, name string) error { return unix.Unlinkat(dir, name, 0) },
		now:    time.Now,
		random: mathrand.IntN,
	}
}

// uploadFolder is the folder in which the uploaded files of one request wait. It is in
// the private folder of the user. All names are random. The request holds a lock
// of the folder, flock(2), which goes with the process, so that many files need no more
// descriptors than one.
//
// Over NFS such a lock is seen by its own machine only: a folder for uploads is not to
// be shared by several.
type uploadFolder struct {
	dir   string // the folder below which the private one is
	path  string
	name  string // in the private folder
	fd    int
	disk  uploadDisk
	files []string // names
}

// uploadFile is a temporary file that is being written.
type uploadFile struct {
	folder *uploadFolder
	path   string
	fd     int
}

// create makes a temporary file, and the folder for the first one.
func (u *uploads) create() (*uploadFile, error) {
	if u.folder == nil {
		dir := uploadDir(u.dir)
		folder, err := makeUploadFolder(dir, u.disk)
		if err != nil {
			return nil, storeError(dir, err)
		}
		u.folder, u.stored = folder, true
	}
	return u.folder.create()
}

// uploadDir returns the folder below which uploads wait where the setting is dir.
func uploadDir(dir string) string {
	if dir == "" {
		return os.TempDir()
	}
	return dir
}

// storeError returns the error for a file that could not be stored below dir, which is
// the folder that the setting names.
func storeError(dir string, err error) error {
	status := 500
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		status = 507
	}
	return &StatusError{Status: status, Reason: fmt.Sprintf("store an uploaded file in %s (LCGI_UPLOAD_DIR)", dir), Err: err}
}

// makeUploadFolder makes the folder of a request in the private folder below dir.
func makeUploadFolder(dir string, disk uploadDisk) (*uploadFolder, error) {
	private, path, err := makePrivateFolder(dir)
	if err != nil {
		return nil, err
	}
	defer unix.Close(private)
	d := &uploadFolder{dir: dir, name: uploadName(), disk: disk}
	d.path = filepath.Join(path, d.name)
	if err := retry(func() error { return unix.Mkdirat(private, d.name, 0o700) }); err != nil {
		return nil, fmt.Errorf("make the folder %s: %w", d.path, err)
	}
	if d.fd, err = openAt(private, d.name, unix.O_RDONLY|unix.O_DIRECTORY); err == nil {
		// Nobody else asks for it before it is old.
		if err = retry(func() error { return unix.Flock(d.fd, unix.LOCK_EX|unix.LOCK_NB) }); err == nil {
			return d, nil
		}
		unix.Close(d.fd)
	}
	unix.Unlinkat(private, d.name, unix.AT_REMOVEDIR)
	return nil, fmt.Errorf("lock the folder %s: %w", d.path, err)
}

func uploadName() string {
	var random [uploadNameLen / 2]byte
	rand.Read(random[:])
	return hex.EncodeToString(random[:])
}

// privateFolderPath returns the path of the private folder below dir.
func privateFolderPath(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("lcgi-uploads-%d", os.Geteuid()))
}

// makePrivateFolder opens the private folder below dir, and makes it if it is missing.
func makePrivateFolder(dir string) (fd int, path string, err error) {
	fd, path, err = openPrivateFolder(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return fd, path, err
	}
	path = privateFolderPath(dir)
	switch mkdir := unix.Mkdir(path, 0o700); {
	case mkdir == nil, mkdir == unix.EEXIST: // another request was faster
		return openPrivateFolder(dir)
	case mkdir != unix.ENOENT:
		return 0, "", fmt.Errorf("make the folder for uploads %s: %w; %s must be open to user %d, who runs this", path, mkdir, dir, os.Geteuid())
	}
	return 0, "", err
}

// openPrivateFolder opens the private folder below dir. It is checked as it is opened:
// anybody may have made it.
func openPrivateFolder(dir string) (fd int, path string, err error) {
	if !filepath.IsAbs(dir) {
		return 0, "", fmt.Errorf("the folder for uploads %q must be an absolute path", dir)
	}
	uid := uint32(os.Geteuid())
	path = privateFolderPath(dir)
	fd, err = openAt(unix.AT_FDCWD, path, unix.O_RDONLY|unix.O_DIRECTORY)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return 0, "", fmt.Errorf("the folder for uploads %s does not exist; make it or name another: %w", dir, err)
	case errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP):
		return 0, "", fmt.Errorf("%s is not a folder, or a symbolic link, which is not followed; remove it: %w", path, err)
	case err != nil:
		return 0, "", fmt.Errorf("open the folder for uploads %s: %w; it must be open to user %d, who runs this", path, err, uid)
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
		return 0, "", err
	}
	return fd, path, nil
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
	name := uploadName()
	f := &uploadFile{folder: d, path: filepath.Join(d.path, name)}
	var err error
	if f.fd, err = openAt(d.fd, name, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL); err != nil {
		return nil, storeError(d.dir, err)
	}
	d.files = append(d.files, name)
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
			return storeError(f.folder.dir, err)
		}
		p = p[n:]
	}
	return nil
}

// close ends the writing. Some file systems say only now that the disk is full. A
// signal that interrupts it does not keep the descriptor open on all systems, so it
// is not repeated.
func (f *uploadFile) close() error {
	if err := unix.Close(f.fd); err != nil && err != unix.EINTR {
		return storeError(f.folder.dir, err)
	}
	return nil
}

// remove removes the files of the request that are still there, and its folder.
func (d *uploadFolder) remove() error {
	defer unix.Close(d.fd)
	var failed error
	for _, name := range d.files {
		err := retry(func() error { return d.disk.unlink(d.fd, name) })
		if err != nil && !errors.Is(err, fs.ErrNotExist) && failed == nil {
			failed = fmt.Errorf("remove the uploaded file %s: %w", filepath.Join(d.path, name), err)
		}
	}
	// Not "..", which is another folder where the page has moved this one.
	private, _, err := openPrivateFolder(d.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return failed
	}
	if err != nil {
		return withCleanup(fmt.Errorf("remove the folder %s: %w", d.path, err), failed)
	}
	defer unix.Close(private)
	// What the page has put there itself is left alone, and keeps the folder.
	err = retry(func() error { return unix.Unlinkat(private, d.name, unix.AT_REMOVEDIR) })
	if err != nil && failed == nil && err != unix.ENOTEMPTY && err != unix.EEXIST && err != unix.ENOENT {
		failed = fmt.Errorf("remove the folder %s: %w", d.path, err)
	}
	return failed
}
