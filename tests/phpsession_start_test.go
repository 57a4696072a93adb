package tests

import (
	"strings"
	"testing"
)

const phpStartPage = `<?lc local s = session.start{} `

func phpStart() []phpRow {
	return []phpRow{
		{"001", "several starts in a page, with nested data", phpStartPage + `
			for i = 1, 3 do session.start{}.data.a = {b = {c = {i, {d = i}}}} session.start{}:stop() end
			put(session.start{}.data.a.b.c[2].d) ?>`, []string{"", "3", "", "3"}, nil},
		{"005", "a session that is stopped and started again goes on", phpStartPage + `
			s.data.hits = (s.data.hits or 0) + 1 s:stop() local t = session.start{} t.data.hits = t.data.hits + 1 put(t.data.hits) ?>`,
			[]string{"", "2", "", "4"}, nil},
		{"017", "data that is set before a start is an error that says so", `<?lc put(tostring(pcall(function() _SESSION.x = 1 end))) ?>`, []string{"", "false"}, nil},
		{"ours-table-before-start", "a table put into _SESSION before the start is not the session's", `<?lc _SESSION = {x = 1} start session put(tostring(_SESSION.x)) ?>`,
			[]string{"", "nil", "", "nil"}, nil},
		{"session_start_variation1", "starting again is no second session", phpStartPage + `
			s.data.n = s.data.n or 0 for i = 1, 5 do local t = session.start{} t.data.n = t.data.n + 1 end put(s.data.n, tostring(s == session.start{})) ?>`,
			[]string{"", "5true", "", "10true"}, nil},
		{"session_start_variation2", "start and delete, again and again", `<?lc
			for i = 1, 5 do local s = session.start{} s.data.n = i s:delete() end put(session.count() >= 0 and "done") ?>`, []string{"", "done"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page, "done")
				if len(g.cookies) != 0 {
					t.Errorf("cookies stay: %v", g.cookies)
				}
			}},
		{"session_start_variation3", "start and stop, again and again", `<?lc
			for i = 1, 5 do local s = session.start{} s.data.n = (s.data.n or 0) + 1 s:stop() end put(session.start{}.data.n) ?>`, []string{"", "5", "", "10"}, nil},
		{"session_start_variation4", "data is there after stop and start", phpStartPage + `
			s.data.colour, s.data.age = "green", 6 s:stop() local t = session.start{} put(t.data.colour, t.data.age) ?>`, []string{"", "green6"}, nil},
		{"session_start_variation5", "data is gone after delete and start", phpStartPage + `
			s.data.colour = "green" s:save() s:delete() put(tostring(session.start{}.data.colour)) ?>`, []string{"", "nil", "", "nil"}, nil},
		{"session_start_variation6", "a start after output", `<p>text</p>` + phpStartPage + ` s.data.n = (s.data.n or 0) + 1 put(s.data.n) ?>`,
			[]string{"", "<p>text</p>1", "", "<p>text</p>2"}, nil},
		{"session_start_variation7", "an empty session replaces what was there before the start", `<?lc _SESSION = {blah = "foo"} local s = session.start{} put(tostring(s.data.blah), tostring(_SESSION.blah)) ?>`,
			[]string{"", "nilnil"}, nil},
		{"session_start_variation8", "there is no session before the start and after the end", `<?lc
			put(tostring(session.get() == nil)) local s = session.start{} put(" ", #s.id, " ", tostring(session.get() == s)) s:delete() put(" ", tostring(session.get() == nil)) ?>`,
			[]string{"", "true 64 true true"}, nil},
		{"session_start_error", "wrong options are errors", `<?lc for _, options in ipairs{{nothing = 1}, {name = {}}, {lifetime = "x"}, {readonly = 1}, {track = "all"}, {cookie = true}} do
			put(tostring(pcall(session.start, options)), " ") end put(tostring(pcall(session.start, 5))) ?>`, []string{"", strings.Repeat("false ", 6) + "false"}, nil},
		{"session_start_read_and_close", "a session that is only read is not locked", `<?lc
			if _GET.set then session.start{}.data.n = 1 end local s = session.start{readonly = true} put(s.data.n or 0) ?>`, []string{"set=1", "1", "", "1"},
			func(t *testing.T, p *pageSite, page string) {
				g := p.guest(t)
				g.want(page+"?set=1", "1")
				answers := atOnce(t, p, g.cookies, page, page, page, page)
				for _, r := range answers {
					if string(r.Body) != "1" {
						t.Errorf("the page shows %s", r.Body)
					}
				}
			}},
		{"session_basic1", "two sessions by their ids in one page", `<?lc
			local a = session.start{name = "a"} a.data.v = "one" local first = a.id a:stop()
			local b = session.start{name = "b"} b.data.v = "two" local second = b.id b:stop()
			put(session.start{name = "a", id = first}.data.v, session.start{name = "b", id = second}.data.v, tostring(first ~= second)) ?>`, []string{"", "onetwotrue"}, nil},
		{"session_basic2", "sessions of two names do not mix", `<?lc local a, b = session.start{name = "a"}, session.start{name = "b"}
			put(tostring(a.data.v), tostring(b.data.v)) a.data.v, b.data.v = "A", "B" ?>`, []string{"", "nilnil", "", "AB"}, nil},
		{"session_status", "get says whether a session is open", `<?lc put(tostring(session.get())) local s = session.start{} put(" ", type(session.get())) s:stop() put(" ", tostring(session.get())) ?>`,
			[]string{"", "nil userdata nil"}, nil},
		{"bug65475", "a start inside a function that another calls", `<?lc local function start() return session.start{} end local function outer() local s = start() s.data.n = (s.data.n or 0) + 1 return s end
			put(outer().data.n) ?>`, []string{"", "1", "", "2"}, nil},
		{"ours-empty-cookie", "a start where the cookie has no value", phpStartPage + `put(s.result) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				for _, cookie := range []string{"LCSESSION=", "LCSESSION", "=", "; ;LCSESSION=;"} {
					p.guest(t).want(page, "new")
					if r := p.guest(t).get(page, "Cookie: "+cookie); string(r.Body) != "new" {
						t.Errorf("Cookie %q: %d %s", cookie, r.Status, r.Body)
					}
				}
			}},
		{"gh-16372", "a start after the headers are sent is an error that says where", "<?lc\nresponse.flush() local ok, err = pcall(session.start, {}) put(tostring(ok), \" \", (err:find(\"flush\", 1, true) and err:find(\".lc:2\", 1, true)) and \"says\" or err) ?>",
			[]string{"", "false says"}, nil},
		{"bug74941", "a page goes on after a start that came too late", `<?lc response.flush() put(tostring(pcall(session.start, {}))) ?>`, []string{"", "false"}, nil},
		{"013", "another session after the first is deleted", `<?lc for i = 1, 2 do local s = session.start{} s.data.n = i s:delete() end put("ok") ?>`, []string{"", "ok"}, nil},
		{"030", "a session of another name after the first is deleted", `<?lc for _, name in ipairs{"a", "b"} do local s = session.start{name = name} s.data.n = 1 s:save() s:delete() end put("ok") ?>`, []string{"", "ok", "", "ok"}, nil},
		{"bug80774", "a name with a backslash is refused", `<?lc put(tostring(pcall(session.start, {name = "a\\b"}))) ?>`, []string{"", "false"}, nil},
	}
}

func phpIDs() []phpRow {
	return []phpRow{
		{"session_id_basic", "the id can be named before the start, if we have issued it", `<?lc
			if _GET.make then local s = session.start{} s.data.n = 7 put(s.id) else sessionID = _GET.id start session put(tostring(_SESSION.n), tostring(sessionID == _GET.id)) end ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				id := p.guest(t).page(page + "?make=1")
				p.guest(t).want(page+"?id="+id, "7true")
				p.guest(t).want(page+"?id="+strings.Repeat("0", 64), "nilfalse")
			}},
		{"session_id_basic2", "ids are of the same length and of hex digits", phpStartPage + `put(tostring(s.id:match("^[0-9a-f]+$") ~= nil), #s.id) ?>`, []string{"", "true64", "", "true64"}, nil},
		{"session_id_error", "an id that is no string is an error", `<?lc for _, id in ipairs{true, {}, print} do put(tostring(pcall(session.start, {id = id}))) end ?>`, []string{"", "falsefalsefalse"}, nil},
		{"session_id_error2", "the id of an open session cannot be set", phpStartPage + `put(tostring(pcall(function() s.id = "x" end)), #s.id) ?>`, []string{"", "false64"}, nil},
		{"session_id_error3", "ids of odd characters are passed over", `<?lc local made = 0
			for _, id in ipairs{"!", "?><", "\163$%^&*()", "\r\n", "\0", "\172@~:{>?><,./[]+--", "", "../x", ("a"):rep(100000)} do
				local s = session.start{id = id} s.data.n = 1 if s.id ~= id and #s.id == 64 then made = made + 1 end s:delete() end put(made) ?>`, []string{"", "9"}, nil},
		{"session_id_error4", "an id of somebody else's form is not taken", phpStartPage + `s.data.n = 1 put(s.result) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				for _, id := range []string{"d41d8cd98f00b204e9800998ecf8427e", "abc-DEF,123", strings.Repeat("A", 64)} {
					g := p.withID(t, "LCSESSION", id)
					g.want(page, "new")
					if g.sessionID("LCSESSION") == id {
						t.Errorf("the id %s was taken", id)
					}
				}
			}},
		{"session_create_id_basic", "every new id is another", `<?lc local seen, n = {}, 0
			for i = 1, 50 do local s = session.start{name = "n" .. i} if not seen[s.id] then n = n + 1 end seen[s.id] = true end put(n) ?>`, []string{"", "50"}, nil},
		{"bug68063", "an empty id is no session", phpStartPage + `s.data.n = (s.data.n or 0) + 1 put(s.data.n, #s.id) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				g := p.withID(t, "LCSESSION", "")
				g.want(page, "164")
				p.withID(t, "LCSESSION", "").want(page, "164")
			}},
		{"bug66827", "a parameter that is an array is no id", `<?lc local s = session.start{track = "both"} put(s.result) ?>`,
			[]string{"LCSESSION[]=x", "new", "LCSESSION[a][b]=x", "new"},
			func(t *testing.T, p *pageSite, page string) {
				if r := p.guest(t).get(page, "Cookie: LCSESSION[]=x; LCSESSION[a]=y"); string(r.Body) != "new" {
					t.Errorf("a cookie that is an array: %d %s", r.Status, r.Body)
				}
			}},
		{"bug79091", "an id that comes twice is issued once", phpStartPage + `s.data.n = 1 put(s.id) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				seen := map[string]bool{}
				for range 20 {
					seen[p.guest(t).page(page)] = true
				}
				if len(seen) != 20 {
					t.Errorf("20 visitors have %d ids", len(seen))
				}
			}},
		{"bug79413", "an id can be asked for while the session is open", phpStartPage + `s.data.n = 1 local a = s.id s:save() put(tostring(a == s.id)) ?>`, []string{"", "true", "", "true"}, nil},
		{"ours-token", "the token leads to the session", `<?lc local s = session.start{track = "both"} s.data.n = (s.data.n or 0) + 1 put(tostring(s.token == "LCSESSION=" .. s.id)) ?>`, []string{"", "true"}, nil},
		{"ours-token-twice", "reading the token twice is the same", phpStartPage + `put(tostring(s.token == s.token)) ?>`, []string{"", "true"}, nil},
		{"ours-token-rotated", "the token is that of the id after a rotation", `<?lc local s = session.start{track = "both"} s.data.n = 1 local before = s.token s:rotate() put(tostring(s.token ~= before), tostring(s.token == "LCSESSION=" .. s.id)) ?>`,
			[]string{"", "truetrue"}, nil},
		{"bug72940", "a session that is tracked by cookie has a token too", phpStartPage + `put(tostring(s.token:find(s.id, 1, true) ~= nil)) ?>`, []string{"", "true"}, nil},
		{"SID_type_confusion", "the token is a string, whatever the page does to it", phpStartPage + `put(tostring(pcall(function() s.token = {} end)), type(s.token)) ?>`, []string{"", "falsestring"}, nil},
		{"bug74833", "the token of each start is that of its session", `<?lc local a, b = session.start{name = "a"}, session.start{name = "b"} put(a.token:sub(1, 2), b.token:sub(1, 2)) ?>`, []string{"", "a=b="}, nil},
	}
}

func phpNames() []phpRow {
	return []phpRow{
		{"session_name_basic", "the name is that of the cookie", `<?lc local s = session.start{name = _GET.name} s.data.n = 1 put(s.name) ?>`, nil,
			func(t *testing.T, p *pageSite, page string) {
				for _, name := range []string{"a", "blah", "Session_1", "x-y.z", strings.Repeat("n", 64)} {
					g := p.guest(t)
					g.want(page+"?name="+name, name)
					g.sessionID(name)
				}
			}},
		{"session_name_error", "names that no cookie can have are refused", `<?lc local refused = 0
			for _, name in ipairs{" ", "a b", "a;b", "a=b", "a,b", "\n", "\0", "a\0", "ü", "a\t", "[]", ("n"):rep(65)} do
				if not pcall(session.start, {name = name}) then refused = refused + 1 end end put(refused) ?>`, []string{"", "12"}, nil},
		{"session_name_variation1", "a name with blanks around it is refused", `<?lc put(tostring(pcall(session.start, {name = " a "})), tostring(pcall(session.start, {name = "\ta"}))) ?>`, []string{"", "falsefalse"}, nil},
		{"session_name_variation2", "a name counts for the start that it is given to", `<?lc sessionName = "first" start session _SESSION.n = (_SESSION.n or 0) + 1 sessionName = "second" put(session.get().name, _SESSION.n) ?>`,
			[]string{"", "first1", "", "first2"}, nil},
		{"bug66481", "without a name it is LCSESSION", `<?lc sessionName = nil start session put(session.get().name, " ", session.start{}.name, " ") sessionName = "" start session put(session.get().name) ?>`,
			[]string{"", "LCSESSION LCSESSION LCSESSION"}, nil},
		{"bug72681", "keys with the separators of encodings are keys like others", phpStartPage + `s.data["a|b"], s.data["!;:{}"], s.data["s:1:\"x\";"] = 1, 2, 3 s:stop()
			local d = session.start{}.data put(d["a|b"], d["!;:{}"], d["s:1:\"x\";"]) ?>`, []string{"", "123"}, nil},
	}
}
