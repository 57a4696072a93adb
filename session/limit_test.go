package session_test

import (
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"lcgi/session"
)

// withMax limits the number of the place's sessions.
func (p *place) withMax(n int) {
	p.Engine = session.New(p.store, session.Config{Now: func() time.Time { return p.now }, Log: p.logf, Max: n})
}

// wantFull checks that there is no room for another session.
func (p *place) wantFull(t *testing.T, n int) {
	t.Helper()
	files := len(p.files(t))
	s := p.start(t, session.Options{})
	err := s.Save(t.Context(), some)
	var full *session.FullError
	if !errors.As(err, &full) || !errors.Is(err, session.ErrFull) || full.Max != n || s.Stored() {
		t.Errorf("one more: %v, stored %v", err, s.Stored())
	}
	if more := len(p.files(t)); more != files {
		t.Errorf("it leaves %d files", more-files)
	}
	save(t, s, empty) // which is no session
	p.wantCount(t, n)
}

func (p *place) wantCount(t *testing.T, n int) {
	t.Helper()
	if got, err := p.Count(t.Context()); got != n || err != nil {
		t.Errorf("Count returns %d, %v, want %d", got, err, n)
	}
}

func TestMax(t *testing.T) {
	p := newPlace(t)
	before := p.keep(t, session.Options{}) // without a limit
	p.withMax(4)
	ids := []string{before}
	for range 3 {
		ids = append(ids, p.keep(t, session.Options{}))
	}
	p.wantFull(t, 4)
	// Those that are there can be used, saved and rotated.
	for i, id := range ids {
		s := p.start(t, session.Options{ID: id})
		rotate(t, s, session.DefaultGrace)
		save(t, s, other)
		s.Close()
		ids[i] = s.ID()
		p.wantFull(t, 4)
	}
	// A delete makes room at once.
	if err := p.start(t, session.Options{ID: ids[0]}).Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	ids[0] = p.keep(t, session.Options{})
	p.wantFull(t, 4)
	s := p.start(t, session.Options{ID: ids[0]})
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	save(t, s, empty)
	s.Close()
	ids[0] = p.keep(t, session.Options{})
	p.wantFull(t, 4)
	if err := p.Remove(t.Context(), session.NewKey(session.DefaultName, ids[0])); err != nil {
		t.Fatal(err)
	}
	p.keep(t, session.Options{})
	p.wantFull(t, 4)
	// So do those that expire.
	p.now = p.now.Add(time.Hour)
	for range 4 {
		p.keep(t, session.Options{})
	}
	p.wantFull(t, 4)
}

func TestMaxAndKeptIDs(t *testing.T) {
	p := newPlace(t)
	p.withMax(1)
	id := p.keep(t, session.Options{KeepID: true})
	p.now = p.now.Add(time.Hour)
	second := p.keep(t, session.Options{})
	s := p.start(t, session.Options{ID: id, KeepID: true})
	if err := s.Save(t.Context(), some); !errors.Is(err, session.ErrFull) || s.Stored() {
		t.Errorf("an expired session comes back beyond the limit: %v", err)
	}
	s.Close()
	if err := p.start(t, session.Options{ID: second}).Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	s = p.start(t, session.Options{ID: id, KeepID: true})
	save(t, s, some)
	s.Close()
	if s.ID() != id {
		t.Error("the id is lost")
	}
	p.wantFull(t, 1)
}

// A session that expires while a page has it open counts: the page may save it.
func TestMaxAndSessionsInUse(t *testing.T) {
	p := newPlace(t)
	p.withMax(1)
	id := p.keep(t, session.Options{})
	s := p.start(t, session.Options{ID: id})
	p.now = p.now.Add(time.Hour)
	second := p.start(t, session.Options{})
	if err := second.Save(t.Context(), some); !errors.Is(err, session.ErrFull) {
		t.Errorf("a session takes the place of one that is in use: %v", err)
	}
	save(t, s, other)
	s.Close()
	p.wantFull(t, 1)
}

// Counting is not what every request has to pay for that comes too late.
func TestRecountsAreRare(t *testing.T) {
	p := newPlace(t)
	p.withMax(2)
	p.keep(t, session.Options{})
	id := p.keep(t, session.Options{})
	p.wantFull(t, 2)
	if err := os.Remove(p.path(id)); err != nil { // nobody is told
		t.Fatal(err)
	}
	try := func() error { return p.start(t, session.Options{}).Save(t.Context(), some) }
	if err := try(); !errors.Is(err, session.ErrFull) {
		t.Errorf("within a second it is counted again: %v", err)
	}
	p.now = p.now.Add(time.Second)
	if err := try(); err != nil {
		t.Errorf("a second later it is not: %v", err)
	}
	p.now = p.now.Add(-24 * time.Hour)
	if err := try(); !errors.Is(err, session.ErrFull) {
		t.Errorf("with the clock set back: %v", err)
	}
}

func TestMaxWithDamagedCounter(t *testing.T) {
	p := newPlace(t)
	p.withMax(2)
	p.keep(t, session.Options{})
	key := session.NewKey("session counter", "").String()
	write(t, fmt.Sprintf("%s/%s/%s", p.dir, key[:2], key), []byte("damaged"))
	p.keep(t, session.Options{})
	if len(p.log) != 1 {
		t.Errorf("the log has %q", p.log)
	}
	p.wantFull(t, 2)
}

func TestMaxAndFailingSaves(t *testing.T) {
	p := newPlace(t)
	p.withMax(1)
	s := p.start(t, session.Options{})
	if err := s.Save(t.Context(), make([]byte, session.MaxDataLen+1)); err == nil {
		t.Fatal("too much data is saved")
	}
	p.wantCount(t, 0)
	save(t, s, some) // there is room still
	s.Close()
	p.wantFull(t, 1)
}

func TestCount(t *testing.T) {
	p := newPlace(t)
	p.wantCount(t, 0)
	p.keep(t, session.Options{Lifetime: time.Minute})
	id := p.keep(t, session.Options{Name: "cart"})
	s := p.start(t, session.Options{Name: "cart", ID: id})
	rotate(t, s, session.DefaultGrace)
	save(t, s, other)
	if err := p.Shared().Set(t.Context(), "x", some); err != nil {
		t.Fatal(err)
	}
	p.wantCount(t, 2)
	p.now = p.now.Add(time.Minute)
	p.wantCount(t, 1)
}
