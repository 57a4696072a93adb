package template

import "strconv"

// Limits of the constants in the code of a page: names, numbers and strings.
// gopher-lua 1.1.2 looks for each among all distinct ones that its function has
// so far, which takes about 4 ns for each of those.
const (
	// MaxConstants is the number of distinct constants in a function, or in the
	// code outside of all functions.
	MaxConstants = 10_000

	// maxLookups is how many distinct constants may be looked at in a whole page.
	maxLookups = 120_000_000
)

// constants counts the constants of a function.
type constants struct {
	few  []span         // as long as there are not many
	seen map[string]int // and their numbers, from 1
}

// constant notes the constant that a token is.
func (p *parser) constant(t token) {
	c := &p.fn.constants
	const few = 256
	switch {
	case len(c.few) < few:
		c.few = append(c.few, span{t.start, t.end})
		return
	case c.seen == nil:
		c.seen = make(map[string]int, 2*few)
		for _, s := range c.few {
			p.lookup(p.lx.src[s.start:s.end])
		}
	}
	p.lookup(p.text(t))
	switch {
	case len(c.seen) > MaxConstants:
		panic(p.lx.error(t.start, -1, t.tag, "a function here has more than "+strconv.Itoa(MaxConstants)+
			" different names, numbers and strings, which takes too long to compile; put the data into a file that is read, build it in a loop, or split it over several functions"))
	case p.lookups > maxLookups:
		panic(p.lx.error(t.start, -1, t.tag,
			"the functions up to here have so many different names, numbers and strings that they take too long to compile; put the data into a file that is read, or split it over more and smaller functions"))
	}
}

// lookup looks for a constant among those of the function.
func (p *parser) lookup(constant string) {
	seen := p.fn.constants.seen
	n, ok := seen[constant]
	if !ok {
		n = len(seen) + 1
		seen[constant] = n
	}
	p.lookups += n
}
