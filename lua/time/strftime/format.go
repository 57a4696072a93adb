// Package strftime writes and reads times in the layouts of C's strftime, in
// the C locale.
package strftime

import (
	"fmt"
	"strconv"
	"time"
)

// MaxLen is the length at which Append gives up, in bytes.
const MaxLen = 64 << 20

// Append appends t in the given layout: the conversions of C89's strftime, and
// those of C99 that take no further letters. An error names the conversion
// that does not exist.
func Append(dst []byte, layout string, t time.Time) ([]byte, error) {
	for i := 0; i < len(layout); i++ {
		if len(dst) > MaxLen {
			return nil, fmt.Errorf("the date would have more than %d bytes", MaxLen)
		}
		if layout[i] != '%' {
			dst = append(dst, layout[i])
			continue
		}
		if i++; i == len(layout) {
			return nil, errEnd
		}
		if layout := goLayout(layout[i]); layout != "" {
			dst = t.AppendFormat(dst, layout)
			continue
		}
		switch verb := layout[i]; verb {
		case '%':
			dst = append(dst, '%')
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'Z':
			zone, _ := t.Zone()
			if t.Location() == time.UTC {
				zone = "GMT" // what C calls it
			}
			dst = append(dst, zone...)
		case 'C':
			dst = appendPadded(dst, t.Year()/100, 2)
		case 'G':
			year, _ := t.ISOWeek()
			dst = appendPadded(dst, year, 4)
		case 'g':
			year, _ := t.ISOWeek()
			dst = appendPadded(dst, year%100, 2)
		case 'V':
			_, week := t.ISOWeek()
			dst = appendPadded(dst, week, 2)
		case 'j':
			dst = appendPadded(dst, t.YearDay(), 3)
		case 's':
			dst = strconv.AppendInt(dst, t.Unix(), 10)
		case 'u': // Monday is 1
			dst = appendPadded(dst, (int(t.Weekday())+6)%7+1, 1)
		case 'w': // Sunday is 0
			dst = appendPadded(dst, int(t.Weekday()), 1)
		case 'U': // weeks that start on Sunday
			dst = appendPadded(dst, (t.YearDay()+6-int(t.Weekday()))/7, 2)
		case 'W': // on Monday
			dst = appendPadded(dst, (t.YearDay()+6-(int(t.Weekday())+6)%7)/7, 2)
		default:
			return nil, unknown(verb)
		}
	}
	return dst, nil
}

// goLayout returns Go's layout for a conversion, or "".
func goLayout(verb byte) string {
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
	for range digits - len(text) {
		dst = append(dst, '0')
	}
	return append(dst, text...)
}

// A LayoutError reports a layout that cannot be used: what a program says
// wrongly, and not what its user has typed.
type LayoutError struct{ Reason string }

func (e *LayoutError) Error() string { return e.Reason }

var errEnd = &LayoutError{"the date format ends with '%'"}

func unknown(verb byte) error {
	return &LayoutError{fmt.Sprintf("invalid conversion '%%%c' in the date format", verb)}
}
