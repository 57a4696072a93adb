package lua_test

import (
	"strings"
	"testing"
)

func TestCache(t *testing.T) {
	const page = "a<?lc response.cache{maxAge = 60, public = true, etag = 'v1'} response.header('X-Went-On', '1') ?>b"
	s := newSite(t, map[string]string{
		"page.lc":    page,
		"all.lc":     "<?lc response.cache{maxAge = 60, sharedMaxAge = 30, public = true, mustRevalidate = true, immutable = true, vary = {'Accept', 'Accept-Language'}} ?>",
		"stale.lc":   "<?lc response.cache{private = true, maxAge = 1, staleWhileRevalidate = 2, vary = 'Accept, Cookie'} ?>",
		"none.lc":    "<?lc response.cache{noStore = true, noCache = true} ?>",
		"empty.lc":   "<?lc response.cache{} ?>",
		"false.lc":   "<?lc response.cache{public = false, maxAge = 1} ?>",
		"date.lc":    "<?lc response.cache{modified = require('time').unix(1700000000)} ?>b",
		"pcall.lc":   "a<?lc pcall(response.cache, {etag = 'v1'}) response.header('X-Went-On', '1') ?>b",
		"session.lc": "<?lc start session _SESSION.n = (_SESSION.n or 0) + 1 response.header('X-N', _SESSION.n) response.cache{public = true, maxAge = 60, etag = 'v1'} ?>b",
		"before.lc":  "<?lc response.cache{public = true, maxAge = 60} session.start{} ?>",
		"header.lc":  "<?lc start session response.header('Cache-Control', 'public, max-age=60') ?>",
		"cookie.lc":  "<?lc response.cache{public = true, maxAge = 60} response.cookie('a', 'b') ?>",
		"api.lc":     "<?lc response.cache{etag = 'v2'} put('changed') ?>",
	})
	for target, want := range map[string]string{
		"/page.lc":    "public, max-age=60",
		"/all.lc":     "public, max-age=60, s-maxage=30, must-revalidate, immutable",
		"/stale.lc":   "private, max-age=1, stale-while-revalidate=2",
		"/none.lc":    "no-store, no-cache",
		"/empty.lc":   "private, no-cache",
		"/false.lc":   "private, max-age=1",
		"/session.lc": "private, max-age=60",
		"/before.lc":  "private, max-age=60",
		"/header.lc":  "private, max-age=60",
		"/cookie.lc":  "private, max-age=60",
	} {
		if a := s.do(target, ""); a.get("Cache-Control") != want || a.status != 200 {
			t.Errorf("%s: %d, %q, want %q; log %q", target, a.status, a.get("Cache-Control"), want, s.log)
		}
	}
	if a := s.do("/all.lc", ""); a.get("Vary") != "Accept, Accept-Language" {
		t.Errorf("Vary %q", a.get("Vary"))
	}
	if a := s.do("/stale.lc", ""); a.get("Vary") != "Accept, Cookie" {
		t.Errorf("Vary %q", a.get("Vary"))
	}
	for _, c := range []struct {
		target string
		env    []string
		status int
		body   string
		wentOn string
	}{
		{"/page.lc", nil, 200, "ab", "1"},
		{"/page.lc", []string{"HTTP_IF_NONE_MATCH", `"v1"`}, 304, "", ""},
		{"/page.lc", []string{"HTTP_IF_NONE_MATCH", `"v0"`}, 200, "ab", "1"},
		{"/page.lc", []string{"HTTP_IF_NONE_MATCH", `"v1"`, "REQUEST_METHOD", "HEAD"}, 304, "", ""},
		{"/pcall.lc", []string{"HTTP_IF_NONE_MATCH", `"v1"`}, 304, "", ""},
		{"/date.lc", []string{"HTTP_IF_MODIFIED_SINCE", "Tue, 14 Nov 2023 22:13:20 GMT"}, 304, "", ""},
		{"/date.lc", []string{"HTTP_IF_MODIFIED_SINCE", "Tue, 14 Nov 2023 22:13:19 GMT"}, 200, "b", ""},
		{"/api.lc", []string{"REQUEST_METHOD", "PUT", "HTTP_IF_MATCH", `"v2"`}, 200, "changed", ""},
		{"/api.lc", []string{"REQUEST_METHOD", "PUT", "HTTP_IF_MATCH", `"v1"`}, 412, "<!", ""},
	} {
		a := s.do(c.target, "", c.env...)
		if a.status != c.status || a.get("X-Went-On") != c.wentOn || !strings.HasPrefix(a.body.String(), c.body) || c.status == 412 && strings.Contains(a.body.String(), "changed") {
			t.Errorf("%s %q: %d %q, went on %q", c.target, c.env, a.status, a.body.String(), a.get("X-Went-On"))
		}
	}
	// A 304 saves the session, as a redirect does.
	for _, n := range []string{"2", "3"} {
		if a := s.do("/session.lc", "", "HTTP_IF_NONE_MATCH", `"v1"`); a.status != 304 || a.get("X-N") != n {
			t.Errorf("got %d, n %s, want 304 and %s", a.status, a.get("X-N"), n)
		}
	}
}

