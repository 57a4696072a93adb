package cgi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lcgi/cgi"
)

func TestUploadBodyAndForm(t *testing.T) {
	body := multipartBody(field("a", "1"), file("f", "x", "content"))
	t.Run("body, then form", func(t *testing.T) {
		r, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
		if got, err := r.Body(); string(got) != body || err != nil {
			t.Errorf("Body() = %q, %v", got, err)
		}
		if got, err := show(r); got != `a="1" f=x(text/plain)"content"` || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		if got, err := r.Body(); string(got) != body || err != nil {
			t.Errorf("Body() = %q, %v the second time", got, err)
		}
	})
	t.Run("form, then body", func(t *testing.T) {
		r, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
		if got, err := show(r); got != `a="1" f=x(text/plain)"content"` || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		if got, err := r.Body(); got != nil || status(err) != 500 || !strings.Contains(err.Error(), "ask for the body before") {
			t.Errorf("Body() = %q, %v", got, err)
		}
	})
	t.Run("the body was too large", func(t *testing.T) {
		r, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{Body: 10})
		r.Body()
		if _, err := r.Post(); status(err) != 413 {
			t.Errorf("Post: %v", err)
		}
	})
	t.Run("other methods have no form", func(t *testing.T) {
		r, dir := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
		r.Env["REQUEST_METHOD"] = "DELETE"
		if got, err := show(r); got != "" || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%v, %v", entries, err)
		}
	})
	t.Run("Apache passes chunks without a length", func(t *testing.T) {
		r, _ := upload(t, strings.NewReader(body), 0, cgi.Limits{})
		r.Env["CONTENT_LENGTH"], r.Env["HTTP_TRANSFER_ENCODING"] = "", "chunked"
		if got, err := show(r); got != `a="1" f=x(text/plain)"content"` || err != nil {
			t.Errorf("got %s, %v", got, err)
		}
	})
	t.Run("no more than the length is read", func(t *testing.T) {
		src := strings.NewReader(body + "the next request")
		r, _ := upload(t, src, len(body), cgi.Limits{})
		if _, err := r.Files(); err != nil {
			t.Error(err)
		}
		if rest, _ := io.ReadAll(src); string(rest) != "the next request" {
			t.Errorf("left: %q", rest)
		}
	})
	t.Run("closed", func(t *testing.T) {
		r, dir := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
		r.Close()
		if files, err := r.Files(); status(err) != 500 || files != nil || len(stored(t, dir)) > 0 {
			t.Errorf("%v, %v, %q", files, err, stored(t, dir))
		}
	})
}

func TestNestOfFiles(t *testing.T) {
	body := multipartBody(file("f[]", "a", ""), file("g", "b", ""), file("f[]", "c", ""), file("f[x][y]", "d", ""), file("g", "e", ""))
	r, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
	files, err := r.Files()
	if err != nil {
		t.Fatal(err)
	}
	var fields []cgi.Field
	for _, f := range files {
		fields = append(fields, cgi.Field{Name: f.Field})
	}
	tree, err := cgi.Nest(fields)
	if err != nil {
		t.Fatal(err)
	}
	var walk func(*cgi.Tree) string
	walk = func(tree *cgi.Tree) (s string) {
		for _, e := range tree.Entries() {
			if e.Tree != nil {
				s += "(" + walk(e.Tree) + ")"
				continue
			}
			s += files[e.Field].Name
		}
		return s
	}
	if got := walk(tree); got != "(ac(d))e" {
		t.Errorf("got %s", got)
	}
}

// A request's temporary files are private, and gone when it is over, however it
// ends; what the page has moved away stays.
func TestUploadFilesEnd(t *testing.T) {
	body := multipartBody(file("f", "x", "content"), file("f", "y", "moved"))
	broken := errors.New("broken pipe")
	for name, end := range map[string]func(w *cgi.Response) error{
		"as it should":  func(*cgi.Response) error { return nil },
		"with an error": func(*cgi.Response) error { return errors.New("an error") },
		"in a panic":    func(*cgi.Response) error { panic("boom") },
		"in a stream":   func(w *cgi.Response) error { w.Flush("p:1"); return errors.New("an error") },
		"committed":     func(w *cgi.Response) error { return w.Commit() },
	} {
		for _, out := range []*record{{}, {fail: broken}} {
			t.Run(fmt.Sprint(name, " ", out.fail), func(t *testing.T) {
				dir, moved := t.TempDir(), filepath.Join(t.TempDir(), "moved")
				ran := false
				g := cgi.Gateway{UploadDir: dir, Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
					files, err := r.Files()
					if err != nil {
						return err
					}
					for _, f := range files {
						info, err := os.Lstat(f.Path)
						if err != nil || info.Mode() != 0o600 {
							t.Errorf("%+v: %v, %v", f, info, err)
						}
					}
					for _, f := range files {
						if own, err := os.Lstat(filepath.Dir(f.Path)); err != nil || own.Mode() != os.ModeDir|0o700 {
							t.Errorf("%v, %v", own, err)
						}
					}
					folder, err := os.Lstat(filepath.Dir(filepath.Dir(files[0].Path)))
					if err != nil || folder.Mode() != os.ModeDir|0o700 || folder.Name() != fmt.Sprintf("lcgi-uploads-%d", os.Geteuid()) {
						t.Errorf("%v, %v", folder, err)
					}
					if err := os.Rename(files[1].Path, moved); err != nil {
						t.Error(err)
					}
					ran = true
					return end(w)
				})}
				env := cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=" + boundary, "CONTENT_LENGTH": fmt.Sprint(len(body))}
				g.Serve(t.Context(), env, strings.NewReader(body), out)
				if names := stored(t, dir); !ran || len(names) > 0 {
					t.Errorf("ran: %v, left: %q", ran, names)
				}
				if got, err := os.ReadFile(moved); string(got) != "moved" {
					t.Errorf("the file that was moved away: %q, %v", got, err)
				}
			})
		}
	}
}

