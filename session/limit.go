package session

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"time"
)

// ErrFull is what every [*FullError] wraps.
var ErrFull = errors.New("there is no room for another session")

// FullError reports that a new session was not stored because there are as many
// live ones as Config.Max allows. The fitting answer is 503 with Retry-After.
type FullError struct {
	Max int
}

func (e *FullError) Error() string {
	return fmt.Sprintf("%v: there may be %d live ones at a time, and there are", ErrFull, e.Max)
}

// Unwrap returns ErrFull.
func (e *FullError) Unwrap() error { return ErrFull }

const (
	// recountPause is the least time between two counts of all sessions
	// because the limit seems to be reached, and recountShare the least
	// number of times that a count lasts.
	recountPause = time.Second
	recountShare = 20

	// recountAge is the age at which a count is not relied on: it does not know
	// of sessions that were saved where there was no limit.
	recountAge = 10 * time.Minute
)

// A limit keeps the number of live sessions at or below Config.Max. The number is
// in a record of its own, whose lock all must hold while they store a new session or
// delete one. Once the sessions have been counted, it is never below the truth: it is
// raised before a session is stored, and lowered after one is deleted. It may be
// above, as a session that expires does not lower it. So the sessions are counted when
// it says that there is no room, by who holds the lock. A session counts as live while
// a request uses it, even if it expires meanwhile, as the request may save it.
//
// A session that is rotated during a count may go from where the count has not been to
// where it has been. So it counts by the forward that it leaves, too, and may count
// twice, until the next count.
//
// Where a count fails or takes too long, what the number says goes on to be relied on,
// and is not counted anew before the next count is due. It is then too low by the
// sessions that no limit has ever seen.
//
// A rotation that is killed half-way leaves a session that nobody can reach. It
// counts until it expires.
type limit struct {
	engine *Engine
	record Record // locked
	number uint64
	at     time.Time // when the sessions were counted last, or were tried to be
	took   time.Duration
}

// counterKey returns the key of the record that holds the number.
func counterKey() Key { return NewKey("session counter", "") }

// enter calls store, which stores one more live session, if there is room for it.
func (e *Engine) enter(ctx context.Context, store func(context.Context) error) error {
	if e.cfg.Max <= 0 {
		return store(ctx)
	}
	l, err := e.openLimit(ctx)
	if err != nil {
		return err
	}
	defer l.record.Close()
	if !l.fresh(recountAge) || l.full() && !l.fresh(max(recountPause, recountShare*l.took)) {
		// The page must not fail because its time went by in the count.
		ctx = context.WithoutCancel(ctx)
		if err := l.count(ctx); err != nil {
			return err
		}
	}
	if l.full() {
		return &FullError{e.cfg.Max}
	}
	l.number++
	if err := l.save(ctx); err != nil {
		return err
	}
	err = store(ctx)
	if err != nil {
		l.number--
		_ = l.save(context.WithoutCancel(ctx)) // too high a number does no harm
	}
	return err
}

// leave calls remove, which deletes a live session, and notes it. The lock is held over
// both: a count may have missed the session already, and must not be lowered for it.
// Where the lock cannot be had, the number stays too high until the next count.
func (e *Engine) leave(ctx context.Context, remove func() error) error {
	if e.cfg.Max <= 0 {
		return remove()
	}
	l, err := e.openLimit(ctx)
	if err != nil {
		return remove()
	}
	defer l.record.Close()
	if err := remove(); err != nil {
		return err
	}
	if l.number > 0 {
		l.number--
		_ = l.save(ctx)
	}
	return nil
}

func (l *limit) full() bool { return l.number >= uint64(l.engine.cfg.Max) }

// openLimit locks the number and reads it.
func (e *Engine) openLimit(ctx context.Context) (*limit, error) {
	wait, cancel := context.WithTimeout(ctx, e.cfg.Wait)
	defer cancel()
	began := time.Now()
	for tries := 1; ; tries++ {
		record, err := e.store.Open(wait, counterKey())
		if errors.Is(err, context.DeadlineExceeded) { // be it the page's: who counts is to blame
			return nil, &BusyError{Kind: KindCounter, Name: "of sessions", Waited: time.Since(began)}
		}
		if err != nil {
			return nil, fmt.Errorf("lock the number of sessions: %w", err)
		}
		l := &limit{engine: e, record: record}
		data, _, err := record.Load(ctx)
		switch {
		case err == nil:
			l.decode(data)
			return l, nil
		case errors.Is(err, fs.ErrNotExist):
			return l, nil
		}
		record.Close()
		// What is damaged is out of the way now, if that is possible.
		if !errors.As(err, new(*CorruptError)) || tries == 2 {
			return nil, fmt.Errorf("read the number of sessions: %w", err)
		}
		e.cfg.Log("the number of sessions: %v; they are counted anew", err)
	}
}

// fresh reports whether the sessions were counted within the last d. A time
// in the future is one before the clock was set back.
func (l *limit) fresh(d time.Duration) bool {
	age := l.engine.cfg.Now().Sub(l.at)
	return 0 <= age && age < d
}

// count counts the sessions, for no longer than listTime. Where it does not come to its
// end, as many are taken to be in what was not read, in proportion: keys are spread
// evenly. It returns the errors of saving the number only.
func (l *limit) count(ctx context.Context) error {
	// First of all it is noted, lest a count that is killed be tried by everybody.
	l.at, l.took = l.engine.cfg.Now(), listTime
	if err := l.save(ctx); err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	began := time.Now()
	done, total := 0, 1
	n, err := l.engine.count(WithProgress(within, func(d, t int) { done, total = d, max(t, 1) }), true)
	l.at, l.took = l.engine.cfg.Now(), time.Since(began)
	switch {
	case err == nil:
		l.number = uint64(n)
	case done > 0:
		l.number = uint64((n*total + done - 1) / done)
	default:
		l.number = max(l.number, uint64(n))
	}
	if err != nil {
		l.engine.cfg.Log("the sessions cannot be counted: %v; the limit of %d goes by a number of about %d", err, l.engine.cfg.Max, l.number)
	}
	return l.save(ctx)
}

const limitLen = 3 * 8

func (l *limit) decode(data []byte) {
	if len(data) != limitLen {
		return // and so it is not fresh
	}
	l.number = binary.BigEndian.Uint64(data)
	l.at = time.UnixMicro(int64(binary.BigEndian.Uint64(data[8:])))
	l.took = time.Duration(binary.BigEndian.Uint64(data[16:])) * time.Microsecond
}

func (l *limit) save(ctx context.Context) error {
	data := make([]byte, 0, limitLen)
	data = binary.BigEndian.AppendUint64(data, l.number)
	data = binary.BigEndian.AppendUint64(data, uint64(l.at.UnixMicro()))
	data = binary.BigEndian.AppendUint64(data, uint64(l.took.Microseconds()))
	now := l.engine.cfg.Now()
	if err := l.record.Save(ctx, data, Meta{Created: now, LastUse: now, Kind: KindCounter}); err != nil {
		return fmt.Errorf("save the number of sessions: %w", err)
	}
	return nil
}
