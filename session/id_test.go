package session_test

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"lcgi/session"
)

func TestOptionsAreChecked(t *testing.T) {
	p := newPlace(t)
	tests := []struct {
		opt  session.Options
		want string // in the error; "" if it is fine
	}{
		{session.Options{Name: "__Host-cart.2"}, ""},
		{session.Options{Name: "!#$%&'*+-.^_`|~"}, ""},
		{session.Options{Name: strings.Repeat("n", 64)}, ""},
		{session.Options{Name: strings.Repeat("n", 65)}, "65 bytes"},
		{session.Options{Name: "my cart"}, "' '"},
		{session.Options{Name: "cart=1"}, "'='"},
		{session.Options{Name: "cart;"}, "';'"},
		{session.Options{Name: "cart\r\nSet-Cookie: x"}, `'\r'`},
		{session.Options{Name: "cart\x00"}, `'\x00'`},
		{session.Options{Name: "kör"}, "letters"},
		{session.Options{Name: "../x"}, "'/'"},
		{session.Options{Lifetime: time.Second}, ""},
		{session.Options{Lifetime: -1}, "seconds above 0"},
		{session.Options{Lifetime: math.MaxInt64}, "10 years"},
		{session.Options{MaxLifetime: -time.Hour}, "seconds above 0"},
		{session.Options{MaxLifetime: math.MaxInt64}, "10 years"},
	}
	for _, tt := range tests {
		s, err := p.Start(t.Context(), tt.opt)
		switch {
		case err == nil && tt.want == "":
			s.Close()
		case err == nil || tt.want == "" || !strings.Contains(err.Error(), tt.want):
			t.Errorf("%+v: error %v, want one that says %q", tt.opt, err, tt.want)
		}
	}
	if err := session.CheckName(""); err == nil {
		t.Error("an empty name is taken")
	}
}

func TestIdsAreStrict(t *testing.T) {
	p := newPlace(t)
	alive := p.keep(t, session.Options{})
	foreign := p.keep(t, session.Options{Name: "another"})
	escaped := strings.Repeat("../", 20) + "etc/passwd"
	ids := []string{
		"", " ", "0", "x", "null", "../../etc/passwd", escaped,
		escaped + strings.Repeat("0", 64-len(escaped)%64),
		strings.Repeat("0", 63), strings.Repeat("0", 65), strings.Repeat("0", 64), strings.Repeat("g", 64),
		strings.Repeat("a", 65<<10), strings.Repeat("a", 128),
		strings.ToUpper(alive), alive[:63], alive + "0", alive + "\x00", "\x00" + alive[1:], alive[:63] + "\x00",
		alive + "\n", " " + alive, alive + " ", `"` + alive + `"`, alive[:63] + "/", alive[:32] + alive[:32],
		alive[:8] + "-" + alive[8:], strings.Repeat("%", 64), strings.Repeat("é", 32), "{" + alive + "}",
		foreign, // lives, under another name
		session.NewKey(session.DefaultName, alive).String(), // what a listing shows
	}
	for _, id := range ids {
		for _, opt := range []session.Options{{ID: id}, {Candidates: []string{id}}, {Candidates: []string{id}, ReadOnly: true}} {
			s, err := p.Start(t.Context(), opt)
			if err != nil {
				t.Errorf("%.80q: %v", id, err)
				continue
			}
			if s.ID() == id || s.ID() == alive || s.Result() != session.ResultNew || len(s.ID()) != 64 {
				t.Errorf("%.80q is adopted as %q", id, s.Result())
			}
			s.Close()
		}
	}
	if len(p.log) != 0 {
		t.Errorf("the log has %q", p.log)
	}
	if n := len(p.files(t)); n != 2 {
		t.Errorf("%d files, want the two that live", n)
	}
}

func TestFirstAliveCandidateWins(t *testing.T) {
	p := newPlace(t)
	expired := p.keep(t, session.Options{Lifetime: time.Second})
	one, two := p.keep(t, session.Options{}), p.keep(t, session.Options{})
	p.now = p.now.Add(time.Minute)
	unknown := strings.Repeat("0", 64)
	tests := []struct {
		name string
		opt  session.Options
		want string // the id; "" for a new one
	}{
		{"first", session.Options{Candidates: []string{one, two}}, one},
		{"the other first", session.Options{Candidates: []string{two, one}}, two},
		{"after the dead", session.Options{Candidates: []string{"junk", unknown, expired, two, one}}, two},
		{"the page before the cookies", session.Options{ID: two, Candidates: []string{one}}, two},
		{"a dead one of the page", session.Options{ID: unknown, Candidates: []string{one}}, one},
		{"none", session.Options{ID: "junk", Candidates: []string{unknown, "junk", unknown}}, ""},
		{"the same again and again", session.Options{Candidates: append(strings.Fields(strings.Repeat(unknown+" ", 1000)), one)}, one},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := p.start(t, tt.opt)
			defer s.Close()
			if tt.want == "" {
				if s.ID() == one || s.ID() == two || s.Result() != session.ResultNew {
					t.Errorf("result %q, want a new session", s.Result())
				}
			} else if s.ID() != tt.want || s.Result() != session.ResultLoad {
				t.Errorf("another one won, result %q", s.Result())
			}
		})
	}
}

