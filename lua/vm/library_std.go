package vm

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// maxString is the longest string that string.rep makes at once.
const maxString = 64 << 20

func installTable(L *glua.LState) { open(L, glua.OpenTable) }

func installMath(L *glua.LState) { open(L, glua.OpenMath) }

func installDebug(L *glua.LState) { open(L, glua.OpenDebug) }

func installString(L *glua.LState) {
	lib := open(L, glua.OpenString)
	set(L, lib, "rep", stringRep)
}

// installLazyStrings gives strings a metatable that opens the string library
// when the first method is called on a string. Programs that name the library
// have it from the start.
func installLazyStrings(L *glua.LState) {
	mt := L.NewTable()
	mt.RawSetString("__index", L.NewFunction(func(L *glua.LState) int {
		m := Of(L)
		for _, i := range m.lib.byName["string"] {
			m.install(i)
		}
		L.Push(L.GetField(L.GetGlobal("string"), L.CheckString(2)))
		return 1
	}))
	L.SetMetatable(glua.LString(""), mt)
}

func stringRep(L *glua.LState) int {
	s, n := L.CheckString(1), L.CheckInt(2)
	if n <= 0 || s == "" {
		L.Push(glua.LString(""))
		return 1
	}
	if n > maxString/len(s) {
		L.RaiseError("string.rep: the result would have more than %d bytes", maxString)
	}
	L.Push(glua.LString(strings.Repeat(s, n)))
	return 1
}

// installCoroutine makes new coroutines stop with their machine.
func installCoroutine(L *glua.LState) {
	lib := open(L, glua.OpenCoroutine)
	create := lib.RawGetString("create").(*glua.LFunction).GFunction
	wrap := lib.RawGetString("wrap").(*glua.LFunction).GFunction
	set(L, lib, "create", func(L *glua.LState) int {
		withoutContext(L, create)
		L.ToThread(-1).SetContext(L.Context())
		return 1
	})
	set(L, lib, "wrap", func(L *glua.LState) int {
		withoutContext(L, wrap)
		L.ToFunction(-1).Upvalues[0].Value().(*glua.LState).SetContext(L.Context())
		return 1
	})
}

// withoutContext runs f while L has no context. A thread made from a state
// with a context gets a child of it, which costs a goroutine that watches the
// parent and hears of its end too late.
func withoutContext(L *glua.LState, f glua.LGFunction) {
	ctx := L.RemoveContext()
	defer L.SetContext(ctx)
	f(L)
}

// installPackage opens require and module. A module is looked for in
// package.preload, then by the host.
func installPackage(L *glua.LState) {
	registry := L.Get(glua.RegistryIndex).(*glua.LTable)
	before, _ := registry.RawGetString("_LOADED").(*glua.LTable)
	pkg := open(L, glua.OpenPackage)
	if before != nil {
		// Libraries that were opened earlier stay loaded.
		loaded := pkg.RawGetString("loaded").(*glua.LTable)
		before.ForEach(loaded.RawSet)
	}
	pkg.RawSetString("path", glua.LString(""))
	pkg.RawSetString("cpath", glua.LString(""))
	loaders := pkg.RawGetString("loaders").(*glua.LTable)
	loaders.RawSetInt(2, L.NewFunction(loadModule))
}

func loadModule(L *glua.LState) int {
	m := Of(L)
	name := L.CheckString(1)
	if m.cfg.Require == nil {
		L.Push(glua.LString(fmt.Sprintf("no module '%s': this machine loads no modules", name)))
		return 1
	}
	p, err := m.cfg.Require(L, name)
	var none *NoModuleError
	switch {
	case errors.As(err, &none):
		L.Push(glua.LString(none.Looked))
	case err != nil:
		Raise(L, err) // it is there, and something is wrong with it
	default:
		L.Push(m.Load(p))
	}
	return 1
}

// A NoModuleError tells require that there is no such module.
type NoModuleError struct {
	Looked string // where it was looked for: a line each, as "\n\tno file 'x.lua'"
}

func (e *NoModuleError) Error() string { return "there is no such module:" + e.Looked }
