package session_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"lcgi/session"
)

// benchEngine returns an engine whose store holds that many other sessions, and
// the id of one more.
func benchEngine(b *testing.B, others int) (*session.Engine, string) {
	b.Helper()
	dir := b.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	store, err := session.OpenFileStore(dir, session.FileOptions{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	engine := session.New(store, session.Config{})
	var id string
	for range others + 1 {
		s, err := engine.Start(b.Context(), session.Options{})
		if err != nil {
			b.Fatal(err)
		}
		if err := s.Save(b.Context(), some); err != nil {
			b.Fatal(err)
		}
		s.Close()
		id = s.ID()
	}
	return engine, id
}

func BenchmarkOpenSave(b *testing.B) {
	for _, others := range []int{0, 10_000} {
		engine, id := benchEngine(b, others)
		for _, changed := range []bool{true, false} {
			b.Run(fmt.Sprintf("others=%d/changed=%v", others, changed), func(b *testing.B) {
				for b.Loop() {
					s, err := engine.Start(b.Context(), session.Options{Candidates: []string{id}})
					if err != nil {
						b.Fatal(err)
					}
					data := slices.Clone(s.Data())
					if changed {
						data[2] ^= 1
					}
					if err := s.Save(b.Context(), data); err != nil {
						b.Fatal(err)
					}
					if err := s.Close(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkUnknownID(b *testing.B) {
	engine, _ := benchEngine(b, 0)
	for b.Loop() {
		s, err := engine.Start(b.Context(), session.Options{Candidates: []string{strings.Repeat("0", 64)}})
		if err != nil {
			b.Fatal(err)
		}
		s.Close()
	}
}
