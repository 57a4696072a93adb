package links_test

import "testing"

const (
	link  = `<a href="x">`
	added = `<a href="x?sid=7f">`
)

func TestAttributes(t *testing.T) {
	check(t, config(), []htmlCase{
		{`<a href=x>`, `<a href=x?sid=7f>`},
		{`<a href=x/>`, `<a href=x/?sid=7f>`},
		{`<a href=x?a=1 class=b>`, `<a href=x?a=1&amp;sid=7f class=b>`},
		{`<a href='x'>`, `<a href='x?sid=7f'>`},
		{`<a href='x"y'>`, `<a href='x"y?sid=7f'>`},
		{`<A HREF="X">`, `<A HREF="X?sid=7f">`},
		{`<a hReF = "x" >`, `<a hReF = "x?sid=7f" >`},
		{"<a\n  class=\"b\"\n  href\n=\n\"x\"\n>", "<a\n  class=\"b\"\n  href\n=\n\"x?sid=7f\"\n>"},
		{"<a\thref=x\fid=y\r>", "<a\thref=x?sid=7f\fid=y\r>"},
		{`<a/href="x"/>`, `<a/href="x?sid=7f"/>`},
		{`<a id="1"href="x"class=y>`, `<a id="1"href="x?sid=7f"class=y>`},
		{`<a title="<a href='y'>" href="x">`, `<a title="<a href='y'>" href="x?sid=7f">`},
		{`<a title='>' href=x>`, `<a title='>' href=x?sid=7f>`},
		{`<a title=">" =">" href=x>`, ``}, // a name may begin with "=", but quotes mean nothing in it,
		{`<a href="x" href="y">`, `<a href="x?sid=7f" href="y">`},
		{`<a href="#x" href="y">`, ``},
		{`<a href="//other.test" HREF="y">`, ``},
		{`<a data-href="x" hrefs="x" xhref="x" href.="x">`, ``},
		{`<a name="x">`, ``},
		{`<a href="x" ping="//other.test">`, ``},
		{`<a xlink:href="x">`, ``}, // means nothing outside of SVG
		{`<a "href="x">`, ``},
		{`<a href"="x">`, ``},
		{`<area href="x">`, `<area href="x?sid=7f">`},
		{`<abbr href="x"><article href=x><aa href=x>`, ``},
		{`<link href="x"><img src="x"><script src="x"></script><iframe src="x"></iframe><blockquote cite="x">`, ``},
		{`<button formaction="x">`, `<button formaction="x?sid=7f">`},
		{`<input type=submit formaction=x>`, `<input type=submit formaction=x?sid=7f>`},
		{`<input action="x" href="x">`, ``},
		{`<button formaction="//other.test">`, ``},
		{`<a href="x?a=1&lt;2&copy=3&copy;4&notit;5">`, `<a href="x?a=1&lt;2&copy=3&copy;4&notit;5&amp;sid=7f">`},
		{`<a href="x&quest;a=1&num;f">`, `<a href="x&quest;a=1&amp;sid=7f&num;f">`},
		{`<a href="x?sid&equals;old&AMP;b">`, `<a href="x?b&amp;sid=7f">`},
		{`<a href="x?a&#38;sid=old&#x26;b">`, `<a href="x?a&#x26;b&amp;sid=7f">`},
		{`<a href="x?a&#38sid=old">`, `<a href="x?a&amp;sid=7f">`},
		{`<a href="x&hearts;&semi;&fjlig;&nosuch;&;&#;&#x;&#xg;">`, `<a href="x&hearts;&semi;&fjlig;&nosuch;&;&?sid=7f#;&#x;&#xg;">`},
		{`<a href="x&#0;&#x110000;&#xd800;&#99999999999999999999;">`, `<a href="x&#0;&#x110000;&#xd800;&#99999999999999999999;?sid=7f">`},
	})
}

