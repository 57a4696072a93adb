//go:build !cgionly

package server

import (
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

func TestUnusedConns(t *testing.T) {
	var u unusedConns
	conns := make([]net.Conn, 4)
	for i := range conns {
		_, conns[i] = net.Pipe()
	}
	unused, used, gone, late := conns[0], conns[1], conns[2], conns[3]
	u.note(unused, http.StateNew)
	u.note(used, http.StateNew)
	u.note(used, http.StateActive)
	u.note(gone, http.StateNew)
	u.note(gone, http.StateClosed)
	u.close()
	u.note(late, http.StateNew)
	for c, want := range map[net.Conn]bool{unused: true, used: false, gone: false, late: true} {
		if err := c.SetDeadline(time.Time{}); (err == io.ErrClosedPipe) != want {
			t.Errorf("%v, want closed %v", err, want)
		}
		c.Close()
	}
	if len(u.conns) != 1 {
		t.Errorf("%d connections are held", len(u.conns))
	}
}
