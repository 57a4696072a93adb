package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"lcgi/session"
)

// each returns what Each tells, by key.
func (e *env) each() map[session.Key]session.Info {
	e.Helper()
	seen := make(map[session.Key]session.Info)
	e.must(e.store.Each(e.Context(), func(info session.Info) error {
		if _, twice := seen[info.Key]; twice {
			e.Errorf("Each tells of %v twice", info.Key)
		}
		if info.Damaged != nil {
			e.Errorf("Each finds damage: %v", info.Damaged)
		}
		seen[info.Key] = info
		return nil
	}))
	return seen
}

func testEach(e *env) {
	if seen := e.each(); len(seen) != 0 {
		e.Errorf("Each tells of %d records of an empty store", len(seen))
	}
	const n = 20
	key := func(i int) session.Key { return session.NewKey("each", fmt.Sprint(i)) }
	data := func(i int) string { return strings.Repeat("x", i*i) }
	for i := range n {
		meta := testMeta()
		if i%2 == 1 {
			meta = deadMeta() // expired is not gone
		}
		meta.Name = fmt.Sprint("name", i)
		e.save(key(i), data(i), meta)
	}
	held := e.open(key(3))
	reserved := e.open(session.NewKey("each", "reserved"))
	gone := e.open(key(4))
	e.must(gone.Delete(e.Context()))
	e.must(gone.Close())

	seen := 0
	e.must(e.store.Each(e.Context(), func(info session.Info) error {
		seen++
		var i int
		if _, err := fmt.Sscanf(info.Meta.Name, "name%d", &i); err != nil || info.Key != key(i) || i == 4 {
			e.Errorf("Each tells of %v, %v", info.Key, info.Meta)
			return nil
		}
		if info.Size != int64(len(data(i))) || info.Damaged != nil {
			e.Errorf("Each tells that %d has %d bytes, damage: %v", i, info.Size, info.Damaged)
		}
		if got, err := info.Read(); err != nil || string(got) != data(i) {
			e.Errorf("Read returns %d bytes, %v, want %d", len(got), err, len(data(i)))
		}
		if info.InUse() != (i == 3) {
			e.Errorf("InUse of %d returns %v", i, info.InUse())
		}
		return nil
	}))
	if seen != n-1 {
		e.Errorf("Each tells of %d records, want %d", seen, n-1)
	}
	e.wantBusy(key(3)) // that somebody looked took no lock away
	e.must(held.Close())
	e.must(reserved.Close())
	for i := range n {
		if i != 4 {
			e.wantStored(key(i), data(i))
		}
	}
}

func testEachEnds(e *env) {
	for i := range 20 {
		e.save(session.NewKey("each", fmt.Sprint(i)), "data", testMeta())
	}
	enough, calls := errors.New("enough"), 0
	err := e.store.Each(e.Context(), func(session.Info) error {
		if calls++; calls == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || calls != 3 {
		e.Errorf("Each ends after %d calls with %v, want 3 and the error of the third", calls, err)
	}
	ctx, cancel := context.WithCancel(e.Context())
	calls = 0
	err = e.store.Each(ctx, func(session.Info) error {
		if calls++; calls == 3 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || calls > 10 {
		e.Errorf("Each ends after %d calls with %v, want the context's error", calls, err)
	}
}

func testProgress(e *env) {
	e.save(testKey, "data", testMeta())
	for name, run := range map[string]func(context.Context) error{
		"Each":  func(ctx context.Context) error { return e.store.Each(ctx, func(session.Info) error { return nil }) },
		"Sweep": func(ctx context.Context) error { _, err := e.store.Sweep(ctx, time.Now()); return err },
	} {
		last, of, calls := -1, 0, 0
		e.must(run(session.WithProgress(e.Context(), func(done, total int) {
			calls++
			if done <= last || calls > 1 && total != of {
				e.Errorf("%s is at %d of %d after %d of %d", name, done, total, last, of)
			}
			last, of = done, total
		})))
		if calls < 2 || last != of {
			e.Errorf("%s is through and says %d of %d", name, last, of)
		}
	}
}

// What is there from the beginning to the end is seen, once, whatever else
// happens meanwhile.
func testEachConcurrent(e *env) {
	const n = 30
	fixed := func(i int) session.Key { return session.NewKey("fixed", fmt.Sprint(i)) }
	for i := range n {
		e.save(fixed(i), "data", testMeta())
	}
	var wg sync.WaitGroup
	done := make(chan struct{})
	for w := range 2 {
		wg.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				if err := e.saveAndDelete(fixed(i%n), session.NewKey("fleeting", fmt.Sprint(w))); err != nil {
					e.Error(err)
					return
				}
			}
		})
	}
	for range 30 {
		seen := e.each()
		for i := range n {
			if _, ok := seen[fixed(i)]; !ok {
				e.Errorf("Each leaves out %d", i)
			}
		}
	}
	close(done)
	wg.Wait()
}

// saveAndDelete saves one record anew, and makes and deletes another.
func (e *env) saveAndDelete(saved, deleted session.Key) error {
	for _, key := range []session.Key{saved, deleted} {
		r, err := e.store.Open(e.Context(), key)
		if err != nil {
			return err
		}
		err = r.Save(e.Context(), []byte("data"), testMeta())
		if err == nil && key == deleted {
			err = r.Delete(e.Context())
		}
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
	}
	return nil
}
