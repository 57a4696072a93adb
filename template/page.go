// Package template turns the text of a page, HTML with Lua in it, into one Lua
// 5.1 chunk whose lines are the page's lines, and a table of the literal text
// and the places of output that the chunk refers to by number. It understands
// the statements that a LiveCode Server page is written in, and it decides for
// every <?= expression ?> how its value must be escaped where it stands in the
// HTML.
//
// # What is guaranteed
//
// Whatever bytes the values have, a visitor's browser runs no script and leaves no
// place for them, and a URL leads to no other host than the page's author has
// written, unless an expression prints the host or the whole beginning of the URL.
// To that end the text of the page is followed along all branches and loops: where
// they leave an expression in different places, Parse fails, or finds an escaping
// that is right in all of them. What is printed by raw, put or print is the
// author's own concern.
//
// # Functions and included pages
//
// A function with text in it must be defined where the page is in text, and is
// escaped for that, as is a page that is included. A call by name from within a
// script, style or tag is an error of Parse. For all other calls, by whatever name
// or detour, the caller of Parse keeps a [Cursor]: when the run with a value is
// printed, it knows whether the output stands where the run was escaped for. It
// costs no more than a comparison for each run.
//
// Literal text of such a function may be printed anywhere. It is taken for granted
// that it leaves a script, style or attribute as it has found it.
//
// # Text inside of text
//
// The content of a script element that no browser runs (type text/html,
// text/x-template and all that is unknown) is HTML to the page's own scripts, so it
// is followed as HTML with places of its own. Types that certainly hold none, such
// as text/plain, text/csv or a shader, are escaped as text.
//
// Inside svg and math, CDATA sections, comments and empty elements such as <style/>
// are understood. Where an element of HTML in them makes browsers read the same
// text in another way, no expression may follow.
//
// # XML
//
// A page whose first text begins with <?xml is XML: a feed, a sitemap, an SVG file.
// Its elements hold elements, so that title and script are like others, and
// characters that XML 1.0 cannot hold become U+FFFD. A CDATA section holds HTML, as
// it mostly does in feeds, and values in it are escaped as in HTML. Values of
// href and src, with any prefix, are URLs. If the page names the namespace of SVG,
// then scripts, styles and event handlers are what they are in HTML. A page that
// names the namespace of XHTML, which browsers are given as HTML mostly, must read
// the same as both. A page that is included into an XML page is XML only if it
// begins so, too; what it prints is safe there, but may not be well-formed.
//
// # Queries
//
// Where a component of the query of a URL is one expression, between a literal "?"
// or "&" and the next "&", "#" or the end of the URL, that prints a name and, behind
// "=", a value, or one of them: href="next.lc?<?= s.token ?>". The first "=" stays,
// and all else that would separate anything is percent-encoded. Where more of the
// component may stand beside the expression, as in ?<?= name ?>=<?= value ?>, or
// branches of the page differ in whether it does, every "=" is encoded, too.
//
// # Text of the author's own
//
// Where a style takes declarations, and at the start of an event handler, an
// expression that can only be one of several literal strings, such as
// c and "display:none" or "", prints that as it is. Everywhere else it is a value
// like others.
//
// # Order
//
// Text and values are printed in page order. Text before an expression is printed
// before a function is called in it; but if an operator or an index in it calls a
// metamethod that prints, what that prints comes before the text: to prevent it
// takes one call more for each expression such as a.b .. "x", which then costs
// 210 ns instead of 150.
//
// The package runs nothing and knows no particular Lua: the chunk calls a few
// functions, named by the constants below, that the caller must provide.
package template

import (
	"slices"
	"strings"
)

// Page is a parsed page. It is not changed after Parse returns it, and it may be
// shared by goroutines.
type Page struct {
	// Name is the name that was given to Parse.
	Name string

	// Code is the Lua chunk. Its line N is line N of the page; it may end on an
	// earlier line. Its only line break is LF. It receives the arguments of an
	// include as "...".
	Code string

	// Runs is what the calls of Out print: run number i is Runs[i].
	Runs []Run

	// ContentType is the media type of a page that is XML, by which browsers read it
	// as Parse does, or "" for HTML.
	ContentType string

	// Unclosed is the last tag of the page if it is a code tag that "?>" does not
	// close. That is legal; a syntax error behind it is likely to come from it.
	Unclosed Pos

	src   string
	texts []span    // literal text, in order
	skip  int       // length of the byte order mark and the "#!" line
	moved []segment // what of Code was copied from where in src
}

