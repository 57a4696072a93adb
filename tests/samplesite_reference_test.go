package tests

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lcgi/lua"
	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// A reference is the tables of reference.lc and sessions.lc, by the ids of the
// headings above them: rows of cells.
type reference map[string][][]cell

// A cell of a table: the column it is in, its text in one line, and what in it
// is code.
type cell struct {
	column string
	text   string
	code   []string
}

// readReference returns the tables, and a document with both pages.
func readReference(t *testing.T) (reference, *html.Node) {
	t.Helper()
	tables := make(reference)
	both := &html.Node{Type: html.DocumentNode}
	v := newVisitor(t, sampleSite(t, nil))
	for _, page := range []string{"reference.lc", "sessions.lc"} {
		doc := v.get(page).doc
		tables.add(t, doc)
		root := first(doc, is(atom.Html))
		doc.RemoveChild(root)
		both.AppendChild(root)
	}
	return tables, both
}

// add adds the tables of a page.
func (r reference) add(t *testing.T, doc *html.Node) {
	t.Helper()
	for _, table := range all(doc, is(atom.Table)) {
		id := attr(table, "aria-labelledby")
		if heading := first(doc, hasID(id)); heading == nil || (heading.DataAtom != atom.H2 && heading.DataAtom != atom.H3) {
			t.Errorf("the table %q has no heading", id)
		}
		if r[id] != nil {
			t.Errorf("there is a table for %q on both pages", id)
		}
		for _, tr := range all(first(table, is(atom.Tbody)), is(atom.Tr)) {
			var row []cell
			for _, node := range all(tr, func(n *html.Node) bool { return n.DataAtom == atom.Th || n.DataAtom == atom.Td }) {
				c := cell{column: attr(node, "data-column"), text: strings.Join(strings.Fields(innerText(node)), " ")}
				for _, code := range all(node, is(atom.Code)) {
					c.code = append(c.code, innerText(code))
				}
				row = append(row, c)
			}
			r[id] = append(r[id], row)
		}
	}
}

// table returns the rows below a heading.
func (r reference) table(t *testing.T, id string) [][]cell {
	t.Helper()
	if len(r[id]) == 0 {
		t.Fatalf("the reference has no table for %q", id)
	}
	return r[id]
}

// names returns the first column of a table, without the arguments of calls
// ("f(x)", "f{ x = 1 }").
func (r reference) names(t *testing.T, id string) []string {
	t.Helper()
	var names []string
	for _, row := range r.table(t, id) {
		name, _, _ := strings.Cut(row[0].text, "(")
		name, _, _ = strings.Cut(name, "{")
		names = append(names, name)
	}
	return names
}

// runPage returns the answer to a page that must not fail.
func runPage(t *testing.T, source, query string) *direct.Response {
	t.Helper()
	site := direct.NewSite(t, lcgi, map[string]string{
		"page.lc": source,
		// A property that does not exist, for the message that lists all.
		"property.lc": "<?lc set the nothing to 1 ?>",
	})
	r := site.Do(t, wire.Get("/page.lc?"+query))
	if r.Status != http.StatusOK {
		t.Errorf("status %d; log: %s\n%s", r.Status, r.Stderr, source)
	}
	return r
}

// listed returns the words that a page prints.
func listed(t *testing.T, code string) []string {
	t.Helper()
	return strings.Fields(string(runPage(t, "<?lc "+code+" ?>", "").Body))
}

// wantNames compares what is in the reference with what the machine offers.
func wantNames(t *testing.T, id string, written, offered []string) {
	t.Helper()
	if len(offered) == 0 {
		t.Errorf("%s: the machine lists nothing", id)
	}
	for _, name := range offered {
		if !slices.Contains(written, name) {
			t.Errorf("%s: the reference lacks %s", id, name)
		}
	}
	for i, name := range written {
		if !slices.Contains(offered, name) {
			t.Errorf("%s: the reference has %s, which does not exist", id, name)
		}
		if slices.Contains(written[:i], name) {
			t.Errorf("%s: the reference has %s twice", id, name)
		}
	}
}

