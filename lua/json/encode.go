package json

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/keypath"
	luatime "lcgi/lua/time"
	"lcgi/lua/vm"
)

// maxDepth is how deep arrays and objects are nested, read or written.
const maxDepth = 1000

// pollInterval is the number of values between two looks whether the run must
// end.
const pollInterval = 256

// An encoder is in the middle of writing nested tables.
type encoder struct {
	L   *glua.LState
	out []byte

	indent     int // spaces for each level; 0 writes one line
	sortKeys   bool
	escapeHTML bool

	count int            // values written
	path  []step         // that lead to the value being written
	above []*glua.LTable // the tables that contain it
}

// A step leads from a table to one of its values: a key, or the place in a list
// where key is nil.
type step struct {
	key   glua.LValue
	place int
}

// A member of an object.
type member struct {
	name  string
	key   glua.LValue
	value glua.LValue
}

func (e *encoder) value(v glua.LValue) error {
	if e.count++; e.count%pollInterval == 0 {
		if err := vm.Of(e.L).Poll(); err != nil {
			return err
		}
	}
	switch v := v.(type) {
	case *glua.LNilType:
		e.out = append(e.out, "null"...)
	case glua.LBool:
		e.out = strconv.AppendBool(e.out, bool(v))
	case glua.LNumber:
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return e.errorf("is %s, which JSON has no number for", vm.AppendNumber(nil, f))
		}
		e.out = appendNumber(e.out, float64(v))
	case glua.LString:
		return e.string(string(v))
	case *glua.LTable:
		return e.table(v)
	case *glua.LUserData:
		return e.userData(v)
	default:
		return e.unwritable(v)
	}
	return e.checkSize(0)
}

func (e *encoder) userData(ud *glua.LUserData) error {
	switch v := ud.Value.(type) {
	case nullValue:
		e.out = append(e.out, "null"...)
	case literal:
		if err := e.checkSize(len(v)); err != nil {
			return err
		}
		e.out = append(e.out, v...)
	case time.Time:
		at, _ := luatime.Of(ud)
		e.out = append(e.out, '"')
		e.out = at.AppendFormat(e.out, time.RFC3339Nano)
		e.out = append(e.out, '"')
	default:
		return e.unwritable(ud)
	}
	return e.checkSize(0)
}

func (e *encoder) unwritable(v glua.LValue) error {
	return e.errorf("is a %s; what JSON has are strings, numbers, booleans, json.null and tables of them, and times as strings", v.Type())
}

func (e *encoder) table(t *glua.LTable) error {
	if slices.Contains(e.above, t) {
		return e.errorf("is a table that contains itself")
	}
	if len(e.above) >= maxDepth {
		return e.errorf("is nested more than %d tables deep", maxDepth)
	}
	e.above = append(e.above, t)
	kind := markOf(t)
	if kind == unmarked {
		kind = array
		if first, _ := t.Next(glua.LNil); first.Type() == glua.LTString {
			kind = object
		}
	}
	var err error
	if kind == array {
		err = e.array(t)
	} else {
		err = e.object(t)
	}
	if err != nil {
		return err
	}
	e.above = e.above[:len(e.above)-1]
	return e.checkSize(0)
}

func (e *encoder) array(t *glua.LTable) error {
	e.out = append(e.out, '[')
	n := t.Len()
	for i := 1; i <= n; i++ {
		v := t.RawGetInt(i)
		if v == glua.LNil {
			return e.noElement(glua.LNumber(n), i)
		}
		e.separate(i)
		e.path = append(e.path, step{place: i})
		if err := e.value(v); err != nil {
			return err
		}
		e.path = e.path[:len(e.path)-1]
	}
	last := glua.LValue(glua.LNil)
	if n > 0 {
		last = glua.LNumber(n)
	}
	if k, _ := t.Next(last); k != glua.LNil {
		return e.noElement(k, n+1)
	}
	e.close(n, ']')
	return nil
}

