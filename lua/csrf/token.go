package csrf

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
)

// Key is under which the data of a session keeps the secret, as text.
const Key = "_csrf"

const secretLen = 32 // bytes

// A secret is what a session and the tokens of its forms share.
type secret [secretLen]byte

func newSecret() secret {
	var s secret
	rand.Read(s[:])
	return s
}

// text is what a session keeps of the secret.
func (s secret) text() string { return base64.RawURLEncoding.EncodeToString(s[:]) }

var errNoSecret = errors.New("it is no secret of the module csrf")

func parseSecret(text string) (secret, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != secretLen {
		return secret{}, errNoSecret
	}
	return secret(b), nil
}

// token returns a token for the secret: a pad, and the secret with the pad over
// it.
func (s secret) token() string {
	var b [2 * secretLen]byte
	pad, masked := b[:secretLen], b[secretLen:]
	rand.Read(pad)
	subtle.XORBytes(masked, s[:], pad)
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// made reports whether the token is one for the secret.
func (s secret) made(token string) bool {
	encoding := base64.RawURLEncoding.Strict()
	if len(token) != encoding.EncodedLen(2*secretLen) {
		return false // before it is decoded, whatever its length
	}
	b, err := encoding.DecodeString(token)
	if err != nil || len(b) != 2*secretLen {
		return false
	}
	var unmasked secret
	subtle.XORBytes(unmasked[:], b[:secretLen], b[secretLen:])
	return subtle.ConstantTimeCompare(unmasked[:], s[:]) == 1
}
