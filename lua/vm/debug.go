package vm

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// installDebug opens what of the debug library looks at a program. What could
// break the machine is not there: hooks, the registry, other functions' local
// variables.
func installDebug(L *glua.LState) {
	lib := open(L, glua.OpenDebug)
	lib.RawSetString("setlocal", glua.LNil)
	set(L, lib, "getfenv", debugGetfenv)
	set(L, lib, "getinfo", debugGetinfo)
	set(L, lib, "getlocal", debugGetlocal)
	set(L, lib, "gethook", func(L *glua.LState) int { return 0 })
	set(L, lib, "setfenv", debugSetfenv)
	lib.RawSetString("traceback", Of(L).lib.traceback)
	set(L, lib, "getmetatable", debugGetmetatable)
}

func debugGetfenv(L *glua.LState) int {
	env := L.GetFEnv(checkAny(L, 1))
	if t, ok := env.(*glua.LTable); ok && t == nil {
		env = L.Get(glua.GlobalsIndex) // of a function that all machines share
	}
	L.Push(env)
	return 1
}

func debugSetfenv(L *glua.LState) int {
	v := checkAny(L, 1)
	env := checkTable(L, 2)
	if f, ok := v.(*glua.LFunction); ok && f.IsG {
		L.RaiseError("'setfenv' cannot change environment of given object")
	}
	L.SetFEnv(v, env)
	L.SetTop(1)
	return 1
}

// debugGetmetatable does not mind __metatable.
func debugGetmetatable(L *glua.LState) int {
	switch v := checkAny(L, 1).(type) {
	case *glua.LTable:
		L.Push(v.Metatable)
	case *glua.LUserData:
		L.Push(v.Metatable)
	default:
		L.Push(L.GetMetatable(v))
	}
	return 1
}

// threadArgument returns the thread that argument 1 may name, and how many
// arguments it takes.
func threadArgument(L *glua.LState) (thread *glua.LState, arguments int) {
	if thread, ok := L.Get(1).(*glua.LState); ok {
		return thread, 1
	}
	return L, 0
}

// frameAt returns the frame of a level: 0 is the function that runs, 1 what
// called it.
func frameAt(L *glua.LState, level int) (f frame, ok bool) {
	if level < 0 {
		return frame{}, false
	}
	for f, ok = topFrame(L); ok; f, ok = f.parent() {
		if hidden(Of(L), f) {
			continue
		}
		if level--; level < 0 {
			break
		}
	}
	return f, ok
}

// debugGetlocal names parameters and local variables.
func debugGetlocal(L *glua.LState) int {
	thread, arg := threadArgument(L)
	level, n := checkInt(L, arg+1), checkInt(L, arg+2)
	dbg, ok := thread.GetStack(level)
	if !ok || level < 0 {
		argError(L, arg+1, "level out of range")
	}
	if n < 1 {
		return 0
	}
	name, value := thread.GetLocal(dbg, n)
	if name == "" || value == nil {
		return 0
	}
	L.Push(glua.LString(name))
	L.Push(value)
	return 2
}

func debugGetinfo(L *glua.LState) int {
	thread, arg := threadArgument(L)
	what := optString(L, arg+2, "flnSu")
	for _, c := range []byte(what) {
		if !strings.ContainsRune("flnSuL", rune(c)) {
			argError(L, arg+2, "invalid option")
		}
	}
	info := L.CreateTable(0, 12)
	var f frame
	fn, given := L.Get(arg + 1).(*glua.LFunction)
	if !given {
		var ok bool
		if f, ok = frameAt(thread, checkInt(L, arg+1)); !ok {
			L.Push(glua.LNil)
			return 1
		}
		fn = f.function()
	}
	for _, c := range what {
		switch c {
		case 'f':
			info.RawSetString("func", fn)
		case 'l':
			line := -1
			if !given && !fn.IsG {
				line = f.line()
			}
			info.RawSetString("currentline", glua.LNumber(line))
		case 'n':
			info.RawSetString("namewhat", glua.LString(""))
			if !given {
				if d, ok := calleeOf(thread, f); ok {
					info.RawSetString("name", glua.LString(d.name))
					info.RawSetString("namewhat", glua.LString(d.kind))
				}
			}
		case 'S':
			describeSource(info, fn)
		case 'u':
			info.RawSetString("nups", glua.LNumber(len(fn.Upvalues)))
		}
	}
	L.Push(info)
	return 1
}

func describeSource(info *glua.LTable, fn *glua.LFunction) {
	source, short, what, first, last := "=[C]", "[C]", "C", -1, -1
	if p := fn.Proto; p != nil {
		source, short, what = "@"+p.SourceName, p.SourceName, "Lua"
		if strings.HasPrefix(short, "[string") {
			source = short
		}
		first, last = p.LineDefined, p.LastLineDefined
		if first == 0 {
			what = "main"
		}
	}
	info.RawSetString("source", glua.LString(source))
	info.RawSetString("short_src", glua.LString(short))
	info.RawSetString("what", glua.LString(what))
	info.RawSetString("linedefined", glua.LNumber(first))
	info.RawSetString("lastlinedefined", glua.LNumber(last))
}

// The calls that a traceback shows at both ends of a deep stack, as Lua 5.1's
// does.
const (
	tracebackFirst = 12
	tracebackLast  = 10
)

func debugTraceback(L *glua.LState) int {
	thread, arg := threadArgument(L)
	message := L.Get(arg + 1)
	if message != glua.LNil && !textual(message) {
		L.Push(message)
		return 1
	}
	L.Push(glua.LString(traceback(thread, message, optInt(L, arg+2, 1-arg))))
	return 1
}

// traceback returns the stack of L, from a level on, below a message that is
// text or nil.
func traceback(L *glua.LState, message glua.LValue, level int) string {
	var lines []string
	for f, ok := frameAt(L, level); ok; f, ok = f.parent() {
		if hidden(Of(L), f) {
			continue
		}
		lines = append(lines, "\n\t"+tracebackLine(L, f))
		if f.tailCalled() {
			lines = append(lines, "\n\t(tail call): ?")
		}
		if len(lines) > 2*(tracebackFirst+tracebackLast) {
			// Only the ends are shown.
			lines = append(lines[:tracebackFirst], lines[tracebackFirst+1:]...)
		}
	}
	var b strings.Builder
	if message != glua.LNil {
		b.Write(toString(L, nil, message))
		b.WriteByte('\n')
	}
	b.WriteString("stack traceback:")
	for i, line := range lines {
		if len(lines) > tracebackFirst+tracebackLast && i >= tracebackFirst && i < len(lines)-tracebackLast {
			if i == tracebackFirst {
				b.WriteString("\n\t...")
			}
			continue
		}
		b.WriteString(line)
	}
	return b.String()
}

func tracebackLine(L *glua.LState, f frame) string {
	fn := f.function()
	position := "[C]:"
	if fn.Proto != nil {
		position = fmt.Sprintf("%s:%d:", fn.Proto.SourceName, f.line())
	}
	d, named := calleeOf(L, f)
	switch {
	case named:
		return fmt.Sprintf("%s in function '%s'", position, d.name)
	case fn.Proto == nil:
		return position + " ?"
	case fn.Proto.LineDefined == 0:
		return position + " in main chunk"
	}
	return fmt.Sprintf("%s in function <%s:%d>", position, fn.Proto.SourceName, fn.Proto.LineDefined)
}
