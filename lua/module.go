package lua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/compat"
	luatime "lcgi/lua/time"
	"lcgi/lua/vm"
)

// findModule finds what require looks for: a file of the site, and else a module
// of ours. So a page keeps the module it was written with when a later lcgi
// brings one of that name.
func (run *run) findModule(L *glua.LState, module string) (*glua.LFunction, error) {
	program, err := run.site.module(run.caller(L), module)
	var none *vm.NoModuleError
	if !errors.As(err, &none) {
		if err != nil {
			return nil, err
		}
		return run.machine.Load(program.code), nil
	}
	if module == "time" {
		return L.NewFunction(luatime.Module(run.engine.cfg.Now)), nil
	}
	if src, ok := compat.Source(module); ok {
		program, err := run.engine.builtin(module, src)
		if err != nil {
			return nil, err
		}
		return run.machine.Load(program), nil
	}
	return nil, err
}

// isBuiltin reports whether a chunk of that name is a module of ours.
func isBuiltin(chunk string) bool {
	_, ok := compat.Source(chunk)
	return ok
}

// builtin compiles a module that is part of lcgi, once.
func (e *Engine) builtin(module, src string) (*vm.Program, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if p, ok := e.builtins[module]; ok {
		return p, nil
	}
	p, err := e.library.Compile(module, src)
	if err != nil {
		return nil, err
	}
	if e.builtins == nil {
		e.builtins = make(map[string]*vm.Program)
	}
	e.builtins[module] = p
	return p, nil
}
