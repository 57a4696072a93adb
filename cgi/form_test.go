package cgi_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"lcgi/cgi"
)

func TestRequestGet(t *testing.T) {
	tests := []struct {
		name, query string
		want        []cgi.Field
	}{
		{"empty", "", nil},
		{"order is kept, names repeat", "b=1&a=2&b=3", []cgi.Field{{"b", "1"}, {"a", "2"}, {"b", "3"}}},
		{"plus is a space", "a+b=c+d", []cgi.Field{{"a b", "c d"}}},
		{"escapes", "%61=%3D%26%2B%00", []cgi.Field{{"a", "=&+\x00"}}},
		{"bad escapes stay", "a=%&b=%1&c=%zz&d=%%41&e=%4", []cgi.Field{{"a", "%"}, {"b", "%1"}, {"c", "%zz"}, {"d", "%A"}, {"e", "%4"}}},
		{"bytes are no text", "a=%ff%fe\xc3", []cgi.Field{{"a", "\xff\xfe\xc3"}}},
		{"no value", "a&b=", []cgi.Field{{"a", ""}, {"b", ""}}},
		{"no name", "=1", []cgi.Field{{"", "1"}}},
		{"empty sequences are no fields", "&&a=1&&", []cgi.Field{{"a", "1"}}},
		{"equals signs after the first", "a==b=c", []cgi.Field{{"a", "=b=c"}}},
		{"semicolons do not separate", "a=1;b=2", []cgi.Field{{"a", "1;b=2"}}},
		{"an escaped separator does not separate", "a=1%26b=2", []cgi.Field{{"a", "1&b=2"}}},
	}
	for _, tt := range tests {
		t.Run("WHATWG urlencoded: "+tt.name, func(t *testing.T) {
			got, err := request(cgi.Env{"QUERY_STRING": tt.query}).Get()
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("Get() = %q, %v; want %q", got, err, tt.want)
			}
			post := cgi.NewRequest(cgi.Env{
				"REQUEST_METHOD": "POST",
				"CONTENT_TYPE":   "application/x-www-form-urlencoded",
				"CONTENT_LENGTH": strconv.Itoa(len(tt.query)),
			}, strings.NewReader(tt.query), cgi.Limits{})
			if got, err := post.Post(); err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("Post() = %q, %v; want what Get returns", got, err)
			}
		})
	}
}

func TestRequestPost(t *testing.T) {
	tests := []struct {
		name, method, contentType string
		length                    string
		fields                    int
		status                    int
	}{
		{"POST", "POST", "application/x-www-form-urlencoded", "3", 1, 0},
		{"PUT", "PUT", "application/x-www-form-urlencoded", "3", 1, 0},
		{"PATCH", "PATCH", "application/x-www-form-urlencoded", "3", 1, 0},
		{"type with parameter and case (RFC 9110 §8.3.1)", "POST", "Application/X-WWW-Form-urlencoded ; charset=UTF-8", "3", 1, 0},
		{"GET has no form", "GET", "application/x-www-form-urlencoded", "3", 0, 0},
		{"methods are case-sensitive (RFC 9110 §9.1)", "post", "application/x-www-form-urlencoded", "3", 0, 0},
		{"other type", "POST", "text/plain", "3", 0, 0},
		{"no type", "POST", "", "3", 0, 0},
		{"short body", "POST", "application/x-www-form-urlencoded", "4", 0, 400},
		{"bad length", "POST", "application/x-www-form-urlencoded", "x", 0, 400},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := cgi.NewRequest(cgi.Env{
				"REQUEST_METHOD": tt.method, "CONTENT_TYPE": tt.contentType, "CONTENT_LENGTH": tt.length,
			}, strings.NewReader("a=1"), cgi.Limits{})
			for range 2 {
				if got, err := r.Post(); len(got) != tt.fields || status(err) != tt.status {
					t.Errorf("Post() = %q, %v", got, err)
				}
			}
		})
	}
}

func TestFieldLimit(t *testing.T) {
	tests := []struct {
		query  string
		status int
	}{
		{"a&b&c", 0},
		{"a&b&c&d", 400},
		{"a&b&c&&&&&&&", 0},
		{strings.Repeat("&", 1<<20) + "a", 0},
		{strings.Repeat("a&", 1<<20), 400},
	}
	for _, tt := range tests {
		r := cgi.NewRequest(cgi.Env{"QUERY_STRING": tt.query}, nil, cgi.Limits{Fields: 3})
		if got, err := r.Get(); status(err) != tt.status {
			t.Errorf("%.20q: %d fields, %v; want status %d", tt.query, len(got), err, tt.status)
		}
	}
	if _, err := request(cgi.Env{"QUERY_STRING": strings.Repeat("a&", 1001)}).Get(); status(err) != 400 {
		t.Errorf("default limit: %v", err)
	}
}

func FuzzForm(f *testing.F) {
	for _, s := range []string{"", "a=1&a[]=2", "%", "%4", "%41%", "+=+", "a[b][=1&a[b]]c=2", "=&=", "[a]=1", "a[999999999999999]=1&a[]=2"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, query string) {
		fields, err := request(cgi.Env{"QUERY_STRING": query}).Get()
		if err != nil {
			if status(err) != 400 {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		size := 0
		for _, f := range fields {
			size += len(f.Name) + len(f.Value)
		}
		if size > len(query) {
			t.Fatalf("%q: decoding made %d bytes of %d", query, size, len(query))
		}
		tree, err := cgi.Nest(fields)
		if err != nil && status(err) != 400 {
			t.Fatalf("%q: %v", query, err)
		}
		if err == nil && tree.Len() > len(fields) {
			t.Fatalf("%q: %d entries of %d fields", query, tree.Len(), len(fields))
		}
		// What is escaped by the same rules comes back.
		escaped := ""
		for _, f := range fields {
			escaped += "&" + escape(f.Name) + "=" + escape(f.Value)
		}
		again, err := request(cgi.Env{"QUERY_STRING": escaped}).Get()
		if err != nil || !slices.Equal(fields, again) {
			t.Fatalf("%q is %q, which is %q (%v)", query, fields, again, err)
		}
	})
}

func escape(s string) string {
	const hex = "0123456789abcdef"
	var b strings.Builder
	for i := range len(s) {
		b.WriteString("%" + hex[s[i]>>4:][:1] + hex[s[i]&15:][:1])
	}
	return b.String()
}
