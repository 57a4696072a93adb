package tests

import (
	_ "embed"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A feature is what the users of one of the five systems rely on: a row of the
// table in testdata/features.txt. Its test is run over each way in, and once for
// each spelling.
type feature struct {
	row       string
	spellings []spelling
	test      func(t *testing.T, p *pageSite, s spelling)
}

// A spelling is a set of pages that do the same as those of the feature's other
// spellings, in the words of one system.
type spelling struct {
	name    string // "native", or the module that gives pages the words
	pages   map[string]string
	cookie  string            // the name of the session's cookie; LCSESSION if empty
	prepend string            // what LCGI_PREPEND runs before every page
	env     map[string]string // further settings
}

// native is a spelling that needs no module. The pages are pairs of a name
// without its extension and a text.
func native(pages ...string) spelling { return spelled("native", "", pages) }

// compat is the spelling of a system in whose pages module is required first.
func compat(module string, pages ...string) spelling {
	s := spelled(module, `<?lc require "`+module+`" ?>`, pages)
	s.cookie = compatCookie(module)
	return s
}

// compatCookie is the name of the cookie that the pages of a system have.
func compatCookie(module string) string {
	switch module {
	case lasso:
		return lassoCookie
	case foxweb:
		return "FOXWEBSESSION"
	case alphafive:
		return "A5SESSION"
	}
	return "PYHPSESSION"
}

func spelled(name, first string, pages []string) spelling {
	s := spelling{name: name, pages: map[string]string{}, cookie: "LCSESSION"}
	for pair := range slices.Chunk(pages, 2) {
		s.pages[pair[0]+".lc"] = first + pair[1]
	}
	return s
}

// prepended is the spelling of a system whose module is required by a file that
// runs before every page.
func prepended(module string, pages ...string) spelling {
	s := spelled(module, "", pages)
	s.cookie = compatCookie(module)
	s.prepend = `<?lc require "` + module + `" ?>`
	return s
}

func (s spelling) withCookie(name string) spelling {
	s.cookie = name
	return s
}

func (s spelling) withEnv(name, value string) spelling {
	s.env = map[string]string{name: value}
	return s
}

// features returns all that are tested.
func features() []feature {
	return slices.Concat(liveCodeFeatures(), lassoFeatures(), foxWebFeatures(), alphaFiveFeatures(), pyhpFeatures())
}

//go:embed testdata/features.txt
var featureTable string

// TestFeatures tests every row of the table of features: id, tab, what it is.
func TestFeatures(t *testing.T) {
	var rows []string
	for line := range strings.Lines(featureTable) {
		row, _, _ := strings.Cut(line, "\t")
		rows = append(rows, row)
	}
	var tested []string
	for _, f := range features() {
		tested = append(tested, f.row)
		if !slices.Contains(rows, f.row) {
			t.Errorf("%s is tested and no row of the table", f.row)
		}
	}
	for _, row := range rows {
		if !slices.Contains(tested, row) {
			t.Errorf("%s is a row of the table and not tested", row)
		}
	}
	for _, f := range features() {
		t.Run(f.row, func(t *testing.T) {
			t.Parallel()
			for _, s := range f.spellings {
				t.Run(s.name, func(t *testing.T) { s.overWays(t, f.test) })
			}
		})
	}
}

func (s spelling) overWays(t *testing.T, test func(t *testing.T, p *pageSite, s spelling)) {
	env := map[string]string{}
	for name, value := range s.env {
		env[name] = value
	}
	if s.prepend != "" {
		file := filepath.Join(t.TempDir(), "prepend.lc")
		if err := os.WriteFile(file, []byte(s.prepend), 0o644); err != nil {
			t.Fatal(err)
		}
		env["LCGI_PREPEND"] = file
	}
	overWays(t, s.pages, env, func(t *testing.T, p *pageSite) { test(t, p, s) })
}

// sessionID returns the id that the guest's browser keeps for a session.
func (g *guest) sessionID(name string) string {
	g.t.Helper()
	id := g.cookies[name]
	if len(id) != 64 {
		g.t.Fatalf("the cookie %s is %q, want an id of 64 digits; there are %v", name, id, g.cookies)
	}
	return id
}

// withID is a new guest whose browser sends an id as the cookie of a session.
func (p *pageSite) withID(t *testing.T, name, id string) *guest {
	g := p.guest(t)
	g.cookies[name] = id
	return g
}
