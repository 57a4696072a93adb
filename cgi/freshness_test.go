package cgi_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

func seconds(n int) *int { return &n }

func TestCacheControl(t *testing.T) {
	for _, tt := range []struct {
		name    string
		caching cgi.Caching
		want    string // or
		err     string // a part of the error
	}{
		{"nothing: for this visitor, who asks each time", cgi.Caching{}, "private, no-cache", ""},
		{"a lifetime is the visitor's own", cgi.Caching{MaxAge: seconds(60)}, "private, max-age=60", ""},
		{"no time at all", cgi.Caching{MaxAge: seconds(0), MustRevalidate: true}, "private, max-age=0, must-revalidate", ""},
		{"public", cgi.Caching{Public: true, MaxAge: seconds(3600)}, "public, max-age=3600", ""},
		{"public without a lifetime", cgi.Caching{Public: true}, "public, no-cache", ""},
		{"private", cgi.Caching{Private: true, MaxAge: seconds(1)}, "private, max-age=1", ""},
		{"a lifetime in shared caches", cgi.Caching{SharedMaxAge: seconds(9), MaxAge: seconds(0)}, "max-age=0, s-maxage=9", ""},
		{"no store", cgi.Caching{NoStore: true}, "no-store", ""},
		{"no store, as often written", cgi.Caching{NoStore: true, NoCache: true, MustRevalidate: true, Private: true}, "no-store, private, no-cache, must-revalidate", ""},
		{"no cache", cgi.Caching{NoCache: true, MaxAge: seconds(0)}, "private, no-cache, max-age=0", ""},
		{"immutable (RFC 8246)", cgi.Caching{Public: true, MaxAge: seconds(31536000), Immutable: true}, "public, max-age=31536000, immutable", ""},
		{"stale (RFC 5861)", cgi.Caching{MaxAge: seconds(1), StaleWhileRevalidate: seconds(30)}, "private, max-age=1, stale-while-revalidate=30", ""},

		{"public and private", cgi.Caching{Public: true, Private: true}, "", "exclude"},
		{"private and shared", cgi.Caching{Private: true, SharedMaxAge: seconds(1)}, "", "sharedMaxAge"},
		{"no store and a lifetime", cgi.Caching{NoStore: true, MaxAge: seconds(1)}, "", "noStore"},
		{"no store and public", cgi.Caching{NoStore: true, Public: true}, "", "noStore"},
		{"no store and stale", cgi.Caching{NoStore: true, StaleWhileRevalidate: seconds(1)}, "", "noStore"},
		{"no cache and a lifetime", cgi.Caching{NoCache: true, MaxAge: seconds(1)}, "", "noCache"},
		{"no cache and a shared lifetime", cgi.Caching{NoCache: true, SharedMaxAge: seconds(1)}, "", "noCache"},
		{"no cache and immutable", cgi.Caching{NoCache: true, MaxAge: seconds(0), Immutable: true}, "", "noCache"},
		{"no cache and stale", cgi.Caching{NoCache: true, StaleWhileRevalidate: seconds(1)}, "", "noCache"},
		{"must revalidate and stale", cgi.Caching{MaxAge: seconds(1), MustRevalidate: true, StaleWhileRevalidate: seconds(1)}, "", "mustRevalidate"},
		{"immutable for how long", cgi.Caching{Immutable: true}, "", "immutable needs"},
		{"less than none", cgi.Caching{MaxAge: seconds(-1)}, "", "-1 seconds"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
				w.AddHeader("Cache-Control", "before")
				_, err := w.SetCaching(tt.caching)
				return err
			})
			switch got := out.get("Cache-Control"); {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) || got != "before" {
					t.Errorf("got %v, %q; want an error with %q", err, got, tt.err)
				}
			case err != nil || got != tt.want:
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestVary(t *testing.T) {
	for _, tt := range []struct {
		before []string
		names  []string
		want   string // "" is an error
	}{
		{nil, []string{"Accept-Language"}, "Accept-Language"},
		{nil, []string{"*"}, "*"},
		{[]string{"Cookie"}, []string{"Accept-Language", "cookie", "accept-language"}, "Cookie, Accept-Language"},
		{[]string{"A ,B", "C"}, []string{"b"}, "A, B, C"},
		{nil, []string{""}, ""},
		{nil, []string{"A,B"}, ""},
		{nil, []string{"A\r\nX: y"}, ""},
		{nil, []string{"A;q"}, ""},
		{nil, []string{"A\x00"}, ""},
		{nil, slices.Repeat([]string{"A"}, 64), "A"},
		{nil, slices.Repeat([]string{"A"}, 65), ""},
	} {
		out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
			for _, value := range tt.before {
				w.AddHeader("Vary", value)
			}
			_, err := w.SetCaching(cgi.Caching{Vary: tt.names})
			return err
		})
		if got := out.get("Vary"); got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("%q and %q: got %q, %v, want %q", tt.before, tt.names, got, err, tt.want)
		}
	}
}

