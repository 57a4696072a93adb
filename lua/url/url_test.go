package url_test

import (
	"context"
	"errors"
	neturl "net/url"
	"strings"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/moduletest"
	"lcgi/lua/url"
)

// globals has the module.
func globals() moduletest.Globals {
	return moduletest.Globals{"url": moduletest.Loaded(url.Module(parseQuery))}
}

// parseQuery makes tables as pages have them, without regard to large indexes.
func parseQuery(L *glua.LState, query string) (*glua.LTable, error) {
	fields, err := cgi.NewRequest(cgi.Env{"QUERY_STRING": query}, nil, cgi.Limits{}).Get()
	if err != nil {
		return nil, errors.New("too many")
	}
	tree, err := cgi.Nest(fields)
	if err != nil {
		return nil, err
	}
	var table func(tree *cgi.Tree) *glua.LTable
	table = func(tree *cgi.Tree) *glua.LTable {
		t := L.NewTable()
		for _, e := range tree.Entries() {
			key := glua.LValue(glua.LString(e.Key.Name))
			if e.Key.IsIndex {
				key = glua.LNumber(e.Key.Index)
			}
			if e.Tree != nil {
				t.RawSet(key, table(e.Tree))
			} else {
				t.RawSet(key, glua.LString(e.Value))
			}
		}
		return t
	}
	return table(tree), nil
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"https://ann:se%40cret@Example.ORG:8443/a/b%2Fc?q=1&r[]=2#top", "scheme=https user=ann password=se%40cret host=example.org port=8443 path=/a/b%2Fc query=q=1&r[]=2 fragment=top"},
		{"HTTP://example.org", "scheme=http host=example.org path="},
		{"http://example.org?#", "scheme=http host=example.org path= query= fragment="},
		{"/cart.lc?add=5", "path=/cart.lc query=add=5"},
		{"?a=b", "path= query=a=b"},
		{"#x", "path= fragment=x"},
		{"", "path="},
		{"../x", "path=../x"},
		{"//cdn.example/x", "host=cdn.example path=/x"},
		{"mailto:ann@example.org?subject=Hi", "scheme=mailto path=ann@example.org query=subject=Hi"},
		{"javascript:alert(1)", "scheme=javascript path=alert(1)"},
		{"file:///etc/motd", "scheme=file host= path=/etc/motd"},
		{"http://[2001:DB8::1]:80/", "scheme=http host=2001:db8::1 port=80 path=/"},
		{"http://192.0.2.1:/x", "scheme=http host=192.0.2.1 path=/x"},
		{"http://bücher.example/ä?ö#ü", "scheme=http host=bücher.example path=/ä query=ö fragment=ü"},
		{"http://h/?q=100%", "scheme=http host=h path=/ query=q=100%"},
		{"http://h/a?b?c#d#e", "scheme=http host=h path=/a query=b?c fragment=d#e"},
		{"http://@h", "scheme=http user= host=h path="},
		{"localhost:8080/x", "scheme=localhost path=8080/x"},
		{"a/b:c", "path=a/b:c"},
		{"http://h//x", "scheme=http host=h path=//x"},

		{"http://a b/", `"http://a b/" is no URL: a space cannot stand in it (byte 9); it is written %20`},
		{"http://evil.example\\@good.example/", `"http://evil.example\\@good.example/" is no URL: '\\' cannot stand in it (byte 20); it is written %5C`},
		{"http://a\r\nb", `"http://a\r\nb" is no URL: '\r' cannot stand in it (byte 9); it is written %0D`},
		{"x\x00", `"x\x00" is no URL: '\x00' cannot stand in it (byte 2); it is written %00`},
		{"<a>", `"<a>" is no URL: '<' cannot stand in it (byte 1); it is written %3C`},
		{"http://a@b@c/", `"http://a@b@c/" is no URL: there are two @ before the path; in a password it is written %40`},
		{"http://", `"http://" is no URL: the host is missing`},
		{"https:///x", `"https:///x" is no URL: the host is missing`},
		{"http:x", `"http:x" is no URL: after http: two slashes and a host are expected`},
		{"http://h:x/", `"http://h:x/" is no URL: "x" is no port, which is a number up to 65535`},
		{"http://h:65536", `"http://h:65536" is no URL: "65536" is no port, which is a number up to 65535`},
		{"http://h:+1", `"http://h:+1" is no URL: "+1" is no port, which is a number up to 65535`},
		{"http://h:000080", `"http://h:000080" is no URL: "000080" is no port, which is a number up to 65535`},
		{"http://a:b:c", `"http://a:b:c" is no URL: "b:c" is no port, which is a number up to 65535`},
		{"http://[::1", `"http://[::1" is no URL: the ] behind the host is missing`},
		{"http://[::1]x", `"http://[::1]x" is no URL: there is "x" behind the host`},
		{"http://[1.2.3.4]", `"http://[1.2.3.4]" is no URL: "1.2.3.4" is no IPv6 address`},
		{"http://[fe80::1%25eth0]", `"http://[fe80::1%25eth0]" is no URL: "fe80::1%25eth0" is no IPv6 address`},
		{"http://ex%61mple.org", `"http://ex%61mple.org" is no URL: '%' cannot stand in a host`},
		{"http://a[b", `"http://a[b" is no URL: '[' cannot stand in a host`},
		{":x", `":x" is no URL: "" stands before the first colon, and is no scheme`},
		{"1a:x", `"1a:x" is no URL: "1a" stands before the first colon, and is no scheme`},
		{"ä:x", `"ä:x" is no URL: "ä" stands before the first colon, and is no scheme`},
		{"a\xff", `"a\xff" is no URL: it is not UTF-8`},
		{strings.Repeat("ä", 1000) + " ", `"` + strings.Repeat("ä", 80) + `…" is no URL: a space cannot stand in it (byte 2001); it is written %20`},
	} {
		got := moduletest.Eval(t.Context(), t, globals(), `local u, why = url.parse(`+luaString(c.text)+`)
			if not u then return why end
			local r = {}
			for name, value in pairs(u) do r[#r + 1] = name .. "=" .. value end
			return table.concat(r, " ")`)
		if got != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.text, got, c.want)
		}
	}
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return type(url.parse("http://h:80").port), url.parse(5).path, url.parse("/").host`, "number 5 nil"},
		{`return url.parse()`, "error: bad argument #1 to 'parse' (string expected, got no value)"},
		{`return url.parse({})`, "error: bad argument #1 to 'parse' (string expected, got table)"},
	})
}

// luaString returns s as a Lua literal.
func luaString(s string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(`\` + string([]byte{'0' + s[i]/100, '0' + s[i]/10%10, '0' + s[i]%10}))
	}
	return `"` + b.String() + `"`
}

func TestBuild(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return url.build{scheme = "https", host = "Example.org", path = "/a b", query = {q = "x&y", l = {1, 2}}, fragment = "top"}`, "https://example.org/a%20b?q=x%26y&l%5B%5D=1&l%5B%5D=2#top"},
		{`return url.build{scheme = "http", user = "ann", password = "a:b@c/d", host = "h", port = 8080}`, "http://ann:a:b%40c%2Fd@h:8080"},
		{`return url.build{user = "a:b", host = "h"}, url.build{password = "p", host = "h"}`, "//a%3Ab@h //:p@h"},
		{`return url.build{host = "::1", port = 0}, url.build{host = "[::1]", path = "/"}`, "//[::1]:0 //[::1]/"},
		{`return url.build{path = "/ä?#[%41%zz%"}, url.build{query = "a=b c&d[]=é#"}`, "/%C3%A4%3F%23%5B%41%25zz%25 ?a=b%20c&d%5B%5D=%C3%A9%23"},
		{`return url.build{}, url.build{path = "x"}, url.build{query = ""}, url.build{fragment = ""}, url.build{query = {}}`, " x ? # ?"},
		{`return url.build{scheme = "MAILTO", path = "ann@example.org"}`, "mailto:ann@example.org"},
		// What would be taken for another part is not.
		{`return url.build{path = "//evil.example/"}, url.build{path = "a:b/c"}, url.build{path = "javascript:alert(1)"}, url.build{scheme = "x", path = "//y"}`, "/.//evil.example/ ./a:b/c ./javascript:alert(1) x:/.//y"},
		{`return url.build{scheme = "file", host = "", path = "/etc/motd"}`, "file:///etc/motd"},

		{`return url.build{hots = "x"}`, "error: bad argument #1 to 'build' (there is no option hots; there are scheme user password host port path query fragment)"},
		{`return url.build{scheme = "1x"}`, "error: bad argument #1 to 'build' (the option scheme must be a scheme such as https)"},
		{`return url.build{scheme = "http"}`, "error: bad argument #1 to 'build' (a URL with the scheme http needs a host)"},
		{`return url.build{scheme = "https", host = ""}`, "error: bad argument #1 to 'build' (a URL with the scheme https needs a host)"},
		{`return url.build{host = "a b"}`, "error: bad argument #1 to 'build' (the option host is wrong: ' ' cannot stand in a host)"},
		{`return url.build{host = "a/b"}`, "error: bad argument #1 to 'build' (the option host is wrong: '/' cannot stand in a host)"},
		{`return url.build{host = "a:80"}`, "error: bad argument #1 to 'build' (the option host is wrong: \"a:80\" is no IPv6 address)"},
		{`return url.build{host = "h\255"}`, "error: bad argument #1 to 'build' (the option host is wrong: it is not UTF-8)"},
		{`return url.build{host = "h", port = 65536}`, "error: bad argument #1 to 'build' (the option port must be a whole number from 0 to 65535)"},
		{`return url.build{host = "h", port = "80"}`, "error: bad argument #1 to 'build' (the option port must be a number, not a string)"},
		{`return url.build{port = 80}`, "error: bad argument #1 to 'build' (user, password and port need a host)"},
		{`return url.build{host = "h", path = "a"}`, "error: bad argument #1 to 'build' (behind a host the path must begin with /)"},
		{`return url.build{path = 5}`, "error: bad argument #1 to 'build' (the option path must be a string, not a number)"},
		{`return url.build{query = {f = print}}`, "error: url: f is a function; values are strings, numbers, booleans and tables of them"},
		{`return url.build("x")`, "error: bad argument #1 to 'build' (table expected, got string)"},
	})
}

