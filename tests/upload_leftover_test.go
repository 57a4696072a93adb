package tests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// seen makes a page fail with 599 unless its upload is on the disk.
const seen = `<?lc
local file = io.open(_FILES.f.path)
if not file or file:read("*a") ~= "some content" then response.status(599) exit() end
file:close() ?>`

// TestUploadIsRemoved ends pages that have an upload in every way a page can end.
// The temporary file is gone with the request.
func TestUploadIsRemoved(t *testing.T) {
	t.Parallel()
	uploads := t.TempDir()
	kept := filepath.Join(t.TempDir(), "kept.txt")
	pages := map[string]string{
		"end.lc":      seen + `end`,
		"error.lc":    seen + `<?lc error("on purpose") ?>`,
		"status.lc":   seen + `<?lc response.status(404) ?>`,
		"exit.lc":     seen + `<?lc exit() ?>`,
		"osexit.lc":   seen + `<?lc os.exit(1) ?>`,
		"redirect.lc": seen + `<?lc redirect("/end.lc") ?>`,
		"timeout.lc":  seen + `<?lc while true do end ?>`,
		"caught.lc":   seen + `<?lc while true do pcall(function() while true do end end) end ?>`,
		"memory.lc":   seen + `<?lc local t = {} while true do t[#t + 1] = string.rep("x", 1e6) .. #t end ?>`,
		"output.lc":   seen + `<?lc while true do put(string.rep("x", 1e6)) end ?>`,
		"flush.lc":    seen + `<?lc put("a") response.flush() put("b") ?>`,
		"flushed.lc":  seen + `<?lc put("a") response.flush() error("on purpose") ?>`,
		"removed.lc":  seen + `<?lc os.remove(_FILES.f.path) ?>`,
		"moved.lc":    seen + `<?lc assert(os.rename(_FILES.f.path, "` + kept + `")) ?>`,
		"saved.lc":    seen + `<?lc _FILES.f:save("` + kept + `") ?>`,
		"opened.lc":   seen + `<?lc left = io.open(_FILES.f.path) ?>`,
		"sent.lc":     seen + `<?lc response.sendFile(_FILES.f.path, {type = "text/plain"}) ?>`,
	}
	want := map[string]int{
		"error.lc": 500, "status.lc": 404, "osexit.lc": 200, "redirect.lc": 302, "timeout.lc": 500, "caught.lc": 500,
		"memory.lc": 500, "output.lc": 500,
	}
	env := map[string]string{"LCGI_UPLOAD_DIR": uploads, "LCGI_TIMEOUT": "1s", "LCGI_MAX_MEMORY": "32MB", "LCGI_MAX_OUTPUT": "8MB"}
	form := wire.Form("", wire.File("f", "x.txt", "some content"))
	overWays(t, pages, env, func(t *testing.T, p *pageSite) {
		for page := range pages {
			request := form
			request.Target = "/" + page
			answer, err := p.send(request)
			if err != nil && page != "flushed.lc" { // which ends the connection
				t.Fatal(err)
			}
			status := want[page]
			if status == 0 {
				status = 200
			}
			if err == nil && answer.Status != status {
				t.Errorf("%s: status %d, want %d\n%s\nlog: %s", page, answer.Status, status, excerpt(string(answer.Body)), lastOf(p.log()))
			}
			if page == "sent.lc" && string(answer.Body) != "some content" {
				t.Errorf("%s: it sends %q", page, answer.Body)
			}
			poll(t, page+": an upload is left", func() bool { return len(uploadsBelow(t, uploads)) == 0 })
			text, err := os.ReadFile(kept)
			if moved := page == "moved.lc" || page == "saved.lc"; moved != (string(text) == "some content") {
				t.Errorf("%s: what was kept is %q (%v)", page, text, err)
			}
			os.Remove(kept)
		}
	})
}

