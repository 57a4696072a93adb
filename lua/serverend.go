package lua

import (
	"context"
	"sync/atomic"
	"time"

	"lcgi/cgi"
)

// streamGrace is how long a page that streams has to come to its next write when the
// web server ends the program. Apache ends what is left after 3 seconds.
const streamGrace = 2 * time.Second

// A serverEnd passes on to a page that its front end comes to an end. Mostly a page
// then stops where it is, and is rolled back. But a web server also ends a program
// because its client has left (Apache and lighttpd by SIGTERM, where with others the
// next write fails): a page that streams is to meet that everywhere at its next
// write, where it ends as by exit.
type serverEnd struct {
	streams atomic.Bool // set when the page begins to stream
}

// watch returns a context that ends when parent does, with the same cause, for a page
// that answers by w; with streamGrace if the page streams. Stop releases it.
func (s *serverEnd) watch(parent context.Context, w *cgi.Response) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(parent))
	stopWatch := context.AfterFunc(parent, func() {
		cause := context.Cause(parent)
		if !s.streams.Load() {
			cancel(cause)
			return
		}
		w.Abandon(cause)
		select {
		case <-time.After(streamGrace):
		case <-ctx.Done():
		}
		cancel(cause)
	})
	return ctx, func() {
		stopWatch()
		cancel(nil)
	}
}
