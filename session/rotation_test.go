package session_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

var empty = []byte(session.EmptyTable)

func rotate(t *testing.T, s *session.Session, grace time.Duration) {
	t.Helper()
	if err := s.Rotate(grace); err != nil {
		t.Fatal(err)
	}
}

// meets returns the data, the id and the result of the session that id leads to,
// in both ways of starting it, which have to agree.
func (p *place) meets(t *testing.T, id string) (data, to string, result session.Result) {
	t.Helper()
	read := p.start(t, session.Options{ID: id, ReadOnly: true})
	s := p.start(t, session.Options{ID: id})
	defer s.Close()
	if s.Result() != read.Result() || s.Result() == session.ResultLoad && (s.ID() != read.ID() || !bytes.Equal(s.Data(), read.Data())) {
		t.Errorf("read-only it is %q, %q, else %q, %q", read.Result(), read.Data(), s.Result(), s.Data())
	}
	return string(s.Data()), s.ID(), s.Result()
}

func (p *place) wantLeads(t *testing.T, from, to string, data []byte) {
	t.Helper()
	if got, id, result := p.meets(t, from); id != to || result != session.ResultLoad || got != string(data) {
		t.Errorf("the id leads to %q with %q, the right id: %v", result, got, id == to)
	}
}

func (p *place) wantDead(t *testing.T, id string) {
	t.Helper()
	p.wantGone(t, id, false)
}

// wantStale checks that id leads to nothing and is known to be retired.
func (p *place) wantStale(t *testing.T, id string) {
	t.Helper()
	p.wantGone(t, id, true)
}

func (p *place) wantGone(t *testing.T, id string, stale bool) {
	t.Helper()
	if _, to, result := p.meets(t, id); to == id || result != session.ResultNew {
		t.Errorf("a dead id leads to %q, to itself: %v", result, to == id)
	}
	for _, readOnly := range []bool{true, false} {
		s := p.start(t, session.Options{Candidates: []string{id}, ReadOnly: readOnly})
		if s.Stale() != stale {
			t.Errorf("read-only %v: stale is %v, want %v", readOnly, s.Stale(), stale)
		}
		s.Close()
	}
}

func TestRotate(t *testing.T) {
	for _, changed := range []bool{true, false} {
		p := newPlace(t)
		first := p.now
		old := p.keep(t, session.Options{Lifetime: time.Hour, MaxLifetime: 2 * time.Hour})
		p.now = p.now.Add(time.Minute)
		s := p.start(t, session.Options{ID: old})
		rotate(t, s, session.DefaultGrace)
		fresh := s.ID()
		if fresh == old || len(fresh) != 64 || !s.Stored() || string(s.Data()) != string(some) || s.Result() != session.ResultLoad {
			t.Errorf("rotated: %v %v %q %q", fresh == old, s.Stored(), s.Data(), s.Result())
		}
		// Nothing is done before the save.
		if r := p.start(t, session.Options{ID: old, ReadOnly: true}); r.ID() != old {
			t.Error("the old id is retired before the save")
		}
		want := some
		if changed {
			want = other
		}
		save(t, s, want)
		if s.ID() != fresh || !s.Stored() {
			t.Error("the save lost the new id")
		}
		save(t, s, want) // the rotation is over
		s.Close()
		p.now = p.now.Add(session.DefaultGrace - time.Millisecond)
		p.wantLeads(t, fresh, fresh, want)
		p.wantLeads(t, old, fresh, want)
		p.now = p.now.Add(time.Millisecond)
		p.wantStale(t, old)
		p.wantLeads(t, fresh, fresh, want)
		p.now = p.now.Add(session.DefaultGrace)
		p.wantDead(t, old)
		loaded := p.start(t, session.Options{ID: fresh})
		if !loaded.Created().Equal(first.Truncate(time.Microsecond)) || loaded.Lifetime() != time.Hour {
			t.Errorf("created %v, lifetime %v, want those from before", loaded.Created(), loaded.Lifetime())
		}
		if n := len(p.files(t)); n != 1 {
			t.Errorf("%d files, want the session's", n)
		}
	}
}

func TestRotateWithoutSaving(t *testing.T) {
	p := newPlace(t)
	old := p.keep(t, session.Options{})
	s := p.start(t, session.Options{ID: old})
	rotate(t, s, session.DefaultGrace)
	fresh := s.ID()
	s.Close()
	if s.ID() != old {
		t.Error("closed without a save, the session has the new id")
	}
	p.wantLeads(t, old, old, some)
	p.wantDead(t, fresh)
}

