package cgi

import (
	"errors"
	"fmt"
	"path"
	"strings"
)

// HandOver says how files are handed over to the web server in front, which sends
// them in place of the answer: a page decides who gets a file, and no process waits
// for the client. The zero value hands over nothing.
type HandOver struct {
	// Sendfile asks with X-Sendfile, as mod_xsendfile of Apache and lighttpd
	// understand it.
	Sendfile bool
	// Folders are those whose files nginx is asked for with X-Accel-Redirect.
	Folders []AccelFolder
}

// AccelFolder is a folder and where nginx has it, as "location /url/ { internal;
// alias /folder/; }" says. Both begin and end with "/" and are not escaped.
type AccelFolder struct {
	URL, Dir string
}

// ParseHandOver reads "x-sendfile", or "x-accel-redirect" with pairs of the form
// /url/=/folder/ that are separated by commas.
func ParseHandOver(s string) (HandOver, error) {
	kind, rest, _ := strings.Cut(strings.TrimSpace(s), " ")
	rest = strings.TrimSpace(rest)
	switch strings.ToLower(kind) {
	case "x-sendfile":
		if rest != "" {
			return HandOver{}, fmt.Errorf("nothing can follow x-sendfile, but there is %q", rest)
		}
		return HandOver{Sendfile: true}, nil
	case "x-accel-redirect":
	default:
		return HandOver{}, errors.New("must be x-sendfile, or x-accel-redirect /url/=/folder/")
	}
	var h HandOver
	for pair := range strings.SplitSeq(rest, ",") {
		url, dir, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok || !strings.HasPrefix(url, "/") || !strings.HasPrefix(dir, "/") {
			return HandOver{}, fmt.Errorf("%q must be a path of nginx and a whole path of a folder: /url/=/folder/", strings.TrimSpace(pair))
		}
		h.Folders = append(h.Folders, AccelFolder{withSlash(url), withSlash(dir)})
	}
	return h, nil
}

// withSlash returns the clean form of an absolute path, with "/" at its end.
func withSlash(p string) string {
	if p = path.Clean(p); p != "/" {
		p += "/"
	}
	return p
}

// Field returns the header field that asks the web server for a file by its absolute
// path, and whether there is one; else the zero Field. Several folders may hold the file: the innermost
// counts.
//
// Nothing is handed over where servers differ: lighttpd decodes escapes in X-Sendfile
// and mod_xsendfile only does from version 1.0 on, so there must be none; and what ".."
// means behind a symbolic link is not the same for all. nginx decodes escapes.
func (h HandOver) Field(file string) (f Field, ok bool) {
	if path.Clean(file) != file || !strings.HasPrefix(file, "/") || indexControl(file) >= 0 {
		return Field{}, false
	}
	if h.Sendfile {
		if escapePath(file) != file {
			return Field{}, false
		}
		return Field{sendfileHeader, file}, true
	}
	longest := 0
	for _, folder := range h.Folders {
		if rest, below := strings.CutPrefix(file, folder.Dir); below && len(folder.Dir) > longest {
			longest = len(folder.Dir)
			f = Field{accelHeader, escapePath(folder.URL + rest)}
		}
	}
	return f, longest > 0
}

const (
	sendfileHeader = "X-Sendfile"
	accelHeader    = "X-Accel-Redirect"
)

// escapePath escapes every byte of a path that is neither unreserved (RFC 3986 §2.3)
// nor "/".
func escapePath(p string) string {
	b := make([]byte, 0, len(p)+len(p)/8)
	for i := 0; i < len(p); i++ {
		switch c := p[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '.', c == '_', c == '~', c == '/':
			b = append(b, c)
		default:
			b = appendPercent(b, c)
		}
	}
	return string(b)
}

// handOver makes the answer one by which the web server sends the content, unless that
// would not be the same answer.
func (w *Response) handOver() bool {
	f := w.content.HandOver
	if f.Name == "" {
		return false
	}
	if f.Name == accelHeader {
		if isSniffed(w.Header("Content-Type")) {
			return false
		}
		for _, h := range w.header {
			if !keptByNginx(h.Name) {
				return false
			}
		}
	}
	w.content = nil
	w.bodiless = true
	// The server has its own, by which it also decides on ranges.
	w.dropHeader("ETag")
	w.dropHeader("Last-Modified")
	w.header = append(w.header, f)
	return true
}

// keptByNginx reports whether a header reaches the client along with a file that
// nginx sends for X-Accel-Redirect. It takes no others over from the answer.
func keptByNginx(name string) bool {
	switch strings.ToLower(name) {
	case "content-type", "content-disposition", "cache-control", "expires", "set-cookie":
		return true
	case "etag", "last-modified": // nginx makes its own
		return true
	case "x-content-type-options":
		// The type itself is kept, and is none that browsers guess at.
		return true
	}
	return false
}
