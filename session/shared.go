package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
)

// maxVariableName is the longest name of a shared variable, in bytes.
const maxVariableName = 250

// Shared are variables that all sessions share. They live in the engine's store,
// each in a record of its own, until they are deleted. A name is any string of 1
// to 250 bytes.
//
// The record of a variable holds its name. As to look for names in a whole store
// takes its time, they are in an index, too. That is changed only by who holds the lock
// of the variable, and names a variable before that is stored and until it is
// deleted. So who is killed may leave a name without a variable, which is not
// shown, and never a variable without a name.
//
// A power failure may leave one, where the disk has the variable and an older state of
// the index. Its name comes back when the variable is stored the next time. If the
// index is found damaged, all its names come back from the variables.
type Shared struct {
	engine *Engine
}

// Shared returns the variables that the sessions of the store share.
func (e *Engine) Shared() *Shared { return &Shared{e} }

// Get returns the data of the variable called name, or nil if there is none. It takes no
// lock and does not wait.
func (s *Shared) Get(ctx context.Context, name string) ([]byte, error) {
	if err := checkVariable(name); err != nil {
		return nil, err
	}
	key := variableKey(name)
	data, _, err := s.engine.store.View(ctx, key)
	if err == nil {
		_, data, err = unpackVariable(key, data)
	}
	if err != nil {
		return nil, s.passOver(name, err)
	}
	return data, nil
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
	var keys []string
	for bucket := range buckets {
		names, err := s.listed(ctx, bucket)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			data, err := s.Get(ctx, name)
			if err != nil {
				return nil, err
			}
			if data != nil {
				keys = append(keys, name)
			}
		}
	}
	slices.Sort(keys)
	return keys, nil
}

// Reset removes all variables that there are when it begins. It looks for them in the
// whole store, so that none is left that the index has lost.
func (s *Shared) Reset(ctx context.Context) error {
	names, err := s.stored(ctx)
	if err != nil {
		return err
	}
	for bucket := range buckets {
		listed, err := s.listed(ctx, bucket)
		if err != nil {
			return err
		}
		names = append(names, listed...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if _, err := s.Delete(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// passOver returns nil for the errors of a store that only mean that there is no such
// variable.
func (s *Shared) passOver(name string, err error) error {
	var corrupt *CorruptError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.As(err, &corrupt):
		s.engine.cfg.Log("%s: %v; it is passed over", KindVariable.named(name), err)
		return nil
	}
	return s.wrap(name, err)
}

func (s *Shared) wrap(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", KindVariable.named(name), err)
}

func checkVariable(name string) error {
	switch {
	case name == "":
		return errors.New("the name of a shared variable is empty")
	case len(name) > maxVariableName:
		return fmt.Errorf("the name of a shared variable is %d bytes long; at most %d are allowed", len(name), maxVariableName)
	}
	return nil
}
