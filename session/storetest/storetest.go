// Package storetest is the contract of [session.Store] as a test suite. A store
// runs it from a test of its own:
//
//	func TestFileStore(t *testing.T) {
//		storetest.Run(t, storetest.Driver{
//			Place: func(t *testing.T) string { return t.TempDir() },
//			Open:  func(place string) (session.Store, error) { return session.OpenFileStore(place, session.FileOptions{}) },
//		})
//	}
//
// Part of the contract holds across processes. For it the test binary runs
// itself again: in such a worker, Run does the worker's task and ends the
// process. So Run must come before anything else in the test that calls it.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"lcgi/session"
)

// Driver tells the suite how to get stores of one kind.
type Driver struct {
	// Place returns a new and empty place for records, such as a folder or a URL.
	// What it makes is removed by the test's clean-up.
	Place func(t *testing.T) string

	// Open returns a store at a place. It is called several times for one place, in
	// this process and in others.
	Open func(place string) (session.Store, error)
}

// patience bounds what takes no time if it works.
const patience = 20 * time.Second

// Run runs the suite as subtests of t.
func Run(t *testing.T, d Driver) {
	t.Helper()
	work(d) // does not return in a worker
	tests := []struct {
		name string
		run  func(*env)
	}{
		{"nothing is stored at first", testEmpty},
		{"what is saved is loaded", testSave},
		{"large data", testLarge},
		{"Touch changes the meta only", testTouch},
		{"the meta is kept as it is", testMetaFields},
		{"a meta that cannot be kept is refused", testMetaChecked},
		{"Delete", testDelete},
		{"Close saves nothing and may be repeated", testClose},
		{"a closed record refuses", testClosed},
		{"keys are independent", testKeys},
		{"the lock excludes others", testExclusion},
		{"the lock survives saves", testLockOverSaves},
		{"waiting honours the context", testContext},
		{"a delete is final for those who wait", testDeleteWhileWaiting},
		{"View takes no lock", testView},
		{"View sees whole states", testViewConsistency},
		{"Each tells of every record", testEach},
		{"Each ends", testEachEnds},
		{"Each and use at once", testEachConcurrent},
		{"progress is told", testProgress},
		{"Sweep removes the expired", testSweep},
		{"Sweep counts sessions", testSweepKinds},
		{"Sweep keeps ids", testSweepKeepID},
		{"Sweep at any time", testSweepClock},
		{"Sweep spares the locked", testSweepLocked},
		{"Sweep honours the context", testSweepContext},
		{"Sweep and use at once", testSweepConcurrent},
		{"no update is lost between goroutines", testGoroutines},
		{"no update is lost between processes", testProcesses},
		{"a killed process frees the lock", testKilledLock},
		{"a killed save leaves the old or the new", testKilledSave},
		{"rotation while others use the old id", testRotationRace},
		{"rotation while other processes use the old id", testRotationRaceProcesses},
		{"delete while others use the session", testDeleteRace},
		{"delete while other processes use the session", testDeleteRaceProcesses},
		{"the number of sessions is limited over processes", testFill},
		{"no update of a shared variable is lost between processes", testSharedProcesses},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			place := d.Place(t)
			test.run(&env{T: t, driver: d, place: place, store: open(t, d, place)})
		})
	}
}

// env is one test with a store of its own.
type env struct {
	*testing.T
	driver Driver
	place  string
	store  session.Store
}

func open(t *testing.T, d Driver, place string) session.Store {
	t.Helper()
	store, err := d.Open(place)
	if err != nil {
		t.Fatalf("opening a store at %s: %v", place, err)
	}
	if c, ok := store.(interface{ Close() error }); ok {
		t.Cleanup(func() {
			if err := c.Close(); err != nil {
				t.Errorf("closing the store: %v", err)
			}
		})
	}
	return store
}

var testKey = session.NewKey("storetest", "one")

// testMeta is alive for an hour from now.
func testMeta() session.Meta {
	now := time.Now()
	return session.Meta{Created: now.Add(-time.Minute), LastUse: now, Lifetime: time.Hour, MaxLifetime: 24 * time.Hour}
}

