package crypto_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lcgi/lua/moduletest"
)

// Hashes of "correct horse" that PHP 8.2 has made with password_hash.
const (
	phpBcrypt   = "$2y$05$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG"
	phpArgon2i  = "$argon2i$v=19$m=1024,t=2,p=1$QTd3b2ZkYmlzb3pXNWtmLw$Oi7j9joCsGPjb7PUNMQZPpxALE9gIo6QOc/7U587vlg"
	phpArgon2id = "$argon2id$v=19$m=1024,t=3,p=2$YUVkdGZwR0gyckpZR0lKLg$dLUXyQEnjrW88Vf8xOJafl3jvAv0I04ErYvnxFAD7mw"
	phpDefault  = "$argon2id$v=19$m=65536,t=4,p=1$bnVpLy41ZnNWNzg5clBBcg$JQkR+fHfeqNJy7R87eYaW/k1ez1fTWUzBtQ0/EAy7N0"
	// Of "a" 100 times, and of "Grüße ☺".
	phpLong = "$2y$04$KCf85ij8RWnrGcZ1OE424efsU5Mil9ULb/YhM3KecOOdC.y3hq3M6"
	phpUTF8 = "$2y$04$4Yz2ADwKX.Tx2zP0cGCIQeAg3lgXGkOvNUnFovfSv6MLtIUJi2Dpy"
)

// verify is the code that verifies a password.
func verify(password, hash string) string {
	return fmt.Sprintf("return crypto.verifyPassword(%q, %q)", password, hash)
}

func TestHashPassword(t *testing.T) {
	const same = " return h:match('^%$[^$]+%$[^$]+%$[^$]+'), #h, crypto.verifyPassword('secret', h), crypto.verifyPassword('Secret', h), crypto.verifyPassword('', h)"
	check(t, []moduletest.Case{
		{"local h = crypto.hashPassword('secret')" + same, "$argon2id$v=19$m=19456,t=2,p=1 97 true false false"},
		{"local h = crypto.hashPassword('secret', {algorithm='argon2id', memory=7168, time=5, threads=2})" + same, "$argon2id$v=19$m=7168,t=5,p=2 96 true false false"},
		{"local h = crypto.hashPassword('secret', {algorithm='bcrypt', cost=10}) return h:sub(1, 7), #h, crypto.verifyPassword('secret', h), crypto.verifyPassword('Secret', h)", "$2b$10$ 60 true false"},
		{"local o = {memory=7168, time=5} return crypto.hashPassword('x', o) == crypto.hashPassword('x', o)", "false"},
		{"local o = {memory=7168, time=5} local p = ('x'):rep(10000) .. '\\0' local h = crypto.hashPassword(p, o) return crypto.verifyPassword(p, h), crypto.verifyPassword(p .. 'y', h), crypto.verifyPassword(p:sub(1, -2), h)", "true false false"},
		{"local o = {memory=7168, time=5} return crypto.verifyPassword('', crypto.hashPassword('', o))", "true"},

		// What bcrypt would not look at.
		{"local h = crypto.hashPassword(('x'):rep(72), {algorithm='bcrypt', cost=10}) return crypto.verifyPassword(('x'):rep(72), h), crypto.verifyPassword(('x'):rep(71), h)", "true false"},
		{"return crypto.hashPassword(('x'):rep(73), {algorithm='bcrypt'})", "nil the password has 73 bytes, of which bcrypt looks at 72 only; take argon2id"},
		{"return crypto.hashPassword('a\\0b', {algorithm='bcrypt'})", "nil the password has a zero byte, where bcrypt ends on other systems; take argon2id"},

		{"return crypto.hashPassword(nil)", "error: bad argument #1 to 'hashPassword' (string expected, got nil)"},
		{"return crypto.hashPassword('x', 'bcrypt')", "error: bad argument #2 to 'hashPassword' (table expected, got string)"},
		{"return crypto.hashPassword('x', {algorithm='md5'})", "error: bad argument #2 to 'hashPassword' (the option algorithm must be argon2id or bcrypt)"},
		{"return crypto.hashPassword('x', {rounds=5})", "error: bad argument #2 to 'hashPassword' (there is no option rounds; there are algorithm memory time threads cost)"},
		{"return crypto.hashPassword('x', {cost=12})", "error: bad argument #2 to 'hashPassword' (the option cost is that of bcrypt; argon2id has memory, time and threads)"},
		{"return crypto.hashPassword('x', {algorithm='bcrypt', time=2})", "error: bad argument #2 to 'hashPassword' (the options memory, time and threads are those of argon2id; bcrypt has cost)"},
		{"return crypto.hashPassword('x', {algorithm='bcrypt', cost=9})", "error: bad argument #2 to 'hashPassword' (the option cost must be a whole number from 10 to 15)"},
		{"return crypto.hashPassword('x', {algorithm='bcrypt', cost=31})", "error: bad argument #2 to 'hashPassword' (the option cost must be a whole number from 10 to 15)"},
		{"return crypto.hashPassword('x', {memory=1024})", "error: bad argument #2 to 'hashPassword' (the option memory must be a whole number from 7168 to 131072)"},
		{"return crypto.hashPassword('x', {memory=2^32+7168})", "error: bad argument #2 to 'hashPassword' (the option memory must be a whole number from 7168 to 131072)"},
		{"return crypto.hashPassword('x', {memory=7168, time=4})", "error: bad argument #2 to 'hashPassword' (memory times time must be 35840 at least, which OWASP has for the least that is safe, and is 28672)"},
		{"return crypto.hashPassword('x', {memory=131072, time=9})", "error: bad argument #2 to 'hashPassword' (memory times time must be 1048576 at most, and is 1179648)"},
		{"return crypto.hashPassword('x', {threads=17})", "error: bad argument #2 to 'hashPassword' (the option threads must be a whole number from 1 to 16)"},
	})
}

