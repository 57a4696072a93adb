package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// spareKey is the record of these tests, spareMeta that of a state that is alive
// for a long time.
var spareKey = NewKey("test", "spare")

func spareMeta() Meta {
	return Meta{Created: time.Now(), LastUse: time.Now(), Lifetime: 1000 * time.Hour}
}

// openSpareTest opens the record of a store that can exchange files.
func openSpareTest(t *testing.T, s *FileStore) *fileRecord {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("this system does not exchange files")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r, err := s.Open(ctx, spareKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r.(*fileRecord)
}

func saveStates(t *testing.T, r *fileRecord, states ...string) {
	t.Helper()
	for _, state := range states {
		if err := r.Save(t.Context(), []byte(state), spareMeta()); err != nil {
			t.Fatal(err)
		}
	}
}

// wantState checks in both ways that state is stored.
func wantState(t *testing.T, s *FileStore, r *fileRecord, want string) {
	t.Helper()
	if data, _, err := r.Load(t.Context()); err != nil || string(data) != want {
		t.Fatalf("Load returns %.20q (%d bytes), %v, want %.20q", data, len(data), err, want)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if data, _, err := s.View(ctx, spareKey); err != nil || string(data) != want {
		t.Fatalf("View returns %.20q (%d bytes), %v, want %.20q", data, len(data), err, want)
	}
}

func lstat(t *testing.T, path string) os.FileInfo {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// isLocked reports whether somebody holds the lock of the file at path.
func isLocked(t *testing.T, path string) bool {
	t.Helper()
	fd, err := openNoFollow(unix.AT_FDCWD, path, unix.O_RDWR)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	free, err := tryLock(fd)
	if err != nil {
		t.Fatal(err)
	}
	return !free
}

func TestSaveExchanges(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	path := s.path(r.name)
	saveStates(t, r, "one")
	if n := countFiles(t, s.dir); n != 1 {
		t.Errorf("a record that was saved once has %d files", n)
	}
	first := lstat(t, path)
	saveStates(t, r, "two")
	second := lstat(t, path)
	for i := range 6 {
		inPlace, spare := second, first
		if i%2 == 1 {
			inPlace, spare = first, second
		}
		if !os.SameFile(inPlace, lstat(t, path)) || !os.SameFile(spare, lstat(t, path+".spare")) || countFiles(t, s.dir) != 2 {
			t.Fatalf("after save %d the files are not those of the save before, exchanged", i+2)
		}
		if !isLocked(t, path) || isLocked(t, path+".spare") {
			t.Fatalf("after save %d: record locked %v, spare locked %v, want true, false", i+2, isLocked(t, path), isLocked(t, path+".spare"))
		}
		wantState(t, s, r, []string{"two", "three"}[min(i, 1)])
		saveStates(t, r, "three")
	}
}

func TestSpareSizes(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	path := s.path(r.name)
	sizes := []int{0, 1, 200_000, 0, 1000, 5_000_000, 1000, 4096 - headerSize, 4097, 200_000, 199_999, 200_001}
	for range 100 {
		sizes = append(sizes, rand.IntN(1<<rand.IntN(18)))
	}
	for i, size := range sizes {
		state := string(bytes.Repeat([]byte{byte(i)}, size))
		saveStates(t, r, state)
		wantState(t, s, r, state)
		if got := lstat(t, path).Size(); got != headerSize+int64(size) {
			t.Fatalf("the file of %d bytes has %d", size, got)
		}
		if i == 0 {
			continue
		}
		if got := lstat(t, path+".spare").Size(); got > headerSize+int64(size)+spareExcess {
			t.Errorf("beside a state of %d bytes the spare keeps %d", size, got)
		}
	}
}

// Where files are not exchanged, a save renames as the first one does.
func TestExchangeRefused(t *testing.T) {
	for _, refusal := range []error{unix.ENOSYS, unix.EINVAL, unix.EOPNOTSUPP, unix.EPERM} {
		t.Run(refusal.Error(), func(t *testing.T) {
			s := openTestStore(t)
			calls := 0
			s.disk.exchange = func(int, string, string) error { calls++; return refusal }
			r := openSpareTest(t, s)
			for _, state := range []string{"one", "second and longer", "3", "four"} {
				saveStates(t, r, state)
				wantState(t, s, r, state)
				if n := countFiles(t, s.dir); n != 1 || !isLocked(t, s.path(r.name)) {
					t.Errorf("%d files, record locked %v, want 1, true", n, isLocked(t, s.path(r.name)))
				}
			}
			if calls != 3 {
				t.Errorf("%d exchanges are tried in 4 saves, want 3", calls)
			}
		})
	}
}

// What is in the place of the spare and cannot be one is left alone, and every
// save works all the same.
func TestUnusableSpares(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	const bait = "what belongs to somebody else"
	if err := os.WriteFile(elsewhere, []byte(bait), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name  string
		place func(spare, record string) error
	}{
		{"a symbolic link to a file", func(spare, _ string) error { return os.Symlink(elsewhere, spare) }},
		{"a symbolic link to the record", func(spare, record string) error { return os.Symlink(record, spare) }},
		{"a dangling symbolic link", func(spare, _ string) error { return os.Symlink(elsewhere+"2", spare) }},
		{"a named pipe", func(spare, _ string) error { return unix.Mkfifo(spare, 0o600) }},
		{"a folder", func(spare, _ string) error { return os.Mkdir(spare, 0o700) }},
		{"a second link to a file", func(spare, _ string) error { return os.Link(elsewhere, spare) }},
		{"the file of another user", func(spare, _ string) error {
			if os.Geteuid() != 0 {
				return errors.ErrUnsupported
			}
			return errors.Join(os.WriteFile(spare, []byte(bait), 0o600), os.Chown(spare, 12345, -1))
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openTestStore(t)
			r := openSpareTest(t, s)
			saveStates(t, r, "one", "two")
			path := s.path(r.name)
			spare := path + ".spare"
			if err := os.Remove(spare); err != nil {
				t.Fatal(err)
			}
			if err := tt.place(spare, path); errors.Is(err, errors.ErrUnsupported) {
				t.Skip("only root can make this")
			} else if err != nil {
				t.Fatal(err)
			}
			before := lstat(t, spare)
			for i := range 3 {
				state := fmt.Sprint("state ", i)
				saveStates(t, r, state)
				wantState(t, s, r, state)
			}
			if removed, err := s.Sweep(t.Context(), time.Now().Add(900*time.Hour)); removed != 0 || err != nil {
				t.Errorf("Sweep reports %d removed, %v", removed, err)
			}
			if err := r.Delete(t.Context()); err != nil || exists(path) {
				t.Errorf("Delete returns %v, the record is there: %v", err, exists(path))
			}
			after := lstat(t, spare)
			if !os.SameFile(before, after) || before.Mode() != after.Mode() || !before.ModTime().Equal(after.ModTime()) {
				t.Errorf("it was changed: %v", after)
			}
			if data, err := os.ReadFile(elsewhere); err != nil || string(data) != bait || exists(elsewhere+"2") {
				t.Errorf("the link was followed: %q, %v", data, err)
			}
		})
	}
}

func TestLockedSpareIsNotUsed(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	saveStates(t, r, "one", "two")
	spare := s.path(r.name) + ".spare"
	before := lstat(t, spare)
	content, err := os.ReadFile(spare)
	if err != nil {
		t.Fatal(err)
	}
	fd, err := openNoFollow(unix.AT_FDCWD, spare, unix.O_RDWR)
	if err != nil {
		t.Fatal(err)
	}
	if locked, err := tryLock(fd); !locked || err != nil {
		t.Fatal(locked, err)
	}
	saveStates(t, r, "three", "four")
	wantState(t, s, r, "four")
	if now, err := os.ReadFile(spare); err != nil || !bytes.Equal(now, content) || !os.SameFile(before, lstat(t, spare)) {
		t.Errorf("a spare that somebody has locked was used: %v", err)
	}
	if _, err := s.Sweep(t.Context(), time.Now().Add(900*time.Hour)); err != nil || !exists(spare) {
		t.Errorf("a spare that somebody has locked was swept: %v", err)
	}
	unlock(fd)
	saveStates(t, r, "five")
	if os.SameFile(before, lstat(t, spare)) {
		t.Error("the spare is free and not used")
	}
}

func TestDeleteRemovesTheSpare(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	saveStates(t, r, "one", "two", "three")
	var order []string
	s.disk.unlinkat = func(dir int, name string, flags int) error {
		order = append(order, name)
		return unix.Unlinkat(dir, name, flags)
	}
	if err := r.Delete(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{r.name + ".spare", r.name}; fmt.Sprint(order) != fmt.Sprint(want) || countFiles(t, s.dir) != 0 {
		t.Errorf("%q are removed, %d files are left, want %q", order, countFiles(t, s.dir), want)
	}
	if _, err := s.Find(t.Context(), spareKey); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Find returns %v", err)
	}
	r.Close()
	r = openSpareTest(t, s)
	if _, _, err := r.Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load returns %v, want fs.ErrNotExist", err)
	}
}

func TestSweepOfSpares(t *testing.T) {
	hour := leftoverAge + time.Minute
	tests := []struct {
		name          string
		prepare       func(path string) error
		held          bool
		after         time.Duration
		removed       int
		record, spare bool // are there afterwards
	}{
		{"alive", nil, false, 0, 0, true, true},
		{"alive and in use", nil, true, 0, 0, true, true},
		{"not saved for an hour", nil, false, hour, 0, true, false},
		{"not saved for an hour, in use", nil, true, hour, 0, true, false},
		{"the record is gone", os.Remove, false, 0, 0, false, false},
		{"the record is expired", nil, false, 2000 * time.Hour, 1, false, false},
		{"expired and in use", nil, true, 2000 * time.Hour, 0, true, false},
		{"never written", func(path string) error { return os.Truncate(path+".spare", 0) }, false, 0, 0, true, true},
		{"the record is damaged", func(path string) error { return os.Truncate(path, 100) }, false, 0, 0, true, true},
		{"the record was damaged long ago", func(path string) error { return os.Truncate(path, headerSize-1) }, false, badAge + hour, 0, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := openTestStore(t)
			r := openSpareTest(t, s)
			saveStates(t, r, "one", "two", "three")
			path := s.path(r.name)
			if !tt.held {
				r.Close()
			}
			if tt.prepare != nil {
				if err := tt.prepare(path); err != nil {
					t.Fatal(err)
				}
			}
			foreign := []string{path + ".spare2", filepath.Join(filepath.Dir(path), "x.spare")}
			for _, name := range foreign {
				if err := os.WriteFile(name, nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			removed, err := s.Sweep(t.Context(), time.Now().Add(tt.after))
			if err != nil {
				t.Error(err)
			}
			if removed != tt.removed || exists(path) != tt.record || exists(path+".spare") != tt.spare {
				t.Errorf("removed %d, record %v, spare %v, want %d, %v, %v",
					removed, exists(path), exists(path+".spare"), tt.removed, tt.record, tt.spare)
			}
			for _, name := range foreign {
				if !exists(name) {
					t.Errorf("%s is not ours and was removed", name)
				}
			}
			if tt.held {
				saveStates(t, r, "four", "five")
				wantState(t, s, r, "five")
			}
		})
	}
}

// A sweep may end right after it came to an expired record.
func TestExpiredRecordTakesItsSpareAlong(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	saveStates(t, r, "one", "two")
	r.Close()
	shard, err := s.openShard(shardName(r.name), false)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(shard)
	w := sweep{store: s, now: time.Now().Add(2000 * time.Hour)}
	if err := w.file(t.Context(), shard, r.name); err != nil || w.removed != 1 || countFiles(t, s.dir) != 0 {
		t.Errorf("%d records are removed, %v, %d files are left, want 1 and none", w.removed, err, countFiles(t, s.dir))
	}
}

// Sweeps that take every spare for an old one remove it at any point of a save.
func TestSparesSweptDuringSaves(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	saveStates(t, r, "first")
	muchLater := time.Now().Add(900 * time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	var sweepers sync.WaitGroup
	for range 2 {
		sweepers.Go(func() {
			w := sweep{store: s, now: muchLater}
			for ctx.Err() == nil {
				// Not the temporary files, which a save may have made just now:
				// that none is an hour old when it is locked is relied on.
				if err := w.file(t.Context(), r.shard, spareName(r.name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
					return
				}
			}
		})
	}
	for i := range 3000 {
		state := fmt.Sprint("state ", i)
		saveStates(t, r, state)
		if i%10 == 0 {
			wantState(t, s, r, state)
		}
	}
	cancel()
	sweepers.Wait()
}