func TestEncodeAndDecode(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return url.encode("a b&c/d?e=ä~-._'(+)\0\255"), url.encode(""), url.encode(5)`, "a%20b%26c%2Fd%3Fe%3D%C3%A4~-._%27%28%2B%29%00%FF  5"},
		{`return url.decode("a%20b%2fc+d%C3%A4"), url.decode("%"), url.decode("%4"), url.decode("%zz%41%4"), url.decode("%2541"), url.decode("")`, "a b/c+dä % %4 %zzA%4 %41 "},
		{`local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end all = table.concat(all) return url.decode(url.encode(all)) == all, url.encode(all):find("[^%w%%%-%._~]")`, "true nil"},
		{`return url.encode(nil)`, "error: bad argument #1 to 'encode' (string expected, got nil)"},
		{`return url.decode({})`, "error: bad argument #1 to 'decode' (string expected, got table)"},
		{`return url.encode((" "):rep(2^25))`, "error: resulting string too large (more than 67108864 bytes)"},
		{`return #url.decode(("%20"):rep(2^20))`, "1048576"},
	})
}

func TestQuery(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return url.query{name = "Ann Lee", n = 5, on = true, off = false}`, "name=Ann%20Lee&n=5&on=true&off=false"},
		{`return url.query{a = {"x", "y"}}, url.query{a = {k = {j = 1}}}`, "a%5B%5D=x&a%5B%5D=y a%5Bk%5D%5Bj%5D=1"},
		{`return url.query{a = {{x = 1}, {x = 2}}}, url.query{a = {[5] = "x", [7] = "y"}}`, "a%5B1%5D%5Bx%5D=1&a%5B2%5D%5Bx%5D=2 a%5B5%5D=x&a%5B7%5D=y"},
		{`return url.query{"x", "y"}, url.query{}, url.query{a = {}}`, "1=x&2=y  "},
		{`return url.query{a = 2^53, b = 0.5, c = -1, d = 1e100}`, "a=9007199254740992&b=0.5&c=-1&d=1e%2B100"},
		{`return url.query{["a=b&c"] = "\255"}, url.query{["a[]"] = 1}`, "a%3Db%26c=%FF a%5B%5D=1"},
		{`local t = url.query("a=1&b[]=x&b[]=y&c[k][j]=z+%26&a=2") return t.a, t.b[2], t.c.k.j`, "2 y z &"},
		{`return url.query("?a=1").a, next(url.query("")), url.query("a").a`, "1 nil "},
		{`return url.query(("a&"):rep(1001))`, "nil too many"},
		{`local t = {a = {"1", "2", {"3"}}, b = {k = {["x y"] = "&", [7] = "seven"}}, ["c d"] = "+"}
			local function same(x, y)
				if type(x) ~= "table" or type(y) ~= "table" then return x == y end
				for k, v in pairs(x) do if not same(v, y[k]) then return false end end
				for k in pairs(y) do if x[k] == nil then return false end end
				return true
			end
			return same(url.query(url.query(t)), t)`, "true"},

		{`return url.query{a = {["x]"] = 1}}`, `error: url: a["x]"] has a key that no name in brackets can have`},
		{`return url.query{a = {[""] = 1}}`, `error: url: a[""] has a key that no name in brackets can have`},
		{`return url.query{a = {[true] = 1}}`, "error: url: a[true] has a boolean as its key; keys are strings and numbers"},
		{`return url.query{a = {b = print}}`, "error: url: a.b is a function; values are strings, numbers, booleans and tables of them"},
		{`local t = {} t.t = t return url.query(t)`, "error: url: t.t.t.t.t.t.t.t and on is nested more than 64 tables deep, or contains itself"},
		{`return url.query()`, "error: bad argument #1 to 'query' (table or string expected, got no value)"},
		{`return url.query(nil)`, "error: bad argument #1 to 'query' (table or string expected, got nil)"},
		{`return url.query(5)`, "error: bad argument #1 to 'query' (table or string expected, got number)"},
		{`return url.query{a = (" "):rep(2^24), b = (" "):rep(2^24)}`, "error: resulting string too large (more than 67108864 bytes)"},
		{`return #url.query{[("a"):rep(2^16 - 6)] = 1}`, "65532"},
		{`return url.query{[("a"):rep(2^16)] = 1}`, `error: url: ["` + strings.Repeat("a", 39) + `…"] has a name of more than 65536 bytes`},
		{`local t = 1 for i = 1, 40 do t = {[("a"):rep(2^20)] = t} end return url.query(t)`, `error: url: ["` + strings.Repeat("a", 39) + `…"] has a name of more than 65536 bytes`},
		{`local t = 1 for i = 1, 40 do t = {[(" "):rep(1000)] = t} end return url.query{t = t}`, `error: url: t` + strings.Repeat(`["`+strings.Repeat(" ", 39)+`…"]`, 2) + "…" + strings.Repeat(`["`+strings.Repeat(" ", 39)+`…"]`, 2) + ` has a name of more than 65536 bytes`},
	})
}

