package strftime

import (
	"fmt"
	"strings"
	"time"
)

// Parse returns the time that text writes in the given layout, in UTC. White
// space in the layout stands for any amount of it in the text, names are found
// in any case, numbers may lack their leading zeros, and what the layout does
// not ask for is the beginning: the year 1970, month and day 1, midnight, UTC.
//
// An error is a *LayoutError if the layout is at fault, else a *ParseError.
func Parse(layout, text string) (time.Time, error) {
	return ParseIn(layout, text, func(wall time.Time) time.Time { return wall })
}

// ParseIn is Parse for a text that means the time of a place, unless it writes an
// offset or the seconds since 1970. At returns the instant at which the clocks there
// show what wall shows in UTC.
func ParseIn(layout, text string, at func(wall time.Time) time.Time) (time.Time, error) {
	p := parser{text: text, rest: text, fields: fields{year: 1970, month: 1, day: 1}}
	if err := p.layout(layout); err != nil {
		return time.Time{}, err
	}
	if p.rest != "" {
		return time.Time{}, p.errorf("there is %q after the date", shorten(p.rest))
	}
	return p.time(at)
}

// A ParseError reports a text that is no date of the layout it was read with.
type ParseError struct {
	Text   string // shortened
	Reason string
}

func (e *ParseError) Error() string { return fmt.Sprintf("%q is no date: %s", e.Text, e.Reason) }

// shorten keeps what somebody has sent from filling a message.
func shorten(text string) string {
	if len(text) > 40 {
		return strings.ToValidUTF8(text[:40], "") + "…"
	}
	return text
}

type fields struct {
	year, month, day     int
	hour, minute, second int
	yearDay              int   // 0 if not given
	unix                 int64 // if isUnix
	isUnix               bool
	offset               int // seconds east of UTC, if isOffset
	isOffset             bool
	half                 bool // the hour is one of twelve
	pm                   bool
}

// A parser reads a text from its beginning.
type parser struct {
	fields
	text, rest string
}

func (p *parser) errorf(format string, args ...any) error {
	return &ParseError{Text: shorten(p.text), Reason: fmt.Sprintf(format, args...)}
}

