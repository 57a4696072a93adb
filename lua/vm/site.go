package vm

import (
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/ast"
	"github.com/yuin/gopher-lua/parse"
)

// A description says what an expression is in the source, as Lua 5.1's error
// messages do: global 'x', local 'x', upvalue 'x', field 'x', method 'x'. The
// zero value describes what has no name.
type description struct{ kind, name string }

// value describes a value that the expression had.
func (d description) value(v glua.LValue) string { return d.typed(v.Type().String()) }

func (d description) typed(typ string) string {
	if d.name == "" {
		return fmt.Sprintf("a %s value", typ)
	}
	return fmt.Sprintf("%s '%s' (a %s value)", d.kind, d.name, typ)
}

// A site is a place in the source that was compiled to one instruction which
// can fail.
type site struct {
	operands []description
}

// siteKey is what finds sites: which kind of instruction (see siteKind), in
// which line.
type siteKey struct {
	kind int
	line int
}

// functionSites are the sites of one function, by key in the order of their
// instructions.
type functionSites struct {
	sites     map[siteKey][]site
	functions []*functionSites // the functions within, in the order of compilation
}

// siteKind returns the opcode that stands for all of the same kind, or ok false
// for instructions without sites.
func siteKind(op int) (kind int, ok bool) {
	switch op {
	case glua.OP_GETTABLE, glua.OP_GETTABLEKS:
		return glua.OP_GETTABLE, true
	case glua.OP_SETTABLE, glua.OP_SETTABLEKS:
		return glua.OP_SETTABLE, true
	case glua.OP_CALL, glua.OP_TAILCALL:
		return glua.OP_CALL, true
	case glua.OP_SELF, glua.OP_ADD, glua.OP_SUB, glua.OP_MUL, glua.OP_DIV, glua.OP_MOD, glua.OP_POW,
		glua.OP_UNM, glua.OP_LEN:
		return op, true
	}
	return 0, false
}

// siteOf returns the place in the source of the instruction that f runs. ok is
// false when it cannot be told for certain.
func siteOf(m *Machine, f frame) (s site, ok bool) {
	proto := f.function().Proto
	if proto == nil || f.pc() < 0 {
		return site{}, false
	}
	op, _, _ := f.instruction()
	kind, ok := siteKind(op)
	if !ok {
		return site{}, false
	}
	key := siteKey{kind, f.line()}
	sites := m.functionSites(proto).sites[key]
	before, count := 0, 0
	for pc, word := range proto.Code {
		if k, ok := siteKind(opcode(word)); ok && k == kind && proto.DbgSourcePositions[pc] == key.line {
			if pc < f.pc() {
				before++
			}
			count++
		}
	}
	if count != len(sites) {
		return site{}, false
	}
	return sites[before], true
}

// functionSites returns the sites of a function. The source is parsed anew:
// that costs failing programs only.
func (m *Machine) functionSites(proto *glua.FunctionProto) *functionSites {
	if sites, ok := m.sites[proto]; ok {
		return sites
	}
	if m.sites == nil {
		m.sites = make(map[*glua.FunctionProto]*functionSites)
	}
	for _, p := range m.programs {
		if !containsProto(p.proto, proto) {
			continue
		}
		chunk, err := parse.Parse(strings.NewReader(p.code), p.proto.SourceName)
		if err != nil {
			break // it has been compiled, so this cannot be
		}
		w := siteWalker{concat: rewrite(chunk).concat}
		m.addSites(p.proto, w.function(chunk, nil))
		return m.sites[proto]
	}
	m.sites[proto] = &functionSites{}
	return m.sites[proto]
}

func containsProto(tree, proto *glua.FunctionProto) bool {
	if tree == proto {
		return true
	}
	for _, inner := range tree.FunctionPrototypes {
		if containsProto(inner, proto) {
			return true
		}
	}
	return false
}

