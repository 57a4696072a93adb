//go:build !cgionly

package server

import (
	"sync"
	"time"
)

// runningPages counts the requests for pages that run. net/http forgets those whose
// connections it closes, and they hold uploads. (A sync.WaitGroup must not be waited
// for while the first of them may still begin.)
type runningPages struct {
	mu   sync.Mutex
	n    int
	none chan struct{} // closed when n falls to 0; nil if nobody waits
}

func (p *runningPages) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.n++
}

func (p *runningPages) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.n--; p.n == 0 && p.none != nil {
		close(p.none)
		p.none = nil
	}
}

// wait waits until none runs, but no longer than limit. It is called once.
func (p *runningPages) wait(limit time.Duration) {
	p.mu.Lock()
	none := make(chan struct{})
	if p.n == 0 {
		close(none)
	} else {
		p.none = none
	}
	p.mu.Unlock()
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-none:
	case <-timer.C:
	}
}
