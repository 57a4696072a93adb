package re

import (
	"fmt"
	"strconv"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// replace is re.replace(s, pattern, by[, limit]), where by is what string.gsub
// takes: a template, a function that is given the groups, or a table in which
// the first group is looked for. Where the latter give nil or false, the match
// stays.
func replace(L *glua.LState, c *cache) int {
	s, p := L.CheckString(1), c.check(L)
	by, most := replacement(L, p), limit(L, 4)
	var out []byte
	n, done := 0, 0 // up to where s is in out
	scan := newScan(L, p, s)
	for n < most && scan.next() {
		n++
		out = append(out, s[done:scan.loc[0]]...)
		out = by(out, scan)
		done = scan.loc[1]
		if len(out)+len(s)-done > vm.MaxString {
			L.RaiseError("resulting string too large (more than %d bytes)", vm.MaxString)
		}
	}
	vm.Of(L).Spend(len(s) + len(out))
	if n == 0 {
		L.Push(glua.LString(s))
	} else {
		L.Push(glua.LString(append(out, s[done:]...)))
	}
	L.Push(glua.LNumber(n))
	return 2
}

// replacement returns what appends the replacement of a match: argument 3.
func replacement(L *glua.LState, p *pattern) func(dst []byte, m *scan) []byte {
	switch by := L.Get(3).(type) {
	case glua.LString, glua.LNumber:
		t, err := parseTemplate(by.String(), p)
		if err != nil {
			L.ArgError(3, err.Error())
		}
		return t.append
	case *glua.LFunction:
		return func(dst []byte, m *scan) []byte {
			L.Push(by)
			groups := p.re.NumSubexp()
			for i := range groups {
				L.Push(m.group(i + 1))
			}
			if groups == 0 {
				L.Push(m.group(0))
			}
			L.Call(max(groups, 1), 1)
			v := L.Get(-1)
			L.Pop(1)
			return appendValue(dst, m, v)
		}
	case *glua.LTable:
		key := min(p.re.NumSubexp(), 1)
		return func(dst []byte, m *scan) []byte {
			return appendValue(dst, m, L.GetTable(by, m.group(key)))
		}
	}
	L.ArgError(3, "string/function/table expected")
	return nil
}

// appendValue appends what a function or table gave for a match.
func appendValue(dst []byte, m *scan, v glua.LValue) []byte {
	switch v := v.(type) {
	case glua.LString:
		return append(dst, v...)
	case glua.LNumber:
		return vm.AppendNumber(dst, float64(v))
	}
	if glua.LVAsBool(v) {
		m.L.RaiseError("invalid replacement value (a %s)", v.Type().String())
	}
	return append(dst, m.text[m.loc[0]:m.loc[1]]...)
}

// A template is a replacement in pieces.
type template []piece

// A piece is a text, or a group if the text is empty.
type piece struct {
	text  string
	group int
}

// maxDollars is how many groups and dollars a template has at most. What is between
// them may be long: a page may put one of its parts in place of a mark.
const maxDollars = 32 << 10

// parseTemplate reads a replacement, in which $1 and ${1} are a group, $0 is the
// match, ${name} a group with a name and $$ is "$". Any other "$" is itself.
// Go's own reads $1x as a group that is called 1x.
func parseTemplate(s string, p *pattern) (template, error) {
	var t template
	for dollars := 0; ; dollars++ {
		if dollars > maxDollars {
			return nil, fmt.Errorf("the replacement has more than %d groups and dollars", maxDollars)
		}
		before, rest, found := strings.Cut(s, "$")
		if before != "" {
			t = append(t, piece{text: before})
		}
		if !found {
			return t, nil
		}
		digits := 0
		for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' {
			digits++
		}
		switch {
		case digits > 0:
			group, err := groupOf(rest[:digits], p)
			if err != nil {
				return nil, err
			}
			t, rest = append(t, piece{group: group}), rest[digits:]
		case strings.HasPrefix(rest, "{"):
			name, after, ok := strings.Cut(rest[1:], "}")
			if !ok {
				return nil, fmt.Errorf("the replacement lacks the } of %.40q", "$"+rest)
			}
			group, err := groupOf(name, p)
			if err != nil {
				return nil, err
			}
			t, rest = append(t, piece{group: group}), after
		default:
			t, rest = append(t, piece{text: "$"}), strings.TrimPrefix(rest, "$")
		}
		s = rest
	}
}

// groupOf returns the number of the group that a replacement means by name.
func groupOf(name string, p *pattern) (int, error) {
	if n, err := strconv.Atoi(name); err == nil && 0 <= n && n <= p.re.NumSubexp() {
		return n, nil
	}
	if n := p.re.SubexpIndex(name); n >= 0 {
		return n, nil
	}
	return 0, fmt.Errorf("the pattern has no group %.40q; ${1}0 is group 1 and a 0, $$ is a dollar", name)
}

func (t template) append(dst []byte, m *scan) []byte {
	for _, piece := range t {
		if piece.text != "" {
			dst = append(dst, piece.text...)
		} else if i := 2 * piece.group; m.loc[i] >= 0 {
			dst = append(dst, m.text[m.loc[i]:m.loc[i+1]]...)
		}
		if len(dst) > vm.MaxString {
			break // replace refuses it
		}
	}
	return dst
}
