package lua

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"
)

// forEach calls f for the entries of t in the order in which next gives them.
// LTable.ForEach has no order, and with it a different error every time.
func forEach(t *glua.LTable, f func(k, v glua.LValue)) {
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		f(k, v)
	}
}

// The functions below read the value v of the option called name from the
// table that is argument n. Another type is an error that names the option.

func optionString(L *glua.LState, n int, name string, v glua.LValue) string {
	s, ok := v.(glua.LString)
	if !ok {
		wrongOption(L, n, name, "a string", v)
	}
	return string(s)
}

func optionNumber(L *glua.LState, n int, name string, v glua.LValue) float64 {
	f, ok := v.(glua.LNumber)
	if !ok {
		wrongOption(L, n, name, "a number", v)
	}
	return float64(f)
}

func optionBool(L *glua.LState, n int, name string, v glua.LValue) bool {
	b, ok := v.(glua.LBool)
	if !ok {
		wrongOption(L, n, name, "true or false", v)
	}
	return bool(b)
}

func wrongOption(L *glua.LState, n int, name, want string, v glua.LValue) {
	L.ArgError(n, fmt.Sprintf("the option %s must be %s, not a %s", name, want, v.Type()))
}
