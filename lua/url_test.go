package lua_test

import (
	"strings"
	"testing"
)

// url.query reads as _GET does, large indexes and limits included.
func TestURLQuery(t *testing.T) {
	s := newSite(t, map[string]string{
		"large.lc": `<?lc local t = require("url").query("a[60000000]=x&a[5]=y") put(t.a[60000000], t.a[5], t.a["60000000"]) ?>`,
		"same.lc": `<?lc
			local url = require "url"
			local function text(t)
				if type(t) ~= "table" then return tostring(t) end
				local r = {}
				for k, v in pairs(t) do r[#r + 1] = type(k) .. " " .. tostring(k) .. "=" .. text(v) end
				return "{" .. table.concat(r, ";") .. "}"
			end
			put(text(_GET) == text(url.query(request.query)), text(_GET) == text(url.query(url.query(_GET)))) ?>`,
		"many.lc": `<?= select(2, require("url").query(("a&"):rep(1001))) ?>`,
		"deep.lc": `<?= select(2, require("url").query("a" .. ("[x]"):rep(65) .. "=1")) ?>`,
	})
	s.want("/large.lc", 200, "xyx")
	s.want("/same.lc?a=1&b[]=x&b[]=y+z&c[k][3]=%C3%A4&d&e[01]=%zz&=&&f[]", 200, "truetrue")
	s.want("/many.lc", 200, "the query string has 1001 fields, the limit is 1000 (LCGI_MAX_FIELDS)")
	if a := s.do("/deep.lc", ""); a.status != 200 || !strings.Contains(a.body.String(), "is nested more than 64 deep") {
		t.Errorf("got %d %s", a.status, a.body.String())
	}
}