// TestUploadIsCut has clients leave, and processes end, while an upload arrives
// and while a page has it.
func TestUploadIsCut(t *testing.T) {
	t.Parallel()
	marks := t.TempDir()
	pages := map[string]string{
		"form.lc": `<?lc put(_FILES.f.size) ?>`,
		"has.lc":  `<?lc put(_FILES.f.size) io.open(_GET.mark, "w"):close() while true do end ?>`,
	}
	form := string(wire.Form("", wire.File("f", "x.txt", strings.Repeat("content ", 1<<16))).Body)
	half := form[:len(form)/2]

	// begin starts a process with a body that does not go on behind sent, and waits
	// until its upload is on the disk.
	begin := func(t *testing.T, site direct.Site, uploads, page, sent string) (cmd *exec.Cmd, client *os.File, stdout, stderr *bytes.Buffer) {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		t.Cleanup(cancel)
		mark := filepath.Join(marks, strings.ReplaceAll(t.Name(), "/", "_"))
		cmd = site.Command(ctx, wire.Request{Method: "POST", Target: "/" + page + "?mark=" + mark,
			Header: []string{wire.FormType, fmt.Sprintf("Content-Length: %d", len(form))}})
		stdin, client, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { client.Close() })
		stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, stderr
		err = cmd.Start()
		stdin.Close()
		if err != nil {
			t.Fatal(err)
		}
		go io.WriteString(client, sent)
		poll(t, page+": no upload arrives", func() bool { return uploadSize(t, uploads) >= int64(len(sent)/2) })
		if page == "has.lc" {
			poll(t, page+" does not run", func() bool {
				_, err := os.Stat(mark)
				return err == nil
			})
		}
		return cmd, client, stdout, stderr
	}
	setup := func(t *testing.T) (site direct.Site, uploads string) {
		uploads = t.TempDir()
		return direct.NewSite(t, lcgi, pages).With("LCGI_UPLOAD_DIR=" + uploads), uploads
	}

	t.Run("the client leaves a process", func(t *testing.T) {
		t.Parallel()
		site, uploads := setup(t)
		cmd, client, stdout, stderr := begin(t, site, uploads, "form.lc", half)
		client.Close()
		cmd.Wait()
		answer, err := direct.Parse(stdout.Bytes())
		if err != nil || answer.Status != 400 {
			t.Errorf("%d %v; log: %s", answer.Status, err, stderr)
		}
		noUploads(t, uploads, "a client that left")
	})
	for _, c := range []struct{ name, page, sent string }{
		{"SIGTERM while it arrives", "form.lc", half},
		{"SIGTERM while a page has it", "has.lc", form},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			site, uploads := setup(t)
			cmd, _, stdout, stderr := begin(t, site, uploads, c.page, c.sent)
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			cmd.Wait()
			answer, err := direct.Parse(stdout.Bytes())
			if err != nil || answer.Status != 503 {
				t.Errorf("%d %v; log: %s", answer.Status, err, stderr)
			}
			noUploads(t, uploads, "SIGTERM")
		})
	}
	t.Run("kill -9", func(t *testing.T) {
		t.Parallel()
		site, uploads := setup(t)
		running, _, _, _ := begin(t, site.With("LCGI_TIMEOUT=1m"), uploads, "form.lc", half)
		held := uploadsBelow(t, uploads)
		killed, _, _, _ := begin(t, site, uploads, "has.lc", form)
		if err := killed.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		killed.Wait()
		left := uploadsBelow(t, uploads)
		if len(held) != 1 || len(left) != 2 {
			t.Fatalf("one process runs with %v, and another was killed: there are %v", held, left)
		}
		next := func() {
			t.Helper()
			r := site.Do(t, wire.Form("/form.lc", wire.File("f", "x", "abc")))
			wantBody(t, r, "3")
		}
		// What is young may be that of somebody who has not locked it yet.
		next()
		if now := uploadsBelow(t, uploads); len(now) != 2 {
			t.Errorf("a young file was swept: there are %v of %v", now, left)
		}
		old := time.Now().Add(-2 * time.Hour)
		for _, file := range left {
			if err := os.Chtimes(file, old, old); err != nil {
				t.Fatal(err)
			}
		}
		next()
		if now := uploadsBelow(t, uploads); len(now) != 1 || now[0] != held[0] {
			t.Errorf("after the sweep there are %v, want %v of the process that runs", now, held)
		}
		running.Process.Kill()
		running.Wait()
	})
	t.Run("the client leaves serve", func(t *testing.T) {
		t.Parallel()
		uploads := t.TempDir()
		server := startPages(t, servers.Serve, pages, map[string]string{"LCGI_UPLOAD_DIR": uploads})
		conn, err := net.Dial("tcp", server.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		request := wire.Request{Method: "POST", Target: "/form.lc", Header: []string{wire.FormType, fmt.Sprintf("Content-Length: %d", len(form))}, Body: []byte(half)}
		if _, err := conn.Write(request.Bytes(server.Addr)); err != nil {
			t.Fatal(err)
		}
		poll(t, "no upload arrives", func() bool { return uploadSize(t, uploads) >= int64(len(half)/2) })
		conn.Close()
		poll(t, "an upload is left", func() bool { return len(uploadsBelow(t, uploads)) == 0 })
	})
}

