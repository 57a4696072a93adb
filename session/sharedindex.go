package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
)

// buckets is the number of records among which the names of the shared variables are
// divided, so that a new name is a small change and few wait for each other.
const buckets = 64

// bucketOf returns the number of the bucket of a name, from 0.
func bucketOf(name string) int { return int(variableKey(name)[0]) % buckets }

func bucketKey(number int) Key {
	return NewKey("names of shared variables", strconv.Itoa(number))
}

// bucket is one record of the index, locked.
type bucket struct {
	engine *Engine
	record Record
	stored bool
	names  []string
}

// lockBucket locks a bucket for the sake of the variable called name. If it is damaged,
// or was found so before, which damaged says, it is mended.
func (s *Shared) lockBucket(ctx context.Context, number int, name string, damaged error) (*bucket, error) {
	record, data, found, err := s.open(ctx, bucketKey(number), name)
	if err != nil {
		return nil, err
	}
	b := &bucket{engine: s.engine, record: record, stored: data != nil}
	var bad error
	b.names, bad = unpackNames(data)
	for _, damaged := range []error{damaged, found, bad} {
		if damaged == nil {
			continue
		}
		// Somebody may have written it anew meanwhile, and have named a variable there that
		// is not stored yet.
		names := append(b.names, s.search(ctx, number, damaged)...)
		slices.Sort(names)
		if err := b.save(ctx, slices.Compact(names)); err != nil {
			record.Close()
			return nil, s.wrap(name, err)
		}
		break
	}
	return b, nil
}

// listed returns the names in a bucket, without a lock. If it is damaged, it is
// mended.
func (s *Shared) listed(ctx context.Context, number int) (names []string, err error) {
	data, _, err := s.engine.store.View(ctx, bucketKey(number))
	if err == nil {
		names, err = unpackNames(data)
	}
	damaged := errors.As(err, new(*CorruptError))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil && !damaged:
		return nil, fmt.Errorf("list the shared variables: %w", err)
	case err == nil:
		return names, nil
	}
	b, lockErr := s.lockBucket(ctx, number, "*", err)
	if errors.As(lockErr, new(*CorruptError)) {
		return s.search(ctx, number, err), nil // what stands there cannot be put aside
	}
	if lockErr != nil {
		return nil, lockErr
	}
	return b.names, b.record.Close()
}

// search looks through the whole store for the names of a bucket that was found
// damaged. While the bucket is locked none is missed: a name that is not in it yet is
// that of no variable yet. Where there is not time enough, the names that were not
// found come back when their variables are stored.
func (s *Shared) search(ctx context.Context, number int, damaged error) []string {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), listTime)
	defer cancel()
	names, err := s.stored(within)
	if err != nil {
		s.engine.cfg.Log("the names of the shared variables: %v", err)
	}
	names = slices.DeleteFunc(names, func(name string) bool { return bucketOf(name) != number })
	s.engine.cfg.Log("the names of the shared variables: %v; %d of them are found again", damaged, len(names))
	return names
}

// stored returns the names of all variables that the store holds, without the index.
// After an error they are those found.
func (s *Shared) stored(ctx context.Context) (names []string, err error) {
	err = s.engine.store.Each(ctx, func(info Info) error {
		if info.Damaged != nil || info.Meta.Kind != KindVariable {
			return nil
		}
		data, err := info.Read()
		var name string
		if err == nil {
			name, _, err = unpackVariable(info.Key, data)
		}
		switch {
		case err == nil:
			names = append(names, name)
		case !errors.Is(err, fs.ErrNotExist) && !errors.As(err, new(*CorruptError)):
			return err
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("look for the shared variables: %w", err)
	}
	return names, err
}

// save stores the names. A bucket without any is not kept.
func (b *bucket) save(ctx context.Context, names []string) error {
	b.names = names
	if len(names) == 0 {
		if !b.stored {
			return nil
		}
		return b.record.Delete(ctx)
	}
	var data []byte
	for _, name := range names {
		data = append(data, byte(len(name)))
		data = append(data, name...)
	}
	now := b.engine.cfg.Now()
	return b.record.Save(ctx, data, Meta{Created: now, LastUse: now, Kind: KindIndex})
}

// unpackNames returns the names that are stored in a bucket: each follows its length, in
// one byte. The error is a *CorruptError.
func unpackNames(data []byte) (names []string, err error) {
	for rest := string(data); rest != ""; {
		n := 1 + int(rest[0])
		if n == 1 || n > len(rest) {
			return names, &CorruptError{Place: "of the index", Reason: "it does not hold names"}
		}
		names, rest = append(names, rest[1:n]), rest[n:]
	}
	return names, nil
}
