package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"

	"golang.org/x/sys/unix"
)

const (
	// removeBatch is the number of names that are read from a folder at a time.
	removeBatch = 256
	// maxIdle is the number of times that a folder may turn out not to be empty
	// after all that was seen in it was removed.
	maxIdle = 100
)

// removeTree removes the folder called name in dir, with all that is in it, until it is
// through or ctx ends; the end of ctx is no error. It follows no link and opens
// nothing but folders. A folder that is closed to us is opened. What is nested is moved
// up to the top before it is looked into, so that a tree may be as deep as it
// likes: neither descriptors nor memory grow with it. Several may remove
// one tree at the same time. The first error is returned; it does not end the work
// in other places.
func removeTree(ctx context.Context, d *disk, dir int, name string) error {
	top, err := openForRemoval(dir, name)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
		return ignoreNotExist(d.unlink(dir, name))
	}
	if err != nil {
		return err
	}
	defer unix.Close(top)
	t := tree{disk: d, top: top}
	for idle := 0; ; {
		t.moved = false
		if err := t.empty(ctx, top); ctx.Err() != nil || err != nil {
			return err
		}
		err := ignoreNotExist(d.rmdir(dir, name))
		if !isNotEmpty(err) {
			return err
		}
		// What was moved up while the top was read may not have been seen. Others may
		// add to the folder as well, though not for ever.
		if !t.moved {
			if idle++; idle == maxIdle {
				return err
			}
		}
	}
}

// tree is a tree of files that is being removed.
type tree struct {
	disk  *disk
	top   int // descriptor of the folder
	moved bool
}

// empty removes what is in an open folder of the tree. Folders that are not empty it
// empties, if they are in the top folder, and moves them there if not.
func (t *tree) empty(ctx context.Context, folder int) error {
	own, err := openFolder(folder, ".") // for a position of its own
	if err != nil {
		return ignoreNotExist(err) // somebody else has removed it
	}
	list := os.NewFile(uintptr(own), "")
	defer list.Close()
	var first error
	for {
		names, err := list.Readdirnames(removeBatch)
		for _, name := range names {
			if ctx.Err() != nil {
				return nil
			}
			if err := t.remove(ctx, folder, name); err != nil && first == nil {
				first = fmt.Errorf("remove %s: %w", name, err)
			}
		}
		if errors.Is(err, io.EOF) || errors.Is(err, unix.ENOENT) {
			return first
		}
		if err != nil {
			return err
		}
	}
}

func (t *tree) remove(ctx context.Context, folder int, name string) error {
	err := t.disk.unlink(folder, name)
	if err == nil || errors.Is(err, unix.ENOENT) {
		return nil
	}
	// Which error it is for a folder, and for a file in a folder that was closed
	// to us, differs between systems.
	switch dirErr := t.disk.rmdir(folder, name); {
	case dirErr == nil || errors.Is(dirErr, unix.ENOENT):
		return nil
	case errors.Is(dirErr, unix.ENOTDIR):
		return err
	case !isNotEmpty(dirErr):
		return dirErr
	}
	sub, err := openForRemoval(folder, name)
	if err != nil {
		return ignoreNotExist(err)
	}
	defer unix.Close(sub)
	if folder != t.top {
		t.moved = true
		up := fmt.Sprintf("%s.%016x", deadSuffix, rand.Uint64())
		return ignoreNotExist(eintr(func() error { return t.disk.renameat(folder, name, t.top, up) }))
	}
	if err := t.empty(ctx, sub); err != nil || ctx.Err() != nil {
		return err
	}
	err = ignoreNotExist(t.disk.rmdir(folder, name))
	if isNotEmpty(err) {
		return nil // the next look at the top will see to it
	}
	return err
}

// openForRemoval opens a folder, and lets us read and change it if its permissions
// do not.
func openForRemoval(dir int, name string) (int, error) {
	fd, err := openFolder(dir, name)
	if errors.Is(err, unix.EACCES) {
		err = eintr(func() error { return unix.Fchmodat(dir, name, 0o700, unix.AT_SYMLINK_NOFOLLOW) })
		if errors.Is(err, unix.EOPNOTSUPP) { // Linux before 6.6
			err = chmodFolder(dir, name)
		}
		if err == nil {
			fd, err = openFolder(dir, name)
		}
	}
	if err != nil {
		return -1, err
	}
	if err := eintr(func() error { return unix.Fchmod(fd, 0o700) }); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// chmodFolder opens the permissions of a folder where the system has no call that
// would not follow a link. Were the folder exchanged for a link in between, the file it
// leads to, one of our own, would be closed to others.
func chmodFolder(dir int, name string) error {
	var st unix.Stat_t
	if err := unix.Fstatat(dir, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if uint32(st.Mode)&unix.S_IFMT != unix.S_IFDIR {
		return unix.ENOTDIR
	}
	return eintr(func() error { return unix.Fchmodat(dir, name, 0o700, 0) })
}

func ignoreNotExist(err error) error {
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}

// isNotEmpty reports whether err says that a folder is not empty. There are two such
// errors (POSIX, rmdir).
func isNotEmpty(err error) bool { return errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.EEXIST) }
