package lua

import (
	"errors"
	"strings"
	"syscall"
	"testing"
)

// fullDisk is a file that says when it is closed that there was no room.
type fullDisk struct{ strings.Builder }

func (*fullDisk) Close() error { return syscall.EDQUOT }

func TestCopyAll(t *testing.T) {
	var to fullDisk
	if err := copyAll(&to, strings.NewReader("text")); !errors.Is(err, syscall.EDQUOT) || to.String() != "text" {
		t.Errorf("%q, %v", to.String(), err)
	}
}
