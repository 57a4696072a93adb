package lua_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/lua"
)

func TestSessionMembers(t *testing.T) {
	s := newSite(t, map[string]string{
		"set.lc":    `<?lc start session _SESSION.n = 1 ?>`,
		"get.lc":    `<?lc start session put(_SESSION.n) ?>`,
		"times.lc":  `<?lc local s = session.start() put(tostring(s.created), " ", tostring(s.lastHit)) ?>`,
		"first.lc":  `<?lc local s = session.start{name = "first"} put(s.lastHit) ?>`,
		"token.lc":  `<?lc local s = session.start() put(s.token == "LCSESSION=" .. s.id) local o = session.start{name = "a&b", parameter = "-x"} put(o.token == "-x=" .. o.id .. "_a%26b") ?>`,
		"abort.lc":  `<?lc local s = session.start() s.data.n = 99 s:abort() put(s.data.n) ?>`,
		"save.lc":   `<?lc local s = session.start() s.data.n = 2 s:save() s.data.n = 3 error("later") ?>`,
		"reset.lc":  `<?lc local s = session.start() local id = s.id s:reset() put(tostring(_SESSION.n), id == s.id) s.data.k = 1 ?>`,
		"drop.lc":   `<?lc session.start():reset() ?>`,
		"rotate.lc": `<?lc local s = session.start() local id = s.id s:rotate() put(id ~= s.id, _SESSION.n) ?>`,
		"kill.lc":   `<?lc local s = session.start() s:rotate(0) ?>`,
		"failr.lc":  `<?lc local s = session.start() s:rotate() error("no") ?>`,
		"every.lc":  `<?lc local s = session.start{rotate = true} put(s.result, " ", _SESSION.n) ?>`,
		"get2.lc":   `<?lc put(tostring(session.get())) local s = session.start() put(session.get() == s, session.get("LCSESSION") == s, tostring(session.get("x"))) s:stop() put(tostring(session.get())) ?>`,
		"count.lc":  `<?lc put(session.count(), " ", session.sweep(), " ", session.count()) ?>`,
		"before.lc": `<?lc local s = session.start() s:beforeSave(function(x) x.data.n = x.data.n + 10 end) ?>`,
		"saved.lc":  `<?lc local s = session.start() s:beforeSave(function(x) x.data.n = 5 end) s:save() put(s.data.n) s:stop() ?>`,
		"hooks.lc":  `<?lc local s = session.start() s:beforeSave(function() error("in the hook") end) ?>`,
		"never.lc":  `<?lc local s = session.start() s:beforeSave(function() s.data.n = 1000 end) s:abort() ?>`,
		"max.lc":    `<?lc session.start{name = "m", maxLifetime = 100, lifetime = 1000}.data.n = 1 ?>`,
		"max2.lc":   `<?lc put(session.start{name = "m"}.result) ?>`,
		"keep.lc":   `<?lc local s = session.start{name = "k", keepId = true, lifetime = 60} put(s.result, " ", tostring(s.data.n), " ", s.id) s.data.n = 1 ?>`,
		"bad.lc":    `<?lc session.start{track = "links"} ?>`,
		"grace.lc":  `<?lc session.start():rotate(-1) ?>`,
	})
	s.want("/first.lc", 200, "0")
	s.want("/set.lc", 200, "")
	created := s.now
	s.now = s.now.Add(10 * time.Second)
	s.want("/get.lc", 200, "1")
	s.now = s.now.Add(10 * time.Second)
	s.want("/times.lc", 200, created.UTC().Format(time.RFC3339)+" "+created.Add(10*time.Second).UTC().Format(time.RFC3339))
	s.want("/token.lc", 200, "truetrue")
	s.want("/abort.lc", 200, "99")
	s.want("/get.lc", 200, "1")
	if a := s.do("/save.lc", ""); a.status != 500 {
		t.Errorf("got %d", a.status)
	}
	s.want("/get.lc", 200, "2")
	id := s.cookies["LCSESSION"]
	s.want("/rotate.lc", 200, "true2")
	newID := s.cookies["LCSESSION"]
	if newID == id {
		t.Error("the cookie was not rotated")
	}
	s.want("/get.lc", 200, "2")
	s.cookies["LCSESSION"] = id
	s.want("/get.lc", 200, "2")
	if s.cookies["LCSESSION"] != newID {
		t.Error("who comes with the old id is not told the new one")
	}
	s.now = s.now.Add(31 * time.Second)
	s.cookies["LCSESSION"] = id
	s.want("/get.lc", 200, "")
	s.cookies["LCSESSION"] = newID
	s.do("/failr.lc", "")
	if s.cookies["LCSESSION"] != newID {
		t.Error("a page that failed has rotated the id")
	}
	s.want("/every.lc", 200, "rotate 2")
	s.want("/kill.lc", 200, "")
	last := s.cookies["LCSESSION"]
	s.cookies["LCSESSION"] = newID
	s.want("/get.lc", 200, "")
	s.cookies["LCSESSION"] = last
	s.want("/get.lc", 200, "2")
	s.want("/before.lc", 200, "")
	s.want("/get.lc", 200, "12")
	s.want("/saved.lc", 200, "5")
	s.do("/hooks.lc", "")
	if log := strings.Join(s.log, "\n"); !strings.Contains(log, "hooks.lc:1: in the hook") {
		t.Errorf("log %q", log)
	}
	s.want("/never.lc", 200, "")
	s.want("/get.lc", 200, "5")
	s.want("/get2.lc", 200, "niltruetruenilnil")
	s.want("/count.lc", 200, "1 0 1")
	s.want("/reset.lc", 200, "niltrue")
	s.want("/drop.lc", 200, "")
	s.want("/count.lc", 200, "0 0 0")

	s.do("/max.lc", "")
	s.now = s.now.Add(99 * time.Second)
	s.want("/max2.lc", 200, "load")
	s.now = s.now.Add(2 * time.Second)
	s.want("/max2.lc", 200, "expire")

	s.do("/keep.lc", "")
	kept := s.cookies["k"]
	s.want("/keep.lc", 200, "load 1 "+kept)
	s.now = s.now.Add(61 * time.Second)
	s.want("/keep.lc", 200, "expire nil "+kept)
	s.now = s.now.Add(24 * time.Hour)
	s.want("/count.lc", 200, "0 1 0")
	s.want("/keep.lc", 200, "expire nil "+kept)

	for target, want := range map[string]string{
		"/bad.lc": "track must be one of cookie link both auto none", "/grace.lc": "0 to 5m0s",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
}

func TestSessionMax(t *testing.T) {
	s := newSite(t, map[string]string{
		"new.lc": `<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 put(_SESSION.n) ?>`,
		"end.lc": `<?lc start session delete session ?>`,
	}, func(c *lua.Config) { c.SessionMax = 2 })
	visitors := make([]map[string]string, 3)
	for i := range visitors {
		s.cookies = map[string]string{}
		a := s.do("/new.lc", "")
		visitors[i] = s.cookies
		if want := []int{200, 200, 503}[i]; a.status != want || want == 503 && a.get("Retry-After") == "" {
			t.Errorf("visitor %d: got %d", i, a.status)
		}
	}
	s.cookies = visitors[0]
	s.want("/new.lc", 200, "2")
	s.want("/end.lc", 200, "")
	s.now = s.now.Add(2 * time.Second)
	s.cookies = map[string]string{}
	s.want("/new.lc", 200, "1")
}

func TestTooMuchData(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc": `<?lc start session local s = ("x"):rep(33 * 2^20) _SESSION.v = {a = s, b = s} ?>`,
	})
	if a := s.do("/p.lc", ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), "v.b makes it larger than 64 MB") {
		t.Errorf("got %d, log %q", a.status, s.log)
	}
}

