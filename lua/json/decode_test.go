package json_test

import (
	"context"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	glua "github.com/yuin/gopher-lua"

	"lcgi/lua/json"
	"lcgi/lua/moduletest"
	"lcgi/lua/vm"
)

func TestDecode(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`local t = json.decode('{"name": "Bread", "tags": ["a", "b"], "price": 3.8, "sold": false}') return t.name, #t.tags, t.tags[2], t.price, t.sold`, `Bread 2 b 3.8 false`},
		{`return json.decode(' \t\r\n1 \n'), json.decode("true"), json.decode("null"), json.decode('""')`, `1 true null `},
		{`return json.decode('"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e4"') == '"\\/\b\f\n\r\tAä', #json.decode('"a\\u0000b"')`, `true 3`},
		{`return json.decode('"\\ud83d\\ude00 \\uD83D\\uDE00"'), json.decode('"\\ud83d"') == "\239\191\189", json.decode('"\\ude00\\ud83d\\u0041"') == "\239\191\189\239\191\189A"`, "😀 😀 true true"},
		{`return json.decode("\239\187\191[1]")[1], json.decode("[1, 2]")[2]`, `1 2`},
		{`local t = json.decode("[[], {}, [[]]]") return #t, #t[3], next(t[2])`, `3 1 nil`},
		{`return json.decode(5)`, `5`},
		{`return json.decode()`, `error: bad argument #1 to 'decode' (string expected, got no value)`},
		{`return json.decode({})`, `error: bad argument #1 to 'decode' (string expected, got table)`},
		{`return json.decode("1", {nothing = 1})`, `error: bad argument #2 to 'decode' (there is no option nothing; there are bigNumbers)`},
		{`return json.decode("1", {bigNumbers = "exact"})`, `error: bad argument #2 to 'decode' (the option bigNumbers must be "string", "number" or "error")`},
	})
}

func TestDecodeNumbers(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`local t = {} for i, v in ipairs(json.decode("[0, -1, 1.5, 1e3, 1E+2, 1e-2, 0.5e1]")) do t[i] = tostring(v) end return unpack(t)`, `0 -1 1.5 1000 100 0.01 5`},
		{`return tostring(1 / json.decode("-0")), tostring(1 / json.decode("-0.0")), tostring(1 / json.decode("0"))`, `-inf -inf inf`},
		{`return type(json.decode("9007199254740992")), json.decode("9007199254740992") == 2^53, json.decode("-9007199254740992") == -2^53`, `number true true`},
		{`return type(json.decode("9007199254740993")), json.decode("9007199254740993"), json.decode("-9007199254740993"), json.decode("100000000000000000000")`, `string 9007199254740993 -9007199254740993 100000000000000000000`},
		{`return type(json.decode("1e400")), json.decode("1e400"), json.decode("-1e400"), json.decode("1e-400"), json.decode("1e300") == 1e300`, `string 1e400 -1e400 0 true`},
		{`return json.decode("9007199254740993", {bigNumbers = "number"}) == 2^53, json.decode("1e300", {bigNumbers = "number"}) == 1e300`, `true true`},
		{`return json.decode("[1e400]", {bigNumbers = "number"})`, `nil json: line 1, column 2: the number 1e400 is larger than a number of Lua can be`},
		{`return json.decode("[1, 9007199254740993]", {bigNumbers = "error"})`, `nil json: line 1, column 5: the number 9007199254740993 is larger than a number of Lua can hold exactly`},
		{`return json.decode("123456789012345678.5") == 123456789012345678.5`, `true`},
	})
}

