package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
)

// names returns the names in the index, sorted.
func (s *Shared) names(ctx context.Context) ([]string, error) {
	data, _, err := s.engine.store.View(ctx, indexKey)
	if err != nil {
		return nil, s.passOver("*", err)
	}
	return decodeIndex(data)
}

// changeIndex calls before, if it is not nil, and stores what change makes of the
// names of the index, both while the index is locked. Change gets the sorted names
// and the place of the variable's name among them.
func (v *variable) changeIndex(ctx context.Context, change func(names []string, i int, found bool) []string, before func() error) error {
	record, data, err := v.open(ctx, indexKey, v.name)
	if err != nil {
		return err
	}
	defer record.Close()
	names, err := decodeIndex(data)
	if err != nil {
		return err
	}
	if before != nil {
		if err := before(); err != nil {
			return err
		}
	}
	i, found := slices.BinarySearch(names, v.name)
	n := len(names)
	names = change(names, i, found)
	if len(names) == n {
		return nil
	}
	if data, err = encodeIndex(names); err != nil {
		return err
	}
	now := v.engine.cfg.Now()
	return v.wrap(v.name, record.Save(ctx, data, Meta{Created: now, LastUse: now, Kind: KindIndex}))
}

// The index is a table that has the names as its keys, each with the value true.

func encodeIndex(names []string) ([]byte, error) {
	var e Encoder
	e.Table(len(names))
	ordered := slices.Clone(names)
	slices.SortFunc(ordered, func(a, b string) int { return CompareKeys(StringKey(a), StringKey(b)) })
	for _, name := range ordered {
		e.String(name)
		e.Bool(true)
	}
	return e.Bytes()
}

// decodeIndex returns the names, sorted. No data is that of no names.
func decodeIndex(data []byte) ([]string, error) {
	if len(data) == 0 {
		return nil, nil
	}
	d := NewDecoder(data)
	var names []string
	for {
		t, err := d.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("the names of the shared variables are unusable: %w", err)
		}
		if t.Kind == String {
			names = append(names, string(t.String))
		}
	}
	slices.Sort(names)
	return names, nil
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

// notNil returns data, or an empty slice in place of nil.
func notNil(data []byte) []byte {
	if data == nil {
		return []byte{}
	}
	return data
}
