package template

import "strings"

// flow follows the text of a page along all ways that control may take, and
// decides the place of every expression so that it is right on all of them.
type flow struct {
	p           *parser
	events      []event
	pieces      []Piece
	steps       int // how many events were read
	split       int // offset of the construct whose branches differed last, or -1
	contentType string
	doubt       int // offset of the text that could be read in two ways, if there is such a text
	exits       []path
	start       *context // where the function began whose body is read, nil in the page itself
}

// path is where the page stands on one way through it.
type path struct {
	ctx   context
	dead  bool  // nothing gets here
	tails []int // the expressions that were printed last and mind what follows
}

// maxSteps is how often events may be read on the average before the page counts
// as too intricate: a loop is read again when its end differs from its start.
const maxSteps = 50

// maxTails bounds how many expressions wait to be told what follows them.
const maxTails = 50

// place decides all places.
func (f *flow) place() {
	f.split = -1
	at := path{}
	for _, piece := range f.pieces { // the declaration of XML stands first
		if piece.Expr {
			break
		}
		if strings.Trim(piece.Text, " \t\r\n") != "" {
			at.ctx.xml = xmlPage(f.p.lx.src, piece.Text)
			break
		}
	}
	f.contentType = at.ctx.xml.contentType()
	f.run(0, &at)
	f.follow(&at, " ")
}

// run reads events from the index i on, up to the end of the branch or construct,
// and returns the index of what ends it.
func (f *flow) run(i int, at *path) int {
	for ; i < len(f.events); i++ {
		ev := f.events[i]
		if f.steps++; f.steps > maxSteps*len(f.events)+1000 {
			f.fail(ev.at, -1, "the loops around this text are too intricate to tell where it stands in the HTML; open and close tags, attributes and quotes within one loop body")
		}
		switch ev.kind {
		case eventText:
			f.text(ev, at)
		case eventExpression:
			f.expression(ev, at)
		case eventIf:
			i = f.choice(i, at)
		case eventLoop, eventRepeat:
			i = f.loop(i, at)
		case eventFunction:
			i = f.function(i, at)
		case eventReturn:
			if f.start != nil && !at.dead && at.ctx.after() != *f.start {
				f.fail(ev.at, -1, "the function returns here "+at.ctx.describe()+"; close what its text has opened before the return")
			}
			at.dead = true
		case eventBreak:
			if !at.dead {
				f.exits = append(f.exits, f.fork(*at))
			}
			at.dead = true
		case eventJump:
			if at.ctx.state != stateText {
				f.fail(ev.at, -1, "goto and its labels cannot stand "+at.ctx.describe())
			}
		case eventMarkup:
			at.ctx.mixed = at.ctx.mixed || at.ctx.foreign > 0
		case eventCall:
			if !at.ctx.isText() {
				f.fail(ev.at, -1, "this function prints what is escaped for HTML text, but is called "+at.ctx.describe()+
					"; let it return a value, and print that with <?= ?>")
			}
		default:
			return i
		}
	}
	return i
}

func (f *flow) text(ev event, at *path) {
	piece := &f.pieces[ev.piece]
	f.follow(at, piece.Text)
	piece.stands = max(piece.stands, at.ctx.stand())
	doubtful := at.ctx.doubts()
	n, doubt := at.ctx.literal(piece.Text)
	if !doubtful && at.ctx.doubts() {
		f.doubt = piece.Offset + doubt
	}
	piece.behind = max(piece.behind, at.ctx.stand())
	if at.ctx.fault != faultNone {
		f.fault(at, piece.Offset+max(0, n-1))
	}
}

func (f *flow) expression(ev event, at *path) {
	if at.ctx.doubts() {
		reason := max(at.ctx.doubt, faultForeign)
		f.fail(f.doubt, -1, reason.String()+" (the expression is at "+position(f.p.lx.src, ev.at).String()+")")
	}
	f.follow(at, "")
	piece := &f.pieces[ev.piece]
	piece.stands = max(piece.stands, at.ctx.stand())
	place, ok := Place{}, false
	if texts := f.p.out.texts[ev.at]; texts != nil {
		place, ok = at.ctx.alternate(texts)
	}
	if !ok {
		place = at.ctx.expression()
	}
	place.flags |= piece.Place.flags & told
	piece.Place = place
	piece.behind = max(piece.behind, at.ctx.stand())
	if at.ctx.fault != faultNone {
		f.fault(at, ev.at)
	}
	if piece.Place.lang == langUnclear {
		f.fail(ev.at, f.split, "the branches before this expression leave it in different places, such as inside and outside of quotes, or behind a URL and its query; write the quotes or the URL whole, with an expression of its own, in each branch")
	}
	if piece.Place.mindsNext() {
		at.tails = []int{ev.piece}
	}
}

// fault fails at an offset because what stands there cannot be followed.
func (f *flow) fault(at *path, offset int) {
	split := -1
	if at.ctx.fault == faultNameEnd {
		split = f.split
	}
	f.fail(offset, split, at.ctx.fault.String())
}

