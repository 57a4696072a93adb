package template

import "strings"

// block is text inside of something that is HTML of its own: the content of a
// script element that no browser runs, such as a template, or a CDATA section of
// an XML page. Scripts of the page, or a reader of the feed, make HTML of it, so
// that values in it must be as safe as anywhere. The states of the context follow
// that HTML; block follows what ends it, wherever in it that stands.
type block struct {
	kind    blockKind
	hiding  hiding  // of a script
	bytes   [8]byte // what may be the beginning of the tag of a script, in lower case
	n       uint8   // how many of them were read
	run     uint8   // how many "-" were read last, or of a CDATA section "]", up to 2
	foreign uint8   // context.foreign outside
	mixed   bool    // context.mixed outside
}

type blockKind uint8

const (
	noBlock blockKind = iota
	blockScript
	blockCDATA
)

// openBlock begins a block.
func (c *context) openBlock(kind blockKind) {
	c.block = block{kind: kind, foreign: c.foreign, mixed: c.mixed}
	c.state, c.foreign, c.mixed = stateText, 0, false
}

// closeBlock leaves the block, in the state behind.
func (c *context) closeBlock(behind htmlState) {
	c.foreign, c.mixed = c.block.foreign, c.block.mixed
	c.block = block{}
	c.state, c.element, c.endTag, c.slash = behind, elementScript, true, false
	c.name.reset()
	c.attr = attribute{}
}

// inBlock reads a byte of a block and reports whether the block has ended. A byte
// behind the name of its end tag is then still to be read.
func (c *context) inBlock(b byte) (ended bool) {
	k := &c.block
	if k.kind == blockCDATA {
		if b == '>' && k.run == 2 {
			c.closeBlock(stateText)
			return true
		}
		k.count(b, ']')
		return false
	}
	if isHTMLSpace(b) || b == '/' || b == '>' {
		switch tag := k.tag(); {
		case tag == "</script" && k.hiding != hidesScript:
			c.closeBlock(stateTag)
			return true
		case tag == "</script":
			k.hiding = hidesComment
		case tag == "<script" && k.hiding == hidesComment:
			k.hiding = hidesScript
		}
	}
	if b == '>' && k.run == 2 {
		k.hiding = hidesNothing
	}
	k.count(b, '-')
	switch {
	case b == '<':
		k.bytes[0], k.n = b, 1
	case k.n > 0 && int(k.n) < len(k.bytes):
		k.bytes[k.n] = lower(b)
		k.n++
		switch tag := k.tag(); {
		case tag == "<!--" && k.hiding == hidesNothing:
			k.hiding = hidesComment
			fallthrough
		case !strings.HasPrefix("</script", tag) && !strings.HasPrefix("<script", tag) && !strings.HasPrefix("<!--", tag):
			k.bytes, k.n = [8]byte{}, 0
		}
	default:
		k.bytes, k.n = [8]byte{}, 0
	}
	return false
}

// count counts how often b was read in a row if it is c.
func (k *block) count(b, c byte) {
	switch {
	case b != c:
		k.run = 0
	case k.run < 2:
		k.run++
	}
}

// tag returns what may be the beginning of the tag of a script.
func (k *block) tag() string { return string(k.bytes[:k.n]) }
