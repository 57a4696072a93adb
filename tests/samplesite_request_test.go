package tests

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html/atom"

	"lcgi/tests/needs"
	"lcgi/tests/servers"
)

// TestSampleSiteAPI sends api.lc what a program might send. The tasks are those
// of one visitor.
func TestSampleSiteAPI(t *testing.T) {
	overSampleSites(t, nil, func(t *testing.T, site *servers.Server) {
		v := newVisitor(t, site)
		token := attr(first(v.get("tasks.lc").doc, hasID("add")), "data-csrf")
		const mime = "application/json"
		long := strings.Repeat("x", 201)
		for _, c := range []struct {
			method, address, mime, body string
			status                      int
			want                        string // the whole answer, or the beginning of its error
		}{
			{"GET", "api.lc", "", "", 200, `[]`},
			{"GET", "api.lc/1", "", "", 404, "There is no such task"},
			{"POST", "api.lc", mime, `{"title": "Buy <tea> & é"}`, 201, `{"id":1,"title":"Buy <tea> & é","done":false}`},
			{"POST", "api.lc/", "application/vnd.task+json; charset=utf-8", `{"title":"b","done":true,"id":9,"more":[]}`, 201, `{"id":2,"title":"b","done":true}`},
			{"GET", "api.lc/2", "", "", 200, `{"id":2,"title":"b","done":true}`},
			{"PUT", "api.lc/1", mime, `{"done":true}`, 200, `{"id":1,"title":"Buy <tea> & é","done":true}`},
			{"PUT", "api.lc/2", mime, `{"title":"c"}`, 200, `{"id":2,"title":"c","done":true}`},
			{"DELETE", "api.lc/1", "", "", 204, ""},
			{"DELETE", "api.lc/1", "", "", 404, "There is no such task"},
			{"POST", "api.lc", mime, `{"title":"d"}`, 201, `{"id":3,"title":"d","done":false}`},
			{"GET", "api.lc", "", "", 200, `[{"id":2,"title":"c","done":true},{"id":3,"title":"d","done":false}]`},

			{"POST", "api.lc", mime, `{"title": `, 400, "Bad Request"},
			{"POST", "api.lc", mime, ``, 400, "Bad Request"},
			{"POST", "api.lc", mime, `{"title":"x"} y`, 400, "Bad Request"},
			{"POST", "api.lc", "text/plain", `{"title":"x"}`, 415, "Unsupported Media Type"},
			{"POST", "api.lc", "application/x-www-form-urlencoded", `title=x`, 415, "Unsupported Media Type"},
			{"POST", "api.lc", mime, `7`, 422, "A task is an object"},
			{"POST", "api.lc", mime, `null`, 422, "A task is an object"},
			{"POST", "api.lc", mime, `[]`, 422, "The title is"},
			{"POST", "api.lc", mime, `{}`, 422, "The title is"},
			{"POST", "api.lc", mime, `{"title":null}`, 422, "The title is"},
			{"POST", "api.lc", mime, `{"title":["x"]}`, 422, "The title is"},
			{"POST", "api.lc", mime, `{"title":"` + long + `"}`, 422, "The title is"},
			{"PUT", "api.lc/2", mime, `{"done":"yes"}`, 422, "done is"},
			{"PUT", "api.lc/2/3", mime, `{}`, 404, "There is no"},
			{"PUT", "api.lc/02", mime, `{}`, 404, "There is no"},
			{"PUT", "api.lc", mime, `{}`, 405, "The methods here are GET, HEAD, POST"},
			{"POST", "api.lc/2", mime, `{}`, 405, "The methods here are GET, HEAD, PUT, DELETE"},
			{"GET", "api.lc", "", "", 200, `[{"id":2,"title":"c","done":true},{"id":3,"title":"d","done":false}]`},
		} {
			what := fmt.Sprintf("%s %s %s", c.method, c.address, c.body)
			a := v.send(c.method, c.address, c.mime, c.body, "X-CSRF-Token", token)
			if a.status != c.status {
				t.Errorf("%s: status %d, want %d\n%s\n%s", what, a.status, c.status, a.body, lastOf(site.Log()))
				continue
			}
			checkAPIAnswer(t, what, a, c.want)
			id, leads := strings.CutPrefix(a.header.Get("Location"), "/api.lc/")
			if leads != (a.status == 201) || leads && !strings.HasPrefix(c.want, `{"id":`+id+`,`) {
				t.Errorf("%s: Location is %q", what, a.header.Get("Location"))
			}
			if allow := a.header.Get("Allow"); (a.status == 405) != (allow != "") || !strings.HasSuffix(c.want, allow) {
				t.Errorf("%s: Allow is %q", what, allow)
			}
		}

		if a := v.do("HEAD", "api.lc"); a.status != 200 || a.body != "" {
			t.Errorf("HEAD is answered with %d, %q", a.status, a.body)
		}
		other := newVisitor(t, site)
		checkAPIAnswer(t, "another visitor", other.get("api.lc"), `[]`)
		for what, a := range map[string]answered{
			"no token":          v.send("DELETE", "api.lc/2", "", ""),
			"another’s session": other.send("DELETE", "api.lc/2", "", "", "X-CSRF-Token", token),
			"another site":      v.send("DELETE", "api.lc/2", "", "", "X-CSRF-Token", token, "Sec-Fetch-Site", "cross-site"),
		} {
			if a.status != 403 {
				t.Errorf("%s: status %d, want 403", what, a.status)
			}
			checkAPIAnswer(t, what, a, "Forbidden")
		}

		for n := 2; n < 50; n++ {
			if a := v.send("POST", "api.lc", mime, `{"title":"x"}`, "X-CSRF-Token", token); a.status != 201 {
				t.Fatalf("task %d: status %d", n+1, a.status)
			}
		}
		a := v.send("POST", "api.lc", mime, `{"title":"x"}`, "X-CSRF-Token", token)
		if checkAPIAnswer(t, "one too many", a, "There is room"); a.status != 409 {
			t.Errorf("task 51: status %d", a.status)
		}
	})
}

