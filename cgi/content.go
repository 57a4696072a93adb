package cgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// Content is a body that is read when it is sent: a file, mostly.
type Content struct {
	// Name is what errors call it; "" is "content".
	Name string
	// Type is the Content-Type. Where it is empty that of the response stays.
	Type string
	// ModTime is sent as Last-Modified; the zero time is not.
	ModTime time.Time
	// ETag is the entity-tag with its quotes (RFC 9110 §8.8.3), strong where equal
	// tags mean equal bytes; "" is none.
	ETag string
	// Size is the number of bytes to send, 0 or more.
	Size int64
	// Reader has them. It must be good until [Response.Commit] returns, and
	// belongs to the caller, who closes it.
	Reader io.ReaderAt
}

// outgoing is a Content with what a request wants of it.
type outgoing struct {
	Content
	ranges   []byteRange // in the order they are sent
	boundary string      // between the ranges of a multipart/byteranges; "" for one
	before   int         // Response.status without it
}

// errContent is the error for a body beside a Content.
var errContent = errors.New("the answer is a file already, nothing can be written beside it")

// SendContent makes c the body, in place of what was written. Headers and cookies
// that were set stay. The bytes are read and sent piece by piece by
// [Response.Commit]; until then [Response.Reset] takes it all back, and so does
// a redirect. Writing and flushing are errors from now on.
//
// Where the request is a GET or HEAD and the status has not been set to other
// than 200, it is decided here whether the answer is the whole, a part or parts of
// it (206, RFC 9110 §14), or 304, 412 or 416 (§13, §15.5.17), the latter two with
// an error page. Ranges are for GET alone (§14.2).
//
// Content that ends before its Size is an error of Commit, and the answer is cut
// short: its Content-Length cannot be taken back. What has been added to it since
// is not sent.
func (w *Response) SendContent(c Content) error {
	if err := w.uncommitted(); err != nil {
		return err
	}
	if c.Name == "" {
		c.Name = "content"
	}
	if c.Size < 0 || c.Reader == nil {
		return fmt.Errorf("send %s: it has %d bytes and reader %v: a size of 0 or more and a reader are needed", c.Name, c.Size, c.Reader)
	}
	if c.ETag != "" {
		if _, rest, ok := cutETag(c.ETag); !ok || rest != "" {
			return fmt.Errorf("send %s: entity-tag %q is not of the form \"…\" or W/\"…\" (RFC 9110 §8.8.3)", c.Name, c.ETag)
		}
	}
	v := validators{etag: c.ETag}
	if !c.ModTime.IsZero() {
		// RFC 9110 §8.8.2.1: not later than now. HTTP has whole seconds.
		v.modified = c.ModTime
		if now := w.now(); v.modified.After(now) {
			v.modified = now
		}
		v.modified = v.modified.UTC().Truncate(time.Second)
	}
	if c.Type != "" {
		if err := w.SetHeader("Content-Type", c.Type); err != nil {
			return err
		}
	}
	w.body = w.body[:0]
	if w.content != nil {
		w.status = w.content.before
	}
	w.content = &outgoing{Content: c, ranges: []byteRange{{0, c.Size}}, before: w.status}
	w.dropHeader("ETag")
	w.dropHeader("Last-Modified")
	w.dropHeader("Content-Range")
	w.dropHeader("Accept-Ranges")
	if v.etag != "" {
		w.header = append(w.header, Field{"ETag", v.etag})
	}
	if !v.modified.IsZero() {
		w.header = append(w.header, Field{"Last-Modified", v.modified.Format(httpDate)})
	}
	method := w.r.Method()
	// RFC 9110 §13.2.1: conditions are for what would be a success.
	if w.Status() != 200 || method != "GET" && method != "HEAD" {
		return nil
	}
	w.header = append(w.header, Field{"Accept-Ranges", "bytes"})
	switch w.content.status(w.r, v) {
	case notModified:
		w.status = 304
		// RFC 9110 §15.4.5: no more than is of use to the copy that the client has.
		w.dropHeader("Content-Type")
		if v.etag != "" {
			w.dropHeader("Last-Modified")
		}
	case preconditionFailed:
		return w.refuseContent(412)
	case 416:
		w.header = append(w.header, Field{"Content-Range", "bytes */" + strconv.FormatInt(c.Size, 10)}) // RFC 9110 §15.5.17
		return w.refuseContent(416)
	case 206:
		w.status = 206
		w.describeRanges()
	}
	return nil
}

