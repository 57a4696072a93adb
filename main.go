// Command lcgi turns a folder of .lc pages, HTML with Lua in it, into a web
// site with sessions. It runs as a CGI program behind a web server, and has a
// web server of its own.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/term"

	"lcgi/cgi"
	"lcgi/cgi/server"
	"lcgi/lua"
	"lcgi/lua/doctor"
	"lcgi/lua/types"
	"lcgi/session"
	"lcgi/session/admin"
)

const usage = `lcgi runs .lc pages: HTML with Lua in <?lc ... ?>.

  lcgi serve [DIR]              serve the pages of a folder at http://localhost:8080
  lcgi run PAGE [NAME=VALUE ..] run one page and print its output
  lcgi check [PATH ...]         find mistakes in pages without running them
  lcgi sessions COMMAND         list, show, delete, sweep, count or verify sessions
  lcgi shared COMMAND           list, get, set or delete variables that visitors share
  lcgi doctor [DIR]             look for what keeps a site from working
  lcgi types DIR                write what editors need to know of pages (LuaLS)
  lcgi version                  print the version
  lcgi help [COMMAND]           print this, or the flags of a command

As a CGI program (GATEWAY_INTERFACE is set) it runs the page that the web
server names. Settings are environment variables:

`

// Exit codes.
const (
	exitOK     = 0
	exitFailed = 1 // the command did its work and found a fault
	exitUsage  = 2 // the command could not be understood
)

func main() {
	if _, ok := os.LookupEnv("GATEWAY_INTERFACE"); ok {
		// The arguments are the client's (RFC 3875 §4.4) and are not looked at.
		os.Exit(serveCGI())
	}
	os.Exit(exitCode(command(os.Args[1:], os.Stdout, os.Stderr), os.Stderr))
}

// An exit is an exit code as an error, for which all has been said.
type exit int

func (e exit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// A misuse is a command that could not be understood.
type misuse struct{ error }

func misused(format string, args ...any) error { return misuse{fmt.Errorf(format, args...)} }

// exitCode returns the exit code for how a command ended, and says what went wrong.
func exitCode(err error, stderr io.Writer) int {
	var code exit
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	}
	fmt.Fprintf(stderr, "lcgi: %v\n", err)
	if errors.As(err, new(misuse)) {
		return exitUsage
	}
	return exitFailed
}

// serveCGI answers the one request of a CGI process.
func serveCGI() int {
	ctx, listen := untilTerminated()
	logf := logTo(os.Stderr, "lcgi: ")
	settings := lua.DefaultSettings()
	gateway := &cgi.Gateway{Logf: logf}
	environ := os.Environ()
	if err := settings.Apply(os.Getenv); err != nil {
		gateway.Handler = refusal{err}
	} else {
		gateway.Handler = lua.New(lua.Config{Settings: settings, OpenStore: openStore, Logf: logf, Version: version, OnStream: listen})
		gateway.Limits = settings.Limits
		gateway.UploadDir = settings.UploadDir
		gateway.TrustedProxies = settings.TrustedProxies
		gateway.Reasons = settings.Errors == "page"
		if gateway.TrustedProxies != nil {
			environ = cgi.Environ() // who can be trusted is seen by what is there twice
		}
	}
	if err := gateway.ServeCGI(ctx, environ, os.Stdin, os.Stdout); err != nil {
		return exitFailed
	}
	return exitOK
}

// logTo returns a function that writes entries with their time, each at once. Most web
// servers add none of their own to what a program says.
func logTo(w io.Writer, prefix string) func(format string, args ...any) {
	return func(format string, args ...any) {
		io.WriteString(w, time.Now().Format(time.DateTime)+" "+prefix+fmt.Sprintf(format, args...)+"\n")
	}
}

// patience is how long a process leaves SIGTERM to the system, which ends it at
// once. To listen takes a thread more, a tenth of what a short request takes in all;
// and it has no use before there is something to give up.
const patience = 25 * time.Millisecond

