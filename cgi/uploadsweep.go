package cgi

import (
	"errors"
	"io/fs"
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

// Leftovers are what processes that were killed have left of uploads.
type Leftovers struct {
	Folder  string // the private folder in which they are; it may be missing
	Folders int    // of requests
	Files   int    // in them
	Bytes   int64  // of the files
}

// UploadLeftovers counts what requests with uploads remove later on from below dir, which
// is as in [Request.SetUploadDir]: folders of requests that are a minute old at now and
// that no process holds locked. It looks at 10,000 names in the private folder
// at most, and at 1000 in each of those.
//
// The error says why the private folder cannot be used, and therefore no upload works.
// One that is missing is none: the first upload makes it.
func UploadLeftovers(dir string, now time.Time) (Leftovers, error) {
	dir = uploadDir(dir)
	left := Leftovers{Folder: privateFolderPath(dir)}
	private, _, err := openPrivateFolder(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return left, nil
	}
	if err != nil {
		return left, err
	}
	defer unix.Close(private)
	s := &uploadSweep{private, systemDisk()}
	s.disk.now = func() time.Time { return now }
	for _, name := range s.names(private, sweepNames) {
		s.claim(name, func(fd int, files []string) {
			left.Folders++
			left.Files += len(files)
			for _, file := range files {
				var st unix.Stat_t
				if unix.Fstatat(fd, file, &st, unix.AT_SYMLINK_NOFOLLOW) == nil {
					left.Bytes += st.Size
				}
			}
		})
	}
	return left, nil
}

// sweep removes some of what killed processes have left below the folder of the
// request's uploads, if it had any. It may take a while: nobody is to wait for it.
func (u *uploads) sweep() {
	if !u.stored {
		return
	}
	private, _, err := openPrivateFolder(uploadDir(u.dir))
	if err != nil {
		return // the next upload says it
	}
	defer unix.Close(private)
	(&uploadSweep{private, u.disk}).run()
}

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
		if s.remove(names[i]) {
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

// claim calls use with the folder of a request and its files if it is left over: old, and
// locked by nobody. While use runs, we hold the lock.
func (s *uploadSweep) claim(name string, use func(fd int, files []string)) {
	fd, err := openAt(s.private, name, unix.O_RDONLY|unix.O_DIRECTORY)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	files := s.names(fd, sweepFiles)
	// A young one is not tried: its request may be about to lock it. Its name is
	// never used again, so it is the folder that was looked at.
	if s.old(fd, files) && retry(func() error { return unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB) }) == nil {
		use(fd, files)
	}
}

// remove removes the folder of a request if it is left over.
func (s *uploadSweep) remove(name string) (removed bool) {
	s.claim(name, func(fd int, files []string) {
		for _, file := range files {
			_ = retry(func() error { return s.disk.unlink(fd, file) }) // else the folder is not empty
		}
		removed = retry(func() error { return unix.Unlinkat(s.private, name, unix.AT_REMOVEDIR) }) == nil
	})
	return removed
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
