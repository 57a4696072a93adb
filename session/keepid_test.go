package session_test

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"lcgi/session"
)

func TestKeepID(t *testing.T) {
	keep := session.Options{KeepID: true}
	for _, swept := range []bool{false, true} {
		for _, tt := range []struct {
			name  string
			after time.Duration // the last use
			opt   session.Options
			kept  bool
		}{
			{"expired", 24 * time.Minute, keep, true},
			{"long expired", 29 * 24 * time.Hour, keep, true},
			{"too long expired", 31 * 24 * time.Hour, keep, false},
			{"not asked for", time.Hour, session.Options{}, false},
			{"read-only", time.Hour, session.Options{KeepID: true, ReadOnly: true}, true},
		} {
			t.Run(fmt.Sprintf("%s, swept %v", tt.name, swept), func(t *testing.T) {
				p := newPlace(t)
				id := p.keep(t, keep)
				p.now = p.now.Add(tt.after)
				if swept {
					for i := range 2 {
						if removed, err := p.Sweep(t.Context()); removed != 1-i || err != nil {
							t.Errorf("sweep %d reports %d removed, %v", i, removed, err)
						}
					}
					for _, file := range p.files(t) {
						if content := read(t, file); bytes.Contains(content, some) {
							t.Error("the data is still there")
						}
					}
				}
				opt := tt.opt
				opt.ID = id
				s := p.start(t, opt)
				// Of an id that is gone nobody can say that it is expired.
				if want := session.ResultExpire; s.Result() != want && (tt.kept || !swept || s.Result() != session.ResultNew) {
					t.Errorf("result %q, want %q", s.Result(), want)
				}
				if (s.ID() == id) != tt.kept || s.Data() != nil || s.Stored() || !s.LastHit().IsZero() || !s.Created().Equal(p.now) {
					t.Errorf("id kept: %v, %q, %v", s.ID() == id, s.Data(), s.LastHit())
				}
				if opt.ReadOnly || !tt.kept {
					return
				}
				save(t, s, other)
				s.Close()
				p.wantLeads(t, id, id, other)
			})
		}
	}
}

func TestKeepIDSavesNothing(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{KeepID: true})
	p.now = p.now.Add(time.Hour)
	s := p.start(t, session.Options{ID: id, KeepID: true})
	s.Close() // without a save: all stays
	s = p.start(t, session.Options{ID: id, KeepID: true})
	if s.ID() != id {
		t.Error("the id is not kept")
	}
	save(t, s, empty)
	if files := p.files(t); len(files) != 0 {
		t.Errorf("left are %q", files)
	}
}

func TestAliveBeforeKept(t *testing.T) {
	p := newPlace(t)
	keep := session.Options{KeepID: true}
	expired := p.keep(t, keep)
	p.now = p.now.Add(time.Hour)
	alive := p.keep(t, keep)
	s := p.start(t, session.Options{Candidates: []string{expired, alive}, KeepID: true})
	if s.ID() != alive || s.Result() != session.ResultLoad {
		t.Errorf("result %q, the one that is alive: %v", s.Result(), s.ID() == alive)
	}
	// The other one's lock was given up.
	if s := p.start(t, session.Options{ID: expired, KeepID: true, Wait: -1}); s.ID() != expired {
		t.Errorf("result %q", s.Result())
	}
}

func TestRotateAKeptID(t *testing.T) {
	p := newPlace(t)
	id := p.keep(t, session.Options{KeepID: true})
	p.now = p.now.Add(time.Hour)
	s := p.start(t, session.Options{ID: id, KeepID: true})
	rotate(t, s, session.DefaultGrace)
	save(t, s, other)
	s.Close()
	p.wantLeads(t, id, s.ID(), other)
	if s.ID() == id {
		t.Error("the id is the same")
	}
}
