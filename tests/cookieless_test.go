package tests

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"lcgi/tests/browser"
	"lcgi/tests/direct"
	"lcgi/tests/servers"
)

// walkPages are a walk of five pages: by a form with GET, a form with POST, a
// redirect, links with fragments, and out of the site. {foreign} is another site.
var walkPages = map[string]string{
	"parts/step.lc": `<!doctype html><title>Step</title><?lc
		local s = session.start{track = _SERVER.LCGI_TEST_TRACK or "auto"}
		s.data.n = (s.data.n or 0) + 1
		?><p id="n"><?= s.data.n ?></p><p id="cookie"><?= request.headers.cookie or "none" ?></p>`,
	"one.lc":   `<?lc include "parts/step.lc" ?><form action="two.lc"><input name="q" value="a b"><button>go</button></form>`,
	"two.lc":   `<?lc include "parts/step.lc" ?><p id="q"><?= _GET.q ?></p><form action="three.lc" method="post"><input name="p" value="ü"><button>go</button></form>`,
	"three.lc": `<?lc include "parts/step.lc" _SESSION.p = _POST.p redirect("four.lc?from=three#here") ?>`,
	"four.lc":  `<?lc include "parts/step.lc" ?><p id="p"><?= _SESSION.p ?></p><a id="jump" href="#here">jump</a><h2 id="here">Here</h2><a id="on" href="five.lc#end">on</a>`,
	"five.lc":  `<?lc include "parts/step.lc" ?><a id="out" href="{foreign}/page?x=1">out</a><h2 id="end">End</h2>`,
}

// A foreignSite is a server of somebody else, who writes down what visitors tell.
type foreignSite struct {
	*httptest.Server
	mu   sync.Mutex
	told []string
	home string // where its link leads
}

func newForeignSite(t *testing.T) *foreignSite {
	t.Helper()
	// Another address of this machine is another site for a browser.
	listener, err := net.Listen("tcp", "127.0.0.2:0")
	if err != nil {
		t.Skipf("no second address for another site: %v", err)
	}
	f := &foreignSite{}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.told = append(f.told, fmt.Sprintf("%s %s %v", r.Method, r.URL, r.Header))
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><title>Foreign</title><a id="back" href="%s">back</a>`, f.home)
	}))
	f.Listener.Close()
	f.Listener = listener
	f.Start()
	t.Cleanup(f.Close)
	return f
}

// leadsTo sets the link of the site's pages.
func (f *foreignSite) leadsTo(url string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.home = url
}

// visits returns what was written down.
func (f *foreignSite) visits() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.told
}

var sessionIDs = regexp.MustCompile(`[0-9a-f]{64}`)

// TestCookieless walks with Chromium, with cookies blocked and with cookies, where
// the session is tracked by links alone and where it is "auto".
func TestCookieless(t *testing.T) {
	for _, c := range []struct {
		name, track string
		blocked     bool
		decorated   func(page int) bool
	}{
		{"cookies blocked, auto", "auto", true, func(int) bool { return true }},
		{"cookies, link", "link", false, func(int) bool { return true }},
		{"cookies, auto", "auto", false, func(page int) bool { return page == 1 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			foreign := newForeignSite(t)
			root := t.TempDir()
			for name, text := range walkPages {
				text = strings.NewReplacer("{foreign}", foreign.URL, `_SERVER.LCGI_TEST_TRACK or "auto"`, `"`+c.track+`"`).Replace(text)
				direct.Site{Root: root}.Write(t, name, text)
			}
			server := servers.Start(t, servers.Serve, servers.Site{Binary: lcgi, Root: root})
			open := browser.Open
			if c.blocked {
				open = browser.OpenWithoutCookies
			}
			walk(t, open(t), server, foreign, c.blocked, c.decorated)
		})
	}
}

func walk(t *testing.T, tab *browser.Tab, server *servers.Server, foreign *foreignSite, blocked bool, decorated func(page int) bool) {
	address := func() string { return browser.Eval[string](t, tab, "location.href") }
	at := func(page int, path, query, fragment string) {
		t.Helper()
		if got := tab.Text(t, "#n"); got != fmt.Sprint(page) {
			t.Fatalf("page %d of the walk shows %s: the session is lost (%s)", page, got, address())
		}
		location := browser.Eval[[]string](t, tab, "[location.pathname, location.search, location.hash]")
		if location[0] != path || !strings.Contains(location[1], query) || location[2] != fragment {
			t.Errorf("page %d is %q, want %s with %s and %q", page, location, path, query, fragment)
		}
		// Links to own pages are decorated; a session that came by a link is in the address.
		targets := browser.Eval[[]string](t, tab, `[...document.querySelectorAll("form,#on")].map(e => e.action || e.href)`)
		for _, target := range targets {
			if got := sessionIDs.MatchString(target); got != decorated(page) {
				t.Errorf("page %d: the link %s: decorated %v, want %v", page, target, got, decorated(page))
			}
		}
		if cookie := tab.Text(t, "#cookie"); blocked && cookie != "none" {
			t.Errorf("page %d: the browser sends the cookie %q; cookies are blocked", page, cookie)
		}
	}
	follow := func(selector string) {
		t.Helper()
		if status := tab.Click(t, selector); status != 200 {
			t.Fatalf("after %s: status %d\n%s", selector, status, server.Log())
		}
	}
	tab.Go(t, server.URL+"/one.lc")
	at(1, "/one.lc", "", "")
	if blocked {
		if got := browser.Eval[string](t, tab, `document.cookie = "a=1", document.cookie`); got != "" {
			t.Fatalf("cookies are not blocked: %q", got)
		}
	}
	follow("button")
	at(2, "/two.lc", "q=a+b", "")
	if got := tab.Text(t, "#q"); got != "a b" {
		t.Errorf("the form sent %q", got)
	}
	follow("button")
	// The third page is the redirect.
	at(4, "/four.lc", "from=three", "#here")
	if got := tab.Text(t, "#p"); got != "ü" {
		t.Errorf("the form sent %q", got)
	}
	before := address()
	tab.Press(t, "#jump")
	if after := address(); after != before {
		t.Errorf("the link to a fragment leads from %s to %s", before, after)
	}
	follow("#on")
	at(5, "/five.lc", "", "#end")
	id := sessionIDs.FindString(address())
	if id == "" {
		id = sessionIDs.FindString(tab.Text(t, "#cookie"))
	}
	if id == "" {
		t.Fatalf("no id is known at the end of the walk")
	}

	// A foreign page never learns the id, and cannot make a visitor use one.
	foreign.leadsTo(server.URL + "/one.lc?LCSESSION=" + id)
	follow("#out")
	told := foreign.visits()
	if len(told) == 0 || !strings.Contains(told[0], "/page?x=1") {
		t.Fatalf("the foreign site was not visited: %q", told)
	}
	for _, request := range told {
		if sessionIDs.MatchString(request) || decorated(5) && strings.Contains(request, "Referer") {
			t.Errorf("the foreign site was told %s", request)
		}
	}
	follow("#back")
	want := "6" // by the cookie
	if tracked := decorated(2); tracked {
		want = "1"
	}
	if got := tab.Text(t, "#n"); got != want {
		t.Errorf("by a link of the foreign site, with an id in it, the page shows %s, want %s", got, want)
	}
}
