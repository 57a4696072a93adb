package admin_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/session/admin"
)

// A store is a session store, and what the commands need to work on it.
type store struct {
	*session.Engine
	dir string
	now time.Time
	ids []string // that were given out
	env admin.Env

	started []*session.Session
}

func newStore(t *testing.T) *store {
	t.Helper()
	s := &store{dir: filepath.Join(t.TempDir(), "sessions"), now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	files, err := session.OpenFileStore(s.dir, session.FileOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { files.Close() })
	clock := func() time.Time { return s.now }
	s.Engine = session.New(files, session.Config{
		Now:     clock,
		Folders: filepath.Join(s.dir, "folders"),
		NewID: func() (string, error) {
			s.ids = append(s.ids, fmt.Sprintf("%064x", 0xabcdef00+uint64(len(s.ids))))
			return s.ids[len(s.ids)-1], nil
		},
	})
	s.env = admin.Env{
		Now: clock,
		Open: func(savePath string) (*session.Engine, error) {
			if savePath != s.dir {
				return nil, fmt.Errorf("opened %s and not %s", savePath, s.dir)
			}
			return s.Engine, nil
		},
	}
	return s
}

// An outcome is what a command did.
type outcome struct {
	code     int
	out, err string
}

// run runs a command, "sessions list -json", on the store. Further arguments may
// contain spaces.
func (s *store) run(t *testing.T, ctx context.Context, command string, more ...string) (got outcome) {
	t.Helper()
	words := append(strings.Fields(command), more...)
	if len(words) > 1 {
		words = slices.Insert(words, 2, "-savepath", s.dir)
	}
	var out, err bytes.Buffer
	env := s.env
	env.Stdout, env.Stderr = &out, &err
	got.code = group(words[0])(ctx, words[1:], env)
	got.out, got.err = out.String(), err.String()
	for _, id := range s.ids {
		if strings.Contains(got.out+got.err, id) {
			t.Errorf("%s shows an id:\n%s%s", command, got.out, got.err)
		}
	}
	return got
}

func group(name string) func(context.Context, []string, admin.Env) int {
	if name == "shared" {
		return admin.Shared
	}
	return admin.Sessions
}

// want runs a command that is to succeed, and compares its output.
func (s *store) want(t *testing.T, out, command string, more ...string) {
	t.Helper()
	if got := s.run(t, t.Context(), command, more...); got != (outcome{0, out, ""}) {
		t.Errorf("%s %q: exit code %d, error output %q, output\n%s\nwant\n%s", command, more, got.code, got.err, got.out, out)
	}
}

// refused runs a command that is to fail, and looks for a part of what it says.
func (s *store) refused(t *testing.T, code int, says, command string, more ...string) {
	t.Helper()
	got := s.run(t, t.Context(), command, more...)
	if got.code != code || !strings.Contains(got.err, says) {
		t.Errorf("%s %q: exit code %d, error output %q; want %d and %q", command, more, got.code, got.err, code, says)
	}
}

// start starts a session, to be closed at the latest at the end of the test.
func (s *store) start(t *testing.T, opt session.Options) *session.Session {
	t.Helper()
	started, err := s.Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { started.Close() })
	s.started = append(s.started, started)
	return started
}

// release closes all sessions that were started.
func (s *store) release() {
	for _, started := range s.started {
		started.Close()
	}
}

// keep stores a session with the entry n, and returns its key.
func (s *store) keep(t *testing.T, opt session.Options, n float64) session.Key {
	t.Helper()
	started := s.start(t, opt)
	var e session.Encoder
	e.Table(1)
	e.String("n")
	e.Number(n)
	save(t, started, &e)
	started.Close()
	return session.NewKey(started.Name(), started.ID())
}

