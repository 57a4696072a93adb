package admin

import (
	"fmt"
	"time"

	"lcgi/session"
)

// expires returns when a record dies if it is used no more, and false if it does
// not.
func expires(m session.Meta) (time.Time, bool) {
	var at time.Time
	if m.Lifetime > 0 {
		at = m.LastUse.Add(m.Lifetime)
	}
	if m.MaxLifetime > 0 {
		if last := m.Created.Add(m.MaxLifetime); m.Lifetime <= 0 || last.Before(at) {
			at = last
		}
	}
	return at, m.Lifetime > 0 || m.MaxLifetime > 0
}

// The states of a record.
const (
	live    = "live"
	inUse   = "in use"
	expired = "expired"
	forward = "forward" // an old id that leads to its session
	damaged = "damaged"
)

// state returns the state that matters most.
func (r record) state(now time.Time) string {
	switch {
	case r.damage != nil:
		return damaged
	case r.meta.Expired(now):
		return expired
	case r.meta.Kind == session.KindForward:
		return forward
	case r.inUse:
		return inUse
	}
	return live
}

// span returns a duration in at most two units: 45s, 12m 5s, 3h 20m, 12d 3h.
func span(d time.Duration) string {
	const day = 24 * time.Hour
	big, bigUnit, small, smallUnit := time.Minute, "m", time.Second, "s"
	switch {
	case d < time.Second && d > 0:
		return fmt.Sprintf("%dms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%ds", max(0, d)/time.Second)
	case d >= 100*day:
		return fmt.Sprintf("%dd", d/day)
	case d >= day:
		big, bigUnit, small, smallUnit = day, "d", time.Hour, "h"
	case d >= time.Hour:
		big, bigUnit, small, smallUnit = time.Hour, "h", time.Minute, "m"
	}
	text := fmt.Sprintf("%d%s", d/big, bigUnit)
	if rest := d % big / small; rest > 0 {
		text += fmt.Sprintf(" %d%s", rest, smallUnit)
	}
	return text
}

// ago returns how long before now a time is, in one unit. A clock that was set
// back makes none of it negative.
func ago(t, now time.Time) string {
	const day = 24 * time.Hour
	d := max(0, now.Sub(t))
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds ago", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm ago", d/time.Minute)
	case d < day:
		return fmt.Sprintf("%dh ago", d/time.Hour)
	}
	return fmt.Sprintf("%dd ago", d/day)
}

// size returns a number of bytes with a unit of the settings'.
func size(n int64) string {
	unit, f := "kB", float64(n)/(1<<10)
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n >= 1<<20:
		unit, f = "MB", float64(n)/(1<<20)
	}
	if f < 10 {
		return fmt.Sprintf("%.1f %s", f, unit)
	}
	return fmt.Sprintf("%.0f %s", f, unit)
}

// number returns a count with its noun.
func number(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, more)
}
