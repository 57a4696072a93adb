package lua

import (
	"errors"
	"strconv"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
	"lcgi/template"
)

// A Program is a compiled page. It is immutable and shared by goroutines.
type Program struct {
	page    *template.Page
	code    *vm.Program
	outputs []output // the functions by which code prints
}

// An output is a function that the code of one page calls to print.
type output struct {
	name  string
	print glua.LGFunction
}

// Parse parses and compiles the source of a page. The error is a
// *template.Error, also for a mistake that only the Lua compiler sees.
func (e *Engine) Parse(name string, src []byte) (*Program, error) {
	// Functions of several pages may print in one machine, each its own text.
	suffix := strconv.FormatUint(e.programs.Add(1), 36)
	page, err := template.ParseSuffixed(name, src, suffix)
	if err != nil {
		return nil, err
	}
	code, err := e.library.Compile(page.Name, page.Code)
	if err != nil {
		return nil, pageError(page, err)
	}
	p := &Program{page: page, code: code}
	p.outputs = []output{
		{template.Out + suffix, p.out(2)},
		{template.OutWide + suffix, p.out(3)},
	}
	return p, nil
}

// pageError moves a syntax error from the chunk to the page.
func pageError(page *template.Page, err error) error {
	var syntax *vm.SyntaxError
	if !errors.As(err, &syntax) {
		return err
	}
	e := &template.Error{Name: page.Name, Msg: syntax.Message}
	if syntax.Line > 0 {
		e.Pos = page.Pos(syntax.Line, syntax.Col)
	}
	if e.Pos.IsZero() || !page.Unclosed.IsZero() && e.Pos.Line >= page.Unclosed.Line {
		e.Unclosed = page.Unclosed
	}
	return e
}

// checkCode refuses plain Lua that nests deeper than its compiler can bear.
func checkCode(name, code string) error { return template.CheckLua(name, code) }
