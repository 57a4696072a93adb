// Package option reads the tables of options that pages give to functions, such as
// { maxAge = 60 }. A wrong type and a name that does not exist are errors that say
// which, so that a misspelled "secure" does not pass.
package option

import (
	"fmt"
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// A Value is the value of one option, with what messages need to know of it.
type Value struct {
	L    *glua.LState
	Arg  int    // the argument that the table is, from 1
	Name string // of the option
	glua.LValue
}

// A Reader puts the value of the option called Name into what is being set.
type Reader[T any] struct {
	Name string
	Read func(to *T, v Value)
}

// Read reads the table of options that is argument n; nil is an empty one. Prefix
// stands before the options' names in messages.
func Read[T any](L *glua.LState, n int, to *T, prefix string, readers []Reader[T]) {
	if L.Get(n) != glua.LNil {
		ReadTable(L, n, L.CheckTable(n), to, prefix, readers)
	}
}

// ReadTable is Read for a table that is part of argument n.
func ReadTable[T any](L *glua.LState, n int, options *glua.LTable, to *T, prefix string, readers []Reader[T]) {
	ForEach(options, func(k, v glua.LValue) {
		for i := range readers {
			if k.String() == readers[i].Name {
				readers[i].Read(to, Value{L, n, prefix + k.String(), v})
				return
			}
		}
		names := make([]string, len(readers))
		for i := range readers {
			names[i] = readers[i].Name
		}
		// A visitor may have chosen it.
		L.ArgError(n, fmt.Sprintf("there is no option %s%.40s; there are %s", prefix, k.String(), strings.Join(names, " ")))
	})
}

// ForEach calls f for the entries of t in the order in which next gives them.
// LTable.ForEach has no order, and with it a different error every time.
func ForEach(t *glua.LTable, f func(k, v glua.LValue)) {
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		f(k, v)
	}
}

// String returns the value, which must be a string.
func (v Value) String() string {
	s, ok := v.LValue.(glua.LString)
	if !ok {
		v.Wrong("a string")
	}
	return string(s)
}

// Number returns the value, which must be a number.
func (v Value) Number() float64 {
	f, ok := v.LValue.(glua.LNumber)
	if !ok {
		v.Wrong("a number")
	}
	return float64(f)
}

// Int returns the value, which must be a whole number from least to most.
func (v Value) Int(least, most int) int {
	f := v.Number()
	if f != math.Trunc(f) || f < float64(least) || f > float64(most) {
		v.Refuse(fmt.Sprintf("must be a whole number from %d to %d", least, most))
	}
	return int(f)
}

// Bool returns the value, which must be true or false.
func (v Value) Bool() bool {
	b, ok := v.LValue.(glua.LBool)
	if !ok {
		v.Wrong("true or false")
	}
	return bool(b)
}

// Table returns the value, which must be a table.
func (v Value) Table() *glua.LTable {
	t, ok := v.LValue.(*glua.LTable)
	if !ok {
		v.Wrong("a table")
	}
	return t
}

// Wrong raises the error for a value that is not what was wanted.
func (v Value) Wrong(want string) {
	v.Refuse("must be " + want + ", not a " + v.LValue.Type().String())
}

// Refuse raises an error that says what is wrong with the value.
func (v Value) Refuse(why string) { v.L.ArgError(v.Arg, "the option "+v.Name+" "+why) }
