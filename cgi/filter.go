package cgi

// Filter changes a body on its way out, piece by piece. It is used once, for one
// body.
type Filter interface {
	// Append adds to dst what becomes of src, as far as that is certain, and
	// returns the extended dst. It does not keep src.
	Append(dst, src []byte) []byte
	// Finish adds what Append has kept back. It is called once, last.
	Finish(dst []byte) []byte
}

// SetFilter makes the body go through f, in place of a filter set before; nil
// removes that. It is applied to the whole body, also to what has been written
// already, when the body is sent: Content-Length is that of the result, while
// [Limits.Output] counts what was written. Whether f suits the
// Content-Type is for the caller to know. [Response.Reset], and with it every
// error page, drops the filter; [Response.SendContent] does without.
//
// It is an error after the headers have been sent.
func (w *Response) SetFilter(f Filter) error {
	if err := w.uncommitted(); err != nil {
		return err
	}
	w.filter = f
	return nil
}

// applyFilter replaces what is held of the body by what the filter makes of it.
// Last says that nothing follows.
func (w *Response) applyFilter(last bool) {
	if w.filter == nil {
		return
	}
	// The two buffers change places, so that a stream allocates none.
	out := w.filter.Append(w.spare[:0], w.body)
	if last {
		out = w.filter.Finish(out)
		w.filter = nil
	}
	w.spare, w.body = w.body, out
}
