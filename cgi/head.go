package cgi

import (
	"fmt"
	"slices"
	"strings"
)

// maxHead is how many bytes the header fields and cookies of an answer may have
// together. No web server takes more from a program: lighttpd ends at 65535 bytes, nginx
// at one fastcgi_buffer_size (4 or 8 kB), Apache at 8190 in a line (HUGE_STRING_LEN).
const maxHead = 64 << 10

// headSize returns how many bytes header fields and cookies take as lines.
func headSize(header []Field, cookies []setCookie) int {
	const around = len(": \r\n")
	size := 0
	for _, f := range header {
		size += len(f.Name) + len(f.Value) + around
	}
	for _, c := range cookies {
		size += len("Set-Cookie") + len(c.line) + around
	}
	return size
}

// change takes from the header what gone reports and then adds fields, which have been
// checked. If that would be more than maxHead allows, nothing changes.
func (w *Response) change(gone func(Field) bool, add ...Field) error {
	size := headSize(w.header, w.cookies) + headSize(add, nil)
	for i, f := range w.header {
		if gone(f) {
			size -= headSize(w.header[i:i+1], nil)
		}
	}
	if size > maxHead && len(add) > 0 {
		return tooLong(add[0].Name)
	}
	w.header = append(slices.DeleteFunc(w.header, gone), add...)
	return nil
}

func tooLong(name string) error {
	return fmt.Errorf("with %.60s the headers and cookies of the answer have more than %d bytes, which web servers refuse", name, maxHead)
}

// named returns a function that reports whether a field has one of the names.
func named(names ...string) func(Field) bool {
	return func(f Field) bool {
		return slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(name, f.Name) })
	}
}

// noField is for change, which then only adds.
func noField(Field) bool { return false }
