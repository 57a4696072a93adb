package lua

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"lcgi/cgi"
	"lcgi/lua/log"
)

// Settings are what the owner of a site can set, by the environment variables
// of the same names with LCGI_ before them.
type Settings struct {
	Errors          string        // LCGI_ERRORS: "page" shows errors to the visitor, "log" only to the log
	Timeout         time.Duration // LCGI_TIMEOUT: how long a page may run
	MaxMemory       int64         // LCGI_MAX_MEMORY: bytes by which the heap may grow while a page runs
	SessionSavePath string        // LCGI_SESSION_SAVE_PATH: a folder; empty is the user's own below the temporary folder
	SessionWait     time.Duration // LCGI_SESSION_WAIT: how long a request waits for a session in use
	SessionMax      int           // LCGI_SESSION_MAX: most live sessions in one store; 0 is no limit
	Prepend         string        // LCGI_PREPEND: absolute path of a page or .lua file to run before every page; "" is none
	IncludePath     []string      // LCGI_INCLUDE_PATH: absolute folders, further roots for include and require
	Extensions      []string      // LCGI_EXTENSIONS: what the names of pages end in
	LogLevel        log.Level     // LCGI_LOG_LEVEL: the least important lines of the module log that are written
	SendFile        cgi.HandOver  // LCGI_SENDFILE: how files are handed over to the web server
	UploadDir       string        // LCGI_UPLOAD_DIR: absolute folder below which uploads wait; "" is the temporary folder
	Limits          cgi.Limits    // LCGI_MAX_BODY, LCGI_MAX_FILE, LCGI_MAX_FILES, LCGI_MAX_FIELDS, LCGI_MAX_HEADERS, LCGI_MAX_OUTPUT

	// LCGI_TRUSTED_PROXIES: the addresses of proxies whose X-Forwarded headers count.
	TrustedProxies []netip.Prefix
}

// DefaultSettings returns the settings that hold where none is made.
func DefaultSettings() Settings {
	return Settings{
		Errors:      "log",
		Timeout:     30 * time.Second,
		MaxMemory:   256 << 20,
		SessionWait: 10 * time.Second,
		Extensions:  []string{".lc"},
	}
}

// A Setting is one of the settings, for commands that offer them as flags.
type Setting struct {
	Name    string // as an environment variable
	Help    string // what the value means
	Default string // what holds where it is not set, in words
	IsPath  bool   // the value is an absolute path
	set     func(s *Settings, value string) error
}

