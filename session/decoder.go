package session

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"time"
)

// ValueKind is the kind of a value in session data.
type ValueKind uint8

const (
	Nil ValueKind = iota
	Bool
	Number
	String
	Time
	Table
)

// Token is one value, or the beginning of a table.
type Token struct {
	Kind   ValueKind
	Bool   bool
	Number float64
	String []byte    // part of the decoder's input
	Time   time.Time // in UTC
	Len    int       // of a table: so many times a key and a value follow
}

// Decoder reads back what an [Encoder] has written, value by value. It takes no
// other encoding of a value than that of the encoder, no value of other kinds, and
// nothing after the value.
type Decoder struct {
	data []byte
	pos  int
	open []openTable
	done bool // a whole value is read
}

// NewDecoder returns a decoder of data, which must not be changed while tokens
// are in use.
func NewDecoder(data []byte) *Decoder { return &Decoder{data: data} }

// Next returns the next key or value, or io.EOF after the last. Memory may be
// set aside for Len entries of a table: the data is long enough to hold them.
// After an error the decoder must not be used.
func (d *Decoder) Next() (Token, error) {
	if d.done {
		if d.pos < len(d.data) {
			return Token{}, d.errorf("there are %d bytes too many", len(d.data)-d.pos)
		}
		return Token{}, io.EOF
	}
	atKey := false
	if n := len(d.open); n > 0 && d.open[n-1].atKey() {
		atKey = true
		d.open[n-1].beginKey(d.pos)
	}
	t, err := d.item()
	if err != nil {
		return Token{}, err
	}
	if atKey {
		switch {
		case t.Kind == String, t.Kind == Bool, t.Kind == Number && canBeKey(t.Number):
		default:
			return Token{}, d.wrap(errBadKey)
		}
	}
	if t.Kind == Table && len(d.open) == MaxDepth {
		return Token{}, d.wrap(ErrTooDeep)
	}
	if t.Kind == Table && t.Len > 0 {
		d.open = append(d.open, openTable{left: 2 * t.Len})
		return t, nil
	}
	if d.open, err = endItem(d.open, d.data[:d.pos]); err != nil {
		return Token{}, d.wrap(err)
	}
	d.done = len(d.open) == 0
	return t, nil
}

// item reads an item without those in it.
func (d *Decoder) item() (Token, error) {
	if d.pos == len(d.data) {
		return Token{}, d.wrap(io.ErrUnexpectedEOF)
	}
	first := d.data[d.pos]
	if first&majorMask == majorSimple {
		return d.simple(first)
	}
	arg, err := d.head()
	if err != nil {
		return Token{}, err
	}
	rest := uint64(len(d.data) - d.pos)
	switch first & majorMask {
	case majorUnsigned, majorNegative:
		i, err := d.integer(first, arg)
		return Token{Kind: Number, Number: float64(i)}, err
	case majorBytes:
		if arg > rest {
			return Token{}, d.wrap(io.ErrUnexpectedEOF)
		}
		d.pos += int(arg)
		return Token{Kind: String, String: d.data[d.pos-int(arg) : d.pos : d.pos]}, nil
	case majorMap:
		// A key and its value have at least a byte each.
		if arg > rest/2 {
			return Token{}, d.wrap(io.ErrUnexpectedEOF)
		}
		return Token{Kind: Table, Len: int(arg)}, nil
	case majorTag:
		if arg == tagTime {
			return d.time()
		}
	}
	return Token{}, d.errorf("a kind of item that is not used (first byte %#02x)", first)
}

