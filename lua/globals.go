package lua

import (
	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
	"lcgi/template"
)

// newLibrary returns what pages find in their globals. Each piece is made in a
// machine when a page mentions it.
func newLibrary() *vm.Library {
	lib := vm.NewLibrary()
	lib.Add(installGet, "_GET")
	lib.Add(installPost, "_POST")
	lib.Add(installFiles, "_FILES")
	lib.Add(installCookie, "_COOKIE")
	lib.Add(installServer, "_SERVER")
	lib.Add(installRequest, "request")
	lib.Add(installResponse, "response")
	lib.Add(installSession, "session")
	lib.Add(installNoSession, "_SESSION")
	lib.Add(installShared, "shared")
	for name, f := range map[string]glua.LGFunction{
		"put":      put,
		"raw":      raw,
		"escape":   escape,
		"include":  include,
		"redirect": redirect,
		"exit":     exit,

		template.Put:           put,
		template.Header:        putHeader,
		template.Into:          into,
		template.After:         after,
		template.Before:        before,
		template.StartSession:  startSession,
		template.StopSession:   stopSession,
		template.DeleteSession: deleteSession,
	} {
		lib.Add(func(L *glua.LState) { setGlobal(L, name, L.NewFunction(f)) }, name)
	}
	return lib
}

// global returns a global variable, and setGlobal sets one, past a metatable
// that the page has given its globals: a page that makes undeclared names an
// error means its own.
func global(L *glua.LState, name string) glua.LValue {
	return L.Get(glua.GlobalsIndex).(*glua.LTable).RawGetString(name)
}

func setGlobal(L *glua.LState, name string, value glua.LValue) {
	L.Get(glua.GlobalsIndex).(*glua.LTable).RawSetString(name, value)
}
