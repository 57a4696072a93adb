package tests

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// TestMissingModule starts Apache without a module that the pages need. It must
// not send their source then.
func TestMissingModule(t *testing.T) {
	cases := []struct {
		kind   servers.Kind
		module string
	}{
		{servers.ApacheAction, "actions"},
		{servers.ApacheAction, "cgid"},
		{servers.ApacheScriptAlias, "cgi"},
	}
	for _, c := range cases {
		t.Run(string(c.kind)+" without mod_"+c.module, func(t *testing.T) {
			server := servers.Start(t, c.kind, servers.Site{Binary: lcgi, Root: "testdata/site", WithoutModules: []string{c.module}})
			for _, target := range []string{"/hello.lc", "/hello.lc/more", "/index/", "/index/index.lc", "/parts/item.lc", "/cgi-bin/lcgi", "/cgi-bin/lcgi/hello.lc"} {
				r, err := wire.Send(server.Addr, wire.Get(target))
				if err != nil {
					t.Fatal(err)
				}
				if r.Status < 400 || strings.Contains(string(r.Body), "<?") {
					t.Errorf("%s: status %d:\n%.500s", target, r.Status, r.Body)
				}
			}
		})
	}
}

// TestStartPage asks every server for "/", which is what people type.
func TestStartPage(t *testing.T) {
	for _, kind := range servers.Kinds() {
		if kind == servers.Gateway {
			continue // it runs pages and knows no folders
		}
		t.Run(string(kind), func(t *testing.T) {
			root := t.TempDir()
			if err := os.WriteFile(filepath.Join(root, "index.lc"), []byte("start of <?= request.path ?>"), 0o644); err != nil {
				t.Fatal(err)
			}
			server := servers.Start(t, kind, servers.Site{Binary: lcgi, Root: root})
			r, err := wire.Send(server.Addr, wire.Get("/"))
			if err != nil {
				t.Fatal(err)
			}
			if r.Status != 200 || string(r.Body) != "start of /" {
				t.Errorf("status %d: %q", r.Status, r.Body)
			}
		})
	}
}
