package tests

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lcgi/tests/binary"
	"lcgi/tests/servers"
)

// samplePages are the pages of sample-site that visitors read, each with text
// that its first visit shows.
func samplePages() map[string][]string {
	return map[string][]string{
		"index.lc":    {"Pages that remember", "The LiveCode lesson on sessions", "lcgi serve folder"},
		"hello.lc":    {"Hello stranger", "Earth is number 3 (we are here)", `<img src=x onerror="alert('!')"> & 'more'`, "<b>★★★</b>"},
		"include.lc":  {"Bread", "Fish & chips", "19.00", "25.40"},
		"lesson.lc":   {"Add John Smith, My Street", "tMyFirstName (empty)"},
		"counter.lc":  {"You have seen 1 page of this manual", "after 30 minutes"},
		"form.lc":     {"Nothing is remembered yet."},
		"answer.lc":   {"This page was answered with 200", "Your browser keeps no note."},
		"module.lc":   {"1,250.00 in three parts", "Part 1 416.66 Part 2 416.67 Part 3 416.67"},
		"error.lc":    {"Add up the cart", "line 7 of parts/broken.lc", brokenMessage},
		"cart.lc":     {"Cheese 12.95 − 0 + 0.00", "Total 0.00", "You are not signed in."},
		"remember.lc": {"You are not signed in.", "Remember me for 30 days"},
		"tour.lc":     {"nothing yet, so this is a new session", "So far you have seen: start."},
		"files.lc":    {"Nothing is drawn yet.", "/files.lc?-session=LCSESSION&-file="},
		"shared.lc":   {"This page has been read 1 time", "There is no notice."},

		"upload.lc":    {"Pictures or PDFs, up to 5 MB each", "You have sent nothing yet."},
		"download.lc":  {"The primes below 10,000", "/download.lc?file=primes.txt'"},
		"tasks.lc":     {"A task", "POST api.lc 201, the new task"},
		"stream.lc":    {"Count primes for some seconds", "fastcgi_param NO_BUFFERING 1;"},
		"login.lc":     {"You are not logged in.", "Sign up"},
		"guestbook.lc": {"It is empty. Be the first.", "<script>alert(1)</script>"},

		"tour-form.lc": {"you have seen form."},
		"tour-end.lc":  {"You are here with no luggage."},

		"lasso.lc":          {"Your Favorite Forms of Superluminal Travel", "with the result new."},
		"foxweb.lc":         {"The session has no variables.", "Session.LastHit is 0."},
		"alphafive.lc":      {"session.greeting to “Hello from the first page”", "Nothing is announced.", "the number of live sessions"},
		"alphafive-next.lc": {"There is no session.greeting.", "The plain variable greeting is nil"},
		"pyhp.lc":           {"You are not logged in."},

		"json.lc":   {"json.encode(value, [options])"},
		"url.lc":    {"url.parse("},
		"re.lc":     {"re.match("},
		"utf8.lc":   {"utf8.char("},
		"time.lc":   {"time.format("},
		"crypto.lc": {"crypto.hashPassword("},
		"csrf.lc":   {"csrf.check("},
		"log.lc":    {"log.warn("},

		"reference.lc": {
			"Only <?= ?> escapes.", "put(value, …)", "response.deleteCookie(name, options)", "LCGI_MAX_BODY 8MB",
		},
		"doctor.lc":   {"SCRIPT_FILENAME", "flushed, renamed and removed"},
		"sessions.lc": {"start session", "s:rotate(grace)", "is this moment: "},
	}
}

// followingPages are those that are no entries of the site's navigation, with
// the page they belong to.
func followingPages() map[string]string {
	return map[string]string{
		"alphafive-next.lc": "alphafive.lc",
		"tour-form.lc":      "tour.lc",
		"tour-end.lc":       "tour.lc",
	}
}

// brokenMessage is Lua's message for the error that error.lc makes on purpose,
// which quotes it.
const brokenMessage = "attempt to perform arithmetic on field 'price' (a nil value)"

// sampleParts are the pages that others include.
func sampleParts() []string {
	return []string{
		"parts/broken.lc", "parts/footer.lc", "parts/header.lc", "parts/item.lc", "parts/names.lc", "parts/pages.lc",
		"parts/source.lc", "parts/tour.lc",
	}
}

