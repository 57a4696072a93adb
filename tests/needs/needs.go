// Package needs says what a test needs from the machine it runs on.
package needs

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Program returns the path of a program, which is looked for in PATH and in
// the folders for system programs that the PATH of ordinary users lacks. If it
// is missing the test is skipped with the name of the Debian package to
// install.
func Program(tb testing.TB, name, debianPackage string) string {
	tb.Helper()
	path := find(name)
	if path == "" {
		Missing(tb, "%s is not installed: apt-get install %s", name, debianPackage)
	}
	return path
}

// Optional is Program for what a test can do without: where it is missing the
// path is empty and the test goes on, unless LCGI_TEST_REQUIRE=all forbids it.
func Optional(tb testing.TB, name, debianPackage string) string {
	tb.Helper()
	path := find(name)
	switch {
	case path != "":
	case requireAll():
		Missing(tb, "%s is not installed: apt-get install %s", name, debianPackage)
	default:
		tb.Logf("without %s, which is not installed: apt-get install %s", name, debianPackage)
	}
	return path
}

func find(name string) string {
	if path, err := exec.LookPath(name); err == nil {
		return path
	}
	for _, dir := range []string{"/usr/sbin", "/usr/local/sbin", "/sbin"} {
		if path, err := exec.LookPath(filepath.Join(dir, name)); err == nil {
			return path
		}
	}
	return ""
}

// Root lets only root go on, for tests that mount or give away files.
func Root(tb testing.TB, why string) {
	tb.Helper()
	if os.Geteuid() != 0 {
		Missing(tb, "only root can %s", why)
	}
}

// Missing skips the test, or fails it where LCGI_TEST_REQUIRE=all says that
// this machine is meant to have everything.
func Missing(tb testing.TB, format string, args ...any) {
	tb.Helper()
	if requireAll() {
		tb.Fatalf(format, args...)
	}
	tb.Skipf(format, args...)
}

func requireAll() bool { return os.Getenv("LCGI_TEST_REQUIRE") == "all" }
