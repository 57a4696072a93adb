package session

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// stopAt makes the goroutine that uses the disks stop for ever at that point, and
// close stopped; see killer. Other than one that ends, it runs no deferred calls.
func stopAt(point int, stopped chan<- struct{}, disks ...*disk) {
	pass := func() {
		if point--; point < 0 {
			close(stopped)
			select {}
		}
	}
	around := func(call func() error) error {
		pass()
		err := call()
		pass()
		return err
	}
	for _, d := range disks {
		works := *d
		d.pwrite = func(fd int, p []byte, offset int64) (n int, err error) {
			pass()
			n, err = works.pwrite(fd, p[:(len(p)+1)/2], offset)
			pass()
			return n, err // and so it is called again for the rest
		}
		d.ftruncate = func(fd int, size int64) error {
			return around(func() error { return works.ftruncate(fd, size) })
		}
		d.renameat = func(oldDir int, oldName string, newDir int, newName string) error {
			return around(func() error { return works.renameat(oldDir, oldName, newDir, newName) })
		}
		d.exchange = func(dir int, a, b string) error {
			return around(func() error { return works.exchange(dir, a, b) })
		}
		d.unlinkat = func(dir int, name string, flags int) error {
			return around(func() error { return works.unlinkat(dir, name, flags) })
		}
	}
}

// killSite is an engine on a store in a folder that several processes use.
type killSite struct {
	*Engine
	store *FileStore
	dir   string
	now   time.Time

	forGood bool // expired sessions leave nothing
}

const killMax = 4

func openKillSite(dir string) (*killSite, error) {
	store, err := OpenFileStore(filepath.Join(dir, "store"), FileOptions{})
	if err != nil {
		return nil, err
	}
	k := &killSite{store: store, dir: dir, now: time.Now()}
	k.Engine = New(store, Config{
		Now:     func() time.Time { return k.now },
		Folders: filepath.Join(dir, "private"),
		Max:     killMax,
	})
	return k, nil
}

// use does something with the session that id leads to. All ids are kept, unless
// the test is about sessions that go for good.
func (k *killSite) use(id string, do func(*Session) error) error {
	s, err := k.Start(context.Background(), Options{ID: id, KeepID: !k.forGood})
	if err != nil {
		return err
	}
	defer s.Close()
	if err := do(s); err != nil {
		return err
	}
	return s.Close()
}

// keep stores a session with data and a private folder in which there is a file.
func (k *killSite) keep() (id string, err error) {
	err = k.use("", func(s *Session) error {
		id = s.ID()
		dir, err := s.Folder(context.Background())
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(dir, "deep", "er"), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, "deep", "er", "file"), nil, 0o600); err != nil {
			return err
		}
		return s.Save(context.Background(), []byte("old"))
	})
	return id, err
}

// killSteps are what is killed half-way.
var killSteps = map[string]func(k *killSite, id string) error{
	"rotate": func(k *killSite, id string) error {
		return k.use(id, func(s *Session) error {
			if err := s.Rotate(DefaultGrace); err != nil {
				return err
			}
			return s.Save(context.Background(), []byte("new"))
		})
	},
	"rotate without grace": func(k *killSite, id string) error {
		return k.use(id, func(s *Session) error {
			if err := s.Rotate(0); err != nil {
				return err
			}
			return s.Save(context.Background(), []byte("new"))
		})
	},
	"delete": func(k *killSite, id string) error {
		return k.use(id, func(s *Session) error { return s.Delete(context.Background()) })
	},
	"reset": func(k *killSite, id string) error {
		return k.use(id, func(s *Session) error {
			if err := s.Reset(); err != nil {
				return err
			}
			return s.Save(context.Background(), []byte("new"))
		})
	},
	"start":          func(k *killSite, id string) error { _, err := k.keep(); return err },
	"sweep":          sweepLater,
	"sweep for good": sweepLater,
	"set": func(k *killSite, id string) error {
		return k.Shared().Set(context.Background(), "fresh", []byte("new"))
	},
	"set again": func(k *killSite, id string) error {
		return k.Shared().Set(context.Background(), "shared", []byte("new"))
	},
	"unset": func(k *killSite, id string) error {
		_, err := k.Shared().Delete(context.Background(), "shared")
		return err
	},
}

