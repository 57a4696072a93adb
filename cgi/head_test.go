package cgi_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

// All header fields and cookies of an answer are bounded together, by whichever way they
// come; what is too much is an error and changes nothing.
func TestHeadLimit(t *testing.T) {
	const limit = 64 << 10
	half := strings.Repeat("x", limit/2)
	long := strings.Repeat("x", limit)
	for name, add := range map[string]func(w *cgi.Response) error{
		"SetHeader":   func(w *cgi.Response) error { return w.SetHeader("X-A", half) },
		"AddHeader":   func(w *cgi.Response) error { return w.AddHeader("X-Half", half) },
		"Set-Cookie":  func(w *cgi.Response) error { return w.SetHeader("Set-Cookie", half) },
		"a long name": func(w *cgi.Response) error { return w.SetHeader(long, "x") },
		"Content-Type": func(w *cgi.Response) error {
			return w.SetType("a/b; c=" + half)
		},
		"Redirect":     func(w *cgi.Response) error { return w.Redirect("/"+half, 0) },
		"Redirect far": func(w *cgi.Response) error { return w.Redirect("https://a.example/"+long, 0) },
		"ETag":         func(w *cgi.Response) error { _, err := w.SetCaching(cgi.Caching{ETag: half}); return err },
		"Vary":         func(w *cgi.Response) error { _, err := w.SetCaching(cgi.Caching{Vary: []string{half}}); return err },
		"SendContent": func(w *cgi.Response) error {
			c := content(10)
			c.ETag = `"` + half + `"`
			return w.SendContent(c)
		},
		"Content.Header": func(w *cgi.Response) error {
			c := content(10)
			c.Header = []cgi.Field{{Name: "X-A", Value: half}}
			return w.SendContent(c)
		},
		"SetCookie": func(w *cgi.Response) error {
			for i := range 20 {
				if err := w.SetCookie(cgi.Cookie{Name: fmt.Sprint("c", i), Value: strings.Repeat("x", 4000)}); err != nil {
					return err
				}
			}
			return nil
		},
	} {
		out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
			if err := w.SetHeader("X-Half", half); err != nil {
				t.Fatal(err)
			}
			w.WriteString("page")
			return add(w)
		})
		size := 0
		for _, f := range out.header {
			size += len(f.Name) + len(f.Value) + 4
		}
		if err == nil || size > limit || out.get("X-Half") != half || string(out.body) != "page" || out.status != 200 || len(err.Error()) > 300 {
			t.Errorf("%s: %.300v, %d bytes, %d %q", name, err, size, out.status, out.body)
		}
	}
	// One that is far too long is not copied first.
	if _, err := respond(t, nil, contentNow, func(w *cgi.Response) error { return w.Redirect("/"+long, 0) }); err == nil || !strings.Contains(err.Error(), "the url has 65537 bytes") {
		t.Errorf("a long redirect: %.300v", err)
	}
	// What takes the place of another is not added to it.
	_, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
		var all error
		for range 3 {
			all = errors.Join(all, w.SetHeader("X-A", half+half[:1000]), w.SetCookie(cgi.Cookie{Name: "a", Value: strings.Repeat("x", 4000)}))
		}
		return all
	})
	if err != nil {
		t.Errorf("a header that is set again: %v", err)
	}
	// A session that is stored must be told.
	out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
		return errors.Join(w.SetHeader("X-A", long[:limit-7]), w.SetCookie(cgi.Cookie{Name: "a", Value: "b", Lasting: true}))
	})
	if err != nil || !out.has("Set-Cookie") {
		t.Errorf("a lasting cookie: %v", err)
	}
}

// What pages give may be large, and must not become large messages.
func TestHeadErrorsAreShort(t *testing.T) {
	large := strings.Repeat("\"\\é\n", 1<<20)
	for name, set := range map[string]func(w *cgi.Response) error{
		"name":   func(w *cgi.Response) error { return w.SetHeader(large, "x") },
		"value":  func(w *cgi.Response) error { return w.SetHeader(strings.Repeat("x", 1<<20), large) },
		"type":   func(w *cgi.Response) error { return w.SetType(large) },
		"remove": func(w *cgi.Response) error { return w.RemoveHeader(large) },
		"etag":   func(w *cgi.Response) error { _, err := w.SetCaching(cgi.Caching{ETag: large}); return err },
		"vary":   func(w *cgi.Response) error { _, err := w.SetCaching(cgi.Caching{Vary: []string{large}}); return err },
		"cookie": func(w *cgi.Response) error { return w.SetCookie(cgi.Cookie{Name: large}) },
		"value of a cookie": func(w *cgi.Response) error {
			return w.SetCookie(cgi.Cookie{Name: "a", Value: large})
		},
		"SameSite": func(w *cgi.Response) error { return w.SetCookie(cgi.Cookie{Name: "a", SameSite: large}) },
		"redirect": func(w *cgi.Response) error { return w.Redirect(strings.ReplaceAll(large, "\n", ""), 0) },
		"disposition": func(*cgi.Response) error {
			_, err := cgi.Disposition("inline", large)
			return err
		},
	} {
		if _, err := respond(t, nil, time.Time{}, set); err == nil || len(err.Error()) > 1000 {
			t.Errorf("%s: %.2000v", name, err)
		}
	}
}