// deadMeta is expired.
func deadMeta() session.Meta {
	then := time.Now().Add(-3 * time.Hour)
	return session.Meta{Created: then, LastUse: then, Lifetime: time.Hour}
}

func (e *env) must(err error) {
	e.Helper()
	if err != nil {
		e.Fatal(err)
	}
}

// open opens a record that nobody holds for long.
func (e *env) open(key session.Key) session.Record {
	e.Helper()
	ctx, cancel := context.WithTimeout(e.Context(), patience)
	defer cancel()
	r, err := e.store.Open(ctx, key)
	e.must(err)
	return r
}

// save stores data under key.
func (e *env) save(key session.Key, data string, meta session.Meta) {
	e.Helper()
	r := e.open(key)
	e.must(r.Save(e.Context(), []byte(data), meta))
	e.must(r.Close())
}

// stored returns what is stored under key, and whether anything is. It looks in
// each of the ways there are, which have to agree.
func (e *env) stored(key session.Key) (string, bool) {
	e.Helper()
	viewed, _, viewErr := e.store.View(e.Context(), key)
	if viewErr != nil && !errors.Is(viewErr, fs.ErrNotExist) {
		e.Fatalf("View: %v", viewErr)
	}
	found, err := e.store.Find(e.Context(), key)
	if (err == nil) != (viewErr == nil) {
		e.Fatalf("Find says %v, View says %v", err, viewErr)
	}
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			e.Fatalf("Find: %v", err)
		}
		return "", false
	}
	loaded, _, err := found.Load(e.Context())
	e.must(err)
	e.must(found.Close())
	if !bytes.Equal(loaded, viewed) {
		e.Fatalf("Load returns %d bytes, View returns %d others", len(loaded), len(viewed))
	}
	return string(loaded), true
}

func (e *env) wantStored(key session.Key, want string) {
	e.Helper()
	if got, ok := e.stored(key); !ok || got != want {
		e.Fatalf("stored are %.80q (%d bytes, %v), want %.80q", got, len(got), ok, want)
	}
}

func (e *env) wantNothing(key session.Key) {
	e.Helper()
	if got, ok := e.stored(key); ok {
		e.Fatalf("%.80q is stored, want nothing", got)
	}
}

func testEmpty(e *env) {
	e.wantNothing(testKey)
	r := e.open(testKey)
	if _, _, err := r.Load(e.Context()); !errors.Is(err, fs.ErrNotExist) {
		e.Errorf("Load returns %v, want fs.ErrNotExist", err)
	}
	if err := r.Touch(e.Context(), testMeta()); !errors.Is(err, fs.ErrNotExist) {
		e.Errorf("Touch returns %v, want fs.ErrNotExist", err)
	}
	e.must(r.Close())
	e.wantNothing(testKey)
}

func sameMeta(a, b session.Meta) bool {
	return a.Created.Truncate(time.Microsecond).Equal(b.Created.Truncate(time.Microsecond)) &&
		a.LastUse.Truncate(time.Microsecond).Equal(b.LastUse.Truncate(time.Microsecond)) &&
		a.Lifetime == b.Lifetime && a.MaxLifetime == b.MaxLifetime &&
		a.Kind == b.Kind && a.Name == b.Name && a.KeepID == b.KeepID && a.Folder == b.Folder
}

func testSave(e *env) {
	for i, data := range []string{"first", "", "\x00\xff\r\n\xc3(", "second and longer", "3"} {
		meta := testMeta()
		meta.Lifetime += time.Duration(i) * time.Second
		meta.MaxLifetime *= time.Duration(i % 2)
		e.save(testKey, data, meta)
		e.wantStored(testKey, data)
		r := e.open(testKey)
		_, got, err := r.Load(e.Context())
		e.must(err)
		e.must(r.Close())
		if !sameMeta(got, meta) {
			e.Errorf("Load returns %v, saved was %v", got, meta)
		}
		_, got, err = e.store.View(e.Context(), testKey)
		e.must(err)
		if !sameMeta(got, meta) {
			e.Errorf("View returns %v, saved was %v", got, meta)
		}
	}
}

