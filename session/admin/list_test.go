package admin_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

// fill stores a session of every state and returns the keys.
func fill(t *testing.T, s *store) map[string]session.Key {
	t.Helper()
	keys := make(map[string]session.Key)
	keys["expired"] = s.keep(t, session.Options{Name: "cart", Lifetime: time.Minute}, 1)
	keys["damaged"] = s.keep(t, session.Options{Name: "cart"}, 2)
	s.behead(t, keys["damaged"])
	s.now = s.now.Add(3 * time.Hour)
	keys["limited"] = s.keep(t, session.Options{Name: "login", Lifetime: 50 * time.Hour, MaxLifetime: 2 * time.Hour}, 3)
	s.now = s.now.Add(10 * time.Minute)
	keys["live"] = s.keep(t, session.Options{}, 4)

	rotated := s.start(t, session.Options{Name: "login"})
	var e session.Encoder
	e.Table(1)
	e.String("user")
	e.String("Ann")
	save(t, rotated, &e)
	keys["forward"] = session.NewKey(rotated.Name(), rotated.ID())
	s.now = s.now.Add(2 * time.Second)
	if err := rotated.Rotate(session.DefaultGrace); err != nil {
		t.Fatal(err)
	}
	save(t, rotated, &e)
	keys["inUse"] = session.NewKey(rotated.Name(), rotated.ID())
	s.now = s.now.Add(5 * time.Second)
	s.share(t, "visits", 7)
	return keys
}

func TestList(t *testing.T) {
	s := newStore(t)
	s.refused(t, 0, "no sessions", "sessions list")
	s.want(t, "[]\n", "sessions list -json")
	keys := fill(t, s)
	short := func(name string) string { return keys[name].String()[:8] }
	head := "KEY       NAME       CREATED           LAST USE   EXPIRES IN     SIZE  STATE\n"
	lines := map[string]string{
		"inUse":   short("inUse") + "  login      2026-11-20 12:10  5s ago     23m 55s        10 B  in use\n",
		"forward": short("forward") + "  login      2026-11-20 12:10  5s ago     55s            40 B  forward\n",
		"live":    short("live") + "  LCSESSION  2026-11-20 12:10  7s ago     23m 53s         4 B  live\n",
		"limited": short("limited") + "  login      2026-11-20 12:00  10m ago    1h 49m          4 B  live\n",
		"expired": short("expired") + "  cart       2026-11-20 09:00  3h ago     -               4 B  expired\n",
		"damaged": short("damaged") + "  -          -                 -          -                 -  damaged\n",
	}
	all := func(names ...string) string {
		text := head
		for _, name := range names {
			text += lines[name]
		}
		return text
	}
	first, second := "inUse", "forward" // both were saved at one time
	if keys[second].String() < keys[first].String() {
		first, second = second, first
	}
	s.want(t, all(first, second, "live", "limited", "expired", "damaged"), "sessions list")
	s.want(t, all("inUse", "live", "limited"), "sessions list -live")
	if got := s.run(t, t.Context(), "sessions list -limit 3"); got.code != 0 || got.out != all(first, second, "live") || got.err != "3 of 6 shown\n" {
		t.Errorf("with a limit: %+v", got)
	}
	for _, tt := range []struct {
		flags string
		want  []string
	}{
		{"-name login", []string{first, second, "limited"}},
		{"-name cart", []string{"expired"}},
		{"-name cart -live", nil},
		{"-expired", []string{"expired"}},
		{"-expired -name login", nil},
		{"-live -name login", []string{"inUse", "limited"}},
	} {
		var got []struct{ Key string }
		o := s.run(t, t.Context(), "sessions list -json "+tt.flags)
		if err := json.Unmarshal([]byte(o.out), &got); err != nil || o.err != "" || o.code != 0 {
			t.Fatalf("%s: %v, %+v", tt.flags, err, o)
		}
		var have, want []string
		for _, g := range got {
			have = append(have, g.Key)
		}
		for _, name := range tt.want {
			want = append(want, keys[name].String())
		}
		if fmt.Sprint(have) != fmt.Sprint(want) {
			t.Errorf("%s lists %v, want %v", tt.flags, have, want)
		}
	}
}

func TestListJSON(t *testing.T) {
	s := newStore(t)
	keys := fill(t, s)
	for _, tt := range []struct{ flags, want string }{
		{"-name cart", `[
{"key":"` + keys["expired"].String() + `","state":"expired","inUse":false,"name":"cart","created":"2026-11-20T09:00:00Z","lastUse":"2026-11-20T09:00:00Z",` +
			`"expires":"2026-11-20T09:01:00Z","expiresIn":-11347,"lifetime":60,"maxLifetime":null,"keepId":false,"size":4}
]
`},
		{"-live -name login", `[
{"key":"` + keys["inUse"].String() + `","state":"live","inUse":true,"name":"login","created":"2026-11-20T12:10:00Z","lastUse":"2026-11-20T12:10:02Z",` +
			`"expires":"2026-11-20T12:34:02Z","expiresIn":1435,"lifetime":1440,"maxLifetime":null,"keepId":false,"size":10},
{"key":"` + keys["limited"].String() + `","state":"live","inUse":false,"name":"login","created":"2026-11-20T12:00:00Z","lastUse":"2026-11-20T12:00:00Z",` +
			`"expires":"2026-11-20T14:00:00Z","expiresIn":6593,"lifetime":180000,"maxLifetime":7200,"keepId":false,"size":4}
]
`},
	} {
		s.want(t, tt.want, "sessions list -json "+tt.flags)
	}
	got := s.run(t, t.Context(), "sessions list -json")
	if !strings.Contains(got.out, `"state":"damaged","inUse":false,"damage":"`) || !json.Valid([]byte(got.out)) {
		t.Errorf("the damaged one is missing:\n%s", got.out)
	}
}

