package admin

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"lcgi/session"
)

// listShared is "lcgi shared list".
func listShared(set *flag.FlagSet) action {
	asJSON := set.Bool("json", false, "print an array of JSON objects, with the values in them")
	return func(ctx context.Context, c *call) error {
		names, err := c.engine.Shared().Keys(ctx)
		if err != nil {
			return err
		}
		var all []variable
		for _, name := range names {
			v := variable{name: name}
			data, err := c.engine.Shared().Get(ctx, name)
			switch {
			case ctx.Err() != nil:
				return ctx.Err()
			case err == nil && data == nil:
				continue // it was deleted meanwhile
			case err == nil:
				v.size = len(data)
				v.value, err = decode(data)
			}
			v.damage = err
			all = append(all, v)
		}
		if *asJSON {
			return printArray(c, all, variable.describe)
		}
		if len(all) == 0 {
			fmt.Fprintln(c.env.Stderr, "no shared variables")
			return nil
		}
		return printVariables(c, all)
	}
}

// A variable is a shared one.
type variable struct {
	name   string
	value  value
	size   int // of the encoded value
	damage error
}

// describe returns the variable as a JSON object.
func (v variable) describe() value {
	if v.damage != nil {
		return tableValue(field("name", textValue(v.name)), field("damage", textValue(v.damage.Error())))
	}
	return tableValue(
		field("name", textValue(v.name)),
		field("type", textValue(kindName(v.value.kind))),
		field("size", numberValue(float64(v.size))),
		field("value", v.value),
	)
}

// printVariables prints a table for people.
func printVariables(c *call, all []variable) error {
	const columns = "%-7s  %7s  %s\n"
	width := len("NAME")
	for _, v := range all {
		width = max(width, utf8.RuneCountInString(plain(v.name)))
	}
	const valueWidth = 24 // of which there is room for at least so much
	rest := len("boolean") + 7 + 3*2
	if c.env.Width > 0 {
		width = min(width, max(8, c.env.Width-rest-valueWidth))
	}
	room := 0
	if c.env.Width > 0 {
		room = max(valueWidth, c.env.Width-rest-width)
	}
	if _, err := fmt.Fprintf(c.out, "%-*s  "+columns, width, "NAME", "TYPE", "SIZE", "VALUE"); err != nil {
		return err
	}
	for _, v := range all {
		kind, bytes, text := kindName(v.value.kind), size(int64(v.size)), preview(v.value)
		if v.damage != nil {
			kind, bytes, text = damaged, "-", v.damage.Error()
		}
		if room > 0 {
			text = cut(text, room)
		}
		if _, err := fmt.Fprintf(c.out, "%-*s  "+columns, width, cut(plain(v.name), width), kind, bytes, text); err != nil {
			return err
		}
	}
	return nil
}

// preview returns a value in one line.
func preview(v value) string {
	if v.kind == session.Table && len(v.entries) > 0 {
		return "{…} " + number(len(v.entries), "entry", "entries")
	}
	return string(appendText(nil, v, 0))
}

// getShared is "lcgi shared get".
func getShared(set *flag.FlagSet) action {
	asJSON := set.Bool("json", false, "print the value as JSON")
	return func(ctx context.Context, c *call) error {
		data, err := c.engine.Shared().Get(ctx, c.args[0])
		if err != nil {
			return err
		}
		if data == nil {
			return noVariable(c.args[0])
		}
		v, err := decode(data)
		if err != nil {
			return fmt.Errorf("the shared variable %s cannot be read: %w", plain(c.args[0]), err)
		}
		if *asJSON {
			return printJSON(c, v)
		}
		_, err = fmt.Fprintf(c.out, "%s\n", appendText(nil, v, 0))
		return err
	}
}

func noVariable(name string) error {
	return fmt.Errorf("there is no shared variable %s; `lcgi shared list` lists them", plain(name))
}

// setShared is "lcgi shared set".
func setShared(set *flag.FlagSet) action {
	asJSON := set.Bool("json", false, "VALUE is JSON, of any type")
	wait := set.Duration("wait", session.DefaultWait, "how long to wait while pages change the variable")
	return func(ctx context.Context, c *call) error {
		name, text := c.args[0], c.args[1]
		var given []byte
		if *asJSON {
			v, err := parseJSON(text)
			if err == nil {
				given, err = v.encode()
			}
			if err != nil {
				return usageError(err.Error())
			}
		}
		if *wait <= 0 {
			return usageError(wrongWait)
		}
		// To look for it under its lock would make a record to be locked.
		data, err := c.engine.Shared().Get(ctx, name)
		if err != nil {
			return err
		}
		if data == nil {
			return fmt.Errorf("%w; a page makes one with shared.set", noVariable(name))
		}
		err = c.change(ctx, *wait, name, func(ctx context.Context) error {
			return c.engine.Shared().Update(ctx, name, func(old []byte) ([]byte, error) {
				switch {
				case old == nil:
					return nil, noVariable(name)
				case given != nil:
					return given, nil
				}
				return sameType(name, old, text)
			})
		})
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(c.out, "changed %s\n", plain(name))
		return err
	}
}

