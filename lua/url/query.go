package url

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/keypath"
	"lcgi/lua/vm"
)

// maxNesting is how many keys in brackets the name of a field may have: what
// reads them takes no more.
const maxNesting = 64

// maxName is how many bytes the name of a field may have, escaped.
const maxName = 64 << 10

// query is url.query(t | text).
func query(L *glua.LState, parse QueryParser) int {
	if t, ok := L.Get(1).(*glua.LTable); ok {
		L.Push(glua.LString(formatQuery(L, t, vm.MaxString)))
		return 1
	}
	if _, ok := L.Get(1).(glua.LString); !ok {
		got := L.Get(1).Type().String()
		L.ArgError(1, "table or string expected, got "+got)
	}
	text := strings.TrimPrefix(L.CheckString(1), "?")
	vm.Of(L).Spend(len(text))
	t, err := parse(L, text)
	if err != nil {
		return fail(L, err)
	}
	L.Push(t)
	return 1
}

// A querier is in the middle of writing nested tables.
type querier struct {
	L     *glua.LState
	most  int // bytes of the query
	out   []byte
	name  []byte // of the table or field that is being written, escaped
	path  []glua.LValue
	count int // of entries
}

// formatQuery writes a table as a query of at most that many bytes: a list of
// strings as a[]=, any other table as a[key]=, true and false as these words,
// numbers as Lua writes them, and integers with all digits. Fields have the order
// in which next gives them.
func formatQuery(L *glua.LState, t *glua.LTable, most int) string {
	q := &querier{L: L, most: most}
	q.table(t)
	vm.Of(L).Spend(len(q.out))
	return string(q.out)
}

func (q *querier) table(t *glua.LTable) {
	if len(q.path) > maxNesting {
		q.path = q.path[:8]
		q.refuse("and on is nested more than %d tables deep, or contains itself", maxNesting)
	}
	list := len(q.path) > 0 && isPlainList(t)
	outer := len(q.name)
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if q.count++; q.count%256 == 0 {
			q.poll()
		}
		q.path = append(q.path, k)
		if list {
			q.name = append(q.name, "%5B%5D"...)
		} else {
			q.key(k)
		}
		if sub, ok := v.(*glua.LTable); ok {
			q.table(sub)
		} else {
			q.field(v)
		}
		q.path, q.name = q.path[:len(q.path)-1], q.name[:outer]
	}
}

// poll ends the run if it must.
func (q *querier) poll() {
	if err := vm.Of(q.L).Poll(); err != nil {
		q.L.RaiseError("%s", err.Error())
	}
}

// isPlainList reports whether a table's keys are 1 to n and none of its values
// is a table: a[][x]=1&a[][y]=2 would be two elements.
func isPlainList(t *glua.LTable) bool {
	n := 0
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if n++; k != glua.LNumber(n) || v.Type() == glua.LTTable {
			return false
		}
	}
	return true
}

// key adds a key to the name of the table that has it.
func (q *querier) key(k glua.LValue) {
	outermost := len(q.name) == 0
	var text string
	switch k := k.(type) {
	case glua.LString:
		text = string(k)
		if !outermost && (strings.Contains(text, "]") || text == "" || text == " ") {
			q.refuse("has a key that no name in brackets can have")
		}
	case glua.LNumber:
		text = formatNumber(float64(k))
	default:
		q.refuse("has a %s as its key; keys are strings and numbers", k.Type())
	}
	const brackets = "%5B%5D"
	if len(q.name)+len(brackets)+escapedLen(text, isUnreserved) > maxName {
		q.refuse("has a name of more than %d bytes", maxName)
	}
	if outermost {
		q.name = appendEscaped(q.name, text, isUnreserved, false)
		return
	}
	q.name = append(q.name, "%5B"...)
	q.name = appendEscaped(q.name, text, isUnreserved, false)
	q.name = append(q.name, "%5D"...)
}

func (q *querier) field(v glua.LValue) {
	var text string
	switch v := v.(type) {
	case glua.LString:
		text = string(v)
	case glua.LNumber:
		text = formatNumber(float64(v))
	case glua.LBool:
		text = strconv.FormatBool(bool(v))
	default:
		q.refuse("is a %s; values are strings, numbers, booleans and tables of them", v.Type())
	}
	q.room(text)
	if len(q.out) > 0 {
		q.out = append(q.out, '&')
	}
	q.out = append(q.out, q.name...)
	q.out = append(q.out, '=')
	q.out = appendEscaped(q.out, text, isUnreserved, false)
}

// room raises an error if the query is too large with one more field that has this
// name and the text as its value.
func (q *querier) room(text string) {
	if len(q.out)+min(len(q.out), len("&"))+len(q.name)+len("=")+escapedLen(text, isUnreserved) > q.most {
		q.L.RaiseError("resulting string too large (more than %d bytes)", q.most)
	}
	if len(text) > 64<<10 {
		q.poll()
	}
}

// formatNumber writes integers with all their digits: they are ids, mostly.
func formatNumber(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) <= 1<<53 {
		return strconv.FormatInt(int64(f), 10)
	}
	return string(vm.AppendNumber(nil, f))
}

func (q *querier) refuse(format string, args ...any) {
	q.L.RaiseError("url: %s %s", keypath.String(q.path), fmt.Sprintf(format, args...))
}
