package option_test

import (
	"fmt"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/option"
)

type settings struct {
	text   string
	number float64
	count  int
	on     bool
	inner  string
}

func readers() []option.Reader[settings] {
	return []option.Reader[settings]{
		{Name: "text", Read: func(s *settings, v option.Value) { s.text = v.String() }},
		{Name: "number", Read: func(s *settings, v option.Value) { s.number = v.Number() }},
		{Name: "count", Read: func(s *settings, v option.Value) { s.count = v.Int(1, 9) }},
		{Name: "on", Read: func(s *settings, v option.Value) { s.on = v.Bool() }},
		{Name: "more", Read: func(s *settings, v option.Value) {
			option.ReadTable(v.L, v.Arg, v.Table(), s, "more.", []option.Reader[settings]{
				{Name: "inner", Read: func(s *settings, v option.Value) { s.inner = v.String() }},
			})
		}},
	}
}

func TestRead(t *testing.T) {
	L := glua.NewState()
	defer L.Close()
	L.SetGlobal("f", L.NewFunction(func(L *glua.LState) int {
		var s settings
		option.Read(L, 2, &s, "", readers())
		L.Push(glua.LString(fmt.Sprintf("%q %v %v %v %q", s.text, s.number, s.count, s.on, s.inner)))
		return 1
	}))
	for _, c := range []struct{ options, want string }{
		{`nil`, `"" 0 0 false ""`},
		{`{}`, `"" 0 0 false ""`},
		{`{ text = "a", number = 1.5, count = 9, on = true, more = { inner = "b" } }`, `"a" 1.5 9 true "b"`},
		{`{ txt = "a" }`, "there is no option txt; there are text number count on more"},
		{`{ "a" }`, "there is no option 1; there are text number count on more"},
		{`{ [("x"):rep(1000)] = 1 }`, "there is no option xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; there are text number count on more"},
		{`{ more = { x = 1 } }`, "there is no option more.x; there are inner"},
		{`{ more = { inner = 1 } }`, "the option more.inner must be a string, not a number"},
		{`{ text = 1 }`, "the option text must be a string, not a number"},
		{`{ number = "1" }`, "the option number must be a number, not a string"},
		{`{ on = 1 }`, "the option on must be true or false, not a number"},
		{`{ more = 1 }`, "the option more must be a table, not a number"},
		{`{ count = 0 }`, "the option count must be a whole number from 1 to 9"},
		{`{ count = 10 }`, "the option count must be a whole number from 1 to 9"},
		{`{ count = 1.5 }`, "the option count must be a whole number from 1 to 9"},
		{`{ count = 0/0 }`, "the option count must be a whole number from 1 to 9"},
		{`"x"`, "table expected, got string"},
	} {
		err := L.DoString(`local ok, text = pcall(f, nil, ` + c.options + `) result = text:gsub("^.*bad argument #2 to .- %((.*)%)$", "%1")`)
		if err != nil {
			t.Fatal(err)
		}
		if got := L.GetGlobal("result").String(); got != c.want {
			t.Errorf("%s: got %s, want %s", c.options, got, c.want)
		}
	}
}

// TestForEach: the entries come in the order in which a program sees them.
func TestForEach(t *testing.T) {
	L := glua.NewState()
	defer L.Close()
	if err := L.DoString(`t = { 1, 2, b = 3, a = 4, c = 5 } order = "" for k in pairs(t) do order = order .. k end`); err != nil {
		t.Fatal(err)
	}
	got := ""
	option.ForEach(L.GetGlobal("t").(*glua.LTable), func(k, _ glua.LValue) { got += k.String() })
	if want := L.GetGlobal("order").String(); got != want || len(got) != 5 {
		t.Errorf("got %s, want %s", got, want)
	}
}
