package cgi_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"strconv"
	"strings"
	"testing"

	"lcgi/cgi"
)

// FuzzRange makes sure that every answer to a Range is one that RFC 9110 allows:
// the whole, or parts of it that say truly which they are.
func FuzzRange(f *testing.F) {
	for _, seed := range []string{"bytes=0-1", "bytes=-1,0-0", "bytes=9-,-9", "bytes=99-", "lines=1", "bytes=0-0,2-2,4-4"} {
		f.Add(seed, 10)
	}
	f.Fuzz(func(t *testing.T, header string, size int) {
		if strings.ContainsAny(header, "\r\n\x00") || size < 0 || size > 1000 {
			return
		}
		want := strings.Repeat(digits, size/10+1)[:size]
		out := new(record)
		g := cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, _ *cgi.Request) error { return w.SendContent(content(size)) })}
		if err := g.Serve(t.Context(), cgi.Env{"REQUEST_METHOD": "GET", "HTTP_RANGE": header}, nil, out); err != nil {
			t.Skip() // too large a header
		}
		if out.get("Content-Length") != strconv.Itoa(len(out.body)) {
			t.Fatalf("%q: Content-Length %s of %d", header, out.get("Content-Length"), len(out.body))
		}
		part := func(contentRange string, body []byte) {
			var first, last, total int
			if n, err := fmt.Sscanf(contentRange, "bytes %d-%d/%d", &first, &last, &total); n != 3 || err != nil || total != size || string(body) != want[first:last+1] {
				t.Fatalf("%q: part %q is %q", header, contentRange, body)
			}
		}
		switch {
		case out.status == 200:
			if string(out.body) != want {
				t.Fatalf("%q: %q", header, out.body)
			}
		case out.status == 416:
			if out.get("Content-Range") != fmt.Sprintf("bytes */%d", size) {
				t.Fatalf("%q: %q", header, out.header)
			}
		case out.status == 206 && out.has("Content-Range"):
			part(out.get("Content-Range"), out.body)
		case out.status == 206:
			_, params, _ := mime.ParseMediaType(out.get("Content-Type"))
			r := multipart.NewReader(bytes.NewReader(out.body), params["boundary"])
			parts := 0
			for {
				p, err := r.NextRawPart()
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(p)
				part(p.Header.Get("Content-Range"), body)
				parts++
			}
			if parts < 2 || parts > 16 {
				t.Fatalf("%q: %d parts", header, parts)
			}
		default:
			t.Fatalf("%q: status %d", header, out.status)
		}
	})
}
