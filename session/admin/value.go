package admin

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"lcgi/session"
)

// A value is one of session data, with all that is in it.
type value struct {
	kind    session.ValueKind
	boolean bool
	number  float64
	text    string // of a string
	time    time.Time
	entries []entry // of a table, in the order of [session.CompareKeys]
}

// An entry is a key of a table with its value.
type entry struct{ key, value value }

func boolValue(b bool) value      { return value{kind: session.Bool, boolean: b} }
func numberValue(f float64) value { return value{kind: session.Number, number: f} }
func textValue(s string) value    { return value{kind: session.String, text: s} }

func tableValue(entries ...entry) value {
	return value{kind: session.Table, entries: entries}
}

// field is an entry whose key is a string.
func field(name string, v value) entry { return entry{textValue(name), v} }

// decode returns the value that an encoder has written.
func decode(data []byte) (value, error) {
	d := session.NewDecoder(data)
	v, err := decodeNext(d)
	if err != nil {
		return value{}, err
	}
	if _, err := d.Next(); !errors.Is(err, io.EOF) {
		return value{}, err
	}
	return v, nil
}

// decodeNext reads a value. The decoder bounds how deep tables are nested, and by
// that the recursion.
func decodeNext(d *session.Decoder) (value, error) {
	t, err := d.Next()
	if err != nil {
		return value{}, err
	}
	v := value{kind: t.Kind, boolean: t.Bool, number: t.Number, time: t.Time}
	switch t.Kind {
	case session.String:
		v.text = string(t.String)
	case session.Table:
		v.entries = make([]entry, t.Len)
		for i := range v.entries {
			if v.entries[i].key, err = decodeNext(d); err != nil {
				return value{}, err
			}
			if v.entries[i].value, err = decodeNext(d); err != nil {
				return value{}, err
			}
		}
	}
	return v, nil
}

// check reads encoded data to its end and returns what is wrong with it.
func check(data []byte) error {
	d := session.NewDecoder(data)
	for {
		if _, err := d.Next(); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

// checkTable is check for data that has to be a table.
func checkTable(data []byte) error {
	if t, err := session.NewDecoder(data).Next(); err == nil && t.Kind != session.Table {
		return fmt.Errorf("the data is a %s and no table", kindName(t.Kind))
	}
	return check(data)
}

// encode returns the encoding of a value. Entries of tables may be in any order.
func (v value) encode() ([]byte, error) {
	var e session.Encoder
	if err := v.write(&e); err != nil {
		return nil, err
	}
	return e.Bytes()
}

func (v value) write(e *session.Encoder) error {
	switch v.kind {
	case session.Bool:
		e.Bool(v.boolean)
	case session.Number:
		e.Number(v.number)
	case session.String:
		e.String(v.text)
	case session.Time:
		e.Time(v.time)
	case session.Table:
		return v.writeTable(e)
	default:
		return errors.New("null is no value that can be kept")
	}
	return e.Err()
}

func (v value) writeTable(e *session.Encoder) error {
	type keyed struct {
		key session.TableKey
		entry
	}
	sorted := make([]keyed, len(v.entries))
	for i, en := range v.entries {
		key, ok := tableKey(en.key)
		if !ok {
			return fmt.Errorf("%s cannot be the key of a table; strings, booleans and numbers other than NaN can", appendText(nil, en.key, 0))
		}
		sorted[i] = keyed{key, en}
	}
	slices.SortFunc(sorted, func(a, b keyed) int { return session.CompareKeys(a.key, b.key) })
	e.Table(len(sorted))
	if err := e.Err(); err != nil {
		return err
	}
	for i, k := range sorted {
		if i > 0 && k.key == sorted[i-1].key {
			return fmt.Errorf("the key %s stands twice in a table", appendText(nil, k.entry.key, 0))
		}
		e.Key(k.key)
		if err := k.value.write(e); err != nil {
			return err
		}
	}
	return e.Err()
}

func tableKey(k value) (session.TableKey, bool) {
	switch k.kind {
	case session.Bool:
		return session.BoolKey(k.boolean), true
	case session.Number:
		return session.NumberKey(k.number), !math.IsNaN(k.number)
	case session.String:
		return session.StringKey(k.text), true
	}
	return session.TableKey{}, false
}

// isList reports whether the keys of a table are 1 to n, n above 0.
func (v value) isList() bool {
	for i, e := range v.entries {
		if e.key.kind != session.Number || e.key.number != float64(i+1) {
			return false
		}
	}
	return len(v.entries) > 0
}

// kindName returns what Lua calls a kind of value.
func kindName(k session.ValueKind) string {
	switch k {
	case session.Bool:
		return "boolean"
	case session.Number:
		return "number"
	case session.String:
		return "string"
	case session.Time:
		return "time"
	case session.Table:
		return "table"
	}
	return "nil"
}
