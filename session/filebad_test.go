package session_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/session"
)

// wantPassedOver checks that what stands in the place of the session id is no
// session, and that this is said in one line.
func (p *place) wantPassedOver(t *testing.T, what, id string) {
	t.Helper()
	for _, readOnly := range []bool{false, true} {
		p.log = nil
		s, err := p.Start(t.Context(), session.Options{Candidates: []string{id}, ReadOnly: readOnly, Wait: time.Second})
		if err != nil {
			t.Errorf("%s: %v", what, err)
			return
		}
		s.Close()
		if s.ID() == id || s.Result() != session.ResultNew || s.Data() != nil {
			t.Errorf("%s: the session was adopted, result %q", what, s.Result())
		}
		if len(p.log) != 1 {
			t.Errorf("%s: %d lines in the log, want 1: %q", what, len(p.log), p.log)
			return
		}
		if strings.Contains(p.log[0], id) || strings.Contains(p.log[0], secret) {
			t.Errorf("%s: the log gives away %q", what, p.log[0])
		}
		if strings.Contains(p.log[0], ".bad") {
			return // it was put aside and will not be met again
		}
	}
}

func TestDamageIsNoticed(t *testing.T)             { testDamageIsNoticed(t, false) }
func TestDamageIsNoticedBesideASpare(t *testing.T) { testDamageIsNoticed(t, true) }

func testDamageIsNoticed(t *testing.T, spare bool) {
	p := newPlace(t)
	id, path := p.saved(t)
	whole := read(t, path)
	bad := filepath.Join(p.dir, "bad", filepath.Base(path)+".bad")

	damage := func(what string, data []byte) {
		t.Helper()
		write(t, path, data)
		if spare { // a whole one, which must not take the record's place
			write(t, path+".spare", whole)
		}
		p.wantPassedOver(t, what, id)
		if kept := read(t, bad); string(kept) != string(data) {
			t.Errorf("%s: the file was not kept as it was", what)
		}
		if files := p.files(t); len(files) != 1 {
			t.Fatalf("%s: files are %q, want the one put aside", what, files)
		}
		os.Remove(bad)
	}
	for n := range whole {
		damage(fmt.Sprintf("cut to %d bytes", n), whole[:n])
	}
	for i := range whole {
		for bit := range 8 {
			flipped := append([]byte(nil), whole...)
			flipped[i] ^= 1 << bit
			damage(fmt.Sprintf("byte %d, bit %d", i, bit), flipped)
		}
	}
	damage("a byte more", append(whole[:len(whole):len(whole)], 0))
	damage("twice", append(whole[:len(whole):len(whole)], whole...))
	damage("zeros", make([]byte, len(whole)))

	otherID, other := p.saved(t)
	write(t, path, read(t, other))
	os.Remove(other)
	p.wantPassedOver(t, "the record of another session", id)
	os.Remove(bad)

	// What is whole is still loaded: the test damages nothing else.
	write(t, path, whole)
	if s := p.start(t, session.Options{ID: otherID, Candidates: []string{id}}); s.ID() != id || !strings.Contains(string(s.Data()), secret) {
		t.Error("the undamaged record is not loaded")
	}
}

func TestDamageIsNoticedReadOnly(t *testing.T) {
	p := newPlace(t)
	id, path := p.saved(t)
	data := read(t, path)
	data[len(data)-1] ^= 1
	write(t, path, data)
	s := p.start(t, session.Options{Candidates: []string{id}, ReadOnly: true})
	if s.Result() != session.ResultNew || len(p.log) != 1 {
		t.Errorf("result %q, log %q, want a new session and one line", s.Result(), p.log)
	}
	if files := p.files(t); len(files) != 1 || filepath.Dir(files[0]) != filepath.Join(p.dir, "bad") {
		t.Errorf("files are %q, want the one put aside", files)
	}
}

