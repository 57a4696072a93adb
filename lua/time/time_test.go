package time_test

import (
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/moduletest"
	luatime "lcgi/lua/time"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 500_000_000, time.FixedZone("CET", 3600))

// globals has the module, by whose clock it is noon.
func globals() moduletest.Globals {
	return moduletest.Globals{
		"now":  func(L *glua.LState) glua.LValue { return luatime.New(L, noon) },
		"time": moduletest.Loaded(luatime.Module(func() time.Time { return noon })),
	}
}

func check(t *testing.T, cases []moduletest.Case) {
	t.Helper()
	moduletest.Check(t, globals(), cases)
}

func TestValues(t *testing.T) {
	check(t, []moduletest.Case{
		{"return now", "2026-11-20T11:00:00.5Z"},
		{"return now + 0.5, 60 + now, now - 0.5", "2026-11-20T11:00:01Z 2026-11-20T11:01:00.5Z 2026-11-20T11:00:00Z"},
		{"return now + '1', '1' + now", "2026-11-20T11:00:01.5Z 2026-11-20T11:00:01.5Z"},
		{"return (now + 90) - now, now - (now + 0.25), now - now", "90 -0.25 0"},
		{"return now == now + 0, now == now + 1, now ~= now + 1e-9", "true false true"},
		{"return now < now + 1, now <= now, now > now - 1e-9, now >= now + 1, now < now", "true true true false false"},
		{"return now == 0, now == nil, now == tostring(now)", "false false false"},
		{"return now.unix, now.year, now.month, now.day, now.hour, now.minute, now.second, now.nanosecond, now.weekday", "1795172400 2026 11 20 11 0 0 500000000 6"},
		{"return os.date('!*t', now.unix).wday == now.weekday", "true"},
		{"return type(now), getmetatable(now)", "userdata false"},
		{"return time.unix(0), time.unix(-1), time.unix(1.5), time.unix(-0.5), time.unix(1, 1)", "1970-01-01T00:00:00Z 1969-12-31T23:59:59Z 1970-01-01T00:00:01.5Z 1969-12-31T23:59:59.5Z 1970-01-01T00:00:01.000000001Z"},
		{"local t = time.unix(2^31, 999999999) return t == time.unix(t.unix, t.nanosecond)", "true"},
		{"return time.date{year=9999} - time.date{year=0}", "315537984000"},
		{"return time.now() == now", "true"},
		{"local t = {now + 2, now, now + 1} table.sort(t) return t[1] == now, t[3] - t[1]", "true 2"},

		{"return now + {}", "error: attempt to add time and table; to a time seconds are added, which are a number"},
		{"return now + now", "error: attempt to add time and time; to a time seconds are added, which are a number"},
		{"return 1 - now", "error: attempt to subtract time from number; from a time seconds or another time are subtracted"},
		{"return now + 'soon'", "error: attempt to add time and string; to a time seconds are added, which are a number"},
		{"return now + 1e12", "error: the time would be outside of the years 0 to 9999"},
		{"return now + 0/0", "error: the time would be outside of the years 0 to 9999"},
		{"return time.date{year=0} - 1e-9", "error: the time would be outside of the years 0 to 9999"},
		{"return now < 5", "error: attempt to compare userdata with number"},
		{"return now * 2", "error: attempt to perform arithmetic on global 'now' (a userdata value)"},
		{"return now.mont", `error: a time has no field "mont"; it has unix year month day hour minute second nanosecond weekday`},
		{"now.year = 5", "error: a time cannot be changed; t + seconds and time.add make another one"},
		{"return time.unix(1/0)", "error: bad argument #1 to 'unix' (the time would be outside of the years 0 to 9999)"},
		{"return time.unix('x')", "error: bad argument #1 to 'unix' (number expected, got string)"},
		{"return time.unix(1, 1e9)", "error: bad argument #2 to 'unix' (nanoseconds must be a whole number from 0 to 999999999)"},
	})
}

