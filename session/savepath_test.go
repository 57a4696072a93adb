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

func TestSavePath(t *testing.T) {
	tests := []struct {
		name  string
		place func(dir string) error // dir is a folder fit for use
		path  string                 // of the store, if not dir
		want  []string               // in the error; nothing if it is fit
	}{
		{"fit", func(dir string) error { return nil }, "", nil},
		{"readable by others", func(dir string) error { return os.Chmod(dir, 0o755) }, "", nil},
		{"missing", os.Remove, "", []string{"does not exist", "mkdir -m 700"}},
		{"missing, and its parent too", os.Remove, "/nowhere", []string{"does not exist", "mkdir -m 700"}},
		{"a file", func(dir string) error { return errors.Join(os.Remove(dir), os.WriteFile(dir, nil, 0o600)) }, "", []string{"not a folder"}},
		{"a pipe", func(dir string) error { return errors.Join(os.Remove(dir), syscall.Mkfifo(dir, 0o600)) }, "", []string{"not a folder"}},
		{"a link", func(dir string) error { return os.Symlink(dir, dir+"-link") }, "-link", []string{"symbolic link"}},
		{"a link with a slash behind", func(dir string) error { return os.Symlink(dir, dir+"-link") }, "-link/", []string{"symbolic link"}},
		{"writable by the group", func(dir string) error { return os.Chmod(dir, 0o770) }, "", []string{"0770", "chmod 700"}},
		{"writable by others", func(dir string) error { return os.Chmod(dir, 0o703) }, "", []string{"0703", "chmod 700"}},
		{"of another user", func(dir string) error {
			if os.Geteuid() != 0 {
				return errNeedsRoot
			}
			return os.Chown(dir, 12345, -1)
		}, "", []string{"belongs to user 12345", "chown 0 "}},
		{"closed to us", func(dir string) error {
			if os.Geteuid() == 0 {
				return errNeedsUser
			}
			return os.Chmod(dir, 0o500)
		}, "", []string{"chmod 700"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := privateDir(t)
			if err := tt.place(dir); errors.Is(err, errNeedsRoot) || errors.Is(err, errNeedsUser) {
				t.Skip(err)
			} else if err != nil {
				t.Fatal(err)
			}
			store, err := session.OpenFileStore(dir+tt.path, session.FileOptions{})
			if err == nil {
				store.Close()
			}
			if tt.want == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, want := range append(tt.want, strings.TrimSuffix(dir+tt.path, "/")) {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error %q does not say %q", err, want)
				}
			}
		})
	}
	if _, err := session.OpenFileStore("", session.FileOptions{}); err == nil {
		t.Error("an empty path is taken")
	}
}

func TestDefaultDir(t *testing.T) {
	tmp := privateDir(t)
	t.Setenv("TMPDIR", tmp)
	for range 2 {
		dir, err := session.MakeDefaultDir("/srv/a")
		if err != nil {
			t.Fatal(err)
		}
		if prefix := filepath.Join(tmp, fmt.Sprintf("lcgi-sessions-%d-", os.Geteuid())); dir != session.DefaultDir("/srv/a") || dir == session.DefaultDir("/srv/b") || !strings.HasPrefix(dir, prefix) {
			t.Errorf("the default folder is %s", dir)
		}
		store, err := session.OpenFileStore(dir, session.FileOptions{})
		if err != nil {
			t.Fatal(err)
		}
		store.Close()
	}
	t.Setenv("TMPDIR", filepath.Join(tmp, "missing"))
	if _, err := session.MakeDefaultDir("/srv/a"); err == nil || !strings.Contains(err.Error(), "save path") {
		t.Errorf("without a temporary folder: %v", err)
	}
}

func TestRemovedFolderIsReported(t *testing.T) {
	p := newPlace(t)
	id, _ := p.saved(t)
	if err := os.RemoveAll(p.dir); err != nil {
		t.Fatal(err)
	}
	s := p.start(t, session.Options{Candidates: []string{id}})
	if s.Result() != session.ResultNew {
		t.Errorf("result %q", s.Result())
	}
	err := s.Save(t.Context(), []byte("\xa1\x01\x01"))
	if err == nil || !strings.Contains(err.Error(), p.dir) || !strings.Contains(err.Error(), "mkdir -m 700") {
		t.Errorf("saving without a folder: %v", err)
	}
}

func TestSubfolderIsNoLink(t *testing.T) {
	p := newPlace(t)
	id, path := p.saved(t)
	for _, other := p.saved(t); filepath.Dir(other) == filepath.Dir(path); _, other = p.saved(t) {
	}
	moved := t.TempDir() + "/moved"
	if err := errors.Join(os.Rename(filepath.Dir(path), moved), os.Symlink(moved, filepath.Dir(path))); err != nil {
		t.Fatal(err)
	}
	s := p.start(t, session.Options{Candidates: []string{id}})
	if s.Result() != session.ResultNew || s.ID() == id {
		t.Errorf("an id whose subfolder is a link: result %q", s.Result())
	}
	if len(p.log) != 1 || !strings.Contains(p.log[0], filepath.Dir(path)) {
		t.Errorf("the log does not name the link: %q", p.log)
	}
	for range 1000 { // one in 256 would have to go through the link
		s := p.start(t, session.Options{})
		if filepath.Base(filepath.Dir(path)) == session.NewKey(s.Name(), s.ID()).String()[:2] {
			t.Fatal("a new session got an id that cannot be saved")
		}
	}
	removed, err := p.store.Sweep(t.Context(), time.Now().Add(time.Hour))
	if removed == 0 || err == nil || !strings.Contains(err.Error(), filepath.Dir(path)) {
		t.Errorf("Sweep reports %d removed, %v, want an error that names the link, and the rest swept", removed, err)
	}
	if _, err := os.Stat(filepath.Join(moved, filepath.Base(path))); err != nil {
		t.Errorf("the sweep left the folder: %v", err)
	}
}
