package tests

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// largePages take and give a large file.
var largePages = map[string]string{
	"upload.lc": `<?lc put(_FILES.f.size, " ", _FILES.f.name) ?>`,
	"flush.lc": `<?lc
response.type("application/octet-stream")
local piece = string.rep("s", 65536)
for i = 1, tonumber(_GET.pieces) do put(piece) response.flush() end ?>`,
	"send.lc": `<?lc response.sendFile(_GET.file, {type = "application/octet-stream"}) ?>`,
	// A page that wants the whole as a body is refused it.
	"body.lc": `<?lc put(#request.body()) ?>`,
}

// A counter counts bytes, and those that are not what they should be.
type counter struct {
	want     byte
	n, wrong int64
}

func (c *counter) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	c.wrong += int64(len(p) - bytes.Count(p, []byte{c.want}))
	return len(p), nil
}

// TestLarge moves 100 MB in each direction: by an upload, a page that streams, and
// a file that a page sends. The peak of the memory of lcgi stays far below that. The
// same with 1 GB is a benchmark, see tests/bench.
func TestLarge(t *testing.T) {
	needProc(t)
	// A little less than 100 MB, which nginx takes as a whole request by
	// sample-site/deploy.
	const pieces = 1590
	const size = pieces * 65536
	settings := map[string]string{"LCGI_MAX_FILE": "200MB", "LCGI_TIMEOUT": "60s"}
	file := wire.File("f", "large.bin", "")
	body := stream{}.text(file.Head()).fill('u', size).text("\r\n" + wire.FormEnd)
	upload := func() (wire.Request, io.Reader) {
		r, n := body.open()
		return wire.Request{Method: "POST", Target: "/upload.lc", Header: []string{wire.FormType, fmt.Sprintf("Content-Length: %d", n)}}, r
	}
	flush := wire.Get(fmt.Sprintf("/flush.lc?pieces=%d", pieces))
	uploaded := fmt.Sprintf("%d large.bin", size)
	large := func(t *testing.T, dir string) (target string) {
		t.Helper()
		name := filepath.Join(dir, "large.bin")
		f, err := os.Create(name)
		if err == nil {
			_, err = io.Copy(f, many('s', size))
		}
		if err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		return "/send.lc?file=" + name
	}

	t.Run("cgi", func(t *testing.T) {
		site := direct.NewSite(t, lcgi, largePages).With("LCGI_UPLOAD_DIR=" + t.TempDir())
		for name, value := range settings {
			site = site.With(name + "=" + value)
		}
		request, r := upload()
		answer := measure(t, site, request, r)
		wantBody(t, &answer.Response, uploaded)
		within(t, "upload", answer.peak)
		for _, request := range []wire.Request{flush, wire.Get(large(t, t.TempDir()))} {
			answer := measure(t, site, request, nil)
			c := counter{want: 's'}
			c.Write(answer.Body)
			if answer.Status != 200 || c.n != size || c.wrong != 0 {
				t.Errorf("%s: status %d, %d bytes, %d of them wrong; log: %s", request.Target, answer.Status, c.n, c.wrong, answer.Stderr)
			}
			within(t, request.Target, answer.peak)
		}
	})
	for _, kind := range []servers.Kind{servers.Serve, servers.ApacheAction, servers.Nginx} {
		t.Run(string(kind), func(t *testing.T) {
			server := startPages(t, kind, largePages, settings)
			send := func(request wire.Request, body io.Reader, to io.Writer) {
				t.Helper()
				peak := watchPeak(lcgi)
				var answer wire.Response
				err := wire.SendStream(server.Addr, request, body, &answer, to)
				most := peak()
				if err != nil || answer.Status != 200 {
					t.Fatalf("%s: status %d, %v\n%s", request.Target, answer.Status, err, lastOf(server.Log()))
				}
				if kind == servers.Serve {
					if most, err = peakOf(server.PID()); err != nil {
						t.Fatal(err)
					}
				}
				within(t, request.Target, most)
			}
			request, r := upload()
			var text bytes.Buffer
			send(request, r, &text)
			if text.String() != uploaded {
				t.Errorf("the upload is answered %q, want %q", text.String(), uploaded)
			}
			for _, request := range []wire.Request{flush, wire.Get(large(t, server.Root))} {
				c := counter{want: 's'}
				send(request, nil, &c)
				if c.n != size || c.wrong != 0 {
					t.Errorf("%s: %d bytes, %d of them wrong", request.Target, c.n, c.wrong)
				}
			}
		})
	}
}

// within compares a peak of memory with what a large file may take.
func within(t *testing.T, what string, peak int64) {
	t.Helper()
	t.Logf("%s: %d MB", what, peak/mega)
	switch {
	case peak == 0:
		t.Errorf("%s: no process of lcgi was seen", what)
	case peak > 48*mega:
		t.Errorf("%s: lcgi took %d MB", what, peak/mega)
	}
}
