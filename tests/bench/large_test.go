package bench

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/tests/binary"
	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// large is how much BenchmarkLarge moves; LCGI_BENCH_LARGE sets another size in MB.
func large(b *testing.B) int64 {
	size := os.Getenv("LCGI_BENCH_LARGE")
	if size == "" {
		b.Skip("set LCGI_BENCH_LARGE=1024, the size in MB; it takes that much room on the disk, twice")
	}
	n, err := strconv.ParseInt(size, 10, 64)
	if err != nil || n < 1 {
		b.Fatalf("LCGI_BENCH_LARGE=%s is no size in MB", size)
	}
	return n << 20
}

// BenchmarkLarge is one request that moves 1 GB: an upload, a page that streams and a
// file that a page sends, by lcgi as a CGI process, in its own server and behind
// Apache, and by php-cgi as a CGI process. It tells the rate and the peak of the
// memory of the process.
//
//	LCGI_BENCH_LARGE=1024 go test -run '^$' -bench Large -benchtime 1x ./tests/bench
func BenchmarkLarge(b *testing.B) {
	size := large(b)
	path, remove, err := binary.Build()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(remove)
	file := filepath.Join(b.TempDir(), "large.bin")
	f, err := os.Create(file)
	if err == nil {
		_, err = io.CopyN(f, zeros{}, size)
	}
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		b.Fatal(err)
	}
	pages := map[string]string{
		"upload.lc": `<?lc put("size ", _FILES.f.size) ?>`,
		"stream.lc": `<?lc local piece = string.rep("s", 65536)
for i = 1, tonumber(_GET.n) do put(piece) response.flush() end ?>`,
		"send.lc": `<?lc response.sendFile(_GET.file, {type = "application/octet-stream"}) ?>`,
	}
	site := direct.NewSite(b, path, pages).With("LCGI_UPLOAD_DIR=" + b.TempDir())
	settings := map[string]string{"LCGI_MAX_FILE": fmt.Sprint(size + 1), "LCGI_TIMEOUT": "10m"}
	for name, value := range settings {
		site = site.With(name + "=" + value)
	}
	file = public(b, file)

	head := wire.File("f", "large.bin", "").Head()
	tail := "\r\n" + wire.FormEnd
	length := int64(len(head)) + size + int64(len(tail))
	for _, work := range []struct {
		name, page, query string
		post              bool
	}{
		{"upload", "upload", "", true},
		{"stream", "stream", fmt.Sprintf("n=%d", size/65536), false},
		{"sendFile", "send", "file=" + file, false},
	} {
		request := wire.Get("/" + work.page + ".lc?" + work.query)
		body := func() io.Reader { return nil }
		if work.post {
			request = wire.Request{Method: "POST", Target: "/" + work.page + ".lc", Header: []string{wire.FormType, fmt.Sprintf("Content-Length: %d", length)}}
			body = func() io.Reader {
				return io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, size), strings.NewReader(tail))
			}
		}
		measure := func(name, program string, move func(b *testing.B) (answered counter)) {
			b.Run(work.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					peak := watch(program)
					begin := time.Now()
					answered := move(b)
					took := time.Since(begin)
					most := peak()
					if !work.post && answered.n < size || work.post && !strings.Contains(answered.first, fmt.Sprintf("size %d", size)) {
						b.Fatalf("%d bytes were answered, the first are %q", answered.n, answered.first)
					}
					b.ReportMetric(float64(size)/1e6/took.Seconds(), "MB/s")
					b.ReportMetric(float64(most)/(1<<20), "peak-MB")
				}
				b.ReportMetric(0, "ns/op")
			})
		}
		process := func(c *contestant) func(b *testing.B) counter {
			return func(b *testing.B) counter { return c.move(b, body()) }
		}
		cmd := site.Command(b.Context(), request)
		measure("cgi", path, process(&contestant{name: "lcgi", args: cmd.Args, env: cmd.Env, dir: cmd.Dir}))
		for _, kind := range []servers.Kind{servers.Serve, servers.ApacheAction} {
			server := servers.Start(b, kind, servers.Site{Binary: path, Root: site.Root, Env: settings,
				ApacheConfig: "LimitRequestBody 0\n"}) // it is 1 GB, and the form is a little more
			measure(string(kind), path, func(b *testing.B) counter {
				var answer wire.Response
				var n counter
				if err := wire.SendStream(server.Addr, request, body(), &answer, &n); err != nil || answer.Status != 200 {
					b.Fatalf("status %d, %v", answer.Status, err)
				}
				return n
			})
			server.Stop()
		}
		if php := largePHP(b, work.page+".php", work.query, length, work.post); php != nil {
			program, err := filepath.EvalSymlinks(php.args[0])
			if err != nil {
				b.Fatal(err)
			}
			measure("php-cgi", program, process(php))
		}
	}
}

