package lua

import (
	"strings"

	glua "github.com/yuin/gopher-lua"

	"lcgi/cgi"
	"lcgi/lua/option"
	luatime "lcgi/lua/time"
	"lcgi/lua/vm"
)

// response.cache{maxAge=, public=, etag=, …} says how long the answer may be kept.
// Where the visitor's copy is good still, the page ends there, and 304 is the answer.
func responseCache(L *glua.LState) int {
	var c cgi.Caching
	option.ReadTable(L, 1, L.CheckTable(1), &c, "", cacheOptions())
	answered, err := runOf(L).w.SetCaching(c)
	check(L, err)
	if answered {
		vm.Of(L).Exit(L)
	}
	return 0
}

func cacheOptions() []option.Reader[cgi.Caching] {
	return []option.Reader[cgi.Caching]{
		{Name: "maxAge", Read: func(c *cgi.Caching, v option.Value) { c.MaxAge = seconds(v) }},
		{Name: "sharedMaxAge", Read: func(c *cgi.Caching, v option.Value) { c.SharedMaxAge = seconds(v) }},
		{Name: "public", Read: func(c *cgi.Caching, v option.Value) { c.Public = v.Bool() }},
		{Name: "private", Read: func(c *cgi.Caching, v option.Value) { c.Private = v.Bool() }},
		{Name: "noStore", Read: func(c *cgi.Caching, v option.Value) { c.NoStore = v.Bool() }},
		{Name: "noCache", Read: func(c *cgi.Caching, v option.Value) { c.NoCache = v.Bool() }},
		{Name: "mustRevalidate", Read: func(c *cgi.Caching, v option.Value) { c.MustRevalidate = v.Bool() }},
		{Name: "immutable", Read: func(c *cgi.Caching, v option.Value) { c.Immutable = v.Bool() }},
		{Name: "staleWhileRevalidate", Read: func(c *cgi.Caching, v option.Value) { c.StaleWhileRevalidate = seconds(v) }},
		{Name: "vary", Read: varyOption},
		{Name: "etag", Read: func(c *cgi.Caching, v option.Value) {
			if c.ETag = v.String(); c.ETag == "" {
				v.Refuse("is empty")
			}
		}},
		{Name: "modified", Read: func(c *cgi.Caching, v option.Value) {
			t, ok := luatime.Of(v.LValue)
			if !ok {
				v.Wrong("a time value")
			}
			c.ModTime = t
		}},
	}
}

// varyOption reads names of headers: a list, or a text with commas between.
func varyOption(c *cgi.Caching, v option.Value) {
	// One name too many is enough for SetCaching to refuse them.
	list, ok := v.LValue.(*glua.LTable)
	if !ok {
		for name := range strings.SplitSeq(v.String(), ",") {
			if len(c.Vary) <= cgi.MaxVary {
				c.Vary = append(c.Vary, strings.Trim(name, " "))
			}
		}
		return
	}
	for i := 1; i <= min(list.Len(), cgi.MaxVary+1); i++ {
		name, ok := list.RawGetInt(i).(glua.LString)
		if !ok {
			v.Refuse("must be a list of strings")
		}
		c.Vary = append(c.Vary, string(name))
	}
}
