package tests

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"

	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// foundEverywhere are the names of what the doctor finds behind every server, group
// by group, apart from the settings and the variables.
func foundEverywhere() []string {
	return []string{
		"Program: lcgi", "Program: system", "Program: user", "Program: clock", "Program: time zone",
		"Way in: way in", "Way in: page", "Way in: document root", "Way in: RFC 3875", "Way in: proxy", "Way in: HTTP_PROXY",
		"Site: extensions", "Site: prepended file", "Site: rights",
		"Sessions: folder", "Sessions: owner", "Sessions: mode", "Sessions: place", "Sessions: store", "Sessions: use", "Sessions: file system", "Sessions: room",
		"Uploads: folder", "Uploads: place", "Uploads: use", "Uploads: file system", "Uploads: room", "Uploads: private folder",
		"Limits: address space", "Limits: memory of the group", "Limits: open files", "Limits: processes",
	}
}

// foundPage prints what the doctor finds as lines of group, name, state and value.
const foundPage = `<?lc response.type("text/plain")
for _, f in ipairs(require("doctor").findings()) do
  put(f.group, ": ", f.name, "\t", f.state, "\t", f.value, "\t", f.advice, "\n")
end ?>`

// TestDoctorEverywhere asks for the doctor's findings behind each server, with a
// request full of secrets: everything is looked at, all is well, and no secret is
// told.
func TestDoctorEverywhere(t *testing.T) {
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			root := t.TempDir()
			for name, text := range map[string]string{"found.lc": foundPage, "text.lc": `<?lc response.type("text/plain") put(require("doctor").text()) ?>`} {
				if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			server := servers.Start(t, kind, servers.Site{Binary: lcgi, Root: root, Env: map[string]string{"LCGI_TIMEOUT": "20s", "DB_PW": "hunter2"}})
			const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
			get := func(page string) string {
				t.Helper()
				r, err := wire.Send(server.Addr, wire.Get(page+"?shown=yes&password=hunter2&LCSESSION="+id,
					"Cookie: LCSESSION="+id+"; other=hunter2", "Authorization: Basic aHVudGVyMg==", "X-Api-Key: hunter2",
					"Referer: http://me:hunter2@other.example/?access_token=hunter2", "Proxy: http://hunter2.example/", "X-Forwarded-Proto: https"))
				if err != nil || r.Status != 200 {
					t.Fatalf("%v, %v", r, err)
				}
				for _, secret := range []string{"hunter2", "aHVudGVyMg", id[:24]} {
					if strings.Contains(string(r.Body), secret) {
						t.Errorf("%s tells a secret, %s:\n%s", page, secret, r.Body)
					}
				}
				return string(r.Body)
			}
			states := make(map[string]string)
			values := make(map[string]string)
			for line := range strings.Lines(get("/found.lc")) {
				f := strings.SplitN(strings.TrimSuffix(line, "\n"), "\t", 4)
				if len(f) != 4 {
					t.Fatalf("a finding is %q", line)
				}
				if _, twice := states[f[0]]; twice {
					t.Errorf("%s is found twice", f[0])
				}
				states[f[0]], values[f[0]] = f[1], f[2]
				if (f[3] == "") != (f[1] == "ok") {
					t.Errorf("%s has the state %s and the advice %q", f[0], f[1], f[3])
				}
			}
			for _, name := range foundEverywhere() {
				if _, ok := states[name]; !ok {
					t.Errorf("%s is not found", name)
				}
			}
			// What depends on the machine that the tests run on, and what servers do
			// with a header Proxy.
			spared := []string{"Program: user", "Way in: proxy", "Way in: HTTP_PROXY", "Sessions: file system", "Uploads: file system", "Limits: memory of the group", "Limits: address space"}
			for name, state := range states {
				if (state == "warning" || state == "error") && !slices.Contains(spared, name) {
					t.Errorf("%s: %s: %s", name, state, values[name])
				}
			}
			for name, want := range map[string]string{
				"Settings: LCGI_TIMEOUT":           "20s (environment; default: 30s)",
				"Settings: LCGI_SESSION_SAVE_PATH": server.Sessions + " (environment; ",
				"Sessions: folder":                 server.Sessions,
				"Way in: page":                     "/found.lc, named by " + foundBy(kind),
				"Way in: document root":            server.Root,
				"Way in: proxy":                    "127.0.0.1 sends X-Forwarded-Proto, which count nothing as it is not trusted; the scheme is http",
				"Variables: QUERY_STRING":          "shown=(not shown)&password=(not shown)&LCSESSION=(not shown)",
				"Variables: HTTP_COOKIE":           "(not shown)",
				"Variables: REMOTE_ADDR":           "127.0.0.1",
			} {
				if !strings.Contains(values[name], want) {
					t.Errorf("%s is %q, want %q", name, values[name], want)
				}
			}
			way := "CGI, called by "
			if kind == servers.Serve {
				way = "lcgi serve"
			}
			if !strings.HasPrefix(values["Way in: way in"], way) {
				t.Errorf("the way in is %q", values["Way in: way in"])
			}
			text := get("/text.lc")
			for name := range states {
				if _, name, _ = strings.Cut(name, ": "); !strings.Contains(text, "  "+name+"  ") {
					t.Errorf("the text has no %s:\n%s", name, text)
				}
			}
		})
	}
}

