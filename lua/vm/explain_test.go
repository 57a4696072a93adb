package vm_test

import (
	"context"
	"testing"

	"lcgi/lua/vm"
)

// TestExplain checks the wording of errors: what reaches the top, what pcall
// returns, and what coroutine.resume returns, which must be the same.
func TestExplain(t *testing.T) {
	lib := vm.NewLibrary()
	for _, c := range []struct{ code, want string }{
		{`local x x.y = 1`, "attempt to index local 'x' (a nil value)"},
		{`nothing.x = 1`, "attempt to index global 'nothing' (a nil value)"},
		{`local t = {} t.a.b.c = 1`, "attempt to index field 'a' (a nil value)"},
		{`local t = {a = {}} return t.a.b.c`, "attempt to index field 'b' (a nil value)"},
		{`local t = {} t:method()`, "attempt to call method 'method' (a nil value)"},
		{`nothing.f()`, "attempt to index global 'nothing' (a nil value)"},
		{`string.trim("x")`, "attempt to call field 'trim' (a nil value)"},
		{`("x"):trim()`, "attempt to call method 'trim' (a nil value)"},
		{`local s = "x" s()`, "attempt to call local 's' (a string value)"},
		{`local up local f = function() return up.x end f()`, "attempt to index upvalue 'up' (a nil value)"},
		{`return ({}).x.y`, "attempt to index field 'x' (a nil value)"},
		{`return (function() end)().x`, "attempt to index a nil value"},
		{`local t = {} return 2 * t.price`, "attempt to perform arithmetic on field 'price' (a nil value)"},
		{`local a, b = 1 return a + b`, "attempt to perform arithmetic on local 'b' (a nil value)"},
		{`return "12 apples" + 1`, "attempt to perform arithmetic on a string value"},
		{`local s = "12 apples" return 1 + s`, "attempt to perform arithmetic on local 's' (a string value)"},
		{`return -nothing`, "attempt to perform arithmetic on global 'nothing' (a nil value)"},
		{`return #nothing`, "attempt to get length of global 'nothing' (a nil value)"},
		{`local name return "Hello " .. name .. "!"`, "attempt to concatenate local 'name' (a nil value)"},
		{`local t = {} return "a" .. "b" .. t.c .. t.d`, "attempt to concatenate field 'c' (a nil value)"},
		{`return 1 < nothing`, "attempt to compare number with nil"},
		{`return {} < {}`, "attempt to compare two table values"},
		{`for i = 1, nothing do end`, "'for' limit must be a number"},
		{`for _, v in ipairs(nothing) do end`, "bad argument #1 to 'ipairs' (table expected, got nil)"},
		{`for k in nothing do end`, "attempt to call a nil value"},
		{`local function f() return f() + 1 end f()`, "stack overflow"},
		{`string.rep()`, "bad argument #1 to 'rep' (string expected, got no value)"},
		{`("x"):rep({})`, "bad argument #1 to 'rep' (number expected, got table)"},
		{`string.rep("x")`, "bad argument #2 to 'rep' (number expected, got no value)"},

		// Of several places in a line the one that failed is named.
		{`local a, b = {} a.x = 1 b.x = 1 a.x = 1`, "attempt to index local 'b' (a nil value)"},
		{`local a, b = {}, {} local c = {a.x, b.x, a.x.y, b.x.y}`, "attempt to index field 'x' (a nil value)"},
		{`local a = {f = function() end} a.f() a.g() a.h()`, "attempt to call field 'g' (a nil value)"},
		{`local n = 1 local s = n + n + nothing + n`, "attempt to perform arithmetic on global 'nothing' (a nil value)"},
		{`local function f(x) return x.y end local function g(z) return z.y end f({}) g()`, "attempt to index local 'z' (a nil value)"},
		{`local x = {} do local x x.y = 1 end`, "attempt to index local 'x' (a nil value)"},
		{`do local hidden = {} end hidden.y = 1`, "attempt to index global 'hidden' (a nil value)"},
		{`local a = 1 + 2 * 3 return a + nothing`, "attempt to perform arithmetic on global 'nothing' (a nil value)"},
		{`if false then nothing.x() else other.x() end`, "attempt to index global 'other' (a nil value)"},
		{`local t = {["a b"] = 1} return t["a c"].x`, "attempt to index field 'a c' (a nil value)"},
		{`local t, k = {}, "key" return t[k].x`, "attempt to index field '?' (a nil value)"},

		// Errors that only look like the machine's stay as they are.
		{`error("attempt to call a non-function object")`, "attempt to call a non-function object"},
		{`error("cannot perform add operation between nil and number")`, "cannot perform add operation between nil and number"},
	} {
		if _, err := run(t, context.Background(), lib, vm.Config{}, c.code); err == nil || err.Error() != "t.lua:1: "+c.want {
			t.Errorf("%s\ngot  %v\nwant t.lua:1: %s", c.code, err, c.want)
		}
		for _, how := range []string{
			"print(select(2, pcall(function() %s end)))",
			"print(select(2, coroutine.resume(coroutine.create(function() %s end))))",
			"print(select(2, pcall(coroutine.wrap(function() %s end))))",
			"print(select(2, xpcall(function() %s end, function(m) return m end)))",
			"print(select(2, pcall(loadstring([==[%s]==], '=t.lua'))))",
		} {
			code := replace(how, c.code)
			got, err := run(t, context.Background(), lib, vm.Config{}, code)
			if err != nil || got != "t.lua:1: "+c.want+"\n" && got != c.want+"\n" {
				t.Errorf("%s\ngot  %q, %v\nwant t.lua:1: %s", code, got, err, c.want)
			}
		}
	}
}

