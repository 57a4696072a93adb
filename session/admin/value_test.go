package admin

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
	"unicode"

	"lcgi/session"
)

func timeValue(t time.Time) value { return value{kind: session.Time, time: t} }

// values are data with its two texts.
var values = []struct {
	name string
	v    value
	json string
	lua  string
}{
	{"zero", numberValue(0), `0`, `0`},
	{"minus zero", numberValue(math.Copysign(0, -1)), `-0`, `-0`},
	{"integer", numberValue(1e6), `1000000`, `1000000`},
	{"2^53+1", numberValue(1<<53 + 1), `9007199254740992`, `9007199254740992`},
	{"fraction", numberValue(0.1), `0.1`, `0.1`},
	{"large", numberValue(1e308), `1e+308`, `1e+308`},
	{"small", numberValue(-5e-324), `-5e-324`, `-5e-324`},
	{"NaN", numberValue(math.NaN()), `{"$number":"NaN"}`, `0/0`},
	{"infinity", numberValue(math.Inf(1)), `{"$number":"Infinity"}`, `1/0`},
	{"minus infinity", numberValue(math.Inf(-1)), `{"$number":"-Infinity"}`, `-1/0`},
	{"true", boolValue(true), `true`, `true`},
	{"false", boolValue(false), `false`, `false`},

	{"empty string", textValue(""), `""`, `""`},
	{"string", textValue(`a "b" \ <c> é 漢`), `"a \"b\" \\ <c> é 漢"`, `"a \"b\" \\ <c> é 漢"`},
	{"NUL and digits", textValue("\x001"), `"\u00001"`, `"\0001"`},
	{"lines", textValue("a\r\n\tb"), `"a\u000d\n\u0009b"`, `"a\r\n\tb"`},
	{"escape sequence", textValue("\x1b]0;title\x07"), `"\u001b]0;title\u0007"`, `"\027]0;title\007"`},
	{"C1 control", textValue("\u009b31m"), `"\u009b31m"`, `"\194\15531m"`},
	{"other direction", textValue("a\u202eb"), `"a\u202eb"`, `"a\226\128\174b"`},
	{"line separator", textValue("\u2028"), `"\u2028"`, `"\226\128\168"`},
	{"not a character", textValue("\U000e0001"), `"\udb40\udc01"`, `"\243\160\128\129"`},
	{"replacement character", textValue("\ufffd"), `"�"`, `"�"`},
	{"not UTF-8", textValue("\xff\x9b"), `{"$bytes":"/5s="}`, `"\255\155"`},

	{"time", timeValue(time.Date(2026, 11, 20, 9, 0, 0, 5, time.UTC)), `{"$time":"2026-11-20T09:00:00.000000005Z"}`, `time.parse("2026-11-20T09:00:00.000000005Z")`},
	{"far time", timeValue(time.Unix(1<<53, 7)), `{"$time":[9007199254740992,7]}`, `time.unix(9007199254740992)`},
	{"time long ago", timeValue(time.Unix(-1<<53, 0)), `{"$time":[-9007199254740992,0]}`, `time.unix(-9007199254740992)`},

	{"empty table", tableValue(), `{}`, `{}`},
	{"list", listValue(textValue("a"), numberValue(2), tableValue()), `["a",2,{}]`, "{\n  \"a\",\n  2,\n  {},\n}"},
	{"fields", tableValue(field("a", numberValue(1)), field("end", boolValue(true)), field("a b", boolValue(false))),
		`{"a":1,"a b":false,"end":true}`, "{\n  a = 1,\n  [\"a b\"] = false,\n  [\"end\"] = true,\n}"},
	{"nested", tableValue(field("cart", listValue(tableValue(field("id", numberValue(7)))))),
		`{"cart":[{"id":7}]}`, "{\n  cart = {\n    {\n      id = 7,\n    },\n  },\n}"},
	{"list with a gap", tableValue(entry{numberValue(1), textValue("a")}, entry{numberValue(3), textValue("c")}),
		`{"$table":[[1,"a"],[3,"c"]]}`, "{\n  \"a\",\n  [3] = \"c\",\n}"},
	{"list from 0", tableValue(entry{numberValue(0), textValue("a")}, entry{numberValue(1), textValue("b")}),
		`{"$table":[[0,"a"],[1,"b"]]}`, "{\n  [0] = \"a\",\n  \"b\",\n}"},
	{"mixed keys", tableValue(entry{numberValue(1), textValue("a")}, entry{numberValue(-1.5), textValue("b")}, field("1", textValue("c")), entry{boolValue(true), textValue("d")}),
		`{"$table":[[1,"a"],["1","c"],[true,"d"],[-1.5,"b"]]}`, "{\n  \"a\",\n  [\"1\"] = \"c\",\n  [true] = \"d\",\n  [-1.5] = \"b\",\n}"},
	{"key not UTF-8", tableValue(field("\xff", boolValue(true))), `{"$table":[[{"$bytes":"/w=="},true]]}`, "{\n  [\"\\255\"] = true,\n}"},
	{"key like a form", tableValue(field("$time", textValue("now"))), `{"$table":[["$time","now"]]}`, "{\n  [\"$time\"] = \"now\",\n}"},
	{"hostile key", tableValue(field("\x1b[2J", boolValue(true))), `{"\u001b[2J":true}`, "{\n  [\"\\027[2J\"] = true,\n}"},
}

