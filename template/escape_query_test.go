package template

import (
	neturl "net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	glua "github.com/yuin/gopher-lua"
)

// What is printed where a component of a query begins, and is all of it, is a pair
// of a name and a value. Everywhere else it is one of the two, or a part of that.
func TestEscapeQuery(t *testing.T) {
	const (
		evil  = "a=b&c=d#e?f+g%h;i \"'<>`()\\\xff="
		pair  = "a=b%26c%3Dd%23e%3Ff%2Bg%25h%3Bi%20%22%27%3C%3E%60%28%29%5C%EF%BF%BD%3D"
		value = "a%3Db%26c%3Dd%23e%3Ff%2Bg%25h%3Bi%20%22%27%3C%3E%60%28%29%5C%EF%BF%BD%3D"
		token = "LCSESSION=0123456789abcdef"
		xml   = `<?xml version="1.0"?>`
	)
	bare := strings.Replace(pair, "=", "&#61;", 1)
	for _, c := range []struct{ src, x, want string }{
		// A pair.
		{`<a href="next.lc?<?= x ?>">`, token, `<a href="next.lc?` + token + `">`},
		{`<a href="next.lc?a=1&amp;<?= x ?>">`, token, `<a href="next.lc?a=1&amp;` + token + `">`},
		{`<a href="next.lc?<?= x ?>&amp;a=1">`, token, `<a href="next.lc?` + token + `&amp;a=1">`},
		{`<a href="next.lc?<?= x ?>#steps">`, token, `<a href="next.lc?` + token + `#steps">`},
		{`<a href="?<?= x ?>">`, evil, `<a href="?` + pair + `">`},
		{`<a href='?<?= x ?>'>`, evil, `<a href='?` + pair + `'>`},
		{`<a href=?<?= x ?>>`, evil, `<a href=?` + bare + `>`},
		{`<a href=?<?= x ?> id=a>`, evil, `<a href=?` + bare + ` id=a>`},
		{`<a href=?a=1&amp;<?= x ?>&#38;b=1>`, evil, `<a href=?a=1&amp;` + bare + `&#38;b=1>`},
		{`<a href="?<?= x ?>&<?= x ?>&b">`, evil, `<a href="?` + pair + `&&#97;` + pair[1:] + `&b">`},
		{`<a href="?<?= x ?>&copy=1">`, evil, `<a href="?` + pair + `&copy=1">`},
		{`<a href="?<?= x ?>&num;b">`, evil, `<a href="?` + pair + `&num;b">`},
		{"<a href=\"?\t<?= x ?>\">", evil, "<a href=\"?\t" + pair + `">`},
		{`<a href="<?= '/a' ?>?<?= x ?>">`, evil, `<a href="/a?` + pair + `">`},
		{`<a href="https://e.org?<?= x ?>">`, evil, `<a href="https://e.org?` + pair + `">`},
		{`<a href="mailto:a@e.org?<?= x ?>">`, "subject=a b", `<a href="mailto:a@e.org?subject=a%20b">`},
		{`<a href="?<?= x ?>">`, "=a", `<a href="?=a">`},
		{`<a href="?<?= x ?>">`, "==", `<a href="?=%3D">`},
		{`<a href="?<?= x ?>">`, "", `<a href="?">`},
		{`<a href="?<?= x and 12 ?>">`, "", `<a href="?12">`},
		{`<form action="?<?= x ?>">`, evil, `<form action="?` + pair + `">`},
		{`<svg><a xlink:href="?<?= x ?>">`, evil, `<svg><a xlink:href="?` + pair + `">`},
		{`<script type="text/html"><a href="?<?= x ?>"></script>`, evil, `<script type="text/html"><a href="?` + pair + `"></script>`},
		{`<meta http-equiv=refresh content="0; url=?<?= x ?>">`, evil, `<meta http-equiv=refresh content="0; url=?` + pair + `">`},
		{`<meta http-equiv=refresh content="0; url='?<?= x ?>'">`, evil, `<meta http-equiv=refresh content="0; url='?` + pair + `'">`},
		{`<style>p{a:url(?<?= x ?>);b:url("?a&<?= x ?>")}</style>`, evil, `<style>p{a:url(?` + pair + `);b:url("?a&` + pair + `")}</style>`},
		{`<p style="a:url(&quot;?<?= x ?>&quot;)">`, evil, `<p style="a:url(&quot;?` + pair + `&quot;)">`},
		{xml + `<a href="?<?= x ?>&amp;<?= x ?>"/>`, evil, xml + `<a href="?` + pair + `&amp;` + pair + `"/>`},
		{xml + `<a><![CDATA[<a href="?<?= x ?>">]]></a>`, evil + "]]>", xml + `<a><![CDATA[<a href="?` + pair + `%5D%5D%3E">]]></a>`},

		// A name or value, or a part of one.
		{`<a href="?<?= x ?>=<?= x ?>">`, evil, `<a href="?` + value + `=` + value + `">`},
		{`<a href="?<?= x ?>&#61;<?= x ?>">`, evil, `<a href="?` + value + `&#61;` + value + `">`},
		{`<a href="?<?= x ?>&equals;1">`, evil, `<a href="?` + value + `&equals;1">`},
		{"<a href=\"?<?= x ?>\t=1\">", evil, `<a href="?` + value + "\t=1\">"},
		{`<a href="?<?= x ?>_id=1">`, evil, `<a href="?` + value + `_id=1">`},
		{`<a href="?<?= x ?>'=1">`, evil, `<a href="?` + value + `'=1">`},
		{`<a href="?<?= x ?>)=1">`, evil, `<a href="?` + value + `)=1">`},
		{`<a href="?<?= x ?><?= x ?>=1">`, evil, `<a href="?` + value + value + `=1">`},
		{`<a href="?x<?= x ?>">`, evil, `<a href="?x` + value + `">`},
		{`<a href="?a=<?= x ?>">`, evil, `<a href="?a=` + value + `">`},
		{`<a href="?a?<?= x ?>">`, evil, `<a href="?a?` + value + `">`},
		{`<a href="??<?= x ?>">`, evil, `<a href="??` + value + `">`},
		{`<a href="#<?= x ?>">`, evil, `<a href="#` + value + `">`},
		{`<a href="?a#b&amp;<?= x ?>">`, evil, `<a href="?a#b&amp;` + value + `">`},
		{`<a href="#?<?= x ?>">`, evil, `<a href="#?` + value + `">`},
		{`<p style="a:url(?<?= x ?>=1)">`, evil, `<p style="a:url(?` + value + `=1)">`},
		{`<img srcset="?<?= x ?> 2x">`, "a=b&c d", `<img srcset="?a=b&amp;c d 2x">`},

		// Branches and loops.
		{`<a href="?<?lc if x then ?>a=1&amp;<?lc end ?><?= x ?>">`, evil, `<a href="?a=1&amp;` + pair + `">`},
		{`<a href="a<?lc if x then ?>?a=1&amp;<?lc else ?>?<?lc end ?><?= x ?>">`, evil, `<a href="a?a=1&amp;` + pair + `">`},
		{`<a href="?<?= x ?><?lc if x then ?>&amp;a=1<?lc end ?>">`, evil, `<a href="?` + pair + `&amp;a=1">`},
		{`<a href="?<?= x ?><?lc if y then ?>=1<?lc end ?>">`, evil, `<a href="?` + value + `">`},
		{`<a href="?<?lc if y then ?>a=<?lc end ?><?= x ?>">`, evil, `<a href="?` + value + `">`},
		{`<a href="<?lc if y then ?>#<?lc else ?>?<?lc end ?><?= x ?>">`, evil, `<a href="?` + value + `">`},
		{`<a href="?<?lc for i = 1, 2 do ?><?= x ?>=<?= x ?>&amp;<?lc end ?>">`, evil, `<a href="?` + strings.Repeat(value+`=`+value+`&amp;`, 2) + `">`},
		{`<a href="?<?lc for i = 1, 2 do ?><?= x ?>&amp;<?lc end ?><?= x ?>">`, evil, `<a href="?` + pair + `&amp;` + pair + `&amp;` + pair + `">`},
		{`<a href="?a<?lc for i = 1, 2 do ?>&amp;<?= x ?><?lc end ?>">`, evil, `<a href="?a&amp;` + pair + `&amp;` + pair + `">`},
		{`<a href="?<?lc for i = 1, 2 do ?><?= x ?><?lc end ?>">`, evil, `<a href="?` + value + value + `">`},
		{`<a href="?<?lc for i = 1, 2 do ?><?lc if y then ?>=1&amp;<?lc else ?>&amp;<?lc end ?><?= x ?><?lc end ?>">`, evil,
			`<a href="?&amp;` + value + `&amp;` + value + `">`},
	} {
		if got := mustRender(t, c.src, map[string]glua.LValue{"x": glua.LString(c.x)}); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
		}
	}
}

