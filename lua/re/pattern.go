package re

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The limits of a pattern. What it costs to match grows with the number of its
// instructions, and the memory with that times the number of its groups. What it
// costs to read is bounded by what classes are: \pL alone is 1,300 characters in
// memory, and where case is ignored, each character of a range is looked up.
const (
	maxPattern      = 16 << 10 // bytes
	maxInstructions = 32 << 10
	maxGroups       = 100
	maxClasses      = 100     // \p and \P
	maxFolded       = 1 << 19 // characters that are looked up: some 10 milliseconds
)

// A pattern is one that was compiled.
type pattern struct {
	re   *regexp.Regexp
	expr string
	// instructions is about how many the program has.
	instructions int
	// size is about what it takes in memory, in instructions.
	size int
	// looksBack reports whether a match depends on what stands before it: it has
	// "^" or "\b".
	looksBack bool
	// rest finds the next match behind the first character of a text, as its
	// group 1. It is nil until it is needed.
	rest *regexp.Regexp
}

// A cache holds the patterns of a machine.
type cache struct {
	patterns map[string]*pattern
	size     int // of all of them
}

// The limits of a cache, which is emptied when it is over one of them.
const (
	maxCached     = 200
	maxCachedSize = 8 * maxInstructions
)

// compile returns the pattern that expr is. An error tells where it is wrong.
func (c *cache) compile(expr string) (*pattern, error) {
	if p, ok := c.patterns[expr]; ok {
		return p, nil
	}
	p, err := compile(expr)
	if err != nil {
		return nil, err
	}
	if c.size += p.size; c.patterns == nil || len(c.patterns) >= maxCached || c.size > maxCachedSize {
		c.patterns = make(map[string]*pattern)
		c.size = p.size
	}
	c.patterns[expr] = p
	return p, nil
}

func compile(expr string) (*pattern, error) {
	if len(expr) > maxPattern {
		return nil, fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	}
	if classes(expr) > maxClasses {
		return nil, fmt.Errorf("the pattern has more than %d classes \\p or \\P", maxClasses)
	}
	if folded(expr) > maxFolded {
		return nil, errors.New("the pattern has too many wide ranges for (?i)")
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, explain(expr, err)
	}
	p := &pattern{expr: expr, instructions: instructions(tree), looksBack: looksBack(tree)}
	p.size = p.instructions + runes(tree)/runesOfInstruction
	if p.instructions > maxInstructions {
		return nil, fmt.Errorf("the pattern is too large: it has more than %d steps, with repeated ones counted each time", maxInstructions)
	}
	if tree.MaxCap() > maxGroups {
		return nil, fmt.Errorf("the pattern has more than %d groups; (?:…) is none", maxGroups)
	}
	names := tree.CapNames()
	for i, name := range names {
		if name != "" && slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("the pattern has two groups with the name %.40q", name)
		}
	}
	if p.re, err = regexp.Compile(expr); err != nil {
		return nil, explain(expr, err)
	}
	return p, nil
}

// classes returns how many classes \p and \P a pattern has, or more: behind \Q
// they are none.
func classes(expr string) (n int) {
	for i := strings.IndexByte(expr, '\\'); i >= 0 && i+1 < len(expr); i = strings.IndexByte(expr, '\\') {
		if expr[i+1]|0x20 == 'p' {
			n++
		}
		expr = expr[i+2:]
	}
	return n
}

// folded returns about how many characters are looked up for their other case
// while a pattern is read, or more: all up to the last one of each range, if (?i)
// stands anywhere.
func folded(expr string) (n int) {
	if !ignoresCase(expr) {
		return 0
	}
	const last = 0x1E943 // with another case; package syntax looks no further
	for i := range len(expr) {
		if expr[i] != '-' {
			continue
		}
		r, _ := utf8.DecodeRuneInString(expr[i+1:])
		if hexadecimal, ok := strings.CutPrefix(expr[i+1:], `\x{`); ok {
			hexadecimal, _, _ = strings.Cut(hexadecimal, "}")
			code, err := strconv.ParseUint(hexadecimal, 16, 32)
			if r = rune(min(code, last)); err != nil {
				r = last
			}
		}
		n += min(int(r), last)
	}
	return n
}

