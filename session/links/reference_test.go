package links_test

import (
	"testing"

	"lcgi/session/links"
)

func TestReferences(t *testing.T) {
	check(t, config(), []htmlCase{
		// Relative.
		{`<a href="next.lc">`, `<a href="next.lc?sid=7f">`},
		{`<a href="/shop/">`, `<a href="/shop/?sid=7f">`},
		{`<a href="../x">`, `<a href="../x?sid=7f">`},
		{`<a href="./">`, `<a href="./?sid=7f">`},
		{`<a href="x;y">`, `<a href="x;y?sid=7f">`},
		{`<a href="?">`, `<a href="?sid=7f">`},
		{`<a href="?a=1">`, `<a href="?a=1&amp;sid=7f">`},
		{`<a href="x?a=1&amp;b=2">`, `<a href="x?a=1&amp;b=2&amp;sid=7f">`},
		{`<a href="x?a=1&b=2">`, `<a href="x?a=1&b=2&amp;sid=7f">`},
		{`<a href="x?a=1&">`, `<a href="x?a=1&&amp;sid=7f">`},
		{`<a href="x?a/b:c">`, `<a href="x?a/b:c&amp;sid=7f">`},
		{`<a href="x?y?z">`, `<a href="x?y?z&amp;sid=7f">`},
		{`<a href="/a/b:c">`, `<a href="/a/b:c?sid=7f">`},
		{`<a href="grüße.lc">`, `<a href="grüße.lc?sid=7f">`},
		{`<a href=" next.lc ">`, `<a href=" next.lc?sid=7f ">`},
		{"<a href=\"\n\tnext.lc\r\n\">", "<a href=\"\n\tnext.lc?sid=7f\r\n\">"},
		{"<a href=\"ne\nxt.lc\">", "<a href=\"ne\nxt.lc?sid=7f\">"},

		// The page itself.
		{`<a href="">`, `<a href="/shop/cart.lc?page=2&amp;sid=7f">`},
		{`<a href=''>`, `<a href='/shop/cart.lc?page=2&amp;sid=7f'>`},
		{`<a href=>`, `<a href="/shop/cart.lc?page=2&amp;sid=7f">`},
		{`<a href= >`, `<a href= "/shop/cart.lc?page=2&amp;sid=7f">`},
		{`<a href>`, `<a href="/shop/cart.lc?page=2&amp;sid=7f">`},
		{`<a href id=x>`, `<a href="/shop/cart.lc?page=2&amp;sid=7f" id=x>`},
		{`<a href/>`, `<a href="/shop/cart.lc?page=2&amp;sid=7f"/>`},

		// Fragments.
		{`<a href="#top">`, ``},
		{`<a href=" #top">`, ``},
		{`<a href="&#35;top">`, ``},
		{`<a href="&num;top">`, ``},
		{`<a href="x#top">`, `<a href="x?sid=7f#top">`},
		{`<a href="x&#35;top">`, `<a href="x?sid=7f&#35;top">`},
		{`<a href="x&num;top">`, `<a href="x?sid=7f&num;top">`},
		{`<a href="x?a#b?c&amp;d">`, `<a href="x?a&amp;sid=7f#b?c&amp;d">`},
		{`<a href="?#">`, `<a href="?sid=7f#">`},

		// Parameters of the same name.
		{`<a href="?sid=old">`, `<a href="?sid=7f">`},
		{`<a href="x?sid=old&amp;a=1#f">`, `<a href="x?a=1&amp;sid=7f#f">`},
		{`<a href="x?a=1&amp;sid=old&amp;b=2">`, `<a href="x?a=1&amp;b=2&amp;sid=7f">`},
		{`<a href="x?a=1&amp;sid=old&amp;sid=older">`, `<a href="x?a=1&amp;sid=7f">`},
		{`<a href="x?%73id=old&s%69%64">`, `<a href="x?sid=7f">`},
		{`<a href="x?SID=1&amp;sidney=2&amp;insid=3">`, `<a href="x?SID=1&amp;sidney=2&amp;insid=3&amp;sid=7f">`},

		// Absolute, on the own host.
		{`<a href="http://own.test:8080/x">`, `<a href="http://own.test:8080/x?sid=7f">`},
		{`<a href="HTTP://OWN.Test:8080/x">`, `<a href="HTTP://OWN.Test:8080/x?sid=7f">`},
		{`<a href="http://own.test:8080">`, `<a href="http://own.test:8080?sid=7f">`},
		{`<a href="http://own.test:08080?a#b">`, `<a href="http://own.test:08080?a&amp;sid=7f#b">`},
		{`<a href="//own.test:8080/x">`, `<a href="//own.test:8080/x?sid=7f">`},

		// Foreign hosts, ports, schemes.
		{`<a href="http://other.test/">`, ``},
		{`<a href="http://own.test/">`, ``},
		{`<a href="http://own.test:8081/">`, ``},
		{`<a href="https://own.test:8080/">`, ``},
		{`<a href="http://own.test.evil.test:8080/">`, ``},
		{`<a href="http://sub.own.test:8080/">`, ``},
		{`<a href="http://own.test:8080@evil.test/">`, ``},
		{`<a href="http://user@own.test:8080/">`, ``},
		{`<a href="http://evil.test\@own.test:8080/">`, ``},
		{`<a href="http://own.test:8080\@evil.test/">`, ``},
		{`<a href="http://own%2etest:8080/">`, ``},
		{`<a href="//other.test/own.test:8080/">`, ``},
		{`<a href="///other.test/">`, ``},
		{`<a href="////own.test:8080/">`, ``},
		{`<a href="http:/other.test">`, ``},
		{`<a href="http:other.test">`, ``},
		{`<a href="http:///other.test">`, ``},
		{`<a href="\\other.test">`, ``},
		{`<a href="/\other.test">`, ``},
		{`<a href="\/other.test">`, ``},
		{`<a href="x\y">`, ``},
		{"<a href=\"/\t/other.test\">", ``},
		{"<a href=\"/\n/other.test\">", ``},
		{`<a href="/&Tab;/other.test">`, ``},
		{`<a href="&#47&#47other.test">`, ``},
		{`<a href="/&#9/other.test">`, ``}, // the tokenizer takes "&#9" for text
		{`<a href="&sol;&sol;other.test">`, ``},
		{`<a href="/&bsol;other.test">`, ``},
		{"<a href=\"\x01//other.test\">", ``},
		{"<a href=\"x\x00y\">", ``},
		{"<a href=\"x\x01y\">", ``},

		// Other schemes.
		{`<a href="javascript:go()">`, ``},
		{`<a href="JavaScript:go()">`, ``},
		{`<a href=" javascript:go()">`, ``},
		{"<a href=\"\x01javascript:go()\">", ``},
		{"<a href=\"java\nscript:go()\">", ``},
		{`<a href="java&#x0A;script:go()">`, ``},
		{`<a href="java&Tab;script&colon;go()">`, ``},
		{`<a href="java&NewLine;script&#x3a;go()">`, ``},
		{`<a href="javascript&#58go()">`, ``},
		{`<a href="data:text/html,x">`, ``},
		{`<a href="mailto:a@own.test">`, ``},
		{`<a href="tel:110">`, ``},
		{`<a href="ftp://own.test:8080/">`, ``},
		{`<a href="file:///etc/passwd">`, ``},
		{`<a href="blob:http://own.test:8080/x">`, ``},
		{`<a href="view-source:http://own.test:8080/x">`, ``},
		{`<a href="1:2">`, ``},
		{`<a href=":">`, ``},
	})
}

