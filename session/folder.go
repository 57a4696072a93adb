package session

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	folderNameLen = 32 // hex digits

	ownerSuffix = ".owner" // of the file that says whose a private folder is
	deadSuffix  = ".dead"  // of a private folder that is being removed
)

// isFolderName reports whether name is that of a private folder.
func isFolderName(name string) bool { return len(name) == folderNameLen && isHex(name) }

// folders are the private folders of sessions, in up to 256 subfolders of a
// folder, by the first two digits of their names, which are random:
//
//	ab/ab12…        a private folder; the session's Meta.Folder is its name
//	ab/ab12….owner  the key of the session
//	ab/ab12….dead   a private folder that is being removed
//
// A page that uses the folder holds a shared lock of the owner file, flock(2). The
// owner file is made before the folder and removed after it has got its dead name.
// Who gives it that name holds the exclusive lock. What a page has put into the
// folder is removed after that, and it does not matter who does it or how often
// they are interrupted.
//
// The folder belongs to the session that names it in its Meta and is named by the
// owner file. The owner file holds two keys, of which one may be of no meaning, so
// that a rotation can do its steps one by one: (1) store the session under its new
// key; (2) write the new key over the one that is not the session's own; (3) turn
// the old record into a forward. Who is killed after (1) leaves the
// old session as it was, and one that nobody can reach and that names a folder of
// which it is not the owner. After (2) the same, and the owner file names
// both: the folder stays as long as one of them is alive. After (3) the old key is
// that of no session. The next rotation writes over it.
type folders struct {
	dir  string
	err  error // why dir has no absolute path
	disk disk
}

func newFolders(dir string) *folders {
	f := &folders{disk: systemDisk()}
	f.dir, f.err = filepath.Abs(dir)
	return f
}

// openRoot opens the folder of the private folders, and makes it if there is none.
func (f *folders) openRoot() (int, error) {
	if f.err != nil {
		return -1, fmt.Errorf("the folder for private folders: %w", f.err)
	}
	root, err := openRoot(f.dir)
	if errors.Is(err, fs.ErrNotExist) {
		if err := eintr(func() error { return unix.Mkdir(f.dir, 0o700) }); err != nil && !errors.Is(err, unix.EEXIST) {
			return -1, fmt.Errorf("make the folder for private folders %s: %w", f.dir, err)
		}
		root, err = openRoot(f.dir)
	}
	return root, err
}

// openShard opens the subfolder for a private folder, and makes it if make is set
// and there is none.
func (f *folders) openShard(name string, make bool) (int, error) {
	root, err := f.openRoot()
	if err != nil {
		return -1, err
	}
	defer unix.Close(root)
	shard, err := openFolder(root, shardName(name))
	if make && errors.Is(err, unix.ENOENT) {
		err = eintr(func() error { return unix.Mkdirat(root, shardName(name), 0o700) })
		if err == nil || errors.Is(err, unix.EEXIST) {
			shard, err = openFolder(root, shardName(name))
		}
	}
	if err != nil {
		return -1, f.errorAt("open", shardName(name), err)
	}
	return shard, nil
}

// folder is a private folder that a page uses: it holds the shared lock of the owner
// file.
type folder struct {
	of    *folders
	name  string
	shard int // descriptor of the folder that holds it
	owner int // descriptor of the owner file, locked; -1 after release
}

// create makes a private folder for the session at key.
func (f *folders) create(ctx context.Context, key Key) (*folder, error) {
	var random [folderNameLen / 2]byte
	rand.Read(random[:])
	p := &folder{of: f, name: hex.EncodeToString(random[:]), owner: -1}
	var err error
	if p.shard, err = f.openShard(p.name, true); err != nil {
		return nil, err
	}
	err = p.make(ctx, key)
	if err != nil {
		p.release()
		return nil, f.errorAt("make", p.name, err)
	}
	return p, nil
}

func (p *folder) make(ctx context.Context, key Key) (err error) {
	name := p.name + ownerSuffix
	p.owner, err = openNoFollow(p.shard, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL)
	if err != nil {
		return err
	}
	err = lockShared(ctx, p.owner)
	if err == nil {
		err = p.of.disk.writeFull(p.owner, encodeOwners([2]Key{key}), 0)
	}
	if err == nil {
		err = eintr(func() error { return unix.Mkdirat(p.shard, p.name, 0o700) })
	}
	if err != nil {
		_ = p.of.disk.unlink(p.shard, name)
	}
	return err
}

// claim takes hold of the private folder of that name, if it belongs to the session
// at key. Otherwise the error wraps fs.ErrNotExist.
func (f *folders) claim(ctx context.Context, name string, key Key) (*folder, error) {
	p := &folder{of: f, name: name, owner: -1}
	var err error
	if p.shard, err = f.openShard(name, false); err != nil {
		return nil, err
	}
	if err := p.take(ctx, key); err != nil {
		p.release()
		return nil, f.errorAt("open", name, err)
	}
	return p, nil
}

