package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"golang.org/x/sys/unix"
)

// errReplaced reports that a file lost its place, or was written anew, while it
// was read without its lock.
var errReplaced = errors.New("the record was saved or removed while it was read")

// View implements [Store].
func (s *FileStore) View(ctx context.Context, key Key) ([]byte, Meta, error) {
	name := key.String()
	shard, err := s.openShard(shardName(name), false)
	if err != nil {
		return nil, Meta{}, err
	}
	defer unix.Close(shard)
	var data []byte
	var meta Meta
	err = s.whole(ctx, shard, name, func() (err error) {
		data, meta, err = s.readUnlocked(shard, name, key)
		return err
	})
	if !errors.As(err, new(damage)) {
		return data, meta, err
	}
	// What is read under the lock is final.
	record, err := s.Find(ctx, key)
	if err != nil {
		return nil, Meta{}, err
	}
	defer record.Close()
	return record.Load(ctx)
}

// whole calls read, which reads the record in a shard without its lock, until it
// returns neither errReplaced nor damage that may be a state half-written: one that
// was read while somebody held the lock. Who saves again and again can tear what is
// read many times in a row.
func (s *FileStore) whole(ctx context.Context, shard int, name string, read func() error) error {
	const tries = 1000
	for torn := 0; ; {
		err := read()
		if errors.As(err, new(damage)) {
			if torn++; torn == tries {
				return err
			}
			if unlock, free := s.lockFree(shard, name); free {
				err = read() // nobody writes now
				unlock()
			} else {
				err = errReplaced
				time.Sleep(firstPause)
			}
		}
		if !errors.Is(err, errReplaced) {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("read a record in %s: %w", s.dir, err)
		}
	}
}

// lockFree takes the lock of the file in place, together with others who do so, if
// nobody holds it to write.
func (s *FileStore) lockFree(shard int, name string) (release func(), free bool) {
	fd, _, err := s.openFile(shard, name, unix.O_RDONLY)
	if err != nil {
		return nil, false
	}
	if locked, _ := tryFlock(fd, unix.LOCK_SH); !locked || !inPlace(shard, name, fd) {
		unlock(fd)
		return nil, false
	}
	return func() { unlock(fd) }, true
}

// readUnlocked reads the record in place without its lock. While we read, a save
// can make the file the spare, and the next save can write it anew. So what was
// read counts only if the file is in place afterwards, and still has the same
// data: a state may have been given up by a process that died before it put
// the file in place, and the file may have come there with another.
func (s *FileStore) readUnlocked(shard int, name string, key Key) ([]byte, Meta, error) {
	fd, st, err := s.openFile(shard, name, unix.O_RDONLY)
	if err != nil {
		return nil, Meta{}, err
	}
	defer unix.Close(fd)
	if st.Size == 0 {
		return nil, Meta{}, s.errorAt("read", s.path(name), fs.ErrNotExist)
	}
	data, head, readErr := s.readRecord(fd, key, st.Size)
	if readErr != nil && !errors.As(readErr, new(damage)) {
		return nil, Meta{}, s.errorAt("read", s.path(name), readErr)
	}
	var now unix.Stat_t
	err = unix.Fstatat(shard, name, &now, unix.AT_SYMLINK_NOFOLLOW)
	switch {
	case errors.Is(err, unix.ENOENT) || err == nil && !sameFile(&st, &now):
		return nil, Meta{}, errReplaced
	case err != nil:
		return nil, Meta{}, s.errorAt("look at", s.path(name), err)
	case readErr != nil:
		return nil, Meta{}, readErr
	}
	again, err := s.readHeader(fd, key)
	switch {
	case errors.As(err, new(damage)):
		return nil, Meta{}, err
	case err != nil:
		return nil, Meta{}, s.errorAt("read", s.path(name), err)
	case again.dataSum != head.dataSum:
		return nil, Meta{}, errReplaced
	}
	return data, head.meta, nil
}