func TestText(t *testing.T) {
	cases := []htmlCase{
		{`<title><a href="x"></title><a href="x">`, ``},
		{`<TEXTAREA><a href="x"></textareas></TEXTarea ><a href="x">`, ``},
		{`<style><a href="x"><!--</style><a href="x">`, ``},
		{`<xmp><a href="x"></xmp/><a href="x">`, ``},
		{`<iframe><a href="x"></iframe x="</a>"><a href="x">`, ``},
		{`<noembed><a href="x"></noembed><a href="x">`, ``},
		{`<noframes><a href="x"></noframes><a href="x">`, ``},
		{`<script>"<a href='x'>"</script><a href="x">`, ``},
		{`<script>a</scriptx><a href="x"></ script></script><a href="x">`, ``},
		{`<script><!-- <a href="x"> --></script><a href="x">`, ``},
		{`<script><!-- <script> <a href="x"> </script> <a href="x"> --></script><a href="x">`, ``},
		{`<script><!-- <script> --></script><a href="x">`, ``},
		{`<script><!--></script><a href="x">`, ``},
		{`<script><!-- <scripts> </script><a href="x">`, ``},
		{`<script><!- <script> </script><a href="x">`, ``},
		{`<script><!-- < script></script><a href="x">`, ``},
		{`<script/><a href="y"></script><a href="x">`, ``}, // HTML knows no empty script
		{`<!-- <a href="x"> --><a href="x">`, ``},
		{`<!--><a href="x">`, ``},
		{`<!---><a href="x">`, ``},
		{`<!----><a href="x">`, ``},
		{`<!-- > -> --!><a href="x">`, ``},
		{`<!-- --!-> <a href="y"> --><a href="x">`, ``},
		{`<!--!> <a href="y"> --><a href="x">`, ``},
		{`<!-- <!-- --><a href="x">`, ``},
		{`<!-x><a href="x">`, ``},
		{`<!doctype html "><a href="x">`, ``},
		{`<!DOCTYPE html><a href="x">`, ``},
		{`<?xml href=">"?><a href="x">`, ``},
		{`<![CDATA[<a href="y">]]><a href="x">`, ``}, // HTML knows no CDATA: it ends at the first ">"
		{`</ a href="y"><a href="x">`, ``},
		{`</a href="y"><a href="x">`, ``},
		{`</><a href="x">`, ``},
		{`<><a href="x">`, ``},
		{`<<a href="x">`, ``},
		{`< a href="y"><a href="x">`, ``},
		{`1<2<a href="x">`, ``},
		{`<p>&lt;a href="x"&gt;<a href="x">`, ``},
		{"\x00\xff<\x00a href=x><a href=\"x\">", ``},
	}
	// Of each the last link is one, and nothing else.
	for i, c := range cases {
		cases[i].out = c.in[:len(c.in)-len(link)] + added
	}
	check(t, config(), append(cases, []htmlCase{
		{`<plaintext><a href="x"></plaintext><a href="x">`, ``},
		{`<textarea><a href="x">`, ``},
		{`<!-- <a href="x">`, ``},
		{`<script><!-- <script> </script> <a href="x">`, ``},
		{`<a href="x"`, ``},
		{`<a href=x`, ``},
		{`<a`, ``},
		{`<`, ``},
		{``, ``},
		{`<a title="<a href="x">`, ``}, // the value ends at the second quote
		{`<a href="x><b>`, ``},
	}...))
}

func TestNoscriptAndTemplate(t *testing.T) {
	check(t, config(), []htmlCase{
		{`<noscript><a href="x"></noscript><a href="x">`, `<noscript>` + added + `</noscript>` + added},
		{`<NOSCRIPT><form></form></noScript ><form>`, `<NOSCRIPT><form>` + field + `</form></noScript ><form>` + field},
		{`<noscript><style>a</style></noscript><a href="x">`, `<noscript><style>a</style></noscript>` + added},
		{`<svg><desc><noscript></noscript></desc></svg><!-- </noscript> -->` + link, `<svg><desc><noscript></noscript></desc></svg><!-- </noscript> -->` + added},
		{`<template><a href="x"><form></form></template>`, `<template>` + added + `<form>` + field + `</form></template>`},

		// With scripts the element ends here, without them it does not.
		{`<noscript><!-- </noscript><a href="x"> -->` + link, ``},
		{`<noscript><p title="</noscript><a href='x'>">` + link, ``},
		{`<noscript><style></noscript><a href="x"></style>` + link, ``},
		{`<noscript><a title="</NOSCRIPT>" href="x">`, ``},
		{`<noscript></noscripts><!-- </noscripts --></noscript>` + link, `<noscript></noscripts><!-- </noscripts --></noscript>` + added},
	})
}

