package tests

import (
	"bytes"
	"fmt"
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html/atom"

	"lcgi/tests/direct"
	"lcgi/tests/wire"
)

// TestSessionsReferenceNames compares the names in sessions.lc with what pages
// see and with the messages that list what there is, in both directions.
func TestSessionsReferenceNames(t *testing.T) {
	tables, _ := readReference(t)
	for id, code := range map[string]string{
		"properties":     `local _, e = pcall(include, "property.lc") put((tostring(e):match("there are ([%a, ]+)"):gsub(",", " ")))`,
		"start":          `local _, e = pcall(session.start, { nothing = 1 }) put(e:match("there are ([%a ]+)"))`,
		"session-cookie": `local _, e = pcall(session.start, { cookie = { nothing = 1 } }) put(e:match("there are ([%a ]+)"))`,
		"session":        `for name in pairs(session) do put("session.", name, " ") end`,
		"shared":         `for name in pairs(shared) do put("shared.", name, " ") end`,
	} {
		wantNames(t, id, tables.names(t, id), listed(t, code))
	}

	times := readTimes(t)
	wantNames(t, "time-fields", times.names(t, "time-fields"), listed(t,
		`local _, e = pcall(function() return require("time").now().nothing end)
		put((e:match("it has ([%a ]+)"):gsub("%a+", "t.%0")))`))
	fields := times.names(t, "zone-fields")
	for _, name := range times.names(t, "time-fields") {
		if name != "t.unix" {
			fields = append(fields, strings.TrimPrefix(name, "t."))
		}
	}
	wantNames(t, "zone-fields", fields, listed(t,
		`local time = require "time" for name in pairs(time.fields(time.now(), "Europe/Berlin")) do put(name, " ") end`))

	members := `local s = session.start()
		local _, e = pcall(function() return s.nothing end)
		for name in e:match("it has ([%a ]+)"):gmatch("%a+") do
			if (type(s[name]) == "function") == METHOD then put("s", METHOD and ":" or ".", name, " ") end
		end`
	for id, method := range map[string]string{"members": "false", "methods": "true"} {
		wantNames(t, id, tables.names(t, id), listed(t, strings.ReplaceAll(members, "METHOD", method)))
	}

	var written, offered []string
	for _, name := range tables.names(t, "commands") {
		written = append(written, strings.Join(strings.Fields(name)[:3], " "))
	}
	for _, group := range []string{"sessions", "shared"} {
		var usage bytes.Buffer
		cmd := exec.Command(lcgi, group)
		cmd.Stderr = &usage
		if err := cmd.Run(); cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != 2 {
			t.Errorf("lcgi %s: %v", group, err)
		}
		for _, line := range regexp.MustCompile(`(?m)^  [a-z]+`).FindAllString(usage.String(), -1) {
			offered = append(offered, "lcgi "+group+" "+strings.TrimSpace(line))
		}
	}
	wantNames(t, "commands", written, offered)
}

// readTimes returns the tables of time.lc.
func readTimes(t *testing.T) reference {
	t.Helper()
	tables := make(reference)
	tables.add(t, newVisitor(t, sampleSite(t, nil)).get("time.lc").doc)
	return tables
}

// TestSessionsReferenceMembers compares the kinds of value that the reference
// gives the members and fields with those that they have.
func TestSessionsReferenceMembers(t *testing.T) {
	tables, _ := readReference(t)
	const page = `<?lc
		local s = session.start{ name = "n", parameter = "p", maxLifetime = 60 }
		s.data.x = 1
		s:save()
		local t = require("time").date{ year = 2026, month = 11, day = 20, hour = 9, minute = 25, second = 17.0 }
		local v = %s
		put(type(v) == "userdata" and tostring(v):find("^%%d+%%-%%d+%%-%%d+T.*Z$") and "time" or type(v))
	?>`
	lua := map[string]string{
		"seconds": "number", "seconds, or nil": "number", "a table": "table", "a time": "time", "a time, or 0": "time", "64 hex digits": "string",
		"a string": "string", "name=value": "string", "a path": "string", "an address": "string", "new load expire rotate": "string",
	}
	for id, rows := range map[string][][]cell{
		"members":     tables.table(t, "members"),
		"time-fields": readTimes(t).table(t, "time-fields"),
	} {
		for _, row := range rows {
			name, value := row[0].text, row[1].text
			want, ok := lua[value]
			if strings.Contains(value, " to ") {
				want, ok = "number", true
			}
			if !ok {
				t.Fatalf("%s, %s: what is %q?", id, name, value)
			}
			if got := string(runPage(t, fmt.Sprintf(page, name), "").Body); got != want {
				t.Errorf("%s is a %s, but the reference says %s", name, got, value)
			}
		}
	}
}