// The answer of a page that knows its validators (RFC 9110 §13).
func TestConditionalPage(t *testing.T) {
	type env = cgi.Env
	const later, earlier = "Tue, 03 Feb 2026 04:05:07 GMT", "Tue, 03 Feb 2026 04:05:05 GMT"
	for _, tt := range []struct {
		name   string
		env    env
		status int
	}{
		{"no condition", nil, 200},
		{"§13.1.2: the same", env{"HTTP_IF_NONE_MATCH": `"v1"`}, 304},
		{"the same, weak", env{"HTTP_IF_NONE_MATCH": `W/"v1"`}, 304}, // nginx makes it so when it compresses
		{"one of several", env{"HTTP_IF_NONE_MATCH": `"v0", W/"v2" ,"v1"`}, 304},
		{"any", env{"HTTP_IF_NONE_MATCH": "*"}, 304},
		{"another", env{"HTTP_IF_NONE_MATCH": `"v2"`}, 200},
		{"another counts more than the date", env{"HTTP_IF_NONE_MATCH": `"v2"`, "HTTP_IF_MODIFIED_SINCE": later}, 200},
		{"malformed", env{"HTTP_IF_NONE_MATCH": "v1"}, 200},
		{"HEAD", env{"REQUEST_METHOD": "HEAD", "HTTP_IF_NONE_MATCH": `"v1"`}, 304},
		{"§13.1.3: not since", env{"HTTP_IF_MODIFIED_SINCE": contentDate}, 304},
		{"not since later", env{"HTTP_IF_MODIFIED_SINCE": later}, 304},
		{"since", env{"HTTP_IF_MODIFIED_SINCE": earlier}, 200},
		{"no date", env{"HTTP_IF_MODIFIED_SINCE": "yesterday"}, 200},
		{"§13.1.1: the same", env{"HTTP_IF_MATCH": `"v1"`}, 200},
		{"weak is not enough", env{"HTTP_IF_MATCH": `W/"v1"`}, 412},
		{"another to match", env{"HTTP_IF_MATCH": `"v2"`}, 412},
		{"§13.1.4: changed", env{"HTTP_IF_UNMODIFIED_SINCE": earlier}, 412},
		{"unchanged", env{"HTTP_IF_UNMODIFIED_SINCE": contentDate}, 200},
		{"ranges are not for pages", env{"HTTP_RANGE": "bytes=0-0"}, 200},
		// What would be changed is what the client thinks it is, or nothing happens.
		{"PUT of the same", env{"REQUEST_METHOD": "PUT", "HTTP_IF_MATCH": `"v1"`}, 200},
		{"PUT of another", env{"REQUEST_METHOD": "PUT", "HTTP_IF_MATCH": `"v0"`}, 412},
		{"DELETE of what has changed", env{"REQUEST_METHOD": "DELETE", "HTTP_IF_UNMODIFIED_SINCE": earlier}, 412},
		{"PUT of what must not be there", env{"REQUEST_METHOD": "PUT", "HTTP_IF_NONE_MATCH": "*"}, 412},
		{"PUT of another than that", env{"REQUEST_METHOD": "PUT", "HTTP_IF_NONE_MATCH": `"v0"`}, 200},
		{"POST has no date", env{"REQUEST_METHOD": "POST", "HTTP_IF_MODIFIED_SINCE": later}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := respond(t, tt.env, contentNow, func(w *cgi.Response) error {
				w.WriteString("begin")
				answered, err := w.SetCaching(cgi.Caching{Public: true, MaxAge: seconds(60), ETag: "v1", ModTime: contentTime, Vary: []string{"Accept"}})
				if answered != (tt.status != 200) {
					t.Errorf("answered %v", answered)
				}
				if !answered {
					w.WriteString(" end")
				}
				return err
			})
			want := map[string]string{"Cache-Control": "public, max-age=60", "Vary": "Accept", "ETag": `"v1"`, "Last-Modified": contentDate, "Content-Type": "text/html; charset=utf-8"}
			body := "begin end"
			method := tt.env["REQUEST_METHOD"]
			switch {
			case tt.status == 304: // §15.4.5
				want["Last-Modified"], want["Content-Type"], body = "", "", ""
			case tt.status == 412:
				want["Cache-Control"], want["Vary"], want["ETag"], want["Last-Modified"] = "no-store", "", "", ""
			case method != "" && method != "HEAD":
				want["ETag"], want["Last-Modified"] = "", "" // §8.8: not of this answer
			}
			if tt.status != 412 && string(out.body) != body || tt.status == 412 && strings.Contains(string(out.body), "begin") || err != nil || out.status != tt.status {
				t.Errorf("%v, %d %.40q, want %d %q", err, out.status, out.body, tt.status, body)
			}
			for name, value := range want {
				if got := out.get(name); got != value {
					t.Errorf("%s: %q, want %q", name, got, value)
				}
			}
		})
	}
}

