package vm

import (
	"github.com/yuin/gopher-lua/ast"

	glua "github.com/yuin/gopher-lua"
)

func (w *siteWalker) block(stmts []ast.Stmt) {
	end := len(w.locals)
	for _, stmt := range stmts {
		w.stmt(stmt)
	}
	w.locals = w.locals[:end]
}

func (w *siteWalker) stmt(stmt ast.Stmt) {
	switch s := stmt.(type) {
	case *ast.AssignStmt:
		w.assign(s)
	case *ast.LocalAssignStmt:
		w.localAssign(s)
	case *ast.FuncCallStmt:
		w.expr(s.Expr)
	case *ast.DoBlockStmt:
		w.block(s.Stmts)
	case *ast.WhileStmt:
		w.expr(s.Condition)
		w.block(s.Stmts)
	case *ast.RepeatStmt:
		end := len(w.locals)
		for _, inner := range s.Stmts {
			w.stmt(inner)
		}
		w.expr(s.Condition) // sees the variables of the block
		w.locals = w.locals[:end]
	case *ast.IfStmt:
		w.expr(s.Condition)
		w.block(s.Then)
		w.block(s.Else)
	case *ast.NumberForStmt:
		w.exprs(s.Init, s.Limit)
		if s.Step != nil {
			w.expr(s.Step)
		}
		w.loop(s.Stmts, s.Name)
	case *ast.GenericForStmt:
		w.exprs(s.Exprs...)
		w.loop(s.Stmts, s.Names...)
	case *ast.FuncDefStmt:
		if s.Name.Func == nil {
			w.expr(s.Name.Receiver)
			w.functionExpr(s.Func, "self")
			w.add(glua.OP_SETTABLE, s.Name.Receiver.Line(), w.describe(s.Name.Receiver))
			return
		}
		assign := &ast.AssignStmt{Lhs: []ast.Expr{s.Name.Func}, Rhs: []ast.Expr{s.Func}}
		w.assign(assign)
	case *ast.ReturnStmt:
		w.exprs(s.Exprs...)
	}
}

func (w *siteWalker) loop(body []ast.Stmt, names ...string) {
	end := len(w.locals)
	w.declare(names...)
	w.block(body)
	w.locals = w.locals[:end]
}

func (w *siteWalker) localAssign(s *ast.LocalAssignStmt) {
	if len(s.Names) == 1 && len(s.Exprs) == 1 {
		if f, ok := s.Exprs[0].(*ast.FunctionExpr); ok {
			w.declare(s.Names[0])
			w.functionExpr(f)
			return
		}
	}
	w.exprs(s.Exprs...)
	w.declare(s.Names...)
}

func (w *siteWalker) assign(s *ast.AssignStmt) {
	for _, lhs := range s.Lhs {
		if index, ok := lhs.(*ast.AttrGetExpr); ok {
			w.exprs(index.Object, index.Key)
		}
	}
	w.exprs(s.Rhs...)
	for i := len(s.Lhs) - 1; i >= 0; i-- {
		if index, ok := s.Lhs[i].(*ast.AttrGetExpr); ok {
			w.add(glua.OP_SETTABLE, index.Line(), w.describe(index.Object))
		}
	}
}

func (w *siteWalker) exprs(list ...ast.Expr) {
	for _, e := range list {
		w.expr(e)
	}
}

func (w *siteWalker) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.AttrGetExpr:
		w.exprs(e.Object, e.Key)
		w.add(glua.OP_GETTABLE, e.Line(), w.describe(e.Object))
	case *ast.TableExpr:
		for _, field := range e.Fields {
			if field.Key == nil {
				w.expr(field.Value)
				continue
			}
			w.exprs(field.Key, field.Value)
			w.add(glua.OP_SETTABLE, e.Line(), description{})
		}
	case *ast.FuncCallExpr:
		w.call(e)
	case *ast.LogicalOpExpr:
		w.exprs(e.Lhs, e.Rhs)
	case *ast.RelationalOpExpr:
		w.exprs(e.Lhs, e.Rhs)
	case *ast.ArithmeticOpExpr:
		if isConstant(e) {
			return
		}
		w.exprs(e.Lhs, e.Rhs)
		w.add(arithmeticOpcode(e.Operator), e.Line(), w.describe(e.Lhs), w.describe(e.Rhs))
	case *ast.UnaryMinusOpExpr:
		if isConstant(e) {
			return
		}
		w.expr(e.Expr)
		w.add(glua.OP_UNM, e.Line(), w.describe(e.Expr))
	case *ast.UnaryNotOpExpr:
		w.expr(e.Expr)
	case *ast.UnaryLenOpExpr:
		w.expr(e.Expr)
		w.add(glua.OP_LEN, e.Line(), w.describe(e.Expr))
	case *ast.FunctionExpr:
		w.functionExpr(e)
	}
}

func (w *siteWalker) call(e *ast.FuncCallExpr) {
	var callee description
	if e.Func != nil {
		w.expr(e.Func)
		callee = w.describe(e.Func)
	} else {
		w.expr(e.Receiver)
		w.add(glua.OP_SELF, e.Line(), w.describe(e.Receiver))
		callee = description{"method", e.Method}
	}
	w.exprs(e.Args...)
	if f, ok := e.Func.(*ast.StringExpr); ok && f.Value == w.concat {
		w.add(glua.OP_CALL, e.Line(), w.describeAll(e.Args)...)
		return
	}
	w.add(glua.OP_CALL, e.Line(), callee)
}

// isConstant reports whether gopher-lua computes e when it compiles.
func isConstant(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.NumberExpr:
		return true
	case *ast.ArithmeticOpExpr:
		return isConstant(e.Lhs) && isConstant(e.Rhs)
	case *ast.UnaryMinusOpExpr:
		return isConstant(e.Expr)
	}
	return false
}

func arithmeticOpcode(operator string) int {
	switch operator {
	case "+":
		return glua.OP_ADD
	case "-":
		return glua.OP_SUB
	case "*":
		return glua.OP_MUL
	case "/":
		return glua.OP_DIV
	case "%":
		return glua.OP_MOD
	}
	return glua.OP_POW
}
