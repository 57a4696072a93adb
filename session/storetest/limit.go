package storetest

import (
	"context"
	"errors"
	"sync"
	"time"

	"lcgi/session"
)

// The limit of the task "fill", and how many processes run it.
const (
	fillMax       = 20
	fillProcesses = 4
)

// fill is a task that starts sessions until there is no room. It deletes every
// third one.
func fill(store session.Store) error {
	engine := session.New(store, session.Config{Max: fillMax, Wait: patience})
	for i := 0; ; i++ {
		s, err := engine.Start(context.Background(), session.Options{})
		if err != nil {
			return err
		}
		err = s.Save(context.Background(), []byte("data"))
		if err == nil && i%3 == 2 {
			err = s.Delete(context.Background())
		}
		s.Close()
		if errors.Is(err, session.ErrFull) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func testFill(e *env) {
	var wg sync.WaitGroup
	done := make(chan struct{})
	count := func() int {
		n, err := engineOn(e.store, time.Now()).Count(e.Context())
		if err != nil || n > fillMax {
			e.Errorf("there are %d sessions, %v, at most %d are allowed", n, err, fillMax)
		}
		return n
	}
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				count()
			}
		}
	})
	e.together("fill", fillProcesses)
	close(done)
	wg.Wait()
	// One process may have seen it full before another has deleted a session.
	if n := count(); n < fillMax-fillProcesses {
		e.Errorf("there are %d sessions, which is not full", n)
	}
}
