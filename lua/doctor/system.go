package doctor

import (
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"
)

// System holds what the examination asks the operating system, for tests that
// make happen what does not happen on every machine.
type System struct {
	Euid, Egid func() int
	Groups     func() ([]int, error)
	UserName   func(uid int) string // "" if the user has no name
	GroupName  func(gid int) string // "" if the group has no name

	CreateTemp func(dir, pattern string) (*os.File, error)
	Flock      func(fd, how int) error
	Fsync      func(f *os.File) error
	Rename     func(from, to string) error
	Remove     func(name string) error
	FileSystem func(dir string) (FileSystem, error) // an error where it is not known
	Limit      func(l Limit) (value uint64, ok bool)
	ReadFile   func(name string) ([]byte, error) // of /proc and /sys
}

// A FileSystem is what holds the files of a folder.
type FileSystem struct {
	Type       string // such as "ext4"; a number where its name is not known
	Free       uint64 // bytes that a user other than root may still write
	FreeFiles  uint64
	TotalFiles uint64 // 0 where their number has no limit
}

// Limit is a limit of the process (getrlimit(2)).
type Limit int

const (
	LimitMemory    Limit = iota // bytes of address space, "ulimit -v"
	LimitFiles                  // open files, "ulimit -n"
	LimitProcesses              // processes and threads of the user, "ulimit -u"
)

// unlimited is the value of a limit that does not limit.
const unlimited = ^uint64(0)

// OwnSystem returns the functions of the operating system.
func OwnSystem() System {
	return System{
		Euid:       os.Geteuid,
		Egid:       os.Getegid,
		Groups:     os.Getgroups,
		UserName:   userName,
		GroupName:  groupName,
		CreateTemp: os.CreateTemp,
		Flock:      unix.Flock,
		Fsync:      (*os.File).Sync,
		Rename:     os.Rename,
		Remove:     os.Remove,
		FileSystem: fileSystem,
		Limit:      limit,
		ReadFile:   os.ReadFile,
	}
}

func userName(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return ""
	}
	return u.Username
}

func groupName(gid int) string {
	g, err := user.LookupGroupId(strconv.Itoa(gid))
	if err != nil {
		return ""
	}
	return g.Name
}
