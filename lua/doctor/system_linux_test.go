package doctor

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestTypeName names file systems by the numbers of statfs(2).
func TestTypeName(t *testing.T) {
	for magic, want := range map[uint32]string{
		unix.EXT4_SUPER_MAGIC: "ext4", unix.XFS_SUPER_MAGIC: "xfs", unix.BTRFS_SUPER_MAGIC: "btrfs", unix.F2FS_SUPER_MAGIC: "f2fs",
		0x2fc12fc1: "zfs", unix.OVERLAYFS_SUPER_MAGIC: "overlay", unix.TMPFS_MAGIC: "tmpfs", unix.RAMFS_MAGIC: "ramfs",
		unix.NFS_SUPER_MAGIC: "nfs", unix.SMB_SUPER_MAGIC: "smb", unix.CIFS_SUPER_MAGIC: "smb", unix.SMB2_SUPER_MAGIC: "smb",
		unix.FUSE_SUPER_MAGIC: "fuse", unix.V9FS_MAGIC: "9p", 0x00c36400: "ceph", unix.AFS_SUPER_MAGIC: "afs", 0x1234: "type 0x1234",
	} {
		if got := typeName(magic); got != want {
			t.Errorf("%#x is %s, want %s", magic, got, want)
		}
	}
}
