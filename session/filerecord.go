package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"golang.org/x/sys/unix"
)

// fileRecord is a locked record file.
type fileRecord struct {
	store *FileStore
	key   Key
	name  string
	shard int     // descriptor of the folder that holds the file
	fd    int     // descriptor of the file, locked; -1 once the record is closed
	size  int64   // of the file; 0 if nothing is stored
	head  *header // of the file, if it is known
	gone  bool    // the file is no longer in its place
}

// lock opens the record's file and locks it, and makes it first if reserve is
// set and there is none.
func (r *fileRecord) lock(ctx context.Context, reserve bool) error {
	flags := unix.O_RDWR
	if reserve {
		flags |= unix.O_CREAT
	}
	for {
		fd, st, err := r.store.openFile(r.shard, r.name, flags)
		if err != nil {
			return err
		}
		if err := waitLock(ctx, fd); err != nil {
			unix.Close(fd)
			return r.errorAt("lock", err)
		}
		var now unix.Stat_t
		err = unix.Fstatat(r.shard, r.name, &now, unix.AT_SYMLINK_NOFOLLOW)
		if err == nil && sameFile(&st, &now) {
			r.fd, r.size = fd, now.Size
			return nil
		}
		// It was replaced by a save or removed while we waited.
		unlock(fd)
		if err != nil && !errors.Is(err, unix.ENOENT) {
			return r.errorAt("look at", err)
		}
		if err := ctx.Err(); err != nil {
			return r.errorAt("lock", err)
		}
	}
}

// usable returns an error if the record is closed, deleted or was found damaged.
func (r *fileRecord) usable() error {
	if r.fd < 0 || r.gone {
		return r.errorAt("use", fmt.Errorf("the record is given up: %w", fs.ErrClosed))
	}
	return nil
}

// Load implements [Record].
func (r *fileRecord) Load(context.Context) ([]byte, Meta, error) {
	if err := r.usable(); err != nil {
		return nil, Meta{}, err
	}
	if r.size == 0 {
		return nil, Meta{}, r.errorAt("read", fs.ErrNotExist)
	}
	data, head, err := r.store.readRecord(r.fd, r.key, r.size)
	if d := damage(""); errors.As(err, &d) {
		return nil, Meta{}, r.putAside(string(d))
	}
	if err != nil {
		return nil, Meta{}, r.errorAt("read", err)
	}
	r.head = &head
	return data, head.meta, nil
}

// readRecord reads the record file of the given size. An error of type damage
// says that it does not hold the whole record at key.
func (s *FileStore) readRecord(fd int, key Key, size int64) ([]byte, header, error) {
	head, err := s.readHeader(fd, key)
	if err != nil {
		return nil, header{}, err
	}
	// The size is known to be that of a file before memory is asked for.
	if err := head.checkSize(size); err != nil {
		return nil, header{}, err
	}
	data := make([]byte, head.size)
	if err := s.disk.readFull(fd, data, headerSize); err != nil {
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = damage("the file was cut while it was read")
		}
		return nil, header{}, err
	}
	if sumData(data) != head.dataSum {
		return nil, header{}, damage("the checksum of its data is wrong")
	}
	return data, head, nil
}

// readHeader reads the header of a record file.
func (s *FileStore) readHeader(fd int, key Key) (header, error) {
	var b [headerSize]byte
	switch err := s.disk.readFull(fd, b[:], 0); {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return header{}, damage("the file is too short")
	case err != nil:
		return header{}, err
	}
	return decodeHeader(b[:], key)
}

// Save implements [Record].
func (r *fileRecord) Save(_ context.Context, data []byte, meta Meta) error {
	if err := r.usable(); err != nil {
		return err
	}
	if len(data) > r.store.maxDataLen {
		return fmt.Errorf("save %s: the session data has %d bytes; at most %d are allowed", r.store.path(r.name), len(data), r.store.maxDataLen)
	}
	if err := meta.Check(); err != nil {
		return r.errorAt("save", err)
	}
	head := header{meta: meta, size: uint64(len(data)), dataSum: sumData(data)}
	d, err := r.openDraft()
	if err != nil {
		return r.errorAt("save", err)
	}
	kept := false
	err = r.writeDraft(d, &head, data)
	if err == nil {
		kept, err = r.putInPlace(d)
	}
	if err != nil {
		r.store.disk.unlink(r.shard, d.name)
		unlock(d.fd)
		return r.errorAt("save", err)
	}
	size := headerSize + int64(len(data))
	if kept && r.size-size > spareExcess {
		// The new state is in place; where this fails, room is all that is lost.
		_ = r.store.disk.ftruncate(r.fd, size)
	}
	// The lock of the new file was taken before it was in place. That of
	// the old one is of use no more.
	unlock(r.fd)
	r.fd, r.size, r.head = d.fd, size, &head
	if meta.Kind == KindForward {
		// It is not saved again. Where this fails, the sweep will try again.
		_ = r.store.removeSpare(r.shard, r.name)
	}
	return nil
}

// Touch implements [Record]. It writes the header in place, which needs no
// room on the disk.
func (r *fileRecord) Touch(_ context.Context, meta Meta) error {
	if err := r.usable(); err != nil {
		return err
	}
	if r.size == 0 {
		return r.errorAt("touch", fs.ErrNotExist)
	}
	if err := meta.Check(); err != nil {
		return r.errorAt("touch", err)
	}
	if r.head == nil {
		head, err := r.store.readHeader(r.fd, r.key)
		if d := damage(""); errors.As(err, &d) {
			return r.putAside(string(d))
		}
		if err != nil {
			return r.errorAt("touch", err)
		}
		r.head = &head
	}
	head := *r.head
	head.meta = meta
	if err := r.store.disk.writeFull(r.fd, head.encode(r.key), 0); err != nil {
		return r.errorAt("touch", err)
	}
	r.head = &head
	return nil
}

// Delete implements [Record].
func (r *fileRecord) Delete(context.Context) error {
	if err := r.usable(); err != nil {
		return err
	}
	return r.remove("delete")
}

// remove unlinks the record's files, for which we hold the lock. The spare goes
// first: who is killed in between leaves a whole record, and not a spare that
// belongs to none.
func (r *fileRecord) remove(action string) error {
	err := r.store.removeSpare(r.shard, r.name)
	if err == nil {
		err = r.store.disk.unlink(r.shard, r.name)
	}
	if err != nil && !errors.Is(err, unix.ENOENT) {
		return r.errorAt(action, err)
	}
	r.gone = true
	return nil
}

// Close implements [Record].
func (r *fileRecord) Close() error {
	var err error
	if r.fd >= 0 {
		if r.size == 0 && !r.gone {
			err = r.remove("remove the reservation")
		}
		err = errors.Join(err, unlock(r.fd))
		r.fd = -1
	}
	if r.shard >= 0 {
		err = errors.Join(err, unix.Close(r.shard))
		r.shard = -1
	}
	return err
}

// errorAt says what failed with this record; see FileStore.errorAt.
func (r *fileRecord) errorAt(action string, err error) error {
	return r.store.errorAt(action, r.store.path(r.name), err)
}
