package time

import (
	"math"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// Module returns the loader of the Lua module "time", whose now is the given
// clock:
//
//	time.now()                      this instant
//	time.unix(seconds[, nanos])     so long after the beginning of 1970
//	time.date{year=2026, month=11, day=20, hour=9, zone="Europe/Berlin"}
//	time.parse(text[, layout[, zone]])   or nil and what is wrong with the text
//	time.format(t[, layout[, zone]])     a string
//	time.add(t, {days=1, months=-1, …}[, zone])
//	time.fields(t[, zone])          a table of what calendar and clock show
//	time.isZone(name)               whether there is a zone of that name
//
// Layouts are those of os.date, such as "%d.%m.%Y %H:%M", and some that have a
// name; without one, times are written and read as RFC 3339 and HTML's date fields
// have them. Zones are those of the IANA database, "UTC", which is meant without
// one, and "local", that of the server.
func Module(now func() time.Time) glua.LGFunction {
	return func(L *glua.LState) int {
		z := &zones{}
		t := L.CreateTable(0, 8)
		for name, f := range map[string]glua.LGFunction{
			"now": func(L *glua.LState) int {
				L.Push(New(L, now()))
				return 1
			},
			"unix":   unix,
			"date":   z.date,
			"parse":  z.parse,
			"format": z.format,
			"add":    z.add,
			"fields": z.fields,
			"isZone": z.isZone,
		} {
			t.RawSetString(name, L.NewFunction(f))
		}
		L.Push(t)
		return 1
	}
}

// unix is time.unix(seconds[, nanoseconds]).
func unix(L *glua.LState) int {
	seconds := checkNumber(L, 1)
	var nanoseconds float64
	if L.Get(2) != glua.LNil {
		nanoseconds = checkNumber(L, 2)
		if !(nanoseconds >= 0 && nanoseconds < 1e9) || nanoseconds != math.Trunc(nanoseconds) {
			L.ArgError(2, "nanoseconds must be a whole number from 0 to 999999999")
		}
	}
	t, err := shift(time.Unix(0, int64(nanoseconds)), seconds)
	if err != nil {
		L.ArgError(1, err.Error())
	}
	L.Push(New(L, t))
	return 1
}

func checkNumber(L *glua.LState, n int) float64 {
	v, ok := toNumber(L.Get(n))
	if !ok {
		L.ArgError(n, "number expected, got "+describe(L.Get(n)))
	}
	return v
}