// sampleAnswers are the pages that answer programs and show nothing.
func sampleAnswers() []string {
	return []string{"api.lc"}
}

func sampleRoot(t *testing.T) string {
	t.Helper()
	root, err := binary.ModuleRoot()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, "sample-site")
}

// sampleSite starts the sample site behind Go's CGI gateway.
func sampleSite(t *testing.T, env map[string]string) *servers.Server {
	t.Helper()
	return servers.Start(t, servers.Gateway, servers.Site{Binary: lcgi, Root: sampleRoot(t), Env: env})
}

// overSampleSites runs a test on the sample site in a process for each request,
// and in one that serves all.
func overSampleSites(t *testing.T, env map[string]string, test func(t *testing.T, site *servers.Server)) {
	t.Helper()
	for _, kind := range []servers.Kind{servers.Gateway, servers.Serve} {
		t.Run(string(kind), func(t *testing.T) {
			test(t, servers.Start(t, kind, servers.Site{Binary: lcgi, Root: sampleRoot(t), Env: env}))
		})
	}
}

// TestSampleSiteIsCovered fails when a page was added that no test reads, or
// that the site's own list of pages lacks.
func TestSampleSiteIsCovered(t *testing.T) {
	root := os.DirFS(sampleRoot(t))
	list, err := fs.ReadFile(root, "parts/pages.lc")
	if err != nil {
		t.Fatal(err)
	}
	covered := append(sampleParts(), sampleAnswers()...)
	for name := range samplePages() {
		covered = append(covered, name)
		listed := bytes.Contains(list, []byte(`file = "`+name+`"`))
		if _, follows := followingPages()[name]; listed == follows {
			t.Errorf("parts/pages.lc lists %s: %t", name, listed)
		}
	}
	var found []string
	err = fs.WalkDir(root, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".lc" {
			found = append(found, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(covered)
	slices.Sort(found)
	if !slices.Equal(found, covered) {
		t.Errorf("the pages of sample-site are\n%q\nand those with a case are\n%q", found, covered)
	}
}

// TestSampleSitePages reads every page as a new visitor: it shows what it is
// for, and its own source byte by byte, in HTML without a fault.
func TestSampleSitePages(t *testing.T) {
	site := sampleSite(t, nil)
	for name, facts := range samplePages() {
		t.Run(name, func(t *testing.T) {
			a := newVisitor(t, site).get(name)
			if a.status != 200 || a.header.Get("Content-Type") != "text/html; charset=utf-8" {
				t.Fatalf("status %d, type %q, log: %s", a.status, a.header.Get("Content-Type"), site.Log())
			}
			shown := a.text(atom.Article)
			for _, fact := range facts {
				if !strings.Contains(shown, fact) {
					t.Errorf("the page does not show %q:\n%s", fact, shown)
				}
			}
			if rest := strings.ReplaceAll(shown, brokenMessage, ""); strings.Contains(rest, "attempt to") || strings.Contains(rest, "nil value") {
				t.Errorf("the page has the text of an error:\n%s", shown)
			}
			checkCurrent(t, name, a.doc)
			checkSources(t, site, name, a.doc)
			checkHTML(t, site, a.body)
		})
	}
}

// checkCurrent looks for the one link of the navigation that is marked, which is
// that of the page or of the page it belongs to.
func checkCurrent(t *testing.T, name string, doc *html.Node) {
	t.Helper()
	to, mark := name, "page"
	if parent, follows := followingPages()[name]; follows {
		to, mark = parent, "true"
	}
	current := all(doc, func(n *html.Node) bool { return hasAttr(n, "aria-current") })
	if len(current) != 1 {
		t.Fatalf("%d links are marked as current", len(current))
	}
	href, _, _ := strings.Cut(attr(current[0], "href"), "?") // the tour's links carry an id
	if href != to || attr(current[0], "aria-current") != mark {
		t.Errorf("the link to %s is marked as current, as %q", href, attr(current[0], "aria-current"))
	}
}

// TestSampleSiteEverywhere reads the site behind each server: a page finds its
// parts and its own file, and remembers.
func TestSampleSiteEverywhere(t *testing.T) {
	for _, kind := range servers.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			site := servers.Start(t, kind, servers.Site{Binary: lcgi, Root: sampleRoot(t)})
			v := newVisitor(t, site)
			checkSources(t, site, "include.lc", v.get("include.lc").doc)
			v.get("module.lc?amount=0.05").want(atom.Article, "Part 1 0.01 Part 2 0.02 Part 3 0.02")
			if a := v.get("lib/money.lua"); a.status < 400 || strings.Contains(a.body, "function") {
				t.Errorf("a module is sent to visitors, with status %d", a.status)
			}
			v.get("counter.lc").want(atom.Article, "You have seen 3 pages of this manual")
			v.submit("files.lc", "numbers=3+1").wantRedirect("files.lc")
			if a := v.get(v.get("files.lc").link("Save the numbers")); a.body != "number\r\n3\r\n1\r\n" {
				t.Errorf("the private file is answered with %d:\n%s", a.status, a.body)
			}
			checkTracked(t, v.get("tour.lc"))
		})
	}
}

