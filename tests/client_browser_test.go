package tests

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lcgi/tests/browser"
	"lcgi/tests/servers"
)

// noIcon keeps browsers from asking for /favicon.ico.
const noIcon = `<link rel="icon" href="data:,">`

// TestBrowserUpload sends a form with several files from Chromium, with names that
// browsers escape in ways of their own.
func TestBrowserUpload(t *testing.T) {
	t.Parallel()
	server := startPages(t, servers.Serve, map[string]string{
		"form.lc": `<!DOCTYPE html><title>Form</title>` + noIcon + `<form method="post" enctype="multipart/form-data" action="show.lc">
<input name='te"xt'><textarea name="lines"></textarea>
<input type="file" name="files[]" multiple id="many"><input type="file" name="none" id="none"><button>Send</button></form>`,
		"show.lc": `<!DOCTYPE html><title>Show</title>` + noIcon + `<pre id="out"><?lc
put(escape(_POST['te"xt']), "|", (#_POST.lines), "|", escape(_FILES.none.error), "|")
for _, f in ipairs(_FILES["files"]) do
  local file = assert(io.open(f.path, "rb"))
  put(escape(f.name), " ", escape(f.type), " ", f.size, " ", #file:read("*a"), "|")
end ?></pre>`,
		"fetch.lc": `<?lc
local files, total = _FILES.blob or {}, 0
response.type("application/json")
put(string.format('{"name": "%s", "size": %d, "field": "%s"}', files.name, files.size, _POST.field)) ?>`,
	}, nil)
	dir := t.TempDir()
	var files []string
	for name, size := range map[string]int{"a.txt": 5, `odd "ü; 100% name.png`: 8193, "empty.bin": 0, "large.bin": 3 * mega} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(strings.Repeat("x", size)), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	tab := browser.Open(t)
	if status := tab.Go(t, server.URL+"/form.lc"); status != 200 {
		t.Fatalf("status %d", status)
	}
	tab.Fill(t, "input", `<b> & "ü"`)
	tab.Fill(t, "textarea", "one\ntwo")
	tab.Choose(t, "#many", files...)
	if status := tab.Click(t, "button"); status != 200 {
		t.Fatalf("status %d\n%s", status, server.Log())
	}
	got := tab.Text(t, "#out")
	for _, want := range []string{
		`<b> & "ü"|8|no file was chosen|`, // the line break is CR LF
		"a.txt text/plain 5 5|",
		`odd "ü; 100% name.png image/png 8193 8193|`,
		"empty.bin application/octet-stream 0 0|",
		"large.bin application/octet-stream 3145728 3145728|",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the page shows no %q:\n%s", want, got)
		}
	}
	sent := browser.Eval[string](t, tab, `(async () => {
		const form = new FormData()
		form.append("field", "v")
		form.append("blob", new Blob([new Uint8Array(4096)]), "../../blob.bin")
		return await (await fetch("fetch.lc", {method: "POST", body: form})).text()
	})()`)
	if want := `{"name": "blob.bin", "size": 4096, "field": "v"}`; sent != want {
		t.Errorf("fetch gets %s, want %s", sent, want)
	}
	for _, problem := range tab.Problems() {
		t.Errorf("the console shows: %s", problem)
	}
}

