package tests

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lcgi/tests/direct"
	"lcgi/tests/servers"
	"lcgi/tests/wire"
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

// submit posts a form as the page itself has it, with its token.
func (v *visitor) submit(page, form string) answered {
	v.t.Helper()
	return v.post(page, form+"&csrf="+url.QueryEscape(v.token(page)))
}

// TestSampleSiteForgeries sends what other sites might to every page with a form
// that is posted. Only the lesson has none of ours: it stays as it is printed.
func TestSampleSiteForgeries(t *testing.T) {
	site := sampleSite(t, nil)
	for name := range samplePages() {
		v := newVisitor(t, site)
		a := v.get(name)
		posted := all(a.doc, func(n *html.Node) bool { return n.DataAtom == atom.Form && attr(n, "method") == "post" })
		for _, form := range posted {
			token := attr(first(form, func(n *html.Node) bool { return attr(n, "name") == "csrf" }), "value")
			if (token == "") != (name == "lesson.lc") {
				t.Errorf("a form of %s has the token %q", name, token)
			}
		}
		if len(posted) > 0 && name != "lesson.lc" {
			fields, buttons := formFields(a.doc)
			checkForgeries(t, v, name, strings.Join(fields, "=1&")+"=1&"+strings.Join(buttons, "&"))
		}
	}
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

// A login is what a test sends to login.lc, with further headers in pairs.
func login(v *visitor, action, name, password string, header ...string) answered {
	v.t.Helper()
	form := url.Values{"action": {action}, "name": {name}, "password": {password}, "csrf": {v.token("login.lc")}}
	return v.send("POST", "login.lc", "application/x-www-form-urlencoded", form.Encode(), header...)
}

// readShared reads a shared variable of a site, a table of name and value.
func readShared[V any](t *testing.T, site *servers.Server, name string) map[string]V {
	t.Helper()
	out, code := runCommand(t, "shared", "get", "-json", "-savepath", site.Sessions, name)
	values := make(map[string]V)
	if err := json.Unmarshal([]byte(out), &values); err != nil || code != 0 {
		t.Fatalf("%s is (%d, %v)\n%s", name, code, err, out)
	}
	return values
}

// writeShared changes a shared variable of a site that exists.
func writeShared[V any](t *testing.T, site *servers.Server, name string, values map[string]V) {
	t.Helper()
	text, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	if out, code := runCommand(t, "shared", "set", "-json", "-savepath", site.Sessions, name, string(text)); code != 0 {
		t.Fatal(out)
	}
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
// name and for an address. A right password begins those for the name anew.
func TestSampleSiteLoginTries(t *testing.T) {
	site := sampleSite(t, nil)
	v := newVisitor(t, site)
	began := time.Now()
	login(v, "sign up", "ada", "tea time, please").wantRedirect("login.lc")
	login(v, "log out", "", "")

	const most, all = 5, 30
	const each = 30 * time.Second // after which an address has one more try
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
	wait, err := strconv.Atoi(a.header.Get("Retry-After"))
	if err != nil || wait < 1 || wait > 15*60/most {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
	told := fmt.Sprintf("That was tried too often. Come back in %d:%02d minutes.", wait/60, wait%60)
	if shown := a.text(atom.Article); !strings.Contains(shown, told) {
		t.Errorf("who tried too often does not read %q:\n%s", told, shown)
	}
	checkHTML(t, site, a.body)

	for tried < all {
		try(fmt.Sprintf("name%d", tried), "wrong", 422)
	}
	for login(v, "log in", fmt.Sprintf("name%d", tried), "wrong").status == 422 {
		if tried++; tried > all+1+int(time.Since(began)/each) {
			t.Fatalf("after %v the address has had %d tries", time.Since(began), tried)
		}
	}
}

// TestSampleSiteLoginAddresses tries passwords from many addresses, behind a
// proxy that names them: from those of one customer, and on one name.
func TestSampleSiteLoginAddresses(t *testing.T) {
	site := sampleSite(t, map[string]string{"LCGI_TRUSTED_PROXIES": "127.0.0.0/8"})
	v := newVisitor(t, site)
	login(v, "sign up", "ada", "tea time, please").wantRedirect("login.lc")
	login(v, "log out", "", "")
	from := func(address, name, password string) answered {
		t.Helper()
		return login(v, "log in", name, password, "X-Forwarded-For", address)
	}

	// refused returns after how many tries there are no more, each of which is
	// another name or address.
	refused := func(address, name func(n int) string) int {
		t.Helper()
		const enough = 60
		for n := range enough {
			if a := from(address(n), name(n), "wrong"); a.status == 429 {
				return n
			}
		}
		return enough
	}
	number := func(format string) func(int) string {
		return func(n int) string { return fmt.Sprintf(format, n) }
	}
	const slack = 5 // in which there may be more, on a slow machine
	if n := refused(number("2001:db8:0:1:%x::1"), number("name%d")); n < 30 || n > 30+slack {
		t.Errorf("the addresses of one customer have %d tries, want 30", n)
	}
	if n := refused(number("2001:db8:1:%x::1"), func(int) string { return "ada" }); n < 20-1 || n > 20+slack {
		t.Errorf("one name is tried %d times from many addresses, want 20", n)
	}
	a := from("192.0.2.1", "ada", "tea time, please")
	if wait, err := strconv.Atoi(a.header.Get("Retry-After")); a.status != 429 || err != nil || wait < 1 || wait > 60 {
		t.Errorf("who owns the name is answered with %d and waits for %q s, want a minute at most", a.status, a.header.Get("Retry-After"))
	}
	if a := from("192.0.2.1", "bob", "wrong"); a.status != 422 {
		t.Errorf("another name is answered with %d", a.status)
	}

	// Where all counters are in use, nobody's is given up for somebody new.
	later := time.Now().Add(15 * time.Minute).Unix()
	tries := readShared[int64](t, site, "manual.tries")
	tries["2001:db8:0:1"], tries["*"] = later, later
	for n := len(tries); n < 5000; n++ {
		tries[fmt.Sprint("key ", n)] = later
	}
	writeShared(t, site, "manual.tries", tries)
	for _, address := range []string{"2001:db8:0:1::2", "192.0.2.2"} {
		if a := from(address, "name", "wrong"); a.status != 429 {
			t.Errorf("where there are %d counters, %s is answered with %d", len(tries), address, a.status)
		}
	}
	if got := readShared[int64](t, site, "manual.tries"); len(got) != len(tries) {
		t.Errorf("of %d counters there are %d", len(tries), len(got))
	}
}

// TestSampleSiteNetwork takes addresses apart as the login does.
func TestSampleSiteNetwork(t *testing.T) {
	limits := readFile(t, sampleRoot(t)+"/lib/limits.lua")
	site := direct.NewSite(t, lcgi, map[string]string{
		"lib/limits.lua": limits,
		"page.lc":        `<?lc put(require("limits").network(_GET.a)) ?>`,
	})
	for address, want := range map[string]string{
		"192.0.2.7":                "192.0.2.7",
		"::ffff:192.0.2.7":         "192.0.2.7",
		"2001:db8:0:1:2:3:4:5":     "2001:db8:0:1",
		"2001:db8:0:1::5":          "2001:db8:0:1",
		"2001:db8::5":              "2001:db8:0:0",
		"2001:db8::":               "2001:db8:0:0",
		"2001:db8::1:2:3:4:5":      "2001:db8:0:1",
		"::2:3:4:5:6:7:8":          "0:2:3:4",
		"::1":                      "0:0:0:0",
		"fe80::1%eth0":             "fe80:0:0:0",
		"64:ff9b::192.0.2.7":       "64:ff9b:0:0",
		"":                         "",
		"unix:":                    "unix:",
		strings.Repeat("1:", 1000): "1:1:1:1",
	} {
		r := site.Do(t, wire.Get("/page.lc?a="+url.QueryEscape(address)))
		if got := string(r.Body); got != want {
			t.Errorf("%.40q is of %q, want %q; log: %s", address, got, want, r.Stderr)
		}
	}
}

// An account is what login.lc keeps of one.
type account struct {
	Hash string `json:"hash"`
	ID   string `json:"id"`
	Used int64  `json:"used"`
}

// TestSampleSiteLoginFull signs up where there are as many accounts as there may
// be. None goes that was used lately; and where one went, whoever was logged in
// to it is not logged in to the next of its name.
func TestSampleSiteLoginFull(t *testing.T) {
	site := sampleSite(t, nil)
	v, eve := newVisitor(t, site), newVisitor(t, site)
	const password, full = "tea time, please", "There are 100 accounts, and no room for more today."
	login(v, "sign up", "ada", password).wantRedirect("login.lc")

	accounts := readShared[account](t, site, "manual.accounts")
	ada := accounts["ada"]
	ada.Used -= 23 * 60 * 60
	accounts["ada"] = ada
	for n := len(accounts); n < 100; n++ {
		accounts[fmt.Sprint("name", n)] = account{Hash: ada.Hash, ID: fmt.Sprint("id", n), Used: time.Now().Unix()}
	}
	writeShared(t, site, "manual.accounts", accounts)
	a := login(eve, "sign up", "eve", password)
	if shown := a.text(atom.Article); a.status != 422 || !strings.Contains(shown, full) {
		t.Errorf("one account too many: status %d\n%s", a.status, shown)
	}
	checkHTML(t, site, a.body)
	a = login(eve, "sign up", "ada", password)
	if shown := a.text(atom.Article); a.status != 422 || !strings.Contains(shown, "That name is taken.") {
		t.Errorf("a name that is taken: status %d\n%s", a.status, shown)
	}
	v.get("login.lc").want(atom.Article, "You are logged in, ada.")

	ada.Used -= 2 * 60 * 60
	accounts["ada"] = ada
	writeShared(t, site, "manual.accounts", accounts)
	login(eve, "sign up", "ada", "another password").wantRedirect("login.lc")
	eve.get("login.lc").want(atom.Article, "You are logged in, ada.")
	v.get("login.lc").want(atom.Article, "You are not logged in.")
	if a := login(v, "log in", "ada", password); a.status != 422 {
		t.Errorf("the password of the account that is gone is answered with %d", a.status)
	}
	if n := len(readShared[account](t, site, "manual.accounts")); n != 100 {
		t.Errorf("there are %d accounts", n)
	}
}

// TestSampleSiteLoginMany signs up more often from one address than a visitor has
// reason to.
func TestSampleSiteLoginMany(t *testing.T) {
	site := sampleSite(t, nil)
	const most = 10
	for n := range most + 1 {
		a := login(newVisitor(t, site), "sign up", fmt.Sprint("name", n), "tea time, please")
		if want := map[bool]int{true: 303, false: 429}[n < most]; a.status != want {
			t.Errorf("account %d: status %d, want %d", n+1, a.status, want)
		}
	}
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
