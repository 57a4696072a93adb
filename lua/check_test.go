package lua_test

import (
	"fmt"
	"strings"
	"testing"

	"lcgi/lua"
)

// An expression that no string could be printed for is a mistake in the page.
func TestCheckPlaces(t *testing.T) {
	engine := lua.New(lua.Config{Settings: lua.DefaultSettings()})
	for _, c := range []struct{ page, want string }{
		{"<p>\n<<?= tag ?>>", "p.lc:2:6: an expression cannot print the name of a tag"},
		{"<p>é<b<?= tag ?>>", "p.lc:1:11: an expression cannot print the name of a tag"},
		{"<a href='vbscript:<?= x ?>'>", "p.lc:1:23: an expression cannot print a part of a vbscript: URL"},
		{"<a href='java<?= x ?>:a'>", "p.lc:1:18: this expression prints the scheme"},
		{"<?lc function f(x) ?><script>'\\<?= x ?>'</script><?lc end ?>", "p.lc:1:36: an expression cannot stand right behind a backslash"},
		{"<?xml version='1.0'?><?b <?= x ?>?>", "p.lc:1:30: an expression cannot stand inside <?...?>"},
		{"<<?= raw(tag) ?>>", ""},
		{"<<?= big and tag() or 'p' ?>>", ""},
		{"<h<?= n ?>><p <?= name ?>><a href='<?= scheme ?>://<?= host ?>'><script>f(<?= x ?>) // <?= x ?></script>", ""},
	} {
		got := ""
		if m := engine.Check("p.lc", []byte(c.page), false); m != nil {
			got = fmt.Sprint(m)
		}
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.page, got, c.want)
		}
	}
}

// Tags of PHP, and ours in capitals, would be sent as they are.
func TestCheckForeignTags(t *testing.T) {
	engine := lua.New(lua.Config{Settings: lua.DefaultSettings()})
	for _, c := range []struct{ page, want string }{
		{"<p>\n<?php echo 1 ?>", "p.lc:2:1: the tag <?php is sent to visitors"},
		{"<p><?= 1 ?> <? echo 1 ?>", "p.lc:1:13: the tag <? is sent to visitors"},
		{"é<?LC put(1) ?>", "p.lc:1:2: the tag <?LC is sent to visitors"},
		{"<?xml version='1.0'?><p/>", ""},
		{"<?xml-stylesheet href='a'?><?lcx ?><?phpx ?><?", ""},
		{"&lt;?php ?><?lc put('<?php') ?>", ""},
	} {
		got := ""
		if m := engine.Check("p.lc", []byte(c.page), false); m != nil {
			got = fmt.Sprint(m)
		}
		if c.want == "" && got != "" || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s\n got %s\nwant %s", c.page, got, c.want)
		}
	}
}
