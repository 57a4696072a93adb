package vm

import (
	"strings"

	glua "github.com/yuin/gopher-lua"
)

// matchAt matches the whole pattern at s; it raises the error of a pattern
// that cannot be matched.
func (ms *matcher) matchAt(L *glua.LState, s, p int) (end int) {
	ms.level = 0
	end = ms.match(s, p)
	if ms.err != nil {
		L.RaiseError("%s", ms.err.Error())
	}
	return end
}

// next returns the first place from s on where the pattern, from p on, can
// match, or one behind the end of the text. It saves trying where the pattern
// starts with a character that is not there.
func (ms *matcher) next(s, p int) int {
	if p >= len(ms.pat) || strings.IndexByte("$.([%)", ms.pat[p]) >= 0 {
		return s
	}
	if p+1 < len(ms.pat) && strings.IndexByte("*?-", ms.pat[p+1]) >= 0 {
		return s
	}
	if s < len(ms.src) {
		if i := strings.IndexByte(ms.src[s:], ms.pat[p]); i >= 0 {
			return s + i
		}
	}
	return len(ms.src) + 1
}

// captureValue returns capture i of a match of src[s:e]; the match as a whole
// stands for the first capture of a pattern without captures.
func (ms *matcher) captureValue(L *glua.LState, i, s, e int) glua.LValue {
	if i >= ms.level {
		if i != 0 {
			L.RaiseError("invalid capture index")
		}
		return glua.LString(ms.src[s:e])
	}
	switch c := ms.captures[i]; c.length {
	case captureOpen:
		L.RaiseError("unfinished capture")
		return nil
	case capturePosition:
		return glua.LNumber(c.start + 1)
	default:
		return glua.LString(ms.src[c.start : c.start+c.length])
	}
}

// pushCaptures pushes all captures of a match and returns their number.
func (ms *matcher) pushCaptures(L *glua.LState, s, e int) int {
	n := max(ms.level, 1)
	for i := range n {
		L.Push(ms.captureValue(L, i, s, e))
	}
	return n
}

func stringFind(L *glua.LState) int  { return search(L, true) }
func stringMatch(L *glua.LState) int { return search(L, false) }

// search is string.find, which gives the place of the first match before its
// captures, and string.match.
func search(L *glua.LState, find bool) int {
	src, pat := checkString(L, 1), checkString(L, 2)
	Of(L).Spend(len(src) / 16)
	start := min(max(position(optInt(L, 3, 1), len(src)), 1)-1, len(src))
	if find && (glua.LVAsBool(L.Get(4)) || !strings.ContainsAny(pat, "^$*+?.([%-")) {
		at := strings.Index(src[start:], pat)
		if at < 0 {
			L.Push(glua.LNil)
			return 1
		}
		L.Push(glua.LNumber(start + at + 1))
		L.Push(glua.LNumber(start + at + len(pat)))
		return 2
	}
	ms := matcher{machine: Of(L), src: src, pat: pat}
	first := 0
	anchored := strings.HasPrefix(pat, "^")
	if anchored {
		first = 1
	}
	for s := start; s <= len(src); s++ {
		if !anchored {
			if s = ms.next(s, first); s > len(src) {
				break
			}
		}
		if e := ms.matchAt(L, s, first); e >= 0 {
			if !find {
				return ms.pushCaptures(L, s, e)
			}
			L.Push(glua.LNumber(s + 1))
			L.Push(glua.LNumber(e))
			if ms.level == 0 {
				return 2
			}
			return 2 + ms.pushCaptures(L, s, e)
		}
		if anchored {
			break
		}
	}
	L.Push(glua.LNil)
	return 1
}

func stringGmatch(L *glua.LState) int {
	ms := &matcher{machine: Of(L), src: checkString(L, 1), pat: checkString(L, 2)}
	next := 0
	L.Push(L.NewFunction(func(L *glua.LState) int {
		for s := ms.next(next, 0); s <= len(ms.src); s = ms.next(s+1, 0) {
			if e := ms.matchAt(L, s, 0); e >= 0 {
				next = e
				if e == s {
					next++ // an empty match: go on behind it
				}
				return ms.pushCaptures(L, s, e)
			}
		}
		next = len(ms.src) + 1
		return 0
	}))
	return 1
}

func stringGsub(L *glua.LState) int {
	src, pat := checkString(L, 1), checkString(L, 2)
	repl := L.Get(3)
	switch repl.(type) {
	case glua.LNumber:
		repl = glua.LString(checkString(L, 3))
	case glua.LString, *glua.LTable, *glua.LFunction:
	default:
		argError(L, 3, "string/function/table expected")
	}
	limit := optInt(L, 4, len(src)+1)
	first := 0
	anchored := strings.HasPrefix(pat, "^")
	if anchored {
		first = 1
	}

	ms := matcher{machine: Of(L), src: src, pat: pat}
	var out []byte // nil while nothing was replaced
	copied := 0    // up to where src is in out
	n, s := 0, 0
	for n < limit {
		if !anchored {
			if s = ms.next(s, first); s > len(src) {
				break
			}
		}
		e := ms.matchAt(L, s, first)
		if e >= 0 {
			n++
			if out == nil {
				out = make([]byte, 0, len(src)+len(src)/8+16)
			}
			out = append(out, src[copied:s]...)
			out = ms.appendReplacement(L, out, repl, s, e)
			copied = e
			refuseLong(L, len(out), 1)
		}
		switch {
		case e > s:
			s = e
		case s < len(src):
			s++
		default:
			anchored = true // the end
		}
		if anchored {
			break
		}
	}
	if out == nil {
		L.Push(glua.LString(src))
	} else {
		L.Push(glua.LString(append(out, src[copied:]...)))
	}
	L.Push(glua.LNumber(n))
	return 2
}

// appendReplacement appends what repl gives for the match src[s:e].
func (ms *matcher) appendReplacement(L *glua.LState, dst []byte, repl glua.LValue, s, e int) []byte {
	var value glua.LValue
	switch repl := repl.(type) {
	case glua.LString:
		return ms.appendTemplate(L, dst, string(repl), s, e)
	case *glua.LTable:
		value = L.GetTable(repl, ms.captureValue(L, 0, s, e))
	default:
		L.Push(repl)
		n := ms.pushCaptures(L, s, e)
		L.Call(n, 1)
		value = L.Get(-1)
		L.Pop(1)
	}
	switch v := value.(type) {
	case glua.LString:
		return append(dst, v...)
	case glua.LNumber:
		return AppendNumber(dst, float64(v))
	}
	if glua.LVAsBool(value) {
		L.RaiseError("invalid replacement value (a %s)", value.Type().String())
	}
	return append(dst, ms.src[s:e]...)
}

// appendTemplate appends a replacement string, in which %1 to %9 are captures
// and %0 is the match.
func (ms *matcher) appendTemplate(L *glua.LState, dst []byte, template string, s, e int) []byte {
	for i := 0; i < len(template); i++ {
		refuseLong(L, len(dst), 1)
		c := template[i]
		if c != '%' {
			dst = append(dst, c)
			continue
		}
		i++
		switch {
		case i == len(template):
			dst = append(dst, 0) // the NUL at the end of a C string
		case template[i] == '0':
			dst = append(dst, ms.src[s:e]...)
		case isDigit(template[i]):
			switch v := ms.captureValue(L, int(template[i]-'1'), s, e).(type) {
			case glua.LString:
				dst = append(dst, v...)
			case glua.LNumber:
				dst = AppendNumber(dst, float64(v))
			}
		default:
			dst = append(dst, template[i])
		}
	}
	return dst
}
