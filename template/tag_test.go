package template

import (
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

func TestTags(t *testing.T) {
	globals := map[string]glua.LValue{"x": glua.LString("X&"), "n": glua.LNumber(7)}
	for _, c := range []struct{ name, src, want string }{
		{"empty", "", ""},
		{"text only", "a\r\nb\x00\xff", "a\r\nb\x00\xff"},
		{"code and text", "a<?lc y = 1 ?>b", "ab"},
		{"the three names", "<?lc put(1) ?><?lua put(2) ?><?livecode put(3) ?>", "123"},
		{"print", "<?= x ?>|<?=x?>|<?lc= x ?>|<?lua= x ?>|<?livecode=x?>", "X&amp;|X&amp;|X&amp;|X&amp;|X&amp;"},
		{"print, PHP habit", "<?= x; ?>", "X&amp;"},
		{"only the first value", "<?= ('a'):gsub('a', 'b') ?>", "b"},
		{"nil", "[<?= nil ?>]", "[]"},
		{"other processing instructions are text", "<?xml v='1' ?><?lcx ?><?LC ?><?php ?><?lc?>", "<?xml v='1' ?><?lcx ?><?LC ?><?php ?><?lc?>"},
		{"half a tag", "a<?", "a<?"},
		{"name at the end of the page", "a<?lc", "a"},
		{"the last ?> may be missing", "a<?lc put(x)", "aX&"},
		{"LF behind ?> is swallowed, one", "<?lc ?>\n\nb<?= n ?>\nc", "\nb7c"},
		{"CR LF behind ?> is swallowed", "<?lc ?>\r\nb<?= n ?>\r\n\r\nc", "b7\r\nc"},
		{"CR is not", "<?lc ?>\rb", "\rb"},
		{"?> in strings", `<?lc put("?>" .. '?>' .. [[?>]] .. [==[?>]]]==]) ?>`, "?>?>?>?>]]"},
		{"?> in a long comment", "<?lc --[[ ?> ]] put(1) --[=[\n?>\n]=] ?>b", "1b"},
		{"?> ends a -- comment", "<?lc -- note ?>text", "text"},
		{"?> ends a // comment", "<?lc // note ?>text", "text"},
		{"?> does not end /* */", "<?lc /* ?> \n ?> */ put(2) ?>text", "2text"},
		{"a comment in a comment", "<?lc -- /* ?>a<?lc // -- ?>b<?lc /* -- */ put(1) --[==\n?>c", "ab1c"},
		{"BOM", "\ufeff<?= n ?>", "7"},
		{"#! line", "#!/usr/bin/lcgi\n<?= n ?>", "7"},
		{"#! line with CR LF and a tag in it", "#!/x <?lc error() ?>\r\na", "a"},
		{"BOM and #! line only", "\ufeff#!x", ""},
		{"#! later is text", "\n#!x", "\n#!x"},
		{"text in blocks", "<?lc for i = 1, 3 do ?>(<?= i ?>)<?lc end ?>", "(1)(2)(3)"},
		{"else", "<?lc if n == 1 then ?>a<?lc elseif n == 7 then ?>b<?lc else ?>c<?lc end ?>", "b"},
		{"repeat", "<?lc local i = 0 repeat i = i + 1 ?><?= i ?>,<?lc until i == 2 ?>", "1,2,"},
		{"a function is a template", "<?lc local function li(s) ?><li><?= s ?></li><?lc end li('a') li('b') ?>", "<li>a</li><li>b</li>"},
		{"an argument is a template", "<?lc pcall(function() ?>in<?lc end) ?>", "in"},
		{"text and a bracket behind it", "<?lc local f = put ?>a<?lc (f or put)(1) ?>", "a1"},
		{"tag and a bracket behind it", "<?lc local f = put ?><?lc (f)(1) ?>", "1"},
		{"call, tag, bracket", "<?lc put(1) ?><?lc (put)(2) ?>", "12"},
		{"return ends the tag", "a<?lc do return end ?>b", "a"},
		{"return, text", "a<?lc return ?>b", "a"},
		{"return, line break", "a<?lc return ?>\n<?lc put(1) ?>", "a"},
		{"return values, text", "a<?lc return x,\n1; ?>b<?= n ?>", "a"},
		{"return in a block", "<?lc if n then ?>y<?lc return ?>no<?lc end ?>no", "y"},
		{"break, text", "<?lc for i = 1, 3 do ?><?= i ?><?lc break ?>no<?lc end ?>!", "1!"},
		{"arguments", "<?= select('#', ...) ?>", "0"},
		{"names with $", "<?lc $y = $x .. '$n' ?><?= $y ?>", "X&amp;$n"},
		{"white space of C", "<?lc\vy\f=\v1 ?><?= y ?>", "1"},
		{"semicolons", "<?lc ; ; put(1); ; ?>", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := mustRender(t, c.src, globals); got != c.want {
				t.Errorf("%q prints %q, want %q", c.src, got, c.want)
			}
		})
	}
}

// What an expression prints itself must come where it stands.
func TestOrderOfOutput(t *testing.T) {
	prelude := "<?lc x = 1 s = {t = 'a', m = function() put('m') end} ?>"
	for _, c := range []struct {
		src, want string
		runs      int
	}{
		{"<p><?= put('f') ?></p>", "<p>f</p>", 2},
		{"a<?= x ?>b<?= x ?>c", "a1b1c", 1},
		{"a<?= x ?>b<?= (put'f') ?>c<?= x ?>d", "a1bfc1d", 2},
		{"a<?= #{put{} and 2} ?>b", "a", 2}, // put{} prints an address
		{"a<?= s:m() ?>b", "amb", 2},
		{"a<?= s.m'' ?>b", "amb", 2},
		{"a<?= s[put('f') or 't'] ?>b", "afab", 2},
		{"a<?= (function() put('f') end)() ?>b", "afb", 2},
		{"a<?= #s.t + -x ^ 2 .. (x) ?>b", "a01b", 1},
	} {
		if p := mustParse(t, c.src); len(p.Runs) != c.runs {
			t.Errorf("%q has %d runs, want %d", c.src, len(p.Runs), c.runs)
		}
		if got := mustRender(t, prelude+c.src, nil); !strings.HasPrefix(got, c.want) {
			t.Errorf("%q prints %q, want %q", c.src, got, c.want)
		}
	}
}

