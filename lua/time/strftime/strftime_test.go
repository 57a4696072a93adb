package strftime_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lcgi/lua/time/strftime"
)

var at = time.Date(2001, 9, 9, 1, 46, 40, 0, time.UTC)

func TestAppend(t *testing.T) {
	for _, c := range []struct{ layout, want string }{
		{"%Y-%m-%d %H:%M:%S", "2001-09-09 01:46:40"},
		{"%a %A %b %B %h|%c|%D|%e|%F|%I %p|%j|%n%t|%r|%R|%T|%x|%X|%y", "Sun Sunday Sep September Sep|Sun Sep  9 01:46:40 2001|09/09/01| 9|2001-09-09|01 AM|252|\n\t|01:46:40 AM|01:46|01:46:40|09/09/01|01:46:40|01"},
		{"%C %G %g %V %s %u %w %U %W %Z %z %%", "20 2001 01 36 1000000000 7 0 36 36 GMT +0000 %"},
		{"ä%Y", "ä2001"},
		{"", ""},
		{"%", "error: the date format ends with '%'"},
		{"%E", "error: invalid conversion '%E' in the date format"},
	} {
		b, err := strftime.Append(nil, c.layout, at)
		got := string(b)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != c.want {
			t.Errorf("%q:\ngot  %q\nwant %q", c.layout, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ layout, text, want string }{
		{"%Y-%m-%d %H:%M:%S", "2001-09-09 01:46:40", "2001-09-09T01:46:40Z"},
		{"%d.%m.%Y", "9.9.2001", "2001-09-09T00:00:00Z"},
		{"%c", "Sun Sep  9 01:46:40 2001", "2001-09-09T01:46:40Z"},
		{"%A, %d %B %Y", "sunday, 09 SEPTEMBER 2001", "2001-09-09T00:00:00Z"},
		{"%d %B %Y", "1 may 2001", "2001-05-01T00:00:00Z"},
		{"%d %b %Y", "1 september 2001", "2001-09-01T00:00:00Z"},
		{"%I:%M %p", "12:05 AM", "1970-01-01T00:05:00Z"},
		{"%I:%M %p", "12:05 pm", "1970-01-01T12:05:00Z"},
		{"%r", "01:46:40 PM", "1970-01-01T13:46:40Z"},
		{"%D %R", "09/09/01 01:46", "2001-09-09T01:46:00Z"},
		{"%y", "69", "1969-01-01T00:00:00Z"},
		{"%y", "68", "2068-01-01T00:00:00Z"},
		{"%Y %j", "2024 366", "2024-12-31T00:00:00Z"},
		{"%s", "-1", "1969-12-31T23:59:59Z"},
		{"%F %T%z", "2001-09-09 03:46:40+02:00", "2001-09-09T01:46:40Z"},
		{"%F %T %z", "2001-09-08 20:46:40 -0500", "2001-09-09T01:46:40Z"},
		{"%F %T %z", "2001-09-09 01:46:40 Z", "2001-09-09T01:46:40Z"},
		{"%F%n%T", "2001-09-09 \t 01:46:40", "2001-09-09T01:46:40Z"},
		{"100%% %Y", "100% 2001", "2001-01-01T00:00:00Z"},

		{"%F", "2001-09-31", "September 2001 has no day 31"},
		{"%Y %j", "2023 366", "2023 has no day 366"},
		{"%F", "2001-09-09 01:46", `there is " 01:46" after the date`},
		{"%F %T", "2001-09-09", "it ends where an hour is expected"},
		{"%F", "2001/09/09", `'-' is expected where it has "/09/09"`},
		{"%H:%M", "24:00", `an hour is expected where it has "24:00"`},
		{"%I %p", "13 PM", "an hour from 1 to 12"},
		{"%I %p", "1 XM", `AM or PM is expected where it has "XM"`},
		{"%B", "Brumaire", "the name of a month is expected"},
		{"%z", "CET", "an offset from UTC such as +02:00 is expected"},
		{"%z", "+2", "an offset from UTC"},
		{"%z", "+02:7", "an offset from UTC"},
		{"%s", "x", "a number of seconds is expected"},
		{"%Y", strings.Repeat("x", 1000), "…"},
		{"%Y", "２００１", "a year of four digits"},
		{"%Y", "+201", "a year of four digits"},
		{"%Q", "x", "invalid conversion '%Q'"},
		{"%", "x", "ends with '%'"},
		{"%U", "1", "the conversion '%U' can be written but not read"},
	} {
		got, err := strftime.Parse(c.layout, c.text)
		if err == nil {
			if got := got.Format(time.RFC3339Nano); got != c.want {
				t.Errorf("%q in %q: got %s, want %s", c.text, c.layout, got, c.want)
			}
			continue
		}
		if !strings.Contains(err.Error(), c.want) || len(err.Error()) > 300 {
			t.Errorf("%q in %q: error %q lacks %q", c.text, c.layout, err, c.want)
		}
		var layout *strftime.LayoutError
		if strings.Contains(c.want, "'%") != errors.As(err, &layout) {
			t.Errorf("%q in %q: error %T", c.text, c.layout, err)
		}
	}
}

// What Append writes with a layout that says everything, Parse reads.
func TestRoundTrip(t *testing.T) {
	for _, layout := range []string{"%F %T", "%c", "%s", "%Y %j %r", "%d %B %Y %X %z", "%A%n%e.%m.%Y %I:%M:%S %p"} {
		for day := range 800 {
			want := at.Add(time.Duration(day) * 37 * time.Hour)
			text, err := strftime.Append(nil, layout, want)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := strftime.Parse(layout, string(text)); err != nil || !got.Equal(want) {
				t.Fatalf("%q: %q is read as %v, %v", layout, text, got, err)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("%F %T%z", "2001-09-09 01:46:40+02:00")
	f.Add("%a %b %e %I%p", "Sun Sep 9 1PM")
	f.Fuzz(func(t *testing.T, layout, text string) {
		got, err := strftime.Parse(layout, text)
		var wrongLayout *strftime.LayoutError
		var wrongText *strftime.ParseError
		if err != nil && !errors.As(err, &wrongLayout) && !errors.As(err, &wrongText) {
			t.Errorf("error %T", err)
		}
		if err == nil && (got.Year() < -30000 || got.Year() > 33658) {
			t.Error(fmt.Sprint(got))
		}
	})
}
