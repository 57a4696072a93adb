package lua

import (
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// maxIncludes is how deep pages may include one another.
const maxIncludes = 100

// caller returns the chunk and the line of the Lua code that called the running
// Go function, be it by way of others, such as pcall.
func (run *run) caller(L *glua.LState) (chunk string, line int) {
	for level := 1; ; level++ {
		dbg, ok := L.GetStack(level)
		if !ok {
			return run.site.name(0, strings.TrimPrefix(run.script.File, run.script.Root+"/")), 0
		}
		if _, err := L.GetInfo("Sl", dbg, glua.LNil); err == nil && dbg.CurrentLine > 0 {
			return dbg.Source, dbg.CurrentLine
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
	chunk, line := run.caller(L)
	program, err := run.site.include(chunk, target)
	if err != nil {
		vm.Raise(L, err)
	}
	if from := run.loaded[chunk]; from != nil && slices.Contains(from.page.Inside, line) && program.printsValues() {
		L.RaiseError("include: %q prints values that are escaped for HTML text, but is included inside a script, a style or a tag; let it return them, and print them here with <?= ?>", target)
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

// findModule finds what require looks for.
func (run *run) findModule(L *glua.LState, module string) (*vm.Program, error) {
	chunk, _ := run.caller(L)
	program, err := run.site.module(chunk, module)
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