// An otherValue is a value of an option that is not the default, with options
// that are needed to see the difference.
type otherValue struct{ value, further string }

// otherValues are values of all options that are not the default, by tables of
// the reference. Some options show their effect only in another way, or later:
// those have none.
func otherValues() map[string]map[string]otherValue {
	return map[string]map[string]otherValue{
		"start": {
			"name":          {value: `"other"`},
			"id":            {},
			"lifetime":      {value: `60`},
			"maxLifetime":   {value: `60`},
			"savePath":      {},
			"readonly":      {value: `true`},
			"track":         {value: `"link"`},
			"parameter":     {value: `"p"`, further: `track = "both"`},
			"absoluteLinks": {value: `false`, further: `track = "both"`},
			"rotate":        {value: `true`},
			"keepId":        {},
			"wait":          {},
			"cookie":        {value: `{ path = "/x" }`},
		},
		"session-cookie": {
			"name":     {value: `"other"`},
			"path":     {value: `"/x"`},
			"domain":   {value: `"localhost"`},
			"secure":   {value: `true`},
			"sameSite": {value: `"Strict"`},
			"httpOnly": {value: `false`},
			"lifetime": {value: `60`},
		},
	}
}

// TestSessionsReferenceOptions sets each option to the default that the
// reference has, which must change nothing, and to another value, which must
// change something.
func TestSessionsReferenceOptions(t *testing.T) {
	tables, _ := readReference(t)
	for id, others := range otherValues() {
		wantNames(t, id, slices.Collect(maps.Keys(others)), tables.names(t, id))
		defaults := tables.defaults(t, id)
		for name, other := range others {
			outcome := func(option string) string {
				if id == "session-cookie" {
					option = "cookie = {" + option + "}"
				}
				return sessionOutcome(t, option+", "+other.further)
			}
			none := outcome("")
			if value := defaults[name]; value != "" {
				if with := outcome(name + " = " + luaLiteral(value)); with != none {
					t.Errorf("%s: with %s = %s the outcome is\n%s\nand without\n%s", id, name, value, with, none)
				}
			}
			if other.value != "" && outcome(name+" = "+other.value) == none {
				t.Errorf("%s: %s = %s makes no difference to\n%s", id, name, other.value, none)
			}
		}
	}
}

// TestSessionsReferenceLimits goes to the limits that the reference has, and one
// further.
func TestSessionsReferenceLimits(t *testing.T) {
	_, doc := readReference(t)
	text := strings.Join(strings.Fields(innerText(doc)), " ")
	for _, c := range []struct {
		written, code string
		most          int
	}{
		{"1 to 64 letters", `session.start{ name = ("n"):rep(N) }`, 64},
		{"seconds, 0 to 3600", `session.start{ wait = N }`, 3600},
		{"for so many seconds, 0 to 300;", `session.start():rotate(N)`, 300},
		{"A name has 1 to 250 bytes", `shared.set(("n"):rep(N), 1)`, 250},
	} {
		if !strings.Contains(text, c.written) {
			t.Errorf("the reference has not %q", c.written)
		}
		for n, want := range map[int]string{c.most: "true", c.most + 1: "false"} {
			code := strings.ReplaceAll(c.code, "N", fmt.Sprint(n))
			if got := listed(t, `put((pcall(function() `+code+` end)))`); got[0] != want {
				t.Errorf("%s works: %s, want %s", code, got[0], want)
			}
		}
	}
}

