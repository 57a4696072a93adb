package session

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestEncoderRefuses(t *testing.T) {
	tests := []struct {
		name  string
		write func(e *Encoder)
		want  error // nil for any
	}{
		{"nothing", func(e *Encoder) {}, nil},
		{"two values", func(e *Encoder) { e.Nil(); e.Nil() }, nil},
		{"half a table", func(e *Encoder) { e.Table(1); e.Bool(true) }, nil},
		{"a table of -1 entries", func(e *Encoder) { e.Table(-1) }, nil},
		{"nil as a key", func(e *Encoder) { e.Table(1); e.Nil(); e.Nil() }, errBadKey},
		{"NaN as a key", func(e *Encoder) { e.Table(1); e.Number(math.NaN()); e.Nil() }, errBadKey},
		{"a table as a key", func(e *Encoder) { e.Table(1); e.Table(0); e.Nil() }, errBadKey},
		{"a time as a key", func(e *Encoder) { e.Table(1); e.Time(time.Time{}); e.Nil() }, errBadKey},
		{"keys out of order", func(e *Encoder) { e.Table(2); e.Number(2); e.Nil(); e.Number(1); e.Nil() }, errKeyOrder},
		{"0 and -0", func(e *Encoder) { e.Table(2); e.Number(0); e.Nil(); e.Number(math.Copysign(0, -1)); e.Nil() }, errKeyOrder},
		{"an inner table does not hide the order", func(e *Encoder) {
			e.Table(2)
			e.String("b")
			e.Table(1)
			e.String("a")
			e.Nil()
			e.String("a")
			e.Nil()
		}, errKeyOrder},
		{"too deep", func(e *Encoder) {
			for range MaxDepth + 1 {
				e.Table(1)
				e.Number(1)
			}
		}, ErrTooDeep},
		{"a time too far away", func(e *Encoder) { e.Time(time.Unix(1<<60, 0)) }, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e Encoder
			tt.write(&e)
			data, err := e.Bytes()
			if err == nil {
				t.Fatalf("no error, data %x", data)
			}
			if tt.want != nil && !errors.Is(err, tt.want) {
				t.Errorf("error %q, want %q", err, tt.want)
			}
		})
	}
	if !strings.Contains(ErrTooDeep.Error(), fmt.Sprint(MaxDepth)) {
		t.Errorf("%q does not name the limit %d", ErrTooDeep, MaxDepth)
	}
}

func TestDeepestTable(t *testing.T) {
	var v any = table{}
	for range MaxDepth - 1 {
		v = table{NumberKey(1): v}
	}
	got, err := decode(encode(t, v))
	if err != nil || !same(v, got) {
		t.Errorf("%d tables inside one another do not come back: %v", MaxDepth, err)
	}
}

func TestResetAppends(t *testing.T) {
	var e Encoder
	e.Table(1) // left incomplete
	e.Reset([]byte("head"))
	encodeValue(&e, table{StringKey("k"): "v"})
	if e.Len() != 5 {
		t.Errorf("Len is %d, want 5", e.Len())
	}
	data, err := e.Bytes()
	if err != nil || string(data) != "head\xa1\x41k\x41v" {
		t.Errorf("got %q, %v", data, err)
	}
}

func BenchmarkEncode(b *testing.B) {
	v := table{}
	for i := range 100 {
		v[StringKey(fmt.Sprintf("item%02d", i))] = table{StringKey("title"): "a book", StringKey("price"): 9.5, StringKey("count"): float64(i)}
	}
	data := encode(b, v)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		encode(b, v)
	}
}
