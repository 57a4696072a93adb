package template

// event is what matters of the page to where its expressions stand: its text and
// expressions, and how control flows between them.
type event struct {
	kind  eventKind
	at    int // offset in the source, for messages
	piece int // of eventText and eventExpression, the index of the piece
}

type eventKind uint8

const (
	eventText eventKind = iota
	eventExpression
	eventIf
	eventElse     // elseif
	eventLastElse // else
	eventLoop     // a loop whose body may not run at all
	eventRepeat   // a loop whose body runs once or more
	eventFunction
	eventEnd // of any of the above
	eventReturn
	eventBreak
	eventJump   // goto, or a label
	eventCall   // of a function that prints expressions
	eventMarkup // a call that may print markup, in a page where that matters
)

// events collects the events of a page.
type events struct {
	list  []event
	marks []eventMark
	kept  int // how many events are none of flow alone
	texts int // how many of them print
	exprs int // how many of those are expressions

	foreign bool // the page has svg or math in it

	// printers are the functions that print expressions, by the name under which
	// the page defines them.
	printers map[string]bool
}

// eventMark is the state of events when a construct began.
type eventMark struct{ start, kept, texts int }

// add notes an event that is no part of a construct.
func (e *events) add(ev event) {
	e.list = append(e.list, ev)
	e.kept++
	if ev.kind <= eventExpression {
		e.texts++
	}
	if ev.kind == eventExpression {
		e.exprs++
	}
}

// call notes a call of any function.
func (e *events) call(at int) {
	if n := len(e.list); e.foreign && (n == 0 || e.list[n-1].kind != eventMarkup) {
		e.add(event{kind: eventMarkup, at: at})
	}
}

// define notes that name is a function in which expressions are printed.
func (e *events) define(name string) {
	if e.printers == nil {
		e.printers = make(map[string]bool)
	}
	e.printers[name] = true
}

// open begins a construct.
func (e *events) open(kind eventKind, at int) {
	e.marks = append(e.marks, eventMark{len(e.list), e.kept, e.texts})
	e.list = append(e.list, event{kind: kind, at: at})
}

// branch begins the next branch of an if.
func (e *events) branch(kind eventKind, at int) {
	e.list = append(e.list, event{kind: kind, at: at})
}

// close ends a construct, and forgets it if nothing in it matters.
func (e *events) close(at int) {
	m := e.marks[len(e.marks)-1]
	e.marks = e.marks[:len(e.marks)-1]
	matters := e.kept > m.kept
	if e.list[m.start].kind == eventFunction {
		matters = e.texts > m.texts
	}
	if !matters {
		e.list = e.list[:m.start]
		e.kept, e.texts = m.kept, m.texts
		return
	}
	e.list = append(e.list, event{kind: eventEnd, at: at})
}
