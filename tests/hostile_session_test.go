package tests

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/needs"
	"lcgi/tests/wire"
)

// idPages start sessions and say which one it was.
var idPages = map[string]string{
	"id.lc": `<?lc
local s = session.start{name = _GET.name}
s.data.secret = "do not log me"
put(s.result, " ", s.id)
?>`,
	"asked.lc": `<?lc
sessionID = _GET.id
start session
_SESSION.n = 1
put(session.start().result, " ", sessionID)
?>`,
	"delete.lc": `<?lc start session delete session ?>`,
	"short.lc":  `<?lc local s = session.start{lifetime = 0.001} s.data.n = 1 put(s.result, " ", s.id) ?>`,
	"view.lc":   `<?lc local s = session.start{readonly = true} put(s.result, " ", s.id) ?>`,
}

// patience is far below the time that a session's lock is waited for.
const patience = 5 * time.Second

var issuedID = regexp.MustCompile(`^(new|expire|load) ([0-9a-f]{64})$`)

// startedID returns how the session of an answer of id.lc came about and its id.
func startedID(t *testing.T, r *direct.Response) (result, id string) {
	t.Helper()
	m := issuedID.FindSubmatch(r.Body)
	if r.Status != 200 || m == nil {
		t.Fatalf("answer %d %.300q; log: %.1000s", r.Status, r.Body, r.Stderr)
	}
	if r.Took > patience {
		t.Errorf("the request took %v", r.Took)
	}
	return string(m[1]), string(m[2])
}

// TestHostileID presents ids that we have not issued, or that are dead.
func TestHostileID(t *testing.T) {
	site := direct.NewSite(t, lcgi, idPages)
	alive := func(page string) (id string) {
		_, id = startedID(t, site.Do(t, wire.Get(page)))
		return id
	}
	good := alive("/id.lc")
	other := alive("/id.lc?name=other")
	expired := alive("/short.lc")
	deleted := alive("/id.lc")
	site.Do(t, wire.Get("/delete.lc", "Cookie: LCSESSION="+deleted))

	if result, id := startedID(t, site.Do(t, wire.Get("/id.lc", "Cookie: LCSESSION="+good))); result != "load" || id != good {
		t.Fatalf("a good id gives %s %s", result, id)
	}
	many := strings.Repeat("LCSESSION="+strings.Repeat("ab", 32)+"; ", 500)
	cases := []struct{ name, id string }{
		{"empty", ""},
		{"unknown", strings.Repeat("0", 64)},
		{"of another session name", other},
		{"expired", expired},
		{"deleted", deleted},
		{"60 kB", strings.Repeat("a", 60<<10)},
		{"path", "../../etc/passwd"},
		{"path to a session", "../sessions/" + good},
		{"absolute path", "/etc/passwd"},
		{"NUL", "%00"},
		{"good id and NUL", good + "%00"},
		{"good id and a suffix", good + "0"},
		{"good id cut short", good[:63]},
		{"good id in upper case", strings.ToUpper(good)},
		{"good id in quotes", `"` + good + `"`},
		{"good id with a line break", good + "%0d%0aX-Evil:%201"},
		{"good id with hyphens", good[:8] + "-" + good[8:]},
		{"wide digits", strings.Repeat("%EF%BC%90", 64)},
		{"bytes that are no text", "%ff%fe%80"},
		{"bad escapes", "%zz%"},
		{"HTML", "%3Cscript%3E"},
		{"many", "; " + many},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for _, page := range []string{"/id.lc", "/view.lc"} {
				r := site.Do(t, wire.Get(page, "Cookie: LCSESSION="+c.id))
				result, id := startedID(t, r)
				if result == "load" || id == c.id || id == good {
					t.Errorf("%s: the id was adopted: %s %s", page, result, id)
				}
				checkLog(t, r, good, other, expired, deleted)
			}
		})
		t.Run(c.name+" by the page", func(t *testing.T) {
			_, id := startedID(t, site.Do(t, wire.Get("/asked.lc?id="+strings.ReplaceAll(c.id, "; ", "%3B+"))))
			if id == c.id || id == good {
				t.Error("the id was adopted")
			}
		})
	}
	t.Run("65 kB", func(t *testing.T) {
		// More than all headers may have together (RFC 6585 section 5).
		r := site.Do(t, wire.Get("/id.lc", "Cookie: LCSESSION="+strings.Repeat("a", 65<<10)))
		if r.Status != 431 {
			t.Errorf("status %d, want 431", r.Status)
		}
	})
	t.Run("the first that is alive", func(t *testing.T) {
		result, id := startedID(t, site.Do(t, wire.Get("/id.lc",
			"Cookie: LCSESSION="+deleted+"; LCSESSION=../x; LCSESSION="+good+"; LCSESSION="+other)))
		if result != "load" || id != good {
			t.Errorf("got %s %s, want the good id", result, id)
		}
	})
	for _, file := range sessionFiles(t, site.Sessions) {
		for _, id := range []string{good, other} {
			if strings.Contains(file, id) {
				t.Errorf("the name of the file %s shows an id", file)
			}
		}
	}
}

