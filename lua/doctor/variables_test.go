package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/doctor"
	"lcgi/lua/vm"
)

// TestVariables shows what is known to be harmless.
func TestVariables(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct{ name, value, want string }{
		{"REMOTE_ADDR", "192.0.2.7", "192.0.2.7"},
		{"AUTH_TYPE", "Basic", "Basic"},
		{"REMOTE_USER", "ada", "ada"},
		{"PWD", "/srv", "/srv"},
		{"SSL_PROTOCOL", "TLSv1.3", "TLSv1.3"},
		{"REDIRECT_STATUS", "200", "200"},
		{"REDIRECT_REDIRECT_STATUS", "200", "200"},
		{"REDIRECT_REQUEST_METHOD", "POST", "POST"},
		{"REDIRECT_HTTP_HOST", "site.example", "site.example"},
		{"HTTP_USER_AGENT", "a\x1b[31m\nb", `a\x1b[31m\nb`},
		{"HTTP_USER_AGENT", "Bot/1 (+https://bot.example/about?x=1)", "Bot/1 (+https://bot.example/about?x=1)"},
		{"HTTP_IF_NONE_MATCH", `"5f2c8d1a"`, `"5f2c8d1a"`},
		{"HTTP_ACCEPT", "text/html;q=0.9, */*;q=0.8", "text/html;q=0.9, */*;q=0.8"},
		{"HTTP_ACCEPT", strings.Repeat("é", 200), strings.Repeat("é", 150) + "…"},
		{"HTTP_ACCEPT", strings.Repeat("=", 100_000), strings.Repeat("=", 300) + "…"},
		{"HTTP_SEC_CH_UA_MOBILE", "?0", "?0"},
		{"HTTP_VIA", "1.1 http://me:hunter2@proxy", "1.1 http://(not shown)@proxy"},
		{"DOCUMENT_URI", strings.Repeat("/", 290) + id, strings.Repeat("/", 290) + "(not shown" + "…"},
		{"CONTENT_TYPE", "", "(empty)"},
		{"DB_PW", "", "(empty)"},

		{"QUERY_STRING", "a=1&b=2", "a=(not shown)&b=(not shown)"},
		{"QUERY_STRING", "cart[items][0]=1;pass=2&flag", "cart[items][0]=(not shown)&pass=(not shown)&(not shown)"},
		{"QUERY_STRING", "p%61ss=2", "(not shown)"},
		{"QUERY_STRING", "-session=LCSESSION:" + id + "&x=1", "-session=(not shown)&x=(not shown)"},
		{"QUERY_STRING", "dG9rZW4=", "(not shown)"},
		{"QUERY_STRING", "dG9rZQ==", "(not shown)"},
		{"QUERY_STRING", id + "=1", "(not shown)"},
		{"QUERY_STRING", id[:30] + "=1", "(not shown)=(not shown)"},
		{"REDIRECT_QUERY_STRING", "token=1", "token=(not shown)"},
		{"REQUEST_URI", "/p.lc?a=1&token=x", "/p.lc?a=(not shown)&token=(not shown)"},
		{"REQUEST_URI", "/p.lc?a?token=hunter2", "/p.lc?(not shown)"},
		{"REQUEST_URI", "/reset/" + id, "/reset/(not shown)"},
		{"REQUEST_URI", "/p.lc;jsessionid=hunter2?a=1#hunter2", "/p.lc;(not shown)?a=(not shown)#(not shown)"},
		{"REQUEST_URI", "http://me:hunter2@h/p.lc", "http://(not shown)@h/p.lc"},
		{"PATH_INFO", "/a/b", "/a/b"},
		{"PATH_INFO", "/a?sid=hunter2", "/a?sid=(not shown)"},
		{"HTTP_REFERER", "https://h/", "https://h/"},
		{"HTTP_REFERER", "https://h", "https://h"},
		{"HTTP_REFERER", "https://h/reset/hunter2", "https://h/(not shown)"},
		{"HTTP_REFERER", "https://h?hunter2", "https://h/(not shown)"},
		{"HTTP_REFERER", "https://me:hun/te#r2@h/?next=%2Fx", "https://(not shown)@h/(not shown)"},
		{"HTTP_REFERER", "hunter2", "(not shown), bytes: 7"},
		{"HTTP_ORIGIN", "null", "null"},
		{"HTTP_ORIGIN", "https://h:8443", "https://h:8443"},
	} {
		p := newPatient(t)
		p.env[c.name] = c.value
		if f := p.find("Variables: " + c.name); f.Value != c.want {
			t.Errorf("%s=%q is shown as %q, want %q", c.name, c.value, f.Value, c.want)
		}
	}
	p := newPatient(t)
	p.env["HTTP_"+strings.Repeat("A", 1000)] = "x"
	p.find("Variables: HTTP_" + strings.Repeat("A", 95) + "…")
}

