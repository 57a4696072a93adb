package tests

import (
	"slices"
	"strings"

	"lcgi/tests/wire"
)

// trackingCases are what sessions do to answers beside the cookie: decorated
// links, files of a session, new ids, and shared variables.
func trackingCases() []exchange {
	const cookie = "Set-Cookie: LCSESSION={id}; Path=/; HttpOnly; SameSite=Lax"
	const html = "Content-Type: text/html; charset=utf-8"
	own := func(body string, header ...string) answer {
		return page(body, append([]string{"Cache-Control: private, no-cache", html}, header...)...)
	}
	linked := func(status int, body string, header ...string) answer {
		header = append(header, "Cache-Control: no-store", html, "Referrer-Policy: same-origin")
		slices.Sort(header)
		return answer{status: status, header: header, body: body}
	}
	links := func(n string) string {
		return "<!doctype html>\n<p>" + n + "</p>\n" +
			`<a href="links.lc?x=1&amp;LCSESSION={id}#f">own</a> <a href="http://other.example/">other</a>` + "\n" +
			`<form method="post"><input type="hidden" name="LCSESSION" value="{id}"></form>` + "\n"
	}
	const location = "/hello.lc?a=1&LCSESSION={id}#f"

	// A file of a session is for its visitor, and does nothing but what it is.
	const fileURL = "/private.lc?-session=LCSESSION&-file="
	const plain = "Content-Type: text/plain; charset=utf-8"
	const modified = "Last-Modified: {date}"
	common := []string{
		"Cross-Origin-Resource-Policy: same-origin",
		"Referrer-Policy: same-origin",
		"X-Content-Type-Options: nosniff",
	}
	answered := func(status int, body string, header ...string) answer {
		header = append(header, common...)
		slices.Sort(header)
		return answer{status: status, header: header, body: body}
	}
	content := func(status int, body string, header ...string) answer {
		return answered(status, body, append(header, "Cache-Control: private, no-cache", `Content-Disposition: inline; filename="note.txt"`, "Etag: {etag}")...)
	}
	failed := func(status int, header ...string) answer {
		return answered(status, errorPage(status).body, append(header, "Cache-Control: no-store", html)...)
	}

	return []exchange{
		{name: "decorated links", steps: []step{
			{wire.Get("/links.lc"), linked(200, links("1"))},
			{wire.Post("/links.lc", "a=1"), linked(200, links("1"))},
			{wire.Request{Method: "HEAD", Target: "/links.lc"}, linked(200, "")},
		}},
		one("decorated redirect", wire.Get("/linked-redirect.lc"), linked(302, strings.Replace(redirectBody(302, location), `">/hello.lc?a=1&amp;LCSESSION={id}#f`, `">/hello.lc?a=1#f`, 1), "Location: "+location)),
		one("decorated links of a page that streams", wire.Get("/streamed-links.lc"),
			linked(200, `<a href="hello.lc?LCSESSION={id}">one</a><a href="hello.lc?LCSESSION={id}">two</a>`+"\n")),
		{name: "links until the cookie comes back", steps: []step{
			{wire.Get("/prefs.lc"), linked(200, `<p>new 1</p><a href="prefs.lc?-lassosession={id}_prefs">again</a>`+"\n",
				"Set-Cookie: _Session_Tracker_prefs={id}; Path=/; HttpOnly; SameSite=Lax")},
			{wire.Get("/prefs.lc"), own(`<p>load 2</p><a href="prefs.lc">again</a>` + "\n")},
		}},
		{name: "file of a session", steps: []step{
			{wire.Get("/private.lc"), own("<p>/private.lc?-session=LCSESSION&amp;-file=</p>\n", cookie)},
			{wire.Get(fileURL + "note.txt"), content(200, "0123456789", plain, modified)},
			{wire.Request{Method: "HEAD", Target: fileURL + "note.txt"}, content(200, "", plain, modified)},
			{wire.Get(fileURL+"note.txt", "Range: bytes=2-4"), content(206, "234", "Content-Range: bytes 2-4/10", plain, modified)},
			{wire.Get(fileURL+"note.txt", "Range: bytes=-3"), content(206, "789", "Content-Range: bytes 7-9/10", plain, modified)},
			{wire.Get(fileURL+"note.txt", "Range: bytes=99-"), failed(416, "Content-Range: bytes */10")},
			{wire.Get(fileURL+"note.txt", "If-None-Match: *"), content(304, "")},
			{wire.Get(fileURL+"note.txt", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT"), content(304, "")},
			{wire.Get(fileURL+"note.txt", `If-Match: "other"`), failed(412)},
			{wire.Get(fileURL + "none.txt"), ownErrorPage(404)},
			{wire.Get(fileURL + "..%2F..%2Fnote.txt"), ownErrorPage(404)},
		}},
		{name: "rotation", steps: []step{
			{wire.Get("/rotate.lc"), own("<p>1</p>\n", cookie)},
			{wire.Get("/rotate.lc"), own("<p>2</p>\n", cookie)},
			{wire.Get("/always.lc"), own("<p>rotate 3</p>\n", cookie)},
			{wire.Get("/rotate.lc"), own("<p>4</p>\n", cookie)},
		}},
		{name: "shared counter", steps: []step{
			{wire.Get("/shared.lc"), page("<p>1 hits</p>\n")},
			{wire.Get("/shared.lc"), page("<p>2 hits</p>\n")},
		}},
	}
}