// TestReferenceNames compares the tables of names with the tables that pages
// see, and with the messages that list what there is, in both directions.
func TestReferenceNames(t *testing.T) {
	tables, _ := readReference(t)
	for id, code := range map[string]string{
		"request":  `for name in pairs(request) do put("request.", name, " ") end`,
		"response": `for name in pairs(response) do put("response.", name, " ") end`,
		"cookies":  `local _, e = pcall(response.cookie, "a", "b", { nothing = 1 }) put(e:match("there are ([%a ]+)"))`,

		"sendfile-options": `local _, e = pcall(response.sendFile, "a", { nothing = 1 }) put(e:match("there are ([%a ]+)"))`,
		"cache-options":    `local _, e = pcall(response.cache, { nothing = 1 }) put(e:match("there are ([%a ]+)"))`,
	} {
		wantNames(t, id, tables.names(t, id), listed(t, code))
	}

	help, err := exec.Command(lcgi, "help").Output()
	if err != nil {
		t.Fatal(err)
	}
	settings := strings.Fields(string(help))
	settings = slices.DeleteFunc(settings, func(word string) bool { return !strings.HasPrefix(word, "LCGI_") })
	inSessions := func(name string) bool { return strings.HasPrefix(name, "LCGI_SESSION_") }
	wantNames(t, "session-settings", tables.names(t, "session-settings"), slices.DeleteFunc(slices.Clone(settings),
		func(name string) bool { return !inSessions(name) }))
	wantNames(t, "settings", tables.names(t, "settings"), slices.DeleteFunc(settings, inSessions))

	modules := goModules(t)
	compat, err := filepath.Glob("../lua/compat/*.lua")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range compat {
		modules = append(modules, "compat."+strings.TrimSuffix(filepath.Base(file), ".lua"))
	}
	wantNames(t, "modules", tables.names(t, "modules"), modules)
	for _, module := range modules {
		runPage(t, `<?lc require "`+module+`" ?>`, "")
	}
}

// goModules returns the names of the modules that are written in Go, from the
// switch that finds them.
func goModules(t *testing.T) (modules []string) {
	t.Helper()
	for line := range strings.Lines(readFile(t, "../lua/module.go")) {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), `case "`); ok {
			name, _, _ := strings.Cut(rest, `"`)
			modules = append(modules, name)
		}
	}
	return modules
}

// TestReferenceGlobals compares all globals, and the members of the standard
// libraries, with the reference. What the page compiler calls is not for pages.
func TestReferenceGlobals(t *testing.T) {
	tables, _ := readReference(t)
	written := []string{"request", "response", "session", "shared"}
	written = append(written, tables.names(t, "superglobals")...)
	for _, name := range tables.names(t, "functions") {
		if name != "io.write" { // a member, said here because it is used like put
			written = append(written, name)
		}
	}
	for _, row := range tables.table(t, "libraries") {
		library, members := row[0].text, strings.Fields(row[1].text)
		written = append(written, library)
		if library == "_G" {
			written = append(written, members...)
			continue
		}
		wantNames(t, library, members, listed(t, `for name in pairs(`+library+`) do put(name, " ") end`))
	}
	wantNames(t, "globals", written, listed(t, `for name in pairs(_G) do
		if not name:find("^__lc_") then put(name, " ") end
	end`))

	for _, row := range tables.table(t, "differences") {
		if got := listed(t, `put(type(`+row[0].text+`))`); !slices.Contains([]string{"function", "userdata", "string", "table"}, got[0]) {
			t.Errorf("differences: %s is a %s", row[0].text, got)
		}
	}
}

// TestReferenceFields sends what the reference says is sent.
func TestReferenceFields(t *testing.T) {
	tables, _ := readReference(t)
	for _, row := range tables.table(t, "fields") {
		if len(row[1].code) == 0 {
			t.Errorf("nothing is said of %s", row[0].text)
		}
		for _, truth := range row[1].code {
			if r := runPage(t, `<?lc put((`+truth+`) == true) ?>`, row[0].text); string(r.Body) != "true" {
				t.Errorf("after ?%s, it is not true that %s", row[0].text, truth)
			}
		}
	}
}

