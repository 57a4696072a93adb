package session

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// DefaultName is the name of a session that is given none.
const DefaultName = "LCSESSION"

const (
	maxNameLen = 64
	idLen      = 64
)

// newID returns a fresh session id: two random UUIDs (RFC 9562 §5.4, 122
// random bits each) without their dashes, 64 lower-case hex digits.
func newID() (string, error) {
	var id [2 * len(uuid.UUID{})]byte
	for i := range 2 {
		u, err := uuid.NewRandom()
		if err != nil {
			return "", fmt.Errorf("making a session id: %w", err)
		}
		copy(id[i*len(u):], u[:])
	}
	return hex.EncodeToString(id[:]), nil
}

// validID reports whether id has the form of the ids that newID makes.
func validID(id string) bool { return len(id) == idLen && isHex(id) }

// isHex reports whether s has only lower-case hex digits.
func isHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// CheckName returns an error that says what is wrong if name cannot be the name
// of a session. As it becomes the name of a cookie it must be a token (RFC 6265
// §4.1.1), of at most 64 bytes.
func CheckName(name string) error {
	if name == "" {
		return errors.New("the session name is empty")
	}
	if len(name) > maxNameLen {
		return fmt.Errorf("the session name is %d bytes long; at most %d are allowed", len(name), maxNameLen)
	}
	for i := range len(name) {
		if !isTokenByte(name[i]) {
			return fmt.Errorf("the session name %q contains %q; a cookie name may contain letters, digits and !#$%%&'*+-.^_`|~", name, name[i])
		}
	}
	return nil
}

// isTokenByte reports whether c may stand in a token (RFC 9110 §5.6.2).
func isTokenByte(c byte) bool {
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}
