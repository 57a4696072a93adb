package links_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lcgi/session/links"
)

// What is written is passed on at once, but for the start tags that may change.
func TestNothingIsHeldBack(t *testing.T) {
	w := links.New(config())
	for _, step := range []struct{ in, out string }{
		{"50 % done", "50 % done"},
		{"...", "..."},
		{" 1 <", " 1 "},
		{" 2", "< 2"},
		{"<", ""},
		{"p", ""},
		{" ", "<p "},
		{"class='a", "class='a"},
		{"'><br", "'>"},
		{"/", "<br/"},
		{"></", "></"},
		{"p", "p"},
		{" x", " x"},
		{"><!", "><!"},
		{"-", "-"},
		{"- c", "- c"},
		{"--><script", "-->"},
		{">", "<script>"},
		{"if (a<", "if (a<"},
		{"/", "/"},
		{"scr", "scr"},
		{"ipt><svg><![C", "ipt><svg><![C"},
		{"DATA[ ]", "DATA[ ]"},
		{"]></svg>text<a", "]></svg>text"},
		{" href", ""},
		{"=x?", ""},
		{">here", "<a href=x?sid=7f>here"},
		{"<abbr", ""},
		{" href=x", "<abbr href=x"},
		{"><form", ">"},
		{">", "<form>" + field},
	} {
		if got := string(w.Append(nil, []byte(step.in))); got != step.out {
			t.Fatalf("Append(%q) = %q, want %q", step.in, got, step.out)
		}
	}
	if got := w.Finish(nil); len(got) > 0 {
		t.Errorf("Finish: %q", got)
	}
	w = links.New(config())
	if got := w.Finish(w.Append(nil, []byte(`<a href="x"`))); string(got) != `<a href="x"` {
		t.Errorf("a tag that is not closed: %q", got)
	}
}

// Append writes behind what is there, and keeps nothing of its arguments.
func TestAppendKeepsItsArguments(t *testing.T) {
	w := links.New(config())
	piece := []byte(`<p><a href=`)
	out := w.Append([]byte("before "), piece)
	copy(piece, "XXXXXXXXXXX")
	out = w.Append(out, []byte(`"x">`))
	if want := `before <p><a href="x?sid=7f">`; string(out) != want {
		t.Errorf("got %s, want %s", out, want)
	}
}

// A tag that is longer than 64 kB is passed on as it is, and what follows is
// rewritten, however the page is cut.
func TestLongTags(t *testing.T) {
	const limit = 64 << 10
	long := strings.Repeat("x", limit)
	for _, tt := range []struct{ name, in, out string }{
		{"just not too long", `<a href="` + long[:limit-len(`<a href="">`)] + `">`, `<a href="` + long[:limit-len(`<a href="">`)] + `?sid=7f">`},
		{"a byte too long", `<a href="` + long[:limit+1-len(`<a href="">`)] + `">` + link, `<a href="` + long[:limit+1-len(`<a href="">`)] + `">` + added},
		{"10 MB", `<a href="x" title='` + strings.Repeat(long, 160) + `'>` + link, `<a href="x" title='` + strings.Repeat(long, 160) + `'>` + added},
		{"not closed", `<a href="x" title='` + strings.Repeat(long, 160), ``},
		{"base", `<base href="x" x='` + long + `'>` + link, ``},
		{"form", `<form x='` + long + `'><form>`, ``},
		{"name", `<a` + long + ` href="x">` + link, `<a` + long + ` href="x">` + added},
		{"attribute name", `<a ` + long + `="x">` + link, `<a ` + long + `="x">` + added},
	} {
		want := tt.out
		if want == "" {
			want = tt.in
		}
		for _, size := range []int{len(tt.in), 1 << 16, 1<<16 - 1, 4096, 7} {
			if size == 7 && len(tt.in) > 1<<20 {
				continue
			}
			w := links.New(config())
			var out []byte
			held := 0
			for i := 0; i < len(tt.in); i += size {
				out = w.Append(out, []byte(tt.in[i:min(i+size, len(tt.in))]))
				held = max(held, min(i+size, len(tt.in))-len(out))
			}
			out = w.Finish(out)
			if string(out) != want {
				t.Errorf("%s, in pieces of %d: got %d bytes, want %d: %.80s … %.80s", tt.name, size, len(out), len(want), out, out[max(0, len(out)-80):])
			}
			if held > limit {
				t.Errorf("%s, in pieces of %d: %d bytes were held back", tt.name, size, held)
			}
		}
	}
}

// More elements and templates than anybody opens end the rewriting, not the memory.
func TestDeepNesting(t *testing.T) {
	for _, tag := range []string{"<svg>", "<template>", "<svg><desc>", "<math><mi>"} {
		page := strings.Repeat(tag, 10000) + "<title><i></title>" + link
		if got := rewrite(config(), page); got != page {
			t.Errorf("%s: %s", tag, got[len(got)-100:])
		}
	}
}

// page is one as they are, with links and forms, of about size bytes.
func page(size int) []byte {
	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html>\n<html><head><title>Products</title><style>p { margin: 0 }</style></head><body>\n")
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `<div class="item" id="i%d"><h2><a href="/shop/item.lc?id=%d&amp;from=list">Item %[1]d</a></h2>
<p>It is as good as the others and costs less &ndash; see <a class="more" href="details.lc#d%[1]d">details</a>.</p>
<script>if (a < b) show(%[1]d);</script><!-- nothing to see -->
<form action="/shop/cart.lc" method="post"><input name="n" value="1"><button>Buy</button></form></div>
`, i, i)
	}
	return b.Bytes()
}

// Writing byte by byte must not cost the square of the length.
func BenchmarkRewrite(b *testing.B) {
	plain := bytes.Repeat([]byte("<p>Some text without any link, as most of it is.</p>\n"), 1<<20/53)
	for _, bb := range []struct {
		name  string
		page  []byte
		piece int
	}{
		{"text 1MB", plain, 32 << 10},
		{"page 1MB", page(1 << 20), 32 << 10},
		{"page 4MB", page(4 << 20), 32 << 10},
		{"page 1MB byte by byte", page(1 << 20), 1},
		{"one tag of 1MB byte by byte", append(bytes.Repeat([]byte("<a href="), 1), bytes.Repeat([]byte("x"), 1<<20)...), 1},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.SetBytes(int64(len(bb.page)))
			b.ReportAllocs()
			out := make([]byte, 0, 2*len(bb.page))
			for b.Loop() {
				w := links.New(config())
				out = out[:0]
				for i := 0; i < len(bb.page); i += bb.piece {
					out = w.Append(out, bb.page[i:min(i+bb.piece, len(bb.page))])
				}
				out = w.Finish(out)
			}
		})
	}
}