func TestExpiredCandidateIsReported(t *testing.T) {
	p := newPlace(t)
	expired := p.keep(t, session.Options{})
	p.now = p.now.Add(time.Hour)
	s := p.start(t, session.Options{Candidates: []string{strings.Repeat("0", 64), expired, "junk"}})
	if s.Result() != session.ResultExpire || s.ID() == expired {
		t.Errorf("result %q, id kept: %v", s.Result(), s.ID() == expired)
	}
	save(t, s, some)
	s.Close()
	if s := p.start(t, session.Options{Candidates: []string{expired, s.ID()}}); s.Result() != session.ResultLoad {
		t.Errorf("result %q, want the session that took its place", s.Result())
	}
}

func TestCandidatesAreBounded(t *testing.T) {
	p := newPlace(t)
	alive := p.keep(t, session.Options{})
	var ids []string
	for i := range 31 {
		ids = append(ids, fmt.Sprintf("%064x", i))
	}
	ids = slices.Clip(ids) // what is appended below must not share room
	for _, tt := range []struct {
		ids  []string
		want session.Result
	}{{append(ids, alive), session.ResultLoad}, {append(ids, fmt.Sprintf("%064x", 31), alive), session.ResultNew}} {
		s := p.start(t, session.Options{Candidates: tt.ids})
		if s.Result() != tt.want {
			t.Errorf("%d candidates: result %q, want %q", len(tt.ids), s.Result(), tt.want)
		}
		s.Close()
	}
}

func TestNewIDs(t *testing.T) {
	p := newPlace(t)
	const n = 100_000
	seen := make(map[string]bool, n)
	var ones [256]int           // how often each bit is set
	var bytes [32][256]int      // how often each byte has each value
	fixed := func(i int) bool { // the version and variant of both UUIDs (RFC 9562 §5.4)
		return i%16 == 6 || i%16 == 8
	}
	for range n {
		id := p.start(t, session.Options{}).ID()
		if len(id) != 64 || strings.Trim(id, "0123456789abcdef") != "" || id[12] != '4' || id[44] != '4' || !strings.Contains("89ab", id[16:17]) || !strings.Contains("89ab", id[48:49]) {
			t.Fatalf("%q is not two random UUIDs", id)
		}
		seen[id] = true
		raw, err := hex.DecodeString(id)
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range raw {
			bytes[i][b]++
			for bit := range 8 {
				ones[8*i+bit] += int(b >> bit & 1)
			}
		}
	}
	if len(seen) != n {
		t.Errorf("of %d ids, %d are different", n, len(seen))
	}
	// Chi-squares of the 244 random bits, and of the values of the 28 bytes that
	// are all random. Good generators exceed the bounds once in 10^9 times: the
	// quantiles of the normal distribution to which they are close.
	var bits, values float64
	random := 0
	for i, set := range ones {
		switch {
		case i%128 >= 8*6+4 && i%128 < 8*7 || i%128 >= 8*8+6 && i%128 < 8*9:
			continue
		}
		random++
		d := float64(set) - n/2
		bits += d * d / (n / 4)
	}
	freedom := 0
	for i := range bytes {
		if fixed(i) {
			continue
		}
		for _, count := range bytes[i] {
			d := float64(count) - n/256.0
			values += d * d / (n / 256.0)
		}
		freedom += 255
	}
	if limit := chiSquare(random); random != 244 || bits > limit {
		t.Errorf("the chi-square of %d bits is %.0f, want at most %.0f", random, bits, limit)
	}
	if limit := chiSquare(freedom); freedom != 28*255 || values > limit {
		t.Errorf("the chi-square of %d values is %.0f, want at most %.0f", freedom, values, limit)
	}
}

// chiSquare returns what a chi-square of that many degrees of freedom exceeds once in
// 10^9 times (Wilson and Hilferty, 1931).
func chiSquare(freedom int) float64 {
	const z = 5.9978 // of the normal distribution
	k := float64(freedom)
	return k * math.Pow(1-2/(9*k)+z*math.Sqrt(2/(9*k)), 3)
}

func TestBrokenIDGenerator(t *testing.T) {
	p := newPlace(t)
	taken := p.keep(t, session.Options{})
	engine := func(id string, err error) *session.Engine {
		return session.New(p.store, session.Config{NewID: func() (string, error) { return id, err }})
	}
	noEntropy := errors.New("no entropy")
	if _, err := engine("", noEntropy).Start(t.Context(), session.Options{}); !errors.Is(err, noEntropy) {
		t.Errorf("a generator that fails: %v", err)
	}
	if _, err := engine("../x", nil).Start(t.Context(), session.Options{}); err == nil {
		t.Error("a malformed id is taken from the generator")
	}
	s, err := engine(taken, nil).Start(t.Context(), session.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Save(t.Context(), other); err == nil || !strings.Contains(err.Error(), "random") {
		t.Errorf("a session takes the place of another: %v", err)
	}
	if s := p.start(t, session.Options{ID: taken}); string(s.Data()) != string(some) {
		t.Errorf("the other one holds %q", s.Data())
	}
}