func TestCacheErrors(t *testing.T) {
	for code, want := range map[string]string{
		"response.cache()":                              "bad argument #1 to 'cache' (table expected, got",
		"response.cache(60)":                            "bad argument #1 to 'cache' (table expected, got number)",
		"response.cache{maxage = 1}":                    "there is no option maxage; there are maxAge sharedMaxAge public ",
		"response.cache{maxAge = '1'}":                  "the option maxAge must be a number, not a string",
		"response.cache{maxAge = -1}":                   "the option maxAge must be a whole number from 0",
		"response.cache{maxAge = 1.5}":                  "whole number",
		"response.cache{maxAge = 0/0}":                  "whole number",
		"response.cache{maxAge = math.huge}":            "whole number",
		"response.cache{public = 1}":                    "the option public must be true or false",
		"response.cache{public = true, private = true}": "public and private exclude each other",
		"response.cache{noStore = true, maxAge = 1}":    "noStore",
		"response.cache{etag = ''}":                     "the option etag is empty",
		"response.cache{etag = 1}":                      "the option etag must be a string",
		"response.cache{modified = 1700000000}":         "the option modified must be a time value, not a number",
		"response.cache{vary = {1}}":                    "the option vary must be a list of strings",
		"response.cache{vary = ''}":                     "is not the name of a request header",
		"response.flush() response.cache{}":             "by the flush at p.lc:1",
		"response.sendFile('p.lc', {nothing = 1})":      "there is no option nothing; there are root type name download etag maxAge",
		"response.sendFile('p.lc', {root = ''})":        "the option root is empty",
		"response.sendFile('p.lc', {download = 'yes'})": "the option download must be true or false",
		"response.cache{vary = ('a,'):rep(1e7)}":        "vary: there are more than 64 names",
		"local l = {} for i = 1, 120000 do l[i] = 'X-' .. i end response.cache{vary = l}": "vary: there are more than 64 names",
		"for i = 1, 100 do response.addHeader('X-A', ('x'):rep(2^25)) end":                "have more than 65536 bytes",
		"for i = 1, 1e9 do response.addHeader('X-A', 'x') end":                            "have more than 65536 bytes",
		"for i = 1, 1e9 do response.cookie('a' .. i, 'x') end":                            "have more than 65536 bytes",
		"response.type('image/png;,text/html')":                                           "is no media type",
		"response.header('content-type', 'image/png;,text/html')":                         "is no media type",
		"response.addHeader('Content-Type', 'text')":                                      "is no media type",
		"put header 'Content-Type: text'":                                                 "is no media type",
		"response.type('html')":                                                           `"html" is no media type such as text/plain`,
		"redirect('')":                                                                    "redirect: the url is empty",
		"redirect('///evil.example')":                                                     "has no host where it should",
		"response.cookie('__Host-Http-a', 'x')":                                           "the prefix __Host-Http- needs secure and httpOnly",
		"response.cookie('a', 'x', {domain = '.a.example'})":                              "",
	} {
		s := newSite(t, map[string]string{"p.lc": "<?lc " + code + " ?>"})
		a := s.do("/p.lc", "")
		if log := strings.Join(s.log, "\n"); !strings.Contains(log, want) || (log == "") != (want == "") || want != "" && !strings.Contains(log, "p.lc:1: ") {
			t.Errorf("%s: %d, log %q lacks %q", code, a.status, log, want)
		}
	}
}
