package types_test

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yuin/gopher-lua/parse"

	"lcgi/lua/types"
)

// A class is what the annotation files declare under one name.
type class struct {
	file    string
	members map[string]string // their kinds: "function" or "value"
}

// Declarations are all that the annotation files say.
type declarations struct {
	classes map[string]*class
	globals map[string]string // their kinds
	objects map[string]string // the classes of global tables, and of the tables that modules return, by "require NAME"
	params  map[string]string // of functions, by the name that a file has for them: "a, [b], ..."
}

var (
	metaLine     = regexp.MustCompile(`^---@meta(?: ([\w.]+))?$`)
	classLine    = regexp.MustCompile(`^---@class ([\w.]+)(?:: \w+)?$`)
	fieldLine    = regexp.MustCompile(`^---@field (\w+)(\?)? (.+)$`)
	functionLine = regexp.MustCompile(`^function ([\w.:]+)\(([^)]*)\) end$`)
	variableLine = regexp.MustCompile(`^(local )?([\w.]+) = .+$`)
	returnLine   = regexp.MustCompile(`^return (\w+)$`)
	paramLine    = regexp.MustCompile(`^---@param (\w+|\.\.\.)(\?)? (.+)$`)
	ownType      = regexp.MustCompile(`\blcgi\.[\w.]+`)
)

// declared reads the annotation files, and fails the test for what LuaLS would
// report of them: names of parameters that a function has not, types that no file
// declares, and the like.
func declared(t *testing.T) declarations {
	t.Helper()
	all, err := types.Files()
	if err != nil {
		t.Fatal(err)
	}
	d := declarations{classes: make(map[string]*class), globals: make(map[string]string), objects: make(map[string]string), params: make(map[string]string)}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d.read(t, name, string(all[name]))
	}
	for name, text := range all {
		for line := range strings.Lines(string(text)) {
			if !strings.HasPrefix(line, "---@") {
				continue
			}
			for _, used := range ownType.FindAllString(line, -1) {
				if d.classes[used] == nil {
					t.Errorf("%s: there is no type %s: %s", name, used, line)
				}
			}
		}
	}
	return d
}

// read reads one file.
func (d *declarations) read(t *testing.T, name, text string) {
	t.Helper()
	if _, err := parse.Parse(strings.NewReader(text), name); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	var pending *class // declared and not yet given to a variable
	var pendingName string
	var params, marked []string // the names; and those in brackets that may be left out
	described := false          // a line of text stands above
	variables := make(map[string]string)
	module := ""
	lines := strings.Split(text, "\n")
	fail := func(i int, format string, args ...any) {
		t.Helper()
		t.Errorf("%s:%d: %s: %s", name, i+1, fmt.Sprintf(format, args...), lines[i])
	}
	for i, line := range lines {
		if m := metaLine.FindStringSubmatch(line); m != nil {
			module = m[1]
			if i != 0 || module != "" && strings.ReplaceAll(module, ".", "/") != strings.TrimSuffix(name, ".lua") {
				fail(i, "this is not the first line, or has not the name of the file")
			}
			continue
		}
		if i == 0 {
			fail(i, "the first line must be ---@meta")
		}
		switch {
		case classLine.MatchString(line):
			pendingName = classLine.FindStringSubmatch(line)[1]
			pending = &class{file: name, members: make(map[string]string)}
			if d.classes[pendingName] != nil {
				fail(i, "there are two")
			}
			d.classes[pendingName] = pending
		case strings.HasPrefix(line, "---@field ["), strings.HasPrefix(line, "---@operator "):
			if pending == nil {
				fail(i, "this belongs to no class")
			}
		case fieldLine.MatchString(line):
			m := fieldLine.FindStringSubmatch(line)
			if pending == nil || pending.members[m[1]] != "" {
				fail(i, "this belongs to no class, or is there already")
				continue
			}
			pending.members[m[1]] = kindOf(m[3])
		case paramLine.MatchString(line):
			m := paramLine.FindStringSubmatch(line)
			params = append(params, m[1])
			if m[2] != "" {
				m[1] = "[" + m[1] + "]"
			}
			marked = append(marked, m[1])
		case strings.HasPrefix(line, "---@type "), strings.HasPrefix(line, "---@return "), strings.HasPrefix(line, "---@overload "), strings.HasPrefix(line, "---@generic "):
		case strings.HasPrefix(line, "---@"):
			fail(i, "this test does not know this annotation")
		case strings.HasPrefix(line, "---"):
			described = true
		case strings.HasPrefix(line, "--"):
		case functionLine.MatchString(line):
			m := functionLine.FindStringSubmatch(line)
			if want := strings.Split(m[2], ", "); m[2] != "" && !slices.Equal(params, want) || m[2] == "" && params != nil {
				fail(i, "its parameters are described as %q", params)
			}
			if !described {
				fail(i, "nothing is said of it")
			}
			d.add(m[1], "function", variables, func(problem string) { fail(i, "%s", problem) })
			d.params[m[1]] = strings.Join(marked, ", ")
			params, marked, pending = nil, nil, nil
		case variableLine.MatchString(line):
			m := variableLine.FindStringSubmatch(line)
			if pending != nil {
				variables[m[2]] = pendingName
				if m[1] == "" && !strings.Contains(m[2], ".") {
					d.objects[m[2]] = pendingName
				}
				pending = nil
			}
			if m[1] == "" {
				d.add(m[2], "value", variables, func(problem string) { fail(i, "%s", problem) })
			}
		case returnLine.MatchString(line):
			d.objects["require "+module] = variables[returnLine.FindStringSubmatch(line)[1]]
		case line == "":
			if params != nil {
				fail(i, "parameters without a function")
			}
			params, marked, pending, described = nil, nil, nil, false
		default:
			fail(i, "this test does not understand this line")
		}
	}
}