func TestLinkTracking(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc": `<?lc local s = session.start{track = _GET.track or "link"} s.data.n = (s.data.n or 0) + 1 put("<p>", s.data.n, "</p>") ?>` +
			`<a href="p.lc?a=1#x">x</a><a href="http://other.example/">y</a><form action="p.lc"></form>`,
		"go.lc":     `<?lc session.start{track = "link"}.data.n = 1 redirect("p.lc") ?>`,
		"text.lc":   `<?lc session.start{track = "link"}.data.n = 1 response.type("text/plain") ?><a href="p.lc">`,
		"stream.lc": `<?lc session.start{track = "link"}.data.n = 1 ?><a href="p.lc"><?lc response.flush() ?><a href="q.lc">`,
		"two.lc": `<?lc for _, n in ipairs{"A", "B"} do session.start{name = n, track = "both", parameter = "-lassosession"}.data.n = 1 end ?>` +
			`<a href="two.lc">`,
		"read.lc":  `<?lc for _, n in ipairs{"A", "B"} do put(tostring(session.start{name = n, track = "link", parameter = "-lassosession"}.data.n)) end ?>`,
		"fail.lc":  `<?lc session.start{track = "link"}.data.n = 1 ?><a href="p.lc"><?lc error("no") ?>`,
		"empty.lc": `<?lc local s = session.start{name = "none", track = "link"} s:abort() ?><a href="p.lc">`,
	})
	a := s.do("/p.lc", "")
	id := between(a.body.String(), "LCSESSION=", "#")
	want := `<p>1</p><a href="p.lc?a=1&amp;LCSESSION=` + id + `#x">x</a><a href="http://other.example/">y</a>` +
		`<form action="p.lc?LCSESSION=` + id + `"><input type="hidden" name="LCSESSION" value="` + id + `"></form>`
	if a.body.String() != want || len(id) != 64 {
		t.Errorf("got  %s\nwant %s", a.body.String(), want)
	}
	if a.get("Referrer-Policy") != "same-origin" || a.get("Cache-Control") != "no-store" || a.get("Set-Cookie") != "" {
		t.Errorf("header %v", a.header)
	}
	if a := s.do("/p.lc?LCSESSION="+id, ""); !strings.HasPrefix(a.body.String(), "<p>2</p>") {
		t.Errorf("got %s", a.body.String())
	}
	if a := s.do("/p.lc", "LCSESSION="+id); !strings.HasPrefix(a.body.String(), "<p>3</p>") {
		t.Errorf("got %s", a.body.String())
	}
	if a := s.do("/p.lc?LCSESSION="+id, "", "HTTP_SEC_FETCH_SITE", "cross-site"); !strings.HasPrefix(a.body.String(), "<p>1</p>") {
		t.Errorf("a link of another site was followed: %s", a.body.String())
	}
	if a := s.do("/p.lc?track=cookie&LCSESSION="+id, ""); !strings.HasPrefix(a.body.String(), "<p>1</p>") || strings.Contains(a.body.String(), id) {
		t.Errorf("a link counts without link tracking: %s", a.body.String())
	}
	s.cookies = map[string]string{}
	if a := s.do("/p.lc?track=auto", ""); !strings.Contains(a.body.String(), "LCSESSION=") || s.cookies["LCSESSION"] == "" {
		t.Errorf("auto does both at first: %s", a.body.String())
	}
	if a := s.do("/p.lc?track=auto", ""); strings.Contains(a.body.String(), "LCSESSION=") || !strings.HasPrefix(a.body.String(), "<p>2</p>") {
		t.Errorf("auto decorates although the cookie came back: %s", a.body.String())
	}
	if a := s.do("/p.lc?track=auto&LCSESSION="+id, ""); strings.Contains(a.body.String(), "href=\"p.lc?LCSESSION=") || a.get("Referrer-Policy") != "same-origin" || a.get("Cache-Control") != "no-store" {
		t.Errorf("the id in the address may go on: %s %v", a.body.String(), a.header)
	}
	s.cookies = map[string]string{}
	if a := s.do("/p.lc?track=none", ""); strings.Contains(a.body.String(), "LCSESSION=") || len(s.cookies) > 0 {
		t.Errorf("none: %s", a.body.String())
	}
	if a := s.do("/go.lc", ""); !strings.HasPrefix(a.get("Location"), "/p.lc?LCSESSION=") {
		t.Errorf("Location %q", a.get("Location"))
	}
	if a := s.do("/text.lc", ""); a.body.String() != `<a href="p.lc">` {
		t.Errorf("what is no HTML was rewritten: %s", a.body.String())
	}
	if a := s.do("/stream.lc", ""); strings.Count(a.body.String(), "lc?LCSESSION=") != 2 || a.get("Cache-Control") != "no-store" {
		t.Errorf("got %s", a.body.String())
	}
	if a := s.do("/fail.lc", ""); a.status != 500 || strings.Contains(a.body.String(), "LCSESSION") {
		t.Errorf("got %d %s", a.status, a.body.String())
	}
	if a := s.do("/empty.lc", ""); a.body.String() != `<a href="p.lc">` {
		t.Errorf("got %s", a.body.String())
	}
	s.do("/two.lc", "")
	query := "-lassosession=" + s.cookies["A"] + "_A&-lassosession=B:" + s.cookies["B"]
	s.cookies = map[string]string{}
	s.want("/read.lc?"+query, 200, "11")
}

