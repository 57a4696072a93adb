//go:build !cgionly

package server

import "time"

// SetDiscardTime sets how long a body may take that nobody asked for.
func (s *Server) SetDiscardTime(d time.Duration) { s.discard = d }

// UnusedClosed reports whether connections without a request have been closed.
func (s *Server) UnusedClosed() bool {
	s.unused.mu.Lock()
	defer s.unused.mu.Unlock()
	return s.unused.closed
}
