package cgi

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// leftoverAge is the age at which a folder that nobody holds locked is taken for
	// that of a killed process.
	leftoverAge = time.Minute

	// A sweep reads so many names, looks at so many of them, and removes so many
	// folders with so many files each. What it leaves, the next one can do.
	sweepNames   = 10_000
	sweepLooks   = 200
	sweepRemoves = 100
	sweepFiles   = 1000
)

// An uploadSweep removes some of the folders that killed processes have left in a
// private folder.
type uploadSweep struct {
	private int
	disk    uploadDisk
}

// run looks at names by chance: those that come first in a folder are always the
// same, and may all be in use.
func (s *uploadSweep) run() {
	names := s.names(s.private, sweepNames)
	removed := 0
	for i := range min(len(names), sweepLooks) {
		j := i + s.disk.random(len(names)-i)
		names[i], names[j] = names[j], names[i]
		if s.folder(names[i]) {
			if removed++; removed == sweepRemoves {
				return
			}
		}
	}
}

// names returns the names in a folder that are of our making, among its first n.
func (s *uploadSweep) names(dir, n int) []string {
	// A descriptor of its own has a position of its own.
	fd, err := openAt(dir, ".", unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return nil
	}
	listing := os.NewFile(uintptr(fd), "uploads")
	defer listing.Close()
	all, _ := listing.Readdirnames(n)
	names := all[:0]
	for _, name := range all {
		if isUploadName(name) {
			names = append(names, name)
		}
	}
	return names
}

// folder removes the folder of a request if it is old and nobody holds its lock.
func (s *uploadSweep) folder(name string) bool {
	fd, err := openAt(s.private, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	files := s.names(fd, sweepFiles)
	// A young one is not tried: its request may be about to lock it. Its name is
	// never used again, so it is the folder that was looked at.
	if !s.old(fd, files) || retry(func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }) != nil {
		return false
	}
	for _, file := range files {
		_ = retry(func() error { return s.disk.unlink(fd, file) }) // else the folder is not empty
	}
	return retry(func() error { return unix.Unlinkat(s.private, name, unix.AT_REMOVEDIR) }) == nil
}

// old reports whether nothing has been written to the files of a folder for a while, or,
// where it has none, to itself.
func (s *uploadSweep) old(fd int, files []string) bool {
	if len(files) == 0 {
		files = []string{"."}
	}
	now := s.disk.now()
	for _, file := range files {
		var st unix.Stat_t
		if unix.Fstatat(fd, file, &st, unix.AT_SYMLINK_NOFOLLOW) != nil || now.Sub(time.Unix(st.Mtim.Unix())) <= leftoverAge {
			return false
		}
	}
	return true
}

// isUploadName reports whether name is that of a temporary file or folder.
func isUploadName(name string) bool {
	for i := 0; i < len(name); i++ {
		if c := name[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return len(name) == uploadNameLen
}
