package tests

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A rule says who may import what. Folders count with what is below them, and
// the first rule for an import decides.
type rule struct {
	imported string   // a folder of the module, or the path of another package
	by       []string // the folders that may; "." is main.go
	why      string
}

var rules = []rule{
	{"tests", []string{"tests"}, "programs do not need their tests"},
	{"lua/moduletest", nil, "only tests of modules need it"},
	{"session/storetest", nil, "only tests of stores need the suite"},
	{"lua/vm", []string{"lua"}, "only pages are run on the machine"},
	{"lua", []string{"."}, "lua ties the leaves together, so they cannot know it"},
	{"cgi/server", []string{"."}, "it costs start-up time where it is not wanted"},
	{"cgi", []string{".", "cgi", "lua"}, "the HTTP edge is a leaf"},
	{"template", []string{"lua"}, "the page compiler is a leaf"},
	{"session", []string{".", "lua", "session"}, "sessions know neither Lua nor HTTP"},

	{"github.com/yuin/gopher-lua", []string{"lua"}, "the engine has one owner"},
	{"golang.org/x/net/html", nil, "it costs start-up time; tests compare the link rewriter with it"},
	{"net/http", []string{"cgi/server"}, "it costs start-up time: a third of an empty program's"},
	{"encoding/json", []string{".", "session/admin"}, "it costs start-up time"},
	{"regexp", []string{"lua/re"}, "it costs start-up time"},
	{"golang.org/x/crypto", []string{"lua/crypto"}, "passwords have one owner"},
	{"html/template", nil, "pages have their own compiler"},
	{"text/template", nil, "pages have their own compiler"},
	{"github.com/chromedp", nil, "only tests drive a browser"},
	{"github.com/fxamacker/cbor", nil, "only tests compare encodings"},
	{"github.com/rogpeppe/go-internal", nil, "only tests run scripts"},
}

// alone are the folders that may import nothing of the module but what is below
// them and these.
var alone = map[string][]string{
	"cgi":            nil,
	"template":       nil,
	"session":        nil,
	"session/links":  nil,
	"lua/vm":         {"lua/time/strftime"},
	"lua/option":     nil,
	"lua/moduletest": {"lua/vm"},
	"lua/keypath":    nil,
	"lua/time":       {"lua/vm", "lua/option"},
	"lua/json":       {"lua/vm", "lua/option", "lua/keypath", "lua/time"},
	"lua/url":        {"lua/vm", "lua/option", "lua/keypath"},
	"lua/re":         {"lua/vm", "lua/option"},
	"lua/utf8":       {"lua/vm", "lua/option"},
	"lua/crypto":     {"lua/vm", "lua/option"},
	"lua/csrf":       {"lua/vm", "lua/option", "cgi"},
	"lua/log":        {"lua/vm", "lua/option"},
	"lua/compat":     nil,
	"lua/doctor":     {"lua/vm", "lua/shell", "cgi"},
	"lua/types":      {"lua/shell"},
	"lua/shell":      nil,
}

// below reports whether a folder or package is base or is below it.
func below(name, base string) bool {
	return name == base || base != "." && strings.HasPrefix(name, base+"/")
}

// forbids returns the rule that an import breaks, or nil.
func forbids(folder, imported string) *rule {
	for i := range rules {
		r := &rules[i]
		if !below(imported, r.imported) {
			continue
		}
		if below(folder, r.imported) || slices.ContainsFunc(r.by, func(by string) bool { return below(folder, by) }) {
			return nil
		}
		return r
	}
	return nil
}

// TestArchitecture reads what every package imports.
func TestArchitecture(t *testing.T) {
	files := 0
	err := filepath.WalkDir("..", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, _ := filepath.Rel("..", file)
		folder := filepath.ToSlash(filepath.Dir(rel))
		switch {
		case entry.IsDir() && rel != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return filepath.SkipDir
		case entry.IsDir(), !strings.HasSuffix(file, ".go"), strings.HasSuffix(file, "_test.go"), below(folder, "tests"), below(folder, "session/storetest"):
			return nil
		}
		files++
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			own, isOwn := strings.CutPrefix(imported, "lcgi/")
			if isOwn {
				imported = own
				for base, others := range alone {
					if below(folder, base) && !below(own, base) && !slices.Contains(others, own) {
						t.Errorf("%s imports %s, but %s stands alone", rel, own, base)
					}
				}
			}
			if r := forbids(folder, imported); r != nil {
				t.Errorf("%s imports %s: %s", rel, imported, r.why)
			}
			if path.Base(imported) == "gopher-lua" && (spec.Name == nil || spec.Name.Name != "glua") {
				t.Errorf("%s imports gopher-lua, but not as glua", rel)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 100 {
		t.Errorf("%d files were read; there are more", files)
	}
}

// TestArchitectureRules: the rules forbid what they are there for.
func TestArchitectureRules(t *testing.T) {
	for _, c := range []struct {
		folder, imported string
		allowed          bool
	}{
		{"cgi", "session", false},
		{"cgi", "lua", false},
		{"session", "cgi", false},
		{"template", "cgi", false},
		{"session/links", "golang.org/x/net/html", false},
		{"cgi", "net/http", false},
		{"cgi/server", "net/http", true},
		{"session/admin", "session", true},
		{".", "lua", true},
		{"session", "github.com/yuin/gopher-lua", false},
	} {
		if allowed := forbids(c.folder, c.imported) == nil; allowed != c.allowed {
			t.Errorf("%s imports %s: allowed is %t", c.folder, c.imported, allowed)
		}
	}
}
