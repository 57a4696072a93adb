package lua

import (
	"fmt"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// maxIncludes is how deep pages may include one another.
const maxIncludes = 100

// caller returns the name of the chunk that called the running Go function.
func (run *run) caller(L *glua.LState) string {
	for level := 1; ; level++ {
		dbg, ok := L.GetStack(level)
		if !ok {
			return run.site.name(0, strings.TrimPrefix(run.script.File, run.script.Root+"/"))
		}
		if _, err := L.GetInfo("Sl", dbg, glua.LNil); err == nil && dbg.CurrentLine > 0 {
			return dbg.Source
		}
	}
}

// include(path, …) runs another page in place and returns what it returns.
func include(L *glua.LState) int {
	run := runOf(L)
	target := L.CheckString(1)
	if run.includes >= maxIncludes {
		L.RaiseError("include: %q: more than %d pages are inside one another; does it include itself?", target, maxIncludes)
	}
	program, err := run.site.include(run.caller(L), target)
	if err != nil {
		vm.Raise(L, err)
	}
	if err := run.fits(L, target, program); err != nil {
		L.RaiseError("%s", err.Error())
	}
	run.includes++
	defer func() { run.includes-- }()
	top := L.GetTop()
	L.Push(run.load(L, program))
	for i := 2; i <= top; i++ {
		L.Push(L.Get(i))
	}
	L.Call(top-1, glua.MultRet)
	return L.GetTop() - top
}

// fits returns an error if a page that prints values is included where they
// would have to be escaped otherwise than it does.
func (run *run) fits(L *glua.LState, target string, included *Program) error {
	if !included.printsValues() {
		return nil
	}
	dbg, ok := L.GetStack(1)
	if !ok {
		return nil
	}
	if _, err := L.GetInfo("Sl", dbg, glua.LNil); err != nil {
		return nil
	}
	if caller := run.loaded[dbg.Source]; caller != nil && slices.Contains(caller.page.Inside, dbg.CurrentLine) {
		return fmt.Errorf("include: %q prints values that are escaped for HTML text, but is included inside a script, a style or a tag; let it return them, and print them here with <?= ?>", target)
	}
	return nil
}

// findModule finds what require looks for.
func (run *run) findModule(L *glua.LState, module string) (*vm.Program, error) {
	program, err := run.site.module(run.caller(L), module)
	if err != nil {
		return nil, err
	}
	return program.code, nil
}

// load makes a function of p in the run's machine, with what p needs.
func (run *run) load(L *glua.LState, p *Program) *glua.LFunction {
	fn := run.machine.Load(p.code)
	run.loaded[p.page.Name] = p
	for _, out := range p.outputs {
		setGlobal(L, out.name, L.NewFunction(out.print))
	}
	return fn
}