func (p *parser) layout(layout string) error {
	for i := 0; i < len(layout); i++ {
		c := layout[i]
		switch {
		case isSpace(c):
			p.space()
		case c != '%':
			if err := p.literal(c); err != nil {
				return err
			}
		case i+1 == len(layout):
			return errEnd
		default:
			i++
			if err := p.conversion(layout[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

func (p *parser) space() {
	for p.rest != "" && isSpace(p.rest[0]) {
		p.rest = p.rest[1:]
	}
}

func (p *parser) literal(c byte) error {
	if p.rest == "" || p.rest[0] != c {
		return p.expected(fmt.Sprintf("%q", c))
	}
	p.rest = p.rest[1:]
	return nil
}

// expected says what should stand where the parser is.
func (p *parser) expected(what string) error {
	if p.rest == "" {
		return p.errorf("it ends where %s is expected", what)
	}
	return p.errorf("%s is expected where it has %q", what, shorten(p.rest))
}

func (p *parser) conversion(verb byte) error {
	switch verb {
	case 'Y':
		return p.number(&p.year, "a year of four digits", 4, 4, 0, 9999)
	case 'y':
		if err := p.number(&p.year, "a year of two digits", 2, 2, 0, 99); err != nil {
			return err
		}
		p.year += 1900
		if p.year < 1969 { // POSIX: 69 to 99 are of the last century
			p.year += 100
		}
		return nil
	case 'm':
		return p.number(&p.month, "a month", 1, 2, 1, 12)
	case 'd', 'e':
		p.space()
		return p.number(&p.day, "a day", 1, 2, 1, 31)
	case 'j':
		return p.number(&p.yearDay, "a day of the year", 1, 3, 1, 366)
	case 'H':
		p.half = false
		return p.number(&p.hour, "an hour", 1, 2, 0, 23)
	case 'I':
		p.half = true
		return p.number(&p.hour, "an hour from 1 to 12", 1, 2, 1, 12)
	case 'M':
		return p.number(&p.minute, "a minute", 1, 2, 0, 59)
	case 'S':
		return p.number(&p.second, "a second", 1, 2, 0, 59)
	case 'p':
		n, err := p.name("AM or PM", 2, func(i int) string { return [...]string{"AM", "PM"}[i] })
		p.pm = n == 1
		return err
	case 'b', 'B', 'h':
		n, err := p.name("the name of a month", 12, func(i int) string { return time.Month(i + 1).String() })
		p.month = n + 1
		return err
	case 'a', 'A':
		_, err := p.name("the name of a weekday", 7, func(i int) string { return time.Weekday(i).String() })
		return err
	case 's':
		return p.unixSeconds()
	case 'z':
		return p.zone()
	case 'n', 't':
		p.space()
		return nil
	case '%':
		return p.literal('%')
	}
	if whole := composite(verb); whole != "" {
		return p.layout(whole)
	}
	if _, err := Append(nil, "%"+string(verb), time.Unix(0, 0)); err != nil {
		return err
	}
	return &LayoutError{fmt.Sprintf("the conversion '%%%c' can be written but not read", verb)}
}

// composite returns the layout that a conversion is short for, or "".
func composite(verb byte) string {
	switch verb {
	case 'c':
		return "%a %b %e %H:%M:%S %Y"
	case 'D', 'x':
		return "%m/%d/%y"
	case 'F':
		return "%Y-%m-%d"
	case 'R':
		return "%H:%M"
	case 'r':
		return "%I:%M:%S %p"
	case 'T', 'X':
		return "%H:%M:%S"
	}
	return ""
}

// number reads so many digits and stores their value.
func (p *parser) number(to *int, what string, fewest, most, low, high int) error {
	n, digits := 0, 0
	for digits < most && digits < len(p.rest) && isDigit(p.rest[digits]) {
		n = n*10 + int(p.rest[digits]-'0')
		digits++
	}
	if digits < fewest || n < low || n > high {
		return p.expected(what)
	}
	*to, p.rest = n, p.rest[digits:]
	return nil
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// name reads one of n names, or its first three letters, in any case.
func (p *parser) name(what string, n int, name func(i int) string) (int, error) {
	for _, long := range []bool{true, false} {
		for i := range n {
			s := name(i)
			if !long && len(s) > 3 {
				s = s[:3]
			}
			if len(p.rest) >= len(s) && strings.EqualFold(p.rest[:len(s)], s) {
				p.rest = p.rest[len(s):]
				return i, nil
			}
		}
	}
	return 0, p.expected(what)
}

func (p *parser) unixSeconds() error {
	const most = 12 // digits; the year 9999 has as many
	sign := int64(1)
	if strings.HasPrefix(p.rest, "-") {
		sign, p.rest = -1, p.rest[1:]
	}
	n, digits := int64(0), 0
	for digits < most && digits < len(p.rest) && isDigit(p.rest[digits]) {
		n = n*10 + int64(p.rest[digits]-'0')
		digits++
	}
	if digits == 0 {
		return p.expected("a number of seconds")
	}
	p.unix, p.isUnix, p.rest = sign*n, true, p.rest[digits:]
	return nil
}

// zone reads Z, +02:00, +0200 or +02.
func (p *parser) zone() error {
	const what = "an offset from UTC such as +02:00"
	if p.rest == "" {
		return p.expected(what)
	}
	sign := 1
	p.isOffset = true
	switch p.rest[0] {
	case 'Z', 'z':
		p.offset, p.rest = 0, p.rest[1:]
		return nil
	case '-':
		sign = -1
	case '+':
	default:
		return p.expected(what)
	}
	p.rest = p.rest[1:]
	var hours, minutes int
	if err := p.number(&hours, what, 2, 2, 0, 23); err != nil {
		return err
	}
	if rest, ok := strings.CutPrefix(p.rest, ":"); ok || p.rest != "" && isDigit(p.rest[0]) {
		p.rest = rest
		if err := p.number(&minutes, what, 2, 2, 0, 59); err != nil {
			return err
		}
	}
	p.offset = sign * (hours*3600 + minutes*60)
	return nil
}

// time puts together what was read.
func (p *parser) time(at func(wall time.Time) time.Time) (time.Time, error) {
	if p.isUnix {
		return time.Unix(p.unix, 0).UTC(), nil
	}
	if p.half {
		p.hour %= 12
		if p.pm {
			p.hour += 12
		}
	}
	if p.yearDay > 0 {
		t := time.Date(p.year, 1, p.yearDay, 0, 0, 0, 0, time.UTC)
		if t.Year() != p.year {
			return t, p.errorf("%d has no day %d", p.year, p.yearDay)
		}
		p.month, p.day = int(t.Month()), t.Day()
	}
	t := time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, 0, time.UTC)
	if t.Day() != p.day {
		return t, p.errorf("%s %d has no day %d", time.Month(p.month), p.year, p.day)
	}
	if !p.isOffset {
		return at(t), nil
	}
	return t.Add(-time.Duration(p.offset) * time.Second), nil
}
