package vm

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// installTable opens the table library (Lua 5.1 reference manual, section 5.5).
func installTable(L *glua.LState) {
	newLibraryTable(L, "table", []function{
		{"concat", tableConcat},
		{"foreach", tableForeach},
		{"foreachi", tableForeachi},
		{"getn", tableGetn},
		{"insert", tableInsert},
		{"maxn", tableMaxn},
		{"remove", tableRemove},
		{"setn", tableSetn},
		{"sort", tableSort},
	})
}

func tableConcat(L *glua.LState) int {
	t, sep := checkTable(L, 1), optString(L, 2, "")
	i := optInt(L, 3, 1)
	j := optInt(L, 4, t.Len())
	var b strings.Builder
	var number [32]byte
	for ; i <= j; i++ {
		switch v := rawGetInt(t, i).(type) {
		case glua.LString:
			b.WriteString(string(v))
		case glua.LNumber:
			b.Write(AppendNumber(number[:0], float64(v)))
		default:
			L.RaiseError("invalid value (%s) at index %d in table for 'concat'", v.Type().String(), i)
		}
		if i == j {
			break // j may be the largest integer
		}
		b.WriteString(sep)
		refuseLong(L, b.Len(), 1)
	}
	refuseLong(L, b.Len(), 1)
	L.Push(glua.LString(b.String()))
	return 1
}

// rawGetInt is t[i] without metamethods, for every i.
func rawGetInt(t *glua.LTable, i int) glua.LValue {
	if i > 0 && i < glua.MaxArrayIndex {
		return t.RawGetInt(i)
	}
	return t.RawGetH(glua.LNumber(i))
}

func rawSetInt(t *glua.LTable, i int, v glua.LValue) {
	if i > 0 && i < glua.MaxArrayIndex {
		t.RawSetInt(i, v)
	} else {
		t.RawSetH(glua.LNumber(i), v)
	}
}

func tableForeach(L *glua.LState) int {
	t, f := checkTable(L, 1), checkFunction(L, 2)
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		if r := callMeta(L, f, k, v); r != glua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

func tableForeachi(L *glua.LState) int {
	t, f := checkTable(L, 1), checkFunction(L, 2)
	for i, n := 1, t.Len(); i <= n; i++ {
		if r := callMeta(L, f, glua.LNumber(i), t.RawGetInt(i)); r != glua.LNil {
			L.Push(r)
			return 1
		}
	}
	return 0
}

func tableGetn(L *glua.LState) int {
	L.Push(glua.LNumber(checkTable(L, 1).Len()))
	return 1
}

func tableSetn(L *glua.LState) int {
	checkTable(L, 1)
	L.RaiseError("'setn' is obsolete")
	return 0
}

func tableMaxn(L *glua.LState) int {
	var largest glua.LNumber
	checkTable(L, 1).ForEach(func(k, _ glua.LValue) {
		if n, ok := k.(glua.LNumber); ok && n > largest {
			largest = n
		}
	})
	L.Push(largest)
	return 1
}

func tableInsert(L *glua.LState) int {
	t := checkTable(L, 1)
	end := t.Len() + 1
	switch L.GetTop() {
	case 2:
		rawSetInt(t, end, L.Get(2))
	case 3:
		at, v := checkInt(L, 2), L.Get(3)
		if at >= end || at < 1 && end == 1 {
			rawSetInt(t, at, v)
			break
		}
		if at >= 1 {
			t.Insert(at, v)
			break
		}
		if end-at > maxResults {
			argError(L, 2, "position out of bounds")
		}
		for i := end; i > at; i-- {
			rawSetInt(t, i, rawGetInt(t, i-1))
		}
		rawSetInt(t, at, v)
	default:
		L.RaiseError("wrong number of arguments to 'insert'")
	}
	return 0
}

func tableRemove(L *glua.LState) int {
	t := checkTable(L, 1)
	n := t.Len()
	at := optInt(L, 2, n)
	if at < 1 || at > n {
		return 0
	}
	v := t.RawGetInt(at)
	t.Remove(at)
	L.Push(v)
	return 1
}

func tableSort(L *glua.LState) int {
	t := checkTable(L, 1)
	s := sorter{L: L}
	if L.Get(2) != glua.LNil {
		s.less = checkFunction(L, 2)
	}
	n := t.Len()
	Of(L).Spend(n * 256)
	s.values = make([]glua.LValue, n)
	for i := range s.values {
		s.values[i] = t.RawGetInt(i + 1)
	}
	// Sorting a copy keeps what the order function does to the table apart.
	s.sort()
	for i, v := range s.values {
		t.RawSetInt(i+1, v)
	}
	return 0
}

// A sorter sorts values by a Lua function, or by "<".
type sorter struct {
	L      *glua.LState
	less   *glua.LFunction
	values []glua.LValue
}

func (s *sorter) before(a, b glua.LValue) bool {
	if s.less != nil {
		return glua.LVAsBool(callMeta(s.L, s.less, a, b))
	}
	if x, ok := a.(glua.LNumber); ok {
		if y, ok := b.(glua.LNumber); ok {
			return x < y
		}
	}
	if x, ok := a.(glua.LString); ok {
		if y, ok := b.(glua.LString); ok {
			return x < y
		}
	}
	if a.Type() == b.Type() && s.L.GetMetaField(a, "__lt") != glua.LNil {
		return s.L.LessThan(a, b)
	}
	s.L.RaiseError("%s", compareMessage(a.Type().String(), b.Type().String()))
	return false
}

func compareMessage(a, b string) string {
	if a == b {
		return fmt.Sprintf("attempt to compare two %s values", a)
	}
	return fmt.Sprintf("attempt to compare %s with %s", a, b)
}

// sort merges runs, from short to long. It ends after n log n comparisons,
// whatever the order function says.
func (s *sorter) sort() {
	from, to := s.values, make([]glua.LValue, len(s.values))
	for width := 1; width < len(from); width *= 2 {
		for low := 0; low < len(from); low += 2 * width {
			middle, high := min(low+width, len(from)), min(low+2*width, len(from))
			a, b := from[low:middle], from[middle:high]
			for out := to[low:high]; len(out) > 0; out = out[1:] {
				if len(b) > 0 && (len(a) == 0 || s.before(b[0], a[0])) {
					out[0], b = b[0], b[1:]
				} else {
					out[0], a = a[0], a[1:]
				}
			}
		}
		from, to = to, from
	}
	s.values = from
}