// untilTerminated returns a context that ends when the web server wants the
// process to end. The request is then answered with 503, its sessions keep their
// old state, and its temporary files are removed; a page that streams comes to its
// next write. Another SIGTERM ends the process at once. Listen has it listen now.
func untilTerminated() (ctx context.Context, listen func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	listen = sync.OnceFunc(func() {
		terminated := make(chan os.Signal, 1)
		signal.Notify(terminated, syscall.SIGTERM)
		go func() {
			<-terminated
			signal.Stop(terminated)
			cancel(&cgi.StatusError{Status: 503, Reason: "the web server has ended the program (SIGTERM)"})
		}()
	})
	if strings.HasPrefix(strings.ToLower(os.Getenv("CONTENT_TYPE")), "multipart/") {
		// There are files from the beginning. lighttpd sends SIGTERM as soon as it
		// has the answer, Apache when the client is gone.
		listen()
	}
	time.AfterFunc(patience, listen)
	return ctx, listen
}

// A refusal answers every request with the error that keeps lcgi from working.
type refusal struct{ err error }

// Handle implements cgi.Handler.
func (r refusal) Handle(context.Context, *cgi.Response, *cgi.Request) error { return r.err }

// openStore opens the session store of a save path; without one, that of the
// site whose document root is given. Private folders of sessions are in it, too.
func openStore(savePath, root string) (store session.Store, folders string, err error) {
	if savePath == "" {
		if savePath, err = session.MakeDefaultDir(root); err != nil {
			return nil, "", err
		}
	}
	store, err = session.OpenFileStore(savePath, session.FileOptions{})
	return store, filepath.Join(savePath, "folders"), err
}

// command runs the command that args name.
func command(args []string, stdout, stderr io.Writer) error {
	name := "help"
	if len(args) > 0 {
		name, args = args[0], args[1:]
	}
	switch name {
	case "serve":
		return serve(args, stderr)
	case "run":
		return run(args, stdout, stderr)
	case "check":
		return check(args, stdout, stderr)
	case "sessions":
		return administer(admin.Sessions, args, stdout, stderr)
	case "shared":
		return administer(admin.Shared, args, stdout, stderr)
	case "doctor":
		return diagnose(args, stdout, stderr)
	case "types":
		return writeTypes(args, stdout, stderr)
	case "version", "-version", "--version":
		_, err := fmt.Fprintf(stdout, "lcgi %s\n", version())
		return err
	case "help", "-h", "-help", "--help":
		return help(args, stdout, stderr)
	}
	return misused("there is no command %q; `lcgi help` lists them", name)
}

func help(args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] != "help" {
		return command([]string{args[0], "-h"}, stdout, stderr)
	}
	io.WriteString(stdout, usage)
	for _, s := range lua.AllSettings() {
		fmt.Fprintf(stdout, "  %-24s %s (default: %s)\n", s.Name, s.Help, s.Default)
	}
	return nil
}

// version is the version of the module, or the revision it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "(unknown)"
	}
	v := info.Main.Version
	if v == "" {
		v = "(devel)"
	}
	return v + " " + info.GoVersion
}

// flags returns a flag set that reports to stderr and does not exit.
func flags(name, arguments string, stderr io.Writer) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard) // parse reports
	set.Usage = func() {
		fmt.Fprintf(stderr, "usage: lcgi %s [flags] %s\n", name, arguments)
		set.SetOutput(stderr)
		set.PrintDefaults()
	}
	return set
}

// settingFlags adds a flag for every setting: LCGI_MAX_BODY is -max-body.
func settingFlags(set *flag.FlagSet) (values map[string]*string) {
	values = make(map[string]*string)
	for _, s := range lua.AllSettings() {
		values[s.Name] = set.String(flagName(s.Name), "", s.Help+" ("+s.Name+"; default: "+s.Default+")")
	}
	return values
}

// flagName returns the name of the flag for a setting.
func flagName(setting string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(setting, "LCGI_")), "_", "-")
}

// parse reads args into set.
func parse(set *flag.FlagSet, args []string) error {
	usage := set.Usage
	set.Usage = func() {} // a mistake is one line, and not one above twenty
	err := set.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		usage()
		return exit(exitOK)
	case err != nil:
		return misused("%w; `lcgi help %s` lists the flags", err, set.Name())
	}
	for _, arg := range set.Args() {
		if len(arg) > 1 && arg[0] == '-' && set.Lookup(strings.TrimLeft(arg, "-")) != nil {
			return misused("the flag %s stands behind other arguments; flags come first", arg)
		}
	}
	return nil
}

