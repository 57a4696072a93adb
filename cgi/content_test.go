package cgi_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

var (
	contentTime = time.Date(2026, 2, 3, 4, 5, 6, 789, time.UTC)
	contentNow  = contentTime.Add(time.Hour)
)

const (
	contentDate = "Tue, 03 Feb 2026 04:05:06 GMT"
	digits      = "0123456789"
)

// content returns the content of the tests, which has size bytes.
func content(size int) cgi.Content {
	return cgi.Content{
		Name: "digits.txt", Type: "text/plain", ModTime: contentTime, ETag: `"v1"`,
		Size: int64(size), Reader: strings.NewReader(strings.Repeat(digits, size/10+1)[:size]),
	}
}

func TestSendContent(t *testing.T) {
	type env = cgi.Env
	const whole, none = digits, ""
	tests := []struct {
		name         string
		env          env
		status       int
		contentRange string
		body         string
	}{
		{"whole", nil, 200, "", whole},
		{"HEAD", env{"REQUEST_METHOD": "HEAD"}, 200, "", none},
		{"POST", env{"REQUEST_METHOD": "POST", "HTTP_RANGE": "bytes=0-1", "HTTP_IF_NONE_MATCH": `"v1"`}, 200, "", whole},

		// RFC 9110 §14.1.2.
		{"first", env{"HTTP_RANGE": "bytes=0-3"}, 206, "bytes 0-3/10", "0123"},
		{"middle", env{"HTTP_RANGE": "bytes=3-3"}, 206, "bytes 3-3/10", "3"},
		{"open", env{"HTTP_RANGE": "bytes=7-"}, 206, "bytes 7-9/10", "789"},
		{"last", env{"HTTP_RANGE": "bytes=-2"}, 206, "bytes 8-9/10", "89"},
		{"last of too many", env{"HTTP_RANGE": "bytes=-200"}, 206, "bytes 0-9/10", whole},
		{"all", env{"HTTP_RANGE": "bytes=0-"}, 206, "bytes 0-9/10", whole},
		{"beyond the end", env{"HTTP_RANGE": "bytes=8-99"}, 206, "bytes 8-9/10", "89"},
		{"far beyond", env{"HTTP_RANGE": "bytes=8-99999999999999999999"}, 206, "bytes 8-9/10", "89"},
		{"unit in capitals, spaces", env{"HTTP_RANGE": "Bytes= ,0-1 ,"}, 206, "bytes 0-1/10", "01"},
		{"one of two is beyond", env{"HTTP_RANGE": "bytes=20-30,0-1"}, 206, "bytes 0-1/10", "01"},
		{"unsatisfiable", env{"HTTP_RANGE": "bytes=10-"}, 416, "bytes */10", "416"},
		{"far unsatisfiable", env{"HTTP_RANGE": "bytes=99999999999999999999-"}, 416, "bytes */10", "416"},
		{"all unsatisfiable", env{"HTTP_RANGE": "bytes=10-,20-30"}, 416, "bytes */10", "416"},
		{"no last byte", env{"HTTP_RANGE": "bytes=-0"}, 416, "bytes */10", "416"},
		// §14.2: what is not understood is ignored.
		{"HEAD with a range", env{"REQUEST_METHOD": "HEAD", "HTTP_RANGE": "bytes=0-1"}, 200, "", none},
		{"HEAD with an unsatisfiable range", env{"REQUEST_METHOD": "HEAD", "HTTP_RANGE": "bytes=10-"}, 200, "", none},
		{"other unit", env{"HTTP_RANGE": "lines=0-1"}, 200, "", whole},
		{"no unit", env{"HTTP_RANGE": "0-1"}, 200, "", whole},
		{"backwards", env{"HTTP_RANGE": "bytes=3-2"}, 200, "", whole},
		{"sign", env{"HTTP_RANGE": "bytes=+1-2"}, 200, "", whole},
		{"negative", env{"HTTP_RANGE": "bytes=1--2"}, 200, "", whole},
		{"dash", env{"HTTP_RANGE": "bytes=-"}, 200, "", whole},
		{"nothing", env{"HTTP_RANGE": "bytes="}, 200, "", whole},
		{"commas", env{"HTTP_RANGE": "bytes=,,,"}, 200, "", whole},
		{"words", env{"HTTP_RANGE": "bytes=a-b"}, 200, "", whole},
		{"one of two is wrong", env{"HTTP_RANGE": "bytes=0-1,x"}, 200, "", whole},
		// CVE-2011-3192.
		{"overlapping", env{"HTTP_RANGE": "bytes=0-3,3-4"}, 200, "", whole},
		{"twice the same", env{"HTTP_RANGE": "bytes=1-1,1-1"}, 200, "", whole},
		{"together the whole", env{"HTTP_RANGE": "bytes=5-,0-4"}, 200, "", whole},
		{"too many", env{"HTTP_RANGE": "bytes=" + strings.Repeat("20-,", 16) + "0-0"}, 200, "", whole},

		// §13.1.
		{"If-Match", env{"HTTP_IF_MATCH": `"v0", "v1"`}, 200, "", whole},
		{"If-Match, any", env{"HTTP_IF_MATCH": `*`}, 200, "", whole},
		{"If-Match, other", env{"HTTP_IF_MATCH": `"v2"`}, 412, "", "412"},
		{"If-Match, weak", env{"HTTP_IF_MATCH": `W/"v1"`}, 412, "", "412"},
		{"If-Match, malformed", env{"HTTP_IF_MATCH": `v1`}, 412, "", "412"},
		{"If-Unmodified-Since, same", env{"HTTP_IF_UNMODIFIED_SINCE": contentDate}, 200, "", whole},
		{"If-Unmodified-Since, before", env{"HTTP_IF_UNMODIFIED_SINCE": "Tue, 03 Feb 2026 04:05:05 GMT"}, 412, "", "412"},
		{"If-Unmodified-Since, no date", env{"HTTP_IF_UNMODIFIED_SINCE": "yesterday"}, 200, "", whole},
		{"If-Match before If-Unmodified-Since", env{"HTTP_IF_MATCH": `"v1"`, "HTTP_IF_UNMODIFIED_SINCE": "Tue, 03 Feb 2026 04:05:05 GMT"}, 200, "", whole},
		{"If-None-Match", env{"HTTP_IF_NONE_MATCH": `"v0" , "v1"`}, 304, "", none},
		{"If-None-Match, weak", env{"HTTP_IF_NONE_MATCH": `W/"v1"`}, 304, "", none},
		{"If-None-Match, any", env{"HTTP_IF_NONE_MATCH": ` * `}, 304, "", none},
		{"If-None-Match, HEAD", env{"REQUEST_METHOD": "HEAD", "HTTP_IF_NONE_MATCH": `"v1"`}, 304, "", none},
		{"If-None-Match, other", env{"HTTP_IF_NONE_MATCH": `"v2","x,y"`}, 200, "", whole},
		{"If-None-Match, malformed", env{"HTTP_IF_NONE_MATCH": `v1, "v1"`}, 200, "", whole},
		{"If-None-Match, open", env{"HTTP_IF_NONE_MATCH": `"v1`}, 200, "", whole},
		{"If-Modified-Since, same", env{"HTTP_IF_MODIFIED_SINCE": contentDate}, 304, "", none},
		{"If-Modified-Since, RFC 850", env{"HTTP_IF_MODIFIED_SINCE": "Tuesday, 03-Feb-26 04:05:06 GMT"}, 304, "", none},
		{"If-Modified-Since, asctime", env{"HTTP_IF_MODIFIED_SINCE": "Tue Feb  3 04:05:06 2026"}, 304, "", none},
		{"If-Modified-Since, before", env{"HTTP_IF_MODIFIED_SINCE": "Tue, 03 Feb 2026 04:05:05 GMT"}, 200, "", whole},
		{"If-Modified-Since, no date", env{"HTTP_IF_MODIFIED_SINCE": "x"}, 200, "", whole},
		{"If-None-Match before If-Modified-Since", env{"HTTP_IF_NONE_MATCH": `"v2"`, "HTTP_IF_MODIFIED_SINCE": contentDate}, 200, "", whole},
		{"304 before a range", env{"HTTP_IF_NONE_MATCH": `"v1"`, "HTTP_RANGE": "bytes=10-"}, 304, "", none},

		// §13.1.5.
		{"If-Range", env{"HTTP_IF_RANGE": `"v1"`, "HTTP_RANGE": "bytes=0-1"}, 206, "bytes 0-1/10", "01"},
		{"If-Range, other", env{"HTTP_IF_RANGE": `"v2"`, "HTTP_RANGE": "bytes=0-1"}, 200, "", whole},
		{"If-Range, weak", env{"HTTP_IF_RANGE": `W/"v1"`, "HTTP_RANGE": "bytes=0-1"}, 200, "", whole},
		{"If-Range, list", env{"HTTP_IF_RANGE": `"v1", "v2"`, "HTTP_RANGE": "bytes=0-1"}, 200, "", whole},
		{"If-Range, date", env{"HTTP_IF_RANGE": contentDate, "HTTP_RANGE": "bytes=0-1"}, 206, "bytes 0-1/10", "01"},
		{"If-Range, later", env{"HTTP_IF_RANGE": "Tue, 03 Feb 2026 04:05:07 GMT", "HTTP_RANGE": "bytes=0-1"}, 200, "", whole},
		{"If-Range, nonsense", env{"HTTP_IF_RANGE": "x", "HTTP_RANGE": "bytes=10-"}, 200, "", whole},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := respond(t, tt.env, contentNow, func(w *cgi.Response) error {
				w.SetHeader("Content-Disposition", "inline")
				w.SetCookie(w.NewCookie("a", "b"))
				w.WriteString("dropped")
				return w.SendContent(content(10))
			})
			if err != nil {
				t.Fatal(err)
			}
			body := string(out.body)
			if tt.status > 400 {
				if !strings.Contains(body, "<h1>"+tt.body) || out.get("Content-Type") != "text/html; charset=utf-8" || out.has("ETag") || out.has("Content-Disposition") {
					t.Errorf("not an error page: %q %q", out.header, body)
				}
				body = tt.body
			}
			if out.status != tt.status || body != tt.body || out.get("Content-Range") != tt.contentRange {
				t.Errorf("got %d %q %q", out.status, out.get("Content-Range"), out.body)
			}
			length := strconv.Itoa(len(out.body))
			switch {
			case out.status == 304:
				length = ""
			case tt.env["REQUEST_METHOD"] == "HEAD":
				length = "10"
			}
			if out.get("Content-Length") != length || !out.has("Set-Cookie") {
				t.Errorf("header %q, want Content-Length %q", out.header, length)
			}
			switch out.status {
			case 304: // §15.4.5
				if out.get("ETag") != `"v1"` || out.has("Last-Modified") || out.has("Content-Type") {
					t.Errorf("header %q", out.header)
				}
			case 200, 206:
				if out.get("ETag") != `"v1"` || out.get("Last-Modified") != contentDate || out.get("Content-Type") != "text/plain" || out.get("Content-Disposition") != "inline" {
					t.Errorf("header %q", out.header)
				}
				if out.has("Accept-Ranges") != (tt.name != "POST") {
					t.Errorf("Accept-Ranges %q", out.get("Accept-Ranges"))
				}
			}
		})
	}
}

