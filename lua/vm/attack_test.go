package vm_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"lcgi/lua/vm"
)

// TestAttacks runs programs that try to break the machine, or to keep it busy.
// They must end with the given error, or with none and the given output.
func TestAttacks(t *testing.T) {
	lib := vm.NewLibrary()
	for _, c := range []struct{ name, code, output, err string }{
		// The Go stack.
		{"recursion", `local function f() return 1 + f() end f()`, "", "stack overflow"},
		{"recursion with many variables", "local function f() local " + strings.Repeat("a, ", 180) + "b return 1 + f() end f()", "", "t.lua:1: stack overflow"},
		{"the same in pcall", "local function f() local " + strings.Repeat("a, ", 180) + "b return 1 + f() end print(pcall(f))", "false\tt.lua:1: stack overflow\n", ""},
		{"the same in a coroutine", "local function f() local " + strings.Repeat("a, ", 180) + "b return 1 + f() end print(coroutine.resume(coroutine.create(f)))", "false\t", ""},
		{"recursion through pcall", `local function f() return select(2, pcall(f)) end print((f()))`, "", ""},
		{"through __index", `local t = setmetatable({}, {}) getmetatable(t).__index = function(t, k) return t[k .. "x"] end return t.x`, "", "stack overflow"},
		{"through __newindex", `local t = setmetatable({}, {__newindex = function(t, k, v) t[k] = v end}) t.x = 1`, "", "stack overflow"},
		{"through __eq", `local mt = {} mt.__eq = function(a, b) return a == b end local a, b = setmetatable({}, mt), setmetatable({}, mt) return a == b`, "", "stack overflow"},
		{"through __lt", `local mt = {} mt.__lt = function(a, b) return a < b end local a = setmetatable({}, mt) return a < a`, "", "stack overflow"},
		{"through __concat", `local mt = {} mt.__concat = function(a, b) return a .. b end local a = setmetatable({}, mt) return a .. "x"`, "", "stack overflow"},
		{"through arithmetic", `local mt = {} mt.__add = function(a, b) return a + b end local a = setmetatable({}, mt) return "1" + a`, "", "stack overflow"},
		{"through __tostring", `local a = setmetatable({}, {__tostring = function(a) return tostring(a) end}) print(a)`, "", "stack overflow"},
		{"through __call", `local a = setmetatable({}, {__call = function(a) return 1 + a() end}) a()`, "", "stack overflow"},
		{"through string.gsub", `local function f(s) return (s:gsub(".", f)) end f("x")`, "", "stack overflow"},
		{"through table.sort", `local function f(a, b) table.sort({3, 2, 1}, f) return false end f()`, "", "stack overflow"},
		{"through table.foreach", `local function f() table.foreach({1}, f) end f()`, "", "stack overflow"},
		{"through load", `local function f() load(f) end f()`, "", "stack overflow"},
		{"through iterators", `local function f() for i in f do end end f()`, "", "stack overflow"},
		{"through loadstring", `s = "loadstring(s)()" loadstring(s)()`, "", "stack overflow"},
		{"through coroutine.wrap", `local function f() coroutine.wrap(f)() end f()`, "", "C stack overflow"},
		{"deep stacks within coroutines", `local function f(n) if n == 0 then coroutine.wrap(f)(3000) else pcall(f, n - 1) end return 1 end f(3000)`, "", ""},
		{"an __index that is itself", `local t = {} setmetatable(t, {__index = t}) print(t.x)`, "", "loop in gettable"},
		{"nested expressions", `print(loadstring("return " .. ("("):rep(100000) .. "1" .. (")"):rep(100000)) ~= nil)`, "true\n", ""},
		{"nested tables", `print(loadstring("return " .. ("{"):rep(100000) .. ("}"):rep(100000)))`, "nil\t[string \"return {{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{{...\"]:1: more than 2000 levels are nested here\n", ""},
		{"nested functions", `print((loadstring(("return function() "):rep(100000) .. (" end"):rep(100000))))`, "nil\n", ""},
		{"a long sum", `print((loadstring("return x" .. (" + 1"):rep(100000))))`, "nil\n", ""},
		{"a long concatenation", `print((loadstring("return x" .. (" .. x"):rep(100000))))`, "nil\n", ""},

		// Memory.
		{"string.rep", `("x"):rep(1e10)`, "", "resulting string too large"},
		{"doubling by ..", `local s = "x" while true do s = s .. s end`, "", "resulting string too large"},
		{"doubling by format", `local s = "x" while true do s = string.format("%s%s", s, s) end`, "", "resulting string too large"},
		{"doubling by table.concat", `local s = "x" while true do s = table.concat{s, s} end`, "", "resulting string too large"},
		{"doubling by gsub", `local s = "x" while true do s = s:gsub(".*", "%0%0") end`, "", "resulting string too large"},
		{"a template of captures", `("x"):rep(1e6):gsub("^.*$", ("%0"):rep(1e6))`, "", "resulting string too large"},
		{"a long date", `os.date(("%c"):rep(1e7))`, "", "more than 67108864 bytes"},
		{"separators", `local t = {} for i = 1, 1000 do t[i] = "" end table.concat(t, ("x"):rep(1e6))`, "", "resulting string too large"},
		{"unpack", `unpack({}, 1, 1e9)`, "", "too many results to unpack"},
		{"string.byte", `("x"):rep(1e7):byte(1, -1)`, "", "string slice too long"},
		{"a device without end", `io.open("/dev/zero"):read("*a")`, "", "resulting string too large"},
		{"a line without end", `io.open("/dev/zero"):read("*l")`, "", "resulting string too large"},
		{"a program without end", `print(loadfile("/dev/zero"))`, "nil\t/dev/zero:1: the source is longer than 16777216 bytes\n", ""},
		{"many coroutines", `local t = {} for i = 1, 1e6 do t[i] = coroutine.create(print) end`, "", "too many coroutines are alive"},
		{"many coroutines that are gone", `for i = 1, 2e4 do coroutine.wrap(function() end)() end print("ok")`, "ok\n", ""},

		// The machine's own parts.
		{"the string metatable", `getmetatable("").__add = nil getmetatable("").__index = nil print(pcall(function() return ("x"):len() end)) print("1" + 1)`, "false\tt.lua:1: attempt to index a string value\n2\n", ""},
		{"string methods after setfenv", `setfenv(0, {}) print(("x"):len(), (loadstring("return string")()))`, "1\tnil\n", ""},
		{"debug.setmetatable", `debug.setmetatable("", nil) debug.setmetatable(1, {__index = {x = 5}}) print((1).x, pcall(function() return ("x").len end))`, "5\tfalse\tt.lua:1: attempt to index a string value\n", ""},
		{"debug has nothing dangerous", `print(debug.sethook, debug.getregistry, debug.setlocal, pcall(debug.setfenv, print, {}))`, "nil\tnil\tnil\tfalse\t", ""},
		{"debug.getlocal out of range", `print(debug.getlocal(1, -5), debug.getlocal(1, 1e9), pcall(debug.getlocal, 1e9, 1))`, "nil\tnil\tfalse\tbad argument #1 to '?' (level out of range)\n", ""},
		{"debug.getinfo out of range", `print(debug.getinfo(1e9), debug.getinfo(-1), pcall(debug.getinfo, 1, "x"))`, "nil\tnil\tfalse\tbad argument #2 to '?' (invalid option)\n", ""},
		{"setfenv of a library function", `print(pcall(setfenv, print, {}))`, "false\tcannot change the environment of given object\n", ""},
		{"a protected metatable", `print(pcall(setmetatable, setmetatable({}, {__metatable = false}), {}))`, "false\tcannot change a protected metatable\n", ""},
		{"newproxy", `local p = newproxy(true) getmetatable(p).__index = function() return 7 end print(p.x, pcall(newproxy, 5) )`, "7\ttrue\t", ""},
		{"module over a library", `module("string", package.seeall) print(("x"):len())`, "1\n", ""},
		{"yield across pcall", `print(coroutine.resume(coroutine.create(function() local ok, e = pcall(coroutine.yield) return ok, e end)))`, "true\tfalse\tattempt to yield across metamethod/C-call boundary\n", ""},
		{"yield in a metamethod", `local t = setmetatable({}, {__index = function() coroutine.yield() end}) print(coroutine.resume(coroutine.create(function() return pcall(function() return t.x end) end)))`, "true\tfalse\tt.lua:1: attempt to yield across metamethod/C-call boundary\n", ""},
		{"yield in an iterator", `print(coroutine.resume(coroutine.create(function() for i in function() coroutine.yield(1) end do end end)))`, "false\tt.lua:1: attempt to yield across metamethod/C-call boundary\n", ""},
		{"yield in table.sort", `print(coroutine.resume(coroutine.create(function() table.sort({2, 1}, coroutine.yield) end)))`, "false\tattempt to yield across metamethod/C-call boundary\n", ""},
		{"yield outside", `print(pcall(coroutine.yield))`, "false\tattempt to yield across metamethod/C-call boundary\n", ""},
		{"a coroutine that resumes itself", `local co co = coroutine.wrap(function() return pcall(co) end) print(co())`, "false\tcannot resume running coroutine\n", ""},
		{"yield as a coroutine", `local co = coroutine.wrap(coroutine.yield) print(co(1), co(2), pcall(co))`, "1\t2\tfalse\tcannot resume dead coroutine\n", ""},
		{"exit in a coroutine in a callback", `("x"):gsub("x", function() coroutine.wrap(function() pcall(os.exit) end)() end) print("not here")`, "", ""},
		{"an invalid order function", `local t = {} for i = 1, 100 do t[i] = i end table.sort(t, function() return true end) print(#t)`, "100\n", ""},
		{"a sort that changes its table", `local t = {3, 2, 1} table.sort(t, function(a, b) t[1] = nil t[100] = 1 return a < b end) print(t[1], t[3])`, "1\t3\n", ""},
		{"an error in an error handler", `print(xpcall(error, function() error("again") end))`, "false\terror in error handling\n", ""},
		{"collectgarbage", `print(collectgarbage("step"), pcall(collectgarbage, "bogus"))`, "0\tfalse\tbad argument #1 to '?' (invalid option 'bogus')\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			output, err := run(t, ctx, lib, vm.Config{}, c.code)
			switch {
			case c.err == "" && err != nil:
				t.Errorf("%v", err)
			case c.err != "" && (err == nil || !strings.Contains(err.Error(), c.err)):
				t.Errorf("got %v, want %s", err, c.err)
			}
			var e *vm.Error
			if errors.As(err, &e) && e.GoStack != nil {
				t.Errorf("a panic:\n%s", e.GoStack)
			}
			// Where the position of an error is not the point it is left out.
			got := strings.ReplaceAll(output, "\tt.lua:1: ", "\t")
			if c.output != "" && !strings.HasPrefix(got, strings.ReplaceAll(c.output, "\tt.lua:1: ", "\t")) {
				t.Errorf("got  %q\nwant %q", output, c.output)
			}
		})
	}
}

