package session

import (
	"bytes"
	"cmp"
	"errors"
	"math"
)

// TableKey is the key of a table's entry: a string, a number or a boolean. It is
// comparable.
type TableKey struct {
	kind   ValueKind
	number float64 // 0 or 1 for a boolean
	str    string
}

// StringKey returns a string as a key.
func StringKey(s string) TableKey { return TableKey{kind: String, str: s} }

// NumberKey returns a number as a key. NaN cannot be one; the encoder refuses it.
func NumberKey(f float64) TableKey { return TableKey{kind: Number, number: f + 0} }

// BoolKey returns a boolean as a key.
func BoolKey(b bool) TableKey {
	if b {
		return TableKey{kind: Bool, number: 1}
	}
	return TableKey{kind: Bool}
}

// Key writes the key of a table's entry.
func (e *Encoder) Key(k TableKey) {
	switch k.kind {
	case String:
		e.String(k.str)
	case Number:
		e.Number(k.number)
	default:
		e.Bool(k.number == 1)
	}
}

// CompareKeys returns -1, 0 or 1 as a stands before b, is b, or stands behind it
// in an encoded table. That is the order of the encoded bytes (RFC 8949 §4.2.1):
// 0, 1, 2 and so on, -1, -2 and so on, strings by length and those of
// one length by their bytes, false, true, and at last the numbers that are not
// integers.
func CompareKeys(a, b TableKey) int {
	if a.kind == String && b.kind == String {
		return cmp.Or(cmp.Compare(len(a.str), len(b.str)), cmp.Compare(a.str, b.str))
	}
	if c := cmp.Compare(a.class(), b.class()); c != 0 {
		return c
	}
	switch a.class() {
	case classUnsigned, classBool:
		return cmp.Compare(a.number, b.number)
	case classNegative:
		return cmp.Compare(b.number, a.number)
	}
	var bufA, bufB [9]byte
	return bytes.Compare(appendNumber(bufA[:0], a.number), appendNumber(bufB[:0], b.number))
}

// The classes of keys, in their order.
const (
	classUnsigned = iota
	classNegative
	classString
	classBool
	classFloat
)

func (k TableKey) class() int {
	switch {
	case k.kind == String:
		return classString
	case k.kind == Bool:
		return classBool
	case !isInteger(k.number):
		return classFloat
	case k.number < 0:
		return classNegative
	}
	return classUnsigned
}

var (
	errBadKey   = errors.New("a table key must be a string, a boolean, or a number other than NaN")
	errKeyOrder = errors.New("table keys are out of order, or one appears twice")
)

// openTable is a table of which not all is written or read yet.
type openTable struct {
	left    int // keys and values to come
	begin   int // where the key begins that is under way
	last    int // where the last complete key begins
	lastEnd int // 0 before the first key
}

// atKey reports whether a key comes next, or else a value.
func (t *openTable) atKey() bool { return t.left%2 == 0 }

// beginKey notes that a key begins.
func (t *openTable) beginKey(at int) { t.begin = at }

// endKey notes that a key is complete, which is the end of buf. It has to
// stand behind the last one in the order of bytes.
func (t *openTable) endKey(buf []byte) error {
	if t.lastEnd > 0 && bytes.Compare(buf[t.last:t.lastEnd], buf[t.begin:]) >= 0 {
		return errKeyOrder
	}
	t.last, t.lastEnd = t.begin, len(buf)
	return nil
}

// endItem notes that a key or value is complete, which is the end of buf, and
// takes the tables that it completes from the open ones.
func endItem(open []openTable, buf []byte) ([]openTable, error) {
	for len(open) > 0 {
		t := &open[len(open)-1]
		wasKey := t.atKey()
		t.left--
		if wasKey {
			return open, t.endKey(buf)
		}
		if t.left > 0 {
			break
		}
		open = open[:len(open)-1]
	}
	return open, nil
}

// canBeKey reports whether a number can be a key as it stands in the data.
func canBeKey(f float64) bool { return !math.IsNaN(f) && !(f == 0 && math.Signbit(f)) }
