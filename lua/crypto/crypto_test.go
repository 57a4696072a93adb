package crypto_test

import (
	"context"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/crypto"
	"lcgi/lua/moduletest"
)

// globals has the module, with passwords that wait at a gate of their own until ctx
// ends.
func globals(ctx context.Context) moduletest.Globals {
	load := crypto.Module(crypto.NewGate(), func(*glua.LState) context.Context { return ctx })
	return moduletest.Globals{"crypto": moduletest.Loaded(load)}
}

func check(t *testing.T, cases []moduletest.Case) {
	t.Helper()
	moduletest.Check(t, globals(t.Context()), cases)
}

func TestHashes(t *testing.T) {
	check(t, []moduletest.Case{
		// FIPS 180-4 and RFC 1321 have "abc" and "" among their examples.
		{"return crypto.md5('abc')", "900150983cd24fb0d6963f7d28e17f72"},
		{"return crypto.sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{"return crypto.sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"return crypto.sha512('abc')", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
		{"return crypto.md5('')", "d41d8cd98f00b204e9800998ecf8427e"},
		{"return crypto.sha256(5) == crypto.sha256('5')", "true"},
		{"return crypto.sha1(('a'):rep(1000000))", "34aa973cd4c4daa4f61eeb2bdbad27316534016f"},
		{"return crypto.md5('\\0\\255') == crypto.md5('\\0')", "false"},

		// RFC 2202 §2 and §3 case 2, RFC 4231 §4.3.
		{"return crypto.hmac('md5', 'Jefe', 'what do ya want for nothing?')", "750c783e6ab0b503eaa86e310a5db738"},
		{"return crypto.hmac('sha1', 'Jefe', 'what do ya want for nothing?')", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
		{"return crypto.hmac('sha256', 'Jefe', 'what do ya want for nothing?')", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"return crypto.hmac('sha512', 'Jefe', 'what do ya want for nothing?'):sub(1, 32)", "164b7a7bfcf819e2e395fbe73b56e0a3"},
		{"return #crypto.hmac('sha256', ('k'):rep(1000), '')", "64"},

		{"return crypto.sha256()", "error: bad argument #1 to 'sha256' (string expected, got no value)"},
		{"return crypto.md5({})", "error: bad argument #1 to 'md5' (string expected, got table)"},
		{"return crypto.hmac('sha3', 'k', 'm')", `error: bad argument #1 to 'hmac' (there is no hash "sha3"; there are md5 sha1 sha256 sha512)`},
		{"return crypto.hmac('sha1', 'k')", "error: bad argument #3 to 'hmac' (string expected, got no value)"},
	})
}

func TestEqual(t *testing.T) {
	check(t, []moduletest.Case{
		{"return crypto.equal('a\\0b', 'a\\0b'), crypto.equal('a', 'b'), crypto.equal('a', 'aa'), crypto.equal('', '')", "true false false true"},
		{"return crypto.equal(nil, nil)", "error: bad argument #1 to 'equal' (string expected, got nil)"},
		{"return crypto.equal('a', {})", "error: bad argument #2 to 'equal' (string expected, got table)"},
	})
}

func TestRandom(t *testing.T) {
	check(t, []moduletest.Case{
		{"return #crypto.random(1), #crypto.random(33), #crypto.random(2^20)", "1 33 1048576"},
		{"return crypto.random(16) == crypto.random(16)", "false"},
		{"local t = crypto.token() return #t, t:match('^[%w_-]+$') == t, t ~= crypto.token()", "43 true true"},
		{"return #crypto.token(16), #crypto.token(1024)", "22 1366"},

		{"return crypto.random()", "error: bad argument #1 to 'random' (number expected, got no value)"},
		{"return crypto.random(0)", "error: bad argument #1 to 'random' (a whole number from 1 to 1048576 expected)"},
		{"return crypto.random(2^20 + 1)", "error: bad argument #1 to 'random' (a whole number from 1 to 1048576 expected)"},
		{"return crypto.random(1.5)", "error: bad argument #1 to 'random' (a whole number from 1 to 1048576 expected)"},
		{"return crypto.random(0/0)", "error: bad argument #1 to 'random' (a whole number from 1 to 1048576 expected)"},
		{"return crypto.random(1/0)", "error: bad argument #1 to 'random' (a whole number from 1 to 1048576 expected)"},
		{"return crypto.token(15)", "error: bad argument #1 to 'token' (a whole number from 16 to 1024 expected)"},
		{"return crypto.token('long')", "error: bad argument #1 to 'token' (number expected, got string)"},
	})
}

func TestEncodings(t *testing.T) {
	check(t, []moduletest.Case{
		// RFC 4648 §10.
		{"return crypto.base64(''), crypto.base64('f'), crypto.base64('fo'), crypto.base64('foo'), crypto.base64('foob')", " Zg== Zm8= Zm9v Zm9vYg=="},
		{"return crypto.base64('\\255\\239\\190'), crypto.base64url('\\255\\239\\190'), crypto.base64url('f')", "/+++ _--- Zg"},
		{"return crypto.unbase64('Zm9vYg=='), crypto.unbase64('Zm9vYg'), crypto.unbase64('')", "foob foob "},
		{"return crypto.unbase64('/+++') == crypto.unbase64('_---')", "true"},
		{"return crypto.unbase64('Zm9v\\r\\nYmFy\\r\\n'), crypto.unbase64('Zm9v\\nYg==\\n')", "foobar foob"},
		{"return crypto.hex('\\0\\255az'), crypto.hex(''), crypto.unhex('00ff617A') == '\\0\\255az'", "00ff617a  true"},
		{"local s = crypto.random(1000) return crypto.unbase64(crypto.base64(s)) == s, crypto.unbase64(crypto.base64url(s)) == s, crypto.unhex(crypto.hex(s)) == s", "true true true"},

		{"return crypto.unbase64('Zm 9v')", "nil ' ' at byte 3 is not base64"},
		{"return crypto.unbase64('<b>')", "nil '<' at byte 1 is not base64"},
		{"return crypto.unbase64('Zm\\2559v')", "nil the byte 0xff at byte 3 is not base64"},
		{"return crypto.unbase64('+_')", "nil '+' at byte 1 is not base64"},
		{"return crypto.unbase64('Zm9vY')", "nil the text ends in the middle of a byte"},
		{"return crypto.unbase64('Zh==')", "nil the text ends in the middle of a byte"},
		{"return crypto.unbase64('Zg=')", "nil the padding at the end is not that of base64"},
		{"return crypto.unbase64('Zg===')", "nil the padding at the end is not that of base64"},
		{"return crypto.unbase64('=')", "nil the padding at the end is not that of base64"},
		{"return crypto.unbase64('Zg==Zg==')", "nil '=' at byte 3 is not base64"},
		{"return crypto.unhex('0g')", "nil 'g' at byte 2 is not a hex digit"},
		{"return crypto.unhex('abc')", "nil the number of hex digits is odd"},
		{"return crypto.unhex('\\200\\200')", "nil the byte 0xc8 at byte 1 is not a hex digit"},
		{"return crypto.unhex(nil)", "error: bad argument #1 to 'unhex' (string expected, got nil)"},
		{"local s = ('a'):rep(2^26 - 1) return crypto.hex(s)", "error: resulting string too large (more than 67108864 bytes)"},
		{"local s = ('a'):rep(2^26 - 1) return crypto.base64(s)", "error: resulting string too large (more than 67108864 bytes)"},
	})
}
