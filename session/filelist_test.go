package session

import (
	"testing"

	"golang.org/x/sys/unix"
)

// While Each reads, the file becomes the spare and gets a state that is given up.
func TestEachOfAStateGivenUp(t *testing.T) {
	s := openTestStore(t)
	r := openSpareTest(t, s)
	saveStates(t, r, "1", "2")
	works, reads := s.disk.pread, 0
	s.disk.pread = func(fd int, p []byte, offset int64) (int, error) {
		if reads++; reads == 1 {
			saveStates(t, r, "333")
			s.disk.exchange = func(int, string, string) error { return unix.EIO }
			unlinkat := s.disk.unlinkat
			s.disk.unlinkat = func(int, string, int) error { return nil } // as if killed
			if err := r.Save(t.Context(), []byte("!"), spareMeta()); err == nil {
				t.Error("it is not given up")
			}
			s.disk.exchange, s.disk.unlinkat = exchange, unlinkat
		}
		return works(fd, p, offset)
	}
	seen := 0
	err := s.Each(t.Context(), func(info Info) error {
		seen++
		if data, err := info.Read(); info.Size != 3 || info.Damaged != nil || string(data) != "333" || err != nil {
			t.Errorf("Each tells of %d bytes, %v, Read returns %q, %v", info.Size, info.Damaged, data, err)
		}
		return nil
	})
	if seen != 1 || err != nil {
		t.Errorf("Each tells of %d records, %v", seen, err)
	}
}

// Each leaves what is damaged where it is.
func TestEachOfDamage(t *testing.T) {
	s := openTestStore(t)
	for _, damaged := range []int{headerSize - 1, 20, headerSize} { // cut, in the header, in the data
		r := openSpareTest(t, s)
		saveStates(t, r, "data")
		var err error
		if damaged < headerSize && damaged != 20 {
			err = unix.Ftruncate(r.fd, int64(damaged))
		} else {
			b := make([]byte, 1)
			_, err = unix.Pread(r.fd, b, int64(damaged))
			b[0] ^= 1 // the header holds times: any value may be the right one
			if err == nil {
				_, err = unix.Pwrite(r.fd, b, int64(damaged))
			}
		}
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		err = s.Each(t.Context(), func(info Info) error {
			_, err := info.Read()
			if inHeader := damaged != headerSize; (info.Damaged != nil) != inHeader || err == nil || info.Key != spareKey || info.InUse() {
				t.Errorf("damaged at %d: Damaged is %v, Read returns %v", damaged, info.Damaged, err)
			}
			return nil
		})
		if n := countFiles(t, s.dir); err != nil || n != 1 {
			t.Errorf("%d files, %v", n, err)
		}
		if err := unix.Unlink(s.path(spareKey.String())); err != nil {
			t.Fatal(err)
		}
	}
}
