package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

// A table of one entry, and another.
var (
	some  = []byte("\xa1\x01\x01")
	other = []byte("\xa1\x01\x02")
)

// A store that fails where it is told to.
type failingStore struct {
	session.Store
	find, sweep, remove error
}

func (f *failingStore) Find(ctx context.Context, key session.Key) (session.Record, error) {
	if f.find != nil {
		return nil, f.find
	}
	r, err := f.Store.Find(ctx, key)
	return failingRecord{r, f}, err
}

func (f *failingStore) Sweep(ctx context.Context, now time.Time) (int, error) {
	if f.sweep != nil {
		return 0, f.sweep
	}
	return f.Store.Sweep(ctx, now)
}

type failingRecord struct {
	session.Record
	store *failingStore
}

func (f failingRecord) Delete(ctx context.Context) error {
	if f.store.remove != nil {
		return f.store.remove
	}
	return f.Record.Delete(ctx)
}

func TestStoreErrors(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{Lifetime: time.Second})
	broken := errors.New("the disk is broken")
	store := &failingStore{Store: p.store}
	engine := session.New(store, session.Config{
		Now: func() time.Time { return p.now },
		Log: p.logf,
	})
	store.find = broken
	if _, err := engine.Start(t.Context(), session.Options{ID: id}); !errors.Is(err, broken) {
		t.Errorf("a store that does not work: %v", err)
	}
	store.find, store.remove = nil, broken
	p.now = p.now.Add(time.Minute)
	s, err := engine.Start(t.Context(), session.Options{ID: id})
	if err != nil || s.Result() != session.ResultExpire {
		t.Fatalf("an expired session that cannot be deleted: %v", err)
	}
	s.Close()
	if len(p.log) != 1 || !strings.Contains(p.log[0], broken.Error()) || strings.Contains(p.log[0], id) {
		t.Errorf("the log has %q", p.log)
	}
}

func TestMaybeSweep(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{Lifetime: time.Second})
	p.now = p.now.Add(time.Hour)
	draw, asked := 0, 0
	store := &failingStore{Store: p.store}
	engine := session.New(store, session.Config{
		Now: func() time.Time { return p.now },
		Rand: func(n int) int {
			asked = n
			return draw
		},
		Log: p.logf,
	})
	for draw = 1; draw < 100; draw++ {
		if engine.MaybeSweep(t.Context()) || !exists(p.path(id)) {
			t.Fatalf("it swept when %d was drawn", draw)
		}
	}
	draw = 0
	if !engine.MaybeSweep(t.Context()) || exists(p.path(id)) || asked != 100 {
		t.Errorf("it did not sweep when 0 of %d was drawn", asked)
	}
	store.sweep = errors.New("the disk is broken")
	engine.MaybeSweep(t.Context())
	if len(p.log) != 1 || !strings.Contains(p.log[0], "the disk is broken") {
		t.Errorf("the log has %q", p.log)
	}
}
