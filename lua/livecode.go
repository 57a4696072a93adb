package lua

import (
	"fmt"

	glua "github.com/yuin/gopher-lua"
)

// into is "put E into a.b.c": a = into(a, E, "b", "c"). Tables that are missing
// on the way are made, as LiveCode does.
func into(L *glua.LState) int {
	L.Push(store(L, func(old, value glua.LValue) glua.LValue { return value }))
	return 1
}

// after is "put E after V".
func after(L *glua.LState) int {
	L.Push(store(L, func(old, value glua.LValue) glua.LValue { return join(L, old, value) }))
	return 1
}

// before is "put E before V".
func before(L *glua.LState) int {
	L.Push(store(L, func(old, value glua.LValue) glua.LValue { return join(L, value, old) }))
	return 1
}

// store replaces the value that the keys, the arguments from 3 on, lead to from
// argument 1, and returns argument 1 or what takes its place.
func store(L *glua.LState, replace func(old, value glua.LValue) glua.LValue) glua.LValue {
	base, value, last := L.Get(1), L.Get(2), L.GetTop()
	if last < 3 {
		return replace(base, value)
	}
	if base == glua.LNil {
		base = L.NewTable()
	}
	at := base
	for i := 3; i < last; i++ {
		next := L.GetTable(at, L.Get(i))
		if next == glua.LNil {
			next = L.NewTable()
			L.SetTable(at, L.Get(i), next)
		}
		at = next
	}
	L.SetTable(at, L.Get(last), replace(L.GetTable(at, L.Get(last)), value))
	return base
}

func join(L *glua.LState, a, b glua.LValue) glua.LValue {
	return glua.LString(joinable(L, a) + joinable(L, b))
}

// joinable returns the text of v; what is not there is empty.
func joinable(L *glua.LState, v glua.LValue) string {
	s, err := appendRaw(L, nil, v)
	if err != nil {
		L.RaiseError("%s", fmt.Sprintf("put after, put before: a %s cannot be joined with text", v.Type()))
	}
	return string(s)
}
