package time

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a router has no /usr/share/zoneinfo; text that costs nothing until a zone is read

	glua "github.com/yuin/gopher-lua"
)

// zones are the time zones that a machine has used: a file is read for each.
type zones struct {
	byName map[string]*time.Location
}

// argument returns the zone that argument n of the running function names, and
// whether there is one; without one it is UTC.
func (z *zones) argument(L *glua.LState, n int) (zone *time.Location, named bool) {
	if L.Get(n) == glua.LNil {
		return time.UTC, false
	}
	return z.named(L, n, L.CheckString(n)), true
}

// named returns the zone that part of argument n names.
func (z *zones) named(L *glua.LState, n int, name string) *time.Location {
	zone, ok := z.find(name)
	if !ok {
		L.ArgError(n, fmt.Sprintf("there is no time zone %.60q; they are named like Europe/Berlin and America/New_York, besides UTC and local, and time.isZone tells whether there is one", name))
	}
	return zone
}

func (z *zones) find(name string) (*time.Location, bool) {
	switch name {
	case "UTC":
		return time.UTC, true
	case "local":
		return time.Local, true
	}
	if zone, ok := z.byName[name]; ok {
		return zone, true
	}
	if !isZoneName(name) {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, false
	}
	if z.byName == nil {
		z.byName = make(map[string]*time.Location)
	}
	z.byName[name] = zone
	return zone, true
}

// isZoneName reports whether the name may be that of a zone: those of the IANA
// database consist of these letters, and so do their parts. It may come from a visitor,
// and what is beside the zones in their folder is none: "right/" has clocks that count
// leap seconds, posixrules and localtime are another zone on every machine.
func isZoneName(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	switch first {
	case "right", "posix", "posixrules", "localtime", "Local":
		return false
	}
	begins := true
	for _, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (begins || !strings.ContainsRune("0123456789_-+/", rune(c))) {
			return false
		}
		begins = c == '/'
	}
	return !begins && len(name) <= 60
}

// isZone is time.isZone(name). A visitor may have sent anything.
func (z *zones) isZone(L *glua.LState) int {
	name, ok := L.Get(1).(glua.LString)
	if ok {
		_, ok = z.find(string(name))
	}
	L.Push(glua.LBool(ok))
	return 1
}

// offset returns how many seconds the clocks in the zone are ahead of UTC.
func offset(t time.Time, zone *time.Location) int64 {
	_, seconds := t.In(zone).Zone()
	return int64(seconds)
}

// at returns the instant at which the clocks in the zone show what wall shows in
// UTC. Where they show it twice it is the first; where they are put forward past
// it, what they show is later by as much. (RFC 5545 §3.3.5; Go's time.Date does
// not say which.)
func at(wall time.Time, zone *time.Location) time.Time {
	if zone == time.UTC {
		return wall
	}
	// No clock is as much as a day from UTC, and none is put twice in two days.
	const day = 24 * time.Hour
	before, after := offset(wall.Add(-day), zone), offset(wall.Add(day), zone)
	first := unshift(wall, before)
	if offset(first, zone) == before {
		return first
	}
	if second := unshift(wall, after); offset(second, zone) == after {
		return second
	}
	return first
}

// atOffset is at where the text or the table also says by how much the clocks were
// ahead, which tells the two apart that show the same. An offset that the zone did
// not have then is not looked at.
func atOffset(wall time.Time, zone *time.Location, seconds int64) time.Time {
	if t := unshift(wall, seconds); offset(t, zone) == seconds {
		return t
	}
	return at(wall, zone)
}

func unshift(wall time.Time, offset int64) time.Time {
	return wall.Add(-time.Duration(offset) * time.Second)
}

// wall returns a time whose fields in UTC are those of t in the zone.
func wall(t time.Time, zone *time.Location) time.Time {
	return t.Add(time.Duration(offset(t, zone)) * time.Second).UTC()
}
