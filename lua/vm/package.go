package vm

import (
	"errors"
	"fmt"

	glua "github.com/yuin/gopher-lua"
)

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
	name := checkString(L, 1)
	if m.cfg.Require == nil {
		L.Push(glua.LString(fmt.Sprintf("no module '%s': this machine loads no modules", name)))
		return 1
	}
	loader, err := m.cfg.Require(L, name)
	var none *NoModuleError
	switch {
	case errors.As(err, &none):
		L.Push(glua.LString(none.Looked))
	case err != nil:
		Raise(L, err) // it is there, and something is wrong with it
	default:
		L.Push(loader)
	}
	return 1
}

// A NoModuleError tells require that there is no such module.
type NoModuleError struct {
	Looked string // where it was looked for: a line each, as "\n\tno file 'x.lua'"
}

func (e *NoModuleError) Error() string { return "there is no such module:" + e.Looked }
