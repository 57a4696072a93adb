package time_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lcgi/lua/moduletest"
)

func TestZones(t *testing.T) {
	check(t, []moduletest.Case{
		{"return time.format(now, nil, 'Europe/Berlin')", "2026-11-20T12:00:00.5+01:00"},
		{"return time.format(now, '%H:%M %Z %z', 'Europe/Berlin')", "12:00 CET +0100"},
		{"return time.format(now, '%H:%M %Z %z', 'America/New_York')", "06:00 EST -0500"},
		{"return time.format(now, '%H:%M %Z %z', 'Asia/Kathmandu')", "16:45 +0545 +0545"},
		{"return time.format(now, '%c %Z', 'UTC') == time.format(now, '%c %Z')", "true"},
		{"return time.format(now, '%A %d', 'Pacific/Kiritimati')", "Saturday 21"},

		{"return time.parse('2026-07-01T09:00', nil, 'Europe/Berlin')", "2026-07-01T07:00:00Z"},
		{"return time.parse('2026-01-01', nil, 'Europe/Berlin')", "2025-12-31T23:00:00Z"},
		{"return time.parse('1.7.2026 9:00', '%d.%m.%Y %H:%M', 'Europe/Berlin')", "2026-07-01T07:00:00Z"},
		// What says its offset itself needs no zone.
		{"return time.parse('2026-07-01T09:00Z', nil, 'Europe/Berlin')", "2026-07-01T09:00:00Z"},
		{"return time.parse('2026-07-01 09:00 -0500', '%F %R %z', 'Europe/Berlin')", "2026-07-01T14:00:00Z"},
		{"return time.parse('0', '%s', 'Europe/Berlin')", "1970-01-01T00:00:00Z"},

		{"return time.date{year=2026, month=7, day=1, hour=9, zone='Europe/Berlin'}", "2026-07-01T07:00:00Z"},
		{"return time.date{year=2026, zone='UTC'} == time.date{year=2026}", "true"},
		{"return time.date{year=2026, offset=3600}", "2026-01-01T00:00:00Z"},

		{"return time.isZone('Europe/Berlin'), time.isZone('UTC'), time.isZone('local'), time.isZone('EST5EDT'), time.isZone('Etc/GMT+5')", "true true true true true"},
		{"return time.isZone('Europe/berlin'), time.isZone('Berlin'), time.isZone('Europe'), time.isZone(''), time.isZone(nil), time.isZone({}), time.isZone(5)", "false false false false false false false"},
		{"return time.isZone('../../etc/passwd'), time.isZone('/etc/localtime'), time.isZone('Europe/../UTC'), time.isZone('zone.tab'), time.isZone('leapseconds')", "false false false false false"},
		{"return time.isZone('right/Europe/Berlin'), time.isZone('Local'), time.isZone('+01:00'), time.isZone('UTC\\0'), time.isZone('UTC '), time.isZone('ö')", "false false false false false false"},
		{"return time.isZone('Europe//Berlin'), time.isZone('Europe/Berlin/'), time.isZone('posixrules'), time.isZone('localtime'), time.isZone('posix/UTC'), time.isZone('right')", "false false false false false false"},
		{"return time.isZone(('a'):rep(1000000)), time.isZone(('a/'):rep(20))", "false false"},

		{"return time.format(now, '%R', 'Berlin')", `error: bad argument #3 to 'format' (there is no time zone "Berlin"; they are named like Europe/Berlin and America/New_York, besides UTC and local, and time.isZone tells whether there is one)`},
		{"return time.parse('2026-01-01', nil, '../x')", `error: bad argument #3 to 'parse' (there is no time zone "../x"; they are named like Europe/Berlin and America/New_York, besides UTC and local, and time.isZone tells whether there is one)`},
		{"return time.date{year=2026, zone='CEST'}", `error: bad argument #1 to 'date' (there is no time zone "CEST"; they are named like Europe/Berlin and America/New_York, besides UTC and local, and time.isZone tells whether there is one)`},
		{"return time.date{year=2026, zone=1}", "error: bad argument #1 to 'date' (the field zone must be a string, not a number)"},
		{"return time.date{year=2026, offset=86400}", "error: bad argument #1 to 'date' (offset must be from -86399 to 86399, not 86400)"},
		{"return time.date{year=0, zone='Asia/Tokyo'}", "error: bad argument #1 to 'date' (the time would be outside of the years 0 to 9999)"},
		{"return time.format(time.date{year=0}, nil, 'America/New_York')", "error: bad argument #1 to 'format' (the time would be outside of the years 0 to 9999)"},
		{"return time.fields(time.date{year=9999, month=12, day=31, hour=23}, 'Asia/Tokyo')", "error: bad argument #1 to 'fields' (the time would be outside of the years 0 to 9999)"},
		{"return time.parse('9999-12-31T23:00', nil, 'America/New_York')", "nil the time would be outside of the years 0 to 9999"},
		{"return time.add(now, {days=1}, {})", "error: bad argument #3 to 'add' (string expected, got table)"},
	})
}

