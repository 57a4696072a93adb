package crypto

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/bcrypt"
)

// A bcryptHash is a hash by bcrypt: "$2b$", the cost in two digits, "$", 22
// characters of salt and 31 of the hash.
type bcryptHash struct {
	text string
	cost int
}

const (
	bcryptLen = 60
	// PHP 8.4 takes 12, too; OWASP wants 10 at least. 15 takes a few seconds.
	defaultCost = 12
	minCost     = 10
	maxCost     = 15
	// What bcrypt knows of a password, in bytes.
	maxBcryptPassword = 72
	// bcrypt takes no memory, but a processor: as a hash by Argon2 of that many KiB.
	bcryptWeight = 19 << 10
)

// newBcrypt hashes a password. What bcrypt would not look at is an error: cut off
// silently, a long password would be weaker than its owner thinks.
func newBcrypt(password string, cost int) (string, error) {
	switch {
	case len(password) > maxBcryptPassword:
		return "", fmt.Errorf("the password has %d bytes, of which bcrypt looks at %d only; take argon2id", len(password), maxBcryptPassword)
	case strings.IndexByte(password, 0) >= 0:
		return "", errors.New("the password has a zero byte, where bcrypt ends on other systems; take argon2id")
	}
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		return "", err
	}
	// $2a$ is what others made before they had mended their mistakes; this
	// implementation never had those.
	return "$2b$" + strings.TrimPrefix(string(hash), "$2a$"), nil
}

func (h *bcryptHash) memoryKiB() uint32 { return bcryptWeight }

// verify compares as PHP does, which hashes the first 72 bytes.
func (h *bcryptHash) verify(password string) bool {
	if strings.IndexByte(password, 0) >= 0 {
		return false // PHP hashes none
	}
	password = password[:min(len(password), maxBcryptPassword)]
	return bcrypt.CompareHashAndPassword([]byte(h.text), []byte(password)) == nil
}

// parseBcrypt reads a hash of PHP ($2y$), of OpenBSD ($2b$) or an older one
// ($2a$).
func parseBcrypt(text string) (*bcryptHash, error) {
	if len(text) != bcryptLen || text[6] != '$' {
		return nil, fmt.Errorf("a hash by bcrypt has %d characters, such as $2b$12$…, not %d", bcryptLen, len(text))
	}
	for _, c := range []byte(text[7:]) {
		if !isAlphanumeric(c) && c != '.' && c != '/' {
			return nil, fmt.Errorf("%s is no character of a hash by bcrypt", quoted(c))
		}
	}
	tens, ones := int(text[4])-'0', int(text[5])-'0'
	cost := 10*tens + ones
	if tens < 0 || tens > 9 || ones < 0 || ones > 9 || cost < bcrypt.MinCost || cost > maxCost {
		return nil, fmt.Errorf("its cost %.2q is not from 04 to %d", text[4:6], maxCost)
	}
	return &bcryptHash{text, cost}, nil
}
