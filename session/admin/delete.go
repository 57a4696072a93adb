package admin

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"slices"
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

	failed bool
	done   struct{ sessions, forwards, damaged int }
}

// find returns the records that are to be deleted.
func (d *deletion) find(ctx context.Context, c *call) (targets []record, err error) {
	note := func(info session.Info) error {
		r := newRecord(info)
		if len(c.args) > 0 || d.filter.matches(r, c.now) {
			r.look(info)
			targets = append(targets, r)
		}
		return nil
	}
	if len(c.args) > 0 {
		err = c.find(ctx, c.args, note)
	} else {
		err = c.each(ctx, note)
	}
	return targets, err
}

// removeTime is the least time that is given to remove a record that seems free.
const removeTime = time.Second

// do deletes the records, those in use at last.
func (d *deletion) do(ctx context.Context, c *call, targets []record) error {
	watched, line := c.progress(ctx, "deleting")
	progress := session.Progress(watched)
	slices.SortStableFunc(targets, func(a, b record) int { return cmp.Compare(rank(a), rank(b)) })
	left := d.wait
	for i, r := range targets {
		progress(i, len(targets))
		limit := left
		if !r.inUse {
			limit = max(left, removeTime)
		}
		began := time.Now()
		if d.try(ctx, c, limit, r) {
			continue
		}
		left -= time.Since(began)
		line.clear()
		c.errorf("%s is in use, still after %v, and was not deleted; -wait sets how long to wait", r.name(), d.wait)
	}
	line.finish()
	d.report(c)
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.failed {
		return errReported
	}
	return nil
}

// rank is the place of a record among those to be deleted.
func rank(r record) int {
	if r.inUse {
		return 1
	}
	return 0
}

// try deletes one record, waits for it at most for so long, and reports false if
// it was in use.
func (d *deletion) try(ctx context.Context, c *call, limit time.Duration, r record) bool {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := d.remove(limited, c, r)
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist): // it went by itself
	case ctx.Err() != nil: // do reports it
	case isBusy(err):
		d.failed = true
		return false
	default:
		c.errorf("delete %s: %v", r.name(), err)
		d.failed = true
	}
	return true
}

// remove deletes one record and counts it. One that is expired no more, as it
// was used again with the same id, is not what was asked for.
func (d *deletion) remove(ctx context.Context, c *call, r record) error {
	if err := d.checkExpired(ctx, c, r); err != nil {
		return err
	}
	err := c.engine.Remove(ctx, r.key)
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrNotExist) || !c.isGone(ctx, r.key):
		return err
	case !errors.As(err, new(*session.CorruptError)):
		// Its private folder is left for the next sweep.
		c.errorf("%s: %v", r.name(), err)
		d.failed = true
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
	switch {
	case errors.As(err, new(*session.CorruptError)) && c.isGone(ctx, r.key):
		d.done.damaged++ // it was put aside
		return fs.ErrNotExist
	case err == nil && !meta.Expired(c.env.Now()):
		return fs.ErrNotExist
	}
	return err
}

// isGone reports whether nothing is stored under key.
func (c *call) isGone(ctx context.Context, key session.Key) bool {
	_, _, err := c.engine.View(context.WithoutCancel(ctx), key) // though the time for the removal is over
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