// TestSecrets tells only the length of what is not known to be harmless.
func TestSecrets(t *testing.T) {
	p := newPatient(t)
	for name, value := range map[string]string{
		"HTTP_COOKIE":                 "a=hunter2",
		"HTTP_AUTHORIZATION":          "Basic hunter2",
		"REDIRECT_HTTP_AUTHORIZATION": "Basic hunter2",
		"HTTP_PROXY_AUTHORIZATION":    "hunter2",
		"HTTP_X_CSRF_TOKEN":           "hunter2",
		"HTTP_X_SID":                  "hunter2",
		"HTTP_X_SESSION":              "hunter2",
		"HTTP_X_OTP":                  "hunter2",
		"HTTP_X_BEARER":               "hunter2",
		"HTTP_X_ACCESS":               "eyJhbGciOiJIUzI1NiJ9.hunter2.x",
		"DATABASE_URL":                "postgres://app:hunter2/x+K@db/app",
		"REDIS_URL":                   "redis://:hunter2#1@h",
		"MONGO_URL":                   "mongodb://a:hunter2@h1,b:hunter2@h2/x",
		"DB":                          "root:hunter2@tcp(127.0.0.1:3306)/app",
		"CONNECTION":                  "host=db password = hunter2",
		"CONFIG":                      `{"password":"hunter2"}`,
		"YAML":                        "password: hunter2",
		"DB_PW":                       "hunter2",
		"db_password":                 "hunter2",
		"SMTP_PW":                     "hunter2",
		"APP_SALT":                    "hunter2",
		"GITHUB":                      "ghp_hunter2",
		"STRIPE":                      "sk_live_hunter2",
		"SSL_SESSION_ID":              "hunter2",
		"SSL_CLIENT_CERT":             "hunter2",
		"REDIRECT_DB_PW":              "hunter2",
		"REDIRECT_LCGI_X":             "hunter2",
		"URL":                         "hunter2",
		"REDIRECT_":                   "hunter2",
		"HTTP_":                       "hunter2",
		"HTTP_REDIRECT_STATUS":        "hunter2",
		"HTTP_SCRIPT_NAME":            "hunter2",
	} {
		p.env[name] = value
		if f, want := p.find("Variables: "+name), fmt.Sprintf("(not shown), bytes: %d", len(value)); f.Value != want {
			t.Errorf("%s=%q is shown as %q, want %q", name, value, f.Value, want)
		}
	}
	p.env["QUERY_STRING"] = "sid=hunter2&code=hunter2&sess=hunter2&hunter2"
	p.env["REQUEST_URI"] = "/p.lc?" + p.env["QUERY_STRING"]
	if text := doctor.Text(p.findings(), false); strings.Contains(text, "hunter2") {
		t.Errorf("a secret is told:\n%s", text)
	}
}

