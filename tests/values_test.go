package tests

import (
	"net/url"
	"strings"
	"testing"

	"lcgi/tests/wire"
)

// valuePages keep the value of a Lua expression, in the session and as a shared
// variable, and describe it. A description tells apart what differs.
var valuePages = map[string]string{
	"describe.lua": `
local number = function(n)
  if n ~= n then return "nan" end
  if n == 0 then return 1 / n < 0 and "-0" or "0" end
  return string.format("%.17g", n)
end
local function describe(v, depth)
  local kind = type(v)
  if kind == "number" then return number(v) end
  if kind == "string" then
    if #v > 100 then return "string of " .. #v .. " " .. v:sub(1, 3) .. v:sub(-3) end
    return (string.format("%q", v):gsub("%c", function(c) return "\\" .. c:byte() end))
  end
  if kind ~= "table" then return kind == "userdata" and "time " .. tostring(v) or tostring(v) end
  local parts = {}
  for k, x in pairs(v) do parts[#parts + 1] = "[" .. describe(k) .. "]=" .. describe(x) end
  table.sort(parts)
  return "{" .. table.concat(parts, ",") .. "}"
end
return describe`,
	"set.lc": `<?lc
local describe = require "describe"
local s = session.start{}
local value = assert(loadstring("time = require 'time' " .. _POST.code))()
s.data.v = value
if not _POST.quiet then put(describe(value)) end
?>`,
	"get.lc": `<?lc put(require "describe"(session.start{readonly = true}.data.v)) ?>`,
	"setshared.lc": `<?lc
local describe = require "describe"
local value = assert(loadstring("time = require 'time' " .. _POST.code))()
shared.set("v", value)
if not _POST.quiet then put(describe(value)) end
?>`,
	"getshared.lc": `<?lc put(require "describe"(shared.get("v"))) ?>`,
}

// TestValues keeps values from one request to the next. They come back exactly.
func TestValues(t *testing.T) {
	cases := []struct{ name, code, want string }{
		{"-0", "return -0", "-0"},
		{"-0 in a table", `local zero = tonumber("0") return {[1] = -zero, [0] = zero}`, "{[0]=0,[1]=-0}"},
		{"NaN", "return 0/0", "nan"},
		{"infinity", "return 1/0", "inf"},
		{"-infinity", "return {-1/0}", "{[1]=-inf}"},
		{"2^53+1", "return 9007199254740993", "9007199254740992"},
		{"2^53+2", "return 2^53 + 2", "9007199254740994"},
		{"-2^53", "return -2^53", "-9007199254740992"},
		{"2^63", "return 2^63", "9.2233720368547758e+18"},
		{"1e308", "return 1e308", "1e+308"},
		{"smallest number", "return 2^-1074", "4.9406564584124654e-324"},
		{"0.1+0.2", "return 0.1 + 0.2", "0.30000000000000004"},
		{"integers", "return {-1, 23, 24, 255, 256, 65536, 4294967296}", "{[1]=-1,[2]=23,[3]=24,[4]=255,[5]=256,[6]=65536,[7]=4294967296}"},
		{"empty string", `return ""`, `""`},
		{"empty string as a key", `return {[""] = ""}`, `{[""]=""}`},
		{"NUL", `return "a\0b"`, `"a\000b"`},
		{"NUL as a key", `return {["\0"] = "\0"}`, `{["\000"]="\000"}`},
		{"no UTF-8", `return "\255\254\128"`, "\"\xff\xfe\x80\""},
		{"no UTF-8 as a key", `return {["\192\175"] = 1}`, "{[\"\xc0\xaf\"]=1}"},
		{"UTF-8", `return "ü€😀"`, `"ü€😀"`},
		{"10 MB", `return ("0123456789"):rep(1048576)`, `string of 10485760 012789`},
		{"all bytes", `local t = {} for i = 0, 255 do t[#t + 1] = string.char(i) end return {table.concat(t)}`, "{[1]=string of 256 \x00\x01\x02\xfd\xfe\xff}"},
		{"numeric and string keys", `return {[1] = "n", ["1"] = "s", [1.5] = "f", ["1.5"] = "t"}`, `{["1"]="s",["1.5"]="t",[1.5]="f",[1]="n"}`},
		{"other keys", `return {[true] = 1, [false] = 2, [-1] = 3, [2^60] = 4, [1/0] = 5, ["true"] = 6}`,
			`{["true"]=6,[-1]=3,[1.152921504606847e+18]=4,[false]=2,[inf]=5,[true]=1}`},
		{"gaps", `return {1, nil, 3, [10] = 10}`, `{[10]=10,[1]=1,[3]=3}`},
		{"booleans", `return {true, false}`, `{[1]=true,[2]=false}`},
		{"empty table", `return {}`, `{}`},
		{"shared reference", `local t = {1} return {t, t}`, `{[1]={[1]=1},[2]={[1]=1}}`},
		{"100 tables deep", `local t = "x" for i = 1, 100 do t = {t} end return t`, strings.Repeat("{[1]=", 100) + `"x"` + strings.Repeat("}", 100)},
		{"time", `return time.unix(1234567890.5)`, `time 2009-02-13T23:31:30.5Z`},
		{"time to the nanosecond", `return time.parse("2024-02-29T12:00:00.123456789Z")`, `time 2024-02-29T12:00:00.123456789Z`},
		{"times in tables", `return {at = time.unix(0), list = {time.date{year = 1600, month = 1, day = 1}}}`,
			`{["at"]=time 1970-01-01T00:00:00Z,["list"]={[1]=time 1600-01-01T00:00:00Z}}`},
	}
	overWays(t, valuePages, map[string]string{"LCGI_MAX_BODY": "20MB"}, func(t *testing.T, p *pageSite) {
		for _, pages := range []struct{ where, set, get string }{
			{"session", "/set.lc", "/get.lc"},
			{"shared", "/setshared.lc", "/getshared.lc"},
		} {
			t.Run(pages.where, func(t *testing.T) {
				for _, c := range cases {
					t.Run(c.name, func(t *testing.T) {
						g := p.guest(t)
						for range 2 { // in a new session, and over an old value
							if got := g.form(pages.set, "code="+url.QueryEscape(c.code)); got != c.want {
								t.Fatalf("the page has %s, want %s", excerpt(got), excerpt(c.want))
							}
							g.want(pages.get, c.want)
						}
					})
				}
			})
		}
	})
}

