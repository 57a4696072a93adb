package cgi

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// validators are what a client may compare with what it has (RFC 9110 §8.8).
type validators struct {
	etag     string    // "" if there is none
	modified time.Time // in whole seconds; zero if it is not known
}

// newValidators returns validators as they can be sent. The error is for an
// entity-tag that is none.
func (w *Response) newValidators(etag string, modified time.Time) (validators, error) {
	if etag != "" {
		if _, rest, ok := cutETag(etag); !ok || rest != "" {
			return validators{}, fmt.Errorf("entity-tag %.60q is not of the form \"…\" or W/\"…\" (RFC 9110 §8.8.3)", etag)
		}
	}
	v := validators{etag: etag}
	if !modified.IsZero() {
		// RFC 9110 §8.8.2.1: not later than now. HTTP has whole seconds.
		if now := w.now(); modified.After(now) {
			modified = now
		}
		v.modified = modified.UTC().Truncate(time.Second)
	}
	return v, nil
}

// fields returns the header fields that v is sent as.
func (v validators) fields() []Field {
	var list []Field
	if v.etag != "" {
		list = append(list, Field{"ETag", v.etag})
	}
	if !v.modified.IsZero() {
		list = append(list, Field{"Last-Modified", v.modified.Format(httpDate)})
	}
	return list
}

// answerNotModified makes the response a 304 with no more than is of use to the copy
// that the client has (RFC 9110 §15.4.5).
func (w *Response) answerNotModified() {
	w.status = 304
	w.body = w.body[:0]
	w.dropHeader("Content-Type")
	if w.index("ETag") >= 0 {
		w.dropHeader("Last-Modified")
	}
}

// errRefused is the error for streaming a refusal.
var errRefused = errors.New("the answer is an error page already, nothing can be sent beside it")

// A refusal is an error page that answers a request whose conditions do not hold. It is
// sent in place of the body.
type refusal struct {
	before int // Response.status without it
}

// refuse makes the response an error page, until other content or a redirect takes its
// place. Headers that tell of the content that is not sent go; what is written
// meanwhile is dropped.
func (w *Response) refuse(status int) {
	w.header = slices.DeleteFunc(w.header, isOfContent)
	w.takeBack() // one before this
	w.content = nil
	w.refused = &refusal{w.status}
	w.status = status
}

// isOfContent reports whether a header tells of a content, which an error page is not.
func isOfContent(f Field) bool {
	return named("ETag", "Last-Modified", "Content-Type", "Content-Disposition", "Content-Encoding", "Content-Language")(f)
}

// settleRefusal makes the body and the headers those of the error page, once nothing
// can change any more. Nobody may keep it, whatever has been said of the content: one
// client's If-Match or Range would decide what a shared cache gives all others.
func (w *Response) settleRefusal() {
	w.header = slices.DeleteFunc(w.header, func(f Field) bool { return isOfContent(f) || isForSharedCaches(f.Name) })
	mime, page := w.r.errorAnswer(w.status, w.r.ID(), "")
	w.header = append(w.header, Field{"Cache-Control", "no-store"}, Field{"Content-Type", mime})
	w.body, w.filter = append(w.body[:0], page...), nil
}

// takeBack undoes a refusal, for an answer that takes its place.
func (w *Response) takeBack() {
	if w.refused != nil {
		w.status, w.refused = w.refused.before, nil
	}
}

// isRead reports whether a method asks for a content.
func isRead(method string) bool { return method == "GET" || method == "HEAD" }

// Outcomes of the preconditions of a request.
const (
	proceed            = 0
	notModified        = 304
	preconditionFailed = 412
)

// precondition evaluates the conditional fields of a request in the order of RFC 9110
// §13.2.2, all but If-Range. What is to be changed must be what the client thinks it
// is; only who reads can be told that it is the same still.
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
		switch {
		case v.matches(list, weakMatch) && isRead(r.Method()):
			return notModified
		case v.matches(list, weakMatch):
			return preconditionFailed
		}
	} else if !isRead(r.Method()) {
		return proceed
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
