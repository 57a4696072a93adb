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

func TestReadOnly(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	held := p.start(t, session.Options{ID: id})
	s := p.start(t, session.Options{ID: id, ReadOnly: true}) // does not wait
	if s.ID() != id || s.Result() != session.ResultLoad || string(s.Data()) != string(some) || !s.Stored() {
		t.Errorf("read-only: %q %q %v", s.Result(), s.Data(), s.Stored())
	}
	for what, err := range map[string]error{"Save": s.Save(t.Context(), some), "Delete": s.Delete(t.Context())} {
		if !errors.Is(err, session.ErrReadOnly) || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%s of a read-only session: %v", what, err)
		}
	}
	save(t, held, other)
	if string(s.Data()) != string(some) {
		t.Error("what was read changed")
	}
	s = p.start(t, session.Options{ReadOnly: true})
	if err := s.Save(t.Context(), some); s.Result() != session.ResultNew || !errors.Is(err, session.ErrReadOnly) {
		t.Errorf("a new read-only session: %q, %v", s.Result(), err)
	}
}

func TestBusy(t *testing.T) {
	for _, tt := range []struct{ wait, want time.Duration }{{0, 10 * time.Second}, {3 * time.Second, 3 * time.Second}, {-1, time.Millisecond}} {
		synctest.Test(t, func(t *testing.T) {
			p := newPlace(t)
			id := p.keep(t, session.Options{})
			held := p.start(t, session.Options{ID: id})
			began := time.Now()
			_, err := p.Start(t.Context(), session.Options{Candidates: []string{id}, Wait: tt.wait})
			var busy *session.BusyError
			if !errors.As(err, &busy) || !errors.Is(err, session.ErrBusy) || errors.Is(err, context.DeadlineExceeded) {
				t.Fatalf("error %v, want a BusyError", err)
			}
			if waited := time.Since(began); waited != tt.want || busy.Waited != waited || busy.Name != "LCSESSION" {
				t.Errorf("%q after %v, want %v", err, waited, tt.want)
			}
			if strings.Contains(err.Error(), id) || strings.Count(err.Error(), "LCSESSION") != 1 {
				t.Errorf("the error says %q", err)
			}
			// Another name, and another session, are not in use.
			p.start(t, session.Options{Name: "cart", Candidates: []string{id}}).Close()
			p.start(t, session.Options{}).Close()
			held.Close()
			if s := p.start(t, session.Options{ID: id, Wait: tt.wait}); s.Result() != session.ResultLoad {
				t.Errorf("released, result %q", s.Result())
			}
		})
	}
}

func TestTwoRequestsWaitForEachOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		id := p.keep(t, session.Options{})
		first := p.start(t, session.Options{ID: id})
		second := make(chan *session.Session)
		began := time.Now()
		go func() {
			s, err := p.Start(t.Context(), session.Options{ID: id})
			if err != nil {
				t.Error(err)
			}
			second <- s
		}()
		time.Sleep(time.Second) // in the bubble's time
		save(t, first, other)
		first.Close()
		s := <-second
		if s == nil {
			return
		}
		defer s.Close()
		if string(s.Data()) != string(other) {
			t.Errorf("the second request sees %q, want what the first one saved", s.Data())
		}
		if late := time.Since(began) - time.Second; late > 20*time.Millisecond {
			t.Errorf("it got the lock %v after it was free", late)
		}
	})
}

func TestCancelledRequestIsNotBusy(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{})
	p.start(t, session.Options{ID: id})
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(5*time.Millisecond, cancel)
	if _, err := p.Start(ctx, session.Options{ID: id}); !errors.Is(err, context.Canceled) || errors.Is(err, session.ErrBusy) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestSeveralNamesAtOnce(t *testing.T) {
	p := newPlace(t)
	var ids []string
	names := []string{"user", "cart", "USER"}
	for i, name := range names {
		s := p.start(t, session.Options{Name: name})
		save(t, s, []byte{0xa1, 1, byte(i)})
		ids = append(ids, s.ID())
		defer s.Close()
	}
	for i, name := range names {
		s := p.start(t, session.Options{Name: name, ID: ids[i], ReadOnly: true})
		if s.ID() != ids[i] || string(s.Data()) != string([]byte{0xa1, 1, byte(i)}) {
			t.Errorf("%s: %q with %q", name, s.Result(), s.Data())
		}
		if s := p.start(t, session.Options{Name: name, ID: ids[(i+1)%len(ids)], ReadOnly: true}); s.Result() != session.ResultNew {
			t.Errorf("%s takes the id of another name", name)
		}
	}
}
