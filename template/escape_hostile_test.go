package template

import (
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
)

// What was once found to break out of its place, by what stands next to it.
func TestEscapeNeighbours(t *testing.T) {
	for _, c := range []struct{ src, x, want string }{
		// A character reference that the page begins.
		{`<button onclick="f('?a=1&<?= x ?>=2')">`, "#39;,pwn());//", `<button onclick="f('?a=1&&#35;39;,pwn());//=2')">`},
		{`<iframe srcdoc="<p>Q&<?= x ?></p>">`, "lt;img src=x: onerror=parent.pwn() ", `<iframe srcdoc="<p>Q&&#108;t;img src=x: onerror=parent.pwn() </p>">`},
		{`<a href="javascript:f('a&<?= x ?>')">`, "apos;+pwn());//", `<a href="javascript:f('a&&#97;pos;+pwn());//')">`},
		{`<a href="<?= 'javascript' ?>&<?= x ?>=2">`, "colon;pwn()//", `<a href="javascript&&#99;olon;pwn%28%29//=2">`},
		{`<p onclick="a&#<?= x ?>">`, "", `<p onclick="a&#&#34;&#34;">`},
		{`<p onclick="f('&#3<?= x ?>')">`, "9;", `<p onclick="f('&#3&#57;;')">`},
		{`<p onclick="f('&<?= '' ?><?= x ?>')">`, "#39;", `<p onclick="f('&&#35;39;')">`},
		{`<p onclick='f("&<?= x ?>")'>`, "a", `<p onclick='f("&&#97;")'>`},
		{`<p title=&<?= x ?>>`, "lt;", `<p title=&&#108;t;>`},
		{`<p title="&<?= x ?>s=1">`, "", `<p title="&s=1">`},

		// A string that goes on in the next line, as Windows writes it.
		{"<script>var s = \"a\\\r\nb <?= x ?>\";</script>", ";pwn();", "<script>var s = \"a\\\r\nb ;pwn();\";</script>"},
		{"<script>var s = 'a\\\r<?= x ?>';</script>", "'", "<script>var s = 'a\\\r\\u0027';</script>"},
		{"<script>var s = /a\\\r\n'<?= x ?>';</script>", "'", "<script>var s = /a\\\r\n'\\u0027';</script>"},
		{"<style>p { a: 'b\\\r\n<?= x ?>' }</style>", ";", "<style>p { a: 'b\\\r\n\\00003b ' }</style>"},
		{"<style>p { a: '\\41\r\n<?= x ?>'; b: url(<?= x ?>) }</style>", ";", "<style>p { a: '\\41\r\n\\00003b '; b: url(;) }</style>"},
		{"<style>p { a: '\\000041\n<?= x ?>' } q { b: url(<?= x ?>) }</style>", ";", "<style>p { a: '\\000041\n\\00003b ' } q { b: url(;) }</style>"},

		// A regular expression or a division.
		{"<script>if (ok) /<?= x ?>/.test(s);</script>", "/;pwn()//", `<script>if (ok) /\u002f\u003bpwn\u0028\u0029\u002f\u002f/.test(s);</script>`},
		{"<script>if (x) /'/.test(s); var z = <?= x ?>;</script>", "a", `<script>if (x) /'/.test(s); var z = "a";</script>`},
		{"<script>var q={do:4}; var a=q.do/2; var u='a/b'; var r='<?= x ?>';</script>", ";pwn();", "<script>var q={do:4}; var a=q.do/2; var u='a/b'; var r=';pwn();';</script>"},
		{"<script>a = o?.in/2, b = '/', c = '<?= x ?>'</script>", ";", "<script>a = o?.in/2, b = '/', c = ';'</script>"},
		{"<script>w = (x + f(y)) / 2 - (1) / '<?= x ?>'</script>", "'", `<script>w = (x + f(y)) / 2 - (1) / '\u0027'</script>`},
		{"<script>o.if (x) / '<?= x ?>'</script>", "'", `<script>o.if (x) / '\u0027'</script>`},
		{"<script>a = 1./ '<?= x ?>'</script>", "'", `<script>a = 1./ '\u0027'</script>`},
		{"<script>a = {}/ 2\nf('<?= x ?>')</script>", "'", "<script>a = {}/ 2\nf('\\u0027')</script>"},
		{"<script>a++ / 2 /*'*/ / b; f('<?= x ?>')</script>", "'", `<script>a++ / 2 /*'*/ / b; f('\u0027')</script>`},

		// Comments that only HTML has in scripts.
		{"<script>a\n --> it's\nf('<?= x ?>')</script>", "'", "<script>a\n --> it's\nf('\\u0027')</script>"},
		{"<script>while (a --> '<?= x ?>');</script>", "'", "<script>while (a --> '\\u0027');</script>"},
		{"<script type=module>x<!--y, t=`<?= x ?>`</script>", "${pwn()}", "<script type=module>x<!--y, t=`\\u0024\\u007bpwn()}`</script>"},
		{"<script>// a\u2028f('<?= x ?>')</script>", "'", "<script>// a\u2028f('\\u0027')</script>"},

		// An end tag that the page begins.
		{`<script>s = "<<?= x ?>>"</script>`, "/script", `<script>s = "<\u002fscript>"</script>`},
		{`<script>s = "</<?= x ?>>"</script>`, "script", `<script>s = "</\u0073cript>"</script>`},
		{`<script>s = "</scr<?= x ?>>"</script>`, "ipt", `<script>s = "</scr\u0069pt>"</script>`},
		{`<script>s = "<!<?= x ?>"</script>`, "--", `<script>s = "<!\u002d-"</script>`},
		{`<textarea><<?= x ?>></textarea>`, "/textarea", `<textarea><&#47;textarea></textarea>`},
		{`<title></<?= x ?>></title>`, "title", `<title></&#116;itle></title>`},
		{`<style>a { b: '</<?= x ?>' }</style>`, "style", `<style>a { b: '</\000073tyle' }</style>`},

		// Percent-encoding in a javascript: URL.
		{`<a href="javascript:f(%22<?= x ?>%22)">`, "+pwn()+", `<a href="javascript:f(%22+pwn()+%22)">`},
		{`<a href="javascript:f(5%n, '<?= x ?>')">`, "'", `<a href="javascript:f(5%n, '\u0027')">`},

		// SVG.
		{`<svg><animate attributeName="href" values="<?= x ?>"/>`, "javascript:pwn()", `<svg><animate attributeName="href" values="#blocked"/>`},
		{`<svg><animate attributeName="href" values="<?= x ?>"/>`, "/;javascript:pwn()", `<svg><animate attributeName="href" values="#blocked"/>`},
		{`<svg><set attributeName="href" to="<?= x ?>"/>`, " javascript:pwn()", `<svg><set attributeName="href" to="#blocked"/>`},
		{`<svg><animateTransform values="<?= x ?>"/>`, "0 50 50; 360 50 50", `<svg><animateTransform values="0 50 50; 360 50 50"/>`},
		{`<svg><title><?= x ?></title><script>f(1 < 2 && '<?= x ?>')</script></svg><style>a > b { c: <?= x ?> }</style>`, "<", `<svg><title>&lt;</title><script>f(1 < 2 && '\u003c')</script></svg><style>a > b { c: \00003c  }</style>`},
		{`<svg/><title><b></title><a href="<?= x ?>">`, "a:b", `<svg/><title><b></title><a href="#blocked">`},
		{`<svg><style>a { b: url(<?= x ?>) }</style></svg>`, "a&#41;", `<svg><style>a { b: url(a\000026#41;) }</style></svg>`},

		// Of two attributes the first counts.
		{`<script type="text/javascript" type="text/template">a = <?= x ?></script>`, "pwn()", `<script type="text/javascript" type="text/template">a = "pwn()"</script>`},
		{`<script type type="text/template">a = <?= x ?></script>`, "pwn()", `<script type type="text/template">a = "pwn()"</script>`},
		{`<p aria-<?= x ?>="<?= x ?>">`, "label", `<p aria-label="label">`},

		// HTML in an attribute.
		{`<iframe srcdoc="<!DOCTYPE html><a title='a>b' id = &quot;c&quot;><?= x ?></a>">`, "<", `<iframe srcdoc="<!DOCTYPE html><a title='a>b' id = &quot;c&quot;>&amp;lt;</a>">`},
		{`<iframe srcdoc="1 < 2 <?= x ?>">`, "<", `<iframe srcdoc="1 < 2 &amp;lt;">`},

		// The host of a URL.
		{`<script src="/<?= nil ?>/<?= x ?>.js">`, "evil.com/x", `<script src="/./evil.com/x.js">`},
		{`<script src="/<?= 'a' ?>/<?= x ?>.js">`, "/x", `<script src="/a//x.js">`},
		{`<script src="/<?= nil ?><?= nil ?>/<?= x ?>.js">`, "evil.com/x", `<script src="/./evil.com/x.js">`},
		{`<script src="/<?= nil ?><?= x ?>.js">`, "/evil.com/x", `<script src="/%2Fevil.com/x.js">`},
		{`<script src="/<?= nil ?>\<?= x ?>.js">`, "evil.com/x", `<script src="/.\evil.com/x.js">`},
		{`<a href="<?= '' ?>/<?= x ?>">`, "/evil.com", `<a href="/%2Fevil.com">`},
		{`<a href="<?= '/' ?>/<?= x ?>">`, "evil.com", `<a href="/./evil.com">`},
		{`<a href="<?= '/shop' ?>/<?= x ?>">`, "a", `<a href="/shop/a">`},
		{`<a href="<?= '' ?><?= x ?>">`, "//evil.com", `<a href="/%2Fevil.com">`},
		{`<a href="<?= '/' ?><?= x ?>">`, "/evil.com", `<a href="/.//evil.com">`},
		{`<a href="<?= '/shop' ?><?= x ?>">`, "/a", `<a href="/shop/a">`},
		{`<a href="<?= x ?>">`, "/", `<a href="/">`},
		{`<a href="<?= x ?>//<?= 'h.example' ?>/">`, "https:", `<a href="https://h.example/">`},
		{`<a href="https://cdn.example.com<?= x ?>">`, "/x.js", `<a href="https://cdn.example.com/x.js">`},
		{`<a href="https://cdn.example.com<?= x ?>">`, "", `<a href="https://cdn.example.com">`},
		{`<a href="https://<?= x ?>.example.com/">`, "img", `<a href="https://img.example.com/">`},
		{`<a href="https://img<?= x ?>.example.com/">`, "2", `<a href="https://img2.example.com/">`},
		{`<a href="https://<?= x ?>/a/<?= x ?>">`, "h.example:80", `<a href="https://h.example:80/a/h.example:80">`},
		{`<a href="http://<?= x ?><?= '/a' ?>">`, "h.example", `<a href="http://h.example/a">`},
		{`<a href="//h.example:<?= x ?>/">`, "80", `<a href="//h.example:80/">`},
		{`<a href="mailto:<?= x ?>@h.example">`, "a", `<a href="mailto:a@h.example">`},
	} {
		if got := mustRender(t, c.src, map[string]glua.LValue{"x": glua.LString(c.x)}); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

func TestEscapeRefusesNeighbours(t *testing.T) {
	const slash = "lcgi cannot tell whether a / in the script before this expression divides or begins a regular expression"
	for _, c := range []struct{ src, x, want string }{
		{"<script>var o = {a: 1} / 2, q = '<?= x ?>' / 1;</script>", "a", slash},
		{"<script>if (a) {} /'/.test('<?= x ?>')</script>", "a", slash},
		{"<script>if (a) {}\n/<?= x ?>/.test(b)</script>", "a", slash},
		{"<script>if (a) {}\n/'/.test(b)\nf('<?= x ?>')</script>", "a", slash},
		{"<script>var of=4, a=of/2, q='x'/1, r=<?= x ?>;</script>", "a", slash},
		{"<script type=<?= 'a' ?>>x <!-- y\n<?= x ?></script>", "a", slash},
		{`<a href="javascript:f('%2<?= x ?>')">`, "7", "right behind %"},
		{`<p data-<?= x ?>href="<?= x ?>">`, "x ", "a part of an attribute name"},
		{`<p data-<?= x ?>>`, "x=y", "a part of an attribute name"},
		{`<p h<?= x ?>>`, "a onclick", "a part of an attribute name"},
		{`<meta http-equiv=refresh <?= x ?>="0">`, "content", "attribute name that is not plain and harmless"},
		{`<script <?= x ?> type="text/template">`, "type", "attribute name that is not plain and harmless"},
		{`<set <?= x ?>="a">`, "to", "attribute name that is not plain and harmless"},
		{`<iframe srcdoc="<a title='a>b' href='<?= x ?>'>">`, "a", "inside srcdoc"},
		{`<iframe srcdoc="<a ' > <?= x ?>">`, "a", "inside srcdoc"},
		{`<iframe srcdoc="<!-- > <?= x ?>">`, "a", "inside srcdoc"},
		{`<iframe srcdoc="<svg> <?= x ?>">`, "a", "inside srcdoc"},
		{`<svg><animate values="http:<?= x ?>">`, "a", "the scheme of this URL"},
		{`<svg><script>a &<?= x ?></script>`, "a", "inside <svg> or <math>, an expression cannot stand right behind &"},
		{`<a href="https://cdn.example.com<?= x ?>">`, ".evil.com/x.js", "must begin with /, ? or #"},
		{`<a href="https://cdn.example.com<?= x ?>">`, "@evil.com/x.js", "must begin with /, ? or #"},
		{`<a href="https://cdn.example.com<?= '' ?><?= x ?>">`, ".evil.com", "must begin with /, ? or #"},
		{`<a href="//cdn.example.com<?= x ?>/a">`, ":1@evil.com", "must begin with /, ? or #"},
		{`<a href="https://<?= x ?>.example.com/">`, "evil.com/", "inside the host of a URL"},
		{`<a href="https://img<?= x ?>.example.com/">`, ".evil.com#", "inside the host of a URL"},
		{`<a href="https://h.example:<?= x ?>/">`, "1@evil.com", "inside the host of a URL"},
		{`<a href="https://<?= x ?>/a">`, "", "the host of this URL is empty"},
		{`<a href="<?= x ?>/<?= 'evil.com' ?>">`, "https:", "has no host"},
	} {
		_, err := render(t, mustParse(t, c.src), map[string]glua.LValue{"x": glua.LString(c.x)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: error %v, want %q", c.src, c.x, err, c.want)
		}
	}
}

// Text that browsers read in more than one way is not understood.
func TestTextRefused(t *testing.T) {
	const (
		foreign   = "inside <svg>, <math>, XHTML or XML, where an expression follows, the content"
		closed    = "where an expression follows, write out the end tag"
		reference = "not clear what the character reference"
	)
	for _, c := range []struct{ src, want string }{
		{`<svg><p><title/><a href="<?= x ?>">`, "1:16: inside XHTML, or HTML in <svg> or <math>, " + closed},
		{`<svg><desc><style/><?= x ?>`, closed},
		{`<svg><h<?= 1 ?>><style/><?= x ?>`, closed},
		{`<svg><<?= raw ?>><style/><?= x ?>`, closed},
		{`<svg><?lc f() ?><script/></svg><?= x ?>`, closed},
		{`<svg><?lc for i = 1, 2 do ?><style/><?= x ?><?lc f() end ?>`, closed},
		{`<svg><style/><?= f(x) ?><style/><?= x ?>`, closed},
		{`<math><mtext><plaintext><?= x ?>`, closed},
		{`<svg><title><a href="<?= x ?>"></title>`, "1:14: " + foreign},
		{`<svg><style></p></style><?= x ?>`, foreign},
		{`<svg><style><!-- ' --> <?= x ?></style>`, foreign},
		{`<svg><style><!-- --!> </style><?= x ?>`, foreign},
		{`<svg><title><!-- --!></title><a href="<?= x ?>">`, foreign},
		{`<svg><style><!DOCTYPE > </style><?= x ?>`, foreign},
		{`<svg><script>'&quot;<?= x ?>'</script>`, foreign},
		{`<svg><foreignObject><textarea></foreignObject><?= x ?>`, foreign},
		{`<svg><p><![CDATA[ > <b title=" ]]><?= x ?>`, foreign},
		{`<svg><p><style><![CDATA[ </style> ]]><?= x ?>`, foreign},
		{`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><style><b/></style><?= x ?>`, foreign},
		{`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script src="a.js"/><?= x ?>`, closed},
		{`<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><p><![CDATA[ > <b title=" ]]><?= x ?>`, foreign},
		{`<?xml version="1.0"?><svg xmlns:svg="http://www.w3.org/2000/svg"><svg:style/><?= x ?>`, "must not have a prefix"},
		{`<?xml version="1.0"?><h:html xmlns:h="http://www.w3.org/1999/xhtml"><h:script>a = 1</h:script><?= x ?>`, "must not have a prefix"},
		{`<p onclick="f('&quot<?= x ?>')">`, reference},
		{`<p onclick="f('&q<?= x ?>uot;')">`, reference},
		{`<script>"</scr<?= '' ?>ipt></script>`, "what may be the end tag"},
	} {
		_, err := Parse("p.lc", []byte(c.src))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.src, err, c.want)
		}
	}
}
