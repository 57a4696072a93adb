package vm

import (
	"math"
	"strconv"
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
