package lua

import (
	"errors"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/compat"
	"lcgi/lua/doctor"
	"lcgi/lua/json"
	"lcgi/lua/re"
	luatime "lcgi/lua/time"
	"lcgi/lua/utf8"
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
	if load := run.engine.goModule(module); load != nil {
		return L.NewFunction(func(L *glua.LState) int {
			n := load(L)
			refuseUnknown(L, L.CheckTable(-1), module)
			return n
		}), nil
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

// goModule returns the loader of a module of ours that is written in Go, or nil.
func (e *Engine) goModule(module string) glua.LGFunction {
	switch module {
	case "crypto":
		return cryptoModule(e.passwords)
	case "csrf":
		return csrfModule()
	case "doctor":
		return doctor.Module(pageSubject)
	case "json":
		return json.Module
	case "log":
		return logModule()
	case "re":
		return re.Module
	case "time":
		return luatime.Module(e.cfg.Now)
	case "url":
		return urlModule()
	case "utf8":
		return utf8.Module
	}
	return nil
}

// hasModule reports whether a module of ours has that name.
func (e *Engine) hasModule(name string) bool { return e.goModule(name) != nil || isBuiltin(name) }

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