func TestLocal(t *testing.T) {
	server := time.Local
	defer func() { time.Local = server }()
	time.Local = time.FixedZone("XST", -3*3600)
	check(t, []moduletest.Case{
		{"return time.format(now, '%H:%M %Z', 'local')", "08:00 XST"},
		{"return time.parse('2026-11-20 08:00', nil, 'local')", "2026-11-20T11:00:00Z"},
		{"return time.fields(now, 'local').zone, time.fields(now, 'local').offset", "local -10800"},
	})
}

func TestFields(t *testing.T) {
	const all = "local names = {} for k in pairs(f) do names[#names + 1] = k end table.sort(names) for i, k in ipairs(names) do names[i] = k .. '=' .. tostring(f[k]) end return table.concat(names, ' ')"
	check(t, []moduletest.Case{
		{"local f = time.fields(now) " + all, "abbreviation=UTC day=20 dst=false hour=11 minute=0 month=11 nanosecond=500000000 offset=0 second=0 weekday=6 year=2026 yearDay=324 zone=UTC"},
		{"local f = time.fields(time.date{year=2026, month=7}, 'Europe/Berlin') " + all, "abbreviation=CEST day=1 dst=true hour=2 minute=0 month=7 nanosecond=0 offset=7200 second=0 weekday=4 year=2026 yearDay=182 zone=Europe/Berlin"},
		{"local f = time.fields(time.date{year=2026, month=7, hour=23}, 'Asia/Tokyo') return f.day, f.hour, f.abbreviation, f.weekday", "2 8 JST 5"},

		// They may be changed and made a time again.
		{"return time.date(time.fields(now)) == now, time.date(time.fields(now, 'Europe/Berlin')) == now", "true true"},
		{"local f = time.fields(now, 'Europe/Berlin') f.day, f.hour = 1, 0 return time.date(f)", "2026-10-31T23:00:00.5Z"},
		{"local f = time.fields(now, 'Europe/Berlin') f.month = 7 return time.format(time.date(f), '%H', 'Europe/Berlin')", "12"},
		// Both of the hours that clocks show alike.
		{"for _, s in ipairs{0, 3600} do local t = time.date{year=2026, month=10, day=25, hour=0, minute=30} + s if time.date(time.fields(t, 'Europe/Berlin')) ~= t then return s end end return 'same'", "same"},

		{"return time.fields(5)", "error: bad argument #1 to 'fields' (time expected, got number)"},
		{"return time.fields(now, 'Mars')", `error: bad argument #2 to 'fields' (there is no time zone "Mars"; they are named like Europe/Berlin and America/New_York, besides UTC and local, and time.isZone tells whether there is one)`},
	})
}