// TestDeadlineInLibrary runs what keeps Go code busy, and not Lua's.
func TestDeadlineInLibrary(t *testing.T) {
	lib := vm.NewLibrary()
	for _, code := range []string{
		`string.find(("a"):rep(200), ("a*"):rep(60) .. "b")`,
		`string.match(("a"):rep(200), ("a-"):rep(60) .. "b")`,
		`string.gsub(("a"):rep(1e5), ("a?"):rep(60) .. "(a-)b", "")`,
		`for _ in ("a"):rep(200):gmatch(("a*"):rep(60) .. "b") do end`,
		`pcall(string.find, ("a"):rep(200), ("a*"):rep(60) .. "b")`,
		`while true do pcall(string.find, ("a"):rep(200), ("a*"):rep(60) .. "b") end`,
		`coroutine.wrap(function() string.find(("a"):rep(200), ("a*"):rep(60) .. "b") end)()`,
		`string.find(("("):rep(1e7), "%b()%b()")  local s = ("("):rep(1e6) for i = 1, 1e6 do s:find("%b()", i) end`,
		`("x"):rep(1e6):gsub("", function() while true do end end)`,
		`table.sort({3, 2, 1}, function() while true do end end)`,
		`local t = setmetatable({}, {__index = function() while true do end end}) return t.x`,
		`tostring(setmetatable({}, {__tostring = function() while true do end end}))`,
		`load(function() return " " end)`,
		`xpcall(error, function() while true do end end)`,
		`local function f() xpcall(f, f) end while true do f() end`,
		`local function f() return pcall(f) end while true do f() end`,
		`while true do coroutine.wrap(function() end)() end`,
		`while true do local s = ("x"):rep(6e7) end`,
		`local s = ("x"):rep(6e7) while true do s:upper() end`,
		`local s = ("x"):rep(6e7) while true do s:find("yz", 1, true) end`,
		`repeat until false`,
		`for i = 1, math.huge do end`,
	} {
		ctx, cancel := context.WithTimeoutCause(context.Background(), 100*time.Millisecond, errors.New("too long"))
		start := time.Now()
		_, err := run(t, ctx, lib, vm.Config{}, code)
		cancel()
		if took := time.Since(start); took > 15*time.Second {
			t.Errorf("%s: ran %v", code, took)
		}
		if err == nil || !strings.HasSuffix(err.Error(), "too long") {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

// Lua 5.1 refuses more than 200 calls of C functions inside one another.
func TestProtectedCallsAreBounded(t *testing.T) {
	got, err := run(t, context.Background(), vm.NewLibrary(), vm.Config{}, `
		local depth, message = 0
		local function f() depth = depth + 1 local ok, e = pcall(f) message = message or e end
		f() print(depth, message)
		print(pcall(function() return "still works" end))`)
	if !strings.HasPrefix(got, "201\t") || !strings.HasSuffix(got, "C stack overflow\ntrue\tstill works\n") || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}