// TestSecretSettings tells where sessions are kept without how to log in there,
// also where the folder of that name is missing.
func TestSecretSettings(t *testing.T) {
	const name = "LCGI_SESSION_SAVE_PATH"
	for _, c := range []struct{ value, want string }{
		{"postgres://app:hunter2/x+K@db/app", "postgres://(not shown)@db/app"},
		{"redis://:hunter2#1@h/0", "redis://(not shown)@h/0"},
		{"mongodb://a:hunter2@h1,b:hunter2@h2/x", "mongodb://(not shown)@h2/x"},
		{"redis://h/0?password=hunter2", "redis://h/0?password=(not shown)"},
		{"redis://h/0#hunter2", "redis://h/0#(not shown)"},
		{"/work/redis:/:hunter2@h/0", "/work/redis:/(not shown)@h/0"},
		{"root:hunter2@tcp(127.0.0.1:3306)/app", "(not shown), bytes: 36"},
		{"/work/host=db password = hunter2", "(not shown), bytes: 32"},
		{`{"password":"hunter2"}`, "(not shown), bytes: 22"},
		{"/var/lib/my sessions", "/var/lib/my sessions"},
	} {
		p := newPatient(t)
		p.Sessions = c.value
		p.Settings = []doctor.Setting{{name, "none", c.value, "environment", nil}}
		p.OpenStore = func() error { return fmt.Errorf("open %s: no", c.value) }
		if f := p.find("Settings: " + name); f.Value != c.want+" (environment; default: none)" {
			t.Errorf("%s is shown as %s", c.value, f.Value)
		}
		if f := p.find("Sessions: folder"); f.State != doctor.Error || !strings.Contains(f.Value, c.want) {
			t.Errorf("the folder %s is %+v", c.value, f)
		}
		p.Settings[0].Err = errors.New("must be an absolute path")
		if text := doctor.Text(p.findings(), false); strings.Contains(text, "hunter2") {
			t.Errorf("a secret is told:\n%s", text)
		}
	}
}

func TestSettingIsNoVariable(t *testing.T) {
	p := newPatient(t)
	p.env["LCGI_TIMEOUT"] = "5s"
	if text := doctor.Text(p.findings(), false); strings.Contains(text, "5s") {
		t.Errorf("a setting is among the variables:\n%s", text)
	}
}

func TestText(t *testing.T) {
	findings := []doctor.Finding{
		{"A", "one", "well", doctor.OK, ""},
		{"A", "number two", "worth knowing", doctor.Note, "do it"},
		{"B", "three", "bad", doctor.Warning, "mend it"},
		{"B", "a name of more than 24 characters", "worse", doctor.Error, "at once"},
	}
	want := `A
  ok       one                       well
  note     number two                worth knowing
                                     -> do it

B
  warning  three                     bad
                                     -> mend it
  error    a name of more than 24 characters  worse
                                     -> at once

errors: 1, warnings: 1, notes: 1
`
	if got := doctor.Text(findings, false); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got := doctor.Text(findings, true)
	for _, painted := range []string{"\x1b[1mA\x1b[0m\n", "\x1b[32mok     \x1b[0m", "\x1b[36mnote   \x1b[0m", "\x1b[33mwarning\x1b[0m", "\x1b[1;31merror  \x1b[0m"} {
		if !strings.Contains(got, painted) {
			t.Errorf("there is no %q in\n%q", painted, got)
		}
	}
	if doctor.Failed(findings[:3]) || !doctor.Failed(findings) {
		t.Error("only an error is a failure")
	}
}

// TestModule asks for findings and text as a page does.
func TestModule(t *testing.T) {
	p := newPatient(t)
	p.env["HTTP_FORWARDED"] = "x"
	p.findings() // completes the subject
	lib := vm.NewLibrary()
	var out strings.Builder
	code := `local d = require "doctor"
local names = {}
for name in pairs(d) do names[#names + 1] = name end
table.sort(names)
io.write(table.concat(names, " "), "\n")
for _, f in ipairs(d.findings()) do
  if f.name == "proxy" or f.name == "lcgi" then
    io.write(f.group, "|", f.name, "|", f.value, "|", f.state, "|", tostring(f.advice), "\n")
  end
end
io.write(d.text())`
	program, err := lib.Compile("t", code)
	if err != nil {
		t.Fatal(err)
	}
	m := vm.New(lib, vm.Config{Output: &out, Require: func(L *glua.LState, module string) (*glua.LFunction, error) {
		return L.NewFunction(doctor.Module(func(*glua.LState) doctor.Subject { return p.Subject })), nil
	}})
	defer m.Close()
	if err := m.Run(context.Background(), program); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("findings text\nProgram|lcgi|1.0|ok|nil\nWay in|proxy|%s|warning|%s\n%s",
		"192.0.2.7 sends Forwarded, which count nothing as it is not trusted; the scheme is http",
		"if that is a proxy of yours: LCGI_TRUSTED_PROXIES=192.0.2.7", doctor.Text(doctor.Examine(p.Subject), false))
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}
