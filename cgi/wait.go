package cgi

import (
	"context"
	"time"
)

// waitFor runs op, which reads from or writes to the client, until it returns or
// ctx ends, whichever comes first, and returns op's error or the cause of ctx.
//
// Where the connection has deadlines, as that of [net.Conn], setDeadline makes
// op return. Where it has none, setDeadline is nil or fails, as with the pipe
// of a CGI process: op is left behind, and nothing it uses may be touched again.
func waitFor(ctx context.Context, setDeadline func(time.Time) error, op func() error) error {
	if ctx.Done() == nil {
		return op()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	done := make(chan error, 1)
	go func() { done <- op() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	past := time.Unix(1, 0)
	if setDeadline != nil && setDeadline(past) == nil && <-done == nil {
		_ = setDeadline(time.Time{}) // it was done before; the next one has its own time
		return nil
	}
	return context.Cause(ctx)
}

// readDeadline returns the method that sets the deadline of src, or nil.
func readDeadline(src any) func(time.Time) error {
	if c, ok := src.(interface{ SetReadDeadline(time.Time) error }); ok {
		return c.SetReadDeadline
	}
	return nil
}

// writeDeadline returns the method that sets the deadline of dst, or nil.
func writeDeadline(dst any) func(time.Time) error {
	if c, ok := dst.(interface{ SetWriteDeadline(time.Time) error }); ok {
		return c.SetWriteDeadline
	}
	return nil
}
