package vm

import (
	"errors"
	"os"
	"os/exec"

	glua "github.com/yuin/gopher-lua"
)

// installOS opens the os library without what would reach beyond the request:
// os.exit ends the page and not the server, children print into the page, and
// os.setenv (which Lua does not have) is gone.
func installOS(L *glua.LState) {
	lib := open(L, glua.OpenOs)
	lib.RawSetString("setenv", glua.LNil)
	set(L, lib, "clock", osClock)
	set(L, lib, "date", osDate)
	set(L, lib, "difftime", osDifftime)
	set(L, lib, "execute", osExecute)
	set(L, lib, "exit", osExit)
	set(L, lib, "getenv", osGetenv)
	set(L, lib, "remove", osRemove)
	set(L, lib, "rename", osRename)
	set(L, lib, "setlocale", osSetlocale)
	set(L, lib, "time", osTime)
	set(L, lib, "tmpname", osTmpname)
}

func osExit(L *glua.LState) int {
	Of(L).Exit(L)
	return 0
}

func osGetenv(L *glua.LState) int {
	name := checkString(L, 1)
	lookup := os.LookupEnv
	if own := Of(L).cfg.Getenv; own != nil {
		lookup = own
	}
	if value, ok := lookup(name); ok {
		L.Push(glua.LString(value))
	} else {
		L.Push(glua.LNil)
	}
	return 1
}

func osExecute(L *glua.LState) int {
	if L.GetTop() == 0 {
		L.Push(glua.LNumber(1)) // there is a shell
		return 1
	}
	err := Of(L).command(checkString(L, 1)).Run()
	var exit *exec.ExitError
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		L.Push(glua.LNumber(0))
	case errors.As(err, &exit):
		// Lua 5.1 gives what C's system gives: the wait status.
		L.Push(glua.LNumber(exit.ExitCode() << 8))
	default:
		L.Push(glua.LNumber(-1))
	}
	return 1
}

func osRemove(L *glua.LState) int {
	if err := os.Remove(Of(L).Path(checkString(L, 1))); err != nil {
		return failure(L, err)
	}
	return success(L)
}

func osRename(L *glua.LState) int {
	m := Of(L)
	if err := os.Rename(m.Path(checkString(L, 1)), m.Path(checkString(L, 2))); err != nil {
		return failure(L, err)
	}
	return success(L)
}

func osTmpname(L *glua.LState) int {
	f, err := os.CreateTemp("", "lcgi-lua-*")
	if err != nil {
		L.RaiseError("unable to generate a unique filename: %s", err.Error())
	}
	f.Close()
	L.Push(glua.LString(f.Name()))
	return 1
}
