package keypath_test

import (
	"testing"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/keypath"
)

func TestString(t *testing.T) {
	for _, c := range []struct {
		keys []glua.LValue
		want string
	}{
		{nil, ""},
		{[]glua.LValue{glua.LString("cart"), glua.LString("items"), glua.LNumber(3), glua.LString("price")}, "cart.items[3].price"},
		{[]glua.LValue{glua.LNumber(1), glua.LNumber(1e6), glua.LNumber(0.5)}, "[1][1e+06][0.5]"},
		{[]glua.LValue{glua.LString("a b"), glua.LString(""), glua.LString("1")}, `["a b"][""]["1"]`},
		{[]glua.LValue{glua.LString("x"), glua.LTrue}, "x[true]"},
		{[]glua.LValue{glua.LString("\xff\n")}, `["\xff\n"]`},
	} {
		if got := keypath.String(c.keys); got != c.want {
			t.Errorf("%v: got %s, want %s", c.keys, got, c.want)
		}
	}
}
