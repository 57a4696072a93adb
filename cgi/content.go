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
	// HandOver is the header by which the web server can be asked to send the same
	// bytes (see [HandOver.Field]); the zero Field is none. It then also decides on
	// ranges and conditions, by an ETag of its own.
	HandOver Field
}

// outgoing is a Content with what a request wants of it.
type outgoing struct {
	Content
	validators validators
	undecided  bool        // whether it is handed over is decided with the headers
	ranges     []byteRange // in the order they are sent
	boundary   string      // between the ranges of a multipart/byteranges; "" for one
	before     int         // Response.status without it
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
	v, err := w.newValidators(c.ETag, c.ModTime)
	if err != nil {
		return fmt.Errorf("send %s: %w", c.Name, err)
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
	w.content = &outgoing{Content: c, validators: v, ranges: []byteRange{{0, c.Size}}, before: w.status}
	w.dropHeader("Content-Range")
	w.dropHeader("Accept-Ranges")
	w.setValidators(v)
	switch {
	case !w.plainGet():
		return nil
	case c.HandOver.Name != "":
		w.content.undecided = true
		return nil
	}
	return w.decideContent()
}

// plainGet reports whether the request is a GET or HEAD and its answer a 200, which
// conditions and ranges are for (RFC 9110 §13.2.1, §14.2).
func (w *Response) plainGet() bool {
	return w.Status() == 200 && isRead(w.r.Method())
}

// decideContent makes the answer what the request wants of the content.
func (w *Response) decideContent() error {
	o := w.content
	o.undecided = false
	w.header = append(w.header, Field{"Accept-Ranges", "bytes"})
	switch o.status(w.r) {
	case notModified:
		w.answerNotModified()
	case preconditionFailed:
		return w.refuse(412)
	case 416:
		w.header = append(w.header, Field{"Content-Range", "bytes */" + strconv.FormatInt(o.Size, 10)}) // RFC 9110 §15.5.17
		return w.refuse(416)
	case 206:
		w.status = 206
		w.describeRanges()
	}
	return nil
}

// status returns the status that answers r and sets o.ranges for 206.
func (o *outgoing) status(r *Request) int {
	v := o.validators
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
