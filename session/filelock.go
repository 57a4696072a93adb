package session

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"
)

const (
	firstPause = time.Millisecond
	lastPause  = 10 * time.Millisecond
)

// tryLock takes the lock of an open file if it is free.
func tryLock(fd int) (bool, error) { return tryFlock(fd, unix.LOCK_EX) }

func tryFlock(fd, how int) (bool, error) {
	err := eintr(func() error { return unix.Flock(fd, how|unix.LOCK_NB) })
	if errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// waitLock takes the lock of an open file, and waits for it until ctx ends. It
// looks again and again: a blocking flock can not be called off, and would
// hold a thread for each waiting request. The pauses are short next to a
// person's patience, long next to the cost of a look (1 µs), and irregular
// so that those who wait do not march in step.
func waitLock(ctx context.Context, fd int) error { return waitFlock(ctx, fd, unix.LOCK_EX) }

// lockShared takes the lock of an open file together with others who do so.
func lockShared(ctx context.Context, fd int) error { return waitFlock(ctx, fd, unix.LOCK_SH) }

func waitFlock(ctx context.Context, fd, how int) error {
	pause := firstPause
	var timer *time.Timer
	for {
		locked, err := tryFlock(fd, how)
		if locked || err != nil {
			return err
		}
		d := pause/2 + rand.N(pause)
		if timer == nil {
			timer = time.NewTimer(d)
			defer timer.Stop()
		} else {
			timer.Reset(d)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		}
		pause = min(pause*3/2, lastPause)
	}
}

// unlock releases the lock of an open file and closes it. Closing alone would
// not do while a child that is about to exec holds a copy of the descriptor.
func unlock(fd int) error {
	err := eintr(func() error { return unix.Flock(fd, unix.LOCK_UN) })
	return errors.Join(err, unix.Close(fd))
}
