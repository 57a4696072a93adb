package session

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

// Through the engine and the store, values come back to the last bit.
func TestValuesComeBack(t *testing.T) {
	pi, exp := math.Pi, 53.0
	big := strings.Repeat("\x00\xff\xc3(\r\n\x1a☃", 1<<20) // 10 MB
	v := table{
		StringKey("numbers"): table{
			NumberKey(1): math.Copysign(0, -1), NumberKey(2): math.NaN(), NumberKey(3): math.Inf(1), NumberKey(4): math.Inf(-1),
			NumberKey(5): math.Pow(2, exp) + 1, NumberKey(6): -math.Pow(2, exp) - 1, NumberKey(7): 1e308, NumberKey(8): -1e308,
			NumberKey(9): 5e-324, NumberKey(10): math.MaxFloat64, NumberKey(11): 0.1 + 0.2, NumberKey(12): pi, NumberKey(13): 0.0,
			NumberKey(14): math.Pow(2, exp) - 1, NumberKey(15): math.Pow(2, exp) + 2, NumberKey(16): 1e15 + 0.5,
		},
		StringKey("strings"): table{
			NumberKey(1): "", NumberKey(2): "\x00", NumberKey(3): "a\x00b", NumberKey(4): "\xff\xfe\x80", NumberKey(5): "\xed\xa0\x80",
			NumberKey(6): big, NumberKey(7): "nil", NumberKey(8): "-0",
		},
		StringKey("keys"): table{
			NumberKey(1): "number", StringKey("1"): "string", BoolKey(true): "boolean", StringKey("true"): "string",
			NumberKey(1.5): "number", StringKey("1.5"): "string", NumberKey(0): "zero", StringKey("0"): "string", StringKey(""): "empty",
			NumberKey(math.Inf(1)): "number", StringKey("inf"): "string", NumberKey(-1): "number", StringKey("-1"): "string",
			NumberKey(1e300): "number", StringKey("\x00"): "NUL", StringKey("\xff"): "no UTF-8",
		},
		StringKey("others"): table{
			NumberKey(1): true, NumberKey(2): false, NumberKey(3): table{}, NumberKey(4): time.Unix(0, 1), NumberKey(5): time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC),
			NumberKey(6): time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		},
	}
	if n := v[StringKey("numbers")].(table)[NumberKey(5)].(float64); n != 1<<53 {
		t.Fatalf("2^53+1 is %g", n)
	}
	data := encode(t, v)
	engine := New(openTestStore(t), Config{})
	s, err := engine.Start(t.Context(), Options{})
	if err == nil {
		err = s.Save(t.Context(), data)
	}
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	s, err = engine.Start(t.Context(), Options{ID: s.ID()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := decode(s.Data())
	if err != nil {
		t.Fatal(err)
	}
	for part, want := range v {
		for k, value := range want.(table) {
			if back := got.(table)[part].(table)[k]; !same(back, value) {
				t.Errorf("%v[%v] was %.40v and is %.40v", part.str, k, value, back)
			}
		}
		if n := len(got.(table)[part].(table)); n != len(want.(table)) {
			t.Errorf("%s has %d entries, want %d", part.str, n, len(want.(table)))
		}
	}
	if !bytes.Equal(encode(t, got), data) {
		t.Error("encoded again it is something else")
	}
}

func TestNegativeZeroIsNoKeyOfItsOwn(t *testing.T) {
	if NumberKey(math.Copysign(0, -1)) != NumberKey(0) {
		t.Error("-0 and 0 are two keys")
	}
	var e Encoder
	e.Table(1)
	e.Number(math.NaN())
	if _, err := e.Bytes(); err == nil {
		t.Error("NaN is a key")
	}
}
