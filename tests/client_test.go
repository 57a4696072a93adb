package tests

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lcgi/tests/needs"
	"lcgi/tests/servers"
)

// clientPages are what real clients do things with.
func clientPages() map[string]string {
	return map[string]string{
		"upload.lc": `<?lc
put(_POST.text or "", "|")
for _, f in ipairs(_FILES.files or {_FILES.file}) do
  local file = assert(io.open(f.path, "rb"))
  put(f.name, " ", f.type, " ", f.size, " ", #file:read("*a"), "|")
  file:close()
end ?>`,
		"body.lc":        `<?lc put(request.method, " ", #request.body(), " ", request.contentType) ?>`,
		"count.lc":       `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		"post.lc":        `<?lc if request.method == "POST" then start session _SESSION.said = _POST.said redirect("done.lc", 303) end ?>`,
		"done.lc":        `<?lc start session put(request.method, " ", _SESSION.said) ?>`,
		"moved.lc":       `<?lc redirect("deep/target.lc?a=1") ?>`,
		"method.lc":      `<?lc redirect("body.lc", 307) ?>`,
		"download.lc":    `<?lc response.sendFile("data.bin", {name = "große Datei.bin", download = true, etag = "v1"}) ?>`,
		"data.bin":       strings.Repeat("0123456789abcdef", 1<<16),
		"cached.lc":      `<?lc response.cache{public = true, maxAge = 60, etag = "e1"} ?>cached`,
		"text.lc":        `<?lc put(string.rep("compress me ", 1000)) ?>`,
		"index.lc":       `<html><body><a href="/one.lc">one</a> <a href="/deep/two.lc?a=1&amp;b=2">two</a> <a href="/moved.lc">moved</a> <a href="/download.lc">file</a></body></html>`,
		"one.lc":         `<html><body>one <a href="index.lc">back</a></body></html>`,
		"deep/two.lc":    `<html><body>two <?= _GET.a ?> <a href="../one.lc">one</a></body></html>`,
		"deep/target.lc": `<html><body>target <?= _GET.a ?></body></html>`,
	}
}

// A client is a program that asks a web server.
type client struct {
	t       *testing.T
	program string
	dir     string // where it runs
	server  *servers.Server
}

// run runs the client with arguments, in which {url} stands for that of the server,
// and returns what it printed.
func (c *client) run(args ...string) string {
	c.t.Helper()
	out, err := c.try(args...)
	if err != nil {
		c.t.Fatalf("%s %q: %v\n%s\n%s", filepath.Base(c.program), args, err, out, lastOf(c.server.Log()))
	}
	return out
}

func (c *client) try(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	defer cancel()
	args = slices.Clone(args)
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "{url}", c.server.URL)
	}
	cmd := exec.CommandContext(ctx, c.program, args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "HOME=" + c.dir, "LC_ALL=C.UTF-8"}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// want runs the client and compares what it printed.
func (c *client) want(printed string, args ...string) {
	c.t.Helper()
	if got := c.run(args...); got != printed {
		c.t.Errorf("%s %q prints %q, want %q", filepath.Base(c.program), args, excerpt(got), printed)
	}
}

// contains runs the client and looks for texts in what it printed.
func (c *client) contains(texts []string, args ...string) {
	c.t.Helper()
	got := c.run(args...)
	for _, text := range texts {
		if !strings.Contains(got, text) {
			c.t.Errorf("%s %q prints no %q:\n%s", filepath.Base(c.program), args, text, excerpt(got))
		}
	}
}

func (c *client) write(name, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// file compares a file that the client has made.
func (c *client) file(name, content string) {
	c.t.Helper()
	got, err := os.ReadFile(filepath.Join(c.dir, name))
	if err != nil || string(got) != content {
		files, _ := filepath.Glob(filepath.Join(c.dir, "*"))
		c.t.Errorf("the file %s: %v, %d bytes, want %d; there are %q", name, err, len(got), len(content), files)
	}
}

// overClients runs a test with a client against servers of some kinds.
func overClients(t *testing.T, program string, test func(t *testing.T, c *client)) {
	t.Helper()
	path := needs.Program(t, program, program)
	for _, kind := range []servers.Kind{servers.Serve, servers.ApacheAction, servers.Nginx} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := startPages(t, kind, clientPages(), nil)
			test(t, &client{t: t, program: path, dir: t.TempDir(), server: server})
		})
	}
}

// TestCurl does with curl what people do with it.
func TestCurl(t *testing.T) {
	t.Parallel()
	data := clientPages()["data.bin"]
	overClients(t, "curl", func(t *testing.T, c *client) {
		c.write("small.txt", "hello")
		c.write(`od"d ü;,.txt`, "odd")
		c.write("large.bin", strings.Repeat("x", 3*mega)) // for which curl says Expect: 100-continue
		c.write("empty", "")

		c.want("ü & =|small.txt text/plain 5 5|", "-sS", "-F", "text=ü & =", "-F", "file=@small.txt", "{url}/upload.lc")
		c.want("|large.bin application/octet-stream 3145728 3145728|", "-sS", "-F", "file=@large.bin", "{url}/upload.lc")
		c.want("|empty application/octet-stream 0 0|", "-sS", "-F", "file=@empty", "{url}/upload.lc")
		c.want("|other.txt text/x-own 5 5|", "-sS", "-F", "file=@small.txt;type=text/x-own;filename=../dir/other.txt", "{url}/upload.lc")
		c.want(`|od"d ü;,.txt text/plain 3 3|`, "-sS", "-F", `file=@"od\"d ü;,.txt"`, "{url}/upload.lc")
		c.want("|small.txt text/plain 5 5|empty application/octet-stream 0 0|", "-sS", "-F", "files[]=@small.txt", "-F", "files[]=@empty", "{url}/upload.lc")
		c.want("PUT 3145728 ", "-sS", "-T", "large.bin", "{url}/body.lc")
		c.want("POST 5 application/x-www-form-urlencoded", "-sS", "--data-binary", "@small.txt", "{url}/body.lc")
		c.want("POST 5 application/json", "-sS", "-H", "Content-Type: application/json", "-H", "Transfer-Encoding: chunked", "--data-binary", "@small.txt", "{url}/body.lc")
		c.want("POST 5 text/plain", "-sS", "-0", "-H", "Content-Type: text/plain", "--data-binary", "@small.txt", "{url}/body.lc")

		c.write("part.bin", data[:400_000])
		c.run("-sS", "-C", "-", "-o", "part.bin", "{url}/download.lc")
		c.file("part.bin", data)
		c.want(data[10:20], "-sS", "-r", "10-19", "{url}/download.lc")
		c.want(data[len(data)-5:], "-sS", "-r", "-5", "{url}/download.lc")
		c.contains([]string{"416"}, "-sS", "-o", "none", "-w", "%{http_code}", "-r", "9999999-", "{url}/download.lc")
		c.run("-sS", "-OJ", "{url}/download.lc")
		c.file("gro_e Datei.bin", data)

		for n := 1; n <= 3; n++ {
			c.want(fmt.Sprint(n), "-sS", "-c", "jar", "-b", "jar", "{url}/count.lc")
		}
		c.want("GET hi there", "-sS", "-L", "-c", "jar", "-b", "jar", "-d", "said=hi there", "{url}/post.lc")
		c.want("<html><body>target 1</body></html>", "-sS", "-L", "{url}/moved.lc")
		c.want("POST 5 application/x-www-form-urlencoded", "-sS", "-L", "-d", "a=123", "{url}/method.lc")
		c.want("/deep/target.lc?a=1", "-sS", "-o", "none", "-w", "%header{location}", "{url}/moved.lc")

		head := []string{"200", `"v1"`, "Last-Modified: ", "Accept-Ranges: bytes"}
		if c.server.Kind != servers.ApacheAction { // which drops it
			head = append(head, "Content-Length: 1048576")
		}
		c.contains(head, "-sS", "-I", "{url}/download.lc")
		c.want(strings.Repeat("compress me ", 1000), "-sS", "--compressed", "{url}/text.lc")
		c.want("304 0", "-sS", "-o", "none", "-w", "%{http_code} %{size_download}", "-H", `If-None-Match: "e1"`, "{url}/cached.lc")
		c.run("-sS", "-o", "etag.out", "--etag-save", "etag", "{url}/cached.lc")
		c.want("304", "-sS", "-o", "etag.out", "-w", "%{http_code}", "--etag-compare", "etag", "{url}/cached.lc")
		c.write("new.bin", "")
		c.want("304", "-sS", "-o", "none", "-w", "%{http_code}", "-z", "new.bin", "{url}/download.lc")
	})
}

