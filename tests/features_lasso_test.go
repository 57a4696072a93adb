package tests

import (
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

const (
	lasso       = "compat.lasso"
	lassoCookie = "_Session_Tracker_p"
)

// lassoLinks are links as Lasso leaves them alone or decorates them.
const lassoLinks = `<a href="go.lc">a</a><a href="/go.lc?x=1#part">b</a><form action="go.lc" method="post"></form>` +
	`<a href="file://x/y">1</a><a href="ftp://x/y">2</a><a href="http://x.example/y">3</a><a href="https://x.example/y">4</a>` +
	`<a href="http://<?= request.host ?>/go.lc">9</a>` +
	`<a href="javascript:x()">5</a><a href="mailto:x@y">6</a><a href="telnet://x">7</a><a href="#part">8</a>`

// lassoFeatures are the rows LA1 to LA19. The session is called p, its cookie
// like Lasso's.
func lassoFeatures() []feature {
	// start is the text before every native page; option is more to start with.
	start := func(option string) string {
		return `local s = session.start{name = "p", cookie = {name = "` + lassoCookie + `"}, lifetime = 900` + option + `} `
	}
	both := func(native, compat spelling) []spelling {
		return []spelling{native.withCookie(lassoCookie), compat}
	}
	return []feature{
		{"LA1", both(
			native(
				"two", `<?lc local a, b = session.start{name = "a"}, session.start{name = "b"}
					a.data.x, b.data.x = (a.data.x or 0) + 1, (b.data.x or 10) + 1 put(a.data.x, " ", b.data.x) ?>`,
				"b", `<?lc local a, b = nil, session.start{name = "b"} put(tostring(a), " ", b.data.x) ?>`),
			compat(lasso,
				"two", `<?lc session_start("a") session_start("b") session_addVar("a", "one") session_addVar("b", "two")
					one, two = (one or 0) + 1, (two or 10) + 1 put(one, " ", two) ?>`,
				"b", `<?lc session_start("b") put(tostring(one), " ", two) ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/two.lc", "1 11")
			g.want("/two.lc", "2 12")
			g.want("/b.lc", "nil 12")
			p.guest(t).want("/two.lc", "1 11")
		}},
		{"LA2", both(
			native(
				"add", `<?lc `+start("")+`x = s.data.x s:beforeSave(function(s) s.data.x = x end) x = (x or 0) + 1 put(x) ?>`,
				"use", `<?lc x = "live" `+start("")+`x = s.data.x s:beforeSave(function(s) s.data.x = x end) put(x) x = x + 10 ?>`),
			compat(lasso,
				"add", `<?lc session_start("p") session_addVar("p", "x") session_addVar("p", "x") x = (x or 0) + 1 put(x) ?>`,
				"use", `<?lc x = "live" session_start("p") put(x) x = x + 10 ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/add.lc", "1")
			g.want("/use.lc", "1")
			g.want("/use.lc", "11")
			g.want("/add.lc", "22")
			g.want("/use.lc", "22")
		}},
		{"LA3", both(
			native(
				"set", `<?lc `+start("")+`s.data.x, s.data.y = 1, 2 ?>`,
				"remove", `<?lc `+start("")+`x = s.data.x s.data.x = nil put(x) ?>`,
				"see", `<?lc `+start("")+`put(tostring(s.data.x), " ", tostring(s.data.y)) ?>`),
			compat(lasso,
				"set", `<?lc session_start("p") session_addVar("p", "x") session_addVar("p", "y") x, y = 1, 2 ?>`,
				"remove", `<?lc session_start("p") session_removeVar("p", "x") put(x) ?>`,
				"see", `<?lc session_start("p") put(tostring(x), " ", tostring(y)) ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/see.lc", "1 2")
			g.want("/remove.lc", "1")
			g.want("/see.lc", "nil 2")
		}},
		{"LA4", both(
			native(
				"set", `<?lc `+start("")+`s.data.v = {1, "two", {three = {false, 0.5}}, key = {["a b"] = true}} ?>`,
				"see", `<?lc `+start("")+`local v = s.data.v put(#v, v[2], tostring(v[3].three[1]), v[3].three[2], tostring(v.key["a b"])) ?>`),
			compat(lasso,
				"set", `<?lc session_start("p") session_addVar("p", "v") v = {1, "two", {three = {false, 0.5}}, key = {["a b"] = true}} ?>`,
				"see", `<?lc session_start("p") put(#v, v[2], tostring(v[3].three[1]), v[3].three[2], tostring(v.key["a b"])) ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/see.lc", "3twofalse0.5true")
		}},
		{"LA5", both(
			native("p", `<?lc `+start("")+`s.data.x = 1 put(s.id) ?>`),
			compat(lasso, "p", `<?lc session_start("p") session_addVar("p", "x") x = 1 put(session_id("p")) ?>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			first := g.page("/p.lc")
			if id := g.sessionID(s.cookie); first != id {
				t.Errorf("the id is %s, that of the cookie %s", first, id)
			}
			g.want("/p.lc", first)
		}},
		{"LA6", both(
			native(
				"set", `<?lc `+start("")+`s.data.x = 1 ?>`,
				"end", `<?lc `+start("")+`x = s.data.x s:delete() put(x) ?>`,
				"other", `<?lc `+start("")+`s:delete() ?>`,
				"see", `<?lc `+start("")+`put(tostring(s.data.x)) ?>`),
			compat(lasso,
				"set", `<?lc session_start("p") session_addVar("p", "x") x = 1 ?>`,
				"end", `<?lc session_start("p") session_end("p", {secure = false}) put(x) ?>`,
				"other", `<?lc session_end("p") ?>`,
				"see", `<?lc session_start("p") put(tostring(x)) ?>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			for target, shown := range map[string]string{"/end.lc": "1", "/other.lc": ""} {
				g := p.guest(t)
				g.want("/set.lc", "")
				old := g.sessionID(s.cookie)
				g.want(target, shown)
				if value, ok := g.cookies[s.cookie]; ok {
					t.Errorf("%s: the cookie stays: %q", target, value)
				}
				p.withID(t, s.cookie, old).want("/see.lc", "nil")
				if n := storedKinds(t, p.sessions)[session.KindSession]; n != 0 {
					t.Errorf("%s: %d sessions are still stored", target, n)
				}
			}
		}},
		{"LA7", both(
			native(
				"set", `<?lc `+start("")+`s.data.x = 1 ?>`,
				"abort", `<?lc `+start("")+`s.data.x = 99 s:abort() put("aborted") ?>`,
				"see", `<?lc `+start("")+`put(s.data.x) ?>`),
			compat(lasso,
				"set", `<?lc session_start("p") session_addVar("p", "x") x = 1 ?>`,
				"abort", `<?lc session_start("p") x = 99 session_abort("p") put("aborted") ?>`,
				"see", `<?lc session_start("p") put(x) ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/abort.lc", "aborted")
			g.want("/see.lc", "1")
		}},
		{"LA8", both(
			native(
				"p", `<?lc `+start("")+`s.data.x = 1 put(s.result) ?>`,
				"rotate", `<?lc `+start(", rotate = true")+`s.data.x = 1 put(s.result) ?>`),
			compat(lasso,
				"p", `<?lc session_start("p") session_addVar("p", "x") x = 1 put(session_result("p")) ?>`,
				"rotate", `<?lc session_start("p", {rotate = true}) session_addVar("p", "x") x = 1 put(session_result("p")) ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc", "new")
			g.want("/p.lc", "load")
			g.want("/rotate.lc", "rotate")
			g.want("/p.lc", "load")
			passTime(t, p.sessions, 15*time.Minute)
			g.want("/p.lc", "expire")
			g.want("/p.lc", "load")
		}},
		{"LA9", both(
			native(
				"set", `<?lc `+start("")+`s.data.x = 1 ?>`,
				"sweep", `<?lc local n = session.sweep() put(type(n)) ?>`),
			compat(lasso,
				"set", `<?lc session_start("p") session_addVar("p", "x") x = 1 ?>`,
				"sweep", `<?lc session_deleteExpired() put("number") ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			for range 5 {
				p.guest(t).want("/set.lc", "")
			}
			passTime(t, p.sessions, 15*time.Minute)
			g := p.guest(t)
			g.want("/set.lc", "")
			g.want("/sweep.lc", "number")
			if n := storedKinds(t, p.sessions)[session.KindSession]; n != 1 {
				t.Errorf("%d sessions are stored, want the one that is alive", n)
			}
		}},
		{"LA10", both(
			native(
				"p", `<?lc `+start("")+`s.data.x = 1 put(s.result) ?>`,
				"day", `<?lc local s = session.start{name = "p", cookie = {name = "`+lassoCookie+`"}, lifetime = 1440 * 60} s.data.x = 1 put(s.result) ?>`),
			compat(lasso,
				"p", `<?lc session_start("p") session_addVar("p", "x") x = 1 put(session_result("p")) ?>`,
				"day", `<?lc session_start("p", {expires = 1440}) session_addVar("p", "x") x = 1 put(session_result("p")) ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			g.want("/p.lc", "new")
			for range 2 { // the count starts anew with each load
				passTime(t, p.sessions, 14*time.Minute+50*time.Second)
				g.want("/p.lc", "load")
			}
			passTime(t, p.sessions, 15*time.Minute)
			g.want("/p.lc", "expire")
			g.want("/day.lc", "load")
			passTime(t, p.sessions, 23*time.Hour+59*time.Minute)
			g.want("/day.lc", "load")
			passTime(t, p.sessions, 24*time.Hour)
			g.want("/day.lc", "expire")
		}},
		{"LA11", both(
			native("p", `<?lc `+start(`, id = _GET.option, track = "both", parameter = "-lassosession"`)+`
					s.data.who = s.data.who or _GET.who put(tostring(s.data.who)) ?>`),
			compat(lasso, "p", `<?lc session_start("p", {id = _GET.option, useLink = true, useCookie = true})
					session_addVar("p", "who") who = who or _GET.who put(tostring(who)) ?>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			ids := map[string]string{}
			for _, who := range []string{"option", "cookie", "link", "form"} {
				g := p.guest(t)
				g.want("/p.lc?who="+who, who)
				ids[who] = g.sessionID(s.cookie)
			}
			link := "-lassosession=" + ids["link"] + "_p"
			form := "-lassosession=" + url.QueryEscape("p:"+ids["form"])
			for _, c := range []struct{ cookie, query, form, want string }{
				{"cookie", "option=" + ids["option"] + "&" + link, form, "option"},
				{"cookie", link, form, "cookie"},
				{"", link, form, "link"},
				{"", "x=1", form, "form"},
				{"", "-lassosession=" + url.QueryEscape("p:"+ids["form"]), "x=1", "form"}, // both forms by both methods
				{"", "x=1", "-lassosession=" + ids["link"] + "_p", "link"},
				{"", "option=nobody&" + link, form, "link"},
				{"", "x=1", "x=1", "nil"},
			} {
				g := p.guest(t)
				if c.cookie != "" {
					g.cookies[s.cookie] = ids[c.cookie]
				}
				if got := g.form("/p.lc?"+c.query, c.form); got != c.want {
					t.Errorf("cookie %q, query %q, form %q: the session is %s's, want %s's", c.cookie, c.query, c.form, got, c.want)
				}
			}
		}},
		{"LA12", both(
			native("p", `<?lc local track = _GET.track ~= "default" and _GET.track or nil
					local s = session.start{name = "p", cookie = {name = "`+lassoCookie+`"}, track = track, parameter = "-lassosession"} s.data.x = 1 ?><a href="p.lc">p</a>`),
			compat(lasso, "p", `<?lc session_start("p", ({cookie = {useCookie = true}, link = {useLink = true},
					both = {useLink = true, useCookie = true}, auto = {useAuto = true}, none = {useNone = true}})[_GET.track])
					session_addVar("p", "x") x = 1 ?><a href="p.lc">p</a>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			for _, c := range []struct {
				track         string
				cookie, links bool // of the first answer
				later         bool // the links of the second, to a guest who keeps cookies
			}{
				{"default", true, false, false},
				{"cookie", true, false, false},
				{"link", false, true, true},
				{"both", true, true, true},
				{"auto", true, true, false},
				{"none", false, false, false},
			} {
				g := p.guest(t)
				look := func(when string, cookie, links bool) {
					t.Helper()
					r := g.get("/p.lc?track=" + c.track)
					if _, got := r.Cookie(s.cookie); got != cookie {
						t.Errorf("%s, %s: cookie %v, want %v", c.track, when, got, cookie)
					}
					if got := strings.Contains(string(r.Body), "-lassosession="); got != links {
						t.Errorf("%s, %s: decorated links %v, want %v: %s", c.track, when, got, links, r.Body)
					}
				}
				look("first", c.cookie, c.links)
				look("second", false, c.later)
			}
		}},
		{"LA13", both(
			native("p", `<?lc `+start("")+`s.data.x = 1 put(s.id) ?>`),
			compat(lasso, "p", `<?lc session_start("p") session_addVar("p", "x") x = 1 put(session_id("p")) ?>`),
		), func(t *testing.T, p *pageSite, _ spelling) {
			r := p.guest(t).get("/p.lc")
			if id, _ := r.Cookie("_Session_Tracker_p"); id != string(r.Body) || len(id) != 64 {
				t.Errorf("the cookie _Session_Tracker_p is %q, the id %q", id, r.Body)
			}
		}},
		{"LA14", both(
			native("p", `<?lc local s = session.start{name = "p", cookie = {lifetime = 3600, name = "`+lassoCookie+`", domain = "example.org", path = "/shop", secure = true}} s.data.x = 1 ?>`),
			compat(lasso, "p", `<?lc session_start("p", {cookieExpires = 60, domain = "example.org", path = "/shop", secure = true}) session_addVar("p", "x") x = 1 ?>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			line := p.guest(t).get("/p.lc").Header.Get("Set-Cookie")
			for _, attribute := range []string{s.cookie + "=", "; Path=/shop", "; Domain=example.org", "; Max-Age=3600", "; Secure", "; HttpOnly"} {
				if !strings.Contains(line, attribute) {
					t.Errorf("Set-Cookie: %s lacks %q", line, attribute)
				}
			}
		}},
		{"LA15", both(
			native("p", `<?lc `+start(`, rotate = true`)+`s.data.x = (s.data.x or 0) + 1 put(s.data.x) ?>`),
			compat(lasso, "p", `<?lc session_start("p", {rotate = true}) session_addVar("p", "x") x = (x or 0) + 1 put(x) ?>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			g := p.guest(t)
			var seen []string
			for n := 1; n <= 10; n++ {
				g.want("/p.lc", fmt.Sprint(n))
				id := g.sessionID(s.cookie)
				if slices.Contains(seen, id) {
					t.Errorf("request %d has an id that was there before", n)
				}
				seen = append(seen, id)
			}
		}},
		{"LA16", both(
			native(
				"p", `<?lc `+start("")+`s.data.x = (s.data.x or 0) + 1 put(s.result, " ", s.data.x) ?>`),
			compat(lasso,
				"p", `<?lc session_start("p") session_addVar("p", "x") x = (x or 0) + 1 put(session_result("p"), " ", x) ?>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			expired := p.guest(t)
			expired.want("/p.lc", "new 1")
			id := expired.sessionID(s.cookie)
			passTime(t, p.sessions, time.Hour)
			for _, c := range []struct{ id, want string }{
				{id, "expire 1"}, {"", "new 1"}, {"invalid", "new 1"}, {strings.Repeat("0", 64), "new 1"},
			} {
				g := p.guest(t)
				if c.id != "" {
					g.cookies[s.cookie] = c.id
				}
				g.want("/p.lc", c.want)
				if g.sessionID(s.cookie) == c.id {
					t.Errorf("the id %q was taken", c.id)
				}
				g.want("/p.lc", "load 2")
			}
		}},
		{"LA17", both(
			native("p", `<?lc `+start(`, track = "link", parameter = "-lassosession", absoluteLinks = false`)+`s.data.x = 1 ?>`+lassoLinks),
			compat(lasso, "p", `<?lc session_start("p", {useLink = true}) session_addVar("p", "x") x = 1 ?>`+lassoLinks),
		), func(t *testing.T, p *pageSite, s spelling) {
			body := p.guest(t).page("/p.lc")
			id := regexp.MustCompile(`[0-9a-f]{64}`).FindString(body)
			if id == "" {
				t.Fatalf("no id in\n%s", body)
			}
			token := "-lassosession=" + id + "_p"
			want := strings.NewReplacer(
				`<a href="go.lc">`, `<a href="go.lc?`+token+`">`,
				`<a href="/go.lc?x=1#part">`, `<a href="/go.lc?x=1&amp;`+token+`#part">`,
				`<form action="go.lc" method="post">`, `<form action="go.lc?`+token+`" method="post">`,
				"<?= request.host ?>", p.host,
			).Replace(lassoLinks)
			if got := hiddenField.ReplaceAllString(body, ""); got != want {
				t.Errorf("the links are\n%s\nwant\n%s", got, want)
			}
		}},
		{"LA18", both(
			native(
				"set", `<?lc `+start(`, track = "link", parameter = "-lassosession"`)+`s.data.x = 1 put(s.token) ?><form method="post" action="see.lc"><input name="f"></form>`,
				"see", `<?lc `+start(`, track = "link", parameter = "-lassosession"`)+`put(tostring(s.data.x), " ", tostring(_POST.f)) ?>`),
			compat(lasso,
				"set", `<?lc session_start("p", {useLink = true}) session_addVar("p", "x") x = 1 put("-lassosession=", session_id("p"), "_p") ?><form method="post" action="see.lc"><input name="f"></form>`,
				"see", `<?lc session_start("p", {useLink = true}) put(tostring(x), " ", tostring(_POST.f)) ?>`),
		), func(t *testing.T, p *pageSite, s spelling) {
			body := p.guest(t).page("/set.lc")
			// The token is good behind the ? of a URL.
			token, _, _ := strings.Cut(body, "<")
			p.guest(t).want("/see.lc?"+token, "1 nil")
			// The field that was added leads to the session.
			m := hiddenField.FindStringSubmatch(body)
			if m == nil || m[1] != "-lassosession" {
				t.Fatalf("no hidden field in the form:\n%s", body)
			}
			field := url.Values{m[1]: {html.UnescapeString(m[2])}, "f": {"x"}}
			if got := p.guest(t).form("/see.lc", field.Encode()); got != "1 x" {
				t.Errorf("the form with %v leads to %q", field, got)
			}
			// So does one that is written by hand.
			id := regexp.MustCompile(`[0-9a-f]{64}`).FindString(token)
			field = url.Values{"-lassosession": {"p:" + id}, "f": {"y"}}
			if got := p.guest(t).form("/see.lc", field.Encode()); got != "1 y" {
				t.Errorf("the form with %v leads to %q", field, got)
			}
		}},
		{"LA19", both(
			native("ftl", `<?lc `+start("")+ftl("s.data.")),
			compat(lasso, "ftl", `<?lc session_start("p")
				for name in ("realName favoriteColor warpDrive"):gmatch("%a+") do session_addVar("p", name) end `+ftl("")),
		), func(t *testing.T, p *pageSite, _ spelling) {
			g := p.guest(t)
			first := g.page("/ftl.lc")
			if strings.Contains(first, "checked") || strings.Contains(first, "selected") {
				t.Errorf("a new visitor sees\n%s", first)
			}
			filled := g.form("/ftl.lc", "realName=Ada+%22L%22&favoriteColor=red&warpdrive=warpdrive&submit=Submit")
			for _, body := range []string{filled, g.page("/ftl.lc")} { // "Reload This Page"
				for _, part := range []string{`value="Ada &#34;L&#34;"`, `<option value="red" selected>`, `name="warpdrive" checked`} {
					if !strings.Contains(body, part) {
						t.Errorf("the form lacks %s:\n%s", part, body)
					}
				}
			}
			// A box that is not checked is not sent.
			if body := g.form("/ftl.lc", "realName=Ada&favoriteColor=blue&submit=Submit"); strings.Contains(body, "checked") {
				t.Errorf("the box is still checked:\n%s", body)
			}
		}},
	}
}

// ftl is the preferences form of Lasso's documents after the session is started.
// The variables stand behind the prefix.
func ftl(prefix string) string {
	return strings.ReplaceAll(`
if _POST.submit then
  V.realName, V.favoriteColor, V.warpDrive = _POST.realName, _POST.favoriteColor, _POST.warpdrive
end ?>
<form method="post"><input name="realName" value="<?= V.realName ?>">
<select name="favoriteColor"><?lc for _, color in ipairs{"blue", "red", "green"} do
  ?><option value="<?= color ?>"<?lc if V.favoriteColor == color then ?> selected<?lc end ?>><?= color ?></option><?lc end ?></select>
<input type="checkbox" value="warpdrive" name="warpdrive"<?lc if V.warpDrive then ?> checked<?lc end ?>>
<input type="submit" name="submit" value="Submit"> <a href="ftl.lc">Reload This Page</a></form>`, "V.", prefix)
}

// hiddenField is a field that link tracking adds to a form.
var hiddenField = regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`)
