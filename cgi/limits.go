package cgi

import "math"

// Limits bounds what one request may cost. A field that is zero or negative
// means the default.
type Limits struct {
	// Body is the most bytes of request body that are read into memory;
	// 8 MB by default. Of a form with files, the fields count and the contents
	// of the files do not. More is answered 413.
	Body int64
	// File is the most bytes of one uploaded file; 64 MB by default. More is
	// answered 413.
	File int64
	// Files is the most files in one form; 20 by default. More is answered 413.
	// A file field in which nothing was chosen does not count.
	Files int
	// Fields is the most fields of one form (the query string and the body each
	// count for themselves, file fields too); 1000 by default. More is answered
	// 400.
	Fields int
	// Headers is the most bytes of all request header names and values
	// together, cookies included; 64 kB by default. More is answered 431.
	Headers int
	// Output is the most bytes of response body held in memory; 64 MB by
	// default. What has been flushed does not count. Writing more is an
	// [OutputLimitError].
	Output int64
}

const (
	defaultBodyLimit    = 8 << 20
	defaultFileLimit    = 64 << 20
	defaultFilesLimit   = 20
	defaultFieldLimit   = 1000
	defaultHeadersLimit = 64 << 10
	defaultOutputLimit  = 64 << 20
)

// WithDefaults returns l with every default filled in.
func (l Limits) WithDefaults() Limits {
	if l.Body <= 0 {
		l.Body = defaultBodyLimit
	}
	if l.File <= 0 {
		l.File = defaultFileLimit
	}
	if l.Files <= 0 {
		l.Files = defaultFilesLimit
	}
	if l.Fields <= 0 {
		l.Fields = defaultFieldLimit
	}
	if l.Headers <= 0 {
		l.Headers = defaultHeadersLimit
	}
	if l.Output <= 0 {
		l.Output = defaultOutputLimit
	}
	return l
}

// upload returns the most bytes that a form with files can have.
func (l Limits) upload() int64 {
	if l.File > (math.MaxInt64-l.Body)/int64(l.Files) {
		return math.MaxInt64
	}
	return l.Body + int64(l.Files)*l.File
}
