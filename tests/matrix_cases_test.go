package tests

import (
	"bytes"
	"fmt"
	"strings"

	"lcgi/tests/wire"
)

// one is an exchange of a single request.
func one(name string, send wire.Request, want answer) exchange {
	return exchange{name: name, steps: []step{{send, want}}}
}

// matrixCases returns the rows of the matrix. Their pages are in testdata/site.
func matrixCases() []exchange {
	var all []exchange
	for _, part := range [][]exchange{
		pageCases(), methodCases(), inputCases(), outputCases(), headerCases(),
		redirectCases(), errorCases(), deniedCases(), argumentCases(), sessionCases(), trackingCases(),
		uploadCases(), jsonCases(), fileCases(), answerCases(),
	} {
		all = append(all, part...)
	}
	return all
}

func pageCases() []exchange {
	return []exchange{
		one("a page", wire.Get("/hello.lc"), page("<p>Hello world.</p>\n")),
		one("escaped output", wire.Get("/hello.lc?name=%3Cb%3E+%26+%22"), page("<p>Hello &lt;b&gt; &amp; &#34;.</p>\n")),
		one("page with a byte order mark", wire.Get("/bom.lc"), page("<p>BOM 2</p>\n")),
		one("page with CR LF", wire.Get("/crlf.lc"), page("<p>\r\nCRLF 1</p>\r\n")),
		one("page with a #! line", wire.Get("/shebang.lc"), page("<p>Shebang.</p>\n")),
		one("include with arguments and results", wire.Get("/include.lc"),
			page("<ul>\n  <li>first × 2</li>\n  <li>&lt;second&gt; × 3</li>\n</ul>\n<p>4 done</p>\n")),
		one("exit", wire.Get("/exit.lc"), page("<p>Shown.</p>\n")),
		one("folder with an index page", wire.Get("/index/"), page("<p>Index of a folder.</p>\n")),
		one("file that is no page", wire.Get("/style.css"), serverFile),
	}
}

func methodCases() []exchange {
	method := func(name string) wire.Request { return wire.Request{Method: name, Target: "/echo.lc?a=1"} }
	echo := func(name string) answer {
		return text("method=" + name + "\npath=/echo.lc\npathInfo=\nquery=a=1\nget[a]=1\n")
	}
	return []exchange{
		one("HEAD", wire.Request{Method: "HEAD", Target: "/hello.lc"}, page("")),
		one("POST without a body", method("POST"), echo("POST")),
		one("PUT", method("PUT"), echo("PUT")),
		one("PATCH", method("PATCH"), echo("PATCH")),
		one("DELETE", method("DELETE"), echo("DELETE")),
		one("OPTIONS", method("OPTIONS"), echo("OPTIONS")),
		one("unknown method", method("BREW"), echo("BREW")),
	}
}

