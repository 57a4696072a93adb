package doctor_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/doctor"
	"lcgi/lua/vm"
)

// TestSecrets shows variables without what must not be told.
func TestSecrets(t *testing.T) {
	id := strings.Repeat("0123456789abcdef", 4)
	for _, c := range []struct{ name, value, want string }{
		{"REMOTE_ADDR", "192.0.2.7", "192.0.2.7"},
		{"AUTH_TYPE", "Basic", "Basic"},
		{"REMOTE_USER", "ada", "ada"},
		{"PWD", "/srv", "/srv"},
		{"HTTP_COOKIE", "a=b", "(not shown), bytes: 3"},
		{"HTTP_AUTHORIZATION", "Basic eA==", "(not shown), bytes: 10"},
		{"REDIRECT_HTTP_AUTHORIZATION", "Basic eA==", "(not shown), bytes: 10"},
		{"HTTP_PROXY_AUTHORIZATION", "x", "(not shown), bytes: 1"},
		{"DB_PASS", "x", "(not shown), bytes: 1"},
		{"db_password", "x", "(not shown), bytes: 1"},
		{"API_KEY", "x", "(not shown), bytes: 1"},
		{"HTTP_X_CSRF_TOKEN", "x", "(not shown), bytes: 1"},
		{"MY_SECRET_THING", "x", "(not shown), bytes: 1"},
		{"SSL_SESSION_ID", "x", "(not shown), bytes: 1"},
		{"DATABASE_URL", "postgres://me:hunter2@db.example/x", "postgres://(not shown)@db.example/x"},
		{"TWO_URLS", "http://a:b@c/,http://d:e@f/", "http://(not shown)@c/,http://(not shown)@f/"},
		{"MAIL", "http://host/a@b", "http://host/a@b"},
		{"QUERY_STRING", "a=1&b=2", "a=1&b=2"},
		{"QUERY_STRING", "a=1;pass=2&flag", "a=1&pass=(not shown)&flag"},
		{"QUERY_STRING", "pwd=hunter2", "pwd=(not shown)"},
		{"QUERY_STRING", "p%61ss=2", "p%61ss=(not shown)"},
		{"QUERY_STRING", "LCSESSION=" + id, "LCSESSION=(not shown)"},
		{"QUERY_STRING", "-session=LCSESSION:" + id + "&x=1", "-session=(not shown)&x=1"},
		{"QUERY_STRING", "x=%" + "30123456789abcdef0123456789abcdef", "x=(not shown)"},
		{"QUERY_STRING", "x=%zz", "x=(not shown)"},
		{"QUERY_STRING", id, "(not shown)"},
		{"REDIRECT_QUERY_STRING", "token=1", "token=(not shown)"},
		{"REQUEST_URI", "/p.lc?a=1&token=x", "/p.lc?a=1&token=(not shown)"},
		{"REQUEST_URI", "/reset/" + id, "/reset/(not shown)"},
		{"HTTP_REFERER", "https://me:hunter2@h/?next=%2Fx%3Ftoken%3Dhunter2&ok=1", "https://(not shown)@h/?next=(not shown)&ok=1"},
		{"HTTP_REFERER", "https://h/?u=http%3A%2F%2Fa%3Ahunter2%40b%2F", "https://h/?u=(not shown)"},
		{"HTTP_USER_AGENT", "a\x1b[31m\nb", `a\x1b[31m\nb`},
		{"HTTP_REFERER", "https://h/p", "https://h/p"},
		{"HTTP_REFERER", "https://h/p?a?token=hunter2", "https://h/p?a?token=(not shown)"},
		{"HTTP_REFERER", "https://h/p#token=hunter2", "(not shown), bytes: 25"},
		{"HTTP_IF_NONE_MATCH", `"5f2c8d1a"`, `"5f2c8d1a"`},
		{"MYSQL_DSN", "me:hunter2@tcp(db)/x", "(not shown), bytes: 20"},
		{"CONNECTION", "host=db user=me password=hunter2", "(not shown), bytes: 32"},
		{"CONNECTION", "Server=db;Pwd=hunter2", "(not shown), bytes: 21"},
		{"HTTP_X_ACCESS", "eyJhbGciOiJIUzI1NiJ9.e30.x", "(not shown), bytes: 26"},
		{"QUERY_STRING", "a=eyJhbGciOiJIUzI1NiJ9.e30.x", "a=(not shown)"},
		{"LONG_URL", "http://me:" + strings.Repeat("h", 5000) + "@host/", "http://(not shown)@host/"},
		{"LONG_PATH", strings.Repeat("/", 290) + id, strings.Repeat("/", 290) + "(not shown" + "…"},
		{"HTTP_ACCEPT", "text/html;q=0.9, */*;q=0.8", "text/html;q=0.9, */*;q=0.8"},
		{"HTTP_LONG", strings.Repeat("é", 200), strings.Repeat("é", 150) + "…"},
		{"HTTP_LONG", strings.Repeat("=", 100_000), strings.Repeat("=", 300) + "…"},
		{"EMPTY", "", "(empty)"},
	} {
		p := newPatient(t)
		p.env[c.name] = c.value
		if f := p.find("Variables: " + c.name); f.Value != c.want {
			t.Errorf("%s=%q is shown as %q, want %q", c.name, c.value, f.Value, c.want)
		}
	}
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
