package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// millionVar is the variable that asks for the benchmarks that fill the disk with
// a million sessions: about 4 GB, and a minute or two.
const millionVar = "LCGI_BENCH_MILLION"

var (
	benchData  = []byte("\xa1\x01\x01")
	benchOther = []byte("\xa1\x01\x02")
)

// benchStore returns an engine whose store holds that many sessions, of which the
// given share is expired.
func benchStore(b *testing.B, sessions int, expired float64) *Engine {
	b.Helper()
	s := openTestStore(b)
	fill(b, s, sessions, expired)
	return New(s, Config{Folders: filepath.Join(b.TempDir(), "private")})
}

// fill writes records of sessions as Save would, without what makes that safe.
func fill(b *testing.B, s *FileStore, sessions int, expired float64) {
	b.Helper()
	for i := range 256 {
		if err := os.MkdirAll(filepath.Join(s.dir, fmt.Sprintf("%02x", i)), 0o700); err != nil {
			b.Fatal(err)
		}
	}
	data := append([]byte("\xa1\x44name\x58\x30"), strings.Repeat("x", 0x30)...)
	now := time.Now()
	for i := range sessions {
		lifetime := 24 * time.Hour
		if float64(i) < expired*float64(sessions) {
			lifetime = time.Millisecond
		}
		key := NewKey(DefaultName, fmt.Sprintf("%064x", i))
		h := header{meta: Meta{Created: now, LastUse: now.Add(-time.Second), Lifetime: lifetime, Name: DefaultName}, size: uint64(len(data)), dataSum: sumData(data)}
		if err := os.WriteFile(s.path(key.String()), append(h.encode(key), data...), 0o600); err != nil {
			b.Fatal(err)
		}
	}
}

// benchKeep stores one more session and returns its id.
func benchKeep(b *testing.B, e *Engine) string {
	b.Helper()
	s, err := e.Start(b.Context(), Options{})
	if err == nil {
		err = s.Save(b.Context(), benchData)
	}
	if err != nil {
		b.Fatal(err)
	}
	s.Close()
	return s.ID()
}

// benchUse opens and saves a session once, and returns its id.
func benchUse(b *testing.B, e *Engine, id string, changed bool) string {
	s, err := e.Start(b.Context(), Options{ID: id})
	if err != nil {
		b.Fatal(err)
	}
	data := slices.Clone(s.Data())
	if changed {
		data[2] ^= benchData[2] ^ benchOther[2]
	}
	if err := s.Save(b.Context(), data); err != nil {
		b.Fatal(err)
	}
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	return s.ID()
}

