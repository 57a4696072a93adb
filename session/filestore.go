package session

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// FileOptions adjust a [FileStore]. The zero value is ready for use.
type FileOptions struct {
	// MaxDataLen lowers the limit of one record's data, in bytes; the constant
	// of the same name if 0.
	MaxDataLen int
}

// FileStore keeps records in a folder on a local disk, one file for each, in
// up to 256 subfolders named by the first two digits of the key:
//
//	ab/ab12…           a record, named by its key; empty while it is reserved
//	ab/ab12….spare     the file that was the record's before the last save
//	ab/ab12….cd34….tmp a record being written where there is no spare to use
//	bad/ab12….bad      a damaged record, kept for the administrator
//
// The cost of opening a record does not grow with their number.
//
// A record's lock is flock(2) on its file. The kernel releases it when the
// process ends, however it ends. As a save replaces the file, whoever gets a
// lock looks whether the file is still the one in place. The order is such
// that there is no gap: a new file is locked before it is put in place, and the
// file in place is replaced or unlinked only by the holder of its lock.
//
// A save writes another file and puts it in place in one step, so a process that
// is killed leaves the old state or the new one. The first save renames a
// temporary file. From the second one on, the other file is the spare, and the two
// exchange their names (renameat2(2) with RENAME_EXCHANGE): to free the old file
// and to fill a new one takes most of the time of a save by renaming, on ext4 100
// of 130 µs. So a record that was saved twice takes the room of two. Where files
// cannot be exchanged (other systems than Linux, some file systems), no spare is
// kept. There, and where the spare is locked or not ours, a save renames.
//
// A spare is never read in place of a record. It is written by the holder of
// both locks, its own and the record's, so the holder of either may remove it. It
// goes before its record goes, and when the last save is an hour ago.
//
// Files are not flushed to the disk (fsync would make every request wait for
// it). After a power failure a record may be gone, damaged, which its checksums
// tell, or old, by the last save or by two: the names may be exchanged
// on the disk while what was written to the spare is not there yet.
//
// All files are reached through descriptors of the folder and its subfolders, and
// no symbolic link is followed below the folder. What is in a record's place
// and is not a regular file of our own user with a single link is left alone
// and reported as a [*CorruptError].
type FileStore struct {
	dir        string // for messages; the folder itself is root
	root       int
	uid        uint32
	maxDataLen int
	disk       disk
}

// OpenFileStore returns a store of records in the folder dir. The folder must
// exist, belong to the effective user of this process, and be writable by nobody else;
// it must not be a symbolic link. Otherwise the error says what to do. A relative
// dir counts from the current folder at the time of the call.
func OpenFileStore(dir string, opt FileOptions) (*FileStore, error) {
	if dir == "" {
		return nil, errors.New("the session folder has no name; set a save path")
	}
	// O_NOFOLLOW would follow a link whose name ends in a slash.
	dir = filepath.Clean(dir)
	root, err := openRoot(dir)
	if err != nil {
		return nil, err
	}
	s := &FileStore{
		dir:        dir,
		root:       root,
		uid:        euid(),
		maxDataLen: MaxDataLen,
		disk:       systemDisk(),
	}
	if opt.MaxDataLen > 0 {
		s.maxDataLen = min(opt.MaxDataLen, MaxDataLen)
	}
	return s, nil
}

// CanKeep reports whether the subfolder of a record is one or can be made: a
// link or a file in its place is not ours.
func (s *FileStore) CanKeep(key Key) bool {
	var st unix.Stat_t
	err := unix.Fstatat(s.root, shardName(key.String()), &st, unix.AT_SYMLINK_NOFOLLOW)
	return err != nil || uint32(st.Mode)&unix.S_IFMT == unix.S_IFDIR
}

// InPlace reports whether the path of the folder still leads to the folder that
// was opened. Where it was moved away, or removed and made anew, the store goes
// on in the old one, which nobody means any more: it should be opened again.
func (s *FileStore) InPlace() bool {
	var opened, now unix.Stat_t
	return unix.Fstat(s.root, &opened) == nil && unix.Lstat(s.dir, &now) == nil && sameFile(&opened, &now)
}

// Close gives up the store's descriptor of the folder. Records must be closed
// before.
func (s *FileStore) Close() error {
	return unix.Close(s.root)
}

