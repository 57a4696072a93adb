package storetest

import (
	"strings"
	"time"

	"lcgi/session"
)

// metas are of every shape that a store has to keep.
func metas() map[string]session.Meta {
	folder := strings.Repeat("0123456789abcdef", 2)
	all := map[string]session.Meta{
		"plain":           {},
		"kinds":           {Kind: session.KindCounter},
		"name":            {Name: strings.Repeat("n", 64)},
		"name of a byte":  {Name: "!"},
		"kept id":         {KeepID: true},
		"folder":          {Folder: folder},
		"everything":      {Kind: session.KindForward, Name: "cart", KeepID: true, Folder: folder},
		"no limits":       {Lifetime: -1, MaxLifetime: -1},
		"long ago":        {Created: time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC), LastUse: time.Date(1960, 2, 29, 0, 0, 0, 999_999_000, time.UTC)},
		"far away":        {Created: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), LastUse: time.Date(29999, 1, 1, 0, 0, 0, 0, time.UTC)},
		"to the µs":       {Lifetime: time.Microsecond, MaxLifetime: 87600*time.Hour + time.Microsecond},
		"created after":   {Created: time.Now().Add(time.Hour)},
		"another variant": {Kind: session.KindVariable},
	}
	for name, m := range all {
		base := testMeta()
		if m.Created.IsZero() && name != "long ago" {
			m.Created = base.Created
		}
		if m.LastUse.IsZero() {
			m.LastUse = base.LastUse
		}
		switch {
		case m.Lifetime < 0:
			m.Lifetime, m.MaxLifetime = 0, 0
		case m.Lifetime == 0:
			m.Lifetime = base.Lifetime
		}
		all[name] = m
	}
	return all
}

func testMetaFields(e *env) {
	for name, meta := range metas() {
		for _, touched := range []bool{false, true} {
			key := session.NewKey("meta", name)
			r := e.open(key)
			if touched {
				e.must(r.Save(e.Context(), []byte("data"), testMeta()))
				e.must(r.Touch(e.Context(), meta))
			} else {
				e.must(r.Save(e.Context(), []byte("data"), meta))
			}
			_, loaded, err := r.Load(e.Context())
			e.must(err)
			e.must(r.Close())
			_, viewed, err := e.store.View(e.Context(), key)
			e.must(err)
			for how, got := range map[string]session.Meta{"Load": loaded, "View": viewed, "Each": e.each()[key].Meta} {
				if !sameMeta(got, meta) {
					e.Errorf("%s, touched %v: %s returns %+v, saved was %+v", name, touched, how, got, meta)
				}
			}
		}
	}
}

func testMetaChecked(e *env) {
	e.save(testKey, "data", testMeta())
	r := e.open(testKey)
	defer r.Close()
	for _, bad := range []session.Meta{
		{Kind: 200}, {Name: strings.Repeat("n", 65)}, {Folder: "../../etc"}, {Folder: strings.Repeat("A", 32)}, {Folder: strings.Repeat("a", 31)},
	} {
		if err := r.Save(e.Context(), []byte("bad"), bad); err == nil {
			e.Errorf("Save takes %+v", bad)
		}
		if err := r.Touch(e.Context(), bad); err == nil {
			e.Errorf("Touch takes %+v", bad)
		}
	}
	if data, meta, err := r.Load(e.Context()); err != nil || string(data) != "data" || meta.Name != "" {
		e.Errorf("afterwards it loads %q, %+v, %v", data, meta, err)
	}
}

// Only sessions count, each once; what never expires stays for ever.
func testSweepKinds(e *env) {
	muchLater := time.Now().Add(20 * 365 * 24 * time.Hour)
	expected := 0
	for name, meta := range metas() {
		meta.KeepID = false
		e.save(session.NewKey("kinds", name), "data", meta)
		if meta.Kind == session.KindSession && meta.Expired(muchLater) {
			expected++
		}
	}
	e.sweep(muchLater, expected)
	for name, meta := range metas() {
		if meta.Expired(muchLater) {
			e.wantNothing(session.NewKey("kinds", name))
		} else {
			e.wantStored(session.NewKey("kinds", name), "data")
		}
	}
}

func testSweepKeepID(e *env) {
	meta := deadMeta()
	meta.KeepID, meta.Name, meta.Folder = true, "cart", strings.Repeat("0123456789abcdef", 2)
	now := time.Now()
	live := testMeta()
	live.KeepID = true
	e.save(testKey, "data", meta)
	e.save(session.NewKey("storetest", "live"), "data", live)
	held := e.open(testKey)
	e.sweep(now, 0)
	e.must(held.Close())
	e.wantStored(testKey, "data")
	e.sweep(now, 1)
	e.sweep(now, 0) // counted already
	e.wantStored(testKey, "")
	e.wantStored(session.NewKey("storetest", "live"), "data")
	_, got, err := e.store.View(e.Context(), testKey)
	e.must(err)
	meta.Folder = ""
	if !sameMeta(got, meta) {
		e.Errorf("what is kept of it is %+v, want %+v", got, meta)
	}
	e.sweep(now.Add(29*24*time.Hour), 1) // the one that lived
	e.wantStored(testKey, "")
	e.sweep(now.Add(32*24*time.Hour), 0)
	if seen := e.each(); len(seen) != 0 {
		e.Errorf("%d records are kept for longer than 30 days", len(seen))
	}
	e.save(testKey, "data", meta)
	e.sweep(now.Add(32*24*time.Hour), 1) // the first sweep for it comes late
	e.wantNothing(testKey)
}

// The clock may be anywhere.
func testSweepClock(e *env) {
	e.save(testKey, "data", testMeta())
	for _, now := range []time.Time{
		{}, time.Unix(0, 0), time.Now().Add(-time.Hour), time.Now().Add(-100 * 365 * 24 * time.Hour),
	} {
		e.sweep(now, 0)
		e.wantStored(testKey, "data")
	}
	e.sweep(time.Now().Add(10*365*24*time.Hour), 1)
	e.wantNothing(testKey)
	e.save(testKey, "data", testMeta())
	e.sweep(time.Date(290000, 1, 1, 0, 0, 0, 0, time.UTC), 1)
	e.wantNothing(testKey)
}

// sweep sweeps and checks how many sessions are removed.
func (e *env) sweep(now time.Time, want int) {
	e.Helper()
	if removed, err := e.store.Sweep(e.Context(), now); removed != want || err != nil {
		e.Errorf("Sweep reports %d removed, %v, want %d", removed, err, want)
	}
}
