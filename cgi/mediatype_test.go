package cgi_test

import (
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

func TestMediaType(t *testing.T) {
	for _, tt := range []struct{ text, want string }{ // "" is an error
		{"text/plain", "text/plain; charset=utf-8"},
		{"TEXT/Plain", "TEXT/Plain; charset=utf-8"},
		{"text/plain;charset=iso-8859-1", "text/plain;charset=iso-8859-1"},
		{" image/png ", "image/png"},
		{"image/svg+xml", "image/svg+xml"},
		{"a/b \t;\t c=d;e=\"f\"", "a/b \t;\t c=d;e=\"f\""},
		{`video/mp4; codecs="avc1.42E01E, mp4a.40.2"`, `video/mp4; codecs="avc1.42E01E, mp4a.40.2"`},
		{`a/b;c="\";,'d'"`, ""}, // a comma and single quotes
		{`a/b;c="\"; d"`, `a/b;c="\"; d"`},
		{`a/b;c='d'`, `a/b;c='d'`},
		{`a/b;c=""`, `a/b;c=""`},
		// What a browser takes for HTML.
		{"image/png;,text/html", ""},
		{"image/png,text/html", ""},
		{"image/png; a=b,text/html", ""},
		{`image/png; a="b",text/html`, ""},
		{`image/png; a="b\",text/html`, ""},
		{`image/png; a='; b="',text/html"`, ""},
		{"image/png;", ""},
		{"image/png;;a=b", ""},
		{"image/png; a", ""},
		{"image/png; a=", ""},
		{"image/png; =b", ""},
		{"image/png; a =b", ""},
		{"image/png; a= b", ""},
		{"image/png a=b", ""},
		{"image/png; a=b c", ""},
		{`image/png; a="b`, ""},
		{`image/png; a="b\`, ""},
		{`image/png; a="b"c`, ""},
		{"image/png; a=\"\x00\"", ""},
		{"image/png; a=\"\\\n\"", ""},
		{"image /png", ""},
		{"image/", ""},
		{"/png", ""},
		{"image", ""},
		{"image/png/x", ""},
		{"é/png", ""},
		{"", ""},
	} {
		got, err := cgi.MediaType(tt.text)
		if (err == nil) != (tt.want != "") || err == nil && got != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.text, got, err, tt.want)
		}
		for name, set := range map[string]func(w *cgi.Response) error{
			"SetHeader": func(w *cgi.Response) error { return w.SetHeader("content-type", tt.text) },
			"AddHeader": func(w *cgi.Response) error { return w.AddHeader("Content-Type", tt.text) },
			"SetType":   func(w *cgi.Response) error { return w.SetType(tt.text) },
			"SendContent": func(w *cgi.Response) error {
				return w.SendContent(cgi.Content{Type: tt.text, Reader: strings.NewReader("")})
			},
		} {
			if name == "SendContent" && tt.text == "" {
				continue // that of the page stays
			}
			out, err := respond(t, nil, time.Time{}, set)
			if (err == nil) != (tt.want != "") || err != nil && out.get("Content-Type") != "text/html; charset=utf-8" {
				t.Errorf("%s %q: %v, sent %q", name, tt.text, err, out.get("Content-Type"))
			}
		}
	}
}

// FuzzMediaType: nothing that splits a list gets through but inside of a quoted string.
func FuzzMediaType(f *testing.F) {
	f.Add("image/png;,text/html")
	f.Add(`a/b; c="d\",e"; f=g`)
	f.Fuzz(func(t *testing.T, s string) {
		got, err := cgi.MediaType(s)
		if err != nil {
			return
		}
		quoted := false
		for i := 0; i < len(got); i++ {
			switch c := got[i]; {
			case c < ' ' && c != '\t', c == 0x7f:
				t.Fatalf("%q has a control character", got)
			case c == '\\' && quoted:
				i++
			case c == '"':
				quoted = !quoted
			case c == ',' && !quoted:
				t.Fatalf("%q is a list", got)
			}
		}
		if again, err := cgi.MediaType(got); quoted || err != nil || again != got {
			t.Fatalf("%q becomes %q, %v", got, again, err)
		}
	})
}

// What a client states as the type of a file may be passed on as that of an answer.
func TestUploadType(t *testing.T) {
	for stated, want := range map[string]string{
		"image/png":                 "image/png",
		`text/x; a="b,c"`:           `text/x; a="b,c"`,
		"image/png;,text/html":      "",
		"image/png, text/html":      "",
		`image/png; a="\",`:         "",
		"png":                       "",
		"image/png; charset":        "",
		`a/b; c='; d="',text/html"`: "",
	} {
		body := strings.Replace(multipartBody(file("f", "x", "content")), "text/plain", stated, 1)
		r, _ := upload(t, strings.NewReader(body), len(body), cgi.Limits{})
		files, err := r.Files()
		if err != nil || len(files) != 1 || files[0].Type != want || files[0].Size != int64(len("content")) {
			t.Errorf("%s: %+v, %v, want the type %q", stated, files, err, want)
		}
	}
}
