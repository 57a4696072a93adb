package cgi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Sink takes a response to the client. A front end brings one per request.
type Sink interface {
	// WriteHead sends the status line and the header fields, which have been
	// checked. It is called once, before the first Write.
	WriteHead(status int, reason string, header []Field) error
	// Write sends a piece of the body. It may hold on to neither the piece
	// nor, after Flush, anything written before.
	Write(p []byte) (int, error)
	// Flush sends on what Write has kept back.
	Flush() error
}

// Response is the answer to one request. It is held in memory until
// [Response.Commit], so that status, headers and cookies may be set at any time
// and a page that fails leaves nothing behind. [Response.Flush] gives that up in
// exchange for streaming. A Response is used by one goroutine, but for
// [Response.Abandon].
//
// A client that leaves does not end a page midway unless it streams: what a page
// does for good, such as saving an order, it does to its end, and Commit tells. A
// page that streams may go on for ever, and does what it does for who reads: once
// something cannot be sent, the next write is a [*SendError].
type Response struct {
	sink  Sink
	r     *Request
	https bool
	head  bool // the request is HEAD
	limit int64
	now   func() time.Time

	initial   int // the status when the page sets none
	status    int // 0 until set
	header    []Field
	cookies   []setCookie
	body      []byte
	filter    Filter    // nil for none
	spare     []byte    // the buffer that the filter fills next
	content   *outgoing // sent in place of body, unless nil
	refused   *refusal  // sent in place of both, unless nil
	committed bool
	personal  bool   // for one visitor only
	bodiless  bool   // what is written is not sent
	flushedAt string // where Flush committed
	err       error  // the first error of the sink

	abandoned atomic.Pointer[error] // why, by Abandon
}

type setCookie struct {
	Cookie
	line string
}

// defaultContentType is sent with a body whose type the page does not set.
const defaultContentType = "text/html; charset=utf-8"

// streamSize is how many bytes gather between two flushes before they are sent.
const streamSize = 32 << 10

// NewResponse returns an empty answer to r that is sent to sink.
//
// The status is 200, except where Apache runs the page as an ErrorDocument: it
// sends the status to answer with as REDIRECT_STATUS.
func NewResponse(sink Sink, r *Request) *Response {
	w := &Response{
		sink:    sink,
		r:       r,
		https:   r.HTTPS(),
		head:    r.Method() == "HEAD",
		limit:   r.lim.Output,
		now:     time.Now,
		initial: 200,
	}
	if s, err := strconv.Atoi(r.Env["REDIRECT_STATUS"]); err == nil && 400 <= s && s <= 599 {
		w.initial = s
	}
	return w
}

// CommittedError is the error for a change to headers that have been sent.
type CommittedError struct {
	FlushedAt string // the position given to Flush; "" when the answer is complete
}

func (e *CommittedError) Error() string {
	if e.FlushedAt == "" {
		return "the response has been sent already"
	}
	return "the headers have been sent already, by the flush at " + e.FlushedAt
}

// OutputLimitError is the error for more output than [Limits.Output] bytes.
type OutputLimitError struct {
	Limit int64
}

func (e *OutputLimitError) Error() string {
	return fmt.Sprintf("the page's output is larger than the limit of %d bytes (LCGI_MAX_OUTPUT); flush it in parts or raise the limit", e.Limit)
}

// Committed reports whether the headers have been sent.
func (w *Response) Committed() bool { return w.committed }

// Bodiless reports whether the headers of an answer without a body have been sent, one to
// HEAD or with a status such as 204: what is written is dropped.
func (w *Response) Bodiless() bool { return w.committed && w.bodiless }

// FlushedAt returns the position given to the Flush that sent the headers, or "".
func (w *Response) FlushedAt() string { return w.flushedAt }

func (w *Response) uncommitted() error {
	if w.committed {
		return &CommittedError{w.flushedAt}
	}
	return nil
}

// Status returns the status the response has or will have.
func (w *Response) Status() int {
	switch {
	case w.status != 0:
		return w.status
	case !w.committed && w.index("Location") >= 0:
		// In CGI a Location alone is a redirect (RFC 3875 §6.2.3), and
		// pages written for other systems rely on it.
		return 302
	}
	return w.initial
}

// SetStatus sets the status, 200 to 599: what precedes an answer (RFC 9110
// §15.2) is not for pages to send.
func (w *Response) SetStatus(status int) error {
	if err := w.uncommitted(); err != nil {
		return err
	}
	if status < 200 || status > 599 {
		return fmt.Errorf("status %d is not between 200 and 599", status)
	}
	w.status = status
	return nil
}

// Header returns the value of a response header, "" if it is not set. Cookies
// set with SetCookie are not among them.
func (w *Response) Header(name string) string {
	if i := w.index(name); i >= 0 {
		return w.header[i].Value
	}
	return ""
}

