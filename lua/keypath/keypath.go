// Package keypath spells the way to a value in nested tables as Lua does, for
// messages: cart.items[3].price.
package keypath

import (
	"strconv"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"
)

// Keys may come from visitors, and be as long and as many as memory allows.
const (
	maxKey  = 40  // bytes of the text of a key
	maxPath = 200 // bytes of a path
)

// String returns the way that keys lead, the outermost first, and "" for none. A
// long key is cut, and of a long way the middle is left out; "…" stands for what
// is missing.
func String(keys []glua.LValue) string {
	steps := make([]string, len(keys))
	size := 0
	for i, key := range keys {
		steps[i] = step(key, i == 0)
		size += len(steps[i])
	}
	if size <= maxPath {
		return strings.Join(steps, "")
	}
	const gap = "…"
	half := (maxPath - len(gap)) / 2
	first, last := 0, len(steps) // what is between them is left out
	for room := half - len(steps[0]); room >= 0; room -= len(steps[first]) {
		first++
	}
	for room := half - len(steps[last-1]); room >= 0; room -= len(steps[last-1]) {
		last--
	}
	return strings.Join(steps[:first], "") + gap + strings.Join(steps[last:], "")
}

// step spells a key as it follows others, or as the first.
func step(key glua.LValue, first bool) string {
	switch key := key.(type) {
	case glua.LString:
		switch {
		case !isName(string(key)):
			return "[" + quote(string(key)) + "]"
		case first:
			return string(key)
		}
		return "." + string(key)
	case glua.LNumber:
		return "[" + strconv.FormatFloat(float64(key), 'g', -1, 64) + "]"
	}
	return "[" + key.String() + "]"
}

// quote is strconv.Quote for the beginning of s, of which no more is looked at.
func quote(s string) string {
	quoted := []byte{'"'}
	for s != "" {
		_, size := utf8.DecodeRuneInString(s)
		c := strconv.Quote(s[:size])
		if c = c[1 : len(c)-1]; len(quoted)+len(c) > maxKey {
			quoted = append(quoted, "…"...)
			break
		}
		quoted, s = append(quoted, c...), s[size:]
	}
	return string(append(quoted, '"'))
}

// isName reports whether s may stand behind a dot, and is short enough.
func isName(s string) bool {
	if s == "" || len(s) > maxKey {
		return false
	}
	for i, c := range []byte(s) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}
