//go:build !cgionly

package server

import "time"

// SetDiscardTime sets how long a body may take that nobody asked for.
func (s *Server) SetDiscardTime(d time.Duration) { s.discard = d }
