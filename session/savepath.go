package session

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// DefaultDir returns the folder in which the sessions of a site are kept when no
// save path is set: a private one of the effective user and the site, which is
// known by its document root, below the system's temporary folder. Sites do not
// share one: a browser sends the cookies of localhost to every port, and who is
// logged in at one site of a user must not be so at another.
func DefaultDir(site string) string {
	sum := sha256.Sum256([]byte(site))
	return filepath.Join(os.TempDir(), fmt.Sprintf("lcgi-sessions-%d-%x", os.Geteuid(), sum[:8]))
}

// MakeDefaultDir returns DefaultDir, and makes that folder if it is missing. Any
// other folder is made by the administrator: a save path that does not exist
// is a mistake. Whether the folder is fit for use is checked by OpenFileStore, as
// anybody may have made it.
func MakeDefaultDir(site string) (string, error) {
	dir := DefaultDir(site)
	err := unix.Mkdir(dir, 0o700)
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return "", fmt.Errorf("make the session folder %s: %w; set a save path to keep sessions elsewhere", dir, err)
	}
	return dir, nil
}

// openRoot opens the folder of a store if it is fit for use.
func openRoot(dir string) (int, error) {
	fd, err := openFolder(unix.AT_FDCWD, dir)
	if err != nil {
		return -1, rootError(dir, err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("look at the session folder %s: %w", dir, err)
	}
	uid, mode := euid(), uint32(st.Mode)&0o7777
	switch {
	case st.Uid != uid:
		err = fmt.Errorf("the session folder %s belongs to user %d, not to user %d, who runs this; set another save path or: chown %d %[1]s", dir, st.Uid, uid, uid)
	case mode&0o1000 != 0:
		err = fmt.Errorf("the session folder %s is one that all users share (mode %04o); make one in it: mkdir -m 700 %[1]s/sessions", dir, mode)
	case mode&0o022 != 0:
		err = fmt.Errorf("the session folder %s can be written by others (mode %04o); to close it: chmod 700 %[1]s", dir, mode)
	case mode&0o700 != 0o700 && uid != 0:
		err = fmt.Errorf("the session folder %s is closed to its own user (mode %04o); to open it: chmod 700 %[1]s", dir, mode)
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	// Below /tmp, systemd-tmpfiles removes what has not been used for days. It
	// spares a folder that somebody holds locked (tmpfiles.d(5)). Where
	// that is not to be had, nothing is lost.
	_ = unix.Flock(fd, unix.LOCK_SH|unix.LOCK_NB)
	return fd, nil
}

// rootError says why the folder of a store cannot be opened, and what to do.
func rootError(dir string, err error) error {
	st, lstatErr := os.Lstat(dir)
	switch {
	case errors.Is(lstatErr, fs.ErrNotExist):
		return fmt.Errorf("the session folder %s does not exist; to make it: mkdir -m 700 %[1]s: %w", dir, err)
	case lstatErr != nil:
	case st.Mode()&fs.ModeSymlink != 0:
		return fmt.Errorf("the session folder %s is a symbolic link, which is not followed; set the save path to the folder it leads to: %w", dir, err)
	case !st.IsDir():
		return fmt.Errorf("the session folder %s is not a folder; set another save path: %w", dir, err)
	}
	return fmt.Errorf("open the session folder %s: %w; it must be open to user %d, who runs this", dir, err, euid())
}