func (w *Response) index(name string) int {
	return slices.IndexFunc(w.header, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// SetHeader sets a header in place of all of that name, except that a Set-Cookie
// is added: replacing it would log somebody out.
//
// The name is a token (RFC 9110 §5.6.2), the value has no control character
// but tabs, and that of Content-Type is a media type. Status, Content-Length,
// Transfer-Encoding, Connection and the like are refused, since they belong to the
// front end. All header fields and cookies together have at most 64 kB.
func (w *Response) SetHeader(name, value string) error {
	value, err := w.checkHeader(name, value)
	if err != nil {
		return err
	}
	gone := named(name)
	if strings.EqualFold(name, "Set-Cookie") {
		gone = noField
	}
	return w.change(gone, Field{name, value})
}

// SetType sets the Content-Type to a media type (RFC 9110 §8.3.1), with parameters or
// without. A text that does not say its charset is in UTF-8.
func (w *Response) SetType(mime string) error {
	mime, err := MediaType(mime)
	if err != nil {
		return err
	}
	return w.SetHeader("Content-Type", mime)
}

// AddHeader adds a header beside those of its name, under the rules of
// SetHeader. Of Content-Type and Location there can be only one (RFC 9110
// §5.3): it is replaced.
func (w *Response) AddHeader(name, value string) error {
	if strings.EqualFold(name, "Content-Type") || strings.EqualFold(name, "Location") {
		return w.SetHeader(name, value)
	}
	value, err := w.checkHeader(name, value)
	if err != nil {
		return err
	}
	return w.change(noField, Field{name, value})
}

func (w *Response) checkHeader(name, value string) (string, error) {
	if err := w.uncommitted(); err != nil {
		return "", err
	}
	return checkHeader(name, value)
}

// RemoveHeader removes all headers of that name, which is a token; "Set-Cookie"
// removes the cookies set so far too. Without a Content-Type the default is sent.
func (w *Response) RemoveHeader(name string) error {
	if err := w.uncommitted(); err != nil {
		return err
	}
	if !isToken(name) {
		return notToken(name)
	}
	w.dropHeader(name)
	if strings.EqualFold(name, "Set-Cookie") {
		w.cookies = nil
	}
	return nil
}

func (w *Response) dropHeader(name string) {
	w.header = slices.DeleteFunc(w.header, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// NewCookie returns a cookie with the defaults: for the whole site, out of reach
// of scripts and of other sites' forms (SameSite=Lax), until the browser ends, and
// on https never sent without it.
func (w *Response) NewCookie(name, value string) Cookie {
	return Cookie{Name: name, Value: value, Path: "/", Secure: w.https, HTTPOnly: true, SameSite: "Lax"}
}

// SetCookie sends a cookie, in place of one set before with the same name, path
// and domain. Bytes of the value that cannot stand in a cookie are escaped as
// %XX, and [Request.Cookies] decodes them. The error says which rule of
// RFC 6265 or of browsers the cookie breaks.
func (w *Response) SetCookie(c Cookie) error {
	if err := w.uncommitted(); err != nil {
		return err
	}
	line, err := c.header(w.now())
	if err != nil {
		return err
	}
	size := headSize(w.header, w.cookies) + headSize(nil, []setCookie{{c, line}})
	for i, old := range w.cookies {
		if sameCookie(old.Cookie, c) {
			c.Lasting = c.Lasting || old.Lasting
			size -= headSize(nil, w.cookies[i:i+1])
		}
	}
	if size > maxHead && !c.Lasting { // what has been done must be told
		return tooLong("the cookie " + c.Name)
	}
	w.cookies = slices.DeleteFunc(w.cookies, func(old setCookie) bool { return sameCookie(old.Cookie, c) })
	w.cookies = append(w.cookies, setCookie{c, line})
	return nil
}

// DeleteCookie makes the browser forget a cookie. Path and Domain must be
// those it was set with, since they are part of its identity (RFC 6265 §5.3).
func (w *Response) DeleteCookie(c Cookie) error {
	c.Value, c.MaxAge = "", -1
	return w.SetCookie(c)
}

// Write adds p to the body. The error is an [*OutputLimitError], a
// [*CommittedError] after Commit, that the answer is a [Content] already, or, once
// streaming, a [*SendError] or that the client had not taken the answer when the context
// of [Request.SetContext] ended.
func (w *Response) Write(p []byte) (int, error) {
	if err := w.room(len(p)); err != nil {
		return 0, err
	}
	w.body = append(w.body, p...)
	return len(p), w.sendOver(streamSize)
}

// WriteString is Write for a string.
func (w *Response) WriteString(s string) (int, error) {
	if err := w.room(len(s)); err != nil {
		return 0, err
	}
	w.body = append(w.body, s...)
	return len(s), w.sendOver(streamSize)
}

// Append adds to the body what add appends to its argument, without a copy. Add
// must return its argument with bytes appended. On an error the body is
// what it was.
func (w *Response) Append(add func(dst []byte) []byte) error {
	if err := w.room(0); err != nil {
		return err
	}
	before := len(w.body)
	w.body = add(w.body)
	if int64(len(w.body)) > w.limit {
		w.body = w.body[:before]
		return &OutputLimitError{w.limit}
	}
	return w.sendOver(streamSize)
}

// room checks that n more bytes may be held.
func (w *Response) room(n int) error {
	switch {
	case w.stopped() != nil:
		return w.stopped()
	case w.committed && w.flushedAt == "":
		return &CommittedError{}
	case w.content != nil:
		return errContent
	case int64(len(w.body))+int64(n) > w.limit:
		return &OutputLimitError{w.limit}
	}
	return nil
}

// Reset drops status, headers, body, filter, [Content], what [Response.SetCaching] has
// answered and all cookies but those that are lasting, to make room for an error page.
// That the answer is personal stays ([Response.SetPersonal]).
func (w *Response) Reset() error {
	if err := w.uncommitted(); err != nil {
		return err
	}
	w.status, w.header, w.body = 0, nil, w.body[:0]
	w.cookies = slices.DeleteFunc(w.cookies, func(c setCookie) bool { return !c.Lasting })
	w.filter, w.content, w.refused = nil, nil, nil
	return nil
}
