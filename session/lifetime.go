package session

import (
	"fmt"
	"math"
	"time"
)

// DefaultLifetime is the lifetime of a session that is given none.
const DefaultLifetime = 24 * time.Minute

const (
	minLifetime = time.Millisecond
	maxLifetime = 10 * 365 * 24 * time.Hour
)

// Lifetime returns the lifetime of the given number of seconds. It refuses
// what is no number, not above 0, or above ten years.
func Lifetime(seconds float64) (time.Duration, error) {
	// Before the conversion, which is undefined outside the range of an int64.
	if math.IsNaN(seconds) || seconds < minLifetime.Seconds() || seconds > maxLifetime.Seconds() {
		return 0, fmt.Errorf("a session lifetime of %g seconds is not possible; give seconds above 0 and up to %.0f (10 years)",
			seconds, maxLifetime.Seconds())
	}
	return time.Duration(math.Round(seconds * float64(time.Second))), nil
}

func checkLifetime(d time.Duration) error {
	_, err := Lifetime(d.Seconds())
	return err
}