// status returns the status that answers r and sets o.ranges for 206.
func (o *outgoing) status(r *Request, v validators) int {
	if s := v.precondition(r); s != proceed {
		return s
	}
	field := r.Header("Range")
	if field == "" || r.Method() != "GET" || !v.rangesApply(r) {
		return 200
	}
	ranges, err := parseRanges(field, o.Size)
	switch {
	case err != nil:
		return 416
	case ranges == nil:
		return 200
	}
	o.ranges = ranges
	return 206
}

// describeRanges sets the headers of a 206 (RFC 9110 §15.3.7).
func (w *Response) describeRanges() {
	o := w.content
	if len(o.ranges) == 1 {
		w.header = append(w.header, Field{"Content-Range", o.ranges[0].contentRange(o.Size)})
		return
	}
	// What the parts say of themselves is the type of the whole.
	if o.Type = w.Header("Content-Type"); o.Type == "" {
		o.Type = defaultContentType
	}
	o.boundary = strconv.FormatUint(w.r.random(), 36) + strconv.FormatUint(w.r.random(), 36)
	w.dropHeader("Content-Type")
	w.header = append(w.header, Field{"Content-Type", "multipart/byteranges; boundary=" + o.boundary}) // §14.6
}

// refuseContent makes the response an error page, without what tells of the
// content that is not sent.
func (w *Response) refuseContent(status int) error {
	w.content = nil
	w.filter = nil
	w.status = status
	for _, name := range [...]string{"ETag", "Last-Modified", "Content-Type", "Content-Disposition", "Content-Encoding", "Content-Language"} {
		w.dropHeader(name)
	}
	_, err := w.WriteString(ErrorPage(status, w.r.ID()))
	return err
}

// length returns the number of bytes that send sends.
func (o *outgoing) length() int64 {
	n := int64(len(o.trailer()))
	for i := range o.ranges {
		n += int64(len(o.partHeader(i))) + o.ranges[i].length
	}
	return n
}

// partHeader returns what precedes range i, and trailer what follows the last one
// (RFC 9110 §14.6, RFC 2046 §5.1.1).
func (o *outgoing) partHeader(i int) string {
	if o.boundary == "" {
		return ""
	}
	return "\r\n--" + o.boundary + "\r\nContent-Type: " + o.Type + "\r\nContent-Range: " + o.ranges[i].contentRange(o.Size) + "\r\n\r\n"
}

func (o *outgoing) trailer() string {
	if o.boundary == "" {
		return ""
	}
	return "\r\n--" + o.boundary + "--\r\n"
}

// sendContent sends the content until the first error, and returns it if it is one
// of reading.
func (w *Response) sendContent() error {
	o := w.content
	buf := make([]byte, min(streamSize, max(o.Size, 1)))
	for i, r := range o.ranges {
		w.sendText(o.partHeader(i))
		for r.length > 0 && w.err == nil {
			piece := buf[:min(r.length, int64(len(buf)))]
			n, err := o.Reader.ReadAt(piece, r.start)
			r.start += int64(n)
			r.length -= int64(n)
			w.sendPiece(context.Background(), piece[:n])
			if n < len(piece) {
				if err == nil || err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return fmt.Errorf("send %s: it ends at byte %d of %d, has it been changed meanwhile? %w", o.Name, r.start, o.Size, err)
			}
		}
	}
	w.sendText(o.trailer())
	return nil
}

func (w *Response) sendText(s string) {
	if s != "" {
		w.sendPiece(context.Background(), []byte(s))
	}
}