// settings reads the environment and then the flags, which count more.
func settings(base lua.Settings, values map[string]*string, stderr io.Writer) (lua.Settings, error) {
	for _, entry := range os.Environ() {
		name, _, _ := strings.Cut(entry, "=")
		if _, ok := values[name]; !ok && strings.HasPrefix(name, "LCGI_") && !strings.HasPrefix(name, "LCGI_TEST_") {
			fmt.Fprintf(stderr, "lcgi: there is no setting %s; `lcgi help` lists them\n", name)
		}
	}
	if err := base.Apply(os.Getenv); err != nil {
		return base, misused("environment: %w", err)
	}
	if err := absolutePaths(values); err != nil {
		return base, err
	}
	err := base.Apply(func(name string) string { return *values[name] })
	var wrong *lua.SettingError
	if errors.As(err, &wrong) {
		err = misused("the flag -%s=%q cannot be read: %w", flagName(wrong.Name), wrong.Value, wrong.Err)
	}
	return base, err
}

// absolutePaths makes the paths of flags count from where the command is given.
func absolutePaths(values map[string]*string) error {
	for _, s := range lua.AllSettings() {
		if value := values[s.Name]; s.IsPath && *value != "" {
			path, err := filepath.Abs(*value)
			if err != nil {
				return err
			}
			*value = path
		}
	}
	return nil
}

// given returns a function that tells how a setting was made.
func given(values map[string]*string) func(setting string) (value, source string) {
	return func(setting string) (value, source string) {
		if value = strings.TrimSpace(*values[setting]); value != "" {
			return value, "flag -" + flagName(setting)
		}
		if value = strings.TrimSpace(os.Getenv(setting)); value != "" {
			return value, "environment"
		}
		return "", ""
	}
}

// serve is `lcgi serve`.
func serve(args []string, stderr io.Writer) error {
	set := flags("serve", "[DIR]", stderr)
	listen := set.String("listen", "localhost:8080", "address to listen on")
	hosts := set.String("host", "", "further host names to answer for, separated by commas")
	values := settingFlags(set)
	if err := parse(set, args); err != nil {
		return err
	}
	if set.NArg() > 1 {
		return misused("serve takes one folder; flags stand before it")
	}
	base := lua.DefaultSettings()
	base.Errors = "page"
	settings, err := settings(base, values, stderr)
	if err != nil {
		return err
	}
	// Now rather than with the first visitor.
	err = settings.CheckFiles(set.Arg(0))
	if err == nil && settings.SessionSavePath != "" {
		_, _, err = openStore(settings.SessionSavePath, "")
	}
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	conf := server.Config{
		Root: set.Arg(0),
		Addr: *listen,
		Handler: lua.New(lua.Config{
			Settings:  settings,
			Cache:     true,
			OpenStore: openStore,
			Logf:      logTo(stderr, ""),
			Version:   version,
			Given:     given(values),
		}),
		Extensions:     settings.Extensions,
		Limits:         settings.Limits,
		UploadDir:      settings.UploadDir,
		TrustedProxies: settings.TrustedProxies,
		Reasons:        settings.Errors == "page",
		Log:            stderr,
		Color:          isTerminal(stderr),
		Software:       "lcgi",
	}
	if *hosts != "" {
		conf.Hosts = strings.Split(*hosts, ",")
	}
	srv, err := server.New(conf)
	if err != nil {
		return err
	}
	return srv.Serve(ctx)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == ""
}

