package session

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"time"
)

// A record file is a header of fixed size, followed by the data. Numbers are
// big endian; times and durations are in microseconds, times since 1970.
//
//	  0  magic      8 bytes
//	  8  version    2
//	 10  kind       1
//	 11  flags      1  1: the id is kept
//	 12  name size  1
//	 13  reserved   3  0
//	 16  created    8
//	 24  last use   8
//	 32  lifetime   8  0 if there is none
//	 40  max. life  8  0 if there is none
//	 48  data size  8
//	 56  data sum  16  the first bytes of the SHA-256 of the data
//	 72  folder    16  0 if there is none
//	 88  name      64  and zeros
//	152  header sum 8  the first bytes of the SHA-256 of the header up to here and the key
//
// As the key is part of the sum, a record counts only in its own place. SHA-256
// is used because keys need it anyway: in a process that serves one request,
// building the tables of a CRC-32C costs more (150 µs) than hashing 200 kB (95 µs).
const (
	headerMagic   = "lcgisess"
	headerVersion = 2
	headerSize    = headerSumAt + 8

	dataSumAt   = 56
	dataSumSize = 16
	folderAt    = dataSumAt + dataSumSize
	nameAt      = folderAt + folderNameLen/2
	headerSumAt = nameAt + maxNameLen

	flagKeepID = 1
)

// header is what the header of a record file says.
type header struct {
	meta    Meta
	size    uint64 // of the data
	dataSum [dataSumSize]byte
}

// damage says what is wrong with the bytes of a record file.
type damage string

func (d damage) Error() string { return string(d) }

func sumData(data []byte) [dataSumSize]byte {
	sum := sha256.Sum256(data)
	return [dataSumSize]byte(sum[:])
}

func sumHeader(b []byte, key Key) []byte {
	var summed [headerSumAt + len(key)]byte
	copy(summed[:], b[:headerSumAt])
	copy(summed[headerSumAt:], key[:])
	sum := sha256.Sum256(summed[:])
	return sum[:headerSize-headerSumAt]
}

// encode returns the header as the file of the record at key holds it. The meta
// has passed its Check.
func (h *header) encode(key Key) []byte {
	b := make([]byte, 0, headerSize)
	b = append(b, headerMagic...)
	b = binary.BigEndian.AppendUint16(b, headerVersion)
	var flags byte
	if h.meta.KeepID {
		flags |= flagKeepID
	}
	b = append(b, byte(h.meta.Kind), flags, byte(len(h.meta.Name)), 0, 0, 0)
	for _, t := range []time.Time{h.meta.Created, h.meta.LastUse} {
		b = binary.BigEndian.AppendUint64(b, uint64(t.UnixMicro()))
	}
	for _, d := range []time.Duration{h.meta.Lifetime, h.meta.MaxLifetime} {
		b = binary.BigEndian.AppendUint64(b, uint64(d.Microseconds()))
	}
	b = binary.BigEndian.AppendUint64(b, h.size)
	b = append(b, h.dataSum[:]...)
	b = b[:headerSumAt] // zeros
	hex.Decode(b[folderAt:], []byte(h.meta.Folder))
	copy(b[nameAt:], h.meta.Name)
	return append(b, sumHeader(b, key)...)
}

// decodeHeader is the inverse of encode. Its errors are of type damage.
func decodeHeader(b []byte, key Key) (header, error) {
	switch {
	case len(b) < headerSize:
		return header{}, damage("the file is too short")
	case string(b[:8]) != headerMagic:
		return header{}, damage("the file does not begin as a session record")
	case !bytes.Equal(b[headerSumAt:headerSize], sumHeader(b, key)):
		return header{}, damage("the checksum of its header is wrong")
	case binary.BigEndian.Uint16(b[8:]) != headerVersion:
		return header{}, errOtherVersion
	}
	at := func(i int) int64 { return int64(binary.BigEndian.Uint64(b[i:])) }
	h := header{
		meta: Meta{
			Kind:        Kind(b[10]),
			KeepID:      b[11]&flagKeepID != 0,
			Name:        string(b[nameAt:][:min(b[12], maxNameLen)]),
			Created:     time.UnixMicro(at(16)),
			LastUse:     time.UnixMicro(at(24)),
			Lifetime:    time.Duration(at(32)) * time.Microsecond,
			MaxLifetime: time.Duration(at(40)) * time.Microsecond,
		},
		size:    uint64(at(48)),
		dataSum: [dataSumSize]byte(b[dataSumAt:]),
	}
	if folder := b[folderAt:nameAt]; !bytes.Equal(folder, make([]byte, len(folder))) {
		h.meta.Folder = hex.EncodeToString(folder)
	}
	return h, nil
}

// checkSize returns an error of type damage if a file of that size cannot hold
// the record.
func (h *header) checkSize(size int64) error {
	switch {
	case h.size > MaxDataLen:
		return damage("it is larger than a record can be")
	case size != headerSize+int64(h.size):
		return damage(fmt.Sprintf("the file has %d bytes instead of %d", size, headerSize+h.size))
	}
	return nil
}

// errOtherVersion is a whole header with a version that we do not know. The
// sweep leaves such files to the version that wrote them.
const errOtherVersion = damage("it was written by another version of lcgi")
