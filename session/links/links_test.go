package links_test

import (
	"testing"

	"lcgi/session/links"
)

// id is the parameter that the tests add.
var id = links.Param{Name: "sid", Value: "7f"}

func config() links.Config {
	return links.Config{Scheme: "http", Host: "own.test:8080", Path: "/shop/cart.lc", Query: "page=2&sid=old", Params: []links.Param{id}}
}

// rewrite returns what becomes of page in one piece.
func rewrite(c links.Config, page string) string {
	w := links.New(c)
	return string(w.Finish(w.Append(nil, []byte(page))))
}

// bytewise returns what becomes of page byte by byte.
func bytewise(c links.Config, page string) string {
	w := links.New(c)
	var out []byte
	for i := range len(page) {
		out = w.Append(out, []byte{page[i]})
	}
	return string(w.Finish(out))
}

const field = `<input type="hidden" name="sid" value="7f">`

// A case is a page before and behind the Rewriter; out "" is the same.
type htmlCase struct{ in, out string }

// check rewrites each case whole, byte by byte and cut in two at every place.
func check(t *testing.T, c links.Config, cases []htmlCase) {
	t.Helper()
	for _, tt := range cases {
		want := tt.out
		if want == "" {
			want = tt.in
		}
		if got := rewrite(c, tt.in); got != want {
			t.Errorf("%s\n got %s\nwant %s", tt.in, got, want)
			continue
		}
		if got := bytewise(c, tt.in); got != want {
			t.Errorf("byte by byte: %s\n got %s\nwant %s", tt.in, got, want)
		}
		for i := range len(tt.in) {
			w := links.New(c)
			got := string(w.Finish(w.Append(w.Append(nil, []byte(tt.in[:i])), []byte(tt.in[i:]))))
			if got != want {
				t.Errorf("cut at %d: %s\n got %s\nwant %s", i, tt.in, got, want)
			}
		}
	}
}