func (p *folder) take(ctx context.Context, key Key) (err error) {
	if p.owner, err = p.of.openOwner(p.shard, p.name); err != nil {
		return err
	}
	if err := lockShared(ctx, p.owner); err != nil {
		return err
	}
	// A sweep may have removed it before we got the lock.
	keys, err := p.of.readOwners(p.owner)
	if err != nil {
		return err
	}
	if !inPlace(p.shard, p.name+ownerSuffix, p.owner) || keys[0] != key && keys[1] != key {
		return fs.ErrNotExist
	}
	var st unix.Stat_t
	if err := unix.Fstatat(p.shard, p.name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if uint32(st.Mode)&unix.S_IFMT != unix.S_IFDIR || st.Uid != euid() {
		return fs.ErrNotExist
	}
	return nil
}

// path returns the absolute path of the folder.
func (p *folder) path() string { return p.of.path(p.name) }

// pass makes the session at the key to the owner, while the one at from is the owner
// still.
func (p *folder) pass(from, to Key) error {
	keys, err := p.of.readOwners(p.owner)
	if err != nil {
		return p.of.errorAt("read the owner of", p.name, err)
	}
	slot := 0
	if keys[slot] == from {
		slot = 1
	}
	line := encodeOwner(to)
	if err := p.of.disk.writeFull(p.owner, line, int64(slot*len(line))); err != nil {
		return p.of.errorAt("write the owner of", p.name, err)
	}
	return nil
}

// release gives the lock of the folder up.
func (p *folder) release() {
	if p.owner >= 0 {
		unlock(p.owner)
		p.owner = -1
	}
	if p.shard >= 0 {
		unix.Close(p.shard)
		p.shard = -1
	}
}

// remove removes the folder and what is in it, until it is through or ctx ends; the
// sweep does the rest. It leaves the folder to the sweep, too, if another page uses
// it.
func (p *folder) remove(ctx context.Context) error {
	if locked, err := tryLock(p.owner); !locked {
		return err
	}
	if err := p.of.bury(p.shard, p.name); err != nil {
		return err
	}
	return p.of.removeDead(ctx, p.shard, p.name)
}

// bury gives a private folder its dead name and removes the owner file, of which the
// caller holds the exclusive lock.
func (f *folders) bury(shard int, name string) error {
	err := eintr(func() error { return f.disk.renameat(shard, name, shard, name+deadSuffix) })
	if ignoreNotExist(err) == nil {
		err = f.disk.unlink(shard, name+ownerSuffix)
	}
	if ignoreNotExist(err) != nil {
		return f.errorAt("remove", name, err)
	}
	return nil
}

// removeDead removes a private folder that has its dead name.
func (f *folders) removeDead(ctx context.Context, shard int, name string) error {
	if err := removeTree(ctx, &f.disk, shard, name+deadSuffix); err != nil {
		return f.errorAt("remove", name+deadSuffix, err)
	}
	return nil
}

// openOwner opens the owner file of a private folder.
func (f *folders) openOwner(shard int, name string) (int, error) {
	fd, err := openNoFollow(shard, name+ownerSuffix, unix.O_RDWR)
	if err != nil {
		return -1, err
	}
	var st unix.Stat_t
	if err = unix.Fstat(fd, &st); err == nil {
		if why := foreign(&st, euid()); why != "" {
			err = fmt.Errorf("its owner file is %s, which is not ours: %w", why, fs.ErrNotExist)
		}
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// readOwners reads an owner file. One that is cut short, as by a process that was
// killed while it made it, has keys of no session.
func (f *folders) readOwners(fd int) (keys [2]Key, err error) {
	b := make([]byte, len(encodeOwners(keys)))
	err = f.disk.readFull(fd, b, 0)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return keys, err
	}
	for i := range keys {
		line, _, _ := strings.Cut(string(b[i*len(b)/2:]), "\n")
		if isKeyName(line) {
			keys[i] = keyFromName(line)
		}
	}
	return keys, nil
}

// encodeOwner returns the line of an owner file that names key.
func encodeOwner(key Key) []byte { return []byte(key.String() + "\n") }

func encodeOwners(keys [2]Key) []byte { return append(encodeOwner(keys[0]), encodeOwner(keys[1])...) }

func (f *folders) path(name string) string { return filepath.Join(f.dir, shardName(name), name) }

// errorAt says what failed, with which private folder.
func (f *folders) errorAt(action, name string, err error) error {
	return fmt.Errorf("%s the private folder %s: %w", action, f.path(name), err)
}
