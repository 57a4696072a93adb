package session

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func openTestStore(t testing.TB) *FileStore {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sessions")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := OpenFileStore(dir, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func countFiles(t *testing.T, dir string) (n int) {
	t.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFullDisk(t *testing.T) {
	meta := Meta{Created: time.Now(), LastUse: time.Now(), Lifetime: time.Hour}
	old, replacement := []byte("old"), bytes.Repeat([]byte("new"), 10_000)
	failAt := func(n int, err error) func(fd int, p []byte, off int64) (int, error) {
		return func(fd int, p []byte, off int64) (int, error) {
			if n--; n < 0 {
				return 0, err
			}
			// As a disk that is getting full: less than was asked for.
			return unix.Pwrite(fd, p[:(len(p)+1)/2], off)
		}
	}
	tests := []struct {
		name  string
		disk  func(*disk)
		fault error
		want  string
	}{
		{"full at the first byte", func(d *disk) { d.pwrite = failAt(0, unix.ENOSPC) }, unix.ENOSPC, "full"},
		{"full in the header", func(d *disk) { d.pwrite = failAt(2, unix.ENOSPC) }, unix.ENOSPC, "full"},
		{"full in the data", func(d *disk) { d.pwrite = failAt(9, unix.ENOSPC) }, unix.ENOSPC, "full"},
		{"over the quota", func(d *disk) { d.pwrite = failAt(0, unix.EDQUOT) }, unix.EDQUOT, "used up"},
		{"broken", func(d *disk) { d.pwrite = failAt(1, unix.EIO) }, unix.EIO, "input/output"},
		{"writing nothing", func(d *disk) { d.pwrite = func(int, []byte, int64) (int, error) { return 0, nil } }, nil, "short write"},
		{"full at the rename", func(d *disk) {
			d.renameat = func(int, string, int, string) error { return unix.ENOSPC }
			d.exchange = func(int, string, string) error { return unix.ENOSPC }
		}, unix.ENOSPC, "full"},
		{"read-only at the rename", func(d *disk) {
			d.renameat = func(int, string, int, string) error { return unix.EROFS }
			d.exchange = func(int, string, string) error { return unix.EROFS }
		}, unix.EROFS, "read-only"},
		{"broken at the exchange", func(d *disk) {
			d.renameat = func(int, string, int, string) error { return unix.EIO }
			d.exchange = func(int, string, string) error { return unix.EIO }
		}, unix.EIO, "input/output"},
	}
	for i, tt := range append(tests, tests...) {
		saves := 1 + 2*(i/len(tests)) // without a spare, and with one
		t.Run(fmt.Sprintf("%s after %d saves", tt.name, saves), func(t *testing.T) {
			s := openTestStore(t)
			works := s.disk
			key, fresh := NewKey("test", "stored"), NewKey("test", "new")
			r, err := s.Open(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			for range saves {
				if err := r.Save(t.Context(), old, meta); err != nil {
					t.Fatal(err)
				}
			}
			tt.disk(&s.disk)
			for _, k := range []Key{key, fresh} {
				r := r
				if k == fresh {
					if r, err = s.Open(t.Context(), k); err != nil {
						t.Fatal(err)
					}
				}
				err := r.Save(t.Context(), replacement, meta)
				if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), s.dir) {
					t.Errorf("Save returns %v, want an error that says %q and names %s", err, tt.want, s.dir)
				}
				if tt.fault != nil && !errors.Is(err, tt.fault) {
					t.Errorf("Save returns %v, which does not wrap %v", err, tt.fault)
				}
				if k == fresh {
					r.Close()
				}
			}
			if data, _, err := r.Load(t.Context()); err != nil || string(data) != string(old) {
				t.Errorf("the record holds %.20q, %v, want the old state", data, err)
			}
			if n := countFiles(t, s.dir); n != 1 {
				t.Errorf("%d files are left, want the one of the old state", n)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
			defer cancel()
			if _, err := s.Find(ctx, key); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the lock is lost: %v", err)
			}
			s.disk = works
			if err := r.Save(t.Context(), replacement, meta); err != nil {
				t.Errorf("the disk works again, the record does not: %v", err)
			}
			r.Close()
		})
	}
}