// Whatever a pair is, a server reads one name and one value of it, and those that
// the page's author has written beside it.
func TestPairStaysOne(t *testing.T) {
	for _, src := range []string{
		`<a href="?<?= x ?>">`, `<a href='?<?= x ?>'>`, `<a href=?<?= x ?>>`, `<a href="/a?<?= x ?>#b">`, `<a href="?own=1&amp;<?= x ?>">`,
		`<a href="?own=1&<?= x ?>">`, `<a href=?<?= x ?>&amp;own=1>`, `<meta content="1;url='?<?= x ?>'">`,
		`<?xml version="1.0"?><a href="?<?= x ?>"/>`,
	} {
		p := mustParse(t, src)
		for _, x := range []string{
			"a", "a=b", "=", "==", "=b", "a=", "a=b=c", "a&b", "a=b&own=2", "a=b&amp;own=2", "a;b=c", "a=b;own=2", "a#b=c", "?a=b", "a=%26own=2",
			"a+b=c+d", "amp;own=2", "lt=1", "#38;own=2", "a=\r\n&own=2", "a=b ' \" > <own=2", "ä=日本", "a=%", "a=%zz", "a=\x7f\t",
		} {
			got, err := render(t, p, map[string]glua.LValue{"x": glua.LString(x)})
			if err != nil {
				t.Fatal(err)
			}
			link, ok := "", false
			for z := html.NewTokenizer(strings.NewReader(got)); z.Next() != html.ErrorToken; {
				for _, a := range z.Token().Attr {
					if i := strings.IndexByte(a.Val, '?'); i >= 0 {
						link, ok = strings.TrimSuffix(a.Val[i:], "'"), true
					}
				}
			}
			u, err := neturl.Parse(link)
			if err != nil || !ok {
				t.Fatalf("%s with %q gives %s: %v", src, x, got, err)
			}
			query, err := neturl.ParseQuery(u.RawQuery)
			if err != nil {
				t.Fatalf("%s with %q gives %s: %v", src, x, got, err)
			}
			name, value, _ := strings.Cut(x, "=")
			want := neturl.Values{name: {value}}
			if strings.Contains(src, "own=1") {
				want.Add("own", "1")
			}
			if len(query) != len(want) || !slices.Equal(query[name], want[name]) || !slices.Equal(query["own"], want["own"]) {
				t.Errorf("%s with %q gives %s, which is read as %q", src, x, got, query)
			}
		}
	}
}