// simple reads a simple value or a float.
func (d *Decoder) simple(first byte) (Token, error) {
	switch first {
	case cborNull:
		d.pos++
		return Token{Kind: Nil}, nil
	case cborFalse, cborTrue:
		d.pos++
		return Token{Kind: Bool, Bool: first == cborTrue}, nil
	case cborFloat16, cborFloat32, cborFloat64:
	default:
		return Token{}, d.errorf("a kind of item that is not used (first byte %#02x)", first)
	}
	start := d.pos
	bits, err := d.argument(first)
	if err != nil {
		return Token{}, err
	}
	var f float64
	switch first {
	case cborFloat16:
		f = halfValue(uint16(bits))
	case cborFloat32:
		f = float64(math.Float32frombits(uint32(bits)))
	case cborFloat64:
		f = math.Float64frombits(bits)
	}
	var buf [9]byte
	if string(appendNumber(buf[:0], f)) != string(d.data[start:d.pos]) {
		return Token{}, d.errorf("a number is not in its shortest form")
	}
	return Token{Kind: Number, Number: f}, nil
}

// head reads the first bytes of an item that is neither a simple value nor a
// float, and returns its argument.
func (d *Decoder) head() (uint64, error) {
	start := d.pos
	first := d.data[start]
	arg, err := d.argument(first)
	if err != nil {
		return 0, err
	}
	var buf [9]byte
	if len(appendHead(buf[:0], first&majorMask, arg)) != d.pos-start {
		return 0, d.errorf("a number or length is not in its shortest form")
	}
	return arg, nil
}

// argument reads first, the first byte of an item, and the argument that
// belongs to it (RFC 8949 §3).
func (d *Decoder) argument(first byte) (uint64, error) {
	info := first &^ majorMask
	d.pos++
	if info < info1Byte {
		return uint64(info), nil
	}
	if info > info8Bytes {
		return 0, d.errorf("an item of no definite length (first byte %#02x)", first)
	}
	size := 1 << (info - info1Byte)
	if len(d.data)-d.pos < size {
		return 0, d.wrap(io.ErrUnexpectedEOF)
	}
	var wide [8]byte
	copy(wide[8-size:], d.data[d.pos:])
	d.pos += size
	return binary.BigEndian.Uint64(wide[:]), nil
}

// integer returns the integer with the given first byte and argument.
func (d *Decoder) integer(first byte, arg uint64) (int64, error) {
	i := int64(arg)
	if first&majorMask == majorNegative {
		i = -1 - i
	}
	if arg > maxInteger || i < -maxInteger {
		return 0, d.errorf("an integer is too large")
	}
	return i, nil
}

// time reads the map that follows the tag of a time.
func (d *Decoder) time() (Token, error) {
	var sec, nsec int64
	size, err := d.byte()
	if err == nil {
		err = d.field(timeKeySeconds, &sec)
	}
	if err == nil && size == majorMap|2 {
		err = d.field(timeKeyNanos, &nsec)
		if err == nil && (nsec <= 0 || nsec >= 1e9) {
			err = d.errorf("a time with %d nanoseconds", nsec)
		}
	} else if err == nil && size != majorMap|1 {
		err = d.errorf("a time of an unknown form")
	}
	if err != nil {
		return Token{}, err
	}
	return Token{Kind: Time, Time: time.Unix(sec, nsec).UTC()}, nil
}

// field reads a key of a time's map and the integer under it.
func (d *Decoder) field(key byte, value *int64) error {
	got, err := d.byte()
	if err != nil {
		return err
	}
	if got != key {
		return d.errorf("a time of an unknown form")
	}
	if d.pos == len(d.data) {
		return d.wrap(io.ErrUnexpectedEOF)
	}
	first := d.data[d.pos]
	if m := first & majorMask; m != majorUnsigned && m != majorNegative {
		return d.errorf("a time of an unknown form")
	}
	arg, err := d.head()
	if err != nil {
		return err
	}
	*value, err = d.integer(first, arg)
	return err
}

// byte reads a byte.
func (d *Decoder) byte() (byte, error) {
	if d.pos == len(d.data) {
		return 0, d.wrap(io.ErrUnexpectedEOF)
	}
	d.pos++
	return d.data[d.pos-1], nil
}

func (d *Decoder) errorf(format string, args ...any) error {
	return d.wrap(fmt.Errorf(format, args...))
}

func (d *Decoder) wrap(err error) error {
	return fmt.Errorf("session data, byte %d: %w", d.pos, err)
}