// A URL is refused before its parts are escaped.
func TestBuildTooLong(t *testing.T) {
	const tooLong = " makes the URL too long: its parts have more than 65536 bytes)"
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return #url.build{path = ("a"):rep(2^16)}, #url.build{path = (" "):rep(2^16)}`, "65536 196608"},
		{`return url.build{path = (" "):rep(2^26)}`, "error: bad argument #1 to 'build' (the option path" + tooLong},
		{`return url.build{path = ("a"):rep(2^15), fragment = ("a"):rep(2^15 + 1)}`, "error: bad argument #1 to 'build' (the option fragment" + tooLong},
		{`return url.build{scheme = "a", host = ("A"):rep(2^26)}`, "error: bad argument #1 to 'build' (the option host" + tooLong},
		{`return url.build{path = ("a"):rep(2^16 - 5), query = {a = "12345"}}`, "error: resulting string too large (more than 5 bytes)"},
		{`return #url.build{path = ("a"):rep(2^16 - 7), query = {a = "12345"}}`, "65537"},
		{`return url.resolve("/", "/" .. ("\195\164"):rep(2^24 - 2) .. "?" .. ("\195\164"):rep(2^23))`, "error: resulting string too large (more than 67108864 bytes)"},
	})
}

// The examples of RFC 3986, section 5.4, and more.
func TestResolve(t *testing.T) {
	const base = "http://a/b/c/d;p?q"
	for _, c := range []struct{ base, ref, want string }{
		{base, "g:h", "g:h"}, {base, "g", "http://a/b/c/g"}, {base, "./g", "http://a/b/c/g"}, {base, "g/", "http://a/b/c/g/"},
		{base, "/g", "http://a/g"}, {base, "//g", "http://g"}, {base, "?y", "http://a/b/c/d;p?y"}, {base, "g?y", "http://a/b/c/g?y"},
		{base, "#s", "http://a/b/c/d;p?q#s"}, {base, "g#s", "http://a/b/c/g#s"}, {base, "g?y#s", "http://a/b/c/g?y#s"},
		{base, ";x", "http://a/b/c/;x"}, {base, "g;x", "http://a/b/c/g;x"}, {base, "g;x?y#s", "http://a/b/c/g;x?y#s"}, {base, "", "http://a/b/c/d;p?q"},
		{base, ".", "http://a/b/c/"}, {base, "./", "http://a/b/c/"}, {base, "..", "http://a/b/"}, {base, "../", "http://a/b/"}, {base, "../g", "http://a/b/g"},
		{base, "../..", "http://a/"}, {base, "../../", "http://a/"}, {base, "../../g", "http://a/g"},
		{base, "../../../g", "http://a/g"}, {base, "../../../../g", "http://a/g"}, {base, "/./g", "http://a/g"}, {base, "/../g", "http://a/g"},
		{base, "g.", "http://a/b/c/g."}, {base, ".g", "http://a/b/c/.g"}, {base, "g..", "http://a/b/c/g.."}, {base, "..g", "http://a/b/c/..g"},
		{base, "./../g", "http://a/b/g"}, {base, "./g/.", "http://a/b/c/g/"}, {base, "g/./h", "http://a/b/c/g/h"}, {base, "g/../h", "http://a/b/c/h"},
		{base, "g;x=1/./y", "http://a/b/c/g;x=1/y"}, {base, "g;x=1/../y", "http://a/b/c/y"},
		{base, "g?y/./x", "http://a/b/c/g?y/./x"}, {base, "g#s/../x", "http://a/b/c/g#s/../x"},

		{base, "%2e%2E/g", "http://a/b/g"},
		{base, "a//../b", "http://a/b/c/a/b"},
		{"http://a", "g", "http://a/g"},
		{"http://a?q", "#s", "http://a?q#s"},
		{"/shop/cart.lc", "../index.lc", "/index.lc"},
		{"shop/cart.lc", "item.lc?id=5", "shop/item.lc?id=5"},
		{"/a/b", "..//evil.example", "/.//evil.example"},
		{"a", "./b:c", "./b:c"},
		{"http://user:pw@a:81/x", "y", "http://user:pw@a:81/y"},
		{"https://a/x", "//B/y", "https://b/y"},

		{"http://a/", "http://b c", `"http://b c" is no URL: a space cannot stand in it (byte 9); it is written %20`},
		{"http://", "x", `"http://" is no URL: the host is missing`},
		{"http://a/", "//", `"//" is no URL: it lacks a host, which a base with the scheme http has not either`},
	} {
		got := moduletest.Eval(t.Context(), t, globals(), "local result, why = url.resolve("+luaString(c.base)+", "+luaString(c.ref)+") return result or why")
		if got != c.want {
			t.Errorf("%q on %q:\ngot  %s\nwant %s", c.ref, c.base, got, c.want)
		}
	}
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return url.resolve("x")`, "error: bad argument #2 to 'resolve' (string expected, got no value)"},
		{`return #url.resolve("/", ("../"):rep(2^20)), #url.resolve("/", ("a/"):rep(2^20))`, "1 2097153"},
	})
}

