package tests

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/session"
	"lcgi/tests/wire"
)

func phpSavePath() []phpRow {
	const at = `<?lc local s = session.start{savePath = _GET.path} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`
	query := func(path string) string { return "?path=" + url.QueryEscape(path) }
	refused := func(make func(t *testing.T, dir string) string) func(t *testing.T, p *pageSite, page string) {
		return func(t *testing.T, p *pageSite, page string) {
			p.guest(t).fails(page + query(make(t, privateFolder(t))))
		}
	}
	return []phpRow{
		{"session_save_path_basic", "a save path of the page's choice", at, nil,
			func(t *testing.T, p *pageSite, page string) {
				folder := privateFolder(t)
				g := p.guest(t)
				g.want(page+query(folder), "1")
				g.want(page+query(folder), "2")
				if n := storedKinds(t, folder)[session.KindSession]; n != 1 {
					t.Errorf("%d sessions in it, want 1", n)
				}
			}},
		{"session_save_path_error", "a save path that is no string is an error", `<?lc for _, path in ipairs{true, {}, print} do put(tostring(pcall(session.start, {savePath = path}))) end ?>`, []string{"", "falsefalsefalse"}, nil},
		{"session_save_path_variation1", "two save paths are two sessions", `<?lc local a, b = session.start{savePath = _GET.a}, session.start{savePath = _GET.b, cookie = {name = "second"}}
			a.data.n, b.data.n = (a.data.n or 0) + 1, (b.data.n or 10) + 1 put(a.data.n, " ", b.data.n) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				query := "?a=" + url.QueryEscape(privateFolder(t)) + "&b=" + url.QueryEscape(privateFolder(t))
				g := p.guest(t)
				g.want(page+query, "1 11")
				g.want(page+query, "2 12")
			}},
		{"session_save_path_variation2", "a save path counts for the start that it is given to", `<?lc sessionSavePath = _GET.path start session _SESSION.n = (_SESSION.n or 0) + 1 sessionSavePath = "/no/such/folder" stop session put("stored") ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				folder := privateFolder(t)
				p.guest(t).want(page+query(folder), "stored")
				if n := storedKinds(t, folder)[session.KindSession]; n != 1 {
					t.Errorf("%d sessions in it, want 1", n)
				}
			}},
		{"session_save_path_variation3", "a save path that is a file is refused", at, nil, refused(func(t *testing.T, dir string) string {
			file := filepath.Join(dir, "file")
			if err := os.WriteFile(file, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return file
		})},
		{"session_save_path_variation4", "a save path with NUL is refused", at, nil, refused(func(_ *testing.T, dir string) string { return dir + "\x00x" })},
		{"session_save_path_variation5", "a save path that is a link is refused", at, nil, refused(func(t *testing.T, dir string) string {
			link := filepath.Join(t.TempDir(), "link")
			if err := os.Symlink(dir, link); err != nil {
				t.Fatal(err)
			}
			return link
		})},
		{"016", "a save path that does not exist is refused, and not replaced by another place", at, nil, refused(func(_ *testing.T, dir string) string { return filepath.Join(dir, "none") })},
		{"bug71603", "an empty save path is that of the settings", `<?lc sessionSavePath = "" start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`, []string{"", "1", "", "2"}, nil},
		{"bug42596", "files of sessions are the owner's alone", at, nil,
			func(t *testing.T, p *pageSite, page string) {
				folder := privateFolder(t)
				p.guest(t).want(page+query(folder), "1")
				for _, file := range sessionFiles(t, folder) {
					if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
						t.Errorf("%s: %v %v, want the mode 0600", file, info.Mode(), err)
					}
				}
				folder = privateFolder(t)
				if err := os.Chmod(folder, 0o777); err != nil {
					t.Fatal(err)
				}
				p.guest(t).fails(page+query(folder), "chmod")
			}},
	}
}

