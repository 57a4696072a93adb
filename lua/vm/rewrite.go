package vm

import (
	"strconv"
	"strings"

	"github.com/yuin/gopher-lua/ast"
)

// A rewriter changes a parsed chunk where gopher-lua would compile it to
// something else than Lua 5.1 does:
//
//   - a..b becomes a call of the function concat, because gopher-lua's own
//     operator writes numbers as Go does and makes strings of any length;
//   - for i = a, b takes strings that write numbers;
//   - numbers get the value that Lua gives them (gopher-lua reads 0010 as 8 and
//     1e999 as not a number);
//   - in local f = function() … end, f is not yet visible inside the function;
//   - in f, x = g(f), 1, where f is the function's last parameter, gopher-lua
//     would overwrite f before it passes it to g.
type rewriter struct {
	marks     []mark
	unique    string // longer than every string of the chunk it could be mistaken for
	parameter string // the last of the function that is being rewritten
	depth     int    // of statements and expressions
}

// maxDepth is how deep statements and expressions may nest. gopher-lua compiles
// by recursion, and an overflow of the Go stack would end the process.
const maxDepth = 2000

// A depthError is what the rewriter panics with where a program nests too
// deeply, in a line.
type depthError int

// enter notes one more level, which leave ends.
func (r *rewriter) enter(at ast.PositionHolder) {
	if r.depth++; r.depth > maxDepth {
		panic(depthError(at.Line()))
	}
}

func (r *rewriter) leave() { r.depth-- }

// A mark is a constant that stands for a Go function in a chunk.
type mark struct {
	constant *ast.StringExpr
	name     string
}

// marks are the constants that stand for Go functions. No other string of the
// program is the same.
type marks struct{ concat, number string }

// markStart is how marks start.
const markStart = "\x00.."

// maxConcatOperands is how many operands of ".." one call takes, each in a
// register.
const maxConcatOperands = 32

// rewrite changes chunk in place and returns the marks it has put in. It panics
// with a depthError.
func rewrite(chunk []ast.Stmt) marks {
	r := &rewriter{unique: markStart}
	r.block(chunk)
	for _, m := range r.marks {
		m.constant.Value = r.unique + m.name
	}
	return marks{concat: r.unique + "concat", number: r.unique + "number"}
}

// call returns a call of the Go function of a name.
func (r *rewriter) call(name string, line int, args ...ast.Expr) *ast.FuncCallExpr {
	constant := &ast.StringExpr{}
	constant.SetLine(line)
	r.marks = append(r.marks, mark{constant, name})
	call := &ast.FuncCallExpr{Func: constant, Args: args}
	call.SetLine(line)
	return call
}

func (r *rewriter) block(stmts []ast.Stmt) {
	for i, stmt := range stmts {
		stmts[i] = r.stmt(stmt)
	}
}

func (r *rewriter) stmt(stmt ast.Stmt) ast.Stmt {
	r.enter(stmt)
	defer r.leave()
	switch s := stmt.(type) {
	case *ast.AssignStmt:
		r.exprs(s.Lhs)
		r.exprs(s.Rhs)
		return r.assignment(s)
	case *ast.LocalAssignStmt:
		r.exprs(s.Exprs)
		if len(s.Names) == 1 && len(s.Exprs) == 1 && s.LastLine() == 0 {
			// Only local function f has a last line. Of two expressions for one
			// variable gopher-lua declares it after both.
			if f, ok := s.Exprs[0].(*ast.FunctionExpr); ok {
				none := &ast.NilExpr{}
				none.SetLine(f.LastLine())
				s.Exprs = append(s.Exprs, none)
			}
		}
	case *ast.FuncCallStmt:
		s.Expr = r.expr(s.Expr)
	case *ast.DoBlockStmt:
		r.block(s.Stmts)
	case *ast.WhileStmt:
		s.Condition = r.expr(s.Condition)
		r.block(s.Stmts)
	case *ast.RepeatStmt:
		r.block(s.Stmts)
		s.Condition = r.expr(s.Condition)
	case *ast.IfStmt:
		s.Condition = r.expr(s.Condition)
		r.block(s.Then)
		r.block(s.Else)
	case *ast.NumberForStmt:
		s.Init, s.Limit = r.number(s.Init), r.number(s.Limit)
		if s.Step != nil {
			s.Step = r.number(s.Step)
		}
		r.block(s.Stmts)
	case *ast.GenericForStmt:
		r.exprs(s.Exprs)
		r.block(s.Stmts)
	case *ast.FuncDefStmt:
		if s.Name.Func != nil {
			s.Name.Func = r.expr(s.Name.Func)
			r.function(s.Func, "")
		} else {
			s.Name.Receiver = r.expr(s.Name.Receiver)
			r.function(s.Func, "self")
		}
	case *ast.ReturnStmt:
		r.exprs(s.Exprs)
	}
	return stmt
}

// assignment keeps calls away from the register of the last parameter.
func (r *rewriter) assignment(s *ast.AssignStmt) ast.Stmt {
	last := len(s.Rhs) - 1
	for i, lhs := range s.Lhs {
		name, ok := lhs.(*ast.IdentExpr)
		if !ok || name.Value != r.parameter || i > last {
			continue
		}
		call, ok := s.Rhs[i].(*ast.FuncCallExpr)
		if !ok {
			continue
		}
		if i == last && len(s.Lhs) == len(s.Rhs) {
			call.AdjustRet = false // it is adjusted to one value anyway
			continue
		}
		if i == last && !call.AdjustRet {
			continue
		}
		return throughLocals(s)
	}
	return s
}

