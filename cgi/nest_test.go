package cgi_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"lcgi/cgi"
)

// render writes a tree as {a: "1", b: {1: "2"}}: string keys bare, indexes as #n.
func render(t *cgi.Tree) string {
	parts := make([]string, 0, t.Len())
	for _, e := range t.Entries() {
		key := e.Key.Name
		if e.Key.IsIndex {
			key = "#" + strconv.FormatInt(e.Key.Index, 10)
		}
		value := strconv.Quote(e.Value)
		if e.Tree != nil {
			value = render(e.Tree)
		}
		parts = append(parts, key+": "+value)
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func TestNest(t *testing.T) {
	tests := []struct {
		query, want string
		php         string // what PHP 8.2 does where it differs
	}{
		{query: "", want: `{}`},
		{query: "a=1&b=2", want: `{a: "1", b: "2"}`},
		{query: "a=1&b=2&a=3", want: `{a: "3", b: "2"}`},
		{query: "a[]=1&a[]=2", want: `{a: {#1: "1", #2: "2"}}`, php: "lists start at 0"},
		{query: "a[]=1&a[k][j]=2", want: `{a: {#1: "1", k: {j: "2"}}}`},
		{query: "a[][x]=1&a[][x]=2", want: `{a: {#1: {x: "1"}, #2: {x: "2"}}}`},
		{query: "a[]=1&a[5]=2&a[]=3", want: `{a: {#1: "1", #5: "2", #6: "3"}}`},
		{query: "a[0]=1&a[]=2", want: `{a: {#0: "1", #1: "2"}}`},
		{query: "a[-3]=1&a[]=2", want: `{a: {#-3: "1", #1: "2"}}`, php: "-2 since 8.3"},
		{query: "a[01]=1&a[1]=2&a[-0]=3&a[%2B1]=4", want: `{a: {01: "1", #1: "2", -0: "3", +1: "4"}}`},
		{query: "a[999999999999999]=1&a[1000000000000000]=2", want: `{a: {#999999999999999: "1", 1000000000000000: "2"}}`, php: "64 bits"},
		{query: "a[9223372036854775807]=1&a[]=2", want: `{a: {9223372036854775807: "1", #1: "2"}}`, php: "drops the second"},
		{query: "5=1", want: `{5: "1"}`, php: "an integer"},
		{query: "a=1&a[b]=2", want: `{a: {b: "2"}}`},
		{query: "a[b]=1&a=2", want: `{a: "2"}`},
		{query: "a[b][]=1&a[b]=2&a[b][]=3", want: `{a: {b: {#1: "3"}}}`},
		{query: "a[b]c=1", want: `{a: {b: "1"}}`},
		{query: "a[b]c[d]=1", want: `{a: {b: "1"}}`},
		{query: "a[[b]]=1", want: `{a: {[b: "1"}}`},
		{query: "a[ ]=1&a[ b]=2", want: `{a: {#1: "1",  b: "2"}}`},
		{query: "a[x][y=1", want: `{a: {x: "1"}}`},
		{query: "a]=1", want: `{a]: "1"}`},
		{query: "a[b%5D=1", want: `{a: {b: "1"}}`},
		{query: "a[b=1", want: `{a[b: "1"}`, php: "a_b"},
		{query: "[a]=1&[]=2", want: `{[a]: "1", []: "2"}`, php: "drops both"},
		{query: "=1", want: `{: "1"}`, php: "drops it"},
		{query: "a.b=1&c d=2", want: `{a.b: "1", c d: "2"}`, php: "a_b, c_d"},
		{query: "a%00[b%00]=1", want: "{a\x00: {b\x00: \"1\"}}", php: "cut at NUL"},
	}
	for _, tt := range tests {
		t.Run(tt.query, func(t *testing.T) {
			fields, err := request(cgi.Env{"QUERY_STRING": tt.query}).Get()
			if err != nil {
				t.Fatal(err)
			}
			tree, err := cgi.Nest(fields)
			if err != nil || render(tree) != tt.want {
				t.Errorf("got %s, %v; want %s (PHP: %q)", render(tree), err, tt.want, tt.php)
			}
		})
	}
}

func TestNestDepth(t *testing.T) {
	for depth, want := range map[int]int{64: 0, 65: 400, 100000: 400} {
		_, err := cgi.Nest([]cgi.Field{{Name: "a" + strings.Repeat("[b]", depth), Value: "1"}})
		if status(err) != want {
			t.Errorf("depth %d: %v", depth, err)
		}
	}
}

func TestNestManyKeys(t *testing.T) {
	var fields []cgi.Field
	for i := range 100 {
		fields = append(fields, cgi.Field{Name: fmt.Sprintf("a[%d]", i*7), Value: strconv.Itoa(i)})
		fields = append(fields, cgi.Field{Name: fmt.Sprintf("a[k%d]", i), Value: strconv.Itoa(-i)})
	}
	fields = append(fields, cgi.Field{Name: "a[7]", Value: "new"})
	tree, err := cgi.Nest(fields)
	if err != nil {
		t.Fatal(err)
	}
	if tree.Len() != 1 || tree.Entries()[0].Tree.Len() != 200 {
		t.Fatalf("%d entries", tree.Len())
	}
	values := make(map[cgi.Key]string)
	for _, e := range tree.Entries()[0].Tree.Entries() {
		values[e.Key] = e.Value
	}
	for key, want := range map[cgi.Key]string{{Index: 7, IsIndex: true}: "new", {Index: 14, IsIndex: true}: "2", {Name: "k99"}: "-99", {Name: "7"}: ""} {
		if got := values[key]; got != want {
			t.Errorf("%v is %q, want %q", key, got, want)
		}
	}
}

// BenchmarkNest shows that the time grows with the number of fields, not with
// its square, also where they share one prefix.
func BenchmarkNest(b *testing.B) {
	for _, n := range []int{100, 1000, 10000} {
		fields := make([]cgi.Field, n)
		for i := range fields {
			fields[i] = cgi.Field{Name: fmt.Sprintf("a[b][%d]", i), Value: "v"}
		}
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			for b.Loop() {
				if _, err := cgi.Nest(fields); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/field")
		})
	}
}
