package types_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lcgi/cgi"
	"lcgi/lua"
	"lcgi/lua/vm"
	"lcgi/session"
)

// A machine runs pages, whose world is compared with what is declared.
type machine struct {
	t        *testing.T
	root     string
	engine   *lua.Engine
	declared declarations
	compared map[string]bool // the classes that were
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	settings := lua.DefaultSettings()
	sessions := t.TempDir()
	if err := os.Chmod(sessions, 0o700); err != nil {
		t.Fatal(err)
	}
	return &machine{t: t, root: t.TempDir(), declared: declared(t), compared: make(map[string]bool), engine: lua.New(lua.Config{
		Settings: settings,
		OpenStore: func(string, string) (session.Store, string, error) {
			store, err := session.OpenFileStore(sessions, session.FileOptions{})
			return store, filepath.Join(sessions, "folders"), err
		},
	})}
}

// walker is Lua that prints names and their kinds.
const walker = `
local function walk(t, skip)
  local names = {}
  for name, value in pairs(t) do
    if type(name) == "string" and not (skip and skip[name]) then
      names[#names + 1] = name .. " " .. (type(value) == "function" and "function" or "value")
    end
  end
  table.sort(names)
  put(table.concat(names, "\n"))
end
`

// run runs Lua code as a page and returns what it prints. With a body, which is
// multipart with the boundary X, it is posted.
func (m *machine) run(code, body string) string {
	m.t.Helper()
	page := filepath.Join(m.root, "p.lc")
	write(m.t, page, "<?lc "+walker+code+" ?>")
	env, err := cgi.CommandEnv(page, m.root, nil)
	if err != nil {
		m.t.Fatal(err)
	}
	if body != "" {
		env["REQUEST_METHOD"], env["CONTENT_TYPE"], env["CONTENT_LENGTH"] = "POST", "multipart/form-data; boundary=X", strconv.Itoa(len(body))
	}
	request := cgi.NewRequest(env, strings.NewReader(body), cgi.Limits{})
	request.SetUploadDir(m.t.TempDir())
	defer request.Close()
	var out strings.Builder
	if err := m.engine.Handle(m.t.Context(), cgi.NewResponse(&cgi.Printer{Out: &out}, request), request); err != nil {
		m.t.Fatalf("%s\n%v", code, err)
	}
	return out.String()
}

// names returns names and kinds that code prints.
func (m *machine) names(code, body string) map[string]string {
	m.t.Helper()
	found := make(map[string]string)
	for line := range strings.Lines(m.run(code, body)) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		found[name] = kind
	}
	return found
}

// listed returns the names that the error of code lists behind a word, such as in
// "there is no option x; there are a b c".
func (m *machine) listed(code, word string) []string {
	m.t.Helper()
	message := m.run("local ok, message = pcall(function() "+code+" end) put(ok, ' ', tostring(message))", "")
	_, list, ok := strings.Cut(message, word)
	if !ok {
		m.t.Errorf("%s\ngives no error with %q: %s", code, word, message)
	}
	list, _, _ = strings.Cut(list, ",") // what more is said
	return strings.Fields(strings.TrimSuffix(list, ")"))
}

// compare reports which names, or kinds of names, only one side has.
func (m *machine) compare(what string, declared, real map[string]string) {
	m.t.Helper()
	for name, kind := range real {
		switch declared[name] {
		case kind:
		case "":
			m.t.Errorf("%s: the machine has %s, and no annotation file", what, name)
		default:
			m.t.Errorf("%s: %s is a %s in the machine, and is declared as a %s", what, name, kind, declared[name])
		}
	}
	for name := range declared {
		if real[name] == "" {
			m.t.Errorf("%s: %s is declared, and the machine has not got it", what, name)
		}
	}
}

// compareClass compares the members of a class with those of a table that code
// prints.
func (m *machine) compareClass(class, code, body string) {
	m.t.Helper()
	m.compare(class, m.members(class), m.names(code, body))
}

