// Package servers puts lcgi behind real web servers for a test: each server is
// started on a free port of the loopback interface, with its own copy of the
// site and its own session folder below a temporary folder, and with the very
// configuration files of sample-site/deploy.
//
// Web servers give up root, and the session folder must belong to the user who
// runs the pages. So where the tests run as root, Apache, nginx, fcgiwrap and
// lighttpd are started as www-data from the beginning, and otherwise as
// the user who runs the tests.
package servers

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A Kind is one way in to lcgi.
type Kind string

// The ways in.
const (
	Gateway           Kind = "gateway"            // net/http/cgi of Go, in the test's own process
	ApacheAction      Kind = "apache-action"      // mpm_event, mod_cgid, mod_actions
	ApacheScriptAlias Kind = "apache-scriptalias" // mpm_prefork, mod_cgi, pages with a #! line
	Nginx             Kind = "nginx-fcgiwrap"
	Lighttpd          Kind = "lighttpd"
	Serve             Kind = "serve" // lcgi serve
)

// Kinds are all the ways in, the one the others are compared with first.
func Kinds() []Kind {
	return []Kind{Gateway, ApacheAction, ApacheScriptAlias, Nginx, Lighttpd, Serve}
}

// A Site is what a server is started with.
type Site struct {
	Binary string            // the lcgi program
	Root   string            // the folder of pages, which is copied
	Env    map[string]string // further LCGI_ settings

	// ApacheConfig is read by Apache after the file of sample-site/deploy. It
	// can use ${LCGI_ROOT} and the other values that are defined for that file.
	ApacheConfig string

	// ApacheModules are further modules for Apache, such as "xsendfile".
	ApacheModules []string

	// LighttpdConfig is read by lighttpd after the file of sample-site/deploy, and
	// NginxConfig by nginx in its server block.
	LighttpdConfig, NginxConfig string

	// WithoutModules are modules that Apache is started without, such as "cgid".
	WithoutModules []string
}

// A Server is a running web server. It is stopped when its test ends.
type Server struct {
	Kind     Kind
	URL      string // "http://127.0.0.1:PORT", without a slash at the end
	Addr     string // "127.0.0.1:PORT"
	Root     string // the server's own copy of Site.Root
	Sessions string // the folder of the sessions

	dir       string
	logs      []string
	processes []*process
	stop      func()
}

// Log returns everything that the server and the pages have logged so far.
func (s *Server) Log() string {
	var all strings.Builder
	for _, name := range s.logs {
		text, err := os.ReadFile(name)
		if err != nil && !os.IsNotExist(err) {
			fmt.Fprintf(&all, "(%v)\n", err)
		}
		all.Write(text)
	}
	return all.String()
}

// Shared returns a new folder to which the pages can write, and the test.
func (s *Server) Shared(tb testing.TB) string {
	tb.Helper()
	dir, err := os.MkdirTemp(s.dir, "shared-")
	if err == nil {
		err = serverUser(tb, s.Kind).own(dir)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return dir
}

// PID returns the number of the process that listens; 0 for that of the test.
func (s *Server) PID() int {
	if len(s.processes) == 0 {
		return 0
	}
	return s.processes[len(s.processes)-1].cmd.Process.Pid
}

// Stop ends the server. The site and the sessions stay until the test ends.
func (s *Server) Stop() {
	for _, p := range s.processes {
		p.stop()
	}
	s.processes = nil
	if s.stop != nil {
		s.stop()
		s.stop = nil
	}
}

// Start starts a server of the given kind and waits until it answers. Where
// the server is not installed the test is skipped.
func Start(tb testing.TB, kind Kind, site Site) *Server {
	tb.Helper()
	s := prepare(tb, kind, site)
	s.run(tb, site)
	return s
}

// Restart starts a stopped server again, on the site and sessions it had and
// on the same port.
func (s *Server) Restart(tb testing.TB, site Site) {
	tb.Helper()
	s.run(tb, site)
}

// prepare makes the folders of a server and finds a port for it.
func prepare(tb testing.TB, kind Kind, site Site) *Server {
	tb.Helper()
	dir, err := os.MkdirTemp("", "lcgi-"+string(kind)+"-")
	if err != nil {
		tb.Fatal(err)
	}
	s := &Server{Kind: kind, dir: dir, Root: filepath.Join(dir, "site"), Sessions: filepath.Join(dir, "sessions")}
	tb.Cleanup(func() {
		s.Stop()
		if tb.Failed() {
			tb.Logf("log of %s:\n%s", kind, lastLines(s.Log(), 40))
		}
		os.RemoveAll(dir)
	})

	first := ""
	if kind == ApacheScriptAlias {
		first = "#!" + site.Binary + "\n"
	}
	user := serverUser(tb, kind)
	for _, err := range []error{
		os.Chmod(dir, 0o755),
		CopySite(s.Root, site.Root, first),
		os.Mkdir(s.Sessions, 0o700),
		os.Mkdir(s.path("run"), 0o700),
		user.own(s.Sessions),
		user.own(s.path("run")),
	} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	s.Addr, err = freeAddr()
	if err != nil {
		tb.Fatal(err)
	}
	s.URL = "http://" + s.Addr
	return s
}

func (s *Server) run(tb testing.TB, site Site) {
	tb.Helper()
	switch s.Kind {
	case Gateway:
		s.startGateway(tb, site)
	case ApacheAction, ApacheScriptAlias:
		s.startApache(tb, site)
	case Nginx:
		s.startNginx(tb, site)
	case Lighttpd:
		s.startLighttpd(tb, site)
	case Serve:
		s.startServe(tb, site)
	default:
		tb.Fatalf("no server of kind %q", s.Kind)
	}
}

// path returns the name of a file in the server's own folder.
func (s *Server) path(name string) string { return filepath.Join(s.dir, name) }

// write writes a configuration file and returns its name.
func (s *Server) write(tb testing.TB, name, text string) string {
	tb.Helper()
	path := s.path(name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		tb.Fatal(err)
	}
	return path
}

// deploy copies a configuration file of sample-site/deploy, as it is, into the
// server's folder, since the user of the server need not be able to read the
// repository. It returns the name of the copy.
func (s *Server) deploy(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(deployFile(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	return s.write(tb, name, string(text))
}

// freeAddr returns an address of the loopback interface that nobody listens on.
// Its port is below those that Linux and macOS give to clients, so that no
// connection takes it before the server does.
func freeAddr() (string, error) {
	const first, ports, tries = 20000, 12000, 100
	var err error
	for range tries {
		var l net.Listener
		l, err = net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first+rand.IntN(ports)))
		if err == nil {
			addr := l.Addr().String()
			return addr, l.Close()
		}
	}
	return "", fmt.Errorf("no free port found: %w", err)
}

// port returns the port of the server's address.
func (s *Server) port() string {
	_, port, _ := net.SplitHostPort(s.Addr)
	return port
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > n {
		lines = append([]string{"…"}, lines[len(lines)-n:]...)
	}
	return strings.Join(lines, "\n")
}