// TestSessionsReferenceName tries every byte in the name of a session: those that
// the reference has may stand there, and no other.
func TestSessionsReferenceName(t *testing.T) {
	tables, _ := readReference(t)
	i := slices.Index(tables.names(t, "start"), "name")
	row := tables.table(t, "start")[i]
	meaning := row[len(row)-1]
	if len(meaning.code) != 1 || !strings.Contains(meaning.text, "letters, digits, backquotes or any of "+meaning.code[0]+".") {
		t.Fatalf("the reference says of names: %s", meaning.text)
	}
	want := strings.Split(meaning.code[0]+"`", "")
	for c := range 256 {
		if c := byte(c); '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' {
			want = append(want, string(c))
		}
	}
	wantNames(t, "name", want, listed(t, `for c = 0, 255 do
		c = string.char(c)
		if pcall(session.start, { name = c, readonly = true }) then put(c, " ") end
	end`))
}

// TestSessionsReferenceErrors does what the reference says is an error, and what
// it says to write there.
func TestSessionsReferenceErrors(t *testing.T) {
	_, doc := readReference(t)
	written := make(map[string]bool)
	for _, code := range all(doc, is(atom.Code)) {
		written[innerText(code)] = true
	}
	for wrong, right := range map[string]string{
		`session.cart = 1`: `_SESSION.cart`,
		`shared.views = 1`: `shared.set("views", 1)`,
	} {
		if !written[wrong] || !written[right] {
			t.Errorf("the reference has %s: %t, and %s: %t", wrong, written[wrong], right, written[right])
		}
		if got := listed(t, `put((pcall(function() `+wrong+` end)))`); got[0] != "false" {
			t.Errorf("%s is no error", wrong)
		}
		listed(t, `start session local x = `+right)
	}
	for call, want := range map[string]string{
		`session.start{ name = "late" }`: "false2",
		`s:rotate()`:                     "false2",
		`s:delete()`:                     "truenil",
	} {
		r := runPage(t, `<?lc
			local s = session.start()
			s.data.n = 1
			s:save()
			response.flush()
			s.data.n = 2
			put((pcall(function() `+call+` end)), tostring(s.data.n))
		?>`, "")
		if got := string(r.Body); got != want {
			t.Errorf("after a flush, %s gives %q", call, got)
		}
	}
}

// TestSessionsReferenceStatements runs the statements, and sets the properties to
// their defaults.
func TestSessionsReferenceStatements(t *testing.T) {
	tables, _ := readReference(t)
	for name, value := range tables.defaults(t, "properties") {
		const page = `<?lc %s start session put(session.start{}.name, session.start{}.lifetime) ?>`
		with := runPage(t, fmt.Sprintf(page, name+" = "+luaLiteral(value)), "")
		if without := runPage(t, fmt.Sprintf(page, ""), ""); string(with.Body) != string(without.Body) {
			t.Errorf("%s = %s gives %s, and nothing %s", name, value, with.Body, without.Body)
		}
	}
	for _, row := range tables.table(t, "sessions") {
		start := "start session "
		if row[0].text == "start session" {
			start = ""
		}
		runPage(t, "<?lc "+start+row[0].text+" ?>", "")
	}
}

// sessionOutcome returns what two requests of a visitor show of a session that is
// started with some options, with the ids numbered.
func sessionOutcome(t *testing.T, options string) string {
	t.Helper()
	site := direct.NewSite(t, lcgi, map[string]string{"page.lc": `<?lc
		local s = session.start{ ` + strings.TrimLeft(options, ", ") + ` }
		put(s.id, " ", s.name, " ", s.lifetime, " ", s.maxLifetime, " ", s.result, "\n")
		s.data.x = 1
	?><a href="other.lc">own</a> <a href="http://localhost/other.lc">own, absolute</a>`})
	var seen strings.Builder
	var header []string
	for range 2 {
		r := site.Do(t, wire.Get("/page.lc", header...))
		fmt.Fprintf(&seen, "%d %q %q\n", r.Status, r.Header["Set-Cookie"], r.Body)
		if cookie, _, ok := strings.Cut(r.Header.Get("Set-Cookie"), ";"); ok {
			header = []string{"Cookie: " + cookie}
		}
	}
	outcome := seen.String()
	var ids []string
	for _, id := range regexp.MustCompile(`[0-9a-f]{64}`).FindAllString(outcome, -1) {
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
			outcome = strings.ReplaceAll(outcome, id, fmt.Sprintf("<id %d>", len(ids)))
		}
	}
	return regexp.MustCompile(`request [0-9a-f-]+`).ReplaceAllString(outcome, "request")
}
