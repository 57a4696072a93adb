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

// Kind says what a record is.
type Kind uint8

const (
	KindSession  Kind = iota // a session
	KindForward              // a retired id of a session, which leads to its new one, or to nothing
	KindVariable             // a shared variable
	KindIndex                // names of shared variables
	KindCounter              // the number of sessions, where it is limited

	kinds // their number
)

// String returns the kind as a word for people.
func (k Kind) String() string {
	if k < kinds {
		return [kinds]string{"session", "forward", "variable", "index", "counter"}[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// named returns what people call the record of a kind that has that name.
func (k Kind) named(name string) string {
	if k == KindVariable {
		return fmt.Sprintf("the shared variable %q", name)
	}
	return fmt.Sprintf("%v %s", k, name)
}

// keptID is the time for which the id of an expired session is kept whose
// Meta has KeepID set.
const keptID = 30 * 24 * time.Hour

// Meta is what a store keeps about a record beside its data. Times and
// durations are kept to the microsecond; the location of times is not kept.
type Meta struct {
	Created     time.Time
	LastUse     time.Time
	Lifetime    time.Duration // the longest time between two uses; 0 if there is no such limit
	MaxLifetime time.Duration // the longest time since Created; 0 if there is no such limit
	Kind        Kind
	Name        string // of the session, for listings and counts; at most 64 bytes
	KeepID      bool   // the id outlives the session by 30 days; see Options.KeepID
	Folder      string // the name of the private folder, 32 lower-case hex digits; "" if there is none
}

// Expired reports whether the record is dead at now: unused for Lifetime or
// longer, or MaxLifetime or more after its creation. A clock that was set back
// expires nothing.
func (m Meta) Expired(now time.Time) bool { return m.expiredFor(now, 0) }

// Forgotten reports whether the record is dead at now and its id is not kept, or
// not any longer.
func (m Meta) Forgotten(now time.Time) bool {
	if m.KeepID {
		return m.expiredFor(now, keptID)
	}
	return m.Expired(now)
}

// expiredFor reports whether the record has been dead for at least that time.
func (m Meta) expiredFor(now time.Time, since time.Duration) bool {
	over := func(begin time.Time, limit time.Duration) bool {
		passed := now.Sub(begin) // of times too far apart, the longest duration there is
		return limit > 0 && passed >= limit && passed-limit >= since
	}
	return over(m.LastUse, m.Lifetime) || over(m.Created, m.MaxLifetime)
}

// Check returns an error if a store could not keep the meta as it is.
func (m Meta) Check() error {
	switch {
	case m.Kind >= kinds:
		return fmt.Errorf("there is no %v of records", m.Kind)
	case len(m.Name) > maxNameLen:
		return fmt.Errorf("the name of a record is %d bytes long; at most %d are allowed", len(m.Name), maxNameLen)
	case m.Folder != "" && !isFolderName(m.Folder):
		return fmt.Errorf("the name of a private folder is %q; it must be %d lower-case hex digits", m.Folder, folderNameLen)
	}
	return nil
}

// Info is what [Store.Each] tells about one record.
type Info struct {
	Key     Key
	Meta    Meta
	Size    int64 // of the data, in bytes
	Damaged error // a *CorruptError if the record is unusable; then only Key is known

	// InUse reports whether somebody holds the record's lock, and Read reads the
	// data, checks it, and changes nothing: other than after [Store.View], a
	// damaged record stays where it is. Both may be called only before the function
	// returns to which the Info was given.
	InUse func() bool
	Read  func() ([]byte, error)
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

	// Each calls visit for every record, in no order. What is saved or removed
	// meanwhile may be seen or not, nothing is seen twice, and records
	// where nothing is stored are not seen. It takes no lock and changes nothing.
	// It ends with the first error that visit returns, and returns it, or
	// with ctx, and returns the error of that. Places that cannot be read do
	// not end it; the first error of one is returned at the end.
	Each(ctx context.Context, visit func(Info) error) error

	// Sweep removes what is expired at now, and leftovers of killed
	// processes, until it is through or ctx ends, whichever comes first; the
	// end of ctx is no error. It begins at a random place, so that short
	// sweeps reach everything in the end. It never removes what is locked or
	// alive. Of a session with Meta.KeepID that is expired and not
	// [Meta.Forgotten] it removes the data and the folder's name only. It returns
	// the number of expired sessions it removed, each counted once, and the
	// first error that it met; an error does not end it.
	//
	// Each and Sweep tell the function of [WithProgress] how far they are.
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