func TestOwnHost(t *testing.T) {
	const same = ""
	for _, tt := range []struct {
		scheme, host string
		ref, want    string
	}{
		{"http", "own.test", "http://own.test/", "http://own.test/?sid=7f"},
		{"http", "own.test", "http://own.test:80/", "http://own.test:80/?sid=7f"},
		{"http", "own.test", "http://own.test:/", "http://own.test:/?sid=7f"},
		{"http", "own.test:80", "http://own.test/", "http://own.test/?sid=7f"},
		{"http", "OWN.test", "http://own.TEST", "http://own.TEST?sid=7f"},
		{"http", "own.test", "http://own.test:0/", same},
		{"http", "own.test", "http://own.test:443/", same},
		{"http", "own.test", "http://own.test:80x/", same},
		{"http", "own.test", "http://own.test./", same},
		{"http", "own.test", "https://own.test/", same},
		{"https", "own.test", "https://own.test:443/", "https://own.test:443/?sid=7f"},
		{"HTTPS", "own.test:443", "https://own.test/", "https://own.test/?sid=7f"},
		{"https", "own.test", "https://own.test:80/", same},
		{"https", "own.test", "http://own.test/", same}, // an id on https must not go by http
		{"https", "own.test", "//own.test/", "//own.test/?sid=7f"},
		{"http", "[::1]:8080", "http://[::1]:8080/", "http://[::1]:8080/?sid=7f"},
		{"http", "[::1]", "http://[::1]/", "http://[::1]/?sid=7f"},
		{"http", "[::1]", "http://[::1]:8080/", same},
		{"http", "127.0.0.1", "http://127.0.0.1/", "http://127.0.0.1/?sid=7f"},
		{"http", "127.0.0.1", "http://2130706433/", same},
		// A host that is none: relative references only.
		{"http", "", "http://own.test/", same},
		{"http", "", "http:///", same},
		{"http", "", "//", same},
		{"http", "", "/x", "/x?sid=7f"},
		{"http", `evil.test"><script>`, `http://evil.test"><script>/`, same},
		{"http", "own.test@evil.test", "http://own.test@evil.test/", same},
		{"http", "evil.test/", "http://evil.test/", same},
		{"http", ":80", "http://:80/", same},
	} {
		w := links.New(links.Config{Scheme: tt.scheme, Host: tt.host, Params: []links.Param{id}})
		if tt.want == same {
			tt.want = tt.ref
		}
		if got := w.URL(tt.ref); got != tt.want {
			t.Errorf("%s on %s://%s: %q, want %q", tt.ref, tt.scheme, tt.host, got, tt.want)
		}
	}
}