func TestDamagedRecordsKeptAreBounded(t *testing.T) {
	p := newPlace(t)
	const limit = 100
	for range limit + 5 {
		id, path := p.saved(t)
		write(t, path, []byte("damaged"))
		p.start(t, session.Options{Candidates: []string{id}})
	}
	if n := len(p.files(t)); n != limit {
		t.Errorf("%d damaged records are kept, want %d", n, limit)
	}
	if n := len(p.log); n != limit+5 || !strings.Contains(p.log[n-1], "removed") {
		t.Errorf("%d lines, the last %q, want %d, which says that the file was removed", n, p.log[n-1], limit+5)
	}
	for _, age := range []struct {
		age  time.Duration
		left int
	}{{6 * 24 * time.Hour, limit}, {8 * 24 * time.Hour, 0}} {
		if removed, err := p.store.Sweep(t.Context(), time.Now().Add(age.age)); removed != 0 || err != nil {
			t.Errorf("Sweep reports %d removed, %v", removed, err)
		}
		if n := len(p.files(t)); n != age.left {
			t.Errorf("after %v, %d damaged records are left, want %d", age.age, n, age.left)
		}
	}
}

func TestForeignFilesAreLeftAlone(t *testing.T) {
	elsewhere := t.TempDir()
	tests := []struct {
		name  string
		place func(path string) error // puts something in the place of a record
	}{
		{"a symbolic link to the record itself", func(path string) error {
			moved := filepath.Join(elsewhere, "record")
			return errors.Join(os.Rename(path, moved), os.Symlink(moved, path))
		}},
		{"a dangling symbolic link", func(path string) error {
			return errors.Join(os.Remove(path), os.Symlink(filepath.Join(elsewhere, "made"), path))
		}},
		{"a symbolic link to itself", func(path string) error {
			return errors.Join(os.Remove(path), os.Symlink(path, path))
		}},
		{"a named pipe", func(path string) error {
			return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600))
		}},
		{"a socket", func(path string) error {
			fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
			if err != nil {
				return err
			}
			defer syscall.Close(fd)
			// A socket's path is short, a record's is not.
			short := filepath.Join(os.TempDir(), fmt.Sprint("lcgi-socket-", os.Getpid()))
			return errors.Join(os.Remove(path), syscall.Bind(fd, &syscall.SockaddrUnix{Name: short}), os.Rename(short, path))
		}},
		{"a folder", func(path string) error {
			return errors.Join(os.Remove(path), os.Mkdir(path, 0o700))
		}},
		{"a file with a second link", func(path string) error {
			return os.Link(path, filepath.Join(elsewhere, "link"))
		}},
		{"the file of another user", func(path string) error {
			if os.Geteuid() != 0 {
				return errNeedsRoot
			}
			return os.Chown(path, 12345, -1)
		}},
		{"a file closed to us", func(path string) error {
			if os.Geteuid() == 0 {
				return errNeedsUser
			}
			return os.Chmod(path, 0)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t)
			id, path := p.saved(t)
			if err := tt.place(path); errors.Is(err, errNeedsRoot) || errors.Is(err, errNeedsUser) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			p.wantPassedOver(t, tt.name, id)
			if removed, err := p.store.Sweep(t.Context(), time.Now().Add(10000*time.Hour)); removed != 0 || err != nil {
				t.Errorf("Sweep reports %d removed, %v", removed, err)
			}
			after, err := os.Lstat(path)
			if err != nil || !os.SameFile(before, after) || before.Mode() != after.Mode() || !before.ModTime().Equal(after.ModTime()) {
				t.Errorf("it was changed: %v, %v", after, err)
			}
			if _, err := os.Lstat(filepath.Join(elsewhere, "made")); err == nil {
				t.Error("the link was followed")
			}
			var corrupt *session.CorruptError
			if _, err := p.store.Open(t.Context(), session.NewKey(session.DefaultName, id)); !errors.As(err, &corrupt) {
				t.Errorf("Open returns %v, want a CorruptError", err)
			}
		})
	}
}
