package session

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// variableKey returns the key of the shared variable of that name. No session's
// name has a space in it.
func variableKey(name string) Key { return NewKey("shared variables", name) }

// The record of a variable holds the length of its name, in one byte, the name, and the
// variable's data.

// packVariable returns what is stored for a variable.
func packVariable(name string, data []byte) []byte {
	packed := make([]byte, 0, 1+len(name)+len(data))
	packed = append(packed, byte(len(name)))
	packed = append(packed, name...)
	return append(packed, data...)
}

// unpackVariable is the inverse of packVariable. The data is not nil. The error is a
// *CorruptError if what is stored at key is no variable.
func unpackVariable(key Key, packed []byte) (name string, data []byte, err error) {
	if len(packed) > 0 && len(packed) > int(packed[0]) {
		name, data = string(packed[1:1+packed[0]]), packed[1+packed[0]:]
	}
	if data == nil || variableKey(name) != key {
		return "", nil, &CorruptError{Place: key.String(), Reason: "it is not that of a shared variable, or of another version of lcgi"}
	}
	return name, data, nil
}

// variable is a shared variable that is locked.
type variable struct {
	*Shared
	name   string
	record Record
	data   []byte // nil if nothing is stored
}

// lock locks the variable called name and loads it.
func (s *Shared) lock(ctx context.Context, name string) (*variable, error) {
	if err := checkVariable(name); err != nil {
		return nil, err
	}
	key := variableKey(name)
	record, data, damaged, err := s.open(ctx, key, name)
	if err != nil {
		return nil, err
	}
	if data != nil {
		_, data, damaged = unpackVariable(key, data)
	}
	if damaged != nil {
		s.engine.cfg.Log("%s: %v; it is lost", KindVariable.named(name), damaged)
	}
	return &variable{Shared: s, name: name, record: record, data: data}, nil
}

// open locks and loads a record: that of the variable called name, or one of the index
// for its sake. Where nothing is stored the data is nil, else it is not. Damaged is
// the *CorruptError that says why nothing is, if something was.
func (s *Shared) open(ctx context.Context, key Key, name string) (record Record, data []byte, damaged, err error) {
	wait, cancel := context.WithTimeout(ctx, s.engine.cfg.Wait)
	defer cancel()
	began := time.Now()
	for {
		record, err := s.engine.store.Open(wait, key)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return nil, nil, nil, &BusyError{Kind: KindVariable, Name: name, Waited: time.Since(began)}
		}
		if err != nil {
			return nil, nil, nil, s.wrap(name, err)
		}
		data, _, err := record.Load(ctx)
		switch {
		case err == nil:
			if data == nil {
				data = []byte{}
			}
			return record, data, damaged, nil
		case errors.Is(err, fs.ErrNotExist):
			return record, nil, damaged, nil
		}
		record.Close()
		// What is damaged is out of the way now, if that is possible.
		if !errors.As(err, new(*CorruptError)) || damaged != nil {
			return nil, nil, nil, s.wrap(name, err)
		}
		damaged = err
	}
}

// save stores the variable. Its name comes first; that of a variable which is there
// already may be missing, after a power failure.
func (v *variable) save(ctx context.Context, data []byte) error {
	listed := false
	if v.data != nil {
		names, err := v.listed(ctx, bucketOf(v.name))
		if err != nil {
			return err
		}
		listed = slices.Contains(names, v.name)
	}
	if !listed {
		if err := v.list(ctx); err != nil {
			return err
		}
	}
	now := v.engine.cfg.Now()
	return v.wrap(v.name, v.record.Save(ctx, packVariable(v.name, data), Meta{Created: now, LastUse: now, Kind: KindVariable}))
}

// list puts the variable's name into the index.
func (v *variable) list(ctx context.Context) error {
	b, err := v.lockBucket(ctx, bucketOf(v.name), v.name, nil)
	if err != nil {
		return err
	}
	defer b.record.Close()
	if slices.Contains(b.names, v.name) {
		return nil
	}
	return v.wrap(v.name, b.save(ctx, append(b.names, v.name)))
}

// delete removes the variable, if there is one, and its name. The name's bucket is
// locked over both: once the record is deleted, its lock keeps nobody from storing the
// variable anew, but to do so its name must be in the index.
func (v *variable) delete(ctx context.Context) error {
	b, err := v.lockBucket(ctx, bucketOf(v.name), v.name, nil)
	if err != nil {
		return err
	}
	defer b.record.Close()
	if v.data != nil {
		if err := v.record.Delete(ctx); err != nil {
			return v.wrap(v.name, err)
		}
	}
	i := slices.Index(b.names, v.name)
	if i < 0 {
		return nil
	}
	return v.wrap(v.name, b.save(ctx, slices.Delete(b.names, i, i+1)))
}
