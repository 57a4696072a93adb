package template

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "a<?lc x = 1 ?>\nb<?= x ?>", "\ufeff#!x\n<?lua put \"a\" into b.c ?>", "<?lc if x then ?>a<?lc else ?>b<?lc end ?>",
		"<?lc return ?>a", "<?lc f(function() ?>a<?lc end) ?>", "<?= f() ?><?= $x; ?>", "<?lc set the sessionID to 5 start session // x",
		"<?lc x = [==[\r\n]==] --[[ ]] /* */ put header 'a' ?>\r\n<p title=<?= x ?> <?= y ?>>",
		"<script>`${<?= x ?>}`/a/</script><style>url('<?= x ?>')</style><a href=java<?= x ?>:<?= y ?>>",
		"<?lc put (a).b .. c after d[e].f put ... ?>", "<?lc while a do break ?>x<?lc end ::l:: goto l",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse("page.lc", src)
		if err != nil {
			var e *Error
			if !errors.As(err, &e) || e.Pos.Line < 1 || e.Pos.Col < 1 || e.Msg == "" {
				t.Fatalf("error %#v", err)
			}
			return
		}
		checkPage(t, p, string(src))
		// The compiler may refuse the chunk (too many local variables, goto), but not
		// for its syntax.
		if _, err := compile(p.Code); err != nil && !strings.Contains(err.Error(), "compile error") {
			t.Fatalf("%q: %v\n%q", src, err, p.Code)
		}
	})
}

// FuzzEscape checks that no value changes the structure of the HTML it is
// printed into, and that the HTML says what was to be printed.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{
		"", "a", "\"'<>&`=\\/ \t\n\r\x00\xff", "</script><script>", "--><b>", "--!>", "javascript:alert(1)", "*/ } ]]> ${a} {",
		"\u2028\u2029\ufeff", "checked", "on", "x onclick=a", "&quot;&#34;", "\xc3", "%22%zz", "//a", "a, javascript:b 2x", "]]>", "-1",
	} {
		f.Add(s)
	}
	pages := []struct {
		src  string
		text bool // the value is the text, or
		attr bool // the value of the first attribute
	}{
		{src: "<p>{}</p>", text: true},
		{src: "<title>{}</title><i>", text: true},
		{src: "<textarea>a{}</textarea><i>"},
		{src: "<!-- {} --><i>"},
		{src: "<!DOCTYPE {}><i>"},
		{src: `<p title="{}" id=a>`, attr: true},
		{src: `<p title='{}' id=a>`, attr: true},
		{src: `<p title={} id=a>`, attr: true},
		{src: `<p title={}>`, attr: true},
		{src: `<p title=x{} id=a>`},
		{src: `<a href="{}" id=a>`},
		{src: `<a href={} id=a>`},
		{src: `<a href='/a?{}' id=a>`},
		{src: `<a href=/a?b&amp;{}&amp;c id=a>`},
		{src: `<a href="/a?{}=1&{}&{}#{}" id=a>`},
		{src: `<a href='java{}' id=a>`},
		{src: `<a href="javascript:f('{}', {})" id=a>`},
		{src: `<img srcset='{} 2x' id=a>`},
		{src: `<img srcset={} id=a>`},
		{src: `<b onclick="f({}, '{}', ` + "`{}`" + `, /{}/) // {}" id=a>`},
		{src: `<b onclick=f({}) id=a>`},
		{src: `<b onclick=f('{}') id=a>`},
		{src: `<b style="a: {}; b: '{}'; c: url({}); d: url('{}'); /* {} */" id=a>`},
		{src: `<b style=a:{} id=a>`},
		{src: `<b style=a:url({}) id=a>`},
		{src: `<iframe srcdoc="{}" id=a></iframe><i>`},
		{src: `<iframe srcdoc={} id=a></iframe><i>`},
		{src: `<a href="/{}/{}" id=a>`},
		{src: `<a href="{}/{}" id=a>`},
		{src: `<a href="{}{}" id=a>`},
		{src: `<b title="&{}" id=a>`},
		{src: `<b onclick="f('&#{}', '&{}')" id=a>`},
		{src: "<script>a = '<{}>' + '</{}>' + '</scr{}'</script><i>"},
		{src: "<textarea><{}></{}></textarea><i>"},
		{src: "<style>p { a: '</{}>' }</style><i>"},
		{src: "<svg><title>{}</title><script>f({}, '{}')</script><animate values='{}'/></svg><i>"},
		{src: "<script>a = {}; b = '{}'; c = \"{}\"; d = `{}`; e = /{}/; /* {} */ // {};\n</script><i>"},
		{src: `<script type="application/json">{"a": {}, "b": "{}"}</script><i>`},
		{src: "<script type='x/y'>{}</script><i>"},
		{src: "<script type='x-template'><p title='{}' onclick=\"f('{}')\"><a href={}>{}</a><style>a{b:{}}</style><!-- {} --></script><i>"},
		{src: "<svg><style><![CDATA[ a > b{c:{};d:'{}'} ]]></style><title/><text><![CDATA[{}]]></text></svg><i>"},
		{src: "<?xml version='1.0'?><a b='{}' href=\"{}\">{}<c/></a><!-- {} --><d>"},
		{src: "<p<?lc if x then ?> a<?lc end ?>><a href='<?lc if x then ?>/{}<?lc end ?>/{}'>{}</a>"},
		{src: "<style>p { a: {}; b: '{}'; c: \"{}\"; d: url({}); e: url('{}') /* {} */ }</style><i>"},
	}
	structure := func(t *testing.T, doc string) (shape, text, attr string) {
		var b strings.Builder
		for z := html.NewTokenizer(strings.NewReader(doc)); z.Next() != html.ErrorToken; {
			tok := z.Token()
			b.WriteString(tok.Type.String())
			switch tok.Type {
			case html.TextToken:
				text += tok.Data
				continue
			case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
				b.WriteString(" " + tok.Data)
				for i, a := range tok.Attr {
					b.WriteString(" " + a.Key)
					if i == 0 {
						attr = a.Val
					}
				}
			}
			b.WriteByte('\n')
		}
		return strings.ReplaceAll(b.String(), "Text", ""), text, attr
	}
	f.Fuzz(func(t *testing.T, value string) {
		for _, c := range pages {
			p, err := Parse("page.lc", []byte(strings.ReplaceAll(c.src, "{}", "<?= x ?>")))
			if err != nil {
				t.Fatal(err)
			}
			print := func(value string) (string, error) {
				var out []byte
				for _, run := range p.Runs {
					for _, piece := range run {
						if !piece.Expr {
							out = append(out, piece.Text...)
							continue
						}
						n := len(out)
						if out, err = piece.Place.Append(out, String, value); err != nil {
							if len(out) != n {
								t.Fatalf("%s: an error comes with output %q", c.src, out[n:])
							}
							return "", err
						}
						checkLiteral(t, piece.Place, value, string(out[n:]))
					}
				}
				return string(out), nil
			}
			harmless, err := print("a")
			if err != nil {
				t.Fatal(err)
			}
			got, err := print(value)
			if err != nil {
				continue
			}
			wantShape, _, _ := structure(t, harmless)
			shape, text, attr := structure(t, got)
			if shape != wantShape {
				t.Fatalf("%s with %q gives %q, of the structure\n%s", c.src, value, got, shape)
			}
			clean := strings.ReplaceAll(replaceInvalid(value), "\x00", replacement)
			clean = strings.ReplaceAll(strings.ReplaceAll(clean, "\r\n", "\n"), "\r", "\n")
			if c.text && text != clean {
				t.Fatalf("%s with %q gives the text %q", c.src, value, text)
			}
			if c.attr && strings.ReplaceAll(strings.ReplaceAll(attr, "\r\n", "\n"), "\r", "\n") != clean {
				t.Fatalf("%s with %q gives the attribute %q", c.src, value, attr)
			}
		}
	})
}