// Run is one piece of output after another that one call prints: literal text
// and the values of expressions, in page order.
type Run []Piece

// Piece is a part of a Run: literal text, or the value of an expression.
type Piece struct {
	Text   string // literal text, a slice of the page source; "" for an expression
	Expr   bool   // the next argument of the call stands here
	Place  Place  // how its value is escaped
	Offset int    // byte offset of the text or the expression in the page source

	stands, behind stand // where the page stands before and behind it
	calls          bool  // the expression calls a function, which may be raw
}

// span is a half-open range of byte offsets.
type span struct{ start, end int }

// segment says that Code from code on is a copy of the source from src on, or was
// made for what stands there.
type segment struct {
	code, src int
	made      bool
}

// Parse parses the page src, which is called name in messages. An error is
// always an *Error. Parse keeps one copy of src, to which the texts of the page
// refer.
func Parse(name string, src []byte) (*Page, error) {
	return ParseSuffixed(name, src, "")
}

// ParseSuffixed is Parse for a page that shares its globals with others. A
// function of one page may print while another page runs, so each needs an Out
// of its own: in Code the names Out and OutWide have suffix behind them, which
// must be letters, digits and underscores.
func ParseSuffixed(name string, src []byte, suffix string) (page *Page, err error) {
	p := newParser(name, string(src))
	p.out.suffix = suffix
	defer catch(&err)
	return p.page(), nil
}

// CheckLua checks the syntax of plain Lua 5.1, such as a module, and that it
// keeps to the limits of a page. It has no tags and nothing of LiveCode. The error
// is an *Error.
func CheckLua(name, code string) (err error) {
	p := newParser(name, code)
	p.lx.lua, p.lx.mode, p.lx.pos, p.lx.tag = true, modeCode, 0, -1
	defer catch(&err)
	p.chunk()
	return nil
}

// catch sets err to the *Error that the parser has panicked with, if it has.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}

// Pos returns where in the page source the byte that stands at line and col of
// Code came from. Both count from 1. For what was not copied from the source, it
// is where the construct begins that Code has in its stead. A col below 1 means
// that only the line is known, and so is then the result.
func (p *Page) Pos(line, col int) Pos {
	if col < 1 {
		return Pos{Line: line}
	}
	off := 0
	for range line - 1 {
		n := strings.IndexByte(p.Code[off:], '\n')
		if n < 0 {
			return Pos{Line: line} // the page goes on where Code has ended
		}
		off += n + 1
	}
	off = min(off+col-1, len(p.Code))
	i, _ := slices.BinarySearchFunc(p.moved, off, func(s segment, off int) int {
		if s.code <= off {
			return -1
		}
		return 1
	})
	if i == 0 {
		return Pos{Line: line}
	}
	at := p.moved[i-1].src
	if !p.moved[i-1].made {
		at += off - p.moved[i-1].code
	}
	if pos := position(p.src, at); pos.Line == line {
		return pos
	}
	return Pos{Line: line} // a line break that stands for one of a text or comment
}

// PosAt returns the Pos of a byte offset in the page source, such as that of a
// Piece. It takes time in proportion to the offset and is meant for messages.
func (p *Page) PosAt(offset int) Pos { return position(p.src, offset) }

// Part says what a Segment of a page source is.
type Part uint8

// The parts of a page source.
const (
	PartText Part = iota // text that is printed as it is
	PartCode             // tags, what is in them, and the line break they swallow
	PartSkip             // byte order mark and "#!" line
)

// Segment is a piece of a page source.
type Segment struct {
	Part   Part
	Offset int    // byte offset in the source
	Text   string // the bytes of the source
}

// Segments returns the page source cut into text and code. The Texts of all
// segments, one after the other, are the source.
func (p *Page) Segments() []Segment {
	segs := make([]Segment, 0, 2*len(p.texts)+2)
	add := func(part Part, start, end int) {
		if start < end {
			segs = append(segs, Segment{part, start, p.src[start:end]})
		}
	}
	add(PartSkip, 0, p.skip)
	at := p.skip
	for _, t := range p.texts {
		add(PartCode, at, t.start)
		add(PartText, t.start, t.end)
		at = t.end
	}
	add(PartCode, at, len(p.src))
	return segs
}
