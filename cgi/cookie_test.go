package cgi_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

func TestRequestCookies(t *testing.T) {
	tests := []struct {
		name, header string
		want         []cgi.Field
	}{
		{"none", "", nil},
		{"RFC 6265 §5.4: in order", "b=1; a=2; b=3", []cgi.Field{{"b", "1"}, {"a", "2"}, {"b", "3"}}},
		{"no space, much space", "a=1;b=2;\t c = 3 ;", []cgi.Field{{"a", "1"}, {"b", "2"}, {"c", "3"}}},
		{"values are decoded, plus stays", "a=%41+%2B%zz%", []cgi.Field{{"a", "A++%zz%"}}},
		{"names are not (CVE-2022-31629)", "__%48ost-sid=1; %5F_Secure-x=2", []cgi.Field{{"__%48ost-sid", "1"}, {"%5F_Secure-x", "2"}}},
		{"names are not mangled (CVE-2022-31629)", "..Host-a=1; a b=2; a[b]=3", []cgi.Field{{"..Host-a", "1"}, {"a b", "2"}, {"a[b]", "3"}}},
		{"quotes are part of the value", `a="b c"`, []cgi.Field{{"a", `"b c"`}}},
		{"equals signs in the value", "a=b=c==", []cgi.Field{{"a", "b=c=="}}},
		{"no equals sign, no name", "a; =b; =; ;;", nil},
		{"decoded separators do not separate", "a=1%3B b=2", []cgi.Field{{"a", "1; b=2"}}},
		{"any bytes", "a=\xff%00", []cgi.Field{{"a", "\xff\x00"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request(cgi.Env{"HTTP_COOKIE": tt.header})
			for range 2 {
				if got := r.Cookies(); !slices.Equal(got, tt.want) {
					t.Errorf("Cookies() = %q, want %q", got, tt.want)
				}
			}
		})
	}
	r := request(cgi.Env{"HTTP_COOKIE": "s=1; t=2; s=3; S=4"})
	if got := r.CookieValues("x"); got != nil {
		t.Errorf("no such cookie: %q", got)
	}
	if got := r.CookieValues("s"); !slices.Equal(got, []string{"1", "3"}) {
		t.Errorf("CookieValues: %q", got)
	}
}

func TestSetCookie(t *testing.T) {
	now := time.Date(2026, 2, 3, 23, 59, 59, 0, time.FixedZone("", 3600))
	tests := []struct {
		name   string
		cookie cgi.Cookie
		want   string // or
		err    string // a part of the error
	}{
		{"bare", cgi.Cookie{Name: "a", Value: "b"}, "a=b", ""},
		{"all", cgi.Cookie{Name: "a", Value: "b", Path: "/x", Domain: ".example.org", MaxAge: 61, Secure: true, HTTPOnly: true, SameSite: "strict", Partitioned: true},
			"a=b; Path=/x; Domain=example.org; Max-Age=61; Expires=Tue, 03 Feb 2026 23:01:00 GMT; Secure; HttpOnly; SameSite=Strict; Partitioned", ""},
		{"delete", cgi.Cookie{Name: "a", MaxAge: -1}, "a=; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
		{"RFC 6265 §4.1.1: value is escaped", cgi.Cookie{Name: "a", Value: "\x00 \",;\\%\x7fé+=/"}, "a=%00%20%22%2C%3B%5C%25%7F%C3%A9+=/", ""},
		{"RFC 6265 §4.1.1: name", cgi.Cookie{Name: "a;b"}, "", "not a token"},
		{"no name", cgi.Cookie{}, "", "not a token"},
		{"line break in the name", cgi.Cookie{Name: "a\r\nX"}, "", "not a token"},
		{"path injects", cgi.Cookie{Name: "a", Path: "/; Domain=evil"}, "", "path"},
		{"path with line break", cgi.Cookie{Name: "a", Path: "/\nX: y"}, "", "path"},
		{"relative path", cgi.Cookie{Name: "a", Path: "x"}, "", "path"},
		{"domain injects", cgi.Cookie{Name: "a", Domain: "x; Secure"}, "", "domain"},
		{"domain of dots", cgi.Cookie{Name: "a", Domain: ".."}, "", "domain"},
		{"domain of one dot", cgi.Cookie{Name: "a", Domain: "."}, "", "domain"},
		{"domain with two dots before it", cgi.Cookie{Name: "a", Domain: "..example.org"}, "", "domain"},
		{"domain with a dot behind it", cgi.Cookie{Name: "a", Domain: "example.org."}, "", "domain"},
		{"domain with an empty label", cgi.Cookie{Name: "a", Domain: "example..org"}, "", "domain"},
		{"domain with a port", cgi.Cookie{Name: "a", Domain: "example.org:80"}, "", "domain"},
		{"address as domain", cgi.Cookie{Name: "a", Domain: "192.0.2.7"}, "a=; Domain=192.0.2.7", ""},
		{"SameSite", cgi.Cookie{Name: "a", SameSite: "Maybe"}, "", "SameSite"},
		{"SameSite=None needs Secure (rfc6265bis §5.7)", cgi.Cookie{Name: "a", SameSite: "none"}, "", "needs secure"},
		{"Partitioned needs Secure (CHIPS)", cgi.Cookie{Name: "a", Partitioned: true}, "", "needs secure"},
		{"__Secure- (rfc6265bis §4.1.3.1)", cgi.Cookie{Name: "__Secure-a"}, "", "__Secure-"},
		{"__Host- without Secure (rfc6265bis §4.1.3.2)", cgi.Cookie{Name: "__Host-a", Path: "/"}, "", "__Host-"},
		{"__host- with a domain", cgi.Cookie{Name: "__host-a", Path: "/", Domain: "x", Secure: true}, "", "__Host-"},
		{"__Host- without path", cgi.Cookie{Name: "__Host-a", Secure: true}, "", "__Host-"},
		{"__Host- as it must be", cgi.Cookie{Name: "__Host-a", Path: "/", Secure: true}, "__Host-a=; Path=/; Secure", ""},
		{"__Host- and no HttpOnly", cgi.Cookie{Name: "__HOST-a", Path: "/", Secure: true}, "__HOST-a=; Path=/; Secure", ""},
		{"__Http- without HttpOnly (layered-cookies)", cgi.Cookie{Name: "__Http-a", Secure: true}, "", "__Http-"},
		{"__http- without Secure", cgi.Cookie{Name: "__http-a", HTTPOnly: true}, "", "__Http-"},
		{"__Http- as it must be", cgi.Cookie{Name: "__Http-a", Domain: "x", Secure: true, HTTPOnly: true}, "__Http-a=; Domain=x; Secure; HttpOnly", ""},
		{"__Host-Http- without HttpOnly", cgi.Cookie{Name: "__Host-Http-a", Path: "/", Secure: true}, "", "__Host-Http-"},
		{"__Host-Http- is a __Host-, too", cgi.Cookie{Name: "__host-http-a", Path: "/x", Secure: true, HTTPOnly: true}, "", "__Host-"},
		{"__Host-Http- as it must be", cgi.Cookie{Name: "__Host-Http-a", Path: "/", Secure: true, HTTPOnly: true}, "__Host-Http-a=; Path=/; Secure; HttpOnly", ""},
		{"a prefix needs its hyphen", cgi.Cookie{Name: "__Hosta"}, "__Hosta=", ""},
		{"too large for browsers (rfc6265bis §5.6)", cgi.Cookie{Name: "a", Value: strings.Repeat("%", 1366)}, "", "4096"},
		{"as large as can be", cgi.Cookie{Name: "a", Value: strings.Repeat("x", 4095)}, "a=" + strings.Repeat("x", 4095), ""},
		{"large attribute", cgi.Cookie{Name: "a", Path: "/" + strings.Repeat("x", 1024)}, "", "1024"},
	}
	if strconv.IntSize > 32 {
		years := 100 // a constant would not compile where it has no room
		tests = append(tests, tests[0])
		endless := &tests[len(tests)-1]
		endless.name, endless.cookie, endless.want, endless.err = "endless", cgi.Cookie{Name: "a", MaxAge: years*366*24*60*60 + 1}, "", "100 years"
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, err := respond(t, cgi.Env{"REQUEST_METHOD": "GET"}, now, func(w *cgi.Response) error { return w.SetCookie(tt.cookie) })
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) || out.has("Set-Cookie") {
					t.Errorf("got %v, header %q; want an error with %q", err, out.all("Set-Cookie"), tt.err)
				}
			case err != nil || !slices.Equal(out.all("Set-Cookie"), []string{tt.want}):
				t.Errorf("got  %q, %v\nwant %q", out.all("Set-Cookie"), err, tt.want)
			}
		})
	}
}

