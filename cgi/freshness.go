package cgi

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Caching says how long, and by whom, an answer may be kept (RFC 9111), and what a
// copy of it is known by (RFC 9110 §8.8).
//
// Where neither Public nor SharedMaxAge is set, only the visitor's own browser may
// keep it, and where there is no lifetime, it asks before each use of its copy.
type Caching struct {
	// MaxAge and SharedMaxAge are for how many seconds a copy is fresh, the latter
	// in caches that many visitors share; nil says nothing of it.
	MaxAge, SharedMaxAge *int
	// Public and Private say whether a shared cache may keep a copy.
	Public, Private bool
	// NoStore is that nobody may keep a copy; NoCache that one must be asked for
	// before each use; MustRevalidate that it must be once it is no longer fresh.
	NoStore, NoCache, MustRevalidate bool
	// Immutable is that the answer does not change while it is fresh (RFC 8246).
	Immutable bool
	// StaleWhileRevalidate is for how many seconds a copy that is no longer fresh
	// may be used while a new one is fetched (RFC 5861 §3).
	StaleWhileRevalidate *int

	// Vary names the request headers that the answer depends on, or "*". They are
	// added to those that are set.
	Vary []string
	// ETag is the entity-tag; quotes are put around it if it has none.
	ETag string
	// ModTime is when the content was last changed; the zero time is not known.
	ModTime time.Time
}

// SetCaching sends c, in place of the Cache-Control that was set before.
//
// With an ETag or a ModTime the answer is conditional (RFC 9110 §13). Answered then
// says that it is complete: the client's copy is good still (304), or what the client
// wants to change is not what it thinks it is (412, with an error page). Whether that
// is so is only asked where the status is a success. Validators are sent to those who
// read; of what a POST or PUT answers they would say something else (§8.8). They take
// the place of those of a [Content].
func (w *Response) SetCaching(c Caching) (answered bool, err error) {
	if err := w.uncommitted(); err != nil {
		return false, err
	}
	control, err := c.control()
	if err != nil {
		return false, err
	}
	vary, err := w.vary(c.Vary)
	if err != nil {
		return false, err
	}
	v, err := w.newValidators(QuoteETag(c.ETag), c.ModTime)
	if err != nil {
		return false, err
	}
	outcome := proceed
	s := w.Status()
	validates := v != (validators{}) && 200 <= s && s <= 299
	if validates {
		outcome = v.precondition(w.r)
	}
	if outcome == preconditionFailed {
		w.refuse(412)
		return true, nil
	}
	names, fields := []string{"Cache-Control"}, []Field{{"Cache-Control", control}}
	if vary != "" {
		names, fields = append(names, "Vary"), append(fields, Field{"Vary", vary})
	}
	if validates && isRead(w.r.Method()) {
		names, fields = append(names, "ETag", "Last-Modified"), append(fields, v.fields()...)
	}
	if err := w.change(named(names...), fields...); err != nil {
		return false, err
	}
	if w.content != nil && validates {
		// What is sent is what conditions are decided by, and no web server knows it.
		w.content.validators, w.content.HandOver = v, Field{}
	}
	if outcome == notModified {
		w.content = nil
		w.answerNotModified()
		return true, nil
	}
	return false, nil
}

// QuoteETag returns an entity-tag with the quotes that it lacks; "" stays.
func QuoteETag(tag string) string {
	if tag == "" || strings.HasPrefix(tag, `"`) || strings.HasPrefix(tag, `W/"`) {
		return tag
	}
	return `"` + tag + `"`
}

// control returns the value of Cache-Control, or which of c contradict each other.
func (c Caching) control() (string, error) {
	fresh := c.MaxAge != nil || c.SharedMaxAge != nil
	for _, age := range []*int{c.MaxAge, c.SharedMaxAge, c.StaleWhileRevalidate} {
		if age != nil && *age < 0 {
			return "", fmt.Errorf("%d seconds are less than none", *age)
		}
	}
	for _, clash := range []struct {
		is  bool
		why string
	}{
		{c.Public && c.Private, "public and private exclude each other"},
		{c.Private && c.SharedMaxAge != nil, "sharedMaxAge is for shared caches, which private keeps out"},
		{c.NoStore && (fresh || c.Public || c.Immutable || c.StaleWhileRevalidate != nil), "noStore allows no copy that could be public, fresh, stale or immutable"},
		{c.NoCache && (c.MaxAge != nil && *c.MaxAge > 0 || c.SharedMaxAge != nil && *c.SharedMaxAge > 0), "noCache allows no use without asking, and so no maxAge"},
		{c.NoCache && (c.Immutable || c.StaleWhileRevalidate != nil), "noCache allows no use without asking, and so neither immutable nor staleWhileRevalidate"},
		{c.MustRevalidate && c.StaleWhileRevalidate != nil, "mustRevalidate forbids the use of stale copies, which staleWhileRevalidate allows"},
		{c.Immutable && c.MaxAge == nil, "immutable needs a maxAge: it is for that time"},
	} {
		if clash.is {
			return "", errors.New("caching: " + clash.why)
		}
	}
	var list []string
	add := func(is bool, directive string) {
		if is {
			list = append(list, directive)
		}
	}
	age := func(name string, seconds *int) {
		if seconds != nil {
			list = append(list, name+"="+strconv.Itoa(*seconds))
		}
	}
	add(c.NoStore, "no-store")
	add(c.Public, "public")
	add(c.Private || !c.NoStore && !c.Public && c.SharedMaxAge == nil, "private")
	add(c.NoCache || !c.NoStore && !fresh, "no-cache")
	age("max-age", c.MaxAge)
	age("s-maxage", c.SharedMaxAge)
	add(c.MustRevalidate, "must-revalidate")
	add(c.Immutable, "immutable")
	age("stale-while-revalidate", c.StaleWhileRevalidate)
	return strings.Join(list, ", "), nil
}

// MaxVary is the most names in [Caching.Vary]. A cache keeps one copy for every
// combination of what they stand for.
const MaxVary = 64

// vary returns the value of Vary with names added, "" without any.
func (w *Response) vary(names []string) (string, error) {
	if len(names) > MaxVary {
		return "", fmt.Errorf("vary: there are more than %d names of request headers; send Vary: * where the answer depends on more", MaxVary)
	}
	var list []string
	have := make(map[string]bool)
	for _, f := range w.header {
		if strings.EqualFold(f.Name, "Vary") {
			for name := range strings.SplitSeq(f.Value, ",") {
				name = strings.Trim(name, " \t")
				list = append(list, name)
				have[strings.ToLower(name)] = true
			}
		}
	}
	for _, name := range names {
		if !isToken(name) { // "*" is one
			return "", fmt.Errorf("vary: %.60q is not the name of a request header", name)
		}
		if lower := strings.ToLower(name); !have[lower] {
			list = append(list, name)
			have[lower] = true
		}
	}
	return strings.Join(list, ", "), nil
}
