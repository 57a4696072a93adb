package session

import (
	"errors"
	"math/rand/v2"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	spareSuffix = ".spare"

	// spareExcess is the number of bytes by which a spare file may be larger
	// than the state that took its place; one that is larger is cut.
	spareExcess = 64 << 10
)

func spareName(name string) string { return name + spareSuffix }

// isSpareName reports whether spareName makes such names.
func isSpareName(name string) bool {
	key, isSpare := strings.CutSuffix(name, spareSuffix)
	return isSpare && isKeyName(key)
}

// draft is a file beside a record's in which the next state is written before it
// takes the record's place. Its lock is held, so that no sweep takes it for a
// leftover, and so that the record is locked the moment it is in place.
type draft struct {
	fd    int
	name  string
	size  int64 // of what it held before
	spare bool
}

// openDraft returns the record's spare file or else a new file. A record that
// is saved for the first time, as most are only once, gets no spare: what
// it would leave is an empty reservation.
func (r *fileRecord) openDraft() (draft, error) {
	if r.size > 0 {
		if d, ok := r.openSpare(); ok {
			return d, nil
		}
	}
	return r.createTemp()
}

// openSpare opens and locks the record's spare file, and makes it if there is
// none. It reports false if what is there cannot be used: it is not ours, or
// somebody holds its lock. That is one who waited for the record's lock
// before this file was replaced and is about to notice, or a sweep.
func (r *fileRecord) openSpare() (draft, bool) {
	name := spareName(r.name)
	fd, _, err := r.store.openFile(r.shard, name, unix.O_RDWR|unix.O_CREAT)
	if err != nil {
		return draft{}, false
	}
	if locked, _ := tryLock(fd); !locked {
		unix.Close(fd)
		return draft{}, false
	}
	// A sweep may have removed it before we got the lock.
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil || st.Nlink != 1 {
		unlock(fd)
		return draft{}, false
	}
	return draft{fd: fd, name: name, size: st.Size, spare: true}, true
}

// createTemp makes a draft of a name that is not in use.
func (r *fileRecord) createTemp() (draft, error) {
	name := tempName(r.name, rand.Uint64())
	fd, err := openNoFollow(r.shard, name, unix.O_RDWR|unix.O_CREAT|unix.O_EXCL)
	if err != nil {
		return draft{}, err
	}
	locked, err := tryLock(fd)
	if err == nil && !locked {
		err = errors.New("another process holds the lock of our new file")
	}
	if err != nil {
		r.store.disk.unlink(r.shard, name)
		unix.Close(fd)
		return draft{}, err
	}
	return draft{fd: fd, name: name}, nil
}

// writeDraft makes the draft hold the header and the data, and nothing else.
func (r *fileRecord) writeDraft(d draft, head *header, data []byte) error {
	disk := &r.store.disk
	if err := disk.writeFull(d.fd, head.encode(r.key), 0); err != nil {
		return err
	}
	if err := disk.writeFull(d.fd, data, headerSize); err != nil {
		return err
	}
	// Last, so that room that will be needed is not given up and asked for again.
	size := headerSize + int64(len(data))
	if size >= d.size {
		return nil
	}
	return eintr(func() error { return disk.ftruncate(d.fd, size) })
}

// putInPlace gives the draft the record's name. It reports whether the file that
// was in place is the spare now; otherwise that file is gone.
func (r *fileRecord) putInPlace(d draft) (kept bool, err error) {
	disk := &r.store.disk
	if d.spare {
		err := disk.exchange(r.shard, d.name, r.name)
		if err == nil || !notExchanged(err) {
			return err == nil, err
		}
	}
	return false, eintr(func() error { return disk.renameat(r.shard, d.name, r.shard, r.name) })
}

// notExchanged reports whether err says that nothing was exchanged, because the
// kernel, the file system or a sandbox does not allow it, or somebody removed
// one of the files. After other errors nobody knows what stands where, and a
// rename might put the old state over the new one.
func notExchanged(err error) bool {
	switch err {
	case unix.ENOSYS, unix.EINVAL, unix.EOPNOTSUPP, unix.EPERM, unix.ENOENT:
		return true
	}
	return false
}

// removeSpare removes the spare file of a record whose lock the caller holds, if
// there is one.
func (s *FileStore) removeSpare(shard int, record string) error {
	name := spareName(record)
	var st unix.Stat_t
	err := unix.Fstatat(shard, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err == nil && foreign(&st, s.uid) == "" {
		err = s.disk.unlink(shard, name)
	}
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	return err
}
