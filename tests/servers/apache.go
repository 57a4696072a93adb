package servers

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"lcgi/tests/needs"
)

// apacheModules are the modules that both ways in to Apache need, apart from
// those for running programs.
var apacheModules = []string{"authz_core", "mime", "dir", "env", "alias"}

func (s *Server) startApache(tb testing.TB, site Site) {
	tb.Helper()
	program := needs.Program(tb, "apache2", "apache2")

	modules, file := []string{"mpm_event", "cgid", "actions"}, "apache-action.conf"
	if s.Kind == ApacheScriptAlias {
		modules, file = []string{"mpm_prefork", "cgi"}, "apache-scriptalias.conf"
	}

	var conf strings.Builder
	fmt.Fprintf(&conf, "ServerRoot %q\nServerName localhost\nListen %s\n", s.dir, s.Addr)
	fmt.Fprintf(&conf, "PidFile run/pid\nErrorLog run/error.log\nLogLevel warn\nMutex file:%s default\n", s.path("run"))
	for _, m := range slices.Concat(modules, apacheModules, site.ApacheModules) {
		if slices.Contains(site.WithoutModules, m) {
			continue
		}
		fmt.Fprintf(&conf, "LoadModule %s_module %s\n", m, apacheModule(tb, m))
		if m == "cgid" {
			fmt.Fprintf(&conf, "ScriptSock %q\n", s.path("run/cgid"))
		}
	}
	fmt.Fprintf(&conf, "TypesConfig /dev/null\nAddType text/css .css\nAddType image/svg+xml .svg\nAddType text/html .html\n")
	fmt.Fprintf(&conf, "<Directory />\nRequire all denied\n</Directory>\n")
	for name, value := range map[string]string{
		"LCGI_BINARY":    site.Binary,
		"LCGI_ROOT":      s.Root,
		"LCGI_PAGES":     s.Root,
		"LCGI_PAGES_URL": "/",
		"LCGI_STATIC":    s.path("static"),
		"LCGI_SESSIONS":  s.Sessions,
		"LCGI_PORT":      s.port(),
	} {
		fmt.Fprintf(&conf, "Define %s %q\n", name, value)
	}
	for name, value := range site.Env {
		fmt.Fprintf(&conf, "SetEnv %s %q\n", name, value)
	}
	fmt.Fprintf(&conf, "Include %q\n%s\n", s.deploy(tb, file), site.ApacheConfig)

	s.logFile(s.path("run/error.log"))
	p := s.start(tb, plainEnv(), program, "-D", "FOREGROUND", "-f", s.write(tb, "httpd.conf", conf.String()))
	s.await(tb, p, "tcp", s.Addr)
}

// apacheModule returns the file of a module, which Debian and others keep at
// different places.
func apacheModule(tb testing.TB, name string) string {
	tb.Helper()
	for _, dir := range []string{"/usr/lib/apache2/modules", "/usr/libexec/apache2", "/usr/lib64/httpd/modules"} {
		file := filepath.Join(dir, "mod_"+name+".so")
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	debianPackage := "apache2"
	if name == "xsendfile" {
		debianPackage = "libapache2-mod-xsendfile"
	}
	needs.Missing(tb, "Apache's module %s is not installed: apt-get install %s", name, debianPackage)
	return ""
}
