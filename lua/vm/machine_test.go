package vm_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// run runs code in a fresh machine and returns what it printed.
func run(t *testing.T, ctx context.Context, lib *vm.Library, cfg vm.Config, code string) (string, error) {
	t.Helper()
	p, err := lib.Compile("t.lua", code)
	if err != nil {
		t.Fatalf("compile: %v", err)
	}
	var out bytes.Buffer
	cfg.Output = &out
	if cfg.Log == nil {
		cfg.Log = io.Discard
	}
	m := vm.New(lib, cfg)
	defer m.Close()
	err = m.Run(ctx, p)
	return out.String(), err
}

func TestPrograms(t *testing.T) {
	lib := vm.NewLibrary()
	dir := t.TempDir()
	for _, c := range []struct{ name, code, want string }{
		{"print", `print("a", 1, nil, true, 1/3)`, "a\t1\tnil\ttrue\t0.33333333333333\n"},
		{"numbers", `print(2^53, 1e15, 1e14, -0, 1e100, 0.1, 100000, 1/0, -1/0)`,
			"9.007199254741e+15\t1e+15\t1e+14\t-0\t1e+100\t0.1\t100000\tinf\t-inf\n"},
		{"string methods open the library", `local s = ("x"):rep(3) print(s, s:upper())`, "xxx\tXXX\n"},
		{"string indexed by a computed name", `local n = "up" .. "per" print(("x")[n]("abc"))`, "ABC\n"},
		{"reaching a library through _G", `print(_G["ma" .. "th"].floor(1.5))`, "1\n"},
		{"reaching a library through getfenv", `print(getfenv(1)["str" .. "ing"].len("abc"))`, "3\n"},
		{"loadstring finds what it needs", `print(loadstring("return math.floor(2.5)")())`, "2\n"},
		{"loadstring reports", `print(loadstring("x ="))`, "nil\t[string \"x =\"]:1: the code ends too early (an 'end', a bracket or an operand is missing) near '<eof>'\n"},
		{"chunk names", `print(loadstring("error('e')", "=n")) print(pcall(loadstring("error('e')", "=n")))`, "function"},
		{"io.write", `io.write("a", 1, 0.5) io.stdout:write("b")`, "a10.5b"},
		{"io.write returns true", `print(io.write(""))`, "true\n"},
		{"files", `local f = assert(io.open("f.txt", "w")) f:write("one\ntwo\n", 3) f:close()
			for l in io.lines("f.txt") do print(l) end
			f = io.open("f.txt") print(f:read("*l", "*a")) print(f:seek("set", 4), f:read("*n"), f:read(1)) f:close()
			print(io.type(f), io.type(io.stdout), io.type(1), pcall(f.read, f))
			print(io.open("none.txt"))`,
			"one\ntwo\n3\none\ttwo\n3\n4\tnil\tt\nclosed file\tfile\tnil\tfalse\tt.lua:4: attempt to use a closed file\nnil\t" + dir + "/none.txt: no such file or directory\t2\n"},
		{"reading and writing one file", `local f = io.open("rw", "w+") f:write("hello world") f:seek("set") print(f:read(5)) f:write("!") f:seek("set") print(f:read("*a")) f:close()`, "hello\nhello!world\n"},
		{"popen", `local p = io.popen("echo hi; exit 3") print(p:read("*a")) print(p:close())`, "hi\n\n3\n"},
		{"a child in the background", `print(os.execute("sleep 4 > /dev/null 2>&1 & echo started"))`, "started\n0\n"},
		{"a child that keeps the output", `print(os.execute("sleep 4 &"))`, "0\n"},
		{"a FIFO without a writer", `os.execute("mkfifo pipe") print(io.open("pipe"):read("*a"))`, "\n"},
		{"execute prints into the output", `print(os.execute("echo there"))`, "there\n0\n"},
		{"exit ends the program", `print("a") os.exit(1) print("b")`, "a\n"},
		{"pcall cannot hold an exit", `pcall(os.exit) print("b")`, ""},
		{"an exit in a coroutine", `coroutine.wrap(function() print("a") pcall(os.exit) print("b") end)() print("c")`, "a\n"},
		{"coroutines", `local f = coroutine.wrap(function(a) local b = coroutine.yield(a + 1) print(b) return "end" end) print(f(1)) print(f("x"))`, "2\nx\nend\n"},
		{"upvalues survive an error", `local f pcall(function() local x = 5 f = function() return x end error("e") end) local y, z = 1, 2 print(f())`, "5\n"},
		{"deep recursion", `local function d(n) if n == 0 then return 0 end return 1 + d(n - 1) end print(d(10000))`, "10000\n"},
		{"load", `local t = {"return ", "1+1"} local i = 0 print(load(function() i = i + 1 return t[i] end)())`, "2\n"},
		{"package.loaded", `print(package.loaded.string == string, package.loaded.math == math)`, "true\ttrue\n"},
		{"preload", `package.preload.m = function(n) return {name = n} end print(require("m").name, require("m") == require("m"))`, "m\ttrue\n"},
		{"module", `module("mm", package.seeall) function f() return 7 end print(mm.f(), package.loaded.mm == mm)`, "7\ttrue\n"},
		{"os.getenv", `print(os.getenv("A"), os.getenv("B"))`, "1\tnil\n"},
		{"no setenv, no foreign names", `print(os.setenv, _printregs)`, "nil\tnil\n"},
		{"a long table", `local x = 7 local t = loadstring("local x = 7 return {" .. ("x, 5, {1}, "):rep(20000) .. "}")() print(#t, t[1], t[25552], t[25553], t[25551][1], t[60000][1], t[59998])`, "60000\t7\t7\t5\t1\t1\t7\n"},
		{"many upvalues", `local s = {} for i = 1, 300 do s[i] = "local a" .. i end
			local uses = {} for i = 1, 300 do uses[i] = "a" .. i end
			print(loadstring(table.concat(s, " ", 1, 150) .. " local function f() " .. table.concat(s, " ", 151, 300) .. " return function() return {" .. table.concat(uses, ",") .. "} end end"))`,
			"nil\t[string \"local a1 local a2 local a3 local a4 local a5 ...\"]:1: the function uses more than 255 variables of the functions around it\n"},
		{"strings in a numeric for", `for i = "1", " 5 ", "2" do io.write(i, ";") end print(pcall(function() for i = 1, "x" do end end))`, "1;3;5;false\tt.lua:1: 'for' limit must be a number\n"},
		{"collectgarbage", `print(collectgarbage(), collectgarbage("count") > 0)`, "0\ttrue\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := run(t, context.Background(), lib, vm.Config{Dir: dir, Getenv: func(n string) (string, bool) {
				return "1", n == "A"
			}}, c.code)
			if err != nil {
				t.Fatalf("%v", err)
			}
			if got != c.want && !(c.want == "function" && strings.HasPrefix(got, c.want)) {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	lib := vm.NewLibrary()
	for _, c := range []struct {
		name, code, want string
		frames           []vm.Frame
	}{
		{"runtime", "local x\n\nprint(x.y)", "t.lua:3: attempt to index local 'x' (a nil value)", []vm.Frame{{"t.lua", 3, "main chunk"}}},
		{"error", "local function f()\n error('no')\nend\n\nf()\nf()", "t.lua:2: no", []vm.Frame{{"t.lua", 2, "f"}, {"t.lua", 5, "main chunk"}}},
		{"error blames the caller", "function f()\n error('no', 2)\nend\nf()", "t.lua:4: no", []vm.Frame{{"t.lua", 4, "main chunk"}}},
		{"error without position", "error('no', 0)", "t.lua:1: no", nil},
		{"a table", "error({code = 5})", "t.lua:1: (the error raised is a table value without __tostring)", nil},
		{"a table with a message", "error({message = 'm'})", "t.lua:1: m", nil},
		{"a table with __tostring", "error(setmetatable({}, {__tostring = function() return 'ts' end}))", "t.lua:1: ts", nil},
		{"a failing __tostring", "error(setmetatable({}, {__tostring = function() error('x') end}))", "t.lua:1: (the error raised is a table value whose __tostring fails)", nil},
		{"nil", "error()", "t.lua:1: (the error raised is nil)", nil},
		{"stack overflow", "local function f() return 1 + f() end\nf()", "t.lua:1: stack overflow", nil},
		{"string.rep", "print(('x'):rep(1e9))", "t.lua:1: resulting string too large (more than 67108864 bytes)", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := run(t, context.Background(), lib, vm.Config{}, c.code)
			var e *vm.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want a *vm.Error", err)
			}
			if err.Error() != c.want {
				t.Errorf("got  %q\nwant %q", err, c.want)
			}
			for i, want := range c.frames {
				if i >= len(e.Frames) || e.Frames[i] != want {
					t.Errorf("frames %v, want %v", e.Frames, c.frames)
					break
				}
			}
		})
	}
}