// noElement tells of the key k of a list where element n should stand.
func (e *encoder) noElement(k glua.LValue, n int) error {
	const instead = "; json.object(t) writes numbers as names"
	switch k := k.(type) {
	case glua.LNumber:
		if float64(k) > float64(n) && float64(k) == math.Trunc(float64(k)) {
			return e.errorf("is a list in which element %d is missing"+instead, n)
		}
		return e.errorf("is a list with the key %s, which is no place in it"+instead, vm.AppendNumber(nil, float64(k)))
	case glua.LString:
		if n == 1 { // it is marked
			return e.errorf("is marked as a list and has the name %.40q", string(k))
		}
		return e.errorf("is a list and has the name %.40q, too"+instead, string(k))
	}
	return e.wrongKey(k)
}

func (e *encoder) wrongKey(k glua.LValue) error {
	return e.errorf("has a %s as a key; JSON has lists, and objects with strings as names", k.Type())
}

func (e *encoder) object(t *glua.LTable) error {
	e.out = append(e.out, '{')
	n := 0
	if e.sortKeys {
		members, err := e.sorted(t)
		if err != nil {
			return err
		}
		for ; n < len(members); n++ {
			if err := e.member(n+1, members[n]); err != nil {
				return err
			}
		}
	} else {
		for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
			n++
			name, err := e.name(t, k)
			if err != nil {
				return err
			}
			if err := e.member(n, member{name, k, v}); err != nil {
				return err
			}
		}
	}
	e.close(n, '}')
	return nil
}

func (e *encoder) sorted(t *glua.LTable) ([]member, error) {
	var members []member
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		name, err := e.name(t, k)
		if err != nil {
			return nil, err
		}
		members = append(members, member{name, k, v})
	}
	slices.SortFunc(members, func(a, b member) int { return strings.Compare(a.name, b.name) })
	return members, nil
}

// name returns the name that a key of the object t is.
func (e *encoder) name(t *glua.LTable, k glua.LValue) (string, error) {
	switch k := k.(type) {
	case glua.LString:
		return string(k), nil
	case glua.LNumber:
		if markOf(t) != object {
			return "", e.errorf("has names, and %s as a key, too; json.object(t) writes numbers as names", vm.AppendNumber(nil, float64(k)))
		}
		if math.IsInf(float64(k), 0) {
			return "", e.errorf("has an infinite number as a key")
		}
		name := string(appendNumber(nil, float64(k)))
		if t.RawGetString(name) != glua.LNil {
			return "", e.errorf("has both the number %s and the string %[1]q as keys", name)
		}
		return name, nil
	}
	return "", e.wrongKey(k)
}

func (e *encoder) member(n int, m member) error {
	e.separate(n)
	e.path = append(e.path, step{key: m.key})
	if err := e.string(m.name); err != nil {
		return err
	}
	e.out = append(e.out, ':')
	if e.indent > 0 {
		e.out = append(e.out, ' ')
	}
	err := e.value(m.value)
	e.path = e.path[:len(e.path)-1]
	return err
}

// separate writes what stands before entry n.
func (e *encoder) separate(n int) {
	if n > 1 {
		e.out = append(e.out, ',')
	}
	e.newLine(len(e.above))
}

// close ends an array or object of n entries.
func (e *encoder) close(n int, bracket byte) {
	if n > 0 {
		e.newLine(len(e.above) - 1)
	}
	e.out = append(e.out, bracket)
}

func (e *encoder) newLine(depth int) {
	if e.indent == 0 {
		return
	}
	e.out = append(e.out, '\n')
	for range depth * e.indent {
		e.out = append(e.out, ' ')
	}
}

// errTooLarge reports a result that no string may be.
var errTooLarge = errors.New("json: the result would be too large (more than 64 MB)")

// checkSize returns an error if the result is too large, with that many bytes
// more.
func (e *encoder) checkSize(more int) error {
	if len(e.out)+more > vm.MaxString {
		return errTooLarge
	}
	return nil
}

func (e *encoder) errorf(format string, args ...any) error {
	keys := make([]glua.LValue, len(e.path))
	for i, s := range e.path {
		if keys[i] = s.key; s.key == nil {
			keys[i] = glua.LNumber(s.place)
		}
	}
	place := keypath.String(keys)
	if place == "" {
		place = "the value"
	}
	return fmt.Errorf("json: %s %s", place, fmt.Sprintf(format, args...))
}
