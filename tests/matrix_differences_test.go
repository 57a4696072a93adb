package tests

import "lcgi/tests/servers"

// serverHeaders are the headers that the server adds, or that tell how it
// carries the answer; pages cannot set them. Where there is a
// Content-Length it must be that of the body.
var serverHeaders = map[string]bool{
	"Date":              true,
	"Server":            true,
	"Connection":        true,
	"Keep-Alive":        true,
	"Content-Length":    true,
	"Transfer-Encoding": true,
	"Accept-Ranges":     true, // lighttpd, on every answer
}

// A difference is an answer that is the server's own doing.
type difference struct {
	why  string
	want *answer // nil: the case does not exist there
}

// differences are the cases in which a server does not give the answer of
// the matrix, by case and server. There are no others.
func differences() map[string]map[servers.Kind]difference {
	joined := page("<p>Headers.</p>\n", "Cache-Control: no-store", "Content-Type: text/html; charset=utf-8", "X-Many: a, b", "X-One: 1", "X-Put: put")
	apacheJoins := difference{"Apache joins the headers of one name (RFC 9110 section 5.3)", &joined}
	serverName := facts("localhost:{port}", "", "")
	notImplemented := answer{status: 501, own: true}

	// What the query says is the same; request.query shows that it was rewritten.
	normalised := func(query, facts string) difference {
		want := text("method=GET\npath=/echo.lc\npathInfo=\nquery=" + query + "\n" + facts)
		return difference{"lighttpd escapes queries anew (server.http-parseopts, url-normalize)", &want}
	}
	noControls := difference{"lighttpd refuses URLs with control characters (server.http-parseopts, url-ctrls-reject)", &answer{status: 400, own: true}}

	return map[string]map[servers.Kind]difference{
		"query with %00":             {servers.Lighttpd: noControls},
		"redirect with a line break": {servers.Lighttpd: noControls},
		"query with bad escapes": {servers.Lighttpd: normalised("a=%25&b=%254&c=%25zz&d=100%25",
			"get[a]=%\nget[b]=%4\nget[c]=%zz\nget[d]=100%\n")},
		"nested names": {servers.Lighttpd: normalised("a%5B%5D=1&a%5B%5D=2&b%5Bk%5D%5Bj%5D=3&b%5B5%5D=4&c%5B=5",
			"get[a][#1]=1\nget[a][#2]=2\nget[b][#5]=4\nget[b][k][j]=3\nget[c[]=5\n")},
		"headers of the answer": {
			servers.ApacheAction:      apacheJoins,
			servers.ApacheScriptAlias: apacheJoins,
		},
		"Host header of another site": {
			servers.Serve: {"the built-in server on a loopback address knows no other names (DNS rebinding)", &answer{status: 421, own: true}},
		},
		"Host header with HTML": {
			servers.Nginx: {"nginx hands every Host on; lcgi puts the server's name in its place", &serverName},
		},
		"unknown method": {
			servers.Lighttpd: {"lighttpd answers methods that it does not know itself", &notImplemented},
		},
		"page with a byte order mark": {
			servers.ApacheScriptAlias: {"the kernel wants #! in the place of the byte order mark", nil},
		},
		"chunked body": {
			servers.Gateway: {"net/http/cgi does not take bodies of unknown length", &answer{status: 400, own: true}},
		},
		"upload: chunked": {
			servers.Gateway: {"net/http/cgi does not take bodies of unknown length", &answer{status: 400, own: true}},
		},
		"folder with an index page": {
			servers.Gateway:           {"net/http/cgi runs programs and knows no index pages", nil},
			servers.ApacheScriptAlias: {"a folder cannot be run as a program", nil},
		},
		"file that is no page": {
			servers.Gateway:           {"net/http/cgi runs programs and sends no files", nil},
			servers.ApacheScriptAlias: {"files that are no programs lie elsewhere", nil},
		},
	}
}
