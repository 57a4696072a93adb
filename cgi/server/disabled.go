//go:build cgionly

package server

import (
	"context"
	"errors"
)

// Server takes the place of the built-in server in a binary that is built with
// the tag cgionly. Linking net/http costs every process about a third of the
// time that an empty Go program takes to start, whether it serves or not, and
// where lcgi is only a CGI program nobody needs it.
type Server struct{}

// New returns an error: this binary has no built-in server.
func New(Config) (*Server, error) {
	return nil, errors.New("this lcgi was built with -tags cgionly, without the built-in server; build it without that tag to use serve")
}

// Serve is never called, since New returns no Server.
func (*Server) Serve(context.Context) error { return nil }
