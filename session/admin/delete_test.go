package admin_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

// left returns how many records of sessions there are.
func (s *store) left(t *testing.T) int {
	t.Helper()
	return strings.Count(s.run(t, t.Context(), "sessions list -json").out, `"key"`)
}

func TestDeleteByKey(t *testing.T) {
	s := newStore(t)
	a, b := s.keep(t, session.Options{Name: "cart"}, 1).String(), s.keep(t, session.Options{Name: "cart"}, 2).String()
	s.keep(t, session.Options{Name: "cart"}, 3)

	// One that is wrong, and nothing is deleted.
	s.refused(t, 1, "no session has a key that begins with 0123", "sessions delete", a, "0123")
	s.refused(t, 2, "not the beginning of a key", "sessions delete", a, "-wait")
	if n := s.left(t); n != 3 {
		t.Fatalf("%d are left of 3", n)
	}
	got := s.run(t, t.Context(), "sessions delete", a, b[:12], strings.ToUpper(b))
	if got.code != 0 || got.err != "" || strings.Count(got.out, "\n") != 2 ||
		!strings.Contains(got.out, "deleted "+a[:8]+" (cart)\n") || !strings.Contains(got.out, "deleted "+b[:8]+" (cart)\n") {
		t.Errorf("delete: %+v", got)
	}
	if n := s.left(t); n != 1 {
		t.Errorf("%d are left, want 1", n)
	}
	s.refused(t, 1, "no session", "sessions delete", a)
}

func TestDeleteKinds(t *testing.T) {
	for _, tt := range []struct {
		flags, want string
		left        int
	}{
		{"-expired", "deleted 1 session\n", 5},
		{"-name login", "deleted 2 sessions, 1 retired id\n", 3},
		{"-name cart", "deleted 1 session\n", 5},
		{"-name cart -expired", "deleted 1 session\n", 5},
		{"-name login -expired", "deleted 0 sessions\n", 6},
		{"-name none", "deleted 0 sessions\n", 6},
		{"-all", "deleted 4 sessions, 1 retired id, 1 damaged record\n", 0},
	} {
		t.Run(tt.flags, func(t *testing.T) {
			s := newStore(t)
			s.start(t, session.Options{}) // of which nothing is stored
			keys := fill(t, s)
			held, err := s.Start(t.Context(), session.Options{ID: s.ids[len(s.ids)-1], Name: "login", Wait: -1})
			if !errors.Is(err, session.ErrBusy) {
				t.Fatalf("%v is not in use: %v", keys["inUse"], held)
			}
			s.release()
			s.want(t, tt.want, "sessions delete "+tt.flags)
			if n := s.left(t); n != tt.left {
				t.Errorf("%d are left, want %d", n, tt.left)
			}
			s.want(t, "7\n", "shared get visits")
		})
	}
}

// The data of a damaged record is found to be so only when it is read.
func TestDeleteDamaged(t *testing.T) {
	s := newStore(t)
	key := s.keep(t, session.Options{}, 1)
	s.damage(t, key)
	s.want(t, "deleted "+key.String()[:8]+" (LCSESSION)\n", "sessions delete", key.String())
	if n := s.left(t); n != 0 {
		t.Errorf("%d are left", n)
	}
	// It makes no difference where it is expired.
	s.damage(t, s.keep(t, session.Options{Lifetime: time.Second}, 1))
	s.now = s.now.Add(time.Minute)
	if got := s.run(t, t.Context(), "sessions delete -expired"); got.code != 0 || got.out != "deleted 0 sessions, 1 damaged record\n" || s.left(t) != 0 {
		t.Errorf("expired: %+v", got)
	}
	// What is not ours stays where it is.
	if err := os.Mkdir(filepath.Join(s.dir, key.String()[:2], key.String()), 0o700); err != nil {
		t.Fatal(err)
	}
	s.refused(t, 1, "a folder", "sessions delete", key.String())
}

func TestDeleteInUse(t *testing.T) {
	s := newStore(t)
	s.keep(t, session.Options{Name: "cart"}, 1)
	key := s.keep(t, session.Options{Name: "login"}, 2)
	held := s.start(t, session.Options{Name: "login", ID: s.ids[1]})
	for _, wait := range []string{"0s", "20ms"} {
		got := s.run(t, t.Context(), "sessions delete -name login -wait "+wait)
		if got.code != 1 || got.out != "deleted 0 sessions\n" || !strings.Contains(got.err, key.String()[:8]+" (login) is in use, still after "+wait) {
			t.Errorf("in use: %+v", got)
		}
	}
	// The others go, and first.
	got := s.run(t, t.Context(), "sessions delete -all -wait 20ms")
	if got.code != 1 || got.out != "deleted 1 session\n" {
		t.Errorf("one of two in use: %+v", got)
	}
	// It goes as soon as the page is done, and does not come back.
	released := make(chan struct{})
	go func() {
		defer close(released)
		if s.left(t) != 1 {
			t.Error("it was deleted while it was in use")
		}
		held.Close()
	}()
	s.want(t, "deleted "+key.String()[:8]+" (login)\n", "sessions delete -wait 10s", key.String())
	<-released
	if again := s.start(t, session.Options{Name: "login", ID: s.ids[1]}); again.Result() != session.ResultNew {
		t.Errorf("the deleted session is there: %s", again.Result())
	}
}

