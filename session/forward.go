package session

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"time"
)

const (
	// DefaultGrace is the time for which a retired id leads to the session's new
	// one, so that requests that were sent with it meanwhile find their session.
	DefaultGrace = 30 * time.Second

	// maxGrace is the longest grace that [Session.Rotate] takes.
	maxGrace = 5 * time.Minute

	// maxHops bounds how many forwards are followed, one after the other, from
	// an id to its session.
	maxHops = 100
)

// A forward's data is the new id, each byte of it combined by exclusive or with a
// byte of a hash of the old id: only who knows the old id can read the new
// one there, and no id stands in the store.

// forwardData returns the data of the forward from one id to another, which have
// the form of ids.
func forwardData(name, from, to string) []byte {
	var id [sha256.Size]byte
	hex.Decode(id[:], []byte(to))
	mask := forwardMask(name, from)
	subtle.XORBytes(id[:], id[:], mask[:])
	return id[:]
}

// forwardTarget is the inverse of forwardData. It reports false if data cannot
// be that of a forward.
func forwardTarget(name, from string, data []byte) (to string, ok bool) {
	mask := forwardMask(name, from)
	if len(data) != len(mask) {
		return "", false
	}
	subtle.XORBytes(mask[:], mask[:], data)
	return hex.EncodeToString(mask[:]), true
}

// forwardMask returns the hash that hides where the id from leads. It is another
// one than that of the record's key, which is known to whoever sees the store.
func forwardMask(name, from string) [sha256.Size]byte {
	return sha256.Sum256([]byte("forward\x00" + name + "\x00" + from))
}

// forwardMeta returns the meta of a forward that is written now.
func forwardMeta(name string, now time.Time, grace time.Duration) Meta {
	return Meta{Created: now, LastUse: now, Lifetime: grace, MaxLifetime: grace, Kind: KindForward, Name: name}
}
