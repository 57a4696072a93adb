package tests

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"

	"lcgi/tests/servers"
)

// TestSampleSiteGuestbook writes into the book what would harm its readers, and
// more than fits.
func TestSampleSiteGuestbook(t *testing.T) {
	overSampleSites(t, nil, func(t *testing.T, site *servers.Server) {
		v := newVisitor(t, site)
		write := func(name, text string) answered {
			t.Helper()
			form := url.Values{"name": {name}, "text": {text}, "csrf": {v.token("guestbook.lc")}}
			return v.post("guestbook.lc", form.Encode())
		}
		const name, text = `<b onclick="alert(1)">Zoë</b>`, "<script>alert(1)</script>\r\n</article><h1>&amp;"
		write(name, text).wantRedirect("guestbook.lc")
		a := newVisitor(t, site).get("guestbook.lc")
		a.want(atom.Article, "<script>alert(1)</script> </article><h1>&amp; "+name+", ")
		checkHTML(t, site, a.body)

		for _, c := range []struct{ name, text string }{{"", "x"}, {"Bo", ""}, {" \r\n", "x"}, {strings.Repeat("x", 101), "x"}, {"Bo", strings.Repeat("x", 2001)}} {
			a := write(c.name, c.text)
			if shown := a.text(atom.Article); a.status != 422 || !strings.Contains(shown, "A name and some words are needed") {
				t.Errorf("%.20q, %.20q: status %d\n%s", c.name, c.text, a.status, shown)
			}
			checkHTML(t, site, a.body)
			if got := attr(first(a.doc, hasID("name")), "value"); c.name == "Bo" && got != "Bo" {
				t.Errorf("the form has forgotten the name: %q", got)
			}
		}
		checkForgeries(t, v, "guestbook.lc", "name=Eve&text=forged")

		const most = 50
		for i := range most {
			write("Ada", fmt.Sprintf("entry %d.", i+1)).wantRedirect("guestbook.lc")
		}
		a = v.get("guestbook.lc")
		a.want(atom.Article, "The book entry 50. Ada, ")
		shown := a.text(atom.Article)
		if n := strings.Count(shown, "Ada, "); n != most || strings.Contains(shown, "Zoë") || strings.Contains(shown, "forged") {
			t.Errorf("the book has %d entries of Ada:\n%s", n, shown)
		}
	})
}

// checkForgeries sends a form of a page that has a token in ways that only
// another site has reason to. All are refused with 403.
func checkForgeries(t *testing.T, v *visitor, page, form string) {
	t.Helper()
	own := v.token(page)
	const encoded = "application/x-www-form-urlencoded"
	foreign := newVisitor(t, v.site).token(page)
	for what, a := range map[string]answered{
		"no token":            v.post(page, form),
		"an empty token":      v.post(page, form+"&csrf="),
		"a list of tokens":    v.post(page, form+"&csrf[]="+url.QueryEscape(own)),
		"another’s token":     v.post(page, form+"&csrf="+url.QueryEscape(foreign)),
		"no session":          newVisitor(t, v.site).post(page, form+"&csrf="+url.QueryEscape(own)),
		"from another site":   v.send("POST", page, encoded, form+"&csrf="+url.QueryEscape(own), "Sec-Fetch-Site", "cross-site"),
		"from a sister site":  v.send("POST", page, encoded, form+"&csrf="+url.QueryEscape(own), "Sec-Fetch-Site", "same-site"),
		"from another origin": v.send("POST", page, encoded, form+"&csrf="+url.QueryEscape(own), "Origin", "http://evil.example"),
		"from nowhere":        v.send("POST", page, encoded, form+"&csrf="+url.QueryEscape(own), "Origin", "null"),
	} {
		if a.status != 403 {
			t.Errorf("%s, %s: status %d, want 403\n%s", page, what, a.status, a.text(atom.Body))
		}
	}
}

// A login is what a test sends to login.lc.
func login(v *visitor, action, name, password string) answered {
	v.t.Helper()
	form := url.Values{"action": {action}, "name": {name}, "password": {password}, "csrf": {v.token("login.lc")}}
	return v.post("login.lc", form.Encode())
}

