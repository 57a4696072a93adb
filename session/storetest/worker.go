package storetest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"time"

	"lcgi/session"
)

// The variables that make a process a worker.
const (
	taskVar  = "LCGI_STORETEST_TASK"
	placeVar = "LCGI_STORETEST_PLACE"
)

const (
	workerIncrements = 100
)

// tasks are what workers do. They report on standard output, a line for each step.
var tasks = map[string]func(session.Store) error{
	"count":  serveCounts,
	"fill":   fill,
	"update": update,
	"increment": func(store session.Store) error {
		for range workerIncrements {
			if err := increment(context.Background(), store, testKey); err != nil {
				return err
			}
		}
		return nil
	},
	"hold": func(store session.Store) error {
		if _, err := store.Open(context.Background(), testKey); err != nil {
			return err
		}
		fmt.Println("held")
		_, err := io.Copy(io.Discard, os.Stdin) // until the test is through with us
		return err
	},
	"save": func(store session.Store) error {
		r, err := store.Find(context.Background(), testKey)
		if err != nil {
			return err
		}
		data, _, err := r.Load(context.Background())
		if err != nil {
			return err
		}
		for b := data[0]; ; {
			b++
			if err := r.Save(context.Background(), savedState(b), testMeta()); err != nil {
				return err
			}
			fmt.Println(b)
		}
	},
}

// savedState is the state of that number. Next to a large one are small ones.
func savedState(b byte) []byte {
	return bytes.Repeat([]byte{b}, 1+200_000/(1+int(b)%5*int(b)%7))
}

// wantWhole checks that data is one of the states that the task "save" saves.
func (e *env) wantWhole(data []byte) {
	e.Helper()
	if len(data) == 0 || !bytes.Equal(data, savedState(data[0])) {
		e.Fatalf("%d bytes are stored that nobody saved", len(data))
	}
}

// work does a worker's task and ends the process, if this is a worker.
func work(d Driver) {
	task := os.Getenv(taskVar)
	if task == "" {
		return
	}
	store, err := d.Open(os.Getenv(placeVar))
	if err == nil {
		err = tasks[task](store)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// worker is another process that runs a task.
type worker struct {
	*exec.Cmd
	in     io.WriteCloser
	out    *bufio.Scanner
	stderr *bytes.Buffer
}

// start runs a task at the test's place in another process.
func (e *env) start(task string) *worker {
	e.Helper()
	// The suite's own subtest is left out: Run is called above it.
	levels := strings.Split(e.Name(), "/")
	for i, l := range levels {
		levels[i] = "^" + regexp.QuoteMeta(l) + "$"
	}
	w := &worker{Cmd: exec.Command(os.Args[0], "-test.run="+strings.Join(levels[:len(levels)-1], "/"))}
	w.Env = append(os.Environ(), taskVar+"="+task, placeVar+"="+e.place)
	w.stderr = new(bytes.Buffer)
	w.Stderr = w.stderr
	out, err := w.StdoutPipe()
	e.must(err)
	w.in, err = w.StdinPipe()
	e.must(err)
	w.out = bufio.NewScanner(out)
	e.must(w.Start())
	e.Cleanup(func() { w.Process.Kill(); w.Wait() })
	return w
}

// next returns the next line that the worker reports.
func (e *env) next(w *worker) string {
	e.Helper()
	if !w.out.Scan() {
		e.Fatalf("the worker ended: %v, %v: %s", w.out.Err(), w.Wait(), w.stderr)
	}
	return w.out.Text()
}

// together lets that many processes do a task at the same time.
func (e *env) together(task string, processes int) {
	e.Helper()
	var workers []*worker
	for range processes {
		workers = append(workers, e.start(task))
	}
	for _, w := range workers {
		if err := w.Wait(); err != nil {
			e.Errorf("worker: %v: %s", err, w.stderr)
		}
	}
}

func testProcesses(e *env) {
	const processes = 8
	e.together("increment", processes)
	e.wantStored(testKey, fmt.Sprint(processes*workerIncrements))
}

func testKilledLock(e *env) {
	for _, data := range []string{"", "data"} { // reserved only, and stored
		if data != "" {
			e.save(testKey, data, testMeta())
		}
		w := e.start("hold")
		e.next(w)
		e.wantBusy(testKey)
		e.must(w.Process.Kill())
		w.Wait()
		r := e.open(testKey)
		got, _, err := r.Load(e.Context())
		if data == "" && !errors.Is(err, fs.ErrNotExist) || data != "" && string(got) != data {
			e.Errorf("after the kill the record holds %q, %v, want %q", got, err, data)
		}
		e.must(r.Close())
	}
}

func testKilledSave(e *env) {
	const kills = 50
	e.save(testKey, string(savedState(0)), testMeta())
	for range kills {
		w := e.start("save")
		first := e.next(w)
		last := first
		var reading sync.WaitGroup
		reading.Go(func() {
			for w.out.Scan() {
				last = w.out.Text()
			}
		})
		// Where in the save it hits is the point. Meanwhile others look on and sweep.
		for end := time.Now().Add(rand.N(3 * time.Millisecond)); time.Now().Before(end); {
			data, _, err := e.store.View(e.Context(), testKey)
			e.must(err)
			e.wantWhole(data)
			if removed, err := e.store.Sweep(e.Context(), time.Now()); removed != 0 || err != nil {
				e.Fatalf("Sweep reports %d removed, %v, of a record that is in use", removed, err)
			}
		}
		e.must(w.Process.Kill())
		reading.Wait()
		w.Wait()
		r, err := e.store.Find(e.Context(), testKey)
		e.must(err)
		data, _, err := r.Load(e.Context())
		e.must(err)
		e.must(r.Close())
		e.wantWhole(data)
		var reported byte
		fmt.Sscan(last, &reported)
		if data[0] != reported && data[0] != reported+1 {
			e.Fatalf("after a kill, state %d is stored, the last one reported was %d", data[0], reported)
		}
	}
}
