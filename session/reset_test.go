package session_test

import (
	"testing"
	"time"

	"lcgi/session"
)

func TestReset(t *testing.T) {
	for _, again := range []bool{false, true} {
		p := newPlace(t)
		id := p.keep(t, session.Options{Lifetime: time.Hour})
		p.now = p.now.Add(time.Minute)
		s := p.start(t, session.Options{ID: id})
		if err := s.Reset(); err != nil {
			t.Fatal(err)
		}
		if s.ID() != id || s.Data() != nil || s.Stored() ||
			!s.Created().Equal(p.now) || !s.LastHit().IsZero() || s.Lifetime() != time.Hour {
			t.Errorf("reset: %v %q %v %v %v", s.ID() == id, s.Data(), s.Stored(), s.Created(), s.LastHit())
		}
		if r := p.start(t, session.Options{ID: id, ReadOnly: true}); string(r.Data()) != string(some) {
			t.Error("it is gone before the save")
		}
		if !again {
			save(t, s, empty)
			if files := p.files(t); len(files) != 0 || s.Stored() {
				t.Errorf("left are %q", files)
			}
			save(t, s, some) // a page may go on
			s.Close()
			p.wantLeads(t, id, id, some)
			continue
		}
		save(t, s, some) // the same data, and yet it was created now
		s.Close()
		s = p.start(t, session.Options{ID: id})
		if string(s.Data()) != string(some) || !s.Created().Equal(p.now.Truncate(time.Microsecond)) {
			t.Errorf("set again: %q, created %v", s.Data(), s.Created())
		}
	}
}

func TestResetWithoutSaving(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	s := p.start(t, session.Options{ID: id})
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if !s.Stored() {
		t.Error("closed without a save, the session is not stored")
	}
	p.wantLeads(t, id, id, some)
}

func TestResetAndRotate(t *testing.T) {
	for i, order := range [][]string{{"reset", "rotate"}, {"rotate", "reset"}} {
		p := newPlace(t)
		id := p.keep(t, session.Options{})
		s := p.start(t, session.Options{ID: id})
		for _, step := range order {
			if step == "reset" {
				if err := s.Reset(); err != nil {
					t.Fatal(err)
				}
			} else {
				rotate(t, s, session.DefaultGrace)
			}
		}
		if i == 0 {
			save(t, s, empty)
			p.wantDead(t, s.ID())
			p.wantDead(t, id)
			continue
		}
		save(t, s, other)
		s.Close()
		p.wantLeads(t, id, s.ID(), other)
	}
}
