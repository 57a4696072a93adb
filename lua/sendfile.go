package lua

import (
	"fmt"
	"io/fs"
	"math"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/option"
	"lcgi/lua/vm"
)

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
	content, err := opt.content(name)
	if err != nil {
		f.Close()
		return fmt.Errorf("response.sendFile: %w", err)
	}
	content.ModTime, content.Size, content.Reader = info.ModTime(), info.Size(), f
	// Names that visitors choose lead to what visitors have uploaded.
	isUpload := run.isUpload(info)
	content.Untrusted = opt.root != "" || isUpload
	if content.ETag == "" && run.sending == nil {
		content.ETag = w.Header("ETag") // the page has set it, and no file before this one
	}
	if content.ETag == "" {
		// A tag of the page's own counts only where lcgi itself compares it.
		content.ETag = entityTag(info)
		if !isUpload { // that is gone when the server looks for it
			content.HandOver, _ = run.engine.cfg.SendFile.Field(name)
		}
	}
	return run.send(f, content)
}

// content returns what the options say of the file called name.
func (o *fileOptions) content(name string) (cgi.Content, error) {
	c := cgi.Content{
		Name:   name,
		Type:   cgi.FileType(name),
		Header: []cgi.Field{{Name: "X-Content-Type-Options", Value: "nosniff"}},
		ETag:   cgi.QuoteETag(o.etag),
		MaxAge: o.maxAge,
	}
	value, err := o.disposition(name)
	if err != nil {
		return c, err
	}
	if value != "" {
		c.Header = append(c.Header, cgi.Field{Name: "Content-Disposition", Value: value})
	}
	if o.mime != "" {
		c.Type, err = cgi.MediaType(o.mime)
	}
	return c, err
}

// isUpload reports whether a file is one that has come with the request and was not moved.
func (run *run) isUpload(info fs.FileInfo) bool {
	if run.uploads == nil {
		return false // the page has not seen them
	}
	files, err := run.r.Files()
	return err == nil && slices.ContainsFunc(files, func(f cgi.Upload) bool {
		upload, err := os.Lstat(f.Path)
		return err == nil && os.SameFile(upload, info)
	})
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
	f, info, err := openBelow(dir, name, func(name string) error { return cgi.CheckVisible(name, run.engine.cfg.Extensions) })
	if err != nil {
		return nil, nil, "", none(err)
	}
	return f, info, filepath.Join(root, name), nil
}

// send makes content, which is in f, the answer. F is closed when that is sent, or at once
// if there is an error; then the answer is what it was.
func (run *run) send(f *os.File, content cgi.Content) error {
	if err := run.w.SendContent(content); err != nil {
		f.Close()
		return err
	}
	run.closeSent()
	run.sending = f
	return nil
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

// seconds returns an option that is a time in whole seconds, up to 68 years.
func seconds(v option.Value) *int {
	n := v.Int(0, math.MaxInt32)
	return &n
}
