package tests

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"lcgi/tests/wire"
)

// sum is what upload.lc computes of a file.
func sum(content string) int {
	n := 0
	for i := range len(content) {
		n = (n*31 + int(content[i])) % 1000000007
	}
	return n
}

// bytesOf returns n bytes of all values, with what looks like parts of a boundary.
func bytesOf(n int) string {
	piece := string(allBytes()) + "\r\n--" + wire.Boundary[:20] + "\r\n--\r\n"
	return strings.Repeat(piece, n/len(piece)+1)[:n]
}

// shown is the line of upload.lc for a file.
func shown(where, name, mime, content string) string {
	return fmt.Sprintf("%s: '%s' '%s' %d %d %d\n", where, name, mime, len(content), len(content), sum(content))
}

const octets = "application/octet-stream"

// uploadCases are forms with enctype multipart/form-data.
func uploadCases() []exchange {
	upload := func(name, shows string, parts ...wire.Part) exchange {
		return one("upload: "+name, wire.Form("/upload.lc", parts...), text(shows))
	}
	all := []exchange{
		upload("fields", "post[a]=1\npost[b]=ü + &\npost[c]=\n",
			wire.Field("a", "1"), wire.Field("b", "ü + &"), wire.Field("c", "")),
		upload("repeated and nested fields", "post[a]=2\npost[b][#1]=x\npost[b][#2]=y\npost[c][k][j]=3\npost[d[]=4\n",
			wire.Field("a", "1"), wire.Field("a", "2"), wire.Field("b[]", "x"), wire.Field("b[]", "y"), wire.Field("c[k][j]", "3"), wire.Field("d[", "4")),
		upload("names that are escaped", "post[a\"b\r\nc]=1\n", wire.Field("a\"b\r\nc", "1")),
		upload("values of all bytes", "post[a]="+string(allBytes())+"\npost[b]=\r\n\n", wire.Field("a", string(allBytes())), wire.Field("b", "\r\n")),
		upload("several files", shown("files[f]", "b.txt", octets, "22")+shown("files[g]", "c.txt", octets, "333")+
			shown("all.1", "a.txt", octets, "1")+shown("all.2", "b.txt", octets, "22"),
			wire.File("f", "a.txt", "1"), wire.File("f", "b.txt", "22"), wire.File("g", "c.txt", "333")),
		upload("lists of files", "post[p][#1]=1\n"+shown("files[f][#1]", "a", octets, "1")+shown("files[f][#2]", "b", octets, "22")+shown("files[g][k][j]", "c", octets, "333"),
			wire.File("f[]", "a", "1"), wire.Field("p[]", "1"), wire.File("f[]", "b", "22"), wire.File("g[k][j]", "c", "333")),
		upload("no file chosen", "files[f]: no file was chosen '' '' 0 nil\nall.1: no file was chosen '' '' 0 nil\n", wire.File("f", "", "")),
		upload("file without a type", shown("files[f]", "a", "", "1")+shown("all.1", "a", "", "1"),
			wire.Part{Name: "f", IsFile: true, File: "a", Content: "1"}),
		one("upload: no parts", wire.Form("/upload.lc"), text("")),
		one("upload: with a query", wire.Form("/upload.lc?a=1&all=x", wire.Field("a", "2"), wire.File("x", "x", "1")),
			text("get[a]=1\nget[all]=x\npost[a]=2\n"+shown("files[x]", "x", octets, "1")+shown("all.1", "x", octets, "1"))),
		one("upload: what the page does not read", wire.Form("/hello.lc", wire.File("f", "x", bytesOf(100_000))), page("<p>Hello world.</p>\n")),
		one("upload: the bytes as they came", wire.Request{Method: "POST", Target: "/body.lc", Header: []string{wire.FormType}, Body: []byte("abcdefghabcdefgh")},
			text("length=16\nsum=97\nfirst=abcdefgh\nlast=abcdefgh\n")),
		one("upload: PUT", wire.Request{Method: "PUT", Target: "/upload.lc", Header: []string{wire.FormType}, Body: wire.Form("", wire.Field("a", "1")).Body}, text("post[a]=1\n")),
		one("upload: cut", wire.Request{Method: "POST", Target: "/upload.lc", Header: []string{wire.FormType}, Body: []byte("--" + wire.Boundary + "\r\nContent-Dis")}, errorPage(400)),
		one("upload: no boundary", wire.Request{Method: "POST", Target: "/upload.lc", Header: []string{"Content-Type: multipart/form-data"}, Body: []byte("--x--\r\n")}, errorPage(400)),
		one("upload: too many parts", wire.Form("/upload.lc", slices.Repeat([]wire.Part{wire.Field("a", "")}, 1001)...), errorPage(400)),
		one("upload: too many files", wire.Form("/upload.lc", slices.Repeat([]wire.Part{wire.File("a", "x", "")}, 21)...), errorPage(413)),
		one("upload: field over the limit", wire.Form("/upload.lc", wire.Field("a", strings.Repeat("x", 9*mega))), errorPage(413)),
	}
	for _, n := range []int{0, 1, 4095, 4096, 4097, 8192, 8193, 65536} {
		content := bytesOf(n)
		all = append(all, upload(fmt.Sprintf("file of %d bytes", n), "post[after]=1\n"+shown("files[f]", "x.bin", octets, content)+shown("all.1", "x.bin", octets, content),
			wire.File("f", "x.bin", content), wire.Field("after", "1")))
	}
	for sent, want := range map[string]string{
		"../../x": "x", `C:\dir\y.txt`: "y.txt", "/etc/passwd": "passwd", "ü €.txt": "ü €.txt", "a;b=c.txt": "a;b=c.txt",
		`q"uote.txt`: `q"uote.txt`, "line\nbreak": "linebreak", "..": "", " spaces ": " spaces ", ".hidden": ".hidden",
	} {
		all = append(all, upload("file name "+strings.ReplaceAll(sent, "\n", "LF"), shown("files[f]", want, octets, "1")+shown("all.1", want, octets, "1"), wire.File("f", sent, "1")))
	}
	form := wire.Form("/upload.lc", wire.File("f", "x.bin", bytesOf(8193)))
	chunks := fmt.Sprintf("%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n", 100, form.Body[:100], len(form.Body)-100, form.Body[100:])
	all = append(all, one("upload: chunked", wire.Request{Method: "POST", Target: "/upload.lc", Header: []string{wire.FormType, "Transfer-Encoding: chunked"}, Body: []byte(chunks)},
		text(shown("files[f]", "x.bin", octets, bytesOf(8193))+shown("all.1", "x.bin", octets, bytesOf(8193)))))
	return all
}

