package cgi_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

// A million of anything is refused, and quickly: what grew with the square of the number
// would take minutes.
func TestHostileForms(t *testing.T) {
	collide := make([]string, 100_000)
	for i := range collide {
		collide[i] = "a[" + strings.Repeat("Ez", i%16) + strings.Repeat("FY", 16-i%16) + strconv.Itoa(i) + "]=1"
	}
	for _, tt := range []struct {
		name   string
		env    cgi.Env
		body   string
		status string
	}{
		{"1,000,000 fields in the query", cgi.Env{"QUERY_STRING": strings.Repeat("a=1&", 1_000_000)}, "", "400 Bad Request"},
		{"1,000,000 fields in the body", nil, strings.Repeat("a=1&", 1_000_000), "400 Bad Request"},
		{"1,000,000 fields with brackets", nil, strings.Repeat("a[]=1&", 1_000_000), "400 Bad Request"},
		{"100,000 names", nil, strings.Join(collide, "&"), "400 Bad Request"},
		{"300,000 cookies", cgi.Env{"HTTP_COOKIE": strings.Repeat("a=1; ", 300_000)}, "", "431 Request Header Fields Too Large"},
		{"30,000 headers", func() cgi.Env {
			env := cgi.Env{}
			for i := range 30_000 {
				env["HTTP_X_"+strconv.Itoa(i)] = "1"
			}
			return env
		}(), "", "431 Request Header Fields Too Large"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := cgi.Env{}
			if tt.body != "" {
				env = cgi.Env{"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": strconv.Itoa(len(tt.body))}
			}
			for name, value := range tt.env {
				env[name] = value
			}
			begin := time.Now()
			got := runCGI(t, env, strings.NewReader(tt.body), func(w *cgi.Response, r *cgi.Request) error {
				get, err := r.Get()
				if err != nil {
					return err
				}
				post, err := r.Post()
				if err != nil {
					return err
				}
				r.Cookies()
				_, err = cgi.Nest(append(get, post...))
				return err
			})
			if got.value("Status") != tt.status {
				t.Errorf("got %q, want %s", got.lines, tt.status)
			}
			if took := time.Since(begin); took > 10*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// The time for cookies and nested names grows with their number and not with its
// square, where an administrator lets pass more of them.
func TestManyCookiesAndNames(t *testing.T) {
	const n = 300_000
	var cookies, names strings.Builder
	for i := range n {
		fmt.Fprintf(&cookies, "c%d=%d; ", i, i)
		fmt.Fprintf(&names, "a[%d][k%d]=1&", i%100, i)
	}
	begin := time.Now()
	r := cgi.NewRequest(cgi.Env{"HTTP_COOKIE": cookies.String(), "QUERY_STRING": names.String()}, nil, cgi.Limits{Fields: n, Headers: 1 << 30})
	get, err := r.Get()
	if err != nil || len(get) != n || len(r.Cookies()) != n {
		t.Fatalf("%d fields, %d cookies, %v", len(get), len(r.Cookies()), err)
	}
	if tree, err := cgi.Nest(get); err != nil || tree.Len() != 1 {
		t.Error(err)
	}
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
