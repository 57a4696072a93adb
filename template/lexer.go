package template

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// lexer cuts a page into tokens of Lua 5.1, with $name and the comments of
// LiveCode. What is not to be in the chunk (text, tags, comments) it reports to
// the rewriter. It panics with an *Error.
type lexer struct {
	name  string
	src   string
	pos   int
	mode  mode
	lua   bool   // it is plain Lua, without tags and without what LiveCode adds
	tag   int    // offset of the tag that was opened last, or negative if there is none
	since int    // in modeText, offset of what belongs to no token yet
	plain int    // bytes before pos that are text
	texts []span // literal texts so far
	rw    *rewriter
}

// next returns the next token. At the end of the page it returns tkEOF, again
// and again.
func (lx *lexer) next() token {
	switch lx.mode {
	case modeText:
		return lx.gap(lx.since)
	case modeOpen:
		lx.mode = modeEcho
		return token{kind: tkEcho, start: lx.pos, end: lx.pos, tag: lx.tag}
	case modeEnd:
		return token{kind: tkEOF, start: len(lx.src), end: len(lx.src), tag: -1}
	}
	t := token{newLine: lx.space(), start: lx.pos, tag: lx.tag}
	if lx.pos-lx.plain > MaxCode {
		lx.fail(lx.pos, -1, "the page has more than "+strconv.Itoa(MaxCode>>20)+
			" MB of code; move parts of it to pages or modules of their own")
	}
	switch {
	case lx.pos == len(lx.src):
		if lx.mode == modeEcho {
			tag := position(lx.src, lx.tag)
			panic(&Error{Name: lx.name, Pos: tag, Opened: tag, Msg: "the tag " + lx.opener(lx.tag) + " is never closed by ?>"})
		}
		t.kind = tkEOF
	case lx.lua || !strings.HasPrefix(lx.src[lx.pos:], "?>"):
		t.kind = lx.scan()
	case lx.mode == modeEcho:
		t.kind, t.end = tkEchoEnd, lx.pos+len("?>")
		lx.rw.blank(t.start, t.end)
		lx.mode, lx.since = modeText, t.end
		lx.tagEnd()
		return t
	default:
		lx.tagEnd()
		return lx.gap(t.start)
	}
	t.end = lx.pos
	return t
}

// opener returns how the tag at the offset tag is opened.
func (lx *lexer) opener(tag int) string {
	n, _ := tagAt(lx.src[tag:])
	return lx.src[tag : tag+n]
}

// fail panics with an error at the offset pos, about what was opened at the
// offset opened unless that is negative.
func (lx *lexer) fail(pos, opened int, msg string) {
	panic(lx.error(pos, opened, lx.tag, msg))
}

// error makes an error that was noticed at the offset pos in the tag at the
// offset tag (none if negative).
func (lx *lexer) error(pos, opened, tag int, msg string) *Error {
	e := &Error{Name: lx.name, Pos: position(lx.src, pos), Msg: msg}
	if opened >= 0 {
		e.Opened = position(lx.src, opened)
	}
	if tag >= 0 && unclosed(lx.src, tag) {
		e.Unclosed = position(lx.src, tag)
	}
	return e
}

// space skips white space and comments and reports whether a line break was
// among them.
func (lx *lexer) space() (newLine bool) {
	for lx.pos < len(lx.src) {
		rest := lx.src[lx.pos:]
		switch c := rest[0]; {
		case c == '\n' || c == '\r':
			newLine = true
			lx.pos++
		case c == ' ' || c == '\t':
			lx.pos++
		case c == '\v' || c == '\f': // white space in Lua, not in gopher-lua
			lx.rw.replace(lx.pos, lx.pos+1, " ")
			lx.pos++
		case c == '-' && strings.HasPrefix(rest, "--"):
			newLine = lx.comment(lx.luaComment()) || newLine
		case lx.lua && c == '/':
			return newLine
		case c == '/' && strings.HasPrefix(rest, "//"):
			newLine = lx.comment(lx.lineComment()) || newLine
		case c == '/' && strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				lx.fail(lx.pos, lx.pos, "the comment /* is never closed by */")
			}
			newLine = lx.comment(2+n+2) || newLine
		default:
			return newLine
		}
	}
	return newLine
}

