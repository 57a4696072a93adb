package json_test

import (
	"strings"
	"testing"
	"time"

	"lcgi/lua/json"
	"lcgi/lua/moduletest"
	luatime "lcgi/lua/time"
)

// globals has the module, and that of times.
func globals() moduletest.Globals {
	return moduletest.Globals{
		"json": moduletest.Loaded(json.Module),
		"time": moduletest.Loaded(luatime.Module(time.Now)),
	}
}

func TestEncode(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return json.encode(nil), json.encode(true), json.encode(false), json.encode(json.null)`, `null true false null`},
		{`return json.encode("a"), json.encode("")`, `"a" ""`},
		{`return json.encode{1, "two", true, json.null, {}}`, `[1,"two",true,null,[]]`},
		{`return json.encode{name = "Bread"}`, `{"name":"Bread"}`},
		{`local t = {} t.z = 1 t.a = 2 t["1"] = 3 t.m = 4 return json.encode(t)`, `{"z":1,"a":2,"1":3,"m":4}`},
		{`local t = {z = 1} t.z = nil t.a = 1 return json.encode(t)`, `{"a":1}`},
		{`local t = {1, 2, 3} t[3] = nil return json.encode(t)`, `[1,2]`},
		{`return json.encode(time.unix(1795166717, 500000000)), json.encode{at = time.unix(0)}`, `"2026-11-20T09:25:17.5Z" {"at":"1970-01-01T00:00:00Z"}`},
		{`return json.encode(setmetatable({1}, {__index = {2, 3}, __len = function() return 9 end}))`, `[1]`},
		{`local t = {1} return json.encode{t, t}`, `[[1],[1]]`},
	})
}

func TestEncodeNumbers(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return json.encode{0, tonumber("-0"), 1, -1, 1.5, 0.1, 1/3, 100}`, `[0,-0,1,-1,1.5,0.1,0.3333333333333333,100]`},
		{`return json.encode{2^53, -2^53, 2^53 - 1, 1e15, 1e20, 1e21, 1.5e300}`, `[9007199254740992,-9007199254740992,9007199254740991,1000000000000000,1e+20,1e+21,1.5e+300]`},
		{`return json.encode{1e-6, 1e-7, 2^-1074, 1.7976931348623157e308}`, `[0.000001,1e-7,5e-324,1.7976931348623157e+308]`},
		{`return json.encode(json.number("12345678901234567890.10")), tostring(json.number("-1e5")), json.number("1") == json.number("1"), json.number("1") == json.number("2")`, `12345678901234567890.10 -1e5 true false`},
		{`return json.number("0x10")`, `error: bad argument #1 to 'number' (a number as JSON writes it expected)`},
		{`return json.number("1 ")`, `error: bad argument #1 to 'number' (a number as JSON writes it expected)`},
		{`return json.number("")`, `error: bad argument #1 to 'number' (a number as JSON writes it expected)`},
		{`return json.encode{items = {{}, {}, {price = 0/0}}}`, `error: json: items[3].price is nan, which JSON has no number for`},
		{`return json.encode(1/0)`, `error: json: the value is inf, which JSON has no number for`},
		{`return json.encode{-1/0}`, `error: json: [1] is -inf, which JSON has no number for`},
	})
}

func TestEncodeText(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return json.encode('"\\/\b\f\n\r\t\0\27\127')`, `"\"\\/\b\f\n\r\t\u0000\u001b` + "\x7f" + `"`},
		{`return json.encode("</script><!-- & \226\128\168\226\128\169")`, `"\u003c/script\u003e\u003c!-- \u0026 \u2028\u2029"`},
		{`return json.encode({["<"] = "&"}, {escapeHTML = false})`, `{"<":"&"}`},
		{`return json.encode("\226\128\168", {escapeHTML = false})`, "\"\u2028\""},
		{`return json.encode("ä€😀")`, `"ä€😀"`},
		{`return json.encode{name = {"ok", "ab\255"}}`, `error: json: name[2] is not UTF-8: its byte 3 is 0xFF; JSON has only text`},
		{`return json.encode{["\255"] = 1}`, `error: json: ["\xff"] is not UTF-8: its byte 1 is 0xFF; JSON has only text`},
		{`return json.encode("\237\160\128")`, `error: json: the value is not UTF-8: its byte 1 is 0xED; JSON has only text`}, // a surrogate
		{`return json.encode("\192\128")`, `error: json: the value is not UTF-8: its byte 1 is 0xC0; JSON has only text`},     // a long NUL
	})
}

func TestEncodeErrors(t *testing.T) {
	const kinds = "; what JSON has are strings, numbers, booleans, json.null and tables of them, and times as strings"
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return json.encode{cart = {print}}`, `error: json: cart[1] is a function` + kinds},
		{`return json.encode(coroutine.create(print))`, `error: json: the value is a thread` + kinds},
		{`return json.encode(newproxy())`, `error: json: the value is a userdata` + kinds},
		{`return json.encode()`, `error: bad argument #1 to 'encode' (value expected)`},
		{`local t = {} t.a = {b = {t}} return json.encode(t)`, `error: json: a.b[1] is a table that contains itself`},
		{`local t = {} for i = 1, 999 do t = {t} end return #json.encode(t)`, `2000`},
		{`local t = {} for i = 1, 1000 do t = {t} end return #json.encode(t)`, `error: json: ` + strings.Repeat("[1]", 32) + "…" + strings.Repeat("[1]", 32) + ` is nested more than 1000 tables deep`},
		{`return json.encode{1, 2, nil, 4}`, `error: json: the value is a list in which element 3 is missing; json.object(t) writes numbers as names`},
		{`return json.encode{a = {[3] = 1}}`, `error: json: a is a list in which element 1 is missing; json.object(t) writes numbers as names`},
		{`return json.encode{[0] = 1, 2}`, `error: json: the value is a list with the key 0, which is no place in it; json.object(t) writes numbers as names`},
		{`return json.encode{[1.5] = 1}`, `error: json: the value is a list with the key 1.5, which is no place in it; json.object(t) writes numbers as names`},
		{`return json.encode{items = {1, price = 2}}`, `error: json: items is a list and has the name "price", too; json.object(t) writes numbers as names`},
		{`local t = {a = 1} t[-1] = 2 return json.encode(t)`, `error: json: the value has names, and -1 as a key, too; json.object(t) writes numbers as names`},
		{`return json.encode{[true] = 1}`, `error: json: the value has a boolean as a key; JSON has lists, and objects with strings as names`},
		{`local t = {a = 1} t[t] = 2 return json.encode(t)`, `error: json: the value has a table as a key; JSON has lists, and objects with strings as names`},
		{`return json.encode(1, {nothing = 1})`, `error: bad argument #2 to 'encode' (there is no option nothing; there are indent sortKeys escapeHTML)`},
		{`return json.encode(1, {indent = "x"})`, `error: bad argument #2 to 'encode' (the option indent must be a number, not a string)`},
		{`return json.encode(1, {indent = 17})`, `error: bad argument #2 to 'encode' (the option indent must be a whole number from 0 to 16)`},
		{`return json.encode(1, {sortKeys = 1})`, `error: bad argument #2 to 'encode' (the option sortKeys must be true or false, not a number)`},
		{`return json.encode(1, {escapeHTML = "no"})`, `error: bad argument #2 to 'encode' (the option escapeHTML must be true or false, not a string)`},
		{`return json.encode(1, 5)`, `error: bad argument #2 to 'encode' (table expected, got number)`},
	})
}

