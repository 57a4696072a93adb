package vm

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// A conversion is one item of a format: %-08.3f and the like.
type conversion struct {
	minus, plus, space, alternate, zero bool // the flags - + space # 0
	width                               int
	precision                           int // -1 if there is none
	verb                                byte
}

// parseConversion reads the conversion that starts at format[i], behind the
// percent sign, and returns where it ends. The limits are those of Lua 5.1:
// each flag once, and two digits of width and precision.
func parseConversion(format string, i int) (c conversion, end int, err error) {
	flags := i
	for ; i < len(format); i++ {
		switch format[i] {
		case '-':
			c.minus = true
		case '+':
			c.plus = true
		case ' ':
			c.space = true
		case '#':
			c.alternate = true
		case '0':
			c.zero = true
		default:
			goto width
		}
	}
width:
	if i-flags > len("-+ #0") {
		return c, i, fmt.Errorf("invalid format (repeated flags)")
	}
	number := func() (n int) {
		for digits := 0; digits < 2 && i < len(format) && isDigit(format[i]); digits++ {
			n = n*10 + int(format[i]-'0')
			i++
		}
		return n
	}
	c.width, c.precision = number(), -1
	if i < len(format) && format[i] == '.' {
		i++
		c.precision = number()
	}
	if i < len(format) && isDigit(format[i]) {
		return c, i, fmt.Errorf("invalid format (width or precision too long)")
	}
	if i == len(format) {
		return c, i, fmt.Errorf("invalid option '%%' to 'format'")
	}
	c.verb = format[i]
	return c, i + 1, nil
}

// stringFormat is string.format. Its conversions are those of C's printf.
func stringFormat(L *glua.LState) int {
	format := checkString(L, 1)
	out := make([]byte, 0, len(format)+32)
	arg := 1
	for i := 0; i < len(format); {
		if format[i] != '%' {
			next := strings.IndexByte(format[i:], '%')
			if next < 0 {
				next = len(format) - i
			}
			out = append(out, format[i:i+next]...)
			i += next
			continue
		}
		if i++; i < len(format) && format[i] == '%' {
			out = append(out, '%')
			i++
			continue
		}
		if arg++; arg > L.GetTop() {
			argError(L, arg, "no value")
		}
		c, end, err := parseConversion(format, i)
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		i = end
		switch c.verb {
		case 'c':
			out = c.pad(out, []byte{byte(checkInt(L, arg))})
		case 'd', 'i':
			out = c.appendInt(out, checkNumber(L, arg))
		case 'o', 'u', 'x', 'X':
			out = c.appendUint(out, checkNumber(L, arg))
		case 'e', 'E', 'f', 'g', 'G':
			out = c.appendFloat(out, checkNumber(L, arg))
		case 'q':
			out = appendQuoted(out, checkString(L, arg))
		case 's':
			s := checkString(L, arg)
			if c.precision >= 0 && c.precision < len(s) {
				s = s[:c.precision]
			}
			refuseLong(L, len(out)+len(s), 1)
			out = c.pad(out, []byte(s))
		default:
			L.RaiseError("invalid option '%%%s' to 'format'", string(c.verb))
		}
		refuseLong(L, len(out), 1)
	}
	L.Push(glua.LString(out))
	return 1
}

// pad appends text with blanks up to the width.
func (c conversion) pad(dst, text []byte) []byte {
	blanks := max(c.width-len(text), 0)
	if c.minus {
		dst = append(dst, text...)
		return appendRepeated(dst, ' ', blanks)
	}
	return append(appendRepeated(dst, ' ', blanks), text...)
}

func appendRepeated(dst []byte, c byte, n int) []byte {
	for range n {
		dst = append(dst, c)
	}
	return dst
}

// number appends a number: prefix is its sign or base, which zeros follow
// where they fill up the width.
func (c conversion) number(dst []byte, prefix string, digits []byte, zeros bool) []byte {
	n := 0
	if zeros && c.zero && !c.minus {
		n = max(c.width-len(prefix)-len(digits), 0)
	}
	var buf [128]byte
	text := append(buf[:0], prefix...)
	text = appendRepeated(text, '0', n)
	return c.pad(dst, append(text, digits...))
}

func (c conversion) sign(negative bool) string {
	switch {
	case negative:
		return "-"
	case c.plus:
		return "+"
	case c.space:
		return " "
	}
	return ""
}

