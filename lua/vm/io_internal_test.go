package vm

import (
	"io"
	"path/filepath"
	"syscall"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// TestClosedFIFO: a machine does not hold what has been closed.
func TestClosedFIFO(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	m := New(NewLibrary(), Config{Output: io.Discard, Log: io.Discard})
	defer m.Close()
	err := m.Protect(t.Context(), func(L *glua.LState) {
		ud, err := openFile(L, fifo, "r")
		if err != nil {
			t.Fatal(err)
		}
		f := ud.Value.(*file)
		if err := f.Close(); err != nil || f.forget == nil || f.forget() {
			t.Errorf("the end of the machine would still be told to the file; %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}
