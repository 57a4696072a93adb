package crypto

import (
	"context"
	"fmt"
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/option"
	"lcgi/lua/vm"
)

// passwords are the functions that hash them.
type passwords struct {
	gate *Gate
	ctx  func(L *glua.LState) context.Context
}

// passwordOptions say how a password is hashed.
type passwordOptions struct {
	algorithm string
	argon2Cost
	cost int // of bcrypt

	argon2Set, costSet bool
}

// readOptions reads the options that are argument n.
func readOptions(L *glua.LState, n int) passwordOptions {
	opt := passwordOptions{algorithm: "argon2id", argon2Cost: defaultArgon2(), cost: defaultCost}
	option.Read(L, n, &opt, "", []option.Reader[passwordOptions]{
		{Name: "algorithm", Read: func(opt *passwordOptions, v option.Value) {
			if opt.algorithm = v.String(); opt.algorithm != "argon2id" && opt.algorithm != "bcrypt" {
				v.Refuse("must be argon2id or bcrypt")
			}
		}},
		{Name: "memory", Read: func(opt *passwordOptions, v option.Value) {
			opt.memory, opt.argon2Set = uint32(v.Int(minMemory, maxMemory)), true
		}},
		{Name: "time", Read: func(opt *passwordOptions, v option.Value) {
			opt.time, opt.argon2Set = uint32(v.Int(1, maxTime)), true
		}},
		{Name: "threads", Read: func(opt *passwordOptions, v option.Value) {
			opt.threads, opt.argon2Set = uint8(v.Int(1, maxThreads)), true
		}},
		{Name: "cost", Read: func(opt *passwordOptions, v option.Value) {
			opt.cost, opt.costSet = v.Int(minCost, maxCost), true
		}},
	})
	switch {
	case opt.algorithm == "bcrypt" && opt.argon2Set:
		L.ArgError(n, "the options memory, time and threads are those of argon2id; bcrypt has cost")
	case opt.algorithm == "argon2id" && opt.costSet:
		L.ArgError(n, "the option cost is that of bcrypt; argon2id has memory, time and threads")
	case opt.algorithm == "argon2id" && opt.memory*opt.time < minWork:
		L.ArgError(n, fmt.Sprintf("memory times time must be %d at least, which OWASP has for the least that is safe, and is %d", minWork, opt.memory*opt.time))
	case opt.algorithm == "argon2id" && opt.memory*opt.time > maxWork:
		L.ArgError(n, fmt.Sprintf("memory times time must be %d at most, and is %d", maxWork, opt.memory*opt.time))
	}
	return opt
}

// A passwordHash is a stored hash that may be computed.
type passwordHash interface {
	memoryKiB() uint32 // that the gate reckons with
	verify(password string) bool
}

// parseHash reads a stored hash. It refuses one that would take too long or too
// much memory.
func parseHash(text string) (passwordHash, error) {
	algorithm, rest, ok := strings.Cut(strings.TrimPrefix(text, "$"), "$")
	switch {
	case !ok || text[0] != '$':
	case algorithm == "argon2id", algorithm == "argon2i":
		return parseArgon2(algorithm, rest)
	case algorithm == "2a", algorithm == "2b", algorithm == "2y":
		return parseBcrypt(text)
	}
	return nil, fmt.Errorf("it is of no kind that is known: argon2id, argon2i or bcrypt")
}

// hash is crypto.hashPassword(password[, options]). That bcrypt cannot take a
// password is the visitor's matter and a result.
func (p *passwords) hash(L *glua.LState) int {
	password := L.CheckString(1)
	opt := readOptions(L, 2)
	var text string
	var err error
	if opt.algorithm == "bcrypt" {
		p.compute(L, bcryptWeight, func() { text, err = newBcrypt(password, opt.cost) })
	} else {
		p.compute(L, opt.memory, func() { text = newArgon2(password, opt.argon2Cost) })
	}
	if err != nil {
		return mistake(L, err.Error())
	}
	L.Push(glua.LString(text))
	return 1
}

// verify is crypto.verifyPassword(password, hash): true or false, or nil and what
// is wrong with the hash. Without a hash, which is nil for a user who does not
// exist, it is false and takes as long as with one of the default: the time must
// not tell who is a user.
func (p *passwords) verify(L *glua.LState) int {
	password := L.CheckString(1)
	L.CheckAny(2)
	if L.Get(2) == glua.LNil {
		none := &argon2Hash{argon2Cost: defaultArgon2(), salt: make([]byte, saltLen)}
		p.compute(L, none.memory, func() { none.compute(password, keyLen) })
		L.Push(glua.LFalse)
		return 1
	}
	h, err := parseHash(L.CheckString(2))
	if err != nil {
		return mistake(L, "the hash cannot be used: "+err.Error())
	}
	var right bool
	p.compute(L, h.memoryKiB(), func() { right = h.verify(password) })
	L.Push(glua.LBool(right))
	return 1
}

// compute runs f, which takes that much memory, when there is room for it. A run
// whose time is over does not begin it.
func (p *passwords) compute(L *glua.LState, memory uint32, f func()) {
	leave, err := p.gate.enter(p.ctx(L), memory)
	if err != nil {
		vm.Raise(L, fmt.Errorf("the password was not hashed: %w", err))
	}
	defer leave()
	if err := vm.Of(L).Poll(); err != nil {
		vm.Raise(L, err)
	}
	f()
	// It cannot be interrupted, so that the time may be over.
	vm.Of(L).Poll()
}

// needsRehash is crypto.needsRehash(hash[, options]): whether hashPassword with
// these options would hash otherwise. It is true of what is no hash.
func needsRehash(L *glua.LState) int {
	h, err := parseHash(L.CheckString(1))
	opt := readOptions(L, 2)
	needs := err != nil
	switch h := h.(type) {
	case *argon2Hash:
		needs = needs || opt.algorithm != h.algorithm || h.argon2Cost != opt.argon2Cost || len(h.salt) < saltLen || len(h.key) < keyLen
	case *bcryptHash:
		needs = needs || opt.algorithm != "bcrypt" || h.cost != opt.cost
	}
	L.Push(glua.LBool(needs))
	return 1
}
