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
	h.Set("Content-Type", contentType(name))
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

// hidden reports whether a path names something that is never served: a name
// that starts with a dot (.git, .env, .htaccess) other than .well-known (RFC
// 8615), or the source of a page or module, also as editors and people keep it
// beside the original: whatever follows the extension.
func (s *Server) hidden(p string) bool {
	for element := range strings.SplitSeq(p, "/") {
		if strings.HasPrefix(element, ".") && element != ".well-known" {
			return true
		}
	}
	base := path.Base(p)
	if strings.HasPrefix(base, "#") || strings.HasSuffix(base, "~") {
		return true
	}
	lower := strings.ToLower(base)
	for _, ext := range append([]string{".lc", ".lua"}, s.conf.Extensions...) {
		if ext != "" && !s.runs(base) && holdsExtension(lower, strings.ToLower(ext)) {
			return true
		}
	}
	return false
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

// holdsExtension reports whether ext ends name or stands in it with anything
// behind: x.lua, x.lc.bak, x.lc-old, x.lcold, "x.lc (1)". The extension of a
// static file that begins with ext is none: with pages in .htm, x.html is a file.
func holdsExtension(name, ext string) bool {
	for {
		before, after, ok := strings.Cut(name, ext)
		if !ok {
			return false
		}
		rest := name[len(before):]
		if dot := strings.IndexByte(rest[1:], '.'); dot >= 0 {
			rest = rest[:1+dot]
		}
		if rest == ext || contentType(rest) == unknownType {
			return true
		}
		name = after
	}
}

// unknownType is the media type of what a browser is to download (RFC 2046 §4.5.1).
const unknownType = "application/octet-stream"

// contentType returns the media type for a file name. It does not ask the
// machine's tables, so that a site is the same everywhere. Unknown types are
// downloaded: guessing from the content could make a script of an upload.
func contentType(name string) string {
	switch strings.ToLower(path.Ext(name)) {
	case ".html", ".htm":
		return "text/html; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8" // RFC 9239
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".wasm":
		return "application/wasm"
	case ".xml":
		return "text/xml; charset=utf-8"
	case ".rss":
		return "application/rss+xml"
	case ".atom":
		return "application/atom+xml"
	case ".txt", ".text", ".log":
		return "text/plain; charset=utf-8"
	case ".md":
		return "text/markdown; charset=utf-8"
	case ".csv":
		return "text/csv; charset=utf-8"
	case ".ics":
		return "text/calendar; charset=utf-8"
	case ".vtt":
		return "text/vtt; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".jpg", ".jpeg":
		return "image/jpeg"
	case ".gif":
		return "image/gif"
	case ".webp":
		return "image/webp"
	case ".avif":
		return "image/avif"
	case ".ico":
		return "image/vnd.microsoft.icon"
	case ".bmp":
		return "image/bmp"
	case ".woff":
		return "font/woff"
	case ".woff2":
		return "font/woff2"
	case ".ttf":
		return "font/ttf"
	case ".otf":
		return "font/otf"
	case ".mp3":
		return "audio/mpeg"
	case ".ogg", ".oga":
		return "audio/ogg"
	case ".wav":
		return "audio/wav"
	case ".m4a":
		return "audio/mp4"
	case ".flac":
		return "audio/flac"
	case ".mp4":
		return "video/mp4"
	case ".webm":
		return "video/webm"
	case ".ogv":
		return "video/ogg"
	case ".pdf":
		return "application/pdf"
	case ".zip":
		return "application/zip"
	case ".gz":
		return "application/gzip"
	}
	return unknownType
}