func TestValueTexts(t *testing.T) {
	for _, tt := range values {
		t.Run(tt.name, func(t *testing.T) {
			data, err := tt.v.encode()
			if err != nil {
				t.Fatal(err)
			}
			v, err := decode(data)
			if err != nil {
				t.Fatal(err)
			}
			if got := string(appendText(nil, v, 0)); got != tt.lua {
				t.Errorf("Lua\n%s, want\n%s", got, tt.lua)
			}
			if got := string(appendJSON(nil, v)); got != tt.json {
				t.Errorf("JSON %s, want %s", got, tt.json)
			}
			parsed, err := parseJSON(tt.json)
			if err != nil {
				t.Fatal(err)
			}
			if again, err := parsed.encode(); err != nil || !bytes.Equal(again, data) {
				t.Errorf("read back: %x, %v; want %x", again, err, data)
			}
		})
	}
}

func TestJSONOfOthers(t *testing.T) {
	for _, tt := range []struct{ json, same string }{
		{` { "b" : 1 , "a" : [ ] } `, `{"a":{},"b":1}`},
		{`[]`, `{}`},
		{`{"$table":[]}`, `{}`},
		{`{"$table":[[2,"b"],[1,"a"]]}`, `["a","b"]`},
		{`{"$table":[[-0,"a"]]}`, `{"$table":[[0,"a"]]}`},
		{`{"$bytes":"YWI="}`, `"ab"`},
		{`{"$time":"2026-11-20T10:00:00+01:00"}`, `{"$time":"2026-11-20T09:00:00Z"}`},
		{`1e3`, `1000`},
		{`"\u00e9\ud83d\ude00"`, `"é😀"`},
	} {
		v, err := parseJSON(tt.json)
		if err != nil {
			t.Errorf("%s: %v", tt.json, err)
			continue
		}
		data, err := v.encode()
		if err != nil {
			t.Errorf("%s: %v", tt.json, err)
			continue
		}
		if v, err = decode(data); err != nil || string(appendJSON(nil, v)) != tt.same {
			t.Errorf("%s is read as %s, %v; want %s", tt.json, appendJSON(nil, v), err, tt.same)
		}
	}
}

