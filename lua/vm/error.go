package vm

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// A Frame is one level of a call stack.
type Frame struct {
	Source string // the name of the chunk
	Line   int    // 1-based: the line that runs
	Func   string // "main chunk", or what the function is called where it was called
}

// An Error is a program that failed.
type Error struct {
	Message string      // what happened, without the position
	Value   glua.LValue // what was raised; nil where the machine itself failed
	Frames  []Frame     // the Lua functions that ran, innermost first; may be empty
	Cause   error       // the Go error behind it, if there is one
	GoStack []byte      // the stack of a Go panic; nil for Lua errors
}

func (e *Error) Error() string {
	if len(e.Frames) == 0 {
		return e.Message
	}
	return fmt.Sprintf("%s:%d: %s", e.Frames[0].Source, e.Frames[0].Line, e.Message)
}

// Unwrap returns the Go error behind a failed program: why it was stopped, or
// what a Go function gave to [Raise].
func (e *Error) Unwrap() error { return e.Cause }

// Raise raises err as a Lua error, at the position of the Lua code that called
// the running Go function. For programs it is a string like every other error;
// where no pcall catches it, or what was caught is raised again as it is,
// errors.As finds err behind the *Error of the run.
func Raise(L *glua.LState, err error) {
	r := &raised{err: err, text: where(L) + err.Error()}
	Of(L).raised = r
	L.Error(glua.LString(r.text), 0)
}

// raised is the Go error behind the string that Raise has raised last.
type raised struct {
	err  error
	text string
}

func newError(L *glua.LState, err error, frames []Frame, goStack []byte) *Error {
	var api *glua.ApiError
	if !errors.As(err, &api) {
		return &Error{Message: err.Error(), Frames: frames, GoStack: goStack}
	}
	e := &Error{Value: api.Object, Frames: frames, GoStack: goStack}
	switch v := api.Object.(type) {
	case glua.LString:
		e.Message = string(v)
		if r := Of(L).raised; r != nil && r.text == e.Message {
			e.Cause = r.err
		}
	default:
		e.Message = describe(L, v)
	}
	e.Message = strings.TrimSpace(e.Message)
	e.splitPosition()
	return e
}

// describe puts into words an error value that is no string.
func describe(L *glua.LState, v glua.LValue) (text string) {
	kind := v.Type().String()
	text = fmt.Sprintf("(the error raised is a %s value without __tostring)", kind)
	if v == glua.LNil {
		return "(the error raised is nil)"
	}
	if L.GetMetaField(v, "__tostring") == glua.LNil {
		if t, ok := v.(*glua.LTable); ok {
			for _, field := range []string{"message", "msg", "error"} {
				if s, ok := t.RawGetString(field).(glua.LString); ok {
					return string(s)
				}
			}
		}
		return text
	}
	defer func() {
		if recover() != nil {
			text = fmt.Sprintf("(the error raised is a %s value whose __tostring fails)", kind)
		}
	}()
	return L.ToStringMeta(v).String()
}

// splitPosition takes the "name:line: " that Lua puts before messages away: it
// says the same as a frame. Where the stack was lost, the position in the
// message becomes the only frame.
func (e *Error) splitPosition() {
	for i, f := range e.Frames {
		prefix := fmt.Sprintf("%s:%d:", f.Source, f.Line)
		if rest, ok := strings.CutPrefix(e.Message, prefix); ok {
			e.Message = strings.TrimSpace(rest)
			// error("…", 2) blames a caller: what it called is not the place.
			e.Frames = e.Frames[i:]
			return
		}
	}
	// A coroutine failed, whose stack is gone; or the stack was lost. Only what
	// names a chunk of the stack is taken for a position.
	source, rest, ok := strings.Cut(e.Message, ":")
	if !ok || len(e.Frames) > 0 && !e.runs(source) {
		return
	}
	var line int
	number, rest, ok := strings.Cut(rest, ": ")
	if _, err := fmt.Sscanf(number, "%d", &line); err != nil || !ok {
		return
	}
	place := Frame{Source: source, Line: line, Func: "coroutine"}
	if len(e.Frames) == 0 {
		place.Func = "?"
	}
	e.Frames = append([]Frame{place}, e.Frames...)
	e.Message = rest
}

// runs reports whether a chunk of the given name is on the stack.
func (e *Error) runs(source string) bool {
	for _, f := range e.Frames {
		if f.Source == source {
			return true
		}
	}
	return false
}

// maxFrames is how much of a deep stack is kept, from the innermost call on.
const maxFrames = 50

func callStack(L *glua.LState) []Frame {
	var frames []Frame
	for f, ok := topFrame(L); ok && len(frames) < maxFrames; f, ok = f.parent() {
		proto := f.function().Proto
		if proto == nil || hidden(Of(L), f) || f.line() == 0 {
			continue // a Go function
		}
		name := "main chunk"
		if d, ok := calleeOf(L, f); ok && d.name != "?" {
			name = d.name
		} else if proto.LineDefined > 0 {
			name = fmt.Sprintf("function defined in line %d", proto.LineDefined)
		}
		frames = append(frames, Frame{Source: proto.SourceName, Line: f.line(), Func: name})
	}
	return frames
}