// checkSources compares the sources that a page shows with the files.
func checkSources(t *testing.T, site *servers.Server, name string, doc *html.Node) {
	t.Helper()
	var files []string
	for _, figure := range all(doc, is(atom.Figure)) {
		file := innerText(first(figure, is(atom.Figcaption)))
		files = append(files, file)
		want, err := os.ReadFile(filepath.Join(site.Root, file))
		if err != nil {
			t.Error(err)
			continue
		}
		pre := first(figure, is(atom.Pre))
		if got := innerText(pre); got != string(want) {
			t.Errorf("the source of %s is shown as\n%s", file, got)
		}
		lines := all(pre, func(n *html.Node) bool { return attr(n, "class") == "line" })
		if len(lines) != bytes.Count(want, []byte("\n")) {
			t.Errorf("%s is shown with %d numbered lines", file, len(lines))
		}
		for i, line := range lines {
			if want := fmt.Sprintf("%s:%d", file, i+1); attr(line, "id") != want {
				t.Fatalf("a line has the id %q, want %q", attr(line, "id"), want)
			}
		}
	}
	if !slices.Contains(files, name) {
		t.Errorf("the page shows the sources %q and not its own", files)
	}
}

// TestSampleSiteParts requests what is made for being included.
func TestSampleSiteParts(t *testing.T) {
	site := sampleSite(t, nil)
	for _, name := range sampleParts() {
		a := newVisitor(t, site).get(name)
		if a.status != 200 || a.body != "" || a.header.Get("Set-Cookie") != "" {
			t.Errorf("%s: status %d, cookie %q, body %q", name, a.status, a.header.Get("Set-Cookie"), a.body)
		}
	}
}

// TestSampleSiteCounter counts over several pages, and anew after the session
// is deleted. A page that fails is not counted.
func TestSampleSiteCounter(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	for i, name := range []string{"counter.lc", "index.lc", "counter.lc", "hello.lc?name=Ada"} {
		v.get(name).want(atom.Header, fmt.Sprintf("Pages seen: %d", i+1))
	}
	v.get("error.lc?cart=add")
	v.get("counter.lc").want(atom.Article, "You have seen 5 pages of this manual")
	newVisitor(t, v.site).get("counter.lc").want(atom.Article, "You have seen 1 page of this manual")

	a := v.submit("counter.lc", "action=delete")
	a.wantRedirect("counter.lc")
	if line := a.header.Get("Set-Cookie"); !strings.Contains(line, "Max-Age=0") {
		t.Errorf("Set-Cookie is %q, want one that expires the cookie", line)
	}
	v.get("counter.lc").want(atom.Article, "You have seen 1 page of this manual")
}

// TestSampleSiteForm fills in the form, comes back, and clears it.
func TestSampleSiteForm(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	const name, note = `"><b>Zoë</b>`, "\nfirst line\r\n</textarea><h1>last"
	sent := url.Values{"name": {name}, "colour": {"green"}, "note": {note}, "action": {"save"}}
	v.submit("form.lc", sent.Encode()).wantRedirect("form.lc")
	v.get("index.lc")

	a := v.get("form.lc")
	a.want(atom.Article, "Welcome back, "+name)
	if got := attr(first(a.doc, hasID("name")), "value"); got != name {
		t.Errorf("the name is %q, want %q", got, name)
	}
	if got, want := innerText(first(a.doc, hasID("note"))), strings.ReplaceAll(note, "\r", ""); got != want {
		t.Errorf("the note is %q, want %q", got, want)
	}
	for _, radio := range all(a.doc, func(n *html.Node) bool { return attr(n, "name") == "colour" }) {
		if colour, checked := attr(radio, "value"), hasAttr(radio, "checked"); checked != (colour == "green") {
			t.Errorf("%s: checked is %t", colour, checked)
		}
	}
	checkHTML(t, v.site, a.body)

	newVisitor(t, v.site).get("form.lc").want(atom.Article, "Nothing is remembered yet.")
	v.submit("form.lc", "action=clear").wantRedirect("form.lc")
	v.get("form.lc").want(atom.Article, "Nothing is remembered yet.")
}