func TestURL(t *testing.T) {
	w := links.New(config())
	for ref, want := range map[string]string{
		"next.lc":                         "next.lc?sid=7f",
		"next.lc?a=1&sid=old&b=%26#f":     "next.lc?a=1&b=%26&sid=7f#f",
		"x?a=1&amp;b":                     "x?a=1&amp;b&sid=7f", // no HTML here
		"/":                               "/?sid=7f",
		"":                                "/shop/cart.lc?page=2&sid=7f",
		"http://own.test:8080/x#y":        "http://own.test:8080/x?sid=7f#y",
		"#here":                           "#here",
		"http://other.test/":              "http://other.test/",
		"//other.test/":                   "//other.test/",
		"/\\other.test/":                  "/\\other.test/",
		"/\t/other.test/":                 "/\t/other.test/",
		"javascript:x":                    "javascript:x",
		"https://own.test:8080/x":         "https://own.test:8080/x",
		"http://own.test:8080@other.test": "http://own.test:8080@other.test",
	} {
		if got := w.URL(ref); got != want {
			t.Errorf("URL(%q) = %q, want %q", ref, got, want)
		}
	}
}

func TestParams(t *testing.T) {
	c := config()
	c.Query = `a&b="><script>&sid=old&q='é`
	c.Params = []links.Param{{"a b", `x&y="z"<>`}, {}, {"-lasso:é", "1\r\n2"}, {"empty", ""}}
	const query = "a%20b=x%26y%3D%22z%22%3C%3E&amp;-lasso%3A%C3%A9=1%0D%0A2&amp;empty="
	const fields = `<input type="hidden" name="a b" value="x&amp;y=&#34;z&#34;&lt;&gt;"><input type="hidden" name="-lasso:é" value="1&#13;` + "\n" + `2"><input type="hidden" name="empty" value="">`
	check(t, c, []htmlCase{
		{`<a href=x?a+b=1&a%20b&-lasso:%c3%A9=2&c>`, `<a href=x?c&amp;` + query + `>`},
		{`<form>`, `<form>` + fields},
		{`<a href="">`, `<a href="/shop/cart.lc?a&amp;b=%22%3E%3Cscript%3E&amp;sid=old&amp;q=%27%C3%A9&amp;` + query + `">`},
	})
	c.Params = []links.Param{{}}
	check(t, c, []htmlCase{{`<form action="/x"><a href=x>`, ``}})
	if got := links.New(c).URL("x"); got != "x" {
		t.Errorf("without parameters: %q", got)
	}
}

// A page whose path begins with two slashes must not name a host.
func TestPathOfTwoSlashes(t *testing.T) {
	c := config()
	for path, want := range map[string]string{
		"//evil.test/x": `<a href="?page=2&amp;sid=7f">`,
		`/\evil.test/x`: `<a href="/%5Cevil.test/x?page=2&amp;sid=7f">`,
		"":              `<a href="?page=2&amp;sid=7f">`,
		`/a&lt/"?#`:     `<a href="/a&amp;lt/%22%3F%23?page=2&amp;sid=7f">`,
	} {
		c.Path = path
		check(t, c, []htmlCase{{`<a href="">`, want}})
	}
}
