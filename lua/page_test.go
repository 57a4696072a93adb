package lua_test

import (
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lcgi/cgi"
	"lcgi/lua"
)

func TestPage(t *testing.T) {
	t.Setenv("HTTP_PROXY", "http://evil.example/")
	for _, c := range []struct{ name, page, target, body, want string }{
		{"text", "<p>hello</p>\n", "/p.lc", "", "<p>hello</p>\n"},
		{"expressions", "<p><?= 1 + 1 ?> <?= 'a<b' ?> <?= nil ?> <?= true ?> <?= 1/3 ?></p>", "/p.lc", "", "<p>2 a&lt;b  true 0.33333333333333</p>"},
		{"loop", "<?lc for i = 1, 3 do ?><li><?= i ?></li>\n<?lc end ?>", "/p.lc", "", "<li>1</li>\n<li>2</li>\n<li>3</li>\n"},
		{"order of side effects", "<p><?lc function f() put('f') return 'r' end ?><?= f() ?></p>", "/p.lc", "", "<p>fr</p>"},
		{"text in a function", "<?lc local function li(x) ?><li><?= x ?></li><?lc end li('a') li('<') ?>", "/p.lc", "", "<li>a</li><li>&lt;</li>"},
		{"raw", "<?= raw('<b>') ?><?= raw('<i>') .. '<' .. raw('</i>') ?>", "/p.lc", "", "<b><i>&lt;</i>"},
		{"escape and put", "<?lc put(escape('<&>\"'), 1, nil, true) put(raw('<b>')) print('x', 2) io.write('y', 3) ?>", "/p.lc", "", "&lt;&amp;&gt;&#34;1true<b>x\t2\ny3"},
		{"__tostring that prints", "<?lc t = setmetatable({}, {__tostring = function() put('!') return '<t>' end}) ?>[<?= t ?>]", "/p.lc", "", "[!&lt;t&gt;]"},
		{"get", "<?= _GET.a ?>,<?= _GET.l[2] ?>,<?= _GET.t.k ?>,<?= _GET.none ?>,<?= _GET.b ?>", "/p.lc?a=1&l[]=x&l[]=y&t[k]=z&a=2&b=%C3%A4+%26", "", "2,y,z,,ä &amp;"},
		{"get with a large index", "<?= _GET.a[60000000] ?>,<?= _GET.a[5] ?>,<?= _GET.a['60000000'] ?>", "/p.lc?a[60000000]=x&a[5]=y", "", "x,y,x"},
		{"get with many large indexes", "<?= _GET.a[1000][1000][1000] ?>,<?= _GET.b[100000] ?>,<?= _GET.c[1] ?><?= _GET.c[2] ?>", "/p.lc?a[1000][1000][1000]=x&b[100000]=y&c[]=1&c[]=2", "", "x,y,12"},
		{"post", "<?= _POST.a ?>,<?= _GET.a ?>,<?= request.method ?>,<?= #request.body() ?>", "/p.lc?a=g", "a=p", "p,g,POST,3"},
		{"all", "<?= table.concat(request.all('a'), ',') ?>", "/p.lc?a=1&b=2&a=3", "a=4", "1,3,4"},
		{"stdin is the body", "<?= io.read('*a') ?>", "/p.lc", "a=p", "a=p"},
		{"request", "<?= request.method ?> <?= request.path ?> <?= request.query ?> <?= request.host ?> <?= request.scheme ?> <?= request.https ?> <?= request.remoteAddr ?> <?= request.headers['hOST'] ?> <?= #request.id > 4 ?>",
			"/p.lc?q=1", "", "GET /p.lc q=1 test.example http false 192.0.2.7 test.example true"},
		{"server", "<?= _SERVER.SCRIPT_NAME ?><?= _SERVER.LCGI_ERRORS ?>", "/p.lc", "", "/p.lc"},
		{"no proxy of the client's", "<?= os.getenv('HTTP_PROXY') ?><?= _SERVER.HTTP_PROXY ?>.", "/p.lc", "", "."},
		{"exit", "a<?lc exit() ?>b", "/p.lc", "", "a"},
		{"exit in a pcall", "a<?lc pcall(exit) ?>b", "/p.lc", "", "a"},
		{"os.exit", "a<?lc os.exit(3) ?>b", "/p.lc", "", "a"},
		{"return ends the page", "a<?lc if true then return end ?>b", "/p.lc", "", "a"},
		{"put into", "<?lc put 1 into x ?><?lc put \"b\" after x put \"a\" before x put x ?>", "/p.lc", "", "a1b"},
		{"put into missing tables", "<?lc put 5 into a[\"b\"][\"c\"] put 6 into a.b.d put a.b.c + a.b.d ?>", "/p.lc", "", "11"},
		{"put into a superglobal", "<?lc put 'n' into $_GET['x'] put $_GET['x'] put $_GET.a ?>", "/p.lc?a=1", "", "n1"},
		{"arguments", "<?= select('#', ...) ?>", "/p.lc", "", "0"},
		{"page numbers", strings.Repeat("<?= _GET.a ?>,", 300), "/p.lc?a=1", "", strings.Repeat("1,", 300)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, map[string]string{"p.lc": c.page})
			a := s.do(c.target, c.body)
			if a.status != 200 || a.body.String() != c.want {
				t.Errorf("got  %d %q\nwant 200 %q\nlog: %s", a.status, a.body.String(), c.want, strings.Join(s.log, "\n"))
			}
		})
	}
}

