package cgi

import (
	"strings"
	"time"
)

// validators are what a client may compare with what it has (RFC 9110 §8.8).
type validators struct {
	etag     string    // "" if there is none
	modified time.Time // in whole seconds; zero if it is not known
}

// Outcomes of the preconditions of a request.
const (
	proceed            = 0
	notModified        = 304
	preconditionFailed = 412
)

// precondition evaluates the conditional fields of a GET or HEAD in the order of
// RFC 9110 §13.2.2, all but If-Range.
func (v validators) precondition(r *Request) int {
	if list := r.Header("If-Match"); list != "" { // §13.1.1
		if !v.matches(list, strongMatch) {
			return preconditionFailed
		}
	} else if t, ok := parseHTTPDate(r.Header("If-Unmodified-Since")); ok && !v.modified.IsZero() { // §13.1.4
		if v.modified.After(t) {
			return preconditionFailed
		}
	}
	if list := r.Header("If-None-Match"); list != "" { // §13.1.2
		if v.matches(list, weakMatch) {
			return notModified
		}
	} else if t, ok := parseHTTPDate(r.Header("If-Modified-Since")); ok && !v.modified.IsZero() { // §13.1.3
		if !v.modified.After(t) {
			return notModified
		}
	}
	return proceed
}

// rangesApply evaluates If-Range (RFC 9110 §13.1.5): whether what the client has
// a part of is still the same, byte for byte.
func (v validators) rangesApply(r *Request) bool {
	field := r.Header("If-Range")
	if field == "" {
		return true
	}
	if tag, rest, ok := cutETag(field); ok {
		return rest == "" && v.etag != "" && strongMatch(tag, v.etag)
	}
	t, ok := parseHTTPDate(field)
	return ok && !v.modified.IsZero() && t.Equal(v.modified)
}

// matches reports whether list, "*" or entity-tags, has one that is the etag. What
// is malformed ends the list.
func (v validators) matches(list string, same func(a, b string) bool) bool {
	if strings.Trim(list, " \t") == "*" {
		return true // there is a content
	}
	for {
		list = strings.TrimLeft(list, " \t,")
		tag, rest, ok := cutETag(list)
		if !ok {
			return false
		}
		if v.etag != "" && same(tag, v.etag) {
			return true
		}
		list = rest
	}
}

// strongMatch and weakMatch are the comparisons of RFC 9110 §8.8.3.2.
func strongMatch(a, b string) bool { return a == b && !strings.HasPrefix(a, "W/") }

func weakMatch(a, b string) bool {
	return strings.TrimPrefix(a, "W/") == strings.TrimPrefix(b, "W/")
}

// cutETag splits s behind the entity-tag it starts with (RFC 9110 §8.8.3).
func cutETag(s string) (tag, rest string, ok bool) {
	opaque := strings.TrimPrefix(s, "W/")
	if !strings.HasPrefix(opaque, `"`) {
		return "", "", false
	}
	for i := 1; i < len(opaque); i++ {
		switch c := opaque[i]; {
		case c == '"':
			end := len(s) - len(opaque) + i + 1
			return s[:end], s[end:], true
		case c <= ' ' || c == 0x7f:
			return "", "", false
		}
	}
	return "", "", false
}

// parseHTTPDate reads the three forms of RFC 9110 §5.6.7.
func parseHTTPDate(s string) (time.Time, bool) {
	for _, layout := range [...]string{httpDate, "Monday, 02-Jan-06 15:04:05 GMT", time.ANSIC} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
