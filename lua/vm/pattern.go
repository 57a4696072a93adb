package vm

import (
	"errors"
	"strings"
)

// The limits of a pattern: LUA_MAXCAPTURES of Lua 5.1, and how deep its items
// may make the matcher recurse (MAXCCALLS of Lua 5.2's lstrlib.c).
const (
	maxCaptures     = 32
	maxPatternDepth = 200
)

// matchPollInterval is the number of steps between two looks at the end of the
// run: some 100 microseconds.
const matchPollInterval = 1 << 14

// Lengths of captures that have no text.
const (
	captureOpen     = -1 // its parenthesis is not closed yet
	capturePosition = -2 // () captures where it stands
)

type capture struct{ start, length int }

// A matcher matches a pattern of Lua 5.1 (reference manual, section 5.4.1) by
// backtracking, over bytes and in the C locale. Backtracking can take time
// that grows with the length of the text to the power of the number of
// repetitions, so it counts its steps and gives up when its machine is over.
type matcher struct {
	machine  *Machine
	src, pat string
	level    int // captures in use
	captures [maxCaptures]capture
	depth    int
	steps    uint
	err      error // why matching was given up; nothing matches from then on
}

func (ms *matcher) fail(message string) int {
	if ms.err == nil {
		ms.err = errors.New(message)
	}
	return -1
}

// step counts one step. It returns false when matching must be given up.
func (ms *matcher) step() bool {
	if ms.steps++; ms.steps%matchPollInterval == 0 {
		if err := ms.machine.Poll(); err != nil {
			ms.fail(err.Error())
		}
	}
	return ms.err == nil
}

// match matches the pattern from p on against the text from s on and returns
// the end of the match, or -1.
func (ms *matcher) match(s, p int) int {
	if ms.depth == maxPatternDepth {
		return ms.fail("pattern too complex")
	}
	ms.depth++
	e := ms.matchItems(s, p)
	ms.depth--
	return e
}

func (ms *matcher) matchItems(s, p int) int {
	for p < len(ms.pat) {
		if !ms.step() {
			return -1
		}
		switch ms.pat[p] {
		case '(':
			if p+1 < len(ms.pat) && ms.pat[p+1] == ')' {
				return ms.openCapture(s, p+2, capturePosition)
			}
			return ms.openCapture(s, p+1, captureOpen)
		case ')':
			return ms.closeCapture(s, p+1)
		case '$':
			if p+1 == len(ms.pat) {
				if s == len(ms.src) {
					return s
				}
				return -1
			}
		case '%':
			if p+1 == len(ms.pat) {
				break
			}
			switch c := ms.pat[p+1]; {
			case c == 'b':
				if s = ms.balance(s, p+2); s < 0 {
					return -1
				}
				p += 4
				continue
			case c == 'f':
				var ok bool
				if p, ok = ms.frontier(s, p+2); !ok {
					return -1
				}
				continue
			case '0' <= c && c <= '9':
				if s = ms.backReference(s, c); s < 0 {
					return -1
				}
				p += 2
				continue
			}
		}
		end := ms.itemEnd(p)
		if end < 0 {
			return -1
		}
		var suffix byte
		if end < len(ms.pat) {
			suffix = ms.pat[end]
		}
		switch suffix {
		case '?':
			if s < len(ms.src) && ms.matchesItem(ms.src[s], p, end) {
				if e := ms.match(s+1, end+1); e >= 0 {
					return e
				}
			}
			p = end + 1
		case '*':
			return ms.expandMost(s, s, p, end)
		case '+':
			return ms.expandMost(s, s+1, p, end)
		case '-':
			return ms.expandLeast(s, p, end)
		default:
			if s >= len(ms.src) || !ms.matchesItem(ms.src[s], p, end) {
				return -1
			}
			s, p = s+1, end
		}
	}
	return s
}

