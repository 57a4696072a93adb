package tests

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// An exchange is a row of the matrix: requests of one visitor, who keeps
// cookies, with the answers that every way in must give. The rows are in
// matrix_cases_test.go; what the servers themselves do differently is in
// matrix_differences_test.go.
type exchange struct {
	name  string
	steps []step
	logs  string // must be in the server's log afterwards
}

type step struct {
	send wire.Request
	want answer
}

// An answer is what is expected: the status, all headers that are not the
// server's own, and the body.
type answer struct {
	status int
	header []string // "Name: value", sorted, as normalise leaves them
	body   string
	own    bool // the rest is the server's own: only the status counts
}

// page is the answer of a page that sets only these headers.
func page(body string, header ...string) answer {
	return answer{status: 200, header: htmlUnlessTyped(header), body: body}
}

// status is the answer of a page that sets a status.
func status(code int, body string, header ...string) answer {
	return answer{status: code, header: htmlUnlessTyped(header), body: body}
}

// text is the answer of a page that sets the type of plain text.
func text(body string) answer {
	return page(body, "Content-Type: text/plain; charset=utf-8")
}

// Answers of the server, for what never comes to a page.
var (
	serverFile = answer{status: 200, own: true}
	refused    = answer{own: true} // as the server likes: 400, 403 or 404
)

func htmlUnlessTyped(header []string) []string {
	for _, line := range header {
		if strings.HasPrefix(line, "Content-Type:") {
			return header
		}
	}
	return append([]string{"Content-Type: text/html; charset=utf-8"}, header...)
}

// TestMatrix sends the same requests to every way in. The answers must be the
// expected ones, and so the same everywhere.
func TestMatrix(t *testing.T) {
	cases := matrixCases()
	requests, names := 0, map[string]bool{}
	for _, c := range cases {
		requests += len(c.steps)
		if names[c.name] {
			t.Errorf("two cases are called %q", c.name)
		}
		names[c.name] = true
	}
	if requests < 60 {
		t.Errorf("the matrix has %d requests, it is meant to have at least 60", requests)
	}
	for name := range differences() {
		if !names[name] {
			t.Errorf("a difference is named for the case %q, which does not exist", name)
		}
	}

	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			server := servers.Start(t, kind, servers.Site{Binary: lcgi, Root: "testdata/site"})
			for _, c := range cases {
				t.Run(c.name, func(t *testing.T) {
					if d, ok := differences()[c.name][kind]; ok && d.want == nil {
						t.Skip(d.why)
					}
					c.run(t, server)
				})
			}
		})
	}
}

// run sends the requests of the exchange one after the other.
func (c exchange) run(t *testing.T, server *servers.Server) {
	cookies := map[string]string{}
	for i, step := range c.steps {
		want := step.want
		if d, ok := differences()[c.name][server.Kind]; ok {
			want = *d.want
		}
		request := step.send
		if len(cookies) > 0 && !request.Has("Cookie") {
			request.Header = append(slices.Clone(request.Header), cookieHeader(cookies))
		}
		got, err := wire.Send(server.Addr, request)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range got.Header["Set-Cookie"] {
			keepCookie(cookies, line)
		}
		if word := forbidden.FindString(string(got.Body)); word != "" {
			t.Errorf("request %d: %q is in the answer:\n%s", i+1, word, excerpt(string(got.Body)))
		}
		if want.own {
			switch {
			case want.status == 0 && got.Status != 400 && got.Status != 403 && got.Status != 404:
				t.Errorf("request %d: status %d, want 400, 403 or 404", i+1, got.Status)
			case want.status != 0 && got.Status != want.status:
				t.Errorf("request %d: status %d, want %d", i+1, got.Status, want.status)
			}
			continue
		}
		if n := got.ContentLength(); n >= 0 && n != len(got.Body) && request.Method != "HEAD" {
			t.Errorf("request %d: Content-Length is %d, the body has %d bytes", i+1, n, len(got.Body))
		}
		if g, w := normalise(got, server), render(want.status, want.header, want.body); g != w {
			t.Errorf("request %d:\n--- got\n%s\n--- want\n%s", i+1, excerpt(g), excerpt(w))
		}
	}
	if c.logs != "" {
		awaitLog(t, server, c.logs)
	}
}

// forbidden is what must be in no answer: parts of a page's source, and what the
// pages of the test call secret.
var forbidden = regexp.MustCompile(`secret|[Nn]ot to be seen|<\?lc|session\.start|lua:|stack traceback`)

// normalise writes an answer without what differs from request to request and
// from server to server.
func normalise(r *wire.Response, server *servers.Server) string {
	var header []string
	for _, name := range slices.Sorted(maps.Keys(r.Header)) {
		if serverHeaders[http.CanonicalHeaderKey(name)] {
			continue
		}
		for _, value := range r.Header[name] {
			header = append(header, name+": "+value)
		}
	}
	all := render(r.Status, header, string(r.Body))
	for _, m := range masks {
		all = m.pattern.ReplaceAllString(all, m.with)
	}
	_, port, _ := net.SplitHostPort(server.Addr)
	return strings.ReplaceAll(all, ":"+port, ":{port}")
}

// masks hide what differs from request to request.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`\b[0-9a-f]{64}(\b|_)`), "{id}$1"},
	{regexp.MustCompile(`(Etag: )"[^"]+"`), "${1}{etag}"},
	{regexp.MustCompile(`(Last-Modified: )\w{3}, \d\d \w{3} 20\d\d \d\d:\d\d:\d\d GMT`), "${1}{date}"},
	{regexp.MustCompile(`(boundary=|\r\n--)[0-9a-z]{20,30}`), "${1}{boundary}"},
	{regexp.MustCompile(`<p>Request [0-9a-z]{12}</p>`), "<p>Request {request}</p>"},
	{regexp.MustCompile(`"request":"[0-9a-z]{12}"`), `"request":"{request}"`},
	{regexp.MustCompile(`Expires=\w{3}, \d\d \w{3} (?:20\d\d) \d\d:\d\d:\d\d GMT`), "Expires={date}"},
}

func render(status int, header []string, body string) string {
	return fmt.Sprintf("%d\n%s\n\n%s", status, strings.Join(header, "\n"), body)
}

// excerpt shortens what a failing test prints.
func excerpt(s string) string {
	const most = 1500
	if len(s) > most {
		return fmt.Sprintf("%q… (%d bytes)", s[:most], len(s))
	}
	return s
}

// keepCookie does with a Set-Cookie line what a browser does, as far as the
// tests need it.
func keepCookie(cookies map[string]string, line string) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(pair, "=")
	if strings.Contains(attributes, "Max-Age=0") {
		delete(cookies, name)
		return
	}
	cookies[name] = value
}

func cookieHeader(cookies map[string]string) string {
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(cookies)) {
		pairs = append(pairs, name+"="+cookies[name])
	}
	return "Cookie: " + strings.Join(pairs, "; ")
}

// awaitLog waits until the log of the server has the text, which some servers
// write after they have answered.
func awaitLog(t *testing.T, server *servers.Server, text string) {
	t.Helper()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for late := time.After(10 * time.Second); !strings.Contains(server.Log(), text); {
		select {
		case <-poll.C:
		case <-late:
			t.Fatalf("the log has no %q", text)
		}
	}
}