func TestInclude(t *testing.T) {
	s := newSite(t, map[string]string{
		"index.lc":        "<?lc n = 0 ?>[<?= include('parts/head.lc', 'T<') ?>]<?= n ?>",
		"parts/head.lc":   "<?lc local title = ... n = n + 1 ?><h1><?= title ?></h1><?lc include('foot.lc') include('/top.lc') return 'r' ?>",
		"parts/foot.lc":   "(foot)",
		"top.lc":          "(top)",
		"sub/deep/x.lc":   "<?lc include('../../top.lc') ?>",
		"out.lc":          "<?lc include('../../../../etc/passwd') ?>",
		"loop.lc":         "<?lc include('loop.lc') ?>",
		"none.lc":         "<?lc include('nothere.lc') ?>",
		"caught.lc":       "<?= pcall(include, 'nothere.lc') ?>",
		"function.lc":     "<?lc include('parts/lib.lc') ?><?lc box('x') box('y') ?>mine",
		"parts/lib.lc":    "<?lc function box(s) ?><b><?= s ?></b><?lc end ?>",
		"require.lc":      "<?= require('m').name ?> <?= require('my.mod')() ?> <?= require('m') == require('m') ?>",
		"m.lua":           "return {name = 'beside'}",
		"lib/my/mod.lua":  "return function() return 'in lib' end",
		"broken.lc":       "<?lc require('bad') ?>",
		"lib/bad.lua":     "x =\n= 1",
		"nomodule.lc":     "<?lc require('no.such') ?>",
		"escape/link.lc":  "<?lc include('passwd.lc') ?>",
		"lib/with$.lua":   "return 1",
		"dofile.lc":       "<?= dofile('m.lua').name ?>",
		"sub/relative.lc": "<?lc for l in io.lines('data.txt') do ?>{<?= l ?>}<?lc end ?>",
		"sub/data.txt":    "a\nb\n",
		"module.lc":       "<?lc include('lib/bad.lua') ?>",
		"hidden.lc":       "<?lc include('.env') ?>",
		"value.lc":        "<?= ... ?>",
		"literal.lc":      "a&b",
		"text.lc":         "<p title=\"<?lc include('value.lc', '<') ?>\"><?lc include('value.lc', '<') ?>",
		"href.lc":         "<a href=\"<?lc include('value.lc', 'javascript:pwn()') ?>\">",
		"script.lc":       "<script>var a =\n<?lc include('value.lc', ';pwn()') ?></script>",
		"pcall.lc":        "<script>var a =\n<?lc assert(pcall(include, 'value.lc', ';pwn()')) ?></script>",
		"static.lc":       "<script>var a =\n<?lc include('literal.lc') ?></script>",
		".env":            "SECRET",
	})
	for _, c := range []struct {
		target string
		status int
		body   string
		log    string
	}{
		{"/index.lc", 200, "[<h1>T&lt;</h1>(foot)(top)r]1", ""},
		{"/sub/deep/x.lc", 200, "(top)", ""},
		{"/caught.lc", 200, "false", ""},
		{"/function.lc", 200, "<b>x</b><b>y</b>mine", ""},
		{"/require.lc", 200, "beside in lib true", ""},
		{"/dofile.lc", 200, "beside", ""},
		{"/sub/relative.lc", 200, "{a}{b}", ""},
		{"/out.lc", 500, "", `out.lc:1: include: "../../../../etc/passwd" leads out of`},
		{"/loop.lc", 500, "", "does it include itself?"},
		{"/module.lc", 500, "", "use require"},
		{"/text.lc", 200, "<p title=\"&lt;\">&lt;", ""},
		{"/static.lc", 200, "<script>var a =\na&b</script>", ""},
		{"/href.lc", 500, "", "value.lc:1: the value at value.lc:1:5 is escaped for HTML text, but would be printed inside a URL at href.lc:1:10; "},
		{"/pcall.lc", 500, "", "pcall.lc:2: value.lc:1: the value at value.lc:1:5 is escaped"},
		{"/script.lc", 500, "", "printed inside a script at script.lc:2:1; "},
		{"/hidden.lc", 500, "", "hidden"},
		{"/none.lc", 500, "", `none.lc:1: include: there is no "nothere.lc" (looked for `},
		{"/broken.lc", 500, "", "lib/bad.lua:2:"},
		{"/nomodule.lc", 500, "", "lib/no/such.lua"},
	} {
		s.log = nil
		a := s.do(c.target, "")
		if a.status != c.status || c.status == 200 && a.body.String() != c.body {
			t.Errorf("%s: got %d %q, want %d %q", c.target, a.status, a.body.String(), c.status, c.body)
		}
		if log := strings.Join(s.log, "\n"); !strings.Contains(log, c.log) || c.log == "" && log != "" {
			t.Errorf("%s: log %q lacks %q", c.target, log, c.log)
		}
	}
}