// jsonCases are bodies of JSON.
func jsonCases() []exchange {
	post := func(name, mime, body string, want answer) exchange {
		request := wire.Request{Method: "POST", Target: "/json.lc", Body: []byte(body)}
		if mime != "" {
			request.Header = []string{"Content-Type: " + mime}
		}
		return one("JSON: "+name, request, want)
	}
	ok := func(body string) answer { return page(body, "Content-Type: application/json") }
	return []exchange{
		post("good", "application/json", `{"z":1,"a":["ü",null,true,{}],"e":[]}`, ok("{\n  \"z\": 1,\n  \"a\": [\n    \"ü\",\n    null,\n    true,\n    {}\n  ],\n  \"e\": []\n}")),
		post("with a charset", "application/json; charset=utf-8", `[1.5]`, ok("[\n  1.5\n]")),
		post("of another kind", "application/merge-patch+json", `"text"`, ok(`"text"`)),
		post("bad", "application/json", `{"a": 1,}`, jsonError(400)),
		post("empty", "application/json", "", jsonError(400)),
		post("deep", "application/json", strings.Repeat("[", 100_000), jsonError(400)),
		post("bytes that are no UTF-8", "application/json", "\"\xff\"", jsonError(400)),
		post("of the wrong type", "text/plain", `{}`, errorPage(415)),
		post("without a type", "", `{}`, errorPage(415)),
		post("as a form", "application/x-www-form-urlencoded", `{}`, errorPage(415)),
	}
}

// digits is the file that send.lc sends.
const digits = "0123456789abcdefghijklmnopqrstuvwxyz"