func TestRotateNew(t *testing.T) {
	p := newPlace(t)
	s := p.start(t, session.Options{})
	before := s.ID()
	rotate(t, s, session.DefaultGrace)
	save(t, s, some)
	if s.ID() == before {
		t.Error("the id is the same")
	}
	s.Close()
	p.wantLeads(t, s.ID(), s.ID(), some)
	p.wantDead(t, before)
	if n := len(p.files(t)); n != 1 {
		t.Errorf("%d files, want 1", n)
	}
}

func TestGrace(t *testing.T) {
	p := newPlace(t)
	old := p.keep(t, session.Options{})
	s := p.start(t, session.Options{ID: old})
	for _, grace := range []time.Duration{-1, 5*time.Minute + 1} {
		if err := s.Rotate(grace); err == nil {
			t.Errorf("a grace of %v is taken", grace)
		}
	}
	rotate(t, s, 5*time.Minute)
	rotate(t, s, 0) // the last word counts
	save(t, s, s.Data())
	s.Close()
	p.wantStale(t, old)
	p.wantLeads(t, s.ID(), s.ID(), some)

	old = s.ID()
	s = p.start(t, session.Options{ID: old})
	rotate(t, s, 5*time.Minute)
	save(t, s, other)
	s.Close()
	for _, now := range []time.Duration{5*time.Minute - time.Millisecond, -time.Minute} {
		p.now = p.now.Add(now)
		p.wantLeads(t, old, s.ID(), other)
	}
	p.now = p.now.Add(-time.Hour)
	p.wantDead(t, old) // a clock that was set back is no grace
	p.wantLeads(t, s.ID(), s.ID(), other)
}

// A retired id that leads to nothing any more is known for a while, so that who
// comes too late with it does not overwrite the cookie with the new one.
func TestStale(t *testing.T) {
	for _, grace := range []time.Duration{0, time.Second, 5 * time.Minute} {
		p := newPlace(t)
		retired := func(grace time.Duration) (old, fresh string) {
			old = p.keep(t, session.Options{})
			s := p.start(t, session.Options{ID: old})
			rotate(t, s, grace)
			save(t, s, other)
			s.Close()
			return old, s.ID()
		}
		forgotten, _ := retired(0)
		p.now = p.now.Add(session.DefaultGrace)
		old, fresh := retired(grace)
		p.now = p.now.Add(grace)
		p.wantStale(t, old)
		// The forward holds what only who knows the old id can read; a tombstone has nothing.
		if size := len(read(t, p.path(old))); grace == 0 && size != len(read(t, p.path(fresh)))-len(other) {
			t.Errorf("the tombstone has %d bytes", size)
		}
		// An id that leads to a session wins, wherever it stands.
		for _, ids := range [][]string{{old, fresh}, {fresh, old}} {
			if s := p.start(t, session.Options{Candidates: ids, ReadOnly: true}); s.Stale() || s.ID() != fresh {
				t.Errorf("with the new id there is %q, stale %v", s.Result(), s.Stale())
			}
		}
		// One that leads to nothing does not.
		for _, id := range []string{strings.Repeat("0", 64), forgotten} {
			for _, ids := range [][]string{{old, id}, {id, old}} {
				if s := p.start(t, session.Options{Candidates: ids, ReadOnly: true}); !s.Stale() {
					t.Error("with an unknown id it is not stale")
				}
			}
		}
		if s := p.start(t, session.Options{ID: forgotten, ReadOnly: true}); s.Stale() {
			t.Error("a retired id is never forgotten")
		}
		if s := p.start(t, session.Options{ReadOnly: true}); s.Stale() {
			t.Error("a new visitor is stale")
		}
		p.now = p.now.Add(session.DefaultGrace - time.Millisecond)
		p.wantStale(t, old)
		if _, err := p.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.wantStale(t, old)
		p.now = p.now.Add(time.Millisecond)
		p.wantDead(t, old)
		p.wantDead(t, forgotten)
		if n := len(p.files(t)); n != 2 {
			t.Errorf("%d files, want the two sessions'", n)
		}
	}
}

// A chain of retired ids is stale if its last one is, and so is what is found dead on
// the way to an expired session.
func TestStaleBehindAForward(t *testing.T) {
	p := newPlace(t)
	first := p.keep(t, session.Options{})
	s := p.start(t, session.Options{ID: first})
	rotate(t, s, 5*time.Minute)
	save(t, s, other)
	s.Close()
	s = p.start(t, session.Options{ID: s.ID()})
	rotate(t, s, 0)
	save(t, s, other)
	s.Close()
	p.wantStale(t, first)
	expired := p.keep(t, session.Options{Lifetime: time.Second})
	p.now = p.now.Add(time.Second)
	if s := p.start(t, session.Options{Candidates: []string{first, expired}}); !s.Stale() || s.Result() != session.ResultExpire {
		t.Errorf("beside an expired session: stale %v, %q", s.Stale(), s.Result())
	}
	// A session that starts anew under its old id is no stranger to the client.
	kept := p.keep(t, session.Options{Lifetime: time.Second, KeepID: true})
	p.now = p.now.Add(time.Second)
	if s := p.start(t, session.Options{Candidates: []string{first, kept}, KeepID: true}); s.Stale() || s.ID() != kept {
		t.Errorf("beside a kept id: stale %v, %q", s.Stale(), s.Result())
	}
}

