package vm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// Config is what a machine gets from its host.
type Config struct {
	Output io.Writer // print, io.write, io.stdout and what children of os.execute print
	Input  io.Reader // io.read and io.stdin; nil is empty
	Log    io.Writer // io.stderr and what children print there
	Dir    string    // relative file names mean files below it

	// Getenv is os.getenv. ok tells whether the variable exists.
	Getenv func(name string) (value string, ok bool)

	// Check is asked before any source is compiled at run time (load,
	// loadstring, loadfile, dofile, require) and may refuse it.
	Check func(name, code string) error

	// Require finds a module and returns its loader. An error is a
	// *NoModuleError, or tells what is wrong with the module that was found.
	Require func(L *glua.LState, module string) (*glua.LFunction, error)
}

const (
	// maxCallDepth is how deep calls nest: Lua 5.1's LUAI_MAXCALLS is 20,000.
	maxCallDepth = 16_000
	// Values on the machine's stack: at the start, a growth step, at most.
	registryStart = 1 << 10
	registryStep  = 1 << 15
	registryMax   = 1 << 21
	// The same for a coroutine, of which programs make many.
	threadCallDepth     = 4_000
	threadRegistryStart = 1 << 7
	threadRegistryMax   = 1 << 18
	threadRegistryStep  = 1 << 12
)

// A Machine runs programs for one request, on one goroutine at a time. What a
// program leaves behind in it is seen by later programs of the same machine
// and by nobody else.
type Machine struct {
	// Host is for the machine's owner: Go functions reach it through [Of].
	Host any

	state     *glua.LState
	lib       *Library
	cfg       Config
	installed []bool
	ctx       context.Context // of the run
	fuel      int             // instructions until the context is looked at again
	done      chan struct{}   // closed when the run must end
	stopped   error           // why; nil while it goes on
	protected int             // calls of pcall and xpcall that wait for one another
	raised    *raised         // by the last call of Raise; nil before it
	files     []io.Closer     // opened by programs, closed by Close
	strings   *glua.LTable    // the metatable of strings
	programs  []*Program      // that were loaded
	threads   threads         // the coroutines
	sites     map[*glua.FunctionProto]*functionSites
	random    *rand.Rand // of math.random; nil until it is used
}

// New returns a machine that has made nothing of lib yet.
func New(lib *Library, cfg Config) *Machine {
	m := &Machine{
		state: glua.NewState(glua.Options{
			SkipOpenLibs:        true,
			CallStackSize:       maxCallDepth,
			MinimizeStackMemory: true,
			RegistrySize:        registryStart,
			RegistryGrowStep:    registryStep,
			RegistryMaxSize:     registryMax,
		}),
		lib:       lib,
		cfg:       cfg,
		installed: make([]bool, len(lib.installers)),
		ctx:       context.Background(),
		done:      make(chan struct{}),
	}
	// Coroutines take their sizes from the thread that makes them.
	options := &m.state.Options
	options.CallStackSize = threadCallDepth
	options.RegistrySize = threadRegistryStart
	options.RegistryGrowStep = threadRegistryStep
	options.RegistryMaxSize = threadRegistryMax
	m.state.SetContext(machineContext{m})
	installStringType(m.state)
	return m
}

// Of returns the machine that L belongs to, be L its main thread or one of its
// coroutines.
func Of(L *glua.LState) *Machine { return L.Context().(machineContext).Machine }

// Library returns the library the machine was made with.
func (m *Machine) Library() *Library { return m.lib }

// State returns the machine's main thread.
func (m *Machine) State() *glua.LState { return m.state }

// Path returns the file that a program means by name.
func (m *Machine) Path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(m.cfg.Dir, name)
}

// Load makes a function of p, and makes what of the library p needs. It may
// raise a Lua error and so is called from inside a running program or Run.
func (m *Machine) Load(p *Program) *glua.LFunction {
	for _, i := range p.needs {
		m.install(i)
	}
	m.programs = append(m.programs, p)
	return m.state.NewFunctionFromProto(p.proto)
}

func (m *Machine) install(i int) {
	if !m.installed[i] {
		m.installed[i] = true
		m.lib.installers[i](m.state)
	}
}