// TestSampleSiteLesson adds, reads and deletes with the lesson's code, which
// stands in the page as it is printed.
func TestSampleSiteLesson(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	source, err := os.ReadFile(filepath.Join(v.site.Root, "lesson.lc"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range []string{lessonStart, lessonAdd, lessonRead, lessonDelete} {
		if !bytes.Contains(source, []byte("\n"+block+"\n")) {
			t.Errorf("lesson.lc has not this block as it is printed:\n%s", block)
		}
	}
	const nothing = "tMyFirstName (empty) tMyLastName (empty) tMyStreetName (empty)"
	v.get("lesson.lc").want(atom.Article, nothing)
	v.post("lesson.lc", "step=add").wantRedirect("lesson.lc")
	a := v.get("lesson.lc")
	a.want(atom.Article, "tMyFirstName (empty) tMyLastName Smith tMyStreetName My Street")
	a.want(atom.Article, "first_name is: John.")
	v.post("lesson.lc", "step=delete").wantRedirect("lesson.lc")
	v.get("lesson.lc").want(atom.Article, nothing)
}

// TestSampleSiteLessonForms runs the LiveCode forms that the lesson lists.
func TestSampleSiteLessonForms(t *testing.T) {
	forms := innerText(first(newVisitor(t, sampleSite(t, nil)).get("lesson.lc").doc, hasID("forms")))
	r := runPage(t, "<?lc "+forms+" ?>", "")
	if cookie := r.Header.Get("Set-Cookie"); string(r.Body) != "Dr. Ada B." || r.Header.Get("X-Note") != "hello" || !strings.HasPrefix(cookie, "shop=") {
		t.Errorf("the forms give %q, X-Note %q, Set-Cookie %q", r.Body, r.Header.Get("X-Note"), cookie)
	}
}

// TestSampleSiteError follows the link to the error made on purpose, as it is
// answered in public and during development.
func TestSampleSiteError(t *testing.T) {
	v := newVisitor(t, sampleSite(t, nil))
	a := v.get("error.lc?cart=add")
	if a.status != 500 || strings.Contains(a.body, "broken") || strings.Contains(a.body, "cart") {
		t.Errorf("status %d, body:\n%s", a.status, a.body)
	}
	awaitLog(t, v.site, "parts/broken.lc:7: "+brokenMessage)

	v = newVisitor(t, sampleSite(t, map[string]string{"LCGI_ERRORS": "page"}))
	a = v.get("error.lc?cart=add")
	shown := a.text(atom.Body)
	for _, want := range []string{"parts/broken.lc line 7", brokenMessage, "sum = sum + item.price", "error.lc line 13"} {
		if a.status != 500 || !strings.Contains(shown, want) {
			t.Errorf("status %d, no %q in the body:\n%s", a.status, want, a.body)
		}
	}
}

// TestSampleSiteCheck runs "lcgi check" over the site, and over the syntax
// error that error.lc shows, whose message it quotes.
func TestSampleSiteCheck(t *testing.T) {
	root := sampleRoot(t)
	if out, err := exec.Command(lcgi, "check", root).CombinedOutput(); err != nil {
		t.Errorf("lcgi check sample-site: %v\n%s", err, out)
	}

	wrong, err := os.ReadFile(filepath.Join(root, "parts", "syntax-error.txt"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "syntax-error.lc"), wrong, 0o644); err != nil {
		t.Fatal(err)
	}
	check := exec.Command(lcgi, "check", "syntax-error.lc")
	check.Dir = dir
	out, err := check.Output()
	if err == nil {
		t.Error("lcgi check finds nothing wrong with parts/syntax-error.txt")
	}
	message, _, _ := strings.Cut(string(out), "\n")
	newVisitor(t, sampleSite(t, nil)).get("error.lc").want(atom.Article, strings.Join(strings.Fields(message), " "))
}
