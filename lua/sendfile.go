package lua

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/option"
	"lcgi/lua/vm"
)

// sandboxPolicy is the Content-Security-Policy of files that a browser would run for
// the site.
const sandboxPolicy = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:"

// fileOptions are those of response.sendFile.
type fileOptions struct {
	root     string // "" if the page itself has chosen the file
	mime     string
	name     string
	download *bool
	etag     string
	maxAge   *int
}

func fileOptionReaders() []option.Reader[fileOptions] {
	return []option.Reader[fileOptions]{
		{Name: "root", Read: func(o *fileOptions, v option.Value) {
			if o.root = v.String(); o.root == "" {
				v.Refuse("is empty")
			}
		}},
		{Name: "type", Read: func(o *fileOptions, v option.Value) { o.mime = v.String() }},
		{Name: "name", Read: func(o *fileOptions, v option.Value) { o.name = v.String() }},
		{Name: "download", Read: func(o *fileOptions, v option.Value) {
			download := v.Bool()
			o.download = &download
		}},
		{Name: "etag", Read: func(o *fileOptions, v option.Value) { o.etag = v.String() }},
		{Name: "maxAge", Read: func(o *fileOptions, v option.Value) { o.maxAge = seconds(v) }},
	}
}

// response.sendFile(path, {root=, type=, name=, download=, etag=, maxAge=}) makes the
// answer a file. The page goes on, but can write nothing beside it.
func responseSendFile(L *glua.LState) int {
	run := runOf(L)
	file := L.CheckString(1)
	var opt fileOptions
	option.Read(L, 2, &opt, "", fileOptionReaders())
	check(L, run.sendFile(vm.Of(L), file, opt))
	return 0
}

func (run *run) sendFile(m *vm.Machine, file string, opt fileOptions) error {
	w := run.w
	if w.Committed() {
		return fmt.Errorf("response.sendFile: %w", &cgi.CommittedError{FlushedAt: w.FlushedAt()})
	}
	f, info, name, err := run.openFile(m, file, opt.root)
	if err != nil {
		return err
	}
	tag := cgi.QuoteETag(opt.etag)
	if tag == "" && run.sending == nil {
		tag = w.Header("ETag") // the page has set it, and no file before this one
	}
	run.send(f)
	mime, inert := fileType(name)
	header := []cgi.Field{{Name: "X-Content-Type-Options", Value: "nosniff"}}
	if !inert && opt.root != "" && w.Header("Content-Security-Policy") == "" {
		// Names that visitors choose lead to what visitors have uploaded.
		header = append(header, cgi.Field{Name: "Content-Security-Policy", Value: sandboxPolicy})
	}
	if value, err := opt.disposition(name); err != nil {
		return fmt.Errorf("response.sendFile: %w", err)
	} else if value != "" {
		header = append(header, cgi.Field{Name: "Content-Disposition", Value: value})
	}
	for _, h := range header {
		if err := w.SetHeader(h.Name, h.Value); err != nil {
			return err
		}
	}
	if opt.mime != "" {
		if err := w.SetType(opt.mime); err != nil {
			return fmt.Errorf("response.sendFile: %w", err)
		}
		mime = "" // that stays
	}
	if opt.maxAge != nil || w.Header("Cache-Control") == "" {
		if _, err := w.SetCaching(cgi.Caching{MaxAge: opt.maxAge}); err != nil {
			return err
		}
	}
	content := cgi.Content{
		Name:    name,
		Type:    mime,
		ModTime: info.ModTime(),
		ETag:    tag,
		Size:    info.Size(),
		Reader:  f,
	}
	if tag == "" {
		// A tag of the page's own counts only where lcgi itself compares it.
		content.ETag = entityTag(info)
		content.HandOver, _ = run.engine.cfg.SendFile.Field(name)
	}
	return w.SendContent(content)
}