func testLarge(e *env) {
	for _, size := range []int{4095, 4096, 65537, 200_000, 5_000_000} {
		data := make([]byte, size)
		for i := range data {
			data[i] = byte(i * i >> 8)
		}
		e.save(testKey, string(data), testMeta())
		e.wantStored(testKey, string(data))
	}
	r := e.open(testKey)
	defer r.Close()
	if err := r.Save(e.Context(), make([]byte, session.MaxDataLen+1), testMeta()); err == nil {
		e.Error("more than MaxDataLen is saved")
	}
	if data, _, err := r.Load(e.Context()); err != nil || len(data) != 5_000_000 {
		e.Errorf("after a save that was refused, %d bytes are stored (%v)", len(data), err)
	}
}

func testTouch(e *env) {
	e.save(testKey, "data", testMeta())
	later := testMeta()
	later.LastUse = later.LastUse.Add(time.Second)
	later.Lifetime = 2 * time.Hour
	r := e.open(testKey)
	e.must(r.Touch(e.Context(), later)) // without a Load before
	later.LastUse = later.LastUse.Add(time.Second)
	e.must(r.Touch(e.Context(), later))
	if data, got, err := r.Load(e.Context()); err != nil || string(data) != "data" || !sameMeta(got, later) {
		e.Errorf("touched, the record loads %q, %v, %v", data, got, err)
	}
	e.must(r.Close())
	e.wantStored(testKey, "data")
	if _, got, err := e.store.View(e.Context(), testKey); err != nil || !sameMeta(got, later) {
		e.Errorf("View returns %v, %v, want %v", got, err, later)
	}
}

func testDelete(e *env) {
	e.save(testKey, "data", testMeta())
	r := e.open(testKey)
	e.must(r.Delete(e.Context()))
	if err := r.Save(e.Context(), []byte("back"), testMeta()); err == nil {
		e.Error("a deleted record takes data")
	}
	e.must(r.Close())
	e.wantNothing(testKey)
	e.save(testKey, "new", testMeta())
	e.wantStored(testKey, "new")
}

func testClose(e *env) {
	r := e.open(testKey)
	e.must(r.Close())
	e.must(r.Close())
	e.wantNothing(testKey)
	e.save(testKey, "data", testMeta())
	r = e.open(testKey)
	if _, _, err := r.Load(e.Context()); err != nil {
		e.Fatal(err)
	}
	e.must(r.Close())
	held := e.open(testKey)
	e.must(r.Close()) // must not release the lock of another record
	e.wantBusy(testKey)
	e.must(held.Close())
	e.wantStored(testKey, "data")
}

func testClosed(e *env) {
	e.save(testKey, "data", testMeta())
	r := e.open(testKey)
	e.must(r.Close())
	if _, _, err := r.Load(e.Context()); err == nil {
		e.Error("Load works after Close")
	}
	if err := r.Save(e.Context(), []byte("late"), testMeta()); err == nil {
		e.Error("Save works after Close")
	}
	if err := r.Touch(e.Context(), testMeta()); err == nil {
		e.Error("Touch works after Close")
	}
	if err := r.Delete(e.Context()); err == nil {
		e.Error("Delete works after Close")
	}
	e.wantStored(testKey, "data")
}

func testKeys(e *env) {
	const n = 50
	key := func(i int) session.Key { return session.NewKey("storetest", fmt.Sprint(i)) }
	var records []session.Record
	for i := range n { // all at once: the lock of one is not that of another
		r := e.open(key(i))
		e.must(r.Save(e.Context(), fmt.Append(nil, i), testMeta()))
		records = append(records, r)
	}
	for i, r := range records {
		if i%3 == 0 {
			e.must(r.Delete(e.Context()))
		}
		e.must(r.Close())
	}
	for i := range n {
		if i%3 == 0 {
			e.wantNothing(key(i))
		} else {
			e.wantStored(key(i), fmt.Sprint(i))
		}
	}
}