func TestResponse(t *testing.T) {
	for _, c := range []struct {
		name, page string
		status     int
		header     string // name
		want       string // its values
	}{
		{"default type", "x", 200, "Content-Type", "text/html; charset=utf-8"},
		{"length", "xä", 200, "Content-Length", "3"},
		{"status", "<?lc response.status(404) ?>", 404, "", ""},
		{"header", "<?lc response.header('X-A', '1') response.header('x-a', '2') ?>", 200, "x-a", "2"},
		{"add header", "<?lc response.addHeader('X-A', '1') response.addHeader('X-A', '2') ?>", 200, "X-A", "1 | 2"},
		{"put header", "<?lc put header \"X-A: b\" ?>", 200, "X-A", "b"},
		{"type", "<?lc response.type('text/plain') ?>", 200, "Content-Type", "text/plain; charset=utf-8"},
		{"cookie", "<?lc response.cookie('a', 'x y') ?>", 200, "Set-Cookie", "a=x%20y; Path=/; HttpOnly; SameSite=Lax"},
		{"cookie options", "<?lc response.cookie('a', 1, {path='/p', secure=true, httpOnly=false, sameSite='Strict'}) ?>", 200, "Set-Cookie", "a=1; Path=/p; Secure; SameSite=Strict"},
		{"redirect", "x<?lc redirect('/there') put('never') ?>", 302, "Location", "/there"},
		{"redirect code", "<?lc redirect('b.lc', 303) ?>", 303, "", ""},
		{"redirect in a pcall", "<?lc pcall(redirect, '/there') response.header('X-Never', '1') ?>", 302, "X-Never", ""},
		{"line break in a header", "<?lc response.header('X-A', 'a\\r\\nSet-Cookie: x=y') ?>", 500, "Set-Cookie", ""},
		{"line break in a redirect", "<?lc redirect('/a\\nX: y') ?>", 500, "X", ""},
		{"bad header name", "<?lc response.header('X A', '1') ?>", 500, "", ""},
		{"bad option", "<?lc response.cookie('a', 'b', {secur=true}) ?>", 500, "Set-Cookie", ""},
		{"header after flush", "a<?lc response.flush() response.header('X-A', '1') ?>", 200, "X-A", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, map[string]string{"p.lc": c.page})
			a := s.do("/p.lc", "")
			if a.status != c.status {
				t.Errorf("status %d, want %d; log %v", a.status, c.status, s.log)
			}
			if c.header != "" {
				got := a.get(c.header)
				if strings.EqualFold(c.header, "x-a") && got == "" {
					got = a.get("X-A")
				}
				if got != c.want {
					t.Errorf("%s: got %q, want %q", c.header, got, c.want)
				}
			}
		})
	}
}