// Tags that do not fit where they stand are ignored, and then what follows is no text.
func TestTagsThatDoNotFit(t *testing.T) {
	check(t, config(), []htmlCase{
		{`<template><col><xmp></template><base href=//other.test></xmp>` + link, ``},
		{`<template><col><textarea></template><base href=//other.test></textarea>` + link, ``},
		{`<template><col><title></template><form action=//other.test></title><form>`, ``},
		{`<template><col><style></template><base href=//other.test></style>` + link, ``},
		{`<template><col><script></template><base href=//other.test></script>` + link, ``},
		{`<template><col><svg><title></template><base href=//other.test></title>` + link, ``},
		{`<template><col><svg></template><![CDATA[<base href=//other.test>]]>` + link, ``},
		{`<template><col><plaintext></template>` + link, ``},
		{`<template><script></script><col><xmp></template></xmp>` + link, ``},
		{`<table><tr><td><template><col><xmp></template></xmp>` + link, ``},
		{`<template><table></table><template><col><xmp></template></xmp>` + link, ``},
		{`<template><col></template><xmp>x</xmp>` + link, `<template><col></template><xmp>x</xmp>` + added},
		{`<template><col></template><form>`, ``},
		{`<template><table><col><tr><td><xmp><i></xmp></table></template>` + link, `<template><table><col><tr><td><xmp><i></xmp></table></template>` + added},
		{`<template><tr><td><title><i></title></td></tr></template>` + link, `<template><tr><td><title><i></title></td></tr></template>` + added},
		{`<table><col><xmp><i></xmp></table><col><xmp><i></xmp>` + link, `<table><col><xmp><i></xmp></table><col><xmp><i></xmp>` + added},
		{`<svg><template><col></template></svg><title><i></title>` + link, `<svg><template><col></template></svg><title><i></title>` + added},

		// Browsers differ in what a select may contain.
		{`<select><xmp></select><base href=//other.test></xmp>` + link, ``},
		{`<select><title></select><base href=//other.test></title>` + link, ``},
		{`<select><iframe></select></iframe>` + link, ``},
		{`<select><template></select></template><style><i></style>` + link, ``},
		{`<select><style>x</style></select>` + link, `<select><style>x</style></select>` + added},
		{`<select><script>"<i>"</script></select>` + link, `<select><script>"<i>"</script></select>` + added},
		{`<select><textarea><i></textarea>` + link, `<select><textarea><i></textarea>` + added},
		{`<select></select><title><i></title>` + link, `<select></select><title><i></title>` + added},
		{`<template><select></select></template><title><i></title>` + link, `<template><select></select></template><title><i></title>` + added},
	})
}

func TestForeignElements(t *testing.T) {
	check(t, config(), []htmlCase{
		{`<svg><a href="x"><path/></a></svg>`, `<svg><a href="x?sid=7f"><path/></a></svg>`},
		{`<svg><a xlink:href="x" xlink:title="x">`, `<svg><a xlink:href="x?sid=7f" xlink:title="x">`},
		{`<svg><a href=x xlink:href='y'>`, `<svg><a href=x?sid=7f xlink:href='y?sid=7f'>`},
		{`<svg><a xlink:href='y' href=x>`, `<svg><a xlink:href='y?sid=7f' href=x?sid=7f>`},
		{`<svg><use href="x"/><image xlink:href="x"/></svg>`, ``},

		// Elements whose content is text in HTML only.
		{`<svg><title>t</title></svg>` + link, `<svg><title>t</title></svg>` + added},
		{`<svg><title/><style/><script/></svg>` + link, `<svg><title/><style/><script/></svg>` + added},
		{`<svg><style>a<!-- </style> --></style></svg>` + link, `<svg><style>a<!-- </style> --></style></svg>` + added},
		{`<svg><style><a href="x"></style></svg>` + link, `<svg><style><a href="x"></style></svg>` + added}, // an element, but nobody means it
		{`<svg><script><![CDATA[ "</script><a href='x'>" ]]></script></svg>` + link, `<svg><script><![CDATA[ "</script><a href='x'>" ]]></script></svg>` + added},
		{`<svg><![CDATA[<a href="x">]]]></svg>]]></svg>` + link, `<svg><![CDATA[<a href="x">]]]></svg>]]></svg>` + added},
		{`<svg><![CDATa[<a href="y">]]></svg>` + link, `<svg><![CDATa[<a href="y">]]></svg>` + added},
		{`<svg/><![CDATA[<a href="y">]]>` + link, `<svg/><![CDATA[<a href="y">]]>` + added},
		{`<math><mi><style><a href="x"></style></mi></math>` + link, `<math><mi><style><a href="x"></style></mi></math>` + added},

		// HTML within.
		{`<svg><foreignObject><style><a href="x"></style><div><br><img></div></foreignObject><style/></svg>` + link,
			`<svg><foreignObject><style><a href="x"></style><div><br><img></div></foreignObject><style/></svg>` + added},
		{`<svg><desc><svg><style/></svg></desc></svg>` + link, `<svg><desc><svg><style/></svg></desc></svg>` + added},
		{`<svg><g><p><style><a href="x"></style>` + link, `<svg><g><p><style><a href="x"></style>` + added}, // p ends the svg
		{`<svg><font size=1><style><a href="x"></style>` + link, `<svg><font size=1><style><a href="x"></style>` + added},
		{`<svg><font><style/>` + link, `<svg><font><style/>` + added},

		// No telling whether that is SVG or HTML: simple content is the same in both.
		{`<b><svg></b><style>x</style>` + link, `<b><svg></b><style>x</style>` + added},
		{`<b><svg></b><style><i></style>` + link, ``},
		{`<b><svg></b><style/>` + link, ``},
		{`<b><svg></b><script>a</b></script>` + link, ``},
		{`<b><svg></b><plaintext>` + link, ``},
		{`<b><svg></b><![CDATA[x]]>` + link, ``},
		{`<svg><title><tr><![CDATA[<xmp>` + link, ``}, // no table: no tr
		{`<form action="//other.test"><svg><title><form><![CDATA[<xmp>` + link, ``},
		{`<b><svg></b><![if x]>` + link, `<b><svg></b><![if x]>` + added},
		{`<select><svg><title><i></title>` + link, ``},
		{`<svg><foreignObject><p></foreignObject><title><i></title>` + link, ``},
		{`<math><annotation-xml><title><i></title>` + link, ``},

		// A form of SVG is none.
		{`<svg><form action="x"></form></svg>`, ``},
	})
}

