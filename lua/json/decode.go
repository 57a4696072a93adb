package json

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// A SyntaxError tells where a text is no JSON, and why.
type SyntaxError struct {
	Line, Column int // from 1; the column counts characters
	Reason       string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("json: line %d, column %d: %s", e.Line, e.Column, e.Reason)
}

// A SizeError tells that the values of a text would take too much memory.
type SizeError struct{ Limit int } // in bytes

func (e *SizeError) Error() string {
	return fmt.Sprintf("json: the values would take more than %d MB of memory", e.Limit>>20)
}

// maxMemory is how much memory the values of a text may take. It is far more than
// the text: that of [{"a":1},{"a":1}] takes 85 times as much. A page that reads
// what a client has sent must not come to its own limit by that.
const maxMemory = 128 << 20

// What values take in memory, in bytes, as measured: the tables of gopher-lua have
// their names in two maps and a list. Lists and maps have room to grow.
const (
	valueSize  = 40  // a number or string, and its place in a list
	listSize   = 112 // a list without its elements
	objectSize = 144 // an object without its members
	firstSize  = 560 // the maps as soon as there is a member, with room for eight
	memberSize = 40  // a name in them
	roomSize   = 80  // room for one more member, where the maps are doubled
)

// bigNumbers says what becomes of a number that a Lua number cannot hold: an
// integer beyond 2^53, or what is too large for a float.
type bigNumbers string

const (
	bigString bigNumbers = "string" // its digits
	bigNumber bigNumbers = "number" // the nearest number
	bigError  bigNumbers = "error"
)

// A decoder is in the middle of reading a text.
type decoder struct {
	L     *glua.LState
	text  string
	at    int // the byte to be read
	depth int // of nesting
	count int // values read
	size  int // of them in memory, about
	big   bigNumbers

	array, object *glua.LTable // metatables
	null          glua.LValue
}

func newDecoder(L *glua.LState, text string) *decoder {
	return &decoder{L: L, text: text, big: bigString, array: metatable(L, array), object: metatable(L, object), null: null(L)}
}

// whole reads the one value that the text is.
func (d *decoder) whole() (glua.LValue, error) {
	vm.Of(d.L).Spend(len(d.text))
	if strings.HasPrefix(d.text, "\ufeff") {
		// RFC 8259 section 8.1: parsers may ignore it.
		d.at = len("\ufeff")
	}
	d.space()
	v, err := d.value()
	if err != nil {
		return nil, err
	}
	if d.space(); d.at < len(d.text) {
		return nil, d.errorf("there is %.20q after the value", d.text[d.at:])
	}
	return v, nil
}

// space passes white space.
func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// next returns the byte to be read, and 0 at the end.
func (d *decoder) next() byte {
	if d.at < len(d.text) {
		return d.text[d.at]
	}
	return 0
}

func (d *decoder) value() (glua.LValue, error) {
	if d.count++; d.count%pollInterval == 0 {
		if err := vm.Of(d.L).Poll(); err != nil {
			return nil, err
		}
	}
	if err := d.take(valueSize); err != nil {
		return nil, err
	}
	switch c := d.next(); {
	case c == '"':
		s, err := d.string()
		return glua.LString(s), err
	case c == '{':
		return d.members()
	case c == '[':
		return d.elements()
	case c == '-', '0' <= c && c <= '9':
		return d.number()
	case d.word("true"):
		return glua.LTrue, nil
	case d.word("false"):
		return glua.LFalse, nil
	case d.word("null"):
		return d.null, nil
	}
	return nil, d.expected("a value")
}

// take counts memory before it is taken.
func (d *decoder) take(bytes int) error {
	if d.size += bytes; d.size > maxMemory {
		return &SizeError{maxMemory}
	}
	return nil
}

func (d *decoder) word(word string) bool {
	if !strings.HasPrefix(d.text[d.at:], word) {
		return false
	}
	d.at += len(word)
	return true
}

// open enters an array or object.
func (d *decoder) open() error {
	if d.depth == maxDepth {
		return d.errorf("more than %d levels are nested here", maxDepth)
	}
	d.depth++
	d.at++
	d.space()
	return nil
}

// more reads what stands behind an entry: a comma, or the bracket that ends the
// array or object.
func (d *decoder) more(bracket byte) (bool, error) {
	d.space()
	switch d.next() {
	case ',':
		d.at++
		d.space()
		return true, nil
	case bracket:
		d.leave()
		return false, nil
	}
	return false, d.expected("',' or '" + string(bracket) + "'")
}

func (d *decoder) leave() {
	d.at++
	d.depth--
}

