package template

import (
	"strconv"
	"strings"
)

// liveCode parses the statement at the token, a name, if it is one of LiveCode
// rather than of Lua. Only what is a syntax error in Lua 5.1 is taken for
// LiveCode. Its words are written in lower case; the names of properties in any
// case.
func (p *parser) liveCode() (height int, ok bool) {
	if p.lx.lua {
		return 0, false
	}
	switch p.text(p.tok) {
	case "start", "stop", "delete":
		return p.sessionStatement()
	case "put":
		return p.putStatement()
	case "set":
		return p.setStatement()
	}
	return 0, false
}

// sessionStatement parses "start session", "stop session" or "delete session".
func (p *parser) sessionStatement() (height int, ok bool) {
	if !p.isWord(p.peek(), "session") {
		return 0, false
	}
	call := StartSession
	switch p.text(p.tok) {
	case "stop":
		call = StopSession
	case "delete":
		call = DeleteSession
	}
	p.rw.replace(p.tok.start, p.tok.end, call)
	p.next()
	p.rw.replace(p.tok.start, p.tok.end, "();")
	p.next()
	return 1, true
}

// sessionProperty returns the canonical spelling of a session property.
func sessionProperty(name string) (canonical string, ok bool) {
	for _, p := range sessionProperties() {
		if strings.EqualFold(p, name) {
			return p, true
		}
	}
	return "", false
}

func sessionProperties() []string {
	return []string{"sessionName", "sessionCookieName", "sessionID", "sessionLifetime", "sessionSavePath"}
}

// setStatement parses "set the P to E". The article may be missing.
func (p *parser) setStatement() (height int, ok bool) {
	if p.peek().kind != tkName {
		return 0, false
	}
	p.blankNext()
	if p.isWord(p.tok, "the") {
		p.blankNext()
	}
	if p.tok.kind != tkName {
		p.unexpected("the name of a property")
	}
	property, ok := sessionProperty(p.text(p.tok))
	if !ok {
		p.fail("'" + p.text(p.tok) + "' is no property that can be set; there are " + strings.Join(sessionProperties(), ", "))
	}
	p.rw.replace(p.tok.start, p.tok.end, property)
	p.next()
	if !p.isWord(p.tok, "to") {
		p.unexpected("'to'")
	}
	p.rw.replace(p.tok.start, p.tok.end, "=")
	p.next()
	e := p.expression()
	p.rw.insert(p.last.end, behind, ";")
	return p.higher(e.height), true
}

// blankNext reads the token and leaves it out of the chunk.
func (p *parser) blankNext() {
	p.rw.blank(p.tok.start, p.tok.end)
	p.next()
}

// putStatement parses "put header E", "put E", or "put E into V" with into, after
// or before.
//
// "put" may be a variable as well. A name behind it, or anything else that
// begins an expression but no call, cannot be Lua. A string, a table or a
// parenthesis may be the argument of a call; it is read as such, and the
// statement is Lua if it is complete then.
func (p *parser) putStatement() (height int, ok bool) {
	put := p.tok
	var e operand
	switch p.peek().kind {
	case tkName:
		p.next()
		if p.isWord(p.tok, "header") && p.startsHeader(p.peek()) {
			return p.headerStatement(put), true
		}
		e = p.expression()
	case tkNumber, tkNil, tkTrue, tkFalse, tkDots, tkFunction, tkMinus, tkHash, tkNot:
		p.next()
		e = p.expression()
	case tkString, tkLbrace, tkLparen:
		var lua bool
		if e, lua = p.putCall(); lua {
			return p.assignmentOrCall(e), true
		}
	case tkAssign, tkComma, tkDot, tkLbracket, tkColon:
		return 0, false
	default:
		p.next()
		p.unexpected("an expression")
	}
	end := p.last.end
	if !p.putTarget() {
		p.rw.replace(put.start, put.end, Put+"((")
		p.rw.insert(end, behind, "));")
		return p.higher(e.height), true
	}
	return p.putInto(put, e, end), true
}

