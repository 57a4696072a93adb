package template

import (
	"fmt"
	"strings"
	"testing"
)

// list returns code that builds a table of n distinct strings, from number from on.
func list(from, n int) string {
	var b strings.Builder
	b.WriteString("{")
	for i := range n {
		fmt.Fprintf(&b, "\"s%d\",", from+i)
	}
	return b.String() + "}"
}

// A function holds many constants, but not so many that compiling it takes
// seconds.
func TestConstants(t *testing.T) {
	const each = 1000
	var functions strings.Builder
	for i := range 70 {
		functions.WriteString("f(function() return " + list(i*each, each) + " end)\n")
	}
	for _, c := range []struct{ name, code, want string }{
		{"most", "x = " + list(0, MaxConstants-1), ""},
		{"one more", "x = " + list(0, MaxConstants), "more than 10000 different names, numbers and strings"},
		{"in a function", "local function f() return " + list(0, MaxConstants+1) + " end", "more than 10000 different"},
		{"in many functions", functions.String(), ""},
		{"one again and again", "x = {" + strings.Repeat("'a',", 100_000) + "}", ""},
		{"the last again and again", "x = " + list(0, 9000) + " y = {" + strings.Repeat("\"s8999\",", 50_000) + "}", "over more and smaller functions"},
	} {
		err := CheckLua("m.lua", c.code)
		_, page := Parse("p.lc", []byte("<?lc "+c.code+" ?>"))
		for _, err := range []error{err, page} {
			if got := fmt.Sprint(err); c.want == "" && err != nil || !strings.Contains(got, c.want) {
				t.Errorf("%s: %v, want %q", c.name, err, c.want)
			}
		}
	}
}
