package session

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// MaxDataLen is the largest data, in bytes, that a record may hold. A store
// refuses to save more and takes a record that claims more for damaged.
const MaxDataLen = 64 << 20

// Key says where a store keeps a record. It is a hash, so that neither a
// listing of the store nor a log line shows a session id.
type Key [sha256.Size]byte

// NewKey returns the key of the record called id in the name space name: the
// SHA-256 of name, a NUL and id. Session names are cookie names, which contain
// no white space, so a name space with a space in it is free for other uses of
// the same store.
func NewKey(name, id string) Key {
	return sha256.Sum256([]byte(name + "\x00" + id))
}

// String returns the key as 64 lower-case hex digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// Meta is what a store keeps about a record beside its data. Times and
// durations are kept to the microsecond; the location of times is not kept.
type Meta struct {
	Created     time.Time
	LastUse     time.Time
	Lifetime    time.Duration // the longest time between two uses
	MaxLifetime time.Duration // the longest time since Created; 0 if there is no such limit
}

// Expired reports whether the record is dead at now: unused for Lifetime or
// longer, or MaxLifetime or more after its creation. A clock that was set back
// expires nothing.
func (m Meta) Expired(now time.Time) bool {
	return now.Sub(m.LastUse) >= m.Lifetime ||
		m.MaxLifetime > 0 && now.Sub(m.Created) >= m.MaxLifetime
}

// Store keeps records. Its methods may be called by several goroutines, and
// several processes, on several machines where the store allows it, may use one
// place at the same time.
//
// Where nothing is stored, methods return an error that wraps
// [io/fs.ErrNotExist]. Where what is stored is unusable they return a
// [*CorruptError]. All other errors mean that the store does not work; they say
// where and, if it is known, what to do.
type Store interface {
	// Open takes the lock of the record at key, whether or not anything is
	// stored there, and holds it until the record is closed or its process
	// ends, in whatever way. It waits for the lock until ctx ends, and then
	// returns an error that wraps the error of ctx.
	Open(ctx context.Context, key Key) (Record, error)

	// Find is Open for a record that is there already. Where nothing is stored
	// it takes no lock, leaves nothing behind and returns an error that
	// wraps io/fs.ErrNotExist: an id that somebody made up costs one look.
	Find(ctx context.Context, key Key) (Record, error)

	// View reads a record without holding its lock, and returns one state that
	// was stored as a whole.
	View(ctx context.Context, key Key) (data []byte, meta Meta, err error)

	// Sweep removes what is expired at now, and leftovers of killed
	// processes, until it is through or ctx ends, whichever comes first; the
	// end of ctx is no error. It begins at a random place, so that short
	// sweeps reach everything in the end. It never removes what is locked or
	// alive. It returns the number of expired records it removed, and the first
	// error that it met; an error does not end it.
	Sweep(ctx context.Context, now time.Time) (removed int, err error)
}

// Record is one locked record. The lock is the handle: without it there is no
// way to write. A record may be used by one goroutine at a time.
type Record interface {
	// Load returns what is stored. The caller may keep data. After a
	// *CorruptError nothing is stored any more, and only Close may follow.
	Load(ctx context.Context) (data []byte, meta Meta, err error)

	// Save stores data and meta as a whole: whatever happens, the store holds
	// either the old state or the new one. The lock stays. The store does not
	// keep data after it returns.
	Save(ctx context.Context, data []byte, meta Meta) error

	// Touch stores meta and leaves the data as it is.
	Touch(ctx context.Context, meta Meta) error

	// Delete removes what is stored. Only Close may follow. Whoever waits for
	// the lock finds nothing stored.
	Delete(ctx context.Context) error

	// Close releases the lock and saves nothing. Calls after the first do
	// nothing.
	Close() error
}

// CorruptError reports that what stands in the place of a record is none: it
// is damaged, or it is not ours. It is not worth an answer of 500: the visitor
// gets a new session. Its text holds neither data nor ids.
type CorruptError struct {
	Place  string // the file or key
	Reason string // what is wrong with it
	Kept   string // where it was put aside for the administrator; "" if it was left in place or removed
}

func (e *CorruptError) Error() string {
	if e.Kept == "" {
		return fmt.Sprintf("session record %s is unusable: %s", e.Place, e.Reason)
	}
	return fmt.Sprintf("session record %s is unusable: %s; it is kept as %s", e.Place, e.Reason, e.Kept)
}