func (d *decoder) elements() (glua.LValue, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	if err := d.take(listSize); err != nil {
		return nil, err
	}
	t := d.L.CreateTable(1, 0) // gopher-lua would begin with room for 32
	t.Metatable = d.array
	if d.next() == ']' {
		d.leave()
		return t, nil
	}
	for more := true; more; {
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		t.Append(v)
		if more, err = d.more(']'); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (d *decoder) members() (glua.LValue, error) {
	if err := d.open(); err != nil {
		return nil, err
	}
	if err := d.take(objectSize); err != nil {
		return nil, err
	}
	t := d.L.CreateTable(0, 1) // for the same reason
	t.Metatable = d.object
	if d.next() == '}' {
		d.leave()
		return t, nil
	}
	members, room := 0, 0
	for more := true; more; {
		if d.next() != '"' {
			return nil, d.expected("a name in double quotes")
		}
		name, err := d.string()
		if err != nil {
			return nil, err
		}
		if d.space(); d.next() != ':' {
			return nil, d.expected("':'")
		}
		d.at++
		d.space()
		v, err := d.value()
		if err != nil {
			return nil, err
		}
		if members++; members > room {
			room, err = d.grow(room)
		}
		if err == nil {
			err = d.take(memberSize)
		}
		if err != nil {
			return nil, err
		}
		t.RawSetString(name, v)
		if more, err = d.more('}'); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// grow counts the memory that the maps of an object take when they are full, and
// returns how many members they have room for then.
func (d *decoder) grow(room int) (int, error) {
	switch room {
	case 0:
		return 8, d.take(firstSize)
	case 8: // a small map is filled, a larger one to seven eighths
		room = 7
	}
	return 2 * room, d.take(room * 8 / 7 * roomSize)
}

func (d *decoder) number() (glua.LValue, error) {
	integer, end, ok := scanNumber(d.text, d.at)
	if !ok {
		d.at = end
		return nil, d.expected("a digit")
	}
	text := d.text[d.at:end]
	if integer && len(text) <= 15 {
		var n int64
		for _, c := range []byte(strings.TrimPrefix(text, "-")) {
			n = n*10 + int64(c-'0')
		}
		f := float64(n)
		if text[0] == '-' {
			f = -f // of 0, too
		}
		d.at = end
		return glua.LNumber(f), nil
	}
	const exact = 1 << 53
	f, err := strconv.ParseFloat(text, 64)
	if fits := err == nil && (!integer || exactInteger(text, f, exact)); !fits {
		switch {
		case d.big == bigString:
			d.at = end
			return glua.LString(text), nil
		case d.big == bigError:
			return nil, d.errorf("the number %.40s is larger than a number of Lua can hold exactly", text)
		case math.IsInf(f, 0):
			return nil, d.errorf("the number %.40s is larger than a number of Lua can be", text)
		}
	}
	d.at = end
	return glua.LNumber(f), nil
}

// exactInteger reports whether f, the nearest number to the integer that text
// writes, is that integer and within limit.
func exactInteger(text string, f, limit float64) bool {
	if math.Abs(f) != limit {
		return math.Abs(f) < limit
	}
	return strings.TrimPrefix(text, "-") == strconv.FormatFloat(limit, 'f', -1, 64) // the next one is rounded to it
}

// scanNumber passes the number that starts at s[i], and tells whether it is
// written as an integer. If it is none, a digit is missing at end.
func scanNumber(s string, i int) (integer bool, end int, ok bool) {
	digits := func() bool {
		start := i
		for i < len(s) && '0' <= s[i] && s[i] <= '9' {
			i++
		}
		return i > start
	}
	if i < len(s) && s[i] == '-' {
		i++
	}
	if i < len(s) && s[i] == '0' {
		i++
	} else if !digits() {
		return false, i, false
	}
	integer = true
	if i < len(s) && s[i] == '.' {
		integer = false
		if i++; !digits() {
			return false, i, false
		}
	}
	if i < len(s) && s[i]|0x20 == 'e' {
		integer = false
		if i++; i < len(s) && (s[i] == '+' || s[i] == '-') {
			i++
		}
		if !digits() {
			return false, i, false
		}
	}
	return integer, i, true
}

// expected reports that something else stands here.
func (d *decoder) expected(what string) error {
	if d.at >= len(d.text) {
		return d.errorf("it ends where %s is expected", what)
	}
	return d.errorf("%s is expected where it has %.20q", what, d.text[d.at:])
}

// errorf returns a SyntaxError for the place that is to be read.
func (d *decoder) errorf(format string, args ...any) error {
	before := strings.TrimPrefix(d.text[:d.at], "\ufeff")
	line := strings.LastIndexByte(before, '\n') + 1
	return &SyntaxError{
		Line:   strings.Count(before, "\n") + 1,
		Column: utf8.RuneCountInString(before[line:]) + 1,
		Reason: fmt.Sprintf(format, args...),
	}
}
