package doctor

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// fileSystem is statfs(2).
func fileSystem(dir string) (FileSystem, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return FileSystem{}, err
	}
	// Some machines have the numbers as signed integers of 32 bits.
	return FileSystem{typeName(uint32(st.Type)), free(st.Bavail, uint64(st.Frsize), uint64(st.Bsize)), st.Ffree, st.Files}, nil
}

// free returns how many bytes so many blocks have. They are counted in fragments
// (statvfs(3)), whose size old kernels leave at 0; the other one is what is best read at
// once, and much more on some network file systems.
func free(blocks, fragment, best uint64) uint64 {
	if fragment == 0 {
		fragment = best
	}
	return blocks * fragment
}

// typeName returns the name of a file system by its magic number (statfs(2)).
func typeName(magic uint32) string {
	switch magic {
	case unix.EXT4_SUPER_MAGIC:
		return "ext4"
	case unix.XFS_SUPER_MAGIC:
		return "xfs"
	case unix.BTRFS_SUPER_MAGIC:
		return "btrfs"
	case unix.F2FS_SUPER_MAGIC:
		return "f2fs"
	case 0x2fc12fc1:
		return "zfs"
	case unix.OVERLAYFS_SUPER_MAGIC:
		return "overlay"
	case unix.TMPFS_MAGIC:
		return "tmpfs"
	case unix.RAMFS_MAGIC:
		return "ramfs"
	case unix.NFS_SUPER_MAGIC:
		return "nfs"
	case unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC:
		return "smb"
	case unix.FUSE_SUPER_MAGIC:
		return "fuse"
	case unix.V9FS_MAGIC:
		return "9p"
	case 0x00c36400:
		return "ceph"
	case unix.AFS_SUPER_MAGIC:
		return "afs"
	}
	return fmt.Sprintf("type %#x", magic)
}

func limit(l Limit) (value uint64, ok bool) {
	resource := 0
	switch l {
	case LimitMemory:
		resource = unix.RLIMIT_AS
	case LimitFiles:
		resource = unix.RLIMIT_NOFILE
	case LimitProcesses:
		resource = unix.RLIMIT_NPROC
	}
	var r unix.Rlimit
	if err := unix.Getrlimit(resource, &r); err != nil {
		return 0, false
	}
	if r.Cur == math.MaxUint64 {
		return unlimited, true
	}
	return r.Cur, true
}
