package template

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/parse"
)

// luaFiles returns the files of the Lua test suites that come with gopher-lua.
func luaFiles(t testing.TB) []string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/yuin/gopher-lua").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var files []string
	for _, suite := range []string{"_lua5.1-tests", "_glua-tests"} {
		names, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), suite, "*.lua"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, names...)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files of Lua were found in %s", len(files), dir)
	}
	return files
}

// luaTokens returns the tokens of a chunk as gopher-lua reads them, with the
// lines they stand on.
func luaTokens(code string) (tokens []string, err error) {
	sc := parse.NewScanner(strings.NewReader(code), "")
	lx := &parse.Lexer{}
	for {
		tok, err := sc.Scan(lx)
		if err != nil || tok.Type == parse.EOF {
			return tokens, err
		}
		lx.Token = tok
		tokens = append(tokens, Pos{Line: tok.Pos.Line}.String()+" "+tok.Name+" "+tok.Str)
	}
}

func TestLuaIsUnchanged(t *testing.T) {
	n := 0
	for _, file := range luaFiles(t) {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text := string(src)
		if strings.HasPrefix(text, "#") {
			text = "--" + text
		}
		page := "<?lc " + text
		want, err := luaTokens(" " + text)
		if err != nil {
			continue // gopher-lua does not take it either
		}
		if _, err := parse.Parse(strings.NewReader(text), ""); err != nil {
			continue
		}
		p, err := Parse(filepath.Base(file), []byte(page))
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		n++
		if err := CheckLua(filepath.Base(file), text); err != nil {
			t.Errorf("CheckLua: %v", err)
		}
		checkPage(t, p, page)
		got, err := luaTokens(p.Code)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Errorf("%s: token %d of %d is not the same", file, i, len(want))
				break
			}
		}
	}
	if n < 20 {
		t.Errorf("only %d files were compared", n)
	}
}

func TestCheckLua(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"return ...", ""},
		{"", ""},
		{"local s = '<?lc ?>' -- ?> <?= ?>\nput(s) -- no end", ""},
		{"x = 1 // 2", "m.lua:1:8: an expression is expected after '/', but here is '/'"},
		{"x = $y", "m.lua:1:5: unexpected character $"},
		{"x = 1 ?>", "m.lua:1:7: unexpected character ?"},
		{"x = 1\n<?lc", "m.lua:2:1: unexpected character <"},
		{"start session", "m.lua:1:7: '=' or a call is expected after 'start', but here is 'session'"},
		{"put 'x' .. y", "m.lua:1:9: a statement is expected after ''x'', but here is '..'"},
		{"if x then", "m.lua:1:10: 'end' is expected to close 'if', but the page ends (opened at 1:1)"},
		{"\"\\x", "m.lua:1:1: the string has no closing \""},
		{"x = " + strings.Repeat("(", 1000), "m.lua:1:204: more than 200 levels of blocks, brackets or operators are nested here"},
		{"error(function() return 'a long string in a row of its own, which is longer than a message' 1", "m.lua:1:93: 'return' must be the last statement of its block or tag, but behind it here is '1' (opened at 1:18)"},
		{"f 'a long string in a row of its own, which is longer than a message' 1", "m.lua:1:71: a statement is expected after ''a long string in a row of its own, whic...', but here is '1'"},
	} {
		err := CheckLua("m.lua", c.src)
		if got := fmt.Sprint(err); got != c.want && (err != nil || c.want != "") {
			t.Errorf("%q:\n got %v\nwant %s", c.src, err, c.want)
		}
	}
}

