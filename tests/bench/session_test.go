package bench

import (
	"bytes"
	"fmt"
	"slices"
	"testing"
)

// BenchmarkSessionCycle opens, changes, saves and closes a small session, many
// times in one request: lcgi's file store against PHP's files handler, each with
// the cost of its language on top. The pages measure the time themselves.
//
// PHP's handler writes over the file that is there; lcgi's replaces the record as
// a whole, so that a kill or a full disk leaves the old state.
func BenchmarkSessionCycle(b *testing.B) {
	for _, work := range []struct{ name, query string }{
		{"changed", "&change=1"},
		{"unchanged", ""},
	} {
		b.Run(work.name, func(b *testing.B) {
			// More would measure that lcgi remembers all sessions of a request.
			query := fmt.Sprintf("n=100%s", work.query)
			lcgi := lcgiPage(b, "lcgi", "cycle.lc", query)
			php := phpPage(b, "cycle.php", query)
			var lcgiTimes, phpTimes []float64
			for b.Loop() {
				lcgiTimes = append(lcgiTimes, lcgi.cycle(b))
				if php != nil {
					phpTimes = append(phpTimes, php.cycle(b))
				}
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(middle(lcgiTimes), "lcgi-µs/cycle")
			if php != nil {
				b.ReportMetric(middle(phpTimes), "php-µs/cycle")
				b.ReportMetric(middle(lcgiTimes)/middle(phpTimes), "lcgi-x-php")
			}
		})
	}
}

// cycle runs a page that measures cycles, and returns the microseconds of one.
func (c *contestant) cycle(b *testing.B) float64 {
	out := c.run(b)
	var microseconds float64
	var name string
	_, result, _ := bytes.Cut(out, []byte("cycle "))
	if _, err := fmt.Sscan(string(result), &microseconds, &name); err != nil || name != "Ada" {
		b.Fatalf("%s answers\n%s", c.name, out)
	}
	return microseconds
}

// middle returns the median.
func middle(times []float64) float64 {
	slices.Sort(times)
	return times[len(times)/2]
}
