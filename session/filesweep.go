package session

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// leftoverAge is the age at which an unlocked reservation or temporary file
	// is taken for that of a killed process, and at which a spare is not worth
	// its room.
	leftoverAge = time.Hour
	// badAge is the time for which damaged records are kept.
	badAge = 7 * 24 * time.Hour

	tempSuffix  = ".tmp"
	tempRandLen = 16
)

// tempName returns the name of a temporary file for the record's file name.
func tempName(name string, random uint64) string {
	return fmt.Sprintf("%s.%0*x%s", name, tempRandLen, random, tempSuffix)
}

// isTempName reports whether tempName makes such names.
func isTempName(name string) bool {
	key, rest, _ := strings.Cut(name, ".")
	random, isTemp := strings.CutSuffix(rest, tempSuffix)
	return isTemp && len(random) == tempRandLen && isHex(random) && isKeyName(key)
}

// isKeyName reports whether name is that of a record's file.
func isKeyName(name string) bool { return len(name) == 2*len(Key{}) && isHex(name) }

// keyFromName is the inverse of Key.String.
func keyFromName(name string) (key Key) {
	hex.Decode(key[:], []byte(name[:2*len(key)]))
	return key
}

// folderNames returns the names of what is in an open folder.
func folderNames(fd int) ([]string, error) {
	// A descriptor of its own, as the position in the folder is part of it.
	own, err := openFolder(fd, ".")
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(own), "")
	defer f.Close()
	return f.Readdirnames(-1)
}

// shardNames returns the names of the subfolders of an open folder that hold
// records, or private folders.
func shardNames(fd int) ([]string, error) {
	names, err := folderNames(fd)
	return slices.DeleteFunc(names, func(name string) bool { return len(name) != 2 || !isHex(name) }), err
}

// fromAnywhere returns a sequence of the names, each with its place in the sequence, that
// begins at a random one and goes round.
func fromAnywhere(names []string) iter.Seq2[int, string] {
	return func(yield func(int, string) bool) {
		if len(names) == 0 {
			return
		}
		first := rand.IntN(len(names))
		for i := range names {
			if !yield(i, names[(first+i)%len(names)]) {
				return
			}
		}
	}
}

// Sweep implements [Store]. It reads the headers of records only. Files that
// the store would not have made are left alone.
func (s *FileStore) Sweep(ctx context.Context, now time.Time) (removed int, err error) {
	w := &sweep{store: s, now: now}
	w.folder(ctx, badFolder, w.bad)
	names, err := shardNames(s.root)
	if err != nil {
		w.note("", err)
	}
	progress := Progress(ctx)
	for i, name := range fromAnywhere(names) {
		progress(i, len(names))
		w.folder(ctx, name, func(folder int, name string) error { return w.file(ctx, folder, name) })
	}
	if ctx.Err() == nil {
		progress(len(names), len(names))
	}
	return w.removed, w.err
}

// sweep is one pass over the store.
type sweep struct {
	store   *FileStore
	now     time.Time
	removed int   // expired sessions
	err     error // the first one
}

// folder calls visit for everything in a subfolder until ctx ends, from a random
// place on: a folder may be too large for the time that is left.
func (w *sweep) folder(ctx context.Context, name string, visit func(folder int, name string) error) {
	if ctx.Err() != nil {
		return
	}
	folder, err := openFolder(w.store.root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		w.note(name, err)
		return
	}
	defer unix.Close(folder)
	names, err := folderNames(folder)
	if err != nil {
		w.note(name, err)
		return
	}
	for _, file := range fromAnywhere(names) {
		if ctx.Err() != nil {
			return
		}
		if err := visit(folder, file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			w.note(filepath.Join(name, file), err)
		}
	}
}

func (w *sweep) note(name string, err error) {
	if w.err == nil {
		w.err = w.store.errorAt("sweep", filepath.Join(w.store.dir, name), err)
	}
}

