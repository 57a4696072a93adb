package template

import (
	"strings"
	"testing"
)

// squeeze makes chunks comparable without regard to white space between tokens.
func squeeze(code string) string { return strings.Join(strings.Fields(code), " ") }

func TestLiveCodeForms(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"start session", "__lc_start_session ();"},
		{"stop session", "__lc_stop_session ();"},
		{"delete\nsession x = 1", "__lc_delete_session (); x = 1"},
		{"if x then start session end", "if x then __lc_start_session (); end"},
		{`put "John" into $_SESSION ["first_name"]`, `_SESSION = __lc_into(_SESSION,( "John") ,("first_name"));`},
		{`put $_SESSION ["fist_name"] into tMyFirstName`, `tMyFirstName = _SESSION ["fist_name"] ;`},
		{`put 5 into x`, `x = 5 ;`},
		{`put f(x) into $x y = 1`, `x = f(x) ; y = 1`},
		{`put a + 1 into b.c`, `b = __lc_into(b,( a + 1) ,"c");`},
		{`put nil into b.c[d .. e]["f"].g`, `b = __lc_into(b,( nil) ,"c",(d .. e),("f"),"g");`},
		{`put "x" after s`, `s = __lc_after(s,( "x") );`},
		{`put "x" before s.t`, `s = __lc_before(s,( "x") ,"t");`},
		{`put "x" before s put "y" after s`, `s = __lc_before(s,( "x") ); s = __lc_after(s,( "y") );`},
		{`put x`, `__lc_put(( x));`},
		{`put x into = 5`, `__lc_put(( x)); into = 5`},
		{`put x into.y = 5`, `__lc_put(( x)); into.y = 5`},
		{`put x after, y = 5`, `__lc_put(( x)); after, y = 5`},
		{`put -x`, `__lc_put(( -x));`},
		{`put #x`, `__lc_put(( #x));`},
		{`put not x`, `__lc_put(( not x));`},
		{`put ... put 1`, `__lc_put(( ...)); __lc_put(( 1));`},
		{`put function() return 1 end into f`, `f = function() return 1 end ;`},
		{`put ("a") .. "b"`, `__lc_put(( ("a") .. "b"));`},
		{`put "a" .. "b"`, `__lc_put(( "a" .. "b"));`},
		{`put ("a"):upper() .. "b" into x`, `x = ("a"):upper() .. "b" ;`},
		{`put (t).x`, `__lc_put(( (t).x));`},
		{`put (t).x into y`, `y = (t).x ;`},
		{`put (a) into b`, `b = (a) ;`},
		{`put {1} into b`, `b = {1} ;`},
		{`put {1} into b.c`, `b = __lc_into(b,( {1}) ,"c");`},
		{`put 1 + 2 * 3 ^ 2 .. "x" == y and z or w`, `__lc_put(( 1 + 2 * 3 ^ 2 .. "x" == y and z or w));`},
		{`put [[x]] .. 1`, `__lc_put(( [[x]] .. 1));`},
		{`put .5`, `__lc_put(( .5));`},
		{`put header "X-A: b"`, `__lc_header(( "X-A: b"));`},
		{`put header ("X-A: " .. b)`, `__lc_header(( ("X-A: " .. b)));`},
		{`put header "X-A: " .. b x = 1`, `__lc_header(( "X-A: " .. b)); x = 1`},
		{`put header h`, `__lc_header(( h));`},
		{`put header`, `__lc_put(( header));`},
		{`put header into x`, `x = header ;`},
		{`put header .. "x"`, `__lc_put(( header .. "x"));`},
		{`put header.x`, `__lc_put(( header.x));`},
		{"put header\nf()", `__lc_put(( header)); f()`},
		{`set the sessionLifetime to 3600`, `sessionLifetime = 3600;`},
		{`set the SESSIONid to $x .. "y"`, `sessionID = x .. "y";`},
		{`set the sessionname to "a" set the sessioncookiename to "b"`, `sessionName = "a"; sessionCookieName = "b";`},
		{`set sessionSavePath to "/tmp"`, `sessionSavePath = "/tmp";`},
		{"x = 1 // y\nz = 2", `x = 1 z = 2`},
		{"x = 1 /* y\n */ z = 2", `x = 1 z = 2`},
		{"x = a/**/.b", `x = a .b`},
		{`$x, $y = $f($z), "$w"`, `x, y = f( z), "$w"`},
		{`function $f($a) return $a.$b end`, `function f( a) return a. b end`},
	} {
		p := mustParse(t, "<?lc "+c.src+" ?>")
		if got := squeeze(p.Code); got != squeeze(c.want) {
			t.Errorf("%s\n gives %s\n  want %s", c.src, got, squeeze(c.want))
		}
	}
}

// What is valid Lua stays as it is, to the byte.
func TestNotLiveCodeForms(t *testing.T) {
	for _, src := range []string{
		`put("x")`, `put "x"`, `put 'x' y = 1`, `put{1, 2}`, `put [[x]]`, `put("a", "b")`, `put()`,
		`put "x" into (y)`, `put "x" into = 5`, `put "x" into.y = 5`, `put "x" into "y"`, `put "x" after {}`, `put "x" before:m()`,
		`put("x").y = 5`, `put("x").y, z = 5, 6`, `put("x"):y()`, `put "x" "y"`, `put("x")[1]("z")`,
		`put = 1`, `put, set = 1, 2`, `put.x = 1`, `put["x"] = 1`, `put:x()`, `put.x()`, `local put = put`, `x = put y = 2`,
		`set = 1`, `set("x")`, `set.x = 1`, `set "the" x = 1`, `start = 1`, `start()`, `start.session = 1`, `start "session"`,
		`local start, session = 1, 2`, `x = start session = 2`, `delete("session")`, `header = "x"`, `header "x"`,
		`local the, to, into, after, before = 1`, `x = {put = 1, set = 2, start = 3}`, `x = "/* $y // */"`, `x = a / b / c`,
		`x = [[$y // z]]`, `t.put = 5 t.set.start()`, `for put in pairs(set) do start(put) end`,
	} {
		p := mustParse(t, "<?lc "+src)
		if p.Code != " "+src {
			t.Errorf("%s\n becomes %s", src, p.Code)
		}
	}
}

func TestLiveCodeRuns(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{`<?lc put "John" into $a ["b"]["c"] put $a["b"].c ?>`, "John"},
		{`<?lc put 1 into x.y put 2 into x.z ?><?= x.y + x.z ?>`, "3"},
		{`<?lc put "b" into s put "c" after s put "a" before s put s .. "\n" ?>`, "abc\n"},
		{`<?lc put "b" after t.s put "a" before t.s put t.s ?>`, "ab"},
		{`<?lc local v put 5 into v put v ?><?= v ?>`, "55"},
		{`<?lc put ("a"):upper() .. "b" put (("a"):gsub("a", "b")) put 1 ?>`, "Abb1"},
		{`<?lc put 'x' set the sessionName to "n" start session put sessionName stop session delete session ?>`, "x[start]n[stop][delete]"},
		{`<?lc put header "A: b" ?>`, "[header A: b]"},
	} {
		if got := mustRender(t, c.src, nil); got != c.want {
			t.Errorf("%s prints %q, want %q", c.src, got, c.want)
		}
	}
}

func TestSessionProperties(t *testing.T) {
	for _, name := range sessionProperties() {
		got, ok := sessionProperty(strings.ToUpper(name))
		if !ok || got != name {
			t.Errorf("sessionProperty(%q) = %q, %v", strings.ToUpper(name), got, ok)
		}
	}
}
