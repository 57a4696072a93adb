package cgi

// Held returns the number of bytes of the body that are held back.
func (w *Response) Held() int { return len(w.body) }
