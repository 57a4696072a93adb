package tests

import (
	"maps"
	"net"
	"slices"
	"strings"
	"testing"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// metaPage prints every meta-variable, one a line, and what a program that the
// page runs sees of HTTP_PROXY.
const metaPage = `<?lc
response.type("text/plain")
local names = {}
for name in pairs(_SERVER) do names[#names + 1] = name end
table.sort(names)
for _, name in ipairs(names) do put(name, "=", _SERVER[name], "\n") end
put("os.getenv=", os.getenv("HTTP_PROXY") or "", "\n")
local child = io.popen("echo $HTTP_PROXY$http_proxy")
put("child=", child:read("*l") or "", "\n")
child:close()
?>`

// A metaVariable is what the servers say about one request. {root}, {port} and
// {binary} stand for what differs from run to run; "" is also a variable that is
// not set.
type metaVariable struct {
	section string // of RFC 3875; "" for what is no part of it
	name    string
	want    string
	but     map[servers.Kind]string // where it is something else
}

// TestMetaVariables shows what each server really says, so that nobody has to
// believe what it ought to say. What pages are told of it in request is the same
// everywhere, see "path info" in the matrix.
func TestMetaVariables(t *testing.T) {
	t.Parallel()
	requests := []struct {
		name string
		send wire.Request
		want []metaVariable
	}{
		{"GET", wire.Get("/meta.lc/a%20b/%C3%BC%2B?x=%41+1&y=%2f", "X-Two-Words: b", "Proxy: http://evil.example/", "Cookie: a=1"), []metaVariable{
			{"4.1.2", "CONTENT_LENGTH", "", map[servers.Kind]string{servers.Lighttpd: "0"}},
			{"4.1.3", "CONTENT_TYPE", "", nil},
			{"4.1.4", "GATEWAY_INTERFACE", "CGI/1.1", nil},
			{"4.1.5", "PATH_INFO", "/a b/ü+", map[servers.Kind]string{servers.ApacheAction: "/meta.lc/a b/ü+"}},
			{"4.1.6", "PATH_TRANSLATED", "{root}/a b/ü+", map[servers.Kind]string{
				servers.Gateway:      "",
				servers.ApacheAction: "{root}/meta.lc/a b/ü+",
				servers.Nginx:        "{root}/meta.lc",
			}},
			{"4.1.7", "QUERY_STRING", "x=%41+1&y=%2f", map[servers.Kind]string{servers.Lighttpd: "x=A+1&y=%2F"}},
			{"4.1.8", "REMOTE_ADDR", "127.0.0.1", nil},
			{"4.1.9", "REMOTE_HOST", "", map[servers.Kind]string{servers.Gateway: "127.0.0.1"}},
			{"4.1.10", "REMOTE_IDENT", "", nil},
			{"4.1.11", "REMOTE_USER", "", nil},
			{"4.1.1", "AUTH_TYPE", "", nil},
			{"4.1.12", "REQUEST_METHOD", "GET", nil},
			{"4.1.13", "SCRIPT_NAME", "/meta.lc", map[servers.Kind]string{servers.ApacheAction: "/cgi-bin/lcgi"}},
			{"4.1.14", "SERVER_NAME", "127.0.0.1", map[servers.Kind]string{servers.Nginx: "localhost"}},
			{"4.1.15", "SERVER_PORT", "{port}", nil},
			{"4.1.16", "SERVER_PROTOCOL", "HTTP/1.1", nil},
			{"4.1.18", "HTTP_X_TWO_WORDS", "b", nil},
			{"4.1.18", "HTTP_COOKIE", "a=1", nil},
			{"", "REQUEST_URI", "/meta.lc/a%20b/%C3%BC%2B?x=%41+1&y=%2f", nil},
			{"", "DOCUMENT_ROOT", "{root}", nil},
			{"", "SCRIPT_FILENAME", "{root}/meta.lc", map[servers.Kind]string{
				servers.ApacheAction: "{binary}",
				servers.Nginx:        "{binary}",
			}},
			{"", "HTTPS", "", nil},
			// CVE-2016-5385, "httpoxy".
			{"4.1.18", "HTTP_PROXY", "", nil},
			{"4.1.18", "os.getenv", "", nil},
			{"4.1.18", "child", "", nil},
		}},
		{"POST", wire.Request{Method: "POST", Target: "/meta.lc", Header: []string{"Content-Type: text/plain"}, Body: []byte("hello")}, []metaVariable{
			{"4.1.2", "CONTENT_LENGTH", "5", nil},
			{"4.1.3", "CONTENT_TYPE", "text/plain", nil},
			{"4.1.5", "PATH_INFO", "", map[servers.Kind]string{servers.ApacheAction: "/meta.lc"}},
			{"4.1.6", "PATH_TRANSLATED", "", map[servers.Kind]string{
				servers.ApacheAction: "{root}/meta.lc",
				servers.Nginx:        "{root}/meta.lc",
			}},
			{"4.1.7", "QUERY_STRING", "", nil},
			{"4.1.12", "REQUEST_METHOD", "POST", nil},
		}},
		{"chunked", wire.Request{Method: "POST", Target: "/meta.lc", Header: []string{"Transfer-Encoding: chunked"}, Body: []byte("5\r\nhello\r\n0\r\n\r\n")}, []metaVariable{
			{"4.1.2", "CONTENT_LENGTH", "5", map[servers.Kind]string{
				servers.ApacheAction: "", servers.ApacheScriptAlias: "", servers.Serve: "",
			}},
			{"4.2", "HTTP_TRANSFER_ENCODING", "", map[servers.Kind]string{
				servers.ApacheAction: "chunked", servers.ApacheScriptAlias: "chunked", servers.Serve: "chunked",
				servers.Nginx: "chunked", // beside the length of what it has collected
			}},
		}},
		{"no query, HTTP/1.0 host", wire.Get("/meta.lc/", "Host: localhost"), []metaVariable{
			{"4.1.5", "PATH_INFO", "/", map[servers.Kind]string{servers.ApacheAction: "/meta.lc/"}},
			{"4.1.7", "QUERY_STRING", "", nil},
			{"4.1.14", "SERVER_NAME", "localhost", nil},
		}},
	}
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			server := startPages(t, kind, map[string]string{"meta.lc": metaPage}, nil)
			_, port, _ := net.SplitHostPort(server.Addr)
			masks := strings.NewReplacer("{root}", server.Root, "{port}", port, "{binary}", lcgi)
			for _, request := range requests {
				if request.name == "chunked" && kind == servers.Gateway {
					continue // net/http/cgi refuses it, see the matrix
				}
				answer, err := wire.Send(server.Addr, request.send)
				if err != nil {
					t.Fatal(err)
				}
				if answer.Status != 200 {
					t.Fatalf("%s: status %d\n%s", request.name, answer.Status, answer.Body)
				}
				said := map[string]string{}
				for line := range strings.Lines(string(answer.Body)) {
					name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
					said[name] = value
				}
				for _, v := range request.want {
					want, ok := v.but[kind]
					if !ok {
						want = v.want
					}
					if want = masks.Replace(want); said[v.name] != want {
						t.Errorf("%s: RFC 3875 section %s: %s is %q, want %q", request.name, v.section, v.name, said[v.name], want)
					}
				}
				if said["SERVER_SOFTWARE"] == "" { // section 4.1.17
					t.Errorf("%s: there is no SERVER_SOFTWARE", request.name)
				}
			}
		})
	}
}

