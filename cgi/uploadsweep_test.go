package cgi

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// leave makes the folder of a request, with files of that age in it; without any, it
// is of that age itself.
func leave(t *testing.T, folder string, age time.Duration, files ...string) {
	t.Helper()
	err := os.Mkdir(folder, 0o700)
	for _, name := range files {
		file := filepath.Join(folder, name)
		err = errors.Join(err, os.WriteFile(file, nil, 0o600), chage(file, age))
	}
	if len(files) == 0 {
		err = errors.Join(err, chage(folder, age))
	}
	if err != nil {
		t.Fatal(err)
	}
}

func chage(path string, age time.Duration) error {
	at := time.Now().Add(-age)
	return os.Chtimes(path, at, at)
}

// uploadAndSweep stores a file below dir, closes the request and sweeps as a Gateway does.
func uploadAndSweep(t *testing.T, dir string, random func(int) int) {
	t.Helper()
	r := uploadOf("x", dir)
	if random != nil {
		r.files.disk.random = random
	}
	if _, err := r.Files(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r.files.sweep()
}

func uploadNameOf(c string) string { return strings.Repeat(c, uploadNameLen) }

func TestUploadSweep(t *testing.T) {
	const old, young = 2 * leftoverAge, leftoverAge / 2
	dir := t.TempDir()
	folder := privateFolder(t, dir)
	name := uploadNameOf
	at := func(c string) string { return filepath.Join(folder, name(c)) }
	leave(t, at("0"), old)
	leave(t, at("1"), young)
	leave(t, at("2"), old, name("0"), name("1"))
	leave(t, at("3"), old, name("0"))
	if err := os.WriteFile(filepath.Join(at("3"), name("1")), nil, 0o600); err != nil { // a file that is young
		t.Fatal(err)
	}
	leave(t, at("4"), old, name("0"))
	leave(t, at("5"), old, name("0"), "foreign")
	leave(t, at("f"), old, name("f"))
	leave(t, filepath.Join(folder, "foreign"), old)
	leave(t, filepath.Join(folder, strings.ToUpper(name("a"))), old)
	locked, err := os.Open(at("4"))
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := errors.Join(
		unix.Flock(int(locked.Fd()), unix.LOCK_EX),
		os.Symlink(name("f"), at("6")),
		os.WriteFile(at("7"), nil, 0o600), chage(at("7"), old),
		unix.Mkfifo(at("8"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	// Another request's file, that is old and in use.
	other := uploadOf("x", dir)
	defer other.Close()
	files, err := other.Files()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(chage(files[0].Path, old), chage(filepath.Dir(files[0].Path), old)); err != nil {
		t.Fatal(err)
	}
	count := func(want Leftovers) {
		t.Helper()
		want.Folder = folder
		if got, err := UploadLeftovers(dir, time.Now()); err != nil || got != want {
			t.Errorf("leftovers: %+v, %v, want %+v", got, err, want)
		}
	}
	if err := os.Truncate(filepath.Join(at("2"), name("1")), 5); err != nil {
		t.Fatal(err)
	}
	if err := chage(filepath.Join(at("2"), name("1")), old); err != nil {
		t.Fatal(err)
	}
	count(Leftovers{Folders: 4, Files: 4, Bytes: 5}) // 0, 2, 5 and f
	uploadAndSweep(t, dir, nil)
	count(Leftovers{})
	for path, want := range map[string]bool{
		at("0"): false, at("1"): true, at("2"): false, at("3"): true, at("4"): true, at("f"): false,
		filepath.Join(at("5"), "foreign"): true, filepath.Join(at("5"), name("0")): false,
		at("6"): true, at("7"): true, at("8"): true,
		filepath.Join(folder, "foreign"): true, filepath.Join(folder, strings.ToUpper(name("a"))): true, files[0].Path: true,
	} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: it is there: %v, want %v", path, err == nil, want)
		}
	}
}

// Many folders do not make one request take long, and many requests remove them all.
func TestUploadSweepIsBounded(t *testing.T) {
	dir := t.TempDir()
	folder := privateFolder(t, dir)
	const dead = 2*sweepRemoves + 1
	for i := range dead {
		leave(t, filepath.Join(folder, fmt.Sprintf("%0*x", uploadNameLen, i)), 2*leftoverAge, uploadNameOf("0"))
	}
	for _, want := range []int{dead - sweepRemoves, dead - 2*sweepRemoves, 0} {
		uploadAndSweep(t, dir, nil)
		if names := namesIn(t, folder); len(names) != want {
			t.Errorf("left: %d, want %d", len(names), want)
		}
	}
}

// A folder that is left over is found among more that are in use than a sweep looks at,
// wherever it stands.
func TestUploadSweepAmongMany(t *testing.T) {
	dir := t.TempDir()
	folder := privateFolder(t, dir)
	const all = 1100
	for i := range all {
		leave(t, filepath.Join(folder, fmt.Sprintf("%0*x", uploadNameLen, i)), 0)
	}
	listing, err := os.Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer listing.Close()
	names, err := listing.Readdirnames(-1)
	if err != nil || len(names) != all {
		t.Fatal(len(names), err)
	}
	const few = sweepLooks / 2
	for _, name := range names[all-few:] {
		if err := chage(filepath.Join(folder, name), 2*leftoverAge); err != nil {
			t.Fatal(err)
		}
	}
	looks := 0
	uploadAndSweep(t, dir, func(n int) int { // from the last one on
		looks++
		return n - looks
	})
	if left := namesIn(t, folder); len(left) != all-few || looks > sweepLooks {
		t.Errorf("left: %d, want %d; %d looks", len(left), all-few, looks)
	}
	// By chance every place is looked at.
	if err := chage(filepath.Join(folder, names[all/2]), 2*leftoverAge); err != nil {
		t.Fatal(err)
	}
	for range 1000 { // one in five looks at it
		uploadAndSweep(t, dir, nil)
		if _, err := os.Stat(filepath.Join(folder, names[all/2])); err != nil {
			return
		}
	}
	t.Error("it is still there after 1000 sweeps")
}

// Who asks what is left makes nothing, and is told why no upload works.
func TestUploadLeftoversFolder(t *testing.T) {
	dir := t.TempDir()
	if got, err := UploadLeftovers(dir, time.Now()); err != nil || got != (Leftovers{Folder: privateFolderPath(dir)}) || len(namesIn(t, dir)) > 0 {
		t.Errorf("no folder: %+v, %v; %q", got, err, namesIn(t, dir))
	}
	if err := os.Chmod(privateFolder(t, dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := UploadLeftovers(dir, time.Now()); err == nil || !strings.Contains(err.Error(), "chmod 700") {
		t.Errorf("a folder that is open to others: %v", err)
	}
}

// The visitor does not wait for the sweep: it comes after the answer, also where the
// handler closes the request before it.
func TestUploadSweepComesAfterAnswer(t *testing.T) {
	dir := t.TempDir()
	dead := filepath.Join(privateFolder(t, dir), uploadNameOf("0"))
	leave(t, dead, 2*leftoverAge, uploadNameOf("0"))
	r := uploadOf("x", dir)
	g := &Gateway{UploadDir: dir, Handler: closingHandler{}}
	sink := sinkFunc(func() {
		if _, err := os.Stat(dead); err != nil {
			t.Errorf("when the answer is sent: %v", err)
		}
	})
	if err := g.serve(t.Context(), r, sink, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dead); err == nil {
		t.Error("it is there after the answer")
	}
}

// closingHandler reads the files of a request and closes it.
type closingHandler struct{}

func (closingHandler) Handle(_ context.Context, _ *Response, r *Request) error {
	_, err := r.Files()
	return errors.Join(err, r.Close())
}

// sinkFunc is called when an answer is sent, and drops it.
type sinkFunc func()

func (s sinkFunc) WriteHead(int, string, []Field) error { s(); return nil }
func (s sinkFunc) Write(p []byte) (int, error)          { s(); return len(p), nil }
func (s sinkFunc) Flush() error                         { s(); return nil }
