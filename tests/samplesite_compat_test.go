package tests

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// values returns what the fields of a page's article hold: of fields that are
// chosen from, those that are. Tokens against forgery are no values.
func (a answered) values() url.Values {
	values := make(url.Values)
	for _, n := range all(first(a.doc, is(atom.Article)), func(n *html.Node) bool { return n.Type == html.ElementNode }) {
		switch {
		case attr(n, "name") == "csrf":
		case n.DataAtom == atom.Input && (attr(n, "type") == "radio" || attr(n, "type") == "checkbox") && !hasAttr(n, "checked"):
		case n.DataAtom == atom.Input:
			values.Add(attr(n, "name"), attr(n, "value"))
		case n.DataAtom == atom.Option && hasAttr(n, "selected"):
			values.Add(attr(n.Parent, "name"), attr(n, "value"))
		}
	}
	return values
}

// TestSampleSiteLasso sets the preferences of Lasso's example and finds them
// again (LA19).
func TestSampleSiteLasso(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	v.get("lasso.lc").want(atom.Article, "with the result new.")
	chosen := url.Values{
		"realName":      {`Zefram "<Z>" Cochrane`},
		"emailAddress":  {"zefram@example.org"},
		"favoriteColor": {"red"},
		"warpDrive":     {"yes"},
		"jumpGate":      {"yes"},
	}
	form := url.Values{"submit": {"Submit"}}
	for name, value := range chosen {
		form[name] = value
	}
	v.submit("lasso.lc", form.Encode()).want(atom.Article, "with the result load.")
	v.get("index.lc")
	for range 2 {
		a := v.get("lasso.lc")
		if got := a.values(); got.Encode() != chosen.Encode() {
			t.Errorf("the form holds %q, want %q", got, chosen)
		}
		checkHTML(t, v.site, a.body)
	}
	if id := v.cookie("_Session_Tracker_sessions_example"); len(id) != 64 {
		t.Errorf("the cookie of Lasso's name holds %q", id)
	}

	chosen.Del("warpDrive")
	form.Del("warpDrive")
	v.submit("lasso.lc", form.Encode())
	if got := v.get("lasso.lc").values(); got.Encode() != chosen.Encode() {
		t.Errorf("after one was taken back, the form holds %q, want %q", got, chosen)
	}
	if got := newVisitor(t, v.site).get("lasso.lc").values(); got.Get("realName") != "" || got.Has("jumpGate") {
		t.Errorf("another visitor's form holds %q", got)
	}
}

// TestSampleSiteAlphaFive makes a greeting on the first page and reads it on the
// second (A14), and announces something to all visitors (A9).
func TestSampleSiteAlphaFive(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	const second = "alphafive-next.lc"
	v.get(second).want(atom.Article, "There is no session.greeting.")
	a := v.get("alphafive.lc")
	if next := a.link("Go to the second page"); next != second {
		t.Errorf("the first page leads to %s", next)
	}
	a = v.get(second)
	a.want(atom.Article, "session.greeting is “Hello from the first page”.")
	a.want(atom.Article, "The plain variable greeting is nil")

	v.submit("alphafive.lc", "greeting=Ahoy+<b>all").wantRedirect("alphafive.lc")
	v.get(second).want(atom.Article, "session.greeting is “Ahoy <b>all”.")
	other := newVisitor(t, v.site)
	other.get(second).want(atom.Article, "There is no session.greeting.")

	v.submit("alphafive.lc", "announcement=Maintenance+at+<8>").wantRedirect("alphafive.lc")
	other.get("alphafive.lc").want(atom.Article, "“Maintenance at <8>”")
	other.submit("alphafive.lc", "announcement=").wantRedirect("alphafive.lc")
	v.get("alphafive.lc").want(atom.Article, "Nothing is announced.")

	v.submit(second, "action=reset").wantRedirect(second)
	v.get(second).want(atom.Article, "There is no session.greeting.")
	other.get(second).want(atom.Article, "session.greeting is “Hello from the first page”.")
}

