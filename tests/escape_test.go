package tests

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"
	"unicode/utf8"

	"lcgi/tests/browser"
	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
)

// A place is where in the HTML a value of the visitor stands.
type place struct {
	name string
	html string // with <?= v ?> for the value
	read string // JavaScript that reads the value back; "" where it is not kept as it is
}

// places are the kinds of place that a page can print a value in.
func places() []place {
	const v = "<?= v ?>"
	attribute := func(name string) string { return "document.getElementById('x').getAttribute('" + name + "')" }
	return []place{
		{name: "text", html: `<p id="x">` + v + `</p>`, read: "document.getElementById('x').textContent"},
		{name: "text after an unquoted attribute", html: `<p id=x>` + v + `</p>`, read: "document.getElementById('x').textContent"},
		{name: "title", html: `<title>` + v + `</title>`, read: "document.querySelector('title').textContent"},
		{name: "textarea", html: `<textarea id="x">` + "\n" + v + `</textarea>`, read: "document.getElementById('x').value"},
		{name: "attribute in double quotes", html: `<p id="x" title="` + v + `">p</p>`, read: attribute("title")},
		{name: "attribute in single quotes", html: `<p id='x' title='` + v + `'>p</p>`, read: attribute("title")},
		{name: "attribute without quotes", html: `<p id=x title=` + v + ` class=after>p</p>`, read: attribute("title")},
		{name: "value of a field", html: `<input id="x" value="` + v + `">`, read: attribute("value")},
		{name: "comment", html: `<!-- ` + v + ` --><p id="x">p</p>`},
		{name: "href", html: `<a id="x" href="` + v + `">link</a>`},
		{name: "href without quotes", html: `<a id=x href=` + v + `>link</a>`},
		{name: "path in a href", html: `<a id="x" href="/path/` + v + `">link</a>`},
		{name: "query in a href", html: `<a id="x" href="/path?q=` + v + `&amp;b=2">link</a>`, read: "new URL(document.getElementById('x').href).searchParams.get('q')"},
		{name: "fragment in a href", html: `<a id="x" href="#` + v + `">link</a>`, read: "decodeURIComponent(document.getElementById('x').hash.slice(1))"},
		{name: "src of an image", html: `<img id="x" alt="" src="` + v + `">`},
		{name: "src of a frame", html: `<iframe id="x" src="` + v + `"></iframe>`},
		{name: "action", html: `<form id="x" action="` + v + `"><button>go</button></form>`},
		{name: "formaction", html: `<form><button id="x" formaction="` + v + `">go</button></form>`},
		{name: "srcset", html: `<img id="x" alt="" srcset="` + v + ` 2x">`},
		{name: "document in a frame", html: `<iframe id="x" srcdoc="<p>` + v + `</p>"></iframe>`},
		{name: "event handler", html: `<button id="x" onclick="window.got = ` + v + `">b</button>`, read: "(document.getElementById('x').click(), window.got)"},
		{name: "string in an event handler", html: `<button id="x" onclick="window.got = '` + v + `'">b</button>`, read: "(document.getElementById('x').click(), window.got)"},
		{name: "script", html: `<script>window.got = ` + v + `;</script>`, read: "window.got"},
		{name: "string in double quotes in a script", html: `<script>window.got = "` + v + `";</script>`, read: "window.got"},
		{name: "string in single quotes in a script", html: `<script>window.got = '` + v + `';</script>`, read: "window.got"},
		{name: "template in a script", html: "<script>window.got = `" + v + "`;</script>", read: "window.got"},
		{name: "expression of a template in a script", html: "<script>window.got = `${" + v + "}`;</script>", read: "window.got"},
		{name: "comment in a script", html: `<script>/* ` + v + ` */ window.got = 1;</script>`},
		{name: "line comment in a script", html: "<script>// " + v + "\nwindow.got = 1;</script>"},
		{name: "regular expression in a script", html: `<script>window.got = /^` + v + `$/;</script>`},
		{name: "data in a script", html: `<script id="x" type="application/json">{"v": ` + v + `}</script>`, read: "JSON.parse(document.getElementById('x').textContent).v"},
		{name: "style sheet", html: `<style>p { color: ` + v + ` }</style><p id="x">p</p>`},
		{name: "string in a style sheet", html: `<style>p::before { content: "` + v + `" }</style><p id="x">p</p>`},
		{name: "URL in a style sheet", html: `<style>p { background: url("` + v + `") }</style><p id="x">p</p>`},
		{name: "style attribute", html: `<p id="x" style="color: ` + v + `">p</p>`},
		{name: "attribute name", html: `<p id="x" ` + v + `>p</p>`},
	}
}