func phpCollection() []phpRow {
	const set = `<?lc local s = session.start{lifetime = 60} s.data.n = (s.data.n or 0) + 1 `
	return []phpRow{
		{"session_gc_basic", "a sweep says how many it removed", set + `s:stop() put(_GET.sweep and session.sweep() or "set") ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				folderSweep := func() string { return p.guest(t).page(page + "?sweep=1") }
				folderSweep()
				for range 4 {
					p.guest(t).want(page, "set")
				}
				passTime(t, p.sessions, time.Minute)
				if got := folderSweep(); got != "5" && p.exact { // with that of the first sweep
					t.Errorf("the sweep removed %s, want 5", got)
				}
				if got := folderSweep(); got != "0" {
					t.Errorf("the second sweep removed %s", got)
				}
			}},
		{"session_gc_probability_ini", "whether a session is expired does not depend on a sweep", set + `put(s.result, s.data.n) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "new1")
				passTime(t, p.sessions, time.Minute)
				g.want(page, "expire1")
			}},
		{"bug78624", "a sweep removes nothing that is in use", set + `put(session.sweep() >= 0 and s.data.n) ?>`, []string{"", "1", "", "2", "", "3"}, nil},
		{"ours-sweep-arguments", "sweeping with arguments", `<?lc put(type(session.sweep(1, "x"))) ?>`, []string{"", "number"}, nil},
	}
}

