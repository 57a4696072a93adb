//go:build !cgionly

package server

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"lcgi/cgi"
)

// serveFile answers with a static file, the index of a folder, or 404. Clean is
// a decoded path that does not lead to a page.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request, clean string) {
	if s.hidden(clean) {
		s.fail(w, r, http.StatusNotFound, "%q is a hidden file or the source of a page", clean)
		return
	}
	name := strings.Trim(clean, "/")
	if name == "" {
		name = "."
	}
	// The root refuses every name and every link that leads out of it. It is
	// opened anew, as pages are found anew, since a new version of the site
	// may have been put in the folder's place.
	files, err := os.OpenRoot(s.root)
	if err != nil {
		s.fail(w, r, http.StatusNotFound, "site folder: %v", err)
		return
	}
	defer files.Close()
	info, err := files.Stat(name)
	if err != nil {
		s.failOpen(w, r, clean, err)
		return
	}
	slash := strings.HasSuffix(clean, "/")
	switch {
	case info.IsDir() && !slash:
		// Relative links of the index would miss the folder. The path
		// is clean: it starts with one slash and names no host.
		target := (&url.URL{Path: clean + "/", RawQuery: r.URL.RawQuery}).String()
		h := w.Header()
		h.Set("Location", target)
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusMovedPermanently)
		return
	case info.IsDir():
		s.serveIndex(w, r, files, clean)
		return
	case slash || !info.Mode().IsRegular():
		s.fail(w, r, http.StatusNotFound, "%q is not a regular file", clean)
		return
	}
	s.sendFile(w, r, files, name)
}

// serveIndex answers for a folder: index.lc, then index.html. There are no
// listings.
func (s *Server) serveIndex(w http.ResponseWriter, r *http.Request, files *os.Root, folder string) {
	for _, ext := range s.conf.Extensions {
		page := folder + "index" + ext
		if info, err := os.Stat(s.root + page); err == nil && info.Mode().IsRegular() {
			s.servePage(w, r, page, "")
			return
		}
	}
	name := strings.TrimPrefix(folder+"index.html", "/")
	if info, err := files.Stat(name); err == nil && info.Mode().IsRegular() {
		s.sendFile(w, r, files, name)
		return
	}
	s.fail(w, r, http.StatusNotFound, "folder %q has no index%s and no index.html", folder, s.conf.Extensions[0])
}

// sendFile sends a regular file with net/http's ranges and conditions.
func (s *Server) sendFile(w http.ResponseWriter, r *http.Request, files *os.Root, name string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.fail(w, r, http.StatusMethodNotAllowed, "%s of a static file", r.Method)
		return
	}
	target, err := s.target(name)
	if err != nil {
		s.failOpen(w, r, name, err)
		return
	}
	if target != name && (s.hidden(target) || s.runs(path.Base(target))) {
		s.fail(w, r, http.StatusNotFound, "%q is a link to %q, a hidden file or the source of a page", name, target)
		return
	}
	// A FIFO put in the file's place would hold the request; O_NONBLOCK does not.
	f, err := files.OpenFile(target, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		s.failOpen(w, r, name, err)
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		s.fail(w, r, http.StatusNotFound, "%q is not a regular file", name)
		return
	}
	h := w.Header()
	h.Set("Content-Type", cgi.FileType(name))
	h.Set("X-Content-Type-Options", "nosniff")
	// Nanoseconds tell two edits within a second apart, and no-cache makes the
	// browser ask: an edit is seen at the next reload (RFC 9111 §5.2.2.4).
	h.Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	h.Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", info.ModTime(), f)
}

// target returns the path below the root of the file that name leads to through
// links, which is name where there are none.
func (s *Server) target(name string) (string, error) {
	root, err := filepath.EvalSymlinks(s.root) // it may have become a link since
	if err != nil {
		return "", err
	}
	file, err := filepath.EvalSymlinks(filepath.Join(root, name))
	if err != nil {
		return "", err
	}
	return filepath.Rel(root, file)
}

func (s *Server) failOpen(w http.ResponseWriter, r *http.Request, name string, err error) {
	if errors.Is(err, fs.ErrPermission) {
		s.fail(w, r, http.StatusForbidden, "no permission to read %q", name)
		return
	}
	s.fail(w, r, http.StatusNotFound, "no file %q: %v", name, err)
}

// hidden reports whether a path names something that is never served, as
// [cgi.CheckVisible] says. A page is run, so its source is not sent.
func (s *Server) hidden(p string) bool {
	if s.runs(path.Base(p)) {
		return cgi.CheckHidden(p) != nil
	}
	return cgi.CheckVisible(p, s.conf.Extensions) != nil
}

// runs reports whether a file of this name is executed, not sent.
func (s *Server) runs(base string) bool {
	for _, ext := range s.conf.Extensions {
		if strings.HasSuffix(base, ext) {
			return true
		}
	}
	return false
}
