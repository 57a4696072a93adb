package vm

import (
	"math"
	"strconv"
	"strings"
)

// AppendNumber appends n the way Lua 5.1 writes numbers: C's "%.14g".
func AppendNumber(dst []byte, n float64) []byte {
	if n == math.Trunc(n) && math.Abs(n) < 1e14 {
		if n == 0 && math.Signbit(n) {
			return append(dst, "-0"...)
		}
		return strconv.AppendInt(dst, int64(n), 10)
	}
	switch {
	case math.IsNaN(n):
		return append(dst, "nan"...)
	case math.IsInf(n, 1):
		return append(dst, "inf"...)
	case math.IsInf(n, -1):
		return append(dst, "-inf"...)
	}
	return strconv.AppendFloat(dst, n, 'g', 14, 64)
}

// ParseNumber returns the number that s writes, with white space around it, as
// Lua 5.1 converts strings: decimal numbers and hexadecimal integers. Numbers
// that are too large are infinite, and a NUL ends the number as it ends C's
// strings.
func ParseNumber(s string) (n float64, ok bool) {
	s, _, _ = strings.Cut(s, "\x00")
	s = trimSpace(s)
	digits := s
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	if len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		n, ok = parseDigits(digits[2:], 16)
		if s[0] == '-' {
			n = -n
		}
		return n, ok
	}
	// strconv also takes underscores, binary exponents and words.
	if strings.Trim(digits, "0123456789.eE+-") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil || math.IsInf(n, 0)
}

// parseInteger returns the number that s writes in the given base, 2 to 36,
// with white space around it, as tonumber(s, base) of Lua 5.1 does (C's
// strtoul, whose sign makes the number negative).
func parseInteger(s string, base int) (n float64, ok bool) {
	s = trimSpace(s)
	digits := s
	if digits != "" && (digits[0] == '-' || digits[0] == '+') {
		digits = digits[1:]
	}
	if base == 16 && len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x' {
		digits = digits[2:]
	}
	n, ok = parseDigits(digits, base)
	if ok && s[0] == '-' {
		n = -n
	}
	return n, ok
}

func parseDigits(s string, base int) (n float64, ok bool) {
	for i := range len(s) {
		c := s[i]
		digit := 36
		switch {
		case isDigit(c):
			digit = int(c - '0')
		case isAlpha(c):
			digit = int(c|0x20-'a') + 10
		}
		if digit >= base {
			return 0, false
		}
		n = n*float64(base) + float64(digit)
	}
	return n, s != ""
}

// trimSpace cuts off the white space of the C locale.
func trimSpace(s string) string {
	for s != "" && isSpace(s[0]) {
		s = s[1:]
	}
	for s != "" && isSpace(s[len(s)-1]) {
		s = s[:len(s)-1]
	}
	return s
}