func (m *Machine) addSites(proto *glua.FunctionProto, sites *functionSites) {
	m.sites[proto] = sites
	for i, inner := range proto.FunctionPrototypes {
		if i < len(sites.functions) {
			m.addSites(inner, sites.functions[i])
		}
	}
}

// A siteWalker goes through a chunk in the order in which gopher-lua compiles
// it.
type siteWalker struct {
	concat string // the constant that stands for the function
	sites  *functionSites
	depth  int // of functions
	locals []localName
}

type localName struct {
	name  string
	depth int
}

func (w *siteWalker) add(kind int, line int, operands ...description) {
	key := siteKey{kind, line}
	w.sites.sites[key] = append(w.sites.sites[key], site{operands})
}

func (w *siteWalker) declare(names ...string) {
	for _, name := range names {
		w.locals = append(w.locals, localName{name, w.depth})
	}
}

// function returns the sites of a function with the given parameters.
func (w *siteWalker) function(body []ast.Stmt, parameters []string) *functionSites {
	outer := w.sites
	w.sites = &functionSites{sites: make(map[siteKey][]site)}
	w.depth++
	end := len(w.locals)
	w.declare(parameters...)
	w.block(body)
	w.locals = w.locals[:end]
	w.depth--
	inner := w.sites
	w.sites = outer
	if outer != nil {
		outer.functions = append(outer.functions, inner)
	}
	return inner
}

func (w *siteWalker) functionExpr(f *ast.FunctionExpr, receiver ...string) {
	parameters := append(receiver, f.ParList.Names...)
	if f.ParList.HasVargs {
		parameters = append(parameters, "arg")
	}
	w.function(f.Stmts, parameters)
}

// describe describes an expression.
func (w *siteWalker) describe(e ast.Expr) description {
	switch e := e.(type) {
	case *ast.IdentExpr:
		for i := len(w.locals) - 1; i >= 0; i-- {
			if l := w.locals[i]; l.name == e.Value {
				switch {
				case strings.HasPrefix(l.name, "("):
					return description{}
				case l.depth == w.depth:
					return description{"local", l.name}
				}
				return description{"upvalue", l.name}
			}
		}
		return description{"global", e.Value}
	case *ast.AttrGetExpr:
		if key, ok := e.Key.(*ast.StringExpr); ok {
			return description{"field", key.Value}
		}
		return description{"field", "?"}
	}
	return description{}
}

func (w *siteWalker) describeAll(list []ast.Expr) []description {
	all := make([]description, len(list))
	for i, e := range list {
		all[i] = w.describe(e)
	}
	return all
}

// calleeOf describes how the function of f was named where it was called.
func calleeOf(L *glua.LState, f frame) (d description, ok bool) {
	caller, ok := f.parent()
	if !ok || f.tailCalled() || caller.function().IsG {
		return description{}, false
	}
	if op, a, _ := caller.instruction(); !isCall(op) || !f.isIn(caller, a) {
		return description{}, false
	}
	s, ok := siteOf(Of(L), caller)
	if !ok || s.operands[0].name == "" {
		return description{}, false
	}
	return s.operands[0], true
}

// calledAs returns the name by which the running Go function was called, and
// whether as a method.
func calledAs(L *glua.LState) (name string, method bool) {
	if f, ok := topFrame(L); ok {
		if d, ok := calleeOf(L, f); ok {
			return d.name, d.kind == "method"
		}
	}
	return "?", false
}

// describeOperand describes the value v of an operand of the expression that
// called the running Go function: the operands of an operator, or the
// arguments of ".." (counted from 0).
func describeOperand(L *glua.LState, operand int, v glua.LValue) string {
	var d description
	if f, ok := topFrame(L); ok {
		if caller, ok := f.parent(); ok {
			if s, ok := siteOf(Of(L), caller); ok && operand < len(s.operands) {
				d = s.operands[operand]
			}
		}
	}
	return d.value(v)
}