// Clocks that are put forward and back. In Berlin of 2026 that is on the 29th of
// March from 2 to 3 and on the 25th of October from 3 to 2.
func TestClockChanges(t *testing.T) {
	date := func(zone, text string) string {
		return fmt.Sprintf("local t = time.parse('%s', nil, '%s') return t, time.format(t, '%%H:%%M %%z', '%s')", text, zone, zone)
	}
	add := func(text, amounts string) string {
		return fmt.Sprintf("return time.format(time.add(time.parse('%s', nil, 'Europe/Berlin'), {%s}, 'Europe/Berlin'), '%%F %%R %%z', 'Europe/Berlin')", text, amounts)
	}
	check(t, []moduletest.Case{
		{date("Europe/Berlin", "2026-03-29T01:59:59"), "2026-03-29T00:59:59Z 01:59 +0100"},
		{date("Europe/Berlin", "2026-03-29T02:00"), "2026-03-29T01:00:00Z 03:00 +0200"}, // never shown
		{date("Europe/Berlin", "2026-03-29T02:30"), "2026-03-29T01:30:00Z 03:30 +0200"},
		{date("Europe/Berlin", "2026-03-29T03:00"), "2026-03-29T01:00:00Z 03:00 +0200"},
		{date("Europe/Berlin", "2026-10-25T01:59"), "2026-10-24T23:59:00Z 01:59 +0200"},
		{date("Europe/Berlin", "2026-10-25T02:30"), "2026-10-25T00:30:00Z 02:30 +0200"}, // shown twice
		{date("Europe/Berlin", "2026-10-25T03:00"), "2026-10-25T02:00:00Z 03:00 +0100"},
		{date("America/New_York", "2026-03-08T02:30"), "2026-03-08T07:30:00Z 03:30 -0400"},
		{date("America/New_York", "2026-11-01T01:30"), "2026-11-01T05:30:00Z 01:30 -0400"},
		{date("Australia/Lord_Howe", "2026-04-05T01:45"), "2026-04-04T14:45:00Z 01:45 +1100"}, // half an hour
		{date("Pacific/Apia", "2011-12-30T12:00"), "2011-12-30T22:00:00Z 12:00 +1400"},        // a day that was left out
		{date("Pacific/Apia", "2011-12-29T23:30"), "2011-12-30T09:30:00Z 23:30 -1000"},
		{date("Pacific/Apia", "2011-12-31T00:30"), "2011-12-30T10:30:00Z 00:30 +1400"},
		{date("Europe/Berlin", "1800-01-01T00:00"), "1799-12-31T23:06:32Z 00:00 +0053"}, // before zones

		{"local f = {year=2026, month=10, day=25, hour=2, zone='Europe/Berlin', offset=7200} local t = time.date(f) f.offset = 3600 return t, time.date(f)", "2026-10-25T00:00:00Z 2026-10-25T01:00:00Z"},
		{"return time.date{year=2026, month=7, zone='Europe/Berlin', offset=3600}", "2026-06-30T22:00:00Z"}, // an offset that was not

		// Days keep the clock, hours do not.
		{add("2026-03-28T02:30", "days=1"), "2026-03-29 03:30 +0200"},
		{add("2026-03-28T12:00", "days=1"), "2026-03-29 12:00 +0200"},
		{add("2026-03-28T12:00", "hours=24"), "2026-03-29 13:00 +0200"},
		{add("2026-03-30T12:00", "days=-1, weeks=-1"), "2026-03-22 12:00 +0100"},
		{add("2026-10-24T02:30", "days=1"), "2026-10-25 02:30 +0200"},
		{add("2026-10-24T02:30", "days=1, hours=1"), "2026-10-25 02:30 +0100"},
		{add("2026-10-24T02:30", "hours=25"), "2026-10-25 02:30 +0100"},
		{add("2026-01-31T09:00", "months=6"), "2026-07-31 09:00 +0200"},
		{add("2026-01-31T00:00", "months=1"), "2026-02-28 00:00 +0100"},
		{add("2024-02-29T00:00", "years=1, days=1"), "2025-03-01 00:00 +0100"},
		{add("2026-10-25T02:30", "hours=1, minutes=0"), "2026-10-25 02:30 +0100"},
		{"local t = time.date{year=2026, month=10, day=25, hour=1, minute=30} return time.add(t, {seconds=0}, 'Europe/Berlin') == t, time.add(t, {days=0, months=0}, 'Europe/Berlin') == t", "true true"},
		// Without a zone a day has 24 hours, and half a one 12.
		{"return time.add(time.date{year=2026, month=3, day=28, hour=12}, {days=1.5})", "2026-03-30T00:00:00Z"},
		{add("2026-03-28T12:00", "days=0.5"), "error: bad argument #2 to 'add' (the field days must be a whole number)"},
		{add("2026-03-28T12:00", "weeks=0.5"), "error: bad argument #2 to 'add' (the field weeks must be a whole number)"},
		{add("2026-03-28T12:00", "days=1e9"), "error: the time would be outside of the years 0 to 9999"},
	})
}

// Every wall clock time of a year is that of an instant which shows it, or is
// followed by the next that is shown.
func TestEveryQuarterHour(t *testing.T) {
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "America/St_Johns"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		got := strings.Split(moduletest.Eval(t.Context(), t, globals(), fmt.Sprintf(`
			local out, day = {}, time.date{year=2026}
			for i = 0, 365 * 96 - 1 do
				out[#out + 1] = time.parse(time.format(day + i * 900, 'datetime-local'), nil, %q).unix
			end
			return table.concat(out, ',')`, name)), ",")
		if len(got) != 365*96 {
			t.Fatalf("%s: %d times", name, len(got))
		}
		gaps := 0
		for i, text := range got {
			wall := time.Date(2026, 1, 1, 0, 15*i, 0, 0, time.UTC)
			var unix int64
			fmt.Sscan(text, &unix)
			shown := time.Unix(unix, 0).In(zone)
			earlier := shown.Add(-2 * time.Hour)
			for ; earlier.Before(shown) && earlier.Format("01-02 15:04") != wall.Format("01-02 15:04"); earlier = earlier.Add(15 * time.Minute) {
			}
			switch same := shown.Format("01-02 15:04") == wall.Format("01-02 15:04"); {
			case same && earlier.Before(shown):
				t.Errorf("%s: %v is %v, but %v shows it earlier", name, wall, shown, earlier)
			case !same:
				gaps++
			}
		}
		if gaps != 4 && !(gaps == 2 && name == "Australia/Lord_Howe") {
			t.Errorf("%s: %d quarter hours are never shown", name, gaps)
		}
	}
}