// TestSampleSiteAPIInAFolder has the site in a folder with a name that cannot
// stand in an address as it is: the address of a new task leads to it.
func TestSampleSiteAPIInAFolder(t *testing.T) {
	const folder, address = "a b/ä?%41", "a%20b/%C3%A4%3F%2541"
	root := t.TempDir()
	if err := servers.CopySite(filepath.Join(root, folder), sampleRoot(t), ""); err != nil {
		t.Fatal(err)
	}
	v := newVisitor(t, servers.Start(t, servers.Gateway, servers.Site{Binary: lcgi, Root: root}))
	for _, page := range []string{"/api.lc", "/api.lc/"} {
		token := attr(first(v.get(address+"/tasks.lc").doc, hasID("add")), "data-csrf")
		a := v.send("POST", address+page, "application/json", `{"title":"x"}`, "X-CSRF-Token", token)
		location := a.header.Get("Location")
		if !strings.HasPrefix(location, "/"+address+"/api.lc/") {
			t.Errorf("status %d, Location %q", a.status, location)
		}
		task := v.get(location)
		if checkAPIAnswer(t, location, task, a.body); task.status != 200 {
			t.Errorf("%s: status %d", location, task.status)
		}
	}
}

// checkAPIAnswer compares what api.lc answers with JSON, or with the beginning of
// an error.
func checkAPIAnswer(t *testing.T, what string, a answered, want string) {
	t.Helper()
	if a.status == http.StatusNoContent {
		if a.body != "" {
			t.Errorf("%s: the answer is %q", what, a.body)
		}
		return
	}
	if mime, cache := a.header.Get("Content-Type"), a.header.Get("Cache-Control"); mime != "application/json" || cache != "no-store" {
		t.Errorf("%s: Content-Type %q, Cache-Control %q", what, mime, cache)
	}
	var got, wanted any
	if err := json.Unmarshal([]byte(a.body), &got); err != nil {
		t.Errorf("%s: %v\n%s", what, err, a.body)
		return
	}
	if a.status >= 400 {
		object, _ := got.(map[string]any)
		if text, _ := object["error"].(string); len(object) != 1 || !strings.HasPrefix(text, want) {
			t.Errorf("%s: the answer is %s, want the error %q", what, a.body, want)
		}
		return
	}
	if err := json.Unmarshal([]byte(want), &wanted); err != nil || !reflect.DeepEqual(got, wanted) {
		t.Errorf("%s: the answer is %s, want %s (%v)", what, a.body, want, err)
	}
}

