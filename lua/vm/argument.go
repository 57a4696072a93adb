package vm

import (
	"fmt"
	"math"

	glua "github.com/yuin/gopher-lua"
)

// The functions below read arguments as luaL_check* and luaL_opt* of Lua 5.1
// do: strings and numbers stand for each other.

// argError raises the error of luaL_argerror for argument n of the running Go
// function.
func argError(L *glua.LState, n int, message string) {
	L.RaiseError("%s", argMessage(L, n, message))
}

func argMessage(L *glua.LState, n int, message string) string {
	name, method := calledAs(L)
	if method {
		// The receiver is not counted.
		if n--; n == 0 {
			return fmt.Sprintf("calling '%s' on bad self (%s)", name, message)
		}
	}
	return fmt.Sprintf("bad argument #%d to '%s' (%s)", n, name, message)
}

func typeError(L *glua.LState, n int, expected string) {
	argError(L, n, fmt.Sprintf("%s expected, got %s", expected, typeName(L, n)))
}

// typeName returns the type of argument n, "no value" if there is none.
func typeName(L *glua.LState, n int) string {
	if n > L.GetTop() {
		return "no value"
	}
	return L.Get(n).Type().String()
}

func checkAny(L *glua.LState, n int) glua.LValue {
	if n > L.GetTop() {
		argError(L, n, "value expected")
	}
	return L.Get(n)
}

func checkString(L *glua.LState, n int) string {
	switch v := L.Get(n).(type) {
	case glua.LString:
		return string(v)
	case glua.LNumber:
		var buf [32]byte
		return string(AppendNumber(buf[:0], float64(v)))
	}
	typeError(L, n, "string")
	return ""
}

func optString(L *glua.LState, n int, otherwise string) string {
	if L.Get(n) == glua.LNil {
		return otherwise
	}
	return checkString(L, n)
}

func checkNumber(L *glua.LState, n int) float64 {
	v, ok := toNumber(L.Get(n))
	if !ok {
		typeError(L, n, "number")
	}
	return v
}

// checkInt returns argument n as an integer: fractions are cut off, and what
// no int can hold becomes the nearest one.
func checkInt(L *glua.LState, n int) int { return truncate(checkNumber(L, n)) }

func optInt(L *glua.LState, n, otherwise int) int {
	if L.Get(n) == glua.LNil {
		return otherwise
	}
	return checkInt(L, n)
}

func checkTable(L *glua.LState, n int) *glua.LTable {
	t, ok := L.Get(n).(*glua.LTable)
	if !ok {
		typeError(L, n, "table")
	}
	return t
}

func checkFunction(L *glua.LState, n int) *glua.LFunction {
	f, ok := L.Get(n).(*glua.LFunction)
	if !ok {
		typeError(L, n, "function")
	}
	return f
}

// toNumber returns the number that v is or, as a string, writes.
func toNumber(v glua.LValue) (n float64, ok bool) {
	switch v := v.(type) {
	case glua.LNumber:
		return float64(v), true
	case glua.LString:
		return ParseNumber(string(v))
	}
	return 0, false
}

func truncate(x float64) int {
	switch {
	case math.IsNaN(x):
		return 0
	case x >= math.MaxInt:
		return math.MaxInt
	case x <= math.MinInt:
		return math.MinInt
	}
	return int(x)
}
