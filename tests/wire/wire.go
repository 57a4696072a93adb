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
	b.Write(r.Body)
	return b.Bytes()
}

// Send sends the request to the server at addr over a connection of its own and
// reads the answer to its end. Redirects are not followed.
func Send(addr string, r Request) (*Response, error) {
	conn, err := net.DialTimeout("tcp", addr, timeout)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		return nil, err
	}
	// A server may answer, and close, before it has read the whole request:
	// what counts is the answer.
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(r.Bytes(addr))
		sent <- err
	}()
	answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: r.MethodOr()})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("%s %.80s: reading the answer: %w (sending: %v)", r.MethodOr(), r.Target, err, <-sent)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, fmt.Errorf("%s %.80s: reading the body of the answer: %w", r.MethodOr(), r.Target, err)
	}
	return &Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
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
