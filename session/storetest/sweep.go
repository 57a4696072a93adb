package storetest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"lcgi/session"
)

func testSweep(e *env) {
	dead := func(i int) session.Key { return session.NewKey("dead", fmt.Sprint(i)) }
	alive := func(i int) session.Key { return session.NewKey("alive", fmt.Sprint(i)) }
	old := testMeta() // in use, and too old all the same
	old.Created = old.Created.Add(-48 * time.Hour)
	e.save(dead(0), "data", old)
	for i := 1; i < 20; i++ {
		e.save(dead(i), "data", deadMeta())
	}
	for i := range 20 {
		e.save(alive(i), "data", testMeta())
	}
	removed, err := e.store.Sweep(e.Context(), time.Now())
	e.must(err)
	if removed != 20 {
		e.Errorf("Sweep reports %d removed, want 20", removed)
	}
	for i := range 20 {
		e.wantNothing(dead(i))
		e.wantStored(alive(i), "data")
	}
	if removed, err := e.store.Sweep(e.Context(), time.Now()); removed != 0 || err != nil {
		e.Errorf("the second sweep reports %d removed, %v", removed, err)
	}
}

func testSweepLocked(e *env) {
	e.save(testKey, "data", deadMeta())
	reserved := session.NewKey("storetest", "reserved")
	first := e.open(testKey)
	second := e.open(reserved)
	muchLater := time.Now().Add(1000 * time.Hour)
	for range 2 {
		if removed, err := e.store.Sweep(e.Context(), muchLater); removed != 0 || err != nil {
			e.Errorf("Sweep reports %d removed, %v, of records that are locked", removed, err)
		}
		e.wantBusy(testKey)
		e.wantBusy(reserved)
	}
	if data, _, err := first.Load(e.Context()); err != nil || string(data) != "data" {
		e.Errorf("after a sweep, a record that was locked holds %q, %v", data, err)
	}
	meta := testMeta()
	meta.LastUse = muchLater
	meta.MaxLifetime = 0
	e.must(first.Touch(e.Context(), meta))
	e.must(second.Save(e.Context(), []byte("data"), meta))
	e.must(first.Close())
	e.must(second.Close())
	if removed, err := e.store.Sweep(e.Context(), muchLater); removed != 0 || err != nil {
		e.Errorf("Sweep reports %d removed, %v, of records that were used", removed, err)
	}
	e.wantStored(testKey, "data")
	e.wantStored(reserved, "data")
}

func testSweepContext(e *env) {
	const n = 20
	for i := range n {
		e.save(session.NewKey("dead", fmt.Sprint(i)), "data", deadMeta())
	}
	ended, cancel := context.WithCancel(e.Context())
	cancel()
	if removed, err := e.store.Sweep(ended, time.Now()); removed != 0 || err != nil {
		e.Errorf("Sweep without time reports %d removed, %v, want 0 and no error", removed, err)
	}
	if removed, err := e.store.Sweep(e.Context(), time.Now()); removed != n || err != nil {
		e.Errorf("the sweep after it reports %d removed, %v, want %d", removed, err, n)
	}
}

// Half of the saves leave an expired record. It may be swept away at any time, but
// never while it is held, and a live one never is.
func testSweepConcurrent(e *env) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := e.store.Sweep(e.Context(), time.Now()); err != nil {
				e.Error(err)
				return
			}
		}
	})
	var users sync.WaitGroup
	for u := range 2 {
		users.Go(func() {
			key := session.NewKey("user", fmt.Sprint(u))
			for i := range 100 {
				if err := e.useSwept(key, fmt.Sprint(i)); err != nil {
					e.Error(err)
					return
				}
			}
		})
	}
	users.Wait()
	close(done)
	wg.Wait()
}

// useSwept leaves an expired record and takes it up again, or what is left of it.
func (e *env) useSwept(key session.Key, data string) error {
	for _, meta := range []session.Meta{deadMeta(), testMeta()} {
		r, err := e.store.Open(e.Context(), key)
		if err != nil {
			return err
		}
		defer r.Close()
		for range 3 {
			if err := r.Save(e.Context(), []byte(data), deadMeta()); err != nil {
				return err
			}
			if got, _, err := r.Load(e.Context()); err != nil || string(got) != data {
				return fmt.Errorf("a record that is held has %q, %v, want %q", got, err, data)
			}
		}
		if err := r.Save(e.Context(), []byte(data), meta); err != nil {
			return err
		}
		if err := r.Close(); err != nil {
			return err
		}
	}
	if got, _, err := e.store.View(e.Context(), key); err != nil || string(got) != data {
		return fmt.Errorf("a live record has %q, %v, want %q", got, err, data)
	}
	return nil
}
