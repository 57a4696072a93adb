package session_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"lcgi/session"
)

func TestFolderInUse(t *testing.T) {
	p := newPlace(t)
	p.withFolders(t)
	id, dir := p.keepFolder(t, session.Options{})
	for _, readOnly := range []bool{true, false} {
		s := p.start(t, session.Options{ID: id, ReadOnly: readOnly})
		p.now = p.now.Add(time.Hour) // it expires while the page runs
		for range 2 {
			if _, err := p.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if !exists(filepath.Join(dir, "file")) {
			t.Errorf("read-only %v: the sweep took the folder of a running page", readOnly)
		}
		if !readOnly {
			save(t, s, some)
		} else {
			// Its record is gone, so it is the last one that sees the folder.
			s.Close()
			if _, err := p.Sweep(t.Context()); err != nil || exists(dir) {
				t.Errorf("the folder stays: %v, %v", exists(dir), err)
			}
			id, dir = p.keepFolder(t, session.Options{})
			continue
		}
		s.Close()
		if _, err := p.Sweep(t.Context()); err != nil || !exists(dir) {
			t.Errorf("the session is alive again, its folder is not: %v", err)
		}
	}
}

func TestFolderDeletedWhileItIsRead(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	id, dir := p.keepFolder(t, session.Options{})
	reader := p.start(t, session.Options{ID: id, ReadOnly: true})
	if err := p.start(t, session.Options{ID: id}).Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !exists(filepath.Join(dir, "file")) {
		t.Error("it is removed under a page that reads it")
	}
	reader.Close()
	if _, err := p.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if names := left(t, folders); len(names) > 0 {
		t.Errorf("left are %q", names)
	}
}

func TestFolderSweepHonoursTheContext(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	_, dir := p.keepFolder(t, session.Options{})
	for i := range 300 {
		write(t, filepath.Join(dir, fmt.Sprint(i)), nil)
	}
	p.now = p.now.Add(time.Hour)
	if _, err := p.store.Sweep(t.Context(), p.now); err != nil {
		t.Fatal(err)
	}
	sweeps := 0
	for ; len(left(t, folders)) > 0; sweeps++ {
		if sweeps > 1000 {
			t.Fatal("it does not come to an end")
		}
		if _, err := p.Sweep(&budget{t.Context(), 200}); err != nil {
			t.Fatal(err)
		}
	}
	if sweeps < 2 {
		t.Error("one sweep of 200 looks was enough")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, dir = p.keepFolder(t, session.Options{})
	p.now = p.now.Add(time.Hour)
	if _, err := p.Sweep(ended); err != nil || !exists(dir) {
		t.Errorf("without time: %v", err)
	}
}

// While sweeps go on, sessions get folders, expire in use, are rotated and deleted.
func TestFoldersAndSweepsAtOnce(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	at := func(offset time.Duration) *session.Engine {
		return session.New(p.store, session.Config{
			Now: func() time.Time { return p.now.Add(offset) }, Folders: folders,
			Log: func(format string, args ...any) { t.Errorf(format, args...) },
		})
	}
	now, later := at(0), at(time.Hour)
	var sweeping, using sync.WaitGroup
	done := make(chan struct{})
	for _, engine := range []*session.Engine{now, later} {
		sweeping.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := engine.Sweep(t.Context()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 3 {
		using.Go(func() {
			for range 30 {
				if err := useFolder(t.Context(), now, later); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	using.Wait()
	close(done)
	sweeping.Wait()
	if _, err := at(100 * time.Hour).Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if names := left(t, folders); len(names) > 0 {
		t.Errorf("left are %q", names)
	}
}

// useFolder lets a page use its private folder while its session is alive, by the
// clock of one engine, and expired, by that of the other.
func useFolder(ctx context.Context, now, later *session.Engine) error {
	s, err := now.Start(ctx, session.Options{})
	if err != nil {
		return err
	}
	defer s.Close()
	dir, err := s.Folder(ctx)
	if err != nil {
		return err
	}
	for i := range 5 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(i)), nil, 0o600); err != nil {
			return fmt.Errorf("in use, the folder is gone: %w", err)
		}
		if i%2 == 1 {
			if err := s.Rotate(session.DefaultGrace); err != nil {
				return err
			}
		}
		if err := s.Save(ctx, []byte{0xa1, 1, byte(i)}); err != nil {
			return err
		}
	}
	if err := s.Close(); err != nil {
		return err
	}
	// Now it may be swept at any time, and if it is not it is alive.
	s, err = later.Start(ctx, session.Options{ID: s.ID()})
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Delete(ctx)
}

// A page has the lock of its session before it has that of the folder.
func TestFolderOfASessionThatIsBeingStarted(t *testing.T) {
	p := newPlace(t)
	p.withFolders(t)
	id, dir := p.keepFolder(t, session.Options{})
	r, err := p.store.Find(t.Context(), session.NewKey(session.DefaultName, id))
	if err != nil {
		t.Fatal(err)
	}
	p.now = p.now.Add(time.Hour)
	for _, want := range []bool{true, false} {
		if _, err := p.Sweep(t.Context()); err != nil || exists(dir) != want {
			t.Errorf("swept, the folder exists: %v, %v, want %v", exists(dir), err, want)
		}
		r.Close()
	}
}
