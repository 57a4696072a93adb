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
		Type:   fileType(name),
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
	f, info, err := openBelow(dir, name, run.checkVisible)
	if err != nil {
		return nil, nil, "", none(err)
	}
	return f, info, filepath.Join(root, name), nil
}

// checkVisible says why visitors may not have a file by its name: it is hidden, or the
// source of a page or module.
func (run *run) checkVisible(name string) error {
	if err := checkHidden(name); err != nil {
		return err
	}
	if isSource(path.Base(name), ".lua") || slices.ContainsFunc(run.engine.cfg.Extensions, func(ext string) bool { return isSource(path.Base(name), ext) }) {
		return errors.New("it is the source of a page or module")
	}
	return nil
}

// isSource reports whether a file is one with the given extension, or what an editor or a
// copy has left beside it: p.lc, p.lc~, p.lc.bak, #p.lc#, p.lc_old.
func isSource(base, ext string) bool {
	base, ext = strings.ToLower(base), strings.ToLower(ext)
	for {
		_, behind, found := strings.Cut(base, ext)
		if !found {
			return false
		}
		if behind == "" || !isAlphanumeric(behind[0]) {
			return true
		}
		base = behind
	}
}

func isAlphanumeric(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' }

// checkHidden refuses a path in which a name begins with a dot.
func checkHidden(name string) error {
	if strings.Contains("/"+name, "/.") {
		return errors.New("it is hidden, since a name in it begins with a dot")
	}
	return nil
}

// openBelow opens a regular file below a folder by a name that a visitor has chosen. That
// name must pass check, as must the one that it has where symbolic links lead.
func openBelow(dir *os.Root, name string, check func(name string) error) (*os.File, fs.FileInfo, error) {
	rel := path.Clean(name)
	if !filepath.IsLocal(rel) || strings.HasSuffix(name, "/") { // path.Clean would make it the file's name
		return nil, nil, errors.New("the name is none of a file below the folder")
	}
	if err := check(rel); err != nil {
		return nil, nil, err
	}
	// O_NONBLOCK: opening a FIFO must not wait for a writer.
	f, err := dir.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	info, err := regular(f, err)
	if err != nil {
		return nil, nil, err
	}
	if err := checkTarget(dir.Name(), rel, info, check); err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// checkTarget has the name checked that the open file rel below dir has without symbolic
// links. What is there must be the file that info tells of: links can be changed meanwhile.
func checkTarget(dir, rel string, info fs.FileInfo, check func(name string) error) error {
	real, err := filepath.EvalSymlinks(filepath.Join(dir, rel))
	if err != nil {
		return err
	}
	if there, err := os.Lstat(real); err != nil || !os.SameFile(there, info) {
		return fmt.Errorf("%s has become another file meanwhile", rel)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	target, err := filepath.Rel(dir, real)
	if err != nil || !filepath.IsLocal(target) {
		return errors.New("it is outside of the folder")
	}
	return check(target)
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

// seconds returns an option that is a time in whole seconds, up to 100 years.
func seconds(v option.Value) *int {
	n := v.Int(0, math.MaxInt32)
	return &n
}
