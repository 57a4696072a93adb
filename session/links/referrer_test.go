package links_test

import (
	"strings"
	"testing"

	"lcgi/session/links"
)

// A page must not have browsers tell others its address.
func TestReferrerPolicy(t *testing.T) {
	check(t, config(), []htmlCase{
		{`<img referrerpolicy="unsafe-url" src="//other.test">`, `<img referrerpolicy="same-origin" src="//other.test">`},
		{`<img referrerpolicy=unsafe-url src=x>`, `<img referrerpolicy=same-origin src=x>`},
		{`<img src=x referrerpolicy=unsafe-url>`, `<img src=x referrerpolicy=same-origin>`},
		{`<IMG ReferrerPolicy = 'Unsafe-URL' >`, `<IMG ReferrerPolicy = 'same-origin' >`},
		{"<img\nreferrerpolicy=\n\"\t unsafe-url\n\">", "<img\nreferrerpolicy=\n\"same-origin\">"},
		{`<img referrerpolicy="unsafe&#45;url">`, `<img referrerpolicy="same-origin">`},
		{`<img referrerpolicy="&#117nsafe-url&Tab;">`, `<img referrerpolicy="same-origin">`},
		{`<img referrerpolicy="no-referrer-when-downgrade"/>`, `<img referrerpolicy="same-origin"/>`},
		{`<img referrerpolicy="unsafe-url" referrerpolicy="origin">`, `<img referrerpolicy="same-origin" referrerpolicy="origin">`},
		{`<img referrerpolicy="origin" referrerpolicy="unsafe-url">`, ``}, // the first counts
		{`<img referrerpolicy="always"><img referrerpolicy="default">`, `<img referrerpolicy="same-origin"><img referrerpolicy="same-origin">`},
		{`<image referrerpolicy="unsafe-url">`, `<image referrerpolicy="same-origin">`}, // is img
		{`<iframe referrerpolicy="unsafe-url"></iframe>` + link, `<iframe referrerpolicy="same-origin"></iframe>` + added},
		{`<link rel=stylesheet href="//other.test" referrerpolicy="unsafe-url">`, `<link rel=stylesheet href="//other.test" referrerpolicy="same-origin">`},
		{`<script referrerpolicy="unsafe-url" src="//other.test">"<a href=x>"</script>` + link, `<script referrerpolicy="same-origin" src="//other.test">"<a href=x>"</script>` + added},
		{`<svg><a referrerpolicy="unsafe-url" href="//other.test"/></svg>`, `<svg><a referrerpolicy="same-origin" href="//other.test"/></svg>`},
		{`<svg><image referrerpolicy="unsafe-url" href="//other.test"/></svg>`, `<svg><image referrerpolicy="same-origin" href="//other.test"/></svg>`},
		{`<svg><style><img referrerpolicy="unsafe-url">`, `<svg><style><img referrerpolicy="same-origin">`}, // img ends the svg

		// Along with parameters, in front of them and behind.
		{`<a href="//other.test" referrerpolicy="unsafe-url">`, `<a href="//other.test" referrerpolicy="same-origin">`},
		{`<a href="x" referrerpolicy="unsafe-url" id=a>`, `<a href="x?sid=7f" referrerpolicy="same-origin" id=a>`},
		{`<a referrerpolicy="unsafe-url" href="x" id=a>`, `<a referrerpolicy="same-origin" href="x?sid=7f" id=a>`},
		{`<a referrerpolicy=unsafe-url href>`, `<a referrerpolicy=same-origin href="/shop/cart.lc?page=2&amp;sid=7f">`},
		{`<a href referrerpolicy=unsafe-url>`, `<a href="/shop/cart.lc?page=2&amp;sid=7f" referrerpolicy=same-origin>`},
		{`<svg><a href=x referrerpolicy=unsafe-url xlink:href=y>`, `<svg><a href=x?sid=7f referrerpolicy=same-origin xlink:href=y?sid=7f>`},
		{`<area ping=//other.test href=x referrerpolicy=unsafe-url>`, `<area ping=//other.test href=x referrerpolicy=same-origin>`},

		// Policies that tell others no more than the host, or mean nothing.
		{`<img referrerpolicy><img referrerpolicy=""><img referrerpolicy=" ">`, ``},
		{`<img referrerpolicy="no-referrer"><img referrerpolicy="same-origin"><img referrerpolicy="origin">`, ``},
		{`<img referrerpolicy="strict-origin"><img referrerpolicy="Strict-Origin-When-Cross-Origin"><img referrerpolicy="origin-when-cross-origin">`, ``},
		{`<img referrerpolicy="origin, unsafe-url"><img referrerpolicy="unsafe-url,origin"><meta name=referrer content="unsafe-url always">`, ``},
		{`<img referrerpolicy="unsafe-urls"><img referrerpolicy="unsafe url"><img data-referrerpolicy="unsafe-url">`, ``},
		{`<a rel="noreferrer" href="//other.test"><p referrerpolicy="unsafe-url">`, ``},
		{`<!-- <img referrerpolicy="unsafe-url"> --><textarea><img referrerpolicy="unsafe-url"></textarea>`, ``},

		{`<meta name="referrer" content="unsafe-url">`, `<meta name="referrer" content="same-origin">`},
		{`<META CONTENT=Always NAME=Referrer>`, `<META CONTENT=same-origin NAME=Referrer>`},
		{`<meta name=referrer content='default'>`, `<meta name=referrer content='same-origin'>`},
		{`<meta name="&#114;eferrer" content="no-referrer-when-downgrade">`, `<meta name="&#114;eferrer" content="same-origin">`},
		{`<meta name="referrer" content=" ALWAYS ">`, `<meta name="referrer" content="same-origin">`},
		{`<meta name="referrer" content="unsafe-url" content="origin">`, `<meta name="referrer" content="same-origin" content="origin">`},
		{`<noscript><meta name="referrer" content="always"></noscript>`, `<noscript><meta name="referrer" content="same-origin"></noscript>`},
		{`<meta name="referrer" content="never"><meta name="referrer" content="origin"><meta name="referrer" content=""><meta name="referrer">`, ``},
		{`<meta name="referrer" name="x" content="origin"><meta name="x" name="referrer" content="always">`, ``},
		{`<meta name="description" content="unsafe-url"><meta property="referrer" content="always"><meta content="default">`, ``},
		{`<meta name="referrer" referrerpolicy="unsafe-url">`, ``}, // means nothing there
	})
}