// foundBy is the variable by which a server names the page.
func foundBy(kind servers.Kind) string {
	if kind == servers.ApacheAction || kind == servers.Nginx {
		return "PATH_TRANSLATED"
	}
	return "SCRIPT_FILENAME"
}

// TestDoctorPage reads the page of the sample site as a visitor, and as text, also
// where sessions do not work.
func TestDoctorPage(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	v.get("doctor.lc").want(atom.Article, "a file was made, locked, flushed, renamed and removed")
	if a := v.get("doctor.lc?format=text"); a.header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(a.body, "\nerrors: 0, ") {
		t.Errorf("as text:\n%s", a.body)
	}

	v = newVisitor(t, sampleSite(t, map[string]string{"LCGI_SESSION_SAVE_PATH": "/does/not/exist"}))
	a := v.get("doctor.lc")
	a.want(atom.Article, "/does/not/exist does not exist")
	a.want(atom.Article, "mkdir -m 700 /does/not/exist")
	checkHTML(t, v.site, a.body)
	if a := v.get("doctor.lc?format=text"); !strings.Contains(a.body, "\nerrors: 1, ") {
		t.Errorf("as text:\n%s", a.body)
	}
}

// TestDoctorCommand runs the command for a site that is well and for one that is
// not.
func TestDoctorCommand(t *testing.T) {
	root := t.TempDir()
	sessions := filepath.Join(t.TempDir(), "sessions")
	for _, dir := range []string{sessions, filepath.Join(filepath.Dir(sessions), "work")} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		args   []string
		env    string
		code   int
		stdout []string
		stderr string
	}{
		{[]string{root}, "", 0, []string{"Sessions\n", sessions, "errors: 0, "}, ""},
		{[]string{filepath.Join(root, "none")}, "", 1, []string{"/none does not exist", "-> mkdir -p "}, ""},
		{[]string{"-timeout", "5", root}, "", 1, []string{"LCGI_TIMEOUT", "5 (flag -timeout) cannot be read", "-> LCGI_TIMEOUT must be a time above 0"}, ""},
		{[]string{"-session-save-path", ".", root}, "", 0, []string{"/work (flag -session-save-path; default: "}, ""},
		{[]string{root}, "LCGI_TIMEOUT=x", 1, []string{"x (environment) cannot be read"}, ""},
		{[]string{root}, "LCGI_MAXBODY=1", 0, []string{"warning  LCGI_MAXBODY"}, ""},
		{[]string{root, root}, "", 2, nil, "doctor takes one folder"},
		{[]string{"-jason"}, "", 2, nil, "`lcgi help doctor` lists the flags"},
	} {
		t.Run(fmt.Sprint(c.args, c.env), func(t *testing.T) {
			stdout, stderr, code := doctorCommand(t, sessions, c.env, c.args...)
			if code != c.code || !strings.Contains(stderr, c.stderr) || c.stderr == "" && stderr != "" || strings.Contains(stdout, "\x1b") {
				t.Errorf("code %d, stderr %q\n%s", code, stderr, stdout)
			}
			for _, want := range c.stdout {
				if !strings.Contains(stdout, want) {
					t.Errorf("the output lacks %q:\n%s", want, stdout)
				}
			}
		})
	}

	stdout, _, code := doctorCommand(t, sessions, "", "-json", root)
	var findings []struct{ Group, Name, Value, State, Advice string }
	if err := json.Unmarshal([]byte(stdout), &findings); err != nil || code != 0 || len(findings) < 30 || findings[0].Name != "lcgi" {
		t.Errorf("code %d, %v:\n%s", code, err, stdout)
	}
}

// doctorCommand runs the command in the folder work beside that of the sessions.
func doctorCommand(t *testing.T, sessions, env string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	command := exec.Command(lcgi, append([]string{"doctor"}, args...)...)
	command.Dir = filepath.Join(filepath.Dir(sessions), "work")
	command.Env = append(os.Environ(), "LCGI_SESSION_SAVE_PATH="+sessions)
	if env != "" {
		command.Dir = filepath.Join(filepath.Dir(sessions), "work")
		command.Env = append(command.Env, env)
	}
	var out, problems strings.Builder
	command.Stdout, command.Stderr = &out, &problems
	err := command.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), problems.String(), command.ProcessState.ExitCode()
}
