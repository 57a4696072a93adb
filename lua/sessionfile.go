package lua

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"lcgi/cgi"
)

// Files in the folder of a session are fetched through the page that uses the
// session, by two query fields: the page starts the session with the options
// that it alone knows, and session.start sends the file instead of going on.
const (
	fileSessionField = "-session"
	fileNameField    = "-file"
)

// sessionURL returns what stands before the name of a file in p's folder in a URL
// by which the visitor, and nobody else, can fetch it.
func (run *run) sessionURL(p *pageSession) string {
	u := (&url.URL{Path: run.script.Name}).EscapedPath() + "?" + fileSessionField + "=" + url.QueryEscape(p.Name())
	if p.decorate {
		u += "&" + p.token()
	}
	return u + "&" + fileNameField + "="
}

// requestedFile returns the file that the request wants from the folder of the
// session called name, and whether it wants one.
func (run *run) requestedFile(name string) (file string, ok bool) {
	if !strings.Contains(run.r.Query(), fileNameField) {
		return "", false
	}
	fields, err := run.r.Get()
	if err != nil {
		return "", false // the page will meet the error when it reads _GET
	}
	of := ""
	for _, f := range fields {
		switch f.Name {
		case fileSessionField:
			of = f.Value
		case fileNameField:
			file, ok = f.Value, true
		}
	}
	return file, ok && of == name
}

// sendSessionFile makes the answer a file of p's folder, whatever the page has
// written before.
func (run *run) sendSessionFile(p *pageSession, file string) error {
	if m := run.r.Method(); m != "GET" && m != "HEAD" {
		return &cgi.StatusError{Status: 405, Reason: "files of a session can only be fetched", Header: []cgi.Field{{Name: "Allow", Value: "GET, HEAD"}}}
	}
	f, info, err := run.openSessionFile(p, file)
	if err != nil {
		return err
	}
	run.sending = f
	w := run.w
	if err := w.Reset(); err != nil {
		return err
	}
	mime, inert := fileType(info.Name())
	header := []cgi.Field{
		{Name: "X-Content-Type-Options", Value: "nosniff"},
		{Name: "Cross-Origin-Resource-Policy", Value: "same-origin"},
		{Name: "Referrer-Policy", Value: "same-origin"},
		{Name: "Cache-Control", Value: "private, no-cache"},
		{Name: "Content-Disposition", Value: "inline; filename*=UTF-8''" + url.PathEscape(info.Name())},
	}
	if !inert {
		// It may be what a visitor has uploaded, and must not act for the site.
		header = append(header, cgi.Field{Name: "Content-Security-Policy", Value: "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"})
	}
	for _, h := range header {
		if err := w.SetHeader(h.Name, h.Value); err != nil {
			return err
		}
	}
	return w.SendContent(cgi.Content{Type: mime, ModTime: info.ModTime(), ETag: entityTag(info), Size: info.Size(), Reader: f})
}

// entityTag returns a strong validator (RFC 9110 §8.8.3) for the state of a file.
func entityTag(info fs.FileInfo) string {
	inode := uint64(0)
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = st.Ino
	}
	return fmt.Sprintf(`"%x-%x-%x"`, inode, info.Size(), info.ModTime().UnixNano())
}

// openSessionFile opens a regular file below p's folder. What is hidden, and
// what is not there, is 404 alike, as is every file to whom the session does
// not belong.
func (run *run) openSessionFile(p *pageSession, file string) (*os.File, fs.FileInfo, error) {
	none := func(err error) error {
		return &cgi.StatusError{Status: 404, Reason: fmt.Sprintf("there is no file %.200q in the visitor's session", file), Err: err}
	}
	rel := path.Clean(file)
	if strings.HasSuffix(file, "/") {
		return nil, nil, none(nil) // path.Clean would make it the file's name
	}
	if !filepath.IsLocal(rel) || strings.Contains("/"+rel, "/.") || strings.IndexByte(rel, 0) >= 0 {
		return nil, nil, none(nil)
	}
	dir, err := p.Folder(run.ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, none(nil)
	}
	if err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, none(err)
	}
	defer root.Close()
	// O_NONBLOCK: opening a FIFO must not wait for a writer.
	f, err := root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, nil, none(err)
	}
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		f.Close()
		return nil, nil, none(err)
	}
	return f, info, nil
}

// fileType returns the media type of a file by its name, and whether a browser
// runs nothing that it finds in such a file.
func fileType(name string) (mime string, inert bool) {
	ext := strings.ToLower(path.Ext(name))
	for _, t := range fileTypes {
		if t.ext == ext {
			return t.mime, t.inert
		}
	}
	return "application/octet-stream", true
}

var fileTypes = [...]struct {
	ext, mime string
	inert     bool
}{
	{".txt", "text/plain; charset=utf-8", true},
	{".csv", "text/csv; charset=utf-8", true},
	{".json", "application/json", true},
	{".png", "image/png", true},
	{".jpg", "image/jpeg", true},
	{".jpeg", "image/jpeg", true},
	{".gif", "image/gif", true},
	{".webp", "image/webp", true},
	{".avif", "image/avif", true},
	{".ico", "image/x-icon", true},
	{".mp3", "audio/mpeg", true},
	{".ogg", "audio/ogg", true},
	{".wav", "audio/wav", true},
	{".mp4", "video/mp4", true},
	{".webm", "video/webm", true},
	{".pdf", "application/pdf", true},
	{".zip", "application/zip", true},
	{".html", "text/html; charset=utf-8", false},
	{".htm", "text/html; charset=utf-8", false},
	{".svg", "image/svg+xml", false},
	{".xml", "text/xml; charset=utf-8", false},
	{".css", "text/css; charset=utf-8", true},
	{".js", "text/javascript; charset=utf-8", false},
}
