package json

import (
	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/option"
)

// Module is the loader of the Lua module "json":
//
//	json.encode(value[, options])   a string
//	json.decode(text[, options])    a value, or nil and what is wrong where
//	json.array([t])                 t, or a new table, marked as an array
//	json.object([t])                the same, as an object
//	json.number(text)               a number of any length, to be written as it is
//	json.null                       null
func Module(L *glua.LState) int {
	t := L.CreateTable(0, 8)
	for name, f := range map[string]glua.LGFunction{
		"encode": encode,
		"decode": decode,
		"array":  func(L *glua.LState) int { return mark(L, array) },
		"object": func(L *glua.LState) int { return mark(L, object) },
		"number": number,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	t.RawSetString("null", null(L))
	L.Push(t)
	return 1
}

// encode is json.encode(value, {indent=2, sortKeys=false, escapeHTML=true}). A
// value that JSON cannot write is an error that says which.
func encode(L *glua.LState) int {
	v := L.CheckAny(1)
	e := encoder{L: L, escapeHTML: true}
	option.Read(L, 2, &e, "", []option.Reader[encoder]{
		{Name: "indent", Read: func(e *encoder, v option.Value) {
			if on, ok := v.LValue.(glua.LBool); ok {
				e.indent = 0
				if on {
					e.indent = 2
				}
				return
			}
			e.indent = v.Int(0, 16)
		}},
		{Name: "sortKeys", Read: func(e *encoder, v option.Value) { e.sortKeys = v.Bool() }},
		{Name: "escapeHTML", Read: func(e *encoder, v option.Value) { e.escapeHTML = v.Bool() }},
	})
	if err := e.value(v); err != nil {
		L.RaiseError("%s", err.Error())
	}
	L.Push(glua.LString(e.out))
	return 1
}

// decode is json.decode(text, {bigNumbers="string"}). A text that is no JSON is
// the visitor's mistake and a result.
func decode(L *glua.LState) int {
	d := newDecoder(L, L.CheckString(1))
	option.Read(L, 2, d, "", []option.Reader[decoder]{
		{Name: "bigNumbers", Read: func(d *decoder, v option.Value) {
			d.big = bigNumbers(v.String())
			if d.big != bigString && d.big != bigNumber && d.big != bigError {
				v.Refuse(`must be "string", "number" or "error"`)
			}
		}},
	})
	v, err := d.whole()
	if err != nil {
		raiseUnlessOfText(L, err)
		L.Push(glua.LNil)
		L.Push(glua.LString(err.Error()))
		return 2
	}
	L.Push(v)
	return 1
}

// raiseUnlessOfText raises err unless it tells of the text: then the run must end.
func raiseUnlessOfText(L *glua.LState, err error) {
	switch err.(type) {
	case *SyntaxError, *SizeError:
	default:
		L.RaiseError("%s", err.Error())
	}
}

// Decode returns the value that text, a JSON text, writes, as json.decode does.
// An error is a [*SyntaxError], a [*SizeError], or why the run must end.
func Decode(L *glua.LState, text string) (glua.LValue, error) {
	return newDecoder(L, text).whole()
}