// between returns what stands in s between two strings.
func between(s, before, after string) string {
	_, rest, _ := strings.Cut(s, before)
	text, _, _ := strings.Cut(rest, after)
	return text
}

func TestSessionFolder(t *testing.T) {
	s := newSite(t, map[string]string{
		"make.lc": `<?lc local s = session.start{track = _GET.track or "cookie"}
			local f = io.open(s.folder .. "/chart 1.svg", "w") f:write("<svg/>") f:close()
			os.execute("mkdir '" .. s.folder .. "/sub'; ln -s /etc/passwd '" .. s.folder .. "/link'; mkfifo '" .. s.folder .. "/fifo'; echo x > '" .. s.folder .. "/.hidden'; echo y > '" .. s.folder .. "/sub/a.txt'")
			put(s.url) ?>`,
		"sub/end.lc": `<?lc start session put(session.get().folder) delete session ?>`,
		"none.lc":    `<?lc start session ?>page`,
		"other.lc":   `<?lc session.start{name = "other"}.data.n = 1 ?>page`,
	})
	url := s.do("/make.lc", "").body.String()
	if url != "/make.lc?-session=LCSESSION&-file=" {
		t.Fatalf("url %q; log %v", url, s.log)
	}
	// Two slashes at the start of an address would send the id to a host of that name.
	for _, name := range []string{"//make.lc", "///make.lc", "make.lc"} {
		if got := s.do("/make.lc?track=link", "", "SCRIPT_NAME", name).body.String(); !strings.HasPrefix(got, "/make.lc?-session=") {
			t.Errorf("with SCRIPT_NAME %q the url is %q", name, got)
		}
	}
	a := s.do(url+"chart%201.svg", "")
	if a.status != 200 || a.body.String() != "<svg/>" || a.get("Content-Type") != "image/svg+xml" ||
		!strings.Contains(a.get("Content-Security-Policy"), "sandbox") || a.get("X-Content-Type-Options") != "nosniff" ||
		a.get("Content-Disposition") != `inline; filename="chart 1.svg"` || a.get("Cache-Control") != "private, no-cache" {
		t.Errorf("got %d %q %v", a.status, a.body.String(), a.header)
	}
	if b := s.do(url+"chart%201.svg", "", "HTTP_IF_NONE_MATCH", a.get("ETag")); a.get("ETag") == "" || b.status != 304 {
		t.Errorf("ETag %q: got %d", a.get("ETag"), b.status)
	}
	if b := s.do(url+"chart%201.svg", "", "HTTP_RANGE", "bytes=1-3"); b.status != 206 || b.body.String() != "svg" {
		t.Errorf("range: got %d %q", b.status, b.body.String())
	}
	if b := s.do(url+"sub/a.txt", ""); b.status != 200 || b.body.String() != "y\n" || b.get("Content-Security-Policy") != "" {
		t.Errorf("got %d %q", b.status, b.body.String())
	}
	for _, file := range []string{"", ".", "..", "../..", "/etc/passwd", "link", "fifo", ".hidden", "sub", "sub/../../x", "none.txt", "a%00b"} {
		if b := s.do(url+file, ""); b.status != 404 || strings.Contains(b.body.String(), "root:") {
			t.Errorf("%q: got %d %q", file, b.status, b.body.String())
		}
	}
	if b := s.do(url+"chart%201.svg", "x=1"); b.status != 405 {
		t.Errorf("POST: got %d", b.status)
	}
	// The page answers for its own sessions only.
	if b := s.do("/other.lc?-session=LCSESSION&-file=chart%201.svg", ""); b.body.String() != "page" {
		t.Errorf("got %d %q", b.status, b.body.String())
	}
	mine := s.cookies
	s.cookies = map[string]string{}
	if b := s.do(url+"chart%201.svg", ""); b.status != 404 {
		t.Errorf("another visitor: got %d %q", b.status, b.body.String())
	}
	s.cookies = mine
	folder := s.do("/sub/end.lc", "").body.String()
	if _, err := os.Stat(folder); !filepath.IsAbs(folder) || !os.IsNotExist(err) {
		t.Errorf("the folder %q stays: %v", folder, err)
	}
	s.cookies = map[string]string{}
	url = s.do("/make.lc?track=link", "").body.String()
	if b := s.do(strings.Replace(url, "/make.lc?", "/make.lc?track=link&", 1)+"chart%201.svg", ""); b.status != 200 {
		t.Errorf("%s: got %d", url, b.status)
	}
}

