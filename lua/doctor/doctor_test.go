package doctor_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"lcgi/lua/doctor"
)

// TestHealthy: where all is well nothing else is said, and nothing is left behind.
func TestHealthy(t *testing.T) {
	p := newPatient(t)
	p.system.Fsync = doctor.OwnSystem().Fsync
	seen := make(map[string]bool)
	for _, f := range p.findings() {
		if f.State != doctor.OK || f.Advice != "" {
			t.Errorf("%+v", f)
		}
		name := f.Group + ": " + f.Name
		if seen[name] {
			t.Errorf("%s is found twice", name)
		}
		seen[name] = true
	}
	if len(seen) < 35 {
		t.Errorf("only %d findings", len(seen))
	}
	for _, dir := range []string{"sessions", "uploads"} {
		if entries, err := os.ReadDir(p.path(dir)); err != nil || len(entries) > 0 {
			t.Errorf("%s holds %v, %v", dir, entries, err)
		}
	}
	if doctor.Failed(p.findings()) {
		t.Error("something has failed")
	}
}

// TestFaults makes each fault happen.
func TestFaults(t *testing.T) {
	failing := errors.New("it is broken")
	for _, c := range []struct {
		name   string
		ill    func(p *patient)
		find   string
		state  doctor.State
		value  string
		advice string
	}{
		{"root serves", func(p *patient) { p.system.Euid = func() int { return 0 } }, "Program: user", doctor.Warning, "a mistake in a page may touch every file", "User=www-data"},
		{"root asks", func(p *patient) { p.system.Euid = func() int { return 0 }; p.Way = doctor.WayCommand }, "Program: user", doctor.Note, "pages of a web server run as another", "sudo -u www-data lcgi doctor"},
		{"1970", func(p *patient) { p.Now = func() time.Time { return time.Unix(0, 0).UTC() } }, "Program: clock", doctor.Error, "1970-01-01T00:00:00Z: this cannot be", "timedatectl set-ntp true"},
		{"far future", func(p *patient) { p.Now = func() time.Time { return time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC) } }, "Program: clock", doctor.Error, "2100-01-01T00:00:00Z: this cannot be", "timedatectl"},
		{"unknown zone", func(p *patient) { p.Environ = []string{"TZ=Europe/Berln"} }, "Program: time zone", doctor.Warning, "TZ=Europe/Berln is not known here, so times are those of UTC", "TZ=Europe/Berlin"},
		{"zone file that is missing", func(p *patient) { p.Environ = []string{"TZ=:/no/such/zone"} }, "Program: time zone", doctor.Warning, "TZ=/no/such/zone is not known", "TZ=Europe/Berlin"},
		{"command line", func(p *patient) { p.Way, p.env = doctor.WayCommand, nil }, "Way in: way in", doctor.Note, "not those of a web server", "doctor.lc"},

		{"no root", func(p *patient) { p.Root = "" }, "Way in: document root", doctor.Error, "not known", "fastcgi_param DOCUMENT_ROOT $document_root;"},
		{"missing root", func(p *patient) { p.Root = p.path("none") }, "Way in: document root", doctor.Error, "none does not exist", "mkdir -p /"},
		{"root in a file", func(p *patient) { p.Root = p.path("site/p.lc/x") }, "Way in: document root", doctor.Error, "cannot be reached: not a directory", "namei -l /"},
		{"root is a file", func(p *patient) { p.Root = p.path("site/p.lc") }, "Way in: document root", doctor.Error, "is no folder", "name the folder"},
		{"root is a guess", func(p *patient) { delete(p.env, "DOCUMENT_ROOT") }, "Way in: document root", doctor.Warning, "a guess: the server does not send DOCUMENT_ROOT", "fastcgi_param DOCUMENT_ROOT"},
		{"variables that are missing", func(p *patient) { delete(p.env, "SERVER_PORT"); p.env["REMOTE_ADDR"] = "" }, "Way in: RFC 3875", doctor.Warning, "does not send REMOTE_ADDR, SERVER_PORT", "include fastcgi_params"},
		{"nameless server", func(p *patient) { p.env["SERVER_NAME"] = "" }, "Way in: RFC 3875", doctor.Warning, "sends an empty SERVER_NAME", "server_name www.example.org"},
		{"no query string", func(p *patient) { delete(p.env, "QUERY_STRING") }, "Way in: RFC 3875", doctor.Warning, "does not send QUERY_STRING", "fastcgi_params"},
		{"proxy", func(p *patient) { p.env["HTTP_X_FORWARDED_PROTO"] = "https"; p.env["HTTP_FORWARDED"] = "x" }, "Way in: proxy", doctor.Warning, "192.0.2.7 sends X-Forwarded-Proto, Forwarded, which count nothing", "LCGI_TRUSTED_PROXIES=192.0.2.7"},
		{"https by a header", func(p *patient) { p.env["HTTP_HTTPS"] = "on" }, "Way in: proxy", doctor.Warning, "sends Https, which count nothing", "LCGI_TRUSTED_PROXIES="},
		{"another is trusted", func(p *patient) {
			p.env["HTTP_X_FORWARDED_FOR"] = "1.2.3.4"
			p.proxies = "10.0.0.0/8"
		}, "Way in: proxy", doctor.Warning, "not trusted", "LCGI_TRUSTED_PROXIES=192.0.2.7"},
		{"httpoxy", func(p *patient) { p.Environ = []string{"HTTP_PROXY=http://me:hunter2@evil.example"} }, "Way in: HTTP_PROXY", doctor.Warning, "is set, by the server or by a client", "RequestHeader unset Proxy early"},
		{"a proxy of our own", func(p *patient) { p.Environ, p.Way = []string{"HTTP_PROXY=http://proxy.example"}, doctor.WayServe }, "Way in: HTTP_PROXY", doctor.Note, "pages do not see it", "https_proxy"},

		{"setting that cannot be read", func(p *patient) {
			p.Settings = []doctor.Setting{{"LCGI_TIMEOUT", "30s", "5", "environment", errors.New("must have a unit")}}
		}, "Settings: LCGI_TIMEOUT", doctor.Error, "5 (environment) cannot be read", "LCGI_TIMEOUT must have a unit"},
		{"errors are shown", func(p *patient) {
			p.Settings = []doctor.Setting{{"LCGI_ERRORS", "log", "page", "environment", nil}}
		}, "Settings: LCGI_ERRORS", doctor.Note, "visitors see the source", "LCGI_ERRORS=log"},
		{"unknown setting", func(p *patient) { p.Environ = []string{"LCGI_TIMOUT=5s", "LCGI_TEST_X=1"} }, "Settings: LCGI_TIMOUT", doctor.Warning, "no such setting", "lcgi help"},

		{"no prepended file", func(p *patient) { p.Prepend = p.path("none.lua") }, "Site: prepended file", doctor.Error, "none.lua cannot be read: no such file or directory", "ls -l "},
		{"prepended folder", func(p *patient) { p.Prepend = p.path("site") }, "Site: prepended file", doctor.Error, "is no regular file", "LCGI_PREPEND="},
		{"prepended text", func(p *patient) { p.Prepend = p.path("a.txt"); p.write("a.txt", 0o644) }, "Site: prepended file", doctor.Error, "is neither a page (.lc) nor a .lua file", "LCGI_PREPEND="},
		{"no include path", func(p *patient) { p.IncludePath = []string{"/no/such"} }, "Site: include path /no/such", doctor.Error, "/no/such does not exist", "mkdir /no/such"},
		{"page anybody can write", func(p *patient) { p.chmod("site/p.lc", 0o666) }, "Site: rights", doctor.Warning, "site/p.lc can be written by every user", "chmod -R o-w "},
		{"folder anybody can write", func(p *patient) { p.mkdir("site/sub dir", 0o777) }, "Site: rights", doctor.Warning, "site/sub dir can be written by every user", "chmod -R o-w "},

		{"no session folder", func(p *patient) { p.Sessions = "" }, "Sessions: folder", doctor.Error, "not known", "LCGI_SESSION_SAVE_PATH="},
		{"session folder that is missing", func(p *patient) { p.Sessions = p.path("it's") }, "Sessions: folder", doctor.Error, "it's does not exist", `it'\''s' && chown 33`},
		{"session folder in a file", func(p *patient) { p.Sessions = p.path("site/p.lc/x") }, "Sessions: folder", doctor.Error, "cannot be reached by www-data (33): not a directory", "namei -l /"},
		{"session folder is a link", func(p *patient) {
			p.Sessions = p.path("link")
			p.must(os.Symlink(p.path("sessions"), p.Sessions))
		}, "Sessions: folder", doctor.Error, "is a symbolic link", "readlink -f /"},
		{"session folder is a file", func(p *patient) { p.Sessions = p.path("site/p.lc") }, "Sessions: folder", doctor.Error, "is no folder", "mkdir -m 700 /"},
		{"temporary folder that is missing", func(p *patient) { p.Sessions, p.SessionsDefault = p.path("none/sessions"), true }, "Sessions: temporary folder", doctor.Error, "none does not exist", "mkdir -m 1777 "},
		{"default folder behind a web server", func(p *patient) { p.SessionsDefault = true }, "Sessions: folder", doctor.Note, "may be emptied", "LCGI_SESSION_SAVE_PATH=/var/lib/lcgi/sessions"},
		{"session folder of another", func(p *patient) { p.system.Euid = func() int { return 4711 } }, "Sessions: owner", doctor.Error, "pages are run by 4711", "chown 4711 /"},
		{"session folder of all", func(p *patient) { p.chmod("sessions", 0o777|fs.ModeSticky) }, "Sessions: mode", doctor.Error, "1777: a folder that all users share", "sessions/sessions"},
		{"session folder others can write", func(p *patient) { p.chmod("sessions", 0o730) }, "Sessions: mode", doctor.Error, "0730: others can write there", "chmod 700 /"},
		{"closed session folder", func(p *patient) { p.chmod("sessions", 0o500) }, "Sessions: mode", doctor.Error, "0500: it is closed to its own user", "chmod 700 /"},
		{"session folder others can list", func(p *patient) { p.chmod("sessions", 0o755) }, "Sessions: mode", doctor.Note, "0755: others can see which sessions there are", "chmod 700 /"},
		{"session folder in the site", func(p *patient) { p.mkdir("site/s", 0o700); p.Sessions = p.path("site/s") }, "Sessions: place", doctor.Error, "is below the document root", "/001/lcgi-sessions"},
		{"session folder is the site, by a link", func(p *patient) {
			p.must(os.Symlink(p.path("sessions"), p.path("link")))
			p.Root = p.path("link")
		}, "Sessions: place", doctor.Error, "is below the document root", "LCGI_SESSION_SAVE_PATH=/"},
		{"store that does not open", func(p *patient) { p.OpenStore = func() error { return failing } }, "Sessions: store", doctor.Error, "cannot be opened: it is broken", "LCGI_SESSION_SAVE_PATH=/another/folder"},
		{"store that says what to do", func(p *patient) {
			p.OpenStore = func() error { return errors.New("it is open at redis://me:hunter2@host; close it: chmod 700 x") }
		}, "Sessions: store", doctor.Error, "cannot be opened: it is open at redis://(not shown)@host", "close it: chmod 700 x"},
		{"no file", func(p *patient) {
			p.system.CreateTemp = func(string, string) (*os.File, error) { return nil, unix.EACCES }
		}, "Sessions: use", doctor.Error, "no file can be made: permission denied", "chown 33 /"},
		{"no writing", func(p *patient) {
			p.system.CreateTemp = func(dir, pattern string) (*os.File, error) {
				f, err := os.CreateTemp(dir, pattern)
				p.must(err)
				p.must(f.Close())
				return os.Open(f.Name())
			}
		}, "Sessions: use", doctor.Error, "a file cannot be written to: bad file descriptor", "make room: df -h /"},
		{"file that goes away", func(p *patient) {
			p.system.CreateTemp = func(dir, pattern string) (*os.File, error) {
				f, err := os.CreateTemp(dir, pattern)
				p.must(err)
				p.must(os.Remove(f.Name()))
				return f, nil
			}
		}, "Sessions: use", doctor.Error, "a file cannot be locked: no such file or directory", "on a local disk"},
		{"no lock", func(p *patient) { p.system.Flock = func(int, int) error { return unix.ENOLCK } }, "Sessions: use", doctor.Error, "a file cannot be locked: no locks available", "on a local disk"},
		{"lock that holds nobody off", func(p *patient) { p.system.Flock = func(int, int) error { return nil } }, "Sessions: use", doctor.Error, "a second descriptor got the lock", "on a local disk"},
		{"second lock fails", func(p *patient) {
			n := 0
			p.system.Flock = func(int, int) error {
				if n++; n == 2 {
					return unix.EIO
				}
				return nil
			}
		}, "Sessions: use", doctor.Error, "a file cannot be locked: input/output error", "on a local disk"},
		{"no unlocking", func(p *patient) {
			flock := p.system.Flock
			p.system.Flock = func(fd, how int) error {
				if how == unix.LOCK_UN {
					return unix.EIO
				}
				return flock(fd, how)
			}
		}, "Sessions: use", doctor.Error, "a file cannot be locked: input/output error", "on a local disk"},
		{"no flush", func(p *patient) { p.system.Fsync = func(*os.File) error { return unix.EIO } }, "Sessions: use", doctor.Error, "cannot be flushed to the disk: input/output error", "on a local disk"},
		{"no rename", func(p *patient) { p.system.Rename = func(string, string) error { return unix.EXDEV } }, "Sessions: use", doctor.Error, "cannot be renamed: invalid cross-device link", "on a local disk"},
		{"no removal", func(p *patient) { p.system.Remove = func(string) error { return unix.EPERM } }, "Sessions: use", doctor.Error, "cannot be removed: operation not permitted", "rm /"},
		{"file system that is not known", func(p *patient) { p.disk(doctor.FileSystem{}, unix.ENOSYS) }, "Sessions: file system", doctor.Note, "not known: function not implemented", "df /"},
		{"sessions on NFS", func(p *patient) { p.disk(doctor.FileSystem{Type: "nfs", Free: 1 << 40}, nil) }, "Sessions: file system", doctor.Warning, "nfs, where locks", "on a local disk"},
		{"sessions in memory", func(p *patient) { p.disk(doctor.FileSystem{Type: "tmpfs", Free: 1 << 40}, nil) }, "Sessions: file system", doctor.Warning, "all sessions end when the machine", "on a local disk"},
		{"sessions in a container", func(p *patient) { p.disk(doctor.FileSystem{Type: "overlay", Free: 1 << 40}, nil) }, "Sessions: file system", doctor.Note, "all sessions end with it", "mount a volume"},
		{"full disk", func(p *patient) { p.disk(doctor.FileSystem{Type: "ext4", Free: 4096}, nil) }, "Sessions: room", doctor.Error, "4kB free: the disk is full", "df -h /"},
		{"no inode", func(p *patient) {
			p.disk(doctor.FileSystem{Type: "ext4", Free: 1 << 40, TotalFiles: 100, FreeFiles: 9}, nil)
		}, "Sessions: room", doctor.Error, "9 files more: the file system has no place", "df -i /"},
		{"little room", func(p *patient) { p.disk(doctor.FileSystem{Type: "ext4", Free: 32 << 20}, nil) }, "Sessions: room", doctor.Warning, "32MB free: less than the 64MB", "df -h /"},
		{"few inodes", func(p *patient) {
			p.disk(doctor.FileSystem{Type: "ext4", Free: 1 << 40, TotalFiles: 1e6, FreeFiles: 999}, nil)
		}, "Sessions: room", doctor.Warning, "999 files more: few files", "df -i /"},

		{"no upload folder", func(p *patient) { p.Uploads = p.path("none") }, "Uploads: folder", doctor.Error, "none does not exist", "mkdir -m 700 /"},
		{"upload folder of all", func(p *patient) { p.chmod("uploads", 0o777) }, "Uploads: folder", doctor.Warning, "every user can put something in the place", "chmod +t /"},
		{"upload folder in the site", func(p *patient) { p.mkdir("site/u", 0o700); p.Uploads = p.path("site/u") }, "Uploads: place", doctor.Error, "is below the document root", "/001/lcgi-uploads"},
		{"uploads in memory", func(p *patient) { p.disk(doctor.FileSystem{Type: "tmpfs", Free: 1 << 40}, nil) }, "Uploads: file system", doctor.Note, "uploads that wait need it", "LCGI_UPLOAD_DIR="},
		{"no room for an upload", func(p *patient) {
			p.MaxFile = 1 << 30
			p.disk(doctor.FileSystem{Type: "ext4", Free: 512 << 20}, nil)
		}, "Uploads: room", doctor.Warning, "512MB free: less than the 1024MB", "df -h /"},
		{"private folder in a file", func(p *patient) { p.Uploads = p.path("uploads"); p.write(p.private(), 0o600) }, "Uploads: private folder", doctor.Error, "is no folder", "rm /"},
		{"private folder that is open", func(p *patient) { p.makePrivate(0o750) }, "Uploads: private folder", doctor.Error, "has the mode 0750, so no upload works", "chmod 700 /"},
		{"private folder that is closed", func(p *patient) { p.makePrivate(0o500) }, "Uploads: private folder", doctor.Error, "has the mode 0500, so no upload works", "chmod 700 /"},
		{"leftovers", func(p *patient) {
			p.as(os.Geteuid()) // whose uploads they are
			p.upload("of a request at work")
			p.killedUpload("left")
			p.Now = func() time.Time { return time.Now().Add(time.Hour) }
		}, "Uploads: leftovers", doctor.Note, "were killed: 1, 4 bytes", "find /"},

		{"little address space", func(p *patient) { p.limit(doctor.LimitMemory, 64<<20) }, "Limits: address space", doctor.Warning, "64MB, which is too little for LCGI_MAX_MEMORY (256MB)", "ulimit -v unlimited"},
		{"container with little memory", func(p *patient) {
			p.files(map[string]string{"/proc/self/cgroup": "0::/app/web\n", "/sys/fs/cgroup/app/memory.max": "134217728\n", "/sys/fs/cgroup/app/web/memory.max": "max\n"})
		}, "Limits: memory of the group", doctor.Warning, "128MB, which is too little", "LCGI_MAX_MEMORY=64MB"},
		{"container of the first version", func(p *patient) {
			p.files(map[string]string{"/proc/self/cgroup": "3:cpu:/x\n5:memory:/app\n", "/sys/fs/cgroup/memory/app/memory.limit_in_bytes": "33554432\n"})
		}, "Limits: memory of the group", doctor.Warning, "32MB, which is too little", "--memory="},
		{"few open files", func(p *patient) { p.limit(doctor.LimitFiles, 20) }, "Limits: open files", doctor.Warning, "20: requests", "ulimit -n 1024"},
		{"few processes", func(p *patient) { p.limit(doctor.LimitProcesses, 8) }, "Limits: processes", doctor.Warning, "8: every request", "ulimit -u 256"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPatient(t)
			c.ill(p)
			f := p.find(c.find)
			if f.State != c.state || !strings.Contains(f.Value, c.value) || !strings.Contains(f.Advice, c.advice) || f.Advice == "" {
				t.Errorf("found %s: %s\nadvice %s\nwant %s: %s\nadvice %s", f.State, f.Value, f.Advice, c.state, c.value, c.advice)
			}
			if text := doctor.Text(p.findings(), false); strings.Contains(text, "hunter2") {
				t.Errorf("a secret is told:\n%s", text)
			}
		})
	}
}

