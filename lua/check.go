package lua

import (
	"errors"

	"lcgi/lua/vm"
	"lcgi/template"
)

// A Mistake is a fault in the source of a page or module that is found without
// running it.
type Mistake struct {
	File    string `json:"file"`
	Line    int    `json:"line"`   // 1-based; 0 if unknown
	Column  int    `json:"column"` // 1-based, in characters; 0 if unknown
	Message string `json:"message"`
}

// Check parses and compiles the source of a file, a page or (named .lua) a
// module, and returns what is wrong with it, or nil. Name stands for the file
// in the Mistake.
func (e *Engine) Check(name string, src []byte, module bool) *Mistake {
	compile := compilePage
	if module {
		compile = compileModule
	}
	_, err := compile(e, name, src)
	if err == nil {
		return nil
	}
	m := &Mistake{File: name, Message: err.Error()}
	var parse *template.Error
	var syntax *vm.SyntaxError
	switch {
	case errors.As(err, &parse):
		m.Line, m.Column, m.Message = parse.Pos.Line, parse.Pos.Col, parse.Detail()
	case errors.As(err, &syntax):
		m.Line, m.Column, m.Message = syntax.Line, syntax.Col, syntax.Message
	}
	return m
}