func TestBase(t *testing.T) {
	check(t, config(), []htmlCase{
		{`<base href="/other/"><a href="x">`, `<base href="/other/"><a href="x?sid=7f">`},
		{`<base href="http://own.test:8080/o/"><a href="x">`, `<base href="http://own.test:8080/o/"><a href="x?sid=7f">`},
		{`<base target="_blank"><a href="x">`, `<base target="_blank"><a href="x?sid=7f">`},
		{`<base href=""><a href="x">`, `<base href=""><a href="x?sid=7f">`},
		{`<base href="http://other.test/"><a href="x"><a href="/x"><a href="?x"><a href="">`, ``},
		{`<BASE HREF=//other.test><a href="x">`, ``},
		{`<base href="https://own.test:8080/"><a href="x">`, ``},
		{`<base href="data:,"><a href="x">`, ``},
		{`<base href="http:&sol;/other.test/"><a href="x">`, ``},
		{`<base href="/&#9/other.test"><a href="x">`, ``}, // see TestReferences
		{`<base ping href="//other.test"><a href="x">`, ``},
		{`<base href="/` + "\t" + `/other.test/"><a href="x">`, ``},

		// Absolute ones are own all the same, as long as the scheme is.
		{`<base href="http://other.test/"><a href="http://own.test:8080/"><a href="//own.test:8080/">`,
			`<base href="http://other.test/"><a href="http://own.test:8080/?sid=7f"><a href="//own.test:8080/?sid=7f">`},
		{`<base href="https://other.test/"><a href="http://own.test:8080/"><a href="//own.test:8080/">`,
			`<base href="https://other.test/"><a href="http://own.test:8080/?sid=7f"><a href="//own.test:8080/">`},

		// The first counts.
		{`<base href="/a"><base href="//other.test"><a href="x">`, `<base href="/a"><base href="//other.test"><a href="x?sid=7f">`},
		{`<base href="//other.test"><base href="/a"><a href="x">`, ``},
		{`<base target=x><base href="//other.test"><a href="x">`, ``},
		{`<!-- <base href="//other.test"> --><a href="x">`, `<!-- <base href="//other.test"> --><a href="x?sid=7f">`},
		{`<svg><base href="//other.test"></svg><a href="x">`, `<svg><base href="//other.test"></svg><a href="x?sid=7f">`},
		// It counts without scripts, and with them the other one does.
		{`<noscript><base href="/a"></noscript><base href="//other.test"><a href="x">`, ``},
		{`<noscript><base href="//other.test"></noscript><base href="/a"><a href="x">`, ``},

		// What does not belong into a table goes before it, and is the first then.
		{`<table><tr><td><base href="/a"></td></tr><base href="//other.test"></table><a href="x">`, ``},
		{`<table><tr><td><base href="/a"></td></tr></table><base href="//other.test"><a href="x">`, ``},
		{`<table><tr><td><base href="/a"></td></tr></table><a href="x">`, `<table><tr><td><base href="/a"></td></tr></table><a href="x?sid=7f">`},
		{`<base href="/a"><table><tr><td></td></tr><base href="//other.test"></table><a href="x">`, `<base href="/a"><table><tr><td></td></tr><base href="//other.test"></table><a href="x?sid=7f">`},
		// That of a template does not count, but nobody means it, that of a select may.
		{`<template><base href="/a"></template><base href="//other.test"><a href="x">`, ``},
		{`<template><base href="//other.test"></template><base href="/a"><a href="x">`, ``},
		{`<select><base href="/a"></select><base href="//other.test"><a href="x">`, ``},
		{`<select><template></select></template><base href="/a"></select><base href="//other.test"><a href="x">`, ``},
		{`<frameset><base href="/a"></frameset><base href="//other.test"><a href="x">`, ``},

		// An empty href is the base, an empty action the page.
		{`<base href="/other/"><a href="">`, ``},
		{`<base href="/other/"><form action="">`, `<base href="/other/"><form action="/shop/cart.lc?page=2&amp;sid=7f">` + field},
		{`<base href="//other.test"><form action="">`, `<base href="//other.test"><form action="">` + field},
		{`<base href="//other.test"><form>`, `<base href="//other.test"><form>` + field},
		{`<base href="//other.test"><form action=" ">`, ``},
		{`<base href="//other.test"><form action="x">`, ``},
	})
}

