package template

import (
	"strings"
	"testing"
)

func BenchmarkParse(b *testing.B) {
	tag := "<tr><td class=\"n\"><a href=\"/item?id=<?= item.id ?>\"><?= item.title ?></a></td></tr>\n"
	suite := []struct{ name, src string }{
		{"1000Tags", strings.Repeat("<li><?= x ?></li>\n", 1000)},
		{"2000Tags", strings.Repeat("<li><?= x ?></li>\n", 2000)},
		{"2000Calls", strings.Repeat("<li><?= f(x) ?></li>\n", 2000)},
		{"2000Links", strings.Repeat(tag, 1000)},
		{"1MBText", strings.Repeat("<p class=\"a\">Some text, as pages have it.</p>\n", 1<<20/46)},
		{"2MBText", strings.Repeat("<p class=\"a\">Some text, as pages have it.</p>\n", 2<<20/46)},
		{"1MBLine", strings.Repeat("text ", 1<<20/5) + "<?= x ?>"},
		{"1MBCode", "<?lc " + strings.Repeat("local x = f(a.b, 'c') -- comment\n", MaxCode/40)},
		{"Hello", "<?lc start session ?>\n<p>Hello <?= name ?></p>\n"},
	}
	for _, c := range suite {
		b.Run(c.name, func(b *testing.B) {
			src := []byte(c.src)
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse("page.lc", src); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	for _, c := range []struct{ name, src string }{
		{"2000Tags", strings.Repeat("<li><?= x ?></li>\n", 2000)},
		{"2000Calls", strings.Repeat("<li><?= f(x) ?></li>\n", 2000)},
		{"1MBText", strings.Repeat("<p class=\"a\">Some text, as pages have it.</p>\n", 1<<20/46)},
	} {
		p, err := Parse("page.lc", []byte(c.src))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := compile(p.Code); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkAppend(b *testing.B) {
	plain := strings.Repeat("plain text of a page, as it mostly is. ", 4)
	for _, c := range []struct {
		name  string
		place Place
		s     string
	}{
		{"Text", Place{}, plain},
		{"TextShort", Place{}, "John"},
		{"TextHostile", Place{}, strings.Repeat("<a href='x'>&</a>", 8)},
		{"Query", Place{lang: langURLQuery}, plain},
		{"Script", Place{lang: langJS, in: inRaw}, plain},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.s)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst, _ = c.place.Append(dst[:0], String, c.s)
			}
		})
	}
}
