package vm

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	glua "github.com/yuin/gopher-lua"
)

// A file is what io.open, io.popen and the standard streams give to programs
// (Lua 5.1 reference manual, section 5.7).
type file struct {
	name   string
	reader *bufio.Reader // nil: not open for reading
	writer io.Writer     // nil: not open for writing
	os     *os.File      // nil for streams and processes
	cmd    *exec.Cmd     // a process of io.popen
	pipe   io.Closer     // our end of cmd's pipe
	stream bool          // a standard stream, which programs cannot close
	closed bool
	forget func() bool // of a FIFO: the end of the machine no longer ends waiting for it
}

// fileType is the name of the metatable of files in the registry.
const fileType = "FILE*"

func newFile(L *glua.LState, f *file) *glua.LUserData {
	ud := L.NewUserData()
	ud.Value = f
	ud.Metatable = L.GetTypeMetatable(fileType)
	return ud
}

// checkFile returns the open file that is argument n.
func checkFile(L *glua.LState, n int) *file {
	f, ok := L.CheckUserData(n).Value.(*file)
	if !ok {
		argError(L, n, "file expected")
	}
	if f.closed {
		L.RaiseError("attempt to use a closed file")
	}
	return f
}

func installFileType(L *glua.LState) {
	mt := L.NewTypeMetatable(fileType)
	mt.RawSetString("__index", mt)
	for name, method := range map[string]glua.LGFunction{
		"__tostring": fileTostring,
		"close":      func(L *glua.LState) int { return closeFile(L, checkFile(L, 1)) },
		"flush":      func(L *glua.LState) int { return flushFile(L, checkFile(L, 1)) },
		"lines":      func(L *glua.LState) int { return fileLines(L, checkFile(L, 1), false) },
		"read":       func(L *glua.LState) int { return readFile(L, checkFile(L, 1), 2) },
		"seek":       fileSeek,
		"setvbuf":    func(L *glua.LState) int { checkFile(L, 1); L.Push(glua.LTrue); return 1 },
		"write":      func(L *glua.LState) int { return writeFile(L, checkFile(L, 1), 2) },
	} {
		set(L, mt, name, method)
	}
}

func fileTostring(L *glua.LState) int {
	f, ok := L.CheckUserData(1).Value.(*file)
	switch {
	case !ok:
		argError(L, 1, "file expected")
	case f.closed:
		L.Push(glua.LString("file (closed)"))
	default:
		L.Push(glua.LString(fmt.Sprintf("file (%p)", f)))
	}
	return 1
}

// failure leaves what library functions return for a failed system call: nil,
// a message, an error number.
func failure(L *glua.LState, err error) int {
	L.Push(glua.LNil)
	var pathErr *os.PathError
	message := err.Error()
	if errors.As(err, &pathErr) {
		message = fmt.Sprintf("%s: %v", pathErr.Path, pathErr.Err)
	}
	L.Push(glua.LString(message))
	var errno syscall.Errno
	errors.As(err, &errno)
	L.Push(glua.LNumber(errno))
	return 3
}

func success(L *glua.LState) int {
	L.Push(glua.LTrue)
	return 1
}

// unread gives what was read ahead back to the system, so that writing goes on
// where reading stopped.
func (f *file) unread() error {
	if f.os == nil || f.reader == nil || f.reader.Buffered() == 0 {
		return nil
	}
	_, err := f.os.Seek(-int64(f.reader.Buffered()), io.SeekCurrent)
	f.reader.Reset(f.os)
	return err
}

func (f *file) flush() error {
	if w, ok := f.writer.(*bufio.Writer); ok {
		return w.Flush()
	}
	return nil
}

// Close releases the file; a process is waited for.
func (f *file) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	err := f.flush()
	if f.forget != nil {
		f.forget() // else the machine would hold all FIFOs that it has ever had open
	}
	if f.os != nil {
		err = errors.Join(err, f.os.Close())
	}
	if f.pipe != nil {
		f.pipe.Close() // a child that ended first is no error
	}
	if f.cmd != nil {
		err = errors.Join(err, f.cmd.Wait())
	}
	return err
}

func closeFile(L *glua.LState, f *file) int {
	if f.stream {
		L.Push(glua.LNil)
		L.Push(glua.LString("cannot close standard file"))
		return 2
	}
	err := f.Close()
	if f.cmd != nil {
		L.Push(glua.LNumber(f.cmd.ProcessState.ExitCode()))
		return 1
	}
	if err != nil {
		return failure(L, err)
	}
	return success(L)
}

func flushFile(L *glua.LState, f *file) int {
	if err := f.flush(); err != nil {
		return failure(L, err)
	}
	return success(L)
}

