package log_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/log"
	"lcgi/lua/moduletest"
	luatime "lcgi/lua/time"
)

// run runs code, in which log is the module and at a time, and returns the lines
// that it writes, or its error.
func run(t *testing.T, code string) string {
	t.Helper()
	var lines []string
	globals := moduletest.Globals{
		"log": moduletest.Loaded(log.Module(func(_ *glua.LState, level log.Level, line string) {
			if !strings.HasPrefix(line, level.String()+": ") {
				t.Errorf("a line of the level %v is %q", level, line)
			}
			lines = append(lines, line)
		})),
		"at": func(L *glua.LState) glua.LValue {
			return luatime.New(L, time.Date(2026, 11, 20, 9, 25, 17, 0, time.UTC))
		},
	}
	if got := moduletest.Eval(t.Context(), t, globals, code); got != "" {
		return got
	}
	return strings.Join(lines, "\n")
}

func TestLines(t *testing.T) {
	for _, c := range []struct{ code, want string }{
		{"log.debug('a') log.info('b') log.warn('c') log.error('d')", "debug: a\ninfo: b\nwarn: c\nerror: d"},
		{"log.info('signed in', {user='ada', tries=5, new=true})", `info: signed in user="ada" tries=5 new=true`},
		{"log.info('Grüße: 100% ☺')", "info: Grüße: 100% ☺"},
		{"log.info(5, {})", "info: 5"},
		{"log.info('', nil)", "info: "},
		{"log.info('n', {a=0.1, b=1e15, c=-0.5, d=1/0})", "info: n a=0.1 b=1e+15 c=-0.5 d=inf"},
		{"log.info('at', {t=at})", `info: at t="2026-11-20T09:25:17Z"`},
		{"log.info('o', {o=setmetatable({}, {__tostring=function() return 'it\\nself' end})})", `info: o o="it\nself"`},
		{"log.info('list', {'x', 2})", `info: list 1="x" 2=2`},

		// Tables in their short form.
		{"log.info('t', {cart={{id=1, title='Tea \"A\"'}, 2, false}, none={}})", `info: t cart={{id=1, title="Tea \"A\""}, 2, false} none={}`},
		{"log.info('t', {a={b={c={d={e=1}}}}})", "info: t a={b={c={d={…}}}}"},
		{"local t = {} t.t = t log.info('t', t)", "info: t t={t={t={t={…}}}}"},
		{"log.info('t', {t={[2]='b', [1.5]='c', ['a b']=1}})", `info: t t={2="b", 1.5="c", "a b"=1}`},
		{"log.info('t', {t={at}})", `info: t t={"2026-11-20T09:25:17Z"}`},

		// No text looks like another line, field or level.
		{"log.info('a\\nerror: b')", `info: "a\nerror: b"`},
		{"log.info('a\\r\\27[31m')", `info: "a\r\x1b[31m"`},
		{"log.info('a user=\"root\"')", `info: "a user=\"root\""`},
		{"log.info('a=b')", `info: "a=b"`},
		{`log.info('"quoted"')`, `info: "\"quoted\""`},
		{`log.info('back\\slash')`, `info: "back\\slash"`},
		{"log.info('a', {user='x\" admin=\"true\\n'})", `info: a user="x\" admin=\"true\n"`},
		{"log.info('a', {['x=1 y']='z', ['']=1, ['a\\nb']=2, ['ü']=3})", `info: a "x=1 y"="z" ""=1 "a\nb"=2 "ü"=3`},
		{"log.info('bidi \\226\\128\\174 and \\255')", `info: "bidi \u202e and \xff"`},

		{"log.info()", "error: bad argument #1 to 'info' (string expected, got no value)"},
		{"log.info({})", "error: bad argument #1 to 'info' (string expected, got table)"},
		{"log.warn('a', 'b')", "error: bad argument #2 to 'warn' (table expected, got string)"},
		{"log.debug('a', {f=print})", "error: bad argument #2 to 'debug' (the field f is a function; what can be written are strings, numbers, booleans, times and tables of them)"},
		{"log.info('a', {t={1, {print}}})", "error: bad argument #2 to 'info' (the field t is a function; what can be written are strings, numbers, booleans, times and tables of them)"},
		{"log.info('a', {c=coroutine.create(print)})", "error: bad argument #2 to 'info' (the field c is a thread; what can be written are strings, numbers, booleans, times and tables of them)"},
		{"log.info('a', {[true]=1})", "error: bad argument #2 to 'info' (a field is named by a string or a number, not by a boolean)"},
	} {
		if got := run(t, c.code); got != c.want {
			t.Errorf("%s\ngot  %s\nwant %s", c.code, got, c.want)
		}
	}
}

// A line has its bounds, whatever a visitor has sent.
func TestBounds(t *testing.T) {
	for _, c := range []struct{ code, ends string }{
		{"log.info(('x'):rep(10000000))", `xx…`},
		{"log.info(('x'):rep(1999) .. '☺')", `xx…`},
		{"log.info(('\\255'):rep(10000))", `\xff…"`},
		{"log.info('f', {f=('\\0'):rep(10000)})", `\x00…"`},
		{"log.info('f', {[('k'):rep(10000)]=1})", `kk…"=1`},
		{"local t = {} for i = 1, 100000 do t[i] = i end log.info('f', t)", " 50=50 …"},
		{"local t = {} for i = 1, 100000 do t[i] = i end log.info('f', {t=t})", ", …}"},
		{"local t = {} for i = 1, 1000 do t['k' .. i] = t end log.info('f', {t=t})", ", …}"},
		{"local s = ('x'):rep(10000) local t = {} for i = 1, 100 do t[i] = {s, s, s} end log.info('f', {t, t, t})", ", …}"},
	} {
		got := run(t, c.code)
		if len(got) > 20_000 || !strings.HasSuffix(got, c.ends) {
			t.Errorf("%s\n%d bytes: %.100s … %s", c.code, len(got), got, got[max(0, len(got)-40):])
		}
	}
}

func TestParseLevel(t *testing.T) {
	for _, name := range []string{"debug", "info", "warn", "error"} {
		if l, err := log.ParseLevel(name); err != nil || l.String() != name {
			t.Errorf("%s is %v, %v", name, l, err)
		}
	}
	for _, name := range []string{"", "INFO", "warning", "Level(0)"} {
		if l, err := log.ParseLevel(name); err == nil {
			t.Errorf("%q is %v", name, l)
		}
	}
	if !(log.Debug < log.Info && log.Info < log.Warn && log.Warn < log.Error) {
		t.Error("the levels are out of order")
	}
}

// The lines that the reference page shows are those that are written.
func TestReference(t *testing.T) {
	page, err := os.ReadFile("../../sample-site/log.lc")
	if err != nil {
		t.Fatal(err)
	}
	_, lines, _ := strings.Cut(string(page), `names("lines"`)
	rows := regexp.MustCompile("(?m)^    \\{ '(log\\..*)', '`(.*)`' \\},$").FindAllStringSubmatch(lines, -1)
	if len(rows) < 4 {
		t.Fatalf("there are %d lines", len(rows))
	}
	for _, row := range rows {
		// In Lua, too, a backslash in quotes is written as two.
		code, want := strings.ReplaceAll(row[1], `\\`, `\`), strings.ReplaceAll(row[2], `\\`, `\`)
		if got := run(t, code); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", code, got, want)
		}
	}
}
