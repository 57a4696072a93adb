package tests

import (
	"slices"
	"strings"
	"testing"
)

// A phpRow is a behaviour that a test of PHP's session extension
// (ext/session/tests) is about, with a test of our own. The row is named by the
// file of PHP's test; what it does here is what our pages expect, which is not always
// what PHP does.
type phpRow struct {
	file  string
	what  string
	page  string   // the text of the page, which gets its _GET from the steps
	steps []string // pairs of a query and the body of the answer, to one visitor
	also  func(t *testing.T, p *pageSite, page string)
}

// phpGroups are the rows by what they are about.
func phpGroups() map[string][]phpRow {
	return map[string][]phpRow{
		"start":              phpStart(),
		"ids":                phpIDs(),
		"names":              phpNames(),
		"close":              phpClose(),
		"abort and reset":    phpAbort(),
		"destroy":            phpDestroy(),
		"renew":              phpRenew(),
		"values":             phpValues(),
		"precedence":         phpPrecedence(),
		"save path":          phpSavePath(),
		"garbage collection": phpCollection(),
		"cookie parameters":  phpCookies(),
		"links":              phpLinks(),
	}
}

// TestPHPBehaviours runs all rows. A row has its own visitors and shares the
// place with the other rows of its group.
func TestPHPBehaviours(t *testing.T) {
	rows, names := 0, map[string]bool{} // rows that mirror one
	for group, all := range phpGroups() {
		pages := map[string]string{}
		for _, row := range all {
			if names[row.file] {
				t.Errorf("two rows are called %s", row.file)
			}
			if reason, ok := phpNotHere[row.file]; ok {
				t.Errorf("%s is a row, and said not to apply: %s", row.file, reason)
			}
			names[row.file] = true
			pages[row.file+".lc"] = row.page
			if !strings.HasPrefix(row.file, "ours-") {
				rows++
			}
		}
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			overWays(t, pages, nil, func(t *testing.T, p *pageSite) {
				for _, row := range all {
					t.Run(row.file, func(t *testing.T) {
						page := "/" + row.file + ".lc"
						g := p.guest(t)
						for step := range slices.Chunk(row.steps, 2) {
							if got := g.page(page + "?" + step[0]); got != step[1] {
								t.Errorf("%s: %s?%s shows %s, want %s", row.what, row.file, step[0], excerpt(got), step[1])
							}
						}
						if row.also != nil {
							row.also(t, p, page)
						}
					})
				}
			})
		})
	}
	if rows < 112 {
		t.Errorf("there are %d rows, want the 112 behaviours or more", rows)
	}
	t.Logf("%d behaviours; %d tests of PHP do not apply", rows, len(phpNotHere))
}

// phpNotHere are tests of PHP's whose behaviour cannot be met here, with the reason.
var phpNotHere = map[string]string{
	"003":                               "objects of classes: session data are plain values",
	"004":                               "save handlers written by the page: stores are part of lcgi",
	"007":                               "register_globals",
	"010":                               "encoding by the page",
	"019":                               "objects of classes",
	"022":                               "objects of classes",
	"029":                               "decoding a string as a session by the page",
	"bug71683":                          "auto_start is LCGI_PREPEND: row FW1 of the features",
	"bug74936":                          "the age in Cache-Control is the page's own header",
	"bug79031":                          "objects of classes",
	"bug24592":                          "null and unset values: nil is no value of a table",
	"008-php4.2.3":                      "register_globals",
	"011":                               "register_globals",
	"014":                               "ini settings that are changed by the page",
	"023":                               "objects of classes",
	"024":                               "save handlers written by the page",
	"025":                               "save handlers written by the page",
	"026":                               "register_globals",
	"027":                               "register_globals",
	"028":                               "ini settings that are changed by the page",
	"031":                               "choice of a hash function for ids",
	"bug31454":                          "save handlers written by the page",
	"bug32330":                          "save handlers written by the page",
	"bug53141":                          "objects that save themselves",
	"bug55688":                          "save handlers written by the page",
	"bug60860":                          "save handlers written by the page",
	"bug67972":                          "save handlers written by the page",
	"bug69111":                          "save handlers written by the page",
	"bug70133":                          "save handlers written by the page",
	"bug71186":                          "choice of a hash function for ids",
	"bug73529":                          "decoding a string as a session by the page; damaged records are in hostile_session_test.go",
	"bug75140":                          "save handlers written by the page",
	"bug79221":                          "progress of uploads in the session",
	"bug80889":                          "save handlers written by the page",
	"bug80889a":                         "save handlers written by the page",
	"gh9583":                            "save handlers written by the page",
	"rfc1867":                           "progress of uploads in the session",
	"save_handler":                      "save handlers written by the page",
	"session_cache_expire_basic":        "the age in Cache-Control is the page's own header",
	"session_create_id_invalid_prefix":  "ids with a prefix of the page's choice",
	"session_decode_basic":              "decoding a string as a session by the page",
	"session_encode_serialize":          "encoding by the page",
	"session_module_name_basic":         "the store is named by the save path",
	"session_set_save_handler_basic":    "save handlers written by the page",
	"session_start_partitioned":         "the cookie attribute Partitioned",
	"session_start_partitioned_headers": "the cookie attribute Partitioned",
	"session_start_variation9":          "auto_start is LCGI_PREPEND: row FW1 of the features",
	"sessionhandler_open_001":           "save handlers written by the page",
}
