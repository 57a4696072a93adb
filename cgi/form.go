package cgi

import (
	"fmt"
	"strings"
)

// form is a parsed list of fields, or why it could not be parsed.
type form struct {
	parsed bool
	fields []Field
	err    error
}

// Get returns the fields of the query string in their order. The error is a
// [*StatusError] with 400 when there are more than [Limits.Fields].
func (r *Request) Get() ([]Field, error) {
	if !r.get.parsed {
		r.get.parsed = true
		r.get.fields, r.get.err = parseForm(r.Query(), r.lim.Fields, "query string")
	}
	return r.get.fields, r.get.err
}

// Post returns the fields of the body of a POST, PUT or PATCH that is
// application/x-www-form-urlencoded or multipart/form-data in their order, and
// none for any other request. Those that hold files are left to [Request.Files].
// The error is that of [Request.Body], of [Request.Files], or a [*StatusError]
// with 400 when there are more fields than [Limits.Fields].
func (r *Request) Post() ([]Field, error) {
	if !r.post.parsed {
		r.post.parsed = true
		r.post.fields, r.post.err = r.parsePost()
	}
	return r.post.fields, r.post.err
}

func (r *Request) parsePost() ([]Field, error) {
	switch {
	case r.isMultipart():
		return r.receiveForm()
	case !r.mayHaveForm() || r.mediaType() != "application/x-www-form-urlencoded":
		return nil, nil
	}
	b, err := r.Body()
	if err != nil {
		return nil, err
	}
	return parseForm(string(b), r.lim.Fields, "request body")
}

// mayHaveForm reports whether the method is one whose body can be a form.
func (r *Request) mayHaveForm() bool {
	switch r.Method() {
	case "POST", "PUT", "PATCH":
		return true
	}
	return false
}

// isMultipart reports whether the body is a form that may have files in it.
func (r *Request) isMultipart() bool {
	return r.mayHaveForm() && r.mediaType() == "multipart/form-data"
}

// parseForm is the WHATWG application/x-www-form-urlencoded parser: fields
// are separated by "&" only, "+" is a space, a bad escape stays literal. Bytes
// stay what they are; nothing is taken for UTF-8. The count is known before
// anything is decoded, so an attacker's million fields cost one pass.
func parseForm(s string, limit int, where string) ([]Field, error) {
	if s == "" {
		return nil, nil
	}
	n := strings.Count(s, "&") + 1
	if n > limit {
		// Empty sequences between two "&" are no fields.
		n = 0
		for rest, more := s, true; more; {
			var pair string
			if pair, rest, more = strings.Cut(rest, "&"); pair != "" {
				n++
			}
		}
		if n > limit {
			return nil, &StatusError{Status: 400, Reason: fmt.Sprintf("the %s has %d fields, the limit is %d (LCGI_MAX_FIELDS)", where, n, limit)}
		}
	}
	fields := make([]Field, 0, n)
	for more := true; more; {
		var pair string
		if pair, s, more = strings.Cut(s, "&"); pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		fields = append(fields, Field{decodePercent(name, true), decodePercent(value, true)})
	}
	return fields, nil
}