func TestSharedVariables(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc": `<?lc
			put(tostring(shared.get("n")), shared.get("n", 7))
			shared.set("n", {a = 1}) put(shared.get("n").a)
			put(shared.update("c", function(v) return (v or 0) + 1 end))
			put(table.concat(shared.keys(), ","))
			put(tostring(shared.delete("n")), tostring(shared.delete("n")))
			put(tostring(pcall(shared.update, "c", function() error("no") end)), shared.get("c"))
			put(table.concat(shared.keys(), ",")) ?>`,
		"more.lc":  `<?lc put(shared.update("c", function(v) return v + 1 end)) ?>`,
		"nil.lc":   `<?lc shared.update("c", function() end) shared.set("d", 1) shared.set("d", nil) put(#shared.keys()) ?>`,
		"fill.lc":  `<?lc shared.set("x", false) shared.set("y", require("time").unix(0)) put(tostring(shared.get("x")), tostring(shared.get("y"))) shared.reset() put(#shared.keys()) ?>`,
		"func.lc":  `<?lc shared.set("f", {x = {print}}) ?>`,
		"name.lc":  `<?lc shared.set("", 1) ?>`,
		"twice.lc": `<?lc shared.update("k", function() shared.update("k", print) end) ?>`,
		"exit.lc":  `<?lc shared.update("k", function() exit() end) ?>`,
		"exit2.lc": `<?lc shared.update("k", function() return 5 end) put(shared.get("k")) ?>`,
	})
	s.want("/p.lc", 200, "nil711c,ntruefalsefalse1c")
	s.want("/more.lc", 200, "2")
	s.want("/nil.lc", 200, "0")
	s.want("/fill.lc", 200, "false1970-01-01T00:00:00Z0")
	for target, want := range map[string]string{
		"/func.lc": "the shared variable f cannot be saved: x[1] is a function", "/name.lc": "name", "/twice.lc": "would wait for itself",
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
	s.want("/exit.lc", 200, "")
	s.want("/exit2.lc", 200, "5")
}

