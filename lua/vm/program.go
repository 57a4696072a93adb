package vm

import (
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// A Program is a compiled chunk. It is immutable and shared by goroutines.
type Program struct {
	proto *glua.FunctionProto
	code  string // the source, which errors are explained by
	needs []int  // pieces of the library, in the order of installation
}

// maxSource is how long the source of a program may be: while it is compiled,
// nothing can stop it.
const maxSource = 16 << 20

// A SyntaxError tells why a chunk does not compile.
type SyntaxError struct {
	Name    string // the chunk's name
	Line    int    // 1-based; 0 where only the end of the chunk shows the mistake
	Col     int    // 1-based, in bytes; 0 if unknown
	Message string // what is wrong, without the position
}

func (e *SyntaxError) Error() string {
	switch {
	case e.Line == 0:
		return fmt.Sprintf("%s: %s", e.Name, e.Message)
	case e.Col == 0:
		return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Message)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Col, e.Message)
}

// Compile compiles Lua source. name stands before the line in error messages. A
// mistake in the source is a *SyntaxError.
//
// Code that is longer than maxSource or nests deeper than maxDepth is refused.
func (lib *Library) Compile(name, code string) (p *Program, err error) {
	defer func() {
		// The compiler panics on what it does not expect. That is the page's
		// error, not the server's end.
		switch r := recover().(type) {
		case nil:
		case depthError:
			err = &SyntaxError{Name: name, Line: int(r), Message: fmt.Sprintf("more than %d levels are nested here", maxDepth)}
		default:
			err = &SyntaxError{Name: name, Message: fmt.Sprintf("this code cannot be compiled: %v", r)}
		}
	}()
	if len(code) > maxSource {
		return nil, &SyntaxError{Name: name, Line: 1, Message: fmt.Sprintf("the source is longer than %d bytes", maxSource)}
	}
	chunk, err := parse.Parse(strings.NewReader(code), name)
	if err != nil {
		return nil, parseError(name, err)
	}
	marks := rewrite(chunk)
	proto, err := compileChunk(chunk, name)
	if err != nil {
		return nil, err
	}
	if err := lib.finish(proto, marks); err != nil {
		return nil, err
	}
	constants := make(map[string]struct{})
	collectConstants(proto, constants)
	return &Program{proto: proto, code: code, needs: lib.needs(constants)}, nil
}

func compileChunk(chunk []ast.Stmt, name string) (*glua.FunctionProto, error) {
	proto, err := glua.Compile(chunk, name)
	if err == nil {
		return proto, nil
	}
	var ce *glua.CompileError
	if errors.As(err, &ce) {
		return nil, &SyntaxError{Name: name, Line: ce.Line, Message: ce.Message}
	}
	return nil, &SyntaxError{Name: name, Message: err.Error()}
}

func parseError(name string, err error) error {
	var pe *parse.Error
	if !errors.As(err, &pe) {
		return &SyntaxError{Name: name, Message: err.Error()}
	}
	if pe.Pos.Line == parse.EOF {
		return &SyntaxError{Name: name, Message: "the code ends too early (an 'end', a bracket or an operand is missing)"}
	}
	message := strings.Replace(pe.Message, "parse error", "syntax error", 1)
	if pe.Token != "" {
		message = fmt.Sprintf("%s near '%s'", message, pe.Token)
	}
	return &SyntaxError{Name: name, Line: pe.Pos.Line, Col: pe.Pos.Column, Message: message}
}

func collectConstants(proto *glua.FunctionProto, into map[string]struct{}) {
	for _, c := range proto.Constants {
		if s, ok := c.(glua.LString); ok {
			into[string(s)] = struct{}{}
		}
	}
	for _, inner := range proto.FunctionPrototypes {
		collectConstants(inner, into)
	}
}
