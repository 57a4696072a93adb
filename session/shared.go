package session

import (
	"context"
	"errors"
	"io/fs"
	"slices"
	"time"
)

// maxVariableName is the longest name of a shared variable, in bytes.
const maxVariableName = 250

// Shared are variables that all sessions share. They live in the engine's store,
// each in a record of its own, until they are deleted. A name is any string of 1
// to 250 bytes.
//
// A further record, the index, holds the names. It is changed only by who holds the
// lock of the variable, and names a variable before that is stored and until it
// is deleted. So who is killed may leave a name without a variable, which is not
// shown, and never a variable without a name.
type Shared struct {
	engine *Engine
}

// Shared returns the variables that the sessions of the store share.
func (e *Engine) Shared() *Shared { return &Shared{e} }

// variableKey returns the key of the shared variable of that name. No session's
// name has a space in it.
func variableKey(name string) Key { return NewKey("shared variables", name) }

var indexKey = NewKey("names of shared variables", "")

// Get returns the data of the variable called name, or nil if there is none. It takes no
// lock and does not wait.
func (s *Shared) Get(ctx context.Context, name string) ([]byte, error) {
	if err := checkVariable(name); err != nil {
		return nil, err
	}
	data, _, err := s.engine.store.View(ctx, variableKey(name))
	if err != nil {
		return nil, s.passOver(name, err)
	}
	return notNil(data), nil
}

// Set stores data in the variable called name. Nil deletes it.
func (s *Shared) Set(ctx context.Context, name string, data []byte) error {
	return s.Update(ctx, name, func([]byte) ([]byte, error) { return data, nil })
}

// Update stores what fn makes of the data of the variable called name: nil is that
// of none, and nil deletes it. From the reading to the storing, nobody else
// changes the variable: the others wait, at most for Config.Wait, and get a
// [*BusyError] then. An error of fn is returned and changes nothing. Fn must
// not use the same variable: it would wait for itself.
func (s *Shared) Update(ctx context.Context, name string, fn func(old []byte) ([]byte, error)) error {
	v, err := s.lock(ctx, name)
	if err != nil {
		return err
	}
	defer v.record.Close()
	data, err := fn(v.data)
	switch {
	case err != nil:
		return err
	case data != nil:
		return v.save(ctx, data)
	case v.data == nil:
		return nil
	}
	return v.delete(ctx)
}

// Delete removes the variable called name and reports whether there was one.
func (s *Shared) Delete(ctx context.Context, name string) (existed bool, err error) {
	v, err := s.lock(ctx, name)
	if err != nil {
		return false, err
	}
	defer v.record.Close()
	return v.data != nil, v.delete(ctx)
}

// Keys returns the names of the variables, sorted.
func (s *Shared) Keys(ctx context.Context) ([]string, error) {
	names, err := s.names(ctx)
	if err != nil {
		return nil, err
	}
	keys := make([]string, 0, len(names))
	for _, name := range names {
		_, _, err := s.engine.store.View(ctx, variableKey(name))
		if err == nil {
			keys = append(keys, name)
		} else if err := s.passOver(name, err); err != nil {
			return nil, err
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// Reset removes all variables that there are when it begins.
func (s *Shared) Reset(ctx context.Context) error {
	names, err := s.names(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := s.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
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
	record, data, err := s.open(ctx, variableKey(name), name)
	if err != nil {
		return nil, err
	}
	return &variable{Shared: s, name: name, record: record, data: data}, nil
}

// open locks and loads a record: that of the variable called name, or the index for
// its sake. Where nothing is stored the data is nil, else it is not.
func (s *Shared) open(ctx context.Context, key Key, name string) (Record, []byte, error) {
	wait, cancel := context.WithTimeout(ctx, s.engine.cfg.Wait)
	defer cancel()
	began := time.Now()
	for tries := 1; ; tries++ {
		record, err := s.engine.store.Open(wait, key)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			return nil, nil, &BusyError{Kind: KindVariable, Name: name, Waited: time.Since(began)}
		}
		if err != nil {
			return nil, nil, s.wrap(name, err)
		}
		data, _, err := record.Load(ctx)
		switch {
		case err == nil:
			return record, notNil(data), nil
		case errors.Is(err, fs.ErrNotExist):
			return record, nil, nil
		}
		record.Close()
		// What is damaged is out of the way now, if that is possible.
		if !errors.As(err, new(*CorruptError)) || tries == 2 {
			return nil, nil, s.wrap(name, err)
		}
		s.engine.cfg.Log("%s: %v; it is lost", KindVariable.named(name), err)
	}
}

// save stores the variable, and its name first.
func (v *variable) save(ctx context.Context, data []byte) error {
	now := v.engine.cfg.Now()
	if v.data == nil {
		err := v.changeIndex(ctx, func(names []string, i int, found bool) []string {
			if found {
				return names
			}
			return slices.Insert(names, i, v.name)
		}, nil)
		if err != nil {
			return err
		}
	}
	return v.wrap(v.name, v.record.Save(ctx, data, Meta{Created: now, LastUse: now, Kind: KindVariable}))
}

// delete removes the variable, if there is one, and its name. The index is locked
// over both: once the record is deleted, its lock keeps nobody from storing the
// variable anew, but to do so its name must be in the index.
func (v *variable) delete(ctx context.Context) error {
	return v.changeIndex(ctx, func(names []string, i int, found bool) []string {
		if !found {
			return names
		}
		return slices.Delete(names, i, i+1)
	}, func() error {
		if v.data == nil {
			return nil
		}
		return v.wrap(v.name, v.record.Delete(ctx))
	})
}
