package admin

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"time"

	"lcgi/session"
)

// remove is "lcgi sessions delete".
func remove(set *flag.FlagSet) action {
	d := deletion{}
	all := set.Bool("all", false, "delete all sessions; shared variables stay")
	set.BoolVar(&d.filter.expired, "expired", false, "delete the expired sessions")
	set.StringVar(&d.filter.name, "name", "", "delete the sessions of this `name`, with -expired the expired ones of them")
	set.DurationVar(&d.wait, "wait", session.DefaultWait, "how long to wait for sessions in use, in all")
	return func(ctx context.Context, c *call) error {
		ways := 0
		for _, way := range []bool{*all, d.filter != (filter{}), len(c.args) > 0} {
			if way {
				ways++
			}
		}
		switch {
		case ways != 1:
			return usageError("delete takes either keys, or -all, or -expired or -name or both of these")
		case d.wait < 0:
			return usageError("-wait must be a time from 0 up, such as 500ms or 10s")
		}
		targets, err := d.find(ctx, c)
		if err != nil {
			return err
		}
		return d.do(ctx, c, targets)
	}
}

// A deletion is of several records.
type deletion struct {
	filter filter // of the records, if no keys are given
	wait   time.Duration

	busy   []record // those that were in use when they were tried last
	failed bool
	done   struct{ sessions, forwards, damaged int }
}

// find returns the records that are to be deleted.
func (d *deletion) find(ctx context.Context, c *call) (targets []record, err error) {
	note := func(info session.Info) error {
		targets = append(targets, record{key: info.Key, meta: info.Meta, damage: info.Damaged})
		return nil
	}
	if len(c.args) > 0 {
		err = c.find(ctx, c.args, note)
		return targets, err
	}
	err = c.each(ctx, func(info session.Info) error {
		if r := (record{meta: info.Meta, damage: info.Damaged}); !d.filter.matches(r, c.now) {
			return nil
		}
		return note(info)
	})
	return targets, err
}

// glance is the time in which a record that is not in use can be removed.
const glance = 50 * time.Millisecond

// do deletes the records, and those in use at last.
func (d *deletion) do(ctx context.Context, c *call, targets []record) error {
	watched, line := c.progress(ctx, "deleting")
	progress := session.Progress(watched)
	for i, r := range targets {
		progress(i, len(targets))
		d.try(ctx, c, glance, r)
	}
	line.finish()
	again, left := d.busy, d.wait
	d.busy = nil
	for _, r := range again {
		began := time.Now()
		d.try(ctx, c, left, r)
		left -= time.Since(began)
	}
	for _, r := range d.busy {
		c.errorf("%s is in use, still after %v, and was not deleted; -wait sets how long to wait", r.name(), d.wait)
	}
	d.report(c)
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.failed || len(d.busy) > 0 {
		return errReported
	}
	return nil
}

// try deletes one record, waits for it at most for so long if it is in use, and
// notes how that went.
func (d *deletion) try(ctx context.Context, c *call, wait time.Duration, r record) {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	switch err := d.remove(limited, c, r); {
	case err == nil, errors.Is(err, fs.ErrNotExist): // it went by itself
	case ctx.Err() != nil:
	case isBusy(err):
		d.busy = append(d.busy, r)
	default:
		c.errorf("delete %s: %v", r.name(), err)
		d.failed = true
	}
}

// remove deletes one record and counts it. One that is expired no more, as it
// was used again with the same id, is not what was asked for.
func (d *deletion) remove(ctx context.Context, c *call, r record) error {
	if err := d.checkExpired(ctx, c, r); err != nil {
		return err
	}
	err := c.engine.Remove(ctx, r.key)
	if errors.As(err, new(*session.CorruptError)) && c.isGone(ctx, r.key) {
		// A damaged record is put aside, which is all that can be asked for.
		err = nil
	}
	if err != nil {
		return err
	}
	switch {
	case r.damage != nil:
		d.done.damaged++
	case r.meta.Kind == session.KindForward:
		d.done.forwards++
	default:
		d.done.sessions++
	}
	if len(c.args) > 0 {
		fmt.Fprintf(c.out, "deleted %s\n", r.name()) // c.out keeps the error
	}
	return nil
}

// checkExpired returns an error if the record is to be deleted only if it is
// expired, and is not any longer.
func (d *deletion) checkExpired(ctx context.Context, c *call, r record) error {
	if !d.filter.expired {
		return nil
	}
	_, meta, err := c.engine.View(ctx, r.key)
	if err == nil && !meta.Expired(c.env.Now()) {
		return fs.ErrNotExist
	}
	return err
}

// isGone reports whether nothing is stored under key.
func (c *call) isGone(ctx context.Context, key session.Key) bool {
	_, _, err := c.engine.View(ctx, key)
	return errors.Is(err, fs.ErrNotExist)
}

// report prints what was done.
func (d *deletion) report(c *call) {
	if len(c.args) > 0 {
		return
	}
	fmt.Fprintf(c.out, "deleted %s", number(d.done.sessions, "session", "sessions"))
	if n := d.done.forwards; n > 0 {
		fmt.Fprintf(c.out, ", %s", number(n, "retired id", "retired ids"))
	}
	if n := d.done.damaged; n > 0 {
		fmt.Fprintf(c.out, ", %s", number(n, "damaged record", "damaged records"))
	}
	fmt.Fprintln(c.out)
}

// isBusy reports whether an error says that a lock did not become free in time.
func isBusy(err error) bool {
	return errors.Is(err, session.ErrBusy) || errors.Is(err, context.DeadlineExceeded)
}