// AllSettings returns every setting there is.
func AllSettings() []Setting {
	return []Setting{
		{"LCGI_ERRORS", "where page errors are shown: page or log", "page in serve, else log", false, func(s *Settings, v string) error {
			if v != "page" && v != "log" {
				return fmt.Errorf("must be page or log")
			}
			s.Errors = v
			return nil
		}},
		{"LCGI_LOG_LEVEL", "least important lines of the module log that are written: debug, info, warn or error", "info", false, func(s *Settings, v string) (err error) {
			s.LogLevel, err = log.ParseLevel(v)
			return err
		}},
		{"LCGI_TIMEOUT", "how long a page may run", "30s", false, func(s *Settings, v string) error {
			return setDuration(&s.Timeout, v)
		}},
		{"LCGI_MAX_MEMORY", "growth of memory at which a page is stopped", "256MB", false, func(s *Settings, v string) error {
			return setSize(&s.MaxMemory, v)
		}},
		{"LCGI_MAX_OUTPUT", "largest answer held in memory", "64MB", false, func(s *Settings, v string) error {
			return setSize(&s.Limits.Output, v)
		}},
		{"LCGI_MAX_BODY", "largest request body", "8MB", false, func(s *Settings, v string) error {
			return setSize(&s.Limits.Body, v)
		}},
		{"LCGI_MAX_FILE", "largest file that is uploaded", "64MB", false, func(s *Settings, v string) error {
			return setSize(&s.Limits.File, v)
		}},
		{"LCGI_MAX_FILES", "most files in a request", "20", false, func(s *Settings, v string) error {
			return setCount(&s.Limits.Files, v)
		}},
		{"LCGI_MAX_FIELDS", "most form fields in a request", "1000", false, func(s *Settings, v string) error {
			return setCount(&s.Limits.Fields, v)
		}},
		{"LCGI_MAX_HEADERS", "largest headers of a request, all together", "64kB", false, func(s *Settings, v string) error {
			var n int64
			err := setSize(&n, v)
			if err == nil && n > math.MaxInt32 {
				err = fmt.Errorf("must be below 2GB")
			}
			s.Limits.Headers = int(n)
			return err
		}},
		{"LCGI_UPLOAD_DIR", "folder in which uploaded files wait until the page has ended", "the temporary folder", true, func(s *Settings, v string) error {
			if !filepath.IsAbs(v) {
				return fmt.Errorf("must be an absolute path")
			}
			s.UploadDir = filepath.Clean(v)
			return nil
		}},
		{"LCGI_TRUSTED_PROXIES", "addresses of proxies whose X-Forwarded headers count, such as 127.0.0.1,10.0.0.0/8", "none", false, func(s *Settings, v string) (err error) {
			s.TrustedProxies, err = cgi.ParseProxies(v)
			return err
		}},
		{"LCGI_SESSION_SAVE_PATH", "folder of the sessions", "one for each site below the temporary folder", true, func(s *Settings, v string) error {
			if !filepath.IsAbs(v) {
				return fmt.Errorf("must be an absolute path")
			}
			s.SessionSavePath = v
			return nil
		}},
		{"LCGI_SESSION_WAIT", "how long a request waits for a session in use", "10s", false, func(s *Settings, v string) error {
			return setDuration(&s.SessionWait, v)
		}},
		{"LCGI_SESSION_MAX", "most live sessions; who would be one more gets a 503", "none", false, func(s *Settings, v string) error {
			return setCount(&s.SessionMax, v)
		}},
		{"LCGI_PREPEND", "a page or .lua file that is run before every page", "none", true, func(s *Settings, v string) error {
			if !filepath.IsAbs(v) {
				return fmt.Errorf("must be an absolute path")
			}
			s.Prepend = filepath.Clean(v)
			return nil
		}},
		{"LCGI_INCLUDE_PATH", "further folders for include and require, separated by commas", "none", false, func(s *Settings, v string) error {
			s.IncludePath = list(v)
			for _, dir := range s.IncludePath {
				if !filepath.IsAbs(dir) {
					return fmt.Errorf("%s must be an absolute path", strconv.Quote(dir))
				}
			}
			return nil
		}},
		{"LCGI_SENDFILE", "how the web server sends files for pages: x-sendfile, or x-accel-redirect /url/=/folder/ with commas between several", "lcgi sends them", false, func(s *Settings, v string) (err error) {
			s.SendFile, err = cgi.ParseHandOver(v)
			return err
		}},
		{"LCGI_EXTENSIONS", "what the names of pages end in, separated by commas", ".lc", false, func(s *Settings, v string) error {
			s.Extensions = list(v)
			for _, ext := range s.Extensions {
				if len(ext) < 2 || ext[0] != '.' || strings.ContainsAny(ext[1:], "/.") {
					return fmt.Errorf("%s must be a dot and a name", strconv.Quote(ext))
				}
			}
			if len(s.Extensions) == 0 {
				return fmt.Errorf("must name at least one, such as .lc")
			}
			return nil
		}},
	}
}

// A SettingError is a setting whose value cannot be read.
type SettingError struct {
	Name, Value string
	Err         error
}

func (e *SettingError) Error() string {
	return fmt.Sprintf("the setting %s=%q cannot be read: %v", e.Name, e.Value, e.Err)
}

// Unwrap returns what is wrong with the value.
func (e *SettingError) Unwrap() error { return e.Err }

// Apply reads every setting for which lookup has a value that is not empty.
// The error is a *SettingError.
func (s *Settings) Apply(lookup func(name string) string) error {
	for _, setting := range AllSettings() {
		value := strings.TrimSpace(lookup(setting.Name))
		if value == "" {
			continue
		}
		if err := setting.set(s, value); err != nil {
			return &SettingError{Name: setting.Name, Value: value, Err: err}
		}
	}
	return nil
}

