package template

import (
	neturl "net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	glua "github.com/yuin/gopher-lua"
)

// No value changes the host that the page's author has written, whatever stands
// in the other expressions of the URL. An error is as good.
func TestURLKeepsItsHost(t *testing.T) {
	own, err := neturl.Parse("https://own.example/folder/")
	if err != nil {
		t.Fatal(err)
	}
	hostile := []string{
		"", "/", "//", "///", "\\", ".", "..", "a", "/a", "/evil.com", "//evil.com", "/\\evil.com", "\\\\evil.com", "evil.com", ".evil.com",
		"@evil.com", ":1@evil.com", "https:", "https:/", "https://", "https://evil.com", "?a", "#a", "\t/evil.com", " //evil.com", "javascript:a",
	}
	bases := []string{"", "/", "//", "/shop", "shop", "."} // what an author takes for the beginning of his own URLs
	for _, c := range []struct {
		src   string
		bases bool // x is one of bases
	}{
		{"/{x}", false}, {"/{x}/{y}", false}, {"/{x}{y}", false}, {"/{x}{y}/{x}", false}, {"/{x}\\{y}", false}, {"a{x}/{y}", false},
		{"/<?lc if x then ?>{x}<?lc end ?>{y}", false}, {"/<?lc for i = 1, 2 do ?>{x}<?lc end ?>/{y}", false},
		{"https://own.example{x}", false}, {"https://own.example{x}{y}", false}, {"https://own.example{x}/{y}", false},
		{"//own.example/{x}/{y}", false}, {"https://{x}.own.example/{y}", false}, {"https://own.example:{x}/{y}", false},
		{"<?lc if x ~= '' then ?>/{x}<?lc end ?>/shop/{y}", false}, {"/<?lc for i = 1, 2 do ?>{x}/<?lc end ?>{y}", false},
		{"/<?lc for i = 1, 2 do ?>{x}/{y}<?lc end ?>", false}, {"/{x}{y}/{y}{x}", false}, {"<?lc if x ~= '' then ?>/{x}<?lc end ?>/s{y}/{x}", false},
		{"{x}://own.example/{y}", false}, {"<?lc if x == '/' then ?>{x}://own.example<?lc end ?>/a/{y}", false}, {"https://own.example/{x}{y}/{x}", false},
		{"<?lc if x == '/' then ?>/<?lc end ?>{x}/{y}", true}, {"<?lc if x == '/' then ?>/<?lc end ?><?= nil ?>/{y}", true},
		{"{x}/{y}", true}, {"{x}{y}", true}, {"{x}{y}/{y}", true}, {"{x}/{y}/{y}", true},
		{"<?lc if x then ?>{x}<?lc end ?>/{y}", true}, {"<?lc if x ~= '' then ?>{x}<?lc end ?>{y}", true}, {"<?lc if x == '/' then ?>/<?lc end ?>{x}", true},
		{"<?lc for i = 1, 2 do ?><?lc if i == 2 then ?>/shop<?lc end ?>{x}<?lc end ?>", true},
	} {
		src := `<a href="` + strings.NewReplacer("{x}", "<?= x ?>", "{y}", "<?= y ?>").Replace(c.src) + `">`
		p, err := Parse("p.lc", []byte(src))
		if err != nil {
			continue // as it does for a "/" that may or may not follow another one
		}
		first := hostile
		if c.bases {
			first = bases
		}
		for _, x := range first {
			for _, y := range hostile {
				if c.bases && x == "//" && strings.HasPrefix(c.src, "{x}{y}") {
					continue // the author has asked for another host
				}
				got, err := render(t, p, map[string]glua.LValue{"x": glua.LString(x), "y": glua.LString(y)})
				if err != nil {
					continue
				}
				z := html.NewTokenizer(strings.NewReader(got))
				z.Next()
				href := strings.ReplaceAll(z.Token().Attr[0].Val, "\\", "/")
				// Browsers take any number of slashes for the beginning of a host.
				for _, scheme := range []string{"https:", ""} {
					if rest, ok := strings.CutPrefix(href, scheme+"//"); ok {
						href = scheme + "//" + strings.TrimLeft(rest, "/")
					}
				}
				u, err := own.Parse(href)
				if err != nil {
					continue // for a port that is none
				}
				if h := u.Hostname(); h != "own.example" && !strings.HasSuffix(h, ".own.example") && h != "." {
					t.Errorf("%s with %q and %q: %s leads to %s", c.src, x, y, href, h)
				}
			}
		}
	}
}
