package lua

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"

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
	// Two slashes at the start would begin a host, which would get the id.
	path := "/" + strings.TrimLeft(run.script.Name, "/")
	u := (&url.URL{Path: path}).EscapedPath() + "?" + fileSessionField + "=" + url.QueryEscape(p.Name())
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
	if err := run.w.Reset(); err != nil {
		f.Close()
		return err
	}
	return run.send(f, cgi.Content{
		Type: cgi.FileType(info.Name()),
		Header: []cgi.Field{
			{Name: "Cross-Origin-Resource-Policy", Value: "same-origin"},
			{Name: "Referrer-Policy", Value: "same-origin"},
			{Name: "Content-Disposition", Value: disposition("inline", info.Name())},
		},
		ModTime:   info.ModTime(),
		ETag:      entityTag(info),
		Size:      info.Size(),
		Reader:    f,
		Untrusted: true, // it may be what a visitor has uploaded
	})
}

// openSessionFile opens a file below p's folder. What is hidden, and what is not
// there, is 404 alike, as is every file to whom the session does not belong.
func (run *run) openSessionFile(p *pageSession, file string) (*os.File, fs.FileInfo, error) {
	none := func(err error) error {
		return &cgi.StatusError{Status: 404, Reason: fmt.Sprintf("there is no file %.200q in the visitor's session", file), Err: err}
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
	f, info, err := openBelow(root, file, cgi.CheckHidden)
	if err != nil {
		return nil, nil, none(err)
	}
	return f, info, nil
}
