package storetest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lcgi/session"
)

// raceUpdates is the number of times that each process updates a shared variable.
const raceUpdates = 50

// update is a task that adds 1 to one shared variable again and again, and sets and
// deletes another.
func update(store session.Store) error {
	v := session.New(store, session.Config{Wait: patience}).Shared()
	for i := range raceUpdates {
		err := v.Update(context.Background(), "count", func(old []byte) ([]byte, error) {
			n := 0
			if old != nil {
				if _, err := fmt.Sscan(string(old), &n); err != nil {
					return nil, err
				}
			}
			return fmt.Append(nil, n+1), nil
		})
		if err == nil && i%2 == 0 {
			err = v.Set(context.Background(), "comes and goes", []byte("data"))
		} else if err == nil {
			_, err = v.Delete(context.Background(), "comes and goes")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func testSharedProcesses(e *env) {
	const processes = 4
	e.together("update", processes)
	v := engineOn(e.store, time.Now()).Shared()
	if n, err := v.Get(e.Context(), "count"); err != nil || string(n) != fmt.Sprint(processes*raceUpdates) {
		e.Errorf("the count is %s, %v, want %d", n, err, processes*raceUpdates)
	}
	want := []string{"count"}
	if data, err := v.Get(e.Context(), "comes and goes"); err != nil || data != nil {
		want = []string{"comes and goes", "count"}
	}
	if keys, err := v.Keys(e.Context()); err != nil || !slices.Equal(keys, want) {
		e.Errorf("there are %q, %v, want %q", keys, err, want)
	}
}