// A body that a page does not read is not stored, one that it reads after a flush has
// been dropped, and one that does not come in time leaves nothing.
func TestUploadAndAnswer(t *testing.T) {
	body := multipartBody(field("a", "1"), file("f", "x", strings.Repeat("content", 20_000)))
	env := cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": "multipart/form-data; boundary=" + boundary, "CONTENT_LENGTH": fmt.Sprint(len(body))}
	serve := func(t *testing.T, src io.Reader, lim cgi.Limits, handle func(w *cgi.Response, r *cgi.Request, dir string) error) (*record, string) {
		t.Helper()
		dir := t.TempDir()
		g := &cgi.Gateway{UploadDir: dir, Limits: lim, Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
			return handle(w, r, dir)
		})}
		out := new(record)
		if err := serveWithin(t, g, env, src, out); err != nil {
			t.Error(err)
		}
		if names := stored(t, dir); len(names) > 0 {
			t.Errorf("left: %q", names)
		}
		return out, dir
	}
	t.Run("unread", func(t *testing.T) {
		src := strings.NewReader(body + "next")
		_, dir := serve(t, src, cgi.Limits{}, func(*cgi.Response, *cgi.Request, string) error { return nil })
		if rest, _ := io.ReadAll(src); string(rest) != "next" {
			t.Errorf("%d bytes are left in the pipe", len(rest))
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("it was stored: %v, %v", entries, err)
		}
	})
	t.Run("flushed, then asked for", func(t *testing.T) {
		src := strings.NewReader(body + "next")
		out, dir := serve(t, src, cgi.Limits{}, func(w *cgi.Response, r *cgi.Request, dir string) error {
			w.WriteString("begun")
			if err := w.Flush("p:1"); err != nil {
				return err
			}
			if files, err := r.Files(); files != nil || status(err) != 500 || !strings.Contains(err.Error(), "dropped when the answer began") {
				t.Errorf("%v, %v", files, err)
			}
			return nil
		})
		if rest, _ := io.ReadAll(src); string(out.body) != "begun" || string(rest) != "next" {
			t.Errorf("answer %q, %d bytes are left in the pipe", out.body, len(rest))
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("it was stored: %v, %v", entries, err)
		}
	})
	t.Run("read, then flushed", func(t *testing.T) {
		serve(t, strings.NewReader(body), cgi.Limits{}, func(w *cgi.Response, r *cgi.Request, _ string) error {
			_, err := r.Post()
			if err = errors.Join(err, w.Flush("p:1")); err != nil {
				return err
			}
			if files, err := r.Files(); len(files) != 1 || err != nil {
				t.Errorf("%v, %v", files, err)
			}
			return nil
		})
	})
	t.Run("closed before the answer, which is the file", func(t *testing.T) {
		out, _ := serve(t, strings.NewReader(body), cgi.Limits{}, func(w *cgi.Response, r *cgi.Request, dir string) error {
			files, err := r.Files()
			if err != nil {
				return err
			}
			f, err := os.Open(files[0].Path)
			if err != nil {
				return err
			}
			defer f.Close()
			err = errors.Join(w.SendContent(cgi.Content{Size: files[0].Size, Reader: f}), r.Close())
			if names := stored(t, dir); len(names) > 0 {
				t.Errorf("left: %q", names)
			}
			return errors.Join(err, w.Commit())
		})
		if want := strings.Repeat("content", 20_000); string(out.body) != want {
			t.Errorf("%d bytes, want %d", len(out.body), len(want))
		}
	})
	t.Run("dropped, then asked for", func(t *testing.T) {
		serve(t, strings.NewReader(body), cgi.Limits{}, func(w *cgi.Response, r *cgi.Request, _ string) error {
			if err := w.Commit(); err != nil {
				return err
			}
			if files, err := r.Files(); files != nil || status(err) != 500 || !strings.Contains(err.Error(), "dropped") {
				t.Errorf("%v, %v", files, err)
			}
			return nil
		})
	})
	t.Run("refused, and the rest is taken", func(t *testing.T) {
		src := strings.NewReader(body + "next")
		out, _ := serve(t, src, cgi.Limits{File: 1000}, func(w *cgi.Response, r *cgi.Request, dir string) error {
			_, err := r.Files()
			if names := stored(t, dir); len(names) > 0 {
				t.Errorf("the page that is told of the error sees %q", names)
			}
			return err
		})
		if rest, _ := io.ReadAll(src); out.status != 413 || string(rest) != "next" {
			t.Errorf("status %d, %d bytes are left in the pipe", out.status, len(rest))
		}
	})
	t.Run("it does not come", func(t *testing.T) {
		cause := errors.New("the process is to end")
		in, client := io.Pipe()
		ctx, cancel := context.WithCancelCause(t.Context())
		go func() {
			io.WriteString(client, body[:100_000]) // returns when it has been read
			cancel(cause)
		}()
		out, _ := serve(t, in, cgi.Limits{}, func(w *cgi.Response, r *cgi.Request, dir string) error {
			r.SetContext(ctx)
			_, err := r.Files()
			if status(err) != 408 || !errors.Is(err, cause) || len(stored(t, dir)) > 0 {
				t.Errorf("%v, left: %q", err, stored(t, dir))
			}
			return err
		})
		if out.status != 408 {
			t.Errorf("status %d", out.status)
		}
	})
	t.Run("Expect: 100-continue", func(t *testing.T) {
		for _, want := range []bool{false, true} {
			src := &expecting{Reader: strings.NewReader(body)}
			serve(t, src, cgi.Limits{}, func(w *cgi.Response, r *cgi.Request, _ string) (err error) {
				if want {
					_, err = r.Files()
				}
				return err
			})
			if src.asked != want {
				t.Errorf("the client was asked for the body: %v, want %v", src.asked, want)
			}
		}
	})
}

