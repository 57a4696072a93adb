//go:build !linux

package doctor

import "golang.org/x/sys/unix"

// fileSystem reports that this system has no portable way to tell.
func fileSystem(string) (FileSystem, error) { return FileSystem{}, unix.ENOSYS }

// limit knows what all systems have.
func limit(l Limit) (value uint64, ok bool) {
	if l != LimitFiles {
		return 0, false
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &r); err != nil {
		return 0, false
	}
	return uint64(r.Cur), true
}