// run is `lcgi run`.
func run(args []string, stdout, stderr io.Writer) error {
	set := flags("run", "PAGE [NAME=VALUE ...]", stderr)
	root := set.String("root", "", "document root; the working folder if the page is below it, else the page's folder")
	head := set.Bool("head", false, "print status and headers before the output")
	values := settingFlags(set)
	if err := parse(set, args); err != nil {
		return err
	}
	if set.NArg() < 1 {
		return misused("run needs a page; `lcgi help run` tells more")
	}
	settings, err := settings(lua.DefaultSettings(), values, stderr)
	if err != nil {
		return err
	}
	env, err := cgi.CommandEnv(set.Arg(0), *root, set.Args()[1:])
	if err != nil {
		return misuse{err}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	logf := log.New(stderr, "lcgi: ", 0).Printf
	engine := lua.New(lua.Config{Settings: settings, OpenStore: openStore, Logf: logf, Version: version, Given: given(values)})
	request := cgi.NewRequest(env, os.Stdin, settings.Limits)
	response := cgi.NewResponse(&cgi.Printer{Out: stdout, Head: *head}, request)
	return engine.Handle(ctx, response, request)
}

// check is `lcgi check`.
func check(args []string, stdout, stderr io.Writer) error {
	set := flags("check", "[PATH ...]", stderr)
	asJSON := set.Bool("json", false, "print the mistakes as a JSON array")
	values := settingFlags(set)
	if err := parse(set, args); err != nil {
		return err
	}
	settings, err := settings(lua.DefaultSettings(), values, stderr)
	if err != nil {
		return err
	}
	paths := set.Args()
	if len(paths) == 0 {
		paths = []string{"."}
	}
	files, mistakes, err := lua.New(lua.Config{Settings: settings}).CheckPaths(paths)
	if err != nil {
		return misuse{err}
	}
	if *asJSON {
		err = writeJSON(stdout, mistakes)
	} else {
		for _, m := range mistakes {
			fmt.Fprintln(stdout, m)
		}
		fmt.Fprintf(stderr, "files checked: %d, with mistakes: %d\n", files, len(mistakes))
	}
	if err == nil && len(mistakes) > 0 {
		err = exit(exitFailed)
	}
	return err
}

// writeJSON writes what a command has found for a script to read.
func writeJSON(w io.Writer, found any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(found)
}

// diagnose is `lcgi doctor`.
func diagnose(args []string, stdout, stderr io.Writer) error {
	set := flags("doctor", "[DIR]", stderr)
	asJSON := set.Bool("json", false, "print the findings as a JSON array")
	values := settingFlags(set)
	if err := parse(set, args); err != nil {
		return err
	}
	if set.NArg() > 1 {
		return misused("doctor takes one folder; flags stand before it")
	}
	root, err := filepath.Abs(set.Arg(0))
	if err == nil {
		err = absolutePaths(values)
	}
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real // as for a request; one that does not exist is a finding
	}
	engine := lua.New(lua.Config{OpenStore: openStore, Version: version, Given: given(values)})
	findings := doctor.Examine(engine.Subject(root))
	if *asJSON {
		err = writeJSON(stdout, findings)
	} else {
		_, err = io.WriteString(stdout, doctor.Text(findings, isTerminal(stdout)))
	}
	if err == nil && doctor.Failed(findings) {
		err = exit(exitFailed)
	}
	return err
}

// writeTypes is `lcgi types`.
func writeTypes(args []string, stdout, stderr io.Writer) error {
	set := flags("types", "DIR", stderr)
	if err := parse(set, args); err != nil {
		return err
	}
	if set.NArg() != 1 {
		return misused("types needs the one folder to write to")
	}
	return types.Write(set.Arg(0), stdout)
}

// administer is `lcgi sessions` and `lcgi shared`.
func administer(do func(context.Context, []string, admin.Env) int, args []string, stdout, stderr io.Writer) error {
	settings := lua.DefaultSettings()
	if err := settings.Apply(os.Getenv); err != nil {
		return misused("environment: %w", err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	signal.Ignore(syscall.SIGPIPE) // the write says that nobody reads on
	env := admin.Env{
		Stdout: stdout,
		Stderr: stderr,
		Open: func(savePath string) (*session.Engine, error) {
			store, folders, err := openStore(savePath, "")
			if err != nil {
				return nil, err
			}
			logf := log.New(stderr, "lcgi: ", 0).Printf
			return session.New(store, session.Config{Folders: folders, Max: settings.SessionMax, Log: logf}), nil
		},
		SavePath: settings.SessionSavePath,
		Now:      time.Now,
	}
	if f, ok := stdout.(*os.File); ok {
		env.Width, _, _ = term.GetSize(int(f.Fd())) // 0 where it is no terminal
	}
	if f, ok := stderr.(*os.File); ok {
		env.Terminal = term.IsTerminal(int(f.Fd()))
	}
	return exit(do(ctx, args, env))
}