func TestPrepend(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"first.lc":  `<?lc greeting = "hello" include("part.lc") ?>`,
		"part.lc":   `[<?= greeting ?>]`,
		"first.lua": `greeting = "from lua"`,
		"bad.lua":   "x = = 1",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		"first.lc": "[hello]hello", "first.lua": "from lua", "bad.lua": "bad.lua:1", "none.lua": "LCGI_PREPEND",
	} {
		s := newSite(t, map[string]string{"p.lc": `<?= greeting ?>`}, func(c *lua.Config) { c.Prepend = filepath.Join(dir, file) })
		a := s.do("/p.lc", "")
		if a.status == 200 && a.body.String() != want || a.status != 200 && !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d %q, log %q", file, a.status, a.body.String(), s.log)
		}
	}
}

// What is wrong with a session's cookie, or is said to a compatibility module, is
// told at the line of the page.
func TestSessionErrorsNameTheLine(t *testing.T) {
	s := newSite(t, map[string]string{
		"domain.lc": "\n<?lc session.start{cookie = {domain = 'a b'}} ?>",
		"host.lc":   "\n\n<?lc session.start{name = '__Host-x'} ?>",
		"fox.lc":    "<?lc require 'compat.foxweb'\n\nSession.Timeout = 1e12 ?>",
	})
	for target, want := range map[string]string{
		"/domain.lc": `domain.lc:2: cookie "LCSESSION": domain "a b" is not a domain name`,
		"/host.lc":   `host.lc:3: cookie "__Host-x": the prefix __Host- needs secure`,
		"/fox.lc":    `: fox.lc:3: `,
	} {
		s.log = nil
		if a := s.do(target, ""); a.status != 500 || !strings.Contains(strings.Join(s.log, "\n"), want) {
			t.Errorf("%s: got %d, log %q", target, a.status, s.log)
		}
	}
}

