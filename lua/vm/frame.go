package vm

import (
	"fmt"
	"reflect"
	"unsafe"

	glua "github.com/yuin/gopher-lua"
)

// A layout tells where gopher-lua keeps what it has no functions for: the
// calls on the stack of a thread, and the list of its open upvalues. It is made
// by name and type of the fields, so that a version of gopher-lua that is not
// as this file expects stops the program at its start.
type layout struct {
	frame                                     uintptr // in glua.Debug
	fn, parent, pc, base, localBase, tailCall uintptr // in its frame
	uvcache                                   uintptr // in glua.LState
	next                                      uintptr // in glua.Upvalue
}

func newLayout() *layout {
	debug := reflect.TypeFor[glua.Debug]()
	thread := reflect.TypeFor[glua.LState]()
	upvalue := reflect.TypeFor[*glua.Upvalue]()
	integer := reflect.TypeFor[int]()
	field, _ := debug.FieldByName("frame")
	if field.Type == nil || field.Type.Kind() != reflect.Pointer {
		panic("vm: this version of gopher-lua has no frame in Debug")
	}
	frame := field.Type.Elem()
	offset := func(in reflect.Type, name string, typ reflect.Type) uintptr {
		f, ok := in.FieldByName(name)
		if !ok || f.Type != typ {
			panic(fmt.Sprintf("vm: this version of gopher-lua has no %s in %v", name, in))
		}
		return f.Offset
	}
	return &layout{
		frame:     field.Offset,
		fn:        offset(frame, "Fn", reflect.TypeFor[*glua.LFunction]()),
		parent:    offset(frame, "Parent", field.Type),
		pc:        offset(frame, "Pc", integer),
		base:      offset(frame, "Base", integer),
		localBase: offset(frame, "LocalBase", integer),
		tailCall:  offset(frame, "TailCall", integer),
		uvcache:   offset(thread, "uvcache", upvalue),
		next:      offset(upvalue.Elem(), "next", upvalue),
	}
}

// A frame is a call on the stack of a thread, as long as it lasts.
type frame struct {
	p      unsafe.Pointer
	layout *layout
}

// topFrame returns the innermost call of L: the Go function that runs, or the
// Lua function that an error was raised in.
func topFrame(L *glua.LState) (f frame, ok bool) {
	dbg, ok := L.GetStack(0)
	if !ok {
		return frame{}, false
	}
	l := Of(L).lib.layout
	return frame{*(*unsafe.Pointer)(unsafe.Add(unsafe.Pointer(dbg), l.frame)), l}, true
}

func (f frame) parent() (p frame, ok bool) {
	p = frame{*(*unsafe.Pointer)(unsafe.Add(f.p, f.layout.parent)), f.layout}
	return p, p.p != nil
}

func (f frame) function() *glua.LFunction {
	return *(**glua.LFunction)(unsafe.Add(f.p, f.layout.fn))
}

func (f frame) integer(offset uintptr) int { return *(*int)(unsafe.Add(f.p, offset)) }

// pc returns the index of the instruction that runs, in a Lua function.
func (f frame) pc() int { return f.integer(f.layout.pc) - 1 }

// tailCalled reports whether the function was called by return f(…), which
// takes the place of its caller.
func (f frame) tailCalled() bool { return f.integer(f.layout.tailCall) > 0 }

// isIn reports whether the function stands in a register of its caller, as
// what the caller's instruction calls does. Metamethods and handlers do not.
func (f frame) isIn(caller frame, register int) bool {
	return f.integer(f.layout.base) == caller.integer(f.layout.localBase)+register
}

// line returns the line that runs, or 0 in a Go function.
func (f frame) line() int {
	proto := f.function().Proto
	pc := f.pc()
	if proto == nil || pc < 0 || pc >= len(proto.DbgSourcePositions) {
		return 0
	}
	return proto.DbgSourcePositions[pc]
}

// instruction returns the instruction that runs, in a Lua function.
func (f frame) instruction() (op, a, b int) {
	word := f.function().Proto.Code[f.pc()]
	return opcode(word), int(word>>18) & 0xff, int(word & 0x1ff)
}

// opcode returns the operation of an instruction: one of glua.OP_….
func opcode(instruction uint32) int { return int(instruction >> 26) }

// isCall reports whether an instruction is a call that the program wrote, and
// not one of a metamethod or an iterator.
func isCall(op int) bool { return op == glua.OP_CALL || op == glua.OP_TAILCALL }

// register returns the value of a register of a Lua function whose frame is
// the innermost.
func register(L *glua.LState, n int) glua.LValue {
	dbg, ok := L.GetStack(0)
	if !ok {
		return glua.LNil
	}
	_, v := L.GetLocal(dbg, n+1)
	return v
}

// openUpvalues returns where L keeps the list of upvalues that still live in
// its registers.
func openUpvalues(L *glua.LState) **glua.Upvalue {
	return (**glua.Upvalue)(unsafe.Add(unsafe.Pointer(L), Of(L).lib.layout.uvcache))
}

// closeUpvalues gives the upvalues of L's list storage of their own.
func closeUpvalues(L *glua.LState) {
	l := Of(L).lib.layout
	list := openUpvalues(L)
	for uv := *list; uv != nil; {
		uv.Close()
		uv = *(**glua.Upvalue)(unsafe.Add(unsafe.Pointer(uv), l.next))
	}
	*list = nil
}
