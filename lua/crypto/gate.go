package crypto

import (
	"context"
	"runtime"
)

// A Gate bounds how many passwords a process hashes at one time, so that a
// thousand visitors who sign in at once do not take nineteen gigabytes. Those that
// must wait go in the order in which they came. It is shared by goroutines.
type Gate struct {
	turn  chan struct{} // held by the one who is next
	slots chan struct{}
	least int // slots that a hash takes, however little memory
}

const (
	slotMemory = 16 << 10 // KiB that a slot stands for
	slots      = maxMemory / slotMemory
)

// NewGate returns a gate through which hashes of 128 MB together fit, 4 of the
// default or 1 of the largest, but no more of them than there are processors: they
// would only take the memory longer.
func NewGate() *Gate { return newGate(runtime.GOMAXPROCS(0)) }

func newGate(processors int) *Gate {
	processors = min(processors, slots)
	return &Gate{
		turn:  make(chan struct{}, 1),
		slots: make(chan struct{}, slots),
		least: (slots + processors - 1) / processors,
	}
}

// enter waits until there is room for a hash that takes memory KiB, or until ctx
// ends, whose cause it then returns. Who has entered calls leave.
func (g *Gate) enter(ctx context.Context, memory uint32) (leave func(), err error) {
	need := max(g.least, int(memory+slotMemory-1)/slotMemory)
	got := 0
	leave = func() {
		for range got {
			<-g.slots
		}
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	// One at a time collects slots: two that have half of theirs each would wait
	// for each other.
	select {
	case g.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	defer func() { <-g.turn }()
	for ; got < need; got++ {
		select {
		case g.slots <- struct{}{}:
		case <-ctx.Done():
			leave()
			return nil, context.Cause(ctx)
		}
	}
	return leave, nil
}
