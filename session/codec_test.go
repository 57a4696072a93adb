package session

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// table is what the tests walk as a caller walks its own tables.
type table map[TableKey]any

func encodeValue(e *Encoder, v any) {
	switch v := v.(type) {
	case nil:
		e.Nil()
	case bool:
		e.Bool(v)
	case float64:
		e.Number(v)
	case string:
		e.String(v)
	case time.Time:
		e.Time(v)
	case table:
		e.Table(len(v))
		for _, k := range slices.SortedFunc(maps.Keys(v), CompareKeys) {
			e.Key(k)
			encodeValue(e, v[k])
		}
	default:
		panic(fmt.Sprintf("%T", v))
	}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	var e Encoder
	encodeValue(&e, v)
	data, err := e.Bytes()
	if err != nil {
		t.Fatalf("encoding %v: %v", v, err)
	}
	return data
}

func decodeValue(d *Decoder) (any, error) {
	t, err := d.Next()
	if err != nil {
		return nil, err
	}
	switch t.Kind {
	case Nil:
		return nil, nil
	case Bool:
		return t.Bool, nil
	case Number:
		return t.Number, nil
	case String:
		return string(t.String), nil
	case Time:
		return t.Time, nil
	}
	tab := make(table, t.Len)
	for range t.Len {
		k, err := d.Next()
		if err != nil {
			return nil, err
		}
		v, err := decodeValue(d)
		if err != nil {
			return nil, err
		}
		switch k.Kind {
		case Bool:
			tab[BoolKey(k.Bool)] = v
		case Number:
			tab[NumberKey(k.Number)] = v
		case String:
			tab[StringKey(string(k.String))] = v
		}
	}
	return tab, nil
}

func decode(data []byte) (any, error) {
	d := NewDecoder(data)
	v, err := decodeValue(d)
	if err != nil {
		return nil, err
	}
	if _, err := d.Next(); err != io.EOF {
		return nil, err
	}
	return v, nil
}

// sample holds a value of every kind with its encoding, of which those of
// numbers are from RFC 8949, appendix A.
var sample = []struct {
	value any
	hex   string
}{
	{nil, "f6"},
	{false, "f4"},
	{true, "f5"},
	{0.0, "00"},
	{1.0, "01"},
	{23.0, "17"},
	{24.0, "1818"},
	{100.0, "1864"},
	{1000.0, "1903e8"},
	{1000000.0, "1a000f4240"},
	{1000000000000.0, "1b000000e8d4a51000"},
	{9007199254740992.0, "1b0020000000000000"},
	{9007199254740994.0, "fb4340000000000001"}, // the next one after 2^53
	{-1.0, "20"},
	{-100.0, "3863"},
	{-1000.0, "3903e7"},
	{-9007199254740992.0, "3b001fffffffffffff"},
	{math.Copysign(0, -1), "f98000"},
	{1.1, "fb3ff199999999999a"},
	{1.5, "f93e00"},
	{-4.1, "fbc010666666666666"},
	{5.960464477539063e-8, "f90001"},
	{0.00006103515625, "f90400"},
	{3.4028234663852886e+38, "fa7f7fffff"},
	{1.0e+300, "fb7e37e43c8800759c"},
	{5e-324, "fb0000000000000001"},
	{math.Inf(1), "f97c00"},
	{math.Inf(-1), "f9fc00"},
	{math.NaN(), "f97e00"},
	{math.Float64frombits(0xfff8000000000bad), "f97e00"},
	{"", "40"},
	{"IETF", "4449455446"},
	{"\x00\xff\n", "4300ff0a"},
	{strings.Repeat("a", 24), "5818" + strings.Repeat("61", 24)},
	{time.Unix(1363896240, 0), "d903e9a1011a514b67b0"},
	{time.Unix(1363896240, 5e8), "d903e9a2011a514b67b0281a1dcd6500"},
	{time.Unix(-1, 1), "d903e9a201202801"},
	{table{}, "a0"},
	{table{NumberKey(1): "a", NumberKey(2): table{}}, "a2014161" + "02a0"},
	{table{
		StringKey("aa"): nil, StringKey("b"): 1.0, NumberKey(-1): 2.0, NumberKey(10): 3.0, NumberKey(-2): 4.0,
		NumberKey(0.5): 5.0, BoolKey(true): 6.0, BoolKey(false): 7.0, StringKey(""): 8.0, NumberKey(100): 9.0,
	}, "aa0a0318640920022104400841620142" + "6161f6f407f506f9380005"},
}

