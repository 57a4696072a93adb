package vm

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// MaxString is the longest string that one call of a library function or one
// concatenation makes.
const MaxString = 64 << 20

// function is a library function with its name.
type function struct {
	name string
	call glua.LGFunction
}

// newLibraryTable makes a library: a global table that require finds too.
func newLibraryTable(L *glua.LState, name string, functions []function) *glua.LTable {
	lib := L.CreateTable(0, len(functions)+2)
	for _, f := range functions {
		lib.RawSetString(f.name, L.NewFunction(f.call))
	}
	L.Get(glua.GlobalsIndex).(*glua.LTable).RawSetString(name, lib)
	loaded := L.FindTable(L.Get(glua.RegistryIndex).(*glua.LTable), "_LOADED", 1).(*glua.LTable)
	loaded.RawSetString(name, lib)
	return lib
}

// installString opens the string library (Lua 5.1 reference manual, section
// 5.4) and makes it what strings are indexed with.
func installString(L *glua.LState) {
	lib := newLibraryTable(L, "string", []function{
		{"byte", stringByte},
		{"char", stringChar},
		{"dump", stringDump},
		{"find", stringFind},
		{"format", stringFormat},
		{"gmatch", stringGmatch},
		{"gsub", stringGsub},
		{"len", stringLen},
		{"lower", stringLower},
		{"match", stringMatch},
		{"rep", stringRep},
		{"reverse", stringReverse},
		{"sub", stringSub},
		{"upper", stringUpper},
	})
	lib.RawSetString("gfind", lib.RawGetString("gmatch")) // its name in Lua 5.0
	Of(L).strings.RawSetString("__index", lib)
}

// installStringType gives strings their metatable. Its __index opens the string
// library when the first method is called on a string; programs that name the
// library have it from the start.
func installStringType(L *glua.LState) {
	mt := L.CreateTable(0, 8)
	mt.RawSetString("__index", L.NewFunction(func(L *glua.LState) int {
		m := Of(L)
		for _, i := range m.lib.byName["string"] {
			m.install(i)
		}
		L.Push(L.GetField(mt.RawGetString("__index"), checkString(L, 2)))
		return 1
	}))
	for _, op := range Of(L).lib.arithmetic {
		mt.RawSetString(op.event, op.function)
	}
	Of(L).strings = mt
	L.SetMetatable(glua.LString(""), mt)
}

// refuseLong raises an error when n pieces of the given size would make a
// string that is too long.
func refuseLong(L *glua.LState, n, size int) {
	if size > 0 && n > MaxString/size {
		L.RaiseError("resulting string too large (more than %d bytes)", MaxString)
	}
	Of(L).Spend(n * size)
}

// position turns a position as programs give it, from the end if negative,
// into one from the start.
func position(i, length int) int {
	if i < 0 {
		i += length + 1
	}
	return max(i, 0)
}

func stringByte(L *glua.LState) int {
	s := checkString(L, 1)
	i := position(optInt(L, 2, 1), len(s))
	j := position(optInt(L, 3, i), len(s))
	i, j = max(i, 1), min(j, len(s))
	if i > j {
		return 0
	}
	if j-i >= maxResults {
		L.RaiseError("string slice too long")
	}
	for _, c := range []byte(s[i-1 : j]) {
		L.Push(glua.LNumber(c))
	}
	return j - i + 1
}

func stringChar(L *glua.LState) int {
	chars := make([]byte, L.GetTop())
	for i := range chars {
		c := checkInt(L, i+1)
		if c < 0 || c > 255 {
			argError(L, i+1, "invalid value")
		}
		chars[i] = byte(c)
	}
	L.Push(glua.LString(chars))
	return 1
}

// stringDump refuses: there is no binary form of functions here.
func stringDump(L *glua.LState) int {
	checkFunction(L, 1)
	L.RaiseError("unable to dump given function: this Lua has no binary chunks")
	return 0
}

func stringLen(L *glua.LState) int {
	L.Push(glua.LNumber(len(checkString(L, 1))))
	return 1
}

// mapBytes pushes argument 1 with every byte replaced by what f gives for it.
func mapBytes(L *glua.LState, f func(c byte) byte) int {
	s := checkString(L, 1)
	Of(L).Spend(len(s))
	mapped := make([]byte, len(s))
	for i := range mapped {
		mapped[i] = f(s[i])
	}
	L.Push(glua.LString(mapped))
	return 1
}

func stringLower(L *glua.LState) int {
	return mapBytes(L, func(c byte) byte {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		return c
	})
}

func stringUpper(L *glua.LState) int {
	return mapBytes(L, func(c byte) byte {
		if 'a' <= c && c <= 'z' {
			c -= 'a' - 'A'
		}
		return c
	})
}

func stringRep(L *glua.LState) int {
	s, n := checkString(L, 1), checkInt(L, 2)
	if n <= 0 || s == "" {
		L.Push(glua.LString(""))
		return 1
	}
	refuseLong(L, n, len(s))
	L.Push(glua.LString(strings.Repeat(s, n)))
	return 1
}

func stringReverse(L *glua.LState) int {
	s := checkString(L, 1)
	Of(L).Spend(len(s))
	reversed := make([]byte, len(s))
	for i := range reversed {
		reversed[i] = s[len(s)-1-i]
	}
	L.Push(glua.LString(reversed))
	return 1
}

func stringSub(L *glua.LState) int {
	s := checkString(L, 1)
	i := position(checkInt(L, 2), len(s))
	j := position(optInt(L, 3, -1), len(s))
	i, j = max(i, 1), min(j, len(s))
	if i > j {
		L.Push(glua.LString(""))
	} else {
		L.Push(glua.LString(s[i-1 : j]))
	}
	return 1
}
