package session_test

import (
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/session"
)

func save(t *testing.T, s *session.Session, data []byte) {
	t.Helper()
	if err := s.Save(t.Context(), data); err != nil {
		t.Fatal(err)
	}
}

// keep starts a session, saves it and returns its id.
func (p *place) keep(t *testing.T, opt session.Options) string {
	t.Helper()
	s := p.start(t, opt)
	save(t, s, some)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return s.ID()
}

func TestLifeOfASession(t *testing.T) {
	p := newPlace(t)
	first := p.now

	s := p.start(t, session.Options{})
	if s.Name() != "LCSESSION" || s.Result() != session.ResultNew || s.Data() != nil || s.Stored() ||
		!s.Created().Equal(first) || !s.LastHit().IsZero() || s.Lifetime() != 24*time.Minute {
		t.Errorf("a new session: %q %q %q %v %v %v %v", s.Name(), s.Result(), s.Data(), s.Stored(), s.Created(), s.LastHit(), s.Lifetime())
	}
	save(t, s, some)
	if !s.Stored() || !s.LastHit().Equal(first) || string(s.Data()) != string(some) {
		t.Errorf("saved: %v %v %q", s.Stored(), s.LastHit(), s.Data())
	}
	s.Close()

	p.now = first.Add(time.Minute)
	s2 := p.start(t, session.Options{Candidates: []string{s.ID()}})
	if s2.ID() != s.ID() || s2.Result() != session.ResultLoad || string(s2.Data()) != string(some) || !s2.Stored() ||
		!s2.Created().Equal(first.Truncate(time.Microsecond)) || !s2.LastHit().Equal(first.Truncate(time.Microsecond)) {
		t.Errorf("loaded: %q %q %v %v %v", s2.Result(), s2.Data(), s2.Stored(), s2.Created(), s2.LastHit())
	}
	save(t, s2, other)
	if !s2.LastHit().Equal(p.now) {
		t.Errorf("saved again: last hit %v, want %v", s2.LastHit(), p.now)
	}
	if err := s2.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s2.Stored() || s2.Data() != nil {
		t.Error("a deleted session is stored")
	}
	if err := s2.Save(t.Context(), some); !errors.Is(err, session.ErrDeleted) {
		t.Errorf("saving a deleted session: %v", err)
	}
	if err := s2.Delete(t.Context()); err != nil {
		t.Errorf("deleting it again: %v", err)
	}
	s3 := p.start(t, session.Options{Candidates: []string{s.ID()}})
	if s3.ID() == s.ID() || s3.Result() != session.ResultNew {
		t.Errorf("a deleted session came back: %q", s3.Result())
	}
	if files := p.files(t); len(files) != 0 {
		t.Errorf("files are left: %q", files)
	}
}

func TestNewAndEmptyLeavesNothing(t *testing.T) {
	p := newPlace(t)
	s := p.start(t, session.Options{})
	save(t, s, []byte(session.EmptyTable))
	if s.Stored() {
		t.Error("an empty session is stored")
	}
	s.Close()
	s = p.start(t, session.Options{Candidates: []string{strings.Repeat("a", 64)}})
	s.Close() // without a save
	s = p.start(t, session.Options{})
	if err := s.Delete(t.Context()); err != nil {
		t.Error(err)
	}
	if entries, _ := os.ReadDir(p.dir); len(entries) != 0 {
		t.Errorf("the store has %v", entries)
	}

	// Emptied is not the same as never filled.
	id := p.keep(t, session.Options{})
	s = p.start(t, session.Options{Candidates: []string{id}})
	save(t, s, []byte(session.EmptyTable))
	s.Close()
	s = p.start(t, session.Options{Candidates: []string{id}})
	if s.ID() != id || string(s.Data()) != session.EmptyTable {
		t.Errorf("an emptied session comes back as %q with %q", s.Result(), s.Data())
	}
}

func TestUnchangedIsNotRewritten(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	stat := func() (inode uint64, size int64) {
		t.Helper()
		fi, err := os.Stat(p.path(id))
		if err != nil {
			t.Fatal(err)
		}
		return uint64(fi.Sys().(*syscall.Stat_t).Ino), fi.Size()
	}
	before, size := stat()
	p.now = p.now.Add(20 * time.Minute)
	s := p.start(t, session.Options{Candidates: []string{id}})
	save(t, s, append([]byte(nil), some...))
	if after, sizeAfter := stat(); after != before || sizeAfter != size {
		t.Error("unchanged data was written to a new file")
	}
	save(t, s, other)
	if after, _ := stat(); after == before {
		t.Error("changed data was written in place")
	}
	changed, _ := stat()
	save(t, s, other)
	if after, _ := stat(); after != changed {
		t.Error("data that was just saved was written again")
	}
	s.Close()
	// The use was noted: 40 minutes after the first save the session is alive.
	p.now = p.now.Add(20 * time.Minute)
	if s := p.start(t, session.Options{Candidates: []string{id}}); s.Result() != session.ResultLoad {
		t.Errorf("result %q: the use of unchanged data was not noted", s.Result())
	}
}

func TestCloseSavesNothing(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	s := p.start(t, session.Options{Candidates: []string{id}})
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Save(t.Context(), other); !errors.Is(err, session.ErrClosed) {
		t.Errorf("saving a closed session: %v", err)
	}
	if err := s.Delete(t.Context()); !errors.Is(err, session.ErrClosed) {
		t.Errorf("deleting a closed session: %v", err)
	}
	if s := p.start(t, session.Options{Candidates: []string{id}}); string(s.Data()) != string(some) {
		t.Errorf("stored is %q", s.Data())
	}
}