// Open implements [Store]. Where nothing is stored it makes an empty file to
// lock, which Close removes.
func (s *FileStore) Open(ctx context.Context, key Key) (Record, error) {
	return s.open(ctx, key, true)
}

// Find implements [Store].
func (s *FileStore) Find(ctx context.Context, key Key) (Record, error) {
	return s.open(ctx, key, false)
}

// open opens and locks the file of the record at key, and makes it if reserve
// is set and there is none.
func (s *FileStore) open(ctx context.Context, key Key, reserve bool) (Record, error) {
	r := &fileRecord{store: s, key: key, name: key.String(), fd: -1}
	var err error
	r.shard, err = s.openShard(shardName(r.name), reserve)
	if err != nil {
		return nil, err
	}
	if err := r.lock(ctx, reserve); err != nil {
		r.Close()
		return nil, err
	}
	if !reserve && r.size == 0 {
		// Nobody knows the id of a session that never was stored. This one was,
		// and its file was cut to nothing.
		err := r.putAside("the file is empty")
		r.Close()
		return nil, err
	}
	return r, nil
}

// shardName returns the name of the subfolder that holds a record's file.
func shardName(name string) string { return name[:2] }

// openShard opens a subfolder, and makes it if make is set and there is none.
func (s *FileStore) openShard(name string, make bool) (int, error) {
	fd, err := openFolder(s.root, name)
	if make && errors.Is(err, unix.ENOENT) {
		err = eintr(func() error { return unix.Mkdirat(s.root, name, 0o700) })
		switch {
		case errors.Is(err, unix.ENOENT):
			return -1, fmt.Errorf("the session folder %s was removed while it was in use; make it again (mkdir -m 700 %[1]s) and restart", s.dir)
		case err != nil && !errors.Is(err, unix.EEXIST):
			return -1, s.errorAt("make", filepath.Join(s.dir, name), err)
		}
		fd, err = openFolder(s.root, name)
	}
	path := filepath.Join(s.dir, name)
	switch {
	case err == nil:
		return fd, nil
	case !make && (errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)):
		// Nothing of ours is behind it. Only a session that would have to be
		// saved there cannot be helped.
		return -1, &CorruptError{Place: path, Reason: "this is no folder, and so not ours; it is left alone"}
	}
	return -1, s.errorAt("open", path, err)
}

// openFile opens the file called name in a shard. What is there and is no
// file of ours is a *CorruptError.
func (s *FileStore) openFile(shard int, name string, flags int) (int, unix.Stat_t, error) {
	fd, err := openNoFollow(shard, name, flags)
	var st unix.Stat_t
	if err == nil {
		if err := unix.Fstat(fd, &st); err != nil {
			unix.Close(fd)
			return -1, st, s.errorAt("look at", s.path(name), err)
		}
		if why := foreign(&st, s.uid); why != "" {
			unix.Close(fd)
			return -1, st, &CorruptError{Place: s.path(name), Reason: why + ", which is not ours; it is left alone"}
		}
		return fd, st, nil
	}
	// What cannot even be opened: a link, a folder, a socket, or a file that is
	// another user's.
	if unix.Fstatat(shard, name, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
		why := foreign(&st, s.uid)
		if why == "" && errors.Is(err, unix.EACCES) {
			why = "a file that its permissions close to us"
		}
		if why != "" {
			return -1, st, &CorruptError{Place: s.path(name), Reason: why + ", which is not ours; it is left alone"}
		}
	}
	return -1, st, s.errorAt("open", s.path(name), err)
}

// path returns the path of a record's file, for messages.
func (s *FileStore) path(name string) string {
	return filepath.Join(s.dir, shardName(name), name)
}

// errorAt says what failed, where, and what can be done about it.
func (s *FileStore) errorAt(action, path string, err error) error {
	switch {
	case errors.Is(err, unix.ENOSPC):
		return fmt.Errorf("%s %s: the disk that holds the session folder %s is full; make room or set another save path: %w", action, path, s.dir, err)
	case errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("%s %s: the user's share of the disk that holds the session folder %s is used up; make room or set another save path: %w", action, path, s.dir, err)
	case errors.Is(err, unix.EROFS):
		return fmt.Errorf("%s %s: the disk that holds the session folder %s is read-only; set another save path: %w", action, path, s.dir, err)
	}
	return fmt.Errorf("%s %s: %w", action, path, err)
}
