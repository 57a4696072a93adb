package crypto

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// encode returns a function that writes bytes as text, which will have size(n)
// bytes.
func encode(size func(n int) int, text func([]byte) string) glua.LGFunction {
	return func(L *glua.LState) int {
		s := L.CheckString(1)
		if size(len(s)) > vm.MaxString {
			L.RaiseError("resulting string too large (more than %d bytes)", vm.MaxString)
		}
		vm.Of(L).Spend(len(s))
		L.Push(glua.LString(text([]byte(s))))
		return 1
	}
}

// unbase64 is crypto.unbase64(text): RFC 4648 §4 or, with "-" and "_", §5, with
// padding or without. Line breaks are passed over, as in mail. Bits that no
// encoder sets are refused, so that no two texts are the same bytes but for
// padding and line breaks.
func unbase64(L *glua.LState) int {
	text := L.CheckString(1)
	vm.Of(L).Spend(len(text))
	encoding := base64.RawStdEncoding
	if strings.ContainsAny(text, "-_") {
		encoding = base64.RawURLEncoding
	}
	if body := strings.TrimRight(text, "=\r\n"); len(body) < len(text) {
		if padding := strings.Count(text[len(body):], "="); padding > 0 {
			if n := len(body) - strings.Count(body, "\n") - strings.Count(body, "\r"); padding > 2 || (n+padding)%4 != 0 {
				return mistake(L, "the padding at the end is not that of base64")
			}
			text = body
		}
	}
	b, err := encoding.Strict().DecodeString(text)
	var corrupt base64.CorruptInputError
	if errors.As(err, &corrupt) {
		// Of bits that are too few or too many at the end, it has the place of a
		// letter before them.
		if at := int(corrupt); at < len(text) && !isAlphanumeric(text[at]) {
			return mistake(L, fmt.Sprintf("%s at byte %d is not base64", quoted(text[at]), at+1))
		}
		return mistake(L, "the text ends in the middle of a byte")
	}
	L.Push(glua.LString(b))
	return 1
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}

// unhex is crypto.unhex(text). Digits may be of either case.
func unhex(L *glua.LState) int {
	text := L.CheckString(1)
	vm.Of(L).Spend(len(text))
	b, err := hex.DecodeString(text)
	var wrong hex.InvalidByteError
	switch {
	case errors.As(err, &wrong):
		at := strings.IndexByte(text, byte(wrong))
		return mistake(L, fmt.Sprintf("%s at byte %d is not a hex digit", quoted(byte(wrong)), at+1))
	case err != nil:
		return mistake(L, "the number of hex digits is odd")
	}
	L.Push(glua.LString(b))
	return 1
}

// quoted shows a byte that a visitor may have sent.
func quoted(c byte) string {
	if c < 0x80 {
		return fmt.Sprintf("%q", c)
	}
	return fmt.Sprintf("the byte %#02x", c)
}

// mistake returns nil and what is wrong with what the function was given: no
// error, as it may come from a visitor.
func mistake(L *glua.LState, what string) int {
	L.Push(glua.LNil)
	L.Push(glua.LString(what))
	return 2
}
