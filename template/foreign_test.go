package template

import (
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// Text inside of text: drawings, templates for the page's own scripts, XML.
func TestEscapeIslands(t *testing.T) {
	const xml = `<?xml version="1.0"?>`
	for _, c := range []struct{ src, x, want string }{
		// Drawings as programs write them.
		{`<svg><style type="text/css"><![CDATA[ .a > .b{fill:#fff} ]]></style><title/><style/><script/><a href="<?= x ?>"><title>A<?= x ?></title></a></svg><?= x ?>`, "javascript:<",
			`<svg><style type="text/css"><![CDATA[ .a > .b{fill:#fff} ]]></style><title/><style/><script/><a href="#blocked"><title>Ajavascript:&lt;</title></a></svg>javascript:&lt;`},
		{`<svg><style><![CDATA[ a::before{content:'</style>' } b{c:<?= x ?>;d:'<?= x ?>'} ]]></style></svg><?= x ?>`, "]]>'<",
			`<svg><style><![CDATA[ a::before{content:'</style>' } b{c:\00005d \00005d \00003e \000027 \00003c ;d:'\00005d \00005d \00003e \000027 \00003c '} ]]></style></svg>]]&gt;&#39;&lt;`},
		{`<svg><script>//<![CDATA[` + "\n" + `if (a<b && c) f('<?= x ?>')` + "\n" + `//]]></script></svg><?= x ?>`, "']]></script>",
			`<svg><script>//<![CDATA[` + "\n" + `if (a<b && c) f('\u0027]]\u003e\u003c/script\u003e')` + "\n" + `//]]></script></svg>&#39;]]&gt;&lt;/script&gt;`},
		{`<svg><style><!-- .a{} --></style><text><![CDATA[a > <b title="]]><?= x ?></text></svg>`, "<", `<svg><style><!-- .a{} --></style><text><![CDATA[a > <b title="]]>&lt;</text></svg>`},
		{`<svg><text><![CDATA[<?= x ?>]]></text></svg><p><![CDATA[ > <b title='<?= x ?>'>`, "]]><'", `<svg><text><![CDATA[]]&gt;&lt;&#39;]]></text></svg><p><![CDATA[ > <b title=']]&gt;&lt;&#39;'>`},
		{`<svg><![CDA[ x ><b title='<?= x ?>'></svg>`, "'", `<svg><![CDA[ x ><b title='&#39;'></svg>`},
		{`<math><plaintext><?= x ?></plaintext></math><a href=<?= x ?>>`, "a:b", `<math><plaintext>a:b</plaintext></math><a href=#blocked>`},
		{`<svg><style><!--></style><?= x ?></svg>`, "<", `<svg><style><!--></style>&lt;</svg>`},
		{`<svg><style>a &amp; b</style></svg><?= x ?>`, "<", `<svg><style>a &amp; b</style></svg>&lt;`},
		{`<svg><p></svg><svg><style/><a href="<?= x ?>"></svg>`, "a:b", `<svg><p></svg><svg><style/><a href="#blocked"></svg>`},
		{`<svg><style>a<b</style></svg>`, "", `<svg><style>a<b</style></svg>`},

		// Templates.
		{`<script type="text/x-template"><a href="<?= x ?>" onclick="f('<?= x ?>')" title='<?= x ?>'><?= x ?></a></script><p title='<?= x ?>'>`, "javascript:'</script>",
			`<script type="text/x-template"><a href="#blocked" onclick="f('javascript:\u0027\u003c/script\u003e')" title='javascript:&#39;&lt;/script&gt;'>javascript:&#39;&lt;/script&gt;</a></script><p title='javascript:&#39;&lt;/script&gt;'>`},
		{`<script type="text/html"><style>a{b:<?= x ?>}</style><!-- <?= x ?> --><a b="</script ><i title="<?= x ?>">`, `-">`,
			`<script type="text/html"><style>a{b:-\000022 \00003e }</style><!-- &#45;&#34;&gt; --><a b="</script ><i title="-&#34;&gt;">`},
		{`<script type="x-tmpl"><!-- <script> <b title=" </script> <?= x ?>"> --></script><a href="<?= x ?>">`, `a:-`, `<script type="x-tmpl"><!-- <script> <b title=" </script> a:&#45;"> --></script><a href="#blocked">`},
		{`<script type="x-tmpl"><!-- a --> <script> </script><i title="</script><a href='<?= x ?>'>">`, `a:-`, `<script type="x-tmpl"><!-- a --> <script> </script><i title="</script><a href='a:-'>">`},
		{`<script type="text/html"><?lc if x then ?><b title="<?= x ?>"><?lc else ?><i>-<?lc end ?><?= x ?></script><a href="<?= x ?>">`, `a:"`, `<script type="text/html"><b title="a:&#34;">a:&#34;</script><a href="#blocked">`},
		{`<script type="text/html"><?lc local function f(v) ?><b>-<?= v ?>-</b>--<?lc end f(x) ?></script><?lc f(x) ?>`, `<`, `<script type="text/html"><b>-&lt;-</b>--</script><b>-&lt;-</b>--`},
		{`<script type="x-shader/x-fragment">for (int i=0;i<n;i++) a <b = "<?= x ?>"</script>`, `"`, `<script type="x-shader/x-fragment">for (int i=0;i<n;i++) a <b = "&#34;"</script>`},

		// XML.
		{xml + `<rss><title a="<?= x ?>"><?= x ?></title><link><?= x ?></link><script><?= x ?></script><enclosure url='<?= x ?>' style="<?= x ?>"/></rss>`, "a\x01\tb\uFFFE<\"]]>",
			xml + `<rss><title a="a` + "\uFFFD\tb\uFFFD" + `&lt;&#34;]]&gt;">a` + "\uFFFD\tb\uFFFD" + `&lt;&#34;]]&gt;</title><link>a` + "\uFFFD\tb\uFFFD" + `&lt;&#34;]]&gt;</link><script>a` + "\uFFFD\tb\uFFFD" +
				`&lt;&#34;]]&gt;</script><enclosure url='a` + "\uFFFD\tb\uFFFD" + `&lt;&#34;]]&gt;' style="a` + "\uFFFD\tb\uFFFD" + `&lt;&#34;]]&gt;"/></rss>`},
		{"\n " + xml + `<feed><link href="<?= x ?>"/><a:b xlink:href='<?= x ?>' src="<?= x ?>"/></feed>`, "javascript:\"'", "\n " + xml + `<feed><link href="#blocked"/><a:b xlink:href='#blocked' src="#blocked"/></feed>`},
		{xml + `<a><![CDATA[<b title="<?= x ?>"><?= x ?></b><a href="/<?= x ?>"><i onclick="f(<?= x ?>)">]]><b><?= x ?></b></a>`, "]]>\"\x02",
			xml + `<a><![CDATA[<b title="&#93;&#93;&gt;&#34;` + "\uFFFD" + `">&#93;&#93;&gt;&#34;` + "\uFFFD" + `</b><a href="/&#93;&#93;%3E%22%02"><i onclick="f(&#34;&#93;&#93;\u003e\u0022\u0002&#34;)">]]><b>]]&gt;&#34;` + "\uFFFD" + `</b></a>`},
		{xml + `<a><![CDATA[<script>f(<?= x ?>)</script><b title="]]><b c="<?= x ?>"/></a>`, "]]>\"", xml + `<a><![CDATA[<script>f("\u005d\u005d\u003e\u0022")</script><b title="]]><b c="]]&gt;&#34;"/></a>`},
		{xml + `<a><![CDATA[<style>a{b:url(<?= x ?>);c:'<?= x ?>'}</style>]]></a>`, "]", xml + `<a><![CDATA[<style>a{b:url(%5D);c:'\00005d '}</style>]]></a>`},
		{xml + `<!DOCTYPE a [ <!ENTITY b "]>'"> ]><!-- <?= x ?> --!> '<?= x ?> --><_a b="<?= x ?>"/><ä c='<?= x ?>'/><?php echo "x>y" ?><b><?= x ?></b>`, "-'<",
			xml + `<!DOCTYPE a [ <!ENTITY b "]>'"> ]><!-- &#45;&#39;&lt; --!> '&#45;&#39;&lt; --><_a b="-&#39;&lt;"/><ä c='-&#39;&lt;'/><?php echo "x>y" ?><b>-&#39;&lt;</b>`},
		{xml + `<svg xmlns="http://www.w3.org/2000/svg"><style><![CDATA[a > b{c:<?= x ?>}]]></style><script>f(<?= x ?>)</script><a href="<?= x ?>" onclick="f('<?= x ?>')"/><title><?= x ?></title><script/><?= x ?></svg>`, "a:'",
			xml + `<svg xmlns="http://www.w3.org/2000/svg"><style><![CDATA[a > b{c:a\00003a \000027 }]]></style><script>f("a:\u0027")</script><a href="#blocked" onclick="f('a:\u0027')"/><title>a:&#39;</title><script/>a:&#39;</svg>`},
		{xml + `<html xmlns="http://www.w3.org/1999/xhtml"><script>//<![CDATA[` + "\n" + `if (a<b) f(<?= x ?>)` + "\n" + `//]]></script><title><?= x ?></title><p><![CDATA[a]]><?= x ?><br/></p><svg><style/><a href="<?= x ?>"/></svg></html>`, "a:\x01'",
			xml + `<html xmlns="http://www.w3.org/1999/xhtml"><script>//<![CDATA[` + "\n" + `if (a<b) f("a:\u0001\u0027")` + "\n" + `//]]></script><title>a:` + "\uFFFD" + `&#39;</title><p><![CDATA[a]]>a:` + "\uFFFD" + `&#39;<br/></p><svg><style/><a href="#blocked"/></svg></html>`},
		{`<?xml-x?><p><?= x ?>`, "\x01", "<?xml-x?><p>\uFFFD"},
		{`<p><?xml ?><title a="<?= x ?>"><b></title>`, "\x01", "<p><?xml ?><title a=\"\x01\"><b></title>"},
	} {
		if got := mustRender(t, c.src, map[string]glua.LValue{"x": glua.LString(c.x)}); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
	for _, src := range []string{xml + `<?xml-stylesheet href="<?= x ?>"?>`, xml + `<!DOCTYPE <?= x ?>>`, xml + `<!DOCTYPE a [<!ENTITY b "<?= x ?>">]>`} {
		_, err := render(t, mustParse(t, src), map[string]glua.LValue{"x": glua.LString("a")})
		if err == nil || !strings.Contains(err.Error(), "of XML; use raw() if it must") {
			t.Errorf("%s: %v", src, err)
		}
	}
}