func TestVerifyPassword(t *testing.T) {
	check(t, []moduletest.Case{
		{verify("correct horse", phpBcrypt), "true"},
		{verify("correct horse", strings.Replace(phpBcrypt, "2y", "2a", 1)), "true"},
		{verify("correct horse", strings.Replace(phpBcrypt, "2y", "2b", 1)), "true"},
		{verify("correct horse", phpArgon2i), "true"},
		{verify("correct horse", phpArgon2id), "true"},
		{verify("correct horse", phpDefault), "true"},
		{verify("wrong horse", phpBcrypt), "false"},
		{verify("wrong horse", phpArgon2i), "false"},
		{verify("wrong horse", phpArgon2id), "false"},
		{verify("Grüße ☺", phpUTF8), "true"},
		// PHP has hashed the first 72 bytes.
		{verify(strings.Repeat("a", 100), phpLong), "true"},
		{verify(strings.Repeat("a", 72), phpLong), "true"},
		{verify(strings.Repeat("a", 71), phpLong), "false"},
		{"return crypto.verifyPassword('correct horse\\0', '" + phpBcrypt + "')", "false"},
		// RFC 9106's reference implementation, test.c.
		{verify("password", "$argon2i$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj+qf+YFY4NeBbtA"), "true"},
		// A user who does not exist.
		{"return crypto.verifyPassword('x', nil)", "false"},

		{"return crypto.verifyPassword('x')", "error: bad argument #2 to 'verifyPassword' (value expected)"},
		{"return crypto.verifyPassword(nil, 'x')", "error: bad argument #1 to 'verifyPassword' (string expected, got nil)"},
		{"return crypto.verifyPassword('x', {})", "error: bad argument #2 to 'verifyPassword' (string expected, got table)"},
	})
}