// Errors of the text, all at a line and a column.
func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "line 1, column 1: it ends where a value is expected"},
		{" \n ", "line 2, column 2: it ends where a value is expected"},
		{"\ufeff", "line 1, column 1: it ends where a value is expected"},
		{"\ufeff\ufeff1", `line 1, column 1: a value is expected where it has "\ufeff1"`},
		{"[1,\n 2,\n 3,]", `line 3, column 4: a value is expected where it has "]"`},
		{`["ä😀" 1]`, `line 1, column 7: ',' or ']' is expected where it has "1]"`},
		{`{"a" 1}`, `line 1, column 6: ':' is expected where it has "1}"`},
		{`{"a": 1 "b"}`, `line 1, column 9: ',' or '}' is expected where it has "\"b\"}"`},
		{`{a: 1}`, `line 1, column 2: a name in double quotes is expected where it has "a: 1}"`},
		{`{"a":1,}`, `line 1, column 8: a name in double quotes is expected where it has "}"`},
		{`{1:2}`, `line 1, column 2: a name in double quotes is expected where it has "1:2}"`},
		{`[`, "line 1, column 2: it ends where a value is expected"},
		{`[1`, "line 1, column 3: it ends where ',' or ']' is expected"},
		{`{`, "line 1, column 2: it ends where a name in double quotes is expected"},
		{`"abc`, "line 1, column 5: it ends where the '\"' that ends the string is expected"},
		{`"ab\nc`, "line 1, column 7: it ends where the '\"' that ends the string is expected"},
		{`"\`, "line 1, column 3: it ends where an escape is expected"},
		{`"\x41"`, `line 1, column 2: an escape, one of \" \\ \/ \b \f \n \r \t \u0000, is expected where it has "\\x41\""`},
		{`"\u12"`, `line 1, column 2: \u with four hexadecimal digits is expected where it has "\\u12\""`},
		{`"\u12G4"`, `line 1, column 2: \u with four hexadecimal digits is expected where it has "\\u12G4\""`},
		{"\"a\tb\"", `line 1, column 3: a string has the control character '\t'; it is written as an escape`},
		{"\"\x00\"", `line 1, column 2: a string has the control character '\x00'; it is written as an escape`},
		{"\"ab\xffc\"", "line 1, column 4: the text is not UTF-8: here is the byte 0xFF"},
		{"\"\\n\xed\xa0\x80\"", "line 1, column 4: the text is not UTF-8: here is the byte 0xED"},
		{"1 2", `line 1, column 3: there is "2" after the value`},
		{"01", `line 1, column 2: there is "1" after the value`},
		{"-", "line 1, column 2: it ends where a digit is expected"},
		{"-x", `line 1, column 2: a digit is expected where it has "x"`},
		{"1.", "line 1, column 3: it ends where a digit is expected"},
		{"1.e5", `line 1, column 3: a digit is expected where it has "e5"`},
		{"1e+", "line 1, column 4: it ends where a digit is expected"},
		{".5", `line 1, column 1: a value is expected where it has ".5"`},
		{"+1", `line 1, column 1: a value is expected where it has "+1"`},
		{"NaN", `line 1, column 1: a value is expected where it has "NaN"`},
		{"nul", `line 1, column 1: a value is expected where it has "nul"`},
		{"nulls", `line 1, column 5: there is "s" after the value`},
		{"'a'", `line 1, column 1: a value is expected where it has "'a'"`},
		{"[1] // one", `line 1, column 5: there is "// one" after the value`},
		{strings.Repeat("x", 100), `line 1, column 1: a value is expected where it has "` + strings.Repeat("x", 20) + `"`},
		{strings.Repeat("[", 64<<20), "line 1, column 1001: more than 1000 levels are nested here"},
		{strings.Repeat(`{"a":`, 1001), "line 1, column 5001: more than 1000 levels are nested here"},
	} {
		L, done := state(t)
		v, err := json.Decode(L, c.text)
		done()
		var syntax *json.SyntaxError
		if !errors.As(err, &syntax) {
			t.Errorf("%.40q is read as %v, error %v", c.text, v, err)
		} else if got := err.Error(); got != "json: "+c.want {
			t.Errorf("%.40q:\ngot  %s\nwant json: %s", c.text, got, c.want)
		}
	}
}

// state returns a machine's thread on which Go functions of the module run.
func state(t testing.TB) (*glua.LState, func()) {
	t.Helper()
	m := vm.New(vm.NewLibrary(), vm.Config{})
	return m.State(), m.Close
}

// What is hostile ends at once, or when the time is over.
func TestHostile(t *testing.T) {
	for _, c := range []struct{ name, code, want string }{
		{"digits", `return #json.decode(("1"):rep(2^24))`, "16777216"},
		{"digits as a number", `return json.decode(("1"):rep(2^20), {bigNumbers = "number"})`, "nil json: line 1, column 1: the number " + strings.Repeat("1", 40) + " is larger than a number of Lua can be"},
		{"decimals", `return json.decode("0." .. ("3"):rep(2^20)) == 1/3`, "true"},
		{"a large exponent", `return json.decode("1e" .. ("9"):rep(2^20)) == "1e" .. ("9"):rep(2^20)`, "true"},
		{"escapes that grow", `return json.encode(("<"):rep(2^24))`, "error: json: the result would be too large (more than 64 MB)"},
		{"a long string", `return #json.encode(("x"):rep(2^26 - 2))`, "67108864"},
		{"a string too long", `return json.encode(("x"):rep(2^26 - 1))`, "error: json: the result would be too large (more than 64 MB)"},
		{"separators that grow", `return json.encode(("\226\128\168"):rep(2^24))`, "error: json: the result would be too large (more than 64 MB)"},
		{"shared tables", `local t = {("x"):rep(1000)} for i = 1, 60 do t = {t, t} end return json.encode(t)`, "error: json: the result would be too large (more than 64 MB)"},
		{"indented, shared tables", `local t = {("x"):rep(1000)} for i = 1, 60 do t = {t, t} end return json.encode(t, {indent = 16})`, "error: json: the result would be too large (more than 64 MB)"},
		{"colliding names", `local t = {} for i = 1, 1e5 do t[i] = '"k' .. i .. '":0' end local v = json.decode("{" .. table.concat(t, ",") .. "}") return v.k100000`, "0"},
		{"time over", `local t = {} for i = 1, 60 do t = {t, t} end while true do pcall(json.encode, t) end`, "error: context deadline exceeded"},
		{"time over in decode", `local s = "[" .. ("[],"):rep(2^20) .. "[]]" while true do pcall(json.decode, s) end`, "error: context deadline exceeded"},
	} {
		t.Run(c.name, func(t *testing.T) {
			limit := 20 * time.Second
			if strings.HasPrefix(c.name, "time over") {
				limit = 300 * time.Millisecond
			}
			ctx, cancel := context.WithTimeout(t.Context(), limit)
			defer cancel()
			begin := time.Now()
			if got := moduletest.Eval(ctx, t, globals(), c.code); got != c.want {
				t.Errorf("got  %.200s\nwant %s", got, c.want)
			}
			if took := time.Since(begin); took > limit+2*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// FuzzDecode compares what is accepted with encoding/json, and what was read,
// written again, with what that reads.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{"a":[1,-0,1.5e3,"x\u00e4\ud83d\ude00\ud800"],"b":{},"c":[],"a":null}`, `"` + "\u2028<&>\x7f" + `"`, "[1e400,12345678901234567890]",
		" \t\r\n[ true , false ] ", `{"1":1,"":2}`, "[[[[]]]]", `"\b\f\n\r\t\/\\\""`, "-0.0e-0", "\"\xff\"", "\ufeff1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		L, done := state(t)
		defer done()
		v, err := json.Decode(L, text)
		if !utf8.ValidString(text) {
			if err == nil {
				t.Fatalf("%q is accepted and not UTF-8", text)
			}
			return
		}
		std := strings.TrimPrefix(text, "\ufeff")
		if stdjson.Valid([]byte(std)) != (err == nil) && !strings.Contains(fmt.Sprint(err), "more than 1000 levels") {
			t.Fatalf("%q: error %v, but encoding/json takes it: %t", text, err, err != nil)
		}
		if err != nil {
			return
		}
		written, err := encoded(L, v)
		if err != nil {
			t.Fatalf("%q is read, but not written again: %v", text, err)
		}
		again, err := json.Decode(L, written)
		if err != nil {
			t.Fatalf("%q is written as %q, which is not read: %v", text, written, err)
		}
		if twice, _ := encoded(L, again); twice != written {
			t.Fatalf("%q is written as %q, and then as %q", text, written, twice)
		}
		want, got := any(nil), any(nil)
		decoder := stdjson.NewDecoder(strings.NewReader(std))
		decoder.UseNumber()
		if err := decoder.Decode(&want); err != nil {
			t.Fatal(err)
		}
		decoder = stdjson.NewDecoder(strings.NewReader(written))
		decoder.UseNumber()
		if err := decoder.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if a, b := plain(want), plain(got); a != b {
			t.Fatalf("%q is written as %q:\nread %s\nwant %s", text, written, b, a)
		}
	})
}

// encoded is json.encode(v) for Go.
func encoded(L *glua.LState, v glua.LValue) (string, error) {
	json.Module(L)
	module := L.Get(-1).(*glua.LTable)
	L.Pop(1)
	err := L.CallByParam(glua.P{Fn: module.RawGetString("encode"), NRet: 1, Protect: true}, v)
	if err != nil {
		return "", err
	}
	defer L.Pop(1)
	return L.Get(-1).String(), nil
}

// plain spells a value so that numbers are equal if Lua's are, and those that
// Lua cannot hold are their digits.
func plain(v any) string {
	switch v := v.(type) {
	case stdjson.Number:
		f, err := v.Float64()
		if integer := !strings.ContainsAny(v.String(), ".eE"); err != nil || integer && (f > 1<<53 || f < -1<<53) || integer && (f == 1<<53 || f == -1<<53) && strings.TrimLeft(v.String(), "-") != "9007199254740992" {
			return fmt.Sprintf("%q", v.String())
		}
		return fmt.Sprint(f)
	case []any:
		var b strings.Builder
		for _, e := range v {
			b.WriteString(plain(e) + ",")
		}
		return "[" + b.String() + "]"
	case map[string]any:
		names := make(map[string]string, len(v))
		for name, e := range v {
			names[name] = plain(e)
		}
		return fmt.Sprintf("%q", names) // fmt sorts the names of a map
	}
	return fmt.Sprintf("%q", fmt.Sprint(v))
}

// document is a JSON text of some 100 kB.
func document() string {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `,{"id":%d,"name":"Item number %d","price":%d.95,"tags":["new","red \"%d\""],"stock":{"here":true,"left":null}}`, i, i, i, i)
	}
	return "[" + b.String()[1:] + "]"
}

