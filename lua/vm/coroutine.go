package vm

import (
	"runtime"
	"weak"

	glua "github.com/yuin/gopher-lua"
)

const (
	// maxThreads is how many coroutines of one machine may be alive, each of
	// some 10 kB.
	maxThreads = 10_000

	// maxNestedCalls is how many calls may wait, in all threads together, for a
	// coroutine that they have resumed. Each can hold about a kilobyte of the Go
	// stack, whose overflow would end the process.
	maxNestedCalls = 64_000
)

// threads counts the coroutines of a machine.
type threads struct {
	alive  []weak.Pointer[glua.LState]
	nested int // calls that wait for a coroutine, rounded up
	create glua.LGFunction
	resume glua.LGFunction
	body   *Program
	yield  *glua.LFunction
}

// threadBody is what every coroutine runs. It yields at once, so that the
// thread is one that has been started: only then does gopher-lua leave its
// Panic to us. And it keeps f from being the last function on the stack, which
// could not yield by return coroutine.yield(…).
const threadBody = "local f, yield = ... return f(yield())"

// newThreadBody compiles threadBody so that f is called, and not tail called.
func newThreadBody(lib *Library) *Program {
	body, err := lib.Compile("[coroutine]", threadBody)
	if err != nil {
		panic(err) // threadBody is a constant
	}
	for i, word := range body.proto.Code {
		if opcode(word) == glua.OP_TAILCALL {
			body.proto.Code[i] = word&(1<<26-1) | uint32(glua.OP_CALL)<<26
		}
	}
	return body
}

// add counts a new thread. It returns false when there are too many.
func (t *threads) add(L *glua.LState) bool {
	if len(t.alive) == maxThreads {
		runtime.GC()
		alive := t.alive[:0]
		for _, p := range t.alive {
			if p.Value() != nil {
				alive = append(alive, p)
			}
		}
		t.alive = alive
		if len(alive) > maxThreads*3/4 {
			return false
		}
	}
	t.alive = append(t.alive, weak.Make(L))
	return true
}

// installCoroutine opens the coroutine library. Its coroutines stop with their
// machine, and yield only from where gopher-lua can come back to.
func installCoroutine(L *glua.LState) {
	lib := open(L, glua.OpenCoroutine)
	m := Of(L)
	m.threads.create = lib.RawGetString("create").(*glua.LFunction).GFunction
	m.threads.resume = lib.RawGetString("resume").(*glua.LFunction).GFunction
	for _, f := range []function{
		{"create", coroutineCreate},
		{"resume", coroutineResume},
		{"running", coroutineRunning},
		{"status", coroutineStatus},
		{"wrap", coroutineWrap},
		{"yield", coroutineYield},
	} {
		set(L, lib, f.name, f.call)
	}
	m.threads.yield = lib.RawGetString("yield").(*glua.LFunction)
	m.threads.body = newThreadBody(m.lib)
}

// newThread returns a coroutine that will run the function which is argument 1.
func newThread(L *glua.LState) *glua.LState {
	f := L.Get(1)
	if f.Type() != glua.LTFunction {
		argError(L, 1, "Lua function expected")
	}
	m := Of(L)
	// A thread made from a state with a context gets a child of it, which costs a
	// goroutine that watches the parent and hears of its end too late.
	ctx := L.RemoveContext()
	L.SetTop(0)
	L.Push(L.NewFunctionFromProto(m.threads.body.proto))
	m.threads.create(L)
	thread := L.ToThread(-1)
	thread.SetContext(ctx)
	L.SetContext(ctx)
	if !m.threads.add(thread) {
		L.RaiseError("too many coroutines are alive (the limit is %d)", maxThreads*3/4)
	}
	L.SetTop(0)
	L.Push(thread)
	L.Push(f)
	L.Push(m.threads.yield)
	m.threads.resume(L)
	L.SetTop(0)
	thread.Panic = panicExplained
	return thread
}

// panicExplained raises the error on top of L's stack in the words of Lua 5.1.
func panicExplained(L *glua.LState) {
	value := errorValue(L, &glua.ApiError{Object: L.Get(-1)})
	panic(&glua.ApiError{Type: glua.ApiErrorRun, Object: value, StackTrace: " "})
}

func coroutineCreate(L *glua.LState) int {
	L.Push(newThread(L))
	return 1
}

func coroutineWrap(L *glua.LState) int {
	thread := newThread(L)
	L.Push(L.NewFunction(func(L *glua.LState) int {
		L.Insert(thread, 1)
		n := resume(L, thread)
		if L.Get(-n) == glua.LTrue {
			return n - 1
		}
		L.Error(L.Get(-1), 0)
		return 0
	}))
	return 1
}

func coroutineResume(L *glua.LState) int {
	return resume(L, checkThread(L, 1))
}

// resume resumes thread, which is argument 1, with the other arguments. It
// pushes true and what the thread yields or returns, or false and an error.
func resume(L *glua.LState, thread *glua.LState) int {
	if status := threadStatus(L, thread); status != "suspended" {
		L.Push(glua.LFalse)
		L.Push(glua.LString("cannot resume " + status + " coroutine"))
		return 2
	}
	m := Of(L)
	waiting := nestedCalls(L)
	if m.threads.nested+waiting > maxNestedCalls {
		L.Push(glua.LFalse)
		L.Push(glua.LString("C stack overflow"))
		return 2
	}
	m.threads.nested += waiting
	n := m.threads.resume(L)
	m.threads.nested -= waiting
	if L.Get(-n) == glua.LFalse {
		if message, ok := L.Get(-1).(glua.LString); ok {
			L.Pop(1)
			L.Push(glua.LString(explainLimit(string(message))))
		}
	}
	return n
}

// nestedCalls returns how many calls are on L's stack, rounded up: counting
// them one by one would take long where there are many.
func nestedCalls(L *glua.LState) int {
	for _, n := range []int{32, 256, 2048} {
		if _, deeper := L.GetStack(n); !deeper {
			return n
		}
	}
	return maxCallDepth
}

func checkThread(L *glua.LState, n int) *glua.LState {
	thread, ok := L.Get(n).(*glua.LState)
	if !ok {
		argError(L, n, "coroutine expected")
	}
	return thread
}

func threadStatus(L, thread *glua.LState) string {
	switch {
	case thread == L:
		return "running"
	case thread.Dead:
		return "dead"
	}
	for waiting := L.Parent; waiting != nil; waiting = waiting.Parent {
		if waiting == thread {
			return "normal"
		}
	}
	return "suspended"
}

func coroutineStatus(L *glua.LState) int {
	L.Push(glua.LString(threadStatus(L, checkThread(L, 1))))
	return 1
}

func coroutineRunning(L *glua.LState) int {
	if L == Of(L).state {
		L.Push(glua.LNil)
	} else {
		L.Push(L)
	}
	return 1
}

// coroutineYield leaves the coroutine, if no Go function would have to be left
// with it: gopher-lua would never come back to that.
func coroutineYield(L *glua.LState) int {
	f, ok := topFrame(L)
	if ok = ok && L.Parent != nil; ok {
		for {
			caller, more := f.parent()
			if !more {
				break
			}
			if caller.function().IsG {
				ok = false
				break
			}
			if op, _, _ := caller.instruction(); !isCall(op) {
				ok = false
				break
			}
			f = caller
		}
	}
	if !ok {
		L.RaiseError("attempt to yield across metamethod/C-call boundary")
	}
	return -1
}