// RFC 9110 §14.6.
func TestSendContentMultipart(t *testing.T) {
	out, err := respond(t, cgi.Env{"HTTP_RANGE": "bytes=-2, 0-1,30-,4-4"}, contentNow, func(w *cgi.Response) error {
		return w.SendContent(content(10))
	})
	if err != nil || out.status != 206 || out.has("Content-Range") || out.get("Content-Length") != strconv.Itoa(len(out.body)) {
		t.Fatalf("%v, %d %q, %d bytes", err, out.status, out.header, len(out.body))
	}
	kind, params, err := mime.ParseMediaType(out.get("Content-Type"))
	if err != nil || kind != "multipart/byteranges" {
		t.Fatalf("%v, %q", err, out.get("Content-Type"))
	}
	r := multipart.NewReader(bytes.NewReader(out.body), params["boundary"])
	for _, want := range []string{"bytes 8-9/10 text/plain 89", "bytes 0-1/10 text/plain 01", "bytes 4-4/10 text/plain 4"} {
		part, err := r.NextRawPart()
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(part)
		if got := part.Header.Get("Content-Range") + " " + part.Header.Get("Content-Type") + " " + string(body); err != nil || got != want {
			t.Errorf("part %q, %v, want %q", got, err, want)
		}
	}
	if _, err := r.NextRawPart(); err != io.EOF {
		t.Errorf("behind the last part: %v", err)
	}
}

