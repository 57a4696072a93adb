package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// killer makes a store's disk end the goroutine that uses it at a chosen point,
// as a signal would end its process there: nothing is cleaned up. Before and
// after every system call there is a point, and one in the middle of a write.
type killer struct {
	points int  // that are left
	killed bool // there was that many
	wrote  int  // the descriptor that was written last
	placed bool // a file was renamed or exchanged
}

func (k *killer) point() {
	if k.points--; k.points < 0 {
		k.killed = true
		runtime.Goexit()
	}
}

func (k *killer) arm(d *disk) {
	works := *d
	d.pwrite = func(fd int, p []byte, offset int64) (int, error) {
		k.wrote = fd
		k.point()
		n, err := works.pwrite(fd, p[:len(p)/2], offset)
		k.point()
		if err != nil || n != len(p)/2 {
			return n, err
		}
		m, err := works.pwrite(fd, p[n:], offset+int64(n))
		k.point()
		return n + m, err
	}
	around := func(call func() error) error {
		k.point()
		err := call()
		k.point()
		return err
	}
	d.ftruncate = func(fd int, size int64) error {
		return around(func() error { return works.ftruncate(fd, size) })
	}
	d.unlinkat = func(dir int, name string, flags int) error {
		return around(func() error { return works.unlinkat(dir, name, flags) })
	}
	place := func(call func() error) error {
		return around(func() error {
			err := call()
			k.placed = k.placed || err == nil
			return err
		})
	}
	exchange := d.exchange
	d.exchange = func(dir int, a, b string) error {
		return place(func() error { return exchange(dir, a, b) })
	}
	d.renameat = func(oldDir int, oldName string, newDir int, newName string) error {
		return place(func() error { return works.renameat(oldDir, oldName, newDir, newName) })
	}
}

// run lets the record's holder do something and be killed at the chosen point.
func (k *killer) run(r *fileRecord, do func()) {
	k.wrote = r.fd
	k.arm(&r.store.disk)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		do()
	}()
	<-ended
	if !k.killed {
		return
	}
	// What the kernel does when a process ends.
	unix.Close(r.fd)
	if k.wrote != r.fd {
		unix.Close(k.wrote)
	}
	unix.Close(r.shard)
	r.fd, r.shard = -1, -1
}

func TestKilledAtEveryPoint(t *testing.T) {
	long := strings.Repeat("long ", 20_000)
	refused := func(int, string, string) error { return unix.EINVAL }
	save := func(state string) func(*fileRecord) {
		return func(r *fileRecord) { r.Save(context.Background(), []byte(state), spareMeta()) }
	}
	tests := []struct {
		name     string
		saved    []string
		exchange func(int, string, string) error // the real one if nil
		do       func(*fileRecord)
		now      string // the state after it; "" if nothing is stored
	}{
		{"the first save", nil, nil, save("new"), "new"},
		{"the second save", []string{"old"}, nil, save("new"), "new"},
		{"a save with a spare", []string{"older", "old"}, nil, save("new"), "new"},
		{"a save with a large spare", []string{"older", long, "old"}, nil, save("new"), "new"},
		{"a save of less into a spare of more", []string{"older " + long[:50_000], "old " + long}, nil, save("new"), "new"},
		{"a save of more", []string{"older", "old"}, nil, save(long), long},
		{"a save by renaming", []string{"older", "old"}, refused, save("new"), "new"},
		{"a delete", []string{"old"}, nil, func(r *fileRecord) { r.Delete(context.Background()) }, ""},
		{"a delete with a spare", []string{"older", "old"}, nil, func(r *fileRecord) { r.Delete(context.Background()) }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			old := ""
			if len(tt.saved) > 0 {
				old = tt.saved[len(tt.saved)-1]
			}
			points := 0
			for ; ; points++ {
				s := openTestStore(t)
				r := openSpareTest(t, s)
				saveStates(t, r, tt.saved...)
				if tt.exchange != nil {
					s.disk.exchange = tt.exchange
				}
				k := &killer{points: points}
				k.run(r, func() { tt.do(r) })
				if !k.killed {
					break
				}
				t.Run(fmt.Sprint("point ", points), func(t *testing.T) {
					want := []string{old, tt.now}
					switch {
					case tt.now != "" && k.placed:
						want = want[1:]
					case tt.now != "":
						want = want[:1]
					}
					checkAfterKill(t, s.dir, want)
				})
			}
			if least := 2; points < least {
				t.Errorf("it has %d points, want at least %d", points, least)
			}
		})
	}
}

// checkAfterKill checks that the store holds one of the states, of which "" is
// nothing, that the lock is free, and that the record is as good as any other.
func checkAfterKill(t *testing.T, dir string, want []string) {
	s, err := OpenFileStore(dir, FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	viewed, _, viewErr := s.View(t.Context(), spareKey)
	r := openSpareTest(t, s)
	loaded, _, err := r.Load(t.Context())
	if errors.Is(err, fs.ErrNotExist) && errors.Is(viewErr, fs.ErrNotExist) {
		err, viewErr = nil, nil
	}
	if err != nil || viewErr != nil || string(viewed) != string(loaded) {
		t.Fatalf("Load returns %.20q, %v, View returns %.20q, %v", loaded, err, viewed, viewErr)
	}
	if got := string(loaded); got != want[0] && got != want[len(want)-1] {
		t.Errorf("%.20q (%d bytes) is stored, want one of %.20q", got, len(got), want)
	}
	for _, state := range []string{"next", "the one after it", "3"} {
		saveStates(t, r, state)
		wantState(t, s, r, state)
	}
	if err := r.Delete(t.Context()); err != nil {
		t.Error(err)
	}
	r.Close()
	if _, err := s.Sweep(t.Context(), time.Now().Add(leftoverAge+time.Minute)); err != nil {
		t.Error(err)
	}
	if n := countFiles(t, dir); n != 0 {
		t.Errorf("%d files are left after a delete and a sweep", n)
	}
}
