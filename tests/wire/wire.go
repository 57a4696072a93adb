// Package wire sends HTTP requests exactly as a test writes them, also those
// that a well-behaved client refuses to send.
package wire

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// timeout bounds one request. It is far above what any page of the tests takes
// and below the patience of "go test".
const timeout = 60 * time.Second

// A Request is what the client says.
type Request struct {
	Method string   // "GET" if empty
	Target string   // the request target as it stands in the request line
	Header []string // "Name: value", in order
	Body   []byte   // sent with Content-Length unless the header has one
}

// A Response is what the server answers.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// Get is a request for a target with the given header lines.
func Get(target string, header ...string) Request {
	return Request{Target: target, Header: header}
}

// Post sends a form. The fields are encoded already.
func Post(target, form string, header ...string) Request {
	header = append([]string{"Content-Type: application/x-www-form-urlencoded"}, header...)
	return Request{Method: "POST", Target: target, Header: header, Body: []byte(form)}
}

// MethodOr returns the method of the request, which is GET unless it says
// something else.
func (r Request) MethodOr() string {
	if r.Method == "" {
		return "GET"
	}
	return r.Method
}

// Has reports whether the request has a header line of that name.
func (r Request) Has(name string) bool {
	for _, line := range r.Header {
		if n, _, _ := strings.Cut(line, ":"); strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// Bytes is the request as it is sent: with Host, Connection: close and
// Content-Length where the request does not bring its own.
func (r Request) Bytes(host string) []byte {
	return append(r.head(host), r.Body...)
}

// head is the request line and the header.
func (r Request) head(host string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", r.MethodOr(), r.Target)
	if !r.Has("Host") {
		fmt.Fprintf(&b, "Host: %s\r\n", host)
	}
	for _, line := range r.Header {
		fmt.Fprintf(&b, "%s\r\n", line)
	}
	if !r.Has("Connection") {
		b.WriteString("Connection: close\r\n")
	}
	needsLength := len(r.Body) > 0 || r.MethodOr() == "POST" || r.MethodOr() == "PUT"
	if needsLength && !r.Has("Content-Length") && !r.Has("Transfer-Encoding") {
		fmt.Fprintf(&b, "Content-Length: %d\r\n", len(r.Body))
	}
	b.WriteString("\r\n")
	return b.Bytes()
}

// Send sends the request to the server at addr over a connection of its own and
// reads the answer to its end. Redirects are not followed.
func Send(addr string, r Request) (*Response, error) {
	answer := &Response{}
	var body bytes.Buffer
	err := SendStream(addr, r, bytes.NewReader(r.Body), answer, &body)
	answer.Body = body.Bytes()
	if err != nil {
		return nil, err
	}
	return answer, nil
}

// SendStream is Send for more than memory should hold: in place of r.Body it sends
// body, whose length the header must tell (nil is none), and it copies the body of the answer to
// to.
func SendStream(addr string, r Request, body io.Reader, response *Response, to io.Writer) error {
	conn, err := net.DialTimeout("tcp", addr, timeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	// A server may answer, and close, before it has read the whole request:
	// what counts is the answer.
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(r.head(addr))
		if err == nil && body != nil {
			_, err = io.Copy(conn, body)
		}
		sent <- err
	}()
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.MethodOr()})
	if err != nil {
		conn.Close()
		return fmt.Errorf("%s %.80s: reading the answer: %w (sending: %v)", r.MethodOr(), r.Target, err, <-sent)
	}
	defer answer.Body.Close()
	response.Status, response.Header = answer.StatusCode, answer.Header
	if _, err := io.Copy(to, answer.Body); err != nil {
		return fmt.Errorf("%s %.80s: reading the body of the answer: %w", r.MethodOr(), r.Target, err)
	}
	return nil
}

// Exchange sends bytes as they are over a connection of its own and returns what
// the server says until it closes the connection. With end it tells the server that
// no more bytes come, which some take for a client that has left.
func Exchange(addr string, request []byte, end bool) ([]byte, error) {
	conn, err := net.DialTimeout("tcp", addr, timeout)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(request)
		if err == nil && end {
			err = conn.(*net.TCPConn).CloseWrite()
		}
		sent <- err
	}()
	answer, err := io.ReadAll(conn)
	if err != nil && len(answer) == 0 {
		conn.Close()
		return nil, fmt.Errorf("reading the answer: %w (sending: %v)", err, <-sent)
	}
	// A server that closes with some of the request unread resets the connection
	// after its answer.
	return answer, nil
}

// Cookie returns the value of the cookie that the answer sets last under that
// name, as it stands in the header, and whether there is one. The value of a
// deleted cookie is empty.
func (r *Response) Cookie(name string) (value string, found bool) {
	for _, line := range r.Header["Set-Cookie"] {
		pair, _, _ := strings.Cut(line, ";")
		if n, v, ok := strings.Cut(pair, "="); ok && n == name {
			value, found = v, true
		}
	}
	return value, found
}

// ContentLength returns the length that the header announces, or -1.
func (r *Response) ContentLength() int {
	n, err := strconv.Atoi(r.Header.Get("Content-Length"))
	if err != nil {
		return -1
	}
	return n
}
