package cgi

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// slowBody is a body of one byte at a time, before each of which a clock goes ahead.
type slowBody struct {
	clock time.Time
	pause time.Duration
	reads int
}

func (b *slowBody) now() time.Time { return b.clock }

func (b *slowBody) Read(p []byte) (int, error) {
	b.clock = b.clock.Add(b.pause)
	b.reads++
	p[0] = 'x'
	return 1, nil
}

// A body may come slowly for a while, and at the rate of a bad connection for ever.
func TestBodyPatience(t *testing.T) {
	const length = 100_000
	for _, tt := range []struct {
		pause time.Duration // before each byte
		reads int           // that are granted; length is all
	}{
		{time.Millisecond, length},
		{2 * time.Millisecond, length}, // 500 bytes a second
		{2100 * time.Microsecond, length},
		{3 * time.Millisecond, 19_334}, // take 58 s, and so do 20 s and one for every 500
		{time.Second, 20},
		{time.Minute, 1},
	} {
		for _, contentType := range []string{"", "multipart/form-data; boundary=x"} {
			src := &slowBody{pause: tt.pause}
			r := NewRequest(Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": contentType, "CONTENT_LENGTH": strconv.Itoa(length)}, src, Limits{})
			r.body.patience.now = src.now
			var err error
			if contentType == "" {
				_, err = r.Body()
			} else {
				_, err = r.Post()
			}
			var se *StatusError
			switch {
			case contentType != "" && tt.reads > maxAround: // what is no form shows itself before
				if !errors.As(err, &se) || se.Status != 400 {
					t.Errorf("%v, form: %v", tt.pause, err)
				}
			case tt.reads == length && err != nil:
				t.Errorf("%v: %v after %d bytes", tt.pause, err, src.reads)
			case tt.reads < length && (!errors.As(err, &se) || se.Status != 408 || !errors.Is(err, errSlow)):
				t.Errorf("%v: %v", tt.pause, err)
			case src.reads != tt.reads:
				t.Errorf("%v: %d reads, want %d", tt.pause, src.reads, tt.reads)
			}
		}
	}
}

// The time in which the page does something else does not count.
func TestBodyPatienceIsForWaiting(t *testing.T) {
	src := &slowBody{pause: time.Millisecond}
	r := NewRequest(Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "3"}, src, Limits{})
	r.body.patience.now = src.now
	read := &bodyReader{r: r, length: 3}
	for range 3 {
		if n, err := read.Read(make([]byte, 10)); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		src.clock = src.clock.Add(time.Hour)
	}
}

// A read that hangs is ended when patience is, with deadlines and without.
func TestBodyPatienceEnds(t *testing.T) {
	for name, connect := range map[string]func() (io.Reader, io.Closer){
		"pipe":       func() (io.Reader, io.Closer) { r, w := io.Pipe(); return r, w },
		"connection": func() (io.Reader, io.Closer) { r, w := net.Pipe(); return r, w },
	} {
		src, client := connect()
		defer client.Close()
		r := NewRequest(Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "3"}, src, Limits{})
		r.body.patience.total = 10 * time.Millisecond
		var se *StatusError
		if _, err := r.Body(); !errors.As(err, &se) || se.Status != 408 || !errors.Is(err, errSlow) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A read that ends just when its time is over has ended, and does not shorten the next.
func TestReadThatEndsInTime(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var deadline time.Time
	set := make(chan struct{}, 2)
	err := waitFor(ctx, func(at time.Time) error {
		deadline = at
		set <- struct{}{}
		return nil
	}, func() error {
		cancel()
		<-set
		return nil
	})
	if err != nil || !deadline.IsZero() {
		t.Errorf("%v, and the deadline is %v", err, deadline)
	}
}

// A client that has earned hours cannot fall silent for them.
func TestBodySilence(t *testing.T) {
	const length = 10_000_000
	for name, connect := range map[string]func() (io.Reader, io.WriteCloser){
		"pipe":       func() (io.Reader, io.WriteCloser) { r, w := io.Pipe(); return r, w },
		"connection": func() (io.Reader, io.WriteCloser) { r, w := net.Pipe(); return r, w },
	} {
		src, client := connect()
		defer client.Close()
		go client.Write(make([]byte, length/2))
		r := NewRequest(Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": strconv.Itoa(length)}, src, Limits{Body: length})
		r.body.patience.silence = 300 * time.Millisecond
		var se *StatusError
		if _, err := r.Body(); !errors.As(err, &se) || se.Status != 408 || !errors.Is(err, errSilent) || r.body.n != length/2 {
			t.Errorf("%s: %v after %d bytes", name, err, r.body.n)
		}
	}
	r := NewRequest(Env{}, nil, Limits{})
	p := &r.body.patience
	for _, tt := range []struct {
		received int64
		waited   time.Duration
		want     time.Duration
		late     error
	}{
		{0, 0, 20 * time.Second, errSlow},
		{1000, 5 * time.Second, 17 * time.Second, errSlow},
		{5000, 0, 30 * time.Second, errSlow},
		{5500, 0, 30 * time.Second, errSilent},
		{64 << 20, time.Hour, 30 * time.Second, errSilent},
		{1 << 62, 0, 30 * time.Second, errSilent},
	} {
		p.waited = tt.waited
		if got, late := p.next(tt.received); got != tt.want || late != tt.late {
			t.Errorf("%d bytes in %v: %v and %v, want %v and %v", tt.received, tt.waited, got, late, tt.want, tt.late)
		}
	}
}

// Whoever ends the context may say with which status.
func TestBodyEndsWithStatus(t *testing.T) {
	src, client := io.Pipe()
	defer client.Close()
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(&StatusError{Status: 503, Reason: "the program is to end"})
	r := NewRequest(Env{"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "3"}, src, Limits{})
	r.SetContext(ctx)
	var se *StatusError
	if _, err := r.Body(); !errors.As(err, &se) || se.Status != 503 {
		t.Error(err)
	}
}

// Whoever keeps a page's time knows when the page waits for its client.
func TestSetReceiving(t *testing.T) {
	const form = "--x\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n1\r\n--x--\r\n"
	for name, read := range map[string]func(r *Request){
		"Body":   func(r *Request) { r.Body() },
		"Files":  func(r *Request) { r.Files() },
		"drain":  func(r *Request) { r.drain() },
		"nobody": nil,
	} {
		var log []string
		src := readerFunc(func(p []byte) (int, error) {
			log = append(log, "read")
			return copy(p, form), nil
		})
		r := NewRequest(Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=x", "CONTENT_LENGTH": strconv.Itoa(len(form))}, src, Limits{})
		defer r.Close()
		r.SetUploadDir(t.TempDir())
		r.SetReceiving(func() func() {
			log = append(log, "begin")
			return func() { log = append(log, "over") }
		})
		want := ""
		if read != nil {
			read(r)
			want = "begin read over"
		}
		if got := strings.Join(log, " "); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
