package storetest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"

	"lcgi/session"
)

// What several requests do with one session at the same time, with an engine on
// the store.

const (
	raceSessions = 5  // that are used side by side
	raceRounds   = 40 // for each of them
	raceRequests = 5  // that hold or wait for the old id
)

// client sends requests to an engine, here or in another process.
type client interface {
	// count adds 1 to the number in the session that id leads to, and returns its
	// id and the new number. If there is none, it returns "".
	count(id string, now time.Time) (to string, n int, err error)
}

// engineOn returns an engine whose clock stands.
func engineOn(store session.Store, now time.Time) *session.Engine {
	return session.New(store, session.Config{Now: func() time.Time { return now }, Wait: patience})
}

// local is a client in this process.
type local struct{ store session.Store }

func (c local) count(id string, now time.Time) (string, int, error) {
	return countIn(engineOn(c.store, now), id, func(*session.Session) error { return nil })
}

// countIn adds 1 to the number in a session, and calls before ahead of the save.
func countIn(engine *session.Engine, id string, before func(*session.Session) error) (string, int, error) {
	s, err := engine.Start(context.Background(), session.Options{ID: id})
	if err != nil {
		return "", 0, err
	}
	defer s.Close()
	if s.Result() == session.ResultNew {
		return "", 0, nil
	}
	n := 0
	if _, err := fmt.Sscan(string(s.Data()), &n); err != nil {
		return "", 0, err
	}
	if err := before(s); err != nil {
		return "", 0, err
	}
	if err := s.Save(context.Background(), fmt.Append(nil, n+1)); err != nil {
		return "", 0, err
	}
	return s.ID(), n + 1, s.Close()
}

// remote is a client in another process, whose task is "count".
type remote struct {
	mu sync.Mutex
	e  *env
	w  *worker
}

func (c *remote) count(id string, now time.Time) (to string, n int, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := fmt.Fprintf(c.w.in, "%s %d\n", id, now.UnixMicro()); err != nil {
		return "", 0, err
	}
	if !c.w.out.Scan() {
		return "", 0, fmt.Errorf("the worker ended: %w: %s", c.w.out.Err(), c.w.stderr)
	}
	if c.w.out.Text() == "none" {
		return "", 0, nil
	}
	_, err = fmt.Sscan(c.w.out.Text(), &to, &n)
	return to, n, err
}

// serveCounts is the task "count".
func serveCounts(store session.Store) error {
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var id string
		var micros int64
		if _, err := fmt.Sscan(in.Text(), &id, &micros); err != nil {
			return err
		}
		to, n, err := local{store}.count(id, time.UnixMicro(micros))
		switch {
		case err != nil:
			return err
		case to == "":
			fmt.Println("none")
		default:
			fmt.Println(to, n)
		}
	}
	return in.Err()
}

// clients returns clients for each of the sessions of a race.
func (e *env) clients(processes bool) [][]client {
	var all [][]client
	for range raceSessions {
		var some []client
		for range raceRequests {
			if processes {
				some = append(some, &remote{e: e, w: e.start("count")})
			} else {
				some = append(some, local{open(e.T, e.driver, e.place)})
			}
		}
		all = append(all, some)
	}
	return all
}

// race runs a race of each session's clients, all at the same time.
func (e *env) race(processes bool, run func(clients []client) error) {
	var wg sync.WaitGroup
	for _, clients := range e.clients(processes) {
		wg.Go(func() {
			if err := run(clients); err != nil {
				e.Error(err)
			}
		})
	}
	wg.Wait()
}

// newCount stores a session that holds 0 and returns its id.
func newCount(engine *session.Engine) (string, error) {
	s, err := engine.Start(context.Background(), session.Options{Lifetime: 24 * time.Hour})
	if err != nil {
		return "", err
	}
	defer s.Close()
	return s.ID(), s.Save(context.Background(), []byte("0"))
}

// outcome is what a client was told.
type outcome struct {
	to  string
	n   int
	err error
}