func TestForms(t *testing.T) {
	check(t, config(), []htmlCase{
		{`<form>`, `<form>` + field},
		{`<form action="/x" method=post>`, `<form action="/x?sid=7f" method=post>` + field},
		{`<FORM ACTION=x?a>` + "\n<p>", `<FORM ACTION=x?a&amp;sid=7f>` + field + "\n<p>"},
		{`<form action="">`, `<form action="/shop/cart.lc?page=2&amp;sid=7f">` + field},
		{`<form action>`, `<form action="/shop/cart.lc?page=2&amp;sid=7f">` + field},
		{`<form href="x">`, `<form href="x">` + field},
		{`<form action="http://own.test:8080/x">`, `<form action="http://own.test:8080/x?sid=7f">` + field},
		{`<form action="http://other.test/">`, ``},
		{`<form action="http://other.test/" action="/x">`, ``},
		{`<form action="javascript:x">`, ``},
		{`<form action="/&#9/other.test">`, ``},
		{`<form ping action="//other.test"><form>`, ``},
		{`<form action="mailto:a@own.test">`, ``},
		{`<form action="#x">`, `<form action="#x">` + field}, // to the page, as it is
		{`<base href="//other.test"><form action="#x">`, ``},
		{`<form action="x" method=Dialog>`, ``},
		{`<form action="x" method="dialog" method=post>`, ``},
		{`<svg><foreignObject><form></form><select></select></foreignObject></svg><form>`, `<svg><foreignObject><form>` + field + `</form><select></select></foreignObject></svg><form>` + field},
		{`<form></form><form>`, `<form>` + field + `</form><form>` + field},
		{`<table><form action=x><tr>`, `<table><form action=x?sid=7f>` + field + `<tr>`},

		// A form within a form is none: its fields would be those of the other.
		{`<form action="//other.test"><form action="/x"><a href="x">`, `<form action="//other.test"><form action="/x"><a href="x?sid=7f">`},
		{`<form action="//other.test"></form><form>`, `<form action="//other.test"></form><form>` + field},
		{`<form><form>`, `<form>` + field + `<form>`},
		// So where a browser may not heed the end tag, there is still a form.
		{`<form action="//other.test"><select></form><form>`, ``},
		{`<form action="//other.test"><noscript></form></noscript><form>`, ``},
		{`<noscript><form action="//other.test"></noscript><form>`, ``},
		{`<form action="//other.test"><template></form></template><form>`, ``},
		{`<form action="//other.test"><template><form></form></template></form><form>`, `<form action="//other.test"><template><form>` + field + `</form></template></form><form>` + field},
		{`<template><form action="//other.test"><table><form>`, ``},
		{`<form action="//other.test"><textarea></form></textarea><form>`, ``},
		{`<form action="//other.test"><svg></form><form>`, ``},
		{`<form action="//other.test"><!--</form>--><form>`, ``},
		{`<select><form>`, ``},
		{`<template><table><tr><form>`, ``},
		{`<template><tr><td></td><form>`, ``},
		{`<template><table><tr><td><form>`, `<template><table><tr><td><form>` + field},
		{`<template><table></table><form>`, `<template><table></table><form>` + field},
		{`<frameset><form>`, ``},
	})
}
