package admin

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"time"

	"lcgi/session"
)

// show is "lcgi sessions show".
func show(set *flag.FlagSet) action {
	asJSON := set.Bool("json", false, "print a JSON object, with the data in it")
	return func(ctx context.Context, c *call) error {
		var r record
		var data value
		err := c.find(ctx, c.args, func(info session.Info) error {
			var err error
			r = newRecord(info)
			r.look(info)
			if r.damage == nil {
				data, r.damage, err = readData(info)
			}
			return err
		})
		if err != nil {
			return err
		}
		if *asJSON {
			err = printJSON(c, tableValue(append(r.describe(c.now), field("data", data))...))
		} else {
			err = r.print(c, data)
		}
		if err == nil && r.damage != nil {
			err = errReported
		}
		return err
	}
}

// readData returns the data of a session, or what is wrong with it. That of a
// forward is no table, and belongs to whoever knows the old id.
func readData(info session.Info) (v value, damage, err error) {
	data, err := info.Read()
	switch {
	case errors.As(err, new(*session.CorruptError)):
		return value{}, err, nil
	case err != nil:
		return value{}, nil, err
	case info.Meta.Kind != session.KindSession || len(data) == 0:
		return value{}, nil, nil
	}
	v, damage = decode(data)
	return v, damage, nil
}

// printJSON prints a value on several lines.
func printJSON(c *call, v value) error {
	var text bytes.Buffer
	if err := json.Indent(&text, appendJSON(nil, v), "", "  "); err != nil {
		return err
	}
	text.WriteByte('\n')
	_, err := text.WriteTo(c.out)
	return err
}

// print prints the record for people.
func (r record) print(c *call, data value) error {
	line := func(name, text string) { fmt.Fprintf(c.out, "%-12s  %s\n", name, text) } // c.out keeps the error
	moment := func(t time.Time) string {
		return t.In(c.now.Location()).Format("2006-01-02 15:04:05 MST")
	}
	limit := func(d time.Duration) string {
		if d <= 0 {
			return "none"
		}
		return span(d)
	}
	is := r.state(c.now)
	line("key", r.key.String())
	if r.damage != nil {
		line("state", damaged+": "+r.damage.Error())
		return nil
	}
	line("name", plain(r.meta.Name))
	if is == forward {
		line("state", "forward: an id that was retired; it leads to the session's new one")
	} else {
		line("state", is)
	}
	line("created", moment(r.meta.Created)+", "+ago(r.meta.Created, c.now))
	line("last use", moment(r.meta.LastUse)+", "+ago(r.meta.LastUse, c.now))
	if at, ends := expires(r.meta); !ends {
		line("expires", "never")
	} else if is == expired {
		line("expired", moment(at)+", "+ago(at, c.now))
	} else {
		line("expires", moment(at)+", in "+span(at.Sub(c.now)))
	}
	line("lifetime", limit(r.meta.Lifetime))
	line("max lifetime", limit(r.meta.MaxLifetime))
	if r.meta.KeepID {
		line("keep id", "true")
	}
	if r.meta.Folder != "" {
		line("folder", r.meta.Folder)
	}
	line("size", size(r.size))
	if data.kind != session.Nil {
		fmt.Fprintf(c.out, "data = %s\n", appendText(nil, data, 0))
	}
	return nil
}
