package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

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
	err = s.whole(ctx, func() (err error) {
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

// whole calls read, which reads a record without its lock, until it returns neither
// errReplaced nor damage, or damage for the third time: in the file that is in
// place, only Touch writes, so what is torn now is whole in a moment.
func (s *FileStore) whole(ctx context.Context, read func() error) error {
	const tries = 3
	for torn := 0; ; {
		err := read()
		switch {
		case errors.Is(err, errReplaced):
			if err := ctx.Err(); err != nil {
				return fmt.Errorf("read a record in %s: %w", s.dir, err)
			}
		case errors.As(err, new(damage)):
			if torn++; torn == tries {
				return err
			}
		default:
			return err
		}
	}
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
