package lua

import (
	"errors"
	"fmt"
	"strings"

	"lcgi/cgi"
	"lcgi/lua/vm"
	"lcgi/template"
)

// A failure is a page that did not come to its end, as the log and the error
// page tell it. It has no line breaks, so that no page can forge a log line.
type failure struct {
	message string
	frames  []vm.Frame // innermost first; the first is where it happened
	column  int        // of the first frame; 0 if unknown
	goStack []byte
	err     error
}

func newFailure(err error) *failure {
	f := &failure{message: err.Error(), err: err}
	var parse *template.Error
	var ran *vm.Error
	switch {
	case errors.As(err, &ran):
		f.message, f.frames, f.goStack = ran.Message, ran.Frames, ran.GoStack
		if errors.As(ran.Cause, &parse) {
			// A page that was included does not compile: that is the place.
			f.message = parse.Detail()
			f.frames = append([]vm.Frame{{Source: parse.Name, Line: parse.Pos.Line, Func: "main chunk"}}, f.frames...)
			f.column = parse.Pos.Col
		}
	case errors.As(err, &parse):
		f.message = parse.Detail()
		f.frames = []vm.Frame{{Source: parse.Name, Line: parse.Pos.Line, Func: "main chunk"}}
		f.column = parse.Pos.Col
	}
	return f
}

// Error returns one line: where it happened, what, and how the page came there.
func (f *failure) Error() string {
	var b strings.Builder
	for i, frame := range f.frames {
		switch {
		case i == 0 && f.column > 0:
			fmt.Fprintf(&b, "%s:%d:%d: ", frame.Source, frame.Line, f.column)
		case i == 0:
			fmt.Fprintf(&b, "%s:%d: ", frame.Source, frame.Line)
		}
	}
	b.WriteString(f.message)
	for i, frame := range f.frames {
		if i > 0 {
			fmt.Fprintf(&b, "; called from %s:%d", frame.Source, frame.Line)
		}
	}
	if f.goStack != nil {
		fmt.Fprintf(&b, "; %s", f.goStack)
	}
	return oneLine(b.String())
}

// Unwrap returns the error that the failure tells of.
func (f *failure) Unwrap() error { return f.err }

// oneLine shows control characters, so that text stays one line of the log.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return '␊'
		case r < ' ' && r != '\t', r == 0x7f:
			return '�'
		}
		return r
	}, s)
}

// status returns the status that answers the failure.
func (f *failure) status() int {
	var se *cgi.StatusError
	if errors.As(f.err, &se) {
		return se.Status
	}
	return 500
}

// fail answers a request whose page failed. The error it returns goes to the
// log; where nothing was sent the front end answers with a plain page.
func (run *run) fail(err error) error {
	f := newFailure(err)
	run.close()
	if run.engine.cfg.Errors != "page" || f.status() != 500 {
		return f
	}
	if run.w.Reset() != nil {
		return f // a part has been sent
	}
	run.w.SetStatus(500)
	run.w.SetHeader("Content-Type", "text/html; charset=utf-8")
	run.w.SetHeader("Cache-Control", "no-store")
	if _, err := run.w.Write(errorPage(run, f)); err != nil {
		return errors.Join(f, err)
	}
	if err := run.w.Commit(); err != nil {
		return errors.Join(f, err)
	}
	return f
}
