package vm

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	glua "github.com/yuin/gopher-lua"
)

// ioState is the default input and output of a machine.
type ioState struct{ input, output *glua.LUserData }

// installIO opens the io library over the machine's own streams: what pages
// write goes to the page, never to a descriptor the server owns.
func installIO(L *glua.LState) {
	installFileType(L)
	m := Of(L)
	var input io.Reader = strings.NewReader("")
	if m.cfg.Input != nil {
		input = m.cfg.Input
	}
	stdin := newFile(L, &file{name: "stdin", reader: bufio.NewReader(input), stream: true})
	stdout := newFile(L, &file{name: "stdout", writer: m.cfg.Output, stream: true})
	stderr := newFile(L, &file{name: "stderr", writer: m.cfg.Log, stream: true})
	state := &ioState{input: stdin, output: stdout}

	lib := newLibraryTable(L, "io", nil)
	lib.RawSetString("stdin", stdin)
	lib.RawSetString("stdout", stdout)
	lib.RawSetString("stderr", stderr)
	for name, f := range map[string]glua.LGFunction{
		"close":   state.close,
		"flush":   func(L *glua.LState) int { return flushFile(L, state.out(L)) },
		"input":   state.setInput,
		"lines":   state.lines,
		"open":    ioOpen,
		"output":  state.setOutput,
		"popen":   ioPopen,
		"read":    func(L *glua.LState) int { return readFile(L, state.in(L), 1) },
		"tmpfile": ioTmpfile,
		"type":    ioType,
		"write":   func(L *glua.LState) int { return writeFile(L, state.out(L), 1) },
	} {
		set(L, lib, name, f)
	}
}

func (s *ioState) in(L *glua.LState) *file {
	f := s.input.Value.(*file)
	if f.closed {
		L.RaiseError("standard input file is closed")
	}
	return f
}

func (s *ioState) out(L *glua.LState) *file {
	f := s.output.Value.(*file)
	if f.closed {
		L.RaiseError("standard output file is closed")
	}
	return f
}

func (s *ioState) close(L *glua.LState) int {
	if L.GetTop() == 0 {
		return closeFile(L, s.out(L))
	}
	return closeFile(L, checkFile(L, 1))
}

func (s *ioState) setInput(L *glua.LState) int  { return redirect(L, &s.input, "r") }
func (s *ioState) setOutput(L *glua.LState) int { return redirect(L, &s.output, "w") }

// redirect makes the file that is argument 1, or that it names, a default.
func redirect(L *glua.LState, stream **glua.LUserData, mode string) int {
	switch arg := L.Get(1).(type) {
	case glua.LString:
		ud, err := openFile(L, string(arg), mode)
		if err != nil {
			L.RaiseError("%s", err.Error())
		}
		*stream = ud
	case *glua.LUserData:
		checkFile(L, 1)
		*stream = arg
	}
	L.Push(*stream)
	return 1
}

func (s *ioState) lines(L *glua.LState) int {
	if L.GetTop() == 0 {
		return fileLines(L, s.in(L), false)
	}
	ud, err := openFile(L, checkString(L, 1), "r")
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	return fileLines(L, ud.Value.(*file), true)
}

func openFile(L *glua.LState, name, mode string) (*glua.LUserData, error) {
	var flag int
	switch strings.ReplaceAll(mode, "b", "") {
	case "r":
		flag = os.O_RDONLY
	case "r+":
		flag = os.O_RDWR
	case "w":
		flag = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	case "w+":
		flag = os.O_RDWR | os.O_CREATE | os.O_TRUNC
	case "a":
		flag = os.O_WRONLY | os.O_CREATE | os.O_APPEND
	case "a+":
		flag = os.O_RDWR | os.O_CREATE | os.O_APPEND
	default:
		return nil, fmt.Errorf("%s: invalid mode '%s'", name, mode)
	}
	m := Of(L)
	// O_NONBLOCK: opening a FIFO must not wait for its other end.
	f, err := os.OpenFile(m.Path(name), flag|syscall.O_NONBLOCK, 0o666)
	if err != nil {
		return nil, err
	}
	own := m.ownFile(f, flag)
	if f.SetDeadline(time.Time{}) == nil {
		// It is a FIFO, whose other end may never come.
		own.forget = context.AfterFunc(m.ctx, func() { f.SetDeadline(time.Unix(1, 0)) })
	}
	return newFile(L, own), nil
}

// ownFile makes an operating system file one of the machine's, which closes it
// at its end.
func (m *Machine) ownFile(f *os.File, flag int) *file {
	own := &file{name: f.Name(), os: f}
	if flag&os.O_WRONLY == 0 {
		own.reader = bufio.NewReader(f)
	}
	if flag&(os.O_WRONLY|os.O_RDWR) != 0 {
		own.writer = bufio.NewWriter(f)
	}
	m.files = append(m.files, own)
	return own
}

func ioOpen(L *glua.LState) int {
	ud, err := openFile(L, checkString(L, 1), optString(L, 2, "r"))
	if err != nil {
		return failure(L, err)
	}
	L.Push(ud)
	return 1
}

func ioTmpfile(L *glua.LState) int {
	f, err := os.CreateTemp("", "lcgi-lua-*")
	if err != nil {
		return failure(L, err)
	}
	// Without a name the file is gone as soon as nobody has it open.
	os.Remove(f.Name())
	L.Push(newFile(L, Of(L).ownFile(f, os.O_RDWR)))
	return 1
}

func ioType(L *glua.LState) int {
	ud, ok := L.CheckAny(1).(*glua.LUserData)
	if !ok {
		L.Push(glua.LNil)
		return 1
	}
	f, ok := ud.Value.(*file)
	switch {
	case !ok:
		L.Push(glua.LNil)
	case f.closed:
		L.Push(glua.LString("closed file"))
	default:
		L.Push(glua.LString("file"))
	}
	return 1
}

// command prepares a shell command that ends with the machine. It gets
// descriptors 0 to 2 and no others, and no HTTP_PROXY, which a client's Proxy
// header sets under CGI (httpoxy, CVE-2016-5385).
func (m *Machine) command(line string) *exec.Cmd {
	cmd := exec.CommandContext(m.ctx, "/bin/sh", "-c", line)
	cmd.Dir = m.cfg.Dir
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "HTTP_PROXY=") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Stdout = m.cfg.Output
	cmd.Stderr = m.cfg.Log
	// "x &" leaves a child that holds the output open; the shell's end counts.
	cmd.WaitDelay = time.Second
	// The shell's children end with it: the whole process group is killed.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

func ioPopen(L *glua.LState) int {
	m := Of(L)
	cmd := m.command(checkString(L, 1))
	f := &file{name: checkString(L, 1), cmd: cmd}
	var err error
	switch mode := optString(L, 2, "r"); mode {
	case "r":
		var pipe io.ReadCloser
		cmd.Stdout = nil
		pipe, err = cmd.StdoutPipe()
		f.reader, f.pipe = bufio.NewReader(pipe), pipe
	case "w":
		var pipe io.WriteCloser
		pipe, err = cmd.StdinPipe()
		f.writer, f.pipe = pipe, pipe
	default:
		argError(L, 2, fmt.Sprintf("invalid mode '%s'", mode))
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return failure(L, err)
	}
	m.files = append(m.files, f)
	L.Push(newFile(L, f))
	return 1
}