// TestUploadBehindServers sends many small uploads by every way in: lighttpd ends a
// program as soon as it has its answer.
func TestUploadBehindServers(t *testing.T) {
	t.Parallel()
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			server := startPages(t, kind, map[string]string{"path.lc": `<?lc put(_FILES.f.path) ?>`}, nil)
			var paths []string
			for range 20 {
				r, err := wire.Send(server.Addr, wire.Form("/path.lc", wire.File("f", "x.txt", "abc")))
				if err != nil || r.Status != 200 {
					t.Fatalf("%v %v", r, err)
				}
				paths = append(paths, string(r.Body))
			}
			for _, path := range paths {
				if !filepath.IsAbs(path) {
					t.Fatalf("the path is %q", path)
				}
				poll(t, "an upload is left", func() bool {
					_, err := os.Stat(path)
					return errors.Is(err, fs.ErrNotExist)
				})
			}
		})
	}
}

// uploadSize returns the bytes of all uploads below a folder.
func uploadSize(t *testing.T, folder string) (n int64) {
	t.Helper()
	for _, file := range uploadsBelow(t, folder) {
		if info, err := os.Stat(file); err == nil {
			n += info.Size()
		}
	}
	return n
}

// TestUploadFolder shows who can read uploads: nobody else; and what a folder that
// cannot be used is answered with.
func TestUploadFolder(t *testing.T) {
	t.Parallel()
	const page = `<?lc
local function sh(command) local p = io.popen(command) local out = p:read("*a") p:close() return out end
put(sh("stat -c %a '" .. _FILES.f.path .. "'"), sh("stat -c %a \"$(dirname '" .. _FILES.f.path .. "')\"")) ?>`
	form := wire.Form("/modes.lc", wire.File("f", "x", "abc"))
	pages := map[string]string{"modes.lc": page}
	uploads := t.TempDir()
	site := direct.NewSite(t, lcgi, pages)
	wantBody(t, site.With("LCGI_UPLOAD_DIR="+uploads).Do(t, form), "600\n700\n")

	missing := filepath.Join(uploads, "missing")
	file := filepath.Join(uploads, "file")
	open := t.TempDir()
	for _, err := range []error{
		os.WriteFile(file, nil, 0o600),
		os.Mkdir(filepath.Join(open, fmt.Sprintf("lcgi-uploads-%d", os.Geteuid())), 0o700),
		os.Chmod(filepath.Join(open, fmt.Sprintf("lcgi-uploads-%d", os.Geteuid())), 0o777),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	linked := t.TempDir()
	if err := os.Symlink(uploads, filepath.Join(linked, fmt.Sprintf("lcgi-uploads-%d", os.Geteuid()))); err != nil {
		t.Fatal(err)
	}
	for name, dir := range map[string]string{"missing": missing, "a file": file, "open to others": open, "a link": linked, "relative": "tmp"} {
		r := site.With("LCGI_UPLOAD_DIR="+dir).Do(t, form)
		if r.Status != 500 || !strings.Contains(r.Stderr, "LCGI_UPLOAD_DIR") || !strings.Contains(r.Stderr, dir) {
			t.Errorf("%s: status %d, log: %s", name, r.Status, r.Stderr)
		}
	}
}
