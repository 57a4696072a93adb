package crypto

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"math"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/vm"
)

// Module returns the loader of the Lua module "crypto":
//
//	crypto.random(n)                   n random bytes
//	crypto.token([bytes])              random text for addresses and cookies
//	crypto.md5(s) sha1 sha256 sha512   the hash of s in lower-case hex
//	crypto.hmac(name, key, message)    RFC 2104, in lower-case hex
//	crypto.equal(a, b)                 whether two strings are the same
//	crypto.base64(s) base64url hex     s as text
//	crypto.unbase64(text) unhex        the bytes, or nil and what is wrong
//	crypto.hashPassword(password[, options])
//	crypto.verifyPassword(password, hash)
//	crypto.needsRehash(hash[, options])
//
// Passwords are hashed when gate lets them, for which they wait as long as the
// context that bounds the run of a thread.
func Module(gate *Gate, ctx func(L *glua.LState) context.Context) glua.LGFunction {
	return func(L *glua.LState) int {
		p := passwords{gate, ctx}
		t := L.CreateTable(0, 16)
		for name, f := range map[string]glua.LGFunction{
			"random":         random,
			"token":          token,
			"md5":            digest(md5.New),
			"sha1":           digest(sha1.New),
			"sha256":         digest(sha256.New),
			"sha512":         digest(sha512.New),
			"hmac":           mac,
			"equal":          equal,
			"base64":         encode(base64.StdEncoding.EncodedLen, base64.StdEncoding.EncodeToString),
			"base64url":      encode(base64.RawURLEncoding.EncodedLen, base64.RawURLEncoding.EncodeToString),
			"unbase64":       unbase64,
			"hex":            encode(hex.EncodedLen, hex.EncodeToString),
			"unhex":          unhex,
			"hashPassword":   p.hash,
			"verifyPassword": p.verify,
			"needsRehash":    needsRehash,
		} {
			t.RawSetString(name, L.NewFunction(f))
		}
		L.Push(t)
		return 1
	}
}

// maxRandom is how many bytes crypto.random makes at once.
const maxRandom = 1 << 20

// random is crypto.random(n).
func random(L *glua.LState) int {
	b := make([]byte, checkInt(L, 1, 1, maxRandom))
	vm.Of(L).Spend(len(b))
	rand.Read(b)
	L.Push(glua.LString(b))
	return 1
}

// token is crypto.token([bytes]): so many random bytes, 32 if that is not said,
// as text of letters, digits, "-" and "_". Fewer than 16 could be guessed.
func token(L *glua.LState) int {
	n := 32
	if L.Get(1) != glua.LNil {
		n = checkInt(L, 1, 16, 1024)
	}
	b := make([]byte, n)
	rand.Read(b)
	L.Push(glua.LString(base64.RawURLEncoding.EncodeToString(b)))
	return 1
}

// checkInt returns argument n, which must be a whole number from least to most.
func checkInt(L *glua.LState, n, least, most int) int {
	f := float64(L.CheckNumber(n))
	if f != math.Trunc(f) || f < float64(least) || f > float64(most) {
		L.ArgError(n, fmt.Sprintf("a whole number from %d to %d expected", least, most))
	}
	return int(f)
}

// digest returns a function that hashes a string.
func digest(newHash func() hash.Hash) glua.LGFunction {
	return func(L *glua.LState) int {
		h := newHash()
		write(L, h, L.CheckString(1))
		L.Push(glua.LString(hex.EncodeToString(h.Sum(nil))))
		return 1
	}
}

// mac is crypto.hmac(name, key, message).
func mac(L *glua.LState) int {
	var newHash func() hash.Hash
	switch name := L.CheckString(1); name {
	case "md5":
		newHash = md5.New
	case "sha1":
		newHash = sha1.New
	case "sha256":
		newHash = sha256.New
	case "sha512":
		newHash = sha512.New
	default:
		L.ArgError(1, fmt.Sprintf("there is no hash %.40q; there are md5 sha1 sha256 sha512", name))
	}
	h := hmac.New(newHash, []byte(L.CheckString(2)))
	write(L, h, L.CheckString(3))
	L.Push(glua.LString(hex.EncodeToString(h.Sum(nil))))
	return 1
}

// write hashes s, piece by piece: a string may have 64 MB, and the whole need
// not be copied for it.
func write(L *glua.LState, h hash.Hash, s string) {
	vm.Of(L).Spend(len(s))
	var buf [4096]byte
	for s != "" {
		n := copy(buf[:], s)
		h.Write(buf[:n])
		s = s[n:]
	}
}

// equal is crypto.equal(a, b). The time it takes does not tell where they differ.
func equal(L *glua.LState) int {
	a, b := L.CheckString(1), L.CheckString(2)
	L.Push(glua.LBool(subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1))
	return 1
}
