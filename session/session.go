package session

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Result says how a session came about.
type Result string

const (
	ResultNew    Result = "new"    // there was no session
	ResultLoad   Result = "load"   // an existing session is continued
	ResultExpire Result = "expire" // a new session takes the place of an expired one
	ResultRotate Result = "rotate" // an existing session is continued under a new id
)

var (
	// ErrReadOnly is returned by what would change a session that was started
	// with Options.ReadOnly.
	ErrReadOnly = errors.New("the session was started read-only; start it without readonly to change it")
	// ErrClosed is returned by what would change a session after Close.
	ErrClosed = errors.New("the session is closed; start it again to change it")
	// ErrDeleted is returned by what would change a session after Delete.
	ErrDeleted = errors.New("the session is deleted; start a new one")
)

// Session is one session during one request. The request that has started it
// is the only one that can change it, until Close. Its methods may be called by
// several goroutines; a watchdog can close a session under a running page.
type Session struct {
	engine    *Engine
	name      string
	readOnly  bool
	result    Result
	presented string // the id that led to it; "" if none did
	forwarded bool   // that one was retired
	tombstone bool   // an id led to one

	mu      sync.Mutex
	record  Record // the one of kept.id; nil unless its lock is held
	cur     state  // as the page sees it
	kept    state  // what Close goes back to: that of the last Save, or of the start
	inPlace bool   // the store holds a record under kept.id, though maybe one that is expired
	grace   time.Duration
	retired []Key     // of the ids that lead to this session since it was started
	folders []*folder // the private folders that are held
	ended   error     // why nothing can be changed any more
}

// state is what changes in a session while it is open.
type state struct {
	id      string
	data    []byte // as it is stored; nil if nothing is
	meta    Meta
	lastHit time.Time
	stored  bool // the store holds it, under this id or the one it replaces
}

// ID returns the session's id: 64 lower-case hex digits. Whoever knows it is
// the visitor, so it belongs into the cookie and nowhere else. After a rotation
// it is the new one, and the old one again if the session is closed without
// having been saved.
func (s *Session) ID() string { return s.current().id }

// Name returns the session's name, which is also that of its cookie.
func (s *Session) Name() string { return s.name }

// Result says how the session came about.
func (s *Session) Result() Result { return s.result }

// Presented returns the id by which the session was found, which is another one than
// ID after a rotation or where a retired id led to it. It is empty if no id that
// was given to [Engine.Start] did.
func (s *Session) Presented() string { return s.presented }

// Stale reports whether the session is new because the client came with an id that
// was retired and leads to nothing any more. It has been told another id since, by
// the answer to another of its requests, which the id of this session would
// overwrite: that must not be sent to it. An id is known to be retired for
// DefaultGrace after its grace. If another id led to a session, that one is not stale.
func (s *Session) Stale() bool { return s.tombstone && s.presented == "" }

// Data returns the data as it is stored, or nil when nothing is. It must not be
// modified.
func (s *Session) Data() []byte { return s.current().data }

// Created returns the time at which the session was started first, or reset.
func (s *Session) Created() time.Time { return s.current().meta.Created }

// LastHit returns the time at which the session was saved last: that of the
// visitor's previous request until Save, and zero in a new session until Save.
func (s *Session) LastHit() time.Time { return s.current().lastHit }

// Lifetime returns the idle time after which the session expires, as it will be
// stored by the next Save.
func (s *Session) Lifetime() time.Duration { return s.current().meta.Lifetime }

// Stored reports whether the store holds the session, so that it can come back
// with a later request.
func (s *Session) Stored() bool { return s.current().stored }

func (s *Session) current() state {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.cur
}

// keeps reports whether the store is going to hold the session after Save(data).
func (s *Session) keeps(data []byte) bool {
	return len(data) > 0 && string(data) != EmptyTable || s.cur.stored || s.cur.meta.Folder != ""
}

// SetLifetime sets the idle time after which the session expires, from the next
// Save on.
func (s *Session) SetLifetime(d time.Duration) error {
	if err := checkLifetime(d); err != nil {
		return s.wrap(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.changeable(); err != nil {
		return s.wrap(err)
	}
	s.cur.meta.Lifetime = d
	return nil
}

// MaxLifetime returns the time since its creation after which the session expires,
// as it will be stored by the next Save; 0 if there is no such limit.
func (s *Session) MaxLifetime() time.Duration { return s.current().meta.MaxLifetime }

// SetMaxLifetime sets the time since its creation after which the session
// expires, from the next Save on; 0 takes the limit away.
func (s *Session) SetMaxLifetime(d time.Duration) error {
	if d != 0 {
		if err := checkLifetime(d); err != nil {
			return s.wrap(err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.changeable(); err != nil {
		return s.wrap(err)
	}
	s.cur.meta.MaxLifetime = d
	return nil
}

// Reset empties the session: its data and its private folder go at the next Save,
// and it counts as created now. The id and the lock stay. If nothing is set
// until then, Save removes it from the store.
func (s *Session) Reset() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.changeable(); err != nil {
		return s.wrap(err)
	}
	meta := s.cur.meta
	meta.Created, meta.Folder = s.engine.cfg.Now(), ""
	s.cur = state{id: s.cur.id, meta: meta}
	return nil
}

// Delete removes the session and its data, and closes it. It cannot come back: a
// request that waits for it finds nothing, and retired ids lead to nothing.
// Deleting it again does nothing.
func (s *Session) Delete(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch err := s.changeable(); {
	case errors.Is(err, ErrDeleted):
		return nil
	case err != nil:
		return s.wrap(err)
	}
	if err := s.removeRecord(ctx); err != nil {
		return s.wrap(err)
	}
	s.removeForwards(ctx)
	s.ended = ErrDeleted
	s.settleFolders(ctx)
	return s.wrap(s.release())
}

// removeRecord deletes the record in the store, if there is one, and gives its lock
// up. Afterwards nothing is stored.
func (s *Session) removeRecord(ctx context.Context) error {
	if s.inPlace {
		remove := func() error { return s.record.Delete(ctx) }
		var err error
		if s.kept.stored {
			err = s.engine.leave(ctx, remove)
		} else {
			err = remove()
		}
		if err != nil {
			return err
		}
	}
	s.inPlace = false
	s.cur = state{id: s.cur.id, meta: s.cur.meta}
	s.cur.meta.Folder = ""
	s.kept = s.cur
	return s.release()
}

// Close releases the session's lock and saves nothing. A private folder that was
// made and not saved with the session is removed. Calls after the first do
// nothing.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != nil {
		return nil
	}
	s.ended = ErrClosed
	s.cur = s.kept
	ctx, cancel := context.WithTimeout(context.Background(), sweepTime)
	defer cancel()
	s.settleFolders(ctx)
	return s.wrap(s.release())
}

// changeable returns the reason why the session cannot be changed, if there is
// one.
func (s *Session) changeable() error {
	if s.ended != nil {
		return s.ended
	}
	if s.readOnly {
		return ErrReadOnly
	}
	return nil
}

// release gives the lock back, if it is held.
func (s *Session) release() error {
	if s.record == nil {
		return nil
	}
	err := s.record.Close()
	s.record = nil
	return err
}

func (s *Session) wrap(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("session %s: %w", s.name, err)
}