func TestRuns(t *testing.T) {
	if n := RunIndex(12, 34); n != 1234 {
		t.Errorf("RunIndex(12, 34) = %d", n)
	}
	if n := RunIndex(1, 23, 45); n != 12345 {
		t.Errorf("RunIndex(1, 23, 45) = %d", n)
	}
	t.Run("a run has a limited number of expressions", func(t *testing.T) {
		p := mustParse(t, strings.Repeat("<?= 1 ?>", 2*MaxRunExprs+1))
		if len(p.Runs) != 3 || len(p.Runs[0]) != MaxRunExprs || len(p.Runs[2]) != 1 {
			t.Errorf("%d runs, the first of %d, the last of %d pieces", len(p.Runs), len(p.Runs[0]), len(p.Runs[len(p.Runs)-1]))
		}
	})
	t.Run("more runs than two digits tell apart", func(t *testing.T) {
		const n = 10_050
		src := "<?lc local function f(x) return x end ?>" + strings.Repeat("<?= f(1) ?>", n)
		p := mustParse(t, src)
		if len(p.Runs) != n || !strings.Contains(p.Code, OutWide+"(1,0,49,") {
			t.Errorf("%d runs; OutWide is used: %v", len(p.Runs), strings.Contains(p.Code, OutWide))
		}
		if out, err := render(t, p, nil); err != nil || out != strings.Repeat("1", n) {
			t.Errorf("%d bytes, %v", len(out), err)
		}
	})
}

// Lines of Lua's own messages are lines of the page, whatever its line breaks.
func TestLines(t *testing.T) {
	page := []string{
		"#!/bin/lcgi", "\ufeff", "<p>", "<?lc", "  local a = 1 -- c", "  // d", "  /* e", "  f */ local s = \"x\\", "y\" .. [[", "z]]",
		"?>", "<?= s ?> <?= a", " + a ?>", "text", "<?lc put 5", "into", "a.b [", "'c'", "] return", "?>", "x", "<?lc return 5", "?>",
	}
	for _, nl := range []string{"\n", "\r\n", "\r"} {
		for i := range page {
			src := strings.Join(page[:i+1], nl)
			if p, err := Parse("page.lc", []byte(src)); err == nil {
				checkPage(t, p, src)
			}
		}
		for line := 3; line <= 40; line++ {
			src := strings.Repeat("text"+nl+"<?lc x = [["+nl+"]] --[["+nl+"]] /*"+nl+"*/ // "+nl+"start session ?>"+nl, line/6) + strings.Repeat(nl, line%6)
			at := position(src, len(src)).Line
			src += "<?lc" + nl + "local t = nil + 1 ?>"
			_, err := render(t, mustParse(t, src), nil)
			want := "page.lc:" + Pos{Line: at + 1}.String() + ":"
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("%q: error %v, want line %s", src, err, want)
			}
		}
	}
}

func TestPos(t *testing.T) {
	src := "<p>ä</p><?= $a ?>é<?= b ?>\n<?lc put 1 into  x.y\r\n$z = 2 ?>"
	p := mustParse(t, src)
	lines := strings.Split(p.Code, "\n")
	for _, c := range []struct {
		line int
		text string
		want Pos
	}{
		{1, "a)", Pos{1, 14}},
		{1, "b)", Pos{1, 23}},
		{1, Out, Pos{1, 13}},
		{2, "1", Pos{2, 10}},
		{2, "y", Pos{2, 20}},
		{2, Into, Pos{2, 6}},
		{3, "z", Pos{3, 2}},
		{3, "2", Pos{3, 6}},
	} {
		col := strings.Index(lines[c.line-1], c.text) + 1
		if got := p.Pos(c.line, col); col == 0 || got != c.want {
			t.Errorf("Pos(%d, %d) = %v, want %v for %q in %q", c.line, col, got, c.want, c.text, lines[c.line-1])
		}
	}
	for _, c := range []struct {
		line, col int
		want      Pos
	}{{2, 0, Pos{Line: 2}}, {9, 1, Pos{Line: 9}}} {
		if got := p.Pos(c.line, c.col); got != c.want {
			t.Errorf("Pos(%d, %d) = %v, want %v", c.line, c.col, got, c.want)
		}
	}
	for _, c := range []struct {
		text string
		want Pos
	}{{"put", Pos{2, 6}}, {"\r", Pos{2, 21}}, {"\n$", Pos{2, 22}}, {"$z", Pos{3, 1}}} {
		if got := p.PosAt(strings.Index(src, c.text)); got != c.want {
			t.Errorf("PosAt(%q) = %v, want %v", c.text, got, c.want)
		}
	}
	if got := mustParse(t, "").Pos(1, 1); got != (Pos{Line: 1}) {
		t.Errorf("Pos(1, 1) of an empty page = %v", got)
	}
	if p := mustParse(t, "a\n <?lc x = 1"); p.Unclosed != (Pos{2, 2}) {
		t.Errorf("Unclosed = %v", p.Unclosed)
	}
	if p := mustParse(t, "<?lc x = 1 ?>"); !p.Unclosed.IsZero() {
		t.Errorf("Unclosed = %v", p.Unclosed)
	}
}
