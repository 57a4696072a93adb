package cgi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Content is a body that is read when it is sent: a file, mostly.
type Content struct {
	// Name is what errors call it; "" is "content".
	Name string
	// Type is the Content-Type. Where it is empty that of the response stays.
	Type string
	// Header has further header fields, each in place of all of its name. They go
	// when other content takes the place of this.
	Header []Field
	// MaxAge is for how many seconds the visitor's own browser may use its copy
	// without asking. Where it is nil, what the page has said of caches stays, and
	// where that is nothing the browser asks each time.
	MaxAge *int
	// Untrusted is that the content may be a visitor's. Unless the type that is sent
	// is known as one of which browsers run nothing, they are told to run nothing for
	// the site.
	Untrusted bool
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
	fields     []Field     // that it has set
	ranges     []byteRange // in the order they are sent
	boundary   string      // between the ranges of a multipart/byteranges; "" for one
}

// errContent is the error for a body beside a Content.
var errContent = errors.New("the answer is a file already, nothing can be written beside it")

// SendContent makes c the body, in place of what was written and of content before it.
// Headers and cookies that were set stay. The bytes are read and sent piece by piece by
// [Response.Commit]; until then [Response.Reset] takes it all back, and so does
// a redirect. Writing and flushing are errors from now on. On an error the response is
// what it was.
//
// Where the request is a GET or HEAD and the status is 200 when the headers are sent, it
// is decided then whether the answer is the whole, a part or parts of it (206, RFC 9110
// §14), or 304, 412 or 416 (§13, §15.5.17), the latter two with an error page. Ranges
// are for GET alone (§14.2).
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
	fields := v.fields()
	names := []string{"ETag", "Last-Modified", "Content-Range", "Accept-Ranges"}
	if c.Type != "" {
		c.Header = append([]Field{{"Content-Type", c.Type}}, c.Header...)
	}
	for _, f := range c.Header {
		if f.Value, err = checkHeader(f.Name, f.Value); err != nil {
			return fmt.Errorf("send %s: %w", c.Name, err)
		}
		fields, names = append(fields, f), append(names, f.Name)
	}
	gone := w.ofContent(names...)
	said := slices.ContainsFunc(w.header, func(f Field) bool { return strings.EqualFold(f.Name, "Cache-Control") && !gone(f) })
	if c.MaxAge != nil || !said {
		control, err := Caching{MaxAge: c.MaxAge}.control()
		if err != nil {
			return fmt.Errorf("send %s: %w", c.Name, err)
		}
		fields = append(fields, Field{"Cache-Control", control})
		gone = w.ofContent(append(names, "Cache-Control")...)
	}
	if err := w.change(gone, fields...); err != nil {
		return fmt.Errorf("send %s: %w", c.Name, err)
	}
	w.takeBack()
	w.body = w.body[:0]
	w.content = &outgoing{Content: c, validators: v, fields: fields, ranges: []byteRange{{0, c.Size}}}
	return nil
}

// ofContent returns a function that reports whether a field has been set by the content
// that the response has, or has one of the names.
func (w *Response) ofContent(names ...string) func(Field) bool {
	var fields []Field
	if w.content != nil {
		fields = w.content.fields
	}
	isNamed := named(names...)
	return func(f Field) bool { return isNamed(f) || slices.Contains(fields, f) }
}

// plainGet reports whether the request is a GET or HEAD and its answer a 200, which
// conditions and ranges are for (RFC 9110 §13.2.1, §14.2).
func (w *Response) plainGet() bool {
	return w.Status() == 200 && isRead(w.r.Method())
}

// settleContent makes the answer what the request wants of the content, once nothing can
// change any more.
func (w *Response) settleContent() {
	if w.content.Untrusted {
		w.confine()
	}
	if !w.plainGet() || w.handOver() {
		return
	}
	o := w.content
	w.header = append(w.header, Field{"Accept-Ranges", "bytes"})
	switch status := o.status(w.r); status {
	case notModified:
		w.answerNotModified()
	case preconditionFailed:
		w.refuse(status)
	case 416:
		w.header = append(w.header, Field{"Content-Range", "bytes */" + strconv.FormatInt(o.Size, 10)}) // RFC 9110 §15.5.17
		w.refuse(status)
	case 206:
		w.status = status
		w.describeRanges()
	}
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
