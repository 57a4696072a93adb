package session_test

import (
	"errors"
	"fmt"
	"math"
	"testing"
	"time"

	"lcgi/session"
)

func TestExpiry(t *testing.T) {
	const µs = time.Microsecond
	tests := []struct {
		name  string
		saved session.Options // when the session is saved
		given session.Options // when it is to be loaded
		after time.Duration
		want  session.Result
	}{
		{"at once", session.Options{}, session.Options{}, 0, session.ResultLoad},
		{"just within the default", session.Options{}, session.Options{}, 1440*time.Second - µs, session.ResultLoad},
		{"after the default", session.Options{}, session.Options{}, 1440 * time.Second, session.ResultExpire},
		{"just within its own", session.Options{Lifetime: time.Hour}, session.Options{}, time.Hour - µs, session.ResultLoad},
		{"after its own", session.Options{Lifetime: time.Hour}, session.Options{}, time.Hour, session.ResultExpire},
		{"what is given now comes too late", session.Options{Lifetime: time.Hour}, session.Options{Lifetime: 9 * time.Hour}, time.Hour, session.ResultExpire},
		{"what is given now ends nothing", session.Options{Lifetime: time.Hour}, session.Options{Lifetime: time.Second}, time.Hour - µs, session.ResultLoad},
		{"after the absolute one", session.Options{Lifetime: time.Hour, MaxLifetime: time.Minute}, session.Options{}, time.Minute, session.ResultExpire},
		{"just within the absolute one", session.Options{Lifetime: time.Hour, MaxLifetime: time.Minute}, session.Options{}, time.Minute - µs, session.ResultLoad},
		{"ten years", session.Options{Lifetime: 10 * 365 * 24 * time.Hour}, session.Options{}, 3649 * 24 * time.Hour, session.ResultLoad},
		{"the clock was set back", session.Options{}, session.Options{}, -1000 * time.Hour, session.ResultLoad},
	}
	for _, tt := range tests {
		for _, readOnly := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, read-only %v", tt.name, readOnly), func(t *testing.T) {
				p := newPlace(t)
				p.now = p.now.Truncate(time.Microsecond)
				id := p.keep(t, tt.saved)
				p.now = p.now.Add(tt.after)
				tt.given.ID, tt.given.ReadOnly = id, readOnly
				s := p.start(t, tt.given)
				if s.Result() != tt.want {
					t.Fatalf("result %q, want %q", s.Result(), tt.want)
				}
				if (s.ID() == id) != (tt.want == session.ResultLoad) || (s.Data() != nil) != (tt.want == session.ResultLoad) {
					t.Errorf("id kept: %v, data %q", s.ID() == id, s.Data())
				}
				s.Close()
				// Without the lock nothing is deleted.
				if gone := len(p.files(t)) == 0; gone != (tt.want == session.ResultExpire && !readOnly) {
					t.Errorf("the file is gone: %v", gone)
				}
			})
		}
	}
}

func TestLifetimeIsTheSessionsOwn(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{Lifetime: time.Hour, MaxLifetime: 3 * time.Hour})
	lifetime := func(opt session.Options) time.Duration {
		t.Helper()
		opt.ID = id
		s := p.start(t, opt)
		defer s.Close()
		if s.ID() != id {
			t.Fatalf("result %q", s.Result())
		}
		save(t, s, some)
		return s.Lifetime()
	}
	if d := lifetime(session.Options{}); d != time.Hour {
		t.Errorf("a page that says nothing makes it %v", d)
	}
	if d := lifetime(session.Options{Lifetime: 2 * time.Hour}); d != 2*time.Hour {
		t.Errorf("a page that says 2h makes it %v", d)
	}
	if d := lifetime(session.Options{}); d != 2*time.Hour {
		t.Errorf("after the next page it is %v, want 2h", d)
	}
	s := p.start(t, session.Options{ID: id})
	if err := s.SetLifetime(-time.Second); err == nil {
		t.Error("a negative lifetime is taken")
	}
	if err := s.SetLifetime(100 * time.Minute); err != nil {
		t.Error(err)
	}
	save(t, s, some)
	s.Close()
	p.now = p.now.Add(99 * time.Minute)
	if d := lifetime(session.Options{}); d != 100*time.Minute {
		t.Errorf("set to 100m it is %v", d)
	}
	p.now = p.now.Add(81 * time.Minute) // 3 h since the beginning
	if s := p.start(t, session.Options{ID: id}); s.Result() != session.ResultExpire {
		t.Errorf("result %q: the absolute lifetime was lost on the way", s.Result())
	}
}

// A lifetime that cannot be stored any more, or never, is refused.
func TestLifetimeOfWhatCannotBeChanged(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	closed := p.start(t, session.Options{ID: id})
	closed.Close()
	deleted := p.start(t, session.Options{})
	if err := deleted.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		s    *session.Session
		want error
	}{
		{closed, session.ErrClosed},
		{deleted, session.ErrDeleted},
		{p.start(t, session.Options{ID: id, ReadOnly: true}), session.ErrReadOnly},
	} {
		lifetime, maxLifetime := tt.s.Lifetime(), tt.s.MaxLifetime()
		if err := tt.s.SetLifetime(time.Hour); !errors.Is(err, tt.want) {
			t.Errorf("SetLifetime returns %v, want %v", err, tt.want)
		}
		for _, d := range []time.Duration{0, time.Hour} {
			if err := tt.s.SetMaxLifetime(d); !errors.Is(err, tt.want) {
				t.Errorf("SetMaxLifetime returns %v, want %v", err, tt.want)
			}
		}
		if tt.s.Lifetime() != lifetime || tt.s.MaxLifetime() != maxLifetime {
			t.Errorf("%v: the lifetimes are changed", tt.want)
		}
	}
}

func TestClockSetBackIsNoted(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	p.now = p.now.Add(-100 * time.Hour)
	s := p.start(t, session.Options{ID: id})
	save(t, s, some)
	s.Close()
	p.now = p.now.Add(24 * time.Minute)
	if s := p.start(t, session.Options{ID: id}); s.Result() != session.ResultExpire {
		t.Errorf("result %q: the session counts from a time that never was", s.Result())
	}
}

func TestLifetimeFromSeconds(t *testing.T) {
	for _, tt := range []struct {
		seconds float64
		want    time.Duration // 0 if it is refused
	}{
		{1440, 24 * time.Minute}, {0.5, 500 * time.Millisecond}, {0.001, time.Millisecond}, {315360000, 10 * 365 * 24 * time.Hour},
		{0, 0}, {-1, 0}, {0.0001, 0}, {315360001, 0}, {1e300, 0}, {math.Inf(1), 0}, {math.Inf(-1), 0}, {math.NaN(), 0},
	} {
		got, err := session.Lifetime(tt.seconds)
		if got != tt.want || (err != nil) != (tt.want == 0) {
			t.Errorf("Lifetime(%v) = %v, %v, want %v", tt.seconds, got, err, tt.want)
		}
	}
}
