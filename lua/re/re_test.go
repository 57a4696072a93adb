package re_test

import (
	"context"
	"strings"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/moduletest"
	"lcgi/lua/re"
)

// run runs code and returns what it returns. A list is written as [a|b].
func run(ctx context.Context, t *testing.T, code string) string {
	t.Helper()
	return moduletest.Eval(ctx, t, moduletest.Globals{"re": moduletest.Loaded(re.Module), "text": text}, "return text((function() "+code+" end)())")
}

// text makes the function that returns what it is given, with lists spelled out.
func text(L *glua.LState) glua.LValue {
	var spell func(v glua.LValue) glua.LValue
	spell = func(v glua.LValue) glua.LValue {
		list, ok := v.(*glua.LTable)
		if !ok {
			return v
		}
		var parts []string
		for i := 1; i <= list.Len(); i++ {
			parts = append(parts, spell(list.RawGetInt(i)).String())
		}
		return glua.LString("[" + strings.Join(parts, "|") + "]")
	}
	return L.NewFunction(func(L *glua.LState) int {
		n := L.GetTop()
		for i := 1; i <= n; i++ {
			L.Push(spell(L.Get(i)))
		}
		return n
	})
}

func runCases(t *testing.T, cases []moduletest.Case) {
	t.Helper()
	for _, c := range cases {
		code, want := c[0], c[1]
		if got := run(t.Context(), t, code); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", code, got, want)
		}
	}
}

func TestMatchAndFind(t *testing.T) {
	runCases(t, []moduletest.Case{
		{`return re.match("key = value", [[(\w+)\s*=\s*(\w+)]])`, "key value"},
		{`return re.match("order 1234", [[\d+]])`, "1234"},
		{`return re.match("none", [[\d+]])`, "nil"},
		{`return re.match("ac", "(a)(b)?(c)")`, "a nil c"},
		{`return re.match("2026-11-20", [[(?P<year>\d+)-(?<month>\d+)]])`, "2026 11"},
		{`return re.match("HELLO", "(?i)hello")`, "HELLO"},
		{`return re.match("ä€x", "^..")`, "ä€"},
		{`return re.match("a\255b", "^a.b$") == "a\255b"`, "true"},
		{`return re.match("a\0b", [[\x00b]]) == "\0b", re.match(1234, "3.")`, "true 34"},
		{`return re.match("", ""), re.match("", "x*"), re.match("", "x")`, "  nil"},
		{`return re.find("order 1234", [[\d+]])`, "7 10"},
		{`return re.find("a=1", [[(\w)=(\w)]])`, "1 3 a 1"},
		{`return re.find("abc", "x*")`, "1 0"},
		{`return re.find("abc", "z")`, "nil"},
		// The text begins at init, as in string.find.
		{`return re.find("aXaX", "X", 3)`, "4 4"},
		{`return re.find("abab", "^b", 2)`, "2 2"},
		{`return re.find("abab", "b$", -1)`, "4 4"},
		{`return re.find("abc", "", 4)`, "4 3"},
		{`return re.find("abc", "", 5)`, "nil"},
		{`return re.find("abc", "a", -99), re.find("abc", "a", 0)`, "1 1 1"},
		{`return re.match("abc", "c", 4), re.match("abc", "(.)", 2)`, "nil b"},
	})
}

func TestFindAll(t *testing.T) {
	runCases(t, []moduletest.Case{
		{`return re.findAll("a1 b22 c", [[\d+]])`, "[1|22]"},
		{`return re.findAll("a=1, b=2", [[(\w)=(\w)]])`, "[[a|1]|[b|2]]"},
		{`local m = re.findAll("a=1, b=2", [[(?<name>\w)=(?<value>\w)]])[2] return m.name, m.value, m[1], m[2]`, "b 2 b 2"},
		{`local m = re.findAll("ac", "(?<a>a)(?<b>b)?(?<c>c)")[1] return m.a, m.b, m.c, m[1], m[2], m[3]`, "a nil c a nil c"},
		{`return re.findAll("none", [[\d+]])`, "[]"},
		{`return re.findAll("aaa", "a", 2), re.findAll("aaa", "a", 0), re.findAll("aaa", "a", -1)`, "[a|a] [] [a|a|a]"},
		{`return #re.findAll("abc", ""), #re.findAll("äb", ""), #re.findAll("", "")`, "4 3 1"},
		{`return re.findAll("baaac", "a*")`, "[|aaa|]"},
		{`return re.findAll("one two", [[\b\w]]), re.findAll("aaa", "^a"), re.findAll("a\nb", "(?m)^.")`, "[o|t] [a] [a|b]"},
		{`return re.findAll("a.b", [[\B|\b]])`, "[|||]"},
	})
}

