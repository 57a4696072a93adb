package vm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	glua "github.com/yuin/gopher-lua"
)

var baseNames = []string{
	"_G", "_VERSION", "assert", "collectgarbage", "dofile", "error", "gcinfo", "getfenv", "getmetatable", "ipairs",
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
	for _, f := range []function{
		{"assert", baseAssert},
		{"collectgarbage", baseCollectGarbage},
		{"dofile", baseDofile},
		{"error", baseError},
		{"gcinfo", baseGcinfo},
		{"load", baseLoad},
		{"loadfile", baseLoadfile},
		{"loadstring", baseLoadstring},
		{"pcall", basePcall},
		{"print", basePrint},
		{"rawset", baseRawset},
		{"select", baseSelect},
		{"setmetatable", baseSetmetatable},
		{"tonumber", baseTonumber},
		{"tostring", baseTostring},
		{"unpack", baseUnpack},
		{"xpcall", baseXpcall},
	} {
		set(L, g, f.name, f.call)
	}
}

// toString appends what tostring gives for v, which must be a string.
func toString(L *glua.LState, dst []byte, v glua.LValue) []byte {
	switch v := v.(type) {
	case glua.LString:
		return append(dst, v...)
	case glua.LNumber:
		return AppendNumber(dst, float64(v))
	}
	if f := L.GetMetaField(v, "__tostring"); f != glua.LNil {
		if v = callMeta(L, f, v); v.Type() != glua.LTString {
			L.RaiseError("'__tostring' must return a string")
		}
	}
	return append(dst, v.String()...)
}

func baseTostring(L *glua.LState) int {
	v := checkAny(L, 1)
	if f := L.GetMetaField(v, "__tostring"); f != glua.LNil {
		L.Push(callMeta(L, f, v)) // whatever it is
	} else {
		L.Push(glua.LString(toString(L, nil, v)))
	}
	return 1
}

func baseTonumber(L *glua.LState) int {
	base := optInt(L, 2, 10)
	if base == 10 {
		if n, ok := toNumber(checkAny(L, 1)); ok {
			L.Push(glua.LNumber(n))
			return 1
		}
		L.Push(glua.LNil)
		return 1
	}
	if base < 2 || base > 36 {
		argError(L, 2, "base out of range")
	}
	if n, ok := parseInteger(checkString(L, 1), base); ok {
		L.Push(glua.LNumber(n))
	} else {
		L.Push(glua.LNil)
	}
	return 1
}

func baseSelect(L *glua.LState) int {
	n := L.GetTop()
	if s, ok := L.Get(1).(glua.LString); ok && s == "#" {
		L.Push(glua.LNumber(n - 1))
		return 1
	}
	i := checkInt(L, 1)
	if i < 0 {
		i += n
	}
	if i < 1 {
		argError(L, 1, "index out of range")
	}
	return max(n-i, 0)
}

func baseUnpack(L *glua.LState) int {
	t := checkTable(L, 1)
	i := optInt(L, 2, 1)
	j := optInt(L, 3, t.Len())
	if i > j {
		return 0
	}
	n := uint64(j) - uint64(i) // of integers far apart, int has no difference
	if n >= maxResults {
		L.RaiseError("too many results to unpack")
	}
	for k := range int(n) + 1 {
		L.Push(rawGetInt(t, i+k))
	}
	return int(n) + 1
}

func baseAssert(L *glua.LState) int {
	if !glua.LVAsBool(checkAny(L, 1)) {
		L.RaiseError("%s", optString(L, 2, "assertion failed!"))
	}
	return L.GetTop()
}

func baseRawset(L *glua.LState) int {
	t := checkTable(L, 1)
	checkAny(L, 2)
	checkAny(L, 3)
	L.RawSet(t, L.Get(2), L.Get(3))
	L.SetTop(1)
	return 1
}

func baseSetmetatable(L *glua.LState) int {
	t := checkTable(L, 1)
	mt := L.Get(2)
	if mt.Type() != glua.LTTable && (mt != glua.LNil || L.GetTop() < 2) {
		argError(L, 2, "nil or table expected")
	}
	if L.GetMetaField(t, "__metatable") != glua.LNil {
		L.RaiseError("cannot change a protected metatable")
	}
	t.Metatable = mt
	L.SetTop(1)
	return 1
}

func basePrint(L *glua.LState) int {
	var line []byte
	for i := 1; i <= L.GetTop(); i++ {
		if i > 1 {
			line = append(line, '\t')
		}
		line = toString(L, line, L.Get(i))
	}
	if _, err := Of(L).cfg.Output.Write(append(line, '\n')); err != nil {
		Raise(L, err)
	}
	return 0
}

// baseError counts levels as the manual says, and takes nil for a value.
func baseError(L *glua.LState) int {
	value, level := L.Get(1), optInt(L, 2, 1)
	if textual(value) && level > 0 {
		if f, ok := frameAt(L, level); ok && f.line() > 0 {
			value = glua.LString(fmt.Sprintf("%s:%d: %s", f.function().Proto.SourceName, f.line(), checkString(L, 1)))
		}
	}
	L.Error(value, 0)
	return 0
}

// baseCollectGarbage leaves collecting to Go: its collector cannot be steered
// by one of many requests.
func baseCollectGarbage(L *glua.LState) int {
	switch option := optString(L, 1, "collect"); option {
	case "count":
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		L.Push(glua.LNumber(float64(stats.HeapAlloc) / 1024))
	case "collect", "stop", "restart", "step", "setpause", "setstepmul":
		L.Push(glua.LNumber(0))
	default:
		argError(L, 1, fmt.Sprintf("invalid option '%s'", option))
	}
	return 1
}

// baseGcinfo is what collectgarbage("count") was in Lua 5.0.
func baseGcinfo(L *glua.LState) int {
	L.SetTop(0)
	L.Push(glua.LString("count"))
	return baseCollectGarbage(L)
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
		L.Push(glua.LString(loadError(err, code)))
		return 2
	}
	fn := Of(L).Load(p)
	fn.Env = L.Env
	L.Push(fn)
	return 1
}

// loadError puts a mistake in code as load and its kin do: without a column, and
// with the end of the code as a token.
func loadError(err error, code string) string {
	var syntax *SyntaxError
	if !errors.As(err, &syntax) {
		return err.Error()
	}
	line, near := syntax.Line, ""
	if line == 0 {
		line, near = 1+strings.Count(code, "\n"), " near '<eof>'"
	}
	return fmt.Sprintf("%s:%d: %s%s", syntax.Name, line, syntax.Message, near)
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
	code := checkString(L, 1)
	return loadChunk(L, optString(L, 2, code), code)
}

func baseLoad(L *glua.LState) int {
	reader := checkFunction(L, 1)
	name := optString(L, 2, "=(load)")
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
		refuseLong(L, code.Len(), 1)
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
			src, err = io.ReadAll(io.LimitReader(m.cfg.Input, maxSource+1))
		}
	} else {
		file := checkString(L, 1)
		name = "@" + file
		src, err = readFileLimited(m.Path(file))
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

// readFileLimited reads a file as far as it can be compiled, which a device
// such as /dev/zero has no end for.
func readFileLimited(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxSource+1))
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
