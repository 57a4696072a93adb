package tests

import (
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// A gate stops a page in the middle: the page waits in a call of
//
//	io.popen("cat " .. _GET.gate):read("*a")
//
// until the test opens the gate.
type gate struct {
	t    *testing.T
	path string
	end  *os.File // of the FIFO, while a page waits
}

func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{t: t, path: filepath.Join(t.TempDir(), "gate")}
	if err := syscall.Mkfifo(g.path, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.open)
	return g
}

// query is the query that tells the page which gate to wait at.
func (g *gate) query() string { return "gate=" + url.QueryEscape(g.path) }

// reached waits until a page waits at the gate.
func (g *gate) reached() {
	g.t.Helper()
	poll(g.t, "no page came to the gate", func() bool {
		// Without a reader this fails with ENXIO (fifo(7)).
		f, err := os.OpenFile(g.path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		g.end = f
		return err == nil
	})
}

// open lets the page go on.
func (g *gate) open() {
	if g.end != nil {
		g.end.Close()
		g.end = nil
	}
}

// inFlight sends a request that comes to the gate, and returns when it is there.
// The function that is returned opens the gate and returns the status of the answer.
func (g *guest) inFlight(target string, at *gate) (finish func() int) {
	g.t.Helper()
	status := make(chan int, 1)
	twin := g.twin()
	go func() {
		r, err := g.site.send(wireGet(target, twin.cookies))
		if err != nil {
			g.t.Error(err)
			status <- 0
			return
		}
		for _, line := range r.Header["Set-Cookie"] {
			keepCookie(twin.cookies, line)
		}
		status <- r.Status
	}()
	at.reached()
	return func() int {
		at.open()
		n := <-status
		g.cookies = twin.cookies
		return n
	}
}
