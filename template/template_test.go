package template

import (
	"fmt"
	"strings"
	"testing"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// mustParse parses a page, and checks what holds for every page that parses: the
// compiler takes the chunk, and every line of it is the same line of the page.
func mustParse(t testing.TB, src string) *Page {
	t.Helper()
	p, err := Parse("page.lc", []byte(src))
	if err != nil {
		t.Fatalf("Parse(%q): %v", src, err)
	}
	checkPage(t, p, src)
	if _, err := compile(p.Code); err != nil {
		t.Fatalf("Parse(%q): the chunk does not compile: %v\n%s", src, err, p.Code)
	}
	return p
}

// compile compiles a chunk the way the lua package does.
func compile(code string) (*glua.FunctionProto, error) {
	chunk, err := parse.Parse(strings.NewReader(code), "page.lc")
	if err != nil {
		return nil, err
	}
	return glua.Compile(chunk, "page.lc")
}

// checkPage checks the invariants of a page that was parsed from src.
func checkPage(t testing.TB, p *Page, src string) {
	t.Helper()
	var whole strings.Builder
	for _, s := range p.Segments() {
		if s.Offset != whole.Len() {
			t.Fatalf("Parse(%q): segment %q is at %d, not at %d", src, s.Text, s.Offset, whole.Len())
		}
		whole.WriteString(s.Text)
	}
	if whole.String() != src {
		t.Fatalf("Parse(%q): the segments are %q", src, whole.String())
	}
	if strings.Contains(p.Code, "\r") {
		t.Fatalf("Parse(%q): the chunk has a CR: %q", src, p.Code)
	}
	if code, page := 1+strings.Count(p.Code, "\n"), position(src, len(src)).Line; code > page {
		t.Fatalf("Parse(%q): the chunk has %d lines, the page %d", src, code, page)
	}
	line, at := 1, 0
	srcLine, srcAt := 1, 0
	for _, m := range p.moved {
		line += strings.Count(p.Code[at:m.code], "\n")
		at = m.code
		srcLine += breaks(src[srcAt:m.src])
		srcAt = m.src
		if line != srcLine {
			t.Fatalf("Parse(%q): line %d of the chunk is line %d of the page:\n%s", src, line, srcLine, p.Code)
		}
	}
	for _, r := range p.Runs {
		n := 0
		for _, piece := range r {
			if piece.Expr {
				n++
			} else if piece.Text == "" || src[piece.Offset:piece.Offset+len(piece.Text)] != piece.Text {
				t.Fatalf("Parse(%q): text %q is not at %d", src, piece.Text, piece.Offset)
			}
		}
		if n > MaxRunExprs {
			t.Fatalf("Parse(%q): a run has %d expressions", src, n)
		}
	}
}

// breaks counts the line breaks in s. A CR LF must not be cut by its ends.
func breaks(s string) int {
	return strings.Count(s, "\n") + strings.Count(s, "\r") - strings.Count(s, "\r\n")
}

// render runs a page and returns what it prints.
func render(t testing.TB, p *Page, globals map[string]glua.LValue, args ...glua.LValue) (string, error) {
	t.Helper()
	l := glua.NewState()
	defer l.Close()
	var out []byte
	var cursor Cursor
	print := func(digits int) glua.LGFunction {
		return func(l *glua.LState) int {
			d := make([]int, digits)
			for i := range d {
				d[i] = l.CheckInt(i + 1)
			}
			arg := digits
			run := p.Runs[RunIndex(d...)]
			if err := cursor.Print(p, run); err != nil {
				l.RaiseError("%s", err)
			}
			for i, piece := range run {
				if !piece.Expr {
					out = append(out, piece.Text...)
					continue
				}
				arg++
				v := l.Get(arg)
				kind := map[glua.LValueType]Kind{glua.LTNil: Nil, glua.LTBool: Bool, glua.LTNumber: Number}[v.Type()]
				var err error
				if out, err = piece.Place.Append(out, kind, v.String()); err != nil {
					cursor.Stop(p, run, i)
					l.RaiseError("%s: %s", p.PosAt(piece.Offset), err)
				}
			}
			if l.GetTop() != arg {
				l.RaiseError("%d arguments for run %v", l.GetTop(), d)
			}
			return 0
		}
	}
	put := func(l *glua.LState) int {
		out = append(out, l.ToStringMeta(l.Get(1)).String()...)
		return 0
	}
	event := func(name string) glua.LGFunction {
		return func(l *glua.LState) int {
			out = append(out, "["+name...)
			for i := range l.GetTop() {
				out = append(out, " "+l.Get(i+1).String()...)
			}
			out = append(out, ']')
			return 0
		}
	}
	store := func(combine func(old, value glua.LValue) glua.LValue) glua.LGFunction {
		return func(l *glua.LState) int {
			n := l.GetTop()
			if n == 2 {
				l.Push(combine(l.Get(1), l.Get(2)))
				return 1
			}
			root, ok := l.Get(1).(*glua.LTable)
			if !ok {
				root = l.NewTable()
			}
			at := root
			for i := 3; i < n; i++ {
				next, ok := at.RawGet(l.Get(i)).(*glua.LTable)
				if !ok {
					next = l.NewTable()
					at.RawSet(l.Get(i), next)
				}
				at = next
			}
			at.RawSet(l.Get(n), combine(at.RawGet(l.Get(n)), l.Get(2)))
			l.Push(root)
			return 1
		}
	}
	for name, f := range map[string]glua.LGFunction{
		Out: print(2), OutWide: print(3), Put: put, "put": put,
		Header: event("header"), StartSession: event("start"), StopSession: event("stop"), DeleteSession: event("delete"),
		Into: store(func(_, v glua.LValue) glua.LValue { return v }),
		After: store(func(old, v glua.LValue) glua.LValue {
			return glua.LString(strings.TrimPrefix(old.String(), "nil") + v.String())
		}),
		Before: store(func(old, v glua.LValue) glua.LValue {
			return glua.LString(v.String() + strings.TrimPrefix(old.String(), "nil"))
		}),
	} {
		l.SetGlobal(name, l.NewFunction(f))
	}
	for name, v := range globals {
		l.SetGlobal(name, v)
	}
	proto, err := compile(p.Code)
	if err != nil {
		t.Fatalf("the chunk does not compile: %v\n%s", err, p.Code)
	}
	l.Push(l.NewFunctionFromProto(proto))
	for _, a := range args {
		l.Push(a)
	}
	err = l.PCall(len(args), 0, nil)
	return string(out), err
}

// mustRender parses and runs a page, and returns what it prints.
func mustRender(t testing.TB, src string, globals map[string]glua.LValue) string {
	t.Helper()
	out, err := render(t, mustParse(t, src), globals)
	if err != nil {
		t.Fatalf("%q: %v", src, err)
	}
	return out
}

func ExampleParse() {
	p, err := Parse("hello.lc", []byte("<ul>\n<?lc for i, name in ipairs(names) do ?>\n<li><?= name ?></li>\n<?lc end ?>\n</ul>"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.ReplaceAll(p.Code, " \n", "\n"))
	for i, run := range p.Runs {
		for _, piece := range run {
			fmt.Printf("%d: %q %v\n", i, piece.Text, piece.Expr)
		}
	}
	// Output:
	// __lc_out(0,0);
	//  for i, name in ipairs(names) do
	//   __lc_out(0,1,(name));
	//  end  __lc_out(0,2);
	//
	// 0: "<ul>\n" false
	// 1: "<li>" false
	// 1: "" true
	// 1: "</li>\n" false
	// 2: "</ul>" false
}

func ExampleError() {
	_, err := Parse("page.lc", []byte("<?lc for i = 1, 3 do ?>\n<p>\n"))
	fmt.Println(err)
	_, err = Parse("page.lc", []byte("<?lc local greeting = \"hello\"\n</p>\n"))
	fmt.Println(err)
	// Output:
	// page.lc:3:1: 'end' is expected to close 'for', but the page ends (opened at 1:6)
	// page.lc:2:2: an expression is expected after '<', but here is '/'; the tag opened at 1:1 is never closed by ?>
}
