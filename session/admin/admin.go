package admin

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"

	"lcgi/session"
)

// Exit codes, which are those of main.
const (
	exitOK     = 0
	exitFailed = 1 // the command did its work and found a fault, or could not do it
	exitUsage  = 2 // the command could not be understood
)

// Env is what the commands take from their surroundings.
type Env struct {
	Stdout, Stderr io.Writer

	// Open opens the store in a folder that exists. It is called once at most.
	Open func(savePath string) (*session.Engine, error)

	SavePath string           // the setting LCGI_SESSION_SAVE_PATH; "" if it is not made
	Terminal bool             // Stderr is a terminal, on which progress can be shown
	Width    int              // columns of the terminal; 0 cuts nothing
	Now      func() time.Time // the clock, which is also the engine's; times are shown in its location
}

// Sessions does what "lcgi sessions" with the given arguments is to do, and
// returns the exit code. When ctx ends it stops at the next record.
func Sessions(ctx context.Context, args []string, env Env) int {
	return group{
		name:  "sessions",
		about: "shows the sessions of a site, and removes those that are named",
		commands: []command{
			{"list", "", "list the sessions, those used last first", 0, 0, list},
			{"show", "KEY", "print a session and its data", 1, 1, show},
			{"delete", "[KEY ...]", "delete sessions, by key or all of a kind", 0, -1, remove},
			{"sweep", "", "remove expired sessions", 0, 0, sweep},
			{"count", "", "print the number of live sessions", 0, 0, count},
			{"verify", "", "read every record and report the damaged ones", 0, 0, verify},
		},
		note: "KEY is the beginning of a session's key, of at least 4 digits.",
	}.run(ctx, args, env)
}

// Shared does what "lcgi shared" with the given arguments is to do; see
// [Sessions].
func Shared(ctx context.Context, args []string, env Env) int {
	return group{
		name:  "shared",
		about: "shows and changes the variables that the visitors of a site share",
		commands: []command{
			{"list", "", "list the shared variables", 0, 0, listShared},
			{"get", "NAME", "print the value of a variable", 1, 1, getShared},
			{"set", "NAME VALUE", "change a variable that exists", 2, 2, setShared},
			{"delete", "[NAME ...]", "delete variables", 0, -1, deleteShared},
		},
		note: "set takes a VALUE of the type that the variable has: a number, true or false, a\ntext, a time as in RFC 3339, a table as JSON. A value of any type is JSON, with --json.",
	}.run(ctx, args, env)
}

// A group is a command of lcgi that has commands of its own.
type group struct {
	name     string
	about    string
	commands []command
	note     string
}

// A command is one of a group.
type command struct {
	name      string
	arguments string // as the usage shows them
	help      string
	min, max  int // number of arguments; no maximum if negative
	prepare   func(set *flag.FlagSet) action
}

// An action is a command whose flags have been read.
type action func(ctx context.Context, c *call) error

// A call is a command that is being carried out.
type call struct {
	env    Env
	out    *bufio.Writer // to Stdout
	args   []string
	engine *session.Engine
	now    time.Time // at which the call began
}

// usageError reports a command that could not be understood.
type usageError string

func (e usageError) Error() string { return string(e) }

// errReported ends a command that has said already what is wrong.
var errReported = errors.New("reported")

// output notes the first error of a writer.
type output struct {
	w   io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.w.Write(p)
	if err != nil && o.err == nil {
		o.err = err
	}
	return n, err
}

func (g group) run(ctx context.Context, args []string, env Env) int {
	if len(args) == 0 {
		g.usage(env.Stderr)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		g.usage(env.Stderr)
		return exitOK
	}
	for _, cmd := range g.commands {
		if cmd.name == args[0] {
			return g.do(ctx, cmd, args[1:], env)
		}
	}
	fmt.Fprintf(env.Stderr, "lcgi: there is no command %q of %s\n", args[0], g.name)
	g.usage(env.Stderr)
	return exitUsage
}

func (g group) usage(w io.Writer) {
	fmt.Fprintf(w, "usage: lcgi %s COMMAND [flags] [arguments]\n\nlcgi %[1]s %s.\n\n", g.name, g.about)
	for _, cmd := range g.commands {
		fmt.Fprintf(w, "  %-20s %s\n", strings.TrimSpace(cmd.name+" "+cmd.arguments), cmd.help)
	}
	fmt.Fprintf(w, "\n%s\nWith -savepath the sessions are those in a folder, else those in the folder that\nLCGI_SESSION_SAVE_PATH names, else those of the site in the working folder or -root.\n`lcgi %s COMMAND -h` lists the flags of a command.\n", g.note, g.name)
}

// do reads the flags of a command and carries it out.
func (g group) do(ctx context.Context, cmd command, args []string, env Env) int {
	name := g.name + " " + cmd.name
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	act := cmd.prepare(set)
	var at place
	at.flags(set)
	switch err := set.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintf(env.Stderr, "usage: lcgi %s\n%s.\n", strings.TrimSpace(name+" [flags] "+cmd.arguments), cmd.help)
		set.SetOutput(env.Stderr)
		set.PrintDefaults()
		return exitOK
	case err != nil:
		fmt.Fprintf(env.Stderr, "lcgi: %v; `lcgi %s -h` lists the flags\n", err, name)
		return exitUsage
	}
	if err := cmd.checkArguments(name, set); err != nil {
		fmt.Fprintf(env.Stderr, "lcgi: %v\n", err)
		return exitUsage
	}
	out := &output{w: env.Stdout}
	c := &call{env: env, out: bufio.NewWriter(out), args: set.Args(), now: env.Now()}
	err := at.open(c, isSet(set, "json"))
	if err == nil {
		err = act(ctx, c)
	}
	if flushErr := c.out.Flush(); err == nil {
		err = flushErr
	}
	return c.exitCode(ctx, err, out.err)
}

// checkArguments returns an error if there are too many or too few.
func (cmd command) checkArguments(name string, set *flag.FlagSet) error {
	if n := set.NArg(); n >= cmd.min && (cmd.max < 0 || n <= cmd.max) {
		return nil
	}
	for _, arg := range set.Args() {
		flagName, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if len(arg) > 1 && arg[0] == '-' && set.Lookup(flagName) != nil {
			return usageError(fmt.Sprintf("the flag %s stands behind other arguments; flags come first", arg))
		}
	}
	return usageError(fmt.Sprintf("usage: lcgi %s; `lcgi %s -h` tells more", strings.TrimSpace(name+" [flags] "+cmd.arguments), name))
}

// isSet reports whether a boolean flag that the command may have is set.
func isSet(set *flag.FlagSet, name string) bool {
	f := set.Lookup(name)
	return f != nil && f.Value.String() == "true"
}

// exitCode reports how the call ended. An output that nobody reads any more is
// no mistake to be told of.
func (c *call) exitCode(ctx context.Context, err, outErr error) int {
	var usage usageError
	switch {
	case errors.Is(outErr, syscall.EPIPE):
	case outErr != nil:
		c.errorf("write the output: %v", outErr)
	case err == nil:
		return exitOK
	case errors.As(err, &usage):
		c.errorf("%v", err)
		return exitUsage
	case errors.Is(err, errReported):
	case ctx.Err() != nil:
		c.errorf("interrupted")
	default:
		c.errorf("%v", err)
	}
	return exitFailed
}

// errorf writes a line for the person who called.
func (c *call) errorf(format string, args ...any) {
	fmt.Fprintf(c.env.Stderr, "lcgi: "+format+"\n", args...)
}
