package crypto

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// An argon2Hash is a hash by Argon2, as its PHC string has it:
//
//	$argon2id$v=19$m=19456,t=2,p=1$<salt>$<key>
//
// https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
type argon2Hash struct {
	algorithm string // "argon2id", or "argon2i" of an older PHP
	argon2Cost
	salt, key []byte
}

// An argon2Cost says how much work a hash is (RFC 9106 §3.1).
type argon2Cost struct {
	memory  uint32 // KiB
	time    uint32 // passes over the memory
	threads uint8
}

const (
	maxMemory  = 128 << 10 // KiB
	maxTime    = 64
	maxThreads = 16
	// Of memory times passes, KiB: about a second.
	maxWork = 1 << 20
	// The least of OWASP's equivalent settings, 7 MiB five times:
	// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
	minMemory = 7 << 10
	minWork   = 5 * minMemory

	saltLen, keyLen = 16, 32 // bytes; RFC 9106 §3.1 and §4
)

// defaultArgon2 is OWASP's first recommendation as of 2026 that does not take more
// memory than a small machine has.
func defaultArgon2() argon2Cost { return argon2Cost{memory: 19 << 10, time: 2, threads: 1} }

// within reports a cost that is beyond what may be computed.
func (c argon2Cost) within() error {
	switch {
	case c.memory > maxMemory:
		return fmt.Errorf("its memory of %d KiB is more than the %d that are allowed", c.memory, maxMemory)
	case c.time < 1 || c.time > maxTime:
		return fmt.Errorf("its time of %d passes is not from 1 to %d", c.time, maxTime)
	case c.threads < 1 || c.threads > maxThreads:
		return fmt.Errorf("its %d threads are not from 1 to %d", c.threads, maxThreads)
	case c.memory < 8*uint32(c.threads):
		return fmt.Errorf("its memory of %d KiB is less than 8 for each thread", c.memory)
	case c.memory*c.time > maxWork:
		return fmt.Errorf("its memory of %d KiB for %d passes is too much work; together they may have %d", c.memory, c.time, maxWork)
	}
	return nil
}

// compute hashes a password.
func (h *argon2Hash) compute(password string, size int) []byte {
	derive := argon2.IDKey
	if h.algorithm == "argon2i" {
		derive = argon2.Key
	}
	return derive([]byte(password), h.salt, h.time, h.memory, h.threads, uint32(size))
}

// newArgon2 hashes a password with Argon2id.
func newArgon2(password string, cost argon2Cost) string {
	h := &argon2Hash{algorithm: "argon2id", argon2Cost: cost, salt: make([]byte, saltLen)}
	rand.Read(h.salt)
	h.key = h.compute(password, keyLen)
	return h.String()
}

func (h *argon2Hash) memoryKiB() uint32 { return h.memory }

func (h *argon2Hash) verify(password string) bool {
	return subtle.ConstantTimeCompare(h.compute(password, len(h.key)), h.key) == 1
}

func (h *argon2Hash) String() string {
	encoding := base64.RawStdEncoding
	return fmt.Sprintf("$%s$v=%d$m=%d,t=%d,p=%d$%s$%s", h.algorithm, argon2.Version, h.memory, h.time, h.threads,
		encoding.EncodeToString(h.salt), encoding.EncodeToString(h.key))
}

// parseArgon2 reads a PHC string of which what is before the first "$" of its
// rest is the algorithm.
func parseArgon2(algorithm, rest string) (*argon2Hash, error) {
	parts := strings.Split(rest, "$")
	if len(parts) != 4 {
		return nil, fmt.Errorf("a hash by %s has a version, parameters, a salt and a key", algorithm)
	}
	if parts[0] != "v="+strconv.Itoa(argon2.Version) {
		return nil, fmt.Errorf("its version %.20q is not v=%d", parts[0], argon2.Version)
	}
	h := &argon2Hash{algorithm: algorithm}
	parameters := strings.Split(parts[1], ",")
	if len(parameters) != 3 {
		return nil, fmt.Errorf("its parameters %.40q are not like m=19456,t=2,p=1", parts[1])
	}
	var values [3]uint64
	for i, name := range [...]string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(parameters[i], name)
		n, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || strconv.FormatUint(n, 10) != digits {
			return nil, fmt.Errorf("its parameters %.40q are not like m=19456,t=2,p=1", parts[1])
		}
		values[i] = n
	}
	// No more than a byte holds: what is too much stays too much.
	h.memory, h.time, h.threads = uint32(values[0]), uint32(values[1]), uint8(min(values[2], 255))
	if err := h.within(); err != nil {
		return nil, err
	}
	if strings.ContainsAny(rest, "\r\n") { // which base64 passes over
		return nil, fmt.Errorf("it has a line break")
	}
	var err error
	if h.salt, err = base64.RawStdEncoding.Strict().DecodeString(parts[2]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return nil, fmt.Errorf("its salt is not 8 to 64 bytes of base64")
	}
	if h.key, err = base64.RawStdEncoding.Strict().DecodeString(parts[3]); err != nil || len(h.key) < 16 || len(h.key) > 128 {
		return nil, fmt.Errorf("its key is not 16 to 128 bytes of base64")
	}
	return h, nil
}