// putCall reads "put" and its string, table or parenthesis. It returns the call
// and true if that is a statement of Lua, or else the whole expression to put.
func (p *parser) putCall() (e operand, lua bool) {
	p.next()
	first, values := p.tok, 1
	switch first.kind {
	case tkLparen:
		e, values = p.arguments()
	case tkLbrace:
		e = p.table()
	default:
		p.next()
	}
	arguments := p.last
	e = p.over(e, operand{})
	e.form, e.calls = formCall, true
	e = p.suffixes(e)
	if p.tok.kind == tkAssign || p.tok.kind == tkComma {
		return e, true
	}
	operator, _ := priority(p.tok.kind)
	if e.form == formCall && operator == 0 && !(p.isTarget() && p.peek().kind == tkName) {
		return e, true
	}
	switch {
	case values != 1:
		p.failAt(p.tok, first, "'put' takes one expression, but here are "+strconv.Itoa(values)+" in parentheses")
	case first.kind != tkLparen && arguments.start != p.last.start:
		p.failAt(p.tok, first, "a string or a table must stand in parentheses to be indexed or called")
	}
	return p.operators(e, 0), false
}

// isTarget reports whether the token is one of the words into, after, before.
func (p *parser) isTarget() bool {
	return p.isWord(p.tok, "into") || p.isWord(p.tok, "after") || p.isWord(p.tok, "before")
}

// putTarget reports whether a target follows the expression of a put statement.
// The words that introduce one are names to Lua, so the next statement may begin
// with them.
func (p *parser) putTarget() bool {
	if !p.isTarget() {
		return false
	}
	switch p.peek().kind {
	case tkAssign, tkComma, tkDot, tkLbracket, tkColon:
		return false
	}
	return true
}

// putInto parses the target of "put E into V", where the expression e has been
// read and ends at the offset end. Only the name at the start of V moves, to the
// front of E; the keys stay behind E, so that all is evaluated in the order and
// on the lines in which it is written.
func (p *parser) putInto(put token, e operand, end int) int {
	word := p.text(p.tok)
	p.blankNext()
	if p.tok.kind != tkName {
		p.unexpected("a variable")
	}
	base := strings.TrimPrefix(p.text(p.tok), "$")
	p.blankNext()
	height, keys := e.height, 0
	for {
		switch p.tok.kind {
		case tkDot:
			p.rw.replace(p.tok.start, p.tok.end, ",\"")
			p.next()
			p.expect(tkName, "a name")
			p.rw.insert(p.last.end, behind, "\"")
			keys++
			continue
		case tkLbracket:
			p.rw.replace(p.tok.start, p.tok.end, ",(")
			p.push(tkRbracket)
			height = max(height, p.expression().height)
			p.rw.replace(p.tok.start, p.tok.end, ")")
			p.pop()
			keys++
			continue
		case tkLparen, tkLbrace, tkString, tkColon:
			p.fail("'put ... " + word + "' needs a variable, or fields of one, and cannot store in a call")
		}
		break
	}
	if word == "into" && keys == 0 {
		p.rw.replace(put.start, put.end, base+" =")
		p.rw.insert(p.last.end, behind, ";")
		return p.higher(height)
	}
	call := Into
	switch word {
	case "after":
		call = After
	case "before":
		call = Before
	}
	p.rw.replace(put.start, put.end, base+" = "+call+"("+base+",(")
	p.rw.insert(end, behind, ")")
	p.rw.insert(p.last.end, behind, ");")
	return p.higher(height)
}

// headerStatement parses the rest of "put header E" behind "put".
func (p *parser) headerStatement(put token) int {
	p.blankNext()
	e := p.expression()
	if p.isTarget() {
		p.fail("'put header' sends a header and has no '" + p.text(p.tok) + "'; to call a function header, put it in parentheses")
	}
	p.rw.replace(put.start, put.end, Header+"((")
	p.rw.insert(p.last.end, behind, "));")
	return p.higher(e.height)
}

// startsHeader reports whether t, behind "put header", begins the header rather
// than going on with a variable called header or with the next statement.
func (p *parser) startsHeader(t token) bool {
	switch t.kind {
	case tkName:
		return !t.newLine && !p.isWord(t, "into") && !p.isWord(t, "after") && !p.isWord(t, "before")
	case tkString, tkNumber, tkLparen, tkLbrace, tkNil, tkTrue, tkFalse, tkDots, tkNot, tkHash:
		return !t.newLine
	}
	return false
}
