package cgi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// multipartWindow is how much of a body is in memory at a time: what a pipe
	// holds.
	multipartWindow = 64 << 10
	// maxPartHeader is the most bytes of a part's header. A browser needs the
	// names of the field and the file and 100 more.
	maxPartHeader = 16 << 10
	// maxAround is the most bytes before the first part and after the last,
	// which nobody reads (RFC 2046 §5.1.1).
	maxAround = 8 << 10
	// maxPadding is the most white space behind a boundary.
	maxPadding = 128
)

// A multipartReader takes a multipart body apart (RFC 2046 §5.1.1) in one pass
// and in constant memory. Lines end in CR LF and nothing else. It is an error if
// the body ends before its closing boundary, and if something follows a boundary
// in its line: by the RFC that line begins a part, for many parsers it
// belongs to the content, and what two programs read differently slips past one of
// them.
type multipartReader struct {
	src       io.Reader
	delimiter []byte // CR LF, two hyphens and the boundary
	buf       []byte
	start     int // buf[start:end] has been read from src and not been taken
	end       int
	part      int // number of the current one, from 1
}

func newMultipartReader(src io.Reader, boundary string) *multipartReader {
	m := &multipartReader{src: src, delimiter: []byte("\r\n--" + boundary), buf: make([]byte, multipartWindow)}
	// The first boundary has no line break before it, unless there is a preamble.
	m.end = copy(m.buf, "\r\n")
	return m
}

// malformed returns the error for a body that breaks the rules.
func (m *multipartReader) malformed(format string, args ...any) error {
	where := "before the first part"
	if m.part > 0 {
		where = fmt.Sprintf("part %d", m.part)
	}
	return &StatusError{Status: 400, Reason: "multipart/form-data: " + where + ": " + fmt.Sprintf(format, args...)}
}

// held returns what has been read and not been taken.
func (m *multipartReader) held() []byte { return m.buf[m.start:m.end] }

