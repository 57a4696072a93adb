package lua

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

// So much of a message and of a call stack is told: what a visitor has sent can be
// part of a message, and must not fill the log.
const (
	maxMessage = 2000 // bytes
	maxFrames  = 12
)

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
	if n := len(f.message); n > maxMessage {
		f.message = fmt.Sprintf("%s… (%d bytes)", strings.ToValidUTF8(f.message[:maxMessage], ""), n)
	}
	// What a compatibility module does is done for the page that calls it.
	if site := slices.DeleteFunc(slices.Clone(f.frames), func(frame vm.Frame) bool { return isBuiltin(frame.Source) }); len(site) > 0 {
		f.frames = site
	}
	f.frames = slices.Compact(f.frames) // a function that calls itself is told once
	f.frames = f.frames[:min(len(f.frames), maxFrames)]
	return f
}

// because notes why the request had to end, where that decides the answer: what the
// page was at failed for it.
func (f *failure) because(cause error) {
	var end *cgi.StatusError
	if !errors.As(cause, &end) {
		return
	}
	if !errors.Is(f.err, end) {
		f.message += "; " + end.Error()
	}
	f.err = fmt.Errorf("%w; %w", end, f.err) // on one line, unlike errors.Join
}

// Error returns one line: where it happened, what, and how the page came there.
func (f *failure) Error() string {
	var b strings.Builder
	for i, frame := range f.frames {
		switch {
		case i == 0 && f.column > 0:
			fmt.Fprintf(&b, "%s:%d:%d: %s", frame.Source, frame.Line, f.column, f.message)
		case i == 0:
			fmt.Fprintf(&b, "%s:%d: %s", frame.Source, frame.Line, f.message)
		default:
			fmt.Fprintf(&b, "; called from %s:%d", frame.Source, frame.Line)
		}
	}
	if len(f.frames) == 0 {
		b.WriteString(f.message)
	}
	if f.goStack != nil {
		fmt.Fprintf(&b, "; %s", f.goStack)
	}
	return cgi.OneLine(b.String())
}

// Unwrap returns the error that the failure tells of.
func (f *failure) Unwrap() error { return f.err }

// answer returns the status and the headers that answer the failure.
func (f *failure) answer() (status int, header []cgi.Field) {
	var se *cgi.StatusError
	if errors.As(f.err, &se) {
		return se.Status, se.Header
	}
	return 500, nil
}

// fail answers a request whose page failed. The error it returns goes to the
// log; where nothing was sent the front end answers with a plain page.
func (run *run) fail(err error) error {
	f := newFailure(err)
	if hint := run.engine.hint(f.message); hint != "" {
		f.message += "; " + hint
	}
	f.because(context.Cause(run.ctx))
	run.close()
	if err := run.r.Close(); err != nil {
		run.engine.cfg.Logf("%s: %v", run.r.ID(), err)
	}
	if run.engine.cfg.Errors != "page" {
		return f
	}
	if run.w.Reset() != nil {
		run.failStream(f)
		return f
	}
	if run.r.WantsJSON() {
		return f // the front end answers, and says why
	}
	status, header := f.answer()
	run.w.SetStatus(status)
	for _, h := range append(header, cgi.Field{Name: "Cache-Control", Value: "no-store"}) {
		run.w.SetHeader(h.Name, h.Value)
	}
	if _, err := run.w.Write(errorPage(run, f)); err != nil {
		return fmt.Errorf("%w; %w", f, err)
	}
	if err := run.w.Commit(); err != nil {
		return fmt.Errorf("%w; %w", f, err)
	}
	return f
}

// failStream shows a failure at the end of what has been sent of a page, whatever
// element that ends in. The client has left, perhaps: there is nothing to be done.
func (run *run) failStream(f *failure) {
	if run.w.FlushedAt() == "" || !strings.HasPrefix(run.w.Header("Content-Type"), "text/html") && run.w.Header("Content-Type") != "" {
		return
	}
	run.w.WriteString("\n--></script></style></textarea></title></select><hr><pre style=\"white-space:pre-wrap\">" + escapeHTML(f.Error()) + "</pre>\n")
	run.w.Flush("the end")
}