// TestSampleSiteDownload saves the files of download.lc: whole, in parts, and not
// when they are there already.
func TestSampleSiteDownload(t *testing.T) {
	overSampleSites(t, nil, func(t *testing.T, site *servers.Server) {
		v := newVisitor(t, site)
		page := v.get("download.lc")
		if a := v.get("download.lc/';id;'"); a.status != 200 || strings.Contains(a.text(atom.Article), ";id;") {
			t.Errorf("status %d; who copies the commands runs what a link has brought:\n%s", a.status, a.text(atom.Article))
		}
		primes := readFile(t, filepath.Join(site.Root, "downloads", "primes.txt"))
		greetings := readFile(t, filepath.Join(site.Root, "downloads", "greetings.txt"))

		file := page.link("The primes")
		a := v.get(file)
		if a.status != 200 || a.body != primes || a.header.Get("Content-Disposition") != `attachment; filename="primes.txt"` {
			t.Errorf("%s: status %d, %q, %d bytes", file, a.status, a.header.Get("Content-Disposition"), len(a.body))
		}
		if a := v.do("HEAD", file); a.status != 200 || a.body != "" || a.header.Get("Content-Length") != fmt.Sprint(len(primes)) {
			t.Errorf("HEAD: status %d, Content-Length %q", a.status, a.header.Get("Content-Length"))
		}
		tag := a.header.Get("ETag")
		if rest := v.do("GET", file, "Range", "bytes=1000-", "If-Range", tag); rest.status != 206 || rest.body != primes[1000:] {
			t.Errorf("the rest is answered with %d, %d bytes", rest.status, len(rest.body))
		}
		if again := v.do("GET", file, "If-None-Match", tag); again.status != 304 || again.body != "" {
			t.Errorf("what is there already is answered with %d", again.status)
		}

		a = v.get(page.link("Greetings"))
		disposition := a.header.Get("Content-Disposition")
		if a.status != 200 || a.body != greetings || !strings.HasPrefix(disposition, `attachment; filename="`) ||
			!strings.Contains(disposition, "filename*=UTF-8''Gr%C3%BC%C3%9Fe%20aus%20K%C3%B6ln.txt") {
			t.Errorf("the greetings are answered with %d, %s", a.status, disposition)
		}

		for _, name := range []string{"", ".", "..", "../login.lc", "%2Fetc%2Fpasswd", "none.txt", ".hidden", "primes.txt%00", "../downloads/primes.txt"} {
			if a := v.get("download.lc?file=" + name); a.status != 404 {
				t.Errorf("the file %q is answered with %d:\n%s", name, a.status, a.body)
			}
		}

		a = v.get(page.link("The pages"))
		rows, err := csv.NewReader(strings.NewReader(a.body)).ReadAll()
		if err != nil || len(rows) < 20 || rows[0][2] != "File" || a.header.Get("Content-Type") != "text/csv; charset=utf-8" {
			t.Fatalf("the table is (%v)\n%s", err, a.body)
		}
		for _, row := range rows[1:] {
			if _, err := os.Stat(filepath.Join(site.Root, row[2])); err != nil {
				t.Error(err)
			}
		}
		if got := a.header.Get("Cache-Control"); got != "public, max-age=60" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("Cache-Control is %q, Set-Cookie %q", got, a.header.Get("Set-Cookie"))
		}
		again := v.do("GET", page.link("The pages"), "If-None-Match", a.header.Get("ETag"))
		if again.status != 304 || again.body != "" || again.header.Get("ETag") != a.header.Get("ETag") {
			t.Errorf("the table that is there already is answered with %d", again.status)
		}
	})
}

