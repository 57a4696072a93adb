package lua

import (
	"math"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/option"
	"lcgi/lua/vm"
)

// check raises err, if there is one, as the error of the calling Lua code.
func check(L *glua.LState, err error) {
	if err != nil {
		vm.Raise(L, err)
	}
}

// integer returns argument n, which must be a whole number.
func integer(L *glua.LState, n int) int {
	v := float64(L.CheckNumber(n))
	if v != math.Trunc(v) || math.Abs(v) > 1<<53 {
		L.ArgError(n, "a whole number expected")
	}
	return int(v)
}

// refuseUnknown makes it an error to read what t does not have, which is called name
// in the message: a misspelled function says so where it is written.
func refuseUnknown(L *glua.LState, t *glua.LTable, name string) {
	mt := L.CreateTable(0, 1)
	mt.RawSetString("__index", L.NewFunction(func(L *glua.LState) int {
		var members []string
		option.ForEach(t, func(k, _ glua.LValue) { members = append(members, k.String()) })
		slices.Sort(members)
		L.RaiseError("%s has no member %q; it has %s", name, L.Get(2).String(), strings.Join(members, " "))
		return 0
	}))
	t.Metatable = mt
}