func TestCachingValidators(t *testing.T) {
	same := cgi.Env{"HTTP_IF_NONE_MATCH": `"v1"`, "HTTP_IF_MATCH": `"v0"`}
	for _, status := range []int{302, 404, 500} { // RFC 9110 §13.2.1
		out, err := respond(t, same, contentNow, func(w *cgi.Response) error {
			answered, err := w.SetCaching(cgi.Caching{ETag: "v1"})
			return errors.Join(w.SetStatus(status), err, map[bool]error{true: nil, false: errors.New("the condition was not asked")}[answered])
		})
		if err != nil || out.status != status {
			t.Errorf("set later: %v, %d", err, out.status)
		}
		out, err = respond(t, same, contentNow, func(w *cgi.Response) error {
			w.SetStatus(status)
			answered, err := w.SetCaching(cgi.Caching{ETag: "v1"})
			if answered {
				t.Error("a condition counts where there is no success")
			}
			return err
		})
		if err != nil || out.status != status || out.has("ETag") {
			t.Errorf("set before: %v, %d %q", err, out.status, out.header)
		}
	}
	for tag, want := range map[string]string{
		"v1": `"v1"`, `"v1"`: `"v1"`, `W/"v1"`: `W/"v1"`, "é": `"é"`, "a;b,c": `"a;b,c"`,
		`a"b`: "", "a b": "", "a\r\nX: y": "", "a\x00": "", `"a`: "", `"a" `: "", `"a", "b"`: "",
	} {
		out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
			_, err := w.SetCaching(cgi.Caching{ETag: tag})
			return err
		})
		if got := out.get("ETag"); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v, want %q", tag, got, err, want)
		}
	}
	out, _ := respond(t, nil, contentNow, func(w *cgi.Response) error {
		_, err := w.SetCaching(cgi.Caching{ModTime: contentNow.Add(time.Hour)})
		return err
	})
	if got := out.get("Last-Modified"); got != "Tue, 03 Feb 2026 05:05:06 GMT" {
		t.Errorf("a date of the future is sent: %s", got)
	}
	out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
		_, err := w.SetCaching(cgi.Caching{ETag: "v1", ModTime: contentTime})
		return errors.Join(err, w.Redirect("/x", 303))
	})
	if err != nil || out.has("ETag") || out.has("Last-Modified") {
		t.Errorf("a redirect has the validators of the page: %v, %q", err, out.header)
	}
	_, err = respond(t, nil, contentNow, func(w *cgi.Response) error {
		w.Flush("p:1")
		_, err := w.SetCaching(cgi.Caching{})
		return err
	})
	if committed := new(cgi.CommittedError); !errors.As(err, &committed) {
		t.Errorf("after a flush: %v", err)
	}
}

