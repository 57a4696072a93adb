package template

import "strconv"

// output collects what the page prints and puts the calls that print it into the
// chunk. Neighbouring pieces share one call, as long as nobody can tell: an
// expression that calls a function may print or include, so that what stands
// before it must be printed before it is evaluated. It begins a run of its own.
type output struct {
	p           *parser
	suffix      string // what the names Out and OutWide end in
	pieces      []Piece
	ends        []int // ends[i] is where in pieces run i ends
	exprs       []exprSpan
	texts       map[int]*alternatives // by the offset of the expression
	contentType string
	start       int // where the run that is open begins in the source
	events      events
}

// exprSpan is where an expression of the open run stands in the source.
type exprSpan span

func newOutput(p *parser) output {
	return output{p: p}
}

// first returns the index of the first piece of the open run.
func (o *output) first() int {
	if len(o.ends) == 0 {
		return 0
	}
	return o.ends[len(o.ends)-1]
}

// add appends a piece to the open run, which it opens if there is none.
func (o *output) add(piece Piece, start int) {
	if len(o.pieces) == o.first() {
		o.start = start
	}
	o.pieces = append(o.pieces, piece)
}

// text adds the literal text of a token.
func (o *output) text(t token) {
	if t.text.start == t.text.end {
		return
	}
	s := o.p.lx.src[t.text.start:t.text.end]
	o.events.add(event{eventText, t.text.start, len(o.pieces)})
	o.add(Piece{Text: s, Offset: t.text.start}, t.start)
}

// expression adds the expression from start to end.
func (o *output) expression(start, end int, e operand) {
	if e.texts != nil {
		if o.texts == nil {
			o.texts = make(map[int]*alternatives)
		}
		o.texts[start] = e.texts
	}
	if e.calls || len(o.exprs) == MaxRunExprs {
		o.flush()
	}
	o.events.add(event{eventExpression, start, len(o.pieces)})
	o.add(Piece{Expr: true, Offset: start, calls: e.calls}, start)
	o.exprs = append(o.exprs, exprSpan{start, end})
}

// flush ends the open run and writes its call.
func (o *output) flush() {
	if len(o.pieces) == o.first() {
		return
	}
	n := len(o.ends)
	if n >= maxRuns {
		o.p.fail("the page prints more than " + strconv.Itoa(maxRuns) + " separate pieces")
	}
	o.ends = append(o.ends, len(o.pieces))
	call := " " + Out + o.suffix + "("
	if n >= runBase*runBase {
		call = " " + OutWide + o.suffix + "(" + strconv.Itoa(n/(runBase*runBase)) + ","
	}
	call += strconv.Itoa(n/runBase%runBase) + "," + strconv.Itoa(n%runBase)
	rw := &o.p.rw
	if len(o.exprs) == 0 {
		rw.insert(o.start, before, call+");")
		return
	}
	// The call stands on the line of its first expression, not on that of the text
	// before it, because Lua names the line of a call in messages.
	for i, e := range o.exprs {
		if i == 0 {
			rw.insert(e.start, before, call)
		}
		rw.insert(e.start, before, ",(")
		rw.insert(e.end, behind, ")")
		if i == len(o.exprs)-1 {
			rw.insert(e.end, behind, ");")
		}
	}
	o.exprs = o.exprs[:0]
}

// finish returns the runs of the page.
func (o *output) finish() []Run {
	f := flow{p: o.p, events: o.events.list, pieces: o.pieces}
	f.place()
	o.contentType = f.contentType
	runs := make([]Run, len(o.ends))
	at := 0
	for i, end := range o.ends {
		runs[i] = o.pieces[at:end:end]
		at = end
	}
	return runs
}
