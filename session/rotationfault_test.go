package session_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

// faultyStore fails at the saves, deletes and views of a test's choice, before
// they take effect or, as a store that is far away may, after.
type faultyStore struct {
	session.Store
	fail func(call string, meta session.Meta) (before, after error)
}

func (f *faultyStore) Open(ctx context.Context, key session.Key) (session.Record, error) {
	r, err := f.Store.Open(ctx, key)
	return faultyRecord{r, f}, err
}

func (f *faultyStore) Find(ctx context.Context, key session.Key) (session.Record, error) {
	r, err := f.Store.Find(ctx, key)
	return faultyRecord{r, f}, err
}

func (f *faultyStore) View(ctx context.Context, key session.Key) ([]byte, session.Meta, error) {
	if err, _ := f.fail("view", session.Meta{}); err != nil {
		return nil, session.Meta{}, err
	}
	return f.Store.View(ctx, key)
}

type faultyRecord struct {
	session.Record
	store *faultyStore
}

func (f faultyRecord) Save(ctx context.Context, data []byte, meta session.Meta) error {
	before, after := f.store.fail("save", meta)
	if before != nil {
		return before
	}
	return errors.Join(f.Record.Save(ctx, data, meta), after)
}

func (f faultyRecord) Delete(ctx context.Context) error {
	before, after := f.store.fail("delete", session.Meta{})
	if before != nil {
		return before
	}
	return errors.Join(f.Record.Delete(ctx), after)
}

func TestRotationOnABrokenStore(t *testing.T) {
	broken := errors.New("the store is broken")
	const grace = session.DefaultGrace
	tests := []struct {
		name  string
		grace time.Duration
		fail  map[string]string // call and kind of record: when it fails
		moved bool              // the session is under its new id
		saved bool              // and Save says so
		files int
	}{
		{"the new record cannot be saved", grace, map[string]string{"save session": "before"}, false, false, 1},
		{"the forward cannot be written", grace, map[string]string{"save forward": "before"}, false, false, 1},
		{"the forward is written and nobody hears of it", grace, map[string]string{"save forward": "after"}, true, true, 2},
		{"nor can be seen", grace, map[string]string{"save forward": "after", "view session": "before"}, true, false, 2},
		{"the forward is not written, which cannot be seen", grace, map[string]string{"save forward": "before", "view session": "before"}, false, false, 2},
		{"the tombstone cannot be written", 0, map[string]string{"save forward": "before"}, false, false, 1},
		{"the tombstone is written and nobody hears of it", 0, map[string]string{"save forward": "after"}, true, true, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t)
			old := p.keep(t, session.Options{})
			failing := true
			engine := session.New(&faultyStore{p.store, func(call string, meta session.Meta) (before, after error) {
				switch when := tt.fail[call+" "+meta.Kind.String()]; {
				case !failing:
				case when == "before":
					return broken, nil
				case when == "after":
					return nil, broken
				}
				return nil, nil
			}}, session.Config{Now: func() time.Time { return p.now }})
			s, err := engine.Start(t.Context(), session.Options{ID: old})
			if err != nil {
				t.Fatal(err)
			}
			rotate(t, s, tt.grace)
			fresh := s.ID()
			if err := s.Save(t.Context(), other); tt.saved && err != nil || !tt.saved && !errors.Is(err, broken) {
				t.Errorf("Save returns %v", err)
			}
			if n := len(p.files(t)); n > tt.files+1 { // and a spare
				t.Errorf("%d files, want %d", n, tt.files)
			}
			// What failed can be tried again, where nothing has happened.
			failing = false
			if !tt.saved && !tt.moved {
				if err := p.start(t, session.Options{ID: old, ReadOnly: true}); string(err.Data()) != string(some) || err.ID() != old {
					t.Errorf("the old state is %q", err.Data())
				}
			}
			s.Close()
			switch {
			case !tt.moved:
				p.wantLeads(t, old, old, some)
			case tt.grace > 0:
				p.wantLeads(t, old, fresh, other)
			default:
				p.wantStale(t, old)
			}
			if tt.moved {
				p.wantLeads(t, fresh, fresh, other)
			}
		})
	}
}

// After a rotation that failed the session is as good as before.
func TestRotationIsTriedAgain(t *testing.T) {
	p := newPlace(t)
	p.withFolders(t)
	old, dir := p.keepFolder(t, session.Options{})
	failing := true
	store := &faultyStore{p.store, func(call string, meta session.Meta) (before, after error) {
		if failing && meta.Kind == session.KindForward {
			return errors.New("broken"), nil
		}
		return nil, nil
	}}
	engine := session.New(store, session.Config{Now: func() time.Time { return p.now }, Folders: strings.TrimSuffix(dir, dir[len(dir)-36:])})
	s, err := engine.Start(t.Context(), session.Options{ID: old})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	rotate(t, s, session.DefaultGrace)
	for range 3 {
		if err := s.Save(t.Context(), other); err == nil {
			t.Fatal("it does not fail")
		}
	}
	failing = false
	save(t, s, other)
	s.Close()
	s = p.start(t, session.Options{ID: s.ID()})
	if got := folderOf(t, s); got != dir {
		t.Errorf("the folder is %s, want %s", got, dir)
	}
	s.Close()
	p.wantLeads(t, old, s.ID(), other)
	if _, err := p.Sweep(t.Context()); err != nil || !exists(dir) {
		t.Errorf("the folder was swept, %v", err)
	}
}

// What somebody removed keeps no session from its rotation.
func TestRotationWithoutTheFolders(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	id, _ := p.keepFolder(t, session.Options{})
	if err := os.RemoveAll(folders); err != nil {
		t.Fatal(err)
	}
	s := p.start(t, session.Options{ID: id})
	rotate(t, s, session.DefaultGrace)
	save(t, s, other)
	s.Close()
	p.wantLeads(t, id, s.ID(), other)
	folderOf(t, p.start(t, session.Options{ID: s.ID()}))
}
