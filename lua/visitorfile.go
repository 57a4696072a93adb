package lua

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// openBelow opens a regular file below a folder by a name that a visitor has chosen. That
// name must pass check, as must the one that it has where symbolic links lead.
func openBelow(dir *os.Root, name string, check func(name string) error) (*os.File, fs.FileInfo, error) {
	rel := path.Clean(name)
	if !filepath.IsLocal(rel) || strings.HasSuffix(name, "/") { // path.Clean would make it the file's name
		return nil, nil, errors.New("the name is none of a file below the folder")
	}
	if err := check(rel); err != nil {
		return nil, nil, err
	}
	// O_NONBLOCK: opening a FIFO must not wait for a writer.
	f, err := dir.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	info, err := regular(f, err)
	if err != nil {
		return nil, nil, err
	}
	if err := checkTarget(dir.Name(), rel, info, check); err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// checkTarget has the name checked that the open file rel below dir has without symbolic
// links. What is there must be the file that info tells of: links can be changed meanwhile.
func checkTarget(dir, rel string, info fs.FileInfo, check func(name string) error) error {
	real, err := filepath.EvalSymlinks(filepath.Join(dir, rel))
	if err != nil {
		return err
	}
	if there, err := os.Lstat(real); err != nil || !os.SameFile(there, info) {
		return fmt.Errorf("%s has become another file meanwhile", rel)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	target, err := filepath.Rel(dir, real)
	if err != nil || !filepath.IsLocal(target) {
		return errors.New("it is outside of the folder")
	}
	return check(target)
}

// regular returns what is known of f, which has been opened if err is nil. It closes f
// if that is no regular file.
func regular(f *os.File, err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return info, nil
}
