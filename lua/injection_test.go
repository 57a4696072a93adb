package lua_test

import (
	"slices"
	"strings"
	"testing"
)

// headerMakers are the functions by which a page makes headers, each with a text v in
// it, and the bytes that may stand in that text: as they are, or escaped.
var headerMakers = []struct {
	member, code string
	plain        string // a text that is right
	allowed      string
}{
	{"status", "response.status(v)", "201", ""},
	{"header", "response.header(v, 'x')", "X-A", ""},
	{"header", "response.header('X-A', v)", "x", "; ,\"/\xe9\t"},
	{"addHeader", "response.addHeader(v, 'x')", "X-A", ""},
	{"addHeader", "response.addHeader('X-A', v)", "x", "; ,\"/\xe9\t"},
	{"removeHeader", "response.removeHeader(v)", "X-A", ""},
	{"type", "response.type(v)", "text/x", ""},
	{"type", "response.type(v)", `text/x; a="b"`, "; ,/\xe9\t"},
	{"header", "response.header('Content-Type', v)", "text/x", ""},
	{"addHeader", "response.addHeader('content-type', v)", "text/x", ""},
	{"type", "response.type(v)", "text/x; a=b", ""}, // "b;y" lacks a value
	{"cookie", "response.cookie(v, 'x')", "a", ""},
	{"cookie", "response.cookie('a', v)", "x", "\r\n\x00\x01\x1b\x7f; ,\"/\xe9\t"}, // escaped, all of them
	{"cookie", "response.cookie('a', 'x', {path = v})", "/x", " ,\"/\xe9"},
	{"cookie", "response.cookie('a', 'x', {domain = v})", "x", ""},
	{"cookie", "response.cookie('a', 'x', {sameSite = v})", "Lax", ""},
	{"deleteCookie", "response.deleteCookie(v)", "a", ""},
	{"deleteCookie", "response.deleteCookie('a', {path = v})", "/x", " ,\"/\xe9"},
	{"deleteCookie", "response.deleteCookie('a', {domain = v})", "x", ""},
	{"redirect", "response.redirect(v)", "/x", "; ,\"/\xe9"},
	{"redirect", "redirect(v)", "https://x.example/", "; ,\"/\xe9"},
	{"redirect", "redirect('/x', v)", "303", ""},
	{"sendFile", "response.sendFile(v)", "a.txt", ""},
	{"sendFile", "response.sendFile(v, {root = '.', download = true})", "a.txt", ""}, // 404
	{"sendFile", "response.sendFile('a.txt', {root = v})", ".", ""},
	{"sendFile", "response.sendFile('a.txt', {name = v})", "x", "; ,\"/\xe9"},
	{"sendFile", "response.sendFile('a.txt', {name = v, download = false})", "x", "; ,\"/\xe9"},
	{"sendFile", "response.sendFile('a.txt', {type = v})", "text/x", ""},
	{"sendFile", "response.sendFile('a.txt', {etag = v})", "x", ";,/\xe9"},
	{"sendFile", "response.sendFile('a.txt', {maxAge = v})", "", ""},
	{"cache", "response.cache{etag = v}", "x", ";,/\xe9"},
	{"cache", "response.cache{etag = v}", `"x"`, ";,/\xe9"},
	{"cache", "response.cache{vary = v}", "X-A", ","},
	{"cache", "response.cache{vary = {v}}", "X-A", ""},
	{"cache", "response.cache{maxAge = v}", "", ""},
	{"cache", "response.cache{public = v}", "", ""},
	{"cache", "response.cache{modified = v}", "", ""},
	{"flush", "response.header('X-A', v) response.flush()", "x", "; ,\"/\xe9\t"},
	{"", "put header v", "X-A: x", "; ,\"/\xe9\t"},
	{"", "put header v .. ': x'", "X-A", ""},
	{"", "put header 'X-A: ' .. v", "x", "; ,\"/\xe9\t"},
	{"", "session.start{name = v}.data.n = 1", "a", ""},
	{"", "session.start{cookie = {name = v}}.data.n = 1", "a", ""},
	{"", "session.start{cookie = {path = v}}.data.n = 1", "/x", " ,\"/\xe9"},
	{"", "session.start{cookie = {domain = v}}.data.n = 1", "x", ""},
	{"", "session.start{cookie = {sameSite = v}}.data.n = 1", "Lax", ""},
}

