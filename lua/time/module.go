package time

import (
	"errors"
	"math"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/time/strftime"
)

// Module returns the loader of the Lua module "time", whose now is the given
// clock:
//
//	time.now()                      this instant
//	time.unix(seconds[, nanos])     so long after the beginning of 1970
//	time.date{year=2026, month=11, day=20, hour=9, minute=25, second=17}
//	time.parse(text[, layout])      or nil and what is wrong with the text
//	time.format(t[, layout])        a string
//	time.add(t, {days=1, months=-1, …})
//
// Layouts are those of os.date, such as "%d.%m.%Y %H:%M"; without one, times
// are written and read as RFC 3339 and HTML's date fields have them.
func Module(now func() time.Time) glua.LGFunction {
	return func(L *glua.LState) int {
		t := L.NewTable()
		for name, f := range map[string]glua.LGFunction{
			"now": func(L *glua.LState) int {
				L.Push(New(L, now()))
				return 1
			},
			"unix":   unix,
			"date":   date,
			"parse":  parse,
			"format": format,
			"add":    addCalendar,
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

// parse is time.parse(text[, layout]). A text that is no date is the visitor's
// mistake and a result; a wrong layout is the page's and an error.
func parse(L *glua.LState) int {
	text := L.CheckString(1)
	var t time.Time
	var err error
	if layout := L.OptString(2, ""); layout != "" {
		t, err = strftime.Parse(layout, text)
	} else {
		t, err = parseInternet(text)
	}
	if err == nil {
		t, err = checkRange(t)
	}
	var wrong *strftime.LayoutError
	switch {
	case errors.As(err, &wrong):
		L.ArgError(2, err.Error())
	case err != nil:
		L.Push(glua.LNil)
		L.Push(glua.LString(err.Error()))
		return 2
	}
	L.Push(New(L, t))
	return 1
}

// parseInternet reads RFC 3339 and the shorter forms of it that HTML's fields
// of the types date and datetime-local send, which are taken for UTC.
func parseInternet(text string) (time.Time, error) {
	// A space for the T is RFC 3339's own alternative (section 5.6).
	shape := []byte(text)
	if len(shape) > len("2006-01-02") && (shape[10] == ' ' || shape[10] == 't') {
		shape[10] = 'T'
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, string(shape)); err == nil {
			return t.UTC(), nil
		}
	}
	// This reads nothing that the layouts above do not, and says what is wrong.
	layout := "%Y-%m-%d"
	if len(text) > len("2006-01-02") {
		layout = "%Y-%m-%dT%H:%M:%S%z"
	}
	_, err := strftime.Parse(layout, string(shape))
	if err == nil {
		err = &strftime.ParseError{Text: text, Reason: "write it as 2026-11-20 or 2026-11-20T09:25:17Z"}
	}
	return time.Time{}, err
}

// format is time.format(t[, layout]).
func format(L *glua.LState) int {
	t := check(L, 1)
	layout := L.OptString(2, "")
	if layout == "" {
		L.Push(glua.LString(text(t)))
		return 1
	}
	b, err := strftime.Append(nil, layout, t)
	if err != nil {
		L.ArgError(2, err.Error())
	}
	L.Push(glua.LString(b))
	return 1
}