// CheckFiles reports what cannot work of the files that the settings name, for the
// site with the given document root. A server asks before it begins.
func (s *Settings) CheckFiles(root string) error {
	if s.SessionSavePath != "" {
		root, err := filepath.Abs(root)
		if err == nil {
			err = checkOutside(realPath(s.SessionSavePath), realPath(root))
		}
		if err != nil {
			return err
		}
	}
	if s.UploadDir != "" {
		if info, err := os.Stat(s.UploadDir); err != nil || !info.IsDir() {
			return fmt.Errorf("LCGI_UPLOAD_DIR: %s is not a folder; make it, for example with mkdir -m 700", s.UploadDir)
		}
	}
	for _, folder := range s.SendFile.Folders {
		if info, err := os.Stat(folder.Dir); err != nil {
			return fmt.Errorf("LCGI_SENDFILE: the folder of %s: %w", folder.URL, err)
		} else if !info.IsDir() {
			return fmt.Errorf("LCGI_SENDFILE: %s is not a folder", folder.Dir)
		}
	}
	if s.Prepend == "" {
		return nil
	}
	if _, err := s.prependKind(); err != nil {
		return err
	}
	info, err := os.Stat(s.Prepend)
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is not a regular file")
	}
	if err != nil {
		return fmt.Errorf("LCGI_PREPEND: the file %s that is to be run before every page: %w", s.Prepend, err)
	}
	return nil
}

// checkOutside reports a session folder that is below the document root. Both are
// without symbolic links.
func checkOutside(dir, root string) error {
	if rel, err := filepath.Rel(root, dir); err == nil && filepath.IsLocal(rel) {
		return fmt.Errorf("the session folder %s is below the document root %s, where visitors can fetch its files; name one outside", dir, root)
	}
	return nil
}

// realPath returns path without symbolic links, as far as that can be known.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// prependKind returns what the file of LCGI_PREPEND is compiled as.
func (s *Settings) prependKind() (kind, error) {
	ext := filepath.Ext(s.Prepend)
	switch {
	case ext == ".lua":
		return modules, nil
	case slices.Contains(s.Extensions, ext):
		return pages, nil
	}
	return kind{}, fmt.Errorf("LCGI_PREPEND: the file %s is neither a page (%s) nor a .lua file", s.Prepend, strings.Join(s.Extensions, ", "))
}

// inEnvironment returns how a setting is written in the environment.
func inEnvironment(setting string) (value, source string) {
	if value = strings.TrimSpace(os.Getenv(setting)); value != "" {
		source = "environment"
	}
	return value, source
}

func setDuration(d *time.Duration, value string) error {
	parsed, err := time.ParseDuration(value)
	if err != nil || parsed <= 0 {
		return fmt.Errorf("must be a time above 0 with its unit, such as 500ms, 10s or 2m")
	}
	*d = parsed
	return nil
}

func setCount(n *int, value string) error {
	parsed, err := strconv.Atoi(value)
	if err != nil || parsed < 1 {
		return fmt.Errorf("must be a whole number above 0")
	}
	*n = parsed
	return nil
}

// setSize reads "64MB", and what people write who come from elsewhere: "64M", "64 mb".
func setSize(n *int64, value string) error {
	number := strings.TrimRight(value, "kKmMgGbB")
	unit := int64(1)
	switch strings.ToLower(value[len(number):]) {
	case "":
	case "k", "kb":
		unit = 1 << 10
	case "m", "mb":
		unit = 1 << 20
	case "g", "gb":
		unit = 1 << 30
	default:
		unit = 0
	}
	parsed, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
	if err != nil || unit == 0 || parsed <= 0 || parsed > (1<<62)/unit {
		return fmt.Errorf("must be a whole number above 0, with kB, MB or GB behind it or nothing for bytes")
	}
	*n = parsed * unit
	return nil
}

func list(value string) []string {
	var items []string
	for item := range strings.SplitSeq(value, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
