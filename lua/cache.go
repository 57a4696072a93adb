package lua

import (
	"io/fs"
	"os"
	"sync"
	"time"
)

// racy is how young a file must be for its time stamp not to be trusted: two
// edits within one tick of the file system's clock have the same.
const racy = 2 * time.Second

// A cache keeps compiled pages as long as their files stay as they were. It is
// shared by goroutines.
type cache struct {
	mu      sync.Mutex
	entries map[cacheKey]cacheEntry
}

// A cacheKey says what was compiled: one file may be read as a page by one site
// and as a module by another.
type cacheKey struct{ root, name, kind string }

type cacheEntry struct {
	program *Program
	file    fs.FileInfo
	settled bool // the file was older than racy when it was read
}

func newCache() *cache { return &cache{entries: make(map[cacheKey]cacheEntry)} }

// get returns the program kept under key if the file is still the one it was
// built from, and else what build returns, which is kept. A failed build is not
// kept.
func (c *cache) get(key cacheKey, file fs.FileInfo, now time.Time, build func() (*Program, error)) (*Program, error) {
	c.mu.Lock()
	entry, ok := c.entries[key]
	c.mu.Unlock()
	if ok && entry.settled && unchanged(entry.file, file) {
		return entry.program, nil
	}
	program, err := build()
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries[key] = cacheEntry{program: program, file: file, settled: now.Sub(file.ModTime()) > racy}
	return program, nil
}

func unchanged(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}