// disposition returns the Content-Disposition that the options ask for, "" for none.
// A file with a name of its own is to be saved, unless the page says otherwise.
func (o *fileOptions) disposition(file string) (string, error) {
	switch {
	case o.download == nil && o.name == "":
		return "", nil
	case o.download != nil && !*o.download:
		return cgi.Disposition("inline", o.name)
	case o.name != "":
		return cgi.Disposition("attachment", o.name)
	}
	return disposition("attachment", path.Base(file)), nil
}

// disposition returns the Content-Disposition for a file by the name that it has. One
// with control characters cannot be told.
func disposition(kind, name string) string {
	value, err := cgi.Disposition(kind, name)
	if err != nil {
		return kind
	}
	return value
}

// openFile opens the file that a page means by name, and returns its whole path. With
// a root the name is the visitor's: what is not there is then 404, as is what nobody
// may see, hidden files and the source of pages.
func (run *run) openFile(m *vm.Machine, name, root string) (*os.File, fs.FileInfo, string, error) {
	if root == "" {
		name = m.Path(name)
		// O_NONBLOCK: opening a FIFO must not wait for a writer.
		f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		info, err := regular(f, err)
		if err != nil {
			return nil, nil, "", fmt.Errorf("response.sendFile: %w", err)
		}
		return f, info, name, nil
	}
	root = m.Path(root)
	dir, err := os.OpenRoot(root)
	if err != nil {
		return nil, nil, "", fmt.Errorf("response.sendFile: the root: %w", err)
	}
	defer dir.Close()
	none := func(err error) error {
		return &cgi.StatusError{Status: 404, Reason: fmt.Sprintf("response.sendFile: there is no file %.200q for visitors in %s", name, root), Err: err}
	}
	ext := path.Ext(path.Clean(name))
	if strings.EqualFold(ext, ".lua") || slices.ContainsFunc(run.engine.cfg.Extensions, func(e string) bool { return strings.EqualFold(e, ext) }) {
		return nil, nil, "", none(errors.New("it is the source of a page"))
	}
	f, info, err := openBelow(dir, name)
	if err != nil {
		return nil, nil, "", none(err)
	}
	return f, info, filepath.Join(root, name), nil
}

// openBelow opens a regular file below a folder by a name that a visitor has chosen.
// What is hidden cannot be opened.
func openBelow(dir *os.Root, name string) (*os.File, fs.FileInfo, error) {
	rel := path.Clean(name)
	switch {
	case !filepath.IsLocal(rel), strings.HasSuffix(name, "/"): // path.Clean would make it the file's name
		return nil, nil, errors.New("the name is none of a file below the folder")
	case strings.Contains("/"+rel, "/."):
		return nil, nil, errors.New("it is hidden, since a name in it begins with a dot")
	}
	// O_NONBLOCK: opening a FIFO must not wait for a writer.
	f, err := dir.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	info, err := regular(f, err)
	return f, info, err
}

// regular returns what is known of f, which has been opened if err is nil. It closes f
// if that is no regular file.
func regular(f *os.File, err error) (fs.FileInfo, error) {
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", f.Name())
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return info, nil
}

// send makes f the file that the answer is, which is closed when that is sent.
func (run *run) send(f *os.File) {
	run.closeSent()
	run.sending = f
}

// closeSent closes the file that the answer was.
func (run *run) closeSent() {
	if run.sending != nil {
		run.sending.Close()
		run.sending = nil
	}
}

// entityTag returns a strong validator (RFC 9110 §8.8.3) for the state of a file.
func entityTag(info fs.FileInfo) string {
	inode := uint64(0)
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		inode = st.Ino
	}
	return fmt.Sprintf(`"%x-%x-%x"`, inode, info.Size(), info.ModTime().UnixNano())
}

// seconds returns an option that is a time in whole seconds, up to 100 years.
func seconds(v option.Value) *int {
	n := v.Int(0, math.MaxInt32)
	return &n
}
