package lua

import (
	"errors"
	"fmt"
	"unsafe"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/vm"
	"lcgi/template"
)

// rawText is text that is HTML already: what raw returns.
type rawText string

// rawType is the name of its metatable in the registry of a machine.
const rawType = "lcgi.raw"

// out is the function by which the code of p prints: its runs of text and
// values. digits is how many digits the run's number has.
func (p *Program) out(digits int) glua.LGFunction {
	return func(L *glua.LState) int {
		var number [3]int
		for i := range digits {
			n, _ := L.Get(i + 1).(glua.LNumber)
			number[i] = int(n)
		}
		index := template.RunIndex(number[:digits]...)
		if index < 0 || index >= len(p.page.Runs) {
			L.RaiseError("%s is for the page compiler only", template.Out)
		}
		p.print(L, p.page.Runs[index], digits+1)
		return 0
	}
}

// appendAtOnce is how many bytes a run prints before the limit is looked at.
const appendAtOnce = 1 << 20

// print prints a run whose values are the arguments from first on.
func (p *Program) print(L *glua.LState, pieces template.Run, first int) {
	run := runOf(L)
	w := run.w
	if err := run.cursor.Print(p.page, pieces); err != nil {
		vm.Raise(L, err)
	}
	for next, arg := 0, first; next < len(pieces); {
		var failed error
		err := w.Append(func(dst []byte) []byte {
			// The limit of the output is looked at between pieces of this size.
			for limit := len(dst) + appendAtOnce; next < len(pieces) && len(dst) < limit; next++ {
				piece := &pieces[next]
				if !piece.Expr {
					dst = append(dst, piece.Text...)
					continue
				}
				v := L.Get(arg)
				if isObject(v) {
					return dst
				}
				if dst, failed = appendValue(L, dst, piece.Place, v); failed != nil {
					return dst
				}
				arg++
			}
			return dst
		})
		if err != nil {
			run.outputFailed(L, err)
			return
		}
		if failed == nil && next < len(pieces) && pieces[next].Expr && isObject(L.Get(arg)) {
			// __tostring is Lua code and may itself print: it is called when all
			// before it is printed, and not while the output is being appended to.
			cursor := run.cursor
			run.cursor.Stop(p.page, pieces, next)
			failed = resolve(L, arg, arg)
			run.cursor = cursor
		}
		if failed != nil {
			run.cursor.Stop(p.page, pieces, next)
			// The run may span lines, and Lua names only that of the call.
			L.RaiseError("%s, in the <?= at %s", failed.Error(), p.page.PosAt(pieces[next].Offset))
		}
	}
}

// isObject reports whether v may have a __tostring of the page's.
func isObject(v glua.LValue) bool {
	switch v := v.(type) {
	case *glua.LTable:
		return true
	case *glua.LUserData:
		_, ok := v.Value.(rawText)
		return !ok
	}
	return false
}

// resolve replaces the arguments from first to last that are objects by what
// their __tostring returns. Without one they cannot be printed.
func resolve(L *glua.LState, first, last int) error {
	for i := first; i <= last; i++ {
		v := L.Get(i)
		if !isObject(v) {
			continue
		}
		s, ok := glua.LString(""), false
		if L.GetMetaField(v, "__tostring") != glua.LNil {
			s, ok = L.ToStringMeta(v).(glua.LString)
		}
		if !ok {
			return unprintable(v)
		}
		L.Replace(i, s)
	}
	return nil
}

// appendValue appends v, made safe for its place in the HTML.
func appendValue(L *glua.LState, dst []byte, place template.Place, v glua.LValue) ([]byte, error) {
	switch v := v.(type) {
	case glua.LString:
		return place.Append(dst, template.String, string(v))
	case glua.LNumber:
		var buf [32]byte
		text := vm.AppendNumber(buf[:0], float64(v))
		return place.Append(dst, template.Number, unsafe.String(&text[0], len(text)))
	case glua.LBool:
		return place.Append(dst, template.Bool, v.String())
	case *glua.LNilType:
		return place.Append(dst, template.Nil, "")
	case *glua.LUserData:
		if raw, ok := v.Value.(rawText); ok {
			return append(dst, raw...), nil
		}
	}
	return dst, unprintable(v)
}