func BenchmarkDecode(b *testing.B) {
	text := document()
	b.Run("lua", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		L, done := state(b)
		defer done()
		for b.Loop() {
			if _, err := json.Decode(L, text); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			var v any
			if err := stdjson.Unmarshal([]byte(text), &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	text := document()
	b.Run("lua", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		L, done := state(b)
		defer done()
		v, err := json.Decode(L, text)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := encoded(L, v); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("encoding-json", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		var v any
		if err := stdjson.Unmarshal([]byte(text), &v); err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := stdjson.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestDecodeMemory reads 8 MB of what takes far more in memory than as text. It is
// refused before it has taken that.
func TestDecodeMemory(t *testing.T) {
	const refused = "nil json: the values would take more than 128 MB of memory"
	for _, c := range []struct{ value, want string }{
		{`[]`, refused},
		{`{}`, refused},
		{`1`, refused},
		{`[1,2]`, refused},
		{`""`, "table"},
		{`"\\u0041"`, "table"},
		{`{"a":1}`, refused},
		{`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9}`, refused},
		{`"` + strings.Repeat("a", 1<<16) + `"`, "table"},
		{`"` + strings.Repeat(`\\n`, 1<<16) + `"`, "table"},
	} {
		value := strings.ReplaceAll(c.value, `"`, `\"`)
		n := 8<<20/(len(c.value)+1) - 1
		code := fmt.Sprintf(`local v, why = json.decode("[" .. ("%s,"):rep(%d) .. "%[1]s]") if v then return type(v) end return v, why`, value, n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := moduletest.Eval(t.Context(), t, globals(), code)
		runtime.ReadMemStats(&after)
		// With the text, which is made of pieces, and lists that have grown.
		if allocated := (after.TotalAlloc - before.TotalAlloc) >> 20; got != c.want || allocated > 340 {
			t.Errorf("%d times %.80s: got %s, %d MB", n, c.value, got, allocated)
		}
	}
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return #json.decode("[" .. ('{"a":1},'):rep(159999) .. '{"a":1}]')`, "160000"},
		{`return json.decode("[" .. ('{"a":1},'):rep(163999) .. '{"a":1}]')`, refused},
		{`local t = {} for i = 1, 800000 do t[i] = '"n' .. i .. '":1' end local s = "{" .. table.concat(t, ",", 1, 400000) .. "}" return json.decode(s).n400000, json.decode("{" .. table.concat(t, ",") .. "}")`, "1 " + refused},
	})
}