// follow tells the expressions that were printed last that the literal text s, or
// another expression if s is empty, may follow them.
func (f *flow) follow(at *path, s string) {
	for _, i := range at.tails {
		f.pieces[i].Place = f.pieces[i].Place.followedBy(s)
	}
	at.tails = nil
}

// fork returns a copy of a path that control may also take. An attribute without
// quotes needs to know what follows a value in it.
func (f *flow) fork(at path) path {
	for _, i := range at.tails {
		if p := &f.pieces[i].Place; p.flags&bareStart != 0 {
			p.flags |= bareGlued
		}
	}
	return at
}

// choice reads an if with its branches.
func (f *flow) choice(i int, at *path) int {
	opened := f.events[i]
	start := f.fork(*at)
	var out *path
	outAt := 0
	last := false
	for {
		arm := start
		i = f.run(i+1, &arm)
		end := f.events[i]
		arm = f.fork(arm)
		f.merge(&out, arm, opened.at, &outAt, end.at, "the branches of this 'if' end in different places of the HTML")
		if end.kind == eventEnd {
			break
		}
		last = end.kind == eventLastElse
	}
	if !last {
		f.merge(&out, start, opened.at, &outAt, opened.at, "a branch of this 'if' ends in another place of the HTML than where the 'if' stands, and there is no else")
	}
	*at = *out
	return i
}

// merge joins a path into out. The construct began at the offset opened; out last
// came from a branch that ended at *before, arm ends at the offset end.
func (f *flow) merge(out **path, arm path, opened int, before *int, end int, msg string) {
	switch {
	case *out == nil:
		*out, *before = &arm, end
		return
	case arm.dead:
		return
	case (*out).dead:
		**out, *before = arm, end
		return
	}
	o := *out
	was := o.ctx.relevant()
	if !o.ctx.join(arm.ctx) {
		f.fail(max(end, *before), opened, msg+": "+o.ctx.describe()+" at "+position(f.p.lx.src, *before).String()+", "+
			arm.ctx.describe()+" at "+position(f.p.lx.src, end).String()+
			"; let what is opened in a branch be closed in it, or open and close it outside")
	}
	if o.ctx.relevant() != was {
		f.split = opened
	}
	o.tails = append(o.tails[:len(o.tails):len(o.tails)], arm.tails...)
	if o.tails = unique(o.tails); len(o.tails) > maxTails {
		f.follow(o, "")
	}
	*before = end
}

// unique returns s without what stands in it twice.
func unique(s []int) []int {
	n := 0
	for i, v := range s {
		seen := false
		for _, w := range s[:i] {
			seen = seen || v == w
		}
		if !seen {
			s[n] = v
			n++
		}
	}
	return s[:n]
}

// loop reads a loop until its body begins in what is right for the first time as
// well as for the next ones.
func (f *flow) loop(i int, at *path) int {
	opened := f.events[i]
	outer := f.exits
	head := f.fork(*at)
	const msg = "the body of this loop ends in another place of the HTML than where it begins"
	for {
		f.exits = nil
		body := head
		end := f.run(i+1, &body)
		body = f.fork(body)
		next := head
		next.tails = append([]int(nil), head.tails...)
		joined := &next
		was := head.ctx.relevant()
		before := opened.at
		if !body.dead {
			f.merge(&joined, body, opened.at, &before, f.events[end].at, msg)
		}
		if joined.ctx.relevant() != was || len(joined.tails) != len(head.tails) {
			head = *joined
			continue
		}
		out := joined
		if opened.kind == eventRepeat {
			out = &body
		}
		result := *out
		out = &result
		for _, exit := range f.exits {
			f.merge(&out, exit, opened.at, &before, f.events[end].at, "this loop is left in different places of the HTML")
		}
		f.exits = outer
		*at = *out
		return end
	}
}

// function reads the body of a function, which is called elsewhere. It must
// stand in text, where such a function can be called, and leave it there.
func (f *flow) function(i int, at *path) int {
	opened := f.events[i]
	if at.ctx.state != stateText {
		f.fail(opened.at, -1, "a function with text in it is defined "+at.ctx.describe()+
			"; define it where the page is in text, or let it return a string that <?= ?> prints")
	}
	start, exits := f.start, f.exits
	relevant := at.ctx.after()
	f.start, f.exits = &relevant, nil
	body := path{ctx: at.ctx}
	end := f.run(i+1, &body)
	f.follow(&body, "")
	if !body.dead && body.ctx.after() != relevant {
		msg := "the text of this function ends " + body.ctx.describe() + "; close in it what it has opened"
		if body.ctx.state == stateText && body.ctx.foreign < relevant.foreign {
			msg = "the text of this function closes an <svg> or <math> that it has not opened"
		}
		f.fail(f.events[end].at, opened.at, msg)
	}
	f.start, f.exits = start, exits
	return end
}

// fail fails at an offset about what was opened at another one, unless that is
// negative.
func (f *flow) fail(at, opened int, msg string) {
	panic(f.p.lx.error(at, opened, -1, msg))
}
