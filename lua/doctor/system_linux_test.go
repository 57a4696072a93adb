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

// TestFree: blocks are counted in fragments, however much is best read at once.
func TestFree(t *testing.T) {
	for _, c := range []struct{ fragment, best, want uint64 }{{4096, 4096, 40960}, {4096, 1 << 20, 40960}, {0, 512, 5120}} {
		if got := free(10, c.fragment, c.best); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