// comment skips a comment of n bytes, keeping its line breaks in the chunk, and
// reports whether there are any.
func (lx *lexer) comment(n int) (newLine bool) {
	start := lx.pos
	lx.pos += n
	lx.rw.replace(start, lx.pos, " ")
	return strings.ContainsAny(lx.src[start:lx.pos], "\r\n")
}

// luaComment returns the length of the comment that begins with "--".
func (lx *lexer) luaComment() int {
	rest := lx.src[lx.pos:]
	level := longLevel(rest[2:])
	if level < 0 {
		return lx.lineComment()
	}
	n := longEnd(rest[2:], level)
	if n < 0 {
		lx.fail(lx.pos, lx.pos, "the comment --"+longBracket("[", level)+" is never closed by "+longBracket("]", level))
	}
	return 2 + n
}

// lineComment returns the length of the comment that ends with the line or before
// "?>".
func (lx *lexer) lineComment() int {
	s := lx.src[lx.pos:]
	for n := 0; ; n++ {
		i := strings.IndexAny(s[n:], "\r\n?")
		if i < 0 {
			return len(s)
		}
		n += i
		if s[n] != '?' || !lx.lua && strings.HasPrefix(s[n:], "?>") {
			return n
		}
	}
}

// scan reads a token that is neither white space nor the end of a tag.
func (lx *lexer) scan() kind {
	c := lx.src[lx.pos]
	switch {
	case isNameStart(c):
		return reserved(lx.word())
	case isDigit(c), c == '.' && isDigit(lx.at(1)):
		lx.number()
		return tkNumber
	case c == '"' || c == '\'':
		lx.quoted(c)
		return tkString
	case c == '[' && longLevel(lx.src[lx.pos:]) >= 0:
		level := longLevel(lx.src[lx.pos:])
		n := longEnd(lx.src[lx.pos:], level)
		if n < 0 {
			lx.fail(lx.pos, lx.pos, "the string "+longBracket("[", level)+" is never closed by "+longBracket("]", level))
		}
		lx.pos += n
		return tkString
	case c == '$' && isNameStart(lx.at(1)) && !lx.lua:
		start := lx.pos
		lx.rw.replace(start, start+1, " ")
		lx.pos++
		if word := lx.word(); reserved(word) != tkName {
			lx.fail(start, -1, "$"+word+" cannot be a variable: "+word+" is a reserved word of Lua")
		}
		return tkName
	}
	k, n := operator(c, lx.at(1), lx.at(2))
	if n == 0 {
		lx.fail(lx.pos, -1, lx.stray())
	}
	lx.pos += n
	return k
}

// at returns the byte n places ahead, or 0.
func (lx *lexer) at(n int) byte {
	if lx.pos+n < len(lx.src) {
		return lx.src[lx.pos+n]
	}
	return 0
}

// word reads a name or reserved word.
func (lx *lexer) word() string {
	start := lx.pos
	for lx.pos < len(lx.src) && (isNameStart(lx.src[lx.pos]) || isDigit(lx.src[lx.pos])) {
		lx.pos++
	}
	return lx.src[start:lx.pos]
}

// stray says what is wrong with the byte at the lexer's position, which begins
// no token.
func (lx *lexer) stray() string {
	rest := lx.src[lx.pos:]
	r, n := utf8.DecodeRuneInString(rest)
	switch {
	case strings.HasPrefix(rest, "<?") && !lx.lua:
		return "a tag opens inside a tag"
	case strings.HasPrefix(rest, "!="):
		return "Lua writes ~= for \"not equal\", not !="
	case r == '!':
		return "Lua writes not for \"not\", not !"
	case r == '&':
		return "& is no operator of Lua; strings are joined with .. and conditions with and"
	case r == '|':
		return "| is no operator of Lua; conditions are joined with or"
	case strings.ContainsRune("\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb", r):
		return "the quote " + string(r) + " begins no string; use \" or '"
	case r == utf8.RuneError && n == 1, !unicode.IsPrint(r):
		return "unexpected character " + strconv.QuoteToASCII(rest[:n])
	case unicode.IsLetter(r):
		return "unexpected character " + string(r) + "; names consist of A-Z, a-z, 0-9 and _"
	}
	return "unexpected character " + string(r)
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isNameStart(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_'
}

// isSpace reports whether c is white space in Lua, as isspace of C.
func isSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