// withPrecision puts zeros before digits up to the precision. Zero with a
// precision of 0 has no digits.
func (c conversion) withPrecision(digits []byte) []byte {
	if c.precision == 0 && len(digits) == 1 && digits[0] == '0' {
		return nil
	}
	if missing := c.precision - len(digits); missing > 0 {
		return append(bytes.Repeat([]byte{'0'}, missing), digits...)
	}
	return digits
}

func (c conversion) appendInt(dst []byte, n float64) []byte {
	i := toInt64(n)
	digits := strconv.AppendInt(nil, i, 10)
	if i < 0 {
		digits = digits[1:]
	}
	return c.number(dst, c.sign(i < 0), c.withPrecision(digits), c.precision < 0)
}

func (c conversion) appendUint(dst []byte, n float64) []byte {
	u := uint64(toInt64(n))
	if n >= math.MaxInt64 && n < math.MaxUint64 {
		u = uint64(n)
	}
	base, prefix := 10, ""
	switch c.verb {
	case 'o':
		base = 8
	case 'x', 'X':
		base = 16
		if c.alternate && u != 0 {
			prefix = "0" + string(c.verb)
		}
	}
	digits := c.withPrecision(strconv.AppendUint(nil, u, base))
	switch {
	case c.verb == 'X':
		digits = bytes.ToUpper(digits)
	case c.verb == 'o' && c.alternate && (len(digits) == 0 || digits[0] != '0'):
		digits = append([]byte{'0'}, digits...)
	}
	return c.number(dst, prefix, digits, c.precision < 0)
}

// toInt64 converts as x86 does, and so C there: what has no integer becomes
// the smallest one.
func toInt64(n float64) int64 {
	if n >= math.MinInt64 && n < math.MaxInt64 {
		return int64(n)
	}
	return math.MinInt64
}

func (c conversion) appendFloat(dst []byte, n float64) []byte {
	sign := c.sign(math.Signbit(n) && !math.IsNaN(n))
	n = math.Abs(n)
	upper := c.verb == 'E' || c.verb == 'G'
	if math.IsNaN(n) || math.IsInf(n, 0) {
		digits := []byte("inf")
		if math.IsNaN(n) {
			digits = []byte("nan")
		}
		if upper {
			digits = bytes.ToUpper(digits)
		}
		return c.number(dst, sign, digits, false)
	}
	precision := c.precision
	if precision < 0 {
		precision = 6
	}
	var buf [400]byte
	verb := c.verb | 0x20
	var digits []byte
	if verb == 'g' {
		precision = max(precision, 1)
		if c.alternate {
			digits = appendAllDigits(buf[:0], n, precision)
		} else {
			digits = strconv.AppendFloat(buf[:0], n, 'g', precision, 64)
		}
	} else {
		digits = strconv.AppendFloat(buf[:0], n, verb, precision, 64)
	}
	if c.alternate && bytes.IndexByte(digits, '.') < 0 {
		end := bytes.IndexByte(digits, 'e')
		if end < 0 {
			end = len(digits)
		}
		digits = append(digits[:end:end], append([]byte{'.'}, digits[end:]...)...)
	}
	if upper {
		digits = bytes.ToUpper(digits)
	}
	return c.number(dst, sign, digits, true)
}

// appendAllDigits appends n as %#g writes it: with its trailing zeros.
func appendAllDigits(dst []byte, n float64, precision int) []byte {
	scientific := strconv.AppendFloat(nil, n, 'e', precision-1, 64)
	exponent, err := strconv.Atoi(string(scientific[bytes.IndexByte(scientific, 'e')+1:]))
	if err == nil && -4 <= exponent && exponent < precision {
		return strconv.AppendFloat(dst, n, 'f', precision-1-exponent, 64)
	}
	return append(dst, scientific...)
}

// appendQuoted appends s as a string that Lua reads back as s.
func appendQuoted(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for i := range len(s) {
		switch s[i] {
		case '"', '\\', '\n':
			dst = append(dst, '\\', s[i])
		case '\r':
			dst = append(dst, `\r`...)
		case 0:
			dst = append(dst, `\000`...)
		default:
			dst = append(dst, s[i])
		}
	}
	return append(dst, '"')
}
