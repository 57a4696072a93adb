package session

import (
	"fmt"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const (
	// badFolder holds the damaged records that are kept for the administrator.
	badFolder = "bad"
	badSuffix = ".bad"
	// maxBad is the number of them beyond which a damaged record is removed.
	maxBad = 100
)

// putAside takes the damaged file of a record, for which we hold the lock, out of
// the way, and gives the record up. It returns the *CorruptError that tells what
// became of the file.
func (r *fileRecord) putAside(reason string) error {
	corrupt := &CorruptError{Place: r.store.path(r.name), Reason: reason}
	kept, err := r.keep()
	if err == nil {
		corrupt.Kept = kept
		return corrupt
	}
	// Nobody's session fails because there is no room for evidence.
	corrupt.Reason += "; it was removed: " + err.Error()
	if err := r.remove("remove"); err != nil {
		corrupt.Reason = reason + "; it is left in place: " + err.Error()
	}
	return corrupt
}

// keep moves the record's file to the damaged ones that are kept.
func (r *fileRecord) keep() (path string, err error) {
	s := r.store
	dir := filepath.Join(s.dir, badFolder)
	bad, err := s.openShard(badFolder, true)
	if err != nil {
		return "", err
	}
	defer unix.Close(bad)
	names, err := folderNames(bad)
	if err != nil {
		return "", s.errorAt("read", dir, err)
	}
	if len(names) >= maxBad {
		return "", fmt.Errorf("%d damaged records are kept in %s already", len(names), dir)
	}
	if err := s.removeSpare(r.shard, r.name); err != nil {
		return "", s.errorAt("remove the spare of", s.path(r.name), err)
	}
	name := r.name + badSuffix
	if err := eintr(func() error { return s.disk.renameat(r.shard, r.name, bad, name) }); err != nil {
		return "", s.errorAt("make", filepath.Join(dir, name), err)
	}
	r.gone = true
	return filepath.Join(dir, name), nil
}