// What goes on for long ends when the time is over.
func TestDeadline(t *testing.T) {
	for _, code := range []string{
		`local t = {} for i = 1, 60 do t = {t, t} end url.query(t)`,
		`while true do url.parse(("a"):rep(2^20)) end`,
		`local s = ("%20"):rep(2^20) while true do url.decode(s) end`,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		begin := time.Now()
		if got := moduletest.Eval(ctx, t, globals(), code); got != "error: context deadline exceeded" {
			t.Errorf("%s: %.200s", code, got)
		}
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("%s took %v", code, took)
		}
		cancel()
	}
}

// FuzzBuild: what is built of the parts of a URL has the same parts, is the same
// when that is done again, and net/url finds the same host in it.
func FuzzBuild(f *testing.F) {
	for _, seed := range []string{
		"https://ann:se%40cret@Example.ORG:8443/a/b%2Fc?q=1&r[]=2#top", "//h//x", "a/b:c", "/.//x", "mailto:a@b", "http://[::1]:80?#", "x:y/%zz%", "http://h/^{|}'é",
		"//:@:", "file:///", "?", "//[::ffff:1.2.3.4]",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		answer := moduletest.Eval(t.Context(), t, globals(), `
			local u = url.parse(`+luaString(text)+`)
			if not u then return "none" end
			local built = url.build(u)
			local again, why = url.parse(built)
			if not again then return "wrong", built, why end
			if url.build(again) ~= built then return "wrong", built, url.build(again) end
			for _, part in ipairs{"scheme", "user", "password", "host", "port", "path", "query", "fragment"} do
				if not (type(u[part]) == "string" and u[part]:find("[^%w%-%._~]")) and u[part] ~= again[part] then
					return "wrong", part, built, u[part], again[part]
				end
			end
			return built .. "\n" .. (u.host or "")`)
		switch {
		case answer == "none":
		case strings.HasPrefix(answer, "wrong"), strings.HasPrefix(answer, "error"):
			t.Errorf("%q: %q", text, answer)
		default:
			built, host, _ := strings.Cut(answer, "\n")
			parsed, err := neturl.Parse(built)
			if err != nil {
				t.Errorf("%q is built as %q, which net/url refuses: %v", text, built, err)
			} else if !strings.EqualFold(parsed.Hostname(), host) {
				t.Errorf("%q: the host of %q is %q, but net/url finds %q", text, built, host, parsed.Hostname())
			}
		}
	})
}
