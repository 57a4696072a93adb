package session_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lcgi/session"
)

func wantShared(t *testing.T, v *session.Shared, name string, want []byte) {
	t.Helper()
	if got, err := v.Get(t.Context(), name); err != nil || string(got) != string(want) || (got == nil) != (want == nil) {
		t.Errorf("%q is %q, %v, want %q", name, got, err, want)
	}
}

func wantKeys(t *testing.T, v *session.Shared, want ...string) {
	t.Helper()
	if got, err := v.Keys(t.Context()); err != nil || !slices.Equal(got, want) {
		t.Errorf("Keys returns %q, %v, want %q", got, err, want)
	}
}

func setShared(t *testing.T, v *session.Shared, name string, data []byte) {
	t.Helper()
	if err := v.Set(t.Context(), name, data); err != nil {
		t.Fatal(err)
	}
}

func TestShared(t *testing.T) {
	p := newPlace(t)
	v := p.Shared()
	wantShared(t, v, "x", nil)
	wantKeys(t, v)
	setShared(t, v, "x", some)
	setShared(t, v, "x", other)
	names := []string{"", " ", "a b", "x", "xx", "../../etc/passwd", "\x00", "\xff\xfe", strings.Repeat("n", 250), "ä"}
	names = names[1:]
	for _, name := range names {
		setShared(t, v, name, []byte(name))
	}
	setShared(t, v, "nothing in it", []byte{})
	names = append(names, "nothing in it")
	slices.Sort(names)
	// Others see them, and after ten years.
	p.now = p.now.Add(10 * 365 * 24 * time.Hour)
	if removed, err := p.Sweep(t.Context()); removed != 0 || err != nil {
		t.Errorf("%d are swept, %v", removed, err)
	}
	v = session.New(p.store, session.Config{}).Shared()
	wantKeys(t, v, names...)
	for _, name := range names {
		want := name
		if name == "nothing in it" {
			want = ""
		}
		wantShared(t, v, name, []byte(want))
	}
	for _, want := range []bool{true, false} {
		if existed, err := v.Delete(t.Context(), "x"); existed != want || err != nil {
			t.Errorf("Delete returns %v, %v, want %v", existed, err, want)
		}
		wantShared(t, v, "x", nil)
	}
	setShared(t, v, "xx", nil)
	names = slices.DeleteFunc(names, func(name string) bool { return name == "x" || name == "xx" })
	wantKeys(t, v, names...)
	setShared(t, v, "x", some)
	wantKeys(t, v, slices.Insert(names, slices.Index(names, "ä"), "x")...)
	if err := v.Reset(t.Context()); err != nil {
		t.Fatal(err)
	}
	wantKeys(t, v)
	wantShared(t, v, "x", nil)
	if files := p.files(t); len(files) > 0 {
		t.Errorf("left are %q", files)
	}
}

func TestSharedNames(t *testing.T) {
	v := newPlace(t).Shared()
	for _, name := range []string{"", strings.Repeat("n", 251)} {
		_, getErr := v.Get(t.Context(), name)
		_, deleteErr := v.Delete(t.Context(), name)
		for _, err := range []error{getErr, deleteErr, v.Set(t.Context(), name, some)} {
			if err == nil {
				t.Errorf("a name of %d bytes is taken", len(name))
			}
		}
	}
}

func TestSharedUpdate(t *testing.T) {
	p := newPlace(t)
	v := p.Shared()
	var seen []string
	step := func(to []byte, fail error) error {
		return v.Update(t.Context(), "x", func(old []byte) ([]byte, error) {
			seen = append(seen, fmt.Sprintf("%q %v", old, old == nil))
			return to, fail
		})
	}
	failure := errors.New("the page failed")
	for _, tt := range []struct {
		to   []byte
		fail error
		now  []byte
	}{{nil, nil, nil}, {some, failure, nil}, {some, nil, some}, {other, failure, some}, {nil, failure, some}, {other, nil, other}, {nil, nil, nil}} {
		if err := step(tt.to, tt.fail); !errors.Is(err, tt.fail) {
			t.Errorf("Update returns %v, want %v", err, tt.fail)
		}
		wantShared(t, v, "x", tt.now)
	}
	if want := `"" true,"" true,"" true,"\xa1\x01\x01" false,"\xa1\x01\x01" false,"\xa1\x01\x01" false,"\xa1\x01\x02" false`; strings.Join(seen, ",") != want {
		t.Errorf("it sees %s, want %s", strings.Join(seen, ","), want)
	}
	wantKeys(t, v)
}

func TestSharedIsBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlace(t)
		v := p.Shared()
		setShared(t, v, "x", some)
		began := time.Now()
		err := v.Update(t.Context(), "x", func([]byte) ([]byte, error) {
			return nil, v.Set(t.Context(), "x", other) // waits for itself
		})
		var busy *session.BusyError
		if !errors.As(err, &busy) || !errors.Is(err, session.ErrBusy) || busy.Waited != session.DefaultWait || time.Since(began) != busy.Waited {
			t.Fatalf("error %v, want a BusyError", err)
		}
		if !strings.Contains(err.Error(), `variable "x"`) || strings.Contains(err.Error(), "session x") {
			t.Errorf("the error says %q", err)
		}
		wantShared(t, v, "x", some)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err = v.Update(t.Context(), "x", func([]byte) ([]byte, error) { return nil, v.Set(ctx, "x", other) })
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, session.ErrBusy) {
			t.Errorf("a request whose time is over: %v", err)
		}
	})
}

// Some count, some delete and set anew: what Keys shows is what there is.
func TestSharedConcurrently(t *testing.T) {
	p := newPlace(t)
	v := p.Shared()
	const workers, times = 4, 50
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := range times {
				err := v.Update(t.Context(), "count", func(old []byte) ([]byte, error) {
					n := 0
					fmt.Sscan(string(old), &n)
					return fmt.Append(nil, n+1), nil
				})
				if err == nil && i%2 == w%2 {
					err = v.Set(t.Context(), "comes and goes", some)
				} else if err == nil {
					_, err = v.Delete(t.Context(), "comes and goes")
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	wantShared(t, v, "count", fmt.Append(nil, workers*times))
	want := []string{"count"}
	if data, err := v.Get(t.Context(), "comes and goes"); err != nil {
		t.Error(err)
	} else if data != nil {
		want = []string{"comes and goes", "count"}
	}
	wantKeys(t, v, want...)
}
