package session_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/session/storetest"
)

func TestFileStoreContract(t *testing.T) {
	storetest.Run(t, storetest.Driver{
		Place: privateDir,
		Open: func(place string) (session.Store, error) {
			return session.OpenFileStore(place, session.FileOptions{})
		},
	})
}

// privateDir returns an empty folder that is fit for a store, whatever the umask.
func privateDir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "sessions")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// place is an engine on a file store, and the lines it has logged.
type place struct {
	*session.Engine
	dir   string
	store *session.FileStore
	now   time.Time
	log   []string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	p := &place{dir: privateDir(t), now: time.Now()}
	store, err := session.OpenFileStore(p.dir, session.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	p.store = store
	p.Engine = session.New(store, session.Config{
		Now: func() time.Time { return p.now },
		Log: p.logf,
	})
	return p
}

func (p *place) logf(format string, args ...any) { p.log = append(p.log, fmt.Sprintf(format, args...)) }

// start starts a session and fails the test if that takes long.
func (p *place) start(t *testing.T, opt session.Options) *session.Session {
	t.Helper()
	s, err := p.Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

const secret = "the secret data of the visitor"

// saved stores a session and returns its id and the path of its file.
func (p *place) saved(t *testing.T) (id, path string) {
	t.Helper()
	s := p.start(t, session.Options{})
	var e session.Encoder
	e.Table(1)
	e.String("secret")
	e.String(secret)
	data, err := e.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Save(t.Context(), data); err != nil {
		t.Fatal(err)
	}
	s.Close()
	return s.ID(), p.path(s.ID())
}

func (p *place) path(id string) string {
	key := session.NewKey(session.DefaultName, id).String()
	return filepath.Join(p.dir, key[:2], key)
}

// files returns the paths of all files below the store's folder.
func (p *place) files(t *testing.T) (files []string) {
	t.Helper()
	err := filepath.WalkDir(p.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

var (
	errNeedsRoot = errors.New("only root can make this")
	errNeedsUser = errors.New("does not hold for root")
)