// startPages starts a server of a kind with pages, a map from file names to their
// text, and settings.
func startPages(t testing.TB, kind servers.Kind, pages, env map[string]string) *servers.Server {
	t.Helper()
	return startSite(t, kind, pages, servers.Site{Env: env})
}

// startSite starts a server of a kind with pages, and the rest as site says.
func startSite(t testing.TB, kind servers.Kind, pages map[string]string, site servers.Site) *servers.Server {
	t.Helper()
	site.Binary, site.Root = lcgi, t.TempDir()
	for name, text := range pages {
		direct.Site{Root: site.Root}.Write(t, name, text)
	}
	return servers.Start(t, kind, site)
}

// TestHead asks for the same things by GET and by HEAD. The headers are the same,
// the length too where one is told, and there is no body (RFC 3875 section 4.3.3,
// RFC 9110 section 9.3.2).
func TestHead(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"short.lc":    `<p>ü</p>`,
		"long.lc":     `<?lc put(string.rep("0123456789abcdef", 65536)) ?>`,
		"headers.lc":  `<?lc response.header("X-One", "1") response.cookie("a", "b") response.status(404) ?>gone`,
		"redirect.lc": `<?lc redirect("/short.lc") ?>`,
		"error.lc":    `<?lc error("on purpose") ?>`,
		"flush.lc":    `<?lc put("a") response.flush() put("b") response.flush() ?>`,
		"session.lc":  `<?lc start session _SESSION.n = 1 ?>kept`,
	}
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			server := startPages(t, kind, pages, nil)
			for _, name := range slices.Sorted(maps.Keys(pages)) {
				var answers [2]*wire.Response
				for i, method := range []string{"GET", "HEAD"} {
					answer, err := wire.Send(server.Addr, wire.Request{Method: method, Target: "/" + name})
					if err != nil {
						t.Fatal(err)
					}
					answers[i] = answer
				}
				get, head := answers[0], answers[1]
				if len(head.Body) != 0 {
					t.Errorf("%s: HEAD has a body of %d bytes", name, len(head.Body))
				}
				if n := head.ContentLength(); n >= 0 && n != len(get.Body) {
					t.Errorf("%s: HEAD says Content-Length %d, GET sends %d bytes", name, n, len(get.Body))
				}
				get.Body = nil
				if g, h := normalise(get, server), normalise(head, server); g != h {
					t.Errorf("%s:\n--- GET\n%s\n--- HEAD\n%s", name, g, h)
				}
			}
		})
	}
}