func TestEncoding(t *testing.T) {
	for _, tt := range sample {
		got := encode(t, tt.value)
		if hex.EncodeToString(got) != tt.hex {
			t.Errorf("%v is encoded as %x, want %s", tt.value, got, tt.hex)
		}
	}
}

// same compares values to the last bit of a number, but for the payload of NaN.
func same(a, b any) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && (math.IsNaN(a) && math.IsNaN(b) || math.Float64bits(a) == math.Float64bits(b))
	case time.Time:
		b, ok := b.(time.Time)
		return ok && a.Equal(b)
	case table:
		b, ok := b.(table)
		return ok && maps.EqualFunc(a, b, same)
	}
	return a == b
}

func TestRoundTrip(t *testing.T) {
	values := []any{}
	for _, tt := range sample {
		values = append(values, tt.value)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 400 {
		values = append(values, randomValue(rng, 4))
	}
	for e := -1080; e <= 1023; e++ { // numbers at every border of every precision
		for _, f := range []float64{1, 1.5, 1 + 1.0/1024, 1 + 1.0/2048, 2 - 1.0/1024, 1 + 0x1p-23, 1 + 0x1p-24, 1 + 0x1p-52} {
			values = append(values, math.Ldexp(f, e), -math.Ldexp(f, e))
		}
	}
	for _, v := range values {
		data := encode(t, v)
		got, err := decode(data)
		if err != nil {
			t.Fatalf("decoding %x, which is %v: %v", data, v, err)
		}
		if !same(v, got) {
			t.Fatalf("%v came back as %v", v, got)
		}
	}
}

// The reference is an implementation that is not ours.
func TestIsDeterministicCBOR(t *testing.T) {
	mode, err := cbor.CoreDetEncOptions().EncMode()
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(3, 4))
	for i := range 500 {
		var v any
		if i < len(sample) {
			v = sample[i].value
		} else {
			v = randomValue(rng, 4)
		}
		want, err := mode.Marshal(reference(v))
		if err != nil {
			t.Fatal(err)
		}
		got := encode(t, v)
		if err := cbor.Wellformed(got); err != nil {
			t.Fatalf("%x is not well-formed: %v", got, err)
		}
		if !bytes.Equal(got, want) {
			t.Fatalf("%v is encoded as\n%x, in the reference as\n%x", v, got, want)
		}
	}
}

// reference returns v in the types of the reference implementation.
func reference(v any) any {
	switch v := v.(type) {
	case float64:
		if isInteger(v) {
			return int64(v)
		}
	case string:
		return cbor.ByteString(v)
	case time.Time:
		m := map[any]any{1: v.Unix()}
		if v.Nanosecond() != 0 {
			m[-9] = v.Nanosecond()
		}
		return cbor.Tag{Number: 1001, Content: m}
	case table:
		m := map[any]any{}
		for k, e := range v {
			switch k.kind {
			case String:
				m[cbor.ByteString(k.str)] = reference(e)
			case Number:
				m[reference(k.number)] = reference(e)
			case Bool:
				m[k.number == 1] = reference(e)
			}
		}
		return m
	}
	return v
}

func randomNumber(rng *rand.Rand) float64 {
	switch rng.IntN(6) {
	case 0:
		return float64(rng.IntN(300))
	case 1:
		return -float64(rng.IntN(70000))
	case 2:
		return float64(rng.Int64N(1<<54)) - 1<<53
	case 3:
		return math.Float64frombits(rng.Uint64())
	case 4:
		return float64(math.Float32frombits(rng.Uint32()))
	}
	return halfValue(uint16(rng.Uint32()))
}

func randomString(rng *rand.Rand) string {
	b := make([]byte, rng.IntN([]int{4, 30, 300}[rng.IntN(3)]))
	for i := range b {
		b[i] = byte(rng.Uint32())
	}
	return string(b)
}

func randomValue(rng *rand.Rand, depth int) any {
	switch n := rng.IntN(12); {
	case n < 3 && depth > 0:
		m := table{}
		for range rng.IntN(40) {
			k := StringKey(randomString(rng))
			switch rng.IntN(3) {
			case 0:
				if f := randomNumber(rng); f == f {
					k = NumberKey(f)
				}
			case 1:
				k = BoolKey(rng.IntN(2) == 0)
			}
			m[k] = randomValue(rng, depth-1)
		}
		return m
	case n < 4:
		return nil
	case n < 5:
		return rng.IntN(2) == 0
	case n < 6:
		return time.Unix(rng.Int64N(1<<40)-1<<39, rng.Int64N(1e9))
	case n < 9:
		return randomNumber(rng)
	}
	return randomString(rng)
}