func TestPageErrors(t *testing.T) {
	s := newSite(t, map[string]string{
		"main.lc":     "<p>partial\n<?lc\ninclude('inc.lc')\n?>",
		"inc.lc":      "1\n2\n3\n4\n5\n6\n<?lc error('in line seven') ?>",
		"syntax.lc":   "a\n<?lc x = = 1 ?>",
		"unclosed.lc": "a\n<?lc if x then ?>b",
		"unopened.lc": "a\nb<?lc end ?>",
		"loop.lc":     "x<?lc while true do end ?>",
		"table.lc":    "\n<?lc error({code = 1}) ?>",
		"lines.lc":    "<?lc error('a\\nFORGED: b\\r\\27[31m') ?>",
		"print.lc":    "\n\n<p><?= {} ?>",
		"nil.lc":      "\n<p><?= _GET.a.b ?>",
		"output.lc":   "<?lc while true do put(('x'):rep(100000)) end ?>",
	}, func(c *lua.Config) {
		c.Timeout = 100 * time.Millisecond
		c.Limits.Output = 1 << 20
	})
	for _, c := range []struct{ target, log string }{
		{"/main.lc", "inc.lc:7: in line seven; called from main.lc:3"},
		{"/syntax.lc", "syntax.lc:2:10: "},
		{"/unclosed.lc", "unclosed.lc:2:"},
		{"/unopened.lc", "unopened.lc:2:7: "},
		{"/loop.lc", "loop.lc:1: the page ran longer than 100ms"},
		{"/table.lc", "table.lc:2: (the error raised is a table value"},
		{"/lines.lc", `lines.lc:1: a\nFORGED: b`},
		{"/print.lc", "print.lc:3: a table cannot be printed"},
		{"/nil.lc", "nil.lc:2: attempt to index"},
		{"/output.lc", "output.lc:1: "},
	} {
		s.log = nil
		a := s.do(c.target, "")
		if a.status != 500 || strings.Contains(a.body.String(), "partial") || strings.Contains(a.body.String(), "seven") {
			t.Errorf("%s: got %d %q", c.target, a.status, a.body.String())
		}
		if len(s.log) != 1 || !strings.Contains(s.log[0], c.log) || strings.ContainsAny(s.log[0], "\n\r\x1b") {
			t.Errorf("%s: log %q lacks %q", c.target, s.log, c.log)
		}
		if id, _, _ := strings.Cut(s.log[0], ":"); !strings.Contains(a.body.String(), id) {
			t.Errorf("%s: the answer does not name the request id %q: %q", c.target, id, a.body.String())
		}
	}
}

