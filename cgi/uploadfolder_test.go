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
	return formOf("--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"+content+"\r\n--x--\r\n", dir)
}

// formOf returns a POST of a form whose files wait below dir.
func formOf(body, dir string) *Request {
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
			if !errors.As(err, &se) || se.Status != tt.status || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "in "+dir+" (LCGI_UPLOAD_DIR)") {
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

// A form needs one descriptor, and one more for the file that is being written, however
// many files it has.
func TestUploadDescriptors(t *testing.T) {
	const files = 20
	dir := t.TempDir()
	open := func() (n int) {
		fds, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		for _, fd := range fds {
			if target, _ := os.Readlink("/proc/self/fd/" + fd.Name()); strings.HasPrefix(target, dir) {
				n++
			}
		}
		return n
	}
	part := "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n1\r\n"
	r := formOf(strings.Repeat(part, files)+"--x--\r\n", dir)
	most, write := 0, r.files.disk.write
	r.files.disk.write = func(fd int, p []byte) (int, error) {
		most = max(most, open())
		return write(fd, p)
	}
	list, err := r.Files()
	if err != nil || len(list) != files {
		t.Fatal(list, err)
	}
	if now := open(); now != 1 || most != 2 {
		t.Errorf("descriptors: %d while files are written and %d then, want 2 and 1", most, now)
	}
	if err := r.Close(); err != nil || open() != 0 {
		t.Errorf("%v; %d descriptors are left", err, open())
	}
}

// Where a page moves the folder to, nothing else is swept.
func TestUploadFolderMovedAway(t *testing.T) {
	r := uploadOf("x", t.TempDir())
	files, err := r.Files()
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	leave(t, filepath.Join(elsewhere, uploadNameOf("0")), 2*leftoverAge, uploadNameOf("0"))
	if err := errors.Join(os.Rename(filepath.Dir(files[0].Path), filepath.Join(elsewhere, "moved")), r.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(elsewhere, uploadNameOf("0"), uploadNameOf("0"))); err != nil {
		t.Error(err)
	}
}

// What a page does with the folder of its files is no error, and what it has put there
// is left alone.
func TestUploadFolderOfPage(t *testing.T) {
	for name, change := range map[string]func(file string) error{
		"renames the file":   func(file string) error { return os.Rename(file, file+".png") },
		"removes the file":   os.Remove,
		"removes the folder": func(file string) error { return os.RemoveAll(filepath.Dir(file)) },
	} {
		r := uploadOf("x", t.TempDir())
		files, err := r.Files()
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(change(files[0].Path), r.Close()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err = os.Stat(files[0].Path + ".png")
		if kept := err == nil; kept != (name == "renames the file") {
			t.Errorf("%s: the new file is there: %v", name, kept)
		}
		if _, err := os.Stat(filepath.Dir(files[0].Path)); (err == nil) != (name == "renames the file") {
			t.Errorf("%s: the folder: %v", name, err)
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
		r.files.sweep()
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
