package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// hostileTree makes a tree that is hard to remove, in a folder of root, and returns
// a folder outside of it to which it leads.
func hostileTree(t *testing.T, root string) (outside string) {
	t.Helper()
	outside = filepath.Join(t.TempDir(), "outside")
	t.Cleanup(func() { os.Chmod(outside, 0o700) })
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	file := func(path string) error { return os.WriteFile(path, []byte("x"), 0o600) }
	must(os.Mkdir(outside, 0o700), os.Mkdir(root, 0o700))
	must(file(filepath.Join(outside, "precious")))
	in := func(names ...string) string { return filepath.Join(append([]string{root}, names...)...) }
	must(
		os.Symlink(outside, in("link to a folder")),
		os.Symlink(filepath.Join(outside, "precious"), in("link to a file")),
		os.Symlink("nowhere", in("dangling link")),
		os.Symlink(".", in("link to itself")),
		os.Link(filepath.Join(outside, "precious"), in("second link")),
		os.Chmod(filepath.Join(outside, "precious"), 0o400), os.Chmod(outside, 0o500),
		syscall.Mkfifo(in("fifo"), 0o600),
		syscall.Mkfifo(in("closed fifo"), 0),
		file(in("closed file")), os.Chmod(in("closed file"), 0),
		file(in("name with \n and \xff")), file(in("...")), file(in("-rf")), file(in("x.dead")),
		os.MkdirAll(in("a", "b", "c"), 0o700), file(in("a", "b", "c", "file")), file(in("a", "b", "file")),
		os.Symlink(outside, in("a", "b", "link")),
		os.MkdirAll(in("closed", "inner"), 0o700), file(in("closed", "inner", "file")),
		os.Chmod(in("closed", "inner"), 0), os.Chmod(in("closed"), 0),
		os.MkdirAll(in("read-only", "inner"), 0o700), file(in("read-only", "file")), file(in("read-only", "inner", "file")),
		os.Chmod(in("read-only", "inner"), 0o500), os.Chmod(in("read-only"), 0o555),
		os.Mkdir(in("empty and closed"), 0),
	)
	for i := range removeBatch + 50 {
		must(file(in(fmt.Sprint("many", i))))
	}
	// Deeper than a path can be long.
	dir, err := os.OpenRoot(root)
	must(err)
	deep := strings.Repeat("d", 200)
	for range 30 {
		must(dir.Mkdir(deep, 0o700))
		next, err := dir.OpenRoot(deep)
		must(err, dir.Close())
		dir = next
	}
	must(dir.WriteFile("file", nil, 0o600), dir.Symlink("..", "up"), dir.Close())
	return outside
}

func openDir(t *testing.T, dir string) int {
	t.Helper()
	fd, err := openFolder(unix.AT_FDCWD, dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	return fd
}

func checkOutside(t *testing.T, outside string) {
	t.Helper()
	for path, mode := range map[string]fs.FileMode{outside: fs.ModeDir | 0o500, filepath.Join(outside, "precious"): 0o400} {
		if fi, err := os.Lstat(path); err != nil || fi.Mode() != mode {
			t.Errorf("%s outside was changed: %v", path, err)
		}
	}
}

func TestRemoveTree(t *testing.T) { testRemoveTree(t, t.TempDir()) }

func testRemoveTree(t *testing.T, dir string) {
	outside := hostileTree(t, filepath.Join(dir, "tree"))
	d, at := systemDisk(), openDir(t, dir)
	if err := removeTree(t.Context(), &d, at, "tree"); err != nil {
		t.Error(err)
	}
	checkGone(t, filepath.Join(dir, "tree"))
	checkOutside(t, outside)
	if err := removeTree(t.Context(), &d, at, "tree"); err != nil {
		t.Errorf("removing what is gone: %v", err)
	}
}

func checkGone(t *testing.T, path string) {
	t.Helper()
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}

// For root no folder is closed.
func TestRemoveTreeAsUser(t *testing.T) {
	const variable = "LCGI_TEST_REMOVE"
	if dir := os.Getenv(variable); dir != "" {
		testRemoveTree(t, dir)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("TestRemoveTree shows it")
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("", "lcgi-remove-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	test, err := os.ReadFile(os.Args[0]) // which nobody else can reach where it is
	if err == nil {
		err = errors.Join(os.Chown(dir, nobody, nobody), os.WriteFile(filepath.Join(dir, "test"), test, 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(filepath.Join(dir, "test"), "-test.run=^TestRemoveTreeAsUser$")
	c.Dir = dir
	c.Env = append(os.Environ(), variable+"="+dir, "TMPDIR="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("as another user: %v: %s", err, out)
	}
}

func TestRemoveTreeInPieces(t *testing.T) {
	dir := t.TempDir()
	hostileTree(t, filepath.Join(dir, "tree"))
	d, at := systemDisk(), openDir(t, dir)
	pieces := 0
	for ; ; pieces++ {
		if pieces > 10_000 {
			t.Fatal("it does not come to an end")
		}
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		limited := d
		limited.unlinkat = func(dir int, name string, flags int) error {
			if calls++; calls == 100 {
				cancel()
			}
			return d.unlinkat(dir, name, flags)
		}
		if err := removeTree(ctx, &limited, at, "tree"); err != nil {
			t.Fatal(err)
		}
		cancel()
		if calls > 102 {
			t.Errorf("after the end of its context it removes %d more", calls-100)
		}
		if _, err := os.Lstat(filepath.Join(dir, "tree")); errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	if pieces < 3 {
		t.Errorf("%d pieces, want more", pieces)
	}
}

func TestRemoveTreeTogether(t *testing.T) {
	dir := t.TempDir()
	hostileTree(t, filepath.Join(dir, "tree"))
	at := openDir(t, dir)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			d := systemDisk()
			if err := removeTree(t.Context(), &d, at, "tree"); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	checkGone(t, filepath.Join(dir, "tree"))
}

// What cannot be removed is said, and does not keep the rest.
func TestRemoveTreeReportsErrors(t *testing.T) {
	dir := t.TempDir()
	tree := filepath.Join(dir, "tree")
	if err := os.MkdirAll(filepath.Join(tree, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "stuck", "z", "sub/b"} {
		if err := os.WriteFile(filepath.Join(tree, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := systemDisk()
	unlinkat := d.unlinkat
	d.unlinkat = func(dir int, name string, flags int) error {
		if name == "stuck" {
			return unix.EPERM
		}
		return unlinkat(dir, name, flags)
	}
	err := removeTree(t.Context(), &d, openDir(t, dir), "tree")
	if !errors.Is(err, unix.EPERM) || !strings.Contains(err.Error(), "stuck") {
		t.Errorf("error %v, want one that names what is stuck", err)
	}
	if names, _ := filepath.Glob(filepath.Join(tree, "*")); len(names) != 1 {
		t.Errorf("left are %q", names)
	}
}
