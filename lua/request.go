package lua

import (
	"path/filepath"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/vm"
)

// installRequest makes the table request.
func installRequest(L *glua.LState) {
	r := runOf(L).r
	t := L.CreateTable(0, 16)
	for name, value := range map[string]string{
		"method":      r.Method(),
		"path":        r.Path(),
		"pathInfo":    r.PathInfo(),
		"query":       r.Query(),
		"host":        r.Host(),
		"scheme":      r.Scheme(),
		"remoteAddr":  r.RemoteAddr(),
		"contentType": r.ContentType(),
		"id":          r.ID(),
		"folder":      filepath.Dir(runOf(L).script.File),
	} {
		t.RawSetString(name, glua.LString(value))
	}
	t.RawSetString("https", glua.LBool(r.HTTPS()))
	t.RawSetString("headers", headersTable(L, r))
	t.RawSetString("body", L.NewFunction(requestBody))
	t.RawSetString("all", L.NewFunction(requestAll))
	setGlobal(L, "request", t)
}

// headersTable returns the request's headers, which are found in any case.
func headersTable(L *glua.LState, r *cgi.Request) *glua.LTable {
	t := L.NewTable()
	for _, h := range r.Headers() {
		t.RawSetString(h.Name, glua.LString(h.Value))
	}
	mt := L.NewTable()
	mt.RawSetString("__index", L.NewFunction(func(L *glua.LState) int {
		name, ok := L.Get(2).(glua.LString)
		value := r.Header(string(name))
		if !ok || value == "" {
			L.Push(glua.LNil)
		} else {
			L.Push(glua.LString(value))
		}
		return 1
	}))
	t.Metatable = mt
	return t
}

// request.body() returns the bytes of the request body.
func requestBody(L *glua.LState) int {
	body, err := runOf(L).r.Body()
	if err != nil {
		vm.Raise(L, err)
	}
	L.Push(glua.LString(body))
	return 1
}

// request.all(name) returns the list of all values of a plain field name: those
// of the query first, then those of the body.
func requestAll(L *glua.LState) int {
	r := runOf(L).r
	name := L.CheckString(1)
	values := L.NewTable()
	for _, form := range []func() ([]cgi.Field, error){r.Get, r.Post} {
		fields, err := form()
		if err != nil {
			vm.Raise(L, err)
		}
		for _, f := range fields {
			if f.Name == name {
				values.Append(glua.LString(f.Value))
			}
		}
	}
	L.Push(values)
	return 1
}
