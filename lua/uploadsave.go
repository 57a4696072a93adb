package lua

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// checkUploadName says why an upload must not get the name of a file: one that a
// web server runs, obeys or hides. What is in the file has come from a visitor.
func checkUploadName(file string, extensions []string) error {
	base := filepath.Base(file)
	switch {
	case file == "":
		return errors.New("the path is empty")
	case strings.IndexByte(file, 0) >= 0:
		return errors.New("the name has a NUL byte")
	case strings.HasSuffix(file, "/"):
		return errors.New("it is a folder: name the file, too")
	case strings.HasPrefix(base, "."):
		return errors.New("a name that begins with a dot is hidden, or means something to the web server")
	}
	if ext := runningExtension(base, extensions); ext != "" {
		return fmt.Errorf("with the extension %s the visitor's file might be run as a program of the site", ext)
	}
	return nil
}

// runningExtension returns an extension of a file's name for which it might be run, "" if
// there is none. All count, not only the last: for Apache's AddHandler x.php.jpg has that
// of PHP (mod_mime, "Files with Multiple Extensions"), in any case.
func runningExtension(base string, extensions []string) string {
	lower := strings.ToLower(base)
	for i := range len(lower) {
		if lower[i] != '.' {
			continue
		}
		rest := lower[i:]
		ext, _, _ := strings.Cut(rest[1:], ".")
		if runs("." + ext) {
			return "." + ext
		}
		for _, page := range extensions { // which may have several dots
			if strings.HasPrefix(rest+".", strings.ToLower(page)+".") {
				return page
			}
		}
	}
	return ""
}

// runs reports whether files with that extension are run by web servers as they are
// commonly set up, or by us.
func runs(ext string) bool {
	switch ext {
	case ".lua", ".php", ".php3", ".php4", ".php5", ".php7", ".php8", ".phtml", ".phar", ".pht", ".phps", ".inc",
		".cgi", ".fcgi", ".pl", ".py", ".rb", ".sh", ".asp", ".aspx", ".jsp", ".jspx", ".shtml", ".htaccess":
		return true
	}
	return false
}

// A copy that is not complete has a name of this form. Whoever makes it holds its
// lock, which goes with the process.
const (
	copyPrefix = ".lcgi-upload-"
	copyAge    = time.Minute // at which one without a lock is a dead process's
)

// moveFile makes the file from, which is private, the file to, with the rights
// that new files get. What was there is replaced at once, or stays when there is
// an error. On the same file system nothing is copied.
func moveFile(from, to string) error {
	switch info, err := os.Lstat(to); {
	case err != nil:
	case info.IsDir():
		return errors.New("it is a folder: name the file, too")
	case !info.Mode().IsRegular():
		return errors.New("what is there is not a regular file, and stays")
	}
	// A file made for this tells what rights new files get here.
	dir := filepath.Dir(to)
	place := filepath.Join(dir, copyPrefix+rand.Text())
	f, err := os.OpenFile(place, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no folder %s; make it, for example with mkdir -p", dir)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("user %d, who runs this, may not write to the folder %s; for example: chown %[1]d %[2]s", os.Geteuid(), dir)
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
	_ = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) // without it, the age has to do
	sweepCopies(dir, time.Now())
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	if err := copyAll(f, src); err != nil {
		return err
	}
	return os.Rename(place, to)
}

// copyAll copies src to dst and closes that: on network file systems only the end of it
// tells that there was no room (close(2)).
func copyAll(dst io.WriteCloser, src io.Reader) error {
	if _, err := io.Copy(dst, src); err != nil {
		return err
	}
	return dst.Close()
}

// sweepCopies removes from a folder what copies have left whose processes were
// killed. It looks at so many files at the most.
func sweepCopies(dir string, now time.Time) {
	const most = 1000
	d, err := os.Open(dir)
	if err != nil {
		return
	}
	defer d.Close()
	entries, _ := d.ReadDir(most)
	for _, entry := range entries {
		if !strings.HasPrefix(entry.Name(), copyPrefix) || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if err != nil || now.Sub(info.ModTime()) < copyAge {
			continue
		}
		removeUnlocked(filepath.Join(dir, entry.Name()))
	}
}

// removeUnlocked removes a file whose lock nobody holds.
func removeUnlocked(file string) {
	f, err := os.OpenFile(file, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		os.Remove(file)
	}
}
