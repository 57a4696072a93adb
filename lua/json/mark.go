package json

import (
	glua "github.com/yuin/gopher-lua"
)

// A kind is what JSON calls a table.
type kind string

const (
	unmarked kind = ""
	array    kind = "array"
	object   kind = "object"
)

// markField is the field of a metatable that says the kind. Other Lua modules
// for JSON know it, too.
const markField = "__jsontype"

// markOf returns the kind that a table is marked as.
func markOf(t *glua.LTable) kind {
	if mt, ok := t.Metatable.(*glua.LTable); ok {
		if mark, ok := mt.RawGetString(markField).(glua.LString); ok && (kind(mark) == array || kind(mark) == object) {
			return kind(mark)
		}
	}
	return unmarked
}

// metatable returns the metatable that marks tables of a machine as k.
func metatable(L *glua.LState, k kind) *glua.LTable {
	name := "lcgi.json." + string(k)
	if mt, ok := L.GetTypeMetatable(name).(*glua.LTable); ok {
		return mt
	}
	mt := L.NewTypeMetatable(name)
	mt.RawSetString(markField, glua.LString(k))
	return mt
}

// mark is json.array([t]) and json.object([t]).
func mark(L *glua.LState, k kind) int {
	var t *glua.LTable
	if L.Get(1) == glua.LNil {
		t = L.NewTable()
	} else {
		t = L.CheckTable(1)
	}
	mt := metatable(L, k)
	switch t.Metatable {
	case glua.LNil, metatable(L, array), metatable(L, object):
		t.Metatable = mt
	default:
		if markOf(t) != k {
			L.ArgError(1, "the table has a metatable of its own; give that the field "+markField+` = "`+string(k)+`"`)
		}
	}
	L.Push(t)
	return 1
}

// nullValue is what the userdata json.null holds.
type nullValue struct{}

// null returns json.null, of which there is one in a machine.
func null(L *glua.LState) *glua.LUserData {
	const name = "lcgi.json.null"
	registry := L.Get(glua.RegistryIndex).(*glua.LTable)
	if ud, ok := registry.RawGetString(name).(*glua.LUserData); ok {
		return ud
	}
	ud := L.NewUserData()
	ud.Value = nullValue{}
	mt := L.NewTable()
	mt.RawSetString("__tostring", L.NewFunction(func(L *glua.LState) int {
		L.Push(glua.LString("null"))
		return 1
	}))
	mt.RawSetString("__metatable", glua.LFalse)
	ud.Metatable = mt
	registry.RawSetString(name, ud)
	return ud
}

// A literal is what the userdata of json.number holds: a number as JSON writes
// it.
type literal string

// number is json.number(text): a number that is written with just these
// digits.
func number(L *glua.LState) int {
	text := L.CheckString(1)
	if _, end, ok := scanNumber(text, 0); !ok || end != len(text) {
		L.ArgError(1, "a number as JSON writes it expected")
	}
	const name = "lcgi.json.number"
	mt, ok := L.GetTypeMetatable(name).(*glua.LTable)
	if !ok {
		mt = L.NewTypeMetatable(name)
		mt.RawSetString("__tostring", L.NewFunction(func(L *glua.LState) int {
			text, _ := L.CheckUserData(1).Value.(literal)
			L.Push(glua.LString(text))
			return 1
		}))
		mt.RawSetString("__eq", L.NewFunction(func(L *glua.LState) int {
			L.Push(glua.LBool(L.CheckUserData(1).Value == L.CheckUserData(2).Value))
			return 1
		}))
		mt.RawSetString("__metatable", glua.LFalse)
	}
	ud := L.NewUserData()
	ud.Value = literal(text)
	ud.Metatable = mt
	L.Push(ud)
	return 1
}
