package tests

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"lcgi/tests/direct"
	"lcgi/tests/needs"
	"lcgi/tests/wire"
)

const mega = 1 << 20

// A measured answer is one with what its process has used.
type measured struct {
	direct.Response
	cpu  time.Duration // user and system
	peak int64         // bytes of memory
}

// measuring is set for a process of the tests that only runs another one.
const measuring = "LCGI_TEST_MEASURE"

// measure runs one request whose body is read from body. What is not taken of it
// is dropped.
//
// The kernel counts the memory of a new process from that of the one that it was
// forked from, which for the tests is large. So a small one stands between: the
// program of the tests itself, see measureChild.
func measure(t *testing.T, site direct.Site, r wire.Request, body io.Reader) measured {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := site.Command(ctx, r)
	cmd.Env = append(cmd.Env, measuring+"="+cmd.Path)
	cmd.Path, cmd.Args = self, []string{self}
	report, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer report.Close()
	cmd.ExtraFiles = []*os.File{write}
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = body, &stdout, &stderr
	begin := time.Now()
	err = cmd.Run()
	write.Close()
	took := time.Since(begin)
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) || ctx.Err() != nil {
		t.Fatal(err, ctx.Err())
	}
	answer, parseErr := direct.Parse(stdout.Bytes())
	if parseErr != nil {
		t.Fatalf("%v (%v)\n%s", parseErr, err, &stderr)
	}
	m := measured{Response: direct.Response{Response: answer, Stderr: stderr.String(), Err: err, Took: took}}
	if _, err := fmt.Fscan(report, &m.cpu, &m.peak); err != nil {
		t.Fatalf("what the process used: %v", err)
	}
	return m
}

// measureChild runs the program that the environment names as a child and writes
// its processor time and its peak memory to descriptor 3.
func measureChild() int {
	program := os.Getenv(measuring)
	os.Unsetenv(measuring)
	cmd := exec.Command(program)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := cmd.Run()
	if cmd.ProcessState == nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	peak := cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
	if runtime.GOOS != "darwin" {
		peak *= 1024
	}
	fmt.Fprintln(os.NewFile(3, "report"), int64(processorTime(cmd.ProcessState)), peak)
	return cmd.ProcessState.ExitCode()
}

func processorTime(p *os.ProcessState) time.Duration { return p.UserTime() + p.SystemTime() }

// peakOf returns the most memory that a running process has had, in bytes.
func peakOf(pid int) (int64, error) {
	return processStatus(pid, "VmHWM")
}

// processStatus returns a size of /proc/PID/status in bytes.
func processStatus(pid int, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			return n * 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no %s", pid, name)
}

// cpuOf returns the processor time that a running process has used, to a
// hundredth of a second (proc(5), stat).
func cpuOf(t *testing.T, pid int) time.Duration {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest)
	var ticks int64
	for _, i := range []int{11, 12} { // utime, stime
		n, err := strconv.ParseInt(fields[i], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / 100
}

// needProc lets only systems with a /proc like that of Linux go on.
func needProc(tb testing.TB) {
	tb.Helper()
	if _, err := peakOf(os.Getpid()); err != nil {
		needs.Missing(tb, "the memory of other processes is not to be seen here: %v", err)
	}
}

// watchPeak watches all processes of a program, those too that start later. What it
// returns ends that and tells the most memory that one of them was seen with.
func watchPeak(program string) (peak func() int64) {
	done, result := make(chan struct{}), make(chan int64)
	go func() {
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		most := int64(0)
		for {
			links, _ := filepath.Glob("/proc/[0-9]*/exe")
			for _, link := range links {
				if name, err := os.Readlink(link); err != nil || name != program {
					continue
				}
				pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
				if n, err := peakOf(pid); err == nil {
					most = max(most, n)
				}
			}
			select {
			case <-done:
				result <- most
				return
			case <-tick.C:
			}
		}
	}()
	return func() int64 {
		close(done)
		return <-result
	}
}

// repeated is an endless reader of one byte.
type repeated byte

func (b repeated) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(b)
	}
	return len(p), nil
}

// many returns n times the same byte, without holding them.
func many(b byte, n int64) io.Reader { return io.LimitReader(repeated(b), n) }

// A stream is a request body that is too large to be held.
type stream struct {
	parts []func() (io.Reader, int64)
}

// text adds bytes.
func (s stream) text(text string) stream {
	s.parts = append(s.parts[:len(s.parts):len(s.parts)], func() (io.Reader, int64) {
		return strings.NewReader(text), int64(len(text))
	})
	return s
}

// fill adds n times the byte b.
func (s stream) fill(b byte, n int64) stream {
	s.parts = append(s.parts[:len(s.parts):len(s.parts)], func() (io.Reader, int64) { return many(b, n), n })
	return s
}

// repeat adds n times the same text.
func (s stream) repeat(text string, n int) stream {
	s.parts = append(s.parts[:len(s.parts):len(s.parts)], func() (io.Reader, int64) {
		return io.LimitReader(&loop{text: text}, int64(len(text))*int64(n)), int64(len(text)) * int64(n)
	})
	return s
}

// open returns the bytes and how many there are.
func (s stream) open() (io.Reader, int64) {
	var readers []io.Reader
	length := int64(0)
	for _, part := range s.parts {
		r, n := part()
		readers = append(readers, r)
		length += n
	}
	return io.MultiReader(readers...), length
}

// loop is an endless reader of a text.
type loop struct {
	text string
	at   int
}

func (l *loop) Read(p []byte) (n int, err error) {
	for n < len(p) {
		c := copy(p[n:], l.text[l.at:])
		n += c
		l.at = (l.at + c) % len(l.text)
	}
	return n, nil
}
