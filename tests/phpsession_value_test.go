package tests

import (
	"strings"
	"testing"

	"lcgi/tests/wire"
)

func phpValues() []phpRow {
	const twice = ` s:stop() s = session.start{} `
	return []phpRow{
		{"ours-nested", "nested tables come back nested", phpStartPage + `s.data.a = {b = {c = "x"}}` + twice + `put(s.data.a.b.c) ?>`, []string{"", "x"}, nil},
		{"006", "a table that stands in two places is stored twice", phpStartPage + `local t = {1} s.data.a, s.data.b = t, t` + twice + `s.data.a[1] = 2 put(s.data.b[1]) ?>`, []string{"", "1"}, nil},
		{"ours-nested-change", "changes in nested tables are stored", phpStartPage + `s.data.list = s.data.list or {} table.insert(s.data.list, {n = #s.data.list + 1}) put(s.data.list[#s.data.list].n) ?>`, []string{"", "1", "", "2", "", "3"}, nil},
		{"ours-globals", "globals of the page are not the session's", phpStartPage + `x = (x or 0) + 1 s.data.x = (s.data.x or 0) + 10 put(x, " ", s.data.x) ?>`, []string{"", "1 10", "", "1 20"}, nil},
		{"bug71972", "a cycle is refused", phpStartPage + `local t = {} t.t = t s.data.t = t put(tostring(pcall(s.save, s))) s:abort() ?>`, []string{"", "false"}, nil},
		{"ours-empty-values", "false and empty values are values", phpStartPage + `s.data.f, s.data.e, s.data.t = false, "", {}` + twice + `put(tostring(s.data.f), "[", s.data.e, "]", type(s.data.t), tostring(s.data.none)) ?>`, []string{"", "false[]tablenil"}, nil},
		{"session_encode_basic", "values of all types", phpStartPage + `s.data.n, s.data.s, s.data.b = 1.5, "x", true` + twice + `put(type(s.data.n), type(s.data.s), type(s.data.b)) ?>`, []string{"", "numberstringboolean"}, nil},
		{"session_encode_error2", "numbers as keys", phpStartPage + `s.data[1], s.data[0.5], s.data[-1] = "a", "b", "c"` + twice + `put(s.data[1], s.data[0.5], s.data[-1]) ?>`, []string{"", "abc"}, nil},
		{"session_encode_variation1", "an empty session", phpStartPage + `put(tostring(next(s.data))) s:save() s:save() ?>`, []string{"", "nil"}, nil},
		{"session_encode_variation2", "one variable", phpStartPage + `s.data.foo = "bar"` + twice + `put(s.data.foo) ?>`, []string{"", "bar"}, nil},
		{"session_encode_variation3", "a list", phpStartPage + `s.data.foo = {1, 2, 3}` + twice + `put(#s.data.foo, s.data.foo[3]) ?>`, []string{"", "33"}, nil},
		{"session_encode_variation4", "a map", phpStartPage + `s.data.foo = {["x y"] = 1}` + twice + `put(s.data.foo["x y"]) ?>`, []string{"", "1"}, nil},
		{"session_encode_variation5", "a list in itself by a copy", phpStartPage + `local t = {1, 2, 3} s.data.foo = {t, {t}}` + twice + `put(s.data.foo[2][1][3]) ?>`, []string{"", "3"}, nil},
		{"session_encode_variation6", "keys that look like numbers", phpStartPage + `s.data["1"], s.data[1] = "text", "number"` + twice + `put(s.data["1"], s.data[1]) ?>`, []string{"", "textnumber"}, nil},
		{"session_encode_variation7", "the page's own table is not changed by saving", phpStartPage + `local t = {1, {2}} s.data.t = t s:save() t[2][1] = 9 put(s.data.t[2][1]) ?>`, []string{"", "9", "", "9"}, nil},
		{"session_encode_variation8", "strings with quotes, line breaks and NUL", phpStartPage + `s.data.x = "\"'\r\n\0\\"` + twice + `put(tostring(s.data.x == "\"'\r\n\0\\")) ?>`, []string{"", "true"}, nil},
	}
}

func phpPrecedence() []phpRow {
	return []phpRow{
		{"bug51338", "an id in the query is nothing where only cookies count", phpStartPage + `put(tostring(s.data.n)) s.data.n = 1 ?><a href="x">x</a>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				if body := g.page(page); sessionIDs.MatchString(body) {
					t.Errorf("a link is decorated: %s", body)
				}
				p.guest(t).want(page+"?LCSESSION="+g.sessionID("LCSESSION"), `nil<a href="x">x</a>`)
			}},
		{"ours-precedence", "option, cookie, query, form: the first that is alive", `<?lc local s = session.start{id = _GET.id, track = "both"} s.data.who = s.data.who or _GET.who put(s.data.who) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				id := map[string]string{"": strings.Repeat("0", 64)}
				for _, who := range []string{"option", "cookie", "query", "form"} {
					g := p.guest(t)
					g.want(page+"?who="+who, who)
					id[who] = g.sessionID("LCSESSION")
				}
				for _, c := range [][5]string{ // option, cookie, query, form: who they are; and who it is
					{"option", "cookie", "query", "form", "option"},
					{"", "cookie", "query", "form", "cookie"},
					{"", "", "query", "form", "query"},
					{"", "", "", "form", "form"},
					{"", "", "", "", "nobody"},
				} {
					r, err := p.send(wire.Post(page+"?who=nobody&id="+id[c[0]]+"&LCSESSION="+id[c[2]], "LCSESSION="+id[c[3]], "Cookie: LCSESSION="+id[c[1]]))
					if err != nil || string(r.Body) != c[4] {
						t.Errorf("%q: %v %+v", c, err, r)
					}
				}
			}},
		{"ours-several-cookies", "of several cookies of one name the first that is alive", phpStartPage + `s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "1")
				id := g.sessionID("LCSESSION")
				r := p.guest(t).get(page, "Cookie: LCSESSION=x; LCSESSION="+strings.Repeat("0", 64)+"; LCSESSION="+id)
				if string(r.Body) != "2" {
					t.Errorf("the page shows %s", r.Body)
				}
			}},
		{"ours-other-name", "a cookie of another name is another session", `<?lc local s = session.start{name = "mine"} s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "1")
				p.withID(t, "LCSESSION", g.sessionID("mine")).want(page, "1")
				p.withID(t, "MINE", g.sessionID("mine")).want(page, "1")
				p.withID(t, "mine", g.sessionID("mine")).want(page, "2")
			}},
	}
}