func TestSyntaxError(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"x = = 1", "t.lua:1:5: syntax error near '='"},
		{"\n\nfoo bar", "t.lua:3:7: syntax error near 'bar'"},
		{"if x then", "t.lua: the code ends too early (an 'end', a bracket or an operand is missing)"},
	} {
		_, err := vm.NewLibrary().Compile("t.lua", c.code)
		var se *vm.SyntaxError
		if !errors.As(err, &se) || !strings.HasPrefix(se.Error(), c.want) {
			t.Errorf("%q: got %v, want %s", c.code, err, c.want)
		}
	}
}

func TestDeadline(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, code := range []string{
		"while true do end",
		"while true do pcall(function() while true do end end) end",
		"coroutine.wrap(function() while true do pcall(function() while true do end end) end end)()",
		"local co = coroutine.create(function() while true do end end) while true do coroutine.resume(co) end",
		"xpcall(function() while true do end end, function() while true do end end)",
		"table.sort({3,2,1,5,4}, function(a, b) while true do end end)",
		"os.execute('sleep 60')",
		"io.popen('sleep 60'):read('*a')",
		"io.open('fifo', 'r+'):read('*a')", // which nobody writes to
	} {
		ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, errors.New("too long"))
		start := time.Now()
		_, err := run(t, ctx, vm.NewLibrary(), vm.Config{Dir: dir}, code)
		cancel()
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: ran %v", code, took)
		}
		if err == nil || !strings.HasSuffix(err.Error(), "too long") {
			t.Errorf("%s: got %v", code, err)
		}
	}
}

