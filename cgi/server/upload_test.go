//go:build !cgionly

package server_test

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/cgi/server"
)

// The server passes on what the gateway needs for uploads and behind proxies.
func TestUploadAndProxies(t *testing.T) {
	dir := t.TempDir()
	addr, _ := run(t, server.Config{
		Root: site(t), UploadDir: dir, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")},
		Handler: handlerFunc(func(_ context.Context, w *cgi.Response, r *cgi.Request) error {
			files, err := r.Files()
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(dir, files[0].Path)
			if err != nil || !filepath.IsLocal(rel) {
				t.Errorf("the file is %s", files[0].Path)
			}
			content, err := os.ReadFile(files[0].Path)
			fmt.Fprintf(w, "%s %s %s %s %s", files[0].Name, content, r.RemoteAddr(), r.Scheme(), r.Host())
			return err
		}),
	})
	body := "--x\nContent-Disposition: form-data; name=f; filename=a.txt\n\ncontent\n--x--\n"
	_, got := raw(t, addr, fmt.Sprintf(`POST /page.lc HTTP/1.1
Host: localhost
Content-Type: multipart/form-data; boundary=x
Content-Length: %d
X-Forwarded-For: 203.0.113.9
X-Forwarded-Proto: https
X-Forwarded-Host: shop.example
Connection: close

`, len(body)+strings.Count(body, "\n"))+body)
	if want := "a.txt content 203.0.113.9 https shop.example"; !strings.Contains(got, want) {
		t.Errorf("got %s, want %s", got, want)
	}
	removed(t, dir)
}

// removed waits until no upload is left below dir.
func removed(t *testing.T, dir string) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		names, err := filepath.Glob(filepath.Join(dir, "*", "*"))
		if err != nil {
			t.Fatal(err)
		}
		if len(names) == 0 {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("left: %q", names)
		}
	}
}
