package session_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lcgi/session"
)

// slowStore does something else in place of, or around, each listing of the store.
type slowStore struct {
	session.Store
	listings int
	each     func(ctx context.Context, visit func(session.Info) error) error
}

func (s *slowStore) Each(ctx context.Context, visit func(session.Info) error) error {
	s.listings++
	return s.each(ctx, visit)
}

// withSlow limits the number of the place's sessions, which are listed by each.
func (p *place) withSlow(n int, each func(ctx context.Context, visit func(session.Info) error) error) *slowStore {
	store := &slowStore{Store: p.store, each: each}
	p.Engine = session.New(store, session.Config{Now: func() time.Time { return p.now }, Log: p.logf, Max: n})
	return store
}

// late saves a new session in a page that has 300 ms from now on.
func (p *place) late(t *testing.T) (id string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	s := p.start(t, session.Options{})
	defer s.Close()
	return s.ID(), s.Save(ctx, some)
}

// A page that has less time than a count takes gets in all the same.
func TestCountOutlastsThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		p.keep(t, session.Options{})
		store := p.withSlow(3, func(ctx context.Context, visit func(session.Info) error) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(2 * time.Second):
			}
			return p.store.Each(ctx, visit)
		})
		for range 2 {
			id, err := p.late(t)
			if err != nil {
				t.Fatal(err)
			}
			p.wantLeads(t, id, id, some)
		}
		if _, err := p.late(t); !errors.Is(err, session.ErrFull) {
			t.Errorf("beyond the limit: %v", err)
		}
		if store.listings != 1 || len(p.log) != 0 {
			t.Errorf("%d counts, the log has %q", store.listings, p.log)
		}
	})
}

// Where the sessions are too many to be counted, those that are known count, and
// only now and then a visitor has to wait for the attempt.
func TestCountThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		for range 3 {
			p.keep(t, session.Options{})
		}
		store := p.withSlow(4, func(ctx context.Context, visit func(session.Info) error) error {
			if err := p.store.Each(ctx, visit); err != nil {
				return err
			}
			<-ctx.Done()
			return ctx.Err()
		})
		try := func(want error, counts int) {
			t.Helper()
			began := time.Now()
			if _, err := p.late(t); !errors.Is(err, want) {
				t.Errorf("error %v, want %v", err, want)
			}
			if took := time.Since(began); took > 5*time.Second || store.listings != counts {
				t.Errorf("%d counts, want %d; it took %v", store.listings, counts, took)
			}
		}
		try(nil, 1) // the first three were seen
		try(session.ErrFull, 1)
		p.now = p.now.Add(59 * time.Second)
		try(session.ErrFull, 1)
		p.now = p.now.Add(time.Second)
		try(session.ErrFull, 2)
		try(session.ErrFull, 2)
		if len(p.log) != 2 || !strings.Contains(p.log[0], "cannot be counted") {
			t.Errorf("the log has %q", p.log)
		}
	})
}

// Nobody gets a 500 because the store cannot be listed.
func TestCountThatFails(t *testing.T) {
	p := newPlace(t)
	store := p.withSlow(1, func(context.Context, func(session.Info) error) error { return errors.New("the disk is broken") })
	if _, err := p.late(t); err != nil {
		t.Error(err)
	}
	if _, err := p.late(t); !errors.Is(err, session.ErrFull) {
		t.Errorf("beyond the limit: %v", err)
	}
	if store.listings != 1 || len(p.log) != 1 {
		t.Errorf("%d counts, the log has %q", store.listings, p.log)
	}
}

// A process that is killed while it counts is not followed by others that are.
func TestCountThatIsKilled(t *testing.T) {
	p := newPlace(t)
	store := p.withSlow(1, func(context.Context, func(session.Info) error) error { panic("killed") })
	func() {
		defer func() {
			if recover() == nil {
				t.Error("it did not count")
			}
		}()
		p.late(t)
	}()
	if _, err := p.late(t); err != nil || store.listings != 1 {
		t.Errorf("the next one: %v after %d counts", err, store.listings)
	}
}

