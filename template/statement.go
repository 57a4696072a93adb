package template

// block parses statements up to what ends a block and returns the height of the
// highest one.
func (p *parser) block() int {
	p.enter()
	defer p.leave()
	height := 0
	for {
		switch p.tok.kind {
		case tkText:
			p.out.text(p.tok)
			p.next()
			continue
		case tkEcho:
			height = max(height, p.echo())
			continue
		}
		p.out.flush()
		switch p.tok.kind {
		case tkEnd, tkElse, tkElseif, tkUntil, tkEOF, tkEchoEnd:
			return height
		case tkReturn, tkBreak:
			h, last := p.lastStatement()
			height = max(height, h)
			if last {
				return height
			}
		default:
			height = max(height, p.statement())
		}
	}
}

// stranded fails because the token ends a block where none is open.
func (p *parser) stranded() {
	switch p.tok.kind {
	case tkElse, tkElseif:
		p.fail("'" + p.text(p.tok) + "' stands outside of any 'if'")
	case tkUntil:
		p.fail("'until' stands outside of any 'repeat'")
	}
	p.fail("'end' has nothing left to close")
}

// echo parses <?= e ?>.
func (p *parser) echo() int {
	p.next()
	tag := p.last
	start := p.tok.start
	if p.tok.kind == tkEchoEnd {
		p.fail("the tag " + p.lx.opener(tag.tag) + " holds no expression")
	}
	p.echoes = true
	e := p.expression()
	p.echoes = false
	end := p.last.end
	if p.tok.kind == tkSemicolon {
		p.rw.blank(p.tok.start, p.tok.end)
		p.next()
	}
	if p.tok.kind != tkEchoEnd {
		panic(p.lx.error(p.tok.start, tag.tag, p.tok.tag,
			"the tag "+p.lx.opener(tag.tag)+" takes one expression, but behind it "+p.found()))
	}
	p.out.expression(start, end, e)
	p.next()
	return e.height
}

// lastStatement parses return or break, which end a block. At the end of a tag
// more may follow; the statement then becomes a block of its own, because it
// must be the last of its block. It reports whether nothing may follow.
func (p *parser) lastStatement() (height int, last bool) {
	start := p.tok
	p.next()
	if start.kind == tkBreak {
		if p.fn.loops == 0 {
			p.failAt(start, start, "'break' stands outside of any loop")
		}
	} else if !p.blockEnds() && p.tok.kind != tkSemicolon {
		height = p.expressions()
	}
	leaves := eventReturn
	if start.kind == tkBreak {
		leaves = eventBreak
	}
	p.out.events.add(event{kind: leaves, at: start.start})
	p.accept(tkSemicolon)
	if p.tok.kind == tkText {
		p.rw.insert(start.start, before, "do ")
		p.rw.insert(p.last.end, behind, " end")
		return p.higher(height), false
	}
	if !p.blockEnds() {
		panic(p.lx.error(p.tok.start, start.start, p.tok.tag,
			"'"+p.text(start)+"' must be the last statement of its block or tag, but behind it "+p.found()))
	}
	return height, true
}

// blockEnds reports whether the token ends a block or a tag.
func (p *parser) blockEnds() bool {
	switch p.tok.kind {
	case tkEnd, tkElse, tkElseif, tkUntil, tkEOF, tkText, tkEchoEnd:
		return true
	}
	return false
}

// statement parses any other statement.
func (p *parser) statement() int {
	switch p.tok.kind {
	case tkSemicolon:
		p.next()
		return 0
	case tkIf:
		return p.ifStatement()
	case tkWhile:
		p.out.events.open(eventLoop, p.tok.start)
		p.push(tkEnd)
		h := p.expression().height
		p.expect(tkDo, "'do'")
		return p.higher(h, p.loop())
	case tkFor:
		return p.forStatement()
	case tkRepeat:
		p.out.events.open(eventRepeat, p.tok.start)
		p.push(tkUntil)
		h := p.loop()
		return p.higher(h, p.expression().height)
	case tkDo:
		p.push(tkEnd)
		h := p.block()
		p.pop()
		return p.higher(h)
	case tkFunction:
		return p.functionStatement()
	case tkLocal:
		return p.localStatement()
	case tkGoto:
		p.out.events.add(event{kind: eventJump, at: p.tok.start})
		p.next()
		p.expect(tkName, "a label")
		return 1
	case tkLabel:
		p.out.events.add(event{kind: eventJump, at: p.tok.start})
		p.next()
		p.expect(tkName, "a label")
		p.expect(tkLabel, "'::'")
		return 1
	case tkName:
		if h, ok := p.liveCode(); ok {
			return h
		}
	case tkLparen:
		if p.last.kind == tkText && p.last.start > 0 { // it must not read as a call of what ends the tag before
			p.rw.insert(p.tok.start, before, ";")
		}
	default:
		p.unexpected("a statement")
	}
	return p.assignmentOrCall(p.suffixed())
}

