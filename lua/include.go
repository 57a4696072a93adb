package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// maxIncludes is how deep pages may include one another.
const maxIncludes = 100

// caller returns the chunk of the Lua code that called the running Go function,
// be it by way of others, such as pcall.
func (run *run) caller(L *glua.LState) (chunk string) {
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

// load makes a function of p in the run's machine, with what p needs.
func (run *run) load(L *glua.LState, p *Program) *glua.LFunction {
	fn := run.machine.Load(p.code)
	for _, out := range p.outputs {
		setGlobal(L, out.name, L.NewFunction(out.print))
	}
	return fn
}