// On a narrow terminal long names are cut, and no line is longer than it.
func TestListOnTerminal(t *testing.T) {
	s := newStore(t)
	s.keep(t, session.Options{Name: strings.Repeat("long", 16)}, 1)
	s.env.Width = 90
	got := s.run(t, t.Context(), "sessions list")
	for line := range strings.Lines(got.out) {
		if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 90 {
			t.Errorf("a line of %d columns: %s", n, line)
		}
	}
	if !strings.Contains(got.out, "longlong") || !strings.Contains(got.out, "…") || strings.Contains(got.out, strings.Repeat("long", 16)) {
		t.Errorf("the name is shown as\n%s", got.out)
	}
}

func TestShow(t *testing.T) {
	s := newStore(t)
	keys := fill(t, s)
	s.want(t, "key           "+keys["limited"].String()+`
name          login
state         live
created       2026-11-20 12:00:00 UTC, 10m ago
last use      2026-11-20 12:00:00 UTC, 10m ago
expires       2026-11-20 14:00:00 UTC, in 1h 49m
lifetime      2d 2h
max lifetime  2h
size          4 B
data = {
  n = 3,
}
`, "sessions show", strings.ToUpper(keys["limited"].String()[:8]))
	s.want(t, `{
  "key": "`+keys["live"].String()+`",
  "state": "live",
  "inUse": false,
  "name": "LCSESSION",
  "created": "2026-11-20T12:10:00Z",
  "lastUse": "2026-11-20T12:10:00Z",
  "expires": "2026-11-20T12:34:00Z",
  "expiresIn": 1433,
  "lifetime": 1440,
  "maxLifetime": null,
  "keepId": false,
  "size": 4,
  "data": {
    "n": 4
  }
}
`, "sessions show -json", keys["live"].String())
	for name, says := range map[string]string{
		"inUse": "state         in use\n", "expired": "expired       2026-11-20 09:01:00 UTC, 3h ago\n",
		"forward": "state         forward: an id that was retired; it leads to the session's new one\n",
	} {
		got := s.run(t, t.Context(), "sessions show", keys[name].String())
		if got.code != 0 || !strings.Contains(got.out, says) || strings.Contains(got.out, "data") != (name != "forward") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	for _, flags := range []string{"", " -json"} {
		got := s.run(t, t.Context(), "sessions show"+flags, keys["damaged"].String())
		if got.code != 1 || got.err != "" || !strings.Contains(got.out, "damaged") || !strings.Contains(got.out, "too short") {
			t.Errorf("damaged%s: %+v", flags, got)
		}
	}
	s.refused(t, 1, "no session has a key that begins with 0123; `lcgi sessions list`", "sessions show", "0123")
	// An id may be given by mistake.
	s.refused(t, 1, "begins with 00000000", "sessions show", s.ids[0])
	// Shared variables are none.
	s.refused(t, 1, "no session has", "sessions show", session.NewKey("shared variables", "visits").String())
}

func TestShowAmbiguous(t *testing.T) {
	s := newStore(t)
	seen := make(map[string]bool)
	for range 2000 { // of 65,536 beginnings
		key := s.keep(t, session.Options{}, 1).String()
		if seen[key[:4]] {
			s.refused(t, 1, "2 sessions have keys that begin with "+key[:4]+"; give more digits", "sessions show", key[:4])
			s.refused(t, 1, "give more digits", "sessions delete", key[:4])
			s.want(t, fmt.Sprintln(len(seen)+1), "sessions count")
			return
		}
		seen[key[:4]] = true
	}
	t.Fatal("all keys differ in their first four digits")
}

// What visitors have put into a session is harmless on a terminal.
func TestShowHostile(t *testing.T) {
	s := newStore(t)
	started := s.start(t, session.Options{})
	var e session.Encoder
	e.Table(2)
	e.String("a")
	e.String("\x1b]52;c;ZXZpbA==\x07\u009b2J\u202e\r\x00\xff")
	e.String("\x1b[2J")
	e.Bool(true)
	save(t, started, &e)
	key := session.NewKey(started.Name(), started.ID()).String()
	for _, flags := range []string{"", " -json"} {
		got := s.run(t, t.Context(), "sessions show"+flags, key)
		if got.code != 0 || strings.ContainsAny(strings.ToValidUTF8(got.out, "\x1b"), "\x1b\x07\u009b\u202e\r\x00") {
			t.Errorf("show%s: %q", flags, got.out)
		}
	}
}
