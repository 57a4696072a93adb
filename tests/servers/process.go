package servers

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// deadline is how long a server may take to start or to stop.
const deadline = 20 * time.Second

// A process is a server program that runs until it is stopped.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when the program has ended
	err    error         // how it ended; to be read after exited
}

// start runs a program as the server's user, in the server's folder, with its
// output in the log of the server.
func (s *Server) start(tb testing.TB, env []string, name string, args ...string) *process {
	tb.Helper()
	logName := s.path("output.log")
	log, err := os.OpenFile(logName, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		tb.Fatal(err)
	}
	defer log.Close()
	s.logFile(logName)

	p := &process{cmd: exec.Command(name, args...), exited: make(chan struct{})}
	p.cmd.Dir = s.dir
	p.cmd.Env = env
	p.cmd.Stdout, p.cmd.Stderr = log, log
	p.cmd.SysProcAttr = serverUser(tb, s.Kind).attributes()
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.exited)
	}()
	s.processes = append(s.processes, p)
	return p
}

// plainEnv is the environment of a server that the system started. What the
// environment of the tests holds must not reach the pages: fcgiwrap hands its
// own on to the programs it runs.
func plainEnv() []string {
	return []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"}
}

// logFile names a file that belongs to the log of the server.
func (s *Server) logFile(name string) {
	for _, known := range s.logs {
		if known == name {
			return
		}
	}
	s.logs = append(s.logs, name)
}

// await waits until somebody listens on the address; it fails the test when
// the process ends before or does not come up in time.
func (s *Server) await(tb testing.TB, p *process, network, addr string) {
	tb.Helper()
	poll := time.NewTicker(2 * time.Millisecond)
	defer poll.Stop()
	late := time.After(deadline)
	for {
		conn, err := net.Dial(network, addr)
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-poll.C:
		case <-p.exited:
			tb.Fatalf("%s ended before it listened on %s: %v", p.cmd.Path, addr, p.err)
		case <-late:
			tb.Fatalf("%s does not listen on %s after %v: %v", p.cmd.Path, addr, deadline, err)
		}
	}
}

// stop asks the program to end, and then ends it and all its children.
func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(deadline / 4):
	}
	// Children that outlived it: pages that still run, workers.
	err := syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	if err == nil || errors.Is(err, syscall.ESRCH) {
		<-p.exited
	}
}