// fileCases are answers that are files.
func fileCases() []exchange {
	sent := func(code int, body string, header ...string) answer {
		all := map[string]string{
			"Cache-Control":          "private, no-cache",
			"Etag":                   "{etag}",
			"Last-Modified":          "{date}",
			"X-Content-Type-Options": "nosniff",
		}
		if code == 304 { // RFC 9110 section 15.4.5
			delete(all, "Last-Modified")
		} else {
			all["Content-Type"] = "text/plain; charset=utf-8"
		}
		for _, line := range header {
			name, value, _ := strings.Cut(line, ": ")
			all[name] = value
		}
		want := answer{status: code, body: body}
		for _, name := range slices.Sorted(maps.Keys(all)) {
			want.header = append(want.header, name+": "+all[name])
		}
		return want
	}
	// refused is an error page with what the answer had of the file.
	refused := func(code int, header ...string) answer {
		want := errorPage(code)
		want.header = append(header, want.header...)
		want.header = append(want.header, "X-Content-Type-Options: nosniff")
		return want
	}
	get := func(name, query string, want answer, header ...string) exchange {
		return one("sendFile: "+name, wire.Get("/send.lc?"+query, header...), want)
	}
	return []exchange{
		get("whole", "", sent(200, digits)),
		one("sendFile: HEAD", wire.Request{Method: "HEAD", Target: "/send.lc"}, sent(200, "")),
		get("range", "", sent(206, "23456", "Content-Range: bytes 2-6/36"), "Range: bytes=2-6"),
		get("range from", "", sent(206, "xyz", "Content-Range: bytes 33-35/36"), "Range: bytes=33-"),
		get("range of the end", "", sent(206, "yz", "Content-Range: bytes 34-35/36"), "Range: bytes=-2"),
		get("two ranges", "", sent(206, "\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-1/36\r\n\r\n01"+
			"\r\n--{boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 33-35/36\r\n\r\nxyz\r\n--{boundary}--\r\n",
			"Content-Type: multipart/byteranges; boundary={boundary}"), "Range: bytes=0-1, -3"),
		get("range too far", "", refused(416, "Cache-Control: no-store", "Content-Range: bytes */36"), "Range: bytes=36-"),
		get("range that is none", "", sent(200, digits), "Range: lines=1-2"),
		get("etag that the client has", "etag=v1", sent(304, ""), `If-None-Match: "v1"`),
		get("etag that the client has not", "etag=v1", sent(200, digits), `If-None-Match: "v0"`),
		get("any etag", "", sent(304, ""), `If-None-Match: *`),
		get("etag that must be", "etag=v1", refused(412, "Cache-Control: no-store"), `If-Match: "v0"`),
		get("not modified", "", sent(304, ""), "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"),
		get("modified", "", sent(200, digits), "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT"),
		get("range of another version", "etag=v1", sent(200, digits), "Range: bytes=2-6", `If-Range: "v0"`),
		get("range of this version", "etag=v1", sent(206, "23456", "Content-Range: bytes 2-6/36"), "Range: bytes=2-6", `If-Range: "v1"`),
		get("download", "download=1", sent(200, digits, `Content-Disposition: attachment; filename="digits.txt"`)),
		get("download name", "name=gro%C3%9F+%22e%22.txt&download=1", sent(200, digits, `Content-Disposition: attachment; filename="gro_ _e_.txt"; filename*=UTF-8''gro%C3%9F%20%22e%22.txt`)),
		get("shown under a name", "name=a.txt&download=0", sent(200, digits, `Content-Disposition: inline; filename="a.txt"`)),
		get("type", "type=application/x-test", sent(200, digits, "Content-Type: application/x-test")),
		get("to be kept", "age=60", sent(200, digits, "Cache-Control: private, max-age=60")),
		get("missing below a root", "root=folder&file=none.txt", errorPage(404)),
		get("out of a root", "root=folder&file=../hello.lc", errorPage(404)),
		get("source of a page below a root", "root=.&file=hello.lc", errorPage(404)),
		get("hidden file below a root", "root=.&file=.hidden.lc", errorPage(404)),
		get("missing", "file=none.txt", errorPage(500)),
	}
}

