// Package moduletest runs Lua code for the tests of the modules that pages can
// require.
package moduletest

import (
	"context"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// Globals are what the code finds beside the libraries of Lua: by its name, what
// makes it in a machine.
type Globals map[string]func(L *glua.LState) glua.LValue

// Loaded makes a global of what the loader of a module returns.
func Loaded(load glua.LGFunction) func(L *glua.LState) glua.LValue {
	return func(L *glua.LState) glua.LValue {
		load(L)
		v := L.Get(-1)
		L.Pop(1)
		return v
	}
}

// Eval runs code in a machine of its own until ctx ends. It returns the text of
// what the code returns, with a space between two values, or "error: " and its
// error without the position.
func Eval(ctx context.Context, t testing.TB, globals Globals, code string) string {
	t.Helper()
	lib := vm.NewLibrary()
	for name, value := range globals {
		lib.Add(func(L *glua.LState) { L.SetGlobal(name, value(L)) }, name)
	}
	var out strings.Builder
	lib.Add(func(L *glua.LState) {
		L.SetGlobal("show", L.NewFunction(func(L *glua.LState) int {
			for i := 1; i <= L.GetTop(); i++ {
				if i > 1 {
					out.WriteByte(' ')
				}
				out.WriteString(L.ToStringMeta(L.Get(i)).String())
			}
			return 0
		}))
	}, "show")
	p, err := lib.Compile("t", "show((function() "+code+"\nend)())")
	if err != nil {
		t.Fatal(err)
	}
	m := vm.New(lib, vm.Config{})
	defer m.Close()
	if err := m.Run(ctx, p); err != nil {
		return "error: " + strings.TrimPrefix(err.Error(), "t:1: ")
	}
	return out.String()
}

// A Case is code, and what Eval returns of it.
type Case [2]string

// Check runs cases.
func Check(t *testing.T, globals Globals, cases []Case) {
	t.Helper()
	for _, c := range cases {
		code, want := c[0], c[1]
		if got := Eval(t.Context(), t, globals, code); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", code, got, want)
		}
	}
}
