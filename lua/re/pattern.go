package re

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"sort"
)

// The limits of a pattern. What it costs to match grows with the number of its
// instructions, and the memory with that times the number of its groups.
const (
	maxPattern      = 16 << 10 // bytes
	maxInstructions = 32 << 10
	maxGroups       = 100
)

// A pattern is one that was compiled.
type pattern struct {
	re   *regexp.Regexp
	expr string
	// instructions is about how many the program has.
	instructions int
	// looksBack reports whether a match depends on what stands before it: it has
	// "^" or "\b".
	looksBack bool
	// rest finds the next match behind the first character of a text, as its
	// group 1. It is nil until it is needed.
	rest *regexp.Regexp
}

// A cache holds the patterns of a machine.
type cache struct {
	patterns     map[string]*pattern
	instructions int // of all of them
}

// The limits of a cache, which is emptied when it is over one of them.
const (
	maxCached             = 200
	maxCachedInstructions = 8 * maxInstructions
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
	if c.instructions += p.instructions; c.patterns == nil || len(c.patterns) >= maxCached || c.instructions > maxCachedInstructions {
		c.patterns = make(map[string]*pattern)
		c.instructions = p.instructions
	}
	c.patterns[expr] = p
	return p, nil
}

func compile(expr string) (*pattern, error) {
	if len(expr) > maxPattern {
		return nil, fmt.Errorf("the pattern is longer than %d bytes", maxPattern)
	}
	tree, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, explain(expr, err)
	}
	p := &pattern{expr: expr, instructions: instructions(tree), looksBack: looksBack(tree)}
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

// explain says where a pattern is wrong. Package syntax tells only the part that
// is.
func explain(expr string, err error) error {
	wrong, ok := err.(*syntax.Error)
	if !ok {
		return err
	}
	// It reads from left to right. So the shortest beginning that is wrong in the
	// same way ends with that part.
	end := 1 + sort.Search(len(expr), func(i int) bool {
		_, err := syntax.Parse(expr[:i+1], syntax.Perl)
		same, ok := err.(*syntax.Error)
		return ok && same.Code == wrong.Code && (same.Expr == wrong.Expr || wrong.Expr == expr)
	})
	at := end - len(wrong.Expr) + 1
	switch wrong.Code {
	case syntax.ErrUnexpectedParen:
		at = end
	case syntax.ErrMissingParen: // at the end, whichever it is that is open
		at = len(expr) + 1
	case syntax.ErrTrailingBackslash:
		at = len(expr)
	}
	return fmt.Errorf("the pattern is wrong at byte %d: %s: %.40q", max(at, 1), wrong.Code, wrong.Expr)
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
