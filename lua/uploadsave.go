package lua

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// checkUploadName says why an upload must not get the name of a file: one that a
// web server runs, obeys or hides. What is in the file has come from a visitor.
func checkUploadName(file string, extensions []string) error {
	base, ext := filepath.Base(file), filepath.Ext(file)
	switch {
	case strings.IndexByte(file, 0) >= 0:
		return errors.New("the name has a NUL byte")
	case strings.HasSuffix(file, "/"):
		return errors.New("it is a folder: name the file, too")
	case strings.HasPrefix(base, "."):
		return errors.New("a name that begins with a dot is hidden, or means something to the web server")
	case ext == ".lua" || slices.Contains(extensions, ext):
		return fmt.Errorf("with a name that ends in %s the visitor's file would be run as a page or module of the site", ext)
	}
	return nil
}

// moveFile makes the file from, which is private, the file to, with the rights
// that new files get. What was there is replaced at once, or stays when there is
// an error. On the same file system nothing is copied.
func moveFile(from, to string) error {
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		return errors.New("it is a folder: name the file, too")
	}
	// A file made for this tells what rights new files get here.
	place := filepath.Join(filepath.Dir(to), ".upload-"+rand.Text())
	f, err := os.OpenFile(place, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s; make it, for example with mkdir -p", filepath.Dir(to))
	}
	if err != nil {
		return err
	}
	defer f.Close()
	defer os.Remove(place)
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := os.Chmod(from, info.Mode().Perm()); err != nil {
		return err
	}
	err = os.Rename(from, to)
	if !errors.Is(err, syscall.EXDEV) {
		return err
	}
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	if _, err := io.Copy(f, src); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(place, to)
}
