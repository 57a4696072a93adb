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

		{`<input<?lc if x then ?> checked<?lc end ?><?= x ?>>`, " required", `<input checked required>`},
		{`<input<?lc if x then ?> title=a<?lc end ?><?= x ?><?= y ?><?= x ?>>`, "required", `<input title=a required required>`},
		{`<input<?lc if y then ?> checked<?lc end ?><?= x == y ?>>`, "a", `<input>`},

		// URLs that are put together by branches and loops.
		{`<a href="<?lc if x then ?>/<?= x ?><?lc end ?>/shop/<?= x ?>">`, "en", `<a href="/en/shop/en">`},
		{`<a href="<?lc if x then ?>/<?= x ?><?lc end ?>/shop/<?= x ?>">`, "/evil.com", `<a href="/%2Fevil.com/shop//evil.com">`},
		{`<a href="<?lc if x then ?>/<?= y ?><?lc end ?>/evil.com/<?= x ?>">`, "javascript:pwn()", `<a href="/./evil.com/javascript:pwn%28%29">`},
		{`<a href="<?lc if y then ?>/<?= y ?><?lc end ?>/shop/<?= x ?>">`, "a b", `<a href="/shop/a%20b">`},
		{`<a href="<?lc if x then ?>/en<?lc end ?><?= x ?>/b">`, "/a", `<a href="/en/a/b">`},
		{`<a href="<?lc if x then ?>/<?lc end ?><?= y ?>/<?= x ?>">`, "evil.com", `<a href="/./evil.com">`},
		{`<a href="/<?lc for i = 1, 2 do ?><?= x ?>/<?lc end ?>">`, "a", `<a href="/a/a/">`},
		{`<a href="/<?lc for i = 1, 2 do ?><?= x ?>/<?lc end ?>">`, "/evil.com", `<a href="/%2Fevil.com/%2Fevil.com/">`},
		{`<a href="/<?lc for i = 1, 2 do ?><?= y ?>/<?= x ?><?lc end ?>">`, "evil.com", `<a href="/./evil.com/evil.com">`},
		{`<a href="?<?lc for i = 1, 2 do ?><?= x ?>=<?= x ?>&amp;<?lc end ?>">`, "a&b", `<a href="?a%26b=a%26b&amp;a%26b=a%26b&amp;">`},
		{`<a href="/<?= 'en' ?><?= y ?>/<?= x ?>">`, "a", `<a href="/en/a">`},
		{`<a href="<?= 'https' ?>://<?= 'own.example:8080' ?>/<?= x ?>">`, "//evil.com", `<a href="https://own.example:8080///evil.com">`},
		{`<a href="<?= 'https' ?>:\\\\<?= x ?>">`, "own.example", `<a href="https:\\\\own.example">`},
		{`<a href="<?lc if x then ?><?= 'https' ?>://<?= 'own.example' ?><?lc end ?>/a/<?= x ?>">`, "//evil.com", `<a href="https://own.example/a///evil.com">`},
		{`<a href="<?lc if y then ?>https:<?lc end ?>//<?= 'own.example' ?>/<?= x ?>">`, "a", `<a href="//own.example/a">`},
		{`<a href="<?= x ?>/path?x=<?= x ?>">`, "https://own.example", `<a href="https://own.example/path?x=https%3A%2F%2Fown.example">`},
		{`<a href="<?= x ?>/path?x=<?= x ?>">`, "javascript:pwn()", `<a href="#blocked/path?x=javascript%3Apwn%28%29">`},
		{`<a href="<?lc for i = 1, 2 do ?><?lc if i == 2 then ?>/evil.com<?lc end ?><?= x ?><?lc end ?>">`, "/", `<a href="/.//evil.com/./">`},
		{`<a href="<?= x ?>:8080/">`, "http://own.example", `<a href="http://own.example:8080/">`},

		// Text of the author's own, in a style or an event handler.
		{`<p style="<?= x and "display:none" or "" ?>">`, "a", `<p style="display:none">`},
		{`<p style="<?= y and "display:none" or "" ?>">`, "a", `<p style="">`},
		{`<p style="<?= y and "display:none" ?>;color:<?= x ?>">`, ";:", `<p style=";color:\00003b \00003a ">`},
		{`<p style='<?= x and ("font-family:\'A\'") ?>'>`, "a", `<p style='font-family\00003a \000027 A\000027 '>`},
		{`<p style='<?= x and (y and "a:b" or "font-family:&A,(") ?>'>`, "a", `<p style='font-family:&amp;A,('>`},
		{`<style><?= x and "p{a:b}" or nil ?> q {c: <?= x ?>}</style>`, "{", `<style>p{a:b} q {c: \00007b }</style>`},
		{`<style>p {<?= x and "</style>" or "" ?>}</style>`, "{", `<style>p {\00003c \00002f style\00003e }</style>`},
		{`<style>p {<?= "</style>" ?>}</style>`, "", `<style>p {\00003c \00002f style\00003e }</style>`},
		{`<p style="<?= x and "a:url(" or "b:(" ?>a)">`, "a", `<p style="a\00003a url\000028 a)">`},
		{`<p style="<?= x or "a:b" ?>">`, "a:b", `<p style="a\00003a b">`},
		{`<p style="<?= x and "a:b" .. x ?>">`, ";", `<p style="a\00003a b\00003b ">`},
		{`<p onclick="<?= x and "f('a')" or "" ?>">`, "a", `<p onclick="f(&#39;a&#39;)">`},
		{`<p onclick="<?= x and "return " ?>f(<?= x ?>)">`, `"`, `<p onclick="return f(&#34;\u0022&#34;)">`},
		{`<p onclick="f(<?= x and "a" or "b" ?>)">`, "a", `<p onclick="f(&#34;a&#34;)">`},
		{`<p onclick="<?= x ?>">`, "f()", `<p onclick="&#34;f()&#34;">`},
		{`<script>a = <?= x and "b" or "c" ?></script>`, "a", `<script>a = "b"</script>`},
		{`<p class="<?= x and "on" or "" ?>">`, "a", `<p class="on">`},

		// Functions.
		{`<?lc M = {v = 2} function M.card(v) ?><?= v ?><?lc end local card = M.card card(x) ?><script>a = <?= M.v ?></script>`, "<", `&lt;<script>a = 2</script>`},
		{`<?lc local function item(v) ?><?= v ?><?lc end item(x) ?><script>a = <?= item and 1 ?></script>`, "<", `&lt;<script>a = 1</script>`},
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
		{`<a<?lc if x then ?> title<?lc end ?><?= v ?>="a">`, "a branch has printed a part of this tag"},
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
		{`<?lc function f() ?><svg><?lc end ?>`, "the text of this function ends in the text of <svg> or <math>; close in it"},
		{`<svg><?lc function f() ?></svg><?lc end ?>`, "the text of this function closes an <svg> or <math> that it has not opened"},
		{`<script type="text/html"><?lc if x then ?></script><?lc end ?>`, "in text at 1:57, in the text of a template in <script>"},
		{`<script type="text/html"><b title="</scr<?= x ?>">`, "what may be the end tag"},
		{`<script <?lc if q then ?>type="text/html"<?lc else ?>type="text/plain"<?lc end ?>><?= v ?></script>`, "end in different places"},
		{`<a href="<?= x ?>:<?lc if y then ?>//<?lc end ?><?= y ?>">`, left},
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
