package session

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// DefaultWait is how long a request waits for a session, or a shared variable,
// that another one is using.
const DefaultWait = 10 * time.Second

const (
	// minWait is the least time a store is given to look at a lock.
	minWait = time.Millisecond

	sweepOdds = 100
	sweepTime = 200 * time.Millisecond
)

// ErrBusy is what every [*BusyError] wraps.
var ErrBusy = errors.New("in use by another request")

// BusyError reports that a lock did not become free in time. The fitting answer
// is 503 with Retry-After.
type BusyError struct {
	Kind   Kind          // KindSession, or KindVariable for a shared variable
	Name   string        // of the session or variable
	Waited time.Duration // for the lock
}

func (e *BusyError) Error() string {
	return fmt.Sprintf("%s is %v; gave up after %v", e.Kind.named(e.Name), ErrBusy, e.Waited.Round(time.Millisecond))
}

// Unwrap returns ErrBusy.
func (e *BusyError) Unwrap() error { return ErrBusy }

// Config holds what an [Engine] takes from its surroundings. The zero value is
// ready for use.
type Config struct {
	// Folders is the folder below which the private folders of sessions are made.
	// It is made itself, for nobody else to see, if there is only its parent. If
	// it is empty there are no private folders.
	Folders string

	// Max is the number of live sessions the store may hold at most; 0 is no limit.
	// All engines that use a store must be given the same.
	Max int

	Wait  time.Duration                    // for locks, where nothing else is said; DefaultWait if 0
	Now   func() time.Time                 // the clock; time.Now if nil
	NewID func() (string, error)           // makes ids of 64 lower-case hex digits; random ones if nil
	Log   func(format string, args ...any) // takes lines for the administrator, without data or ids; dropped if nil
	Rand  func(n int) int                  // a random number in [0,n) for [Engine.MaybeSweep]; rand.IntN if nil
}

// Engine starts sessions in one store. It may be used by several goroutines.
type Engine struct {
	store   Store
	cfg     Config
	folders *folders // nil if there are none
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
	if cfg.Wait == 0 {
		cfg.Wait = DefaultWait
	}
	e := &Engine{store: store, cfg: cfg}
	if cfg.Folders != "" {
		e.folders = newFolders(cfg.Folders)
	}
	return e
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

// Sweep removes expired sessions, and then the private folders whose session is
// gone, until it is through or ctx ends; see [Store]. A folder that a running
// page has open stays, as does a session that is in use.
func (e *Engine) Sweep(ctx context.Context) (removed int, err error) {
	removed, err = e.store.Sweep(ctx, e.cfg.Now())
	if e.folders != nil {
		err = errors.Join(err, e.folders.sweep(ctx, e.store, e.cfg.Now()))
	}
	return removed, err
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
	var err error
	if e.folders != nil && e.cfg.Rand(4) == 0 {
		// The records of a large store alone take all the time there is.
		err = e.folders.sweep(ctx, e.store, e.cfg.Now())
	} else {
		_, err = e.Sweep(ctx)
	}
	if err != nil {
		e.cfg.Log("sweeping expired sessions: %v", err)
	}
	return true
}
