package doctor

import (
	glua "github.com/yuin/gopher-lua"
)

// Module returns the loader of the Lua module "doctor" for the subject that a
// page is:
//
//	doctor.findings()   a list of {group=, name=, value=, state=, advice=}
//	doctor.text()       the same as text, as "lcgi doctor" prints it
//
// Each call looks anew. State is "ok", "note", "warning" or "error"; advice is nil
// where there is none.
func Module(subject func(L *glua.LState) Subject) glua.LGFunction {
	return func(L *glua.LState) int {
		t := L.CreateTable(0, 2)
		t.RawSetString("findings", L.NewFunction(func(L *glua.LState) int {
			list := L.NewTable()
			for _, f := range Examine(subject(L)) {
				entry := L.CreateTable(0, 5)
				entry.RawSetString("group", glua.LString(f.Group))
				entry.RawSetString("name", glua.LString(f.Name))
				entry.RawSetString("value", glua.LString(f.Value))
				entry.RawSetString("state", glua.LString(f.State))
				if f.Advice != "" {
					entry.RawSetString("advice", glua.LString(f.Advice))
				}
				list.Append(entry)
			}
			L.Push(list)
			return 1
		}))
		t.RawSetString("text", L.NewFunction(func(L *glua.LState) int {
			L.Push(glua.LString(Text(Examine(subject(L)), false)))
			return 1
		}))
		L.Push(t)
		return 1
	}
}