// all lets all clients count in the session that id leads to while do is done.
func all(clients []client, id string, now time.Time, do func() error) ([]outcome, error) {
	outcomes := make([]outcome, len(clients))
	var wg sync.WaitGroup
	for i, c := range clients {
		wg.Go(func() {
			o := &outcomes[i]
			o.to, o.n, o.err = c.count(id, now)
		})
	}
	err := do()
	wg.Wait()
	for _, o := range outcomes {
		err = errors.Join(err, o.err)
	}
	return outcomes, err
}

func testRotationRace(e *env)          { e.race(false, e.rotateAndCount) }
func testRotationRaceProcesses(e *env) { e.race(true, e.rotateAndCount) }

// rotateAndCount rotates a session again and again while the clients count in it
// by its old id.
func (e *env) rotateAndCount(clients []client) error {
	now := time.Now()
	id, err := newCount(engineOn(e.store, now))
	if err != nil {
		return err
	}
	want := 0
	for round := range raceRounds {
		rotated, old := "", id
		outcomes, err := all(clients, old, now, func() (err error) {
			rotated, _, err = countIn(engineOn(e.store, now), old, func(s *session.Session) error {
				return s.Rotate(session.DefaultGrace)
			})
			return err
		})
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		want += len(clients) + 1
		seen := make(map[int]bool)
		for _, o := range outcomes {
			if o.to != old && o.to != rotated || rotated == "" || seen[o.n] {
				return fmt.Errorf("round %d: a request has no session, another one, or counts %d as another did", round, o.n)
			}
			seen[o.n] = true
		}
		// One state, and all leads to it.
		view, err := engineOn(e.store, now).Start(context.Background(), session.Options{ID: old, ReadOnly: true})
		if err != nil {
			return err
		}
		if got := string(view.Data()); got != fmt.Sprint(want) || view.ID() != rotated {
			return fmt.Errorf("round %d: the session holds %s, want %d", round, got, want)
		}
		if _, meta, err := e.store.View(context.Background(), session.NewKey(session.DefaultName, old)); err != nil || meta.Kind != session.KindForward {
			return fmt.Errorf("round %d: in place of the old record is %v, %w", round, meta.Kind, err)
		}
		now = now.Add(session.DefaultGrace)
		if to, _, err := clients[round%len(clients)].count(old, now); to != "" || err != nil {
			return fmt.Errorf("round %d: after its grace the old id still leads to a session, %w", round, err)
		}
		id = rotated
	}
	return nil
}

func testDeleteRace(e *env)          { e.race(false, e.deleteAndCount) }
func testDeleteRaceProcesses(e *env) { e.race(true, e.deleteAndCount) }

// deleteAndCount deletes sessions while the clients count in them. Every other
// session is rotated before, and the clients have its old id.
func (e *env) deleteAndCount(clients []client) error {
	now := time.Now()
	engine := engineOn(e.store, now)
	for round := range raceRounds {
		id, err := newCount(engine)
		if err != nil {
			return err
		}
		last := id
		if round%2 == 1 {
			last, _, err = countIn(engine, id, func(s *session.Session) error { return s.Rotate(session.DefaultGrace) })
			if err != nil {
				return err
			}
		}
		_, err = all(clients, id, now, func() error {
			s, err := engine.Start(context.Background(), session.Options{ID: last})
			if err != nil {
				return err
			}
			defer s.Close()
			if s.ID() != last {
				return errors.New("somebody deleted it before")
			}
			return s.Delete(context.Background())
		})
		if err != nil {
			return fmt.Errorf("round %d: %w", round, err)
		}
		if to, _, err := clients[0].count(id, now); to != "" || err != nil {
			return fmt.Errorf("round %d: a deleted session is back, %w", round, err)
		}
		if _, _, err := e.store.View(context.Background(), session.NewKey(session.DefaultName, last)); !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("round %d: in place of the deleted record is one, %w", round, err)
		}
	}
	return nil
}