// rawPlaces print the value as it is. They show that what must not happen in the
// others would be seen.
func rawPlaces() []place {
	const v = "<?= raw(v) ?>"
	return []place{
		{name: "raw text", html: `<p id="x">` + v + `</p>`, read: "document.getElementById('x').innerHTML"},
		{name: "raw attribute", html: `<p id="x" title="` + v + `">p</p>`},
		{name: "raw attribute without quotes", html: `<p id=x title=` + v + `>p</p>`},
		{name: "raw URL", html: `<a id="x" href="` + v + `">link</a>`},
		{name: "raw event handler", html: `<button id="x" onclick="window.got = ` + v + `">b</button>`},
		{name: "raw string in a script", html: `<script>window.got = '` + v + `';</script>`},
		{name: "raw style sheet", html: `<style>p { color: ` + v + ` }</style>`},
	}
}

// hostileValues are what visitors send. Each calls pwned() where it gets out of
// its place.
var hostileValues = []string{
	`<script>pwned()</script>`,
	`</script><script>pwned()</script>`,
	`"><img src=x: onerror=pwned()>`,
	`' onmouseover='pwned()' autofocus onfocus='pwned()' x='`,
	`" onmouseover="pwned()" autofocus onfocus="pwned()" x="`,
	`x onmouseover=pwned() autofocus onfocus=pwned() y=`,
	`javascript:pwned()`,
	"\x01 jAvA\tscr\nipt:pwned()//",
	`data:text/html,<script>parent.pwned()</script>`,
	`pwned()`,
	`-pwned()-`,
	`'-pwned()-'`,
	`"-pwned()-"`,
	"`-pwned()-`${pwned()}",
	`\'-pwned()//`,
	`\`,
	"\u2028pwned()\u2029",
	`*/pwned()/*`,
	`--><script>pwned()</script><!--`,
	`</title></textarea></style><script>pwned()</script>`,
	`red; background: url(javascript:pwned()); x: expression(pwned())`,
	`}</style><img src=x: onerror=pwned()>`,
	`onclick=pwned() onmouseover`,
	`<!--<script>`,
	"&lt;script&gt;pwned()&#x27;&quot;",
	"\xff\xfe\xc0\xbc<script>pwned()</script>",
	"ü € 😀 <b>&amp;</b>",
}

// onNewDocument runs before everything else in every frame. It defines what the
// hostile values call, and notes this, and scripts that do not parse, in the
// frame right below the top that it happened in.
const onNewDocument = `{
	const note = what => {
		let frame = window;
		while (frame !== top && frame.parent !== top) frame = frame.parent;
		frame.noted = (frame.noted || "") + " " + what;
		return "";
	};
	window.pwned = why => note(why || "pwned() was called.");
	addEventListener("error", event => {
		if (event.error instanceof SyntaxError) note(event.message);
	});
}`

// visitAll is JavaScript that opens pages in frames, goes through each as a
// visitor would, touches everything, and returns what came of it.
const visitAll = `(async (urls, read) => {
	const unsafe = /^[\s\x00-\x20]*(javascript|vbscript|data):/i;
	const touch = frame => {
		const document = frame.document;
		document.addEventListener("submit", event => event.preventDefault());
		for (const element of document.querySelectorAll("*")) {
			for (const name of ["href", "src", "action", "formaction"]) {
				const url = (element.getAttribute(name) || "").replace(/[\t\n\r]/g, "");
				if (unsafe.test(url)) frame.pwned("The URL is " + url);
			}
			for (const type of ["mouseover", "focus", "click", "error", "load"]) {
				element.dispatchEvent(new frame.Event(type, {cancelable: true}));
			}
			if (element.focus) element.focus();
		}
	};
	const visit = async url => {
		const element = document.createElement("iframe");
		const loaded = new Promise(done => element.onload = done);
		element.src = url;
		document.body.append(element);
		await loaded;
		const frame = element.contentWindow, outcome = {};
		outcome.status = frame.performance.getEntriesByType("navigation")[0].responseStatus;
		try {
			outcome.kept = String(read ? frame.eval(read) : "");
		} catch (error) {
			outcome.kept = "cannot be read: " + error;
		}
		touch(frame);
		await new Promise(done => setTimeout(done, 0));
		outcome.noted = frame.noted || "";
		element.remove();
		return outcome;
	};
	return await Promise.all(urls.map(visit));
})`

// An outcome is what came of a page with a value.
type outcome struct {
	Status int    `json:"status"`
	Kept   string `json:"kept"`  // the value as the document has it
	Noted  string `json:"noted"` // what ran, or did not parse
}

// TestEscaping lets Chromium parse pages that print hostile values. Nothing of a
// value may run, and where the place keeps text as it is, the value must come out
// as it went in.
func TestEscaping(t *testing.T) {
	site := direct.NewSite(t, lcgi, map[string]string{"blank.lc": "<!DOCTYPE html><title>blank</title><body>"})
	safe := places()
	all := append(safe, rawPlaces()...)
	for i, p := range all {
		site.Write(t, fmt.Sprintf("place%d.lc", i), "<!DOCTYPE html>\n<?lc local v = _GET.v ?>"+p.html)
	}
	server := servers.Start(t, servers.Gateway, servers.Site{Binary: lcgi, Root: site.Root})
	tab := browser.Open(t, onNewDocument)
	target := func(place int, value string) string {
		return fmt.Sprintf("/place%d.lc?v=%s", place, url.QueryEscape(value))
	}
	visit := func(place int, values []string) []outcome {
		t.Helper()
		tab.Go(t, server.URL+"/blank.lc")
		var urls []string
		for _, value := range values {
			urls = append(urls, target(place, value))
		}
		arguments, err := json.Marshal([]any{urls, all[place].read})
		if err != nil {
			t.Fatal(err)
		}
		return browser.Eval[[]outcome](t, tab, visitAll+"(..."+string(arguments)+")")
	}

	for i, p := range all[len(safe):] {
		caught := 0
		for _, o := range visit(len(safe)+i, hostileValues) {
			if o.Noted != "" {
				caught++
			}
		}
		if caught == 0 {
			t.Errorf("%s: none of the values ran: the test would notice nothing", p.name)
		}
	}
	if o := visit(len(safe), []string{"<b>bold</b>"}); o[0].Kept != "<b>bold</b>" {
		t.Errorf("raw() gives %q", o[0].Kept)
	}

	cases := 0
	for i, p := range safe {
		t.Run(p.name, func(t *testing.T) {
			for n, o := range visit(i, hostileValues) {
				cases++
				value := hostileValues[n]
				switch {
				case o.Noted != "":
					t.Errorf("value %q: %s", value, o.Noted)
				case o.Status == 500 && p.name == "attribute name":
					// It may refuse a value, with an error that says so.
					continue
				case o.Status != 200:
					t.Errorf("value %q: status %d", value, o.Status)
				case p.read == "", !utf8.ValidString(value):
					// Bytes that are no text become a replacement character.
					continue
				case o.Kept != value:
					t.Errorf("value %q became %q", value, o.Kept)
				default:
					continue
				}
				r := site.Do(t, wire.Get(target(i, value)))
				t.Logf("the page: %s%s", r.Body, r.Stderr)
			}
		})
	}
	if cases < 60 {
		t.Errorf("%d cases, want at least 60", cases)
	}
}
