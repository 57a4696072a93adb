package template

// maxName is the length up to which names are read; no longer one means anything.
const maxName = 48

// name is a short text that is read byte by byte, such as the name of a tag. What
// is longer than maxName is cut off. It holds no pointer, so that a context can be
// copied and compared.
type name struct {
	bytes [maxName]byte
	n     uint8
}

func (w *name) add(b byte) {
	if w.n < maxName {
		w.bytes[w.n] = b
		w.n++
	}
}

func (w *name) reset() { *w = name{} }

func (w *name) set(s string) {
	w.reset()
	w.n = uint8(copy(w.bytes[:], s))
}

func (w *name) len() int { return int(w.n) }

func (w *name) String() string { return string(w.bytes[:w.n]) }
