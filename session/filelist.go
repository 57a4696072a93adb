package session

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Each implements [Store]. It reads the headers of records only. A subfolder that
// cannot be read does not end it.
func (s *FileStore) Each(ctx context.Context, visit func(Info) error) error {
	names, err := shardNames(s.root)
	if err != nil {
		return s.errorAt("list", s.dir, err)
	}
	progress := Progress(ctx)
	stopped := false
	visiting := func(info Info) error {
		err := visit(info)
		stopped = err != nil
		return err
	}
	var first error
	for i, name := range names {
		progress(i, len(names))
		err := s.eachOfShard(ctx, name, visiting)
		if err != nil && first == nil {
			first = err
		}
		if stopped {
			return err
		}
		if err := ctx.Err(); err != nil {
			return s.errorAt("list", s.dir, err)
		}
	}
	progress(len(names), len(names))
	return first
}

func (s *FileStore) eachOfShard(ctx context.Context, name string, visit func(Info) error) error {
	shard, err := s.openShard(name, false)
	if errors.Is(err, fs.ErrNotExist) || errors.As(err, new(*CorruptError)) {
		return ctx.Err()
	}
	if err != nil {
		return err
	}
	defer unix.Close(shard)
	names, err := folderNames(shard)
	if err != nil {
		return s.errorAt("list", filepath.Join(s.dir, name), err)
	}
	for _, file := range names {
		if err := ctx.Err(); err != nil {
			return s.errorAt("list", filepath.Join(s.dir, name), err)
		}
		if !isKeyName(file) || shardName(file) != name {
			continue
		}
		if err := s.show(ctx, shard, file, visit); err != nil {
			return err
		}
	}
	return nil
}

// show calls visit for the record of that name, if there is one.
func (s *FileStore) show(ctx context.Context, shard int, name string, visit func(Info) error) error {
	info := Info{
		Key:   keyFromName(name),
		InUse: func() bool { return false },
	}
	info.Read = func() ([]byte, error) { return s.peek(ctx, shard, name, info.Key) }
	fd, head, err := s.openHeader(ctx, shard, name, info.Key)
	corrupt, d := (*CorruptError)(nil), damage("")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.As(err, &corrupt):
		info.Damaged = corrupt
		return visit(info)
	case errors.As(err, &d):
		info.Damaged = &CorruptError{Place: s.path(name), Reason: string(d)}
		return visit(info)
	case err != nil:
		return err
	}
	defer unix.Close(fd)
	info.Meta, info.Size = head.meta, int64(head.size)
	info.InUse = func() bool {
		// Shared, so that two who look are not in use to each other.
		if locked, _ := tryFlock(fd, unix.LOCK_SH); !locked {
			return true
		}
		defer unix.Flock(fd, unix.LOCK_UN)
		return !inPlace(shard, name, fd) // it was saved a moment ago
	}
	return visit(info)
}

// openHeader opens the record's file without its lock and reads the header. Where
// nothing is stored the error is fs.ErrNotExist.
func (s *FileStore) openHeader(ctx context.Context, shard int, name string, key Key) (fd int, head header, err error) {
	err = s.whole(ctx, shard, name, func() error {
		opened, st, err := s.openFile(shard, name, unix.O_RDONLY)
		if err != nil {
			return err
		}
		if st.Size == 0 {
			unix.Close(opened)
			return fs.ErrNotExist
		}
		if head, err = s.readHeader(opened, key); err == nil {
			err = head.checkSize(st.Size)
		}
		// What it holds counts only in its place: a spare is written anew.
		var now unix.Stat_t
		if unix.Fstatat(shard, name, &now, unix.AT_SYMLINK_NOFOLLOW) != nil || !sameFile(&st, &now) {
			err = errReplaced
		}
		if err != nil {
			unix.Close(opened)
			return err
		}
		fd = opened
		return nil
	})
	return fd, head, err
}

// peek reads the record and leaves it in place even if it is damaged.
func (s *FileStore) peek(ctx context.Context, shard int, name string, key Key) (data []byte, err error) {
	err = s.whole(ctx, shard, name, func() (err error) {
		data, _, err = s.readUnlocked(shard, name, key)
		return err
	})
	if d := damage(""); errors.As(err, &d) {
		return nil, &CorruptError{Place: s.path(name), Reason: string(d)}
	}
	return data, err
}