func TestCalendar(t *testing.T) {
	check(t, []moduletest.Case{
		{"return time.date{year=2024, month=2, day=29}, time.date{year=2026}", "2024-02-29T00:00:00Z 2026-01-01T00:00:00Z"},
		{"return time.date{year=2026, month='11', day='20', hour=9, minute=25, second=17, nanosecond=1e6}", "2026-11-20T09:25:17.001Z"},
		{"return time.add(now, {days=1}), time.add(now, {weeks=-1, hours=1.5})", "2026-11-21T11:00:00.5Z 2026-11-13T12:30:00.5Z"},
		{"return time.add(time.date{year=2026, month=1, day=31}, {months=1})", "2026-02-28T00:00:00Z"},
		{"return time.add(time.date{year=2024, month=2, day=29}, {years=1}), time.add(time.date{year=2024, month=2, day=29}, {years=-4})", "2025-02-28T00:00:00Z 2020-02-29T00:00:00Z"},
		{"return time.add(time.date{year=2026, month=1, day=31}, {months=-2, days=1})", "2025-12-01T00:00:00Z"},
		{"return time.add(now, {}) == now", "true"},
		{"return time.add(now, {minutes=1, seconds=-60}) == now", "true"},

		{"return time.date{month=1}", "error: bad argument #1 to 'date' (the field year is missing)"},
		{"return time.date{year=2026, month=2, day=29}", "error: bad argument #1 to 'date' (day must be from 1 to 28 in February 2026, not 29)"},
		{"return time.date{year=2026, month=13}", "error: bad argument #1 to 'date' (month must be from 1 to 12, not 13)"},
		{"return time.date{year=2026, min=5}", "error: bad argument #1 to 'date' (there is no field min; there are year month day hour minute second nanosecond zone offset)"},
		{"return time.date{year=2026, day=1.5}", "error: bad argument #1 to 'date' (the field day must be a whole number)"},
		{"return time.date{year=1e300}", "error: bad argument #1 to 'date' (the field year must be a whole number)"},
		{"return time.date{year={}}", "error: bad argument #1 to 'date' (the field year must be a number, not a table)"},
		{"return time.date()", "error: bad argument #1 to 'date' (table expected, got no value)"},
		{"return time.add(5, {})", "error: bad argument #1 to 'add' (time expected, got number)"},
		{"return time.add(now, {day=1})", "error: bad argument #2 to 'add' (there is no field day; there are years months weeks days hours minutes seconds)"},
		{"return time.add(now, {years=1e6})", "error: the time would be outside of the years 0 to 9999"},
		{"return time.add(now, {months=0.5})", "error: bad argument #2 to 'add' (the field months must be a whole number)"},
	})
}

func TestText(t *testing.T) {
	check(t, []moduletest.Case{
		{"return time.parse('2026-11-20T09:25:17Z')", "2026-11-20T09:25:17Z"},
		{"return time.parse('2026-11-20T09:25:17.123456789+02:00')", "2026-11-20T07:25:17.123456789Z"},
		{"return time.parse('2026-11-20'), time.parse('2026-11-20T09:25'), time.parse('2026-11-20 09:25:17')", "2026-11-20T00:00:00Z 2026-11-20T09:25:00Z 2026-11-20T09:25:17Z"},
		{"return time.parse(tostring(now)) == now", "true"},
		{"return time.parse('20.11.2026', '%d.%m.%Y')", "2026-11-20T00:00:00Z"},
		{"return time.format(now), time.format(now, '%d.%m.%Y %H:%M')", "2026-11-20T11:00:00.5Z 20.11.2026 11:00"},
		{"return time.format(now, '%c') == os.date('!%c', now.unix)", "true"},
		{"return time.parse('2026-02-29')", `nil "2026-02-29" is no date: February 2026 has no day 29`},
		{"return time.parse('2026-13-01T00:00:00Z')", `nil "2026-13-01T00:00:00Z" is no date: a month is expected where it has "13-01T00:00:00Z"`},
		{"return time.parse('tomorrow')", `nil "tomorrow" is no date: a year of four digits is expected where it has "tomorrow"`},
		{"return time.parse('2026-1-5')", `nil "2026-1-5" is no date: write it as 2026-11-20 or 2026-11-20T09:25:17Z`},
		{"return time.parse('')", `nil "" is no date: it ends where a year of four digits is expected`},
		{"return time.parse('0000-01-01T00:00:00+02:00')", "nil the time would be outside of the years 0 to 9999"},
		{"return time.parse('1', '%Q')", "error: bad argument #2 to 'parse' (invalid conversion '%Q' in the date format)"},
		{"return time.parse('1', '%V')", "error: bad argument #2 to 'parse' (the conversion '%V' can be written but not read)"},
		{"return time.format(now, '%')", "error: bad argument #2 to 'format' (the date format ends with '%')"},
		{"return time.format('x')", "error: bad argument #1 to 'format' (time expected, got string)"},
		{"return time.parse(nil)", "error: bad argument #1 to 'parse' (string expected, got nil)"},
	})
}

func TestOf(t *testing.T) {
	L := glua.NewState()
	defer L.Close()
	if got, ok := luatime.Of(luatime.New(L, noon)); !ok || !got.Equal(noon) || got.Location() != time.UTC {
		t.Errorf("got %v, %v", got, ok)
	}
	other := L.NewUserData()
	other.Value = "x"
	for _, v := range []glua.LValue{glua.LNil, glua.LNumber(1), L.NewTable(), other} {
		if _, ok := luatime.Of(v); ok {
			t.Errorf("%v is taken for a time", v)
		}
	}
}
