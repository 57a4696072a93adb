package lua

import (
	"context"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"time"
)

// A MemoryError reports a page that was stopped because the memory of the
// process grew by more than it may while it ran.
type MemoryError struct{ Limit int64 } // in bytes

func (e *MemoryError) Error() string {
	return fmt.Sprintf("the page was stopped, because memory grew by more than %d MB while it ran (LCGI_MAX_MEMORY sets the limit)", e.Limit>>20)
}

// Most requests end before the first look at the memory, and so pay nothing.
const (
	firstLook = 20 * time.Millisecond
	nextLook  = 10 * time.Millisecond
)

// watchMemory returns a context that ends with a *MemoryError when the heap of
// the process has grown by more than limit bytes, and what stops the watching.
// Go does not tell which request a byte belongs to: of several requests that run
// at the same time each is charged with what all of them take.
func watchMemory(parent context.Context, limit int64) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &memoryWatch{limit: limit, base: -1, cancel: cancel}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(firstLook, w.look)
	return ctx, w.stop
}

type memoryWatch struct {
	limit  int64
	cancel context.CancelCauseFunc

	mu    sync.Mutex
	timer *time.Timer
	base  int64 // the heap at the first look; -1 before it
	over  bool
}

func (w *memoryWatch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch size := heap(); {
	case w.over:
		return
	case w.base < 0:
		w.base = size
	case size-w.base > w.limit && heapAfterCollection()-w.base > w.limit:
		w.cancel(&MemoryError{w.limit})
		return
	}
	w.timer.Reset(nextLook)
}

func (w *memoryWatch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.over = true
	w.timer.Stop()
	w.cancel(nil)
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