// TestWget does with wget what people do with it.
func TestWget(t *testing.T) {
	t.Parallel()
	data := clientPages()["data.bin"]
	overClients(t, "wget", func(t *testing.T, c *client) {
		c.run("-q", "-O", "whole.bin", "{url}/download.lc")
		c.file("whole.bin", data)

		c.write("part.bin", data[:400_000])
		c.contains([]string{"206 Partial Content"}, "-c", "-O", "part.bin", "{url}/download.lc")
		c.file("part.bin", data)
		// What is complete is not loaded again.
		c.contains([]string{"416"}, "-c", "-O", "part.bin", "{url}/download.lc")
		c.file("part.bin", data)

		c.run("-q", "--content-disposition", "{url}/download.lc")
		c.file("große Datei.bin", data)

		for n := 1; n <= 3; n++ {
			c.run("-q", "--save-cookies", "jar", "--keep-session-cookies", "--load-cookies", "jar", "-O", "count", "{url}/count.lc")
			c.file("count", fmt.Sprint(n))
		}
		c.run("-q", "--post-data", "said=hi", "--save-cookies", "jar", "--keep-session-cookies", "-O", "said", "{url}/post.lc")
		c.file("said", "GET hi")
		c.run("-q", "--spider", "{url}/download.lc")

		// A mirror of the site finds every page that is linked, redirects and all.
		c.run("-q", "-r", "-l", "5", "-nH", "-P", "mirror", "{url}/index.lc")
		for name, content := range map[string]string{
			"one.lc":              `<html><body>one <a href="index.lc">back</a></body></html>`,
			"deep/two.lc?a=1&b=2": `<html><body>two 1 <a href="../one.lc">one</a></body></html>`,
			"moved.lc":            "<html><body>target 1</body></html>",
			"download.lc":         data,
		} {
			c.file(filepath.Join("mirror", name), content)
		}
	})
}
