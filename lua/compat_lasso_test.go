package lua_test

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

const tracker = "_Session_Tracker_"

func TestLassoVariables(t *testing.T) {
	s := newCompatSite(t, "compat.lasso", map[string]string{
		"two.lc": `<?lc session_start("A") session_start("B") session_addVar("A", "a") session_addVar("B", "b")
			a = (a or 0) + 1 b = (b or 10) + 1 put(a, ",", b) ?>`,
		"live.lc":   `<?lc a = 99 session_start("A") put(a) ?>`,
		"once.lc":   `<?lc session_start("A") a = 50 ?>`,
		"again.lc":  `<?lc session_start("A") session_addVar("A", "a") session_addVar("A", "a") put(a) a = 51 session_start("A") put(",", a) ?>`,
		"remove.lc": `<?lc session_start("A") session_removeVar("A", "a") put(a) ?>`,
		"nil.lc":    `<?lc session_start("A") session_addVar("A", "empty") ?>`,
		"still.lc":  `<?lc empty = 1 session_start("A") put(tostring(empty)) ?>`,
		"none.lc":   `<?lc session_start("A") put(session_result("A")) session_removeVar("A", "empty") ?>`,
		"empty.lc":  `<?lc session_start("E") session_removeVar("E", "x") put(session_result("E")) ?>`,
		"nested.lc": `<?lc session_start("N") session_addVar("N", "cart")
			if session_result("N") == "new" then cart = {items = {{title = "x", n = 2}, {title = "y"}}, paid = false, [1] = "list"}
			else put(cart.items[1].title, cart.items[1].n, cart.items[2].title, tostring(cart.paid), cart[1]) end ?>`,
		"abort.lc":    `<?lc session_start("B") b = 1000 session_addVar("B", "c") session_abort("B") put(session_id("B") ~= "") ?>`,
		"restart.lc":  `<?lc session_start("B") b = 1000 session_abort("B") session_start("B") put(b) ?>`,
		"b.lc":        `<?lc session_start("B") put(b) ?>`,
		"id.lc":       `<?lc session_start("A") put(session_id("A")) ?>`,
		"end.lc":      `<?lc b = 5 session_end("B") put(b) ?>`,
		"endopen.lc":  `<?lc session_start("A") a = 7 session_end("A") put(a) ?>`,
		"strict.lc":   `<?lc setmetatable(_G, {__index = function(_, k) error(k) end, __newindex = function(_, k) error(k) end}) session_start("S") session_addVar("S", "v") rawset(_G, "v", 1) ?>`,
		"result.lc":   `<?lc session_start("R", {rotate = _GET.rotate == "1", expires = 1}) session_addVar("R", "v") v = 1 put(session_result("R")) ?>`,
		"sweep.lc":    `<?lc put(session_deleteExpired()) ?>`,
		"default.lc":  `<?lc session_start("D") session_addVar("D", "v") v = 1 put(session_result("D")) ?>`,
		"function.lc": `<?lc session_start("F") session_addVar("F", "f") f = {g = print} ?>`,
	})
	t.Run("LA1", func(t *testing.T) {
		s.want("/two.lc", 200, "1,11")
		s.want("/two.lc", 200, "2,12")
		if a, b := s.cookies[tracker+"A"], s.cookies[tracker+"B"]; len(a) != 64 || len(b) != 64 || a == b {
			t.Errorf("cookies %v", s.cookies)
		}
	})
	t.Run("LA2", func(t *testing.T) {
		s.want("/live.lc", 200, "2")
		s.want("/once.lc", 200, "")
		s.want("/again.lc", 200, "50,51")
		s.want("/nil.lc", 200, "")
		s.want("/still.lc", 200, "nil")
		s.want("/strict.lc", 200, "")
		s.want("/strict.lc", 200, "")
	})
	t.Run("LA3", func(t *testing.T) {
		s.want("/remove.lc", 200, "51")
		s.want("/live.lc", 200, "99")
		s.want("/none.lc", 200, "load")
		s.want("/none.lc", 200, "load")
		s.want("/empty.lc", 200, "new")
		s.want("/empty.lc", 200, "new")
	})
	t.Run("LA4", func(t *testing.T) {
		s.want("/nested.lc", 200, "")
		s.want("/nested.lc", 200, "x2yfalselist")
		s.wantError("/function.lc", "values.f.g is a function")
	})
	t.Run("LA5", func(t *testing.T) {
		s.want("/two.lc", 200, "1,13")
		s.want("/id.lc", 200, s.cookies[tracker+"A"])
	})
	t.Run("LA7", func(t *testing.T) {
		s.want("/abort.lc", 200, "true")
		s.want("/b.lc", 200, "13")
		s.want("/restart.lc", 200, "13")
	})
	t.Run("LA6", func(t *testing.T) {
		old := s.cookies[tracker+"B"]
		s.want("/end.lc", 200, "5")
		if s.cookies[tracker+"B"] != "" {
			t.Error("the cookie stays")
		}
		s.cookies[tracker+"B"] = old
		s.want("/b.lc", 200, "")
		s.want("/endopen.lc", 200, "7")
	})
	t.Run("LA8", func(t *testing.T) {
		s.want("/result.lc", 200, "new")
		s.want("/result.lc", 200, "load")
		s.want("/result.lc?rotate=1", 200, "rotate")
		s.now = s.now.Add(61 * time.Second)
		s.want("/result.lc", 200, "expire")
	})
	t.Run("LA9", func(t *testing.T) {
		s.forget()
		s.now = s.now.Add(time.Hour)
		s.want("/sweep.lc", 200, "3") // N, S and R
		s.want("/sweep.lc", 200, "0")
	})
	t.Run("LA10", func(t *testing.T) {
		s.want("/default.lc", 200, "new")
		for range 3 {
			s.now = s.now.Add(15*time.Minute - time.Second)
			s.want("/default.lc", 200, "load")
		}
		s.now = s.now.Add(15*time.Minute + time.Second)
		s.want("/default.lc", 200, "expire")
	})
}

