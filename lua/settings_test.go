package lua_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"lcgi/lua"
	"lcgi/lua/log"
)

func TestSettings(t *testing.T) {
	values := map[string]string{
		"LCGI_ERRORS": "page", "LCGI_TIMEOUT": "1m30s", "LCGI_MAX_OUTPUT": "2 MB", "LCGI_MAX_MEMORY": "1g", "LCGI_MAX_BODY": "512kB",
		"LCGI_MAX_FIELDS": "7", "LCGI_SESSION_SAVE_PATH": "/s", "LCGI_SESSION_WAIT": "500ms", "LCGI_SESSION_MAX": "20", "LCGI_PREPEND": "/p/../first.lua",
		"LCGI_INCLUDE_PATH": "/a, /b,", "LCGI_EXTENSIONS": ".lc,.lcx", "LCGI_LOG_LEVEL": "warn", "LCGI_MAX_FILE": "3M", "LCGI_MAX_FILES": "4",
		"LCGI_MAX_HEADERS": "5 KB", "LCGI_UPLOAD_DIR": "/u/", "LCGI_TRUSTED_PROXIES": "127.0.0.1, fd00::/8", "LCGI_SENDFILE": "x-accel-redirect /f/=/srv/f/",
	}
	s := lua.DefaultSettings()
	if err := s.Apply(func(name string) string { return values[name] }); err != nil {
		t.Fatal(err)
	}
	if s.Errors != "page" || s.Timeout != 90*time.Second || s.Limits.Output != 2<<20 || s.MaxMemory != 1<<30 || s.Limits.Body != 512<<10 ||
		s.Limits.Fields != 7 || s.SessionSavePath != "/s" || s.SessionWait != 500*time.Millisecond || s.SessionMax != 20 || s.Prepend != "/first.lua" ||
		s.LogLevel != log.Warn || s.Limits.File != 3<<20 || s.Limits.Files != 4 || s.Limits.Headers != 5<<10 || s.UploadDir != "/u" ||
		len(s.TrustedProxies) != 2 || s.TrustedProxies[1].String() != "fd00::/8" || len(s.SendFile.Folders) != 1 ||
		strings.Join(s.IncludePath, "|") != "/a|/b" || strings.Join(s.Extensions, "|") != ".lc|.lcx" {
		t.Errorf("got %+v", s)
	}
	for _, setting := range lua.AllSettings() {
		if _, ok := values[setting.Name]; !ok {
			t.Errorf("no case sets %s", setting.Name)
		}
	}
}

func TestSettingsThatCannotBeRead(t *testing.T) {
	for _, c := range []struct{ name, value string }{
		{"LCGI_ERRORS", "pages"}, {"LCGI_TIMEOUT", "30"}, {"LCGI_TIMEOUT", "-1s"}, {"LCGI_TIMEOUT", "0s"},
		{"LCGI_MAX_OUTPUT", "64T"}, {"LCGI_MAX_OUTPUT", "64MM"}, {"LCGI_MAX_OUTPUT", "MB"}, {"LCGI_MAX_OUTPUT", "64bk"}, {"LCGI_MAX_BODY", "-1"}, {"LCGI_MAX_BODY", "9999999999999GB"}, {"LCGI_MAX_BODY", "1.5MB"},
		{"LCGI_MAX_FIELDS", "0"}, {"LCGI_MAX_FIELDS", "many"}, {"LCGI_SESSION_SAVE_PATH", "relative"},
		{"LCGI_INCLUDE_PATH", "/a,b"}, {"LCGI_EXTENSIONS", "lc"}, {"LCGI_EXTENSIONS", ".l/c"}, {"LCGI_EXTENSIONS", ","},
		{"LCGI_SESSION_WAIT", "soon"}, {"LCGI_SESSION_MAX", "0"}, {"LCGI_SESSION_MAX", "few"}, {"LCGI_PREPEND", "first.lua"},
		{"LCGI_LOG_LEVEL", "all"}, {"LCGI_MAX_FILE", "big"}, {"LCGI_MAX_FILES", "0"}, {"LCGI_MAX_HEADERS", "2GB"}, {"LCGI_MAX_HEADERS", "x"},
		{"LCGI_UPLOAD_DIR", "up"}, {"LCGI_TRUSTED_PROXIES", "localhost"}, {"LCGI_TRUSTED_PROXIES", "10.0.0.0/33"}, {"LCGI_SENDFILE", "yes"},
	} {
		s := lua.DefaultSettings()
		err := s.Apply(func(name string) string {
			if name == c.name {
				return c.value
			}
			return ""
		})
		var se *lua.SettingError
		if !errors.As(err, &se) || se.Name != c.name || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s=%q: got %v", c.name, c.value, err)
		}
	}
}

func TestCheckPaths(t *testing.T) {
	s := newSite(t, map[string]string{
		"good.lc":         "<?= 1 ?>",
		"bad.lc":          "a\n<?lc if ?>",
		"sub/mod.lua":     "x =\n\n= 1",
		"sub/good.lua":    "return -- ?>\n1",
		"other.txt":       "<?lc if ?>",
		".git/hidden.lc":  "<?lc if ?>",
		"sub/livecode.lc": "<?lc start session // comment\n put 1 into x ?>",
		"sub/live.lua":    "put 1 into x",
	})
	engine := lua.New(lua.Config{Settings: lua.DefaultSettings()})
	files, mistakes, err := engine.CheckPaths([]string{s.root})
	if err != nil || files != 6 {
		t.Errorf("%d files, %v", files, err)
	}
	var got []string
	for _, m := range mistakes {
		got = append(got, strings.TrimPrefix(m.String(), s.root+"/"))
	}
	want := []string{"bad.lc:2:9: ", "sub/live.lua:1:5: ", "sub/mod.lua:3:1: "}
	if len(got) != len(want) {
		t.Fatalf("got %q", got)
	}
	for i := range want {
		if !strings.HasPrefix(got[i], want[i]) || strings.Contains(got[i], "never closed") {
			t.Errorf("got %q, want %q…", got[i], want[i])
		}
	}
	if _, _, err := engine.CheckPaths([]string{s.root + "/none"}); err == nil {
		t.Error("a path that does not exist is no error")
	}
	if _, mistakes, _ := engine.CheckPaths([]string{s.root + "/other.txt"}); len(mistakes) != 1 {
		t.Error("a file that is named itself is not checked")
	}
}
