package tests

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// modulePages are the modules that have a page of their own in sample-site.
func modulePages() []string {
	return []string{"json", "url", "re", "utf8", "crypto", "csrf", "log", "time"}
}

// TestModulePages compares the reference page of every module with the module:
// the names of what is in it and of the options, in both directions, and every
// example with what it evaluates to.
func TestModulePages(t *testing.T) {
	site := sampleSite(t, nil)
	for _, module := range modulePages() {
		t.Run(module, func(t *testing.T) {
			page := newVisitor(t, site).get(module + ".lc")
			if page.status != http.StatusOK {
				t.Fatalf("status %d, log: %s", page.status, site.Log())
			}
			tables := make(reference)
			tables.add(t, page.doc)

			wantNames(t, module+" functions", tables.names(t, "functions"), listed(t,
				`for name in pairs(require "`+module+`") do put("`+module+`.", name, " ") end`))
			compareOptions(t, module, tables)
			compareExamples(t, module, tables.table(t, "examples"))
			for _, example := range all(page.doc, func(n *html.Node) bool { return attr(n, "class") == "example" }) {
				runPage(t, "<?lc local "+module+" = require '"+module+"' "+innerText(example)+" ?>", "")
			}
			if len(all(page.doc, is(atom.H1))) != 1 {
				t.Error("the page has not one heading of the first rank")
			}
		})
	}
}

// compareOptions looks for the table of options of each function that takes
// some, and compares it with the message that lists them.
func compareOptions(t *testing.T, module string, tables reference) {
	t.Helper()
	documented := make(map[string]bool)
	for id := range tables {
		if name, ok := strings.CutSuffix(id, "-options"); ok {
			documented[name] = true
		}
	}
	call := regexp.MustCompile(`^` + module + `\.(\w+)\((.*)\)$`)
	for _, row := range tables.table(t, "functions") {
		parts := call.FindStringSubmatch(row[0].text)
		if parts == nil {
			continue // a value, or f{ … }
		}
		arguments := strings.FieldsFunc(parts[2], func(r rune) bool { return strings.ContainsRune(" ,[]", r) })
		at := slices.Index(arguments, "options")
		if at < 0 {
			continue
		}
		name := parts[1]
		if !documented[name] {
			t.Errorf("%s.%s takes options, but there is no table %s-options", module, name, name)
			continue
		}
		delete(documented, name)
		offered := listedOptions(t, module, name, at)
		if len(offered) == 0 {
			t.Errorf("%s.%s lists no options", module, name)
			continue
		}
		wantNames(t, module+" "+name+"-options", tables.names(t, name+"-options"), offered)
	}
	for name := range documented {
		t.Errorf("there is a table %s-options, but %s.%s(…, options) is not among the functions", name, module, name)
	}
}

// listedOptions returns the options that a function names when it is given one
// that does not exist as argument at, from 0. What the arguments before it must
// be is not known: all combinations of a few values are tried.
func listedOptions(t *testing.T, module, name string, at int) []string {
	t.Helper()
	return listed(t, fmt.Sprintf(`
		local f, at = require(%q)[%q], %d + 1
		local values, args = { "x", 1, {}, print, require("time").unix(0) }, {}
		args[at] = { nothing = 1 }
		local function try(n)
			if n < at then
				for _, value in ipairs(values) do
					args[n] = value
					try(n + 1)
				end
				return
			end
			local _, message = pcall(f, unpack(args, 1, at))
			local names = tostring(message):match("there is no option nothing; there are ([%%w ]+)")
			if names then
				put(names)
				exit()
			end
		end
		try(1)`, module, name, at))
}

// compareExamples evaluates expressions, and compares what they give with what
// the page says: the text of each result, separated by commas.
func compareExamples(t *testing.T, module string, rows [][]cell) {
	t.Helper()
	for _, row := range rows {
		expression := row[0].code[0]
		if len(row[1].code) != 1 {
			t.Errorf("%s: the value is not one piece of code: %q", expression, row[1].code)
			continue
		}
		got, err := evaluate(t, module, expression)
		if err != "" {
			t.Errorf("%s fails: %s", expression, err)
		} else if want := row[1].code[0]; got != want {
			t.Errorf("%s gives %q, but the page says %q", expression, got, want)
		}
	}
}

// evaluate returns the results of a Lua expression in a page, or the log of one
// that fails.
func evaluate(t *testing.T, module, expression string) (results, failure string) {
	t.Helper()
	site := direct.NewSite(t, lcgi, map[string]string{"page.lc": `<?lc
		local ` + module + ` = require "` + module + `"
		local function show(...)
			for i = 1, select("#", ...) do
				put(i > 1 and ", " or "", tostring((select(i, ...))))
			end
		end
		show(` + expression + `)
	?>`})
	r := site.Do(t, wire.Get("/page.lc"))
	if r.Status != http.StatusOK {
		return "", r.Stderr
	}
	return string(r.Body), ""
}
