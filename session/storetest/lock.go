package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"lcgi/session"
)

// wantBusy checks that the lock of key is held by somebody else.
func (e *env) wantBusy(key session.Key) {
	e.Helper()
	ctx, cancel := context.WithTimeout(e.Context(), 30*time.Millisecond)
	defer cancel()
	if r, err := e.store.Open(ctx, key); !errors.Is(err, context.DeadlineExceeded) {
		if err == nil {
			r.Close()
		}
		e.Errorf("opening a record that is in use returns %v, want the context's error", err)
	}
}

func testExclusion(e *env) {
	for _, data := range []string{"", "data"} { // nothing stored, and something
		if data != "" {
			e.save(testKey, data, testMeta())
		}
		r := e.open(testKey)
		e.wantBusy(testKey)
		opened := make(chan error)
		go func() {
			second, err := e.store.Open(e.Context(), testKey)
			if err == nil {
				defer second.Close()
			}
			opened <- err
		}()
		select {
		case <-opened:
			e.Fatal("a record is open twice")
		case <-time.After(30 * time.Millisecond):
		}
		e.must(r.Close())
		select {
		case err := <-opened:
			e.must(err)
		case <-time.After(patience):
			e.Fatal("the lock was released and not given to the one who waits")
		}
	}
}

func testLockOverSaves(e *env) {
	r := e.open(testKey)
	for _, step := range []func() error{
		func() error { return r.Save(e.Context(), []byte("one"), testMeta()) },
		func() error { return r.Save(e.Context(), []byte("two"), testMeta()) },
		func() error { return r.Touch(e.Context(), testMeta()) },
	} {
		e.must(step())
		e.wantBusy(testKey)
	}
	e.must(r.Close())
	e.wantStored(testKey, "two")
}

func testContext(e *env) {
	r := e.open(testKey)
	defer r.Close()
	ctx, cancel := context.WithCancel(e.Context())
	ended := make(chan error)
	go func() {
		_, err := e.store.Open(ctx, testKey)
		ended <- err
	}()
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			e.Errorf("Open returns %v, want context.Canceled", err)
		}
	case <-time.After(patience):
		e.Fatal("Open does not end with its context")
	}
}

func testDeleteWhileWaiting(e *env) {
	e.save(testKey, "data", testMeta())
	r := e.open(testKey)
	type outcome struct {
		how string
		err error // what the one who waited was told
	}
	outcomes := make(chan outcome, 2)
	go func() {
		found, err := e.store.Find(e.Context(), testKey)
		if err == nil { // the lock was free for a moment in between
			_, _, err = found.Load(e.Context())
			found.Close()
		}
		outcomes <- outcome{"Find", err}
	}()
	go func() {
		opened, err := e.store.Open(e.Context(), testKey)
		if err == nil {
			_, _, err = opened.Load(e.Context())
			opened.Close()
		}
		outcomes <- outcome{"Open", err}
	}()
	select {
	case o := <-outcomes:
		e.Fatalf("%s did not wait: %v", o.how, o.err)
	case <-time.After(30 * time.Millisecond):
	}
	e.must(r.Delete(e.Context()))
	e.must(r.Close())
	for range cap(outcomes) {
		select {
		case o := <-outcomes:
			if !errors.Is(o.err, fs.ErrNotExist) {
				e.Errorf("%s of a record that was deleted meanwhile ends in %v, want fs.ErrNotExist", o.how, o.err)
			}
		case <-time.After(patience):
			e.Fatal("who waits for a deleted record waits forever")
		}
	}
	e.wantNothing(testKey)
}

func testView(e *env) {
	r := e.open(testKey)
	if _, _, err := e.store.View(e.Context(), testKey); !errors.Is(err, fs.ErrNotExist) {
		e.Errorf("View of a record that is open and was never saved: %v", err)
	}
	e.must(r.Save(e.Context(), []byte("data"), testMeta()))
	if data, _, err := e.store.View(e.Context(), testKey); err != nil || string(data) != "data" {
		e.Errorf("View of a record that is open: %q, %v", data, err)
	}
	e.must(r.Delete(e.Context()))
	if _, _, err := e.store.View(e.Context(), testKey); !errors.Is(err, fs.ErrNotExist) {
		e.Errorf("View of a deleted record: %v", err)
	}
	e.must(r.Close())
}

// A state is a run of one byte, so a mixture of two is seen. While the saves
// go on, the touches change each state's meta.
func testViewConsistency(e *env) {
	const states = 100
	state := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 1000*(i%7+1)) }
	r := e.open(testKey)
	defer r.Close()
	e.must(r.Save(e.Context(), state(0), testMeta()))
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		defer close(done)
		for i := range states {
			if err := r.Save(e.Context(), state(i), testMeta()); err != nil {
				e.Error(err)
				return
			}
			for range 20 {
				if err := r.Touch(e.Context(), testMeta()); err != nil {
					e.Error(err)
					return
				}
			}
		}
	})
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		data, meta, err := e.store.View(e.Context(), testKey)
		if err != nil {
			e.Fatal(err)
		}
		if len(data) == 0 || !bytes.Equal(data, state(int(data[0]))) || meta.Lifetime != time.Hour {
			e.Fatalf("View returns a state that was never saved: %d bytes, %v", len(data), meta)
		}
	}
	wg.Wait()
}

// increment adds 1 to the number that is stored under key.
func increment(ctx context.Context, store session.Store, key session.Key) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := store.Open(ctx, key)
	if err != nil {
		return err
	}
	defer r.Close()
	n := 0
	data, _, err := r.Load(ctx)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	default:
		if _, err := fmt.Sscan(string(data), &n); err != nil {
			return err
		}
	}
	if err := r.Save(ctx, fmt.Append(nil, n+1), testMeta()); err != nil {
		return err
	}
	return r.Close()
}

func testGoroutines(e *env) {
	const workers, times = 8, 50
	var wg sync.WaitGroup
	for i := range workers {
		store := e.store
		if i%2 == 1 { // also between two stores at one place
			store = open(e.T, e.driver, e.place)
		}
		wg.Go(func() {
			for range times {
				if err := increment(e.Context(), store, testKey); err != nil {
					e.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	e.wantStored(testKey, fmt.Sprint(workers*times))
}