func inputCases() []exchange {
	// echo is what echo.lc prints of a GET request.
	echo := func(query, facts string) answer {
		return text("method=GET\npath=/echo.lc\npathInfo=\nquery=" + query + "\n" + facts)
	}
	get := func(name, query, facts string) exchange {
		return one(name, wire.Get("/echo.lc?"+query), echo(query, facts))
	}
	post := func(name, form, facts string) exchange {
		return one(name, wire.Post("/echo.lc", form), text("method=POST\npath=/echo.lc\npathInfo=\nquery=\n"+facts))
	}
	cookie := func(name, header, facts string) exchange {
		return one(name, wire.Get("/echo.lc", "Cookie: "+header), echo("", facts))
	}
	path := func(name, target, path, info string) exchange {
		return one(name, wire.Get(target), text("method=GET\npath="+path+"\npathInfo="+info+"\nquery=\n"))
	}
	long := strings.Repeat("x", 4000)
	big := strings.Repeat("0123456789abcdef", 1<<16)
	return []exchange{
		get("query", "a=1&b=two", "get[a]=1\nget[b]=two\n"),
		get("query with UTF-8, plus and spaces", "n=%C3%BC+%E2%82%AC%20x", "get[n]=ü € x\n"),
		get("query with %00", "n=a%00b", "get[n]=a\x00b\n"),
		get("query with bad escapes", "a=%&b=%4&c=%zz&d=100%25", "get[a]=%\nget[b]=%4\nget[c]=%zz\nget[d]=100%\n"),
		get("query with ? and ;", "a=1;b=2?c&d=?", "get[a]=1;b=2?c\nget[d]=?\n"),
		get("query of empty pairs", "&&a&=b&", "get[]=b\nget[a]=\n"),
		get("repeated plain name", "a=1&a=2&a=3", "get[a]=3\n"),
		get("nested names", "a[]=1&a[]=2&b[k][j]=3&b[5]=4&c[=5", "get[a][#1]=1\nget[a][#2]=2\nget[b][#5]=4\nget[b][k][j]=3\nget[c[]=5\n"),
		get("long query", "a="+long, "get[a]="+long+"\n"),
		one("all values of a name", wire.Get("/all.lc?a=1&b=x&a=2"), text("1=1\n2=2\n")),
		post("form", "a=1&b=%C3%BC+x&c=", "post[a]=1\npost[b]=ü x\npost[c]=\n"),
		post("form with odd escapes", "n=%00&m=%&o=+%2B", "post[m]=%\npost[n]=\x00\npost[o]= +\n"),
		post("form with nested names", "a[x]=1&a[]=2", "post[a][#1]=2\npost[a][x]=1\n"),
		one("query and form", wire.Post("/echo.lc?a=get", "a=post"),
			text("method=POST\npath=/echo.lc\npathInfo=\nquery=a=get\nget[a]=get\npost[a]=post\n")),
		one("form field of 1 MB", wire.Post("/bigfield.lc", "big="+big+"&small=1"), page("<p>1048576 1</p>\n")),
		one("body of 1 MB", wire.Request{Method: "PUT", Target: "/body.lc", Header: []string{"Content-Type: application/octet-stream"}, Body: []byte(big)},
			text(fmt.Sprintf("length=%d\nsum=%d\nfirst=01234567\nlast=89abcdef\n", len(big), 1024*'0'))),
		one("body of all bytes", wire.Request{Method: "POST", Target: "/body.lc", Header: []string{"Content-Type: application/octet-stream"}, Body: allBytes()},
			text("length=256\nsum=0\nfirst=\x00\x01\x02\x03\x04\x05\x06\x07\nlast=\xf8\xf9\xfa\xfb\xfc\xfd\xfe\xff\n")),
		one("body that the page does not read", wire.Post("/hello.lc", "a="+big), page("<p>Hello world.</p>\n")),
		one("large body and large answer", wire.Post("/large.lc", "a="+big), page(big, "Content-Type: text/plain; charset=utf-8")),
		one("chunked body", wire.Request{Method: "PUT", Target: "/body.lc",
			Header: []string{"Transfer-Encoding: chunked", "Content-Type: text/plain"}, Body: []byte("8\r\nabcdefgh\r\n8\r\nijklmnop\r\n0\r\n\r\n")},
			text("length=16\nsum=97\nfirst=abcdefgh\nlast=ijklmnop\n")),
		one("body over the limit", wire.Post("/echo.lc", "a="+strings.Repeat(big, 9)), errorPage(413)),
		one("too many fields", wire.Get("/echo.lc?"+strings.Repeat("a&", 1001)), errorPage(400)),
		cookie("cookies", "a=1; b=two; a=2", "cookie[a]=1\ncookie[b]=two\n"),
		cookie("odd cookies", `q="x y"; =v; none; p=a%20b+c; e=; %6e=1`, "cookie[%6e]=1\ncookie[e]=\ncookie[p]=a b+c\ncookie[q]=\"x y\"\n"),
		path("path info", "/echo.lc/a/b", "/echo.lc/a/b", "/a/b"),
		path("path info of a slash", "/echo.lc/", "/echo.lc/", "/"),
		path("path info with spaces and UTF-8", "/echo.lc/a%20b/%C3%BC%2B", "/echo.lc/a b/ü+", "/a b/ü+"),
		path("path info with the name of a page", "/echo.lc/hello.lc", "/echo.lc/hello.lc", "/hello.lc"),
	}
}