// TestHeaderInjection: what a page makes a header of never becomes a second one
// (CWE-113).
func TestHeaderInjection(t *testing.T) {
	s := newSite(t, map[string]string{"a.txt": "text", "members.lc": "<?lc for name in pairs(response) do put(name, ' ') end ?>"})
	members := strings.Fields(s.do("/members.lc", "").body.String())
	for _, member := range members {
		if !slices.ContainsFunc(headerMakers, func(m struct{ member, code, plain, allowed string }) bool { return m.member == member }) {
			t.Errorf("response.%s is not in the table", member)
		}
	}
	for _, m := range headerMakers {
		if m.member != "" && !slices.Contains(members, m.member) {
			t.Errorf("there is no response.%s", m.member)
		}
		s.cookies = map[string]string{}
		s.write("p.lc", "<?lc local v = _SERVER.VALUE "+m.code+" ?>")
		plain := s.do("/p.lc", "", "VALUE", m.plain)
		if m.plain != "" && plain.status >= 400 {
			t.Errorf("%s with %q: %d, log %q", m.code, m.plain, plain.status, s.log)
		}
		for _, value := range injected(m.plain) {
			s.cookies, s.log = map[string]string{}, nil
			a := s.do("/p.lc", "", "VALUE", value.text)
			if allowed := strings.Contains(m.allowed, value.char); allowed != (a.status < 400) {
				t.Errorf("%s with %q: status %d, log %q", m.code, value.text, a.status, s.log)
			} else if !allowed && (len(s.log) != 1 || !strings.Contains(s.log[0], "p.lc:1: ")) {
				t.Errorf("%s with %q: it is no error of Lua's: log %q", m.code, value.text, s.log)
			}
			cookies := 0
			for _, f := range a.header {
				if strings.ContainsAny(f.Name, "\r\n\x00: ") || strings.ContainsAny(f.Value, "\r\n\x00\x01\x1b\x7f") {
					t.Errorf("%s with %q: header %q", m.code, value.text, f)
				}
				if f.Name == "Set-Cookie" {
					cookies++
					if strings.Contains(f.Value, "; y") || strings.HasPrefix(f.Value, "evil") {
						t.Errorf("%s with %q: cookie %q", m.code, value.text, f.Value)
					}
				}
			}
			if a.status < 400 && len(a.header) != len(plain.header) || cookies > 1 {
				t.Errorf("%s with %q: headers %q, but with %q %q", m.code, value.text, a.header, m.plain, plain.header)
			}
		}
	}
}

// injected returns the texts that an attacker makes of plain, each with the one
// character that does it.
func injected(plain string) (list []struct{ char, text string }) {
	inner, quoted := strings.CutSuffix(plain, `"`)
	quote := map[bool]string{true: `"`}[quoted]
	isNumber := plain != "" && strings.Trim(plain, "0123456789") == "" // white space around it is none of it
	add := func(char, text string) { list = append(list, struct{ char, text string }{char, text}) }
	for _, char := range strings.Split("\r|\n|\x00|\x01|\x1b|\x7f|;| |,|\"|/|\xe9|\t", "|") {
		add(char, inner+char+"y"+quote)
		if strings.Contains("\r\n\x00", char) {
			add(char, inner+char+"Set-Cookie: evil=1"+quote)
			if !isNumber {
				add(char, char+plain)
				add(char, plain+char)
			}
		}
	}
	return list
}