// compareNames compares the members of a class with names.
func (m *machine) compareNames(class string, real []string) {
	m.t.Helper()
	want := slices.Sorted(maps.Keys(m.members(class)))
	slices.Sort(real)
	if !slices.Equal(want, real) {
		m.t.Errorf("%s: declared are\n%q\nthe machine has\n%q", class, want, real)
	}
}

// members returns what a class declares, with the kinds.
func (m *machine) members(class string) map[string]string {
	m.t.Helper()
	m.compared[class] = true
	c := m.declared.classes[class]
	if c == nil {
		m.t.Errorf("no annotation file declares the class %q", class)
		return nil
	}
	return c.members
}

// standard are the globals of Lua 5.1, which LuaLS knows by itself.
func standard(t *testing.T) map[string]bool {
	t.Helper()
	lib := vm.NewLibrary()
	p, err := lib.Compile("globals", "for name in pairs(_G) do io.write(name, ' ') end")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	m := vm.New(lib, vm.Config{Output: &out})
	defer m.Close()
	if err := m.Run(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for name := range strings.FieldsSeq(out.String()) {
		names[name] = true
	}
	return names
}

// properties are the globals that pages set for LiveCode's statements.
func properties(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, match := range regexp.MustCompile(`property\("(\w+)"\)`).FindAllStringSubmatch(read(t, "../session.go"), -1) {
		names = append(names, match[1])
	}
	if len(names) < 5 {
		t.Errorf("../session.go reads the properties %q", names)
	}
	return names
}

// modules are those of ours that are written in Go.
func modules(t *testing.T) []string {
	t.Helper()
	var names []string
	for _, match := range regexp.MustCompile(`\n\tcase "([\w.]+)":\n`).FindAllStringSubmatch(read(t, "../module.go"), -1) {
		names = append(names, match[1])
	}
	if len(names) < 7 {
		t.Errorf("../module.go knows the modules %q", names)
	}
	return names
}

// compatModules are the modules that make globals.
func compatModules() []string {
	return []string{"compat.lasso", "compat.foxweb", "compat.alphafive", "compat.pyhp"}
}

// TestMachine compares what is declared with what pages see, both ways.
func TestMachine(t *testing.T) {
	m := newMachine(t)
	m.compareGlobals()
	m.compareTables()
	m.compareObjects()
	m.compareOptions()
	for class, c := range m.declared.classes {
		if len(c.members) > 0 && !m.compared[class] {
			t.Errorf("%s: %s is compared with nothing", c.file, class)
		}
	}
}

func (m *machine) compareGlobals() {
	known := standard(m.t)
	real := make(map[string]string)
	load := "walk(_G)"
	for _, module := range compatModules() {
		load = "require '" + module + "' " + load
	}
	for name, kind := range m.names(load, "") {
		// Those between the compiler and the machine no page writes.
		if !known[name] && !strings.HasPrefix(name, "__lc_") {
			real[name] = kind
		}
	}
	for _, name := range properties(m.t) {
		real[name] = "value"
		m.listed(name+" = {} start session", "start session: "+name+" is a table")
	}
	// These a page sets for Alpha Five, in place of a control panel.
	real["a5_session_lifetime"], real["a5_session_cookies"] = "value", "value"
	m.listed("a5_session_lifetime = -1 require 'compat.alphafive'", "a5_session_lifetime must be")
	if got := m.run("a5_session_cookies = false require 'compat.alphafive' put(session.session_url)", ""); !strings.Contains(got, "A5SESSION=") {
		m.t.Errorf("a5_session_cookies has no effect: %s", got)
	}
	m.compare("globals", m.declared.globals, real)
}

func (m *machine) compareTables() {
	tables := map[string]string{
		"request": "request", "response": "response", "session": "session", "shared": "shared",
		"pyhp":                     "(function() require 'compat.pyhp' return pyhp end)()",
		"require compat.alphafive": "require 'compat.alphafive'",
	}
	for _, module := range modules(m.t) {
		tables["require "+module] = "require '" + module + "'"
	}
	for table, code := range tables {
		class := m.declared.objects[table]
		if class == "" {
			m.t.Errorf("%s is not declared", table)
			continue
		}
		m.compareClass(class, "walk("+code+")", "")
	}
}

func (m *machine) compareObjects() {
	for class, probe := range map[string]string{
		"lcgi.Session":        "local _ = session.start{name='x'}.none",
		"lcgi.Time":           "local _ = require 'time'.now().none",
		"lcgi.foxweb.Session": "require 'compat.foxweb' local _ = Session.none",
		"lcgi.pyhp.Session":   "require 'compat.pyhp' local _ = pyhp.session.none",
	} {
		m.compareNames(class, m.listed(probe, "it has "))
	}
	m.compareClass("lcgi.time.Fields", "local time = require 'time' walk(time.fields(time.now()))", "")
	m.compareClass("lcgi.url.Parts", "walk(require 'url'.parse('http://me:pass@host:81/path?query#fragment'))", "")
	m.compareClass("lcgi.Finding", `local all = {}
for _, f in ipairs(require("doctor").findings()) do for name, value in pairs(f) do all[name] = value end end
walk(all)`, "")
	const upload = "--X\r\nContent-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\n\r\ntext\r\n" +
		"--X\r\nContent-Disposition: form-data; name=\"b\"; filename=\"\"\r\n\r\n\r\n--X--\r\n"
	m.compareClass("lcgi.Upload", `local all = {}
for _, f in pairs(_FILES) do
  for name, value in pairs(f) do all[name] = value end
  all.save = f.save
end
walk(all)`, upload)
	_, list, _ := strings.Cut(m.run("put((select(2, pcall(function() return _FILES.a.none end))))", upload), "it has ")
	list, _, _ = strings.Cut(list, ".") // what more is said
	m.compareNames("lcgi.Upload", strings.Fields(list))

	// Alpha Five's objects have any name; these are those that mean something.
	own := regexp.MustCompile(`\n  (\w+) = function\(\) return`).FindAllStringSubmatch(read(m.t, "../compat/alphafive.lua"), -1)
	var folded []string
	for _, match := range own {
		folded = append(folded, match[1])
	}
	var declared []string
	for name := range m.members("lcgi.alphafive.Session") {
		declared = append(declared, strings.ToLower(name))
	}
	slices.Sort(folded)
	slices.Sort(declared)
	if len(folded) < 5 || !slices.Equal(folded, declared) {
		m.t.Errorf("lcgi.alphafive.Session: declared are\n%q\nthe machine has\n%q", declared, folded)
	}
	m.compareNames("lcgi.alphafive.Server", []string{"RESET"})
	m.listed("require 'compat.alphafive' server.RESET = 1", "server.RESET is a method")
}

// compareOptions compares the names of options, which are those that the error for
// an unknown one lists.
func (m *machine) compareOptions() {
	for code, class := range map[string]string{
		"response.cookie('a', 'b', {none=1})":                        "lcgi.CookieOptions",
		"response.deleteCookie('a', {none=1})":                       "lcgi.CookieOptions",
		"response.sendFile('p.lc', {none=1})":                        "lcgi.FileOptions",
		"response.cache{none=1}":                                     "lcgi.CacheOptions",
		"session.start{none=1}":                                      "lcgi.SessionOptions",
		"session.start{cookie={none=1}}":                             "lcgi.SessionCookieOptions",
		"require 'json'.encode(1, {none=1})":                         "lcgi.json.EncodeOptions",
		"require 'json'.decode('1', {none=1})":                       "lcgi.json.DecodeOptions",
		"require 'crypto'.hashPassword('x', {none=1})":               "lcgi.crypto.PasswordOptions",
		"require 'crypto'.needsRehash('x', {none=1})":                "lcgi.crypto.PasswordOptions",
		"require 'time'.date{none=1}":                                "lcgi.time.DateFields",
		"local time = require 'time' time.add(time.now(), {none=1})": "lcgi.time.Duration",
		"require 'url'.build{none=1}":                                "lcgi.url.Parts",
		"require 'compat.lasso' session_start('x', {none=1})":        "lcgi.lasso.Options",
		"require 'compat.lasso' session_end('x', {none=1})":          "lcgi.lasso.Options",
	} {
		m.compareNames(class, m.listed(code, "; there are "))
	}
}
