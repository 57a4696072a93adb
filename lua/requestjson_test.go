package lua_test

import (
	"strings"
	"testing"
)

func TestRequestJSON(t *testing.T) {
	s := newSite(t, map[string]string{
		"name.lc":  `<?= request.json().name ?>`,
		"kinds.lc": `<?lc local v = request.json() put(#v, v[1] == require("json").null, v[2], request.json()[2]) ?>`,
		"caught.lc": `<?lc local ok, message = pcall(request.json)
			response.status(422)
			put(ok, " ", message) ?>`,
		"both.lc": `<?= #request.body() ?> <?= request.json().name ?> <?= next(_POST) ?>`,
	})
	for _, c := range []struct {
		target, contentType, body string
		status                    int
		want                      string // the body, or else a part of the log
	}{
		{"/name.lc", "application/json", `{"name": "Bread"}`, 200, "Bread"},
		{"/name.lc", "Application/JSON ; charset=utf-8", "\ufeff{\"name\": \"Bread\"}", 200, "Bread"},
		{"/name.lc", "application/ld+json", `{"name": "Bread"}`, 200, "Bread"},
		{"/kinds.lc", "application/json", `[null, "12345678901234567890"]`, 200, "2true1234567890123456789012345678901234567890"},
		{"/both.lc", "application/json", `{"name": "x"}`, 200, "13 x "},

		{"/name.lc", "text/plain", `{"name": "Bread"}`, 415, `request.json: the Content-Type is "text/plain"; send application/json`},
		{"/name.lc", "", `{"name": "Bread"}`, 415, `the Content-Type is ""`},
		{"/name.lc", "application/x-www-form-urlencoded", `a=1`, 415, `the Content-Type is "application/x-www-form-urlencoded"`},
		{"/name.lc", "application/jsonp", `1`, 415, `"application/jsonp"`},
		{"/name.lc", "+json", `1`, 415, `"+json"`},
		{"/name.lc", "application/json", "{\"name\":\n  Bread}", 400, "line 2, column 3: a value is expected where it has"},
		{"/name.lc", "application/json", "{\"name\": \"\xff\"}", 400, "line 1, column 11: the text is not UTF-8"},
		{"/name.lc", "application/json", strings.Repeat("[", 1<<20), 400, "column 1001: more than 1000 levels"},
		{"/name.lc", "application/json", `"` + strings.Repeat("x", 9<<20) + `"`, 413, "larger than the limit"},

		{"/name.lc", "application/json", "[" + strings.Repeat(`{"a":1},`, 1<<20-2) + `1]`, 413, "413 Content Too Large: request.json: the request body is too large: json: the values would take more than 128 MB of memory"},
		{"/name.lc", "application/json", "[" + strings.Repeat(`[],`, 8<<20/3-2) + `1]`, 413, "the values would take more than 128 MB of memory"},

		{"/caught.lc", "application/json", "[1,", 422, "false caught.lc:1: 400 Bad Request: request.json: the request body is malformed: json: line 1, column 4: it ends where a value is expected"},
	} {
		a := s.do(c.target, c.body, "CONTENT_TYPE", c.contentType)
		got := a.body.String()
		if c.status >= 400 && c.status != 422 {
			got = s.log[len(s.log)-1]
		}
		if a.status != c.status || c.status == 200 && got != c.want || !strings.Contains(got, c.want) {
			t.Errorf("%s of %.30q as %q: got %d %q\nwant %d %q", c.target, c.body, c.contentType, a.status, got, c.status, c.want)
		}
	}
	if a := s.do("/name.lc", "", "CONTENT_TYPE", "application/json"); a.status != 400 || !strings.Contains(s.log[len(s.log)-1], "column 1: it ends where a value is expected") {
		t.Errorf("no body is answered with %d, log: %q", a.status, s.log[len(s.log)-1])
	}
}
