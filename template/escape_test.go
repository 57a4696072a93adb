package template

import (
	"math"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

func TestEscape(t *testing.T) {
	str := func(s string) glua.LValue { return glua.LString(s) }
	num := func(n float64) glua.LValue { return glua.LNumber(n) }
	const evil = "\"'<>&`=\\/ a"
	for _, c := range []struct {
		src  string
		x    glua.LValue
		want string
	}{
		// Text.
		{"<p><?= x ?></p>", str(evil), "<p>&#34;&#39;&lt;&gt;&amp;`=\\/ a</p>"},
		{"<p><?= x ?></p>", str("plain, grün 日本"), "<p>plain, grün 日本</p>"},
		{"<p><?= x ?></p>", str("a\xc3\"\xff\x00b"), "<p>a\ufffd&#34;\ufffd\ufffdb</p>"},
		{"<p><?= x ?></p>", glua.LNil, "<p></p>"},
		{"<p><?= x ?></p>", glua.LTrue, "<p>true</p>"},
		{"<p><?= x ?></p>", num(-5), "<p>-5</p>"},
		{"1 < 2 <?= x ?>", str("<b>"), "1 < 2 &lt;b&gt;"},
		{"<a href='x'>1</a <?= y ?>><?= x ?>", str("<b>"), "<a href='x'>1</a >&lt;b&gt;"},
		{"<title><?= x ?></title><b>", str("</title><script>"), "<title>&lt;/title&gt;&lt;script&gt;</title><b>"},
		{"<textarea name=a><b onclick='<?= x ?>'></textarea>", str("'+alert(1)"), "<textarea name=a><b onclick='&#39;+alert(1)'></textarea>"},
		{"<!DOCTYPE html><?= x ?>", str("<"), "<!DOCTYPE html>&lt;"},
		{"<!DOCTYPE <?= x ?>>", str("><script>"), "<!DOCTYPE &gt;&lt;script&gt;>"},

		{"<!x '><?= x ?>", str("'"), "<!x '>&#39;"},
		{"<!-x><?= x ?>", str("-"), "<!-x>-"},
		{"</><a href=x></ a=\"><?= x ?>", str("\""), "</><a href=x></ a=\">&#34;"},
		{"<?php ' ?><?= x ?>", str("'"), "<?php ' ?>&#39;"},
		{"<xmp><b title='<?= x ?></xmp><?= x ?>", str("'"), "<xmp><b title='&#39;</xmp>&#39;"},
		{"<noembed><a href=<?= x ?></noembed>", str("a:b"), "<noembed><a href=a:b</noembed>"},
		{"<noframes><a href=<?= x ?></noframes >", str("a:b"), "<noframes><a href=a:b</noframes >"},
		{"<iframe src='/'><a href=<?= x ?></iframe/>", str("a:b"), "<iframe src='/'><a href=a:b</iframe/>"},
		{"<plaintext></plaintext><a href=<?= x ?>", str("a:b"), "<plaintext></plaintext><a href=a:b"},
		{"<title></titl</title><a href=<?= x ?>>", str("a:b"), "<title></titl</title><a href=#blocked>"},
		{"<title><</title><a href=<?= x ?>>", str("a:b"), "<title><</title><a href=#blocked>"},
		{"<title></title</title><a href=<?= x ?>>", str("a:b"), "<title></title</title><a href=#blocked>"},

		// Comments.
		{"<!-- <?= x ?> -->", str("--><script>--!>"), "<!-- &#45;&#45;&gt;&lt;script&gt;&#45;&#45;&#33;&gt; -->"},
		{"<!--><?= x ?>", str("a-b"), "<!-->a-b"},
		{"<!---><?= x ?>", str("a-b"), "<!--->a-b"},
		{"<!-- a --!><?= x ?>", str("a-b"), "<!-- a --!>a-b"},
		{"<!-- a --!- <?= x ?>", str("a-b"), "<!-- a --!- a&#45;b"},
		{"<!-- <script> --><?= x ?>", str("a"), "<!-- <script> -->a"},

		// Attributes.
		{`<p title="<?= x ?>">`, str(evil), "<p title=\"&#34;&#39;&lt;&gt;&amp;`=\\/ a\">"},
		{`<p title='<?= x ?>'>`, str(evil), "<p title='&#34;&#39;&lt;&gt;&amp;`=\\/ a'>"},
		{`<p title=<?= x ?>>`, str(evil), "<p title=&#34;&#39;&lt;&gt;&amp;&#96;&#61;\\/&#32;a>"},
		{`<p title=<?= x ?> id=a>`, str("x onclick=alert(1)"), "<p title=x&#32;onclick&#61;alert(1) id=a>"},
		{`<p title=<?= x ?> id=a>`, str(""), `<p title="" id=a>`},
		{`<p title=<?= x ?>>`, glua.LNil, `<p title="">`},
		{`<br title=<?= x ?>/>`, str(""), `<br title=""/>`},
		{`<p title=<?= x ?>px id=a>`, str(""), `<p title=px id=a>`},
		{`<p title=a<?= x ?> id=a>`, str("\t"), `<p title=a&#9; id=a>`},
		{`<p TITLE = "<?= x ?>">`, str(`"`), `<p TITLE = "&#34;">`},
		{`<p title="a > b" id='<?= x ?>'>`, str(`'`), `<p title="a > b" id='&#39;'>`},
		{`<p class="a <?lc if x then ?>b<?lc end ?>"><?= x ?>`, str(`'`), `<p class="a b">&#39;`},
		{`<p data-href="<?= x ?>">`, str("javascript:1"), `<p data-href="javascript:1">`},

		{`<p hidden href = '<?= x ?>'>`, str("a:b"), `<p hidden href = '#blocked'>`},
		{`<p href ><?= x ?>`, str("a:b"), `<p href >a:b`},
		{`<p href/title='<?= x ?>'>`, str("a:b"), `<p href/title='a:b'>`},
		{`<p href / src=<?= x ?>>`, str("a:b"), `<p href / src=#blocked>`},
		{`<p href= ><?= x ?>`, str("a:b"), `<p href= >a:b`},
		{`<p =href="<?= x ?>">`, str("a:b"), `<p =href="a:b">`},
		{`<p a='b'href='<?= x ?>'>`, str("a:b"), `<p a='b'href='#blocked'>`},
		{`<p a=b href='<?= x ?>'>`, str("a:b"), `<p a=b href='#blocked'>`},
		{`<p a=b><?= x ?>`, str("'"), `<p a=b>&#39;`},
		{`<p aria-<?= x ?><?= x ?>='<?= x ?>'>`, str("b"), `<p aria-bb='b'>`},

		// Names of attributes.
		{"<option <?= x ?>>", str("selected"), "<option selected>"},
		{"<option <?= x ?>>", str("selected data-x"), "<option selected data-x>"},
		{"<option <?= x ?>>", glua.LNil, "<option >"},
		{"<li<?= x ?>>", glua.LNil, "<li>"},
		{"<option <?= x == 1 and 'selected' ?>>", num(2), "<option >"},
		{"<option value=1 <?= x ?>>", str("checked"), "<option value=1 checked>"},
		{`<p data-<?= x ?>="<?= x ?>">`, str("ab"), `<p data-ab="ab">`},
		{`<p data-<?= x ?>-z="<?= x ?>">`, str("ab"), `<p data-ab-z="ab">`},
		{"<h<?= x ?>>a</h<?= x ?>>", num(2), "<h2>a</h2>"},

		// URLs.
		{`<a href="<?= x ?>">`, str("/a/b?c=d&e=f#g"), `<a href="/a/b?c=d&amp;e=f#g">`},
		{`<a href="<?= x ?>">`, str("HTTPS://example.org/ä b\"'()"), `<a href="HTTPS://example.org/%C3%A4%20b%22%27%28%29">`},
		{`<a href="<?= x ?>">`, str("mailto:a@b.c"), `<a href="mailto:a@b.c">`},
		{`<a href="<?= x ?>">`, str("tel:+1"), `<a href="tel:+1">`},
		{`<a href="<?= x ?>">`, str("?a:b"), `<a href="?a:b">`},
		{`<a href="<?= x ?>">`, str("a%20b%zz%"), `<a href="a%20b%25zz%25">`},
		{`<a href="<?= x ?>">`, str("javascript:alert(1)"), `<a href="#blocked">`},
		{`<a href="<?= x ?>">`, str("JaVaScRiPt:alert(1)"), `<a href="#blocked">`},
		{`<a href="<?= x ?>">`, str("java\tscript:alert(1)"), `<a href="#blocked">`},
		{`<a href="<?= x ?>">`, str(" \x01\njavascript:alert(1)"), `<a href="#blocked">`},
		{`<a href="<?= x ?>">`, str("javascript&colon;alert(1)"), `<a href="javascript&amp;colon;alert%281%29">`},
		{`<a href="<?= x ?>">`, str("javascript&#58;alert(1)"), `<a href="javascript&amp;#58;alert%281%29">`},
		{`<a href="<?= x ?>">`, str("data:text/html,<script>"), `<a href="#blocked">`},
		{`<a href="<?= x ?>">`, str("vbscript:x"), `<a href="#blocked">`},
		{`<a href="<?= x ?>">`, str("feed:javascript:x"), `<a href="#blocked">`},
		{`<a href="<?= x ?>">`, str("\xff\x00\\"), `<a href="%EF%BF%BD%00%5C">`},
		{`<a href="<?= x ?>">`, glua.LNil, `<a href="">`},
		{`<a href='<?= x ?>'>`, str("javascript:x"), `<a href='#blocked'>`},
		{`<a href=<?= x ?>>`, str("javascript:x"), `<a href=#blocked>`},
		{`<a href=<?= x ?>>`, str("?a=b&c d`>"), `<a href=?a&#61;b&amp;c%20d%60%3E>`},
		{`<a href=<?= x ?> id=a>`, str(""), `<a href="" id=a>`},
		{`<a href=" <?= x ?>">`, str("javascript:x"), `<a href=" #blocked">`},
		{`<a href="&#10;<?= x ?>">`, str("javascript:x"), `<a href="&#10;#blocked">`},
		{`<a href="java<?= x ?>">`, str("script:x"), `<a href="javascript%3Ax">`},
		{`<a href="<?= 'java' ?><?= x ?>">`, str("script:x"), `<a href="javascript%3Ax">`},
		{`<a href="/<?= x ?>">`, str("/evil.example"), `<a href="/%2Fevil.example">`},
		{`<a href="/<?= x ?>">`, str("\\evil.example"), `<a href="/%5Cevil.example">`},
		{`<a href="/p/<?= x ?>/q">`, str("a b:c?d"), `<a href="/p/a%20b:c?d/q">`},
		{`<a href="/?q=<?= x ?>&r=<?= x ?>">`, str("a&b=c d+e#%ä~"), `<a href="/?q=a%26b%3Dc%20d%2Be%23%25%C3%A4~&r=a%26b%3Dc%20d%2Be%23%25%C3%A4~">`},
		{`<a href="<?= '/a' ?>?q=<?= x ?>">`, str("?&"), `<a href="/a?q=%3F%26">`},
		{`<a href="#<?= x ?>">`, str("a b"), `<a href="#a%20b">`},
		{`<a href="#<?= x ?>">`, str("\xff"), `<a href="#%EF%BF%BD">`},
		{`<a href="http://h:<?= x ?>/">`, num(80), `<a href="http://h:80/">`},
		{`<form action="<?= x ?>">`, str("javascript:x"), `<form action="#blocked">`},
		{`<svg><a xlink:href="<?= x ?>">`, str("javascript:x"), `<svg><a xlink:href="#blocked">`},
		{`<img srcset="<?= x ?> 2x">`, str("javascript:x"), `<img srcset="#blocked 2x">`},
		{`<img srcset="<?= x ?>">`, str("a.png 1x, javascript:x 2x,\nb\".png"), `<img srcset="a.png 1x, #blocked 2x, b%22.png">`},
		{`<meta http-equiv=refresh content="0; URL='<?= x ?>'">`, str("javascript:x"), `<meta http-equiv=refresh content="0; URL='#blocked'">`},
		{`<meta name=description content="<?= x ?>">`, str("a: \"b\""), `<meta name=description content="a: &#34;b&#34;">`},
		{`<a href="javascript:f('<?= x ?>')">`, str("'%27\""), `<a href="javascript:f('\u0027\u002527\u0022')">`},
		{`<a href="JAVA&#x53;CRIPT:f(<?= x ?>)">`, str("a\"%22"), `<a href="JAVA&#x53;CRIPT:f(%22a\u0022\u002522%22)">`},

		{`<a href="javascript&colon;f('<?= x ?>')">`, str("'"), `<a href="javascript&colon;f('\u0027')">`},
		{`<a href="java&Tab;script:f('<?= x ?>')">`, str("'"), `<a href="java&Tab;script:f('\u0027')">`},
		{`<a href="?a=1&copy=<?= x ?>&lt">`, str("/"), `<a href="?a=1&copy=%2F&lt">`},
		{`<a href="&<?= x ?>">`, str("a:b"), `<a href="&&#97;%3Ab">`},
		{`<a href="&&amp;<?= x ?>">`, str("a:b"), `<a href="&&amp;a%3Ab">`},
		{`<a href="a/?b#c<?= x ?>">`, str("/"), `<a href="a/?b#c%2F">`},
		{`<a href="/?b<?= x ?>">`, str("/"), `<a href="/?b%2F">`},
		{`<a href="http:<?= x ?>">`, str("//a"), `<a href="http://a">`},
		{`<meta content="5; <?= x ?>; url = <?= x ?>">`, str("javascript:x"), `<meta content="5; javascript:x; url = #blocked">`},

		// Scripts.
		{"<script>var a = <?= x ?>;</script>", str("</script><!--\u2028&'\"\\\n\x00\x7f"), `<script>var a = "\u003c/script\u003e\u003c!--\u2028\u0026\u0027\u0022\\\n\u0000\u007f";</script>`},
		{"<script>var a = <?= x ?>;</script>", num(12.5), "<script>var a = 12.5;</script>"},
		{"<script>var a = b-<?= x ?>;</script>", num(-1), "<script>var a = b- -1;</script>"},
		{"<script>var a = <?= x ?>;</script>", glua.LFalse, "<script>var a = false;</script>"},
		{"<script>var a = <?= x ?>;</script>", glua.LNil, "<script>var a = null;</script>"},
		{"<script>var a = <?= x ?>;</script>", num(math.Inf(1)), "<script>var a = Infinity;</script>"},
		{"<script>var a = <?= 0/0 ?>;</script>", glua.LNil, "<script>var a = NaN;</script>"},
		{"<script>var a = '<?= x ?>';</script>", str("';alert(1)//\xff"), "<script>var a = '\\u0027;alert(1)//\ufffd';</script>"},
		{`<script>var a = "\"<?= x ?>";</script>`, str(`"`), `<script>var a = "\"\u0022";</script>`},
		{"<script>var a = '<?= x ?>';</script>", glua.LNil, "<script>var a = '';</script>"},
		{"<script>var a = `<?= x ?>`;</script>", str("${alert(1)}`"), "<script>var a = `\\u0024\\u007balert(1)}\\u0060`;</script>"},
		{"<script>var a = `$<?= x ?>`;</script>", str("{alert(1)}"), "<script>var a = `$\\u007balert(1)}`;</script>"},
		{"<script>var a = `${ f({a: <?= x ?>}) } <?= x ?>`;</script>", str("a$"), "<script>var a = `${ f({a: \"a$\"}) } a\\u0024`;</script>"},
		{"<script>var a = /<?= x ?>/g, b = '<?= x ?>';</script>", str("a.b/"), `<script>var a = /a\u002eb\u002f/g, b = 'a.b/';</script>`},
		{"<script>var a = /[/'<?= x ?>]/;</script>", str("]"), `<script>var a = /[/'\u005d]/;</script>`},
		{"<script>var a = /<?= x ?>/;</script>", str(""), "<script>var a = /(?:)/;</script>"},
		{"<script>var a = b / <?= x ?> / 'c';</script>", str("'"), `<script>var a = b / "\u0027" / 'c';</script>`},
		{"<script>return /'/.test(<?= x ?>)</script>", str("a"), `<script>return /'/.test("a")</script>`},
		{"<script>a++ / '<?= x ?>' </script>", str("a"), `<script>a++ / 'a' </script>`},
		{"<script>// <?= x ?>;\nvar a = <?= x ?></script>", str("\nalert(1)"), "<script>// ;\nvar a = \"\\nalert(1)\"</script>"},
		{"<script>/* it's <?= x ?> */ var a = <?= x ?></script>", str("*/"), `<script>/* it's  */ var a = "*/"</script>`},
		{"<script><!-- it's\nvar a = <?= x ?></script>", str("a"), "<script><!-- it's\nvar a = \"a\"</script>"},
		{"<SCRIPT TYPE=module>f(<?= x ?>)</SCRIPT><?= x ?>", str("<"), `<SCRIPT TYPE=module>f("\u003c")</SCRIPT>&lt;`},
		{"<script>'</scripty>'<?= x ?></script ><?= x ?>", str("<"), `<script>'</scripty>'"\u003c"</script >&lt;`},
		{"<script><!--<script></script>f(<?= x ?>)--></script><?= x ?>", str("<"), `<script><!--<script></script>f()--></script>&lt;`},
		{`<script type="application/json">{"a": <?= x ?>, "b": "<?= x ?>"}</script>`, str("</script>'"), `<script type="application/json">{"a": "\u003c/script\u003e\u0027", "b": "\u003c/script\u003e\u0027"}</script>`},
		{`<script type="application/ld+json"><?= x ?></script>`, num(math.Inf(1)), `<script type="application/ld+json">null</script>`},
		{`<script type="text/x-template"><b><?= x ?></b></script>`, str("<i>"), `<script type="text/x-template"><b>&lt;i&gt;</b></script>`},
		{`<script type="<?= x ?>">f(<?= x ?>)</script>`, str("a"), `<script type="a">f("a")</script>`},
		{`<button onclick="f(<?= x ?>)">`, str(`"'<&\`), `<button onclick="f(&#34;\u0022\u0027\u003c\u0026\\&#34;)">`},
		{`<button onclick='f("<?= x ?>")'>`, str(`"')`), `<button onclick='f("\u0022\u0027)")'>`},
		{`<button onclick="f(&quot;<?= x ?>&quot;)">`, str(`"&quot;`), `<button onclick="f(&quot;\u0022\u0026quot;&quot;)">`},
		{`<button onclick=f(<?= x ?>)>`, str("a b=`"), `<button onclick=f(&#34;a\u0020b\u003d\u0060&#34;)>`},
		{`<button onclick=f(-<?= x ?>)>`, num(-2), `<button onclick=f(-&#32;-2)>`},
		{`<button ONmouseover="f(<?= x ?>)">`, num(3), `<button ONmouseover="f(3)">`},
		{`<button onclick="f('<?lc put "a" ?><?= x ?>')">`, str("'"), `<button onclick="f('a\u0027')">`},

		{"<script>a = `\\`<?= x ?>`; b = `${ {} }` / `$${'<?= x ?>'}`</script>", str("'"), "<script>a = `\\`\\u0027`; b = `${ {} }` / `$${'\\u0027'}`</script>"},
		{"<script>a = /\\/[<?= x ?>/; b = 'it\\\n<?= x ?>'</script>", str("'"), "<script>a = /\\/[\\u0027/; b = 'it\\\n\\u0027'</script>"},
		{"<script>a = 'it\nb = <?= x ?></script>", str("'"), "<script>a = 'it\nb = \"\\u0027\"</script>"},
		{"<script>a = /it\nb = <?= x ?></script>", str("'"), "<script>a = /it\nb = \"\\u0027\"</script>"},
		{"<script>/***/a = <?= x ?>; b = (c) / d; e = f[0] / '<?= x ?>'</script>", str("'"), "<script>/***/a = \"\\u0027\"; b = (c) / d; e = f[0] / '\\u0027'</script>"},
		{"<script>a = b /<?= x ?>; c = /<?= x ?>/; d = 1 / 2 / '<?= x ?>'</script>", str("'"), "<script>a = b /\"\\u0027\"; c = /\\u0027/; d = 1 / 2 / '\\u0027'</script>"},

		// Styles.
		{"<style>p { color: <?= x ?> }</style>", str("#f00"), "<style>p { color: #f00 }</style>"},
		{"<style>p { color: <?= x ?> }</style>", str("red;}</style><script>"), `<style>p { color: red\00003b \00007d \00003c \00002f style\00003e \00003c script\00003e  }</style>`},
		{"<style>p { color: <?= x ?> }</style>", str("expression(1)"), `<style>p { color: expression\000028 1\000029  }</style>`},
		{"<style>p { content: '<?= x ?>' }</style>", str("'}\n*\\"), `<style>p { content: '\000027 \00007d \00000a \00002a \00005c ' }</style>`},
		{"<style>/* <?= x ?> */ p { width: <?= x ?>px }</style><?= x ?>", num(-5), "<style>/*  */ p { width: -5px }</style>-5"},
		{"<style>p { background: url(<?= x ?>) }</style>", str("a'(b).png"), "<style>p { background: url(a%27%28b%29.png) }</style>"},
		{"<style>p { background: URL( '<?= x ?>' ) }</style>", str("javascript:x"), "<style>p { background: URL( '#blocked' ) }</style>"},
		{"<style>p { background: url('/i?n=<?= x ?>'); color: <?= x ?> }</style>", str("&/"), `<style>p { background: url('/i?n=%26%2F'); color: \000026 \00002f  }</style>`},
		{`<p style="width: <?= x ?>%">`, num(50), `<p style="width: 50%">`},
		{`<p style="color: <?= x ?>">`, str(`red"; onclick="`), `<p style="color: red\000022 \00003b  onclick\00003d \000022 ">`},
		{`<p style=color:<?= x ?>>`, str("a b>"), `<p style=color:a\000020b\00003e>`},
		{`<p style="background: url(&quot;<?= x ?>&quot;)">`, str(`"&`), `<p style="background: url(&quot;%22&amp;&quot;)">`},
		{"<style>p{a:url(<?= x ?>);b:c}</style>", str("a.png"), "<style>p{a:url(a.png);b:c}</style>"},
		{`<a href="<?= x ?>&amp;a:b">`, str("page"), `<a href="page&amp;a:b">`},
		{"<style>p { color: <?= x ?> }</style>", glua.LNil, "<style>p { color:  }</style>"},
		{"<style>p { color: <?= x ?> }</style>", str("\xff\x00ä"), "<style>p { color: \ufffd\ufffdä }</style>"},

		{"<style>p { content: 'it\n; color: <?= x ?> }</style>", str("'"), "<style>p { content: 'it\n; color: \\000027  }</style>"},
		{"<style>p { a: '\\'<?= x ?>'; b: \"'\"; c: <?= x ?> / 2 }</style>", str("a b"), "<style>p { a: '\\'a b'; b: \"'\"; c: a b / 2 }</style>"},
		{"<style>p { a: url(); b: url(/c?<?= x ?>) <?= x ?>; c: url(\"<?= x ?>\" ) <?= x ?> }</style>", str("a b"), "<style>p { a: url(); b: url(/c?a%20b) a b; c: url(\"a%20b\" ) a b }</style>"},
		{"<style>/**<?= x ?>*/p /* * */ { a: 1/<?= x ?> }</style>", str("*"), "<style>/***/p /* * */ { a: 1/\\00002a  }</style>"},

		// HTML in an attribute.
		{`<iframe srcdoc="<p><?= x ?></p>">`, str(`<b>&"' `), `<iframe srcdoc="<p>&amp;lt;b&amp;gt;&amp;amp;&amp;#34;&amp;#39; </p>">`},
		{`<iframe srcdoc=<?= x ?>>`, str("<b>= \xff\x00"), `<iframe srcdoc=&amp;lt;b&amp;gt;&#61;&#32;` + "\ufffd\ufffd>"},
	} {
		got := mustRender(t, c.src, map[string]glua.LValue{"x": c.x})
		if got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// Where nothing can be escaped safely, nothing is printed.
func TestEscapeRefuses(t *testing.T) {
	for _, c := range []struct{ src, x, want string }{
		{"<<?= x ?>>", "b", "1:6: an expression cannot print the name of a tag"},
		{"</<?= x ?>>", "b", "the name of a tag"},
		{"<b<?= x ?>>", "r", "the name of a tag"},
		{"<h<?= x ?>>", "tml", "the name of a tag"},
		{"<!<?= x ?>>", "--", "the name of a tag"},
		{"<!-<?= x ?>>", "-", "the name of a tag"},
		{"<p <?= x ?>>", "a=b", "attribute name that is not plain"},
		{"<p <?= x ?>>", "a>", "attribute name that is not plain"},
		{"<p <?= x ?>>", "a/b", "attribute name that is not plain"},
		{"<p <?= x ?>>", "ä", "attribute name that is not plain"},
		{"<p <?= x ?>>", "onclick", "attribute name that is not plain"},
		{"<p <?= x ?>>", "OnFoo", "attribute name that is not plain"},
		{"<p <?= x ?>='1'>", "style", "attribute name that is not plain"},
		{"<p <?= x ?>='1'>", "checked href", "attribute name that is not plain"},
		{"<p <?= x ?>='1'>", "SrcDoc", "attribute name that is not plain"},
		{"<p <?= x == x ?>>", "", "prints true where a tag has an attribute name"},
		{"<p <?= #x ?>>", "abc", "prints 3 where a tag has an attribute name"},
		{"<p h<?= x ?>='<?= x ?>'>", "ref", "the name of this attribute is printed"},
		{"<p <?= x ?>ref='<?= x ?>'>", "h", "the name of this attribute is printed"},
		{"<p <?= x ?><?= x ?>='<?= x ?>'>", "a", "the name of this attribute is printed"},
		{"<a href='<?= x ?>:<?= x ?>'>", "javascript", "must print http or https"},
		{"<a href='<?= x ?>:<?= x ?>'>", "https", "the scheme of this URL"},
		{"<a href='<?= x ?>://<?= x ?>/'>", "javascript", "must print http or https"},
		{"<a href='<?= x ?>://own.example/'>", "https://evil.com/", "must print http or https"},
		{"<a href='<?= x ?>://own.example/'>", "//evil.com", "must print http or https"},
		{"<a href='<?= x ?>://own.example/'>", "", "must print http or https"},
		{"<a href='<?= 'https' ?>://<?= x ?>/'>", "", "the host of this URL is empty"},
		{"<a href='<?= x ?>:pwn()'>", "javascript", "prints the scheme of a URL"},
		{"<a href='<?= x ?>script:pwn()'>", "java", "prints the scheme of a URL"},
		{"<a href='java<?= x ?>:pwn()'>", "script", "prints the scheme of a URL"},
		{"<a href='<?= x ?>&colon;pwn()'>", "javascript", "prints the scheme of a URL"},
		{"<a href='<?= x ?>&#x53;cript&Tab;&#58;pwn()'>", "java", "prints the scheme of a URL"},
		{"<a href='<?lc if y then ?>java<?lc end ?>script:<?= x ?>'>", "a", "the scheme of this URL"},
		{"<a href='vbscript:<?= x ?>'>", "a", "vbscript"},
		{"<script>'\\<?= x ?>'</script>", "a", "right behind a backslash"},
		{"<style>'\\<?= x ?>'</style>", "a", "right behind a backslash"},
		{"<iframe srcdoc='<p title=<?= x ?>>'>", "a", "inside srcdoc"},
		{"<iframe srcdoc='&lt;script>f(<?= x ?>)'>", "a", "inside srcdoc"},
		{"<iframe srcdoc='<STYLE>p {<?= x ?>}'>", "a", "inside srcdoc"},
		{"<p title=<?= x ?><?= x ?> id=a>", "", "without quotes is empty"},
	} {
		p := mustParse(t, c.src)
		_, err := render(t, p, map[string]glua.LValue{"x": glua.LString(c.x)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: error %v, want %q", c.src, c.x, err, c.want)
		}
	}
}

func TestEscapeDoesNotAllocate(t *testing.T) {
	places := []Place{
		{}, {lang: langComment}, {lang: langName}, {lang: langURL, in: inDouble}, {lang: langURLPair}, {lang: langURLQuery}, {lang: langURLList},
		{lang: langSrcdoc}, {lang: langJS, in: inRaw}, {lang: langJSString}, {lang: langJSPattern}, {lang: langCSS}, {lang: langHTML, in: inBare},
	}
	dst := make([]byte, 0, 1<<12)
	for _, p := range places {
		if n := testing.AllocsPerRun(10, func() {
			dst, _ = p.Append(dst[:0], String, "checked")
		}); n != 0 {
			t.Errorf("%+v: %v allocations", p, n)
		}
	}
}
