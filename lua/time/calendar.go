package time

import (
	"fmt"
	"math"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// date is time.date{year=…, month=1, day=1, hour=0, minute=0, second=0,
// nanosecond=0, zone="UTC", offset=…}: an instant by what calendar and clock show.
// A date that the calendar does not have is an error that names the field. Of the
// two instants that clocks show alike when they are set back, the offset, in seconds
// east of UTC, tells which. What else time.fields has is not looked at, so that the
// fields of a time may be changed and made a time again.
func (z *zones) date(L *glua.LState) int {
	f := map[string]int{"month": 1, "day": 1}
	zone := time.UTC
	entries(L, 1, fieldNames+" zone offset", derivedNames, func(name string, v glua.LValue) {
		if name != "zone" {
			f[name] = whole(L, 1, name, number(L, 1, name, v))
			return
		}
		text, ok := v.(glua.LString)
		if !ok {
			L.ArgError(1, "the field zone must be a string, not a "+describe(v))
		}
		zone = z.named(L, 1, string(text))
	})
	if _, ok := f["year"]; !ok {
		L.ArgError(1, "the field year is missing")
	}
	inRange := func(name string, low, high int) {
		if n := f[name]; n < low || n > high {
			L.ArgError(1, fmt.Sprintf("%s must be from %d to %d, not %d", name, low, high, n))
		}
	}
	inRange("year", 0, 9999)
	inRange("month", 1, 12)
	if last, day := daysIn(f["year"], time.Month(f["month"])), f["day"]; day < 1 || day > last {
		L.ArgError(1, fmt.Sprintf("day must be from 1 to %d in %s %d, not %d", last, time.Month(f["month"]), f["year"], day))
	}
	inRange("hour", 0, 23)
	inRange("minute", 0, 59)
	inRange("second", 0, 59)
	inRange("nanosecond", 0, 999_999_999)
	inRange("offset", -86_399, 86_399)
	shown := time.Date(f["year"], time.Month(f["month"]), f["day"], f["hour"], f["minute"], f["second"], f["nanosecond"], time.UTC)
	t := at(shown, zone)
	if offset, ok := f["offset"]; ok {
		t = atOffset(shown, zone, int64(offset))
	}
	t, err := checkRange(t)
	if err != nil {
		L.ArgError(1, err.Error())
	}
	L.Push(New(L, t))
	return 1
}

// derivedNames are the fields of time.fields that follow from the others.
const derivedNames = "weekday yearDay abbreviation dst"

// fields is time.fields(t[, zone]): what calendar and clock show in the zone.
func (z *zones) fields(L *glua.LState) int {
	t := check(L, 1)
	zone, named := z.argument(L, 2)
	local, err := checkRange(t.In(zone))
	if err != nil {
		L.ArgError(1, err.Error())
	}
	fields := L.CreateTable(0, 13)
	for name := range strings.FieldsSeq(fieldNames + " weekday") {
		n, _ := field(local, name)
		fields.RawSetString(name, glua.LNumber(n))
	}
	abbreviation, offset := local.Zone()
	fields.RawSetString("yearDay", glua.LNumber(local.YearDay()))
	fields.RawSetString("offset", glua.LNumber(offset))
	fields.RawSetString("abbreviation", glua.LString(abbreviation))
	fields.RawSetString("dst", glua.LBool(local.IsDST()))
	fields.RawSetString("zone", glua.LString("UTC"))
	if named {
		fields.RawSetString("zone", L.Get(2))
	}
	L.Push(fields)
	return 1
}

// durationNames are what time.add adds.
const durationNames = "years months weeks days hours minutes seconds"

// add is time.add(t, {years=…, months=…, weeks=…, days=…, hours=…, minutes=…,
// seconds=…}[, zone]), each of which may be negative. Months and years keep the day
// of the month, or end at its last: a month after the 31st of January is the last
// of February. In a zone, days and what is longer keep what the clock shows, so that
// a day may have 23 or 25 hours; without one a day has 24.
func (z *zones) add(L *glua.LState) int {
	t := check(L, 1)
	zone, named := z.argument(L, 3)
	var months, days, seconds float64
	entries(L, 2, durationNames, "", func(name string, v glua.LValue) {
		n := number(L, 2, name, v)
		if name == "years" || name == "months" || named && (name == "weeks" || name == "days") {
			whole(L, 2, name, n)
		}
		switch name {
		case "years":
			months += 12 * n
		case "months":
			months += n
		case "weeks":
			days += 7 * n
		case "days":
			days += n
		case "hours":
			seconds += 3600 * n
		case "minutes":
			seconds += 60 * n
		case "seconds":
			seconds += n
		}
	})
	var err error
	if months != 0 || days != 0 {
		shown := wall(t, zone)
		if shown, err = addMonths(shown, months); err == nil {
			shown, err = shift(shown, 86_400*days)
		}
		t = at(shown, zone)
	}
	if err == nil {
		t, err = shift(t, seconds)
	}
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	L.Push(New(L, t))
	return 1
}

func addMonths(t time.Time, months float64) (time.Time, error) {
	if months == 0 {
		return t, nil
	}
	total := float64(t.Year())*12 + float64(t.Month()-1) + months
	if !(total >= 0 && total < 10_000*12) {
		return t, &rangeError{}
	}
	year, month := int(total)/12, time.Month(int(total)%12+1)
	day := min(t.Day(), daysIn(year, month))
	return time.Date(year, month, day, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), nil
}

// daysIn returns how many days a month has: the day before the first of the
// next is its last.
func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// entries calls f for the entries of the table that is argument n, in the order
// of next. Each must be one of names, or of others, for which f is not called.
func entries(L *glua.LState, n int, names, others string, f func(name string, v glua.LValue)) {
	t, ok := L.Get(n).(*glua.LTable)
	if !ok {
		L.ArgError(n, "table expected, got "+describe(L.Get(n)))
	}
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		switch name := k.String(); {
		case isOneOf(name, names):
			f(name, v)
		case !isOneOf(name, others):
			L.ArgError(n, fmt.Sprintf("there is no field %s; there are %s", name, names))
		}
	}
}

// number returns the number that a field has.
func number(L *glua.LState, arg int, name string, v glua.LValue) float64 {
	n, ok := toNumber(v)
	if !ok {
		L.ArgError(arg, fmt.Sprintf("the field %s must be a number, not a %s", name, describe(v)))
	}
	return n
}

func isOneOf(name, names string) bool {
	for one := range strings.FieldsSeq(names) {
		if one == name {
			return true
		}
	}
	return false
}

// whole returns n as an integer.
func whole(L *glua.LState, arg int, name string, n float64) int {
	if n != math.Trunc(n) || math.Abs(n) > 1e9 {
		L.ArgError(arg, fmt.Sprintf("the field %s must be a whole number", name))
	}
	return int(n)
}