// TestLocalRedirect has pages send the browser to a page of the same site in each
// way there is. No server follows by itself (RFC 3875 section 6.2.2), which would
// show a page without the rules that stand before it.
func TestLocalRedirect(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"target.lc":   "followed inside the server",
		"redirect.lc": `<?lc redirect("/target.lc") ?>`,
		"beside.lc":   `<?lc redirect("target.lc") ?>`,
		"header.lc":   `<?lc response.header("Location", "/target.lc") ?>here`,
		"put.lc":      `<?lc put header "Location: /target.lc" ?>here`,
		"created.lc":  `<?lc response.status(201) response.header("Location", "/target.lc") ?>here`,
	}
	want := map[string]int{"redirect.lc": 302, "beside.lc": 302, "header.lc": 302, "put.lc": 302, "created.lc": 201}
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			server := startPages(t, kind, pages, nil)
			for name, status := range want {
				answer, err := wire.Send(server.Addr, wire.Get("/"+name))
				if err != nil {
					t.Fatal(err)
				}
				if answer.Status != status || strings.Contains(string(answer.Body), "followed") {
					t.Errorf("%s: status %d, want %d\n%s", name, answer.Status, status, answer.Body)
				}
				if to := answer.Header.Get("Location"); !strings.HasSuffix(to, "/target.lc") {
					t.Errorf("%s: Location is %q", name, to)
				}
			}
		})
	}
}

// TestNonParsedHeader runs a page whose name makes it a "non-parsed header" script
// to servers that know them (RFC 3875 section 5), which is Apache's ScriptAlias. lcgi
// never answers as one: what it prints is the header of section 6 in any case.
func TestNonParsedHeader(t *testing.T) {
	t.Parallel()
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			server := startPages(t, kind, map[string]string{"nph-page.lc": "page"}, nil)
			answer, err := wire.Exchange(server.Addr, wire.Get("/nph-page.lc").Bytes(server.Addr), false)
			if err != nil {
				t.Fatal(err)
			}
			first := "HTTP/1.1 200 OK\r\n"
			if kind == servers.ApacheScriptAlias {
				first = "Status: 200 OK\r\n"
			}
			if got := string(answer); !strings.HasPrefix(got, first) || !strings.Contains(got, "page") {
				t.Errorf("the answer is %q, want it to begin with %q", got, first)
			}
		})
	}
}
