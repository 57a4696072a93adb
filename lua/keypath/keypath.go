// Package keypath spells the way to a value in nested tables as Lua does, for
// messages: cart.items[3].price.
package keypath

import (
	"strconv"

	glua "github.com/yuin/gopher-lua"
)

// String returns the way that keys lead, the outermost first, and "" for none.
func String(keys []glua.LValue) string {
	var path []byte
	for _, key := range keys {
		switch key := key.(type) {
		case glua.LString:
			switch {
			case !isName(string(key)):
				path = append(append(append(path, '['), strconv.Quote(string(key))...), ']')
			case len(path) > 0:
				path = append(append(path, '.'), key...)
			default:
				path = append(path, key...)
			}
		case glua.LNumber:
			path = append(path, '[')
			path = strconv.AppendFloat(path, float64(key), 'g', -1, 64)
			path = append(path, ']')
		default:
			path = append(append(append(path, '['), key.String()...), ']')
		}
	}
	return string(path)
}

// isName reports whether s may stand behind a dot.
func isName(s string) bool {
	if s == "" || len(s) > 60 {
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