// loop parses the body of a loop and what closes it.
func (p *parser) loop() int {
	p.fn.loops++
	h := p.block()
	p.fn.loops--
	p.out.events.close(p.tok.start)
	p.pop()
	return h
}

func (p *parser) ifStatement() int {
	p.out.events.open(eventIf, p.tok.start)
	p.push(tkEnd)
	h := p.expression().height
	p.expect(tkThen, "'then'")
	h = max(h, p.block())
	branches := 1
	for p.tok.kind == tkElseif {
		p.out.events.branch(eventElse, p.tok.start)
		p.next()
		h = max(h, p.expression().height)
		p.expect(tkThen, "'then'")
		h = max(h, p.block())
		branches++
		p.higher(h + branches) // a branch stands in the else of the one before it
	}
	if p.tok.kind == tkElse {
		p.out.events.branch(eventLastElse, p.tok.start)
		p.next()
		h = max(h, p.block())
	}
	p.out.events.close(p.tok.start)
	p.pop()
	return p.higher(h + branches - 1)
}

func (p *parser) forStatement() int {
	p.out.events.open(eventLoop, p.tok.start)
	p.push(tkEnd)
	p.expect(tkName, "a variable")
	h := 0
	switch p.tok.kind {
	case tkAssign:
		p.next()
		h = p.expression().height
		p.expect(tkComma, "','")
		h = max(h, p.expression().height)
		if p.accept(tkComma) {
			h = max(h, p.expression().height)
		}
	case tkComma, tkIn:
		for p.accept(tkComma) {
			p.expect(tkName, "a variable")
		}
		p.expect(tkIn, "'in'")
		h = p.expressions()
	default:
		p.unexpected("'=' or 'in'")
	}
	p.expect(tkDo, "'do'")
	return p.higher(h, p.loop())
}

func (p *parser) functionStatement() int {
	keyword := p.tok
	p.next()
	name := p.text(p.tok)
	p.expect(tkName, "a name")
	h := 1
	for p.accept(tkDot) {
		p.expect(tkName, "a name")
		h = p.higher(h)
		name = "" // a field, which may be called by many names
	}
	if p.accept(tkColon) {
		p.expect(tkName, "a name")
		h = p.higher(h)
		name = ""
	}
	return p.higher(h, p.named(name, keyword))
}

// named parses the body of the function called name, if it is a variable.
func (p *parser) named(name string, keyword token) int {
	exprs := p.out.events.exprs
	h := p.body(keyword)
	if name != "" && p.out.events.exprs > exprs {
		p.out.events.define(name)
	}
	return h
}

func (p *parser) localStatement() int {
	p.next()
	if p.tok.kind == tkFunction {
		keyword := p.tok
		p.next()
		name := p.text(p.tok)
		p.expect(tkName, "a name")
		return p.higher(p.named(name, keyword))
	}
	p.expect(tkName, "a name")
	for p.accept(tkComma) {
		p.expect(tkName, "a name")
	}
	if p.accept(tkAssign) {
		return p.higher(p.expressions())
	}
	return 1
}

// body parses the parameters and the block of a function. Its keyword was read.
func (p *parser) body(keyword token) int {
	p.opens = append(p.opens, open{keyword, tkEnd})
	p.out.events.open(eventFunction, keyword.start)
	p.fn = &function{outer: p.fn}
	if p.tok.kind != tkLparen {
		p.unexpected("'('")
	}
	p.push(tkRparen)
	if p.tok.kind != tkRparen {
		for {
			if p.accept(tkDots) {
				p.fn.vararg = true
				break
			}
			p.expect(tkName, "a parameter")
			if !p.accept(tkComma) {
				break
			}
		}
	}
	p.pop()
	echoes := p.echoes
	p.echoes = false
	h := p.block()
	p.echoes = echoes
	p.fn = p.fn.outer
	p.out.events.close(p.tok.start)
	p.pop()
	return p.higher(h)
}

// assignmentOrCall parses the rest of a statement that begins with e.
func (p *parser) assignmentOrCall(e operand) int {
	if e.form == formCall && p.tok.kind != tkAssign && p.tok.kind != tkComma {
		return e.height
	}
	h := e.height
	for {
		if e.form != formVariable {
			p.unassignable(e)
		}
		if !p.accept(tkComma) {
			break
		}
		e = p.suffixed()
		h = max(h, e.height)
	}
	if p.tok.kind != tkAssign {
		p.unexpected("'=' or a call")
	}
	p.next()
	return p.higher(h, p.expressions())
}

// unassignable fails because e is followed by "=" or "," or is a statement of
// its own, and is no variable.
func (p *parser) unassignable(e operand) {
	if p.tok.kind == tkAssign || p.tok.kind == tkComma {
		p.fail("nothing can be assigned to a call or an expression in parentheses")
	}
	p.unexpected("'=' or a call")
}
