package lua

import (
	"context"
	"sync"
	"time"
)

// A pageClock ends a context when a page has run for its time. It stands still while
// the page waits for what its visitor sends: that has limits of its own, and an
// upload over a slow line is no fault of the page.
type pageClock struct {
	end func()

	mu      sync.Mutex
	timer   *time.Timer // nil while it stands still
	left    time.Duration
	since   time.Time // when timer was started
	stopped bool
}

// limitTime returns a context that ends with a *TimeoutError when limit has passed on
// its clock, which runs until stop is called.
func limitTime(parent context.Context, limit time.Duration) (ctx context.Context, clock *pageClock, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	clock = &pageClock{left: limit, end: func() { cancel(&TimeoutError{limit}) }}
	clock.start()
	return ctx, clock, func() {
		clock.mu.Lock()
		defer clock.mu.Unlock()
		clock.halt()
		clock.stopped = true
		cancel(nil)
	}
}

// pause makes the clock stand still until resume is called.
func (c *pageClock) pause() (resume func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.halt()
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if !c.stopped {
			c.start()
		}
	}
}

// start and halt are called with the lock held, or before anybody else knows of c.
func (c *pageClock) start() {
	if c.timer == nil {
		c.since = time.Now()
		c.timer = time.AfterFunc(c.left, c.end)
	}
}

func (c *pageClock) halt() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
		c.left -= time.Since(c.since)
	}
}