func TestDeleteFolder(t *testing.T) {
	s := newStore(t)
	started := s.start(t, session.Options{})
	dir, err := started.Folder(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file"), []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := started.Save(t.Context(), []byte(session.EmptyTable)); err != nil {
		t.Fatal(err)
	}
	started.Close()
	s.want(t, "deleted 1 session\n", "sessions delete -all")
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there still: %v", err)
	}
}

func TestSweepAndCount(t *testing.T) {
	s := newStore(t)
	fill(t, s)
	s.want(t, "3\n", "sessions count")
	s.want(t, "2\n", "sessions count -name login")
	s.want(t, "0\n", "sessions count -name cart")
	s.want(t, "removed 1 expired session\n", "sessions sweep")
	s.want(t, "removed 0 expired sessions\n", "sessions sweep")
	s.now = s.now.Add(365 * 24 * time.Hour)
	s.want(t, "0\n", "sessions count")
	s.release()
	s.want(t, "removed 3 expired sessions\n", "sessions sweep")
	s.want(t, "7\n", "shared get visits")
}

func TestVerify(t *testing.T) {
	s := newStore(t)
	s.want(t, "0 records: 0 whole, 0 damaged\n", "sessions verify")
	good := s.keep(t, session.Options{}, 1)
	s.share(t, "visits", 1)
	n := strings.TrimSuffix(s.run(t, t.Context(), "sessions verify").out, " whole, 0 damaged\n")
	if n != "3 records: 3" { // with the index of the variables
		t.Errorf("of whole records it says %q", n)
	}
	bad := s.damage(t, good)
	short := s.keep(t, session.Options{}, 2)
	s.behead(t, short)
	// Checksums are right, and what they protect is no table.
	started := s.start(t, session.Options{})
	if err := started.Save(t.Context(), []byte{1}); err != nil {
		t.Fatal(err)
	}
	started.Close()
	odd := session.NewKey(started.Name(), started.ID())
	before := s.files(t)
	for range 2 { // nothing is changed by it
		got := s.run(t, t.Context(), "sessions verify")
		if got.code != 1 || got.err != "" || !strings.HasSuffix(got.out, "5 records: 2 whole, 3 damaged\n") {
			t.Errorf("verify: %+v", got)
		}
		for key, says := range map[session.Key]string{good: "the checksum of its data is wrong", short: "the file is too short", odd: "the data is a number and no table"} {
			if !strings.Contains(got.out, key.String()+": ") || !strings.Contains(got.out, says) {
				t.Errorf("it does not say of %v that %s:\n%s", key, says, got.out)
			}
		}
	}
	if after := s.files(t); after != before {
		t.Errorf("the store was changed:\n%s\nnow\n%s", before, after)
	}
	if _, err := os.Stat(bad); err != nil {
		t.Error(err)
	}
}

// files lists what is in the store.
func (s *store) files(t *testing.T) string {
	t.Helper()
	var list []string
	err := filepath.WalkDir(s.dir, func(path string, _ fs.DirEntry, err error) error {
		list = append(list, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, "\n")
}

// A line of progress is drawn on a terminal, if it takes long, and taken away.
func TestProgress(t *testing.T) {
	for _, tt := range []struct {
		what     string
		terminal bool
		tick     time.Duration // of the clock each time it is read
		want     bool
	}{
		{"sweeping", true, time.Second, true},
		{"verifying", true, time.Second, true},
		{"sweeping", true, time.Microsecond, false},
		{"sweeping", false, time.Second, false},
		{"verifying", false, time.Second, false},
	} {
		s := newStore(t)
		s.keep(t, session.Options{Lifetime: 24 * time.Hour}, 1)
		clock := s.now
		s.env.Now = func() time.Time {
			clock = clock.Add(tt.tick)
			return clock
		}
		s.env.Terminal = tt.terminal
		s.env.Width = 40
		got := s.run(t, t.Context(), map[string]string{"sweeping": "sessions sweep", "verifying": "sessions verify"}[tt.what])
		if got.code != 0 || strings.Contains(got.out, "\r") {
			t.Errorf("%s: %+v", tt.what, got)
		}
		if !tt.want {
			if got.err != "" {
				t.Errorf("%s shows %q", tt.what, got.err)
			}
			continue
		}
		if !strings.Contains(got.err, "\r"+tt.what+" [###") || !strings.HasSuffix(got.err, "\r\x1b[K") {
			t.Errorf("%s shows %q", tt.what, got.err)
		}
		for _, picture := range strings.Split(got.err, "\r") {
			if line := strings.TrimSuffix(picture, "\x1b[K"); len(line) >= 40 {
				t.Errorf("a line of %d columns: %q", len(line), line)
			}
		}
	}
}
