package cgi_test

import (
	"mime"
	"strings"
	"testing"

	"lcgi/cgi"
)

func TestDisposition(t *testing.T) {
	for _, tt := range []struct{ kind, name, want string }{
		{"attachment", "", `attachment`},
		{"inline", "note.txt", `inline; filename="note.txt"`},
		{"attachment", "two words.pdf", `attachment; filename="two words.pdf"`},
		{"attachment", "a;b,c=d'e.txt", `attachment; filename="a;b,c=d'e.txt"`},
		{"attachment", "Grüße aus Köln.txt", `attachment; filename="Gr__e aus K_ln.txt"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20aus%20K%C3%B6ln.txt`},
		{"attachment", "日本.png", `attachment; filename="__.png"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.png`},
		{"attachment", `a"b.txt`, `attachment; filename="a_b.txt"; filename*=UTF-8''a%22b.txt`},
		{"attachment", "100%25.txt", `attachment; filename="100_25.txt"; filename*=UTF-8''100%2525.txt`},
		{"attachment", "€'*.txt", `attachment; filename="_'*.txt"; filename*=UTF-8''%E2%82%AC%27%2A.txt`},
		{"attachment", `..\..\x/y`, `attachment; filename=".._.._x_y"`},
		{"attachment", "half \xc3.txt", `attachment; filename="half _.txt"`},
		{"attachment", "gpj.\u202eexe", `attachment; filename="gpj._exe"`},
		{"attachment", "\u0085x", `attachment; filename="_x"`},
		{"attachment", "gpj.\u061cexe", `attachment; filename="gpj._exe"`},
		{"attachment", "..", `attachment; filename="_"`},
		{"inline", ".", `inline; filename="_"`},
		{"attachment", ".. . ", `attachment; filename="_"`},
		{"attachment", "a..", `attachment; filename="a.."`},
		// No file system has longer names: the extension stays, and no character is cut.
		{"attachment", strings.Repeat("a", 252) + ".txt", `attachment; filename="` + strings.Repeat("a", 251) + `.txt"`},
		{"attachment", strings.Repeat("a", 251) + ".txt", `attachment; filename="` + strings.Repeat("a", 251) + `.txt"`},
		{"attachment", strings.Repeat("é", 200) + ".txt", `attachment; filename="` + strings.Repeat("_", 125) + `.txt"; filename*=UTF-8''` + strings.Repeat("%C3%A9", 125) + ".txt"},
		{"attachment", "a." + strings.Repeat("b", 1<<20), `attachment; filename="a.` + strings.Repeat("b", 253) + `"`},
		{"attachment", strings.Repeat("\x80", 300), `attachment; filename="` + strings.Repeat("_", 255) + `"`},
	} {
		got, err := cgi.Disposition(tt.kind, tt.name)
		if got != tt.want || err != nil {
			t.Errorf("%s %q:\ngot  %s, %v\nwant %s", tt.kind, tt.name, got, err, tt.want)
		}
	}
	for _, bad := range [][2]string{
		{"attachment", "a\r\nSet-Cookie: x=y"}, {"attachment", "a\x00"}, {"inline", "a\x7f"}, {"inline", "\t"}, {"form-data", "a"}, {"", "a"},
	} {
		if got, err := cgi.Disposition(bad[0], bad[1]); err == nil {
			t.Errorf("%q: got %s", bad, got)
		}
	}
}

// FuzzDisposition shows that a name is one parameter, and no path.
func FuzzDisposition(f *testing.F) {
	f.Add("a.txt")
	f.Add("ä\"; filename=b")
	f.Add("\xff%41'/")
	f.Fuzz(func(t *testing.T, name string) {
		value, err := cgi.Disposition("attachment", name)
		if err != nil {
			return
		}
		kind, params, err := mime.ParseMediaType(value)
		if err != nil || kind != "attachment" || len(params) > 1 || (params["filename"] == "") != (name == "") {
			t.Fatalf("%q is sent as %s: %v, %q", name, value, err, params)
		}
		for i := range len(params["filename"]) {
			if c := params["filename"][i]; c == '/' || c == '\\' || c < ' ' || c == 0x7f {
				t.Fatalf("%q is sent as %s", name, value)
			}
		}
	})
}
