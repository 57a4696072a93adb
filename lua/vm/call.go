package vm

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// maxResults is how many values one call may push.
const maxResults = 1 << 18

// maxProtected is how many calls of pcall and xpcall may wait for one another:
// Lua 5.1's LUAI_MAXCCALLS. To unwind them takes a time that grows with the
// square of their number.
const maxProtected = 200

// callable reports whether v can be called.
func callable(L *glua.LState, v glua.LValue) bool {
	return v.Type() == glua.LTFunction || L.GetMetaField(v, "__call").Type() == glua.LTFunction
}

func basePcall(L *glua.LState) int {
	f := checkAny(L, 1)
	if !callable(L, f) {
		L.Push(glua.LFalse)
		L.Push(glua.LString("attempt to call a " + f.Type().String() + " value"))
		return 2
	}
	n := L.GetTop()
	L.Insert(Of(L).lib.guard, 1)
	return protectedCall(L, n)
}

func baseXpcall(L *glua.LState) int {
	f, handler := L.Get(1), checkAny(L, 2)
	L.SetTop(0)
	L.Push(Of(L).lib.guardHandled)
	L.Push(handler)
	L.Push(f)
	return protectedCall(L, 2)
}

// protectedCall calls the guard that is the only value on the stack but for
// its n arguments, and leaves what pcall returns.
func protectedCall(L *glua.LState, n int) int {
	m := Of(L)
	if m.protected == maxProtected {
		L.RaiseError("C stack overflow")
	}
	m.protected++
	defer func() { m.protected-- }()
	if err := L.PCall(n, glua.MultRet, nil); err != nil {
		var value glua.LValue = glua.LString(err.Error())
		if api, ok := err.(*glua.ApiError); ok {
			value = api.Object
			if m.stopped != nil {
				// The run is over. Going back to Lua would meet the end again, at
				// every level of a deep stack.
				panic(api)
			}
		}
		L.Push(glua.LFalse)
		L.Push(value)
		return 2
	}
	L.Insert(glua.LTrue, 1)
	return L.GetTop()
}

// guardHandled is guard with a handler as its first argument.
func guardHandled(L *glua.LState) int {
	handler := L.Get(1)
	L.Remove(1)
	return guard(L, handler)
}

// guard calls its first argument with the others and, if that fails, puts the
// error into the words of Lua 5.1 while the calls that led to it can still be
// seen. handler, if there is one, is called then, too, for the value of the
// error.
//
// An error makes gopher-lua close every upvalue of the thread, also those of
// functions that go on: they would no longer see what is assigned to their
// variables. So the list of open upvalues starts anew with each guard.
func guard(L *glua.LState, handler glua.LValue) int {
	open := openUpvalues(L)
	outer := *open
	*open = nil
	defer func() {
		r := recover()
		if r == nil {
			*open = outer
			return
		}
		closeUpvalues(L)
		var value glua.LValue = glua.LNil
		if Of(L).stopped == nil {
			value = errorValue(L, r)
			if handler != nil {
				value = handled(L, handler, value)
			}
		}
		*open = outer
		// A stack trace that is not empty keeps gopher-lua from making one.
		panic(&glua.ApiError{Type: glua.ApiErrorRun, Object: value, StackTrace: " "})
	}()
	L.Call(L.GetTop()-1, glua.MultRet)
	return L.GetTop()
}

// handled returns what an error handler makes of an error value.
func handled(L *glua.LState, handler, value glua.LValue) glua.LValue {
	L.Push(handler)
	L.Push(value)
	if err := L.PCall(1, 1, nil); err != nil {
		if message, ok := value.(glua.LString); ok && strings.HasSuffix(string(message), "stack overflow") {
			// There was no room for the handler.
			if handler == Of(L).lib.traceback {
				value = glua.LString(traceback(L, value, 0))
			}
			return value
		}
		return glua.LString("error in error handling")
	}
	value = L.Get(-1)
	L.Pop(1)
	return value
}

// errorValue returns the error value of something that L panicked with.
func errorValue(L *glua.LState, r any) glua.LValue {
	api, ok := r.(*glua.ApiError)
	if !ok {
		// Go's runtime, or gopher-lua when its call stack is full.
		return glua.LString(explain(L, where(L)+fmt.Sprint(r)))
	}
	if message, ok := api.Object.(glua.LString); ok {
		return glua.LString(explain(L, string(message)))
	}
	return api.Object
}

// hidden reports whether f is part of how the machine calls functions, and not
// of the program.
func hidden(m *Machine, f frame) bool {
	switch fn := f.function(); {
	case fn == m.lib.guard, fn == m.lib.guardHandled:
		return true
	case fn.IsG:
		return false
	default:
		return m.threads.body != nil && fn.Proto == m.threads.body.proto
	}
}

// where returns the position that errors of the running function start with.
func where(L *glua.LState) string {
	f, ok := topFrame(L)
	for ok {
		if line := f.line(); line > 0 {
			return fmt.Sprintf("%s:%d: ", f.function().Proto.SourceName, line)
		}
		f, ok = f.parent()
	}
	return ""
}