func allBytes() []byte {
	b := make([]byte, 256)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func outputCases() []exchange {
	return []exchange{
		one("all bytes", wire.Get("/binary.lc"), page(string(allBytes()), "Content-Type: application/octet-stream")),
		one("empty page", wire.Get("/empty.lc"), page("")),
		one("page of nothing", wire.Get("/nothing.lc"), page("")),
		one("1 MB", wire.Get("/large.lc"), page(string(bytes.Repeat([]byte("0123456789abcdef"), 65536)), "Content-Type: text/plain; charset=utf-8")),
	}
}

// facts is what facts.lc prints of a request.
func facts(host, custom, agent string) answer {
	return text("host=" + host + "\nscheme=http\nhttps=false\nremoteAddr=127.0.0.1\ncontentType=\n" +
		"x-custom=" + custom + "\nuser-agent=" + agent + "\nproxy=\nserver=|" + custom + "|GET\nid=true\n")
}

func headerCases() []exchange {
	all := []exchange{
		one("headers of the request", wire.Get("/facts.lc", "X-Custom: a,  b", "User-Agent: test"), facts("127.0.0.1:{port}", "a,  b", "test")),
		one("Proxy header (CVE-2016-5385)", wire.Get("/facts.lc", "Proxy: http://evil.example/"), facts("127.0.0.1:{port}", "", "")),
		one("settings in headers", wire.Get("/facts.lc", "LCGI-ERRORS: page", "LCGI_ERRORS: page", "Lcgi-Session-Save-Path: /etc", "X-Custom: 1"), facts("127.0.0.1:{port}", "1", "")),
		one("Host header of another site", wire.Get("/facts.lc", "Host: other.example:81"), facts("other.example:81", "", "")),
		one("Host header with HTML", wire.Get("/facts.lc", `Host: "><script>`), refused),
		one("headers of the answer", wire.Get("/headers.lc"),
			page("<p>Headers.</p>\n", "Cache-Control: no-store", "Content-Type: text/html; charset=utf-8", "X-Many: a", "X-Many: b", "X-One: 1", "X-Put: put")),
		one("type of the answer", wire.Get("/type.lc"), page(`{"a":1}`, "Content-Type: application/json")),
		one("cookies of the answer", wire.Get("/cookies.lc"),
			page("<p>Cookies.</p>\n", "Cache-Control: private", "Content-Type: text/html; charset=utf-8",
				"Set-Cookie: plain=1; Path=/; HttpOnly; SameSite=Lax",
				"Set-Cookie: odd=a%20b%3B%22c%22%2C%5C%25%C3%A9; Path=/; HttpOnly; SameSite=Lax",
				"Set-Cookie: full=x; Path=/shop; Domain=example.org; Max-Age=60; Expires={date}; Secure; SameSite=Strict",
				"Set-Cookie: gone=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax")),
		one("status 304", wire.Get("/status.lc?n=304"), answer{status: 304}),
		one("status 204", wire.Get("/status.lc?n=204"), answer{status: 204}),
	}
	for _, code := range []int{201, 404, 410, 418, 422, 500, 503} {
		all = append(all, one(fmt.Sprintf("status %d", code), wire.Get(fmt.Sprintf("/status.lc?n=%d", code)),
			status(code, fmt.Sprintf("<p>Status %d.</p>\n", code))))
	}
	return all
}

func redirectCases() []exchange {
	redirect := func(code int, to string) answer {
		return status(code, redirectBody(code, to), "Content-Type: text/html; charset=utf-8", "Location: "+to)
	}
	return []exchange{
		one("redirect to a path", wire.Get("/redirect.lc?to=/hello.lc"), redirect(302, "/hello.lc")),
		one("redirect to a page beside", wire.Get("/redirect.lc?to=hello.lc%3Fa%3D1%26b"), redirect(302, "/hello.lc?a=1&b")),
		one("redirect to a URL", wire.Get("/redirect.lc?to=https://example.org/&code=301"), redirect(301, "https://example.org/")),
		one("redirect after a post", wire.Post("/redirect.lc?to=/hello.lc&code=303", "a=1"), redirect(303, "/hello.lc")),
		one("redirect that keeps the method", wire.Post("/redirect.lc?to=/hello.lc&code=307", "a=1"), redirect(307, "/hello.lc")),
		one("redirect with a line break", wire.Get("/redirect.lc?to=/%0d%0aX-Evil:1"), errorPage(500)),
	}
}

func errorCases() []exchange {
	failing := func(name, target string, page answer, logged string) exchange {
		e := one(name, wire.Get(target), page)
		e.logs = logged
		return e
	}
	return []exchange{
		failing("error of a page", "/error.lc", ownErrorPage(500), "the secret of the error"),
		failing("syntax error", "/syntax.lc", errorPage(500), "syntax.lc:"),
		failing("block that is never closed", "/unclosed.lc", errorPage(500), "unclosed.lc:"),
		failing("error raised with a table", "/table.lc", errorPage(500), "table.lc:"),
	}
}

func deniedCases() []exchange {
	return []exchange{
		one("page that does not exist", wire.Get("/none.lc"), refused),
		one("page in a folder that does not exist", wire.Get("/none/none.lc"), refused),
		one("folder without an index", wire.Get("/folder/"), refused),
		one("dot file", wire.Get("/.hidden.lc"), refused),
		one("module", wire.Get("/module.lua"), refused),
		one("backup of a page", wire.Get("/old.lc.bak"), refused),
		one("backup of an editor", wire.Get("/edited.lc~"), refused),
		one("path out of the root", wire.Get("/../../../../etc/passwd"), refused),
		one("escaped path out of the root", wire.Get("/%2e%2e/%2e%2e/etc/passwd"), refused),
		one("upper-case extension", wire.Get("/HELLO.LC"), refused),
	}
}

// argumentCases are queries without "=", which a server hands to a CGI program
// as arguments too (RFC 3875 section 4.4; CVE-2012-1823).
func argumentCases() []exchange {
	var all []exchange
	for _, query := range []string{"-s", "-h", "serve", "run+/etc/passwd", "/etc/passwd", "%2Dversion", "-d+allow_url_include%3don", "--", "check"} {
		all = append(all, one("argument "+query, wire.Get("/hello.lc?"+query), page("<p>Hello world.</p>\n")))
	}
	return all
}

func sessionCases() []exchange {
	const cookie = "Set-Cookie: LCSESSION={id}; Path=/; HttpOnly; SameSite=Lax"
	// A page with a session is nobody else's, and never kept.
	own := func(body string, header ...string) answer {
		return page(body, append([]string{"Cache-Control: private, no-cache", "Content-Type: text/html; charset=utf-8"}, header...)...)
	}
	visits := func(n int, header ...string) step {
		return step{wire.Get("/counter.lc"), own(fmt.Sprintf("<p>Visit %d.</p>\n", n), header...)}
	}
	look := func(result string) step { return step{wire.Get("/look.lc"), own("<p>" + result + "</p>\n")} }
	return []exchange{
		{name: "session", steps: []step{
			visits(1, cookie),
			visits(2),
			visits(3),
			look("load 3"),
			{wire.Request{Method: "HEAD", Target: "/counter.lc"}, own("")},
			visits(5),
			{wire.Get("/delete.lc"), own("<p>Deleted.</p>\n",
				"Set-Cookie: LCSESSION=; Path=/; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax")},
			look("new "),
			visits(1, cookie),
		}},
		{name: "session that holds nothing", steps: []step{
			{wire.Get("/untouched.lc"), own("<p>new</p>\n")},
		}},
		{name: "session kept from a page that fails", steps: []step{
			visits(1, cookie),
			{wire.Get("/error.lc"), ownErrorPage(500)},
			visits(2),
		}},
		{name: "two named sessions", steps: []step{
			{wire.Get("/named.lc"), own("<p>1 11 60 true</p>\n",
				"Set-Cookie: shop={id}; Path=/; HttpOnly; SameSite=Lax",
				"Set-Cookie: other={id}; Path=/named.lc; SameSite=Strict")},
			{wire.Get("/named.lc"), own("<p>2 12 60 true</p>\n")},
		}},
		{name: "types of session data", steps: []step{
			{wire.Get("/types.lc?set=1"), own("<p>5 2.5 three false true -0.1</p>\n", cookie)},
			{wire.Get("/types.lc"), own("<p>5 2.5 three false true -0.1</p>\n")},
		}},
		one("session id of nobody", wire.Get("/counter.lc", "Cookie: LCSESSION="+strings.Repeat("0123456789abcdef", 4)),
			own("<p>Visit 1.</p>\n", cookie)),
		one("session id that is a path", wire.Get("/counter.lc", "Cookie: LCSESSION=../../../../etc/passwd"),
			own("<p>Visit 1.</p>\n", cookie)),
	}
}

// statusTexts are the reason phrases of the answers that lcgi makes itself.
var statusTexts = map[int]string{
	301: "Moved Permanently",
	302: "Found",
	303: "See Other",
	307: "Temporary Redirect",
	400: "Bad Request",
	403: "Forbidden",
	404: "Not Found",
	412: "Precondition Failed",
	413: "Content Too Large",
	415: "Unsupported Media Type",
	416: "Range Not Satisfiable",
	500: "Internal Server Error",
	503: "Service Unavailable",
}

// errorPage is the answer of lcgi in place of a page that failed.
func errorPage(code int) answer {
	title := fmt.Sprintf("%d %s", code, statusTexts[code])
	return status(code, `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>`+title+`</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:36em;margin:12vh auto;padding:0 1em}</style>
</head><body><h1>`+title+`</h1>
<p>Request {request}</p>
</body></html>
`)
}

// jsonError is errorPage for a client that has sent JSON.
func jsonError(code int) answer {
	body := fmt.Sprintf("{\"status\":%d,\"error\":%q,\"request\":\"{request}\"}\n", code, statusTexts[code])
	return status(code, body, "Content-Type: application/json")
}

// ownErrorPage is the error page of a page that has used a session.
func ownErrorPage(code int) answer {
	return status(code, errorPage(code).body, "Cache-Control: private", "Content-Type: text/html; charset=utf-8")
}

// redirectBody is the page that lcgi sends along with a redirect.
func redirectBody(code int, to string) string {
	to = strings.ReplaceAll(to, "&", "&amp;")
	return fmt.Sprintf("<!DOCTYPE html>\n<title>%s</title>\n<p><a href=%q>%s</a></p>\n", statusTexts[code], to, to)
}
