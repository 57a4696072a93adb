package vm

import (
	"context"
	"io"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// budget is a context that is over when it has been asked n times.
type budget struct {
	context.Context
	left int
}

func (b *budget) Err() error {
	if b.left--; b.left < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

// FuzzMatch checks that matching never panics, ends within its budget of
// steps, and stays inside the text.
func FuzzMatch(f *testing.F) {
	for _, seed := range [][2]string{
		{"key = value", "^(%w+)%s*=%s*(.-)$"}, {"f(a(b)c)", "%b()"}, {"THE (quick) fox", "%f[%a]%a+"},
		{"abab", "(a)(b)%1%2"}, {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "a*a*a*a*a*a*a*b"}, {"x", "[^%z%]-]"},
		{"x", "()()%2"}, {"x", "%"}, {"x", "[%"}, {"x", "((((("}, {"\x00\xff", "[\x00-\xff]+$"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, src, pat string) {
		m := New(NewLibrary(), Config{Output: io.Discard, Log: io.Discard})
		m.ctx = &budget{context.Background(), 10}
		ms := matcher{machine: m, src: src, pat: pat}
		e := ms.match(0, 0)
		switch {
		case ms.steps > 12*matchPollInterval+uint(len(src)):
			t.Fatalf("%d steps", ms.steps)
		case e > len(src):
			t.Fatalf("a match that ends at %d of %d", e, len(src))
		case ms.err != nil && e >= 0:
			t.Fatalf("a match at %d and an error: %v", e, ms.err)
		}
		for i := range ms.level {
			c := ms.captures[i]
			if e >= 0 && c.length >= 0 && (c.start < 0 || c.start+c.length > len(src)) {
				t.Fatalf("capture %d is %v", i, c)
			}
		}
	})
}

func TestFrames(t *testing.T) {
	m := New(NewLibrary(), Config{Output: io.Discard, Log: io.Discard})
	err := m.Protect(context.Background(), func(L *glua.LState) {
		f, ok := topFrame(L)
		if !ok || !f.function().IsG || f.pc() != -1 || f.tailCalled() || f.line() != 0 {
			t.Errorf("the frame of a Go function is wrong: pc %d, line %d", f.pc(), f.line())
		}
		if _, ok := f.parent(); ok {
			t.Error("the first frame has a parent")
		}
		if *openUpvalues(L) != nil {
			t.Error("there are open upvalues")
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func BenchmarkOpenString(b *testing.B) {
	for _, c := range []struct {
		name string
		open func(L *glua.LState)
	}{
		{"ours", installString},
		{"gopher-lua", func(L *glua.LState) { glua.OpenString(L) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			lib := NewLibrary()
			b.ReportAllocs()
			for b.Loop() {
				m := New(lib, Config{Output: io.Discard, Log: io.Discard})
				c.open(m.state)
			}
		})
	}
	b.Run("neither", func(b *testing.B) {
		lib := NewLibrary()
		b.ReportAllocs()
		for b.Loop() {
			New(lib, Config{Output: io.Discard, Log: io.Discard})
		}
	})
}

func BenchmarkPrograms(b *testing.B) {
	for _, c := range []struct{ name, code string }{
		{"concat", `local s for i = 1, 1000 do s = "a" .. i .. "b" end`},
		{"pcall", `local f = function() end for i = 1, 1000 do pcall(f) end`},
		{"pcall error", `for i = 1, 1000 do pcall(error, "x") end`},
		{"index error", `local x for i = 1, 1000 do pcall(function() return x.y end) end`},
		{"yield", `local f = coroutine.wrap(function() while true do coroutine.yield(1) end end) for i = 1, 1000 do f() end`},
		{"coroutines", `for i = 1, 1000 do coroutine.wrap(function() end)() end`},
		{"gsub", `local s = ("hello world "):rep(100) for i = 1, 10 do s:gsub("%w+", "<%0>") end`},
		{"find", `local s = ("hello world "):rep(100) for i = 1, 100 do s:find("x", 1) s:find("l+x") end`},
		{"format", `for i = 1, 1000 do string.format("%5d %s %.2f", i, "x", i / 3) end`},
		{"sort", `local t = {} for i = 1, 1000 do t[i] = (i * 7919) % 1009 end table.sort(t)`},
	} {
		b.Run(c.name, func(b *testing.B) {
			lib := NewLibrary()
			p, err := lib.Compile("t.lua", c.code)
			if err != nil {
				b.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
			defer cancel()
			b.ReportAllocs()
			for b.Loop() {
				m := New(lib, Config{Output: io.Discard, Log: io.Discard})
				if err := m.Run(ctx, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
