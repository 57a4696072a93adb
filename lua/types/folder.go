package types

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// A found is what is in the place of the settings.
type found string

const (
	nothing found = "nothing"
	ours    found = "our settings"
	others  found = "settings that somebody has written or changed"
)

// check looks at the places of all files in the folder dir, which may be missing.
// It returns an error if what is in one of them is not to be replaced, and what
// there is for settings.
func check(dir string, all map[string][]byte) (found, error) {
	for name := range all {
		if err := checkFolder(filepath.Join(dir, path.Dir(name)), name); err != nil {
			return "", err
		}
		file := filepath.Join(dir, name)
		old, err := readStart(file, 4<<10)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if _, second, _ := strings.Cut(old, "\n"); !strings.HasPrefix(second, mark) {
			return "", fmt.Errorf("%s was not written by lcgi; name another folder or remove it", file)
		}
	}
	file, text := filepath.Join(dir, settings), luarc(dir)
	if info, err := os.Lstat(file); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return others, nil
	}
	old, err := readStart(file, len(text)+1)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nothing, nil
	case err != nil:
		return "", err
	case old != text:
		return others, nil
	}
	return ours, nil
}

// checkFolder returns an error if what is in the place of the folder of a file is
// none. A folder that a symbolic link leads to belongs to something else, unless
// it is the one that the user has named.
func checkFolder(folder, name string) error {
	look := os.Lstat
	if path.Dir(name) == "." {
		look = os.Stat
	}
	info, err := look(folder)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.IsDir():
		return fmt.Errorf("%s is no folder; name another one or remove it", folder)
	}
	return nil
}

// readStart returns the first bytes of a regular file. It follows no link and waits
// for nobody who would write to it.
func readStart(file string, most int) (string, error) {
	info, err := os.Lstat(file)
	if err != nil {
		return "", err
	}
	notRegular := fmt.Errorf("%s is no regular file; name another folder or remove it", file)
	if !info.Mode().IsRegular() {
		return "", notRegular
	}
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() { // it was another one when it was looked at
		return "", notRegular
	}
	text, err := io.ReadAll(io.LimitReader(f, int64(most)))
	return string(text), err
}

// replaceAll writes files by their names into the folder dir, which it makes.
func replaceAll(dir string, all map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(dir) // nothing leads out of it, whatever happens meanwhile
	if err != nil {
		return err
	}
	defer root.Close()
	for name, text := range all {
		if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
			return err
		}
		if err := replace(root, name, text); err != nil {
			return err
		}
	}
	return nil
}

// replace writes a file in one step.
func replace(root *os.Root, name string, text []byte) error {
	temporary := path.Join(path.Dir(name), fmt.Sprintf(".%s-%d", path.Base(name), os.Getpid()))
	f, err := root.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(0o644)
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = root.Rename(temporary, name)
	}
	if err != nil {
		return errors.Join(err, root.Remove(temporary))
	}
	return nil
}