func TestReplace(t *testing.T) {
	runCases(t, []moduletest.Case{
		{`return re.replace("a1b22", [[\d+]], "#")`, "a#b# 2"},
		{`return re.replace("2026-11-20", [[(\d+)-(\d+)-(\d+)]], "$3.$2.$1")`, "20.11.2026 1"},
		{`return re.replace("ab", "(a)(?<second>b)", "${second}${1}0$0$$1$")`, "ba0ab$1$ 1"},
		{`return re.replace("ab", "(a)", "$1x")`, "axb 1"},
		{`return re.replace("ac", "(a)(b)?", "[$2]")`, "[]c 1"},
		{`return re.replace("aaa", "a", "b", 2), re.replace("aaa", "a", "b", 0)`, "bba aaa 0"},
		{`return re.replace("abc", "", "-")`, "-a-b-c- 4"},
		{`return re.replace("baaac", "a*", "x")`, "xbxcx 3"},
		{`return re.replace("abc", "z", "x")`, "abc 0"},
		{`return re.replace("a1b2", [[\d]], function(d) return d * 2 end)`, "a2b4 2"},
		{`return re.replace("a=1 b=2", [[(\w)=(\w)]], function(k, v) if k == "a" then return v .. k end end)`, "1a b=2 2"},
		{`return re.replace("ac", "(a)(b)?(c)", function(a, b, c) return tostring(b) end)`, "nil 1"},
		{`return re.replace("x y z", [[\w]], {x = "1", y = 2, z = false})`, "1 2 z 3"},
		{`return re.replace("{a}{b}", [[\{(\w)\}]], setmetatable({}, {__index = function(_, k) return k:upper() end}))`, "AB 2"},
		{`return re.replace("abc", "b", function() return re.replace("xyz", "y", "-") end)`, "ax-zc 1"},
		{`return re.replace("ab", "(a)", "$2")`, "error: bad argument #3 to 'replace' (the pattern has no group \"2\"; ${1}0 is group 1 and a 0, $$ is a dollar)"},
		{`return re.replace("ab", "(a)", "${nothing}")`, "error: bad argument #3 to 'replace' (the pattern has no group \"nothing\"; ${1}0 is group 1 and a 0, $$ is a dollar)"},
		{`return re.replace("ab", "(a)", "${}")`, "error: bad argument #3 to 'replace' (the pattern has no group \"\"; ${1}0 is group 1 and a 0, $$ is a dollar)"},
		{`return re.replace("ab", "(a)", "x${1")`, "error: bad argument #3 to 'replace' (the replacement lacks the } of \"${1\")"},
		{`return re.replace("ab", "(a)", "$99999999999999999999")`, "error: bad argument #3 to 'replace' (the pattern has no group \"99999999999999999999\"; ${1}0 is group 1 and a 0, $$ is a dollar)"},
		{`return re.replace("ab", "a", function() return {} end)`, "error: invalid replacement value (a table)"},
		{`return re.replace("ab", "a")`, "error: bad argument #3 to 'replace' (string/function/table expected)"},
		{`return re.replace("ab", "a", function() error("mine", 0) end)`, "error: mine"},
	})
}

func TestSplit(t *testing.T) {
	runCases(t, []moduletest.Case{
		{`return re.split("a, b;c", [[[,;]\s*]])`, "[a|b|c]"},
		{`return re.split("a,b,c", ",", 2), re.split("a,b,c", ",", 1), re.split("a,b,c", ",", 0)`, "[a|b,c] [a,b,c] []"},
		{`return re.split("abc", ""), re.split("äbc", "", 2)`, "[a|b|c] [ä|bc]"},
		{`return re.split("", ","), re.split("", ""), re.split("", ",", 0)`, "[] [] []"},
		{`return #re.split("", ","), #re.split("", "")`, "1 0"},
		{`return re.split(",a,", ","), re.split("abc", ","), re.split("a1b", "(\\d)")`, "[|a|] [abc] [a|b]"},
		{`return re.split("baac", "a*"), re.split("a b", [[\b]])`, "[b|c] [a| |b]"},
	})
}

