package cgi

import (
	"errors"
	"math"
	"strconv"
	"strings"
)

// maxRanges is the most ranges that are answered as such. RFC 9110 §14.2 and
// §17.15 let a server be wary of requests for many: each costs a part header.
const maxRanges = 16

// byteRange is the part of a content that starts at a byte and has length bytes.
type byteRange struct {
	start, length int64
}

// contentRange is the value of a Content-Range (RFC 9110 §14.4).
func (r byteRange) contentRange(size int64) string {
	return "bytes " + strconv.FormatInt(r.start, 10) + "-" + strconv.FormatInt(r.start+r.length-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// errUnsatisfiable says that no byte of the content was asked for.
var errUnsatisfiable = errors.New("no range of the request is within the content")

// parseRanges returns the ranges that a Range header asks for (RFC 9110 §14.1.2)
// in a content of size bytes, in the order of the request; none where the whole is
// to be sent: where the header is empty, of another unit, malformed, or
// where its ranges are many, overlap or are together as long as the whole, which
// nobody asks for who means well (CVE-2011-3192). The error is errUnsatisfiable.
func parseRanges(header string, size int64) ([]byteRange, error) {
	unit, set, ok := strings.Cut(header, "=")
	if !ok || !strings.EqualFold(strings.Trim(unit, " \t"), "bytes") || size == 0 {
		return nil, nil
	}
	var ranges []byteRange
	beyond := false
	count := 0
	for spec := range strings.SplitSeq(set, ",") {
		spec = strings.Trim(spec, " \t")
		if spec == "" { // RFC 9110 §5.6.1.2: empty elements are ignored
			continue
		}
		if count++; count > maxRanges {
			return nil, nil
		}
		r, ok := parseRange(spec, size)
		switch {
		case !ok:
			return nil, nil
		case r.length == 0:
			beyond = true
		default:
			ranges = append(ranges, r)
		}
	}
	if len(ranges) == 0 && beyond {
		return nil, errUnsatisfiable
	}
	var total int64
	for i, r := range ranges {
		total += r.length
		if len(ranges) > 1 && total >= size {
			return nil, nil
		}
		for _, other := range ranges[:i] {
			if r.start < other.start+other.length && other.start < r.start+r.length {
				return nil, nil
			}
		}
	}
	return ranges, nil
}

// parseRange returns one range, of length 0 where it is beyond the content, and
// whether it is well formed.
func parseRange(spec string, size int64) (byteRange, bool) {
	from, to, ok := strings.Cut(spec, "-")
	if !ok {
		return byteRange{}, false
	}
	if from == "" { // the last bytes
		n, ok := parsePosition(to)
		n = min(n, size)
		return byteRange{size - n, n}, ok
	}
	first, ok := parsePosition(from)
	last := int64(math.MaxInt64)
	if ok && to != "" {
		last, ok = parsePosition(to)
	}
	switch {
	case !ok || last < first:
		return byteRange{}, false
	case first >= size:
		return byteRange{}, true
	}
	return byteRange{first, min(last, size-1) - first + 1}, true
}

// parsePosition reads 1*DIGIT. What is too large for an int64 is its largest.
func parsePosition(s string) (int64, bool) {
	if s == "" {
		return 0, false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		n = math.MaxInt64
	}
	return n, true
}