func writeFile(L *glua.LState, f *file, first int) int {
	if f.writer == nil {
		return failure(L, &os.PathError{Op: "write", Path: f.name, Err: syscall.EBADF})
	}
	if err := f.unread(); err != nil {
		return failure(L, err)
	}
	var text []byte
	for i := first; i <= L.GetTop(); i++ {
		L.CheckTypes(i, glua.LTNumber, glua.LTString)
		text = toString(L, text[:0], L.Get(i))
		if _, err := f.writer.Write(text); err != nil {
			if f.stream {
				Raise(L, err)
			}
			return failure(L, err)
		}
	}
	return success(L)
}

func fileSeek(L *glua.LState) int {
	f := checkFile(L, 1)
	var whence int
	switch option := optString(L, 2, "cur"); option {
	case "set":
		whence = io.SeekStart
	case "cur":
		whence = io.SeekCurrent
	case "end":
		whence = io.SeekEnd
	default:
		argError(L, 2, fmt.Sprintf("invalid option '%s'", option))
	}
	offset := L.OptInt64(3, 0)
	if f.os == nil {
		return failure(L, &os.PathError{Op: "seek", Path: f.name, Err: syscall.ESPIPE})
	}
	if err := errors.Join(f.flush(), f.unread()); err != nil {
		return failure(L, err)
	}
	at, err := f.os.Seek(offset, whence)
	if err != nil {
		return failure(L, err)
	}
	L.Push(glua.LNumber(at))
	return 1
}

// readFile reads by the formats in the arguments from first on; a line if
// there are none. It leaves one value each, and nil for the first that fails.
func readFile(L *glua.LState, f *file, first int) int {
	if f.reader == nil {
		return failure(L, &os.PathError{Op: "read", Path: f.name, Err: syscall.EBADF})
	}
	if err := f.flush(); err != nil {
		return failure(L, err)
	}
	last := L.GetTop()
	if last < first {
		L.Push(f.readLine(L))
		return 1
	}
	for i := first; i <= last; i++ {
		v, err := f.read(L, i)
		if err != nil && !errors.Is(err, io.EOF) {
			return failure(L, err)
		}
		L.Push(v)
		if v == glua.LNil {
			return i - first + 1
		}
	}
	return last - first + 1
}

func (f *file) read(L *glua.LState, arg int) (glua.LValue, error) {
	if n, ok := L.Get(arg).(glua.LNumber); ok {
		if n == 0 {
			if _, err := f.reader.Peek(1); err != nil {
				return glua.LNil, err
			}
			return glua.LString(""), nil
		}
		size := truncate(float64(n))
		refuseLong(L, size, 1)
		var b strings.Builder
		_, err := io.CopyN(&b, f.reader, int64(size))
		if b.Len() == 0 {
			return glua.LNil, err
		}
		return glua.LString(b.String()), err
	}
	format := strings.TrimPrefix(checkString(L, arg), "*")
	switch {
	case strings.HasPrefix(format, "n"):
		return f.readNumber(), nil
	case strings.HasPrefix(format, "a"):
		b, err := io.ReadAll(io.LimitReader(f.reader, MaxString+1))
		refuseLong(L, len(b), 1)
		return glua.LString(b), err
	case strings.HasPrefix(format, "l"):
		return f.readLine(L), nil
	}
	argError(L, arg, "invalid format")
	return nil, nil
}

func (f *file) readLine(L *glua.LState) glua.LValue {
	var line []byte
	for {
		piece, err := f.reader.ReadSlice('\n')
		line = append(line, piece...)
		refuseLong(L, len(line), 1)
		switch {
		case err == nil:
			return glua.LString(line[:len(line)-1])
		case errors.Is(err, bufio.ErrBufferFull):
		case len(line) == 0:
			return glua.LNil
		default:
			return glua.LString(line)
		}
	}
}

// readNumber reads the longest prefix that can be a number, as scanf does.
func (f *file) readNumber() glua.LValue {
	for {
		b, err := f.reader.ReadByte()
		if err != nil {
			return glua.LNil
		}
		if !strings.ContainsRune(" \t\n\v\f\r", rune(b)) {
			f.reader.UnreadByte()
			break
		}
	}
	var text []byte
	for len(text) < 200 {
		b, err := f.reader.ReadByte()
		if err != nil {
			break
		}
		if !strings.ContainsRune("0123456789+-.eExXaAbBcCdDfF", rune(b)) {
			f.reader.UnreadByte()
			break
		}
		text = append(text, b)
	}
	if n, err := strconv.ParseFloat(string(text), 64); err == nil {
		return glua.LNumber(n)
	}
	if n, err := strconv.ParseInt(string(text), 0, 64); err == nil {
		return glua.LNumber(n)
	}
	return glua.LNil
}

// fileLines leaves an iterator over f's lines.
func fileLines(L *glua.LState, f *file, closeAtEnd bool) int {
	L.Push(L.NewFunction(func(L *glua.LState) int {
		if f.closed {
			L.RaiseError("file is already closed")
		}
		if f.reader == nil {
			L.RaiseError("%s is not open for reading", f.name)
		}
		line := f.readLine(L)
		if line == glua.LNil && closeAtEnd {
			f.Close()
		}
		L.Push(line)
		return 1
	}))
	return 1
}
