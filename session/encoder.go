package session

import (
	"encoding/binary"
	"errors"
	"math"
	"time"
)

// Encoder writes values one after the other, without a tree of them in between.
// A table is written by Table(n), followed by n times a key and its value, the keys in
// the order of [CompareKeys]:
//
//	var e session.Encoder
//	e.Table(2)
//	e.Number(1)
//	e.String("one")
//	e.String("cart")
//	e.Table(0)
//	data, err := e.Bytes()
//
// The zero value is ready for use. The first error is kept, the calls after it
// do nothing, and Bytes returns it.
type Encoder struct {
	buf  []byte
	base int // where the value begins in buf
	open []openTable
	done bool // a whole value is written
	err  error
}

// ErrTooDeep is returned for more than MaxDepth tables inside one another.
var ErrTooDeep = errors.New("tables are nested more than 200 deep")

// Reset makes the encoder ready for another value, which is appended to buf.
func (e *Encoder) Reset(buf []byte) {
	*e = Encoder{buf: buf, base: len(buf), open: e.open[:0]}
}

// Nil writes nil.
func (e *Encoder) Nil() {
	if e.begin(false) {
		e.buf = append(e.buf, cborNull)
		e.end()
	}
}

// Bool writes a boolean.
func (e *Encoder) Bool(b bool) {
	if e.begin(true) {
		first := byte(cborFalse)
		if b {
			first = cborTrue
		}
		e.buf = append(e.buf, first)
		e.end()
	}
}

// Number writes a number. As a key, -0 is 0, as it is in Lua.
func (e *Encoder) Number(f float64) {
	if e.begin(!math.IsNaN(f)) {
		if e.atKey() {
			f += 0
		}
		e.buf = appendNumber(e.buf, f)
		e.end()
	}
}

// String writes a string of any bytes.
func (e *Encoder) String(s string) {
	if e.begin(true) {
		e.buf = appendHead(e.buf, majorBytes, uint64(len(s)))
		e.buf = append(e.buf, s...)
		e.end()
	}
}

// Time writes the instant t, to the nanosecond. Its location is not kept.
func (e *Encoder) Time(t time.Time) {
	if !e.begin(false) {
		return
	}
	if !isTime(t) {
		e.err = errors.New("a time is too far away to be kept")
		return
	}
	sec, nsec := t.Unix(), t.Nanosecond()
	e.buf = appendHead(e.buf, majorTag, tagTime)
	if nsec == 0 {
		e.buf = append(e.buf, majorMap|1, timeKeySeconds)
		e.buf = appendInteger(e.buf, sec)
	} else {
		e.buf = append(e.buf, majorMap|2, timeKeySeconds)
		e.buf = appendInteger(e.buf, sec)
		e.buf = append(e.buf, timeKeyNanos)
		e.buf = appendInteger(e.buf, int64(nsec))
	}
	e.end()
}

// Table begins a table of n entries. The next 2n values are its keys and values.
func (e *Encoder) Table(n int) {
	if !e.begin(false) {
		return
	}
	switch {
	case n < 0:
		e.err = errors.New("a table has a negative number of entries")
		return
	case len(e.open) == MaxDepth:
		e.err = ErrTooDeep
		return
	}
	e.buf = appendHead(e.buf, majorMap, uint64(n))
	if n == 0 {
		e.end()
		return
	}
	e.open = append(e.open, openTable{left: 2 * n})
}

// Len returns the number of bytes written so far.
func (e *Encoder) Len() int { return len(e.buf) - e.base }

// Err returns the first error so far.
func (e *Encoder) Err() error { return e.err }

// Bytes returns the encoding of the one value that has been written. It is an
// error if a table was begun and not completed, if its keys are not in order or
// appear twice, or if a key is neither a string, a boolean nor a number other
// than NaN.
func (e *Encoder) Bytes() ([]byte, error) {
	switch {
	case e.err != nil:
		return nil, e.err
	case !e.done:
		return nil, errors.New("the value is incomplete")
	}
	return e.buf, nil
}

// atKey reports whether a key comes next.
func (e *Encoder) atKey() bool {
	return len(e.open) > 0 && e.open[len(e.open)-1].atKey()
}

// begin reports whether a value may be written now; canBeKey says that it may be
// a key.
func (e *Encoder) begin(canBeKey bool) bool {
	switch {
	case e.err != nil:
		return false
	case e.done:
		e.err = errors.New("there is a value after the end")
		return false
	case !e.atKey():
		return true
	case !canBeKey:
		e.err = errBadKey
		return false
	}
	e.open[len(e.open)-1].beginKey(len(e.buf))
	return true
}

// end notes that a key or value is complete.
func (e *Encoder) end() {
	e.open, e.err = endItem(e.open, e.buf)
	e.done = len(e.open) == 0 && e.err == nil
}

// appendHead appends the first bytes of an item: its major type and its argument
// in the fewest bytes (RFC 8949 §4.2.1).
func appendHead(b []byte, major byte, arg uint64) []byte {
	switch {
	case arg < info1Byte:
		return append(b, major|byte(arg))
	case arg <= math.MaxUint8:
		return append(b, major|info1Byte, byte(arg))
	case arg <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(b, major|info2Bytes), uint16(arg))
	case arg <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(b, major|info4Bytes), uint32(arg))
	}
	return binary.BigEndian.AppendUint64(append(b, major|info8Bytes), arg)
}

func appendInteger(b []byte, i int64) []byte {
	if i < 0 {
		return appendHead(b, majorNegative, uint64(-1-i))
	}
	return appendHead(b, majorUnsigned, uint64(i))
}

func appendNumber(b []byte, f float64) []byte {
	if isInteger(f) {
		return appendInteger(b, int64(f))
	}
	if math.IsNaN(f) {
		return append(b, cborFloat16, 0x7e, 0x00)
	}
	if half, ok := halfBits(f); ok {
		return binary.BigEndian.AppendUint16(append(b, cborFloat16), half)
	}
	if float64(float32(f)) == f {
		return binary.BigEndian.AppendUint32(append(b, cborFloat32), math.Float32bits(float32(f)))
	}
	return binary.BigEndian.AppendUint64(append(b, cborFloat64), math.Float64bits(f))
}