func TestErrorPage(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc":   "one\n<?lc\n  include('q.lc') -- <here>\n?>",
		"q.lc":   "<?lc error('<b>bad</b>') ?>",
		"syn.lc": "one\n  <?lc x = = 1 ?>\n",
	}, func(c *lua.Config) { c.Errors = "page" })
	id := strings.Repeat("0123456789abcdef", 4)
	a := s.do("/p.lc?x=%3Cscript%3E&LCSESSION="+id, "password=secret&s="+id, "HTTP_COOKIE", "LCSESSION=private", "HTTP_X_A", "<i>", "HTTP_REFERER", "/?a=bad&LCSESSION="+id+"&c=dead")
	body := a.body.String()
	for _, want := range []string{
		"<h1>&lt;b&gt;bad&lt;/b&gt;</h1>", "q.lc <b>line 1</b>", "p.lc line 3", "-- &lt;here&gt;", "&lt;script&gt;", "&lt;i&gt;", "POST",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the error page lacks %q:\n%s", want, body)
		}
	}
	if !strings.Contains(body, "/?a=bad&amp;LCSESSION=012345…&amp;c=dead") {
		t.Errorf("more than the id is hidden, or less:\n%s", body)
	}
	for _, never := range []string{"<b>bad", "<script>", "private", "secret", id} {
		if strings.Contains(body, never) {
			t.Errorf("the error page shows %q", never)
		}
	}
	if a.status != 500 || a.get("Content-Type") != "text/html; charset=utf-8" || len(s.log) != 1 {
		t.Errorf("got %d %q, log %q", a.status, a.get("Content-Type"), s.log)
	}
	if body := s.do("/syn.lc", "").body.String(); !strings.Contains(body, "line 2</b>, column 12") {
		t.Errorf("the page of a syntax error does not name its place:\n%s", body)
	}
}