// checkLog makes sure that the log of a request shows neither ids nor data.
func checkLog(t *testing.T, r *direct.Response, ids ...string) {
	t.Helper()
	for _, word := range append(ids, "do not log me") {
		if strings.Contains(r.Stderr, word) {
			t.Errorf("the log shows %q:\n%s", word, r.Stderr)
		}
	}
}

// onlyFile returns the one file in the session folder.
func onlyFile(t *testing.T, site direct.Site) string {
	t.Helper()
	files := sessionFiles(t, site.Sessions)
	if len(files) != 1 {
		t.Fatalf("%d files in the session folder, want one: %v", len(files), files)
	}
	return files[0]
}

// TestForeignStoreEntry puts something else where the file of a session is.
func TestForeignStoreEntry(t *testing.T) {
	const bait = "bait\n"
	cases := []struct {
		name  string
		place func(t *testing.T, file, outside string) error // file does not exist any more; outside has a copy of it
	}{
		{"link to a copy", func(t *testing.T, file, outside string) error { return os.Symlink(outside, file) }},
		{"link to /etc/passwd", func(t *testing.T, file, _ string) error { return os.Symlink("/etc/passwd", file) }},
		{"link to nothing", func(t *testing.T, file, _ string) error { return os.Symlink("nothing", file) }},
		{"link to itself", func(t *testing.T, file, _ string) error { return os.Symlink(filepath.Base(file), file) }},
		{"hard link to a copy", func(t *testing.T, file, outside string) error { return os.Link(outside, file) }},
		{"FIFO", func(t *testing.T, file, _ string) error { return syscall.Mkfifo(file, 0o600) }},
		{"folder", func(t *testing.T, file, _ string) error { return os.Mkdir(file, 0o700) }},
		{"socket", func(t *testing.T, file, _ string) error {
			// The name of a socket is short (unix(7)), that of the file is not.
			short := filepath.Join(os.TempDir(), "lcgi-"+filepath.Base(filepath.Dir(file))+".socket")
			l, err := net.Listen("unix", short)
			if err != nil {
				return err
			}
			t.Cleanup(func() { l.Close() })
			return os.Rename(short, file)
		}},
		{"file of another user", func(t *testing.T, file, outside string) error {
			needs.Root(t, "give a file away")
			if err := os.Rename(outside, file); err != nil {
				return err
			}
			return os.Chown(file, 12345, 12345)
		}},
		{"link in place of the subfolder", func(t *testing.T, file, outside string) error {
			folder := filepath.Dir(file)
			elsewhere := outside + ".d"
			if err := os.Mkdir(elsewhere, 0o700); err != nil {
				return err
			}
			if err := os.Rename(outside, filepath.Join(elsewhere, filepath.Base(file))); err != nil {
				return err
			}
			if err := os.Remove(folder); err != nil {
				return err
			}
			return os.Symlink(elsewhere, folder)
		}},
		{"FIFO in place of the subfolder", func(t *testing.T, file, _ string) error {
			folder := filepath.Dir(file)
			if err := os.Remove(folder); err != nil {
				return err
			}
			return syscall.Mkfifo(folder, 0o600)
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			site := direct.NewSite(t, lcgi, idPages)
			_, good := startedID(t, site.Do(t, wire.Get("/id.lc")))
			file := onlyFile(t, site)
			outside := filepath.Join(filepath.Dir(site.Sessions), "outside")
			if err := os.Rename(file, outside); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(outside)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(filepath.Dir(site.Sessions), "bait"), []byte(bait), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := c.place(t, file, outside); err != nil {
				t.Fatal(err)
			}
			for _, page := range []string{"/id.lc", "/view.lc", "/delete.lc", "/id.lc"} {
				r := site.Do(t, wire.Get(page, "Cookie: LCSESSION="+good))
				checkLog(t, r, good)
				if page == "/delete.lc" {
					if r.Status != 200 {
						t.Errorf("%s: status %d; log: %s", page, r.Status, r.Stderr)
					}
					continue
				}
				if result, id := startedID(t, r); result != "new" || id == good {
					t.Errorf("%s: what is there was adopted: %s %s", page, result, id)
				}
				if r.Stderr == "" {
					t.Errorf("%s: nothing in the log", page)
				}
			}
			if after, err := os.ReadFile(outside); err == nil && !bytes.Equal(before, after) {
				t.Error("the file outside of the session folder was changed")
			}
		})
	}
}