func TestSetCookieDefaults(t *testing.T) {
	for _, tt := range []struct{ https, want string }{
		{"", "a=b; Path=/; HttpOnly; SameSite=Lax"},
		{"on", "a=b; Path=/; Secure; HttpOnly; SameSite=Lax"},
	} {
		out, err := respond(t, cgi.Env{"HTTPS": tt.https}, time.Time{}, func(w *cgi.Response) error {
			return w.SetCookie(w.NewCookie("a", "b"))
		})
		if got := out.all("Set-Cookie"); err != nil || !slices.Equal(got, []string{tt.want}) {
			t.Errorf("HTTPS=%q: %q, %v", tt.https, got, err)
		}
	}
}

func TestSetCookieReplaces(t *testing.T) {
	out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		for _, c := range []cgi.Cookie{
			{Name: "a", Value: "1", Path: "/"}, {Name: "a", Value: "2", Path: "/x"},
			{Name: "a", Value: "3", Path: "/", Domain: "Example.org"}, {Name: "A", Value: "4", Path: "/"},
			{Name: "a", Value: "5", Path: "/"}, {Name: "a", Value: "6", Path: "/", Domain: ".example.ORG"},
		} {
			if err := w.SetCookie(c); err != nil {
				return err
			}
		}
		return w.DeleteCookie(cgi.Cookie{Name: "a", Path: "/x"})
	})
	want := []string{
		"A=4; Path=/", "a=5; Path=/", "a=6; Path=/; Domain=example.ORG",
		"a=; Path=/x; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
	}
	if got := out.all("Set-Cookie"); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v", got, err)
	}
}

// FuzzCookie shows that a value comes back and cannot become anything else.
func FuzzCookie(f *testing.F) {
	f.Add("a", "b; c=d")
	f.Add("LCSESSION", "%00\r\nSet-Cookie: x=y")
	f.Add("__Host-x", "é\xff\"\\,")
	f.Fuzz(func(t *testing.T, name, value string) {
		out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
			return w.SetCookie(cgi.Cookie{Name: name, Value: value})
		})
		if err != nil {
			return
		}
		line := out.all("Set-Cookie")[0]
		if strings.ContainsAny(line, "; \r\n\x00,\"") {
			t.Fatalf("cookie %q=%q is sent as %q", name, value, line)
		}
		back := request(cgi.Env{"HTTP_COOKIE": "x=1; " + line + "; y=2"}).Cookies()
		if want := []cgi.Field{{"x", "1"}, {name, value}, {"y", "2"}}; !slices.Equal(back, want) {
			t.Fatalf("%q comes back as %q", line, back)
		}
	})
}