// Who waits for a count is told to come back.
func TestCountOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		p.withMax(1)
		held, err := p.store.Open(t.Context(), session.NewKey("session counter", ""))
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.late(t)
		var busy *session.BusyError
		if !errors.As(err, &busy) || busy.Kind != session.KindCounter || busy.Waited != 300*time.Millisecond {
			t.Errorf("error %v, want a BusyError", err)
		}
		held.Close()
		if _, err := p.late(t); err != nil {
			t.Error(err)
		}
	})
}

// A session that goes, by a rotation, from where the count has not been to where it
// has been is not forgotten.
func TestRotationDuringACount(t *testing.T) {
	for _, grace := range []time.Duration{0, session.DefaultGrace} {
		p := newPlace(t)
		moving := p.keep(t, session.Options{})
		p.keep(t, session.Options{})
		key := session.NewKey(session.DefaultName, moving)
		p.withSlow(2, func(ctx context.Context, visit func(session.Info) error) error {
			part := func(late bool) error {
				return p.store.Each(ctx, func(info session.Info) error {
					if (info.Key == key) != late {
						return nil
					}
					return visit(info)
				})
			}
			if err := part(false); err != nil {
				return err
			}
			s := p.start(t, session.Options{ID: moving})
			rotate(t, s, grace)
			save(t, s, some)
			s.Close()
			return part(true)
		})
		if _, err := p.late(t); !errors.Is(err, session.ErrFull) {
			t.Errorf("a third session beside two: %v", err)
		}
	}
}

// A session that is deleted while the others are counted is not taken off a number
// that is without it already.
func TestDeleteDuringACount(t *testing.T) {
	for _, remove := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlace(t)
			id := p.keep(t, session.Options{})
			p.keep(t, session.Options{})
			deleted := make(chan error, 1)
			p.withSlow(2, func(ctx context.Context, visit func(session.Info) error) error {
				go func() {
					if remove {
						deleted <- p.Remove(t.Context(), session.NewKey(session.DefaultName, id))
						return
					}
					s, err := p.Start(t.Context(), session.Options{ID: id})
					if err == nil {
						err = s.Delete(t.Context())
					}
					deleted <- err
				}()
				synctest.Wait() // it is through, or waits
				return p.store.Each(ctx, visit)
			})
			_, first := p.late(t)
			if err := <-deleted; err != nil {
				t.Fatal(err)
			}
			_, second := p.late(t)
			if first == nil && second == nil {
				t.Error("there are three sessions")
			}
			if n, err := session.New(p.store, session.Config{}).Count(t.Context()); n > 2 || err != nil {
				t.Errorf("%d sessions, %v", n, err)
			}
		})
	}
}

// Where only a part can be counted in time, the rest is taken to be like it: when most
// sessions have expired, there is room again.
func TestCountOfAPart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		for range 40 {
			p.keep(t, session.Options{Lifetime: time.Minute})
		}
		const parts = 10
		slow := false
		p.withSlow(20, func(ctx context.Context, visit func(session.Info) error) error {
			if !slow {
				return p.store.Each(ctx, visit)
			}
			seen := 0
			err := p.store.Each(context.WithoutCancel(ctx), func(info session.Info) error {
				if seen++; seen <= 4 {
					return visit(info)
				}
				return nil
			})
			session.Progress(ctx)(1, parts)
			<-ctx.Done()
			return errors.Join(err, ctx.Err())
		})
		if _, err := p.late(t); !errors.Is(err, session.ErrFull) {
			t.Fatalf("40 of 20: %v", err)
		}
		slow = true
		p.now = p.now.Add(time.Hour) // all have expired
		if _, err := p.late(t); err != nil {
			t.Errorf("of none of 20: %v; the log has %q", err, p.log)
		}
	})
}