func unprintable(v glua.LValue) error {
	return fmt.Errorf("a %s cannot be printed; print one of its fields, or give it a __tostring", v.Type())
}

// appendRaw appends v as put writes it: as it is.
func appendRaw(L *glua.LState, dst []byte, v glua.LValue) ([]byte, error) {
	switch v := v.(type) {
	case glua.LString:
		return append(dst, v...), nil
	case glua.LNumber:
		return vm.AppendNumber(dst, float64(v)), nil
	case glua.LBool:
		return append(dst, v.String()...), nil
	case *glua.LNilType:
		return dst, nil
	case *glua.LUserData:
		if raw, ok := v.Value.(rawText); ok {
			return append(dst, raw...), nil
		}
	}
	return dst, unprintable(v)
}

// put(…) writes its arguments into the page as they are.
func put(L *glua.LState) int {
	if err := resolve(L, 1, L.GetTop()); err != nil {
		L.RaiseError("put: %s", err.Error())
	}
	run := runOf(L)
	for i := 1; i <= L.GetTop(); i++ {
		var failed error
		err := run.w.Append(func(dst []byte) []byte {
			dst, failed = appendRaw(L, dst, L.Get(i))
			return dst
		})
		if failed != nil {
			L.RaiseError("put: %s", failed.Error())
		}
		if err != nil {
			run.outputFailed(L, err)
			return 0
		}
	}
	return 0
}

// outputFailed raises the error of a write. A page that streams to a client that has
// left ends as by exit: it has not failed, and its sessions are saved. What is called
// before they are saved comes to its end, or half of what it does would be kept.
func (run *run) outputFailed(L *glua.LState, err error) {
	var gone *cgi.SendError
	switch {
	case !errors.As(err, &gone):
		vm.Raise(L, err)
	case !run.finishing:
		run.machine.Exit(L)
	}
}

// pageWriter is the page as io.write, print and the children of os.execute write
// into it.
type pageWriter struct{ run *run }

func (p pageWriter) Write(b []byte) (int, error) {
	n, err := p.run.w.Write(b)
	var gone *cgi.SendError
	switch {
	case !errors.As(err, &gone):
	case p.run.finishing:
		return len(b), nil
	default:
		p.run.machine.End()
	}
	return n, err
}

// text returns argument n as the text that put would write.
func text(L *glua.LState, n int) string {
	err := resolve(L, n, n)
	var s []byte
	if err == nil {
		s, err = appendRaw(L, nil, L.Get(n))
	}
	if err != nil {
		L.ArgError(n, err.Error())
	}
	return string(s)
}

// raw(s) marks a string as HTML, which <?= ?> then prints as it is.
func raw(L *glua.LState) int {
	L.Push(newRaw(L, text(L, 1)))
	return 1
}

// escape(s) returns s escaped for HTML text and quoted attributes.
func escape(L *glua.LState) int {
	L.Push(glua.LString(escapeHTML(text(L, 1))))
	return 1
}

func newRaw(L *glua.LState, s string) *glua.LUserData {
	ud := L.NewUserData()
	ud.Value = rawText(s)
	mt, ok := L.GetTypeMetatable(rawType).(*glua.LTable)
	if !ok {
		mt = L.NewTypeMetatable(rawType)
		mt.RawSetString("__tostring", L.NewFunction(func(L *glua.LState) int {
			L.Push(glua.LString(text(L, 1)))
			return 1
		}))
		mt.RawSetString("__concat", L.NewFunction(rawConcat))
	}
	ud.Metatable = mt
	return ud
}

// rawConcat joins raw text and other values: what is not raw is escaped.
func rawConcat(L *glua.LState) int {
	var joined string
	for i := 1; i <= 2; i++ {
		s := text(L, i)
		if ud, ok := L.Get(i).(*glua.LUserData); !ok {
			s = escapeHTML(s)
		} else if _, ok := ud.Value.(rawText); !ok {
			s = escapeHTML(s)
		}
		joined += s
	}
	L.Push(newRaw(L, joined))
	return 1
}

// escapeHTML returns s escaped for HTML text and quoted attributes.
func escapeHTML(s string) string {
	escaped, err := template.Place{}.Append(make([]byte, 0, len(s)+len(s)/8), template.String, s)
	if err != nil {
		// The place HTML text takes every string.
		panic(err)
	}
	return string(escaped)
}
