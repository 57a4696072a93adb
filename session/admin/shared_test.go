package admin_test

import (
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

// shareAll sets a variable of each type.
func shareAll(t *testing.T, s *store) {
	t.Helper()
	for name, write := range map[string]func(e *session.Encoder){
		"count": func(e *session.Encoder) { e.Number(41) },
		"open":  func(e *session.Encoder) { e.Bool(false) },
		"motd":  func(e *session.Encoder) { e.String("Hello") },
		"since": func(e *session.Encoder) { e.Time(time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)) },
		"rates": func(e *session.Encoder) {
			e.Table(2)
			e.String("EUR")
			e.Number(1)
			e.String("USD")
			e.Number(1.1)
		},
		"\x1b[2J": func(e *session.Encoder) { e.String("\x1b[2J\xff") },
	} {
		var e session.Encoder
		write(&e)
		data, err := e.Bytes()
		if err == nil {
			err = s.Shared().Set(t.Context(), name, data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestSharedList(t *testing.T) {
	s := newStore(t)
	s.refused(t, 0, "no shared variables", "shared list")
	s.want(t, "[]\n", "shared list -json")
	shareAll(t, s)
	s.keep(t, session.Options{}, 1) // no variable
	s.want(t, `NAME       TYPE        SIZE  VALUE
"\027[2J"  string       6 B  "\027[2J\255"
count      number       2 B  41
motd       string       6 B  "Hello"
open       boolean      1 B  false
rates      table       19 B  {…} 2 entries
since      time        10 B  time.parse("2026-11-20T09:00:00Z")
`, "shared list")
	s.want(t, `[
{"name":"\u001b[2J","type":"string","size":6,"value":{"$bytes":"G1sySv8="}},
{"name":"count","type":"number","size":2,"value":41},
{"name":"motd","type":"string","size":6,"value":"Hello"},
{"name":"open","type":"boolean","size":1,"value":false},
{"name":"rates","type":"table","size":19,"value":{"EUR":1,"USD":1.1}},
{"name":"since","type":"time","size":10,"value":{"$time":"2026-11-20T09:00:00Z"}}
]
`, "shared list -json")
	s.env.Width = 60
	got := s.run(t, t.Context(), "shared list")
	for line := range strings.Lines(got.out) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 60 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
}

func TestSharedGet(t *testing.T) {
	s := newStore(t)
	shareAll(t, s)
	for _, tt := range []struct{ name, text, json string }{
		{"count", "41\n", "41\n"},
		{"open", "false\n", "false\n"},
		{"motd", "\"Hello\"\n", "\"Hello\"\n"},
		{"since", "time.parse(\"2026-11-20T09:00:00Z\")\n", "{\n  \"$time\": \"2026-11-20T09:00:00Z\"\n}\n"},
		{"rates", "{\n  EUR = 1,\n  USD = 1.1,\n}\n", "{\n  \"EUR\": 1,\n  \"USD\": 1.1\n}\n"},
		{"\x1b[2J", "\"\\027[2J\\255\"\n", "{\n  \"$bytes\": \"G1sySv8=\"\n}\n"},
	} {
		s.want(t, tt.text, "shared get", tt.name)
		s.want(t, tt.json, "shared get -json", tt.name)
	}
	s.refused(t, 1, "there is no shared variable none", "shared get", "none")
	s.refused(t, 1, `there is no shared variable "\027"`, "shared get", "\x1b")
	s.refused(t, 1, "250", "shared get", strings.Repeat("x", 251))
}

func TestSharedSet(t *testing.T) {
	s := newStore(t)
	shareAll(t, s)
	for _, tt := range []struct{ flags, name, value, json string }{
		{"", "count", "42", "42"},
		{"", "count", "-1e3", "-1000"},
		{"", "count", "nan", `{"$number":"NaN"}`},
		{"", "open", "true", "true"},
		{"", "motd", "", `""`},
		{"", "motd", "-json", `"-json"`},
		{"", "motd", "\xff", `{"$bytes":"/w=="}`},
		{"", "since", "2027-01-01T01:00:00+01:00", `{"$time":"2027-01-01T00:00:00Z"}`},
		{"", "rates", `{"CHF":0.9}`, `{"CHF":0.9}`},
		{"", "rates", `[1,2]`, `[1,2]`},
		{"-json", "count", `"many"`, `"many"`},
		{"", "count", "5", `"5"`}, // it is a string now
		{"-json", "count", `{"$table":[[true,1]]}`, `{"$table":[[true,1]]}`},
	} {
		s.want(t, "changed "+tt.name+"\n", "shared set "+tt.flags, tt.name, tt.value)
		got := s.run(t, t.Context(), "shared list -json")
		if !strings.Contains(got.out, `{"name":"`+tt.name+`",`) || !strings.Contains(got.out, `"value":`+tt.json+"}") {
			t.Errorf("after set %s %q:\n%s", tt.name, tt.value, got.out)
		}
	}
	before := s.run(t, t.Context(), "shared list -json")
	for _, tt := range []struct {
		flags, name, value string
		code               int
		says               string
	}{
		{"", "none", "1", 1, "there is no shared variable none; `lcgi shared list` lists them; a page makes one"},
		{"-json", "none", "1", 1, "there is no shared variable none"},
		{"", "open", "yes", 1, `open is a boolean, and "yes" is neither true nor false; with -json`},
		{"", "since", "today", 1, `"today" is not a time such as`},
		{"", "rates", "5", 1, "neither an object nor an array"},
		{"", "rates", "{", 1, "JSON cannot be read"},
		{"", "rates", "[null]", 1, "null"},
		{"-json", "rates", "null", 2, "null"},
		{"-wait 0s", "rates", "{}", 2, "-wait must be"},
	} {
		s.refused(t, tt.code, tt.says, "shared set "+tt.flags, tt.name, tt.value)
	}
	s.share(t, "count", 1)
	s.refused(t, 1, `count is a number, and "many" is not a number`, "shared set", "count", "many")
	s.refused(t, 1, "not a number", "shared set", "count", "1e999")
	s.want(t, "changed count\n", "shared set -json", "count", `{"$table":[[true,1]]}`)
	if after := s.run(t, t.Context(), "shared list -json"); after != before {
		t.Errorf("what was refused changed something:\n%s\nnow\n%s", before.out, after.out)
	}
}

func TestSharedDelete(t *testing.T) {
	s := newStore(t)
	shareAll(t, s)
	s.keep(t, session.Options{}, 1)
	s.want(t, "deleted count\ndeleted \"\\027[2J\"\n", "shared delete", "count", "\x1b[2J")
	got := s.run(t, t.Context(), "shared delete", "none", "motd")
	if got != (outcome{1, "deleted motd\n", "lcgi: there is no shared variable none; `lcgi shared list` lists them\n"}) {
		t.Errorf("one of two: %+v", got)
	}
	s.want(t, "deleted 3 shared variables\n", "shared delete -all")
	s.want(t, "[]\n", "shared list -json")
	s.want(t, "1\n", "sessions count")
}

// While a page changes a variable the commands wait, and say when it takes too
// long.
func TestSharedInUse(t *testing.T) {
	s := newStore(t)
	s.share(t, "count", 1)
	var first, second outcome
	err := s.Shared().Update(t.Context(), "count", func(old []byte) ([]byte, error) {
		first = s.run(t, t.Context(), "shared set -wait 20ms", "count", "2")
		second = s.run(t, t.Context(), "shared delete -wait 20ms", "count")
		return old, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, got := range []outcome{first, second} {
		if got.code != 1 || got.out != "" || got.err != "lcgi: the shared variable count is in use, still after 20ms; -wait sets how long to wait\n" {
			t.Errorf("in use: %+v", got)
		}
	}
	s.want(t, "1\n", "shared get count")

	// As soon as the page is done they go on.
	waiting, done := make(chan struct{}), make(chan outcome)
	err = s.Shared().Update(t.Context(), "count", func(old []byte) ([]byte, error) {
		go func() {
			close(waiting)
			done <- s.run(t, t.Context(), "shared set", "count", "2")
		}()
		<-waiting
		return old, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := <-done; got != (outcome{0, "changed count\n", ""}) {
		t.Errorf("after the page: %+v", got)
	}
	s.want(t, "2\n", "shared get count")
}

// What fails leaves nothing behind.
func TestSharedMakesNothing(t *testing.T) {
	s := newStore(t)
	before := s.files(t)
	s.refused(t, 1, "there is no shared variable", "shared set", "none", "1")
	s.refused(t, 1, "there is no shared variable", "shared delete", "none")
	s.refused(t, 1, "there is no shared variable", "shared get", "none")
	s.want(t, "deleted 0 shared variables\n", "shared delete -all")
	if after := s.files(t); after != before {
		t.Errorf("there was %s, and there is now\n%s", before, after)
	}
}