func save(t *testing.T, s *session.Session, e *session.Encoder) {
	t.Helper()
	data, err := e.Bytes()
	if err == nil {
		err = s.Save(t.Context(), data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// share sets a shared variable to a number.
func (s *store) share(t *testing.T, name string, n float64) {
	t.Helper()
	var e session.Encoder
	e.Number(n)
	data, err := e.Bytes()
	if err == nil {
		err = s.Shared().Set(t.Context(), name, data)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// damage flips a bit in the last byte of a record's file, and returns its path.
func (s *store) damage(t *testing.T, key session.Key) string {
	t.Helper()
	path := filepath.Join(s.dir, key.String()[:2], key.String())
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// behead makes the header of a record's file unreadable.
func (s *store) behead(t *testing.T, key session.Key) {
	t.Helper()
	if err := os.Truncate(filepath.Join(s.dir, key.String()[:2], key.String()), 20); err != nil {
		t.Fatal(err)
	}
}

func TestUsage(t *testing.T) {
	s := newStore(t)
	for _, tt := range []struct {
		command string
		code    int
		says    []string
	}{
		{"sessions", 2, []string{"usage: lcgi sessions COMMAND", "list ", "verify"}},
		{"shared", 2, []string{"usage: lcgi shared COMMAND", "set NAME VALUE"}},
		{"sessions -h", 0, []string{"usage: lcgi sessions COMMAND"}},
		{"shared help", 0, []string{"usage: lcgi shared COMMAND"}},
		{"sessions frob", 2, []string{`no command "frob" of sessions`, "usage: lcgi sessions COMMAND"}},
		{"sessions list -h", 0, []string{"usage: lcgi sessions list [flags]", "-limit", "-savepath folder"}},
		{"shared set -h", 0, []string{"usage: lcgi shared set [flags] NAME VALUE", "-json"}},
		{"sessions list -frob", 2, []string{"-frob", "`lcgi sessions list -h`"}},
		{"sessions list 1234", 2, []string{"usage: lcgi sessions list [flags]"}},
		{"sessions list -limit -1", 2, []string{"-limit must be"}},
		{"sessions list -live -expired", 2, []string{"exclude each other"}},
		{"sessions show", 2, []string{"usage: lcgi sessions show [flags] KEY"}},
		{"sessions show 1234 -json", 2, []string{"flag -json stands behind other arguments"}},
		{"sessions show 123", 2, []string{"at least 4 hex digits"}},
		{"sessions show 123g", 2, []string{"at least 4 hex digits"}},
		{"sessions delete", 2, []string{"delete takes either keys"}},
		{"sessions delete -all 1234", 2, []string{"delete takes either keys"}},
		{"sessions delete -all -expired", 2, []string{"delete takes either keys"}},
		{"sessions delete -all -wait -1s", 2, []string{"-wait must be"}},
		{"shared delete", 2, []string{"delete takes the names"}},
		{"shared delete -all a", 2, []string{"delete takes the names"}},
		{"shared set a 1 -json", 2, []string{"flag -json stands behind other arguments"}},
		{"shared set -json a {", 2, []string{"JSON cannot be read"}},
	} {
		for _, says := range tt.says {
			s.refused(t, tt.code, says, tt.command)
		}
		if got := s.run(t, t.Context(), tt.command); got.out != "" {
			t.Errorf("%s prints %q", tt.command, got.out)
		}
	}
}

func TestWhichStore(t *testing.T) {
	base := t.TempDir()
	t.Setenv("TMPDIR", filepath.Join(base, "tmp"))
	site, link := filepath.Join(base, "site"), filepath.Join(base, "link")
	ready, setting := filepath.Join(base, "ready"), filepath.Join(base, "setting")
	for _, dir := range []string{os.TempDir(), site, ready, setting} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(site, link); err != nil {
		t.Fatal(err)
	}
	t.Chdir(link)
	dir := session.DefaultDir(site)
	run := func(savePath, args string) (opened string, o outcome) {
		var out, err bytes.Buffer
		o.code = admin.Sessions(t.Context(), strings.Fields("count "+args), admin.Env{
			Stdout: &out, Stderr: &err, Now: time.Now, SavePath: savePath,
			Open: func(dir string) (*session.Engine, error) {
				opened = dir
				files, err := session.OpenFileStore(dir, session.FileOptions{})
				if err != nil {
					return nil, err
				}
				t.Cleanup(func() { files.Close() })
				return session.New(files, session.Config{}), nil
			},
		})
		o.out, o.err = out.String(), err.String()
		return opened, o
	}

	// Where there is no folder, none is made.
	for _, args := range []string{"", "-root " + site, "-root " + link} {
		if opened, o := run("", args); opened != "" || o.code != 1 || !strings.Contains(o.err, dir) || !strings.Contains(o.err, "does not exist") {
			t.Errorf("%q without a folder: %+v", args, o)
		}
	}
	if _, o := run("", "-savepath "+filepath.Join(base, "none")); o.code != 1 || !strings.Contains(o.err, "-savepath") {
		t.Errorf("a folder that is missing: %+v", o)
	}
	if _, o := run("", "-root "+filepath.Join(base, "none")); o.code != 1 || !strings.Contains(o.err, "site folder") {
		t.Errorf("a site that is missing: %+v", o)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) > 0 {
		t.Fatalf("there is %v, %v", left, err)
	}

	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ setting, args, want, says string }{
		{"", "", dir, "sessions in " + dir + ", the default folder of the site " + site + "\n"},
		{"", "-root " + link, dir, "sessions in " + dir + ", the default folder of the site " + site + "\n"},
		{"", "-root ../site", dir, "sessions in " + dir + ", the default folder of the site " + site + "\n"},
		{setting, "", setting, "sessions in " + setting + ", named by LCGI_SESSION_SAVE_PATH\n"},
		{setting, "-root " + site, setting, "sessions in " + setting + ", named by LCGI_SESSION_SAVE_PATH\n"},
		{setting, "-savepath " + ready, ready, ""},
		{"", "-savepath ../ready", "../ready", ""},
	} {
		if opened, o := run(tt.setting, tt.args); opened != tt.want || o != (outcome{0, "0\n", tt.says}) {
			t.Errorf("%q with the setting %q: %s, %+v", tt.args, tt.setting, opened, o)
		}
	}
	if _, o := run("", "-savepath "+ready+" -root "+site); o.code != 2 || !strings.Contains(o.err, "one of them") {
		t.Errorf("both: %+v", o)
	}
	if _, o := run("", "-savepath "+link); o.code != 1 || !strings.Contains(o.err, "symbolic link") {
		t.Errorf("a link: %+v", o)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(ready, 1234, 1234); err != nil {
			t.Fatal(err)
		}
		if _, o := run("", "-savepath "+ready); o.code != 1 || !strings.Contains(o.err, "sudo -u '#1234' lcgi") {
			t.Errorf("another user's: %+v", o)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestOutputFails(t *testing.T) {
	s := newStore(t)
	for range 200 { // more than the buffer holds
		s.keep(t, session.Options{}, 1)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	for _, command := range []string{"list", "list -json", "count"} {
		for _, tt := range []struct {
			out  io.Writer
			says string
		}{{w, ""}, {fullDisk{}, "lcgi: write the output: no space left\n"}} {
			var stderr bytes.Buffer
			env := s.env
			env.Stdout, env.Stderr, env.SavePath = tt.out, &stderr, s.dir
			args := append(strings.Fields(command), "-savepath", s.dir)
			if code := admin.Sessions(t.Context(), args, env); code != 1 || stderr.String() != tt.says {
				t.Errorf("%s: exit code %d, %q; want 1, %q", command, code, stderr.String(), tt.says)
			}
		}
	}
}

func TestInterrupted(t *testing.T) {
	s := newStore(t)
	for range 3 {
		s.keep(t, session.Options{}, 1)
	}
	s.share(t, "visits", 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, command := range []string{"sessions list", "sessions count", "sessions sweep", "sessions verify", "sessions show 1234", "sessions delete -all", "shared list"} {
		if got := s.run(t, ctx, command); got.code != 1 || !strings.HasSuffix(got.err, "lcgi: interrupted\n") {
			t.Errorf("%s: %+v", command, got)
		}
	}
	s.want(t, "3\n", "sessions count")
}
