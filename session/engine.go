package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"time"
)

// DefaultWait is how long [Engine.Start] waits for a session that another
// request is using.
const DefaultWait = 10 * time.Second

const (
	// maxCandidates bounds the look-ups that one request can cause.
	maxCandidates = 32
	// minWait is the least time a store is given to look at a lock.
	minWait = time.Millisecond

	sweepOdds = 100
	sweepTime = 200 * time.Millisecond
)

// ErrBusy is what every [*BusyError] wraps.
var ErrBusy = errors.New("the session is in use by another request")

// BusyError reports that the lock of a session did not become free in time.
// The fitting answer is 503 with Retry-After.
type BusyError struct {
	Name   string        // of the session
	Waited time.Duration // for the lock
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("session %s: %v; gave up after %v", e.Name, ErrBusy, e.Waited.Round(time.Millisecond))
}

// Unwrap returns ErrBusy.
func (e *BusyError) Unwrap() error { return ErrBusy }

// Config holds what an [Engine] takes from its surroundings. The zero value is
// ready for use.
type Config struct {
	Now   func() time.Time                 // the clock; time.Now if nil
	NewID func() (string, error)           // makes ids of 64 lower-case hex digits; random ones if nil
	Log   func(format string, args ...any) // takes lines for the administrator, without data or ids; dropped if nil
	Rand  func(n int) int                  // a random number in [0,n) for [Engine.MaybeSweep]; rand.IntN if nil
}

// Engine starts sessions in one store. It may be used by several goroutines.
type Engine struct {
	store Store
	cfg   Config
}

// New returns an engine that keeps its sessions in store.
func New(store Store, cfg Config) *Engine {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.NewID == nil {
		cfg.NewID = newID
	}
	if cfg.Log == nil {
		cfg.Log = func(string, ...any) {}
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.IntN
	}
	return &Engine{store: store, cfg: cfg}
}

// Options say which session [Engine.Start] is to start, and how.
type Options struct {
	Name       string   // DefaultName if empty; see [CheckName]
	ID         string   // the id asked for by the page; tried before Candidates
	Candidates []string // the ids presented by the client, best first

	// Lifetime is the idle time after which the session expires. If it is 0,
	// a session that is loaded keeps its own, and a new one gets
	// DefaultLifetime. What is given here counts from the next save on: whether a
	// session is expired is decided from the times that were stored with it.
	Lifetime time.Duration

	// MaxLifetime is the time since its creation after which the session
	// expires, however much it is used. If it is 0, a session that is loaded
	// keeps its own, and a new one gets none.
	MaxLifetime time.Duration

	ReadOnly bool          // load without a lock; nothing can be saved
	Wait     time.Duration // for the lock; DefaultWait if 0, a single look if negative
}

// Start returns the first session among opt.ID and opt.Candidates that is alive,
// or else a new one under a new id. Ids that are malformed, unknown or dead are
// passed over, and only the first 32 different ones are looked at. An expired
// session is deleted when it is met.
//
// Unless opt.ReadOnly is set, the lock of the session is held until the session
// is closed; other requests for it wait. If it does not become free in time
// the error is a [*BusyError]. A request must not start a session again that it
// has open: it would wait for itself.
func (e *Engine) Start(ctx context.Context, opt Options) (*Session, error) {
	if err := opt.complete(); err != nil {
		return nil, err
	}
	s := &Session{
		engine:   e,
		name:     opt.Name,
		readOnly: opt.ReadOnly,
		result:   ResultNew,
	}
	wait, cancel := context.WithTimeout(ctx, opt.Wait)
	defer cancel()
	started := time.Now()
	var err error
	for _, id := range opt.ids() {
		err = s.resume(ctx, wait, id)
		switch {
		case errors.Is(err, ErrBusy):
			return nil, &BusyError{Name: opt.Name, Waited: time.Since(started)}
		case err != nil:
			return nil, s.wrap(err)
		case s.result == ResultLoad:
			s.adopt(opt)
			return s, nil
		}
	}
	if s.id, err = e.newID(opt.Name); err != nil {
		return nil, s.wrap(err)
	}
	s.meta = Meta{Created: e.cfg.Now(), Lifetime: DefaultLifetime}
	s.adopt(opt)
	return s, nil
}

