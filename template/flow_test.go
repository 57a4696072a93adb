package template

import (
	"errors"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// An expression is escaped for every place in which branches and loops may leave
// it.
func TestFlow(t *testing.T) {
	for _, c := range []struct{ src, x, want string }{
		// Branches that agree.
		{`<p<?lc if x then ?> title="a"<?lc end ?>><?= x ?>`, "<", `<p title="a">&lt;`},
		{`<option<?lc if x then ?> selected<?lc end ?>><?= x ?>`, "<", `<option selected>&lt;`},
		{`<option <?lc if x then ?>selected<?lc end ?> value="<?= x ?>">`, `"`, `<option selected value="&#34;">`},
		{`<br<?lc if x then ?> title=a<?lc end ?>/><?= x ?>`, "<", `<br title=a/>&lt;`},
		{`<a class="<?lc if x then ?>on<?lc end ?>" href="<?= x ?>">`, "javascript:1", `<a class="on" href="#blocked">`},
		{`<a class="<?lc if x then ?>a <?= x ?><?lc elseif y then ?>b<?lc else ?>c<?lc end ?>"><?= x ?>`, `"`, `<a class="a &#34;">&#34;`},
		{`<p class=<?lc if x then ?>"<?= x ?>"<?lc else ?>plain<?lc end ?> title="<?= x ?>">`, `"`, `<p class="&#34;" title="&#34;">`},
		{`<?lc if x then ?><td><?= x ?></td><?lc else ?><th></th><?lc end ?><a href="<?= x ?>">`, "a:b", `<td>a:b</td><a href="#blocked">`},
		{`<table><?lc for i = 1, 2 do ?><tr title="<?= x ?>"><?lc end ?></table>`, `"`, `<table><tr title="&#34;"><tr title="&#34;"></table>`},
		{`<a <?lc for i = 1, 1 do ?>title="<?= x ?>"<?lc end ?>>`, `"`, `<a title="&#34;">`},
		{`<script>f([<?lc for i = 1, 2 do ?><?= x ?>, <?lc end ?>]); g('<?= x ?>')</script>`, "'", `<script>f(["\u0027", "\u0027", ]); g('\u0027')</script>`},
		{`<script>var a = <?lc if x then ?>{b: 1}<?lc else ?>(2)<?lc end ?>, c = '<?= x ?>'</script>`, "'", `<script>var a = {b: 1}, c = '\u0027'</script>`},
		{`<script<?lc if x then ?> type="module"<?lc end ?>>f(<?= x ?>)</script>`, "a", `<script type="module">f("a")</script>`},
		{`<?lc repeat ?><i><?= x ?></i><?lc until x ?>`, "<", `<i>&lt;</i>`},
		{`<?lc while true do ?><i><?lc if x then break end ?></i><?lc end ?><?= x ?>`, "<", `<i>&lt;`},

		// Branches that end the page, a function or a loop do not matter behind it.
		{`<a href="<?lc if not x then ?>"></a><?lc return end ?><?= x ?>">`, "a:b", `<a href="#blocked">`},
		{`<a href="<?lc for i = 1, 1 do if not x then ?>/a<?lc break end ?><?lc end ?>">`, "a", `<a href="">`},

		// Branches that differ, joined to what is safe for all.
		{`<a href="http<?lc if y then ?>s<?lc end ?>://<?= x ?>/p?q=<?= x ?>">`, "a.b", `<a href="http://a.b/p?q=a.b">`},
		{`<img src="<?lc if y then ?>https://cdn.e.org<?lc end ?>/img/<?= x ?>.jpg">`, "a \"b", `<img src="/img/a%20%22b.jpg">`},
		{`<img src="<?lc if y then ?>https://<?= x ?><?lc elseif z then ?>//a.b:8<?lc end ?>?v=<?= x ?>">`, "a&b", `<img src="?v=a%26b">`},
		{`<a href="<?lc if y then ?>https<?lc else ?>http<?lc end ?>://e.org/<?= x ?>">`, "a b", `<a href="http://e.org/a%20b">`},
		{`<a href="<?lc if y then ?>/<?lc end ?><?= x ?>">`, "javascript:pwn()", `<a href="#blocked">`},
		{`<a href="<?lc if x then ?>/<?lc end ?><?= x ?>">`, "/evil.com", `<a href="//./evil.com">`},
		{`<a href="<?lc if y then ?>/<?lc end ?><?= x ?>">`, "/a", `<a href="/./a">`},
		{`<a href="<?lc if y then ?>/shop/<?lc end ?><?= x ?>">`, "javascript:pwn()", `<a href="#blocked">`},
		{`<a href="<?lc if y then ?>java<?lc end ?><?= x ?>">`, "script:pwn()", `<a href="script%3Apwn%28%29">`},
		{`<a href="<?lc if x then ?>java<?lc else ?>a<?lc end ?><?= x ?>">`, "script:pwn()", `<a href="javascript%3Apwn%28%29">`},
		{`<a href="<?lc if y then ?><?= y ?><?lc end ?><?= x ?>">`, "//evil.com", `<a href="/%2Fevil.com">`},
		{`<a href="/<?lc if y then ?><?= y ?><?lc end ?><?= x ?>">`, "/evil.com", `<a href="/%2Fevil.com">`},
		{`<a href="/list<?lc if x then ?>?q=<?= x ?><?lc end ?>">`, "&", `<a href="/list?q=%26">`},
		{`<a href="/list?<?lc for i = 1, 2 do ?><?= x ?>=1&<?lc end ?>">`, "lt;", `<a href="/list?&#108;t%3B=1&&#108;t%3B=1&">`},
		{`<a href="https://a.example<?lc if x then ?>/b<?lc end ?><?= x ?>">`, "/c", `<a href="https://a.example/b/c">`},
		{`<script>var a = <?lc if y then ?>b<?lc else ?>(c)<?lc end ?> / 2; f('<?= x ?>')</script>`, "'", `<script>var a = (c) / 2; f('\u0027')</script>`},
		{`<a href="<?lc if x then ?><?= x ?><?lc end ?>">`, "/", `<a href="/">`},

		// Functions.
		{`<?lc local function row(v) if not v then return end ?><i title="<?= v ?>"></i><?lc end row(x) ?>`, `"`, "<i title=\"&#34;\"></i>"},
	} {
		if got := mustRender(t, c.src, map[string]glua.LValue{"x": glua.LString(c.x)}); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// Where nothing is safe for all branches, the page does not compile.
func TestFlowRefuses(t *testing.T) {
	const (
		noElse   = "a branch of this 'if' ends in another place of the HTML than where the 'if' stands, and there is no else: "
		branches = "the branches of this 'if' end in different places of the HTML: "
		body     = "the body of this loop ends in another place of the HTML than where it begins: "
		left     = "the branches before this expression leave it in different places"
	)
	for _, c := range []struct{ src, want string }{
		{`<?lc if x then ?><!--<?lc end ?><a href="<?= v ?>">`, "1:27: " + noElse + "inside a comment at 1:27, in text at 1:6; let what is opened in a branch be closed in it, or open and close it outside (opened at 1:6)"},
		{`<?lc if x then ?><textarea><?lc else ?><div><?lc end ?>`, "1:50: " + branches + "inside <textarea> at 1:33, in text at 1:50; "},
		{`<?lc if x then ?><p title="<?lc elseif y then ?><b><?lc end ?>`, branches + `inside "..." of an attribute at 1:33, in text at 1:57`},
		{`<p title=<?lc if x then ?>"a"<?lc end ?>>`, noElse + "inside a tag at 1:35, behind the = of an attribute at 1:15"},
		{`<p title=<?lc if x then ?><?= x ?><?lc end ?> id=<?= y ?>>`, noElse + "inside an attribute without quotes at 1:40, behind the = of an attribute at 1:15"},
		{`<p title=<?lc for i = 1, 2 do ?><?= x ?><?lc end ?>>`, body},
		{`<p <?lc for i = 1, 2 do ?>title="<?lc end ?>>`, body},
		{`<?lc while x do ?><!--<?lc if y then break end ?>--><?lc end ?>`, "this loop is left in different places of the HTML"},
		{`<a <?lc if x then ?>title="<?lc else ?>href="<?lc end ?><?= v ?>">`, left},
		{`<a <?lc if x then ?>title=<?lc else ?>href=<?lc end ?>"<?= v ?>">`, left},
		{`<a <?lc if x then ?>title<?lc else ?>href<?lc end ?>="<?= v ?>">`, "a branch has printed a part of this tag, so white space or > must follow"},
		{`<a <?lc if x then ?>title<?lc else ?>href<?lc end ?> ="<?= v ?>">`, "a branch has printed a part of this tag"},
		{`<a<?lc if x then ?> title<?lc end ?><?= v ?>>`, "a branch has printed a part of this tag"},
		{`<a href="<?lc if x then ?>?u=<?lc end ?><?= v ?>">`, left},
		{`<img src="<?lc if x then ?>https://e.org<?lc end ?><?= v ?>">`, left},
		{`<img src="<?lc if x then ?>https://e.org<?lc end ?>/<?lc if y then ?>/<?lc end ?><?= v ?>">`, left},
		{`<img src="<?lc if x then ?>https://e.org<?lc end ?>//<?= v ?>">`, left},
		{`<img src="<?lc for i = 1, 2 do ?>https://e.org<?lc end ?>a<?= v ?>">`, left},
		{`<a href="<?lc if x then ?>javascript:<?lc end ?><?= v ?>">`, left},
		{`<a href="/<?lc if x then ?><?= x ?><?lc end ?>/<?= v ?>">`, left},
		{`<script>var a=<?lc if q then ?>"<?lc else ?>1+<?lc end ?><?= v ?></script>`, "1:62: " + left},
		{`<script>var a=1;<?lc if q then ?>/*<?lc end ?> var q = "<?= v ?>";</script>`, left},
		{"<script>`${<?lc if q then ?>`${<?lc end ?><?= v ?></script>", left},
		{`<style>p {<?lc if q then ?>a: '<?lc end ?><?= v ?></style>`, left},
		{`<button onclick="f(<?lc if q then ?>'<?lc end ?><?= v ?>)">`, left},
		{`<script <?lc if q then ?>type="text/template"<?lc end ?>><?= v ?></script>`, noElse},
		{`<script><?lc function f() ?>a<?lc end ?></script>`, "1:14: a function with text in it is defined inside <script>"},
		{`<?lc function f() ?><a href="<?lc end ?>`, `the text of this function ends inside "..." of an attribute`},
		{`<?lc function f(x) ?><a href="<?lc if not x then return end ?>"><?lc end ?>`, `the function returns here inside "..." of an attribute`},
		{`<?lc local function f(v) ?>"<?= v ?>"<?lc end ?><script>var a = <?lc f(v) ?>;</script>`, "this function prints what is escaped for HTML text, but is called inside <script>"},
		{`<p <?lc goto a ?>title="<?lc ::a:: ?>">`, "goto and its labels cannot stand inside a tag"},
	} {
		_, err := Parse("p.lc", []byte(c.src))
		var e *Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.src, err, c.want)
		}
	}
}

// Loops inside loops are read again and again until nothing changes, but not for
// ever.
func TestFlowIsBounded(t *testing.T) {
	const depth = 60
	for _, inner := range []string{"<i><?= x ?></i>", "<svg>", "<script>f('<?= x ?>')</script>"} {
		src := strings.Repeat("<?lc while x do ?>a<?= x ?>", depth) + inner + strings.Repeat("<?lc end ?>", depth)
		if _, err := Parse("p.lc", []byte(src)); err != nil && !strings.Contains(err.Error(), "too intricate") {
			t.Errorf("%s: %v", inner, err)
		}
	}
}