func TestRotateOption(t *testing.T) {
	p := newPlace(t)
	s := p.start(t, session.Options{Rotate: true})
	if s.Result() != session.ResultNew || s.Presented() != "" {
		t.Errorf("a new session: %q", s.Result())
	}
	save(t, s, some)
	s.Close()
	first := s.ID()
	s = p.start(t, session.Options{ID: first, Rotate: true})
	second := s.ID()
	if s.Result() != session.ResultRotate || second == first {
		t.Errorf("loaded: %q, the same id: %v", s.Result(), second == first)
	}
	save(t, s, other)
	s.Close()
	// A parallel request that was sent with the old id.
	s = p.start(t, session.Options{ID: first, Rotate: true})
	if s.Result() != session.ResultLoad || s.ID() != second || s.Presented() != first {
		t.Errorf("by the old id: %q, the new id: %v, presented: %v", s.Result(), s.ID() == second, s.Presented() == first)
	}
	s.Close()
	if s := p.start(t, session.Options{ID: second, Rotate: true, ReadOnly: true}); s.Result() != session.ResultLoad || s.ID() != second {
		t.Errorf("read-only: %q", s.Result())
	}
	p.now = p.now.Add(time.Hour)
	if s := p.start(t, session.Options{ID: second, Rotate: true}); s.Result() != session.ResultExpire {
		t.Errorf("expired: %q", s.Result())
	}
}

func TestChainsOfForwards(t *testing.T) {
	p := newPlace(t)
	ids := []string{p.keep(t, session.Options{})}
	for len(ids) < 102 {
		s := p.start(t, session.Options{ID: ids[len(ids)-1]})
		rotate(t, s, 5*time.Minute)
		save(t, s, other)
		s.Close()
		ids = append(ids, s.ID())
	}
	last := ids[len(ids)-1]
	p.wantLeads(t, ids[50], last, other)
	p.wantLeads(t, ids[2], last, other)
	p.wantDead(t, ids[1]) // 100 hops and no session
	if len(p.log) != 4 || !strings.Contains(p.log[0], "100") {
		t.Errorf("the log has %q", p.log)
	}
	// One that is deleted in the middle of its chain is deleted for all.
	s := p.start(t, session.Options{ID: ids[60]})
	if err := s.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids[2:] {
		p.wantDead(t, id)
	}
}

func TestNoIDStandsInTheStore(t *testing.T) {
	p := newPlace(t)
	old := p.keep(t, session.Options{})
	s := p.start(t, session.Options{ID: old})
	rotate(t, s, session.DefaultGrace)
	save(t, s, other)
	s.Close()
	files := p.files(t)
	if len(files) != 2 {
		t.Errorf("%d files, want the session and the forward", len(files))
	}
	for _, file := range files {
		content := read(t, file)
		for _, id := range []string{old, s.ID()} {
			raw, _ := hex.DecodeString(id)
			for _, form := range []string{id, string(raw), id[:32], string(raw[:16]), id[32:], string(raw[16:])} {
				if strings.Contains(string(content)+file, form) {
					t.Errorf("%s shows an id", file)
				}
			}
		}
	}
}

func TestDeleteAfterRotate(t *testing.T) {
	for _, saved := range []bool{false, true} {
		p := newPlace(t)
		old := p.keep(t, session.Options{})
		s := p.start(t, session.Options{ID: old})
		rotate(t, s, session.DefaultGrace)
		if saved {
			save(t, s, other)
		}
		fresh := s.ID()
		if err := s.Delete(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.wantDead(t, old)
		p.wantDead(t, fresh)
		if files := p.files(t); len(files) != 0 {
			t.Errorf("saved %v: left are %q", saved, files)
		}
	}
}

func TestRotateReadOnlyAndEnded(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	if err := p.start(t, session.Options{ID: id, ReadOnly: true}).Rotate(0); !errors.Is(err, session.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	s := p.start(t, session.Options{ID: id})
	s.Close()
	if err := s.Rotate(0); !errors.Is(err, session.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}