func TestRaise(t *testing.T) {
	sentinel := errors.New("the disk is full")
	lib := vm.NewLibrary()
	lib.Add(func(L *glua.LState) {
		L.SetGlobal("fail", L.NewFunction(func(L *glua.LState) int { vm.Raise(L, sentinel); return 0 }))
	}, "fail")
	_, err := run(t, context.Background(), lib, vm.Config{}, "\nfail()")
	if !errors.Is(err, sentinel) || err.Error() != "t.lua:2: the disk is full" {
		t.Errorf("got %v", err)
	}
	out, err := run(t, context.Background(), lib, vm.Config{}, "\nlocal _, e = pcall(function() fail() end) print(type(e), e .. '!', e:match('%d'))")
	if err != nil || out != "string\tt.lua:2: the disk is full!\t2\n" {
		t.Errorf("got %q, %v", out, err)
	}
	_, err = run(t, context.Background(), lib, vm.Config{}, "local _, e = pcall(fail) error(e, 0)")
	if !errors.Is(err, sentinel) {
		t.Errorf("raised again: got %v", err)
	}
}

func TestGoPanicIsAnError(t *testing.T) {
	lib := vm.NewLibrary()
	lib.Add(func(L *glua.LState) {
		L.SetGlobal("boom", L.NewFunction(func(*glua.LState) int { var p *int; return *p }))
	}, "boom")
	_, err := run(t, context.Background(), lib, vm.Config{}, "boom()")
	var e *vm.Error
	if !errors.As(err, &e) || e.GoStack == nil || !strings.Contains(e.Message, "nil pointer") {
		t.Errorf("got %v", err)
	}
}

func TestMachinesAreApart(t *testing.T) {
	lib := vm.NewLibrary()
	cfg := vm.Config{}
	if _, err := run(t, context.Background(), lib, cfg, `string.len = nil; getmetatable("").__index = nil; X = 1; math.floor = 5`); err != nil {
		t.Fatal(err)
	}
	got, err := run(t, context.Background(), lib, cfg, `print(X, ("abc"):len(), math.floor(1.5))`)
	if err != nil || got != "nil\t3\t1\n" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestSharedPrograms runs one program in many machines at once; the race
// detector sees what they share.
func TestSharedPrograms(t *testing.T) {
	lib := vm.NewLibrary()
	p, err := lib.Compile("t.lua", `local s = "" for i = 1, 50 do s = s .. i .. (("x"):rep(3):gsub("x", "y")) end
		local ok, e = pcall(function() return nothing.x end)
		local co = coroutine.wrap(function() coroutine.yield(1) end) co()
		print(#s, e, "1" + 1, math.random(1, 1))`)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			var out bytes.Buffer
			m := vm.New(lib, vm.Config{Output: &out, Log: io.Discard})
			defer m.Close()
			if err := m.Run(context.Background(), p); err != nil {
				t.Error(err)
			}
			if want := "241\tt.lua:2: attempt to index global 'nothing' (a nil value)\t2\t1\n"; out.String() != want {
				t.Errorf("got %q, want %q", out.String(), want)
			}
		})
	}
	wait.Wait()
}

func TestFilesAreClosed(t *testing.T) {
	dir := t.TempDir()
	if _, err := run(t, context.Background(), vm.NewLibrary(), vm.Config{Dir: dir}, `io.open("a", "w"):write("kept")`); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "a"))
	if err != nil || string(got) != "kept" {
		t.Errorf("got %q, %v", got, err)
	}
}

func BenchmarkSmallProgram(b *testing.B) {
	lib := vm.NewLibrary()
	p, err := lib.Compile("t.lua", `for i, v in ipairs{1, 2, 3} do X = v end`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		m := vm.New(lib, vm.Config{Output: io.Discard, Log: io.Discard})
		if err := m.Run(context.Background(), p); err != nil {
			b.Fatal(err)
		}
		m.Close()
	}
}