// What a page can easily get wrong is told, and where there is a better way, it says so.
func TestSessionMistakes(t *testing.T) {
	s := newSite(t, map[string]string{
		"set.lc":    `<?lc start session _SESSION.n = 1 ?>`,
		"flush.lc":  `<?lc local s = session.start() response.flush() s:rotate() ?>`,
		"colon.lc":  `<?lc session:start{name = "x"} ?>`,
		"dot.lc":    `<?lc session.start().rotate(0) ?>`,
		"assign.lc": `<?lc session.visits = 1 ?>`,
		"read.lc":   `<?lc put(session.visits) ?>`,
		"shared.lc": `<?lc shared.visits = 1 ?>`,
		"life.lc":   `<?lc session.start().lifetime = "x" ?>`,
		"max.lc":    `<?lc session.start().maxLifetime = -1 ?>`,
		"data.lc":   `<?lc session.start().data = nil ?>`,
		"loop.lc":   `<?lc local s = session.start() s:beforeSave(function() s:save() end) ?>`,
		"tmp.lc":    `<?lc sessionSavePath = "/tmp" start session ?>`,
	})
	s.want("/set.lc", 200, "")
	for target, want := range map[string]string{
		"/flush.lc":  "new id after response.flush() in flush.lc:1",
		"/colon.lc":  "session.start{...} with a dot",
		"/dot.lc":    "call it with a colon",
		"/assign.lc": `session has no member "visits"`,
		"/read.lc":   `session has no member "visits"`,
		"/shared.lc": "shared.set",
		"/life.lc":   "the lifetime of a session is a number of seconds, not a string",
		"/max.lc":    "-1 seconds",
		"/data.lc":   "must be a table, not a nil",
		"/loop.lc":   "cannot be saved by what is called before it is saved",
		"/tmp.lc":    "mkdir -m 700 /tmp/sessions",
	} {
		s.log = nil
		a := s.do(target, "")
		if log := strings.Join(s.log, "\n"); a.status != 500 && target != "/flush.lc" || !strings.Contains(log, want) {
			t.Errorf("%s: got %d, log %q", target, a.status, log)
		}
	}
}

// A second start of an open session takes over what it says of lifetimes and of the
// cookie.
func TestSessionStartedAgain(t *testing.T) {
	s := newSite(t, map[string]string{
		"p.lc": `<?lc start session _SESSION.n = 1
			local s = session.start{lifetime = 100, maxLifetime = 1000, cookie = {lifetime = 500, sameSite = "Strict"}}
			session.start{cookie = {httpOnly = false}}
			put(s.lifetime, " ", s.maxLifetime, " ", _SESSION.n) ?>`,
		"q.lc": `<?lc local s = session.start() put(s.lifetime, " ", s.maxLifetime) s.maxLifetime = nil put(tostring(s.maxLifetime)) s.maxLifetime = 50 ?>`,
		"r.lc": `<?lc put(session.start().result) ?>`,
	})
	a := s.do("/p.lc", "")
	if cookie := a.get("Set-Cookie"); a.body.String() != "100 1000 1" || !strings.Contains(cookie, "Max-Age=500") || !strings.Contains(cookie, "SameSite=Strict") || strings.Contains(cookie, "HttpOnly") {
		t.Errorf("got %q, Set-Cookie %q", a.body.String(), cookie)
	}
	s.now = s.now.Add(40 * time.Second)
	s.want("/q.lc", 200, "100 1000nil")
	s.now = s.now.Add(11 * time.Second)
	s.want("/r.lc", 200, "expire")
}
