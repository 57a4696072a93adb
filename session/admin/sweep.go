package admin

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"

	"lcgi/session"
)

// sweep is "lcgi sessions sweep".
func sweep(*flag.FlagSet) action {
	return func(ctx context.Context, c *call) error {
		watched, line := c.progress(ctx, "sweeping")
		removed, err := c.engine.Sweep(watched)
		line.finish()
		fmt.Fprintf(c.out, "removed %s\n", number(removed, "expired session", "expired sessions"))
		return errors.Join(err, ctx.Err())
	}
}

// count is "lcgi sessions count".
func count(set *flag.FlagSet) action {
	name := set.String("name", "", "count only sessions of this `name`")
	return func(ctx context.Context, c *call) error {
		n, err := 0, error(nil)
		if *name == "" {
			n, err = c.engine.Count(ctx)
		} else {
			err = c.each(ctx, func(info session.Info) error {
				if r := newRecord(info); r.meta.Name == *name && r.state(c.now) == live {
					n++
				}
				return nil
			})
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.out, n)
		return err
	}
}

// verify is "lcgi sessions verify".
func verify(*flag.FlagSet) action {
	return func(ctx context.Context, c *call) error {
		watched, line := c.progress(ctx, "verifying")
		defer line.finish()
		whole, bad := 0, 0
		err := c.engine.Each(watched, func(info session.Info) error {
			err := info.Damaged
			if err == nil {
				err = verifyData(info)
			}
			switch {
			case err == nil:
				whole++
			case errors.Is(err, fs.ErrNotExist): // it was removed meanwhile
			case ctx.Err() != nil:
				return err
			default:
				bad++
				line.clear()
				_, err := fmt.Fprintf(c.out, "%s: %v\n", info.Key, err)
				return err
			}
			return nil
		})
		line.finish()
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s: %d whole, %d damaged\n", number(whole+bad, "record", "records"), whole, bad)
		if bad > 0 {
			return errReported
		}
		return nil
	}
}

// verifyData reads the data of a record and returns what is wrong with it. Only
// sessions and variables hold values.
func verifyData(info session.Info) error {
	data, err := info.Read()
	if err != nil {
		return err
	}
	switch info.Meta.Kind {
	case session.KindSession:
		if len(data) > 0 {
			return checkTable(data)
		}
	case session.KindVariable:
		return check(data)
	}
	return nil
}
