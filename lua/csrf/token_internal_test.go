package csrf

import (
	"encoding/base64"
	"strings"
	"testing"

	"lcgi/cgi"
)

func TestToken(t *testing.T) {
	s, other := newSecret(), newSecret()
	if s == other {
		t.Fatal("two secrets are the same")
	}
	seen := map[string]bool{}
	for range 100 {
		token := s.token()
		if seen[token] || strings.Contains(token, s.text()) {
			t.Errorf("the token %q shows the secret or is not fresh", token)
		}
		seen[token] = true
		if len(token) != 86 || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("the token %q is not plain text", token)
		}
		if !s.made(token) || other.made(token) {
			t.Errorf("the token %q is taken for another's", token)
		}
	}
	token := s.token()
	for i := range token {
		b := []byte(token)
		if b[i] = 'A'; token[i] == 'A' {
			b[i] = 'B'
		}
		if s.made(string(b)) {
			t.Errorf("a token that was changed at %d is taken", i)
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{
		"", "=", s.text(), token + "A", token + "\n", token[:85], token[1:], token + token,
		base64.StdEncoding.EncodeToString(raw), strings.Repeat("A", 86), strings.Repeat("é", 43),
		base64.RawURLEncoding.EncodeToString(make([]byte, 64)),
	} {
		if s.made(wrong) {
			t.Errorf("%q is taken for a token", wrong)
		}
	}
}

func TestSecretText(t *testing.T) {
	s := newSecret()
	if got, err := parseSecret(s.text()); err != nil || got != s {
		t.Errorf("%q is read as %v, %v", s.text(), got, err)
	}
	for _, wrong := range []string{"", "ada", s.text() + "A", s.text()[1:], s.token()} {
		if _, err := parseSecret(wrong); err == nil {
			t.Errorf("%q is taken for a secret", wrong)
		}
	}
}

func TestForeign(t *testing.T) {
	const site, none = "http://shop.example", ""
	for _, c := range []struct {
		site, origin, fetch string // what the site is, what the browser says
		why                 string // "" passes
	}{
		{site, none, none, ""},
		{site, none, "same-origin", ""},
		{site, none, "none", ""},
		{site, "http://shop.example", "same-origin", ""},
		{site, "http://SHOP.example", none, ""},
		{site, "http://shop.example:80", none, ""},
		{"http://shop.example:80", "http://shop.example", none, ""},
		{"https://shop.example:443", "https://shop.example", none, ""},
		{"http://shop.example:8080", "http://shop.example:8080", none, ""},
		{"http://[::1]:8080", "http://[::1]:8080", none, ""},

		{site, none, "cross-site", `(Sec-Fetch-Site: "cross-site")`},
		{site, none, "same-site", `(Sec-Fetch-Site: "same-site")`},
		{site, none, "Same-Origin", "Sec-Fetch-Site"},
		{site, none, "same-origin, cross-site", "Sec-Fetch-Site"},
		{site, "http://shop.example", "cross-site", "Sec-Fetch-Site"},
		{site, "http://evil.example", "same-origin", `(Origin: "http://evil.example", which is not "http://shop.example"; where a proxy is between, LCGI_TRUSTED_PROXIES must name it)`},
		{site, "http://evil.example", none, "Origin"},
		{site, "https://shop.example", none, "Origin"},
		{site, "http://shop.example:8080", none, "Origin"},
		{site, "http://shop.example:443", none, "Origin"},
		{"http://shop.example:8080", "http://shop.example", none, "Origin"},
		{site, "http://shop.example.evil.example", none, "Origin"},
		{site, "http://sub.shop.example", none, "Origin"},
		{site, "http://shop.example/", none, "Origin"},
		{site, "http://shop.example http://evil.example", none, "Origin"},
		{site, "null", none, `(Origin: "null")`},
		{site, "null", "same-origin", `(Origin: "null")`},
		{site, strings.Repeat("x", 10000), none, "Origin"},
		{site, "x\ny", none, "Origin"},
	} {
		scheme, host, _ := strings.Cut(c.site, "://")
		env := cgi.Env{"REQUEST_METHOD": "POST", "REQUEST_SCHEME": scheme, "HTTP_HOST": host, "HTTP_ORIGIN": c.origin, "HTTP_SEC_FETCH_SITE": c.fetch}
		why := foreign(cgi.NewRequest(env, nil, cgi.Limits{}))
		if (why == "") != (c.why == "") || !strings.Contains(why, c.why) || len(why) > 500 || strings.Contains(why, "\n") {
			t.Errorf("%s, Origin %.100q, Sec-Fetch-Site %q: %q, want %q", c.site, c.origin, c.fetch, why, c.why)
		}
	}
}