// TestErrorOfProgram: a program that fails to get an answer is told why in its own
// language, where errors are shown.
func TestErrorOfProgram(t *testing.T) {
	pages := map[string]string{
		"body.lc":  `<?lc request.json() ?>`,
		"error.lc": `<?lc error("a \"b\" \\ \n") ?>`,
	}
	for _, errors := range []string{"page", "log"} {
		s := newSite(t, pages, func(c *lua.Config) { c.Errors = errors })
		s.gateway.Reasons = errors == "page"
		for page, want := range map[string]string{
			"body.lc":  "body.lc:1: 400 Bad Request: request.json: the request body is malformed: json: line 1, column 2: it ends where a value is expected",
			"error.lc": `error.lc:1: a "b" \`,
		} {
			a := s.do("/"+page, "[", "CONTENT_TYPE", "application/json")
			var got map[string]any
			if err := json.Unmarshal(a.body.Bytes(), &got); err != nil || a.get("Content-Type") != "application/json" {
				t.Fatalf("%s: %v: %s %s", page, err, a.get("Content-Type"), a.body.String())
			}
			reason, _ := got["reason"].(string)
			if shown := strings.HasPrefix(reason, want); shown != (errors == "page") || errors == "log" && reason != "" || got["status"] != float64(a.status) {
				t.Errorf("%s, %s: %d %q", errors, page, a.status, got)
			}
		}
	}
}

// TestErrorInStream: who writes a page sees what failed behind what has been sent; a
// visitor sees nothing.
func TestErrorInStream(t *testing.T) {
	pages := map[string]string{
		"p.lc":    `<?lc put("<script>'") response.flush() error("<b>bad") ?>`,
		"text.lc": `<?lc response.type("text/plain") put("a") response.flush() error("bad") ?>`,
	}
	for _, errors := range []string{"page", "log"} {
		s := newSite(t, pages, func(c *lua.Config) { c.Errors = errors })
		body := s.do("/p.lc", "").body.String()
		shown := strings.HasPrefix(body, "<script>'\n") && strings.Contains(body, "</script>") && strings.Contains(body, "p.lc:1: &lt;b&gt;bad</pre>")
		if shown != (errors == "page") || errors == "log" && body != "<script>'" || len(s.log) != 1 {
			t.Errorf("%s: %q, log %q", errors, body, s.log)
		}
		if body := s.do("/text.lc", "").body.String(); body != "a" {
			t.Errorf("%s: %q", errors, body)
		}
	}
}

func TestPagesAreSeenFresh(t *testing.T) {
	s := newSite(t, map[string]string{"p.lc": "<?lc include('i.lc') ?>", "i.lc": "1"})
	s.now = time.Now()
	s.want("/p.lc", 200, "1")
	for i := range 20 {
		text := strings.Repeat(string(rune('a'+i)), 1)
		s.write("i.lc", text)
		s.want("/p.lc", 200, text)
	}
	s.now = time.Now().Add(time.Hour) // settled now
	s.want("/p.lc", 200, "t")
	s.want("/p.lc", 200, "t")
	s.write("i.lc", "longer")
	s.want("/p.lc", 200, "longer")
}

func TestMemoryLimit(t *testing.T) {
	s := newSite(t, map[string]string{
		"table.lc":   "<?lc t = {} while true do t[#t + 1] = {} end ?>",
		"string.lc":  "<?lc t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end ?>",
		"garbage.lc": "<?lc for i = 1, 300 do local s = ('x'):rep(1000000) end ?>done",
	}, func(c *lua.Config) { c.MaxMemory = 100 << 20 })
	for _, target := range []string{"/table.lc", "/string.lc"} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, ""), "memory") {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
	s.want("/garbage.lc", 200, "done")
}

// TestSlowBody: a client that dawdles has a time of its own, which is not the page's.
func TestSlowBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		a, s := slowBody(t, t.Context(), "<?lc start session _SESSION.n = 1 put(request.body()) ?>")
		if took := time.Since(begun); a.status != 408 || took < time.Second || took > time.Minute {
			t.Errorf("got %d after %v; log %q", a.status, took, s.log)
		}
	})
	// Who catches that is ended all the same, when the time for all is over.
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if a, s := slowBody(t, ctx, "<?lc start session pcall(request.body) while true do end ?>"); a.status != 500 {
		t.Errorf("got %d; log %q", a.status, s.log)
	}
}

// slowBody asks for a page that has 200 ms with a body that does not come.
func slowBody(t *testing.T, ctx context.Context, page string) (*answer, *testSite) {
	s := newSite(t, map[string]string{"p.lc": page}, func(c *lua.Config) { c.Timeout = 200 * time.Millisecond })
	body, hold := io.Pipe()
	defer hold.Close()
	a := &answer{}
	s.gateway.Serve(ctx, cgi.Env{
		"GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_METHOD": "POST", "CONTENT_LENGTH": "10",
		"DOCUMENT_ROOT": s.root, "SCRIPT_NAME": "/p.lc", "SCRIPT_FILENAME": s.root + "/p.lc",
	}, body, a)
	return a, s
}

// TestLongMessage: what a visitor sends cannot fill the log, whatever message it
// becomes part of.
func TestLongMessage(t *testing.T) {
	s := newSite(t, map[string]string{
		"error.lc":  `<?lc error("bad: " .. _POST.x) ?>`,
		"shared.lc": `<?lc shared.set(_POST.x, print) ?>`,
		"cookie.lc": `<?lc response.cookie("a", "b", { domain = _POST.x }) ?>`,
		"key.lc":    `<?lc session.start{} _SESSION[_POST.x] = print ?>`,
	})
	body := "x=" + strings.Repeat("ä", 500_000)
	for _, page := range []string{"error.lc", "shared.lc", "cookie.lc", "key.lc"} {
		s.log = nil
		if a := s.do("/"+page, body); a.status != 500 || len(s.log) != 1 || len(s.log[0]) > 5000 || !strings.Contains(s.log[0], page) {
			t.Errorf("%s: status %d, %d lines of log, the first has %d bytes", page, a.status, len(s.log), len(strings.Join(s.log[:1], "")))
		}
	}
}