func TestMarks(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return json.encode{}, json.encode(json.array()), json.encode(json.object()), json.encode{a = json.object(), b = json.array{}}`, `[] [] {} {"a":{},"b":[]}`},
		{`return json.encode(json.decode("[]")), json.encode(json.decode("{}")), json.encode(json.decode('{"a":[],"b":{}}'))`, `[] {} {"a":[],"b":{}}`},
		{`local t = json.decode('[1]') t[1] = nil return json.encode(t)`, `[]`},
		{`local t = json.decode('{"a":1}') t.a = nil return json.encode(t)`, `{}`},
		{`return json.encode(json.object{10, 20}), json.encode(json.object{[1.5] = 1, [2^53] = 2})`, `{"1":10,"2":20} {"1.5":1,"9007199254740992":2}`},
		{`return json.encode(json.object{[1] = 1, ["1"] = 2})`, `error: json: the value has both the number 1 and the string "1" as keys`},
		{`return json.encode{a = json.object{[1/0] = 1}}`, `error: json: a has an infinite number as a key`},
		{`return json.encode(json.object{[true] = 1})`, `error: json: the value has a boolean as a key; JSON has lists, and objects with strings as names`},
		{`return json.encode(json.array{a = 1})`, `error: json: the value is marked as a list and has the name "a"`},
		{`local t = {} return json.array(t) == t, json.encode(json.object(json.array(t))), json.encode(json.array(json.object(t)))`, `true {} []`},
		{`return json.encode(setmetatable({}, {__jsontype = "object"})), json.encode(json.object(setmetatable({}, {__jsontype = "object"})))`, `{} {}`},
		{`return json.encode(setmetatable({}, {__jsontype = "other"})), json.encode(setmetatable({}, {__jsontype = 5}))`, `[] []`},
		{`return json.array(setmetatable({}, {}))`, `error: bad argument #1 to 'array' (the table has a metatable of its own; give that the field __jsontype = "array")`},
		{`return json.object(5)`, `error: bad argument #1 to 'object' (table expected, got number)`},
		{`return tostring(json.null), json.null == json.decode("null"), json.null == nil, not json.null, getmetatable(json.null)`, `null true false false false`},
		{`return json.decode("[null]")[1] == json.null, json.decode('{"a":null}').a == json.null`, `true true`},
	})
}

func TestIndent(t *testing.T) {
	moduletest.Check(t, globals(), []moduletest.Case{
		{`return json.encode({1, {a = {}, b = json.object()}, {2}}, {indent = true})`, "[\n  1,\n  {\n    \"a\": [],\n    \"b\": {}\n  },\n  [\n    2\n  ]\n]"},
		{`return json.encode({a = {1}}, {indent = 1})`, "{\n \"a\": [\n  1\n ]\n}"},
		{`return json.encode({a = {1}}, {indent = 0}), json.encode({a = {1}}, {indent = false})`, `{"a":[1]} {"a":[1]}`},
		{`return json.encode({}, {indent = 2}), json.encode(5, {indent = 2})`, `[] 5`},
		{`return json.encode({b = 1, a = 2, ["10"] = 3, ["9"] = 4}, {sortKeys = true})`, `{"10":3,"9":4,"a":2,"b":1}`},
		{`return json.encode(json.object{[10] = 1, [9] = 2}, {sortKeys = true, indent = 1})`, "{\n \"10\": 1,\n \"9\": 2\n}"},
		// The text's order stays, with names that are written like integers, too.
		{`local text = '{"z":1,"10":2,"9":3,"1":4,"a":{"2":0,"1":0},"-1":5}' return json.encode(json.decode(text)) == text`, `true`},
		{`local t = json.decode('{"1":"a"}') return t["1"], t[1]`, `a nil`},
		{`local t = json.decode('{"b":1,"a":2,"b":3}') return json.encode(t)`, `{"b":3,"a":2}`},
	})
}