func TestEscape(t *testing.T) {
	runCases(t, []moduletest.Case{
		{`return re.escape("1+1=2?"), re.escape(""), re.escape("ä\0") == "ä\0"`, `1\+1=2\?  true`},
		{`local all = {} for i = 0, 255 do all[#all + 1] = string.char(i) end all = table.concat(all):sub(1, 128) return re.match(all, "^" .. re.escape(all) .. "$") == all`, "true"},
		{`return re.escape(("x"):rep(2^25 + 1))`, "error: resulting string too large (more than 67108864 bytes)"},
	})
}

func TestWrongArguments(t *testing.T) {
	const prefix = "error: bad argument #2 to 'match' (the pattern "
	runCases(t, []moduletest.Case{
		{`return re.match("x", "a[b")`, prefix + `is wrong at byte 2: missing closing ]: "[b")`},
		{`return re.match("x", "a(b")`, prefix + `is wrong at byte 4: missing closing ): "a(b")`},
		{`return re.match("x", "ab)c")`, prefix + `is wrong at byte 3: unexpected ): "ab)c")`},
		{`return re.match("x", "[**]a**")`, prefix + `is wrong at byte 6: invalid nested repetition operator: "**")`},
		{`return re.match("x", "*a")`, prefix + `is wrong at byte 1: missing argument to repetition operator: "*")`},
		{`return re.match("x", "ä[z-a]")`, prefix + `is wrong at byte 4: invalid character class range: "z-a")`},
		{`return re.match("x", [[(a)\1]])`, prefix + `is wrong at byte 4: invalid escape sequence: "\\1")`},
		{`return re.match("x", "a(?=b)")`, prefix + `is wrong at byte 2: invalid or unsupported Perl syntax: "(?=")`},
		{`return re.match("x", "(?<a>x)(?<a>y)")`, prefix + `has two groups with the name "a")`},
		{`return re.match("x", "\255")`, prefix + `is wrong at byte 1: invalid UTF-8: "\xff")`},
		{`return re.match("x", "a\\")`, prefix + `is wrong at byte 2: trailing backslash at end of expression: "")`},
		{`return re.match("x", "a{1001}")`, prefix + `is wrong at byte 2: invalid repeat count: "{1001}")`},
		{`return re.match("x", ("a"):rep(16385))`, prefix + `is longer than 16384 bytes)`},
		{`return re.match("x", ("a{1000}"):rep(33))`, prefix + `is too large: it has more than 32768 steps, with repeated ones counted each time)`},
		{`return re.match("x", ("()"):rep(101))`, prefix + `has more than 100 groups; (?:…) is none)`},
		{`return re.match("x", ("("):rep(8000) .. (")"):rep(8000))`, prefix + `is wrong at byte 1: expression nests too deeply: "` + strings.Repeat("(", 40) + `")`},
		{`return re.match({}, "x")`, "error: bad argument #1 to 'match' (string expected, got table)"},
		{`return re.match("x")`, "error: bad argument #2 to 'match' (string expected, got no value)"},
		{`return re.match("x", "x", {})`, "error: bad argument #3 to 'match' (number expected, got table)"},
		{`return re.findAll("x", "x", "y")`, "error: bad argument #3 to 'findAll' (number expected, got string)"},
		{`return re.split("x", nil)`, "error: bad argument #2 to 'split' (string expected, got nil)"},
		{`return re.escape()`, "error: bad argument #1 to 'escape' (string expected, got no value)"},
		{`re.findAll(("a"):rep(10), "(?:" .. ("("):rep(90) .. "^a" .. (")"):rep(90) .. ")") return "ok"`, "ok"},
	})
}