// TestDamagedFile cuts and changes the file of a session. The visitor gets a
// new one; the bad file is kept for the administrator, who finds one line in the
// log. (Every length and every byte: the unit tests of package session.)
func TestDamagedFile(t *testing.T) {
	site := direct.NewSite(t, lcgi, idPages)
	damage := func(t *testing.T, change func(text []byte) []byte) {
		if err := os.RemoveAll(site.Sessions); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(site.Sessions, 0o700); err != nil {
			t.Fatal(err)
		}
		_, good := startedID(t, site.Do(t, wire.Get("/id.lc")))
		file := onlyFile(t, site)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		bad := change(bytes.Clone(text))
		if err := os.WriteFile(file, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		r := site.Do(t, wire.Get("/id.lc", "Cookie: LCSESSION="+good))
		if result, id := startedID(t, r); result != "new" || id == good {
			t.Errorf("the damaged session was adopted: %s %s", result, id)
		}
		checkLog(t, r, good)
		if lines := strings.Count(r.Stderr, "\n"); lines != 1 {
			t.Errorf("%d lines in the log, want one:\n%s", lines, r.Stderr)
		}
		kept := false
		for _, name := range sessionFiles(t, site.Sessions) {
			if !strings.Contains(r.Stderr, name) {
				continue
			}
			if now, err := os.ReadFile(name); err == nil && bytes.Equal(now, bad) {
				kept = true
			}
		}
		if !kept {
			t.Errorf("the bad file was not kept where the log says:\n%s", r.Stderr)
		}
	}

	startedID(t, site.Do(t, wire.Get("/id.lc")))
	info, err := os.Stat(onlyFile(t, site))
	if err != nil {
		t.Fatal(err)
	}
	size := int(info.Size())
	const samples = 24
	for i := range samples {
		at := i * (size - 1) / (samples - 1)
		damage(t, func(text []byte) []byte { return text[:at] })
		damage(t, func(text []byte) []byte {
			text[at] ^= 1 << (i % 8)
			return text
		})
	}
	damage(t, func(text []byte) []byte { return append(text, 0) })
	damage(t, func(text []byte) []byte { return append(text, text...) })
	damage(t, func(text []byte) []byte { return bytes.Repeat([]byte{0xff}, len(text)) })
}