// Run runs p with args to its end, to [Machine.Exit], or until ctx ends. An
// error is an *Error.
func (m *Machine) Run(ctx context.Context, p *Program, args ...glua.LValue) error {
	return m.Protect(ctx, func(L *glua.LState) {
		L.Push(m.Load(p))
		for _, arg := range args {
			L.Push(arg)
		}
		L.Call(len(args), 0)
	})
}

// Protect runs f, which may call Lua functions and raise Lua errors, until it
// returns, until [Machine.Exit], or until ctx ends. An error is an *Error. A
// program that ended early by Exit is no error.
func (m *Machine) Protect(ctx context.Context, f func(L *glua.LState)) error {
	m.ctx, m.stopped = ctx, nil
	m.threads.nested, m.protected = 0, 0
	m.done = make(chan struct{})

	var frames []Frame
	var goStack []byte
	outer := m.state.NewFunction(func(L *glua.LState) int {
		// The frames must be read here: when PCall returns they are gone.
		defer func() {
			if r := recover(); r != nil {
				frames = callStack(L)
				if _, ok := r.(runtime.Error); ok {
					goStack = debug.Stack()
				}
				panic(&glua.ApiError{Type: glua.ApiErrorRun, Object: errorValue(L, r), StackTrace: " "})
			}
		}()
		f(L)
		return 0
	})
	m.state.Push(outer)
	err := m.state.PCall(0, 0, nil)
	if m.stopped == nil && ctx.Err() != nil {
		// It came to its end, or to an error, only because it had to stop: a
		// child process that was killed, a wait that was broken off.
		m.stopped = context.Cause(ctx)
	}
	var failed *Error
	if err != nil {
		failed = newError(m.state, err, frames, goStack)
	}
	switch {
	case m.stopped == errExit, m.stopped == nil && failed == nil:
		return nil
	case m.stopped == nil, failed != nil && failed.Cause != nil:
		// What a Go function says of the wait that was broken off tells more than
		// that the time was over.
		return failed
	}
	return &Error{Message: m.stopped.Error(), Frames: frames, Cause: m.stopped}
}

// Exit ends the running program as if it had come to its end. No pcall can
// hold it. It does not return.
func (m *Machine) Exit(L *glua.LState) {
	m.stop(errExit)
	L.RaiseError("exit")
}

// End is [Machine.Exit] for who has no thread to raise an error in, such as
// Config.Output: it returns, and the program ends when Lua code goes on.
func (m *Machine) End() { m.stop(errExit) }

// Close releases what programs left open. The machine is not used again.
func (m *Machine) Close() {
	for _, f := range m.files {
		f.Close()
	}
	m.files = nil
}

var errExit = errors.New("exit")

// stop ends the program that runs: gopher-lua looks at done before each
// instruction, so a pcall that catches the first error meets the next one at
// once.
func (m *Machine) stop(cause error) {
	if m.stopped == nil {
		m.stopped = cause
		close(m.done)
	}
}

// Poll looks whether the run must end, and returns why.
func (m *Machine) Poll() error {
	if m.stopped == nil && m.ctx.Err() != nil {
		m.stop(context.Cause(m.ctx))
	}
	return m.stopped
}

// pollInterval is the number of instructions between two looks at the context
// of a run.
const pollInterval = 1 << 10

// Spend takes note of library functions that go through that many bytes, so
// that a loop of long calls is not looked at too seldom.
func (m *Machine) Spend(bytes int) { m.fuel -= bytes >> 8 }

// machineContext is the context that gopher-lua polls before each instruction.
// It asks the context of the run now and then: a timer and a goroutine that
// wait for its end would cost a short request more than all else it does. And
// it leads from a thread to its machine, which saves every Go function that a
// program can call a closure.
type machineContext struct{ *Machine }

func (c machineContext) Deadline() (time.Time, bool) { return time.Time{}, false }

func (c machineContext) Done() <-chan struct{} {
	m := c.Machine
	if m.fuel--; m.fuel <= 0 {
		m.fuel = pollInterval
		m.Poll()
	}
	return m.done
}

func (c machineContext) Err() error    { return c.stopped }
func (c machineContext) Value(any) any { return nil }

func (c machineContext) String() string { return fmt.Sprintf("vm.Machine(%p)", c.Machine) }
