package lua

import (
	"sort"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/vm"
)

// maxIndex is the largest index that a client's field name makes a number. A
// table allocates all slots up to its highest index, so a[60000000]=1 would cost
// a gigabyte. Larger ones are string keys that are found by the number too.
const maxIndex = 1000

func installGet(L *glua.LState) {
	fields, err := runOf(L).r.Get()
	L.SetGlobal("_GET", formTable(L, fields, err))
}

func installPost(L *glua.LState) {
	fields, err := runOf(L).r.Post()
	L.SetGlobal("_POST", formTable(L, fields, err))
}

func formTable(L *glua.LState, fields []cgi.Field, err error) *glua.LTable {
	var tree *cgi.Tree
	if err == nil {
		tree, err = cgi.Nest(fields)
	}
	if err != nil {
		vm.Raise(L, err)
	}
	return treeTable(L, tree)
}

func treeTable(L *glua.LState, tree *cgi.Tree) *glua.LTable {
	t := L.NewTable()
	for _, e := range tree.Entries() {
		var value glua.LValue = glua.LString(e.Value)
		if e.Tree != nil {
			value = treeTable(L, e.Tree)
		}
		switch {
		case !e.Key.IsIndex:
			t.RawSetString(e.Key.Name, value)
		case e.Key.Index <= maxIndex:
			t.RawSet(glua.LNumber(e.Key.Index), value)
		default:
			t.RawSetString(strconv.FormatInt(e.Key.Index, 10), value)
			if t.Metatable == glua.LNil {
				mt := L.NewTable()
				mt.RawSetString("__index", L.NewFunction(indexByText))
				t.Metatable = mt
			}
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
	L.SetGlobal("_COOKIE", t)
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
	L.SetGlobal("_SERVER", t)
}
