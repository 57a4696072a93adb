package cgi

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Upload is a file that came with a form, or a file field without one.
type Upload struct {
	Field   string // name of the field
	Name    string // name of the file at the client: a base name without control characters, or ""
	Type    string // Content-Type as the client states it; "" for none, or one that is no media type
	Size    int64  // bytes
	Path    string // absolute path of the temporary file, mode 0600
	Missing bool   // nothing was chosen: there is no Path, and the rest is empty but for Field
}

// uploads are the files of a request.
type uploads struct {
	dir    string // the folder below which they wait; "" is that of os.TempDir
	disk   uploadDisk
	list   []Upload
	folder *uploadFolder // nil before the first file
	stored bool          // there has been a folder
	closed bool
}

// SetUploadDir names the folder below which uploaded files wait until the request is
// closed; "" is that of [os.TempDir]. It must exist. In it, a private
// folder lcgi-uploads-UID is made. Without it, the folder is that of the
// [Gateway].
func (r *Request) SetUploadDir(dir string) { r.files.dir = dir }

// Files returns the file fields of a multipart/form-data body of a POST, PUT or PATCH
// (RFC 7578) in their order, and none for any other request. A field is one of
// files if its part has a filename, even an empty one.
//
// The body is read once, by the first call of this or of [Request.Post]: fields
// into memory, files into temporary files that last until [Request.Close]. A
// page may move them away before. Where [Request.Body] was called before, the
// bytes are those that it returned.
//
// If there is an error no file is left. It is that of [Request.Body] or a
// [*StatusError]: 400 for a body that is malformed, that has more parts than
// [Limits.Fields], or a part without a name; 413 for fields over [Limits.Body],
// a file over [Limits.File], more of them than [Limits.Files]; 500 where files cannot be stored, 507
// where the disk is full.
func (r *Request) Files() ([]Upload, error) {
	if !r.isMultipart() {
		return nil, nil
	}
	if _, err := r.Post(); err != nil {
		return nil, err
	}
	return r.files.list, nil
}

// Close removes the temporary files of [Request.Files], except for those that
// have been moved away. It must be called when the request is over, and may be called
// again. [Gateway.Serve] does. It may be called before the answer is sent: of a file
// that is the [Content] of the answer, what matters is that it is open.
func (r *Request) Close() error {
	u := &r.files
	if u.closed {
		return nil
	}
	u.closed = true
	return u.remove()
}

// remove removes the files.
func (u *uploads) remove() error {
	folder := u.folder
	u.folder = nil
	if folder == nil {
		return nil
	}
	return folder.remove()
}

// errFormRead is the error of Body after a form has been read.
var errFormRead = &StatusError{Status: 500, Reason: "the request body has been read as the fields and files of a form, which are not kept as a whole; ask for the body before them"}

// receiveForm reads a multipart/form-data body and returns its fields. The files are
// in r.files.
func (r *Request) receiveForm() ([]Field, error) {
	if r.files.closed {
		return nil, &StatusError{Status: 500, Reason: "the form was not read before the request was closed"}
	}
	boundary, err := multipartBoundary(r.ContentType())
	if err != nil {
		return nil, err
	}
	src, err := r.formSource()
	if err != nil {
		return nil, err
	}
	f := formReader{m: newMultipartReader(src, boundary), lim: r.lim, files: &r.files}
	if err := f.read(); err != nil {
		r.files.list = nil
		return nil, withCleanup(err, r.files.remove())
	}
	return f.fields, nil
}

// withCleanup adds to err that cleaning up has failed, too.
func withCleanup(err, cleanup error) error {
	if cleanup == nil {
		return err
	}
	return errors.Join(err, cleanup)
}

// formSource returns the body as a stream, if it has not been read.
func (r *Request) formSource() (io.Reader, error) {
	if r.body.read {
		b, err := r.Body()
		return bytes.NewReader(b), err
	}
	n, err := r.contentLength()
	if err != nil {
		return nil, err
	}
	r.body.read, r.body.err = true, errFormRead
	return &bodyReader{r: r, length: n}, nil
}

// A formReader sorts the parts of a form into fields and files.
type formReader struct {
	m      *multipartReader
	lim    Limits
	files  *uploads
	fields []Field
	parts  int
	stored int   // files
	memory int64 // bytes of names and fields
}

func (f *formReader) read() error {
	for {
		h, err := f.m.next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
		if f.parts++; f.parts > f.lim.Fields {
			return &StatusError{Status: 400, Reason: fmt.Sprintf("the form has more than %d parts (LCGI_MAX_FIELDS)", f.lim.Fields)}
		}
		if err := f.hold(len(h.name) + len(h.filename) + len(h.contentType)); err != nil {
			return err
		}
		if h.isFile {
			err = f.file(h)
		} else {
			err = f.field(h)
		}
		if err != nil {
			return err
		}
	}
}

// hold makes sure that n more bytes may be held in memory.
func (f *formReader) hold(n int) error {
	if f.memory += int64(n); f.memory > f.lim.Body {
		return &StatusError{Status: 413, Reason: fmt.Sprintf("the fields of the form are larger than the limit of %d bytes (LCGI_MAX_BODY)", f.lim.Body)}
	}
	return nil
}

// field reads a part that is no file. A large one is put together at its end: a
// buffer that grows with it would leave several times its size behind.
func (f *formReader) field(h partHeader) error {
	var pieces []string
	err := f.m.content(func(piece []byte) error {
		pieces = append(pieces, string(piece))
		return f.hold(len(piece))
	})
	f.fields = append(f.fields, Field{h.name, strings.Join(pieces, "")})
	return err
}

// file reads a part that is a file. Where no name was given there is one only if
// there are bytes.
func (f *formReader) file(h partHeader) error {
	u := Upload{Field: h.name, Name: baseName(h.filename)}
	if isMediaType(h.contentType) {
		u.Type = h.contentType
	}
	var file *uploadFile
	open := func() (err error) {
		if f.stored++; f.stored > f.lim.Files {
			return &StatusError{Status: 413, Reason: fmt.Sprintf("the form has more than %d files (LCGI_MAX_FILES)", f.lim.Files)}
		}
		if file, err = f.files.create(); err == nil {
			u.Path = file.path
		}
		return err
	}
	if h.filename != "" {
		if err := open(); err != nil {
			return err
		}
	}
	err := f.m.content(func(piece []byte) error {
		if file == nil {
			if err := open(); err != nil {
				return err
			}
		}
		if u.Size += int64(len(piece)); u.Size > f.lim.File {
			return &StatusError{Status: 413, Reason: fmt.Sprintf("the file %.60q is larger than the limit of %d bytes (LCGI_MAX_FILE)", u.Name, f.lim.File)}
		}
		return file.write(piece)
	})
	if file == nil {
		u = Upload{Field: h.name, Missing: true}
	} else if failed := file.close(); err == nil {
		err = failed
	}
	f.files.list = append(f.files.list, u)
	return err
}
