package session_test

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

// withFolders lets the place's sessions have private folders, and returns the
// folder in which they are.
func (p *place) withFolders(t *testing.T) string {
	t.Helper()
	folders := filepath.Join(t.TempDir(), "private")
	p.Engine = session.New(p.store, session.Config{
		Now:     func() time.Time { return p.now },
		Log:     p.logf,
		Rand:    func(int) int { return 0 },
		Folders: folders,
	})
	return folders
}

func folderOf(t *testing.T, s *session.Session) string {
	t.Helper()
	dir, err := s.Folder(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func exists(path string) bool { _, err := os.Lstat(path); return err == nil }

// left returns the names of what is left of private folders.
func left(t *testing.T, folders string) (names []string) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folders, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// keepFolder starts a session, puts a file into its folder, and saves it.
func (p *place) keepFolder(t *testing.T, opt session.Options) (id, dir string) {
	t.Helper()
	s := p.start(t, opt)
	dir = folderOf(t, s)
	write(t, filepath.Join(dir, "file"), []byte(secret))
	save(t, s, empty)
	s.Close()
	return s.ID(), dir
}

func TestFolder(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	s := p.start(t, session.Options{})
	if exists(folders) {
		t.Error("it is made before it is asked for")
	}
	dir := folderOf(t, s)
	if again := folderOf(t, s); again != dir {
		t.Errorf("it is %s, and then %s", dir, again)
	}
	fi, err := os.Lstat(dir)
	if err != nil || fi.Mode() != fs.ModeDir|0o700 || !filepath.IsAbs(dir) || filepath.Dir(filepath.Dir(dir)) != folders {
		t.Errorf("%s: %v, %v", dir, fi.Mode(), err)
	}
	if base := filepath.Base(dir); strings.Contains(s.ID(), base) || strings.Contains(session.NewKey(s.Name(), s.ID()).String(), base) || len(base) != 32 {
		t.Errorf("its name is %s", base)
	}
	save(t, s, empty)
	s.Close()
	if !s.Stored() || !exists(dir) {
		t.Errorf("stored: %v, the folder exists: %v", s.Stored(), exists(dir))
	}
	for _, readOnly := range []bool{true, false} {
		s = p.start(t, session.Options{ID: s.ID(), ReadOnly: readOnly})
		if got := folderOf(t, s); got != dir {
			t.Errorf("read-only %v: %s, want %s", readOnly, got, dir)
		}
		s.Close()
		if _, err := s.Folder(t.Context()); !errors.Is(err, session.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
	}
	if !exists(dir) {
		t.Error("Close removes it")
	}
}

func TestNoFolder(t *testing.T) {
	p := newPlace(t)
	s := p.start(t, session.Options{})
	if _, err := s.Folder(t.Context()); err == nil || !strings.Contains(err.Error(), "Config.Folders") {
		t.Errorf("without a place for it: %v", err)
	}
	p.withFolders(t)
	id := p.keep(t, session.Options{})
	s = p.start(t, session.Options{ID: id, ReadOnly: true})
	if _, err := s.Folder(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("read-only: %v", err)
	}
}

func TestFolderGoes(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, p *place, s *session.Session)
	}{
		{"Delete", func(t *testing.T, p *place, s *session.Session) {
			if err := s.Delete(t.Context()); err != nil {
				t.Error(err)
			}
		}},
		{"Reset", func(t *testing.T, p *place, s *session.Session) {
			if err := s.Reset(); err != nil {
				t.Error(err)
			}
			if len(p.files(t)) == 0 {
				t.Error("it goes before the save")
			}
			save(t, s, empty)
		}},
		{"Reset and new data", func(t *testing.T, p *place, s *session.Session) {
			if err := s.Reset(); err != nil {
				t.Error(err)
			}
			save(t, s, other)
		}},
		{"Remove", func(t *testing.T, p *place, s *session.Session) {
			s.Close()
			if err := p.Remove(t.Context(), session.NewKey(s.Name(), s.ID())); err != nil {
				t.Error(err)
			}
		}},
		{"Sweep", func(t *testing.T, p *place, s *session.Session) {
			s.Close()
			p.now = p.now.Add(time.Hour)
			if removed, err := p.Sweep(t.Context()); removed != 1 || err != nil {
				t.Errorf("%d removed, %v", removed, err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlace(t)
			folders := p.withFolders(t)
			id, dir := p.keepFolder(t, session.Options{})
			tt.end(t, p, p.start(t, session.Options{ID: id}))
			if names := left(t, folders); exists(dir) || len(names) > 0 {
				t.Errorf("left are %q", names)
			}
			if len(p.log) > 0 {
				t.Errorf("the log has %q", p.log)
			}
		})
	}
}

func TestFolderOfASessionNotSaved(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	s := p.start(t, session.Options{})
	folderOf(t, s)
	s.Close()
	if names := left(t, folders); len(names) > 0 {
		t.Errorf("of a new session: %q", names)
	}
	id := p.keep(t, session.Options{})
	s = p.start(t, session.Options{ID: id})
	folderOf(t, s)
	s.Close()
	if names := left(t, folders); len(names) > 0 {
		t.Errorf("of one that was stored before: %q", names)
	}
	id, dir := p.keepFolder(t, session.Options{})
	s = p.start(t, session.Options{ID: id})
	if err := s.Reset(); err != nil {
		t.Fatal(err)
	}
	second := folderOf(t, s)
	s.Close()
	if !exists(dir) || exists(second) || second == dir {
		t.Errorf("after a reset that was not saved: the first exists: %v, the second: %v", exists(dir), exists(second))
	}
}

func TestFolderSurvivesRotation(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	id, dir := p.keepFolder(t, session.Options{Lifetime: time.Hour})
	for i := range 5 {
		s := p.start(t, session.Options{ID: id})
		rotate(t, s, session.DefaultGrace)
		if i%2 == 0 {
			save(t, s, s.Data())
		} else {
			save(t, s, []byte{0xa1, 1, byte(i)})
		}
		if got := folderOf(t, s); got != dir {
			t.Fatalf("it is another one")
		}
		s.Close()
		id = s.ID()
		for range 2 {
			if _, err := p.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
			if !exists(filepath.Join(dir, "file")) {
				t.Fatal("the sweep took it")
			}
			p.now = p.now.Add(time.Minute)
		}
	}
	s := p.start(t, session.Options{ID: id})
	if got := folderOf(t, s); got != dir {
		t.Error("it is lost at last")
	}
	if err := s.Delete(t.Context()); err != nil {
		t.Error(err)
	}
	if names := left(t, folders); len(names) > 0 {
		t.Errorf("left are %q", names)
	}
}

func TestFolderOfANewSessionThatIsRotated(t *testing.T) {
	p := newPlace(t)
	p.withFolders(t)
	s := p.start(t, session.Options{})
	dir := folderOf(t, s)
	rotate(t, s, session.DefaultGrace)
	save(t, s, some)
	s.Close()
	if _, err := p.Sweep(t.Context()); err != nil || !exists(dir) {
		t.Errorf("the sweep took it, %v", err)
	}
	if got := folderOf(t, p.start(t, session.Options{ID: s.ID()})); got != dir {
		t.Error("it is another one")
	}
}

func TestFolderThatSomebodyRemoved(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	id, dir := p.keepFolder(t, session.Options{})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	s := p.start(t, session.Options{ID: id})
	second := folderOf(t, s)
	if second == dir || !exists(second) {
		t.Errorf("it is %s again", second)
	}
	save(t, s, empty)
	s.Close()
	if got := folderOf(t, p.start(t, session.Options{ID: id})); got != second {
		t.Error("the new one is not kept")
	}
	if _, err := p.Sweep(t.Context()); err != nil || len(left(t, folders)) != 2 {
		t.Errorf("left are %q, %v, want the second one and its owner", left(t, folders), err)
	}
}

func TestFolderOfAnotherSession(t *testing.T) {
	p := newPlace(t)
	p.withFolders(t)
	_, dir := p.keepFolder(t, session.Options{})
	// A record that names what it does not own, as a rotation leaves that was killed.
	garbage := session.NewKey(session.DefaultName, strings.Repeat("0", 64))
	r, err := p.store.Open(t.Context(), garbage)
	if err != nil {
		t.Fatal(err)
	}
	meta := session.Meta{Created: p.now, LastUse: p.now, Lifetime: time.Minute, Folder: filepath.Base(dir)}
	if err := r.Save(t.Context(), some, meta); err != nil {
		t.Fatal(err)
	}
	r.Close()
	s := p.start(t, session.Options{ID: strings.Repeat("0", 64)})
	if got := folderOf(t, s); got == dir {
		t.Error("it is given to another session")
	}
	s.Close()
	if err := p.Remove(t.Context(), garbage); err != nil || !exists(dir) {
		t.Errorf("another session takes it along: %v", err)
	}
}

func TestFoldersPlaceIsChecked(t *testing.T) {
	p := newPlace(t)
	folders := p.withFolders(t)
	open := func() error {
		s := p.start(t, session.Options{})
		defer s.Close()
		_, err := s.Folder(t.Context())
		return err
	}
	elsewhere := t.TempDir()
	if err := os.Symlink(elsewhere, folders); err != nil {
		t.Fatal(err)
	}
	if err := open(); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("a link: %v", err)
	}
	os.Remove(folders)
	os.Mkdir(folders, 0o700)
	os.Chmod(folders, 0o777)
	if err := open(); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("open to all: %v", err)
	}
	os.RemoveAll(filepath.Dir(folders))
	if err := open(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no parent: %v", err)
	}
}