func TestSendContentVariants(t *testing.T) {
	tests := []struct {
		name   string
		env    cgi.Env
		fill   func(w *cgi.Response) error
		status int
		header map[string]string
		body   string
	}{
		{"empty", nil, func(w *cgi.Response) error { return w.SendContent(content(0)) }, 200,
			map[string]string{"Content-Length": "0"}, ""},
		{"range of an empty one", cgi.Env{"HTTP_RANGE": "bytes=0-"}, func(w *cgi.Response) error { return w.SendContent(content(0)) }, 200,
			map[string]string{"Content-Length": "0", "Content-Range": ""}, ""},
		{"no validators", cgi.Env{"HTTP_IF_MODIFIED_SINCE": contentDate, "HTTP_IF_NONE_MATCH": `""`, "HTTP_IF_UNMODIFIED_SINCE": "Tue, 03 Feb 2015 04:05:05 GMT"},
			func(w *cgi.Response) error {
				c := content(10)
				c.ModTime, c.ETag = time.Time{}, ""
				return w.SendContent(c)
			}, 200, map[string]string{"ETag": "", "Last-Modified": ""}, digits},
		{"If-Range without validators", cgi.Env{"HTTP_RANGE": "bytes=0-1", "HTTP_IF_RANGE": contentDate},
			func(w *cgi.Response) error {
				c := content(10)
				c.ModTime, c.ETag = time.Time{}, ""
				return w.SendContent(c)
			}, 200, nil, digits},
		{"If-Match without validators", cgi.Env{"HTTP_IF_MATCH": `"v1"`},
			func(w *cgi.Response) error {
				c := content(10)
				c.ETag = ""
				return w.SendContent(c)
			}, 412, nil, "<!"},
		{"no date of the future (RFC 9110 §8.8.2.1)", nil, func(w *cgi.Response) error {
			c := content(10)
			c.ModTime = contentNow.Add(time.Hour)
			return w.SendContent(c)
		}, 200, map[string]string{"Last-Modified": "Tue, 03 Feb 2026 05:05:06 GMT"}, digits},
		{"type of the page", nil, func(w *cgi.Response) error {
			c := content(10)
			c.Type = ""
			return errors.Join(w.SetHeader("Content-Type", "image/x"), w.SendContent(c))
		}, 200, map[string]string{"Content-Type": "image/x"}, digits},
		{"own validators make place", nil, func(w *cgi.Response) error {
			w.SetHeader("ETag", `"mine"`)
			w.SetHeader("Last-Modified", "yesterday")
			return w.SendContent(content(10))
		}, 200, map[string]string{"ETag": `"v1"`, "Last-Modified": contentDate}, digits},
		{"conditions are for successes (RFC 9110 §13.2.1)", cgi.Env{"HTTP_IF_NONE_MATCH": "*", "HTTP_RANGE": "bytes=0-1"}, func(w *cgi.Response) error {
			return errors.Join(w.SetStatus(404), w.SendContent(content(10)))
		}, 404, map[string]string{"Content-Length": "10"}, digits},
		{"204", nil, func(w *cgi.Response) error { return errors.Join(w.SetStatus(204), w.SendContent(content(10))) }, 204,
			map[string]string{"Content-Length": ""}, ""},
		{"a filter does not apply", nil, func(w *cgi.Response) error {
			return errors.Join(w.SetFilter(new(doubler)), w.SendContent(content(10)), w.SetFilter(new(doubler)))
		}, 200, map[string]string{"Content-Length": "10"}, digits},
		{"redirect instead", nil, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(content(10)), w.Redirect("/x", 0))
		}, 302, map[string]string{"Location": "/x"}, "<!"},
		{"reset", nil, func(w *cgi.Response) error {
			err := errors.Join(w.SendContent(content(10)), w.Reset())
			w.WriteString("page")
			return err
		}, 200, map[string]string{"ETag": "", "Content-Length": "4"}, "page"},
		{"second", nil, func(w *cgi.Response) error { return errors.Join(w.SendContent(content(10)), w.SendContent(content(3))) }, 200,
			map[string]string{"Content-Length": "3", "Accept-Ranges": "bytes", "ETag": `"v1"`}, "012"},
		{"second of a part", cgi.Env{"HTTP_RANGE": "bytes=0-0"}, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(content(10)), w.SendContent(content(3)))
		}, 206, map[string]string{"Content-Range": "bytes 0-0/3"}, "0"},
		{"larger than the limit of output", nil, func(w *cgi.Response) error { return w.SendContent(content(1 << 20)) }, 200,
			map[string]string{"Content-Length": "1048576"}, digits},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := respond(t, tt.env, contentNow, tt.fill)
			if err != nil || out.status != tt.status || !strings.HasPrefix(string(out.body), tt.body) || tt.body == "" && len(out.body) > 0 {
				t.Errorf("%v, %d %.40q", err, out.status, out.body)
			}
			for name, want := range tt.header {
				if got := out.get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestSendContentErrors(t *testing.T) {
	for name, c := range map[string]cgi.Content{
		"no reader":   {Size: 1},
		"size":        {Size: -1, Reader: strings.NewReader("")},
		"etag":        {ETag: "v1", Reader: strings.NewReader("")},
		"two etags":   {ETag: `"a", "b"`, Reader: strings.NewReader("")},
		"etag \\n":    {ETag: "\"a\nb\"", Reader: strings.NewReader("")},
		"type \\r\\n": {Type: "a/b\r\nX: y", Reader: strings.NewReader("")},
	} {
		out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
			w.WriteString("page")
			return w.SendContent(c)
		})
		if err == nil || string(out.body) != "page" || out.has("ETag") || out.has("X") {
			t.Errorf("%s: %v, %q", name, err, out.body)
		}
	}
	respond(t, nil, contentNow, func(w *cgi.Response) error {
		w.SendContent(content(10))
		if _, err := w.WriteString("x"); err == nil {
			t.Error("a page can write beside a file")
		}
		if err := w.Flush("p:1"); err == nil {
			t.Error("a file can be flushed")
		}
		return nil
	})
	_, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
		w.Flush("p:1")
		return w.SendContent(content(10))
	})
	if committed := new(cgi.CommittedError); !errors.As(err, &committed) {
		t.Errorf("after a flush: %v", err)
	}
}

