package vm

import (
	"math"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// concat is the operator "..": programs are compiled to call it (see
// rewriter). Its arguments are the operands of a chain, which
// associates to the right.
func concat(L *glua.LState) int {
	right := L.Get(-1)
	for n := L.GetTop() - 1; n > 0; {
		first := n + 1 // of the operands up to right that need no metamethod
		if textual(right) {
			for first > 1 && textual(L.Get(first-1)) {
				first--
			}
		}
		if first <= n {
			L.SetTop(n)
			L.Push(right)
			right = join(L, first)
			n = first - 1
			continue
		}
		right = concatObjects(L, n, right)
		n--
	}
	L.Push(right)
	return 1
}

// textual reports whether v is a string or a number.
func textual(v glua.LValue) bool {
	t := v.Type()
	return t == glua.LTString || t == glua.LTNumber
}

// join joins the textual arguments from first to the last.
func join(L *glua.LState, first int) glua.LValue {
	size := 0
	last := L.GetTop()
	for i := first; i <= last; i++ {
		if s, ok := L.Get(i).(glua.LString); ok {
			size += len(s)
		} else {
			size += 8
		}
	}
	refuseLong(L, size, 1)
	var b strings.Builder
	b.Grow(size)
	for i := first; i <= last; i++ {
		switch v := L.Get(i).(type) {
		case glua.LString:
			b.WriteString(string(v))
		case glua.LNumber:
			var buf [32]byte
			b.Write(AppendNumber(buf[:0], float64(v)))
		}
	}
	return glua.LString(b.String())
}

// concatObjects joins argument n and right, one of which is no text.
func concatObjects(L *glua.LState, n int, right glua.LValue) glua.LValue {
	left := L.Get(n)
	for _, v := range []glua.LValue{left, right} {
		if f := L.GetMetaField(v, "__concat"); f != glua.LNil {
			return callMeta(L, f, left, right)
		}
	}
	culprit, operand := left, n
	if textual(left) {
		culprit, operand = right, n+1
	}
	L.RaiseError("attempt to concatenate %s", describeOperand(L, operand-1, culprit))
	return nil
}

func callMeta(L *glua.LState, f glua.LValue, args ...glua.LValue) glua.LValue {
	L.Push(f)
	for _, arg := range args {
		L.Push(arg)
	}
	L.Call(len(args), 1)
	v := L.Get(-1)
	L.Pop(1)
	return v
}

// number returns its argument, as a number if it is a string that writes one:
// what a numeric for does with its values.
func number(L *glua.LState) int {
	if n, ok := toNumber(L.Get(1)); ok {
		L.Push(glua.LNumber(n))
	} else {
		L.Push(L.Get(1))
	}
	return 1
}

// An operation is an arithmetic operator for strings, as the metamethod that
// gopher-lua asks before it converts strings in its own way (where "010" is 8).
type operation struct {
	event    string
	function *glua.LFunction
}

// stringArithmetic returns the metamethods by which strings take part in
// arithmetic (Lua 5.1 reference manual, section 2.2.1).
func stringArithmetic() []operation {
	var operations []operation
	for _, op := range []struct {
		event   string
		compute func(a, b float64) float64
	}{
		{"__add", func(a, b float64) float64 { return a + b }},
		{"__sub", func(a, b float64) float64 { return a - b }},
		{"__mul", func(a, b float64) float64 { return a * b }},
		{"__div", func(a, b float64) float64 { return a / b }},
		{"__mod", func(a, b float64) float64 { return a - math.Floor(a/b)*b }},
		{"__pow", math.Pow},
		{"__unm", func(a, _ float64) float64 { return -a }},
	} {
		operations = append(operations, operation{op.event, goFunction(func(L *glua.LState) int {
			return computeWithStrings(L, op.event, op.compute)
		})})
	}
	return operations
}

// goFunction returns a function that belongs to no machine and so may be
// shared by all.
func goFunction(f glua.LGFunction) *glua.LFunction {
	return &glua.LFunction{IsG: true, GFunction: f}
}

func computeWithStrings(L *glua.LState, event string, compute func(a, b float64) float64) int {
	left, right := L.Get(1), L.Get(2)
	if event == "__unm" {
		right = left
	}
	a, aok := toNumber(left)
	b, bok := toNumber(right)
	if aok && bok {
		L.Push(glua.LNumber(compute(a, b)))
		return 1
	}
	// One is a string. The other may know better.
	for _, v := range []glua.LValue{left, right} {
		if v.Type() == glua.LTString {
			continue
		}
		if f := L.GetMetaField(v, event); f != glua.LNil {
			L.Push(callMeta(L, f, left, right))
			return 1
		}
	}
	culprit, operand := left, 0
	if aok {
		culprit, operand = right, 1
	}
	L.RaiseError("attempt to perform arithmetic on %s", describeOperand(L, operand, culprit))
	return 0
}
