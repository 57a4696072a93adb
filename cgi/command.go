package cgi

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// CommandEnv returns the meta-variables of a GET request for a page that is run
// from the command line. Page is a file; fields are the NAME=VALUE fields of the
// query. Root is the document root; "" stands for the working folder if the page
// is below it, and for the page's own folder if it is not.
func CommandEnv(page, root string, fields []string) (Env, error) {
	query := make([]string, 0, len(fields))
	for _, field := range fields {
		name, value, ok := strings.Cut(field, "=")
		if !ok {
			return nil, fmt.Errorf("the field %q is not of the form NAME=VALUE", field)
		}
		query = append(query, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	file, err := filepath.Abs(page)
	if err != nil {
		return nil, err
	}
	switch info, err := os.Stat(file); {
	case err != nil:
		return nil, fmt.Errorf("there is no page %s: %w", page, err)
	case info.IsDir():
		return nil, fmt.Errorf("%s is a folder; name a page in it, such as %s", page, filepath.Join(page, "index.lc"))
	}
	if root == "" {
		if root, err = os.Getwd(); err != nil {
			return nil, err
		}
		if rel, err := filepath.Rel(root, file); err != nil || !filepath.IsLocal(rel) {
			root = filepath.Dir(file)
		}
	}
	if root, err = filepath.Abs(root); err != nil {
		return nil, err
	}
	rel, err := filepath.Rel(root, file)
	if err != nil {
		return nil, err
	}
	return Env{
		"GATEWAY_INTERFACE": "CGI/1.1",
		"SERVER_PROTOCOL":   "HTTP/1.1",
		"SERVER_NAME":       "localhost",
		"SERVER_PORT":       "80",
		"SERVER_SOFTWARE":   "lcgi",
		"REQUEST_METHOD":    "GET",
		"QUERY_STRING":      strings.Join(query, "&"),
		"REMOTE_ADDR":       "127.0.0.1",
		"DOCUMENT_ROOT":     root,
		"SCRIPT_FILENAME":   file,
		"SCRIPT_NAME":       "/" + filepath.ToSlash(rel),
	}, nil
}

// A Printer is the sink of a request that was made on the command line.
type Printer struct {
	Out  io.Writer
	Head bool // status and headers are printed, too, with an empty line behind
}

// WriteHead implements [Sink].
func (p *Printer) WriteHead(status int, reason string, header []Field) error {
	if !p.Head {
		return nil
	}
	fmt.Fprintf(p.Out, "%d %s\n", status, reason)
	for _, f := range header {
		fmt.Fprintf(p.Out, "%s: %s\n", f.Name, f.Value)
	}
	_, err := fmt.Fprintln(p.Out)
	return err
}

// Write implements [Sink].
func (p *Printer) Write(b []byte) (int, error) { return p.Out.Write(b) }

// Flush implements [Sink].
func (p *Printer) Flush() error { return nil }
