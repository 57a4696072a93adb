package tests

import (
	"strings"
	"testing"
)

// TestSampleSiteCompatReference compares what the pages in the words of other
// systems list with what the modules have, in both directions.
func TestSampleSiteCompatReference(t *testing.T) {
	site := sampleSite(t, nil)
	for page, lists := range map[string]map[string]string{
		"lasso.lc": {
			"functions": `for name in pairs(changed) do put(name, " ") end`,
			"options":   `local _, e = pcall(session_start, "A", { nothing = 1 }) put(e:match("there are ([%a ]+)"))`,
		},
		"foxweb.lc": {
			"members": `for name in pairs(changed) do
				local _, e = pcall(function() return _G[name].nothing end)
				put((e:match("it has ([%a ]+)"):gsub("%a+", name .. ".%0")))
			end`,
		},
		"alphafive.lc": {
			"globals": `for name in pairs(changed) do put(name, " ") end`,
			// The names are told nowhere but in the code: the table own.
			"session": `local get = debug.getmetatable(session).__index
				for i = 1, 9 do
					local name, value = debug.getupvalue(get, i)
					for name in pairs(name == "own" and value or {}) do put("session.", name, " ") end
				end`,
		},
		"pyhp.lc": {
			"members": `for global in pairs(changed) do
				for name, value in pairs(_G[global]) do
					local _, e = pcall(function() return value.nothing end)
					local members = type(e) == "string" and e:match("it has ([%a ]+)")
					put(members and members:gsub("%a+", "pyhp.session.%0") or "pyhp." .. name, " ")
				end
			end`,
		},
	} {
		tables := make(reference)
		tables.add(t, newVisitor(t, site).get(page).doc)
		for id, code := range lists {
			written := tables.names(t, id)
			switch page + " " + id {
			case "alphafive.lc globals": // some have further names
				for _, row := range tables.table(t, id) {
					written = append(written, row[1].code...)
				}
			case "alphafive.lc session": // written in any case
				written = strings.Fields(strings.ToLower(strings.Join(written, " ")))
			}
			wantNames(t, page+" "+id, written, listed(t, `
				local before, changed = {}, {}
				for name, value in pairs(_G) do before[name] = value end
				require "compat.`+strings.TrimSuffix(page, ".lc")+`"
				for name, value in pairs(_G) do
					if before[name] ~= value then changed[name] = true end
				end
			`+code))
		}
	}
}