// replaceInvalid replaces every byte of s that is not UTF-8.
func replaceInvalid(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r) // an invalid byte reads as U+FFFD
	}
	return b.String()
}

// checkLiteral checks that what was printed cannot end the literal or value it
// was printed into.
func checkLiteral(t *testing.T, p Place, value, out string) {
	t.Helper()
	if p.flags&bareWhole != 0 && out == `""` {
		return
	}
	if i := strings.IndexByte(out, ';'); p.flags&behindReference != 0 && strings.HasPrefix(out, "&#") && i > 0 {
		out = out[i+1:] // the first byte, kept apart from the reference that the page begins
	}
	bad := ""
	switch p.lang {
	case langJSString, langJSPattern:
		bad = "\"'`<>&\n\r\u2028\u2029"
		if p.lang == langJSPattern {
			bad += "/[]"
		}
		if p.flags&inBackquote != 0 && strings.ContainsAny(out, "${") {
			t.Fatalf("%q becomes %q", value, out)
		}
	case langCSS, langCSSString:
		bad = "\"'<>&\n\r\f;:{}()/*@"
	case langURLPair:
		bad = "\"'<>()\\ \t\n\r?/+,:@$"
		pair := strings.Replace(out, "&#61;", "=", 1)
		if strings.ContainsAny(pair, "&#;") || strings.Count(pair, "=") > min(1, strings.Count(value, "=")) {
			t.Fatalf("in %+v, %q becomes %q", p, value, out)
		}
	case langURL, langURLTail, langURLPath, langURLQuery:
		bad = "\"'<>()\\ \t\n\r"
		if p.lang == langURLTail {
			bad += ":"
		}
		if p.in == inRaw {
			out = strings.ReplaceAll(out, `\000026`, "&") // an escape of CSS, which is all that can follow it
		}
		if i := strings.IndexAny(out, ":/?#"); p.lang == langURL && i >= 0 && out[i] == ':' && !allowedScheme(out) {
			t.Fatalf("%q becomes %q", value, out)
		}
	}
	if bad != "" && strings.ContainsAny(out, bad) {
		t.Fatalf("in %+v, %q becomes %q", p, value, out)
	}
	if !utf8.ValidString(out) {
		t.Fatalf("in %+v, %q becomes %q", p, value, out)
	}
}