func TestUploadDir(t *testing.T) {
	body := multipartBody(file("f", "x", "content"))
	private := fmt.Sprintf("lcgi-uploads-%d", os.Geteuid())
	tests := []struct {
		name string
		make func(dir string) error // of which private is the folder
		want string                 // the error; "" is none
	}{
		{"there is none", func(dir string) error { return os.Remove(dir) }, "does not exist; make it or name another"},
		{"a file", func(dir string) error { return os.WriteFile(filepath.Join(dir, private), nil, 0o600) }, "is not a folder, or a symbolic link"},
		{"a symbolic link", func(dir string) error { return os.Symlink(dir, filepath.Join(dir, private)) }, "is not a folder, or a symbolic link"},
		{"a symbolic link to nowhere", func(dir string) error { return os.Symlink("nowhere", filepath.Join(dir, private)) }, "is not a folder, or a symbolic link"},
		{"open to others", func(dir string) error {
			os.Mkdir(filepath.Join(dir, private), 0o700)
			return os.Chmod(filepath.Join(dir, private), 0o710)
		}, "is open to others (mode 0710); to close it: chmod 700 "},
		{"a used one", func(dir string) error { return os.Mkdir(filepath.Join(dir, private), 0o700) }, ""},
	}
	if os.Geteuid() == 0 {
		tests = append(tests, tests[0])
		tests[len(tests)-1].name, tests[len(tests)-1].want = "of another user", "belongs to user 77, not to user 0"
		tests[len(tests)-1].make = func(dir string) error {
			os.Mkdir(filepath.Join(dir, private), 0o700)
			return os.Chown(filepath.Join(dir, private), 77, -1)
		}
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, dir := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
			if err := tt.make(dir); err != nil {
				t.Fatal(err)
			}
			_, err := r.Files()
			if tt.want == "" && err == nil {
				return
			}
			if status(err) != 500 || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "LCGI_UPLOAD_DIR") {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	r, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
	r.SetUploadDir("relative")
	if _, err := r.Files(); status(err) != 500 || !strings.Contains(err.Error(), "absolute") {
		t.Errorf("got %v", err)
	}
	t.Run("TMPDIR", func(t *testing.T) {
		dir := t.TempDir()
		t.Setenv("TMPDIR", dir)
		r, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
		r.SetUploadDir("")
		files, err := r.Files()
		if err != nil || !slices.Equal(stored(t, dir), []string{filepath.Dir(files[0].Path)}) {
			t.Errorf("%v, %v, %q", files, err, stored(t, dir))
		}
	})
}