// TestSampleSiteDownloadCurl runs the commands that download.lc shows.
func TestSampleSiteDownloadCurl(t *testing.T) {
	curl := needs.Program(t, "curl", "curl")
	site := sampleSite(t, nil)
	blocks := all(first(newVisitor(t, site).get("download.lc").doc, is(atom.Article)), is(atom.Pre))
	dir := t.TempDir()
	if err := os.Symlink(curl, filepath.Join(dir, "curl")); err != nil {
		t.Fatal(err)
	}
	tag := ""
	ran := 0
	for _, block := range blocks {
		for line := range strings.Lines(innerText(block)) {
			cmd := exec.Command("sh", "-c", "./"+strings.Replace(line, `"…"`, tag, 1))
			cmd.Dir = dir
			var said bytes.Buffer
			cmd.Stderr = &said
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s%v\n%s", line, err, said.String())
			}
			ran++
			if _, rest, ok := strings.Cut(strings.ToLower(string(out)), "etag: "); ok {
				tag, _, _ = strings.Cut(rest, "\r\n")
			}
			if strings.Contains(line, "If-None-Match") && !strings.Contains(string(out), " 304 ") {
				t.Errorf("%sprints\n%s", line, out)
			}
		}
	}
	got := readFile(t, filepath.Join(dir, "primes.txt"))
	if want := readFile(t, filepath.Join(site.Root, "downloads", "primes.txt")); got != want || ran != 4 {
		t.Errorf("after %d commands there are %d bytes, want %d", ran, len(got), len(want))
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestSampleSiteStream reads the page that counts, behind each server but Go's
// gateway, which collects what a page flushes: its beginning comes before its end
// is written, and the visitor's session is free meanwhile.
func TestSampleSiteStream(t *testing.T) {
	for _, kind := range servers.Kinds() {
		if kind == servers.Gateway {
			continue
		}
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			site := servers.Start(t, kind, servers.Site{Binary: lcgi, Root: sampleRoot(t)})
			checkStream(t, site)
		})
	}
}

func checkStream(t *testing.T, site *servers.Server) {
	t.Helper()
	v := newVisitor(t, site)
	v.get("stream.lc")
	r, err := v.client.Get(v.url("stream.lc?count=yes").String())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	var read bytes.Buffer
	piece := make([]byte, 4096)
	for !strings.Contains(read.String(), "primes up to") {
		n, err := r.Body.Read(piece)
		read.Write(piece[:n])
		if err != nil {
			t.Fatalf("%v after\n%s", err, read.String())
		}
	}
	begun := time.Now()
	if want := site.Kind != servers.Nginx; (r.Header.Get("X-Accel-Buffering") == "no") != want {
		t.Errorf("X-Accel-Buffering is %q; it is for nginx, which keeps it", r.Header.Get("X-Accel-Buffering"))
	}
	v.get("counter.lc").want(atom.Article, "You have seen 3 pages") // waits for nobody

	if _, err := read.ReadFrom(r.Body); err != nil {
		t.Fatal(err)
	}
	// It counts for two and a half seconds.
	if rest := time.Since(begun); rest < time.Second || r.ContentLength >= 0 {
		t.Errorf("the rest of the page comes %v after its beginning; its length is %d", rest, r.ContentLength)
	}
	checkHTML(t, site, read.String())
	if n := strings.Count(read.String(), "<progress "); n != 25 {
		t.Errorf("the page has %d bars", n)
	}
	if text := read.String(); !strings.Contains(text, `<progress max="25" value="25"></progress>`) || !strings.HasSuffix(text, "</html>\n") {
		t.Errorf("the page ends with\n%s", text[len(text)-300:])
	}
}