// What is just within the limits compiles, and what is beyond them is an error
// that names the limit, not a crash of the compiler.
func TestLimits(t *testing.T) {
	rep := strings.Repeat
	for _, c := range []struct {
		name    string
		src     func(n int) string
		most    int
		message string
	}{
		{"parentheses", func(n int) string { return "x = " + rep("(", n) + "1" + rep(")", n) }, MaxNesting, "levels"},
		{"tables", func(n int) string { return "x = " + rep("{", n) + rep("}", n) }, MaxNesting, "levels"},
		{"indexes", func(n int) string { return "x = " + rep("a[", n) + "1" + rep("]", n) }, MaxNesting, "levels"},
		{"blocks", func(n int) string { return rep("do ", n) + rep(" end", n) }, MaxNesting, "levels"},
		{"functions", func(n int) string { return rep("f(function() ", n) + rep(" end)", n) }, MaxNesting, "levels"},
		{"loops", func(n int) string { return rep("while a do ", n) + rep(" end", n) }, MaxNesting, "levels"},
		{"else", func(n int) string { return rep("if a then else ", n) + rep(" end", n) }, MaxNesting, "levels"},
		{"puts", func(n int) string { return rep("put (function() ", n) + rep(" end) .. 1", n) }, MaxNesting, "levels"},
		{"not", func(n int) string { return "x = " + rep("not ", n) + "1" }, MaxNesting, "levels"},
		{"minus", func(n int) string { return "x = " + rep("- ", n) + "1" }, MaxNesting, "levels"},
		{"concatenation", func(n int) string { return "x = a" + rep(" .. a", n) }, MaxNesting, "levels"},
		{"powers", func(n int) string { return "x = a" + rep(" ^ a", n) }, MaxNesting, "levels"},
		{"additions", func(n int) string { return "x = a" + rep(" + a", n) }, MaxHeight, "chain"},
		{"comparisons", func(n int) string { return "x = a" + rep(" < a", n) }, MaxHeight, "chain"},
		{"conditions", func(n int) string { return "if a" + rep(" and a", n) + " then end" }, MaxHeight, "chain"},
		{"fields", func(n int) string { return "x = a" + rep(".a", n) }, MaxHeight, "chain"},
		{"calls", func(n int) string { return "a" + rep("()", n) }, MaxHeight, "chain"},
		{"calls with strings", func(n int) string { return "a" + rep("''", n) }, MaxHeight, "chain"},
		{"methods", func(n int) string { return "a" + rep(":a{}", n) }, MaxHeight, "chain"},
		{"names of a function", func(n int) string { return "function a" + rep(".a", n) + "() end" }, MaxHeight, "chain"},
		{"elseif", func(n int) string { return "if a then " + rep("elseif a then ", n) + "end" }, MaxHeight, "chain"},
		{"a chain in brackets in a chain", func(n int) string {
			return "x = (" + rep("a + ", n/2) + "a)" + rep(" + a", n/2)
		}, MaxHeight, "chain"},
		{"a chain in a function in a chain", func(n int) string {
			return "x = f(function() return a" + rep(" + a", n/2) + " end)" + rep(" + a", n/2)
		}, MaxHeight, "chain"},
	} {
		t.Run(c.name, func(t *testing.T) {
			// Constructs cost one to three levels, and some start one above the ground.
			within := "<?lc " + c.src(c.most/3-3)
			mustParse(t, within)
			for _, n := range []int{c.most + 1, c.most * 20} {
				_, err := Parse("page.lc", []byte("<?lc "+c.src(n)))
				var e *Error
				if !errors.As(err, &e) || !strings.Contains(e.Msg, c.message) {
					t.Fatalf("with %d: %.200v", n, err)
				}
			}
		})
	}
	t.Run("code", func(t *testing.T) {
		line := "x = 'a long line of code' // with a comment\n"
		text := rep("text ", 1<<20)
		if _, err := Parse("page.lc", []byte(text+"<?lc "+rep(line, (MaxCode-100)/len(line))+"?>"+text)); err != nil {
			t.Errorf("within: %v", err)
		}
		for _, src := range []string{
			text + "<?lc " + rep(line, MaxCode/len(line)+1) + "?>" + text,
			rep("a<?= 'a long expression' ?>", MaxCode/10),
			"<?lc x = '" + rep("a", MaxCode) + "'",
		} {
			if _, err := Parse("page.lc", []byte(src)); err == nil || !strings.Contains(err.Error(), "1 MB of code") {
				t.Errorf("beyond: %v", err)
			}
		}
	})
}

// FuzzLua checks Parse against gopher-lua's own parser: it takes the same
// programs, and leaves their tokens as they are.
func FuzzLua(f *testing.F) {
	for _, s := range []string{
		"x = 1", "put 'x' into (y)", "local function f(a, ...) return ... end", "for i, v in pairs{1, [2] = 3; a = b} do break end",
		"x = -2 ^ 3 .. 'a\\\n\\065' .. [=[\n]]]=] == not #a and b or c", "repeat local x = a.b:c 'd' {e} (f) until x ~= nil",
		"if a then elseif b then else end while 0x1F do ; end do return 1e5, .5; end", "goto l ::l:: function a.b:c() end",
		"a, b.c, d[e] = (f), g() --[[ x\n]] -- y\n(h)()", "x = a < b x = 1 put = set.the start = {session = 1}",
	} {
		f.Add(s)
	}
	stricter := []string{ // Lua 5.1 is, or the compiler that comes next
		"malformed number", "the escape", "this may be a call", "'...' stands", "'break' stands", "levels", "one chain",
		"the comment", "unexpected character", "or a call is expected", // (f()) is no statement
		"an expression is expected after ',', but here is", "an expression is expected after ';', but here is", // {1;,2}
	}
	f.Fuzz(func(t *testing.T, src string) {
		if strings.ContainsAny(src, "\r\v\f$") || strings.Contains(src, "?>") || strings.Contains(src, "//") || strings.Contains(src, "/*") {
			return
		}
		want, err := luaTokens(src)
		if err != nil {
			return
		}
		_, luaErr := parse.Parse(strings.NewReader(src), "")
		p, err := Parse("page.lc", []byte("<?lc "+src))
		switch {
		case luaErr != nil && err == nil:
			// Only a statement of LiveCode makes a page of what is not Lua.
			if !strings.Contains(p.Code, "__lc_") && !strings.Contains(src, "put") && !strings.Contains(src, "set") {
				t.Fatalf("%q is not Lua (%v), but becomes %q", src, luaErr, p.Code)
			}
		case luaErr == nil && err != nil:
			for _, s := range stricter {
				if strings.Contains(err.Error(), s) {
					return
				}
			}
			t.Fatalf("%q is Lua: %v", src, err)
		case luaErr == nil:
			got, err := luaTokens(p.Code)
			if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Fatalf("%q becomes %q: %v", src, p.Code, err)
			}
		}
	})
}