func sweepLater(k *killSite, id string) error {
	k.now = k.now.Add(time.Hour)
	_, err := k.Sweep(context.Background())
	return err
}

// killed does a step until it is killed at that point, and reports whether it was.
func (k *killSite) killed(t *testing.T, step, id string, point int) bool {
	t.Helper()
	victim, err := openKillSite(k.dir)
	if err != nil {
		t.Fatal(err)
	}
	victim.forGood = k.forGood
	stopped, done := make(chan struct{}), make(chan error, 1)
	stopAt(point, stopped, &victim.store.disk, &victim.folders.disk)
	go func() { done <- killSteps[step](victim, id) }()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
		if err := victim.store.Close(); err != nil {
			t.Error(err)
		}
		return false
	case <-stopped:
	}
	// What the kernel does when a process ends. The descriptors of other stores in
	// the folder have no locks.
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range fds {
		path, _ := os.Readlink(filepath.Join("/proc/self/fd", entry.Name()))
		fd, err := strconv.Atoi(entry.Name())
		if err == nil && strings.HasPrefix(path, k.dir) && fd != k.store.root {
			unix.Close(fd)
		}
	}
	return true
}

// memoryDir returns an empty folder in memory, where the system has one: these tests make
// and remove more files than a disk likes.
func memoryDir(t *testing.T) string {
	dir, err := os.MkdirTemp("/dev/shm", "lcgi-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func TestEngineKilledAtEveryPoint(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the descriptors of a goroutine cannot be told")
	}
	for step := range killSteps {
		t.Run(step, func(t *testing.T) {
			for point := 0; ; point++ {
				dir := memoryDir(t)
				if err := os.Mkdir(filepath.Join(dir, "store"), 0o700); err != nil {
					t.Fatal(err)
				}
				k, err := openKillSite(dir)
				if err != nil {
					t.Fatal(err)
				}
				k.forGood = step == "sweep for good"
				id, err := k.keep()
				if err == nil {
					err = k.Shared().Set(t.Context(), "shared", []byte("old"))
				}
				if err != nil {
					t.Fatal(err)
				}
				killed := k.killed(t, step, id, point)
				t.Run(fmt.Sprint("point ", point), func(t *testing.T) { k.check(t, step, id, killed) })
				k.store.Close()
				os.RemoveAll(dir)
				if !killed {
					if point < 4 {
						t.Errorf("it has %d points only", point)
					}
					break
				}
			}
		})
	}
}

// A folder of which the owner was never written is kept for an hour.
func TestFolderThatIsBeingMade(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "store"), 0o700); err != nil {
		t.Fatal(err)
	}
	k, err := openKillSite(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer k.store.Close()
	full := unix.ENOSPC
	write := k.folders.disk.pwrite
	k.folders.disk.pwrite = func(int, []byte, int64) (int, error) { return 0, full }
	unlink := k.folders.disk.unlinkat
	k.folders.disk.unlinkat = func(int, string, int) error { return nil } // as if killed
	if _, err := k.keep(); err == nil || !strings.Contains(err.Error(), "no space") {
		t.Errorf("on a full disk: %v", err)
	}
	k.folders.disk.pwrite, k.folders.disk.unlinkat = write, unlink
	for _, want := range []int{1, 0} {
		if _, err := k.Sweep(t.Context()); err != nil {
			t.Error(err)
		}
		if names, _ := filepath.Glob(filepath.Join(k.folders.dir, "*", "*")); len(names) != want {
			t.Errorf("left are %q, want %d", names, want)
		}
		k.now = time.Now().Add(2 * time.Hour)
	}
}
