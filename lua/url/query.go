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

// query is url.query(t | text).
func query(L *glua.LState, parse QueryParser) int {
	if t, ok := L.Get(1).(*glua.LTable); ok {
		L.Push(glua.LString(formatQuery(L, t)))
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
	out   strings.Builder
	path  []glua.LValue
	count int // of entries
}

// formatQuery writes a table as a query: a list of strings as a[]=, any other
// table as a[key]=, true and false as these words, numbers as Lua writes them,
// and integers with all digits. Fields have the order in which next gives them.
func formatQuery(L *glua.LState, t *glua.LTable) string {
	q := &querier{L: L}
	q.table("", t)
	vm.Of(L).Spend(q.out.Len())
	return q.out.String()
}

func (q *querier) table(name string, t *glua.LTable) {
	if len(q.path) > maxNesting {
		q.path = q.path[:8]
		q.refuse("and on is nested more than %d tables deep, or contains itself", maxNesting)
	}
	list := len(q.path) > 0 && isPlainList(t)
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if q.count++; q.count%256 == 0 {
			if err := vm.Of(q.L).Poll(); err != nil {
				q.L.RaiseError("%s", err.Error())
			}
		}
		q.path = append(q.path, k)
		inner := name + "%5B%5D"
		if !list {
			inner = q.key(name, k)
		}
		if sub, ok := v.(*glua.LTable); ok {
			q.table(inner, sub)
		} else {
			q.field(inner, v)
		}
		q.path = q.path[:len(q.path)-1]
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

// key returns the name of what is under k in the table called name.
func (q *querier) key(name string, k glua.LValue) string {
	var text string
	switch k := k.(type) {
	case glua.LString:
		text = string(k)
		if name != "" && (strings.Contains(text, "]") || text == "" || text == " ") {
			q.refuse("has a key that no name in brackets can have")
		}
	case glua.LNumber:
		text = formatNumber(float64(k))
	default:
		q.refuse("has a %s as its key; keys are strings and numbers", k.Type())
	}
	text = escape(q.L, text, isUnreserved, false)
	if name == "" {
		return text
	}
	q.checkSize(len(name) + len(text))
	return name + "%5B" + text + "%5D"
}

func (q *querier) field(name string, v glua.LValue) {
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
	if q.out.Len() > 0 {
		q.out.WriteByte('&')
	}
	text = escape(q.L, text, isUnreserved, false)
	q.checkSize(len(name) + len(text))
	q.out.WriteString(name)
	q.out.WriteByte('=')
	q.out.WriteString(text)
}

// checkSize refuses a result with that many bytes more.
func (q *querier) checkSize(more int) {
	if q.out.Len()+more > vm.MaxString {
		q.L.RaiseError("resulting string too large (more than %d bytes)", vm.MaxString)
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