// itemEnd returns the end of the single-character item at p.
func (ms *matcher) itemEnd(p int) int {
	c := ms.pat[p]
	p++
	switch c {
	case '%':
		if p == len(ms.pat) {
			return ms.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	case '[':
		if p < len(ms.pat) && ms.pat[p] == '^' {
			p++
		}
		for first := true; first || p >= len(ms.pat) || ms.pat[p] != ']'; first = false {
			if p >= len(ms.pat) {
				return ms.fail("malformed pattern (missing ']')")
			}
			if ms.pat[p] == '%' {
				p++ // "%]" does not end the set
			}
			p++
		}
		return p + 1
	}
	return p
}

// matchesItem reports whether the item at pat[p:end] matches c.
func (ms *matcher) matchesItem(c byte, p, end int) bool {
	switch ms.pat[p] {
	case '.':
		return true
	case '%':
		return inClass(c, ms.pat[p+1])
	case '[':
		return inSet(c, ms.pat[p+1:end-1])
	}
	return ms.pat[p] == c
}

// expandMost repeats the item as often as it can from s on, then less often
// until the rest matches; the repetition must not end before least.
func (ms *matcher) expandMost(s, least, p, end int) int {
	last := s
	for last < len(ms.src) && ms.matchesItem(ms.src[last], p, end) {
		if !ms.step() {
			return -1
		}
		last++
	}
	for ; last >= least; last-- {
		if e := ms.match(last, end+1); e >= 0 || ms.err != nil {
			return e
		}
	}
	return -1
}

// expandLeast repeats the item only until the rest matches.
func (ms *matcher) expandLeast(s, p, end int) int {
	for {
		if e := ms.match(s, end+1); e >= 0 || ms.err != nil {
			return e
		}
		if s >= len(ms.src) || !ms.matchesItem(ms.src[s], p, end) {
			return -1
		}
		s++
	}
}

func (ms *matcher) openCapture(s, p, length int) int {
	if ms.level == maxCaptures {
		return ms.fail("too many captures")
	}
	ms.captures[ms.level] = capture{s, length}
	ms.level++
	e := ms.match(s, p)
	if e < 0 {
		ms.level--
	}
	return e
}

func (ms *matcher) closeCapture(s, p int) int {
	last := ms.level - 1
	for last >= 0 && ms.captures[last].length != captureOpen {
		last--
	}
	if last < 0 {
		return ms.fail("invalid pattern capture")
	}
	ms.captures[last].length = s - ms.captures[last].start
	e := ms.match(s, p)
	if e < 0 {
		ms.captures[last].length = captureOpen
	}
	return e
}

// balance matches %bxy, whose x and y are at p.
func (ms *matcher) balance(s, p int) int {
	if p+1 >= len(ms.pat) {
		return ms.fail("unbalanced pattern")
	}
	if s >= len(ms.src) || ms.src[s] != ms.pat[p] {
		return -1
	}
	opening, closing := ms.pat[p], ms.pat[p+1]
	open := 1
	for s++; s < len(ms.src); s++ {
		if !ms.step() {
			return -1
		}
		switch ms.src[s] {
		case closing:
			if open--; open == 0 {
				return s + 1
			}
		case opening:
			open++
		}
	}
	return -1
}

// frontier matches %f[set], whose set is at p, and returns the end of the set.
func (ms *matcher) frontier(s, p int) (end int, ok bool) {
	if p >= len(ms.pat) || ms.pat[p] != '[' {
		ms.fail("missing '[' after '%f' in pattern")
		return p, false
	}
	if end = ms.itemEnd(p); end < 0 {
		return p, false
	}
	var before, here byte // the ends of the text count as NUL
	if s > 0 {
		before = ms.src[s-1]
	}
	if s < len(ms.src) {
		here = ms.src[s]
	}
	set := ms.pat[p+1 : end-1]
	return end, !inSet(before, set) && inSet(here, set)
}

// backReference matches what the capture of the given digit has matched.
func (ms *matcher) backReference(s int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= ms.level || ms.captures[i].length == captureOpen {
		return ms.fail("invalid capture index")
	}
	c := ms.captures[i]
	if c.length == capturePosition || !strings.HasPrefix(ms.src[s:], ms.src[c.start:c.start+c.length]) {
		return -1
	}
	ms.steps += uint(c.length) / 64
	return s + c.length
}

// inSet reports whether c is in a set, given without its brackets.
func inSet(c byte, set string) bool {
	in := true
	if set != "" && set[0] == '^' {
		in, set = false, set[1:]
	}
	for i := 0; i < len(set); i++ {
		switch {
		case set[i] == '%' && i+1 < len(set):
			i++
			if inClass(c, set[i]) {
				return in
			}
		case i+2 < len(set) && set[i+1] == '-':
			if set[i] <= c && c <= set[i+2] {
				return in
			}
			i += 2
		case set[i] == c:
			return in
		}
	}
	return !in
}

// inClass reports whether c is in the class %class; what is no class stands
// for itself.
func inClass(c, class byte) bool {
	var in bool
	switch class | 0x20 {
	case 'a':
		in = isAlpha(c)
	case 'c':
		in = c < ' ' || c == 0x7f
	case 'd':
		in = isDigit(c)
	case 'l':
		in = 'a' <= c && c <= 'z'
	case 'p':
		in = ' ' < c && c < 0x7f && !isAlpha(c) && !isDigit(c)
	case 's':
		in = isSpace(c)
	case 'u':
		in = 'A' <= c && c <= 'Z'
	case 'w':
		in = isAlpha(c) || isDigit(c)
	case 'x':
		in = isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	// An upper case letter means the complement.
	return in == (class&0x20 != 0)
}

func isAlpha(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
