package lua

import (
	"sort"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/vm"
)

// A table has room for all indexes up to its highest, so a[60000000]=1 would
// cost a gigabyte, and a[1000][1000]=1 in a thousand fields as much. An index
// of a field name is a number as long as it is not far above the number of its
// neighbours, or the request's spare room suffices; beyond that it is a string
// key, which is found by the number too.
const spareRoom = 20_000 // slots that stay empty

// A formBuilder makes the tables of one form.
type formBuilder struct {
	L     *glua.LState
	value func(field int) glua.LValue // of a field
	spare int64
}

func installGet(L *glua.LState) {
	fields, err := runOf(L).r.Get()
	setGlobal(L, "_GET", formTable(L, fields, err, fieldValue(fields)))
}

func installPost(L *glua.LState) {
	fields, err := runOf(L).r.Post()
	setGlobal(L, "_POST", formTable(L, fields, err, fieldValue(fields)))
}

func fieldValue(fields []cgi.Field) func(i int) glua.LValue {
	return func(i int) glua.LValue { return glua.LString(fields[i].Value) }
}

// formTable returns the tables that the names of fields spell; value returns what
// stands for the field at an index.
func formTable(L *glua.LState, fields []cgi.Field, err error, value func(field int) glua.LValue) *glua.LTable {
	var tree *cgi.Tree
	if err == nil {
		tree, err = cgi.Nest(fields)
	}
	if err != nil {
		vm.Raise(L, err)
	}
	return (&formBuilder{L, value, spareRoom}).table(tree)
}

func (b *formBuilder) table(tree *cgi.Tree) *glua.LTable {
	t := b.L.NewTable()
	highest := int64(2 * tree.Len()) // that needs no spare room
	for _, e := range tree.Entries() {
		var value glua.LValue
		if e.Tree != nil {
			value = b.table(e.Tree)
		} else {
			value = b.value(e.Field)
		}
		if !e.Key.IsIndex {
			t.RawSetString(e.Key.Name, value)
			continue
		}
		if more := e.Key.Index - highest; more > 0 && more <= b.spare {
			b.spare -= more
			highest = e.Key.Index
		}
		if e.Key.Index <= highest {
			t.RawSet(glua.LNumber(e.Key.Index), value)
			continue
		}
		t.RawSetString(strconv.FormatInt(e.Key.Index, 10), value)
		if t.Metatable == glua.LNil {
			mt := b.L.NewTable()
			mt.RawSetString("__index", b.L.NewFunction(indexByText))
			t.Metatable = mt
		}
	}
	return t
}

// indexByText finds a number among the string keys.
func indexByText(L *glua.LState) int {
	n, ok := L.Get(2).(glua.LNumber)
	if !ok {
		L.Push(glua.LNil)
		return 1
	}
	L.Push(L.CheckTable(1).RawGetString(strconv.FormatFloat(float64(n), 'f', -1, 64)))
	return 1
}

func installCookie(L *glua.LState) {
	t := L.NewTable()
	for _, c := range runOf(L).r.Cookies() {
		if t.RawGetString(c.Name) == glua.LNil { // the first of several counts
			t.RawSetString(c.Name, glua.LString(c.Value))
		}
	}
	setGlobal(L, "_COOKIE", t)
}

// installServer makes _SERVER: what the web server said of the request. The
// settings of lcgi are not among it: a store URL may hold a password.
func installServer(L *glua.LState) {
	env := runOf(L).r.Env
	names := make([]string, 0, len(env))
	for name := range env {
		if !strings.HasPrefix(name, "LCGI_") {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	t := L.CreateTable(0, len(names))
	for _, name := range names {
		t.RawSetString(name, glua.LString(env[name]))
	}
	setGlobal(L, "_SERVER", t)
}
