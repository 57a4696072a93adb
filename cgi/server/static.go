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
	// The root refuses every name and every link that leads out of it.
	info, err := s.files.Stat(name)
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
		s.serveIndex(w, r, clean)
		return
	case slash || !info.Mode().IsRegular():
		s.fail(w, r, http.StatusNotFound, "%q is not a regular file", clean)
		return
	}
	s.sendFile(w, r, name)
}

// serveIndex answers for a folder: index.lc, then index.html. There are no
// listings.
func (s *Server) serveIndex(w http.ResponseWriter, r *http.Request, folder string) {
	for _, ext := range s.conf.Extensions {
		page := folder + "index" + ext
		if info, err := os.Stat(s.root + page); err == nil && info.Mode().IsRegular() {
			s.servePage(w, r, page, "")
			return
		}
	}
	name := strings.TrimPrefix(folder+"index.html", "/")
	if info, err := s.files.Stat(name); err == nil && info.Mode().IsRegular() {
		s.sendFile(w, r, name)
		return
	}
	s.fail(w, r, http.StatusNotFound, "folder %q has no index%s and no index.html", folder, s.conf.Extensions[0])
}

// sendFile sends a regular file with net/http's ranges and conditions.
func (s *Server) sendFile(w http.ResponseWriter, r *http.Request, name string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		s.fail(w, r, http.StatusMethodNotAllowed, "%s of a static file", printable(r.Method))
		return
	}
	// A FIFO put in the file's place would hold the request; O_NONBLOCK does not.
	f, err := s.files.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
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
// beside the original.
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
		if !s.runs(base) && holdsExtension(lower, strings.ToLower(ext)) {
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

// holdsExtension reports whether ext ends name or stands in it with something
// behind that is not a letter or digit: x.lua, x.lc.bak, x.lc-old, "x.lc (1)".
func holdsExtension(name, ext string) bool {
	for {
		_, after, ok := strings.Cut(name, ext)
		if !ok {
			return false
		}
		if after == "" || !isAlphanumeric(after[0]) {
			return true
		}
		name = after
	}
}

func isAlphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
}

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
	return "application/octet-stream"
}