// TestSampleSiteLogin signs up, logs out and logs in again, and is refused in all
// the ways that there are.
func TestSampleSiteLogin(t *testing.T) {
	overSampleSites(t, nil, func(t *testing.T, site *servers.Server) {
		const password = "correct horse é\x00"
		v := newVisitor(t, site)
		refused := func(a answered, why string) {
			t.Helper()
			if shown := a.text(atom.Article); a.status != 422 || !strings.Contains(shown, why) {
				t.Errorf("status %d, and not %q:\n%s", a.status, why, shown)
			}
			checkHTML(t, site, a.body)
			v.get("login.lc").want(atom.Article, "You are not logged in.")
		}
		refused(login(v, "sign up", "ada", "short"), "A password has at least 8 characters.")
		for _, name := range []string{"", "ad a", "1ada", "<b>", strings.Repeat("a", 31)} {
			refused(login(v, "sign up", name, password), "A name has 1 to 30 letters")
		}

		before, old := v.cookie("LCSESSION"), v.token("login.lc")
		login(v, "sign up", "Ada", password).wantRedirect("login.lc")
		after := v.cookie("LCSESSION")
		if after == before || len(after) != len(before) {
			t.Errorf("signing up has changed the id %s to %s", before, after)
		}
		v.get("login.lc").want(atom.Article, "You are logged in, ada.")
		if a := v.post("login.lc", "action=log+out&csrf="+url.QueryEscape(old)); a.status != 403 {
			t.Errorf("the token of before the login is answered with %d", a.status)
		}
		thief := newVisitor(t, site)
		thief.setCookie("LCSESSION", before)
		thief.get("login.lc").want(atom.Article, "You are not logged in.")
		checkForgeries(t, v, "login.lc", "action=log+out")
		v.get("login.lc").want(atom.Article, "You are logged in, ada.")

		login(v, "log out", "", "").wantRedirect("login.lc")
		v.get("login.lc").want(atom.Article, "You are not logged in.")
		thief.setCookie("LCSESSION", after)
		thief.get("login.lc").want(atom.Article, "You are not logged in.")

		refused(login(v, "sign up", "ADA", password), "That name is taken.")
		const wrong = "There is no such name with that password."
		refused(login(v, "log in", "ada", password[:12]), wrong)
		refused(login(v, "log in", "bob", password), wrong)
		refused(login(v, "log in", "", ""), wrong)
		login(v, "log in", "aDa", password).wantRedirect("login.lc")
		v.get("login.lc").want(atom.Article, "You are logged in, ada.")
	})
}

// TestSampleSiteLoginTries tries passwords until there are no more tries, for a
// name and for an address. A right password begins them anew.
func TestSampleSiteLoginTries(t *testing.T) {
	site := sampleSite(t, nil)
	v := newVisitor(t, site)
	login(v, "sign up", "ada", "tea time, please").wantRedirect("login.lc")
	login(v, "log out", "", "")

	const most, all = 5, 30
	tried := 1
	try := func(name, password string, want int) answered {
		t.Helper()
		tried++
		a := login(v, "log in", name, password)
		if a.status != want {
			t.Fatalf("try %d, as %s: status %d, want %d\n%s", tried, name, a.status, want, a.text(atom.Article))
		}
		return a
	}
	for range most - 1 {
		try("ada", "wrong", 422)
	}
	try("ada", "tea time, please", 303)
	login(v, "log out", "", "")
	for range most {
		try("ada", "wrong", 422)
	}
	a := try("ada", "tea time, please", 429)
	if wait, err := strconv.Atoi(a.header.Get("Retry-After")); err != nil || wait < 1 || wait > 15*60 {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
	if shown := a.text(atom.Article); !strings.Contains(shown, "That was tried too often. Come back in 15 minutes.") {
		t.Errorf("who tried too often reads\n%s", shown)
	}
	for n := 0; tried < all; n++ {
		try(fmt.Sprintf("name%d", n), "wrong", 422)
	}
	try("somebody", "wrong", 429)
}

// TestSampleSiteLoginRehash logs in where the hash is one of a weaker kind, as of
// a site that was moved here. It is made anew.
func TestSampleSiteLoginRehash(t *testing.T) {
	site := sampleSite(t, nil)
	v := newVisitor(t, site)
	login(v, "sign up", "ada", "U*U*U*U*").wantRedirect("login.lc")
	login(v, "log out", "", "")

	// The hash of "U*U" in the tests of crypt_blowfish.
	const weak = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"
	accounts, code := runCommand(t, "shared", "get", "-json", "-savepath", site.Sessions, "manual.accounts")
	_, rest, _ := strings.Cut(accounts, `"hash"`)
	_, rest, _ = strings.Cut(rest, `"`)
	hash, _, _ := strings.Cut(rest, `"`)
	if code != 0 || !strings.HasPrefix(hash, "$argon2id$") {
		t.Fatalf("the accounts are (%d)\n%s", code, accounts)
	}
	out, code := runCommand(t, "shared", "set", "-json", "-savepath", site.Sessions, "manual.accounts", strings.Replace(accounts, hash, weak, 1))
	if code != 0 {
		t.Fatal(out)
	}
	for range 2 {
		login(v, "log in", "ada", "U*U").wantRedirect("login.lc")
		login(v, "log out", "", "")
		accounts, _ = runCommand(t, "shared", "get", "-json", "-savepath", site.Sessions, "manual.accounts")
		if strings.Contains(accounts, weak) || !strings.Contains(accounts, "$argon2id$") {
			t.Errorf("after the login the accounts are\n%s", accounts)
		}
	}
}