// more reads at least one byte, for which there must be room. The error is io.EOF
// at the end of the body.
func (m *multipartReader) more() error {
	if m.end == len(m.buf) {
		m.end = copy(m.buf, m.held())
		m.start = 0
	}
	for range 100 {
		n, err := m.src.Read(m.buf[m.end:])
		m.end += n
		if n > 0 {
			return nil // an error comes again
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// fill reads until n bytes are held, or all there are.
func (m *multipartReader) fill(n int) error {
	for len(m.held()) < n {
		if err := m.more(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

var errNotWithin = errors.New("not within the limit")

// find returns the position of sep in what is held, and reads on until it is there. The
// error is errNotWithin if it is not at one of the first limit+1 positions.
func (m *multipartReader) find(sep []byte, limit int) (int, error) {
	for from := 0; ; {
		// Only what has not been looked at, or a client that sends byte by byte
		// would have all of it looked at for every byte.
		i := bytes.Index(m.held()[from:], sep)
		switch {
		case i >= 0 && from+i <= limit:
			return from + i, nil
		case i < 0:
			from = max(0, len(m.held())-len(sep)+1)
		}
		if i >= 0 || from > limit {
			return 0, errNotWithin
		}
		if err := m.more(); err != nil {
			return 0, err
		}
	}
}

// errEnds is the error for a body that ends too early.
func (m *multipartReader) errEnds(err error, what string) error {
	if err == io.EOF {
		return m.malformed("the body ends in %s", what)
	}
	return err
}

// next goes to the next part and returns its header. The content of the one before
// must have been read. The error is io.EOF if there is none; then the body has been
// read to its end.
func (m *multipartReader) next() (partHeader, error) {
	if m.part == 0 {
		i, err := m.find(m.delimiter, maxAround)
		switch {
		case err == errNotWithin:
			return partHeader{}, m.malformed("there is no boundary in the first %d bytes", maxAround)
		case err != nil:
			return partHeader{}, m.errEnds(err, "what should be the first boundary")
		}
		m.start += i + len(m.delimiter)
	}
	last, err := m.boundaryEnd()
	switch {
	case err != nil:
		return partHeader{}, err
	case last:
		return partHeader{}, m.epilogue()
	}
	m.part++
	// The header begins behind the line break that ends the boundary. That line
	// break is still held: an empty header has only one more.
	i, err := m.find([]byte("\r\n\r\n"), maxPartHeader)
	switch {
	case err == errNotWithin:
		return partHeader{}, m.malformed("its header is longer than %d bytes", maxPartHeader)
	case err != nil:
		return partHeader{}, m.errEnds(err, "its header")
	}
	block := ""
	if i > 0 {
		block = string(m.held()[len("\r\n"):i])
	}
	m.start += i + len("\r\n")
	h, err := parsePartHeader(block)
	if err != nil {
		return partHeader{}, m.malformed("%v", err)
	}
	return h, nil
}

// boundaryEnd reads what follows a boundary in its line, up to the line break, and
// reports whether it was the last one.
func (m *multipartReader) boundaryEnd() (last bool, err error) {
	if err := m.fill(2); err != nil {
		return false, err
	}
	if bytes.HasPrefix(m.held(), []byte("--")) {
		m.start += len("--")
		return true, nil
	}
	i, err := m.find([]byte("\r\n"), maxPadding)
	switch {
	case err == errNotWithin:
		return false, m.malformed("its boundary is followed by %.20q", m.held()[:min(20, len(m.held()))])
	case err != nil:
		return false, m.errEnds(err, "a boundary")
	}
	if padding := m.held()[:i]; len(bytes.Trim(padding, " \t")) > 0 {
		return false, m.malformed("its boundary is followed by %.20q", padding)
	}
	m.start += i
	return false, nil
}

// epilogue reads what follows the last boundary. It returns io.EOF if that is as it
// should be.
func (m *multipartReader) epilogue() error {
	if err := m.fill(maxAround + 1); err != nil {
		return err
	}
	rest := m.held()
	if len(rest) > maxAround {
		return m.malformed("more than %d bytes follow the last boundary", maxAround)
	}
	rest = bytes.TrimLeft(rest, " \t")
	if len(rest) > 0 && !bytes.HasPrefix(rest, []byte("\r\n")) {
		return m.malformed("the last boundary is followed by %.20q", rest[:min(20, len(rest))])
	}
	return io.EOF
}

// content passes the content of the current part to take, in pieces that are not
// to be kept, and goes to the boundary behind it. An error of take is returned as
// it is.
func (m *multipartReader) content(take func(piece []byte) error) error {
	// The line break that ends the header is held. It belongs to the boundary
	// if there is no content: body-part := headers [CRLF *OCTET].
	if err := m.fill(len(m.delimiter)); err != nil {
		return err
	}
	if bytes.HasPrefix(m.held(), m.delimiter) {
		m.start += len(m.delimiter)
		return nil
	}
	m.start += len("\r\n")
	for from := 0; ; {
		if i := bytes.Index(m.held()[from:], m.delimiter); i >= 0 {
			err := m.give(take, from+i)
			m.start += len(m.delimiter)
			return err
		}
		from = max(0, len(m.held())-len(m.delimiter)+1)
		if m.end == len(m.buf) {
			if err := m.give(take, from); err != nil {
				return err
			}
			from = 0
		}
		if err := m.more(); err != nil {
			return m.errEnds(err, "its content")
		}
	}
}

// give passes the first n bytes that are held to take.
func (m *multipartReader) give(take func([]byte) error, n int) error {
	if n == 0 {
		return nil
	}
	piece := m.held()[:n]
	m.start += n
	return take(piece)
}

// multipartBoundary returns the boundary that a Content-Type names: 1 to 70 of the
// characters of RFC 2046 §5.1.1, the last of which is no space.
//
// Many clients leave out the quotes around characters that need them, and are
// understood, except for a comma, which may come from a server that has made one
// header of two.
func multipartBoundary(contentType string) (string, error) {
	malformed := func(format string, args ...any) (string, error) {
		return "", &StatusError{Status: 400, Reason: fmt.Sprintf("Content-Type %.100q: ", contentType) + fmt.Sprintf(format, args...)}
	}
	_, rest, _ := strings.Cut(contentType, ";")
	boundary, found := "", false
	p := parameters{rest: ";" + rest}
	for p.next() {
		if !strings.EqualFold(p.name, "boundary") {
			continue
		}
		if found {
			return malformed("there are two boundaries")
		}
		if boundary, found = p.value, true; !p.quoted && strings.ContainsAny(p.value, ", ") {
			return malformed("the boundary must be in quotes")
		}
	}
	switch {
	case p.rest != "":
		return malformed("it cannot be read from %.40q on", p.rest)
	case !found:
		return malformed("there is no boundary (RFC 2046 §5.1.1)")
	case boundary == "" || len(boundary) > 70 || boundary[len(boundary)-1] == ' ':
		return malformed("the boundary must have 1 to 70 characters and not end in a space (RFC 2046 §5.1.1)")
	}
	for i := 0; i < len(boundary); i++ {
		if !isBoundaryByte(boundary[i]) {
			return malformed("there must not be %q in a boundary (RFC 2046 §5.1.1)", boundary[i])
		}
	}
	return boundary, nil
}

// isBoundaryByte reports whether c is one of the bchars of RFC 2046 §5.1.1.
func isBoundaryByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return strings.IndexByte("'()+_,-./:=? ", c) >= 0
}