// throughLocals assigns to local variables first, which no program can name.
func throughLocals(s *ast.AssignStmt) ast.Stmt {
	locals := &ast.LocalAssignStmt{Exprs: s.Rhs}
	locals.SetLine(s.Line())
	assign := &ast.AssignStmt{Lhs: s.Lhs}
	assign.SetLine(s.Line())
	for i, lhs := range s.Lhs {
		name := &ast.IdentExpr{Value: "(value " + strconv.Itoa(i+1) + ")"}
		name.SetLine(lhs.Line())
		locals.Names = append(locals.Names, name.Value)
		assign.Rhs = append(assign.Rhs, name)
	}
	block := &ast.DoBlockStmt{Stmts: []ast.Stmt{locals, assign}}
	block.SetLine(s.Line())
	block.SetLastLine(s.Line())
	return block
}

func (r *rewriter) function(f *ast.FunctionExpr, parameter string) {
	outer := r.parameter
	r.parameter = parameter
	if n := len(f.ParList.Names); n > 0 {
		r.parameter = f.ParList.Names[n-1]
	}
	r.block(f.Stmts)
	r.parameter = outer
}

// number returns what gives the value of e, as a number if it is a string that
// writes one.
func (r *rewriter) number(e ast.Expr) ast.Expr {
	e = r.expr(e)
	switch e := e.(type) {
	case *ast.NumberExpr, *ast.ArithmeticOpExpr, *ast.UnaryMinusOpExpr, *ast.UnaryLenOpExpr:
		return e // it is a number already
	case *ast.FuncCallExpr:
		e.AdjustRet = true
	case *ast.Comma3Expr:
		e.AdjustRet = true
	}
	return r.call("number", e.Line(), e)
}

func (r *rewriter) exprs(list []ast.Expr) {
	for i, e := range list {
		list[i] = r.expr(e)
	}
}

// expr returns what stands in place of e.
func (r *rewriter) expr(e ast.Expr) ast.Expr {
	r.enter(e)
	defer r.leave()
	switch e := e.(type) {
	case *ast.NumberExpr:
		e.Value = plainNumber(e.Value)
	case *ast.StringExpr:
		if strings.HasPrefix(e.Value, markStart) && len(e.Value) >= len(r.unique) {
			r.unique = markStart + strings.Repeat(".", len(e.Value))
		}
	case *ast.AttrGetExpr:
		e.Object, e.Key = r.expr(e.Object), r.expr(e.Key)
	case *ast.TableExpr:
		for _, field := range e.Fields {
			if field.Key != nil {
				field.Key = r.expr(field.Key)
			}
			field.Value = r.expr(field.Value)
		}
	case *ast.FuncCallExpr:
		if e.Func != nil {
			e.Func = r.expr(e.Func)
		} else {
			e.Receiver = r.expr(e.Receiver)
		}
		r.exprs(e.Args)
	case *ast.LogicalOpExpr:
		e.Lhs, e.Rhs = r.expr(e.Lhs), r.expr(e.Rhs)
	case *ast.RelationalOpExpr:
		e.Lhs, e.Rhs = r.expr(e.Lhs), r.expr(e.Rhs)
	case *ast.ArithmeticOpExpr:
		e.Lhs, e.Rhs = r.expr(e.Lhs), r.expr(e.Rhs)
	case *ast.StringConcatOpExpr:
		return r.concatCall(e)
	case *ast.UnaryMinusOpExpr:
		e.Expr = r.expr(e.Expr)
	case *ast.UnaryNotOpExpr:
		e.Expr = r.expr(e.Expr)
	case *ast.UnaryLenOpExpr:
		e.Expr = r.expr(e.Expr)
	case *ast.FunctionExpr:
		r.function(e, "")
	}
	return e
}

// concatCall returns the call that stands for a chain of "..". A long chain
// becomes calls within calls.
func (r *rewriter) concatCall(e *ast.StringConcatOpExpr) ast.Expr {
	call := r.call("concat", e.Line())
	for {
		call.Args = append(call.Args, r.expr(e.Lhs))
		rest, ok := e.Rhs.(*ast.StringConcatOpExpr)
		if !ok || len(call.Args) == maxConcatOperands {
			call.Args = append(call.Args, r.expr(e.Rhs))
			// The last operand is one value, as within parentheses.
			switch last := call.Args[len(call.Args)-1].(type) {
			case *ast.FuncCallExpr:
				last.AdjustRet = true
			case *ast.Comma3Expr:
				last.AdjustRet = true
			}
			return call
		}
		e = rest
	}
}

// plainNumber writes a number of a Lua program so that gopher-lua reads its
// value.
func plainNumber(text string) string {
	if text[0] != '0' && len(text) < 16 && strings.Trim(text, "0123456789.") == "" {
		return text
	}
	n, ok := ParseNumber(text)
	if !ok {
		return text
	}
	return strconv.FormatFloat(n, 'g', -1, 64)
}
