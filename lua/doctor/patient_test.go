package doctor_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lcgi/cgi"
	"lcgi/lua/doctor"
)

// A patient is a site that is well, for tests to make ill.
type patient struct {
	t       *testing.T
	dir     string // with the folders site, sessions and uploads
	env     cgi.Env
	system  doctor.System
	proxies string // LCGI_TRUSTED_PROXIES
	doctor.Subject
}

func newPatient(t *testing.T) *patient {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &patient{t: t, dir: dir, system: doctor.OwnSystem()}
	for _, name := range []string{"site", "sessions", "uploads"} {
		p.mkdir(name, 0o700)
	}
	p.write("site/p.lc", 0o644)
	files := p.system.ReadFile
	p.system.ReadFile = func(name string) ([]byte, error) {
		if name == "/proc/self/cgroup" {
			return nil, fs.ErrNotExist
		}
		return files(name)
	}
	p.system.Fsync = func(*os.File) error { return nil } // it takes its time
	p.system.FileSystem = func(string) (doctor.FileSystem, error) {
		return doctor.FileSystem{Type: "ext4", Free: 1 << 40, FreeFiles: 1e6, TotalFiles: 2e6}, nil
	}
	p.system.Limit = func(doctor.Limit) (uint64, bool) { return ^uint64(0), true }
	p.system.UserName = func(uid int) string { return map[int]string{33: "www-data"}[uid] }
	p.system.GroupName = func(int) string { return "" }
	p.system.Groups = func() ([]int, error) { return []int{33, 4}, nil }
	p.env = cgi.Env{
		"GATEWAY_INTERFACE": "CGI/1.1", "QUERY_STRING": "", "REMOTE_ADDR": "192.0.2.7", "REQUEST_METHOD": "GET", "SCRIPT_NAME": "/p.lc",
		"SERVER_NAME": "site.example", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "Apache/2.4",
		"DOCUMENT_ROOT": p.path("site"), "SCRIPT_FILENAME": p.path("site/p.lc"),
	}
	p.Subject = doctor.Subject{
		Version: "1.0", Way: doctor.WayCGI, Page: p.path("site/p.lc"), Root: p.path("site"), Extensions: []string{".lc"},
		Settings:  []doctor.Setting{{Name: "LCGI_TIMEOUT", Default: "30s"}},
		MaxMemory: 256 << 20, MaxFile: 64 << 20,
		Sessions: p.path("sessions"), Uploads: p.path("uploads"),
		OpenStore: func() error { return nil },
		Now:       func() time.Time { return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) },
	}
	p.as(33)
	return p
}

// as runs the pages as a user, to whom the folders belong if the tests may say so.
func (p *patient) as(uid int) {
	if os.Geteuid() != 0 {
		uid = os.Geteuid()
	}
	p.system.Euid = func() int { return uid }
	p.system.Egid = func() int { return uid }
	for _, name := range []string{"sessions", "uploads"} {
		p.must(os.Chown(p.path(name), uid, -1))
	}
}

func (p *patient) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *patient) path(name string) string { return filepath.Join(p.dir, name) }

func (p *patient) mkdir(name string, mode fs.FileMode) {
	p.t.Helper()
	p.must(os.Mkdir(p.path(name), 0o700))
	p.chmod(name, mode)
}

func (p *patient) chmod(name string, mode fs.FileMode) {
	p.t.Helper()
	p.must(os.Chmod(p.path(name), mode))
}

func (p *patient) write(name string, mode fs.FileMode) {
	p.t.Helper()
	p.must(os.WriteFile(p.path(name), []byte("text"), 0o644))
	p.chmod(name, mode)
}

func (p *patient) findings() []doctor.Finding {
	p.t.Helper()
	p.Subject.System = &p.system
	if p.env != nil {
		p.Request = cgi.NewRequest(p.env, nil, cgi.Limits{})
		trusted, err := cgi.ParseProxies(p.proxies)
		p.must(err)
		p.Request.SetTrustedProxies(trusted)
	}
	return doctor.Examine(p.Subject)
}

// find returns the finding of a name such as "Sessions: mode".
func (p *patient) find(name string) (found doctor.Finding) {
	p.t.Helper()
	seen := false
	for _, f := range p.findings() {
		if f.Group+": "+f.Name == name {
			if seen {
				p.t.Errorf("%s is found twice", name)
			}
			found, seen = f, true
		}
	}
	if !seen {
		p.t.Errorf("%s is not found", name)
	}
	return found
}

// disk puts all files on a file system.
func (p *patient) disk(system doctor.FileSystem, err error) {
	p.system.Fsync = func(*os.File) error { return nil } // it takes its time
	p.system.FileSystem = func(string) (doctor.FileSystem, error) { return system, err }
}

// limit sets a limit of the process.
func (p *patient) limit(which doctor.Limit, value uint64) {
	p.system.Limit = func(l doctor.Limit) (uint64, bool) {
		if l == which {
			return value, true
		}
		return ^uint64(0), true
	}
}

// files are all that is in /proc and /sys.
func (p *patient) files(files map[string]string) {
	p.system.ReadFile = func(name string) ([]byte, error) {
		text, ok := files[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
}

// private is our folder in that of the uploads.
func (p *patient) private() string {
	return fmt.Sprintf("uploads/lcgi-uploads-%d", p.system.Euid())
}

// makePrivate makes it as the first upload does.
func (p *patient) makePrivate(mode fs.FileMode) {
	p.t.Helper()
	p.mkdir(p.private(), mode)
	p.must(os.Chown(p.path(p.private()), p.system.Euid(), -1))
}
