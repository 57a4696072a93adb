package template

// bracket is the kind of an opening bracket.
type bracket uint8

const (
	bracketPlain     bracket = iota + 1 // (
	bracketCondition                    // ( behind if, while, for or with
	bracketBrace                        // {
	bracketTemplate                     // ${
)

// brackets are the brackets that are open, the innermost last.
type brackets struct {
	kinds [48]bracket
	n     uint8
}

// push reports whether there was room for the bracket.
func (b *brackets) push(k bracket) bool {
	if int(b.n) == len(b.kinds) {
		return false
	}
	b.kinds[b.n] = k
	b.n++
	return true
}

func (b *brackets) top() (bracket, bool) {
	if b.n == 0 {
		return 0, false
	}
	return b.kinds[b.n-1], true
}

func (b *brackets) pop() {
	b.n--
	b.kinds[b.n] = 0
}

// join keeps the brackets that b and o have in common and reports whether that
// will do: a template literal must not be forgotten.
func (b *brackets) join(o brackets) bool {
	n := uint8(0)
	for n < min(b.n, o.n) && b.kinds[n] == o.kinds[n] {
		n++
	}
	ok := true
	for i := n; i < max(b.n, o.n); i++ {
		ok = ok && b.kinds[i] != bracketTemplate && o.kinds[i] != bracketTemplate
	}
	for b.n > n {
		b.pop()
	}
	return ok
}
