package lua

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"time"
)

// A MemoryError reports a page that was stopped because the process used more
// memory than it may.
type MemoryError struct{ Limit int64 } // in bytes

func (e *MemoryError) Error() string {
	return fmt.Sprintf("the page was stopped, because the process used more than %d MB of memory (LCGI_MAX_MEMORY sets the limit)", e.Limit>>20)
}

// Most requests end before the first look at the memory, and so pay nothing.
const (
	firstLook = 20 * time.Millisecond
	nextLook  = 10 * time.Millisecond
)

// watchMemory returns a context that ends with a *MemoryError when the heap of
// the process is larger than limit bytes, and what stops the watching. Go does
// not tell which request a byte belongs to: in a process that answers several
// at once the limit is that of all together.
func watchMemory(parent context.Context, limit int64) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	var timer *time.Timer
	ready := make(chan struct{})
	timer = time.AfterFunc(firstLook, func() {
		<-ready
		switch {
		case ctx.Err() != nil:
		case heap() > limit && heapAfterCollection() > limit:
			cancel(&MemoryError{limit})
		default:
			timer.Reset(nextLook)
		}
	})
	close(ready)
	return ctx, func() { timer.Stop(); cancel(nil) }
}

// heap returns the bytes of all objects, dead ones that have not been collected
// included.
func heap() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return int64(sample[0].Value.Uint64())
}

func heapAfterCollection() int64 {
	runtime.GC()
	return heap()
}
