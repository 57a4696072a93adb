package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// maxCandidates bounds the look-ups that one request can cause.
const maxCandidates = 32

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

	// Rotate gives a session that is loaded a new id, as [Session.Rotate] with
	// DefaultGrace does. One that was reached through a retired id keeps its id: it
	// got it a moment ago, and another request is about to tell the client.
	Rotate bool

	// KeepID lets an expired session start anew under its old id, without data, if
	// it was saved by a session with KeepID before. Its id is kept for 30 days
	// after it has expired, whether or not it has been swept meanwhile. A session
	// once started with KeepID stays one.
	KeepID bool

	ReadOnly bool          // load without a lock; nothing can be saved
	Wait     time.Duration // for the lock; Config.Wait if 0, a single look if negative
}

// Start returns the first session among opt.ID and opt.Candidates that is alive,
// or else a new one under a new id. Ids that are malformed, unknown or dead are
// passed over, and only the first 32 different ones are looked at. An expired
// session is deleted when it is met, unless opt.KeepID says otherwise. An id that
// was retired by a rotation leads to its session as long as its grace lasts, and is
// remembered a little longer; see [Session.Stale].
//
// Unless opt.ReadOnly is set, the lock of the session is held until the session
// is closed; other requests for it wait. If it does not become free in time
// the error is a [*BusyError]. A request must not start a session again that it
// has open: it would wait for itself.
func (e *Engine) Start(ctx context.Context, opt Options) (*Session, error) {
	if err := opt.complete(e.cfg.Wait); err != nil {
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
	found, err := s.resumeAny(ctx, wait, opt)
	if err == nil && !found {
		var id string
		if id, err = e.newID(opt.Name); err == nil {
			s.begin(id)
		}
	}
	if err == nil {
		err = s.adopt(wait, opt)
	}
	switch {
	case errors.Is(err, ErrBusy):
		err = &BusyError{Kind: KindSession, Name: opt.Name, Waited: time.Since(started)}
	case err != nil:
		err = s.wrap(err)
	default:
		return s, nil
	}
	s.Close()
	return nil, err
}

// complete puts the defaults in place and checks the rest.
func (opt *Options) complete(wait time.Duration) error {
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
	if opt.Wait == 0 {
		opt.Wait = wait
	}
	opt.Wait = max(opt.Wait, minWait)
	return nil
}

// ids returns the well-formed ids to try, without repetitions.
func (opt *Options) ids() []string {
	var ids []string
	add := func(id string) {
		if len(ids) < maxCandidates && validID(id) && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	add(opt.ID)
	for _, id := range opt.Candidates {
		add(id)
	}
	return ids
}

// resumeAny makes s the session that the ids of opt lead to, and reports whether
// there is one. The context wait bounds the waits for locks.
func (s *Session) resumeAny(ctx, wait context.Context, opt Options) (bool, error) {
	kept := "" // the first expired id that could be used again
	for _, id := range opt.ids() {
		got, err := s.resume(ctx, wait, id, false)
		if got == resumed || err != nil {
			return got == resumed, err
		}
		if got == expired && opt.KeepID && kept == "" {
			kept = id
		}
	}
	if kept == "" {
		return false, nil
	}
	// No session is alive. Only now, as no lock is held while another is waited
	// for. Meanwhile another request may have started it anew.
	got, err := s.resume(ctx, wait, kept, true)
	return got == resumed, err
}

// What resume found.
type resumption int

const (
	nothing resumption = iota
	expired            // and its id is kept
	resumed
)

// resume tries to make s the session that id leads to. With revive it takes one
// that is expired if its id is kept, and starts it anew. Where it does not
// return resumed it holds no lock.
func (s *Session) resume(ctx, wait context.Context, id string, revive bool) (resumption, error) {
	presented := id
	id, data, meta, err := s.find(ctx, wait, id)
	if err != nil {
		return nothing, s.passOver(err)
	}
	now := s.engine.cfg.Now()
	switch {
	case meta.Kind != KindSession:
		return nothing, s.release()
	case !meta.Expired(now):
		s.cur = state{id: id, data: data, meta: meta, lastHit: meta.LastUse, stored: true}
		s.kept, s.inPlace = s.cur, true
		s.presented, s.result = presented, ResultLoad
		return resumed, nil
	}
	s.result = ResultExpire
	switch {
	case revive && !meta.Forgotten(now):
		s.begin(id)
		s.cur.meta.KeepID = true
		s.presented, s.inPlace = presented, true
		return resumed, nil
	case meta.KeepID && !meta.Forgotten(now):
		return expired, s.release()
	case s.record != nil:
		if err := s.record.Delete(ctx); err != nil {
			// It is dead all the same, and the sweep will try again.
			s.engine.cfg.Log("session %s: deleting an expired session: %v", s.name, err)
		}
	}
	return nothing, s.release()
}

// find locks and loads the record that id leads to, over forwards, or only views
// it if s is read-only. It returns the record's own id. Before it waits for one
// lock it has given up the last.
func (s *Session) find(ctx, wait context.Context, id string) (string, []byte, Meta, error) {
	s.forwarded = false
	for range maxHops {
		data, meta, err := s.lookAt(ctx, wait, id)
		if err != nil || meta.Kind != KindForward {
			return id, data, meta, err
		}
		// Other than a session, a forward does not outlive a clock that was set back.
		age := s.engine.cfg.Now().Sub(meta.LastUse).Abs()
		to, grace := forwardTarget(s.name, id, data)
		known := age < meta.Lifetime
		if !known && s.record != nil {
			_ = s.record.Delete(ctx) // the sweep will try again
		}
		if err := s.release(); err != nil {
			return "", nil, Meta{}, err
		}
		if age >= grace {
			s.tombstone = s.tombstone || known
			return "", nil, Meta{}, fs.ErrNotExist
		}
		s.forwarded = true
		id = to
	}
	s.engine.cfg.Log("session %s: an id leads from one to another more than %d times; it is passed over", s.name, maxHops)
	return "", nil, Meta{}, fs.ErrNotExist
}

// lookAt locks and loads the record of an id, or only views it.
func (s *Session) lookAt(ctx, wait context.Context, id string) ([]byte, Meta, error) {
	key := NewKey(s.name, id)
	if s.readOnly {
		return s.engine.store.View(wait, key)
	}
	record, err := s.engine.store.Find(wait, key)
	if err != nil {
		return nil, Meta{}, err
	}
	data, meta, err := record.Load(ctx)
	if err != nil {
		record.Close()
		return nil, Meta{}, err
	}
	s.record = record
	return data, meta, nil
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

// begin makes s a session without data.
func (s *Session) begin(id string) {
	s.cur = state{id: id, meta: Meta{
		Created:  s.engine.cfg.Now(),
		Lifetime: DefaultLifetime,
		Name:     s.name,
	}}
	s.kept = s.cur
}

// adopt lets what opt asks for count from the next save on, and takes hold of the
// session's private folder.
func (s *Session) adopt(ctx context.Context, opt Options) error {
	meta := &s.cur.meta
	if opt.Lifetime != 0 {
		meta.Lifetime = opt.Lifetime
	}
	if opt.MaxLifetime != 0 {
		meta.MaxLifetime = opt.MaxLifetime
	}
	if opt.KeepID {
		meta.KeepID = true
	}
	if err := s.holdFolder(ctx); err != nil {
		return s.passOver(err)
	}
	if opt.Rotate && !opt.ReadOnly && s.result == ResultLoad && !s.forwarded {
		s.result = ResultRotate
		return s.Rotate(DefaultGrace)
	}
	return nil
}
