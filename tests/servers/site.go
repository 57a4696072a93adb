package servers

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"lcgi/tests/binary"
)

// CopySite copies the folder of pages from to the new folder to, readable by
// everybody. With a firstLine, which includes its line break, every page
// becomes an executable file that begins with that line in place of the "#!"
// line that it may have.
func CopySite(to, from, firstLine string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if firstLine != "" && filepath.Ext(path) == ".lc" {
			if bytes.HasPrefix(text, []byte("#!")) {
				_, text, _ = bytes.Cut(text, []byte("\n"))
			}
			text = append([]byte(firstLine), text...)
			mode = 0o755
		}
		return os.WriteFile(target, text, mode)
	})
}

// deployFile returns the path of a file in sample-site/deploy.
func deployFile(tb testing.TB, name string) string {
	tb.Helper()
	root, err := binary.ModuleRoot()
	if err != nil {
		tb.Fatal(err)
	}
	return filepath.Join(root, "sample-site", "deploy", name)
}
