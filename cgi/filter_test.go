package cgi_test

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"lcgi/cgi"
)

// doubler is a filter that writes every letter twice, keeps back what follows a
// "[" until there is a "]", and adds a full stop.
type doubler struct {
	held     []byte
	finished int
}

func (d *doubler) Append(dst, src []byte) []byte {
	for _, c := range src {
		if c == '[' || len(d.held) > 0 {
			d.held = append(d.held, c)
			if c != ']' {
				continue
			}
			dst, d.held = append(dst, d.held...), nil
			continue
		}
		dst = append(dst, c, c)
	}
	return dst
}

func (d *doubler) Finish(dst []byte) []byte {
	d.finished++
	return append(append(dst, d.held...), '.')
}

func TestFilter(t *testing.T) {
	fail := errors.New("page broke")
	tests := []struct {
		name   string
		method string
		fill   func(w *cgi.Response, f cgi.Filter) error
		status int
		length string // Content-Length
		body   string
	}{
		{"whole", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.WriteString("a")
			w.SetFilter(f)
			w.WriteString("b[c]")
			return nil
		}, 200, "8", "aabb[c]."},
		{"empty", "GET", func(w *cgi.Response, f cgi.Filter) error { return w.SetFilter(f) }, 200, "1", "."},
		{"what it keeps back", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.WriteString("a[b")
			return w.SetFilter(f)
		}, 200, "5", "aa[b."},
		{"HEAD (RFC 9110 §9.3.2)", "HEAD", func(w *cgi.Response, f cgi.Filter) error {
			w.WriteString("ab")
			return w.SetFilter(f)
		}, 200, "5", ""},
		{"streaming", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			w.WriteString("a")
			w.Flush("p:1")
			w.WriteString("b[c")
			w.Flush("p:2")
			w.WriteString("d]e")
			return nil
		}, 200, "", "aabb[cd]ee."},
		{"streaming to HEAD", "HEAD", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			w.WriteString("a")
			return w.Flush("p:1")
		}, 200, "", ""},
		{"204", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			w.WriteString("a")
			return w.SetStatus(204)
		}, 204, "", ""},
		{"304", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			w.WriteString("a")
			return w.SetStatus(304)
		}, 304, "", ""},
		{"replaced", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(new(doubler))
			w.SetFilter(f)
			w.WriteString("a")
			return nil
		}, 200, "3", "aa."},
		{"removed", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			w.SetFilter(nil)
			w.WriteString("a")
			return nil
		}, 200, "1", "a"},
		{"reset", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			w.Reset()
			w.WriteString("a")
			return nil
		}, 200, "1", "a"},
		{"redirect", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			return w.Redirect("/x", 303)
		}, 303, "", "<<!!DDOOCCTTYYPPEE"},
		{"error page", "GET", func(w *cgi.Response, f cgi.Filter) error {
			w.SetFilter(f)
			w.WriteString("a")
			return fail
		}, 500, "", "<!DOCTYPE html>"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, f := new(record), new(doubler)
			g := cgi.Gateway{Handler: handlerFunc(func(_ context.Context, w *cgi.Response, _ *cgi.Request) error { return tt.fill(w, f) })}
			if err := g.Serve(t.Context(), cgi.Env{"REQUEST_METHOD": tt.method}, nil, out); err != nil {
				t.Fatal(err)
			}
			exact := tt.status < 300 && string(out.body) == tt.body || tt.status >= 300 && strings.HasPrefix(string(out.body), tt.body)
			if out.status != tt.status || !exact || tt.length != "" && out.get("Content-Length") != tt.length {
				t.Errorf("got %d, length %q, %q", out.status, out.get("Content-Length"), out.body)
			}
			if tt.method == "GET" && out.has("Content-Length") && out.get("Content-Length") != strconv.Itoa(len(out.body)) {
				t.Errorf("Content-Length %s of a body of %d", out.get("Content-Length"), len(out.body))
			}
			if f.finished > 1 {
				t.Errorf("finished %d times", f.finished)
			}
		})
	}
}

// The limit is that of what the page writes, and so is what is held.
func TestFilterAndOutputLimit(t *testing.T) {
	out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		w.SetFilter(new(doubler))
		_, err := w.Write(bytes.Repeat([]byte("x"), 100<<10)) // the limit of respond
		if w.Held() != 100<<10 {
			t.Errorf("%d bytes are held", w.Held())
		}
		return err
	})
	if err != nil || len(out.body) != 200<<10+1 {
		t.Errorf("%v, %d bytes", err, len(out.body))
	}
	_, err = respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		w.SetFilter(new(doubler))
		_, err := w.Write(bytes.Repeat([]byte("x"), 100<<10+1))
		return err
	})
	if limit := new(cgi.OutputLimitError); !errors.As(err, &limit) {
		t.Errorf("over the limit: %v", err)
	}
}

// A stream goes through the filter piece by piece, and the filter's buffers are
// used again.
func TestFilterStream(t *testing.T) {
	piece := bytes.Repeat([]byte("ab"), 20<<10)
	out, err := respond(t, nil, time.Time{}, func(w *cgi.Response) error {
		err := errors.Join(w.SetFilter(new(doubler)), w.Flush("p:1"))
		for range 50 {
			_, e := w.Write(piece)
			err = errors.Join(err, e)
		}
		if e := w.SetFilter(nil); e == nil {
			t.Error("a filter can be removed while streaming")
		}
		return err
	})
	if want := append(bytes.Repeat([]byte("aabb"), 50*20<<10), '.'); err != nil || !bytes.Equal(out.body, want) {
		t.Errorf("%v, %d bytes, want %d", err, len(out.body), len(want))
	}
}
