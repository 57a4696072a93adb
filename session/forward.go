package session

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"encoding/hex"
	"time"
)

const (
	// DefaultGrace is the time for which a retired id leads to the session's new
	// one, so that requests that were sent with it meanwhile find their session. It is
	// also the time for which an id that leads to nothing any more is known to be
	// retired; see [Session.Stale].
	DefaultGrace = 30 * time.Second

	// maxGrace is the longest grace that [Session.Rotate] takes.
	maxGrace = 5 * time.Minute

	// maxHops bounds how many forwards are followed, one after the other, from
	// an id to its session.
	maxHops = 100
)

// A forward stands in the place of a retired id's record. As long as its grace
// lasts it leads to the new id. For DefaultGrace more it is a tombstone: it leads to
// nothing, and tells that its id was a session's a moment ago, so that the client has
// been told another one. Where there is no grace it is one from the beginning,
// without data.
//
// Its data is the new id, each byte of it combined by exclusive or with a byte of a
// hash of the old id, and the grace in microseconds: only who knows the old id can read
// the new one there, and no id stands in the store.

// graceLen is the number of bytes of the grace in a forward's data.
const graceLen = 8

// forwardData returns the data of the forward from one id to another, which have
// the form of ids.
func forwardData(name, from, to string, grace time.Duration) []byte {
	if grace == 0 {
		return nil
	}
	id := make([]byte, sha256.Size, sha256.Size+graceLen)
	hex.Decode(id, []byte(to))
	mask := forwardMask(name, from)
	subtle.XORBytes(id, id, mask[:])
	return binary.BigEndian.AppendUint64(id, uint64(grace.Microseconds()))
}

// forwardTarget is the inverse of forwardData. The grace is 0 if data is not that of
// a forward that leads anywhere.
func forwardTarget(name, from string, data []byte) (to string, grace time.Duration) {
	mask := forwardMask(name, from)
	if len(data) != len(mask)+graceLen {
		return "", 0
	}
	grace = time.Duration(binary.BigEndian.Uint64(data[len(mask):])) * time.Microsecond
	subtle.XORBytes(mask[:], mask[:], data)
	return hex.EncodeToString(mask[:]), grace
}

// forwardMask returns the hash that hides where the id from leads. It is another
// one than that of the record's key, which is known to whoever sees the store.
func forwardMask(name, from string) [sha256.Size]byte {
	return sha256.Sum256([]byte("forward\x00" + name + "\x00" + from))
}

// forwardMeta returns the meta of a forward that is written now.
func forwardMeta(name string, now time.Time, grace time.Duration) Meta {
	life := grace + DefaultGrace
	return Meta{Created: now, LastUse: now, Lifetime: life, MaxLifetime: life, Kind: KindForward, Name: name}
}
