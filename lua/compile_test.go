package lua_test

import (
	"fmt"
	"strings"
	"testing"

	"lcgi/lua"
)

// BenchmarkCompile shows that the time to compile a page grows with its length
// and not with its square: ns/byte must be about the same in each group.
func BenchmarkCompile(b *testing.B) {
	bench := func(name, page string) {
		b.Run(name, func(b *testing.B) {
			src := []byte(page)
			engine := lua.New(lua.Config{Settings: lua.DefaultSettings()})
			for b.Loop() {
				if _, err := engine.Parse("p.lc", src); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(src)), "ns/byte")
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/page")
		})
	}
	for _, tags := range []int{500, 2000, 8000} {
		bench(fmt.Sprintf("tags=%d", tags), tagPage(tags, "<p><?= value ?></p>\n"))
		bench(fmt.Sprintf("calls=%d", tags), tagPage(tags, "<p><?= f(value) ?></p>\n"))
	}
	for _, kB := range []int{250, 1000, 4000} {
		bench(fmt.Sprintf("text=%dkB", kB), strings.Repeat(strings.Repeat("x", 63)+"\n", kB*16))
	}
}

func tagPage(n int, tag string) string { return "<!doctype html>\n" + strings.Repeat(tag, n) }

// A page of 2,000 tags and a page of 1 MB of text must compile without needing
// a Lua constant for each piece: gopher-lua's compiler takes a time that grows
// with the square of their number.
func TestCompileLargePages(t *testing.T) {
	engine := lua.New(lua.Config{Settings: lua.DefaultSettings()})
	for _, page := range []string{
		tagPage(2000, "<p><?= value ?></p>\n"),
		tagPage(20000, "<?= f(value) ?>"),
		strings.Repeat(strings.Repeat("x", 63)+"\n", 16_000),
	} {
		if _, err := engine.Parse("p.lc", []byte(page)); err != nil {
			t.Error(err)
		}
	}
}

// BenchmarkPage runs pages in a warm engine: what a long-lived process does for
// each request, without the front end.
func BenchmarkPage(b *testing.B) {
	s := newSite(b, map[string]string{
		"hello.lc": "<!doctype html><title>hello</title>\n<p>Hello <?= _GET.name or 'world' ?>!</p>\n",
		"count.lc": "<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 ?><p><?= _SESSION.n ?>\n",
		"table.lc": "<table><?lc for i = 1, 100 do ?><tr><td><?= i ?><td><?= 'name ' .. i ?><td><?= i * 1.5 ?></tr>\n<?lc end ?></table>",
	})
	s.now = s.now.AddDate(10, 0, 0)
	for _, page := range []string{"hello", "count", "table"} {
		b.Run(page, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if a := s.do("/"+page+".lc", ""); a.status != 200 {
					b.Fatal(a.status, s.log)
				}
			}
		})
	}
}
