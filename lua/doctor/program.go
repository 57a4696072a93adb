package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

func (e *examination) program() {
	e.found(OK, "lcgi", e.Version, "")
	system := runtime.GOOS + "/" + runtime.GOARCH
	if release, err := e.System.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		system += ", kernel " + strings.TrimSpace(string(release))
	}
	e.found(OK, "system", fmt.Sprintf("%s, processors: %d", system, runtime.NumCPU()), "")
	e.user()
	e.clock()
}

// user tells who the pages run as: rights are theirs, and not those of the
// person who asks.
func (e *examination) user() {
	uid, gid := e.System.Euid(), e.System.Egid()
	groups := []string{numbered(e.System.GroupName(gid), gid)}
	others, _ := e.System.Groups()
	for _, other := range others {
		if other != gid {
			groups = append(groups, numbered(e.System.GroupName(other), other))
		}
	}
	value := fmt.Sprintf("%s, groups: %s", e.userName(uid), strings.Join(groups, ", "))
	switch {
	case uid != 0:
		e.found(OK, "user", value, "")
	case e.Way == WayCommand || e.Way == WayRun:
		e.found(Note, "user", value+"; pages of a web server run as another", "sudo -u www-data lcgi doctor")
	default:
		e.found(Warning, "user", value+"; a mistake in a page may touch every file of the machine", "run it as a user of its own; in its systemd unit: User=www-data")
	}
}

// userName returns what people call a user.
func (e *examination) userName(uid int) string { return numbered(e.System.UserName(uid), uid) }

func numbered(name string, id int) string {
	if name == "" {
		return fmt.Sprint(id)
	}
	return fmt.Sprintf("%s (%d)", name, id)
}

// clock looks whether the time can be true: machines without a battery start in
// 1970. By the clock sessions end and cookies are dated.
func (e *examination) clock() {
	now := e.Now()
	value := now.Format("2006-01-02T15:04:05Z07:00")
	if now.Year() < 2026 || now.Year() >= 2100 {
		e.found(Error, "clock", value+": this cannot be; sessions end by the clock, and browsers drop cookies of another time", "timedatectl set-ntp true")
	} else {
		e.found(OK, "clock", value, "")
	}
	name, set := lookup(e.Environ, "TZ")
	zone, _ := now.Zone()
	name = strings.TrimPrefix(name, ":")
	if set && name != "" && !knownZone(name) {
		e.found(Warning, "time zone", fmt.Sprintf("TZ=%s is not known here, so times are those of %s", name, zone), "name the zone as in TZ=Europe/Berlin")
		return
	}
	e.found(OK, "time zone", zone, "")
}

// knownZone reports whether Go's time can read what TZ says.
func knownZone(name string) bool {
	if filepath.IsAbs(name) {
		_, err := os.Stat(name)
		return err == nil
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// lookup returns the first value of a name in what os.Environ returns.
func lookup(environ []string, name string) (value string, ok bool) {
	for _, entry := range environ {
		if key, value, found := strings.Cut(entry, "="); found && key == name {
			return value, true
		}
	}
	return "", false
}
