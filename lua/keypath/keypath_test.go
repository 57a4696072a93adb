package keypath_test

import (
	"slices"
	"strings"
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
		{[]glua.LValue{glua.LString(strings.Repeat("a", 40))}, strings.Repeat("a", 40)},
		{[]glua.LValue{glua.LString(strings.Repeat("a", 8<<20)), glua.LString("b")}, `["` + strings.Repeat("a", 39) + `…"].b`},
		{[]glua.LValue{glua.LString("x"), glua.LString(strings.Repeat("ä", 1000))}, `x["` + strings.Repeat("ä", 19) + `…"]`},
		{[]glua.LValue{glua.LString(strings.Repeat("\xff", 1000))}, `["` + strings.Repeat(`\xff`, 9) + `…"]`},
		{slices.Repeat([]glua.LValue{glua.LNumber(1)}, 66), strings.Repeat("[1]", 66)},
		{slices.Repeat([]glua.LValue{glua.LNumber(1)}, 1000), strings.Repeat("[1]", 32) + "…" + strings.Repeat("[1]", 32)},
		{append(slices.Repeat([]glua.LValue{glua.LString("a")}, 1000), glua.LString(strings.Repeat("b", 99))), "a" + strings.Repeat(".a", 48) + "…" + strings.Repeat(".a", 26) + `["` + strings.Repeat("b", 39) + `…"]`},
	} {
		if got := keypath.String(c.keys); got != c.want {
			t.Errorf("%v: got %s, want %s", c.keys, got, c.want)
		}
	}
}
