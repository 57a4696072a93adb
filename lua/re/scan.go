package re

import (
	"io"
	"math"
	"strings"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// stepsAtOnce is how many steps, of one instruction at one character, are taken
// between two looks whether the run must end: some 50 milliseconds at most.
const stepsAtOnce = 4 << 20

// A scan goes through the matches of a pattern in a text, in the order and with
// the rules of Go's Regexp.FindAll: matches do not overlap, and an empty one
// right behind another does not count.
//
// Go's function does all of it at once, whatever the time. It differs from a
// search in what is left in that a pattern can look back at what is before.
type scan struct {
	L    *glua.LState
	p    *pattern
	text string
	at   int   // where the search goes on
	end  int   // of the match before; -1 before the first
	loc  []int // of the match and its groups: pairs of places, -1 for none

	atOnce int // steps between two looks
}

func newScan(L *glua.LState, p *pattern, text string) *scan {
	return &scan{L: L, p: p, text: text, end: -1, atOnce: stepsAtOnce}
}

// next goes to the next match, if there is one.
func (s *scan) next() bool {
	for s.at <= len(s.text) {
		s.poll()
		if s.loc = s.search(); s.loc == nil {
			s.at = len(s.text) + 1
			return false
		}
		again := s.loc[0] == s.end && s.loc[1] == s.end
		if s.end = s.loc[1]; s.end > s.at {
			s.at = s.end
		} else if s.at < len(s.text) {
			_, width := utf8.DecodeRuneInString(s.text[s.at:])
			s.at += width
		} else {
			s.at++
		}
		if !again {
			return true
		}
	}
	return false
}

// poll raises an error when the run must end.
func (s *scan) poll() {
	if err := vm.Of(s.L).Poll(); err != nil {
		s.L.RaiseError("%s", err.Error())
	}
}

// search returns the first match that begins at s.at or later, or nil.
func (s *scan) search() []int {
	from, large := s.at, s.isLarge(s.at)
	if large {
		// Only Go's search in strings looks for what a pattern starts with, which is
		// much faster than the pattern.
		prefix, whole := s.p.re.LiteralPrefix()
		i := strings.Index(s.text[from:], prefix)
		if i < 0 {
			return nil
		}
		if from += i; whole && s.p.re.NumSubexp() == 0 {
			return []int{from, from + len(prefix)}
		}
		large = s.isLarge(from)
	}
	re, groups := s.p.re, 0
	if from > 0 && s.p.looksBack {
		rest, err := s.p.resume()
		if err != nil {
			s.L.RaiseError("%s", err.Error())
		}
		_, width := utf8.DecodeLastRuneInString(s.text[:from])
		re, groups, from = rest, 2, from-width
	}
	var loc []int
	if large {
		r := s.reader(from)
		loc = re.FindReaderSubmatchIndex(r)
		if r.stopped {
			s.poll()
		}
	} else {
		loc = re.FindStringSubmatchIndex(s.text[from:])
	}
	if loc == nil {
		return nil
	}
	loc = loc[groups:]
	for i := range loc {
		if loc[i] >= 0 {
			loc[i] += from
		}
	}
	return loc
}

// isLarge reports whether a search from there may take long.
func (s *scan) isLarge(from int) bool {
	return len(s.text)-from > s.atOnce/s.p.instructions
}

// group returns group i of the match, 0 being all of it.
func (s *scan) group(i int) glua.LValue {
	if s.loc[2*i] < 0 {
		return glua.LNil
	}
	return glua.LString(s.text[s.loc[2*i]:s.loc[2*i+1]])
}

// match returns the match as re.findAll lists it.
func (s *scan) match() glua.LValue {
	groups := s.p.re.NumSubexp()
	if groups == 0 {
		return s.group(0)
	}
	t := s.L.CreateTable(groups, 0)
	for i, name := range s.p.re.SubexpNames()[1:] {
		group := s.group(i + 1)
		if group != glua.LNil {
			t.RawSetInt(i+1, group)
		}
		if name != "" {
			t.RawSetString(name, group)
		}
	}
	return t
}

// reader returns what reads the text from there on, and asks now and then
// whether the run must end.
func (s *scan) reader(from int) *runeReader {
	return &runeReader{machine: vm.Of(s.L), text: s.text[from:], every: max(s.atOnce/s.p.instructions, 1)}
}

// A runeReader ends when the run must.
type runeReader struct {
	machine *vm.Machine
	text    string
	every   int // characters between two questions
	read    int // characters
	stopped bool
}

// ReadRune is that of io.RuneReader.
func (r *runeReader) ReadRune() (c rune, size int, err error) {
	if r.read++; r.read%r.every == 0 && r.machine.Poll() != nil {
		r.stopped = true
	}
	if r.text == "" || r.stopped {
		return 0, 0, io.EOF
	}
	if c := r.text[0]; c < utf8.RuneSelf {
		r.text = r.text[1:]
		return rune(c), 1, nil
	}
	c, size = utf8.DecodeRuneInString(r.text)
	r.text = r.text[size:]
	return c, size, nil
}

// limit returns argument n, which is how many there may be at most. Without it,
// and below 0, it is as many as there are.
func limit(L *glua.LState, n int) int {
	if most := L.OptInt(n, -1); most >= 0 {
		return most
	}
	return math.MaxInt
}
