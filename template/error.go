package template

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Pos is a place in the source of a page as an editor shows it. Line and Col
// count from 1. Col counts characters (Unicode code points; a byte that is no
// valid UTF-8 counts as one). LF, CR LF and a lone CR each end a line. The zero
// Pos means that there is no such place; Col 0 means that only the line is known.
type Pos struct {
	Line, Col int
}

// IsZero reports whether p names no place.
func (p Pos) IsZero() bool { return p.Line == 0 }

// String returns "line:col", or "line" when the column is not known.
func (p Pos) String() string {
	if p.Col == 0 {
		return strconv.Itoa(p.Line)
	}
	return strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Col)
}

// Error says why a page cannot be parsed and where.
type Error struct {
	Name string // the page, as given to Parse
	Pos  Pos    // where the fault was noticed
	Msg  string // what is wrong, lower case, without any position

	// Opened is where the construct that Msg speaks of was opened: a block, a
	// bracket, a string, a comment, a tag. It is zero when there is none.
	Opened Pos

	// Unclosed is the tag in which the fault was noticed if that tag is never
	// closed by "?>", which then is the likely cause: text was read as code.
	Unclosed Pos
}

// Error returns "name:line:col: message", followed by where the construct
// concerned was opened and by a hint about a tag that is never closed.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Name)
	b.WriteByte(':')
	b.WriteString(e.Pos.String())
	b.WriteString(": ")
	b.WriteString(e.Detail())
	return b.String()
}

// Detail returns the text of Error without the name and the position it starts
// with, for a caller that shows those in its own way.
func (e *Error) Detail() string {
	s := e.Msg
	if !e.Opened.IsZero() && e.Opened != e.Pos {
		s += " (opened at " + e.Opened.String() + ")"
	}
	if !e.Unclosed.IsZero() {
		s += "; the tag opened at " + e.Unclosed.String() + " is never closed by ?>"
	}
	return s
}

// position returns the Pos of the byte offset off in src.
func position(src string, off int) Pos {
	off = min(off, len(src))
	line, start := 1, 0
	for i := 0; i < off; i++ {
		switch src[i] {
		case '\r':
			if i+1 < len(src) && src[i+1] == '\n' {
				if i++; i == off {
					continue // between CR and LF is still the line they end
				}
			}
			line, start = line+1, i+1
		case '\n':
			line, start = line+1, i+1
		}
	}
	if line == 1 {
		start = min(len(bom(src)), off)
	}
	return Pos{line, utf8.RuneCountInString(src[start:off]) + 1}
}

// bom returns the byte order mark that src starts with, or "". Editors do not
// show it and do not count it.
func bom(src string) string {
	const mark = "\uFEFF"
	if strings.HasPrefix(src, mark) {
		return mark
	}
	return ""
}
