package session_test

import (
	"fmt"
	"testing"
	"time"

	"lcgi/session"
)

const year = 365 * 24 * time.Hour

// Wherever the clock goes, nothing panics, and what is expired is decided by the
// times that are stored.
func TestClock(t *testing.T) {
	longest := 10 * year
	tests := []struct {
		name  string
		opt   session.Options
		moves []time.Duration // of the clock, between two uses that save
		want  session.Result  // of the last use
	}{
		{"an hour back", session.Options{}, []time.Duration{-time.Hour}, session.ResultLoad},
		{"an hour back, and 23 minutes", session.Options{}, []time.Duration{-time.Hour, 23 * time.Minute}, session.ResultLoad},
		{"an hour back, and 24 minutes", session.Options{}, []time.Duration{-time.Hour, 24 * time.Minute}, session.ResultExpire},
		{"back and forth again", session.Options{}, []time.Duration{-time.Hour, time.Hour}, session.ResultExpire},
		{"ten years forward", session.Options{}, []time.Duration{10 * year}, session.ResultExpire},
		{"ten years forward, the longest lifetime", session.Options{Lifetime: longest}, []time.Duration{10*year - time.Second}, session.ResultLoad},
		{"ten years forward, after it", session.Options{Lifetime: longest}, []time.Duration{10 * year}, session.ResultExpire},
		{"ten years forward and back", session.Options{Lifetime: longest}, []time.Duration{10*year - time.Second, -10 * year}, session.ResultLoad},
		{"an absolute lifetime, an hour back", session.Options{Lifetime: longest, MaxLifetime: time.Hour}, []time.Duration{-time.Hour, 2*time.Hour - time.Second}, session.ResultLoad},
		{"an absolute lifetime, an hour back and all of it", session.Options{Lifetime: longest, MaxLifetime: time.Hour}, []time.Duration{-time.Hour, 2 * time.Hour}, session.ResultExpire},
		{"290 years forward", session.Options{Lifetime: longest}, []time.Duration{290 * year}, session.ResultExpire},
		{"200 years back and 290 forward", session.Options{Lifetime: longest}, []time.Duration{-200 * year, 290 * year}, session.ResultExpire},
		{"a thousand years back", session.Options{Lifetime: longest}, []time.Duration{-250 * year, -250 * year, -250 * year, -250 * year}, session.ResultLoad},
		{"kept for 29 days", session.Options{KeepID: true}, []time.Duration{29 * 24 * time.Hour}, session.ResultExpire},
	}
	for _, tt := range tests {
		for _, swept := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, swept %v", tt.name, swept), func(t *testing.T) {
				p := newPlace(t)
				p.withFolders(t)
				p.now = p.now.Truncate(time.Second)
				opt := tt.opt
				s := p.start(t, opt)
				dir := folderOf(t, s)
				save(t, s, some)
				s.Close()
				for i, move := range tt.moves {
					p.now = p.now.Add(move)
					if swept {
						if _, err := p.Sweep(t.Context()); err != nil {
							t.Error(err)
						}
						if _, err := p.Count(t.Context()); err != nil {
							t.Error(err)
						}
					}
					last := i == len(tt.moves)-1
					alive := !last || tt.want == session.ResultLoad
					opt := tt.opt
					opt.ID = s.ID()
					s = p.start(t, opt)
					if got := s.Result(); (got == session.ResultLoad) != alive {
						t.Fatalf("move %d: result %q", i, got)
					}
					if want := tt.want; last && s.Result() != want && (!swept || opt.KeepID) {
						t.Errorf("result %q, want %q", s.Result(), want)
					}
					if alive && !exists(dir) {
						t.Fatalf("move %d: the folder of a live session is gone", i)
					}
					if s.Lifetime() <= 0 || s.Created().IsZero() {
						t.Errorf("lifetime %v, created %v", s.Lifetime(), s.Created())
					}
					save(t, s, other)
					save(t, s, some)
					s.Close()
				}
			})
		}
	}
}

func TestForgotten(t *testing.T) {
	now := time.Now()
	const day = 24 * time.Hour
	for _, tt := range []struct {
		meta               session.Meta
		expired, forgotten bool
	}{
		{session.Meta{}, false, false},
		{session.Meta{LastUse: now.Add(-time.Hour), Lifetime: time.Hour}, true, true},
		{session.Meta{LastUse: now.Add(-time.Hour), Lifetime: time.Hour, KeepID: true}, true, false},
		{session.Meta{LastUse: now.Add(-30*day - time.Hour + 1), Lifetime: time.Hour, KeepID: true}, true, false},
		{session.Meta{LastUse: now.Add(-30*day - time.Hour), Lifetime: time.Hour, KeepID: true}, true, true},
		{session.Meta{Created: now.Add(-30*day - time.Hour), LastUse: now, Lifetime: time.Hour, MaxLifetime: time.Hour, KeepID: true}, true, true},
		{session.Meta{LastUse: now.Add(time.Hour), Lifetime: time.Nanosecond, KeepID: true}, false, false},
		{session.Meta{LastUse: time.Date(290000, 1, 1, 0, 0, 0, 0, time.UTC), Lifetime: 1 << 62, KeepID: true}, false, false},
		{session.Meta{Lifetime: 1<<63 - 1, KeepID: true}, true, false}, // 292 years are the longest there is
		{session.Meta{Lifetime: time.Hour, KeepID: true}, true, true},
	} {
		if e, f := tt.meta.Expired(now), tt.meta.Forgotten(now); e != tt.expired || f != tt.forgotten {
			t.Errorf("%+v: expired %v, forgotten %v, want %v, %v", tt.meta, e, f, tt.expired, tt.forgotten)
		}
	}
}

// A session with an absolute lifetime that was created while the clock was ahead ends
// all the same, once it has been used with the right time.
func TestClockThatWasFarAhead(t *testing.T) {
	p := newPlace(t)
	right := p.now
	p.now = right.Add(10 * year)
	s := p.start(t, session.Options{Lifetime: year, MaxLifetime: time.Hour})
	save(t, s, some)
	id := s.ID()
	s.Close()
	for i, minutes := range []time.Duration{0, 40, 59, 60} {
		p.now = right.Add(minutes * time.Minute)
		s := p.start(t, session.Options{ID: id})
		if loaded := s.Result() == session.ResultLoad; loaded != (i < 3) {
			t.Fatalf("after %d minutes: %s", minutes, s.Result())
		}
		if i < 3 {
			save(t, s, some)
		}
		s.Close()
	}
}
