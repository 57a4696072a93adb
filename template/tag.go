package template

import "strings"

// mode says what the lexer reads next.
type mode uint8

const (
	modeText mode = iota // literal text up to the next tag
	modeCode             // inside <?lc
	modeOpen             // right behind <?=
	modeEcho             // inside <?=
	modeEnd              // nothing is left
)

// tagAt reads the tag at the start of s, which begins with "<?". It returns the
// length of what opens it, without the white space behind a name, and whether
// it prints an expression. A length of 0 says that it is text.
func tagAt(s string) (length int, echo bool) {
	rest := s[len("<?"):]
	if strings.HasPrefix(rest, "=") {
		return len("<?="), true
	}
	for _, name := range [...]string{"lc", "lua", "livecode"} {
		after, found := strings.CutPrefix(rest, name)
		if !found {
			continue
		}
		n := len("<?") + len(name)
		switch {
		case after == "" || isSpace(after[0]):
			return n, false
		case after[0] == '=':
			return n + 1, true
		}
	}
	return 0, false
}

// findTag returns the offset of the next tag at or behind from in src, the
// length of what opens it and whether it prints an expression. Without one, the
// offset is len(src).
func findTag(src string, from int) (at, length int, echo bool) {
	for at = from; ; at += len("<?") {
		i := strings.Index(src[at:], "<?")
		if i < 0 {
			return len(src), 0, false
		}
		at += i
		if length, echo = tagAt(src[at:]); length > 0 {
			return at, length, echo
		}
	}
}

// preamble returns the length of the byte order mark and of the first line if it
// starts with "#!", its line break included.
func preamble(src string) int {
	n := len(bom(src))
	if !strings.HasPrefix(src[n:], "#!") {
		return n
	}
	i := strings.IndexAny(src[n:], "\r\n")
	if i < 0 {
		return len(src)
	}
	n += i
	return n + max(1, lineBreak(src[n:]))
}

// lineBreak returns the length of the LF or CR LF that s starts with, or 0.
func lineBreak(s string) int {
	switch {
	case strings.HasPrefix(s, "\n"):
		return 1
	case strings.HasPrefix(s, "\r\n"):
		return 2
	}
	return 0
}

// gap reads the text from the lexer's position on and the opener of the next
// tag. It returns them as a tkText that begins at start, before the "?>".
func (lx *lexer) gap(start int) token {
	at, length, echo := findTag(lx.src, lx.pos)
	t := token{kind: tkText, start: start, end: at + length, text: span{lx.pos, at}, tag: -1}
	lx.plain += at - lx.pos
	lx.texts = appendSpan(lx.texts, t.text)
	lx.pos = t.end
	lx.rw.blank(t.start, t.end)
	switch lx.tag = at; {
	case length == 0:
		lx.mode = modeEnd
	case echo:
		lx.mode = modeOpen
	default:
		lx.mode = modeCode
	}
	return t
}

// tagEnd reads the ?> at the lexer's position and the line break behind it.
func (lx *lexer) tagEnd() {
	lx.pos += len("?>")
	lx.pos += lineBreak(lx.src[lx.pos:])
}

// unclosed reports whether the code tag at offset tag is not closed before the
// next tag or the end of the page. It looks at bytes only, so it is for hints.
func unclosed(src string, tag int) bool {
	length, _ := tagAt(src[tag:])
	end := strings.Index(src[tag:], "?>")
	next, _, _ := findTag(src, tag+length)
	return end < 0 || next < tag+end
}

func appendSpan(spans []span, s span) []span {
	if s.start == s.end {
		return spans
	}
	return append(spans, s)
}