func phpCookies() []phpRow {
	// line is the Set-Cookie line of a session with these cookie options.
	row := func(file, what, options string, want ...string) phpRow {
		page := `<?lc local s = session.start{cookie = {` + options + `}} s.data.n = 1 ?>`
		return phpRow{file, what, page, nil, func(t *testing.T, p *pageSite, page string) {
			lines := p.guest(t).get(page).Header.Values("Set-Cookie")
			if len(lines) != 1 {
				t.Fatalf("Set-Cookie is %q", lines)
			}
			line := sessionIDs.ReplaceAllString(lines[0], "{id}") + ";"
			for _, part := range want {
				if part, absent := strings.CutPrefix(part, "no "); strings.Contains(line, part) == absent {
					t.Errorf("Set-Cookie: %s, want %q there: %v", line, part, !absent)
				}
			}
		}}
	}
	return []phpRow{
		row("session_get_cookie_params_basic", "what a cookie is without options", ``,
			"LCSESSION={id}; Path=/;", "; HttpOnly;", "; SameSite=Lax;", "no Domain", "no Max-Age", "no Expires", "no Secure"),
		row("session_set_cookie_params_basic", "all options", `lifetime = 3600, path = "/p", domain = "example.org", secure = true, httpOnly = false, sameSite = "Strict"`,
			"; Max-Age=3600;", "; Path=/p;", "; Domain=example.org;", "; Secure;", "; SameSite=Strict;", "no HttpOnly", "; Expires="),
		row("session_set_cookie_params_variation1", "lifetime", `lifetime = 100`, "; Max-Age=100;", "; Expires="),
		row("session_set_cookie_params_variation2", "path", `path = "/blah"`, "; Path=/blah;"),
		row("session_set_cookie_params_variation3", "domain", `domain = "example.com"`, "; Domain=example.com;"),
		row("session_set_cookie_params_variation4", "secure", `secure = true`, "; Secure;"),
		row("session_set_cookie_params_variation5", "httpOnly", `httpOnly = false`, "no HttpOnly"),
		row("session_set_cookie_params_variation6", "sameSite", `sameSite = "None", secure = true`, "; SameSite=None;", "; Secure;"),
		{"session_set_cookie_params_variation7", "an option that does not exist is an error", `<?lc for _, c in ipairs{{samesite = "Lax"}, {expires = 1}, {[1] = "x"}, {sameSite = "nothing"}, {lifetime = -1}} do
			put(tostring(pcall(session.start, {cookie = c}))) end ?>`, []string{"", strings.Repeat("false", 5)}, nil},
		{"session_set_cookie_params_error", "no value of an option can write headers", `<?lc local s = session.start{cookie = {path = "/\r\nX-Evil: 1"}} s.data.n = 1 ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				r := p.guest(t).get(page)
				if r.Header.Get("X-Evil") != "" || r.Status != 500 {
					t.Errorf("status %d, %v; want 500", r.Status, r.Header)
				}
			}},
		{"session_get_cookie_params_variation1", "the cookie is sent once, not with every answer", phpStartPage + `s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "1")
				if r := g.get(page); r.Header.Get("Set-Cookie") != "" {
					t.Errorf("sent again: %v", r.Header)
				}
			}},
		{"ours-cookie-renewed", "the cookie of a lifetime is sent anew with each use", `<?lc local s = session.start{cookie = {lifetime = 60}} s.data.n = 1 ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				for range 2 {
					if r := g.get(page); !strings.Contains(r.Header.Get("Set-Cookie"), "Max-Age=60") {
						t.Errorf("Set-Cookie is %q", r.Header.Get("Set-Cookie"))
					}
				}
			}},
		{"gh9200", "dates of cookies are those of RFC 9110", `<?lc session.start{}:delete() response.deleteCookie("x") ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				line := p.guest(t).get(page).Header.Get("Set-Cookie")
				_, rest, _ := strings.Cut(line, "Expires=")
				date, _, _ := strings.Cut(rest, ";")
				if _, err := time.Parse("Mon, 02 Jan 2006 15:04:05 GMT", date); err != nil {
					t.Errorf("%s: %v", line, err)
				}
			}},
		{"session_cache_limiter_basic", "an answer with a session is for its visitor", phpStartPage + `?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				if got := p.guest(t).get(page).Header.Values("Cache-Control"); len(got) != 1 || got[0] != "private, no-cache" {
					t.Errorf("Cache-Control is %q", got)
				}
			}},
		{"session_cache_limiter_variation1", "what the page says of caches before the start stays", `<?lc response.header("Cache-Control", "private, max-age=60") session.start{} ?>`, nil, wantCache("private, max-age=60")},
		{"session_cache_limiter_variation2", "what the page says of caches after the start counts", phpStartPage + `response.header("Cache-Control", "no-store") ?>`, nil, wantCache("no-store")},
		{"session_cache_limiter_variation3", "a page without a session says nothing of caches", `<p>page</p>`, nil, wantCache("")},
	}
}

func wantCache(want string) func(t *testing.T, p *pageSite, page string) {
	return func(t *testing.T, p *pageSite, page string) {
		t.Helper()
		if got := strings.Join(p.guest(t).get(page).Header.Values("Cache-Control"), "|"); got != want {
			t.Errorf("Cache-Control is %q, want %q", got, want)
		}
	}
}

func phpLinks() []phpRow {
	// row is a page of markup; in what it becomes TOKEN is LCSESSION=<id>.
	row := func(file, what, in, out string) phpRow {
		return phpRow{file, what, `<?lc session.start{track = "link"}.data.n = 1 ?>` + in, nil, func(t *testing.T, p *pageSite, page string) {
			body := p.guest(t).page(page)
			id := sessionIDs.FindString(body)
			got := strings.ReplaceAll(strings.ReplaceAll(body, "LCSESSION="+id, "TOKEN"), `name="LCSESSION" value="`+id+`"`, "FIELD")
			if id == "" {
				got = body
			}
			if got != out {
				t.Errorf("%s: got\n%s\nwant\n%s", what, got, out)
			}
		}}
	}
	return []phpRow{
		row("018", "attributes with hyphens are not links", `<a data-href="x" href-x="y" href="z">a</a>`, `<a data-href="x" href-x="y" href="z?TOKEN">a</a>`),
		row("020", "the separator of parameters is &amp;", `<a href="x?a=b&amp;c=d">a</a><a href="x?a=b">b</a>`, `<a href="x?a=b&amp;c=d&amp;TOKEN">a</a><a href="x?a=b&amp;TOKEN">b</a>`),
		row("021", "forms get a field, fieldsets none", `<form action="x"><fieldset><input name="a"></fieldset></form>`, `<form action="x?TOKEN"><input type="hidden" FIELD><fieldset><input name="a"></fieldset></form>`),
		row("session_basic3", "relative references of all forms", `<a href="/">a</a><a href="../path/?foo=var#bar">b</a><a href="file.lc?foo">c</a><form action="../s.lc"></form>`,
			`<a href="/?TOKEN">a</a><a href="../path/?foo=var&amp;TOKEN#bar">b</a><a href="file.lc?foo&amp;TOKEN">c</a><form action="../s.lc?TOKEN"><input type="hidden" FIELD></form>`),
		row("ours-elements", "links and areas; not frames, images and scripts", `<a href="a">a</a><map><area href="b"></map><img src="c"><iframe src="d"></iframe><script src="e"></script><link href="f">`,
			`<a href="a?TOKEN">a</a><map><area href="b?TOKEN"></map><img src="c"><iframe src="d"></iframe><script src="e"></script><link href="f">`),
		row("bug36459", "tags with line breaks in them", "<a\r\nhref=\"x\"\r\nclass='y'>a</a>\r\n", "<a\r\nhref=\"x?TOKEN\"\r\nclass='y'>a</a>\r\n"),
		row("bug26862", "a flush in between", `<a href="x">a</a><?lc response.flush() ?><a href="y">b</a>`, `<a href="x?TOKEN">a</a><a href="y?TOKEN">b</a>`),
		row("015", "a link that has the token already", `<a href="/link?<?= raw(session.get("LCSESSION").token) ?>">a</a>`, `<a href="/link?TOKEN">a</a>`),
		{"session_basic4", "two sessions, of which the first is stopped", `<?lc local a = session.start{name = "a", track = "link"} a.data.n = 1 a:stop() session.start{name = "b", track = "link"}.data.n = 1 ?><a href="x">a</a>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				if body := sessionIDs.ReplaceAllString(p.guest(t).page(page), "{id}"); body != `<a href="x?a={id}&amp;b={id}">a</a>` {
					t.Errorf("the page is %s", body)
				}
			}},
		row("bug41600", "tags with a prefix are not links", `<x:a href="y">a</x:a><a href="z">b</a>`, `<x:a href="y">a</x:a><a href="z?TOKEN">b</a>`),
		row("bug50308", "an empty link leads to the page itself", `<a href="">a</a><a href="?x=1">b</a>`, `<a href="/bug50308.lc?TOKEN">a</a><a href="?x=1&amp;TOKEN">b</a>`),
		row("bug74892", "a link to a fragment stays", `<a href="#top">a</a><a href="x#top">b</a>`, `<a href="#top">a</a><a href="x?TOKEN#top">b</a>`),
		row("ours-raw-text", "nothing inside of comments, scripts and textareas", `<!--<a href="x">--><script>'<a href="x">'</script><textarea><a href="x"></textarea><style><a href="x"></style><a href="y">a</a>`,
			`<!--<a href="x">--><script>'<a href="x">'</script><textarea><a href="x"></textarea><style><a href="x"></style><a href="y?TOKEN">a</a>`),
		row("ours-quotes", "attributes without quotes and in single quotes", `<a href=x>a</a><A HREF='y'>b</A>`, `<a href=x?TOKEN>a</a><A HREF='y?TOKEN'>b</A>`),
		row("session_basic5", "foreign links stay", `<a href="http://x.example/">a</a><a href="//x.example/">b</a><a href="mailto:x@y">c</a><a href="javascript:x()">d</a>`,
			`<a href="http://x.example/">a</a><a href="//x.example/">b</a><a href="mailto:x@y">c</a><a href="javascript:x()">d</a>`),
		{"bug71974", "once the cookie has come back no link is decorated", `<?lc session.start{track = "auto"}.data.n = 1 ?><a href="x">a</a>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				if body := g.page(page); !sessionIDs.MatchString(body) {
					t.Errorf("the first page is %s", body)
				}
				g.want(page, `<a href="x">a</a>`)
			}},
		{"ours-empty-session", "an empty session decorates nothing", `<?lc session.start{track = "link"} ?><a href="x">a</a>`, []string{"", `<a href="x">a</a>`, "LCSESSION=x", `<a href="x">a</a>`}, nil},
		{"ours-redirect", "a redirect carries the id", `<?lc session.start{track = "link"}.data.n = 1 redirect("next.lc?a=1#f") ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				r := p.guest(t).do(wire.Get(page))
				if location := sessionIDs.ReplaceAllString(r.Header.Get("Location"), "{id}"); location != "/next.lc?a=1&LCSESSION={id}#f" {
					t.Errorf("Location is %q", location)
				}
			}},
	}
}