func TestJSONRefused(t *testing.T) {
	for _, tt := range []struct{ json, says string }{
		{``, "JSON cannot be read"},
		{`{`, "JSON cannot be read"},
		{`[1,]`, "JSON cannot be read"},
		{`1 2`, "JSON cannot be read"},
		{`NaN`, "JSON cannot be read"},
		{"\"\xff\"", "$bytes"},
		{`null`, "null"},
		{`[null]`, "null"},
		{`{"a":null}`, "null"},
		{`1e999`, "too large"},
		{`{"a":1,"a":2}`, `the key "a" stands twice`},
		{`{"$table":[[1,2],[1,3]]}`, "the key 1 stands twice"},
		{`{"$table":[[0,2],[-0,3]]}`, "0 stands twice"},
		{`{"$table":[[1]]}`, "$table must be"},
		{`{"$table":{"a":[1,2]}}`, "$table must be"},
		{`{"$table":1}`, "$table must be"},
		{`{"$table":[[{"$number":"NaN"},1]]}`, "0/0 cannot be the key"},
		{`{"$table":[[[],1]]}`, "{} cannot be the key"},
		{`{"$table":[[null,1]]}`, "nil cannot be the key"},
		{`{"$table":[[{"$time":"2026-11-20T09:00:00Z"},1]]}`, "cannot be the key"},
		{`{"$number":"nan"}`, "$number must be"},
		{`{"$number":1}`, "$number must be"},
		{`{"$bytes":"?"}`, "$bytes must be"},
		{`{"$bytes":[]}`, "$bytes must be"},
		{`{"$time":"today"}`, "$time must be"},
		{`{"$time":[1]}`, "$time must be"},
		{`{"$time":[1.5,0]}`, "$time must be"},
		{`{"$time":[1e300,0]}`, "$time must be"},
		{`{"$time":[0,1e9]}`, "$time must be"},
		{`{"$times":1}`, "$bytes $number $time $table"},
		{`{"$time":"2026-11-20T09:00:00Z","a":1}`, `"$time" begins with $`},
		{strings.Repeat("[", 201) + strings.Repeat("]", 201), "200 deep"},
		{strings.Repeat("[", 5000) + strings.Repeat("]", 5000), "200 deep"},
		{strings.Repeat("[", 20000) + strings.Repeat("]", 20000), "JSON cannot be read"},
	} {
		v, err := parseJSON(tt.json)
		if err == nil {
			_, err = v.encode()
		}
		if err == nil || !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%.60q: error %v, want one that says %s", tt.json, err, tt.says)
		}
	}
	deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
	v, err := parseJSON(deep)
	if err == nil {
		_, err = v.encode()
	}
	if err != nil {
		t.Errorf("200 tables: %v", err)
	}
}

func TestPlain(t *testing.T) {
	for s, want := range map[string]string{
		"cart": "cart", "a b": "a b", "é": "é", "": `""`, " a": `" a"`, "a ": `"a "`,
		`a"b`: `"a\"b"`, "\x1b[2J": `"\027[2J"`, "\xff": `"\255"`, "a\nb": `"a\nb"`,
	} {
		if got := plain(s); got != want {
			t.Errorf("plain(%q) = %s, want %s", s, got, want)
		}
	}
}

// FuzzValue shows whatever a store may hold: the text is safe for a terminal,
// and the JSON is read back as the same data.
func FuzzValue(f *testing.F) {
	for _, tt := range values {
		data, err := tt.v.encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decode(data)
		if (err == nil) != (check(data) == nil) {
			t.Fatalf("decode says %v, check %v", err, check(data))
		}
		if err != nil {
			return
		}
		text := appendJSON(appendText(nil, v, 0), v)
		for i, r := range string(text) {
			if !unicode.IsPrint(r) && r != '\n' {
				t.Fatalf("the text has %q at %d: %q", r, i, text)
			}
		}
		parsed, err := parseJSON(string(appendJSON(nil, v)))
		if err != nil {
			t.Fatal(err)
		}
		again, err := parsed.encode()
		if hasNil(v) {
			if err == nil {
				t.Fatalf("null was taken in %s", appendJSON(nil, v))
			}
			return
		}
		if err != nil || !bytes.Equal(again, data) {
			t.Fatalf("%s is read back as %x, %v; want %x", appendJSON(nil, v), again, err, data)
		}
	})
}

// hasNil reports whether there is a nil, which Lua cannot keep in a table.
func hasNil(v value) bool {
	for _, e := range v.entries {
		if hasNil(e.value) {
			return true
		}
	}
	return v.kind == session.Nil
}