// TestRefusedValues has values that cannot be kept. The error names the key, and
// what was stored before stays.
func TestRefusedValues(t *testing.T) {
	cases := []struct{ name, code, key, shared string }{
		{"function", `return {cart = {items = {1, 2, {onclick = print}}}}`, "v.cart.items[3].onclick is a function", "cart.items[3].onclick is a function"},
		{"function of the page", `return function() end`, "v is a function", "a function"},
		{"coroutine", `return {["a b"] = coroutine.create(print)}`, `v["a b"] is a thread`, `["a b"] is a thread`},
		{"userdata", `return {file = io.stdout}`, "v.file is a userdata", "file is a userdata"},
		{"session", `return {s = session.start{name = "other"}}`, "v.s is a userdata", "s is a userdata"},
		{"cycle", `local t = {} t.a = {b = t} return t`, "v.a.b is a table that contains itself", "a.b is a table that contains itself"},
		{"table as a key", `return {x = {[{}] = 1}}`, "has a table as its key", "has a table as its key"},
		{"function as a key", `return {x = {[print] = 1}}`, "has a function as its key", "has a function as its key"},
		{"1,000 tables deep", `local t = {} for i = 1, 1000 do t = {t} end return t`, "is nested more than", "is nested more than"},
		{"more than 64 MB", `return {("x"):rep(33 * 1024 * 1024), ("y"):rep(33 * 1024 * 1024)}`, "v[2] makes it larger than 64 MB", "[2] makes it larger than 64 MB"},
	}
	overWays(t, valuePages, nil, func(t *testing.T, p *pageSite) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				g := p.guest(t)
				for _, part := range []struct{ set, get, logged string }{
					{"/set.lc", "/get.lc", c.key},
					{"/setshared.lc", "/getshared.lc", c.shared},
				} {
					g.form(part.set, "code="+url.QueryEscape(`return {kept = "before"}`))
					seen := len(p.log())
					r := g.do(wire.Post(part.set, "quiet=1&code="+url.QueryEscape(c.code)))
					if r.Status != 500 {
						t.Errorf("%s: status %d, want 500: %s", part.set, r.Status, excerpt(string(r.Body)))
					}
					poll(t, "the log does not say "+part.logged+": "+lastOf(p.log()), func() bool {
						return strings.Contains(p.log()[seen:], part.logged)
					})
					g.want(part.get, `{["kept"]="before"}`)
				}
			})
		}
	})
}
