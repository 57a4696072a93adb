package servers

import (
	"os"
	"os/user"
	"strconv"
	"syscall"
	"testing"

	"lcgi/tests/needs"
)

// An account is the user a server runs as; nil is the user of the tests.
type account struct {
	uid, gid int
}

// serverUser returns the user for a server of the given kind.
func serverUser(tb testing.TB, kind Kind) *account {
	tb.Helper()
	if os.Geteuid() != 0 || kind == Gateway || kind == Serve {
		return nil
	}
	return WebUser(tb)
}

// WebUser returns www-data, the user that Debian runs web servers as.
func WebUser(tb testing.TB) *account {
	tb.Helper()
	u, err := user.Lookup("www-data")
	if err != nil {
		needs.Missing(tb, "web servers need a user to run as: %v", err)
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		tb.Fatal(err)
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		tb.Fatal(err)
	}
	return &account{uid, gid}
}

// own gives a file to the user.
func (a *account) own(name string) error {
	if a == nil {
		return nil
	}
	return os.Chown(name, a.uid, a.gid)
}

// attributes makes a process run as the user, in a process group of its own.
func (a *account) attributes() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if a != nil {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
