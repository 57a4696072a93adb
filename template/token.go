package template

// kind is the kind of a token. Reserved words come first, in the order of words.
type kind uint8

const (
	tkAnd kind = iota
	tkBreak
	tkDo
	tkElse
	tkElseif
	tkEnd
	tkFalse
	tkFor
	tkFunction
	tkGoto // not reserved in Lua 5.1, but in gopher-lua
	tkIf
	tkIn
	tkLocal
	tkNil
	tkNot
	tkOr
	tkRepeat
	tkReturn
	tkThen
	tkTrue
	tkUntil
	tkWhile

	tkName
	tkNumber
	tkString

	tkPlus
	tkMinus
	tkStar
	tkSlash
	tkPercent
	tkCaret
	tkHash
	tkEq
	tkNe
	tkLe
	tkGe
	tkLt
	tkGt
	tkAssign
	tkLparen
	tkRparen
	tkLbrace
	tkRbrace
	tkLbracket
	tkRbracket
	tkSemicolon
	tkColon
	tkLabel // ::
	tkComma
	tkDot
	tkConcat
	tkDots

	tkText    // all that stands between the code of two tags, see token.text
	tkEcho    // <?= was opened
	tkEchoEnd // the ?> of <?=
	tkEOF
)

// spelling returns how a token of kind k is written, or what a message calls it
// if that differs from token to token.
func (k kind) spelling() string {
	return [...]string{
		"and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if",
		"in", "local", "nil", "not", "or", "repeat", "return", "then", "true", "until", "while",
		"name", "number", "string",
		"+", "-", "*", "/", "%", "^", "#", "==", "~=", "<=", ">=", "<", ">", "=",
		"(", ")", "{", "}", "[", "]", ";", ":", "::", ",", ".", "..", "...",
		"?>", "<?=", "?>", "end of the page",
	}[k]
}

// token is a token of the code, or the gap between two tags.
type token struct {
	kind       kind
	newLine    bool // a line break stands between this token and the one before
	start, end int  // byte offsets in the source; of a tkText, from ?> to behind the next <?lc
	text       span // of a tkText, the literal text in it
	tag        int  // offset of the tag it is in, or negative if it is in none
}

// reserved returns the kind of a name, which is that of a reserved word or tkName.
func reserved(s string) kind {
	switch s {
	case "and":
		return tkAnd
	case "break":
		return tkBreak
	case "do":
		return tkDo
	case "else":
		return tkElse
	case "elseif":
		return tkElseif
	case "end":
		return tkEnd
	case "false":
		return tkFalse
	case "for":
		return tkFor
	case "function":
		return tkFunction
	case "goto":
		return tkGoto
	case "if":
		return tkIf
	case "in":
		return tkIn
	case "local":
		return tkLocal
	case "nil":
		return tkNil
	case "not":
		return tkNot
	case "or":
		return tkOr
	case "repeat":
		return tkRepeat
	case "return":
		return tkReturn
	case "then":
		return tkThen
	case "true":
		return tkTrue
	case "until":
		return tkUntil
	case "while":
		return tkWhile
	}
	return tkName
}

// operator returns the operator that a, b, c begin with and its length, or 0.
func operator(a, b, c byte) (kind, int) {
	switch a {
	case '+':
		return tkPlus, 1
	case '-':
		return tkMinus, 1
	case '*':
		return tkStar, 1
	case '/':
		return tkSlash, 1
	case '%':
		return tkPercent, 1
	case '^':
		return tkCaret, 1
	case '#':
		return tkHash, 1
	case '(':
		return tkLparen, 1
	case ')':
		return tkRparen, 1
	case '{':
		return tkLbrace, 1
	case '}':
		return tkRbrace, 1
	case '[':
		return tkLbracket, 1
	case ']':
		return tkRbracket, 1
	case ';':
		return tkSemicolon, 1
	case ',':
		return tkComma, 1
	case '=':
		if b == '=' {
			return tkEq, 2
		}
		return tkAssign, 1
	case '~':
		if b == '=' {
			return tkNe, 2
		}
	case '<':
		switch b {
		case '=':
			return tkLe, 2
		case '?':
			return 0, 0
		}
		return tkLt, 1
	case '>':
		if b == '=' {
			return tkGe, 2
		}
		return tkGt, 1
	case ':':
		if b == ':' {
			return tkLabel, 2
		}
		return tkColon, 1
	case '.':
		switch {
		case b == '.' && c == '.':
			return tkDots, 3
		case b == '.':
			return tkConcat, 2
		}
		return tkDot, 1
	}
	return 0, 0
}
