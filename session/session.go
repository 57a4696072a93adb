package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// Result says how a session came about.
type Result string

const (
	ResultNew    Result = "new"    // there was no session
	ResultLoad   Result = "load"   // an existing session is continued
	ResultExpire Result = "expire" // a new session takes the place of an expired one
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
	engine   *Engine
	name     string
	id       string
	readOnly bool
	result   Result

	mu      sync.Mutex
	record  Record // nil unless the lock is held
	data    []byte // as the store holds it
	meta    Meta
	lastHit time.Time
	stored  bool
	ended   error // why nothing can be changed any more
}

// ID returns the session's id: 64 lower-case hex digits. Whoever knows it is
// the visitor, so it belongs into the cookie and nowhere else.
func (s *Session) ID() string { return s.id }

// Name returns the session's name, which is also that of its cookie.
func (s *Session) Name() string { return s.name }

// Result says how the session came about.
func (s *Session) Result() Result { return s.result }

// Data returns the data as it is stored, or nil when nothing is. It must not be
// modified.
func (s *Session) Data() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.data
}

// Created returns the time at which the session was started first.
func (s *Session) Created() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meta.Created
}

// LastHit returns the time at which the session was saved last: that of the
// visitor's previous request until Save, and zero in a new session until Save.
func (s *Session) LastHit() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lastHit
}

// Lifetime returns the idle time after which the session expires, as it will be
// stored by the next Save.
func (s *Session) Lifetime() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.meta.Lifetime
}

// SetLifetime sets the idle time after which the session expires, from the next
// Save on.
func (s *Session) SetLifetime(d time.Duration) error {
	if err := checkLifetime(d); err != nil {
		return s.wrap(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.meta.Lifetime = d
	return nil
}

// Stored reports whether the store holds the session, so that it can come back
// with a later request. Only then is there a reason to send its id.
func (s *Session) Stored() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stored
}

// Save stores data, the encoding of a table by an [Encoder], and notes the
// session's use. If data is what is stored already, only the use is noted. If
// the session is new and data is [EmptyTable], nothing is stored at all. The
// session stays open and locked.
//
// An error means that the store holds what it held before. The caller must not
// modify data afterwards.
func (s *Session) Save(ctx context.Context, data []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.changeable(); err != nil {
		return s.wrap(err)
	}
	if !s.stored && string(data) == EmptyTable {
		return nil
	}
	if err := s.lockNew(ctx); err != nil {
		return s.wrap(err)
	}
	meta := s.meta
	meta.LastUse = s.engine.cfg.Now()
	var err error
	if s.stored && bytes.Equal(data, s.data) {
		err = s.record.Touch(ctx, meta)
	} else {
		err = s.record.Save(ctx, data, meta)
	}
	if err != nil {
		return s.wrap(err)
	}
	s.data, s.meta, s.lastHit = data, meta, meta.LastUse
	s.stored = true
	return nil
}

// lockNew takes the lock of a session that is not stored yet. Nobody else
// knows its id, so anything found in its place means that the id is not random.
func (s *Session) lockNew(ctx context.Context) error {
	if s.record != nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, DefaultWait)
	defer cancel()
	record, err := s.engine.store.Open(ctx, NewKey(s.name, s.id))
	if err != nil {
		return err
	}
	if _, _, err := record.Load(ctx); !errors.Is(err, fs.ErrNotExist) {
		record.Close()
		if err == nil {
			err = errors.New("a session with the new id exists already; check the machine's source of random numbers")
		}
		return err
	}
	s.record = record
	return nil
}

// Delete removes the session and its data, and closes it. It cannot come back: a
// request that waits for it finds nothing. Deleting it again does nothing.
func (s *Session) Delete(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch err := s.changeable(); {
	case errors.Is(err, ErrDeleted):
		return nil
	case err != nil:
		return s.wrap(err)
	}
	if s.stored {
		if err := s.record.Delete(ctx); err != nil {
			return s.wrap(err)
		}
	}
	s.stored, s.data = false, nil
	s.ended = ErrDeleted
	return s.wrap(s.release())
}

// Close releases the session's lock and saves nothing. Calls after the first do
// nothing.
func (s *Session) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == nil {
		s.ended = ErrClosed
	}
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