// BenchmarkOpenSave fills all its stores first, so that what is compared is measured
// in the same minute.
func BenchmarkOpenSave(b *testing.B) {
	counts := []int{0, 10_000}
	if os.Getenv(millionVar) != "" {
		counts = append(counts, 1_000_000)
	}
	engines, ids := make(map[int]*Engine), make(map[int]string)
	for _, others := range counts {
		engines[others] = benchStore(b, others, 0)
		ids[others] = benchKeep(b, engines[others])
	}
	each := func(name string, op func(b *testing.B, e *Engine, others int)) {
		for _, others := range counts {
			b.Run(fmt.Sprintf("%s/others=%d", name, others), func(b *testing.B) {
				for b.Loop() {
					op(b, engines[others], others)
				}
			})
		}
	}
	each("changed", func(b *testing.B, e *Engine, others int) { benchUse(b, e, ids[others], true) })
	each("unchanged", func(b *testing.B, e *Engine, others int) { benchUse(b, e, ids[others], false) })
	each("new and deleted", func(b *testing.B, e *Engine, _ int) {
		s, err := e.Start(b.Context(), Options{})
		if err == nil {
			err = s.Save(b.Context(), benchData)
		}
		if err == nil {
			err = s.Delete(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
	})
	// Each time another session, of which nothing may be in the system's caches.
	each("any", func(b *testing.B, e *Engine, others int) {
		id := ids[others]
		if others > 0 {
			id = fmt.Sprintf("%064x", rand.IntN(others))
		}
		if benchUse(b, e, id, false) != id {
			b.Fatal("it is not there")
		}
	})
}

func BenchmarkUnknownID(b *testing.B) {
	e := benchStore(b, 0, 0)
	for b.Loop() {
		s, err := e.Start(b.Context(), Options{Candidates: []string{strings.Repeat("0", 64)}})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}

func BenchmarkRotate(b *testing.B) {
	for _, grace := range []time.Duration{0, DefaultGrace} {
		b.Run(fmt.Sprint("grace=", grace), func(b *testing.B) {
			e := benchStore(b, 0, 0)
			id := benchKeep(b, e)
			for b.Loop() {
				s, err := e.Start(b.Context(), Options{ID: id})
				if err == nil {
					err = s.Rotate(grace)
				}
				if err == nil {
					err = s.Save(b.Context(), benchData)
				}
				if err != nil {
					b.Fatal(err)
				}
				s.Close()
				id = s.ID()
			}
		})
	}
}

func BenchmarkFolder(b *testing.B) {
	e := benchStore(b, 0, 0)
	s, err := e.Start(b.Context(), Options{})
	if err == nil {
		_, err = s.Folder(b.Context())
	}
	if err == nil {
		err = s.Save(b.Context(), benchData)
	}
	if err != nil {
		b.Fatal(err)
	}
	s.Close()
	for b.Loop() {
		benchUse(b, e, s.ID(), true)
	}
}

func BenchmarkCount(b *testing.B) {
	e := benchStore(b, 10_000, 0)
	for b.Loop() {
		if n, err := e.Count(b.Context()); n != 10_000 || err != nil {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkSweep(b *testing.B) {
	b.Run("all live", func(b *testing.B) {
		e := benchStore(b, 10_000, 0)
		for b.Loop() {
			if n, err := e.Sweep(context.Background()); n != 0 || err != nil {
				b.Fatal(n, err)
			}
		}
	})
	b.Run("all expired", func(b *testing.B) {
		s := openTestStore(b)
		e := New(s, Config{})
		for b.Loop() {
			b.StopTimer()
			fill(b, s, 10_000, 1)
			b.StartTimer()
			if n, err := e.Sweep(context.Background()); n != 10_000 || err != nil {
				b.Fatal(n, err)
			}
		}
	})
}

// BenchmarkBoundedSweep shows what a sweep after an answer does to a large store.
func BenchmarkBoundedSweep(b *testing.B) {
	if os.Getenv(millionVar) == "" {
		b.Skip("set " + millionVar)
	}
	const sessions = 200_000
	e := benchStore(b, sessions, 0.5)
	e.cfg.Rand = func(int) int { return 0 }
	e.folders = nil // which would take turns with the records
	longest := time.Duration(0)
	for b.Loop() {
		began := time.Now()
		e.MaybeSweep(b.Context())
		longest = max(longest, time.Since(began))
	}
	b.StopTimer()
	began := time.Now()
	left, err := e.Count(b.Context())
	if err != nil || left != sessions/2 {
		b.Errorf("%d live sessions are left, %v, want %d", left, err, sessions/2)
	}
	b.ReportMetric(float64(longest.Milliseconds()), "ms/longest")
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/count")
	began = time.Now()
	removed, err := e.Sweep(b.Context())
	if err != nil {
		b.Error(err)
	}
	b.ReportMetric(float64(removed), "left")
	b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/rest")
}

func BenchmarkShared(b *testing.B) {
	v := benchStore(b, 0, 0).Shared()
	for i := range 100 {
		if err := v.Set(b.Context(), fmt.Sprint("variable ", i), benchData); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("Get", func(b *testing.B) {
		for b.Loop() {
			if data, err := v.Get(b.Context(), "variable 7"); data == nil || err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Update", func(b *testing.B) {
		for b.Loop() {
			err := v.Update(b.Context(), "variable 7", func(old []byte) ([]byte, error) { return slices.Clone(old), nil })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("Keys", func(b *testing.B) {
		for b.Loop() {
			if keys, err := v.Keys(b.Context()); len(keys) != 100 || err != nil {
				b.Fatal(len(keys), err)
			}
		}
	})
}

// BenchmarkSharedNew stores 10,000 shared variables, each of a new name. The last 100 tell
// what one costs when there are many.
func BenchmarkSharedNew(b *testing.B) {
	v := benchStore(b, 0, 0).Shared()
	const names = 10_000
	for b.Loop() {
		began := time.Now()
		for i := range names {
			if i == names-100 {
				began = time.Now()
			}
			if err := v.Set(b.Context(), fmt.Sprintf("page %d of the guide", i), benchData); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(time.Since(began).Microseconds())/100, "µs/last")
		b.StopTimer()
		v = benchStore(b, 0, 0).Shared()
		b.StartTimer()
	}
}
