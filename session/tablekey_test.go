package session

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

func TestCompareKeysIsOrderOfBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	keys := []TableKey{BoolKey(false), BoolKey(true), StringKey(""), NumberKey(0), NumberKey(math.Copysign(0, -1)), NumberKey(math.Inf(1)), NumberKey(-1)}
	for range 300 {
		keys = append(keys, StringKey(randomString(rng)))
		if f := randomNumber(rng); f == f {
			keys = append(keys, NumberKey(f))
		}
	}
	encoded := func(k TableKey) []byte {
		var e Encoder
		e.Table(1)
		e.Key(k)
		e.Nil()
		data, err := e.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for _, a := range keys {
		for _, b := range keys {
			if got, want := CompareKeys(a, b), bytes.Compare(encoded(a), encoded(b)); got != want {
				t.Fatalf("CompareKeys(%v, %v) = %d, their bytes say %d", a, b, got, want)
			}
		}
	}
}
