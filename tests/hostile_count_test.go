package tests

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// TestHostileCounts sends more of everything than anybody needs. It is refused, and
// that takes no time; of the process, since other tests keep the machine busy.
func TestHostileCounts(t *testing.T) {
	t.Parallel()
	needProc(t)
	const million = 1_000_000
	pages := map[string]string{
		"get.lc":    `<?lc local n = 0 for _ in pairs(_GET) do n = n + 1 end put(n) ?>`,
		"post.lc":   `<?lc local n = 0 for _ in pairs(_POST) do n = n + 1 end put(n) ?>`,
		"cookie.lc": `<?lc local n = 0 for _ in pairs(_COOKIE) do n = n + 1 end put(n) ?>`,
		"all.lc":    `<?lc put(#request.all("a")) ?>`,
		"none.lc":   `none`,
	}
	urlencoded := func(page string, body stream) (wire.Request, stream) {
		_, n := body.open()
		return wire.Request{Method: "POST", Target: "/" + page, Header: []string{
			"Content-Type: application/x-www-form-urlencoded", fmt.Sprintf("Content-Length: %d", n)}}, body
	}
	multipart := func(page string, body stream) (wire.Request, stream) {
		_, n := body.open()
		return wire.Request{Method: "POST", Target: "/" + page, Header: []string{wire.FormType, fmt.Sprintf("Content-Length: %d", n)}}, body
	}
	query := func(page, query string) (wire.Request, stream) { return wire.Get("/" + page + "?" + query), stream{} }
	cookies := func(page, cookies string) (wire.Request, stream) {
		return wire.Get("/"+page, "Cookie: "+cookies), stream{}
	}
	// names returns n names which differ and of which many hash functions make the
	// same: "Aa" and "BB" collide in that of Java and in those like it.
	names := func(n int) string {
		var b strings.Builder
		for i := range n {
			for bit := range 17 {
				b.WriteString([]string{"Aa", "BB"}[i>>bit&1])
			}
			b.WriteString("=&")
		}
		return b.String()
	}
	const arg = 120_000 // bytes that fit into a variable of the environment
	row := func(request wire.Request, body stream) func() (wire.Request, stream) {
		return func() (wire.Request, stream) { return request, body }
	}
	for _, c := range []struct {
		name   string
		send   func() (wire.Request, stream)
		cgi    bool // it fits into the environment of a process (execve(2), MAX_ARG_STRLEN)
		status []int
		env    string // a further setting
	}{
		{name: "1,000,000 fields of a query", send: row(query("get.lc", strings.Repeat("a&", million))), status: []int{400, 414, 431}},
		{name: "60,000 fields of a query", send: row(query("get.lc", strings.Repeat("a&", arg/2))), cgi: true, status: []int{400, 431}},
		{name: "1,000,000 fields of a form", send: row(urlencoded("post.lc", stream{}.repeat("a=1&", million))), cgi: true, status: []int{400}},
		{name: "1,000,000 fields of a form, for one of them", send: row(urlencoded("all.lc", stream{}.repeat("a=1&", million))), cgi: true, status: []int{400}},
		{name: "1,000,000 fields of a form that nobody reads", send: row(urlencoded("none.lc", stream{}.repeat("a=1&", million))), cgi: true, status: []int{200}},
		{name: "1,000,000 separators", send: row(urlencoded("post.lc", stream{}.repeat("&", million))), cgi: true, status: []int{200}},
		{name: "1,000,000 parts", send: row(multipart("post.lc", stream{}.repeat("--"+wire.Boundary+"\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n", million).text(wire.FormEnd))), cgi: true, status: []int{400}},
		{name: "300,000 cookies", send: row(cookies("cookie.lc", strings.Repeat("a=1; ", 300_000))), status: []int{431}},
		{name: "24,000 cookies", send: row(cookies("cookie.lc", strings.Repeat("a=1; ", arg/5))), cgi: true, status: []int{431}},
		{name: "24,000 cookies that are allowed", send: row(cookies("cookie.lc", strings.Repeat("a=1; ", arg/5))), cgi: true, status: []int{200}, env: "LCGI_MAX_HEADERS=1MB"},
		{name: "60,000 separators of cookies that are allowed", send: row(cookies("cookie.lc", strings.Repeat(";", arg))), cgi: true, status: []int{200}, env: "LCGI_MAX_HEADERS=1MB"},
		{name: "100,000 colliding names", send: row(urlencoded("post.lc", stream{}.text(names(100_000)))), cgi: true, status: []int{400}},
		{name: "100,000 colliding names that are allowed", send: row(urlencoded("post.lc", stream{}.text(names(100_000)))), cgi: true, status: []int{200}, env: "LCGI_MAX_FIELDS=200000"},
		{name: "100,000 levels of nesting", send: row(urlencoded("post.lc", stream{}.text("a").repeat("[b]", 100_000).text("=1"))), cgi: true, status: []int{200, 400}},
		{name: "field with a name of 8 MB", send: row(urlencoded("post.lc", stream{}.fill('n', 8*mega-1))), cgi: true, status: []int{200}},
		{name: "field of 2,700,000 escapes", send: row(urlencoded("post.lc", stream{}.text("a=").repeat("%41", 2_700_000))), cgi: true, status: []int{200}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			request, body := c.send()
			if c.cgi {
				site := direct.NewSite(t, lcgi, pages)
				if c.env != "" {
					site = site.With(c.env)
				}
				r, _ := body.open()
				answer := measure(t, site, request, r)
				if !slices.Contains(c.status, answer.Status) {
					t.Errorf("cgi: status %d, want %v; log: %s", answer.Status, c.status, lastOf(answer.Stderr))
				}
				if answer.cpu > mostCPU {
					t.Errorf("cgi: the process took %v", answer.cpu)
				}
			}
			env := map[string]string{}
			if name, value, ok := strings.Cut(c.env, "="); ok {
				env[name] = value
			}
			server := startPages(t, servers.Serve, pages, env)
			r, _ := body.open()
			before := cpuOf(t, server.PID())
			var answer wire.Response
			var text bytes.Buffer
			if err := wire.SendStream(server.Addr, request, r, &answer, &text); err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(c.status, answer.Status) {
				t.Errorf("serve: status %d, want %v\n%s", answer.Status, c.status, lastOf(server.Log()))
			}
			if took := cpuOf(t, server.PID()) - before; took > mostCPU {
				t.Errorf("serve: the server took %v", took)
			}
		})
	}
}
