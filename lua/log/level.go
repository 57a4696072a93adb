package log

import "fmt"

// A Level says how important a line is. The zero value is Info.
type Level int

// The levels, in their order.
const (
	Debug Level = iota - 1
	Info
	Warn
	Error
)

// String returns the name of the level, as pages and settings spell it.
func (l Level) String() string {
	switch l {
	case Debug:
		return "debug"
	case Info:
		return "info"
	case Warn:
		return "warn"
	case Error:
		return "error"
	}
	return fmt.Sprintf("Level(%d)", int(l))
}

// ParseLevel returns the level of a name.
func ParseLevel(name string) (Level, error) {
	for l := Debug; l <= Error; l++ {
		if l.String() == name {
			return l, nil
		}
	}
	return 0, fmt.Errorf("must be debug, info, warn or error")
}