func TestShortWritesAreContinued(t *testing.T) {
	s := openTestStore(t)
	calls := 0
	s.disk.pwrite = func(fd int, p []byte, off int64) (int, error) {
		if calls++; calls%3 == 0 {
			return 0, unix.EINTR
		}
		return unix.Pwrite(fd, p[:min(len(p), 7)], off)
	}
	r, err := s.Open(t.Context(), Key{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	want := bytes.Repeat([]byte("0123456789"), 100)
	if err := r.Save(t.Context(), want, Meta{}); err != nil {
		t.Fatal(err)
	}
	if got, _, err := r.Load(t.Context()); err != nil || !bytes.Equal(got, want) {
		t.Errorf("written in pieces, %d bytes come back, %v", len(got), err)
	}
}

func TestOtherVersionIsKept(t *testing.T) {
	s := openTestStore(t)
	key := NewKey("test", "other")
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	long := Meta{Created: time.Unix(0, 0), LastUse: time.Unix(0, 0), Lifetime: time.Hour}
	if err := r.Save(t.Context(), []byte("data"), long); err != nil {
		t.Fatal(err)
	}
	r.Close()
	path := s.path(key.String())
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file[9] = headerVersion + 1
	copy(file[headerSumAt:], sumHeader(file, key))
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if removed, err := s.Sweep(t.Context(), time.Now().Add(1000*time.Hour)); removed != 0 || err != nil || countFiles(t, s.dir) != 1 {
		t.Errorf("the sweep removes what another version wrote: %d, %v", removed, err)
	}
	r, err = s.Find(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var corrupt *CorruptError
	if _, _, err := r.Load(t.Context()); !errors.As(err, &corrupt) || !strings.Contains(err.Error(), "another version") || corrupt.Kept == "" {
		t.Errorf("Load returns %v, want a CorruptError that says what is wrong and where the file is kept", err)
	}
}

func TestSweepRemovesOldDamage(t *testing.T) {
	s := openTestStore(t)
	key := NewKey("test", "damaged").String()
	if err := os.MkdirAll(filepath.Dir(s.path(key)), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.path(key), []byte("damaged"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		age  time.Duration
		left int
	}{{badAge - time.Hour, 1}, {badAge + time.Hour, 0}} {
		if removed, err := s.Sweep(t.Context(), time.Now().Add(tt.age)); removed != 0 || err != nil {
			t.Errorf("Sweep reports %d removed, %v", removed, err)
		}
		if n := countFiles(t, s.dir); n != tt.left {
			t.Errorf("after %v, %d files are left, want %d", tt.age, n, tt.left)
		}
	}
}

func TestMaxDataLenOption(t *testing.T) {
	s := openTestStore(t)
	limited, err := OpenFileStore(s.dir, FileOptions{MaxDataLen: 10})
	if err != nil {
		t.Fatal(err)
	}
	defer limited.Close()
	r, err := limited.Open(t.Context(), Key{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Save(t.Context(), make([]byte, 10), Meta{}); err != nil {
		t.Error(err)
	}
	if err := r.Save(t.Context(), make([]byte, 11), Meta{}); err == nil || !strings.Contains(err.Error(), "at most 10") {
		t.Errorf("11 bytes of 10: %v", err)
	}
}

func TestDamageOnAFullDisk(t *testing.T) {
	s := openTestStore(t)
	key := NewKey("test", "damaged")
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Save(t.Context(), []byte("data"), Meta{}); err != nil {
		t.Fatal(err)
	}
	r.Close()
	if err := os.Truncate(s.path(key.String()), headerSize+1); err != nil {
		t.Fatal(err)
	}
	s.disk.renameat = func(int, string, int, string) error { return unix.ENOSPC }
	r, err = s.Find(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var corrupt *CorruptError
	if _, _, err := r.Load(t.Context()); !errors.As(err, &corrupt) || corrupt.Kept != "" || !strings.Contains(err.Error(), "it was removed") {
		t.Errorf("Load returns %v, want a CorruptError that says that the file was removed", err)
	}
	if n := countFiles(t, s.dir); n != 0 {
		t.Errorf("%d files are left", n)
	}
	if err := r.Save(t.Context(), []byte("data"), Meta{}); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("saving a record that was given up: %v", err)
	}
}

func TestTouchNoticesDamage(t *testing.T) {
	s := openTestStore(t)
	key := NewKey("test", "damaged")
	path := s.path(key.String())
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, make([]byte, 200), 0o600)); err != nil {
		t.Fatal(err)
	}
	r, err := s.Find(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var corrupt *CorruptError
	if err := r.Touch(t.Context(), Meta{}); !errors.As(err, &corrupt) {
		t.Errorf("Touch returns %v, want a CorruptError", err)
	}
}

// A header that a Touch is writing is whole again in a moment: the reader waits
// for the lock and takes what it finds then.
func TestViewWaitsForATornHeader(t *testing.T) {
	s := openTestStore(t)
	key := NewKey("test", "torn")
	r, err := s.Open(t.Context(), key)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Save(t.Context(), []byte("data"), Meta{}); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(s.path(key.String()), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte{0xff}, 20); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
	defer cancel()
	if _, _, err := s.View(ctx, key); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while the record is in use: %v, want to wait for it", err)
	}
	if err := r.Touch(t.Context(), Meta{}); err != nil {
		t.Fatal(err)
	}
	if data, _, err := s.View(t.Context(), key); err != nil || string(data) != "data" {
		t.Errorf("whole again, it is %q, %v", data, err)
	}
}
