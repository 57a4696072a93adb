package session

import "golang.org/x/sys/unix"

// exchange gives each of two files of a folder the other's name, in one step:
// renameat2(2). It must not be repeated blindly, as that would undo it.
func exchange(dir int, a, b string) error {
	return unix.Renameat2(dir, a, dir, b, unix.RENAME_EXCHANGE)
}
