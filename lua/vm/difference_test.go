package vm_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lcgi/lua/vm"
)

// lua51 returns the path of the reference implementation.
func lua51(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"lua5.1", "lua51"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	if os.Getenv("LCGI_TEST_REQUIRE") == "all" {
		t.Fatal("lua5.1 is not installed: apt-get install lua5.1")
	}
	t.Skip("lua5.1 is not installed: apt-get install lua5.1")
	return ""
}

// driver prints what each case returns or raises, apart from the others.
const driver = `
local function show(...)
  for i = 1, select("#", ...) do
    local v = select(i, ...)
    if type(v) == "string" then v = string.format("%q", v) end
    io.write(i > 1 and "\t" or "", tostring(v))
  end
  io.write("\1")
end
for _, code in ipairs(cases) do
  local f, err = loadstring(code, "=t")
  if f then show(pcall(f)) else show("does not compile") end
end
`

// TestDifference compares this machine with the reference implementation, case
// by case.
func TestDifference(t *testing.T) { compare(t, differenceCases) }

// TestPatternDifference compares them on patterns made by chance.
func TestPatternDifference(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(pieces ...string) string { return pieces[r.IntN(len(pieces))] }
	var cases []string
	for range 5000 {
		var pattern, text strings.Builder
		for range 1 + r.IntN(6) {
			pattern.WriteString(pick("a", "b", ".", "%a", "%d", "%A", "[ab]", "[^a]", "[a-c]", "[%d_]", "x", "(", ")", "()", "%1", "%b()", "%f[a]", "$", "^", "%%", "(a)", "(.-)", "1", "-", "%s", "%"))
			pattern.WriteString(pick("", "", "", "*", "+", "-", "?"))
		}
		for range r.IntN(12) {
			text.WriteString(pick("a", "b", "c", "x", "1", "_", "(", ")", " ", "aa", "ab", "-"))
		}
		call := pick("s:find(p)", "s:match(p)", "s:gsub(p, '<%0>')", "s:gsub(p, '%1')", "s:find(p, 3)", "s:match(p, -3)", "s:gsub(p, '', 2)",
			"(function() local r = {} for a, b in s:gmatch(p) do r[#r + 1] = tostring(a) .. tostring(b) end return table.concat(r, ',') end)()")
		cases = append(cases, fmt.Sprintf("local s, p = %q, %q return %s", text.String(), pattern.String(), call))
	}
	compare(t, cases)
}

// TestFormatDifference compares them on formats made by chance.
func TestFormatDifference(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	pick := func(pieces ...string) string { return pieces[r.IntN(len(pieces))] }
	var cases []string
	for range 5000 {
		verb := pick("d", "i", "u", "o", "x", "X", "e", "E", "f", "g", "G")
		format := "%" + pick("", "-", "+", " ", "#", "0", "-+", "+0", " 0", "#0", "-#") + pick("", "1", "5", "12", "30") + pick("", ".", ".0", ".1", ".3", ".10", ".25") + verb
		value := pick("0", "1", "-1", "7", "255", "1.5", "-1.5", "0.1", "123456789", "1e15", "1e20", "1e-5", "1e-10", "0.5", "2.5", "99.995", "1e100", "-2^31", "2^53", "100", "123456", "1234567", "0.0001", "0.00001234")
		if strings.ContainsAny(verb, "diuoxX") && strings.ContainsAny(value, "e^") && value != "2^53" && value != "-2^31" {
			value = "42" // what no integer holds is undefined in C
		}
		cases = append(cases, fmt.Sprintf("return string.format(%q, %s)", format, value))
	}
	compare(t, cases)
}

func compare(t *testing.T, cases []string) {
	t.Helper()
	lua := lua51(t)
	var script strings.Builder
	script.WriteString("cases = {\n")
	for _, c := range cases {
		// Numbers for all bytes that are not plain, so that both read the same.
		script.WriteByte('"')
		for i := range len(c) {
			if c[i] >= ' ' && c[i] < 0x7f && c[i] != '"' && c[i] != '\\' {
				script.WriteByte(c[i])
			} else {
				fmt.Fprintf(&script, "\\%03d", c[i])
			}
		}
		script.WriteString("\",\n")
	}
	script.WriteString("}\n" + driver)
	file := filepath.Join(t.TempDir(), "cases.lua")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(lua, file)
	cmd.Env = append(os.Environ(), "TZ=UTC", "LC_ALL=C")
	reference, err := cmd.Output()
	if err != nil {
		t.Fatalf("lua5.1: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	own, err := run(t, ctx, vm.NewLibrary(), vm.Config{}, script.String())
	if err != nil {
		t.Fatalf("%v", err)
	}
	want, got := strings.Split(string(reference), "\x01"), strings.Split(own, "\x01")
	for i, c := range cases {
		if i >= len(want) || i >= len(got) {
			t.Fatalf("%d results of Lua 5.1 and %d of this machine for %d cases", len(want), len(got), len(cases))
		}
		if got[i] != want[i] {
			t.Errorf("%s\ngot  %s\nwant %s", c, got[i], want[i])
		}
	}
}
