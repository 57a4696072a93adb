package lua

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/keypath"
	luatime "lcgi/lua/time"
	"lcgi/session"
)

// encodeTable returns the encoding of a session's data. An error names the
// value that cannot be kept by the way to it, such as cart.items[3].onclick.
func encodeTable(ctx context.Context, t *glua.LTable) ([]byte, error) {
	e := encoding{ctx: ctx, what: "the session"}
	if err := e.table(t); err != nil {
		return nil, err
	}
	return e.Bytes()
}

// An encoding is in the middle of writing nested tables.
type encoding struct {
	session.Encoder
	ctx   context.Context
	what  string         // is being encoded, for messages
	count int            // values written
	path  []glua.LValue  // the keys that lead to the value being written
	above []*glua.LTable // the tables that contain it
}

type entry struct {
	key   session.TableKey
	name  glua.LValue
	value glua.LValue
}

func (e *encoding) table(t *glua.LTable) error {
	if slices.Contains(e.above, t) {
		return e.errorf("is a table that contains itself")
	}
	if len(e.above) >= session.MaxDepth {
		return e.errorf("is nested more than %d tables deep", session.MaxDepth)
	}
	var entries []entry
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		key, ok := tableKey(k)
		if !ok {
			e.path = append(e.path, k)
			return e.errorf("has a %s as its key; keys are strings, numbers and booleans", k.Type())
		}
		entries = append(entries, entry{key, k, v})
	}
	slices.SortFunc(entries, func(a, b entry) int { return session.CompareKeys(a.key, b.key) })

	e.above = append(e.above, t)
	e.Table(len(entries))
	for _, entry := range entries {
		e.path = append(e.path, entry.name)
		e.Key(entry.key)
		if err := e.value(entry.value); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	e.above = e.above[:len(e.above)-1]
	return e.Err()
}

func tableKey(k glua.LValue) (session.TableKey, bool) {
	switch k := k.(type) {
	case glua.LString:
		return session.StringKey(string(k)), true
	case glua.LNumber:
		return session.NumberKey(float64(k)), true
	case glua.LBool:
		return session.BoolKey(bool(k)), true
	}
	return session.TableKey{}, false
}

func (e *encoding) value(v glua.LValue) error {
	// Tables that are shared are written once for each place they stand in, so
	// that a small program can ask for a great deal of data.
	if e.count++; e.count%1024 == 0 && e.ctx.Err() != nil {
		return context.Cause(e.ctx)
	}
	size := e.Len()
	if s, ok := v.(glua.LString); ok {
		size += len(s) // before it is copied
	}
	if size > session.MaxDataLen {
		return e.errorf("makes it larger than %d MB", session.MaxDataLen>>20)
	}
	switch v := v.(type) {
	case glua.LString:
		e.String(string(v))
	case glua.LNumber:
		e.Number(float64(v))
	case glua.LBool:
		e.Bool(bool(v))
	case *glua.LTable:
		return e.table(v)
	default:
		at, ok := luatime.Of(v)
		if !ok {
			return e.errorf("is a %s; what can be kept are strings, numbers, booleans, times and tables of them", v.Type())
		}
		e.Time(at)
	}
	return nil
}

func (e *encoding) errorf(format string, args ...any) error {
	place := keypath.String(e.path)
	if place == "" {
		place = "it"
	}
	return fmt.Errorf("%s cannot be saved: %s %s", e.what, place, fmt.Sprintf(format, args...))
}

// decodeTable returns the table that encodeTable has written.
func decodeTable(L *glua.LState, data []byte) (*glua.LTable, error) {
	if len(data) == 0 {
		return L.NewTable(), nil
	}
	v, err := decodeWhole(L, data)
	if err != nil {
		return nil, err
	}
	t, ok := v.(*glua.LTable)
	if !ok {
		return nil, fmt.Errorf("the data is a %s and not a table", v.Type())
	}
	return t, nil
}

// decodeWhole returns the one value that data is the encoding of.
func decodeWhole(L *glua.LState, data []byte) (glua.LValue, error) {
	d := session.NewDecoder(data)
	v, err := decodeValue(L, d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Next(); !errors.Is(err, io.EOF) {
		return nil, errors.New("there is something after the data")
	}
	return v, nil
}

func decodeValue(L *glua.LState, d *session.Decoder) (glua.LValue, error) {
	token, err := d.Next()
	if err != nil {
		return nil, err
	}
	switch token.Kind {
	case session.Bool:
		return glua.LBool(token.Bool), nil
	case session.Number:
		return glua.LNumber(token.Number), nil
	case session.String:
		return glua.LString(token.String), nil
	case session.Time:
		return luatime.New(L, token.Time), nil
	case session.Table:
		return decodeEntries(L, d, token.Len)
	}
	return glua.LNil, nil
}

func decodeEntries(L *glua.LState, d *session.Decoder, n int) (glua.LValue, error) {
	t := L.CreateTable(0, 0)
	for range n {
		key, err := decodeValue(L, d)
		if err != nil {
			return nil, err
		}
		value, err := decodeValue(L, d)
		if err != nil {
			return nil, err
		}
		t.RawSet(key, value)
	}
	return t, nil
}