// newID makes an id whose record the store can keep: not one that would have
// to go where something foreign stands.
func (e *Engine) newID(name string) (id string, err error) {
	picky, _ := e.store.(interface{ CanKeep(Key) bool })
	for range 100 {
		if id, err = e.cfg.NewID(); err != nil {
			return "", err
		}
		if !validID(id) {
			return "", errors.New("the id generator made a malformed id")
		}
		if picky == nil || picky.CanKeep(NewKey(name, id)) {
			break
		}
	}
	return id, nil // which says at Save what is wrong, if it is unfit
}

// complete puts the defaults in place and checks the rest.
func (opt *Options) complete() error {
	if opt.Name == "" {
		opt.Name = DefaultName
	}
	if err := CheckName(opt.Name); err != nil {
		return err
	}
	for _, d := range []time.Duration{opt.Lifetime, opt.MaxLifetime} {
		if d == 0 {
			continue
		}
		if err := checkLifetime(d); err != nil {
			return fmt.Errorf("session %s: %w", opt.Name, err)
		}
	}
	switch {
	case opt.Wait == 0:
		opt.Wait = DefaultWait
	case opt.Wait < minWait:
		opt.Wait = minWait
	}
	return nil
}

// ids returns the well-formed ids to try, without repetitions.
func (opt *Options) ids() []string {
	var ids []string
	add := func(id string) {
		if len(ids) == maxCandidates || !validID(id) {
			return
		}
		for _, known := range ids {
			if known == id {
				return
			}
		}
		ids = append(ids, id)
	}
	add(opt.ID)
	for _, id := range opt.Candidates {
		add(id)
	}
	return ids
}

// resume tries to make s the session stored under id. Afterwards s.result
// is ResultLoad if it is, ResultExpire if that session was expired, and what it
// was before if there is none. The context wait bounds the wait for the lock.
func (s *Session) resume(ctx, wait context.Context, id string) error {
	key := NewKey(s.name, id)
	load := func() ([]byte, Meta, error) { return s.engine.store.View(wait, key) }
	if !s.readOnly {
		record, err := s.engine.store.Find(wait, key)
		if err != nil {
			return s.passOver(err)
		}
		s.record = record
		load = func() ([]byte, Meta, error) { return record.Load(ctx) }
	}
	data, meta, err := load()
	switch {
	case err != nil:
		s.release()
		return s.passOver(err)
	case meta.Expired(s.engine.cfg.Now()):
		s.result = ResultExpire
		if s.record != nil {
			if err := s.record.Delete(ctx); err != nil {
				// It is dead all the same, and the sweep will try again.
				s.engine.cfg.Log("session %s: deleting an expired session: %v", s.name, err)
			}
			s.release()
		}
		return nil
	}
	s.id, s.data, s.meta = id, data, meta
	s.stored = true
	s.result = ResultLoad
	return nil
}

// passOver returns nil for the errors of a store that only mean that there is no
// such session, and ErrBusy if the wait for its lock was over.
func (s *Session) passOver(err error) error {
	var corrupt *CorruptError
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case errors.As(err, &corrupt):
		s.engine.cfg.Log("session %s: %v; it is passed over", s.name, err)
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return ErrBusy
	}
	return err
}

// adopt lets what opt asks for count from the next save on.
func (s *Session) adopt(opt Options) {
	s.lastHit = s.meta.LastUse
	if opt.Lifetime != 0 {
		s.meta.Lifetime = opt.Lifetime
	}
	if opt.MaxLifetime != 0 {
		s.meta.MaxLifetime = opt.MaxLifetime
	}
}

// Sweep removes expired sessions until it is through or ctx ends; see [Store].
func (e *Engine) Sweep(ctx context.Context) (removed int, err error) {
	return e.store.Sweep(ctx, e.cfg.Now())
}

// MaybeSweep sweeps in one of 100 calls, for at most 200 ms, and reports whether
// it did. It is meant to be called after the answer to a request that used
// sessions has been sent. Errors go to the log.
func (e *Engine) MaybeSweep(ctx context.Context) bool {
	if e.cfg.Rand(sweepOdds) != 0 {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, sweepTime)
	defer cancel()
	if _, err := e.Sweep(ctx); err != nil {
		e.cfg.Log("sweeping expired sessions: %v", err)
	}
	return true
}
