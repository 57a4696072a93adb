package vm

import (
	glua "github.com/yuin/gopher-lua"
)

// An installer puts one piece of a library into the globals of a machine. It
// runs inside a protected call and may raise Lua errors.
type installer func(L *glua.LState)

// A Library is the set of globals that programs may use. Each piece is made in
// a machine when a program that mentions one of its names is loaded there. A
// library is filled before the first program is compiled with it and read only
// from then on; goroutines share it.
type Library struct {
	installers []installer
	byName     map[string][]int // indexes into installers
	everything []string         // names that reach all others, such as _G

	layout *layout // of gopher-lua's private data

	// Functions that all machines share.
	concat       *glua.LFunction
	number       *glua.LFunction
	guard        *glua.LFunction
	guardHandled *glua.LFunction
	traceback    *glua.LFunction
	arithmetic   []operation
}

// NewLibrary returns a library that holds the standard libraries of Lua 5.1.
func NewLibrary() *Library {
	lib := &Library{
		byName:       make(map[string][]int, 96),
		layout:       newLayout(),
		concat:       goFunction(concat),
		number:       goFunction(number),
		guard:        goFunction(func(L *glua.LState) int { return guard(L, nil) }),
		guardHandled: goFunction(guardHandled),
		traceback:    goFunction(debugTraceback),
		arithmetic:   stringArithmetic(),
	}
	lib.Add(installBase, baseNames...)
	lib.Add(installTable, "table")
	lib.Add(installString, "string", "getmetatable")
	lib.Add(installMath, "math")
	lib.Add(installOS, "os")
	lib.Add(installIO, "io")
	lib.Add(installCoroutine, "coroutine")
	lib.Add(installDebug, "debug")
	lib.Add(installPackage, "require", "module", "package")
	// Through these a program can reach names that it does not spell out.
	lib.everything = []string{"_G", "getfenv", "setfenv", "package", "debug"}
	return lib
}

// Add puts a piece into the library: install runs, at most once in a machine,
// when a program that mentions one of names is loaded, inside a protected call, where
// it may raise Lua errors. Pieces that one program needs are installed in the order in which they were added.
func (lib *Library) Add(install func(L *glua.LState), names ...string) {
	for _, name := range names {
		lib.byName[name] = append(lib.byName[name], len(lib.installers))
	}
	lib.installers = append(lib.installers, install)
}

// needs returns the indexes of the pieces that a program needs which has the
// given string constants.
func (lib *Library) needs(constants map[string]struct{}) []int {
	wanted := make([]bool, len(lib.installers))
	for name := range constants {
		for _, i := range lib.byName[name] {
			wanted[i] = true
		}
	}
	for _, name := range lib.everything {
		if _, ok := constants[name]; ok {
			for i := range wanted {
				wanted[i] = true
			}
		}
	}
	var needs []int
	for i, want := range wanted {
		if want {
			needs = append(needs, i)
		}
	}
	return needs
}