// answerCases are headers, redirects and streams.
func answerCases() []exchange {
	fresh := func(code int, body string) answer {
		want := answer{status: code, body: body, header: []string{
			"Cache-Control: public, max-age=60, stale-while-revalidate=30",
			"Etag: {etag}", "Vary: Accept",
		}}
		if code == 200 {
			want.header = slices.Insert(want.header, 1, "Content-Type: text/html; charset=utf-8")
			want.header = slices.Insert(want.header, 3, "Last-Modified: {date}")
		}
		return want
	}
	get := func(name, target string, want answer, header ...string) exchange {
		return one(name, wire.Get(target, header...), want)
	}
	to := func(target, resolved string) exchange {
		return get("redirect from below to "+target, "/redirect.lc/a/b?to="+strings.NewReplacer("?", "%3F", "#", "%23", "&", "%26").Replace(target),
			status(302, redirectBody(302, resolved), "Content-Type: text/html; charset=utf-8", "Location: "+resolved))
	}
	const streamed = "piece 1\npiece 2\npiece 3\nend\n"
	return []exchange{
		get("cache: first", "/fresh.lc", fresh(200, "<p>Fresh.</p>\n")),
		get("cache: etag that the client has", "/fresh.lc", fresh(304, ""), `If-None-Match: "v1"`),
		get("cache: weak etag that the client has", "/fresh.lc", fresh(304, ""), `If-None-Match: "x", W/"v1"`),
		get("cache: another etag", "/fresh.lc", fresh(200, "<p>Fresh.</p>\n"), `If-None-Match: "v2"`, "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT"),
		get("cache: not modified", "/fresh.lc", fresh(304, ""), "If-Modified-Since: Wed, 01 Jan 2020 00:00:00 GMT"),
		get("cache: modified", "/fresh.lc", fresh(200, "<p>Fresh.</p>\n"), "If-Modified-Since: Tue, 31 Dec 2019 23:59:59 GMT"),
		get("cache: another version is wanted", "/fresh.lc", status(412, errorPage(412).body, "Cache-Control: no-store", "Content-Type: text/html; charset=utf-8"), `If-Match: "v2"`),
		to("x.lc", "/redirect.lc/a/x.lc"),
		to("../x.lc", "/redirect.lc/x.lc"),
		to("../../../../x.lc", "/x.lc"),
		to("?q=1", "/redirect.lc/a/b?q=1"),
		to("./", "/redirect.lc/a/"),
		to("//other.example/x", "//other.example/x"),
		get("cookies with all attributes", "/allcookies.lc", page("", "Cache-Control: private", "Content-Type: text/html; charset=utf-8",
			"Set-Cookie: full=%C3%BC%3B; Path=/a; Domain=example.org; Max-Age=60; Expires={date}; Secure; SameSite=None; Partitioned",
			"Set-Cookie: __Host-h=1; Path=/; Secure; HttpOnly; SameSite=Lax",
			"Set-Cookie: __Secure-s=1; Path=/x; Secure; HttpOnly; SameSite=Lax",
			"Set-Cookie: strict=; Path=/; HttpOnly; SameSite=Strict",
			"Set-Cookie: twice=2; Path=/; HttpOnly; SameSite=Lax",
			"Set-Cookie: gone=; Path=/a; Domain=example.org; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax")),
		get("flush", "/flush.lc", page(streamed, "Content-Type: text/plain; charset=utf-8", "X-One: 1")),
		one("flush: HEAD", wire.Request{Method: "HEAD", Target: "/flush.lc"}, page("", "Content-Type: text/plain; charset=utf-8", "X-One: 1")),
		one("flush: POST", wire.Post("/flush.lc", "a=1"), page(streamed, "Content-Type: text/plain; charset=utf-8", "X-One: 1")),
		get("modules", "/modules.lc", text(moduleLines)),
	}
}

// moduleLines is what modules.lc prints. The hashes are those of coreutils and of
// openssl dgst -hmac.
const moduleLines = `[1,"ü\u003c/script\u003e",{"a":null,"b":[],"c":[]},2.5,true]
{
 "a": [
  1000,
  -0.5,
  "ü\n"
 ],
 "big": 9007199254740991,
 "z": 1
}
json: line 1, column 7: a value is expected where it has "]"
a%20b%2F%C3%BC%3F%26%3D a b/ a=1%202&b%5B%5D=x&b%5B%5D=y
https shop.example 8443 /a%20b/c q=1 top
https://shop.example/a%20b?q=%C3%BC
a,b,c 20.11.2026
6 ü€ 252,8364
md5 4e843d8f9145c5abec9ffebc7f0e227a
sha1 2de51b2f78b220d0bc3e9d8952234a9b5d8032ee
sha256 819fe486f488fee54c005306cd2561d75d1259435aaed27a7e378bfe9feb441
sha512 aec256f334de13628321dad186979dee6bfff7e10238952aa1dabd4b20df535
6e9ef29b75fffc5b7abae527d58fdadb2fe42e7219011976917343065f58ed4 w7w/Pg== 00ff true
43 16
2020-01-01 01:00:00 1577836800 Wed, 01 Jan 2020 00:00:00 GMT
`
