package template

import "strconv"

// parser reads the grammar of Lua 5.1 (manual, section 8) with text, <?= ?> and
// the statements of LiveCode as further statements. It writes no tree: it tells
// the rewriter what the chunk must say instead of the source. Its methods panic
// with an *Error.
//
// What parses a statement or expression returns the height of the syntax tree
// that a compiler will build for it, which is limited by MaxHeight.
type parser struct {
	lx     lexer
	rw     rewriter
	out    output
	tok    token // the token to be read
	ahead  token // the token behind tok, if peeked
	peeked bool
	last   token  // the token that was read last
	opens  []open // blocks, brackets and functions that are open
	depth  int    // how deep the parser is nested
	fn     *function

	echoes  bool // an expression of <?= ?> is read
	lookups int  // see maxLookups
}

// open is something that a token opened and another one must close.
type open struct {
	token
	closer kind
}

// function is the function that is parsed.
type function struct {
	vararg    bool
	loops     int
	outer     *function
	constants constants
}

func newParser(name, src string) *parser {
	p := &parser{fn: &function{vararg: true}}
	p.lx = lexer{name: name, src: src, pos: preamble(src), rw: &p.rw}
	p.out = newOutput(p)
	p.out.events.foreign = hasForeign(src)
	return p
}

// page parses the whole page.
func (p *parser) page() *Page {
	skip := p.lx.pos
	p.chunk()
	page := &Page{Name: p.lx.name, src: p.lx.src, texts: p.lx.texts, skip: skip, Runs: p.out.finish()}
	page.ContentType = p.out.contentType
	page.Code, page.moved = p.rw.apply(p.lx.src)
	if p.lx.mode == modeCode {
		page.Unclosed = position(p.lx.src, p.lx.tag)
	}
	return page
}

// chunk parses all there is.
func (p *parser) chunk() {
	p.tok = p.lx.next()
	p.block()
	if p.tok.kind != tkEOF {
		p.stranded()
	}
}

// next reads a token.
func (p *parser) next() {
	p.last = p.tok
	switch p.last.kind {
	case tkName, tkNumber, tkString:
		p.constant(p.last)
	}
	if p.peeked {
		p.tok, p.peeked = p.ahead, false
		return
	}
	p.tok = p.lx.next()
}

// peek returns the token behind p.tok.
func (p *parser) peek() token {
	if !p.peeked {
		p.ahead, p.peeked = p.lx.next(), true
	}
	return p.ahead
}

// accept reads the token if it is a k and reports whether it was.
func (p *parser) accept(k kind) bool {
	if p.tok.kind != k {
		return false
	}
	p.next()
	return true
}

// expect reads a k, or fails and says that want is expected.
func (p *parser) expect(k kind, want string) {
	if !p.accept(k) {
		p.unexpected(want)
	}
}

// text returns the source of a token.
func (p *parser) text(t token) string { return p.lx.src[t.start:t.end] }

// isWord reports whether t is the name word.
func (p *parser) isWord(t token, word string) bool {
	return t.kind == tkName && p.text(t) == word
}

// enter notes one more level of nesting, which leave ends.
func (p *parser) enter() {
	if p.depth++; p.depth > MaxNesting {
		p.fail("more than " + strconv.Itoa(MaxNesting) + " levels of blocks, brackets or operators are nested here")
	}
}

func (p *parser) leave() { p.depth-- }

// push notes that the token, which is then read, must be closed by closer.
func (p *parser) push(closer kind) {
	p.opens = append(p.opens, open{p.tok, closer})
	p.next()
}

// pop reads the token that closes what push opened last.
func (p *parser) pop() {
	o := p.opens[len(p.opens)-1]
	if p.tok.kind != o.closer {
		want := "'" + o.closer.spelling() + "' is expected to close '" + p.text(o.token) + "'"
		panic(p.lx.error(p.tok.start, o.start, p.tok.tag, want+", but "+p.found()))
	}
	p.opens = p.opens[:len(p.opens)-1]
	p.next()
}

// higher returns the height of a tree whose root stands on trees of the heights
// h, or fails if it is too high.
func (p *parser) higher(h ...int) int {
	top := 0
	for _, h := range h {
		top = max(top, h)
	}
	if top++; top > MaxHeight {
		p.fail("more than " + strconv.Itoa(MaxHeight) +
			" operators, calls, indexes or branches form one chain here; split it into several statements")
	}
	return top
}

// fail fails at the token.
func (p *parser) fail(msg string) {
	panic(p.lx.error(p.tok.start, -1, p.tok.tag, msg))
}

// failAt fails at a token about what another one opened.
func (p *parser) failAt(at, opened token, msg string) {
	panic(p.lx.error(at.start, opened.start, at.tag, msg))
}

// unexpected fails because the token is not what is wanted, such as "a name". It
// points to the innermost thing that is open, or else to what was read last.
func (p *parser) unexpected(want string) {
	if at := p.tok; at.kind == tkGoto || p.last.kind == tkGoto {
		if at.kind != tkGoto {
			at = p.last
		}
		p.failAt(at, at, "'goto' cannot be a name here: it is a reserved word, as in Lua since 5.2; choose another name, or write a field as t[\"goto\"]")
	}
	opened := -1
	if n := len(p.opens); n > 0 {
		opened = p.opens[n-1].start
	}
	msg := want + " is expected"
	if k := p.last.kind; k < tkText {
		msg += " after '" + p.excerpt(p.last) + "'"
		if opened < 0 && p.tok.kind >= tkText {
			opened = p.last.start
		}
	}
	panic(p.lx.error(p.tok.start, opened, p.tok.tag, msg+", but "+p.found()))
}

// found says what the token is, for a message.
func (p *parser) found() string {
	switch p.tok.kind {
	case tkText, tkEcho, tkEchoEnd:
		return "the tag ends"
	case tkEOF:
		return "the page ends"
	}
	return "here is '" + p.excerpt(p.tok) + "'"
}

// excerpt returns the source of a token, shortened for a message.
func (p *parser) excerpt(t token) string {
	s := p.text(t)
	const most = 40
	for i := range s {
		if i >= most || s[i] == '\n' || s[i] == '\r' {
			return s[:i] + "..."
		}
	}
	return s
}
