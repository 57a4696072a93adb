package vm

import (
	"math"
	"syscall"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/time/strftime"
)

// osClock gives the processor time of the process, as C's clock does.
func osClock(L *glua.LState) int {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		L.RaiseError("clock: %s", err.Error())
	}
	L.Push(glua.LNumber(time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()))
	return 1
}

func osDifftime(L *glua.LState) int {
	to := checkNumber(L, 1)
	var from float64
	if L.Get(2) != glua.LNil {
		from = checkNumber(L, 2)
	}
	L.Push(glua.LNumber(to - from))
	return 1
}

// osSetlocale knows the C locale only.
func osSetlocale(L *glua.LState) int {
	switch optString(L, 1, "") {
	case "", "C", "POSIX":
		L.Push(glua.LString("C"))
	default:
		L.Push(glua.LNil)
	}
	return 1
}

// osDate is os.date: a table for "*t", else what C's strftime writes; a "!" in
// front means UTC.
func osDate(L *glua.LState) int {
	format := optString(L, 1, "%c")
	at := time.Now()
	if L.Get(2) != glua.LNil {
		seconds := checkNumber(L, 2)
		// Years of more than nine digits have no date in C either.
		if math.IsNaN(seconds) || math.Abs(seconds) > 1e16 {
			L.Push(glua.LNil)
			return 1
		}
		at = time.Unix(int64(seconds), 0)
	}
	if format != "" && format[0] == '!' {
		format, at = format[1:], at.UTC()
	}
	if len(format) >= 2 && format[:2] == "*t" {
		L.Push(dateTable(L, at))
		return 1
	}
	text, err := strftime.Append(nil, format, at)
	if err != nil {
		argError(L, 1, err.Error())
	}
	L.Push(glua.LString(text))
	return 1
}

func dateTable(L *glua.LState, at time.Time) *glua.LTable {
	t := L.CreateTable(0, 9)
	for _, field := range []struct {
		name  string
		value int
	}{
		{"year", at.Year()}, {"month", int(at.Month())}, {"day", at.Day()},
		{"hour", at.Hour()}, {"min", at.Minute()}, {"sec", at.Second()},
		{"wday", int(at.Weekday()) + 1}, {"yday", at.YearDay()},
	} {
		t.RawSetString(field.name, glua.LNumber(field.value))
	}
	t.RawSetString("isdst", glua.LBool(at.IsDST()))
	return t
}

// osTime is os.time: now, or the time of a table of local date fields, which
// need not be within their usual ranges.
func osTime(L *glua.LState) int {
	if L.Get(1) == glua.LNil {
		L.Push(glua.LNumber(time.Now().Unix()))
		return 1
	}
	t := checkTable(L, 1)
	field := func(name string, otherwise int) int {
		n, ok := toNumber(L.GetField(t, name))
		if !ok {
			if otherwise < 0 {
				L.RaiseError("field '%s' missing in date table", name)
			}
			return otherwise
		}
		return max(min(truncate(n), math.MaxInt32), math.MinInt32)
	}
	sec, min, hour := field("sec", 0), field("min", 0), field("hour", 12)
	day, month, year := field("day", -1), field("month", -1), field("year", -1)
	at := time.Date(year, time.Month(month), day, hour, min, sec, 0, time.Local)
	if dst, ok := L.GetField(t, "isdst").(glua.LBool); ok && bool(dst) && !at.IsDST() {
		// The fields were meant to be of summer time: an hour earlier (mktime).
		at = at.Add(-time.Hour)
	}
	L.Push(glua.LNumber(at.Unix()))
	return 1
}