// TestSampleSiteFoxWeb uses all of the Session object.
func TestSampleSiteFoxWeb(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	id := func() string {
		t.Helper()
		_, rest, _ := strings.Cut(v.get("foxweb.lc").text(atom.Article), "Session.GetSessionID() begins with ")
		begin, _, _ := strings.Cut(rest, ".")
		if len(begin) != 8 {
			t.Fatalf("the id begins with %q", begin)
		}
		return begin
	}
	if a, b := id(), id(); a == b {
		t.Errorf("a session without variables keeps the id %s", a)
	}
	set := func(kind, name, value string) answered {
		t.Helper()
		return v.submit("foxweb.lc", url.Values{"action": {"SetVar"}, "type": {kind}, "name": {name}, "value": {value}}.Encode())
	}
	for _, c := range []struct{ kind, name, value, shown string }{
		{"Character", "Name", "<Ada>", "<Ada>"},
		{"Number", "Count", "12.5", "12.5"},
		{"DateTime", "Born", "1815-12-10T08:30", "1815-12-10T08:30:00Z"},
		{"Logical", "Poet", ".f.", "false"},
	} {
		set(c.kind, c.name, c.value).wantRedirect("foxweb.lc")
		v.get("foxweb.lc").want(atom.Article, c.name+" "+c.shown+" Remove")
	}
	a := v.get("foxweb.lc")
	a.want(atom.Article, "GetVarArray has found 4")
	checkHTML(t, v.site, a.body)
	kept := id()
	if again := id(); again != kept {
		t.Errorf("a session with variables changes its id from %s to %s", kept, again)
	}
	if strings.Contains(a.text(atom.Article), "Session.LastHit is 0.") {
		t.Error("a session with variables has no LastHit")
	}
	for _, c := range []struct{ kind, name, value, problem string }{
		{"Number", "Count", "many", "That is no Number."},
		{"DateTime", "Born", "yesterday", "That is no DateTime."},
		{"Character", "", "x", "A variable needs a name."},
	} {
		set(c.kind, c.name, c.value).want(atom.Article, c.problem)
	}
	v.get("foxweb.lc").want(atom.Article, "Count 12.5 Remove")

	v.submit("foxweb.lc", "action=Remove&name=Count").wantRedirect("foxweb.lc")
	v.get("foxweb.lc").want(atom.Article, "GetVarArray has found 3")
	v.submit("foxweb.lc", "action=Timeout&minutes=90").wantRedirect("foxweb.lc")
	v.submit("foxweb.lc", "action=Timeout&minutes=0").want(atom.Article, "The timeout is 1 to 1440 minutes.")
	if got := v.get("foxweb.lc").values().Get("minutes"); got != "90" {
		t.Errorf("the timeout is %q, want 90", got)
	}
	v.submit("foxweb.lc", "action=Abandon").wantRedirect("foxweb.lc")
	v.get("foxweb.lc").want(atom.Article, "The session has no variables.")
}

// TestSampleSitePyHP logs in and out in the words of PyHP (P8).
func TestSampleSitePyHP(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	v.get("pyhp.lc").want(atom.Article, "You are not logged in.")
	v.submit("pyhp.lc", "action=log+in&username=ada&password=steam").wantRedirect("pyhp.lc")
	v.get("pyhp.lc").want(atom.Article, "That was wrong.")
	before := v.cookie("PYHPSESSION")
	v.submit("pyhp.lc", "action=log+in&username=ada&password=engine").wantRedirect("pyhp.lc")
	a := v.get("pyhp.lc")
	a.want(atom.Article, "Welcome ada")
	checkHTML(t, v.site, a.body)
	after := v.cookie("PYHPSESSION")
	if after == before || after == "" {
		t.Errorf("the login has changed the id %s to %s", before, after)
	}
	v.get("form.lc")
	v.get("pyhp.lc").want(atom.Article, "Welcome ada")

	other := newVisitor(t, v.site)
	other.setCookie("PYHPSESSION", before)
	other.get("pyhp.lc").want(atom.Article, "You are not logged in.")

	v.submit("pyhp.lc", "action=log+out").wantRedirect("pyhp.lc")
	v.get("pyhp.lc").want(atom.Article, "You are not logged in.")
	other = newVisitor(t, v.site)
	other.setCookie("PYHPSESSION", after)
	other.get("pyhp.lc").want(atom.Article, "You are not logged in.")
}
