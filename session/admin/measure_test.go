package admin

import (
	"math"
	"testing"
	"time"

	"lcgi/session"
)

func TestSpan(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Hour: "0s", 5 * time.Millisecond: "5ms", 59 * time.Second: "59s",
		time.Minute: "1m", 12*time.Minute + 5*time.Second: "12m 5s", time.Hour: "1h", 3*time.Hour + 20*time.Minute + 9*time.Second: "3h 20m",
		day: "1d", 12*day + 3*time.Hour: "12d 3h", 100*day + time.Hour: "100d", math.MaxInt64: "106751d",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%v) = %q, want %q", d, got, want)
		}
	}
	now := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	for d, want := range map[time.Duration]string{
		-time.Hour: "0s ago", 59 * time.Second: "59s ago", time.Hour - 1: "59m ago", day - 1: "23h ago", 3650 * day: "3650d ago",
	} {
		if got := ago(now.Add(-d), now); got != want {
			t.Errorf("%v before: %q, want %q", d, got, want)
		}
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 kB", 10 << 10: "10 kB", 1<<20 - 1: "1024 kB", 1 << 20: "1.0 MB", session.MaxDataLen: "64 MB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestExpires(t *testing.T) {
	created := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	used := created.Add(time.Hour)
	for _, tt := range []struct {
		idle, most time.Duration
		want       time.Time
		ends       bool
	}{
		{0, 0, time.Time{}, false},
		{time.Minute, 0, used.Add(time.Minute), true},
		{time.Minute, 2 * time.Hour, used.Add(time.Minute), true},
		{2 * time.Hour, 2 * time.Hour, created.Add(2 * time.Hour), true},
		{0, 2 * time.Hour, created.Add(2 * time.Hour), true},
	} {
		m := session.Meta{Created: created, LastUse: used, Lifetime: tt.idle, MaxLifetime: tt.most}
		at, ends := expires(m)
		if ends != tt.ends || !at.Equal(tt.want) {
			t.Errorf("idle %v, at most %v: %v, %v; want %v", tt.idle, tt.most, at, ends, tt.want)
		}
		// It says the same as the engine does.
		if ends && (m.Expired(at.Add(-time.Microsecond)) || !m.Expired(at)) {
			t.Errorf("idle %v, at most %v: the engine does not let it expire at %v", tt.idle, tt.most, at)
		}
	}
}

func TestUniqueDigits(t *testing.T) {
	for _, tt := range []struct {
		heads []uint64
		want  int
	}{
		{nil, 8},
		{[]uint64{0x1234567800000000}, 8},
		{[]uint64{0x1234567800000000, 0x1234567900000000}, 8},
		{[]uint64{0x1234567800000000, 0xffffffffffffffff, 0x1234567810000000}, 9},
		{[]uint64{0x1234567812345678, 0x1234567812345679}, 16},
		{[]uint64{0x1234567812345678, 0x1234567812345678}, 16}, // one in 10^13 of a million keys
	} {
		if got := uniqueDigits(tt.heads); got != tt.want {
			t.Errorf("%x need %d digits, want %d", tt.heads, got, tt.want)
		}
	}
}
