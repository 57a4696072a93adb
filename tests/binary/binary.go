// Package binary builds the program that the tests run.
package binary

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Build compiles the main package of this module the way it is released, as
// one static file, whatever flags the test itself was built with, and returns
// its path. The file is at a place that every user of the machine may run it
// from, because web servers started by root give root up; the caller removes it
// by calling remove.
//
// Further flags of "go build" may be given. LCGI_TEST_BINARY names a ready binary
// to be tested in place of one built without any.
func Build(flags ...string) (path string, remove func(), err error) {
	if ready := os.Getenv("LCGI_TEST_BINARY"); ready != "" && len(flags) == 0 {
		return ready, func() {}, nil
	}
	root, err := ModuleRoot()
	if err != nil {
		return "", nil, err
	}
	return BuildPackage(root, "lcgi", flags...)
}

// BuildPackage compiles the main package in the folder dir like Build.
func BuildPackage(dir, name string, flags ...string) (path string, remove func(), err error) {
	out, err := os.MkdirTemp("", "lcgi-binary-")
	if err != nil {
		return "", nil, err
	}
	remove = func() { os.RemoveAll(out) }
	path = filepath.Join(out, name)
	args := slices.Concat([]string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", path}, flags, []string{"."})
	build := exec.Command("go", args...)
	build.Dir = dir
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	message, err := build.CombinedOutput()
	if err == nil {
		err = os.Chmod(out, 0o755)
	}
	if err != nil {
		remove()
		return "", nil, fmt.Errorf("go build in %s: %w\n%s", dir, err, message)
	}
	return path, remove, nil
}

// ModuleRoot returns the folder of this module's go.mod, found from the
// working folder, which "go test" sets to the folder of the tested package.
func ModuleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	mod := string(bytes.TrimSpace(out))
	if !strings.HasSuffix(mod, "go.mod") {
		return "", fmt.Errorf("the working folder is in no module (go env GOMOD says %q)", mod)
	}
	return filepath.Dir(mod), nil
}
