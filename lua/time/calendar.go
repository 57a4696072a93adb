package time

import (
	"fmt"
	"math"
	"strings"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// date is time.date{year=…, month=1, day=1, hour=0, minute=0, second=0,
// nanosecond=0}: an instant by its fields in UTC. A date that the calendar does
// not have is an error that names the field.
func date(L *glua.LState) int {
	f := map[string]int{"month": 1, "day": 1}
	numbers(L, 1, fieldNames, func(name string, n float64) {
		f[name] = whole(L, 1, name, n)
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
	L.Push(New(L, time.Date(f["year"], time.Month(f["month"]), f["day"], f["hour"], f["minute"], f["second"], f["nanosecond"], time.UTC)))
	return 1
}

// durationNames are what time.add adds.
const durationNames = "years months weeks days hours minutes seconds"

// addCalendar is time.add(t, {years=…, months=…, weeks=…, days=…, hours=…,
// minutes=…, seconds=…}), each of which may be negative. Months and years keep
// the day of the month, or end at its last: a month after the 31st of January
// is the last of February.
func addCalendar(L *glua.LState) int {
	t := check(L, 1)
	var months, seconds float64
	numbers(L, 2, durationNames, func(name string, n float64) {
		switch name {
		case "years":
			months += 12 * float64(whole(L, 2, name, n))
		case "months":
			months += float64(whole(L, 2, name, n))
		case "weeks":
			seconds += 7 * 86_400 * n
		case "days":
			seconds += 86_400 * n
		case "hours":
			seconds += 3600 * n
		case "minutes":
			seconds += 60 * n
		case "seconds":
			seconds += n
		}
	})
	t, err := addMonths(t, months)
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

// numbers calls f for the entries of the table that is argument n, in the order
// of next. Each must be one of names and have a number.
func numbers(L *glua.LState, n int, names string, f func(name string, v float64)) {
	t, ok := L.Get(n).(*glua.LTable)
	if !ok {
		L.ArgError(n, "table expected, got "+describe(L.Get(n)))
	}
	for k, v := t.Next(glua.LNil); k != glua.LNil; k, v = t.Next(k) {
		name := k.String()
		if !isOneOf(name, names) {
			L.ArgError(n, fmt.Sprintf("there is no field %s; there are %s", name, names))
		}
		number, ok := toNumber(v)
		if !ok {
			L.ArgError(n, fmt.Sprintf("the field %s must be a number, not a %s", name, describe(v)))
		}
		f(name, number)
	}
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