// TestForeign: what needs another user can only be made by root.
func TestForeign(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	p := newPatient(t)
	p.mkdir(p.private(), 0o700)
	p.must(os.Chown(p.path(p.private()), 4711, -1))
	if f := p.find("Uploads: private folder"); f.State != doctor.Error || !strings.Contains(f.Value, "belongs to 4711") || !strings.Contains(f.Advice, "chown 33 /") {
		t.Errorf("%+v", f)
	}
}

// TestWell: what looks like a fault and is none.
func TestWell(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(p *patient)
		find string
		want string
	}{
		{"page by PATH_TRANSLATED", func(p *patient) { p.env["SCRIPT_FILENAME"] = "/usr/bin/lcgi" }, "Way in: page", "named by PATH_TRANSLATED"},
		{"page by SCRIPT_FILENAME", func(*patient) {}, "Way in: page", "named by SCRIPT_FILENAME"},
		{"nameless server", func(p *patient) { p.env["SERVER_SOFTWARE"] = "" }, "Way in: way in", "a server that does not say its name"},
		{"serve", func(p *patient) { p.Way = doctor.WayServe }, "Way in: way in", "lcgi serve"},
		{"run", func(p *patient) { p.Way = doctor.WayRun }, "Way in: way in", "lcgi run"},
		{"trusted proxy", func(p *patient) {
			p.env["HTTP_X_FORWARDED_FOR"] = "1.2.3.4"
			p.env["REMOTE_ADDR"] = "::ffff:10.1.1.1"
			p.proxies = "10.0.0.0/8"
		}, "Way in: proxy", "is trusted and sends X-Forwarded-For"},
		{"trusted proxy at a socket", func(p *patient) {
			p.env["HTTP_X_FORWARDED_PROTO"] = "https"
			p.env["REMOTE_ADDR"] = "unix:"
			p.proxies = "unix:"
		}, "Way in: proxy", "unix: is trusted and sends X-Forwarded-Proto; the scheme is https"},
		{"zone", func(p *patient) { p.Environ = []string{"TZ=UTC"} }, "Program: time zone", "UTC"},
		{"no HTTP_PROXY", func(p *patient) { p.Environ = []string{"HTTP_PROXY="} }, "Way in: HTTP_PROXY", "is not set"},
		{"setting", func(p *patient) {
			p.Settings = []doctor.Setting{{"LCGI_SESSION_SAVE_PATH", "none", "redis://me:hunter2@host/1", "flag -session-save-path", nil}}
		}, "Settings: LCGI_SESSION_SAVE_PATH", "redis://(not shown)@host/1 (flag -session-save-path; default: none)"},
		{"default folder that is not made yet", func(p *patient) { p.Sessions, p.SessionsDefault = p.path("uploads/new"), true }, "Sessions: folder", "uploads/new will be made with the first session"},
		{"default folder", func(p *patient) { p.SessionsDefault, p.Way = true, doctor.WayServe }, "Sessions: folder", "sessions (default)"},
		{"prepended page", func(p *patient) { p.Prepend = p.path("site/p.lc") }, "Site: prepended file", "p.lc"},
		{"include path", func(p *patient) { p.IncludePath = []string{"/"} }, "Site: include path /", "is there"},
		{"folder beside the site whose name begins alike", func(p *patient) { p.mkdir("site2", 0o700); p.Uploads = p.path("site2") }, "Uploads: place", "outside"},
		{"file that all may write but nobody runs", func(p *patient) { p.write("site/data.txt", 0o666) }, "Site: rights", "cannot be written by every user"},
		{"big site", func(p *patient) {
			for i := range 5000 {
				p.must(os.WriteFile(p.path(fmt.Sprintf("site/%d", i)), nil, 0o600))
			}
		}, "Site: rights", "of the first 5000 files none"},
		{"upload folder of all, with the sticky bit", func(p *patient) { p.chmod("uploads", 0o777|fs.ModeSticky) }, "Uploads: folder", "uploads"},
		{"uploads in a container", func(p *patient) { p.disk(doctor.FileSystem{Type: "overlay", Free: 1 << 40}, nil) }, "Uploads: file system", "overlay"},
		{"private folder", func(p *patient) { p.makePrivate(0o700) }, "Uploads: leftovers", "none"},
		{"young uploads", func(p *patient) {
			p.as(os.Geteuid())
			p.killedUpload("left")
			p.Now = time.Now
		}, "Uploads: leftovers", "none"},
		{"private folder with the group's bit", func(p *patient) { p.makePrivate(0o700 | fs.ModeSetgid) }, "Uploads: private folder", "lcgi-uploads-"},
		{"missing root", func(p *patient) { p.Root = p.path("none") }, "Sessions: place", "outside"},
		{"enough memory", func(p *patient) {
			p.files(map[string]string{"/proc/self/cgroup": "0::/\n", "/sys/fs/cgroup/memory.max": "1073741824\n"})
		}, "Limits: memory of the group", "1024MB"},
		{"unlimited of the first version", func(p *patient) {
			p.files(map[string]string{"/proc/self/cgroup": "5:memory:/\n", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n"})
		}, "Limits: memory of the group", "unlimited"},
		{"much address space", func(p *patient) { p.limit(doctor.LimitMemory, 1<<45) }, "Limits: address space", "GB"},
		{"open files", func(p *patient) { p.limit(doctor.LimitFiles, 1024) }, "Limits: open files", "1024"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newPatient(t)
			c.set(p)
			if f := p.find(c.find); f.State != doctor.OK || !strings.Contains(f.Value, c.want) {
				t.Errorf("found %s: %s\nwant ok: %s", f.State, f.Value, c.want)
			}
		})
	}
}

