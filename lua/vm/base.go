package vm

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

var baseNames = []string{
	"_G", "_VERSION", "assert", "collectgarbage", "dofile", "error", "getfenv", "getmetatable", "ipairs",
	"load", "loadfile", "loadstring", "module", "newproxy", "next", "pairs", "pcall", "print", "rawequal", "rawget",
	"rawset", "require", "select", "setfenv", "setmetatable", "tonumber", "tostring", "type", "unpack", "xpcall",
}

// open runs one of gopher-lua's openers and returns the library's table.
func open(L *glua.LState, opener glua.LGFunction) *glua.LTable {
	top := L.GetTop()
	opener(L)
	lib, _ := L.Get(-1).(*glua.LTable)
	L.SetTop(top)
	return lib
}

func set(L *glua.LState, t *glua.LTable, name string, f glua.LGFunction) {
	t.RawSetString(name, L.NewFunction(f))
}

func installBase(L *glua.LState) {
	g := open(L, glua.OpenBase)
	for _, foreign := range []string{"_printregs", "_GOPHER_LUA_VERSION"} {
		g.RawSetString(foreign, glua.LNil)
	}
	set(L, g, "collectgarbage", baseCollectGarbage)
	set(L, g, "dofile", baseDofile)
	set(L, g, "error", baseError)
	set(L, g, "load", baseLoad)
	set(L, g, "loadfile", baseLoadfile)
	set(L, g, "loadstring", baseLoadstring)
	set(L, g, "print", basePrint)
	set(L, g, "tostring", baseTostring)
}

// ToString appends what tostring gives for v.
func ToString(L *glua.LState, dst []byte, v glua.LValue) []byte {
	switch v := v.(type) {
	case glua.LString:
		return append(dst, v...)
	case glua.LNumber:
		return AppendNumber(dst, float64(v))
	}
	return append(dst, L.ToStringMeta(v).String()...)
}

func baseTostring(L *glua.LState) int {
	v := L.CheckAny(1)
	if s, ok := v.(glua.LString); ok {
		L.Push(s)
		return 1
	}
	L.Push(glua.LString(ToString(L, nil, v)))
	return 1
}

func basePrint(L *glua.LState) int {
	var line []byte
	for i := 1; i <= L.GetTop(); i++ {
		if i > 1 {
			line = append(line, '\t')
		}
		line = ToString(L, line, L.Get(i))
	}
	if _, err := Of(L).cfg.Output.Write(append(line, '\n')); err != nil {
		Raise(L, err)
	}
	return 0
}

// baseError counts levels as the manual says (gopher-lua's is one too low) and
// takes nil for a value.
func baseError(L *glua.LState) int {
	value, level := L.Get(1), L.OptInt(2, 1)
	if s, ok := value.(glua.LString); ok && level > 0 {
		if where := L.Where(level); where != "" {
			value = glua.LString(where + " " + string(s))
		}
	}
	L.Error(value, 0)
	return 0
}

// baseCollectGarbage leaves collecting to Go: its collector cannot be steered
// by one of many requests.
func baseCollectGarbage(L *glua.LState) int {
	switch option := L.OptString(1, "collect"); option {
	case "count":
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		L.Push(glua.LNumber(float64(stats.HeapAlloc) / 1024))
	case "collect", "stop", "restart", "step", "setpause", "setstepmul":
		L.Push(glua.LNumber(0))
	default:
		L.ArgError(1, fmt.Sprintf("invalid option '%s'", option))
	}
	return 1
}

// Compile compiles source that a running program brought along, after the
// host's check.
func (m *Machine) Compile(name, code string) (*Program, error) {
	if m.cfg.Check != nil {
		if err := m.cfg.Check(name, code); err != nil {
			return nil, err
		}
	}
	return m.lib.Compile(name, code)
}

// loadChunk leaves what load and its kin return: the function, or nil and why.
func loadChunk(L *glua.LState, name, code string) int {
	p, err := Of(L).Compile(chunkName(name), code)
	if err != nil {
		L.Push(glua.LNil)
		L.Push(glua.LString(err.Error()))
		return 2
	}
	fn := Of(L).Load(p)
	fn.Env = L.Env
	L.Push(fn)
	return 1
}

// chunkName turns a name as load takes it into one as messages show it (Lua
// 5.1, luaO_chunkid): "=x" and "@x" mean x, other names are the source itself.
func chunkName(name string) string {
	if rest, ok := strings.CutPrefix(name, "="); ok {
		return rest
	}
	if rest, ok := strings.CutPrefix(name, "@"); ok {
		return rest
	}
	line, _, more := strings.Cut(name, "\n")
	const limit = 45
	if len(line) > limit {
		line, more = line[:limit], true
	}
	if more {
		line += "..."
	}
	return fmt.Sprintf("[string \"%s\"]", line)
}

func baseLoadstring(L *glua.LState) int {
	code := L.CheckString(1)
	return loadChunk(L, L.OptString(2, code), code)
}

func baseLoad(L *glua.LState) int {
	reader := L.CheckFunction(1)
	name := L.OptString(2, "=(load)")
	var code strings.Builder
	for {
		L.Push(reader)
		L.Call(0, 1)
		piece := L.Get(-1)
		L.Pop(1)
		if piece == glua.LNil {
			break
		}
		if !glua.LVCanConvToString(piece) {
			L.Push(glua.LNil)
			L.Push(glua.LString("reader function must return a string"))
			return 2
		}
		text := glua.LVAsString(piece)
		if text == "" {
			break
		}
		code.WriteString(text)
	}
	return loadChunk(L, name, code.String())
}

// readSource reads the source that loadfile and dofile mean by their argument.
func readSource(L *glua.LState) (name, code string, err error) {
	m := Of(L)
	var src []byte
	if L.GetTop() == 0 || L.Get(1) == glua.LNil {
		name = "=stdin"
		if m.cfg.Input != nil {
			src, err = io.ReadAll(m.cfg.Input)
		}
	} else {
		file := L.CheckString(1)
		name = "@" + file
		src, err = os.ReadFile(m.Path(file))
	}
	if err != nil {
		return "", "", fmt.Errorf("cannot read %s: %w", name[1:], err)
	}
	code = string(src)
	if strings.HasPrefix(code, "#") {
		// A shell's first line still counts as a line.
		if end := strings.IndexByte(code, '\n'); end >= 0 {
			code = code[end:]
		} else {
			code = ""
		}
	}
	return name, code, nil
}

func baseLoadfile(L *glua.LState) int {
	name, code, err := readSource(L)
	if err != nil {
		L.Push(glua.LNil)
		L.Push(glua.LString(err.Error()))
		return 2
	}
	return loadChunk(L, name, code)
}

func baseDofile(L *glua.LState) int {
	name, code, err := readSource(L)
	if err != nil {
		L.RaiseError("%s", err.Error())
	}
	L.SetTop(0)
	if loadChunk(L, name, code) != 1 {
		L.Error(L.Get(-1), 0)
	}
	L.Call(0, glua.MultRet)
	return L.GetTop()
}