// What is one visitor's must not come to another by a shared cache.
func TestSharedCachesGetNothingPersonal(t *testing.T) {
	for _, tt := range []struct{ set, want string }{
		{"", "private"},
		{"public, max-age=60", "private, max-age=60"},
		{"max-age=60", "private, max-age=60"},
		{"Public, S-MaxAge=60, proxy-revalidate, must-revalidate", "private, must-revalidate"},
		{"private, max-age=60", "private, max-age=60"},
		{"no-store", "no-store"},
		{"no-cache", "private, no-cache"},
		{`private="Set-Cookie", max-age=1`, `private, private="Set-Cookie", max-age=1`},
		{`no-cache="a, public", public`, `private, no-cache="a, public"`},
		{`x="\", public", public`, `private, x="\", public"`},
		{"public,,", "private"},
	} {
		for name, personal := range map[string]func(w *cgi.Response) error{
			"cookie":     func(w *cgi.Response) error { return w.SetCookie(cgi.Cookie{Name: "a"}) },
			"Set-Cookie": func(w *cgi.Response) error { return w.AddHeader("set-cookie", "a=b") },
			"personal":   func(w *cgi.Response) error { w.SetPersonal(); return nil },
		} {
			for _, flush := range []bool{false, true} {
				out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
					if err := personal(w); err != nil || tt.set == "" {
						return err
					}
					err := w.AddHeader("cache-control", tt.set)
					if flush {
						err = errors.Join(err, w.Flush("p:1"))
					}
					return err
				})
				if got := out.get("Cache-Control"); err != nil || got != tt.want {
					t.Errorf("%s, %s: got %q, %v, want %q", name, tt.set, got, err, tt.want)
				}
			}
		}
		out, _ := respond(t, nil, contentNow, func(w *cgi.Response) error { return w.SetHeader("Cache-Control", tt.set) })
		if got := out.get("Cache-Control"); got != tt.set {
			t.Errorf("nobody's: %q became %q", tt.set, got)
		}
	}
}

// Nothing else than Cache-Control lets a shared cache keep what is one visitor's, and the
// visitor's own browser keeps it for as long as the page says.
func TestPersonalAnswers(t *testing.T) {
	type header = map[string]string
	const later, earlier = "Tue, 03 Feb 2026 05:06:06 GMT", "Tue, 03 Feb 2026 05:04:06 GMT" // contentNow is 05:05:06
	for _, tt := range []struct {
		set  header
		want string
	}{
		{header{}, "private"},
		{header{"Last-Modified": contentDate, "ETag": `"v1"`}, "private"},
		{header{"Expires": later}, "private, max-age=60"},
		{header{"Expires": earlier}, "private, max-age=0"},
		{header{"Expires": "0"}, "private, max-age=0"},
		{header{"Expires": "Tue, 03 Feb 9026 05:06:06 GMT"}, "private, max-age=2147483647"},
		{header{"Expires": later, "Cache-Control": "public"}, "private, max-age=60"},
		{header{"Expires": later, "Cache-Control": "public, max-age=9"}, "private, max-age=9"},
		{header{"Expires": later, "Cache-Control": "no-store"}, "no-store"},
		{header{"Expires": later, "Cache-Control": "no-cache"}, "private, no-cache"},
		{header{"CDN-Cache-Control": "max-age=60", "cloudflare-cdn-cache-control": "max-age=60", "Surrogate-Control": "max-age=60",
			"Edge-Control": "cache-maxage=60", "X-Accel-Expires": "60"}, "private"},
	} {
		set := func(w *cgi.Response) error {
			var err error
			for name, value := range tt.set {
				err = errors.Join(err, w.SetHeader(name, value))
			}
			return err
		}
		out, err := respond(t, nil, contentNow, func(w *cgi.Response) error { w.SetPersonal(); return set(w) })
		if got := out.get("Cache-Control"); err != nil || got != tt.want {
			t.Errorf("%q: got %q, %v, want %q", tt.set, got, err, tt.want)
		}
		for name, value := range tt.set {
			switch got := out.get(name); name {
			case "Cache-Control":
			case "Last-Modified", "ETag":
				if got != value {
					t.Errorf("%s became %q", name, got)
				}
			default:
				if got != "" {
					t.Errorf("shared caches are told %s: %s", name, got)
				}
			}
		}
		out, err = respond(t, nil, contentNow, set)
		for name, value := range tt.set {
			if got := out.get(name); got != value || err != nil {
				t.Errorf("nobody's: %s is %q, want %q", name, got, value)
			}
		}
	}
	// An answer that has one list of a great many elements takes no longer than it should.
	out, err := respond(t, nil, contentNow, func(w *cgi.Response) error {
		w.SetPersonal()
		return w.SetHeader("Cache-Control", strings.Repeat(",", 60<<10)+"public")
	})
	if err != nil || out.get("Cache-Control") != "private" {
		t.Errorf("%v, %.100q", err, out.get("Cache-Control"))
	}
}