// counter is a reader of any size that notes how much it is asked for at once.
type counter struct{ calls, largest int }

func (c *counter) ReadAt(p []byte, _ int64) (int, error) {
	c.calls++
	c.largest = max(c.largest, len(p))
	return len(p), nil
}

// discard is a sink that keeps nothing.
type discard struct {
	bytes int64
	fail  int64 // after so many bytes the client is gone; 0 is never
}

func (d *discard) WriteHead(int, string, []cgi.Field) error { return nil }
func (d *discard) Flush() error                             { return nil }
func (d *discard) Write(p []byte) (int, error) {
	if d.bytes += int64(len(p)); d.fail > 0 && d.bytes > d.fail {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

func serveContent(t *testing.T, c cgi.Content, sink cgi.Sink) error {
	g := cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, _ *cgi.Request) error { return w.SendContent(c) })}
	return g.Serve(t.Context(), cgi.Env{"REQUEST_METHOD": "GET"}, nil, sink)
}

func TestSendContentIsSentInPieces(t *testing.T) {
	reader, sink := new(counter), new(discard)
	const size = 100 << 20
	if err := serveContent(t, cgi.Content{Size: size, Reader: reader}, sink); err != nil || sink.bytes != size || reader.largest > 64<<10 {
		t.Errorf("%v, %d bytes in pieces of up to %d", err, sink.bytes, reader.largest)
	}
	// Nobody reads on for a client that has left.
	reader, sink = new(counter), &discard{fail: 1 << 20}
	if err := serveContent(t, cgi.Content{Size: size, Reader: reader}, sink); err == nil || reader.calls > 1000 {
		t.Errorf("client gone: %v, %d reads", err, reader.calls)
	}
}

// What has become shorter is cut, what has become longer is not sent.
func TestSendContentChanges(t *testing.T) {
	for _, size := range []int{0, 1, 9, 50 << 10} {
		out := new(record)
		c := content(size)
		c.Size = 100 << 10
		err := serveContent(t, c, out)
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(fmt.Sprint(err), fmt.Sprintf("digits.txt: it ends at byte %d of 102400", size)) {
			t.Errorf("%d bytes: error %v", size, err)
		}
		if len(out.body) != size || out.get("Content-Length") != "102400" {
			t.Errorf("%d bytes: %d were sent, length %q", size, len(out.body), out.get("Content-Length"))
		}
	}
	out := new(record)
	c := content(100)
	c.Size = 10
	if err := serveContent(t, c, out); err != nil || string(out.body) != digits {
		t.Errorf("longer: %v, %q", err, out.body)
	}
	bad := errors.New("input/output error")
	c.Reader = failing{bad}
	if err := serveContent(t, c, new(record)); !errors.Is(err, bad) {
		t.Errorf("disk: %v", err)
	}
}

type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }
