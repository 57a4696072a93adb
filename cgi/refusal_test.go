package cgi_test

import (
	"errors"
	"strings"
	"testing"

	"lcgi/cgi"
)

// Content that is refused leaves nothing beside which a page could write, and other
// content takes its place as if it had never been.
func TestRefusal(t *testing.T) {
	type env = cgi.Env
	small := func() cgi.Content {
		c := content(3)
		c.ETag = `"small"`
		return c
	}
	for _, tt := range []struct {
		name   string
		env    env
		fill   func(w *cgi.Response) error
		status int
		body   string
	}{
		{"a range beyond", env{"HTTP_RANGE": "bytes=900-"}, func(w *cgi.Response) error {
			err := w.SendContent(content(10))
			if _, write := w.WriteString("behind"); write == nil {
				t.Error("a page can write beside content that will be refused")
			}
			return err
		}, 416, "<!"},
		{"a range beyond both", env{"HTTP_RANGE": "bytes=900-"}, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(content(10)), w.SendContent(small()))
		}, 416, "<!"},
		{"a range beyond the first", env{"HTTP_RANGE": "bytes=5-"}, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(small()), w.SendContent(content(10)))
		}, 206, "56789"},
		{"a range beyond the second", env{"HTTP_RANGE": "bytes=5-"}, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(content(10)), w.SendContent(small()))
		}, 416, "<!"},
		{"a condition of the second", env{"HTTP_IF_MATCH": `"small"`}, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(content(10)), w.SendContent(small()))
		}, 200, "012"},
		{"a copy of the first", env{"HTTP_IF_NONE_MATCH": `"v1"`}, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(content(10)), w.SendContent(small()))
		}, 200, "012"},
		{"another status afterwards", env{"HTTP_RANGE": "bytes=900-"}, func(w *cgi.Response) error {
			return errors.Join(w.SendContent(content(10)), w.SetStatus(404))
		}, 404, "0123456789"},
		{"a refused page", env{"HTTP_IF_MATCH": `"v0"`}, func(w *cgi.Response) error {
			w.WriteString("before")
			_, err := w.SetCaching(cgi.Caching{ETag: "v1"})
			w.WriteString("behind")
			return errors.Join(err, w.SetFilter(new(doubler)))
		}, 412, "<!"},
		{"content in place of a refused page", env{"HTTP_IF_MATCH": `"small"`}, func(w *cgi.Response) error {
			w.WriteString("before")
			_, err := w.SetCaching(cgi.Caching{ETag: "v1"})
			return errors.Join(err, w.SendContent(small()))
		}, 200, "012"},
		{"a redirect in place of a refused page", env{"HTTP_IF_MATCH": `"v0"`}, func(w *cgi.Response) error {
			_, err := w.SetCaching(cgi.Caching{ETag: "v1"})
			return errors.Join(err, w.Redirect("/x", 303))
		}, 303, "<!"},
		{"a page in place of a refused one", env{"HTTP_IF_MATCH": `"v0"`}, func(w *cgi.Response) error {
			_, err := w.SetCaching(cgi.Caching{ETag: "v1"})
			err = errors.Join(err, w.Reset())
			w.WriteString("page")
			return err
		}, 200, "page"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := respond(t, tt.env, contentNow, tt.fill)
			body := string(out.body)
			if err != nil || out.status != tt.status || !strings.HasPrefix(body, tt.body) || tt.body != "<!" && body != tt.body {
				t.Errorf("%v, %d %q, want %d %q", err, out.status, body, tt.status, tt.body)
			}
			if strings.Contains(body, "before") || strings.Contains(body, "behind") || strings.Count(body, "</html>") > 1 ||
				strings.Contains(body, "<h1>") != (tt.status > 404) || tt.status > 404 && out.has("ETag") {
				t.Errorf("%q %q", out.header, body)
			}
		})
	}
	respond(t, cgi.Env{"HTTP_IF_MATCH": `"v0"`}, contentNow, func(w *cgi.Response) error {
		w.SetCaching(cgi.Caching{ETag: "v1"})
		if err := w.Flush("p:1"); err == nil {
			t.Error("a refusal can be streamed")
		}
		return nil
	})
}

// Who asks for nonsense does not decide what shared caches give to everybody, and reads
// the answer as he reads others.
func TestRefusalIsNotKept(t *testing.T) {
	for name, tt := range map[string]struct {
		env  cgi.Env
		fill func(w *cgi.Response) error
	}{
		"412 of a page": {cgi.Env{"HTTP_IF_MATCH": `"v0"`}, func(w *cgi.Response) error {
			_, err := w.SetCaching(cgi.Caching{ETag: "v1", Public: true, MaxAge: seconds(60)})
			return err
		}},
		"412 of a file": {cgi.Env{"HTTP_IF_MATCH": `"v0"`}, func(w *cgi.Response) error { return w.SendContent(content(10)) }},
		"416 of a file": {cgi.Env{"HTTP_RANGE": "bytes=900-"}, func(w *cgi.Response) error { return w.SendContent(content(10)) }},
	} {
		for accept, want := range map[string]string{"": "text/html; charset=utf-8", "application/json": "application/json"} {
			tt.env["HTTP_ACCEPT"] = accept
			out, err := respond(t, tt.env, contentNow, func(w *cgi.Response) error {
				err := errors.Join(w.SetHeader("Cache-Control", "public, max-age=60"), w.SetHeader("CDN-Cache-Control", "max-age=60"), w.SetHeader("Expires", contentDate), tt.fill(w))
				return errors.Join(err, w.SetHeader("Surrogate-Control", "max-age=60"), w.SetHeader("Content-Language", "de")) // said afterwards
			})
			if err != nil || out.status < 412 || out.get("Cache-Control") != "no-store" || out.get("Content-Type") != want {
				t.Errorf("%s, %q: %v, %d %q", name, accept, err, out.status, out.header)
			}
			for _, gone := range []string{"CDN-Cache-Control", "Expires", "Surrogate-Control", "Content-Language", "ETag", "Last-Modified"} {
				if out.has(gone) {
					t.Errorf("%s: there is %s: %s", name, gone, out.get(gone))
				}
			}
			if body := string(out.body); strings.HasPrefix(body, `{"status":41`) != (accept != "") {
				t.Errorf("%s, %q: %s", name, accept, body)
			}
		}
	}
}

// Conditions and ranges are decided by the validators that are sent, also where a page
// sets its own after the content; no web server knows those.
func TestCachingOfContent(t *testing.T) {
	for _, tt := range []struct {
		env    cgi.Env
		status int
	}{
		{cgi.Env{}, 200},
		{cgi.Env{"HTTP_IF_NONE_MATCH": `"page"`}, 304},
		{cgi.Env{"HTTP_IF_NONE_MATCH": `"v1"`}, 200},
		{cgi.Env{"HTTP_IF_MATCH": `"page"`}, 200},
		{cgi.Env{"HTTP_IF_MATCH": `"v1"`}, 412},
		{cgi.Env{"HTTP_RANGE": "bytes=0-1", "HTTP_IF_RANGE": `"page"`}, 206},
		{cgi.Env{"HTTP_RANGE": "bytes=0-1", "HTTP_IF_RANGE": `"v1"`}, 200},
	} {
		out, err := respond(t, tt.env, contentNow, func(w *cgi.Response) error {
			c := content(10)
			c.HandOver = cgi.Field{Name: "X-Sendfile", Value: "/x"}
			_, err := w.SetCaching(cgi.Caching{})
			err = errors.Join(err, w.SendContent(c))
			_, caching := w.SetCaching(cgi.Caching{ETag: "page"})
			return errors.Join(err, caching)
		})
		if err != nil || out.status != tt.status || out.has("X-Sendfile") || out.has("Last-Modified") || (out.get("ETag") == `"page"`) != (tt.status != 412) {
			t.Errorf("%v: %v, %d %q", tt.env, err, out.status, out.header)
		}
	}
}

// Content takes its headers with it when other content or a redirect takes its place, and
// one that is not right takes nothing away.
func TestContentIsReplaced(t *testing.T) {
	first := content(10)
	first.Header = []cgi.Field{{Name: "Content-Disposition", Value: "attachment"}, {Name: "X-First", Value: "1"}}
	first.MaxAge = seconds(60)
	for name, bad := range map[string]cgi.Content{
		"reader": {},
		"type":   {Type: "image/png;,text/html", Reader: strings.NewReader("")},
		"header": {Header: []cgi.Field{{Name: "X-A", Value: "b"}, {Name: "X-B", Value: "\n"}}, Reader: strings.NewReader("")},
		"age":    {MaxAge: seconds(-1), Reader: strings.NewReader("")},
		"etag":   {ETag: "v", Reader: strings.NewReader("")},
		"head":   {Header: []cgi.Field{{Name: "X-A", Value: strings.Repeat("x", 64<<10)}}, Reader: strings.NewReader("")},
	} {
		out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
			if err := w.SendContent(first); err != nil {
				t.Fatal(err)
			}
			return w.SendContent(bad)
		})
		if err == nil || string(out.body) != digits || out.get("Content-Type") != "text/plain" || out.get("ETag") != `"v1"` || out.get("Content-Disposition") != "attachment" ||
			out.get("Cache-Control") != "private, max-age=60" || out.has("X-A") {
			t.Errorf("%s: %.100v, %q %q", name, err, out.header, out.body)
		}
	}
	out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
		return errors.Join(w.SetHeader("X-Page", "1"), w.SendContent(first), w.SendContent(content(3)))
	})
	if err != nil || string(out.body) != "012" || out.has("Content-Disposition") || out.has("X-First") || !out.has("X-Page") || out.get("Cache-Control") != "private, no-cache" {
		t.Errorf("second content: %v, %q", err, out.header)
	}
	out, err = respond(t, nil, contentNow, func(w *cgi.Response) error { return errors.Join(w.SendContent(first), w.Redirect("/x", 0)) })
	if err != nil || out.has("Content-Disposition") || out.has("X-First") || out.has("ETag") {
		t.Errorf("redirect: %v, %q", err, out.header)
	}
	out, err = respond(t, nil, contentNow, func(w *cgi.Response) error {
		return errors.Join(w.SetHeader("Cache-Control", "public, max-age=9"), w.SendContent(content(3)), w.SendContent(content(3)))
	})
	if err != nil || out.get("Cache-Control") != "public, max-age=9" {
		t.Errorf("the page's Cache-Control: %v, %q", err, out.header)
	}
}