func replace(format, code string) string {
	for i := range format {
		if format[i] == '%' {
			return format[:i] + code + format[i+2:]
		}
	}
	return format
}

// TestErrorFrames checks where errors are said to have happened.
func TestErrorFrames(t *testing.T) {
	lib := vm.NewLibrary()
	for _, c := range []struct {
		name, code, want string
		frames           []vm.Frame
	}{
		{"in a coroutine", "local f = coroutine.wrap(function()\n  error('no')\nend)\nf()", "t.lua:2: no",
			[]vm.Frame{{Source: "t.lua", Line: 2, Func: "coroutine"}, {Source: "t.lua", Line: 4, Func: "main chunk"}}},
		{"raised again", "local ok, e = pcall(error, 'no', 0)\nlocal function g() error(e, 0) end\ng()", "t.lua:2: no",
			[]vm.Frame{{Source: "t.lua", Line: 2, Func: "g"}, {Source: "t.lua", Line: 3, Func: "main chunk"}}},
		{"in a tail call", "local function f()\n  error('no')\nend\nlocal function g()\n  return f()\nend\ng()", "t.lua:2: no",
			[]vm.Frame{{Source: "t.lua", Line: 2, Func: "function defined in line 1"}, {Source: "t.lua", Line: 7, Func: "main chunk"}}},
		{"in a method", "local o = {}\nfunction o:m()\n  self.x.y = 1\nend\no:m()", "t.lua:3: attempt to index field 'x' (a nil value)",
			[]vm.Frame{{Source: "t.lua", Line: 3, Func: "m"}, {Source: "t.lua", Line: 5, Func: "main chunk"}}},
		{"in a callback", "local s = ('x'):gsub('x', function()\n  return nothing.x\nend)", "t.lua:2: attempt to index global 'nothing' (a nil value)",
			[]vm.Frame{{Source: "t.lua", Line: 2, Func: "function defined in line 1"}, {Source: "t.lua", Line: 1, Func: "main chunk"}}},
	} {
		_, err := run(t, context.Background(), lib, vm.Config{}, c.code)
		e, ok := err.(*vm.Error)
		if !ok || err.Error() != c.want {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
			continue
		}
		if len(e.Frames) != len(c.frames) {
			t.Errorf("%s: frames %v, want %v", c.name, e.Frames, c.frames)
			continue
		}
		for i, want := range c.frames {
			if e.Frames[i] != want {
				t.Errorf("%s: frames %v, want %v", c.name, e.Frames, c.frames)
			}
		}
	}
}
