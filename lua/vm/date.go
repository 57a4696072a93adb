package vm

import (
	"fmt"
	"math"
	"strconv"
	"syscall"
	"time"

	glua "github.com/yuin/gopher-lua"
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
	text, err := strftime(nil, format, at)
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

// strftime appends at in the format of C89's strftime, in the C locale, and
// with the conversions of C99 that take no further letters.
func strftime(dst []byte, format string, at time.Time) ([]byte, error) {
	for i := 0; i < len(format); i++ {
		if len(dst) > maxString {
			return nil, fmt.Errorf("the date would have more than %d bytes", maxString)
		}
		if format[i] != '%' {
			dst = append(dst, format[i])
			continue
		}
		if i++; i == len(format) {
			return nil, fmt.Errorf("the date format ends with '%%'")
		}
		if layout := dateLayout(format[i]); layout != "" {
			dst = at.AppendFormat(dst, layout)
			continue
		}
		switch verb := format[i]; verb {
		case '%':
			dst = append(dst, '%')
		case 'n':
			dst = append(dst, '\n')
		case 'Z':
			zone, _ := at.Zone()
			if at.Location() == time.UTC {
				zone = "GMT" // what C calls it
			}
			dst = append(dst, zone...)
		case 't':
			dst = append(dst, '\t')
		case 'C':
			dst = appendPadded(dst, at.Year()/100, 2)
		case 'G':
			year, _ := at.ISOWeek()
			dst = appendPadded(dst, year, 4)
		case 'g':
			year, _ := at.ISOWeek()
			dst = appendPadded(dst, year%100, 2)
		case 'V':
			_, week := at.ISOWeek()
			dst = appendPadded(dst, week, 2)
		case 'j':
			dst = appendPadded(dst, at.YearDay(), 3)
		case 's':
			dst = strconv.AppendInt(dst, at.Unix(), 10)
		case 'u':
			dst = appendPadded(dst, (int(at.Weekday())+6)%7+1, 1)
		case 'w':
			dst = appendPadded(dst, int(at.Weekday()), 1)
		case 'U': // weeks that start on Sunday
			dst = appendPadded(dst, (at.YearDay()+6-int(at.Weekday()))/7, 2)
		case 'W': // on Monday
			dst = appendPadded(dst, (at.YearDay()+6-(int(at.Weekday())+6)%7)/7, 2)
		default:
			return nil, fmt.Errorf("invalid conversion '%%%c' in the date format", verb)
		}
	}
	return dst, nil
}

// dateLayout returns Go's layout for a conversion of strftime, or "".
func dateLayout(verb byte) string {
	switch verb {
	case 'a':
		return "Mon"
	case 'A':
		return "Monday"
	case 'b', 'h':
		return "Jan"
	case 'B':
		return "January"
	case 'c':
		return "Mon Jan _2 15:04:05 2006"
	case 'd':
		return "02"
	case 'D', 'x':
		return "01/02/06"
	case 'e':
		return "_2"
	case 'F':
		return "2006-01-02"
	case 'H':
		return "15"
	case 'I':
		return "03"
	case 'm':
		return "01"
	case 'M':
		return "04"
	case 'p':
		return "PM"
	case 'r':
		return "03:04:05 PM"
	case 'R':
		return "15:04"
	case 'S':
		return "05"
	case 'T', 'X':
		return "15:04:05"
	case 'y':
		return "06"
	case 'Y':
		return "2006"
	case 'z':
		return "-0700"
	}
	return ""
}

func appendPadded(dst []byte, n, digits int) []byte {
	text := strconv.Itoa(n)
	dst = appendRepeated(dst, '0', max(digits-len(text), 0))
	return append(dst, text...)
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
