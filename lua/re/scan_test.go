package re

import (
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"lcgi/lua/vm"
)

// FuzzScan compares the matches with those of Regexp.FindAll, in one step and in
// many.
func FuzzScan(f *testing.F) {
	for _, seed := range [][2]string{
		{"a*", "baaac"}, {`\b`, "one two"}, {`^|\B`, "ab\nc"}, {"(?m)^.", "a\nb\nc"}, {`\ba|a\b|(a)`, "aaa a"}, {"", "ä\xff€"},
		{`(?:a*b|a)\b`, "aaab a"}, {`\Qa.b`, "a.ba.b"}, {`^\Qa`, "aa"}, {`(?i)x(y)?|(?U)a+`, "XyxaAa"}, {`$|^`, "a"}, {`needle\d|\bx`, "needle5 x needle"},
		{"abc", "xabcabc"}, {`.\b.`, "\xffa\xe2\x82b"},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, expr, text string) {
		p, err := compile(expr)
		if err != nil {
			return
		}
		want := regexp.MustCompile(expr).FindAllStringSubmatchIndex(text, -1)
		m := vm.New(vm.NewLibrary(), vm.Config{})
		defer m.Close()
		for _, atOnce := range []int{stepsAtOnce, 1} {
			s := newScan(m.State(), p, text)
			s.atOnce = atOnce
			var got [][]int
			for s.next() {
				got = append(got, s.loc)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%q in %q, %d steps at once:\ngot  %v\nwant %v", expr, text, atOnce, got, want)
			}
		}
	})
}

func TestCache(t *testing.T) {
	c := new(cache)
	first, err := c.compile("a")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := c.compile("a"); again != first {
		t.Error("the pattern is compiled twice")
	}
	for i := range 10 * maxCached {
		if _, err := c.compile("a{" + string(rune('0'+i%10)) + "}" + string(rune('一'+i))); err != nil {
			t.Fatal(err)
		}
		if len(c.patterns) > maxCached {
			t.Fatalf("the cache has %d patterns", len(c.patterns))
		}
	}
	for i := range 100 {
		if _, err := c.compile("(?:" + string(rune('一'+i)) + "{1000}){1}(?:x{1000}y{1000}z{1000})"); err != nil {
			t.Fatal(err)
		}
		if c.size > maxCachedSize {
			t.Fatalf("the cache has the size %d", c.size)
		}
	}
}

// TestCost compiles patterns that are as costly to read as patterns may be, right
// and wrong ones.
func TestCost(t *testing.T) {
	for _, c := range []struct{ name, expr string }{
		{"classes", strings.Repeat(`\pL`, maxClasses)},
		{"classes in one", `(?i)[` + strings.Repeat(`\pL\PN`, maxClasses/2) + `]`},
		{"alternatives", `^(?:` + strings.Repeat(`\pL|`, maxClasses) + `)`},
		{"the rarest characters", strings.Repeat(`\p{Cn}`, maxClasses)},
		{"wide ranges", `(?i)` + strings.Repeat("[B-\U0001E942]", maxFolded/0x1E943)},
		{"narrow ranges", strings.Repeat("[é-ü]", maxPattern/7)},
		{"everything", `(?i)` + strings.Repeat("[B-\U0001E942]", maxFolded/0x1E943) + strings.Repeat(`[\pL\PN]`, maxClasses/2)},
	} {
		for _, wrong := range []string{"", "|**|**"} {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			begin := time.Now()
			_, err := compile(c.expr + wrong)
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			allocated := (after.TotalAlloc - before.TotalAlloc) >> 20
			if (err != nil) != (wrong != "") || took > 3*time.Second || allocated > 64 {
				t.Errorf("%s%s: %v, %d MB in %v", c.name, wrong, err, allocated, took)
			}
		}
	}
}
