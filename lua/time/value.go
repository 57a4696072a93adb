package time

import (
	"math"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// typeName is the name of the metatable of times in a machine's registry.
const typeName = "lcgi.time"

// New returns the Lua value for the instant t. It cannot be changed:
//
//	a == b, a < b, a <= b       which is earlier
//	a - b                       the seconds from b to a, with their fraction
//	a + seconds, a - seconds    another instant
//	tostring(a)                 RFC 3339, such as 2026-11-20T09:25:17.5Z
//	a.unix                      whole seconds since 1970
//	a.year a.month a.day a.hour a.minute a.second a.nanosecond
//	a.weekday                   1 is Sunday, as in os.date("*t").wday
func New(L *glua.LState, t time.Time) *glua.LUserData {
	ud := L.NewUserData()
	ud.Value = t.Round(0).UTC() // without the monotonic clock: == and stored values have none
	ud.Metatable = metatable(L)
	return ud
}

// Of returns the instant that v holds, in UTC, and whether it holds one.
func Of(v glua.LValue) (time.Time, bool) {
	ud, ok := v.(*glua.LUserData)
	if !ok {
		return time.Time{}, false
	}
	t, ok := ud.Value.(time.Time)
	return t, ok
}

// metatable returns the metatable that all times of a machine share: Lua asks
// __eq and __lt only of two values that have the same one.
func metatable(L *glua.LState) *glua.LTable {
	if mt, ok := L.GetTypeMetatable(typeName).(*glua.LTable); ok {
		return mt
	}
	mt := L.NewTypeMetatable(typeName)
	for event, f := range map[string]glua.LGFunction{
		"__eq":       compare(func(order int) bool { return order == 0 }),
		"__lt":       compare(func(order int) bool { return order < 0 }),
		"__le":       compare(func(order int) bool { return order <= 0 }),
		"__add":      add,
		"__sub":      subtract,
		"__tostring": toString,
		"__index":    index,
		"__newindex": newIndex,
	} {
		mt.RawSetString(event, L.NewFunction(f))
	}
	mt.RawSetString("__metatable", glua.LFalse)
	return mt
}

// check returns argument n of the running function, which must be a time.
func check(L *glua.LState, n int) time.Time {
	t, ok := Of(L.Get(n))
	if !ok {
		L.ArgError(n, "time expected, got "+describe(L.Get(n)))
	}
	return t
}

// describe names the kind of value that stands where another was expected.
func describe(v glua.LValue) string {
	if _, ok := Of(v); ok {
		return "time"
	}
	return v.Type().String()
}

func compare(holds func(order int) bool) glua.LGFunction {
	return func(L *glua.LState) int {
		a, aok := Of(L.Get(1))
		b, bok := Of(L.Get(2))
		if !aok || !bok {
			L.RaiseError("attempt to compare %s with %s", describe(L.Get(1)), describe(L.Get(2)))
		}
		L.Push(glua.LBool(holds(a.Compare(b))))
		return 1
	}
}

// add is time + seconds and seconds + time.
func add(L *glua.LState) int {
	left, right := L.Get(1), L.Get(2)
	t, ok := Of(left)
	seconds := right
	if !ok {
		t, _ = Of(right)
		seconds = left
	}
	n, ok := toNumber(seconds)
	if !ok {
		L.RaiseError("attempt to add %s and %s; to a time seconds are added, which are a number", describe(left), describe(right))
	}
	return push(L, t, n)
}

// subtract is time - time, in seconds, and time - seconds.
func subtract(L *glua.LState) int {
	left, right := L.Get(1), L.Get(2)
	a, aok := Of(left)
	b, bok := Of(right)
	if aok && bok {
		L.Push(glua.LNumber(secondsBetween(b, a)))
		return 1
	}
	n, ok := toNumber(right)
	if !aok || !ok {
		L.RaiseError("attempt to subtract %s from %s; from a time seconds or another time are subtracted", describe(right), describe(left))
	}
	return push(L, a, -n)
}

// secondsBetween returns the seconds from a to b. Go's Duration would end at
// 292 years.
func secondsBetween(a, b time.Time) float64 {
	return float64(b.Unix()-a.Unix()) + float64(b.Nanosecond()-a.Nanosecond())/1e9
}

// push pushes the instant that is some seconds after t, as a function's result.
func push(L *glua.LState, t time.Time, seconds float64) int {
	moved, err := shift(t, seconds)
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	L.Push(New(L, moved))
	return 1
}

// shift returns the instant that is some seconds after t, to the nanosecond.
func shift(t time.Time, seconds float64) (time.Time, error) {
	const tenThousandYears = 10_000 * 366 * 86_400
	if !(math.Abs(seconds) <= tenThousandYears) { // NaN, too
		return t, &rangeError{}
	}
	whole := math.Floor(seconds)
	nanoseconds := math.Round((seconds - whole) * 1e9)
	// Not t.Add: a Duration ends at 292 years.
	return checkRange(time.Unix(t.Unix()+int64(whole), int64(t.Nanosecond())+int64(nanoseconds)).UTC())
}

// checkRange returns t, or an error if RFC 3339 cannot write it.
func checkRange(t time.Time) (time.Time, error) {
	if year := t.Year(); year < 0 || year > 9999 {
		return t, &rangeError{}
	}
	return t, nil
}

// A rangeError reports a time that no value can hold.
type rangeError struct{}

func (*rangeError) Error() string { return "the time would be outside of the years 0 to 9999" }

// toNumber returns the number that v is or, as a string, writes.
func toNumber(v glua.LValue) (n float64, ok bool) {
	switch v := v.(type) {
	case glua.LNumber:
		return float64(v), true
	case glua.LString:
		return vm.ParseNumber(string(v))
	}
	return 0, false
}

func toString(L *glua.LState) int {
	L.Push(glua.LString(text(check(L, 1))))
	return 1
}

// text writes t as RFC 3339 does, with as many digits of the second as it needs.
func text(t time.Time) string { return t.Format(time.RFC3339Nano) }

func index(L *glua.LState) int {
	t := check(L, 1)
	name := L.Get(2).String()
	n, ok := field(t, name)
	if !ok {
		L.RaiseError("a time has no field %q; it has unix %s weekday", name, fieldNames)
	}
	L.Push(glua.LNumber(n))
	return 1
}

func newIndex(L *glua.LState) int {
	L.RaiseError("a time cannot be changed; t + seconds and time.add make another one")
	return 0
}

// fieldNames are those that time.date takes, too.
const fieldNames = "year month day hour minute second nanosecond"

func field(t time.Time, name string) (n int64, ok bool) {
	switch name {
	case "unix":
		return t.Unix(), true
	case "year":
		n = int64(t.Year())
	case "month":
		n = int64(t.Month())
	case "day":
		n = int64(t.Day())
	case "hour":
		n = int64(t.Hour())
	case "minute":
		n = int64(t.Minute())
	case "second":
		n = int64(t.Second())
	case "nanosecond":
		n = int64(t.Nanosecond())
	case "weekday":
		n = int64(t.Weekday()) + 1
	default:
		return 0, false
	}
	return n, true
}
