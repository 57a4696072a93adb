package template

import (
	"strings"
	"testing"
	"time"
)

// A comment that ends with its tag is not looked for the end of its line, which
// may be far: with many of them on one line, that took seconds.
func TestManyCommentsOnALine(t *testing.T) {
	const n = 50_000
	parse := func(tag string) time.Duration {
		src := []byte(strings.Repeat(tag, n))
		best := time.Hour
		for range 3 {
			start := time.Now()
			if _, err := Parse("page.lc", src); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		return best
	}
	lines, line := parse("<?lc --?>\n"), parse("<?lc --?> ")
	if line > 20*lines { // a hundred times, if each looks at the rest of the line
		t.Errorf("comments on one line take %v, on lines of their own %v", line, lines)
	}
}
