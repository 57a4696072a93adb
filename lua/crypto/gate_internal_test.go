package crypto

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

// Of many that sign in at once, no more are at it than fit, and all come to their
// turn.
func TestGate(t *testing.T) {
	for _, c := range []struct {
		processors int
		memory     []uint32
		most       int64 // at one time
	}{
		{1, []uint32{8, 19 << 10, 64 << 10, maxMemory}, 1},
		{2, []uint32{8, 19 << 10}, 2},
		{3, []uint32{8, 19 << 10}, 2}, // 8 slots cannot be divided by 3
		{4, []uint32{19 << 10}, 4},
		{64, []uint32{19 << 10}, 4},
		{64, []uint32{64 << 10, maxMemory}, 2},
		{64, []uint32{maxMemory}, 1},
		{64, []uint32{8, 16 << 10}, 8},
	} {
		gate := newGate(c.processors)
		var inside, memory atomic.Int64
		var all sync.WaitGroup
		for i := range 300 {
			size := c.memory[i%len(c.memory)]
			all.Go(func() {
				leave, err := gate.enter(t.Context(), size)
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n > c.most {
					t.Errorf("%d processors, %v KiB: %d at one time", c.processors, c.memory, n)
				}
				if n := memory.Add(int64(size)); n > maxMemory {
					t.Errorf("%d KiB are in use at one time", n)
				}
				runtime.Gosched()
				memory.Add(-int64(size))
				inside.Add(-1)
				leave()
			})
		}
		all.Wait()
		if n := len(gate.slots); n > 0 {
			t.Errorf("%d slots are still taken", n)
		}
	}
}

// Who gives up takes nothing away from those who come later.
func TestGateGivenUp(t *testing.T) {
	errLate := errors.New("late")
	gate := newGate(64)
	leave, err := gate.enter(t.Context(), maxMemory/2)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	waits := make(chan error)
	for range 10 {
		go func() {
			_, err := gate.enter(ctx, maxMemory) // half of it is to be had
			waits <- err
		}()
	}
	cancel(errLate)
	for range 10 {
		if err := <-waits; err != errLate {
			t.Errorf("got %v", err)
		}
	}
	if n := len(gate.slots); n != slots/2 {
		t.Errorf("%d slots are taken", n)
	}
	leave()
	if leave, err = gate.enter(t.Context(), maxMemory); err != nil {
		t.Fatal(err)
	}
	leave()
	if _, err := gate.enter(ctx, 1); err != errLate {
		t.Errorf("after the end: %v", err)
	}
}

func BenchmarkArgon2id(b *testing.B) {
	for _, c := range []struct {
		name string
		cost argon2Cost
	}{
		{"default", defaultArgon2()},
		{"php", argon2Cost{65536, 4, 1}},
		{"heaviest", argon2Cost{maxMemory, maxWork / maxMemory, 1}},
		{"most passes", argon2Cost{maxWork / maxTime, maxTime, maxThreads}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				newArgon2("correct horse", c.cost)
			}
		})
	}
}

func BenchmarkBcrypt(b *testing.B) {
	for _, cost := range []int{minCost, defaultCost, maxCost} {
		b.Run(string(rune('0'+cost/10))+string(rune('0'+cost%10)), func(b *testing.B) {
			for b.Loop() {
				if _, err := newBcrypt("correct horse", cost); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
