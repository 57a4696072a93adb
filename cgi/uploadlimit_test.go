package cgi_test

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

// endless repeats a text for so many bytes, and counts what has been read.
type endless struct {
	text string
	size int
	read int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read >= e.size {
		return 0, io.EOF
	}
	n := 0
	p = p[:min(len(p), e.size-e.read)]
	for n < len(p) {
		n += copy(p[n:], e.text[(e.read+n)%len(e.text):])
	}
	e.read += n
	return n, nil
}

// What a hostile client sends is refused when it shows, in little time and memory,
// and leaves nothing.
func TestUploadLimits(t *testing.T) {
	b := "--" + boundary + "\r\n"
	tests := []struct {
		name   string
		begin  string
		repeat string
		size   int
		lim    cgi.Limits
		status int
		log    string
		most   int // bytes read before it is refused
	}{
		{"preamble of 100 MB", "", "preamble\r\n", 100 << 20, cgi.Limits{}, 400, "no boundary in the first", 128 << 10},
		{"epilogue of 100 MB", "--" + boundary + "--", "\r\nx", 100 << 20, cgi.Limits{}, 400, "follow the last boundary", 128 << 10},
		{"header line of 50 MB", b + "Content-Disposition: form-data; name=\"", "x", 50 << 20, cgi.Limits{}, 400, "header is longer", 128 << 10},
		{"header of 50 MB in lines", b + "Content-Disposition: form-data; name=a\r\n", "X: x\r\n", 50 << 20, cgi.Limits{}, 400, "header is longer", 128 << 10},
		{"header of many lines", b + strings.Repeat("X: x\r\n", 21), "\r\n", 1 << 20, cgi.Limits{}, 400, "lines", 128 << 10},
		{"white space behind a boundary", "--" + boundary, " ", 50 << 20, cgi.Limits{}, 400, "is followed by", 128 << 10},
		{"100,000 empty parts", "", b + "\r\n", 100_000 * (len(b) + 2), cgi.Limits{}, 400, "part 1", 128 << 10},
		{"1,000,000 fields", "", b + "Content-Disposition: form-data; name=a\r\n\r\n\r\n", 90 << 20, cgi.Limits{}, 400, "LCGI_MAX_FIELDS", 256 << 10},
		{"100,000 fields in which nothing was chosen", "", b + "Content-Disposition: form-data; name=a; filename=\"\"\r\n\r\n\r\n", 9 << 20, cgi.Limits{}, 400, "LCGI_MAX_FIELDS", 256 << 10},
		{"a field of 100 MB", b + "Content-Disposition: form-data; name=a\r\n\r\n", "x", 100 << 20, cgi.Limits{}, 413, "LCGI_MAX_BODY", 9 << 20},
		{"names of 10 MB", "", b + "Content-Disposition: form-data; name=" + strings.Repeat("x", 16000) + "\r\n\r\n\r\n", 10 << 20, cgi.Limits{}, 413, "LCGI_MAX_BODY", 9 << 20},
		{"a file over the limit", b + "Content-Disposition: form-data; name=a; filename=a\r\n\r\n", "x", 50 << 20, cgi.Limits{File: 1 << 20}, 413, "LCGI_MAX_FILE)", 2 << 20},
		{"a file without a name over the limit", b + "Content-Disposition: form-data; name=a; filename=\"\"\r\n\r\n", "x", 50 << 20, cgi.Limits{File: 1 << 20}, 413, "LCGI_MAX_FILE)", 2 << 20},
		{"files over the limit", "", b + "Content-Disposition: form-data; name=a; filename=a\r\n\r\n\r\n", 10 << 20, cgi.Limits{}, 413, "LCGI_MAX_FILES", 128 << 10},
		{"look-alikes of boundaries", b + "Content-Disposition: form-data; name=a; filename=a\r\n\r\n", "\r\n--" + boundary[:len(boundary)-1], 50 << 20, cgi.Limits{}, 400, "ends in its content", 51 << 20},
		{"carriage returns", b + "Content-Disposition: form-data; name=a; filename=a\r\n\r\n", "\r", 50 << 20, cgi.Limits{}, 400, "ends in its content", 51 << 20},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := &endless{text: strings.Repeat(tt.repeat, 1+4096/len(tt.repeat)), size: tt.size}
			r, dir := upload(t, io.MultiReader(strings.NewReader(tt.begin), src), len(tt.begin)+tt.size, cgi.Limits{
				File: tt.lim.File, Files: tt.lim.Files,
			})
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			_, err := r.Files()
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if status(err) != tt.status || !strings.Contains(err.Error(), tt.log) || len(err.Error()) > 300 {
				t.Errorf("got %v, want %d and %q", err, tt.status, tt.log)
			}
			if src.read > tt.most {
				t.Errorf("%d bytes have been read", src.read)
			}
			if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 64<<20 {
				t.Errorf("%d bytes have been allocated", allocated)
			}
			if took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
			if names := stored(t, dir); len(names) > 0 {
				t.Errorf("left: %q", names)
			}
		})
	}
}

// The limits let pass what is at them.
func TestUploadAtTheLimits(t *testing.T) {
	body := multipartBody(file("f", "a", "0123456789"), file("f", "", ""), file("f", "b", ""), field("a", "12345"))
	// The memory is that of the names, the types and the field.
	lim := cgi.Limits{File: 10, Files: 2, Fields: 4, Body: int64(len("f"+"a"+"text/plain"+"f"+"text/plain"+"f"+"b"+"text/plain") + len("a12345"))}
	for _, tt := range []struct {
		change func(*cgi.Limits)
		status int
	}{
		{func(*cgi.Limits) {}, 0},
		{func(l *cgi.Limits) { l.File-- }, 413},
		{func(l *cgi.Limits) { l.Files-- }, 413},
		{func(l *cgi.Limits) { l.Fields-- }, 400},
		{func(l *cgi.Limits) { l.Body-- }, 413},
	} {
		lim := lim
		tt.change(&lim)
		r, _ := upload(t, strings.NewReader(body), len(body), lim)
		if files, err := r.Files(); status(err) != tt.status {
			t.Errorf("%+v: %v, %v", lim, files, err)
		}
	}
}

// Memory does not grow with the file: 100 MB pass in a few.
func TestUploadConstantMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 100 MB")
	}
	begin := "--" + boundary + "\r\nContent-Disposition: form-data; name=a; filename=a\r\n\r\n"
	end := "\r\n--" + boundary + "--\r\n"
	const size = 100 << 20
	src := io.MultiReader(strings.NewReader(begin), &endless{text: "0123456789abcdef\r\n", size: size}, strings.NewReader(end))
	r, _ := upload(t, src, len(begin)+size+len(end), cgi.Limits{File: size})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	files, err := r.Files()
	runtime.ReadMemStats(&after)
	if err != nil || len(files) != 1 || files[0].Size != size {
		t.Fatal(files, err)
	}
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 4<<20 {
		t.Errorf("%d bytes have been allocated", allocated)
	}
}
