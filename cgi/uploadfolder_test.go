package cgi

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// uploadOf returns a POST of a form with one file of that content, which waits
// below dir.
func uploadOf(content, dir string) *Request {
	body := "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + content + "\r\n--x--\r\n"
	r := NewRequest(Env{
		"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": strconv.Itoa(len(body)),
	}, strings.NewReader(body), Limits{})
	r.SetUploadDir(dir)
	return r
}

// privateFolder returns the private folder below dir, and makes it.
func privateFolder(t *testing.T, dir string) string {
	t.Helper()
	path := filepath.Join(dir, fmt.Sprintf("lcgi-uploads-%d", os.Geteuid()))
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func namesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func TestUploadDiskFaults(t *testing.T) {
	content := strings.Repeat("content", 30_000)
	failAt := func(n int, err error) func(int, []byte) (int, error) {
		return func(fd int, p []byte) (int, error) {
			if n--; n < 0 {
				return 0, err
			}
			// As a disk that is getting full: less than was asked for.
			return unix.Write(fd, p[:(len(p)+1)/2])
		}
	}
	for _, tt := range []struct {
		name   string
		write  func(int, []byte) (int, error)
		status int
		want   string
	}{
		{"full at the first byte", failAt(0, unix.ENOSPC), 507, "no space left"},
		{"full later", failAt(9, unix.ENOSPC), 507, "no space left"},
		{"over the quota", failAt(3, unix.EDQUOT), 507, "quota"},
		{"broken", failAt(3, unix.EIO), 500, "input/output"},
		{"writing nothing", failAt(3, nil), 500, "nothing was written"},
		{"writing in small pieces", failAt(1<<30, nil), 0, ""},
		{"interrupted", func() func(int, []byte) (int, error) {
			n := 0
			return func(fd int, p []byte) (int, error) {
				if n++; n%3 > 0 {
					return 0, unix.EINTR
				}
				return unix.Write(fd, p)
			}
		}(), 0, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			folder := privateFolder(t, dir)
			r := uploadOf(content, dir)
			defer r.Close()
			r.files.disk.write = tt.write
			files, err := r.Files()
			if tt.status == 0 {
				got, readErr := os.ReadFile(files[0].Path)
				if err != nil || readErr != nil || string(got) != content {
					t.Errorf("%v, %v, %d bytes", err, readErr, len(got))
				}
				return
			}
			var se *StatusError
			if !errors.As(err, &se) || se.Status != tt.status || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "LCGI_UPLOAD_DIR") || !strings.Contains(err.Error(), folder) {
				t.Errorf("got %v, want %d and %q", err, tt.status, tt.want)
			}
			if names := namesIn(t, folder); files != nil || len(names) > 0 {
				t.Errorf("left: %v, %q", files, names)
			}
		})
	}
}

// A temporary file that cannot be removed is told to the log, once.
func TestUploadThatCannotBeRemoved(t *testing.T) {
	r := uploadOf("x", t.TempDir())
	files, err := r.Files()
	if err != nil {
		t.Fatal(err)
	}
	r.files.folder.disk.unlink = func(int, string) error { return unix.EROFS }
	if err := r.Close(); !errors.Is(err, unix.EROFS) || !strings.Contains(err.Error(), files[0].Path) {
		t.Errorf("got %v", err)
	}
	if err := r.Close(); err != nil {
		t.Errorf("the second time: %v", err)
	}
}

func TestUploadSweep(t *testing.T) {
	dir := t.TempDir()
	folder := privateFolder(t, dir)
	old := time.Now().Add(-2 * leftoverAge)
	name := func(c string) string { return strings.Repeat(c, uploadNameLen) }
	for _, name := range []string{name("0"), name("1"), name("2"), name("f"), "foreign", strings.ToUpper(name("a"))} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(folder, name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	young := time.Now().Add(-leftoverAge / 2)
	if err := os.Chtimes(filepath.Join(folder, name("1")), young, young); err != nil {
		t.Fatal(err)
	}
	locked, err := os.Open(filepath.Join(folder, name("2")))
	if err != nil {
		t.Fatal(err)
	}
	defer locked.Close()
	if err := unix.Flock(int(locked.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(name("f"), filepath.Join(folder, name("3"))); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(folder, name("4")), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(filepath.Join(folder, name("4")), old, old); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mkfifo(filepath.Join(folder, name("5")), 0o600); err != nil {
		t.Fatal(err)
	}
	// Another request's file, that is old and in use.
	other := uploadOf("x", dir)
	defer other.Close()
	files, err := other.Files()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(files[0].Path, old, old); err != nil {
		t.Fatal(err)
	}
	r := uploadOf("x", dir)
	if _, err := r.Files(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{
		name("0"): false, name("f"): false,
		name("1"): true, name("2"): true, name("3"): true, name("4"): true, name("5"): true,
		"foreign": true, strings.ToUpper(name("a")): true, filepath.Base(files[0].Path): true,
	} {
		if _, err := os.Lstat(filepath.Join(folder, name)); (err == nil) != want {
			t.Errorf("%s: it is there: %v, want %v", name, err == nil, want)
		}
	}
}

// Many files do not make one request take long, and many requests remove them all.
func TestUploadSweepIsBounded(t *testing.T) {
	dir := t.TempDir()
	folder := privateFolder(t, dir)
	old := time.Now().Add(-2 * leftoverAge)
	const dead = 2*sweepRemoves + 1
	for i := range dead {
		path := filepath.Join(folder, fmt.Sprintf("%0*x", uploadNameLen, i))
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []int{dead - sweepRemoves, dead - 2*sweepRemoves, 0} {
		r := uploadOf("x", dir)
		if _, err := r.Files(); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		if names := namesIn(t, folder); len(names) != want {
			t.Errorf("left: %d, want %d", len(names), want)
		}
	}
}

// The program of TestUploadKill: it takes an upload and waits to be killed.
func TestUploadKillProgram(t *testing.T) {
	dir := os.Getenv("LCGI_TEST_UPLOAD_DIR")
	if dir == "" {
		t.Skip("the program of TestUploadKill")
	}
	if _, err := uploadOf("x", dir).Files(); err != nil {
		t.Fatal(err)
	}
	fmt.Println("stored")
	select {}
}

// What a process leaves that is killed, the next upload removes once it is old, and
// not while the process lives.
func TestUploadKill(t *testing.T) {
	dir := t.TempDir()
	folder := privateFolder(t, dir)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestUploadKillProgram$", "-test.timeout=60s")
	cmd.Env = append(os.Environ(), "LCGI_TEST_UPLOAD_DIR="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, len("stored"))
	if _, err := io.ReadFull(out, line); err != nil || string(line) != "stored" {
		t.Fatalf("%q, %v", line, err)
	}
	next := func() []string {
		t.Helper()
		r := uploadOf("x", dir)
		// The clock of the sweep goes ahead.
		r.files.disk.now = func() time.Time { return time.Now().Add(leftoverAge + time.Second) }
		if _, err := r.Files(); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		return namesIn(t, folder)
	}
	if names := next(); len(names) != 1 {
		t.Errorf("while the process lives: %q", names)
	}
	cmd.Process.Kill()
	cmd.Wait()
	if names := next(); len(names) != 0 {
		t.Errorf("after it was killed: %q", names)
	}
}
