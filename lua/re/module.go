package re

import (
	"regexp"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// Module is the loader of the Lua module "re":
//
//	re.match(s, pattern[, init])                the groups of the first match, or the match if there are none; or nil
//	re.find(s, pattern[, init])                 where it starts and ends, and its groups; or nil
//	re.findAll(s, pattern[, limit])             a list of all matches
//	re.replace(s, pattern, by[, limit])         s with matches replaced, and how many
//	re.split(s, pattern[, limit])               a list of what is between matches
//	re.escape(s)                                a pattern that matches s
//
// A group that takes no part in a match is nil.
func Module(L *glua.LState) int {
	c := new(cache)
	t := L.CreateTable(0, 8)
	for name, f := range map[string]glua.LGFunction{
		"match":   func(L *glua.LState) int { return first(L, c, false) },
		"find":    func(L *glua.LState) int { return first(L, c, true) },
		"findAll": func(L *glua.LState) int { return findAll(L, c) },
		"replace": func(L *glua.LState) int { return replace(L, c) },
		"split":   func(L *glua.LState) int { return split(L, c) },
		"escape":  escape,
	} {
		t.RawSetString(name, L.NewFunction(f))
	}
	L.Push(t)
	return 1
}

// check returns the pattern that is argument 2 of the running function.
func (c *cache) check(L *glua.LState) *pattern {
	expr := L.CheckString(2)
	// One that is wrong takes some time, and a page may go on with another.
	if err := vm.Of(L).Poll(); err != nil {
		L.RaiseError("%s", err.Error())
	}
	p, err := c.compile(expr)
	if err != nil {
		L.ArgError(2, err.Error())
	}
	return p
}

// first is re.match, and re.find, which gives the place of the match before its
// groups.
func first(L *glua.LState, c *cache, find bool) int {
	s, p := L.CheckString(1), c.check(L)
	init := L.OptInt(3, 1)
	if init < 0 {
		init = max(init+len(s)+1, 1)
	}
	init = max(init, 1) - 1
	if init > len(s) {
		L.Push(glua.LNil)
		return 1
	}
	// As in string.find, the text begins at init: "^" matches there.
	scan := newScan(L, p, s[init:])
	if !scan.next() {
		L.Push(glua.LNil)
		return 1
	}
	n := 0
	if find {
		L.Push(glua.LNumber(init + scan.loc[0] + 1))
		L.Push(glua.LNumber(init + scan.loc[1]))
		n = 2
	}
	for i := range p.re.NumSubexp() {
		L.Push(scan.group(i + 1))
		n++
	}
	if n == 0 {
		L.Push(scan.group(0))
		n++
	}
	return n
}

// findAll is re.findAll: strings if the pattern has no groups, else a table for
// each match with its groups by number and name, and the match as 0.
func findAll(L *glua.LState, c *cache) int {
	s, p := L.CheckString(1), c.check(L)
	most := limit(L, 3)
	list := L.CreateTable(4, 0)
	scan := newScan(L, p, s)
	for n := 0; n < most && scan.next(); n++ {
		list.Append(scan.match())
	}
	L.Push(list)
	return 1
}

// split is re.split, which cuts as Go's Regexp.Split does. With a limit, the last
// piece is all that is left.
func split(L *glua.LState, c *cache) int {
	s, p := L.CheckString(1), c.check(L)
	most := limit(L, 3)
	list := L.CreateTable(4, 0)
	if s == "" && p.expr != "" && most > 0 {
		list.Append(glua.LString(""))
		L.Push(list)
		return 1
	}
	scan := newScan(L, p, s)
	from, to := 0, 0
	for list.Len() < most-1 && scan.next() {
		to = scan.loc[0]
		if scan.loc[1] > 0 { // nothing is cut off at the beginning
			list.Append(glua.LString(s[from:to]))
		}
		from = scan.loc[1]
	}
	if most > 0 && to < len(s) {
		list.Append(glua.LString(s[from:]))
	}
	L.Push(list)
	return 1
}

// escape is re.escape.
func escape(L *glua.LState) int {
	s := L.CheckString(1)
	if len(s) > vm.MaxString/2 {
		L.RaiseError("resulting string too large (more than %d bytes)", vm.MaxString)
	}
	vm.Of(L).Spend(len(s))
	L.Push(glua.LString(regexp.QuoteMeta(s)))
	return 1
}