// bad removes a damaged record that has been kept long enough.
func (w *sweep) bad(folder int, name string) error {
	key, isBad := strings.CutSuffix(name, badSuffix)
	if !isBad || !isKeyName(key) {
		return nil
	}
	var st unix.Stat_t
	if err := unix.Fstatat(folder, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	if !w.olderThan(&st, badAge) {
		return nil
	}
	return w.store.disk.unlink(folder, name)
}

// A verdict is what a sweep does with a file.
type verdict struct {
	remove bool
	strip  bool // the record's data and folder go, its id is kept
	counts bool // as an expired session
	head   header
}

// file removes a record's file if the record is expired, and a leftover.
func (w *sweep) file(ctx context.Context, folder int, name string) error {
	if !isKeyName(name) && !isTempName(name) && !isSpareName(name) {
		return nil
	}
	fd, st, err := w.store.openFile(folder, name, unix.O_RDWR)
	if errors.As(err, new(*CorruptError)) {
		return nil // not ours
	}
	if err != nil {
		return err
	}
	// A save in its place, which strip makes, replaces the descriptor.
	defer func() { unix.Close(fd) }()
	v, err := w.judge(folder, fd, name, &st)
	if !v.remove && !v.strip || err != nil {
		return err
	}
	if locked, err := tryLock(fd); !locked {
		return err
	}
	defer func() { unix.Flock(fd, unix.LOCK_UN) }()
	// It may have been used or replaced before we got the lock.
	var inPlace unix.Stat_t
	if err := unix.Fstatat(folder, name, &inPlace, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		return err
	}
	v, err = w.judge(folder, fd, name, &inPlace)
	if !v.remove && !v.strip || err != nil || !sameFile(&st, &inPlace) {
		return err
	}
	if v.strip {
		r := &fileRecord{store: w.store, key: keyFromName(name), name: name, shard: folder, fd: fd, size: inPlace.Size, head: &v.head}
		v.head.meta.Folder = ""
		err := r.Save(ctx, nil, v.head.meta)
		fd = r.fd
		switch {
		case errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT):
			v.remove = true // room counts more than an id
		case err != nil:
			return err
		}
	}
	if isKeyName(name) {
		if err := w.store.removeSpare(folder, name); err != nil {
			return err
		}
	}
	if v.remove {
		if err := w.store.disk.unlink(folder, name); err != nil {
			return err
		}
	}
	if v.counts {
		w.removed++
	}
	return nil
}

// judge says what to do with a file.
func (w *sweep) judge(folder, fd int, name string, st *unix.Stat_t) (v verdict, err error) {
	if isSpareName(name) {
		v.remove, err = w.useless(folder, name, st)
		return v, err
	}
	if st.Size == 0 || isTempName(name) {
		v.remove = w.olderThan(st, leftoverAge)
		return v, nil
	}
	v.head, err = w.store.readHeader(fd, keyFromName(name))
	meta := &v.head.meta
	switch {
	case err == nil:
		stripped := meta.KeepID && v.head.size == 0 && meta.Folder == ""
		v.remove = meta.Forgotten(w.now)
		v.strip = !v.remove && !stripped && meta.Expired(w.now)
		v.counts = meta.Kind == KindSession && !stripped
		return v, nil
	case errors.Is(err, errOtherVersion):
		return v, nil
	case errors.As(err, new(damage)):
		// It is put aside when its visitor comes back. Most never do.
		v.remove = w.olderThan(st, badAge)
		return v, nil
	}
	return v, err
}

// useless reports whether a spare file is to be removed. Its own lock is enough
// for that: a save uses it only while it holds that lock, and does without
// where it finds it held.
func (w *sweep) useless(folder int, name string, st *unix.Stat_t) (bool, error) {
	if w.olderThan(st, leftoverAge) {
		return true, nil
	}
	var record unix.Stat_t
	err := unix.Fstatat(folder, strings.TrimSuffix(name, spareSuffix), &record, unix.AT_SYMLINK_NOFOLLOW)
	if errors.Is(err, unix.ENOENT) {
		return true, nil
	}
	return false, err
}

// olderThan reports whether a file has not been changed, moved or touched for
// longer than age.
func (w *sweep) olderThan(st *unix.Stat_t, age time.Duration) bool {
	return w.now.Sub(time.Unix(st.Ctim.Unix())) > age
}