// Without parameters there is nothing to hide.
func TestReferrerPolicyWithoutParams(t *testing.T) {
	c := config()
	c.Params = nil
	check(t, c, []htmlCase{{`<img referrerpolicy="unsafe-url"><meta name="referrer" content="always">`, ``}})
}

// An empty reference stays empty where it has the parameters, being the page's.
func TestPageThatCarriesTheParameters(t *testing.T) {
	const empty = `<a href=""><a href><a href=><a href=" "><area href=""><button formaction=""><form action>`
	c := config()
	c.Params = []links.Param{id, {Name: "a b", Value: "1&2"}}
	const fields = field + `<input type="hidden" name="a b" value="1&amp;2">`
	for _, query := range []string{"sid=7f&a+b=1%262", "page=2&sid=7f&x&a%20b=1%262&", "s%69d=%37f&a%20b=1%262"} {
		c.Query = query
		check(t, c, []htmlCase{
			{empty, empty + fields},
			{`<base href="/other/"><form action="">`, `<base href="/other/"><form action="">` + fields},
			{`<a href="?">`, `<a href="?sid=7f&amp;a%20b=1%262">`},
		})
	}
	for query, rest := range map[string]string{
		"sid=7f":                   "",
		"a+b=1%262":                "",
		"sid=7f&a+b=1%262&sid=old": "",
		"sid=old&sid=7f&a+b=1%262": "",
		"sid=7f&a+b=1%262&sid=7f":  "",
		"sid=7F&a+b=1%262":         "",
		"sid=7f&a+b=1&2":           "2&amp;",
		"sid=7f+&a+b=1%262":        "",
		"":                         "",
		"sid%3D7f&a%20b%3D1%26":    "sid%3D7f&amp;a%20b%3D1%26&amp;",
		"SID=7f&a+b=1%262":         "SID=7f&amp;",
		"x=sid=7f&a+b=1%262":       "x=sid=7f&amp;",
		"sid=7f;a+b=1%262":         "",
	} {
		c.Query = query
		check(t, c, []htmlCase{{`<a href="">`, `<a href="/shop/cart.lc?` + rest + `sid=7f&amp;a%20b=1%262">`}})
	}
}

// The query is the visitor's, and must not make a page long.
func TestLongQuery(t *testing.T) {
	c := config()
	const around = len("/shop/cart.lc?q=&amp;sid=7f")
	c.Query = "q=" + strings.Repeat("x", 1024-around)
	check(t, c, []htmlCase{{`<a href="">`, `<a href="/shop/cart.lc?` + c.Query + `&amp;sid=7f">`}})
	for _, query := range []string{c.Query + "x", strings.Repeat("a&", 200), strings.Repeat("<", 60<<10)} {
		c.Query = query
		check(t, c, []htmlCase{
			{`<a href=""><a href><a href=" "><button formaction=""><form action="">`, `<a href=""><a href><a href=" "><button formaction=""><form action="">` + field},
			{`<a href="?"><a href="/shop/cart.lc">`, `<a href="?sid=7f"><a href="/shop/cart.lc?sid=7f">`},
		})
	}
	// There is but one Location.
	c.Query = strings.Repeat("x", 2000)
	if got, want := links.New(c).URL(""), "/shop/cart.lc?"+c.Query+"&sid=7f"; got != want {
		t.Errorf("URL(\"\") = %q, want %q", got, want)
	}
	page := strings.Repeat("<form action>", 10000)
	if got, limit := len(rewrite(c, page)), len(page)+10000*len(field); got > limit {
		t.Errorf("of %d bytes become %d, want at most %d", len(page), got, limit)
	}
}
