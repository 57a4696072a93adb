package session

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"testing"
)

func TestDecoderRefuses(t *testing.T) {
	deep := strings.Repeat("a101", MaxDepth) + "a10101"
	tests := []struct{ name, hex string }{
		{"nothing", ""},
		{"a second value", "0101"},
		{"bytes after the end", "a000"},
		{"a table without its last value", "a20101" + "02"},
		{"a table of 2^64-1 entries", "bbffffffffffffffff"},
		{"a table of more entries than there are bytes", "ba000000040101"},
		{"a string of 2^64-1 bytes", "5bffffffffffffffff"},
		{"a string that is cut", "4361"},
		{"keys out of order", "a202010101"},
		{"strings out of order", "a2416201416101"},
		{"longer string first", "a242616101416201"},
		{"a key twice", "a201010102"},
		{"nil as a key", "a1f601"},
		{"NaN as a key", "a1f97e0001"},
		{"-0 as a key", "a1f9800001"},
		{"a table as a key", "a1a001"},
		{"a filled table as a key", "a1a1010101"},
		{"a time as a key", "a1d903e9a1010001"},
		{"1 in two bytes", "1801"},
		{"1 in nine bytes", "1b0000000000000001"},
		{"a length in too many bytes", "580161"},
		{"1.5 in double precision", "fb3ff8000000000000"},
		{"1.5 in single precision", "fa3fc00000"},
		{"1 as a float", "f93c00"},
		{"0 as a float", "f90000"},
		{"another NaN", "f97e01"},
		{"NaN in double precision", "fb7ff8000000000000"},
		{"2^53+1 as an integer", "1b0020000000000001"},
		{"-2^53-1 as an integer", "3b0020000000000000"},
		{"2^63 as an integer", "1b8000000000000000"},
		{"-2^64 as an integer", "3bffffffffffffffff"},
		{"an integer that is cut", "1903"},
		{"text", "6161"},
		{"an array", "80"},
		{"a map of no definite length", "bf0101ff"},
		{"a string of no definite length", "5f4161ff"},
		{"break", "ff"},
		{"undefined", "f7"},
		{"simple value 255", "f8ff"},
		{"another tag", "c100"},
		{"a time tag at the end", "d903e9"},
		{"a time of no map", "d903e900"},
		{"a time without seconds", "d903e9a0"},
		{"a time with other keys", "d903e9a10200"},
		{"a time with 0 nanoseconds", "d903e9a201002800"},
		{"a time with 10^9 nanoseconds", "d903e9a20100281a3b9aca00"},
		{"a time with negative nanoseconds", "d903e9a201002820"},
		{"a time of text", "d903e9a1016161"},
		{"a time of floats", "d903e9a101f93e00"},
		{"a time that is cut", "d903e9a101"},
		{"a time too far away", "d903e9a1011b7fffffffffffffff"},
		{"too deep", deep},
		{"an empty table too deep", strings.Repeat("a101", MaxDepth) + "a0"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			data, err := hex.DecodeString(tt.hex)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := decode(data); err == nil {
				t.Errorf("%s is taken for %v", tt.hex, v)
			}
		})
	}
}

// Whatever the bytes are, the decoder ends; what it takes is encoded again as the
// same bytes, and its memory stays in proportion.
func FuzzDecode(f *testing.F) {
	for _, tt := range sample {
		data, _ := hex.DecodeString(tt.hex)
		f.Add(data)
	}
	f.Add([]byte("\xba\x00\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decode(data)
		if err != nil {
			return
		}
		if again := encode(t, v); !bytes.Equal(data, again) {
			t.Fatalf("%x was taken for %v, which is %x", data, v, again)
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	v := table{}
	for i := range 100 {
		v[StringKey(fmt.Sprintf("item%02d", i))] = table{StringKey("title"): "a book", StringKey("price"): 9.5, StringKey("count"): float64(i)}
	}
	data := encode(b, v)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		d := NewDecoder(data)
		for {
			if _, err := d.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