// ignoresCase reports whether a pattern has the flag i, or seems to.
func ignoresCase(expr string) bool {
	for {
		_, rest, ok := strings.Cut(expr, "(?")
		if !ok {
			return false
		}
		if flags := rest[:len(rest)-len(strings.TrimLeft(rest, "imsU-"))]; strings.Contains(flags, "i") {
			return true
		}
		expr = rest
	}
}

// explain says where a pattern is wrong. Package syntax tells only the part that
// is.
func explain(expr string, err error) error {
	wrong, ok := err.(*syntax.Error)
	if !ok {
		return err
	}
	at := 0
	switch wrong.Code {
	case syntax.ErrMissingParen: // at the end, whichever it is that is open
		at = len(expr) + 1
	case syntax.ErrTrailingBackslash:
		at = len(expr)
	case syntax.ErrUnexpectedParen:
		at = endOfWrong(expr, wrong)
	default:
		if at = strings.Index(expr, wrong.Expr) + 1; at != strings.LastIndex(expr, wrong.Expr)+1 {
			at = endOfWrong(expr, wrong) - len(wrong.Expr) + 1
		}
	}
	return fmt.Errorf("the pattern is wrong at byte %d: %s: %.40q", max(at, 1), wrong.Code, wrong.Expr)
}

// endOfWrong returns where the part ends that is wrong. A pattern is read from left
// to right, so this is the end of the shortest beginning that is wrong in the same
// way. It takes 14 readings of a pattern at most.
func endOfWrong(expr string, wrong *syntax.Error) int {
	return 1 + sort.Search(len(expr), func(i int) bool {
		_, err := syntax.Parse(expr[:i+1], syntax.Perl)
		same, ok := err.(*syntax.Error)
		return ok && same.Code == wrong.Code && (same.Expr == wrong.Expr || wrong.Expr == expr)
	})
}

// instructions returns about how many instructions a tree is compiled to.
func instructions(tree *syntax.Regexp) int {
	n := 1
	switch tree.Op {
	case syntax.OpLiteral:
		n = len(tree.Rune)
	case syntax.OpCapture:
		n = 2
	}
	for _, sub := range tree.Sub {
		n += instructions(sub)
	}
	if tree.Op == syntax.OpRepeat {
		n *= max(tree.Min, tree.Max, 1)
	}
	return n
}

// runesOfInstruction is how many characters of classes take as much memory as an
// instruction.
const runesOfInstruction = 10

// runes returns how many characters the literals and classes of a tree have. Those
// of a repeated part are in memory once.
func runes(tree *syntax.Regexp) int {
	n := len(tree.Rune)
	for _, sub := range tree.Sub {
		n += runes(sub)
	}
	return n
}

func looksBack(tree *syntax.Regexp) bool {
	switch tree.Op {
	case syntax.OpBeginLine, syntax.OpBeginText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return true
	}
	for _, sub := range tree.Sub {
		if looksBack(sub) {
			return true
		}
	}
	return false
}

// resume returns what finds the next match behind the first character of a
// text, as its group 1.
func (p *pattern) resume() (*regexp.Regexp, error) {
	if p.rest == nil {
		// The tree's own spelling ends what \Q has begun.
		tree, err := syntax.Parse(p.expr, syntax.Perl)
		if err != nil {
			return nil, explain(p.expr, err)
		}
		if p.rest, err = regexp.Compile(`\A(?s:.)(?s:.*?)(` + tree.String() + `)`); err != nil {
			return nil, explain(p.expr, err)
		}
	}
	return p.rest, nil
}