// TestReferenceLiveCode compares what the LiveCode forms do with what the Lua
// beside them does.
func TestReferenceLiveCode(t *testing.T) {
	tables, _ := readReference(t)
	const before = `<?lc
		if %t then start session end
		local s = %[1]t and session.start{} or nil
		greeting, name = "Hello", "Bo"
	?>[<?lc %s
	?>]<?lc if %[1]t then start session end
		put(greeting, name, sessionLifetime, session.start{}.data.name, cart and cart.apples.count) ?>`
	outcome := func(code string) string {
		r := runPage(t, fmt.Sprintf(before, code != "start session" && code != "session.start{}", code), "")
		return string(r.Body) + r.Header.Get("X-Note")
	}
	nothing := outcome("")
	for _, row := range tables.table(t, "livecode") {
		got := outcome(row[0].text)
		if strings.HasPrefix(row[0].text, "put") && got == nothing {
			t.Errorf("%s does nothing", row[0].text)
		}
		for _, code := range row[1].code {
			if want := outcome(code); got != want {
				t.Errorf("%s gives %q, but %s gives %q", row[0].text, got, code, want)
			}
		}
	}
}

// TestReferenceTags runs a page of each tag.
func TestReferenceTags(t *testing.T) {
	tables, _ := readReference(t)
	for _, row := range tables.table(t, "tags") {
		tag, want := row[0].text, "7[7]"
		if strings.Contains(tag, "x = 1") {
			want = "[1]"
		}
		if r := runPage(t, "<?lc x = 7 ?>"+tag+"[<?= x ?>]", ""); string(r.Body) != want {
			t.Errorf("%s prints %q, want %q", tag, r.Body, want)
		}
	}
}

// TestReferenceEscaping prints the value that the reference names in all the
// places that it names.
func TestReferenceEscaping(t *testing.T) {
	tables, doc := readReference(t)
	const value = `local v = [["Tom" & <Jo>]]`
	if !slices.ContainsFunc(all(doc, is(atom.Code)), func(n *html.Node) bool { return innerText(n) == value }) {
		t.Errorf("the reference has not %s", value)
	}
	for _, row := range tables.table(t, "escaping") {
		if len(row[1].code) != 2 {
			t.Fatalf("%s: %d pieces of code", row[0].text, len(row[1].code))
		}
		written, sent := row[1].code[0], row[1].code[1]
		if r := runPage(t, "<?lc "+value+" ?>"+written, ""); string(r.Body) != sent {
			t.Errorf("%s: %s is sent as\n%s, but the reference says\n%s", row[0].text, written, r.Body, sent)
		}
	}
}

// TestReferenceExamples runs the lines of Lua that stand in its text.
func TestReferenceExamples(t *testing.T) {
	_, doc := readReference(t)
	examples := all(doc, func(n *html.Node) bool { return attr(n, "class") == "example" })
	if len(examples) == 0 {
		t.Error("the reference has no example")
	}
	for _, example := range examples {
		runPage(t, "<?lc "+innerText(example)+" ?>", "")
	}
}

// TestReferenceDefaults sets what has a default to it, which must change
// nothing.
func TestReferenceDefaults(t *testing.T) {
	tables, _ := readReference(t)

	want := lua.DefaultSettings()
	want.Limits = want.Limits.WithDefaults()
	got := want
	for _, table := range []string{"settings", "session-settings"} {
		for id, value := range tables.defaults(t, table) {
			lookup := func(name string) string {
				if name == id {
					return value
				}
				return ""
			}
			if err := got.Apply(lookup); err != nil {
				t.Error(err)
			}
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("with the defaults of the reference the settings are\n%+v, without\n%+v", got, want)
	}

	setCookie := func(options string) string {
		return runPage(t, `<?lc response.cookie("a", "b", { `+options+` }) ?>`, "").Header.Get("Set-Cookie")
	}
	var options strings.Builder
	for name, value := range tables.defaults(t, "cookies") {
		fmt.Fprintf(&options, "%s = %s, ", name, luaLiteral(value))
	}
	if with, without := setCookie(options.String()), setCookie(""); with != without {
		t.Errorf("cookies: %s gives\n%s, and nothing\n%s", options.String(), with, without)
	}
}

// defaults returns the defaults of a table that are values.
func (r reference) defaults(t *testing.T, id string) map[string]string {
	t.Helper()
	defaults := make(map[string]string)
	for _, row := range r.table(t, id) {
		for _, c := range row {
			if c.column == "Default" && len(c.code) == 1 && c.code[0] == c.text {
				defaults[row[0].text] = c.text
			}
		}
	}
	if len(defaults) == 0 {
		t.Fatalf("%s: the reference has no defaults", id)
	}
	return defaults
}

// luaLiteral returns a value as Lua source.
func luaLiteral(value string) string {
	if value == "true" || value == "false" || strings.Trim(value, "0123456789") == "" {
		return value
	}
	return fmt.Sprintf("%q", value)
}