// What is hostile comes to an end, or is ended when the time is over.
func TestHostile(t *testing.T) {
	const over = "error: context deadline exceeded"
	for _, c := range []struct{ name, code, want string }{
		{"what would backtrack", `return re.match(("a"):rep(2^18) .. "!", "^(a+)+$")`, "nil"},
		{"a large text", `return #re.match(("a"):rep(2^24), "a*")`, "16777216"},
		{"a large pattern at a large text", `return re.match(("a"):rep(2^24), "(?:a?){1000}(?:a?){1000}(?:a?){1000}b")`, over},
		{"the same with a boundary", `return re.findAll("x " .. ("a"):rep(2^24), [[x\b|(?:a?){1000}(?:a?){1000}(?:a?){1000}c]])`, over},
		{"a search to the end for every match", `return #re.findAll(("a"):rep(2^22), "a*b|a")`, over},
		{"the same with a boundary", `return #re.findAll(("a"):rep(2^22), [[a*b|a\b|a]])`, over},
		{"the same in replace", `return re.replace(("a"):rep(2^22), "a*b|a", "")`, over},
		{"many matches", `local s = ("a,"):rep(2^21) while true do pcall(re.findAll, s, ",") end`, over},
		{"many patterns", `local i = 0 while true do i = i + 1 pcall(re.match, "x", i .. "{1000}") end`, over},
		{"a literal in a large text", `return re.find(("a"):rep(2^25) .. "needle", "needle")`, "33554433 33554438"},
		{"a prefix in a large text", `return re.find(("a"):rep(2^25) .. "needle5", [[needle\d]])`, "33554433 33554439"},
		{"a result that is too large", `return re.replace(("a"):rep(2^20), "a", ("x"):rep(2^10))`, "error: resulting string too large (more than 67108864 bytes)"},
		{"a template that is too large", `return re.replace(("a"):rep(2^20), "^a*$", ("$0"):rep(2^15))`, "error: resulting string too large (more than 67108864 bytes)"},
		{"a template of many pieces", `return re.replace("aaaa", "a", ("$0"):rep(2^24))`, "error: bad argument #3 to 'replace' (the replacement has more than 32768 groups and dollars)"},
		{"a template of one long piece", `return #re.replace("a", "a", ("x"):rep(2^24))`, "16777216"},
		{"wrong patterns", `while true do pcall(re.match, "x", "(?i)" .. ("[B-\\x{1E942}]|"):rep(8) .. ([[\pL*]]):rep(90) .. "**|**") end`, over},
		{"a wrong pattern", `return re.match("x", ("[B-\\x{1E942}]"):rep(1000) .. "**|**")`, "error: bad argument #2 to 'match' (the pattern is wrong at byte 13001: invalid nested repetition operator: \"**\")"},
		{"many classes", `return re.match("x", ([[\pL]]):rep(5000))`, "error: bad argument #2 to 'match' (the pattern has more than 100 classes \\p or \\P)"},
		{"many classes in one", `return re.match("x", "[" .. ([[\\\PL]]):rep(3000) .. "]")`, "error: bad argument #2 to 'match' (the pattern has more than 100 classes \\p or \\P)"},
		{"what looks like a class", `return re.match(([[\p]]):rep(1000), ([[\\p]]):rep(1000)) == ([[\p]]):rep(1000)`, "true"},
		{"wide ranges", `return re.match("x", "(?i)[" .. ("B-𞥂"):rep(2000) .. "]")`, "error: bad argument #2 to 'match' (the pattern has too many wide ranges for (?i))"},
		{"wide ranges in hexadecimal", `return re.match("x", "(?s-m:a(?mi:[" .. ([[B-\x{00001E942}]]):rep(900) .. "]))")`, "error: bad argument #2 to 'match' (the pattern has too many wide ranges for (?i))"},
		{"narrow ranges", `return re.match("Ö", "(?i)" .. ("[a-zà-öø-þ]?"):rep(500))`, "Ö"},
		{"wide ranges in this case", `return re.match("x", ("[B-𞥂]?"):rep(1000))`, "x"},
	} {
		t.Run(c.name, func(t *testing.T) {
			limit := 20 * time.Second
			if c.want == over {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			begin := time.Now()
			if got := run(ctx, t, c.code); got != c.want {
				t.Errorf("got  %.200s\nwant %s", got, c.want)
			}
			if took := time.Since(begin); took > limit+2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
