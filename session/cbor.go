package session

import (
	"math"
	"time"
)

// Session data is CBOR (RFC 8949) in its core deterministic encoding (§4.2.1),
// of these items only:
//
//	nil      null
//	boolean  false, true
//	number   an integer if it is integral and at most 2^53 in size, but for -0;
//	         else the shortest of the half, single and double precision
//	         floats that hold it (§4.2.2, second rule); every NaN is 0xf97e00
//	string   a byte string, as Lua's strings are bytes
//	table    a map, its keys strings, booleans and numbers other than NaN and -0
//	time     tag 1001 (RFC 9581 §3) of a map that holds the seconds since 1970
//	         under 1, and the nanoseconds, unless they are 0, under -9
//
// There is one encoding for each value, and the decoder takes no other, so
// that two encodings are equal if and only if the values are.

// MaxDepth is the number of tables that may stand inside one another.
const MaxDepth = 200

// EmptyTable is the encoding of a table without entries.
const EmptyTable = "\xa0"

// Major types (RFC 8949 §3.1), in the upper three bits of an item's first byte.
const (
	majorUnsigned = 0 << 5
	majorNegative = 1 << 5
	majorBytes    = 2 << 5
	majorMap      = 5 << 5
	majorTag      = 6 << 5
	majorSimple   = 7 << 5

	majorMask = 7 << 5
)

// Additional information (RFC 8949 §3), in the lower five bits.
const (
	info1Byte = 24 + iota
	info2Bytes
	info4Bytes
	info8Bytes
)

// First bytes of simple values and floats (RFC 8949 §3.3).
const (
	cborFalse   = majorSimple | 20
	cborTrue    = majorSimple | 21
	cborNull    = majorSimple | 22
	cborFloat16 = majorSimple | info2Bytes
	cborFloat32 = majorSimple | info4Bytes
	cborFloat64 = majorSimple | info8Bytes
)

// Extended time (RFC 9581 §3).
const (
	tagTime        = 1001
	timeKeySeconds = majorUnsigned | 1
	timeKeyNanos   = majorNegative | 8 // -9
)

// maxInteger is the size up to which floats hold every integer.
const maxInteger = 1 << 53

// isInteger reports whether f is encoded as an integer.
func isInteger(f float64) bool {
	return f == math.Trunc(f) && math.Abs(f) <= maxInteger && !(f == 0 && math.Signbit(f))
}

// isTime reports whether t can be encoded: 285 million years to either side of 1970.
func isTime(t time.Time) bool { return t.Unix() >= -maxInteger && t.Unix() <= maxInteger }

// halfBits returns f in half precision, if it fits exactly. NaN does not.
func halfBits(f float64) (bits uint16, ok bool) {
	b := math.Float64bits(f)
	sign := uint16(b >> 48 & 0x8000)
	exp := int(b>>52&0x7ff) - 1023
	frac := b & (1<<52 - 1)
	switch {
	case f == 0:
		return sign, true
	case exp == 1024: // infinite or NaN
		return sign | 0x7c00, frac == 0
	case exp > 15 || exp < -24:
		return 0, false
	case exp >= -14: // normal: 10 bits of fraction
		return sign | uint16(exp+15)<<10 | uint16(frac>>42), frac&(1<<42-1) == 0
	}
	// Subnormal: a multiple of 2^-24.
	shift := uint(52 - (exp + 24))
	whole := frac | 1<<52
	return sign | uint16(whole>>shift), whole&(1<<shift-1) == 0
}

// halfValue is the inverse of halfBits.
func halfValue(bits uint16) float64 {
	exp, frac := int(bits>>10&0x1f), float64(bits&0x3ff)
	var f float64
	switch exp {
	case 0:
		f = math.Ldexp(frac, -24)
	case 31:
		f = math.Inf(1)
		if frac != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+frac, exp-25)
	}
	if bits&0x8000 != 0 {
		f = -f
	}
	return f
}
