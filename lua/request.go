package lua

import (
	"errors"
	"fmt"
	"path/filepath"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/json"
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
	t.RawSetString("json", L.NewFunction(requestJSON))
	t.RawSetString("all", L.NewFunction(requestAll))
	refuseUnknown(L, t, "request")
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

// request.json() returns what the request body, a JSON text, writes. What fails
// is the client's mistake, and answers the request where the page does not:
// with 415 unless the Content-Type is application/json or of another type that
// is JSON (RFC 6839 section 3.1), with 400 where the text is malformed.
func requestJSON(L *glua.LState) int {
	r := runOf(L).r
	if !r.IsJSON() {
		check(L, &cgi.StatusError{Status: 415, Reason: fmt.Sprintf("request.json: the Content-Type is %.60q; send application/json", r.ContentType())})
	}
	body, err := r.Body()
	check(L, err)
	v, err := json.Decode(L, string(body))
	var malformed *json.SyntaxError
	var tooLarge *json.SizeError
	switch {
	case errors.As(err, &tooLarge):
		err = &cgi.StatusError{Status: 413, Reason: "request.json: the request body is too large", Err: err}
	case errors.As(err, &malformed):
		err = &cgi.StatusError{Status: 400, Reason: "request.json: the request body is malformed", Err: err}
	}
	check(L, err)
	L.Push(v)
	return 1
}

// request.all(name) returns the list of all values of a plain field name: those
// of the query first, then those of the body, then the files.
func requestAll(L *glua.LState) int {
	run := runOf(L)
	name := L.CheckString(1)
	values := L.NewTable()
	for _, form := range []func() ([]cgi.Field, error){run.r.Get, run.r.Post} {
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
	files, err := run.r.Files()
	if err != nil {
		vm.Raise(L, err)
	}
	for i, f := range files {
		if f.Field == name {
			values.Append(run.uploadTable(L, i))
		}
	}
	L.Push(values)
	return 1
}