// public makes a file one that every user can read, which the folders of tests are
// not, and returns its name.
func public(b *testing.B, file string) string {
	dir, err := os.MkdirTemp("", "lcgi-bench-")
	if err == nil {
		b.Cleanup(func() { os.RemoveAll(dir) })
		err = os.Chmod(dir, 0o755)
	}
	to := filepath.Join(dir, filepath.Base(file))
	if err == nil {
		err = os.Rename(file, to)
	}
	if err == nil {
		err = os.Chmod(to, 0o644)
	}
	if err != nil {
		b.Fatal(err)
	}
	return to
}

// A counter counts bytes and keeps the first.
type counter struct {
	n     int64
	first string
}

func (c *counter) Write(p []byte) (int, error) {
	if c.n < 1000 {
		c.first += string(p[:min(1000, len(p))])
	}
	c.n += int64(len(p))
	return len(p), nil
}

// zeros is an endless reader.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// largePHP is php-cgi with the page of the same name, or nil where there is none.
func largePHP(b *testing.B, page, query string, length int64, post bool) *contestant {
	c := phpProgram(b, page, query)
	if c == nil {
		return nil
	}
	c.args = append(c.args, "-d", "upload_max_filesize=8G", "-d", "post_max_size=8G", "-d", "max_execution_time=0", "-d", "output_buffering=0",
		"-d", "upload_tmp_dir="+b.TempDir())
	if post {
		_, boundary, _ := strings.Cut(wire.FormType, ": ")
		c.env = slices.DeleteFunc(c.env, func(e string) bool { return strings.HasPrefix(e, "REQUEST_METHOD=") })
		c.env = append(c.env, "REQUEST_METHOD=POST", fmt.Sprintf("CONTENT_LENGTH=%d", length), "CONTENT_TYPE="+boundary)
	}
	return c
}

// move runs the program with a body, and returns what it answered.
func (c *contestant) move(b *testing.B, body io.Reader) (answered counter) {
	stdin, client, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	answer, stdout, err := os.Pipe()
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Close()
	process, err := os.StartProcess(c.args[0], c.args, &os.ProcAttr{Dir: c.dir, Env: c.env, Files: []*os.File{stdin, stdout, os.Stderr}})
	stdin.Close()
	stdout.Close()
	if err != nil {
		b.Fatal(err)
	}
	go func() {
		if body != nil {
			io.CopyBuffer(onlyWriter{client}, body, make([]byte, 64<<10))
		}
		client.Close()
	}()
	if _, err := io.Copy(&answered, answer); err != nil {
		b.Fatal(err)
	}
	state, err := process.Wait()
	if err != nil || !state.Success() {
		b.Fatalf("%s: %v %v", c.name, err, state)
	}
	return answered
}

// onlyWriter hides that a pipe could be filled by other means.
type onlyWriter struct{ io.Writer }

// watch watches the processes of a program. What it returns ends that and tells the
// most memory that one of them was seen with (proc(5), VmHWM).
func watch(program string) (peak func() int64) {
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		for most := int64(0); ; {
			links, _ := filepath.Glob("/proc/[0-9]*/exe")
			for _, link := range links {
				if name, err := os.Readlink(link); err != nil || name != program {
					continue
				}
				text, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "status"))
				_, rest, _ := strings.Cut(string(text), "VmHWM:")
				var kB int64
				fmt.Sscan(rest, &kB)
				most = max(most, kB<<10)
			}
			select {
			case <-done:
				result <- most
				return
			case <-tick.C:
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-result
	}
}