func TestLayouts(t *testing.T) {
	check(t, []moduletest.Case{
		{"return time.format(now, 'rfc3339')", "2026-11-20T11:00:00.5Z"},
		{"return time.format(now, 'rfc2822')", "Fri, 20 Nov 2026 11:00:00 +0000"},
		{"return time.format(now, 'rfc2822', 'Europe/Berlin')", "Fri, 20 Nov 2026 12:00:00 +0100"},
		{"return time.format(now, 'http')", "Fri, 20 Nov 2026 11:00:00 GMT"},
		{"return time.format(now, 'http', 'Europe/Berlin')", "Fri, 20 Nov 2026 11:00:00 GMT"},
		{"return time.format(now, 'date'), time.format(now, 'date', 'Pacific/Kiritimati')", "2026-11-20 2026-11-21"},
		{"return time.format(now, 'datetime-local'), time.format(now, 'datetime-local', 'Europe/Berlin')", "2026-11-20T11:00 2026-11-20T12:00"},
		{"return time.format(now, '')", "2026-11-20T11:00:00.5Z"},

		{"return time.parse('Fri, 20 Nov 2026 11:00:00 GMT', 'http')", "2026-11-20T11:00:00Z"},
		{"return time.parse('Friday, 20-Nov-26 11:00:00 GMT', 'http')", "2026-11-20T11:00:00Z"},
		{"return time.parse('Fri Nov 20 11:00:00 2026', 'http')", "2026-11-20T11:00:00Z"},
		{"return time.parse('Fri, 20 Nov 2026 11:00:00 GMT', 'http', 'Europe/Berlin')", "2026-11-20T11:00:00Z"},
		{"return time.parse('Fri, 20 Nov 2026 12:00:00 +0100', 'rfc2822')", "2026-11-20T11:00:00Z"},
		{"return time.parse('20 Nov 2026 11:00 GMT', 'rfc2822'), time.parse('20 Nov 2026 11:00:00 UT', 'rfc2822'), time.parse('Fri, 20 Nov 2026 05:00 -0600', 'rfc2822')", "2026-11-20T11:00:00Z 2026-11-20T11:00:00Z 2026-11-20T11:00:00Z"},
		{"return time.parse('2026-11-20', 'date'), time.parse('2026-11-20', 'date', 'Europe/Berlin')", "2026-11-20T00:00:00Z 2026-11-19T23:00:00Z"},
		{"return time.parse('2026-11-20T12:00', 'datetime-local', 'Europe/Berlin')", "2026-11-20T11:00:00Z"},
		{"return time.parse('2026-11-20T12:00:30', 'datetime-local')", "2026-11-20T12:00:30Z"},
		{"return time.parse(time.format(now, 'http'), 'http') == now - 0.5, time.parse(time.format(now, 'rfc3339', 'Asia/Tokyo'), 'rfc3339') == now", "true true"},

		{"return time.parse('Fri, 20 Nov 2026 11:00:00 CET', 'http')", `nil "Fri, 20 Nov 2026 11:00:00 CET" is no date: 'G' is expected where it has "CET"`},
		{"return time.parse('yesterday', 'rfc2822')", `nil "yesterday" is no date: the name of a weekday is expected where it has "yesterday"`},
		{"return time.parse('2026-11-20T12:00', 'date')", `nil "2026-11-20T12:00" is no date: there is "T12:00" after the date`},
		{"return time.format(now, 'rfc822')", `error: bad argument #2 to 'format' (there is no layout "rfc822"; there are rfc3339 rfc2822 http date datetime-local, and those of os.date such as %d.%m.%Y)`},
		{"return time.parse('x', 'HTTP')", `error: bad argument #2 to 'parse' (there is no layout "HTTP"; there are rfc3339 rfc2822 http date datetime-local, and those of os.date such as %d.%m.%Y)`},
		{"return time.format(now, {})", "error: bad argument #2 to 'format' (string expected, got table)"},
	})
}
