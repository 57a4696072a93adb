package vm

import (
	"fmt"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// explain puts an error message of gopher-lua into the words of Lua 5.1, with
// the name of the expression at fault where it is certain: "attempt to index
// global 'cart' (a nil value)". The calls that led to the error must still be
// on L's stack. Other messages stay as they are.
func explain(L *glua.LState, message string) string {
	position := where(L)
	text, ok := strings.CutPrefix(message, position)
	if !ok {
		return message
	}
	f, ok := topFrame(L)
	if !ok || f.function().IsG {
		return position + explainLibrary(L, text)
	}
	return position + explainInstruction(L, f, text)
}

// explainLibrary explains what a Go function raised.
func explainLibrary(L *glua.LState, text string) string {
	if typ, ok := between(text, "attempt to index a non-table object(", ")"); ok {
		return fmt.Sprintf("attempt to index a %s value", typ)
	}
	if rest, ok := strings.CutPrefix(text, "bad argument #"); ok && !strings.Contains(rest, "' (") {
		// gopher-lua leaves the quotes out, and counts receivers of methods.
		number, rest, _ := strings.Cut(rest, " to ")
		_, why, ok := strings.Cut(rest, " (")
		if n, err := strconv.Atoi(number); ok && err == nil {
			why = strings.TrimSuffix(why, ")")
			if n >= L.GetTop() { // the message is on the stack, too
				why = strings.Replace(why, "got nil", "got no value", 1)
			}
			return argMessage(L, n, why)
		}
	}
	if rest, ok := strings.CutPrefix(text, "module "); ok {
		if name, why, ok := strings.Cut(rest, " not found:\n"); ok {
			return fmt.Sprintf("module '%s' not found:\n%s", name, strings.TrimSuffix(why, ", "))
		}
	}
	return explainLimit(text)
}

func explainLimit(text string) string {
	switch text {
	case "lua callstack overflow", "registry overflow":
		return "stack overflow"
	case "too many recursions in gettable":
		return "loop in gettable"
	case "too many recursions in settable":
		return "loop in settable"
	}
	return text
}

// explainInstruction explains what an instruction of the Lua function of f
// raised.
func explainInstruction(L *glua.LState, f frame, text string) string {
	operand := func(n int) description {
		if s, ok := siteOf(Of(L), f); ok && n < len(s.operands) {
			return s.operands[n]
		}
		return description{}
	}
	if typ, ok := between(text, "attempt to index a non-table object(", ")"); ok {
		return "attempt to index " + operand(0).typed(typ)
	}
	if types, ok := between(text, "cannot perform ", ""); ok {
		_, types, _ = strings.Cut(types, " operation between ")
		left, right, ok := strings.Cut(types, " and ")
		if ok && left == "number" {
			return "attempt to perform arithmetic on " + operand(1).typed(right)
		}
		return "attempt to perform arithmetic on " + operand(0).typed(left)
	}
	if types, ok := between(text, "attempt to compare ", ""); ok {
		if left, right, ok := strings.Cut(types, " with "); ok {
			return compareMessage(left, right)
		}
	}
	switch text {
	case "attempt to call a non-function object":
		_, a, _ := f.instruction()
		return "attempt to call " + operand(0).value(register(L, a))
	case "__unm undefined", "__len undefined":
		_, _, b := f.instruction()
		what := "perform arithmetic on "
		if text == "__len undefined" {
			what = "get length of "
		}
		return "attempt to " + what + operand(0).value(register(L, b))
	case "for statement init must be a number":
		return "'for' initial value must be a number"
	case "for statement limit must be a number":
		return "'for' limit must be a number"
	case "for statement step must be a number":
		return "'for' step must be a number"
	}
	return explainLimit(text)
}

// between returns what is between two pieces of a text that starts with the
// first.
func between(text, before, after string) (string, bool) {
	rest, ok := strings.CutPrefix(text, before)
	if !ok || after == "" {
		return rest, ok
	}
	middle, _, ok := strings.Cut(rest, after)
	return middle, ok
}
