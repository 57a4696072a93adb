package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A View reads the header, the data, and the header again. Before each of these
// something happens to the record.
func TestViewDuringSaves(t *testing.T) {
	// killedSave writes a state to the spare and dies before it is in place.
	killedSave := func(t *testing.T, r *fileRecord, state string) {
		d, ok := r.openSpare()
		if !ok {
			t.Error("the spare cannot be opened")
			return
		}
		head := header{meta: spareMeta(), size: uint64(len(state)), dataSum: sumData([]byte(state))}
		if err := r.writeDraft(d, &head, []byte(state)); err != nil {
			t.Error(err)
		}
		unlock(d.fd)
	}
	tests := []struct {
		name   string
		happen func(*testing.T, *fileRecord)
		want   string // "" if nothing is stored then
	}{
		{"a save", func(t *testing.T, r *fileRecord) { saveStates(t, r, "3") }, "3"},
		{"a save and a spare half written", func(t *testing.T, r *fileRecord) {
			saveStates(t, r, "3")
			killedSave(t, r, "4 longer than the others")
		}, "3"},
		{"two saves", func(t *testing.T, r *fileRecord) { saveStates(t, r, "3", "4") }, "4"},
		{"two saves of another size", func(t *testing.T, r *fileRecord) { saveStates(t, r, "3", "4 longer") }, "4 longer"},
		{"a save and one that is killed", func(t *testing.T, r *fileRecord) {
			saveStates(t, r, "3")
			killedSave(t, r, "!")
		}, "3"},
		{"a save, one that is killed, and another", func(t *testing.T, r *fileRecord) {
			saveStates(t, r, "3")
			killedSave(t, r, "!")
			saveStates(t, r, "4")
		}, "4"},
		{"a use", func(t *testing.T, r *fileRecord) {
			if err := r.Touch(t.Context(), spareMeta()); err != nil {
				t.Error(err)
			}
		}, "2"},
		{"a delete", func(t *testing.T, r *fileRecord) {
			if err := r.Delete(t.Context()); err != nil {
				t.Error(err)
			}
		}, ""},
	}
	for _, tt := range tests {
		for at := range 3 {
			t.Run(fmt.Sprint(tt.name, " before read ", at), func(t *testing.T) {
				s := openTestStore(t)
				r := openSpareTest(t, s)
				saveStates(t, r, "1", "2")
				works, reads := s.disk.pread, 0
				s.disk.pread = func(fd int, p []byte, offset int64) (int, error) {
					if reads++; reads == at+1 {
						tt.happen(t, r)
					}
					return works(fd, p, offset)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				data, _, err := s.View(ctx, spareKey)
				if reads <= at {
					t.Fatalf("it reads %d times only", reads)
				}
				// What was stored when it began is as good.
				stored := tt.want != "" && err == nil && string(data) == tt.want || tt.want == "" && errors.Is(err, fs.ErrNotExist)
				if before := err == nil && string(data) == "2"; !stored && !before {
					t.Errorf("View returns %q, %v, want %q", data, err, tt.want)
				}
			})
		}
	}
}

// What was never in place is not seen, although the file in which it was read is
// in place afterwards: it came there with another state.
func TestViewOfAStateGivenUp(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	saveStates(t, r, "1", "2")
	works, reads := s.disk.pread, 0
	s.disk.pread = func(fd int, p []byte, offset int64) (int, error) {
		reads++
		switch reads {
		case 1: // the file that View has opened becomes the spare, holding "!"
			saveStates(t, r, "3")
			s.disk.exchange = func(int, string, string) error { return unix.EIO }
			unlinkat := s.disk.unlinkat
			s.disk.unlinkat = func(int, string, int) error { return nil } // as if killed
			if err := r.Save(t.Context(), []byte("!"), spareMeta()); !errors.Is(err, unix.EIO) {
				t.Errorf("Save returns %v, want EIO", err)
			}
			s.disk.exchange, s.disk.unlinkat = exchange, unlinkat
		}
		n, err := works(fd, p, offset)
		if reads == 2 { // "!" is read; now the file is put in place
			saveStates(t, r, "4")
		}
		return n, err
	}
	if data, _, err := s.View(t.Context(), spareKey); err != nil || string(data) != "4" {
		t.Errorf("View returns %q, %v, want 4", data, err)
	}
	if reads <= 3 {
		t.Errorf("it reads %d times only", reads)
	}
}

// View goes on as long as its context does.
func TestViewEndsWithItsContext(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	saveStates(t, r, "1", "2")
	ctx, cancel := context.WithCancel(t.Context())
	works, saves := s.disk.pread, 0
	s.disk.pread = func(fd int, p []byte, offset int64) (int, error) {
		if offset > 0 { // once for each time the record is opened
			if saves++; saves == 100 {
				cancel()
			}
			saveStates(t, r, fmt.Sprint(saves))
		}
		return works(fd, p, offset)
	}
	if _, _, err := s.View(ctx, spareKey); !errors.Is(err, context.Canceled) {
		t.Errorf("View returns %v, want context.Canceled", err)
	}
}