func TestLassoTracking(t *testing.T) {
	s := newCompatSite(t, "compat.lasso", map[string]string{
		"p.lc": `<?lc
			local o = {id = _GET.id}
			for _, name in ipairs{"useCookie", "useLink", "useAuto", "useNone"} do
			  if _GET[name] then o[name] = _GET[name] == "1" end
			end
			session_start("P", o) session_addVar("P", "n") n = (n or 0) + 1
			?><a href="/x"><?= n ?>`,
		"links.lc": `<?lc session_start("P", {useLink = true}) session_addVar("P", "n") n = 1 ?>` +
			`<a href="x.lc?a=1#f"><a href="/"><a href="http://test.example/"><a href="https://test.example/x"><a href="ftp://test.example/"><a href="file:///x"><a href="javascript:f()"><a href="mailto:a@b"><a href="telnet://x"><a href="#f"><form action="/go">`,
		"form.lc":   `<?lc session_start("P", {useNone = true}) session_addVar("P", "n") n = (n or 0) + 1 put("P:", session_id("P"), " ", n) ?>`,
		"cookie.lc": `<?lc session_start("C", {cookieExpires = 60, domain = "test.example", path = "/shop", secure = true}) session_addVar("C", "n") n = 1 ?>`,
		"ended.lc":  `<?lc session_end("C", {secure = true}) ?>`,
		"endp.lc":   `<?lc session_end("P") ?><a href="/x">`,
		"rotate.lc": `<?lc session_start("R", {rotate = true}) session_addVar("R", "n") n = (n or 0) + 1 put(session_id("R"), " ", n) ?>`,
	})
	body := func(target, form string, env ...string) string { return s.do(target, form, env...).body.String() }

	t.Run("LA11", func(t *testing.T) {
		s.forget()
		body("/p.lc", "")
		first := s.cookies[tracker+"P"]
		s.forget()
		body("/p.lc", "")
		body("/p.lc", "")
		body("/p.lc", "")
		second := s.cookies[tracker+"P"] // n is 3 there
		if got := body("/p.lc?id="+first, ""); !strings.HasSuffix(got, ">2") {
			t.Errorf("the option does not come before the cookie: %q", got)
		}
		s.cookies = map[string]string{tracker + "P": second}
		if got := body("/p.lc?-lassosession="+first+"_P", ""); !strings.HasSuffix(got, ">4") {
			t.Errorf("the cookie does not come before the parameter: %q", got)
		}
		s.forget()
		if got := body("/p.lc?-lassosession="+first+"_P", ""); !strings.HasSuffix(got, ">3") {
			t.Errorf("the parameter in a query does not count: %q", got)
		}
		s.forget()
		if got := body("/p.lc", "-lassosession=P:"+first); !strings.HasSuffix(got, ">4") {
			t.Errorf("the parameter in a form does not count: %q", got)
		}
		s.forget()
		if got := body("/p.lc?-lassosession="+first+"_P", "", "HTTP_SEC_FETCH_SITE", "cross-site"); !strings.HasSuffix(got, ">1") {
			t.Errorf("a link of another site chooses the session: %q", got)
		}
	})
	t.Run("LA6", func(t *testing.T) {
		s.forget()
		id, _, _ := strings.Cut(strings.TrimPrefix(body("/form.lc", ""), "P:"), " ")
		target := "?-lassosession=" + id + "_P"
		if got := body("/endp.lc"+target, ""); got != `<a href="/x">` {
			t.Errorf("the session has ended and links carry an id: %s", got)
		}
		if got := body("/form.lc"+target, ""); !strings.HasSuffix(got, " 1") || strings.Contains(got, id) {
			t.Errorf("a session that is tracked by a parameter did not end: %s", got)
		}
	})
	t.Run("LA12", func(t *testing.T) {
		for _, c := range []struct {
			options      string
			cookie, link bool
		}{
			{"", true, false},
			{"useCookie=1", true, false},
			{"useCookie=0", false, false},
			{"useLink=1", false, true},
			{"useLink=0", true, false},
			{"useLink=1&useCookie=1", true, true},
			{"useAuto=1", true, true},
			{"useNone=1", false, false},
			{"useNone=1&useLink=1", false, false},
		} {
			s.forget()
			a := s.do("/p.lc?"+c.options, "")
			if cookie := s.cookies[tracker+"P"] != ""; cookie != c.cookie {
				t.Errorf("%s: cookie %v", c.options, cookie)
			}
			if link := strings.Contains(a.body.String(), "-lassosession="); link != c.link {
				t.Errorf("%s: %s", c.options, a.body.String())
			}
		}
		s.forget()
		body("/p.lc?useAuto=1", "")
		if got := body("/p.lc?useAuto=1", ""); got != `<a href="/x">2` {
			t.Errorf("the cookie came back and links still carry the id: %q", got)
		}
	})
	t.Run("LA13", func(t *testing.T) {
		s.forget()
		id, _, _ := strings.Cut(body("/rotate.lc", ""), " ")
		if s.cookies[tracker+"R"] != id || len(s.cookies) != 1 {
			t.Errorf("id %s, cookies %v", id, s.cookies)
		}
	})
	t.Run("LA14", func(t *testing.T) {
		got := s.do("/cookie.lc", "").get("Set-Cookie")
		for _, want := range []string{tracker + "C=", "Max-Age=3600", "Domain=test.example", "Path=/shop", "Secure"} {
			if !strings.Contains(got, want) {
				t.Errorf("cookie %q lacks %q", got, want)
			}
		}
		if got := s.do("/ended.lc", "").get("Set-Cookie"); !strings.Contains(got, tracker+"C=") || !strings.Contains(got, "Secure") {
			t.Errorf("session_end: cookie %q", got)
		}
	})
	t.Run("LA15", func(t *testing.T) {
		s.forget()
		seen := map[string]bool{}
		for i := range 4 {
			id, n, _ := strings.Cut(body("/rotate.lc", ""), " ")
			if n != fmt.Sprint(i+1) || seen[id] {
				t.Errorf("request %d: %s %s", i, id, n)
			}
			seen[id] = true
		}
	})
	t.Run("LA16", func(t *testing.T) {
		for _, id := range []string{"x", strings.Repeat("0", 64), "%00", url.QueryEscape("../" + strings.Repeat("a", 5000))} {
			s.forget()
			if got := body("/p.lc?id="+id, ""); !strings.HasSuffix(got, ">1") || s.cookies[tracker+"P"] == id {
				t.Errorf("id %.20q: %q, cookies %v", id, got, s.cookies)
			}
		}
	})
	t.Run("LA17", func(t *testing.T) {
		s.forget()
		got := regexp.MustCompile(`-lassosession=[0-9a-f]{64}_P`).ReplaceAllString(body("/links.lc", ""), "ID")
		want := `<a href="x.lc?a=1&amp;ID#f"><a href="/?ID"><a href="http://test.example/"><a href="https://test.example/x"><a href="ftp://test.example/"><a href="file:///x"><a href="javascript:f()"><a href="mailto:a@b"><a href="telnet://x"><a href="#f"><form action="/go?ID"><input type="hidden" name="-lassosession" value="HIDDEN">`
		got = regexp.MustCompile(`value="[0-9a-f]{64}_P"`).ReplaceAllString(got, `value="HIDDEN"`)
		if got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
	t.Run("LA18", func(t *testing.T) {
		s.forget()
		token, n, _ := strings.Cut(body("/form.lc", ""), " ")
		again, m, _ := strings.Cut(body("/form.lc", "-lassosession="+url.QueryEscape(token)), " ")
		if n != "1" || m != "2" || again != token || len(s.cookies) > 0 {
			t.Errorf("first %s, then %s; %s and %s; cookies %v", n, m, token, again, s.cookies)
		}
	})
}

// LA19 is the document's example, in this Lua's words.
func TestLassoExample(t *testing.T) {
	s := newCompatSite(t, "compat.lasso", map[string]string{"ftl.lc": `<?lc
		local sessionName = "sessions_example"
		session_start(sessionName)
		if session_result(sessionName) ~= "load" then
		  for _, name in ipairs{"realName", "emailAddress", "favoriteColor", "hyperDrive", "warpDrive"} do session_addVar(sessionName, name) end
		elseif _POST.submit then
		  realName = _POST.realName
		  emailAddress = _POST.emailAddress
		  favoriteColor = _POST.favoriteColor
		  hyperDrive = _POST.hyperdrive
		  warpDrive = _POST.warpdrive
		end
		?><input name="realName" value="<?= realName ?>"><option <?= favoriteColor == "red" and "selected" or nil ?>>Red<input <?= hyperDrive and "checked" or nil ?>><input <?= warpDrive and "checked" or nil ?>>`,
	})
	t.Run("LA19", func(t *testing.T) {
		s.want("/ftl.lc", 200, `<input name="realName" value=""><option >Red<input ><input >`)
		const filled = `<input name="realName" value="&lt;Ann&gt;"><option selected>Red<input checked><input >`
		if a := s.do("/ftl.lc", "submit=1&realName=%3CAnn%3E&favoriteColor=red&hyperdrive=hyperdrive"); a.body.String() != filled {
			t.Errorf("got %d %q; log %q", a.status, a.body.String(), s.log)
		}
		s.want("/ftl.lc", 200, filled)
		s.do("/ftl.lc", "submit=1&realName=Bob&warpdrive=1")
		s.want("/ftl.lc", 200, `<input name="realName" value="Bob"><option >Red<input ><input checked>`)
	})
}

// What a page does wrong is told at its own line, by the name of what it called.
func TestLassoErrors(t *testing.T) {
	for code, want := range map[string]string{
		`session_id("Q")`:                                     `session_id: no session "Q" has been started on this page; call session_start first`,
		`session_addVar("Q", "x")`:                            `session_addVar: no session "Q"`,
		`session_start("A") session_addVar("A", x)`:           "session_addVar: the second argument must be the name of a variable, in quotes",
		`session_start("a b")`:                                `session_start: "a b" is no name of a session`,
		`session_start("a;b")`:                                "is no name of a session",
		`session_start(("x"):rep(48))`:                        "is no name of a session",
		`session_start()`:                                     "session_start: the name of the session must be a string, not nil",
		`session_start("A", "useLink")`:                       "session_start: the options must be a table",
		`session_start("A", {expire = 1})`:                    "session_start: there is no option expire",
		`session_start("A", {expires = "1"})`:                 "the option expires must be a number, not string",
		`session_start("A", {expires = 0})`:                   "the option expires must be a number of minutes above 0",
		`session_end("a b")`:                                  `session_end: "a b" is no name`,
		`session_start("A") session_end("A", {x=1})`:          "session_end: there is no option x",
		`session_start("A") session_end("A") session_id("A")`: `session_id: no session "A"`,
		`session_abort("A")`:                                  "session_abort: no session",
	} {
		s := newCompatSite(t, "compat.lasso", map[string]string{"p.lc": "\n<?lc " + code + " ?>"})
		s.wantError("/p.lc", want)
		if !strings.Contains(strings.Join(s.log, ""), "p.lc:2: ") {
			t.Errorf("%s: %q does not name the page's line", code, s.log)
		}
	}
}
