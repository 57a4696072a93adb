package lua

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestPageClock: the time that a page spends waiting for its visitor is not its own.
func TestPageClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, clock, stop := limitTime(t.Context(), 30*time.Second)
		defer stop()
		ended := func() bool {
			synctest.Wait()
			return ctx.Err() != nil
		}
		time.Sleep(20 * time.Second)
		resume := clock.pause()
		time.Sleep(time.Hour)
		if ended() {
			t.Fatal("it ended while it stood still")
		}
		resume()
		time.Sleep(9 * time.Second)
		resume = clock.pause()
		resume()
		time.Sleep(999 * time.Millisecond)
		if ended() {
			t.Fatal("it ended too early")
		}
		time.Sleep(2 * time.Millisecond)
		var timeout *TimeoutError
		if !ended() || !errors.As(context.Cause(ctx), &timeout) || timeout.Limit != 30*time.Second {
			t.Errorf("after 30 seconds: %v", context.Cause(ctx))
		}
	})
}

// TestPageClockStopped: a clock that has been stopped ends nothing any more, and is
// not started again.
func TestPageClockStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, clock, stop := limitTime(t.Context(), time.Second)
		resume := clock.pause()
		stop()
		resume()
		time.Sleep(time.Minute)
		synctest.Wait()
		if !errors.Is(context.Cause(ctx), context.Canceled) {
			t.Errorf("got %v", context.Cause(ctx))
		}
	})
}