// TestOwnSystem asks the machine itself.
func TestOwnSystem(t *testing.T) {
	system := doctor.OwnSystem()
	if fs, err := system.FileSystem(t.TempDir()); err != nil || fs.Type == "" || fs.Free == 0 {
		t.Errorf("the file system is %+v, %v", fs, err)
	}
	if _, err := system.FileSystem("/no/such/folder"); err == nil {
		t.Error("a folder that is missing has a file system")
	}
	for _, l := range []doctor.Limit{doctor.LimitMemory, doctor.LimitFiles, doctor.LimitProcesses} {
		if value, ok := system.Limit(l); !ok || value == 0 {
			t.Errorf("limit %d is %d, %t", l, value, ok)
		}
	}
	if name := system.UserName(0); name != "root" {
		t.Errorf("user 0 is %q", name)
	}
	if name := system.GroupName(1 << 30); name != "" {
		t.Errorf("a group that nobody has is called %q", name)
	}
}

// TestNothing: of a subject that nothing is known of, that is what is told.
func TestNothing(t *testing.T) {
	findings := doctor.Examine(doctor.Subject{})
	var faults []string
	for _, f := range findings {
		if f.State == doctor.Error {
			faults = append(faults, f.Group+": "+f.Name)
		}
	}
	if want := "Way in: document root, Sessions: folder"; strings.Join(faults, ", ") != want {
		t.Errorf("faults are %q, want %s", faults, want)
	}
}

// TestOneFault: a folder that the store would refuse is one fault, and not two.
func TestOneFault(t *testing.T) {
	p := newPatient(t)
	p.OpenStore = func() error { return errors.New("the mode is wrong") }
	p.chmod("sessions", 0o777)
	var faults []string
	for _, f := range p.findings() {
		if f.State == doctor.Error {
			faults = append(faults, f.Name)
		}
	}
	if len(faults) != 1 || faults[0] != "mode" {
		t.Errorf("faults are %q", faults)
	}
}
