package admin

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/bits"
	"slices"
	"time"
	"unicode/utf8"

	"lcgi/session"
)

// list is "lcgi sessions list".
func list(set *flag.FlagSet) action {
	l := listing{digits: minShown}
	set.BoolVar(&l.json, "json", false, "print an array of JSON objects: full keys, RFC 3339 times, seconds, bytes")
	set.StringVar(&l.filter.name, "name", "", "only sessions of this `name`")
	set.BoolVar(&l.filter.expired, "expired", false, "only expired ones")
	set.BoolVar(&l.filter.live, "live", false, "only live ones")
	set.IntVar(&l.limit, "limit", 0, "at most this `number`, 0 for all")
	return func(ctx context.Context, c *call) error {
		switch {
		case l.limit < 0:
			return usageError("-limit must be a number from 0 up")
		case l.filter.expired && l.filter.live:
			return usageError("-expired and -live exclude each other; give one of them")
		}
		err := c.each(ctx, func(info session.Info) error {
			l.note(info, c.now)
			return nil
		})
		if err != nil {
			return err
		}
		return l.print(c)
	}
}

// A filter says which records are meant.
type filter struct {
	name          string // any if ""
	expired, live bool
}

func (f filter) matches(r record, now time.Time) bool {
	if f.name != "" && (r.meta.Name != f.name || r.damage != nil) {
		return false
	}
	switch r.state(now) {
	case expired:
		return !f.live
	case live, inUse:
		return !f.expired
	}
	return !f.expired && !f.live
}

// minShown is the number of digits of a key that are shown if they are unique.
const minShown = 8

// A listing is the sessions that are to be listed.
type listing struct {
	filter filter
	limit  int
	json   bool

	heads  []uint64 // the beginnings of all keys, for digits
	digits int      // of a key that make it unique
	rows   []record
	found  int // that match, of which the rows are those used last
}

// note takes a record into the listing.
func (l *listing) note(info session.Info, now time.Time) {
	l.heads = append(l.heads, binary.BigEndian.Uint64(info.Key[:]))
	r := newRecord(info)
	if !l.filter.matches(r, now) {
		return
	}
	r.look(info)
	l.found++
	l.rows = append(l.rows, r)
	const slack = 1000
	if l.limit > 0 && len(l.rows) >= 2*l.limit+slack {
		l.sort()
	}
}

// sort puts the sessions used last first and cuts the rows to the limit.
func (l *listing) sort() {
	slices.SortFunc(l.rows, func(a, b record) int {
		return cmp.Or(b.meta.LastUse.Compare(a.meta.LastUse), bytes.Compare(a.key[:], b.key[:]))
	})
	if l.limit > 0 && len(l.rows) > l.limit {
		clear(l.rows[l.limit:])
		l.rows = l.rows[:l.limit]
	}
}

func (l *listing) print(c *call) error {
	l.sort()
	if l.json {
		return printArray(c, l.rows, func(r record) value { return tableValue(r.describe(c.now)...) })
	}
	if len(l.rows) == 0 {
		fmt.Fprintln(c.env.Stderr, "no sessions")
		return nil
	}
	l.digits = uniqueDigits(l.heads)
	if err := l.printTable(c); err != nil {
		return err
	}
	if l.found > len(l.rows) {
		if err := c.out.Flush(); err != nil {
			return err
		}
		fmt.Fprintf(c.env.Stderr, "%d of %d shown\n", len(l.rows), l.found)
	}
	return nil
}

// uniqueDigits returns the number of hex digits that tell all keys apart, of
// which heads are the first 8 bytes.
func uniqueDigits(heads []uint64) int {
	slices.Sort(heads)
	digits := minShown
	for i := 1; i < len(heads); i++ {
		same := bits.LeadingZeros64(heads[i-1]^heads[i]) / 4
		digits = max(digits, min(same+1, 16))
	}
	return digits
}

// columns is what a line of the table holds beside the key and the name.
const columns = "%-16s  %-9s  %-10s  %7s  %s\n"

func (l *listing) printTable(c *call) error {
	width := len("NAME")
	for _, r := range l.rows {
		width = max(width, utf8.RuneCountInString(plain(r.meta.Name)))
	}
	if c.env.Width > 0 {
		rest := l.digits + len(fmt.Sprintf(columns, "", "", "", "", damaged)) - 1 + 4
		width = min(width, max(8, c.env.Width-rest))
	}
	line := func(key, name, created, used, left, size, state string) error {
		_, err := fmt.Fprintf(c.out, "%-*s  %-*s  "+columns, l.digits, key, width, cut(name, width), created, used, left, size, state)
		return err
	}
	if err := line("KEY", "NAME", "CREATED", "LAST USE", "EXPIRES IN", "SIZE", "STATE"); err != nil {
		return err
	}
	for _, r := range l.rows {
		is := r.state(c.now)
		name, created, used, left, bytes := "-", "-", "-", "-", "-"
		if is != damaged {
			name = plain(r.meta.Name)
			created = r.meta.Created.In(c.now.Location()).Format("2006-01-02 15:04")
			used = ago(r.meta.LastUse, c.now)
			bytes = size(r.size)
			if at, ends := expires(r.meta); !ends {
				left = "never"
			} else if is != expired {
				left = span(at.Sub(c.now))
			}
		}
		if err := line(r.key.String()[:l.digits], name, created, used, left, bytes, is); err != nil {
			return err
		}
	}
	return nil
}

// cut shortens s to a number of characters.
func cut(s string, width int) string {
	if utf8.RuneCountInString(s) <= width {
		return s
	}
	runes := []rune(s)
	return string(runes[:width-1]) + "…"
}

// timestamp returns a time as a string of RFC 3339.
func timestamp(t time.Time) value { return textValue(t.UTC().Format(time.RFC3339Nano)) }

// printArray prints a JSON array, with an object on each line.
func printArray[T any](c *call, items []T, describe func(T) value) error {
	separator := "[\n"
	var line []byte
	for _, item := range items {
		line = appendJSON(append(line[:0], separator...), describe(item))
		if _, err := c.out.Write(line); err != nil {
			return err
		}
		separator = ",\n"
	}
	if len(items) == 0 {
		_, err := c.out.WriteString("[]\n")
		return err
	}
	_, err := c.out.WriteString("\n]\n")
	return err
}