// add takes note of a name that stands on the left of an assignment or behind
// "function".
func (d *declarations) add(name, kind string, variables map[string]string, fail func(string)) {
	dot := strings.LastIndexAny(name, ".:")
	if dot < 0 {
		if d.globals[name] != "" {
			fail("there are two")
		}
		d.globals[name] = kind
		return
	}
	c := d.classes[variables[name[:dot]]]
	if c == nil {
		fail("its table has no class")
		return
	}
	member := name[dot+1:]
	if c.members[member] != "" && kind == "function" {
		fail("there are two")
	}
	c.members[member] = kind
}

// kindOf returns whether a type is that of functions.
func kindOf(typ string) string {
	if strings.HasPrefix(typ, "fun(") {
		return "function"
	}
	return "value"
}

// TestDeclarations: the files are in order, and each is about something.
func TestDeclarations(t *testing.T) {
	d := declared(t)
	seen := make(map[string]bool)
	for _, c := range d.classes {
		seen[c.file] = true
	}
	all, err := types.Files()
	if err != nil {
		t.Fatal(err)
	}
	for name := range all {
		if !seen[name] {
			t.Errorf("%s declares no class", name)
		}
		if path.Ext(name) != ".lua" {
			t.Errorf("%s is no Lua file", name)
		}
	}
}

// TestParameters compares what functions take with what the pages of the sample
// site say, which other tests compare with the machine.
func TestParameters(t *testing.T) {
	d := declared(t)
	rows := regexp.MustCompile(`\n    \{ "(\w[\w.:]*)\(([^"]*)\)",`)
	told := make(map[string]bool)
	for _, page := range []string{"crypto", "csrf", "doctor", "json", "log", "re", "time", "url", "utf8", "reference", "sessions"} {
		for _, row := range rows.FindAllStringSubmatch(read(t, "../../sample-site/"+page+".lc"), -1) {
			function := strings.Replace(row[1], "s:", "Session:", 1)
			declared, ok := d.params[function]
			if !ok {
				continue // of Lua's own, or on more than one line
			}
			told[function] = true
			// [a, b] is [a], [b] here.
			want := regexp.MustCompile(`\[(\w+), (\w+)\]`).ReplaceAllString(strings.ReplaceAll(row[2], "…", "..."), "[$1], [$2]")
			if page == "reference" || page == "sessions" {
				declared = strings.NewReplacer("[", "", "]", "").Replace(declared) // they do not mark what may be left out
			}
			if declared != want {
				t.Errorf("%s.lc has %s(%s), and the annotation file %s(%s)", page, function, want, function, declared)
			}
		}
	}
	for function := range d.params {
		if module, _, ok := strings.Cut(function, "."); ok && d.objects["require "+module] != "" && !told[function] {
			t.Errorf("no page tells what %s takes", function)
		}
	}
}
