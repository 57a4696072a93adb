package tests

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// folderPages give the visitor a folder.
var folderPages = map[string]string{
	"p.lc":    `<?lc local s = session.start{} s.data.n = 1 put(s.folder) ?>`,
	"hold.lc": `<?lc local s = session.start{} put(s.folder) io.popen("cat " .. _GET.gate):read("*a") ?>`,
	"link.lc": `<?lc local s = session.start{track = "link"} s.data.n = 1 local f = io.open(s.folder .. "/a.txt", "w") f:write("linked") f:close() put(s.url) ?>`,
	"none.lc": `<?lc put("a page without a session") ?>`,
	"late.lc": `text <?lc response.flush() session.start{} ?>`,
}

// TestSessionFiles fetches files of sessions, and tries to fetch others.
func TestSessionFiles(t *testing.T) {
	overWays(t, folderPages, nil, func(t *testing.T, p *pageSite) {
		const prefix = "/p.lc?-session=LCSESSION&-file="
		g, other := p.guest(t), p.guest(t)
		folder, otherFolder := g.page("/p.lc"), other.page("/p.lc")
		outside := filepath.Join(privateFolder(t), "outside.txt")
		write := func(name, text string) {
			t.Helper()
			if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		in := func(name string) string { return filepath.Join(folder, name) }
		write(outside, "the secret file")
		write(filepath.Join(otherFolder, "other.txt"), "the secret file")
		for name, text := range map[string]string{
			"plain.txt": "plain", "sub/deep.csv": "a,b", "a b%2B\".txt": "odd", "é.json": "{}", "page.html": "<script>", "image.svg": "<svg/>",
			"code.js": "x()", "no-extension": "?", "tool.exe": "MZ", ".hidden": "the secret file", "sub/.git/config": "the secret file", "empty.txt": "",
		} {
			write(in(name), text)
		}
		for _, err := range []error{
			os.Symlink(outside, in("link.txt")),
			os.Symlink(filepath.Dir(outside), in("folder")),
			os.Symlink("plain.txt", in("inner.txt")),
			os.Symlink("self.txt", in("self.txt")),
			syscall.Mkfifo(in("fifo.txt"), 0o600),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}

		for name, want := range map[string]struct{ mime, body string }{
			"plain.txt":            {"text/plain; charset=utf-8", "plain"},
			"sub/deep.csv":         {"text/csv; charset=utf-8", "a,b"},
			"sub%2Fdeep.csv":       {"text/csv; charset=utf-8", "a,b"},
			"./sub/../plain.txt":   {"text/plain; charset=utf-8", "plain"},
			"a%20b%252B%22.txt":    {"text/plain; charset=utf-8", "odd"},
			"%C3%A9.json":          {"application/json", "{}"},
			"page.html":            {"text/html; charset=utf-8", "<script>"},
			"image.svg":            {"image/svg+xml", "<svg/>"},
			"code.js":              {"text/javascript; charset=utf-8", "x()"},
			"no-extension":         {"application/octet-stream", "?"},
			"tool.exe":             {"application/octet-stream", "MZ"},
			"empty.txt":            {"text/plain; charset=utf-8", ""},
			"plain.txt&-file=&x=1": {"", ""}, // the last one counts, and names the folder
		} {
			r := g.get(prefix + name)
			if want.mime == "" {
				if r.Status != 404 {
					t.Errorf("%s: status %d, want 404", name, r.Status)
				}
				continue
			}
			if r.Status != 200 || string(r.Body) != want.body || r.Header.Get("Content-Type") != want.mime {
				t.Errorf("%s: %d %s %q, want %q", name, r.Status, r.Header.Get("Content-Type"), r.Body, want)
			}
			for header, value := range map[string]string{
				"X-Content-Type-Options": "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Referrer-Policy": "same-origin", "Cache-Control": "private, no-cache",
			} {
				if got := r.Header.Get(header); got != value {
					t.Errorf("%s: %s is %q, want %q", name, header, got, value)
				}
			}
			active := strings.Contains(want.mime, "html") || strings.Contains(want.mime, "svg") || strings.Contains(want.mime, "javascript")
			if got := r.Header.Get("Content-Security-Policy"); active != strings.HasPrefix(got, "sandbox;") {
				t.Errorf("%s: Content-Security-Policy is %q", name, got)
			}
			kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
			if file, _ := url.PathUnescape(name); err != nil || kind != "inline" || params["filename"] != path.Base(file) {
				t.Errorf("%s: Content-Disposition is %q", name, r.Header.Get("Content-Disposition"))
			}
		}
		for _, name := range []string{
			"none.txt", "", ".", "..", "/", "sub", "sub/", ".hidden", "sub/.git/config", "link.txt", "folder/outside.txt", "self.txt", "fifo.txt",
			"../" + filepath.Base(otherFolder) + "/other.txt", "..%2F..%2F..%2Fetc%2Fpasswd", outside, "/etc/passwd", "plain.txt%00", "plain.txt%00.html",
			"..\\..\\x", "%2e%2e/x", strings.Repeat("a/", 2000) + "x", strings.Repeat("a", 5000),
		} {
			r := g.get(prefix + name)
			if r.Status != 404 || bytes.Contains(r.Body, []byte("secret")) || bytes.Contains(r.Body, []byte("root:")) {
				t.Errorf("%.100s: status %d, want 404: %s", name, r.Status, excerpt(string(r.Body)))
			}
		}
		for what, stranger := range map[string]*guest{
			"a stranger": p.guest(t), "another visitor": other, "an id that was made up": p.withID(t, "LCSESSION", strings.Repeat("ab", 32)),
		} {
			if r := stranger.get(prefix + "plain.txt"); r.Status != 404 || string(r.Body) == "plain" {
				t.Errorf("%s gets %d %s", what, r.Status, r.Body)
			}
		}
		if r := g.do(wire.Post(prefix+"plain.txt", "a=1")); r.Status != 405 || !strings.Contains(r.Header.Get("Allow"), "GET") {
			t.Errorf("POST: status %d, Allow %q", r.Status, r.Header.Get("Allow"))
		}
		if r := g.get("/p.lc?-session=other&-file=plain.txt"); string(r.Body) == "plain" {
			t.Error("the file was sent for a session of another name")
		}
		g.want("/none.lc?-session=LCSESSION&-file=plain.txt", "a page without a session")

		// A download does not wait for the visitor's other requests.
		held := newGate(t)
		finish := g.inFlight("/hold.lc?"+held.query(), held)
		g.want(prefix+"plain.txt", "plain")
		if status := finish(); status != 200 {
			t.Errorf("the other request has status %d", status)
		}

		// Where links are tracked the URL says whose file it is.
		file := p.guest(t).page("/link.lc")
		if !sessionIDs.MatchString(file) {
			t.Errorf("the URL is %s", file)
		}
		p.guest(t).want(file+"a.txt", "linked")
		if r := p.guest(t).get(file+"a.txt", "Sec-Fetch-Site: cross-site"); r.Status != 404 {
			t.Errorf("a link on another site leads to the file: %d %s", r.Status, r.Body)
		}
	})
}

// TestLargeSessionFile fetches a file that is far larger than what the process
// may need in memory.
func TestLargeSessionFile(t *testing.T) {
	site := direct.NewSite(t, lcgi, folderPages)
	first := site.Do(t, wire.Get("/p.lc"))
	cookie := sessionCookie(t, first, "LCSESSION")
	const size = 300 << 20
	name := filepath.Join(string(first.Body), "large.zip")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
	fetch := func(header ...string) (head string, length, memory int) {
		cmd := site.Command(context.Background(), wire.Get("/p.lc?-session=LCSESSION&-file=large.zip", append(header, cookie)...))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		piece := make([]byte, 1<<20)
		for {
			n, err := out.Read(piece)
			if length == 0 {
				first, _, _ := strings.Cut(string(piece[:n]), "\r\n\r\n")
				head, length = first, -len(first)-4
			}
			if length += n; length > size/2 && memory == 0 {
				memory = peakMemory(t, cmd.Process.Pid)
			}
			if err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		return head, length, memory
	}
	head, length, memory := fetch()
	if length != size || memory > 32<<20 {
		t.Errorf("%d bytes were sent with %d MB of memory, want %d bytes with less than 32 MB:\n%s", length, memory>>20, size, head)
	}
	head, length, _ = fetch(fmt.Sprintf("Range: bytes=%d-", size-10))
	if length != 10 || !strings.Contains(head, "206") {
		t.Errorf("the last 10 bytes: %d bytes\n%s", length, head)
	}
}

// peakMemory returns the most memory that a running process has had, in bytes; 0
// where the system does not tell. (What wait4 tells begins with the memory
// of the test, from which the process was forked.)
func peakMemory(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if os.IsNotExist(err) {
		return 0
	}
	_, line, _ := strings.Cut(string(status), "VmHWM:")
	var kB int
	if _, scanErr := fmt.Sscan(line, &kB); err != nil || scanErr != nil {
		t.Fatalf("the memory of a process: %v, %v", err, scanErr)
	}
	return kB << 10
}