// TestBrowserCookies has two sites, 127.0.0.1 and localhost, and a visitor with
// cookies of the first, of each SameSite. Which ones come along is the browser's
// to decide; that it understands what lcgi writes is shown here. (Secure cookies
// work without https on addresses of the own machine.)
func TestBrowserCookies(t *testing.T) {
	t.Parallel()
	home := startPages(t, servers.Serve, map[string]string{
		"set.lc": `<!DOCTYPE html><title>Set</title>` + noIcon + `<?lc
response.cookie("strict", "1", {sameSite = "Strict"})
response.cookie("lax", "1", {sameSite = "Lax"})
response.cookie("none", "1", {sameSite = "None", secure = true})
response.cookie("__Host-own", "1", {secure = true})
response.cookie("readable", "1", {httpOnly = false})
response.cookie("short", "1", {maxAge = 100})
response.cookie("deep", "1", {path = "/deep"})
response.cookie("dead", "1") response.deleteCookie("dead") ?>`,
		"seen.lc": `<!DOCTYPE html><title>Seen</title>` + noIcon + `<p id="out"><?lc
local names = {}
for name in pairs(_COOKIE) do names[#names + 1] = name end
table.sort(names)
put(request.method, " ", table.concat(names, " ")) ?></p>`,
		"api.lc": `<?lc
response.header("Access-Control-Allow-Origin", request.headers.Origin or "*")
response.header("Access-Control-Allow-Credentials", "true")
response.header("Access-Control-Allow-Headers", "content-type")
if request.method == "OPTIONS" then response.status(204) exit() end
if request.headers["Sec-Fetch-Site"] ~= "same-origin" then
  response.cookie("parted", "1", {sameSite = "None", secure = true, partitioned = true})
end
local json = require "json"
local names = {}
for name in pairs(_COOKIE) do names[#names + 1] = name end
table.sort(names)
response.type("application/json")
put(json.encode{cookies = table.concat(names, " "), method = request.method, sent = request.method == "POST" and request.json() or json.null}) ?>`,
	}, nil)
	away := startPages(t, servers.Serve, map[string]string{
		"away.lc": `<!DOCTYPE html><title>Away</title>` + noIcon + `
<a href="` + home.URL + `/seen.lc">link</a>
<form method="post" action="` + home.URL + `/seen.lc"><button>post</button></form>`,
	}, nil)
	elsewhere := strings.Replace(away.URL, "127.0.0.1", "localhost", 1)
	tab := browser.Open(t)
	open := func(url string) {
		t.Helper()
		if status := tab.Go(t, url); status != 200 {
			t.Fatalf("%s: status %d\n%s", url, status, home.Log())
		}
	}
	seen := func(what, want string) {
		t.Helper()
		if got := tab.Text(t, "#out"); got != want {
			t.Errorf("%s: the page gets %q, want %q", what, got, want)
		}
	}
	api := func(method, body string) string {
		t.Helper()
		return browser.Eval[string](t, tab, fmt.Sprintf(`(async () => {
			const answer = await fetch(%q, {method: %q, credentials: "include", headers: {"Content-Type": "application/json"}, body: %s})
			const value = await answer.json()
			return value.method + " " + value.cookies + " " + JSON.stringify(value.sent)
		})()`, home.URL+"/api.lc", method, body))
	}
	const all = "__Host-own lax none readable short strict"

	open(home.URL + "/set.lc")
	if got := browser.Eval[string](t, tab, "document.cookie"); got != "readable=1" {
		t.Errorf("scripts see the cookies %q, want only the readable one", got)
	}
	open(home.URL + "/seen.lc")
	seen("the same site", "GET "+all)
	if got, want := api("POST", `JSON.stringify({n: [1, "ü"]})`), "POST "+all+` {"n":[1,"ü"]}`; got != want {
		t.Errorf("fetch from the same site gets %s, want %s", got, want)
	}

	open(elsewhere + "/away.lc")
	tab.Click(t, "a")
	seen("a link of another site", "GET __Host-own lax none readable short")
	open(elsewhere + "/away.lc")
	tab.Click(t, "button")
	seen("a form of another site", "POST none")
	open(elsewhere + "/away.lc")
	// Cookies of third parties come along only where a browser still allows them, and
	// then those that say SameSite=None.
	if got := api("POST", `JSON.stringify({n: 1})`); got != `POST  {"n":1}` && got != `POST none {"n":1}` {
		t.Errorf("fetch from another site gets %s", got)
	}
	// Except for one that is partitioned: it was set by the request before, and is
	// another one than that of the same name at home.
	if got := api("POST", `JSON.stringify({n: 1})`); got != `POST parted {"n":1}` && got != `POST none parted {"n":1}` {
		t.Errorf("fetch from another site, again, gets %s", got)
	}
	for _, problem := range tab.Problems() {
		t.Errorf("the console shows: %s", problem)
	}
}
