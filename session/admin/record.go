package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lcgi/session"
)

// A record is what was seen of one in the store.
type record struct {
	key    session.Key
	meta   session.Meta
	size   int64 // of the data
	damage error // if it is not nil, only the key is known
	inUse  bool
}

// newRecord returns what an Info says, but for whether the record is in use.
func newRecord(info session.Info) record {
	return record{key: info.Key, meta: info.Meta, size: info.Size, damage: info.Damaged}
}

// look finds out whether the record is in use. It is called while the Info is
// good for that.
func (r *record) look(info session.Info) { r.inUse = r.damage == nil && info.InUse() }

// name calls the record in a message.
func (r record) name() string {
	if r.damage != nil {
		return r.key.String()[:minShown]
	}
	return fmt.Sprintf("%s (%s)", r.key.String()[:minShown], plain(r.meta.Name))
}

// describe returns the record as the fields of a JSON object.
func (r record) describe(now time.Time) []entry {
	is := r.state(now)
	if is == inUse {
		is = live
	}
	fields := []entry{
		field("key", textValue(r.key.String())),
		field("state", textValue(is)),
		field("inUse", boolValue(r.inUse)),
	}
	if r.damage != nil {
		return append(fields, field("damage", textValue(r.damage.Error())))
	}
	var end, left, idle, most value // null where there is none
	if at, ends := expires(r.meta); ends {
		end, left = timestamp(at), numberValue(at.Sub(now).Seconds())
	}
	if r.meta.Lifetime > 0 {
		idle = numberValue(r.meta.Lifetime.Seconds())
	}
	if r.meta.MaxLifetime > 0 {
		most = numberValue(r.meta.MaxLifetime.Seconds())
	}
	return append(fields,
		field("name", textValue(r.meta.Name)),
		field("created", timestamp(r.meta.Created)),
		field("lastUse", timestamp(r.meta.LastUse)),
		field("expires", end),
		field("expiresIn", left),
		field("lifetime", idle),
		field("maxLifetime", most),
		field("keepId", boolValue(r.meta.KeepID)),
		field("size", numberValue(float64(r.size))),
	)
}

// isOfSession reports whether a record is not one of the shared variables or of
// the engine's own. What a damaged one was is not known.
func isOfSession(info session.Info) bool {
	return info.Damaged != nil || info.Meta.Kind == session.KindSession || info.Meta.Kind == session.KindForward
}

// each calls fn for every record of a session, dead and damaged ones included,
// and for every old id that leads to one.
func (c *call) each(ctx context.Context, fn func(session.Info) error) error {
	return c.engine.Each(ctx, func(info session.Info) error {
		if !isOfSession(info) {
			return nil
		}
		return fn(info)
	})
}

// minPrefix is the number of digits with which a key can be called.
const minPrefix = 4

// find calls fn for the records whose keys begin as one of the prefixes says, once
// for each. It returns an error if a prefix is malformed, unknown or ambiguous; what
// fn was called for then is not what was meant.
func (c *call) find(ctx context.Context, prefixes []string, fn func(session.Info) error) error {
	wanted := make([]string, len(prefixes))
	for i, p := range prefixes {
		wanted[i] = strings.ToLower(p)
		if len(p) < minPrefix || len(p) > 2*len(session.Key{}) || strings.Trim(wanted[i], "0123456789abcdef") != "" {
			return usageError(fmt.Sprintf("%.70q is not the beginning of a key: that is at least %d hex digits, as `lcgi sessions list` shows them", p, minPrefix))
		}
	}
	found := make([]int, len(wanted))
	err := c.each(ctx, func(info session.Info) error {
		key, any := info.Key.String(), false
		for i, p := range wanted {
			if strings.HasPrefix(key, p) {
				found[i]++
				any = true
			}
		}
		if !any {
			return nil
		}
		return fn(info)
	})
	if err != nil {
		return err
	}
	for i, n := range found {
		switch {
		case n == 0:
			// An id looks like a key, and may have been given by mistake.
			return fmt.Errorf("no session has a key that begins with %s; `lcgi sessions list` shows the keys", cut(wanted[i], 2*minShown))
		case n > 1:
			return fmt.Errorf("%d sessions have keys that begin with %s; give more digits", n, cut(wanted[i], 2*minShown))
		}
	}
	return nil
}
