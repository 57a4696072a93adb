package template

// form is what an operand is.
type form uint8

const (
	formValue    form = iota // anything that is only a value
	formVariable             // a name, or an index of something
	formCall
)

// operand is what the parser knows of an expression.
type operand struct {
	height int
	form   form
	calls  bool          // evaluating it calls, or makes, a function: what it does may show in the output
	texts  *alternatives // what it is one of, if that is known
}

// over returns the operand whose root stands on a and b.
func (p *parser) over(a, b operand) operand {
	return operand{height: p.higher(a.height, b.height), calls: a.calls || b.calls}
}

// expression parses an expression.
func (p *parser) expression() operand { return p.binary(0) }

// expressions parses a list of expressions.
func (p *parser) expressions() int {
	h := p.expression().height
	for p.accept(tkComma) {
		h = max(h, p.expression().height)
	}
	return h
}

// unaryPriority binds an operand to a unary operator.
const unaryPriority = 8

// priority returns how strongly a binary operator binds its left and its right
// operand (Lua 5.1, lparser.c), or 0.
func priority(k kind) (left, right int) {
	switch k {
	case tkPlus, tkMinus:
		return 6, 6
	case tkStar, tkSlash, tkPercent:
		return 7, 7
	case tkCaret:
		return 10, 9
	case tkConcat:
		return 5, 4
	case tkEq, tkNe, tkLt, tkLe, tkGt, tkGe:
		return 3, 3
	case tkAnd:
		return 2, 2
	case tkOr:
		return 1, 1
	}
	return 0, 0
}

// binary parses an expression whose operators bind stronger than limit.
func (p *parser) binary(limit int) operand {
	p.enter()
	defer p.leave()
	var e operand
	switch p.tok.kind {
	case tkNot, tkMinus, tkHash:
		p.next()
		e = p.over(p.binary(unaryPriority), operand{})
	default:
		e = p.simple()
	}
	return p.operators(e, limit)
}

// operators parses the operators that bind stronger than limit, and their right
// operands, behind the operand e.
func (p *parser) operators(e operand, limit int) operand {
	for {
		left, right := priority(p.tok.kind)
		if left <= limit {
			return e
		}
		operator := p.tok.kind
		p.next()
		second := p.binary(right)
		texts := second.texts
		switch operator {
		case tkAnd:
			texts = texts.and()
		case tkOr:
			texts = e.texts.or(texts)
		default:
			texts = nil
		}
		e = p.over(e, second)
		e.texts = texts
	}
}

// simple parses an operand.
func (p *parser) simple() operand {
	switch p.tok.kind {
	case tkNumber, tkString, tkNil, tkTrue, tkFalse:
		texts := p.alternative(p.tok)
		p.next()
		return operand{height: 1, texts: texts}
	case tkDots:
		if !p.fn.vararg {
			p.fail("'...' stands in a function that does not take '...'")
		}
		p.next()
		return operand{height: 1}
	case tkLbrace:
		return p.table()
	case tkFunction:
		keyword := p.tok
		p.next()
		return operand{height: p.body(keyword), calls: true}
	}
	return p.suffixed()
}

// table parses a table constructor.
func (p *parser) table() operand {
	p.push(tkRbrace)
	e := operand{height: 1}
	for p.tok.kind != tkRbrace {
		switch {
		case p.tok.kind == tkName && p.peek().kind == tkAssign:
			p.next()
			p.next()
		case p.tok.kind == tkLbracket:
			p.push(tkRbracket)
			e = e.with(p.expression())
			p.pop()
			p.expect(tkAssign, "'='")
		}
		e = e.with(p.expression())
		if !p.accept(tkComma) && !p.accept(tkSemicolon) {
			break
		}
	}
	p.pop()
	return p.over(e, operand{})
}

// with returns e with b beside it.
func (e operand) with(b operand) operand {
	e.height = max(e.height, b.height)
	e.calls = e.calls || b.calls
	return e
}

// suffixed parses a name or an expression in parentheses and the indexes and
// calls behind it.
func (p *parser) suffixed() operand {
	var e operand
	switch p.tok.kind {
	case tkName:
		name := p.tok
		p.next()
		if events := &p.out.events; p.tok.kind == tkLparen && events.printers[p.text(name)] {
			events.add(event{kind: eventCall, at: name.start})
		}
		e = operand{height: 1, form: formVariable}
	case tkLparen:
		p.push(tkRparen)
		inner := p.expression()
		e = p.over(inner, operand{})
		e.texts = inner.texts
		p.pop()
	default:
		p.unexpected("an expression")
	}
	return p.suffixes(e)
}

// suffixes parses the indexes and calls behind e.
func (p *parser) suffixes(e operand) operand {
	for {
		next, ok := p.suffix(e)
		if !ok {
			return e
		}
		e = next
	}
}

// suffix parses one index or call behind e, if there is one.
func (p *parser) suffix(e operand) (operand, bool) {
	switch p.tok.kind {
	case tkDot:
		p.next()
		p.expect(tkName, "a name")
		e = p.over(e, operand{})
		e.form = formVariable
	case tkLbracket:
		p.push(tkRbracket)
		e = p.over(e, p.expression())
		p.pop()
		e.form = formVariable
	case tkColon:
		p.next()
		p.expect(tkName, "a name")
		switch p.tok.kind {
		case tkLparen, tkLbrace, tkString:
		default:
			p.unexpected("an argument list")
		}
		e = p.call(e)
	case tkLparen, tkLbrace, tkString:
		e = p.call(e)
	default:
		return e, false
	}
	return e, true
}

// call parses the arguments of a call of e.
func (p *parser) call(e operand) operand {
	p.out.events.call(p.tok.start)
	switch p.tok.kind {
	case tkLparen:
		args, _ := p.arguments()
		e = p.over(e, args)
	case tkLbrace:
		e = p.over(e, p.table())
	default:
		p.next()
		e = p.over(e, operand{})
	}
	e.form, e.calls = formCall, true
	return e
}

// arguments parses arguments in parentheses and returns how many there are.
func (p *parser) arguments() (e operand, n int) {
	if p.tok.newLine {
		p.fail("this may be a call of what stands on the line before, or a new statement; write both on one line or a ';' before it")
	}
	p.push(tkRparen)
	if p.tok.kind != tkRparen {
		e, n = p.expression(), 1
		for p.accept(tkComma) {
			e = e.with(p.expression())
			n++
		}
	}
	p.pop()
	return e, n
}