// hostile are stored hashes that must not be computed, and why.
var hostile = []struct{ hash, why string }{
	{"", "it is of no kind that is known: argon2id, argon2i or bcrypt"},
	{"$", "of no kind"},
	{"5f4dcc3b5aa765d61d8327deb882cf99", "of no kind"},
	{"$1$salt$qJH7.N4xYta3aEG/dfqo/0", "of no kind"},
	{"$2x$05$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", "of no kind"},
	{"argon2id$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$x", "of no kind"},
	{"$argon2d$v=19$m=65536,t=4,p=1$c29tZXNhbHQ$wWKIMhR9lyDFvRz9YTZweHKfbftvj", "of no kind"},

	{"$2y$31$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", `its cost "31" is not from 04 to 15`},
	{"$2y$16$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", "cost"},
	{"$2y$03$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", "cost"},
	{"$2y$-1$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", "cost"},
	{"$2y$1/$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", "cost"},
	{"$2y$05$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWz", "60 characters"},
	{"$2y$05$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzGG", "60 characters"},
	{"$2y$05$UIjs3/L7iMohAdWcw4UPS=RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", "'=' is no character"},
	{"$2y$05-UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG", "60 characters"},
	{"$2y$", "60 characters"},

	{"$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "its memory of 4194304 KiB is more than the 131072 that are allowed"},
	{"$argon2id$v=19$m=65536,t=1000000000,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "passes"},
	{"$argon2id$v=19$m=131072,t=64,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "too much work"},
	{"$argon2id$v=19$m=65536,t=0,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "passes"},
	{"$argon2id$v=19$m=65536,t=2,p=0$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "threads"},
	{"$argon2id$v=19$m=65536,t=2,p=257$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "threads"},
	{"$argon2id$v=19$m=16,t=2,p=16$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "less than 8"},
	{"$argon2id$v=19$m=0,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "less than 8"},
	{"$argon2id$v=19$m=99999999999999999999,t=2,p=1$c29tZXNhbHQ$x", "its parameters"},
	{"$argon2id$v=19$m=-1,t=2,p=1$c29tZXNhbHQ$x", "its parameters"},
	{"$argon2id$v=19$m=+1024,t=2,p=1$c29tZXNhbHQ$x", "its parameters"},
	{"$argon2id$v=19$m=01024,t=2,p=1$c29tZXNhbHQ$x", "its parameters"},
	{"$argon2id$v=19$t=2,m=1024,p=1$c29tZXNhbHQ$x", "its parameters"},
	{"$argon2id$v=19$m=1024,t=2$c29tZXNhbHQ$x", "its parameters"},
	{"$argon2id$v=16$m=1024,t=2,p=1$c29tZXNhbHQ$x", `its version "v=16" is not v=19`},
	{"$argon2id$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "a version, parameters, a salt and a key"},
	{"$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$CTFh$x", "a version, parameters, a salt and a key"},
	{"$argon2id$v=19$m=1024,t=2,p=1$c29t$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "its salt"},
	{"$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ=$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "its salt"},
	{"$argon2id$v=19$m=1024,t=2,p=1$" + strings.Repeat("c29t", 30) + "$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc", "its salt"},
	{"$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc\n", "a line break"},
	{"$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$", "its key"},
	{"$argon2id$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$" + strings.Repeat("c29t", 1000), "its key"},
}

// A hash that cannot be used is neither right nor wrong, fails closed, and takes
// no time.
func TestHostileHashes(t *testing.T) {
	module := globals(t.Context())
	begin := time.Now()
	for _, c := range hostile {
		got := moduletest.Eval(t.Context(), t, module, verify("correct horse", c.hash))
		if !strings.HasPrefix(got, "nil the hash cannot be used: ") || !strings.Contains(got, c.why) {
			t.Errorf("%s\ngot  %s\nwant %s", c.hash, got, c.why)
		}
		if got := moduletest.Eval(t.Context(), t, module, fmt.Sprintf("return crypto.needsRehash(%q)", c.hash)); got != "true" {
			t.Errorf("needsRehash of %s: %s", c.hash, got)
		}
	}
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("it took %v", d)
	}
}

func TestNeedsRehash(t *testing.T) {
	needs := func(hash, options string) string {
		return fmt.Sprintf("return crypto.needsRehash(%q%s)", hash, options)
	}
	const (
		current = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc"
		cost12  = "$2b$12$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG"
	)
	check(t, []moduletest.Case{
		{needs(current, ""), "false"},
		{needs(current, ", {algorithm='argon2id'}"), "false"},
		{needs(current, ", {time=3}"), "true"},
		{needs(current, ", {memory=47104}"), "true"},
		{needs(current, ", {threads=2}"), "true"},
		{needs(current, ", {algorithm='bcrypt'}"), "true"},
		{needs(strings.Replace(current, "argon2id", "argon2i", 1), ""), "true"},
		{needs(strings.Replace(current, "c29tZXNhbHRzb21lc2FsdA", "c29tZXNhbHQ", 1), ""), "true"},
		{needs(phpDefault, ""), "true"},
		{needs(phpDefault, ", {memory=65536, time=4}"), "false"},
		{needs(cost12, ""), "true"},
		{needs(cost12, ", {algorithm='bcrypt'}"), "false"},
		{needs(cost12, ", {algorithm='bcrypt', cost=13}"), "true"},
		{needs(strings.Replace(cost12, "2b", "2y", 1), ", {algorithm='bcrypt'}"), "false"},
		{needs("5f4dcc3b5aa765d61d8327deb882cf99", ""), "true"},

		{"return crypto.needsRehash(nil)", "error: bad argument #1 to 'needsRehash' (string expected, got nil)"},
		{needs(current, ", {cost=12}"), "error: bad argument #2 to 'needsRehash' (the option cost is that of bcrypt; argon2id has memory, time and threads)"},
	})
}

// Who waits for others waits no longer than the page may run.
func TestWaitingEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the time of the page is over"))
	for _, code := range []string{
		"return crypto.hashPassword('x')",
		"return crypto.hashPassword('x', {algorithm='bcrypt'})",
		"return crypto.verifyPassword('x', nil)",
		verify("correct horse", phpDefault),
	} {
		if got, want := moduletest.Eval(t.Context(), t, globals(ctx), code), "error: the password was not hashed: the time of the page is over"; got != want {
			t.Errorf("%s\ngot  %s\nwant %s", code, got, want)
		}
	}
}
