package session_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/session"
)

func TestLeftoversAreSwept(t *testing.T) {
	p := newPlace(t)
	_, path := p.saved(t)
	temp := path + ".0123456789abcdef.tmp"
	held := path + ".fedcba9876543210.tmp"
	reserved := path[:len(path)-4] + "beef"
	foreign := []string{path + ".old", path + ".0123456789abcdeg.tmp", filepath.Join(p.dir, "README"), filepath.Join(filepath.Dir(path), "x")}
	for _, file := range append([]string{temp, held}, foreign...) {
		write(t, file, []byte("half a rec"))
	}
	write(t, reserved, nil)
	f, err := os.Open(held)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	sweep := func(after time.Duration) {
		t.Helper()
		if _, err := p.store.Sweep(t.Context(), time.Now().Add(after)); err != nil {
			t.Error(err)
		}
	}
	sweep(10 * time.Minute) // not so old that nobody can be writing them
	if !exists(temp) || !exists(reserved) {
		t.Error("fresh files are swept")
	}
	sweep(2 * time.Hour)
	if exists(temp) || exists(reserved) || !exists(held) {
		t.Errorf("old: temporary %v, reserved %v, locked %v, want false, false, true", exists(temp), exists(reserved), exists(held))
	}
	f.Close()
	sweep(2 * time.Hour)
	if exists(held) {
		t.Error("a leftover stays when its lock is free")
	}
	for _, file := range foreign {
		if !exists(file) {
			t.Errorf("%s is not ours and was removed", file)
		}
	}
}

// budget is a context that ends after it was looked at so many times.
type budget struct {
	context.Context
	looks int
}

func (b *budget) Err() error {
	if b.looks--; b.looks < 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func TestShortSweepsReachEverything(t *testing.T) {
	p := newPlace(t)
	const n = 200
	for range n {
		p.saved(t)
	}
	later := time.Now().Add(25 * time.Minute)
	total := 0
	for sweeps := 0; total < n; sweeps++ {
		if sweeps == 20000 {
			t.Fatalf("%d of %d are removed after %d short sweeps", total, n, sweeps)
		}
		removed, err := p.store.Sweep(&budget{t.Context(), 10}, later)
		if err != nil || removed > 10 {
			t.Fatalf("Sweep reports %d removed, %v", removed, err)
		}
		total += removed
	}
	if files := p.files(t); len(files) != 0 {
		t.Errorf("left are %q", files)
	}
}

func TestSweepOfThousandsIsBounded(t *testing.T) {
	p := newPlace(t)
	const n = 1000
	for range n {
		p.saved(t)
	}
	later := time.Now().Add(25 * time.Minute)
	total := 0
	for total < n {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		began := time.Now()
		removed, err := p.store.Sweep(ctx, later)
		took := time.Since(began)
		cancel()
		if err != nil || took > time.Second {
			t.Fatalf("Sweep took %v for a bound of 10ms, %v", took, err)
		}
		total += removed
		if t.Context().Err() != nil {
			t.Fatal("it does not come to an end")
		}
	}
	if total != n {
		t.Errorf("%d are removed, want %d", total, n)
	}
}

// What stands in the place of the damaged records and is no folder is told of once.
func TestSweepBesideAForeignFile(t *testing.T) {
	for what, make := range map[string]func(path string) error{
		"a file": func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"a pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a link": func(path string) error { return os.Symlink(".", path) },
	} {
		p := newPlace(t)
		p.withFolders(t)
		id := p.keep(t, session.Options{Lifetime: time.Second})
		path := filepath.Join(p.dir, "bad")
		if err := make(path); err != nil {
			t.Fatal(err)
		}
		p.now = p.now.Add(time.Minute)
		removed, err := p.Sweep(t.Context())
		if err == nil || strings.Count(err.Error(), path) != 1 || strings.Count(err.Error(), "\n") != 0 {
			t.Errorf("%s: the error is %v", what, err)
		}
		if removed != 1 || exists(p.path(id)) {
			t.Errorf("%s: %d are removed", what, removed)
		}
	}
}
