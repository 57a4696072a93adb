package crypto

import "testing"

// What is taken for a hash is one, written as we write it, and may be computed.
func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc")
	f.Add("$argon2i$v=19$m=4294967295,t=4294967295,p=255$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc")
	f.Add("$2y$05$UIjs3/L7iMohAdWcw4UPS.RRUn8voj/4C0zZAkT3dqW5EFoC0jWzG")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err != nil {
			return
		}
		if h.memoryKiB() > maxMemory {
			t.Errorf("%q takes %d KiB", text, h.memoryKiB())
		}
		switch h := h.(type) {
		case *argon2Hash:
			if h.String() != text {
				t.Errorf("%q is read as %q", text, h)
			}
			if work := uint64(h.memory) * uint64(h.time); work > maxWork || h.threads < 1 {
				t.Errorf("%q is %d KiB of work for %d threads", text, work, h.threads)
			}
		case *bcryptHash:
			if h.cost > maxCost || h.text != text {
				t.Errorf("%q has the cost %d", text, h.cost)
			}
		}
	})
}