const wrongWait = "-wait must be a time above 0, such as 500ms or 10s"

// change does what waits for the lock of a variable, for so long.
func (c *call) change(ctx context.Context, wait time.Duration, name string, do func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	for {
		switch err := do(limited); {
		case !isBusy(err):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case limited.Err() != nil:
			return fmt.Errorf("the shared variable %s is in use, still after %v; -wait sets how long to wait", plain(name), wait)
		}
		// The engine has a limit of its own.
	}
}

// sameType returns the encoding of the value of text that has the type of the
// stored one.
func sameType(name string, stored []byte, text string) ([]byte, error) {
	t, err := session.NewDecoder(stored).Next()
	if err != nil {
		return nil, fmt.Errorf("the shared variable %s cannot be read: %w; with -json it can be replaced", plain(name), err)
	}
	v, err := parseAs(t.Kind, text)
	if err != nil {
		return nil, fmt.Errorf("the shared variable %s is a %s, and %w; with -json a value of another type can be set", plain(name), kindName(t.Kind), err)
	}
	return v.encode()
}

// parseAs returns the value of the given kind that text means.
func parseAs(kind session.ValueKind, text string) (value, error) {
	switch kind {
	case session.Number:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return value{}, fmt.Errorf("%.100q is not a number", text)
		}
		return numberValue(f), nil
	case session.Bool:
		if text != "true" && text != "false" {
			return value{}, fmt.Errorf("%.100q is neither true nor false", text)
		}
		return boolValue(text == "true"), nil
	case session.Time:
		t, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return value{}, fmt.Errorf("%.100q is not a time such as 2026-11-20T09:00:00Z", text)
		}
		return value{kind: session.Time, time: t}, nil
	case session.Table:
		v, err := parseJSON(text)
		if err == nil && v.kind != session.Table {
			err = errors.New("the JSON is neither an object nor an array")
		}
		return v, err
	}
	return textValue(text), nil
}

// deleteShared is "lcgi shared delete".
func deleteShared(set *flag.FlagSet) action {
	all := set.Bool("all", false, "delete all shared variables")
	wait := set.Duration("wait", session.DefaultWait, "how long to wait while pages change a variable")
	return func(ctx context.Context, c *call) error {
		switch {
		case *all == (len(c.args) > 0):
			return usageError("delete takes the names of variables, or -all")
		case *wait <= 0:
			return usageError(wrongWait)
		}
		if *all {
			return c.deleteAllVariables(ctx, *wait)
		}
		missing := false
		for _, name := range c.args {
			existed, err := c.deleteVariable(ctx, *wait, name)
			if err != nil {
				return err
			}
			if !existed {
				c.errorf("%v", noVariable(name))
				missing = true
				continue
			}
			fmt.Fprintf(c.out, "deleted %s\n", plain(name)) // c.out keeps the error
		}
		if missing {
			return errReported
		}
		return nil
	}
}

func (c *call) deleteAllVariables(ctx context.Context, wait time.Duration) error {
	names, err := c.engine.Shared().Keys(ctx)
	if err != nil {
		return err
	}
	deleted := 0
	for _, name := range names {
		existed, err := c.deleteVariable(ctx, wait, name)
		if err != nil {
			return err
		}
		if existed {
			deleted++
		}
	}
	_, err = fmt.Fprintf(c.out, "deleted %s\n", number(deleted, "shared variable", "shared variables"))
	return err
}

// deleteVariable deletes a shared variable and reports whether there was one.
func (c *call) deleteVariable(ctx context.Context, wait time.Duration, name string) (existed bool, err error) {
	if data, err := c.engine.Shared().Get(ctx, name); err != nil || data == nil {
		return false, err
	}
	err = c.change(ctx, wait, name, func(ctx context.Context) (err error) {
		existed, err = c.engine.Shared().Delete(ctx, name)
		return err
	})
	return existed, err
}
